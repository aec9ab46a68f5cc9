/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-lookup.h"
#include "cli/qcc-dict.h"
#include "cli/qcc-profile-out.h"
#include "cli/qcc-setting-out.h"
#include "cli/qcc-time-text.h"
#include "cli/qcc-words.h"

#define HISTORY_DEFAULT 20
#define SETTINGS_PREFIX "failover."

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

static void
put_history_json (const QccCall *call,
                  GVariant *events)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  qcc_dict_add_list_json (events, builder);
  qcc_call_put_json (call, builder);
}

static void
put_history (const QccCall *call,
             GVariant *events)
{
  const char *const headings[] = {
    C_ ("column", "TIME"),
    C_ ("column", "WHAT"),
    C_ ("column", "FROM"),
    C_ ("column", "TO"),
    C_ ("column", "REASON"),
    NULL,
  };
  gint64 now = g_get_real_time ();
  g_autoptr (QccTable) table = qcc_table_new (headings);

  for (gsize i = 0; i < g_variant_n_children (events); i++)
    {
      g_autoptr (GVariant) event = g_variant_get_child_value (events, i);
      g_autofree char *when = qcc_time_text_short (qcc_dict_get_number (event, "time", 0), now);

      qcc_table_add_row (table, (const char *const[]){ when, qcc_words_get (QCC_WORDS_EVENT, qcc_dict_get_text (event, "type")),
                                                       qcc_dict_get_text (event, "from"), qcc_dict_get_text (event, "to"),
                                                       qcc_dict_get_text (event, "reason"), NULL });
    }

  qcc_call_put_table (call, table);
}

static gboolean
run_history (QccCall *call,
             GError **error)
{
  guint limit = HISTORY_DEFAULT;
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (QccDBusFailover1) failover = NULL;
  g_autoptr (GVariant) events = NULL;

  if (!qcc_call_get_limit (call, &limit, error))
    return FALSE;

  client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  failover = client != NULL ? qcc_bus_lookup_failover (client, error) : NULL;
  if (failover == NULL || !qcc_dbus_failover1_call_list_events_sync (failover, limit, QCC_BUS_CALL, &events, NULL, error))
    return FALSE;

  if (call->json)
    put_history_json (call, events);
  else if (g_variant_n_children (events) > 0)
    put_history (call, events);
  else
    qcc_call_say (call, _ ("Nothing has happened yet."));
  return TRUE;
}

/* What “priority policy” can set. */
static const QccSettingOption setting_options[] = {
  { "auto-failover", "failover.auto-failover", "true" },
  { "no-auto-failover", "failover.auto-failover", "false" },
  { "auto-recovery", "failover.auto-recovery", "true" },
  { "no-auto-recovery", "failover.auto-recovery", "false" },
  { "failure-threshold", "failover.failure-threshold", NULL },
  { "success-threshold", "failover.success-threshold", NULL },
  { "cooldown", "failover.cooldown", NULL },
  { "recovery-delay", "failover.recovery-delay", NULL },
  { "max-failovers-per-hour", "failover.max-failovers-per-hour", NULL },
  { "fallback", "failover.fallback-enabled", "true" },
  { "no-fallback", "failover.fallback-enabled", "false" },
  { NULL },
};

static gboolean
put_policy (const QccCall *call,
            const QccBusClient *client,
            GError **error)
{
  g_autoptr (GPtrArray) settings = qcc_setting_list (qcc_bus_client_get_manager (client), SETTINGS_PREFIX, error);
  g_autoptr (QccDBusFailover1) failover = settings != NULL ? qcc_bus_lookup_failover (client, error) : NULL;
  g_autoptr (GVariant) moves = NULL;
  g_autoptr (JsonBuilder) builder = NULL;

  if (failover == NULL)
    return FALSE;

  moves = g_dbus_proxy_get_cached_property (G_DBUS_PROXY (failover), "MovesLastHour");
  if (!call->json)
    {
      qcc_setting_out_put_table (call, settings);
      if (moves != NULL)
        qcc_call_say (call, _ ("\nAutomatic moves in the last hour: %u"), qcc_dbus_failover1_get_moves_last_hour (failover));
      return TRUE;
    }

  builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "settings");
  qcc_setting_out_add_json (settings, builder);
  if (moves != NULL)
    {
      json_builder_set_member_name (builder, "moves_last_hour");
      json_builder_add_int_value (builder, qcc_dbus_failover1_get_moves_last_hour (failover));
    }
  json_builder_end_object (builder);
  qcc_call_put_json (call, builder);
  return TRUE;
}

static gboolean
run_policy (QccCall *call,
            GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  guint n_changed = 0;

  if (client == NULL ||
      !qcc_setting_out_change (call, qcc_bus_client_get_manager (client), setting_options, &n_changed, error))
    return FALSE;

  return (n_changed > 0 && !call->json) || put_policy (call, client, error);
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
  {
      .path = "priority history",
      .summary = N_ ("List failovers, recoveries and switches"),
      .description = N_ ("And what else happened to profiles and endpoints. The last 1000 are kept."),
      .examples = (const QccVerbExample[]){
          { "qcc priority history", N_ ("The newest first") },
          { "qcc priority history -n 0 --json", N_ ("All that are kept, for programs") },
          { NULL },
      },
      .options = (const GOptionEntry[]){ QCC_CALL_LIMIT_OPTION, G_OPTION_ENTRY_NULL },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_history,
  },
  {
      .path = "priority policy",
      .summary = N_ ("Show or change when profiles take over"),
      .description = N_ ("Without options it shows the settings failover.*, which “qcc config describe” explains."),
      .examples = (const QccVerbExample[]){
          { "qcc priority policy", N_ ("Show all") },
          { "qcc priority policy --cooldown 600 --no-auto-recovery", N_ ("Move less often, and only away") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "auto-failover", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Leave a profile that is unhealthy"), NULL },
          { "no-auto-failover", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Stay there"), NULL },
          { "auto-recovery", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Return to a better one that is well again"), NULL },
          { "no-auto-recovery", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Do not return"), NULL },
          { "failure-threshold", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Observations before a failover"), "N" },
          { "success-threshold", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Observations before a recovery"), "N" },
          { "cooldown", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Shortest time between two moves"), "SECONDS" },
          { "recovery-delay", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Time without a failure before a recovery"), "SECONDS" },
          { "max-failovers-per-hour", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Most failovers in an hour"), "N" },
          { "fallback", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Let a request go to other profiles"), NULL },
          { "no-fallback", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Keep it in its own"), NULL },
          G_OPTION_ENTRY_NULL,
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_policy,
  },
};

const QccVerbGroup qcc_verbs_priority = { N_ ("Priority:"), verbs, G_N_ELEMENTS (verbs) };
