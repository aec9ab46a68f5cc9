/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The bus name and the root object of the Secret Service. */
#define QCC_KEYRING_NAME "org.freedesktop.secrets"
#define QCC_KEYRING_PATH "/org/freedesktop/secrets"

#define QCC_TYPE_KEYRING_WATCH (qcc_keyring_watch_get_type ())
G_DECLARE_FINAL_TYPE (QccKeyringWatch, qcc_keyring_watch, QCC, KEYRING_WATCH, GObject)

QccKeyringWatch *qcc_keyring_watch_new (void);

G_END_DECLS
