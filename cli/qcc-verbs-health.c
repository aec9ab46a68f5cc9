/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-lookup.h"
#include "cli/qcc-check-level.h"
#include "cli/qcc-dict.h"
#include "cli/qcc-health-out.h"
#include "cli/qcc-health-report.h"
#include "cli/qcc-setting-out.h"

#define HISTORY_DEFAULT 20
#define SETTINGS_PREFIX "health."

/* Whether an endpoint of @targets that is switched on is among the @results that did not pass. */
static gboolean
has_failed (GVariant *results,
            GPtrArray *targets)
{
  for (gsize i = 0; i < g_variant_n_children (results); i++)
    {
      g_autoptr (GVariant) result = g_variant_get_child_value (results, i);
      const char *id = qcc_dict_get_text (result, "endpoint");
      gboolean enabled = TRUE;

      for (guint j = 0; j < targets->len; j++)
        if (g_strcmp0 (qcc_dbus_endpoint1_get_id (g_ptr_array_index (targets, j)), id) == 0)
          enabled = qcc_dbus_endpoint1_get_enabled (g_ptr_array_index (targets, j));
      if (enabled && !qcc_dict_get_flag (result, "passed"))
        return TRUE;
    }

  return FALSE;
}

static gboolean
run_check (QccCall *call,
           GError **error)
{
  const char *name = call->n_args > 0 ? call->args[0] : NULL;
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (QccDBusHealth1) health = NULL;
  g_autoptr (GPtrArray) targets = NULL;
  g_autoptr (GVariant) results = NULL;
  g_autofree char *level = NULL;
  gboolean ok;

  if (!qcc_check_level_validate (call, error))
    return FALSE;

  client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  health = client != NULL ? qcc_bus_lookup_health (client, error) : NULL;
  targets = health != NULL ? qcc_bus_lookup_targets (client, name, error) : NULL;
  if (targets == NULL)
    return FALSE;

  level = qcc_check_level_choose (call, qcc_bus_client_get_manager (client), qcc_check_level_count_paid (targets, FALSE), error);
  if (level == NULL)
    return FALSE;

  qcc_call_show_progress (call, _ ("Checking…"));
  ok = qcc_dbus_health1_call_check_sync (health, name != NULL ? name : "", level, QCC_BUS_LONG_CALL, &results, NULL, error);
  qcc_call_show_progress (call, "");
  if (!ok)
    return FALSE;

  qcc_health_out_put_results (call, results);
  if (has_failed (results, targets))
    call->exit_code = QCC_CLI_EXIT_FAILED;
  return TRUE;
}

static gboolean
run_status (QccCall *call,
            GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);

  return client != NULL && qcc_health_report_put (call, client, error);
}

static gboolean
run_metrics (QccCall *call,
             GError **error)
{
  const char *name = call->n_args > 0 ? call->args[0] : "";
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (QccDBusHealth1) health = client != NULL ? qcc_bus_lookup_health (client, error) : NULL;
  g_autoptr (GVariant) metrics = NULL;

  if (health == NULL || !qcc_dbus_health1_call_list_metrics_sync (health, name, QCC_BUS_CALL, &metrics, NULL, error))
    return FALSE;

  qcc_health_out_put_metrics (call, metrics);
  return TRUE;
}

static gboolean
run_history (QccCall *call,
             GError **error)
{
  guint limit = HISTORY_DEFAULT;
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (QccDBusHealth1) health = NULL;
  g_autoptr (GVariant) samples = NULL;

  if (!qcc_call_get_limit (call, &limit, error))
    return FALSE;

  client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  health = client != NULL ? qcc_bus_lookup_health (client, error) : NULL;
  if (health == NULL || !qcc_dbus_health1_call_list_history_sync (health, call->args[0], limit, QCC_BUS_CALL, &samples, NULL, error))
    return FALSE;

  qcc_health_out_put_history (call, samples);
  return TRUE;
}

/* What “health config” can set. */
static const QccSettingOption setting_options[] = {
  { "enable", "health.enabled", "true" },
  { "disable", "health.enabled", "false" },
  { "interval", "health.check-interval", NULL },
  { "timeout", "health.timeout", NULL },
  { "tries", "health.retry-count", NULL },
  { "level", "health.level", NULL },
  { "paid-probes", "health.paid-probes", "true" },
  { "no-paid-probes", "health.paid-probes", "false" },
  { "paid-probes-per-day", "health.paid-probes-per-day", NULL },
  { "alert", "health.alert-enabled", "true" },
  { "no-alert", "health.alert-enabled", "false" },
  { "alert-threshold", "health.alert-threshold", NULL },
  { "weight-adjustment", "health.weight-adjustment", "true" },
  { "no-weight-adjustment", "health.weight-adjustment", "false" },
  { NULL },
};

static gboolean
put_config (const QccCall *call,
            const QccBusClient *client,
            GError **error)
{
  g_autoptr (GPtrArray) settings = qcc_setting_list (qcc_bus_client_get_manager (client), SETTINGS_PREFIX, error);
  g_autoptr (QccDBusHealth1) health = settings != NULL ? qcc_bus_lookup_health (client, error) : NULL;
  g_autoptr (GVariant) paid = NULL;
  g_autoptr (JsonBuilder) builder = NULL;

  if (health == NULL)
    return FALSE;

  paid = g_dbus_proxy_get_cached_property (G_DBUS_PROXY (health), "PaidProbesToday");
  if (!call->json)
    {
      qcc_setting_out_put_table (call, settings);
      if (paid != NULL)
        qcc_call_say (call, _ ("\nChecks today that cost money: %u"), qcc_dbus_health1_get_paid_probes_today (health));
      return TRUE;
    }

  builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "settings");
  qcc_setting_out_add_json (settings, builder);
  if (paid != NULL)
    {
      json_builder_set_member_name (builder, "paid_probes_today");
      json_builder_add_int_value (builder, qcc_dbus_health1_get_paid_probes_today (health));
    }
  json_builder_end_object (builder);
  qcc_call_put_json (call, builder);
  return TRUE;
}

static gboolean
run_config (QccCall *call,
            GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  guint n_changed = 0;

  if (client == NULL ||
      !qcc_setting_out_change (call, qcc_bus_client_get_manager (client), setting_options, &n_changed, error))
    return FALSE;

  return (n_changed > 0 && !call->json) || put_config (call, client, error);
}

static const QccVerb verbs[] = {
  {
      .path = "health check",
      .synopsis = "[PROFILE|ID]",
      .summary = N_ ("Check endpoints now"),
      .description = N_ ("All of them, those of a profile, or one by its id. connect opens a connection, api sends a free request "
                         "with the key, chat sends a real message, which costs money, after a question. Endpoints that are "
                         "switched off or have no key are only connected to. Ends with 1 when one that is on does not pass."),
      .examples = (const QccVerbExample[]){
          { "qcc health check", N_ ("All, as far as health.level says") },
          { "qcc health check work --level connect", N_ ("Those of a profile, without the key") },
          { "qcc health check work-1 --level chat --yes", N_ ("One, with a real message and without a question") },
          { NULL },
      },
      .options = (const GOptionEntry[]){ QCC_CHECK_LEVEL_OPTIONS, G_OPTION_ENTRY_NULL },
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_check,
  },
  {
      .path = "health status",
      .summary = N_ ("Show how profiles and endpoints are"),
      .description = N_ ("With what keeps requests from an endpoint, until when, and its last error. Nothing is checked for it."),
      .examples = (const QccVerbExample[]){
          { "qcc health status", N_ ("As of now") },
          { NULL },
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_status,
  },
  {
      .path = "health metrics",
      .synopsis = "[PROFILE|ID]",
      .summary = N_ ("Show what was measured of endpoints"),
      .description = N_ ("A line for each; everything where it is only one. Durations in the table are those that half of all "
                         "requests stayed below."),
      .examples = (const QccVerbExample[]){
          { "qcc health metrics", N_ ("All endpoints") },
          { "qcc health metrics work-1", N_ ("Everything about one") },
          { NULL },
      },
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_metrics,
  },
  {
      .path = "health history",
      .synopsis = "ID",
      .summary = N_ ("List the checks of an endpoint"),
      .examples = (const QccVerbExample[]){
          { "qcc health history work-1", N_ ("The newest first") },
          { "qcc health history work-1 -n 0 --json", N_ ("All that are kept, for programs") },
          { NULL },
      },
      .options = (const GOptionEntry[]){ QCC_CALL_LIMIT_OPTION, G_OPTION_ENTRY_NULL },
      .min_args = 1,
      .max_args = 1,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_history,
  },
  {
      .path = "health config",
      .summary = N_ ("Show or change how QCC checks"),
      .description = N_ ("Without options it shows the settings health.*, which “qcc config describe” explains."),
      .examples = (const QccVerbExample[]){
          { "qcc health config", N_ ("Show all") },
          { "qcc health config --interval 120 --level connect", N_ ("Every two minutes, by a connection") },
          { NULL },
      },
      .options = (const GOptionEntry[]){
          { "enable", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Check in the background"), NULL },
          { "disable", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Check only when asked"), NULL },
          { "interval", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Time between two checks"), "SECONDS" },
          { "timeout", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Longest time of a try"), "SECONDS" },
          { "tries", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Tries of a check"), "N" },
          { "level", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("How far a check goes"), "connect|api|chat" },
          { "paid-probes", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Allow checks that cost money"), NULL },
          { "no-paid-probes", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Forbid them"), NULL },
          { "paid-probes-per-day", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Most of them a day"), "N" },
          { "alert", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Say when an endpoint becomes unhealthy"), NULL },
          { "no-alert", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Do not"), NULL },
          { "alert-threshold", 0, 0, G_OPTION_ARG_INT, NULL, N_ ("Failed checks before it is said"), "N" },
          { "weight-adjustment", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Let weights follow measurements"), NULL },
          { "no-weight-adjustment", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Keep weights as they are set"), NULL },
          G_OPTION_ENTRY_NULL,
      },
      .exits = QCC_VERB_EXITS_SERVICE,
      .run = run_config,
  },
};

const QccVerbGroup qcc_verbs_health = { N_ ("Health:"), verbs, G_N_ELEMENTS (verbs) };
