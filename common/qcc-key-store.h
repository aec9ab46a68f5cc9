/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "common/qcc-secret.h"

G_BEGIN_DECLS

#define QCC_TYPE_KEY_STORE (qcc_key_store_get_type ())
G_DECLARE_INTERFACE (QccKeyStore, qcc_key_store, QCC, KEY_STORE, GObject)

/**
 * QccKeyStoreInterface:
 * @lookup_async: see qcc_key_store_lookup_async()
 * @lookup_finish: the default takes a #GTask that returns a #QccSecret
 * @store_async: see qcc_key_store_store_async(); the secret is a valid key
 * @store_finish: the default takes a #GTask that returns a boolean
 * @remove_async: see qcc_key_store_remove_async()
 * @remove_finish: the default takes a #GTask that returns a boolean
 *
 * A place that keeps the keys of endpoints (spec 11.3), by the ids of the endpoints. A back end that
 * cannot be used or not be written at all says %QCC_ERROR_UNAVAILABLE, one that must be unlocked first
 * %QCC_ERROR_LOCKED.
 */
struct _QccKeyStoreInterface
{
  GTypeInterface parent_iface;

  void (*lookup_async) (QccKeyStore *self,
                        const char *endpoint_id,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
  QccSecret *(*lookup_finish) (QccKeyStore *self,
                               GAsyncResult *result,
                               GError **error);
  void (*store_async) (QccKeyStore *self,
                       const char *endpoint_id,
                       QccSecret *secret,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*store_finish) (QccKeyStore *self,
                            GAsyncResult *result,
                            GError **error);
  void (*remove_async) (QccKeyStore *self,
                        const char *endpoint_id,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
  gboolean (*remove_finish) (QccKeyStore *self,
                             GAsyncResult *result,
                             GError **error);
};

void qcc_key_store_lookup_async (QccKeyStore *self,
                                 const char *endpoint_id,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
QccSecret *qcc_key_store_lookup_finish (QccKeyStore *self,
                                        GAsyncResult *result,
                                        GError **error);

void qcc_key_store_store_async (QccKeyStore *self,
                                const char *endpoint_id,
                                QccSecret *secret,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean qcc_key_store_store_finish (QccKeyStore *self,
                                     GAsyncResult *result,
                                     GError **error);

void qcc_key_store_remove_async (QccKeyStore *self,
                                 const char *endpoint_id,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean qcc_key_store_remove_finish (QccKeyStore *self,
                                      GAsyncResult *result,
                                      GError **error);

void qcc_key_store_set_not_found (GError **error, const char *endpoint_id);

G_END_DECLS
