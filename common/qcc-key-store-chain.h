/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-key-store.h"

G_BEGIN_DECLS

#define QCC_TYPE_KEY_STORE_CHAIN (qcc_key_store_chain_get_type ())
G_DECLARE_FINAL_TYPE (QccKeyStoreChain, qcc_key_store_chain, QCC, KEY_STORE_CHAIN, GObject)

QccKeyStore *qcc_key_store_chain_new (QccKeyStore *const *stores, guint n_stores);
QccKeyStore *qcc_key_store_chain_find (QccKeyStoreChain *self, GType type);

G_END_DECLS
