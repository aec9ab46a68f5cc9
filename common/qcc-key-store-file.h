/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-key-store.h"

G_BEGIN_DECLS

#define QCC_TYPE_KEY_STORE_FILE (qcc_key_store_file_get_type ())
G_DECLARE_FINAL_TYPE (QccKeyStoreFile, qcc_key_store_file, QCC, KEY_STORE_FILE, GObject)

QccKeyStore *qcc_key_store_file_new (GFile *file);

void qcc_key_store_file_opt_in_async (QccKeyStoreFile *self,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean qcc_key_store_file_opt_in_finish (QccKeyStoreFile *self, GAsyncResult *result, GError **error);

G_END_DECLS
