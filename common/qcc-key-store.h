/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "common/qcc-secret.h"

G_BEGIN_DECLS

#define QCC_TYPE_KEY_STORE (qcc_key_store_get_type ())
G_DECLARE_INTERFACE (QccKeyStore, qcc_key_store, QCC, KEY_STORE, GObject)

/* Under which the default local token is kept (spec 3.3); no endpoint can have this id. */
#define QCC_KEY_ID_DEFAULT_TOKEN "token.default"

/**
 * QccKeyStoreInterface:
 * @kind: see qcc_key_store_get_kind()
 * @lookup_async: see qcc_key_store_lookup_async()
 * @lookup_finish: the default takes a #GTask that returns a #QccSecret
 * @store_async: see qcc_key_store_store_async(); the secret is a valid key
 * @store_finish: the default takes a #GTask that returns a boolean
 * @remove_async: see qcc_key_store_remove_async()
 * @remove_finish: the default takes a #GTask that returns a boolean
 *
 * A place that keeps the keys of endpoints (spec 11.3) by the ids of the endpoints, and the default
 * local token by %QCC_KEY_ID_DEFAULT_TOKEN. A back end that cannot be used or not be written at all says
 * %QCC_ERROR_UNAVAILABLE, one that must be unlocked first %QCC_ERROR_LOCKED.
 *
 * The signal `changed` says that keys may have become readable or different by what others did: the store
 * was unlocked, its daemon came back. Which keys is for a lookup to tell.
 */
struct _QccKeyStoreInterface
{
  GTypeInterface parent_iface;

  const char *kind;

  void (*lookup_async) (QccKeyStore *self,
                        const char *id,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
  QccSecret *(*lookup_finish) (QccKeyStore *self,
                               GAsyncResult *result,
                               const char **out_kind,
                               GError **error);
  void (*store_async) (QccKeyStore *self,
                       const char *id,
                       QccSecret *secret,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*store_finish) (QccKeyStore *self,
                            GAsyncResult *result,
                            GError **error);
  void (*remove_async) (QccKeyStore *self,
                        const char *id,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
  gboolean (*remove_finish) (QccKeyStore *self,
                             GAsyncResult *result,
                             GError **error);
};

gboolean qcc_key_store_id_is_valid (const char *id);
const char *qcc_key_store_get_kind (QccKeyStore *self);

void qcc_key_store_lookup_async (QccKeyStore *self,
                                 const char *id,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
QccSecret *qcc_key_store_lookup_finish (QccKeyStore *self,
                                        GAsyncResult *result,
                                        const char **out_kind,
                                        GError **error);

void qcc_key_store_store_async (QccKeyStore *self,
                                const char *id,
                                QccSecret *secret,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean qcc_key_store_store_finish (QccKeyStore *self,
                                     GAsyncResult *result,
                                     GError **error);

void qcc_key_store_remove_async (QccKeyStore *self,
                                 const char *id,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean qcc_key_store_remove_finish (QccKeyStore *self,
                                      GAsyncResult *result,
                                      GError **error);

void qcc_key_store_emit_changed (QccKeyStore *self);
void qcc_key_store_set_not_found (GError **error, const char *id);

G_END_DECLS
