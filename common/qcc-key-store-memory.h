/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-key-store.h"

G_BEGIN_DECLS

#define QCC_TYPE_KEY_STORE_MEMORY (qcc_key_store_memory_get_type ())
G_DECLARE_FINAL_TYPE (QccKeyStoreMemory, qcc_key_store_memory, QCC, KEY_STORE_MEMORY, GObject)

QccKeyStore *qcc_key_store_memory_new (void);

G_END_DECLS
