/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-key-store.h"

G_BEGIN_DECLS

#define QCC_TYPE_KEY_STORE_CREDENTIALS (qcc_key_store_credentials_get_type ())
G_DECLARE_FINAL_TYPE (QccKeyStoreCredentials, qcc_key_store_credentials, QCC, KEY_STORE_CREDENTIALS, GObject)

QccKeyStore *qcc_key_store_credentials_new (const char *directory);

G_END_DECLS
