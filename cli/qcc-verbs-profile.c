/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-json.h"
#include "cli/qcc-default-token.h"
#include "cli/qcc-endpoint-options.h"
#include "cli/qcc-key-access.h"
#include "cli/qcc-profile-out.h"
#include "cli/qcc-profile-plan.h"

#define PROFILE_OPTIONS                                                                                       \
  { "description", 'd', 0, G_OPTION_ARG_STRING, NULL, N_ ("Your own words"), "TEXT" },                        \
      { "tier", 't', 0, G_OPTION_ARG_STRING, NULL, N_ ("primary, secondary, fallback or disabled"), "TIER" }, \
  {                                                                                                           \
    "strategy", 's', 0, G_OPTION_ARG_STRING, NULL, N_ ("How it balances, see below"), "STRATEGY"              \
  }

static GVariant *
build_options (const QccCall *call)
{
  static const char *const names[] = { "description", "tier", "strategy" };
  g_autoptr (GVariantDict) members = g_variant_dict_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *value = qcc_call_get_text (call, names[i]);

      if (value != NULL)
        g_variant_dict_insert (members, names[i], "s", value);
    }

  return g_variant_ref_sink (g_variant_dict_end (members));
}

static gboolean
run_init (QccCall *call,
          GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (GPtrArray) profiles = NULL;
  g_autoptr (QccDBusProfile1) profile = NULL;
  g_auto (QccProfilePlan) plan = { .name = g_strdup (call->args[0]) };

  if (client == NULL)
    return FALSE;

  profiles = qcc_bus_client_list_profiles (client);
  if (profiles->len > 0)
    {
      qcc_call_say (call, _ ("QCC is set up already; “qcc status” shows it, “qcc add” makes one more profile."));
      profile = g_object_ref (g_ptr_array_index (profiles, 0));
    }
  else
    {
      if (plan.name == NULL && !qcc_call_can_ask (call))
        plan.name = g_strdup ("default");
      if (qcc_call_has_option (call, "base-url") && !qcc_endpoint_plan_read (&plan.endpoint, call, error))
        return FALSE;
      if (qcc_call_can_ask (call) && !qcc_profile_plan_ask (&plan, call, client, error))
        return FALSE;
      profile = qcc_profile_plan_carry_out (&plan, call, client, error);
      if (profile == NULL)
        return FALSE;
    }

  if (!qcc_default_token_ensure (call, qcc_bus_client_get_manager (client), NULL, error))
    return FALSE;
  if (call->json)
    qcc_profile_out_put_json (call, client, profile);
  qcc_call_say (call, _ ("To start Claude Code through QCC:"));
  qcc_call_say (call, "  eval \"$(qcc env)\"\n  claude");
  return TRUE;
}

static gboolean
run_add (QccCall *call,
         GError **error)
{
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (QccDBusProfile1) profile = NULL;
  g_auto (QccProfilePlan) plan = { .name = g_strdup (call->args[0]), .options = build_options (call) };

  if (plan.name == NULL && !qcc_call_can_ask (call))
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("give the name of the profile"));
      return FALSE;
    }

  client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  if (client == NULL)
    return FALSE;
  if (plan.name == NULL && !qcc_profile_plan_ask (&plan, call, client, error))
    return FALSE;

  profile = qcc_profile_plan_carry_out (&plan, call, client, error);
  if (profile == NULL)
    return FALSE;
  if (call->json)
    qcc_profile_out_put_json (call, client, profile);
  return TRUE;
}

static gboolean
run_list (QccCall *call,
          GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);

  return client != NULL && qcc_profile_out_put_list (call, client);
}

static gboolean
run_default (QccCall *call,
             GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (QccDBusProfile1) profile = NULL;

  profile = client != NULL ? qcc_bus_client_find_profile (client, call->args[0], error) : NULL;
  if (profile == NULL ||
      !qcc_dbus_manager1_call_set_default_sync (qcc_bus_client_get_manager (client), call->args[0], QCC_BUS_CALL, NULL, error))
    return FALSE;

  qcc_call_say (call, _ ("“%s” is the default profile."), call->args[0]);
  return qcc_profile_out_put_changed (call, client, profile, error);
}

static gboolean
run_rename (QccCall *call,
            GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  QccDBusManager1 *manager = client != NULL ? qcc_bus_client_get_manager (client) : NULL;
  g_autoptr (QccDBusProfile1) profile = NULL;
  g_autoptr (QccDBusProfile1) renamed = NULL;
  g_autofree char *path = NULL;

  profile = client != NULL ? qcc_bus_client_find_profile (client, call->args[0], error) : NULL;
  if (profile == NULL ||
      !qcc_dbus_manager1_call_rename_profile_sync (manager, call->args[0], call->args[1], QCC_BUS_CALL, NULL, error))
    return FALSE;

  qcc_call_say (call, _ ("Profile “%s” is now called “%s”."), call->args[0], call->args[1]);
  if (!call->json)
    return TRUE;

  if (!qcc_dbus_manager1_call_find_profile_sync (manager, call->args[1], QCC_BUS_CALL, &path, NULL, error))
    return FALSE;
  renamed = qcc_bus_client_open_profile (client, path, error);
  if (renamed == NULL)
    return FALSE;
  qcc_profile_out_put_json (call, client, renamed);
  return TRUE;
}

static gboolean
run_remove (QccCall *call,
            GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (QccDBusProfile1) profile = NULL;
  g_autoptr (GPtrArray) endpoints = NULL;
  g_autofree char *question = NULL;

  profile = client != NULL ? qcc_bus_client_find_profile (client, call->args[0], error) : NULL;
  if (profile == NULL)
    return FALSE;

  endpoints = qcc_bus_client_list_endpoints (client, profile);
  question = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Remove profile “%s” with %u endpoint and its key?",
                                           "Remove profile “%s” with %u endpoints and their keys?", endpoints->len),
                              call->args[0], endpoints->len);
  if (!qcc_call_confirm (call, question, error))
    return FALSE;

  /* The keys come last: a profile that the service does not let go must keep them. */
  if (!qcc_dbus_manager1_call_remove_profile_sync (qcc_bus_client_get_manager (client), call->args[0], QCC_BUS_CALL, NULL, error))
    return FALSE;
  if (!qcc_key_access_remove_all (endpoints, error))
    {
      g_prefix_error (error, "%s", _ ("the profile was removed; "));
      return FALSE;
    }

  if (call->json)
    qcc_call_put_removed (call, "name", call->args[0]);
  qcc_call_say (call, _ ("Profile “%s” was removed."), call->args[0]);
  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "init",
      .synopsis = "[NAME]",
      .summary = N_ ("Set QCC up with a first profile"),
      .description = N_ ("Asks on a terminal for what is not given: the name of the profile, the address of a provider and its "
                         "key. Makes the token that “qcc env” gives to Claude Code. Changes nothing that is there already."),
      .examples = (const QccVerbExample[]){
          { "qcc init", N_ ("Ask for everything") },
          { "qcc init work --base-url https://api.example.com --key-env KEY", N_ ("Ask for nothing") },
          { NULL },
      },
      .options = (const GOptionEntry[]){ QCC_ENDPOINT_OPTIONS, QCC_KEY_ACCESS_OPTIONS, G_OPTION_ENTRY_NULL },
      .max_args = 1,
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_init,
  },
  {
      .path = "add",
      .synopsis = "[NAME]",
      .summary = N_ ("Add a profile"),
      .description = N_ ("A profile is a named set of endpoints. Without a name a terminal is asked for it and for a first "
                         "endpoint. Requests go to the best tier that can answer; a disabled profile is never used. "
                         "Strategies: weighted, round-robin, least-connections and failover (by priority)."),
      .examples = (const QccVerbExample[]){
          { "qcc add", N_ ("Ask for everything") },
          { "qcc add spare --tier fallback --description 'When all else fails'", N_ ("A profile for bad days") },
          { NULL },
      },
      .options = (const GOptionEntry[]){ PROFILE_OPTIONS, G_OPTION_ENTRY_NULL },
      .max_args = 1,
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_add,
  },
  {
      .path = "list",
      .summary = N_ ("List the profiles"),
      .examples = (const QccVerbExample[]){
          { "qcc list", N_ ("The best tier first") },
          { "qcc list --json", N_ ("With their endpoints and everything about them") },
          { NULL },
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_list,
  },
  {
      .path = "default",
      .synopsis = "NAME",
      .summary = N_ ("Make a profile the default"),
      .description = N_ ("It is the active one after “qcc priority release”, and at once while no profile is pinned."),
      .examples = (const QccVerbExample[]){
          { "qcc default work", N_ ("Start there") },
          { NULL },
      },
      .min_args = 1,
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_default,
  },
  {
      .path = "rename",
      .synopsis = "OLD NEW",
      .summary = N_ ("Give a profile another name"),
      .examples = (const QccVerbExample[]){
          { "qcc rename work office", N_ ("Its endpoints keep their ids") },
          { NULL },
      },
      .min_args = 2,
      .max_args = 2,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_rename,
  },
  {
      .path = "remove",
      .synopsis = "NAME",
      .summary = N_ ("Remove a profile, its endpoints and keys"),
      .description = N_ ("A terminal is asked before."),
      .examples = (const QccVerbExample[]){
          { "qcc remove spare", N_ ("After a question") },
          { "qcc remove spare --yes", N_ ("Without one") },
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

const QccVerbGroup qcc_verbs_profile = { N_ ("Profiles:"), verbs, G_N_ELEMENTS (verbs) };
