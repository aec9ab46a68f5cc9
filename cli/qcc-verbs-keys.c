/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-json.h"
#include "cli/qcc-key-access.h"
#include "cli/qcc-key-calls.h"
#include "cli/qcc-text.h"
#include "common/qcc-error.h"
#include "common/qcc-redact.h"
#include "common/qcc-user-key-store.h"

/* What KeyState is when there is no service to ask. */
#define KEY_STATE_UNKNOWN "unknown"

static void
add_key_json (JsonBuilder *builder,
              const char *id,
              QccDBusEndpoint1 *endpoint)
{
  json_builder_begin_object (builder);
  qcc_bus_json_add_text (builder, "id", id);
  qcc_bus_json_add_text (builder, "profile", endpoint != NULL ? qcc_dbus_endpoint1_get_profile (endpoint) : "");
  qcc_bus_json_add_text (builder, "key_state", endpoint != NULL ? qcc_dbus_endpoint1_get_key_state (endpoint) : KEY_STATE_UNKNOWN);
  qcc_bus_json_add_text (builder, "key_store", endpoint != NULL ? qcc_dbus_endpoint1_get_key_store (endpoint) : "");
  json_builder_end_object (builder);
}

static GPtrArray *
list_endpoints (const QccBusClient *client)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) profiles = qcc_bus_client_list_profiles (client);

  for (guint i = 0; i < profiles->len; i++)
    g_ptr_array_extend_and_steal (all, qcc_bus_client_list_endpoints (client, g_ptr_array_index (profiles, i)));

  return all;
}

static void
put_list_json (const QccCall *call,
               GPtrArray *endpoints)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < endpoints->len; i++)
    {
      QccDBusEndpoint1 *endpoint = g_ptr_array_index (endpoints, i);

      add_key_json (builder, qcc_dbus_endpoint1_get_id (endpoint), endpoint);
    }
  json_builder_end_array (builder);
  qcc_call_put_json (call, builder);
}

static void
put_list_table (const QccCall *call,
                GPtrArray *endpoints)
{
  const char *const headings[] = {
    C_ ("column", "ENDPOINT"),
    C_ ("column", "PROFILE"),
    C_ ("column", "KEY"),
    C_ ("column", "STORE"),
    NULL,
  };
  g_autoptr (QccTable) table = qcc_table_new (headings);
  gboolean any_missing = FALSE;
  gboolean any_locked = FALSE;

  for (guint i = 0; i < endpoints->len; i++)
    {
      QccDBusEndpoint1 *endpoint = g_ptr_array_index (endpoints, i);
      const char *state = qcc_dbus_endpoint1_get_key_state (endpoint);

      any_missing = any_missing || g_strcmp0 (state, "missing") == 0 || g_strcmp0 (state, "unavailable") == 0;
      any_locked = any_locked || g_strcmp0 (state, "locked") == 0;
      qcc_table_add_row (table, (const char *const[]){ qcc_dbus_endpoint1_get_id (endpoint),
                                                       qcc_dbus_endpoint1_get_profile (endpoint), state,
                                                       qcc_dbus_endpoint1_get_key_store (endpoint), NULL });
    }

  qcc_call_put_table (call, table);
  if (any_missing)
    qcc_call_say (call, _ ("“qcc keys set ID” stores a key."));
  if (any_locked)
    qcc_call_say (call, _ ("“qcc keys unlock” makes those readable that are locked."));
}

/* Whether the service has a key from there; the credentials are those of its process, not of this one. */
static gboolean
is_used (GPtrArray *endpoints,
         const char *store)
{
  for (guint i = 0; i < endpoints->len; i++)
    if (g_strcmp0 (qcc_dbus_endpoint1_get_key_store (g_ptr_array_index (endpoints, i)), store) == 0)
      return TRUE;

  return FALSE;
}

static const char *
describe_keyring (void)
{
  switch (qcc_key_calls_get_keyring_state ())
    {
    case QCC_PLATFORM_KEY_STORE_ABSENT:
      return _ ("absent");
    case QCC_PLATFORM_KEY_STORE_LOCKED:
      return _ ("locked");
    case QCC_PLATFORM_KEY_STORE_UNLOCKED:
      return _ ("unlocked");
    }

  g_return_val_if_reached ("");
}

/* In the order in which they are asked. */
static void
put_stores (const QccCall *call,
            GPtrArray *endpoints)
{
  const char *const headings[] = { C_ ("column", "KEY STORE"), C_ ("column", "STATE"), NULL };
  g_autoptr (QccTable) table = qcc_table_new (headings);
  const char *const in_use[] = { _ ("not in use"), _ ("in use") };

  qcc_table_add_row (table, (const char *const[]){ _ ("credentials"), in_use[is_used (endpoints, "credentials")], NULL });
  qcc_table_add_row (table, (const char *const[]){ _ ("keyring of the desktop"), describe_keyring (), NULL });
  qcc_table_add_row (table, (const char *const[]){ _ ("key file"), in_use[qcc_user_key_store_has_file ()], NULL });
  qcc_call_put (call, "\n");
  qcc_call_put_table (call, table);
}

static gboolean
run_list (QccCall *call,
          GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (GPtrArray) endpoints = NULL;

  if (client == NULL)
    return FALSE;

  endpoints = list_endpoints (client);
  if (call->json)
    {
      put_list_json (call, endpoints);
      return TRUE;
    }

  if (endpoints->len > 0)
    put_list_table (call, endpoints);
  else
    qcc_call_say (call, _ ("There are no endpoints; “qcc endpoint add” makes one."));
  put_stores (call, endpoints);
  return TRUE;
}

/* The default token has an id of its own, which is no business of these verbs. */
static gboolean
check_id (const char *id,
          GError **error)
{
  g_autofree char *typed = NULL;

  if (qcc_key_store_id_is_valid (id) && !g_str_equal (id, QCC_KEY_ID_DEFAULT_TOKEN))
    return TRUE;

  typed = qcc_redact (id);
  g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("there is no endpoint “%s”; “qcc keys list” lists them"), typed);
  return FALSE;
}

static QccDBusEndpoint1 *
find_endpoint (const QccBusClient *client,
               const char *id,
               GError **error)
{
  g_autofree char *path = NULL;

  if (!qcc_dbus_manager1_call_find_endpoint_sync (qcc_bus_client_get_manager (client), id, QCC_BUS_CALL, &path, NULL, error))
    return NULL;

  return qcc_bus_client_open_endpoint (client, path, error);
}

/* Sets @out_client to %NULL when there is no service: keys can be changed without it. */
static gboolean
connect_if_possible (QccBusClientStart start,
                     QccBusClient **out_client,
                     GError **error)
{
  g_autoptr (GError) local_error = NULL;

  *out_client = qcc_bus_client_new (start, &local_error);
  if (*out_client != NULL || qcc_cli_error_to_exit (local_error) == QCC_CLI_EXIT_NO_SERVICE)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* Lets the service look the key up again. @endpoint is NULL where there is no service. */
static gboolean
tell_service (const QccBusClient *client,
              QccDBusEndpoint1 **endpoint,
              GError **error)
{
  g_autofree char *path = NULL;

  if (*endpoint == NULL)
    return TRUE;
  if (!qcc_dbus_endpoint1_call_key_changed_sync (*endpoint, QCC_BUS_CALL, NULL, error))
    return FALSE;

  /* Its properties follow signals, for which nothing waits here. */
  path = g_strdup (g_dbus_proxy_get_object_path (G_DBUS_PROXY (*endpoint)));
  g_object_unref (*endpoint);
  *endpoint = qcc_bus_client_open_endpoint (client, path, error);
  return *endpoint != NULL;
}

static void
tell_stored (const QccCall *call,
             QccDBusEndpoint1 *endpoint)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (call->json)
    {
      builder = json_builder_new ();
      add_key_json (builder, call->args[0], endpoint);
      qcc_call_put_json (call, builder);
    }
  else if (endpoint == NULL)
    qcc_call_say (call, _ ("The key of “%s” is stored. The service does not run; it finds the key when it starts."), call->args[0]);
  else if (g_strcmp0 (qcc_dbus_endpoint1_get_key_state (endpoint), "ok") == 0)
    qcc_call_say (call, _ ("The key of “%s” is stored (%s) and in use."), call->args[0], qcc_dbus_endpoint1_get_key_store (endpoint));
  else
    qcc_call_say (call, _ ("The key of “%s” is stored, but the service does not find it yet: %s."), call->args[0],
                  qcc_dbus_endpoint1_get_key_state (endpoint));
}

static gboolean
run_set (QccCall *call,
         GError **error)
{
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;
  g_autoptr (QccKeyStore) store = NULL;
  g_autoptr (QccSecret) key = NULL;

  if (!qcc_key_access_check_options (call, error))
    return FALSE;
  if (!qcc_key_access_is_given (call) && !qcc_call_can_ask (call))
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("give --key-stdin or --key-env, since nobody can be asked here"));
      return FALSE;
    }
  if (!check_id (call->args[0], error) || !connect_if_possible (QCC_BUS_CLIENT_START, &client, error))
    return FALSE;

  endpoint = client != NULL ? find_endpoint (client, call->args[0], error) : NULL;
  if (client != NULL && endpoint == NULL)
    return FALSE;
  key = qcc_key_access_read (call, error);
  if (key == NULL)
    return FALSE;

  store = qcc_cli_open_key_store ();
  if (!qcc_key_access_store (store, call->args[0], key, error) || !tell_service (client, &endpoint, error))
    return FALSE;

  tell_stored (call, endpoint);
  return TRUE;
}

/* An endpoint that was removed may have left its key behind, so that none need exist. */
static gboolean
run_remove (QccCall *call,
            GError **error)
{
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;
  g_autoptr (QccKeyStore) store = NULL;
  g_autofree char *question = g_strdup_printf (_ ("Remove the key of “%s”? Only its provider can give it again."), call->args[0]);

  if (!check_id (call->args[0], error) || !qcc_call_confirm (call, question, error))
    return FALSE;

  store = qcc_cli_open_key_store ();
  if (!qcc_key_calls_remove (store, call->args[0], error) ||
      !connect_if_possible (QCC_BUS_CLIENT_DO_NOT_START, &client, error))
    return FALSE;

  endpoint = client != NULL ? find_endpoint (client, call->args[0], NULL) : NULL;
  if (!tell_service (client, &endpoint, error))
    return FALSE;

  if (call->json)
    qcc_call_put_removed (call, "id", call->args[0]);
  qcc_call_say (call, _ ("The key of “%s” was removed."), call->args[0]);

  /* It may be in another store, which cannot be asked now. */
  if (endpoint != NULL && g_strcmp0 (qcc_dbus_endpoint1_get_key_state (endpoint), "ok") == 0)
    qcc_call_say (call, _ ("The service goes on with the key that it has, until it can ask all key stores or ends."));
  return TRUE;
}

static gboolean
run_unlock (QccCall *call,
            GError **error)
{
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (GPtrArray) endpoints = NULL;

  if (!qcc_key_calls_unlock (error) || !connect_if_possible (QCC_BUS_CLIENT_DO_NOT_START, &client, error))
    return FALSE;
  if (client != NULL && !qcc_dbus_manager1_call_refresh_keys_sync (qcc_bus_client_get_manager (client), QCC_BUS_CALL, NULL, error))
    return FALSE;

  if (call->json)
    {
      endpoints = client != NULL ? list_endpoints (client) : g_ptr_array_new ();
      put_list_json (call, endpoints);
    }
  if (client != NULL)
    qcc_call_say (call, _ ("The key store is unlocked, and the service has looked up its keys."));
  else
    qcc_call_say (call, _ ("The key store is unlocked. The service does not run; it finds the keys when it starts."));
  return TRUE;
}

static gboolean
run_file (QccCall *call,
          GError **error)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (!qcc_call_confirm (call,
                         _ ("The file holds keys as they are: whoever can read your files, your backups or this disk can "
                            "use them. Keep keys in a file where your desktop has no key store?"),
                         error) ||
      !qcc_key_calls_choose_file (error))
    return FALSE;

  if (call->json)
    {
      builder = json_builder_new ();
      json_builder_begin_object (builder);
      qcc_bus_json_add_text (builder, "key_store", "file");
      json_builder_end_object (builder);
      qcc_call_put_json (call, builder);
    }
  qcc_call_say (call, _ ("Keys can be stored in a file now, which only you can read. Your desktop's key store still comes first "
                         "where there is one."));
  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "keys list",
      .summary = N_ ("Tell which endpoints have a key, and where it is"),
      .description = N_ ("No key is shown. A second table tells which key stores can be used; --json leaves it out."),
      .examples = (const QccVerbExample[]){
          { "qcc keys list", N_ ("State and store of every key") },
          { NULL },
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_list,
  },
  {
      .path = "keys set",
      .synopsis = "ID",
      .summary = N_ ("Store the key of an endpoint"),
      .description = N_ ("Replaces the one that there is. The key comes from standard input, from a variable, or, on a terminal, "
                         "from a question; it goes into your key store and nowhere else."),
      .examples = (const QccVerbExample[]){
          { "qcc keys set work-1", N_ ("Ask for it; it does not show") },
          { "qcc keys set work-1 --key-stdin < key.txt", N_ ("From a file") },
          { "qcc keys set work-1 --key-env WORK_KEY", N_ ("From the variable WORK_KEY") },
          { NULL },
      },
      .options = (const GOptionEntry[]){ QCC_KEY_ACCESS_OPTIONS, G_OPTION_ENTRY_NULL },
      .min_args = 1,
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOCAL | QCC_VERB_EXIT (QCC_CLI_EXIT_NOT_FOUND),
      .run = run_set,
  },
  {
      .path = "keys remove",
      .synopsis = "ID",
      .summary = N_ ("Remove a key from your key store"),
      .description = N_ ("Also that of an endpoint which is no more. A terminal is asked before."),
      .examples = (const QccVerbExample[]){
          { "qcc keys remove work-1 --yes", N_ ("Without a question") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "yes", 'y', 0, G_OPTION_ARG_NONE, NULL, N_ ("Do not ask"), NULL },
          G_OPTION_ENTRY_NULL,
      },
      .min_args = 1,
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOCAL | QCC_VERB_EXIT (QCC_CLI_EXIT_NOT_FOUND),
      .run = run_remove,
  },
  {
      .path = "keys unlock",
      .summary = N_ ("Unlock the key store of your desktop"),
      .description = N_ ("Your desktop asks for its password in a window of its own. The service then looks up its keys again; it "
                         "never asks by itself."),
      .examples = (const QccVerbExample[]){
          { "qcc keys unlock", N_ ("After “qcc keys list” said locked") },
          { NULL },
      },
      .exits = QCC_VERB_EXITS_LOCAL,
      .run = run_unlock,
  },
  {
      .path = "keys file",
      .summary = N_ ("Let keys be kept in a file"),
      .description = N_ ("For systems without a key store of the desktop, like servers. The file is keys.json beside your profiles; "
                         "only you can read it, but it is not encrypted, so that a backup or another system that reads the disk "
                         "has your keys. Nothing is kept there until you say so here. A terminal is asked before."),
      .examples = (const QccVerbExample[]){
          { "qcc keys file --yes", N_ ("Without a question") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "yes", 'y', 0, G_OPTION_ARG_NONE, NULL, N_ ("Do not ask"), NULL },
          G_OPTION_ENTRY_NULL,
      },
      .exits = QCC_VERB_EXITS_LOCAL,
      .run = run_file,
  },
};

const QccVerbGroup qcc_verbs_keys = { N_ ("Keys:"), verbs, G_N_ELEMENTS (verbs) };
