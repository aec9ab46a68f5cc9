/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-json.h"
#include "cli/qcc-default-token.h"
#include "cli/qcc-key-access.h"
#include "cli/qcc-terminal.h"
#include "common/qcc-token.h"

static gboolean
is_default (const char *name)
{
  return g_str_equal (name, QCC_DEFAULT_TOKEN_NAME);
}

static void
add_token_json (JsonBuilder *builder,
                const char *name,
                const char *profile,
                gboolean cross)
{
  qcc_bus_json_add_text (builder, "name", name);
  qcc_bus_json_add_text (builder, "profile", profile);
  qcc_bus_json_add_flag (builder, "cross", cross);
}

/* Only its hash crosses the bus (spec 12.4). */
static QccSecret *
add_token (const QccCall *call,
           QccDBusManager1 *manager,
           const char *profile,
           gboolean cross,
           GError **error)
{
  g_autoptr (QccSecret) token = NULL;
  g_autoptr (QccKeyStore) store = NULL;
  g_autofree char *hash = NULL;

  if (is_default (call->args[0]))
    {
      store = qcc_cli_open_key_store ();
      return qcc_default_token_add (manager, store, profile, cross, error);
    }

  token = qcc_token_generate ();
  hash = qcc_token_hash (token);
  return qcc_dbus_manager1_call_add_token_sync (manager, call->args[0], hash, profile, cross, QCC_BUS_CALL, NULL, error) ? g_steal_pointer (&token) : NULL;
}

/* Shows the token, this once (spec 3.3). What is no terminal gets the token alone. */
static void
put_token (const QccCall *call,
           const QccSecret *token,
           const char *profile,
           gboolean cross)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (call->json)
    {
      builder = json_builder_new ();
      json_builder_begin_object (builder);
      add_token_json (builder, call->args[0], profile, cross);
      qcc_bus_json_add_text (builder, "token", qcc_secret_peek (token));
      json_builder_end_object (builder);
      qcc_call_put_json (call, builder);
      return;
    }

  if (qcc_terminal_has_output ())
    qcc_call_say (call, _ ("The token “%s” is shown only now. Give it to the program that shall use it, as ANTHROPIC_AUTH_TOKEN:"),
                  call->args[0]);
  qcc_call_put (call, qcc_secret_peek (token));
  qcc_call_put (call, "\n");
}

static gboolean
run_add (QccCall *call,
         GError **error)
{
  const char *profile = qcc_call_get_text (call, "profile");
  gboolean cross = qcc_call_has_option (call, "cross");
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (QccSecret) token = NULL;

  if (cross && profile == NULL)
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("--cross says something only together with --profile"));
      return FALSE;
    }
  if (profile == NULL)
    profile = "";

  client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  token = client != NULL ? add_token (call, qcc_bus_client_get_manager (client), profile, cross, error) : NULL;
  if (token == NULL)
    return FALSE;

  put_token (call, token, profile, cross);
  return TRUE;
}

static const char *
describe_reach (const QccTokenRecord *record)
{
  if (*record->profile == '\0')
    return _ ("all");

  return record->cross ? _ ("all, that one first") : _ ("that one only");
}

static void
put_table (const QccCall *call,
           GPtrArray *records)
{
  const char *const headings[] = {
    C_ ("column", "NAME"),
    C_ ("column", "PROFILE"),
    C_ ("column", "MAY USE"),
    NULL,
  };
  g_autoptr (QccTable) table = qcc_table_new (headings);

  for (guint i = 0; i < records->len; i++)
    {
      const QccTokenRecord *record = g_ptr_array_index (records, i);

      qcc_table_add_row (table, (const char *const[]){ record->name, record->profile, describe_reach (record), NULL });
    }

  qcc_call_put_table (call, table);
}

static gboolean
run_list (QccCall *call,
          GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (GPtrArray) records = NULL;
  g_autoptr (JsonBuilder) builder = NULL;

  records = client != NULL ? qcc_token_record_list (qcc_bus_client_get_manager (client), error) : NULL;
  if (records == NULL)
    return FALSE;

  if (call->json)
    {
      builder = json_builder_new ();
      json_builder_begin_array (builder);
      for (guint i = 0; i < records->len; i++)
        {
          const QccTokenRecord *record = g_ptr_array_index (records, i);

          json_builder_begin_object (builder);
          add_token_json (builder, record->name, record->profile, record->cross);
          json_builder_end_object (builder);
        }
      json_builder_end_array (builder);
      qcc_call_put_json (call, builder);
    }
  else if (records->len > 0)
    put_table (call, records);
  else
    qcc_call_say (call, _ ("There are no tokens; “qcc token add NAME” makes one."));

  return TRUE;
}

/* The token is revoked by then; a text that is left behind opens nothing. */
static void
forget_default (void)
{
  g_autoptr (QccKeyStore) store = qcc_cli_open_key_store ();
  g_autoptr (GError) error = NULL;

  if (!qcc_key_access_remove (store, QCC_KEY_ID_DEFAULT_TOKEN, &error))
    g_printerr (_ ("Its text is still in the key store, where it does no harm: %s\n"), error->message);
}

static gboolean
run_remove (QccCall *call,
            GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (GPtrArray) records = NULL;
  g_autofree char *question = NULL;
  QccDBusManager1 *manager;

  if (client == NULL)
    return FALSE;

  manager = qcc_bus_client_get_manager (client);
  records = qcc_token_record_list (manager, error);
  if (records == NULL)
    return FALSE;

  /* A name that is unknown is for the service to refuse; there is nothing to ask about it. */
  question = g_strdup_printf (_ ("Revoke the token “%s”? It cannot be had back."), call->args[0]);
  if (qcc_token_record_find (records, call->args[0]) != NULL && !qcc_call_confirm (call, question, error))
    return FALSE;
  if (!qcc_dbus_manager1_call_remove_token_sync (manager, call->args[0], QCC_BUS_CALL, NULL, error))
    return FALSE;

  if (is_default (call->args[0]))
    forget_default ();
  if (call->json)
    qcc_call_put_removed (call, "name", call->args[0]);
  qcc_call_say (call, _ ("The token “%s” is revoked."), call->args[0]);
  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "token add",
      .synopsis = "NAME",
      .summary = N_ ("Make a token for a program or a project"),
      .description = N_ ("A token lets a program use the proxy where proxy.require-token is on. One with a profile starts there "
                         "whatever the active profile is, and stays there without --cross. It is printed once and kept nowhere, "
                         "but for the token “default”, which is in your key store and which “qcc env” uses."),
      .examples = (const QccVerbExample[]){
          { "qcc token add laptop", N_ ("For another machine or program") },
          { "qcc token add shop --profile work", N_ ("Keep one project to profile work") },
          { "export ANTHROPIC_AUTH_TOKEN=$(qcc token add shop --profile work --cross)",
            N_ ("Begin in profile work, and go on elsewhere when it fails") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "profile", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Start in this profile"), "PROFILE" },
          { "cross", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Go on to other profiles when it fails"), NULL },
          G_OPTION_ENTRY_NULL,
      },
      .min_args = 1,
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_add,
  },
  {
      .path = "token list",
      .summary = N_ ("List the tokens"),
      .description = N_ ("The tokens themselves are not known any more."),
      .examples = (const QccVerbExample[]){
          { "qcc token list", N_ ("Names, profiles, and what they may use") },
          { NULL },
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_list,
  },
  {
      .path = "token remove",
      .synopsis = "NAME",
      .summary = N_ ("Revoke a token"),
      .description = N_ ("Requests that carry it are from now on requests without a token. A terminal is asked before."),
      .examples = (const QccVerbExample[]){
          { "qcc token remove laptop --yes", N_ ("Without a question") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "yes", 'y', 0, G_OPTION_ARG_NONE, NULL, N_ ("Do not ask"), NULL },
          G_OPTION_ENTRY_NULL,
      },
      .min_args = 1,
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_remove,
  },
};

const QccVerbGroup qcc_verbs_token = { N_ ("Tokens:"), verbs, G_N_ELEMENTS (verbs) };
