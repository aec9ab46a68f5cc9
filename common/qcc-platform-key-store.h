/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-key-store.h"

G_BEGIN_DECLS

/**
 * QccPlatformKeyStore:
 *
 * The key store that the desktop itself has (spec 11.3), where the user's other passwords are. Each system has
 * its own back end; all are asynchronous, and only qcc_platform_key_store_unlock_async() ever asks the user.
 */
#define QCC_TYPE_PLATFORM_KEY_STORE (qcc_platform_key_store_get_type ())
G_DECLARE_FINAL_TYPE (QccPlatformKeyStore, qcc_platform_key_store, QCC, PLATFORM_KEY_STORE, GObject)

/**
 * QccPlatformKeyStoreState:
 * @QCC_PLATFORM_KEY_STORE_ABSENT: there is none, it has no place for keys yet, or it does not answer
 * @QCC_PLATFORM_KEY_STORE_LOCKED: the user must unlock it
 * @QCC_PLATFORM_KEY_STORE_UNLOCKED: keys can be read and stored
 *
 * Whether the key store of the desktop can be used.
 */
typedef enum
{
  QCC_PLATFORM_KEY_STORE_ABSENT,
  QCC_PLATFORM_KEY_STORE_LOCKED,
  QCC_PLATFORM_KEY_STORE_UNLOCKED,
} QccPlatformKeyStoreState;

QccKeyStore *qcc_platform_key_store_new (void);

void qcc_platform_key_store_get_state_async (QccKeyStore *self,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback,
                                             gpointer user_data);
gboolean qcc_platform_key_store_get_state_finish (QccKeyStore *self,
                                                  GAsyncResult *result,
                                                  QccPlatformKeyStoreState *out_state,
                                                  GError **error);

void qcc_platform_key_store_unlock_async (QccKeyStore *self,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
gboolean qcc_platform_key_store_unlock_finish (QccKeyStore *self, GAsyncResult *result, GError **error);

G_END_DECLS
