/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-default-token.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-key-access.h"
#include "cli/qcc-key-calls.h"
#include "common/qcc-error.h"
#include "common/qcc-key-store-chain.h"
#include "common/qcc-token.h"

/**
 * qcc_token_record_free:
 * @self: (transfer full): a record
 */
void
qcc_token_record_free (QccTokenRecord *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->name);
  g_free (self->profile);
  g_free (self);
}

/**
 * qcc_token_record_list:
 * @manager: the service
 * @error: return location for an error
 *
 * Possible errors: what GDBus says.
 *
 * Returns: (transfer full) (element-type QccTokenRecord): all tokens, in the order of the file
 */
GPtrArray *
qcc_token_record_list (QccDBusManager1 *manager,
                       GError **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_token_record_free);
  g_autoptr (GVariant) tokens = NULL;
  GVariantIter iter;
  char *name;
  char *profile;
  gboolean cross;

  g_return_val_if_fail (QCC_DBUS_IS_MANAGER1 (manager), NULL);

  if (!qcc_dbus_manager1_call_list_tokens_sync (manager, QCC_BUS_CALL, &tokens, NULL, error))
    return NULL;

  g_variant_iter_init (&iter, tokens);
  while (g_variant_iter_next (&iter, "(ssb)", &name, &profile, &cross))
    {
      QccTokenRecord *record = g_new0 (QccTokenRecord, 1);

      record->name = name;
      record->profile = profile;
      record->cross = cross;
      g_ptr_array_add (records, record);
    }

  return g_steal_pointer (&records);
}

/**
 * qcc_token_record_find:
 * @records: (element-type QccTokenRecord): see qcc_token_record_list()
 * @name: of a token
 *
 * Returns: (transfer none) (nullable): the token with this name
 */
const QccTokenRecord *
qcc_token_record_find (GPtrArray *records,
                       const char *name)
{
  g_return_val_if_fail (records != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = 0; i < records->len; i++)
    {
      const QccTokenRecord *record = g_ptr_array_index (records, i);

      if (g_str_equal (record->name, name))
        return record;
    }

  return NULL;
}

/* Makes the token in place of @before, if there is one. The key store comes first: most failures are there, and the
 * service then still knows the token that it knew. */
static QccSecret *
make (QccDBusManager1 *manager,
      QccKeyStore *store,
      const QccTokenRecord *before,
      const char *profile,
      gboolean cross,
      GError **error)
{
  g_autoptr (QccSecret) token = qcc_token_generate ();
  g_autofree char *hash = qcc_token_hash (token);

  if (!qcc_key_access_store (store, QCC_KEY_ID_DEFAULT_TOKEN, token, error))
    return NULL;

  if ((before == NULL ||
       qcc_dbus_manager1_call_remove_token_sync (manager, QCC_DEFAULT_TOKEN_NAME, QCC_BUS_CALL, NULL, error)) &&
      qcc_dbus_manager1_call_add_token_sync (manager, QCC_DEFAULT_TOKEN_NAME, hash, profile, cross, QCC_BUS_CALL, NULL, error))
    return g_steal_pointer (&token);

  (void) qcc_key_access_remove (store, QCC_KEY_ID_DEFAULT_TOKEN, NULL);
  return NULL;
}

/**
 * qcc_default_token_get:
 * @manager: the service
 * @store: the user's key store
 * @error: return location for an error
 *
 * Looks the default token up and makes one where there is none. A text in the key store that the service does not
 * know any more was revoked, and is replaced.
 *
 * Possible errors: %QCC_ERROR_LOCKED and %QCC_ERROR_UNAVAILABLE when the key store cannot be used, and those of
 * Manager1.AddToken().
 *
 * Returns: (transfer full): the token
 */
QccSecret *
qcc_default_token_get (QccDBusManager1 *manager,
                       QccKeyStore *store,
                       GError **error)
{
  g_autoptr (GPtrArray) records = qcc_token_record_list (manager, error);
  g_autoptr (QccSecret) token = NULL;
  g_autoptr (GError) local_error = NULL;
  const QccTokenRecord *record;

  if (records == NULL)
    return NULL;

  record = qcc_token_record_find (records, QCC_DEFAULT_TOKEN_NAME);
  token = qcc_key_calls_lookup (store, QCC_KEY_ID_DEFAULT_TOKEN, NULL, &local_error);
  if (token != NULL && record != NULL)
    return g_steal_pointer (&token);

  /* A store that cannot be read may have the token that is in use, and so may a keyring that is away: others work
   * with it. One that never had it may be away for good beside another that can be written to. */
  if (local_error != NULL && !g_error_matches (local_error, QCC_ERROR, QCC_ERROR_NOT_FOUND) &&
      (record != NULL || !g_error_matches (local_error, QCC_ERROR, QCC_ERROR_UNAVAILABLE)))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  if (record != NULL && QCC_IS_KEY_STORE_CHAIN (store) && qcc_key_calls_get_keyring_state () == QCC_PLATFORM_KEY_STORE_ABSENT)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                   _ ("it may be in the keyring of the desktop, which is not there now; “qcc token remove default” revokes it"));
      return NULL;
    }

  return make (manager, store, record, record != NULL ? record->profile : "", record != NULL && record->cross, error);
}

/* Whether no token is needed, and it is only about keeping one that there is none. */
static gboolean
can_do_without (QccDBusManager1 *manager,
                const GError *reason)
{
  g_autofree char *required = NULL;

  return reason->domain == QCC_ERROR &&
         qcc_dbus_manager1_call_get_setting_sync (manager, "proxy.require-token", QCC_BUS_CALL, &required, NULL, NULL) &&
         g_str_equal (required, "false");
}

/**
 * qcc_default_token_ensure:
 * @call: a call, which is told when there is no token
 * @manager: the service
 * @out_token: (out) (optional) (nullable): the token; %NULL when none can be kept and none is required
 * @error: return location for an error
 *
 * Does what qcc_default_token_get() does with the user's key store, but goes without a token where the service lets
 * any word in.
 *
 * Possible errors: those of qcc_default_token_get(), prefixed.
 *
 * Returns: whether requests can be made
 */
gboolean
qcc_default_token_ensure (const QccCall *call,
                          QccDBusManager1 *manager,
                          QccSecret **out_token,
                          GError **error)
{
  g_autoptr (QccKeyStore) store = qcc_cli_open_key_store ();
  g_autoptr (GError) local_error = NULL;
  g_autoptr (QccSecret) token = qcc_default_token_get (manager, store, &local_error);

  g_return_val_if_fail (call != NULL, FALSE);

  if (token == NULL)
    {
      g_dbus_error_strip_remote_error (local_error);
      if (!can_do_without (manager, local_error))
        {
          g_propagate_prefixed_error (error, g_steal_pointer (&local_error), "%s", _ ("there is no token to give: "));
          return FALSE;
        }
      if (!call->quiet)
        g_printerr (_ ("There is no token to give, so any word stands in for it, which is enough while none is required: %s\n"),
                    local_error->message);
    }

  if (out_token != NULL)
    *out_token = g_steal_pointer (&token);
  return TRUE;
}

/**
 * qcc_default_token_add:
 * @manager: the service
 * @store: the user's key store
 * @profile: where requests with it start, empty for the active profile
 * @cross: whether they may go on to other profiles
 * @error: return location for an error
 *
 * Makes the default token where there is none.
 *
 * Possible errors: %QCC_ERROR_EXISTS, those of the key store, and those of Manager1.AddToken().
 *
 * Returns: (transfer full): the token
 */
QccSecret *
qcc_default_token_add (QccDBusManager1 *manager,
                       QccKeyStore *store,
                       const char *profile,
                       gboolean cross,
                       GError **error)
{
  g_autoptr (GPtrArray) records = qcc_token_record_list (manager, error);

  g_return_val_if_fail (profile != NULL, NULL);

  if (records == NULL)
    return NULL;
  if (qcc_token_record_find (records, QCC_DEFAULT_TOKEN_NAME) != NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_EXISTS,
                   _ ("there is a default token already; “qcc env” prints it, “qcc token remove default” revokes it"));
      return NULL;
    }

  return make (manager, store, NULL, profile, cross, error);
}
