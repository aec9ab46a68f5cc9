/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccSecret:
 *
 * A text that must not get into swap, core dumps or logs: an API key, a token, a proxy's password.
 * Immutable; reference-counted; may be shared between threads; wiped with the last reference.
 */
typedef struct _QccSecret QccSecret;

#define QCC_SECRET_KEY_MAX 4096 /* bytes */

QccSecret *qcc_secret_new (const char *text, gssize length);
QccSecret *qcc_secret_new_key (const char *text, gssize length, GError **error);
QccSecret *qcc_secret_ref (QccSecret *self);
void qcc_secret_unref (QccSecret *self);

const char *qcc_secret_peek (const QccSecret *self);
void qcc_secret_mask (const QccSecret *self, guint8 *data, gsize length);
gboolean qcc_secret_is_empty (const QccSecret *self);
gboolean qcc_secret_check_key (const QccSecret *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccSecret, qcc_secret_unref)

G_END_DECLS
