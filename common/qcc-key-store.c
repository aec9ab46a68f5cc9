/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-key-store.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-endpoint.h"
#include "common/qcc-error.h"

G_DEFINE_INTERFACE (QccKeyStore, qcc_key_store, G_TYPE_OBJECT)

static QccSecret *
default_lookup_finish (QccKeyStore *self,
                       GAsyncResult *result,
                       const char **out_kind,
                       GError **error)
{
  QccSecret *secret = g_task_propagate_pointer (G_TASK (result), error);

  if (secret != NULL && out_kind != NULL)
    *out_kind = qcc_key_store_get_kind (self);

  return secret;
}

static gboolean
default_change_finish (QccKeyStore *self,
                       GAsyncResult *result,
                       GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
qcc_key_store_default_init (QccKeyStoreInterface *iface)
{
  iface->lookup_finish = default_lookup_finish;
  iface->store_finish = default_change_finish;
  iface->remove_finish = default_change_finish;

  g_signal_new ("changed", QCC_TYPE_KEY_STORE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

/**
 * qcc_key_store_id_is_valid:
 * @id: a text
 *
 * Returns: whether @id may name a key: an id that an endpoint can have, or %QCC_KEY_ID_DEFAULT_TOKEN
 */
gboolean
qcc_key_store_id_is_valid (const char *id)
{
  g_return_val_if_fail (id != NULL, FALSE);

  return qcc_endpoint_id_is_valid (id) || g_str_equal (id, QCC_KEY_ID_DEFAULT_TOKEN);
}

/**
 * qcc_key_store_get_kind:
 * @self: a key store
 *
 * Returns: what kind of place it is, for people and scripts: "secret-service", "credentials", "file",
 *   "memory", or "chain" for several
 */
const char *
qcc_key_store_get_kind (QccKeyStore *self)
{
  g_return_val_if_fail (QCC_IS_KEY_STORE (self), NULL);

  return QCC_KEY_STORE_GET_IFACE (self)->kind;
}

/**
 * qcc_key_store_lookup_async:
 * @self: a key store
 * @id: the id of an endpoint, or %QCC_KEY_ID_DEFAULT_TOKEN
 * @cancellable: (nullable): a cancellable
 * @callback: called when done, never before this function returned
 * @user_data: data for @callback
 *
 * Looks for a key. Never unlocks anything and never asks the user.
 */
void
qcc_key_store_lookup_async (QccKeyStore *self,
                            const char *id,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (QCC_IS_KEY_STORE (self));
  g_return_if_fail (id != NULL && qcc_key_store_id_is_valid (id));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  QCC_KEY_STORE_GET_IFACE (self)->lookup_async (self, id, cancellable, callback, user_data);
}

/**
 * qcc_key_store_lookup_finish:
 * @self: a key store
 * @result: what the callback got
 * @out_kind: (out) (optional) (transfer none): the kind of the store that had the key, see
 *   qcc_key_store_get_kind(); not set without a key
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND when there is no key, %QCC_ERROR_LOCKED, %QCC_ERROR_UNAVAILABLE,
 * %QCC_ERROR_REFUSED when the store is not safe, %QCC_ERROR_CORRUPT when it is damaged,
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the key
 */
QccSecret *
qcc_key_store_lookup_finish (QccKeyStore *self,
                             GAsyncResult *result,
                             const char **out_kind,
                             GError **error)
{
  g_return_val_if_fail (QCC_IS_KEY_STORE (self), NULL);
  g_return_val_if_fail (G_IS_ASYNC_RESULT (result), NULL);

  return QCC_KEY_STORE_GET_IFACE (self)->lookup_finish (self, result, out_kind, error);
}

/**
 * qcc_key_store_store_async:
 * @self: a key store
 * @id: the id of an endpoint, or %QCC_KEY_ID_DEFAULT_TOKEN
 * @secret: its key; anything but a valid key is an error, see qcc_secret_check_key()
 * @cancellable: (nullable): a cancellable
 * @callback: called when done, never before this function returned
 * @user_data: data for @callback
 *
 * Keeps @secret, in the place of one that was there before.
 */
void
qcc_key_store_store_async (QccKeyStore *self,
                           const char *id,
                           QccSecret *secret,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (QCC_IS_KEY_STORE (self));
  g_return_if_fail (id != NULL && qcc_key_store_id_is_valid (id));
  g_return_if_fail (secret != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  if (!qcc_secret_check_key (secret, &error))
    {
      g_task_report_error (self, callback, user_data, qcc_key_store_store_async, g_steal_pointer (&error));
      return;
    }

  QCC_KEY_STORE_GET_IFACE (self)->store_async (self, id, secret, cancellable, callback, user_data);
}

/**
 * qcc_key_store_store_finish:
 * @self: a key store
 * @result: what the callback got
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT, and those of qcc_key_store_lookup_finish() but
 * %QCC_ERROR_NOT_FOUND. After any of them the store is as it was before.
 *
 * Returns: whether the key is kept
 */
gboolean
qcc_key_store_store_finish (QccKeyStore *self,
                            GAsyncResult *result,
                            GError **error)
{
  g_return_val_if_fail (QCC_IS_KEY_STORE (self), FALSE);
  g_return_val_if_fail (G_IS_ASYNC_RESULT (result), FALSE);

  if (g_async_result_is_tagged (result, qcc_key_store_store_async))
    return g_task_propagate_boolean (G_TASK (result), error);

  return QCC_KEY_STORE_GET_IFACE (self)->store_finish (self, result, error);
}

/**
 * qcc_key_store_remove_async:
 * @self: a key store
 * @id: the id of an endpoint, or %QCC_KEY_ID_DEFAULT_TOKEN
 * @cancellable: (nullable): a cancellable
 * @callback: called when done, never before this function returned
 * @user_data: data for @callback
 *
 * Forgets a key.
 */
void
qcc_key_store_remove_async (QccKeyStore *self,
                            const char *id,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (QCC_IS_KEY_STORE (self));
  g_return_if_fail (id != NULL && qcc_key_store_id_is_valid (id));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  QCC_KEY_STORE_GET_IFACE (self)->remove_async (self, id, cancellable, callback, user_data);
}

/**
 * qcc_key_store_remove_finish:
 * @self: a key store
 * @result: what the callback got
 * @error: return location for an error
 *
 * Possible errors: those of qcc_key_store_lookup_finish().
 *
 * Returns: whether there was a key and it is gone
 */
gboolean
qcc_key_store_remove_finish (QccKeyStore *self,
                             GAsyncResult *result,
                             GError **error)
{
  g_return_val_if_fail (QCC_IS_KEY_STORE (self), FALSE);
  g_return_val_if_fail (G_IS_ASYNC_RESULT (result), FALSE);

  return QCC_KEY_STORE_GET_IFACE (self)->remove_finish (self, result, error);
}

/**
 * qcc_key_store_emit_changed:
 * @self: a key store
 *
 * For back ends: emits the signal `changed`.
 */
void
qcc_key_store_emit_changed (QccKeyStore *self)
{
  g_return_if_fail (QCC_IS_KEY_STORE (self));

  g_signal_emit_by_name (self, "changed");
}

/**
 * qcc_key_store_set_not_found:
 * @error: (out) (optional): return location for the error
 * @id: whose key is not there
 *
 * For back ends: sets the %QCC_ERROR_NOT_FOUND that all of them answer with.
 */
void
qcc_key_store_set_not_found (GError **error,
                             const char *id)
{
  g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND,
               _ ("there is no key for %s; give it one with “qcc keys set ID”"), id);
}
