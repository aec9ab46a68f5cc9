/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-key-access.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-cli-error.h"
#include "cli/qcc-key-calls.h"
#include "cli/qcc-terminal.h"
#include "common/qcc-error.h"
#include "common/qcc-user-key-store.h"

/**
 * qcc_cli_open_key_store:
 *
 * Returns: (transfer full): where the user's keys are
 */
QccKeyStore *
qcc_cli_open_key_store (void)
{
  return qcc_user_key_store_new ();
}

static void
on_done (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  GAsyncResult **done = user_data;

  *done = g_object_ref (result);
}

static void
wait_done (GAsyncResult **done)
{
  while (*done == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/**
 * qcc_key_access_store:
 * @store: a key store
 * @id: of an endpoint
 * @key: its key
 * @error: return location for an error
 *
 * Possible errors: those of qcc_key_store_store_async().
 *
 * Returns: whether the key is stored
 */
gboolean
qcc_key_access_store (QccKeyStore *store,
                      const char *id,
                      QccSecret *key,
                      GError **error)
{
  g_autoptr (GAsyncResult) done = NULL;

  qcc_key_store_store_async (store, id, key, NULL, on_done, &done);
  wait_done (&done);
  return qcc_key_store_store_finish (store, done, error);
}

/**
 * qcc_key_access_remove:
 * @store: a key store
 * @id: of an endpoint
 * @error: return location for an error
 *
 * Possible errors: those of qcc_key_store_remove_async(), but that there is no key is none.
 *
 * Returns: whether there is no key any more
 */
gboolean
qcc_key_access_remove (QccKeyStore *store,
                       const char *id,
                       GError **error)
{
  g_autoptr (GAsyncResult) done = NULL;
  g_autoptr (GError) local_error = NULL;

  qcc_key_store_remove_async (store, id, NULL, on_done, &done);
  wait_done (&done);
  if (qcc_key_store_remove_finish (store, done, &local_error) ||
      g_error_matches (local_error, QCC_ERROR, QCC_ERROR_NOT_FOUND))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* The keyring is not asked while it is away, so that nothing is found where the service has a key from. */
static gboolean
may_have_key (QccDBusEndpoint1 *endpoint)
{
  const char *state = qcc_dbus_endpoint1_get_key_state (endpoint);
  const char *store = qcc_dbus_endpoint1_get_key_store (endpoint);

  return g_strcmp0 (state, "locked") == 0 || g_strcmp0 (state, "unavailable") == 0 || g_strcmp0 (store, "secret-service") == 0;
}

static gboolean
remove_of (QccKeyStore *store,
           QccDBusEndpoint1 *endpoint,
           GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (qcc_key_calls_remove (store, qcc_dbus_endpoint1_get_id (endpoint), &local_error))
    return TRUE;

  if (!g_error_matches (local_error, QCC_ERROR, QCC_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (may_have_key (endpoint) && qcc_key_calls_get_keyring_state () == QCC_PLATFORM_KEY_STORE_ABSENT)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("the keyring of the desktop is not there now"));
      return FALSE;
    }

  return TRUE;
}

/**
 * qcc_key_access_remove_all:
 * @endpoints: (element-type QccDBusEndpoint1): what the service has let go
 * @error: return location for an error
 *
 * Removes the keys of endpoints that are no more. That there is none is no error.
 *
 * Possible errors: those of qcc_key_store_remove_async(), with the ids whose keys stay and how to remove them later;
 *   the other keys were removed all the same.
 *
 * Returns: whether no key is left
 */
gboolean
qcc_key_access_remove_all (GPtrArray *endpoints,
                           GError **error)
{
  g_autoptr (QccKeyStore) store = qcc_cli_open_key_store ();
  g_autoptr (GString) ids = g_string_new (NULL);
  g_autoptr (GError) first = NULL;
  guint n_kept = 0;

  for (guint i = 0; i < endpoints->len; i++)
    {
      QccDBusEndpoint1 *endpoint = g_ptr_array_index (endpoints, i);

      if (remove_of (store, endpoint, first == NULL ? &first : NULL))
        continue;

      g_string_append_printf (ids, "%s%s", n_kept > 0 ? ", " : "", qcc_dbus_endpoint1_get_id (endpoint));
      n_kept++;
    }

  if (n_kept == 0)
    return TRUE;

  /* Translators: ids of endpoints, and why. */
  g_set_error (error, first->domain, first->code,
               ngettext ("the key of %s stays in the key store (%s); remove it later with “qcc keys remove ID”",
                         "the keys of %s stay in the key store (%s); remove them later with “qcc keys remove ID”", n_kept),
               ids->str, first->message);
  return FALSE;
}

/**
 * qcc_key_access_check_options:
 * @call: a call of a verb with %QCC_KEY_ACCESS_OPTIONS
 * @error: return location for an error
 *
 * Possible errors: %QCC_CLI_ERROR_USAGE when both were given.
 *
 * Returns: whether the options go together
 */
gboolean
qcc_key_access_check_options (const QccCall *call,
                              GError **error)
{
  if (!qcc_call_has_option (call, "key-stdin") || !qcc_call_has_option (call, "key-env"))
    return TRUE;

  g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("give either --key-stdin or --key-env, not both"));
  return FALSE;
}

/**
 * qcc_key_access_is_given:
 * @call: a call of a verb with %QCC_KEY_ACCESS_OPTIONS
 *
 * Returns: whether an option says where the key is
 */
gboolean
qcc_key_access_is_given (const QccCall *call)
{
  return qcc_call_has_option (call, "key-stdin") || qcc_call_has_option (call, "key-env");
}

static QccSecret *
ask_once (GError **error)
{
  g_autoptr (QccSecret) key = qcc_terminal_ask_key (_ ("Key (it does not show):"), error);

  return key != NULL && qcc_secret_check_key (key, error) ? g_steal_pointer (&key) : NULL;
}

/**
 * qcc_key_access_read:
 * @call: a call for which qcc_key_access_is_given()
 * @error: return location for an error
 *
 * Reads the key from standard input, where it does not show when that is a terminal, or from the environment.
 *
 * Possible errors: %QCC_CLI_ERROR_USAGE when the variable is not set, %QCC_ERROR_INVALID_ARGUMENT when what is
 * there is no key, and those of qcc_terminal_ask_key().
 *
 * Returns: (transfer full): the key
 */
QccSecret *
qcc_key_access_read (const QccCall *call,
                     GError **error)
{
  const char *variable = qcc_call_get_text (call, "key-env");
  const char *value;
  QccSecret *key;

  if (variable == NULL)
    return qcc_terminal_can_ask () ? ask_once (error) : qcc_terminal_read_key (error);

  value = g_getenv (variable);
  if (value == NULL)
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("the variable that --key-env names is not set"));
      return NULL;
    }

  key = qcc_secret_new_key (value, -1, error);
  if (key == NULL)
    g_prefix_error (error, "%s", _ ("what the variable holds is no key: "));
  return key;
}

/**
 * qcc_key_access_ask:
 * @out_key: (out) (nullable): the key; %NULL when the user left it for later
 * @error: return location for an error
 *
 * Asks for a key until it is one or nothing. Only where qcc_call_can_ask().
 *
 * Possible errors: those of qcc_terminal_ask_key() but %QCC_ERROR_INVALID_ARGUMENT.
 *
 * Returns: whether there was an answer
 */
gboolean
qcc_key_access_ask (QccSecret **out_key,
                    GError **error)
{
  while (TRUE)
    {
      g_autoptr (GError) local_error = NULL;
      g_autoptr (QccSecret) key = qcc_terminal_ask_key (_ ("Key (it does not show; Enter for later):"), &local_error);

      if (key != NULL)
        {
          *out_key = qcc_secret_is_empty (key) ? NULL : g_steal_pointer (&key);
          return TRUE;
        }
      if (!g_error_matches (local_error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      g_printerr ("%s\n", local_error->message);
    }
}
