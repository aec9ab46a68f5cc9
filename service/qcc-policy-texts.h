/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccPolicyText:
 *
 * What the schema says of a key, untranslated.
 */
typedef struct
{
  char *summary;     /* (owned) */
  char *description; /* (owned) */
} QccPolicyText;

GHashTable *qcc_policy_texts_new (void);

G_END_DECLS
