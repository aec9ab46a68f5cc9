/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-json.h"
#include "cli/qcc-endpoint-options.h"
#include "cli/qcc-endpoint-plan.h"
#include "cli/qcc-key-access.h"
#include "cli/qcc-words.h"

static void
put_endpoint_json (const QccCall *call,
                   QccDBusEndpoint1 *endpoint,
                   QccDBusProfile1 *profile)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  qcc_bus_json_add_endpoint (builder, endpoint, profile);
  qcc_call_put_json (call, builder);
}

static gboolean
run_add (QccCall *call,
         GError **error)
{
  gboolean has_address = qcc_call_has_option (call, "base-url") || qcc_call_has_option (call, "from");
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (QccDBusProfile1) profile = NULL;
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;
  g_auto (QccEndpointPlan) plan = { NULL };

  if (!has_address && !qcc_call_can_ask (call))
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("give --base-url or --from"));
      return FALSE;
    }

  client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  profile = client != NULL ? qcc_bus_client_find_profile (client, call->args[0], error) : NULL;
  if (profile == NULL)
    return FALSE;
  if (has_address ? !qcc_endpoint_plan_read (&plan, call, error) : !qcc_endpoint_plan_ask (&plan, call, client, error))
    return FALSE;
  if (plan.options == NULL)
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_DECLINED, _ ("no answer was given; nothing was changed"));
      return FALSE;
    }

  endpoint = qcc_endpoint_plan_carry_out (&plan, client, profile, error);
  if (endpoint == NULL)
    return FALSE;

  if (call->json)
    put_endpoint_json (call, endpoint, profile);
  qcc_endpoint_plan_tell (call, endpoint);
  return TRUE;
}

static void
put_endpoint_table (const QccCall *call,
                    GPtrArray *endpoints)
{
  const char *const headings[] = {
    C_ ("column", "ID"),
    C_ ("column", "STATE"),
    C_ ("column", "HEALTH"),
    C_ ("column", "KEY"),
    C_ ("column", "WEIGHT"),
    C_ ("column", "PRIORITY"),
    C_ ("column", "ADDRESS"),
    NULL,
  };
  g_autoptr (QccTable) table = qcc_table_new (headings);

  for (guint i = 0; i < endpoints->len; i++)
    {
      QccDBusEndpoint1 *endpoint = g_ptr_array_index (endpoints, i);
      g_autofree char *weight = g_strdup_printf ("%u", qcc_dbus_endpoint1_get_weight (endpoint));
      g_autofree char *priority = g_strdup_printf ("%u", qcc_dbus_endpoint1_get_priority (endpoint));
      const char *const cells[] = {
        qcc_dbus_endpoint1_get_id (endpoint),
        qcc_dbus_endpoint1_get_enabled (endpoint) ? _ ("enabled") : _ ("disabled"),
        qcc_words_get (QCC_WORDS_HEALTH, qcc_dbus_endpoint1_get_health (endpoint)),
        qcc_dbus_endpoint1_get_key_state (endpoint),
        weight,
        priority,
        qcc_dbus_endpoint1_get_base_url (endpoint),
        NULL,
      };

      qcc_table_add_row (table, cells);
    }

  qcc_call_put_table (call, table);
}

static gboolean
run_list (QccCall *call,
          GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (QccDBusProfile1) profile = NULL;
  g_autoptr (GPtrArray) endpoints = NULL;
  g_autoptr (JsonBuilder) builder = NULL;

  profile = client != NULL ? qcc_bus_client_find_profile (client, call->args[0], error) : NULL;
  if (profile == NULL)
    return FALSE;

  endpoints = qcc_bus_client_list_endpoints (client, profile);
  if (call->json)
    {
      builder = json_builder_new ();
      json_builder_begin_array (builder);
      for (guint i = 0; i < endpoints->len; i++)
        qcc_bus_json_add_endpoint (builder, g_ptr_array_index (endpoints, i), profile);
      json_builder_end_array (builder);
      qcc_call_put_json (call, builder);
    }
  else if (endpoints->len > 0)
    put_endpoint_table (call, endpoints);
  else
    qcc_call_say (call, _ ("Profile “%s” has no endpoints; “qcc endpoint add” makes one."), call->args[0]);

  return TRUE;
}

/* What a verb does to one endpoint; @data is its own. */
typedef gboolean (*EndpointFunc) (QccDBusEndpoint1 *endpoint,
                                  gpointer data,
                                  GError **error);

/* Finds the endpoint that the first two words name, changes it, and tells; @done takes the two words. */
static gboolean
change_endpoint (const QccCall *call,
                 EndpointFunc change,
                 gpointer data,
                 const char *done,
                 GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;
  g_autoptr (QccDBusEndpoint1) changed = NULL;
  g_autoptr (QccDBusProfile1) profile = NULL;

  endpoint = client != NULL ? qcc_bus_client_find_endpoint (client, call->args[0], call->args[1], error) : NULL;
  if (endpoint == NULL || !change (endpoint, data, error))
    return FALSE;

  if (!call->json)
    {
      qcc_call_say (call, "%s", done);
      return TRUE;
    }

  profile = qcc_bus_client_find_profile (client, call->args[0], error);
  changed = profile != NULL ? qcc_bus_client_open_endpoint (client, g_dbus_proxy_get_object_path (G_DBUS_PROXY (endpoint)), error) : NULL;
  if (changed == NULL)
    return FALSE;
  put_endpoint_json (call, changed, profile);
  return TRUE;
}

static gboolean
enable (QccDBusEndpoint1 *endpoint,
        gpointer data,
        GError **error)
{
  return qcc_dbus_endpoint1_call_enable_sync (endpoint, QCC_BUS_CALL, NULL, error);
}

static gboolean
run_enable (QccCall *call,
            GError **error)
{
  return change_endpoint (call, enable, NULL, _ ("The endpoint is enabled."), error);
}

static gboolean
disable (QccDBusEndpoint1 *endpoint,
         gpointer data,
         GError **error)
{
  return qcc_dbus_endpoint1_call_disable_sync (endpoint, QCC_BUS_CALL, NULL, error);
}

static gboolean
run_disable (QccCall *call,
             GError **error)
{
  return change_endpoint (call, disable, NULL, _ ("The endpoint is disabled and not used until it is enabled."), error);
}

static gboolean
update (QccDBusEndpoint1 *endpoint,
        gpointer data,
        GError **error)
{
  return qcc_dbus_endpoint1_call_update_sync (endpoint, data, QCC_BUS_CALL, NULL, error);
}

static gboolean
run_edit (QccCall *call,
          GError **error)
{
  g_autoptr (GVariant) options = qcc_endpoint_options_build (call, error);

  if (options == NULL)
    return FALSE;
  g_variant_ref_sink (options);
  if (g_variant_n_children (options) == 0)
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("nothing to change; give at least one option"));
      return FALSE;
    }

  return change_endpoint (call, update, options, _ ("The endpoint was changed."), error);
}

static gboolean
run_remove (QccCall *call,
            GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;
  g_autoptr (GPtrArray) removed = g_ptr_array_new ();
  g_autofree char *question = NULL;

  endpoint = client != NULL ? qcc_bus_client_find_endpoint (client, call->args[0], call->args[1], error) : NULL;
  if (endpoint == NULL)
    return FALSE;

  question = g_strdup_printf (_ ("Remove endpoint “%s” and its key?"), call->args[1]);
  if (!qcc_call_confirm (call, question, error) || !qcc_dbus_endpoint1_call_remove_sync (endpoint, QCC_BUS_CALL, NULL, error))
    return FALSE;

  g_ptr_array_add (removed, endpoint);
  if (!qcc_key_access_remove_all (removed, error))
    {
      g_prefix_error (error, "%s", _ ("the endpoint was removed; "));
      return FALSE;
    }

  if (call->json)
    qcc_call_put_removed (call, "id", call->args[1]);
  qcc_call_say (call, _ ("Endpoint “%s” and its key were removed."), call->args[1]);
  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "endpoint add",
      .synopsis = "PROFILE --base-url URL",
      .summary = N_ ("Add an endpoint to a profile"),
      .description = N_ ("An endpoint is the address of a provider with its key. The key comes from standard input, from a "
                         "variable, or, on a terminal, from a question; it goes into your key store and nowhere else. "
                         "Without --base-url and --from a terminal is asked for the address too.\n"
                         "With --from everything but id and key is taken from another endpoint; other options win."),
      .examples = (const QccVerbExample[]){
          { "qcc endpoint add work", N_ ("Ask for everything") },
          { "qcc endpoint add work --base-url https://api.example.com --key-stdin < key.txt", N_ ("With the key from a file") },
          { "qcc endpoint add work --from spare/spare-1 --key-env KEY --weight 50", N_ ("Like another, with another key") },
          { "qcc endpoint add work -u https://relay.example/anthropic --model 'claude-opus-*=glm-5'", N_ ("With other names of models") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          QCC_ENDPOINT_OPTIONS,
          QCC_KEY_ACCESS_OPTIONS,
          { "id", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Its id: a-z, 0-9 and “-”"), "ID" },
          { "from", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Take it from PROFILE or PROFILE/ID"), "SOURCE" },
          G_OPTION_ENTRY_NULL,
      },
      .min_args = 1,
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_add,
  },
  {
      .path = "endpoint list",
      .synopsis = "PROFILE",
      .summary = N_ ("List the endpoints of a profile"),
      .examples = (const QccVerbExample[]){
          { "qcc endpoint list work", N_ ("With state, key and address") },
          { "qcc endpoint list work --json", N_ ("Everything about them") },
          { NULL },
      },
      .min_args = 1,
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_list,
  },
  {
      .path = "endpoint edit",
      .synopsis = "PROFILE ID",
      .summary = N_ ("Change an endpoint"),
      .description = N_ ("Changes what is given and leaves the rest. --model and --meta replace all that there were; an empty "
                         "value takes them away, and so it does with --ca-file and --proxy."),
      .examples = (const QccVerbExample[]){
          { "qcc endpoint edit work work-1 --weight 200", N_ ("Twice the usual share") },
          { "qcc endpoint edit work work-1 --model ''", N_ ("Ask for models by their own names again") },
          { NULL },
      },
      .options = (const GOptionEntry[]){ QCC_ENDPOINT_OPTIONS, G_OPTION_ENTRY_NULL },
      .min_args = 2,
      .max_args = 2,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_edit,
  },
  {
      .path = "endpoint remove",
      .synopsis = "PROFILE ID",
      .summary = N_ ("Remove an endpoint and its key"),
      .description = N_ ("Its id is never given again. A terminal is asked before."),
      .examples = (const QccVerbExample[]){
          { "qcc endpoint remove work work-1 --yes", N_ ("Without a question") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "yes", 'y', 0, G_OPTION_ARG_NONE, NULL, N_ ("Do not ask"), NULL },
          G_OPTION_ENTRY_NULL,
      },
      .min_args = 2,
      .max_args = 2,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_remove,
  },
  {
      .path = "endpoint enable",
      .synopsis = "PROFILE ID",
      .summary = N_ ("Use an endpoint again"),
      .examples = (const QccVerbExample[]){
          { "qcc endpoint enable work work-1", N_ ("After it was disabled") },
          { NULL },
      },
      .min_args = 2,
      .max_args = 2,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_enable,
  },
  {
      .path = "endpoint disable",
      .synopsis = "PROFILE ID",
      .summary = N_ ("Do not use an endpoint for now"),
      .examples = (const QccVerbExample[]){
          { "qcc endpoint disable work work-1", N_ ("Until it is enabled again") },
          { NULL },
      },
      .min_args = 2,
      .max_args = 2,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_disable,
  },
};

const QccVerbGroup qcc_verbs_endpoint = { N_ ("Endpoints:"), verbs, G_N_ELEMENTS (verbs) };
