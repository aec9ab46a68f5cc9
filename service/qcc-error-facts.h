/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccErrorFacts:
 * @anthropic_shape: whether it is `{"type":"error","error":{…}}`
 * @type: (owned) (nullable): `error.type`
 * @message: (owned) (nullable): `error.message`, or a plain string `error`
 *
 * What an error document says of itself.
 */
typedef struct
{
  gboolean anthropic_shape;
  char *type;
  char *message;
} QccErrorFacts;

QccErrorFacts *qcc_error_facts_new (const char *data, gsize length);
void qcc_error_facts_free (QccErrorFacts *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccErrorFacts, qcc_error_facts_free)

G_END_DECLS
