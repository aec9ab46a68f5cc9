/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-key-calls.h"

#include "common/qcc-key-store-file.h"
#include "common/qcc-platform-key-store.h"
#include "common/qcc-user-key-store.h"

static void
on_done (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  GAsyncResult **done = user_data;

  *done = g_object_ref (result);
}

static void
wait_for (GAsyncResult **done)
{
  while (*done == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/**
 * qcc_key_calls_lookup:
 * @store: a key store
 * @id: of an endpoint, or %QCC_KEY_ID_DEFAULT_TOKEN
 * @out_kind: (out) (optional): which store had it, see qcc_key_store_lookup_finish()
 * @error: return location for an error
 *
 * Possible errors: those of qcc_key_store_lookup_async().
 *
 * Returns: (transfer full): the key
 */
QccSecret *
qcc_key_calls_lookup (QccKeyStore *store,
                      const char *id,
                      const char **out_kind,
                      GError **error)
{
  g_autoptr (GAsyncResult) done = NULL;

  g_return_val_if_fail (QCC_IS_KEY_STORE (store), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  qcc_key_store_lookup_async (store, id, NULL, on_done, &done);
  wait_for (&done);

  return qcc_key_store_lookup_finish (store, done, out_kind, error);
}

/**
 * qcc_key_calls_remove:
 * @store: a key store
 * @id: of an endpoint
 * @error: return location for an error
 *
 * Possible errors: those of qcc_key_store_remove_async(), %QCC_ERROR_NOT_FOUND among them.
 *
 * Returns: whether there was a key, and is no more
 */
gboolean
qcc_key_calls_remove (QccKeyStore *store,
                      const char *id,
                      GError **error)
{
  g_autoptr (GAsyncResult) done = NULL;

  g_return_val_if_fail (QCC_IS_KEY_STORE (store), FALSE);
  g_return_val_if_fail (id != NULL, FALSE);

  qcc_key_store_remove_async (store, id, NULL, on_done, &done);
  wait_for (&done);

  return qcc_key_store_remove_finish (store, done, error);
}

/**
 * qcc_key_calls_get_keyring_state:
 *
 * Returns: whether the key store of the desktop can be used
 */
QccPlatformKeyStoreState
qcc_key_calls_get_keyring_state (void)
{
  g_autoptr (QccKeyStore) store = qcc_platform_key_store_new ();
  QccPlatformKeyStoreState state = QCC_PLATFORM_KEY_STORE_ABSENT;
  g_autoptr (GAsyncResult) done = NULL;

  qcc_platform_key_store_get_state_async (store, NULL, on_done, &done);
  wait_for (&done);
  (void) qcc_platform_key_store_get_state_finish (store, done, &state, NULL);

  return state;
}

/**
 * qcc_key_calls_unlock:
 * @error: return location for an error
 *
 * Lets the desktop ask the user for the password of its key store.
 *
 * Possible errors: those of qcc_platform_key_store_unlock_async().
 *
 * Returns: whether it is unlocked
 */
gboolean
qcc_key_calls_unlock (GError **error)
{
  g_autoptr (QccKeyStore) store = qcc_platform_key_store_new ();
  g_autoptr (GAsyncResult) done = NULL;

  qcc_platform_key_store_unlock_async (store, NULL, on_done, &done);
  wait_for (&done);

  return qcc_platform_key_store_unlock_finish (store, done, error);
}

/**
 * qcc_key_calls_choose_file:
 * @error: return location for an error
 *
 * Makes the key file, after the user said that keys may be kept in one (spec 11.3).
 *
 * Possible errors: those of qcc_key_store_file_opt_in_async().
 *
 * Returns: whether keys can be stored there from now on
 */
gboolean
qcc_key_calls_choose_file (GError **error)
{
  g_autoptr (QccKeyStore) store = qcc_user_key_store_new ();
  QccKeyStoreFile *file = QCC_KEY_STORE_FILE (qcc_user_key_store_get_file (store));
  g_autoptr (GAsyncResult) done = NULL;

  qcc_key_store_file_opt_in_async (file, NULL, on_done, &done);
  wait_for (&done);

  return qcc_key_store_file_opt_in_finish (file, done, error);
}
