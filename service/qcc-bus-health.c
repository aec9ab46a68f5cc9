/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus-health.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "service/qcc-bus-check.h"
#include "service/qcc-bus-edit.h"
#include "service/qcc-health-sample.h"
#include "service/qcc-health-text.h"

/* How the endpoints are, on the bus (io.github.qcc.Health1). Decides nothing. */

#define MONITOR "qcc-monitor" /* (unowned): outlives the interface, which has no member for it */

/* An endpoint and where it belongs. */
typedef struct
{
  QccEndpoint *endpoint;    /* (owned) */
  const char *profile_name; /* (unowned): of the snapshot */
} Target;

static void
clear_target (gpointer data)
{
  Target *target = data;

  qcc_endpoint_unref (target->endpoint);
}

/* The endpoints that @name means: of a profile, one, or all. */
static GArray *
find_targets (const QccSnapshot *snapshot,
              const char *name,
              GError **error)
{
  g_autoptr (GArray) targets = g_array_new (FALSE, FALSE, sizeof (Target));

  g_array_set_clear_func (targets, clear_target);
  for (guint i = 0; i < snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (snapshot->profiles, i);
      gboolean whole = *name == '\0' || g_str_equal (profile->name, name);

      for (guint j = 0; j < profile->endpoints->len; j++)
        {
          QccEndpoint *endpoint = g_ptr_array_index (profile->endpoints, j);
          const Target target = { endpoint, profile->name };

          if (!whole && !g_str_equal (endpoint->id, name))
            continue;
          qcc_endpoint_ref (endpoint);
          g_array_append_val (targets, target);
        }
    }

  if (targets->len == 0 && *name != '\0' && qcc_snapshot_find_profile (snapshot, name) == NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("There is no profile and no endpoint of that name. “qcc list” shows all."));
      return NULL;
    }

  return g_steal_pointer (&targets);
}

/* A method call that waits for checks. */
typedef struct
{
  GDBusMethodInvocation *invocation; /* (owned) */
  GVariantBuilder results;
  guint running;
} Checks;

typedef struct
{
  Checks *checks; /* (unowned): there as long as it runs */
  char *endpoint_id;
  char *profile_name;
} Check;

static void
check_over (Checks *checks)
{
  if (--checks->running > 0)
    return;

  g_dbus_method_invocation_return_value (checks->invocation, g_variant_new ("(aa{sv})", &checks->results));
  g_free (checks);
}

static void
on_checked (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  Check *check = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QccCheckResult) outcome = qcc_monitor_check_finish (QCC_MONITOR (source), result, &error);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "endpoint", "s", check->endpoint_id);
  g_variant_dict_insert (&dict, "profile", "s", check->profile_name);
  if (outcome != NULL)
    {
      qcc_bus_check_describe (outcome, &dict);
    }
  else
    {
      g_variant_dict_insert (&dict, "passed", "b", FALSE);
      g_variant_dict_insert (&dict, "detail", "s", error->message);
    }
  g_variant_builder_add_value (&check->checks->results, g_variant_dict_end (&dict));

  check_over (check->checks);
  g_free (check->endpoint_id);
  g_free (check->profile_name);
  g_free (check);
}

static gboolean
on_check (QccDBusHealth1 *iface,
          GDBusMethodInvocation *invocation,
          const char *name,
          const char *level,
          const QccBusParts *parts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) targets = find_targets (qcc_profile_store_get_snapshot (parts->profile_store), name, &error);
  QccCheckLevel value;
  Checks *checks;

  if (targets == NULL || !qcc_bus_check_parse_level (parts, level, &value, &error))
    {
      qcc_bus_return_error (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }

  checks = g_new0 (Checks, 1);
  checks->invocation = invocation;
  g_variant_builder_init (&checks->results, G_VARIANT_TYPE ("aa{sv}"));
  checks->running = 1;
  for (guint i = 0; i < targets->len; i++)
    {
      const Target *target = &g_array_index (targets, Target, i);
      const QccEndpointEntry *entry = qcc_health_find (parts->health, target->endpoint->id);
      gboolean in_use = target->endpoint->enabled && entry != NULL && entry->key != NULL;
      Check *check = g_new0 (Check, 1);

      check->checks = checks;
      check->endpoint_id = g_strdup (target->endpoint->id);
      check->profile_name = g_strdup (target->profile_name);
      checks->running++;
      qcc_monitor_check_async (parts->monitor, check->endpoint_id, in_use ? value : QCC_CHECK_CONNECT, NULL, on_checked, check);
    }
  check_over (checks);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static GVariant *
describe_failures (const QccEndpointFigures *figures)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{st}"));

  for (int i = 0; i < QCC_N_CLASSES; i++)
    if (figures->failures[i] > 0)
      g_variant_builder_add (&builder, "{st}", qcc_enum_to_nick (QCC_TYPE_CLASS, i), figures->failures[i]);

  return g_variant_builder_end (&builder);
}

static void
describe_times (const QccEndpointFigures *figures,
                GVariantDict *dict)
{
  const QccDistribution first_byte = qcc_figures_first_byte (figures);
  const QccDistribution total = qcc_figures_total (figures);

  g_variant_dict_insert (dict, "first-byte-mean", "x", first_byte.mean);
  g_variant_dict_insert (dict, "first-byte-p50", "x", first_byte.p50);
  g_variant_dict_insert (dict, "first-byte-p95", "x", first_byte.p95);
  g_variant_dict_insert (dict, "total-mean", "x", total.mean);
  g_variant_dict_insert (dict, "total-p50", "x", total.p50);
  g_variant_dict_insert (dict, "total-p95", "x", total.p95);
  g_variant_dict_insert (dict, "last-request", "t", (guint64) MAX (0, figures->last_request));
  g_variant_dict_insert (dict, "last-success", "t", (guint64) MAX (0, figures->last_success));
  g_variant_dict_insert (dict, "last-error", "t", (guint64) MAX (0, figures->last_error));
  g_variant_dict_insert (dict, "last-check", "t", (guint64) MAX (0, figures->last_check));
  g_variant_dict_insert (dict, "last-error-text", "s", figures->last_error_text);
}

static GVariant *
describe_metrics (const QccBusParts *parts,
                  const Target *target)
{
  const QccEndpointEntry *entry = qcc_health_find (parts->health, target->endpoint->id);
  const QccEndpointFigures nothing = { 0 };
  const QccEndpointFigures *figures = entry != NULL ? &entry->figures : &nothing;
  const QccEndpointView view = entry != NULL ? qcc_health_view (parts->health, entry) : (QccEndpointView){ 0 };
  gboolean adjusts = entry != NULL && qcc_policy_get_values (parts->policy)->weight_adjustment;
  guint weight = target->endpoint->weight;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "endpoint", "s", target->endpoint->id);
  g_variant_dict_insert (&dict, "profile", "s", target->profile_name);
  g_variant_dict_insert (&dict, "health", "s", qcc_health_get_word (entry, target->endpoint, &view));
  g_variant_dict_insert (&dict, "score", "u", qcc_figures_score (figures, qcc_health_get_best_first_byte (parts->health, target->endpoint->id)));
  g_variant_dict_insert (&dict, "requests", "t", figures->requests);
  g_variant_dict_insert (&dict, "successes", "t", figures->successes);
  g_variant_dict_insert_value (&dict, "failures", describe_failures (figures));
  g_variant_dict_insert (&dict, "cuts", "t", figures->cuts);
  g_variant_dict_insert (&dict, "checks", "t", figures->checks);
  g_variant_dict_insert (&dict, "checks-passed", "t", figures->checks_passed);
  g_variant_dict_insert (&dict, "failures-in-row", "u", figures->failures_in_row);
  g_variant_dict_insert (&dict, "successes-in-row", "u", figures->successes_in_row);
  g_variant_dict_insert (&dict, "success-rate", "d", qcc_figures_success_rate (figures));
  g_variant_dict_insert (&dict, "stability", "d", qcc_figures_stability (figures));
  g_variant_dict_insert (&dict, "weight", "u", weight);
  g_variant_dict_insert (&dict, "effective-weight", "u", adjusts ? qcc_weight_apply (weight, entry->weight_percent) : weight);
  describe_times (figures, &dict);

  return g_variant_dict_end (&dict);
}

static gboolean
on_list_metrics (QccDBusHealth1 *iface,
                 GDBusMethodInvocation *invocation,
                 const char *name,
                 const QccBusParts *parts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) targets = find_targets (qcc_profile_store_get_snapshot (parts->profile_store), name, &error);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  if (targets == NULL)
    {
      qcc_bus_return_error (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }

  for (guint i = 0; i < targets->len; i++)
    g_variant_builder_add_value (&builder, describe_metrics (parts, &g_array_index (targets, Target, i)));
  qcc_dbus_health1_complete_list_metrics (iface, invocation, g_variant_builder_end (&builder));

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_samples (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) samples = qcc_store_list_samples_finish (QCC_STORE (source), result, &error);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  if (samples == NULL)
    {
      qcc_bus_return_error (invocation, error);
      return;
    }

  for (guint i = 0; i < samples->len; i++)
    {
      const QccHealthSample *sample = g_ptr_array_index (samples, i);
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

      g_variant_dict_insert (&dict, "time", "t", (guint64) MAX (0, sample->time));
      g_variant_dict_insert (&dict, "level", "s", sample->level);
      g_variant_dict_insert (&dict, "passed", "b", sample->passed);
      g_variant_dict_insert (&dict, "status", "u", sample->status);
      g_variant_dict_insert (&dict, "latency", "x", sample->latency_ms);
      g_variant_dict_insert (&dict, "detail", "s", sample->detail != NULL ? sample->detail : "");
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(aa{sv})", &builder));
}

static gboolean
on_list_history (QccDBusHealth1 *iface,
                 GDBusMethodInvocation *invocation,
                 const char *endpoint_id,
                 guint limit,
                 const QccBusParts *parts)
{
  if (qcc_snapshot_find_endpoint (qcc_profile_store_get_snapshot (parts->profile_store), endpoint_id) != NULL)
    qcc_store_list_samples_async (parts->store, endpoint_id, limit > 0 ? limit : G_MAXINT, NULL, on_samples, invocation);
  else
    g_dbus_method_invocation_return_error_literal (invocation, QCC_ERROR, QCC_ERROR_NOT_FOUND,
                                                   _ ("There is no endpoint with that id. “qcc endpoint list PROFILE” shows them."));

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* Paid checks are observations like others. */
static void
on_observed (QccHealth *health,
             const char *endpoint_id,
             gboolean is_exchange,
             QccDBusHealth1 *iface)
{
  QccMonitor *monitor = g_object_get_data (G_OBJECT (iface), MONITOR);

  if (!is_exchange)
    qcc_dbus_health1_set_paid_probes_today (iface, qcc_monitor_get_paid_probes_today (monitor));
}

/**
 * qcc_bus_health_new:
 * @parts: (transfer none): what it calls; outlives it
 *
 * Returns: (transfer full): an interface that answers for @parts
 */
QccDBusHealth1 *
qcc_bus_health_new (const QccBusParts *parts)
{
  QccDBusHealth1 *iface = qcc_dbus_health1_skeleton_new ();

  g_signal_connect (iface, "handle-check", G_CALLBACK (on_check), (gpointer) parts);
  g_signal_connect (iface, "handle-list-metrics", G_CALLBACK (on_list_metrics), (gpointer) parts);
  g_signal_connect (iface, "handle-list-history", G_CALLBACK (on_list_history), (gpointer) parts);
  g_object_set_data (G_OBJECT (iface), MONITOR, parts->monitor);
  g_signal_connect_object (parts->health, "observed", G_CALLBACK (on_observed), iface, 0);

  return iface;
}
