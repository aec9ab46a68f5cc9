/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-profile-out.h"

static gboolean
run_set (QccCall *call,
         GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (QccDBusProfile1) profile = NULL;

  profile = client != NULL ? qcc_bus_client_find_profile (client, call->args[0], error) : NULL;
  if (profile == NULL || !qcc_dbus_profile1_call_set_tier_sync (profile, call->args[1], QCC_BUS_CALL, NULL, error))
    return FALSE;

  qcc_call_say (call, _ ("Profile “%s” is of tier %s."), call->args[0], call->args[1]);
  return qcc_profile_out_put_changed (call, client, profile, error);
}

static gboolean
run_list (QccCall *call,
          GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);

  return client != NULL && qcc_profile_out_put_list (call, client);
}

static gboolean
run_switch (QccCall *call,
            GError **error)
{
  const char *reason = qcc_call_get_text (call, "reason");
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (QccDBusProfile1) profile = NULL;

  profile = client != NULL ? qcc_bus_client_find_profile (client, call->args[0], error) : NULL;
  if (profile == NULL ||
      !qcc_dbus_manager1_call_switch_profile_sync (qcc_bus_client_get_manager (client), call->args[0],
                                                   reason != NULL ? reason : "", QCC_BUS_CALL, NULL, error))
    return FALSE;

  qcc_call_say (call, _ ("New requests start in “%s”, until “qcc priority release”."), call->args[0]);
  return qcc_profile_out_put_changed (call, client, profile, error);
}

static gboolean
run_release (QccCall *call,
             GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  QccDBusManager1 *manager = client != NULL ? qcc_bus_client_get_manager (client) : NULL;
  const char *name;
  g_autoptr (QccDBusProfile1) profile = NULL;

  if (client == NULL || !qcc_dbus_manager1_call_release_sync (manager, QCC_BUS_CALL, NULL, error))
    return FALSE;

  name = qcc_dbus_manager1_get_default_profile (manager);
  if (name == NULL || *name == '\0')
    {
      qcc_call_say (call, _ ("There is no profile yet; “qcc add” makes one."));
      if (call->json)
        qcc_call_put (call, "null\n");
      return TRUE;
    }

  profile = qcc_bus_client_find_profile (client, name, error);
  if (profile == NULL)
    return FALSE;
  qcc_call_say (call, _ ("No profile is pinned; new requests start in “%s”."), name);
  return qcc_profile_out_put_changed (call, client, profile, error);
}

static const QccVerb verbs[] = {
  {
      .path = "priority set",
      .synopsis = "NAME TIER",
      .summary = N_ ("Put a profile into a tier"),
      .description = N_ ("Tiers are primary, secondary and fallback, in the order of failover, and disabled, which is never used."),
      .examples = (const QccVerbExample[]){
          { "qcc priority set spare fallback", N_ ("Only when the better tiers do not answer") },
          { NULL },
      },
      .min_args = 2,
      .max_args = 2,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_set,
  },
  {
      .path = "priority list",
      .summary = N_ ("List the profiles in the order of failover"),
      .examples = (const QccVerbExample[]){
          { "qcc priority list", N_ ("The best tier first") },
          { NULL },
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_list,
  },
  {
      .path = "priority switch",
      .synopsis = "NAME",
      .summary = N_ ("Start new requests in a profile"),
      .description = N_ ("The profile stays the active one, it is pinned, until “qcc priority release”. Answers that are "
                         "under way are not cut."),
      .examples = (const QccVerbExample[]){
          { "qcc priority switch spare --reason 'quota of work is used up'", N_ ("With a note to yourself") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "reason", 'r', 0, G_OPTION_ARG_STRING, NULL, N_ ("Why, for “qcc status”"), "TEXT" },
          G_OPTION_ENTRY_NULL,
      },
      .min_args = 1,
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_switch,
  },
  {
      .path = "priority release",
      .summary = N_ ("End the pin of “priority switch”"),
      .examples = (const QccVerbExample[]){
          { "qcc priority release", N_ ("Back to the default profile") },
          { NULL },
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_release,
  },
};

const QccVerbGroup qcc_verbs_priority = { N_ ("Priority:"), verbs, G_N_ELEMENTS (verbs) };
