/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Which models, or bodies of which size, an endpoint has said lately that it does not take (spec 4.1, "unsupported").
 * Bounded; what is longest known gives way.
 */

#define QCC_UNSUPPORTED_MAX 32
#define QCC_UNSUPPORTED_USEC (600 * G_USEC_PER_SEC)

typedef struct _QccUnsupported QccUnsupported;

QccUnsupported *qcc_unsupported_new (void);
void qcc_unsupported_free (QccUnsupported *self);

void qcc_unsupported_note (QccUnsupported *self, const char *model, gsize min_size, gint64 now);
gboolean qcc_unsupported_matches (const QccUnsupported *self, const char *model, gsize size, gint64 now);
void qcc_unsupported_forget (QccUnsupported *self, const char *model);
void qcc_unsupported_clear (QccUnsupported *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccUnsupported, qcc_unsupported_free)

G_END_DECLS
