/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-health-report.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-json.h"
#include "cli/qcc-bus-lookup.h"
#include "cli/qcc-dict.h"
#include "cli/qcc-time-text.h"
#include "cli/qcc-words.h"

/* Returns (transfer full): how many of the endpoints are healthy, and in percent; empty without any. */
static void
describe_share (QccDBusProfile1 *profile,
                char **out_share,
                char **out_percent)
{
  const char *const *paths = qcc_dbus_profile1_get_endpoints (profile);
  guint total = paths != NULL ? g_strv_length ((char **) paths) : 0;
  g_autoptr (GVariant) known = g_dbus_proxy_get_cached_property (G_DBUS_PROXY (profile), "HealthyEndpoints");
  guint healthy = qcc_dbus_profile1_get_healthy_endpoints (profile);

  *out_share = known != NULL ? g_strdup_printf ("%u/%u", healthy, total) : g_strdup ("");
  *out_percent = known != NULL && total > 0 ? g_strdup_printf (_ ("%.0f %%"), 100.0 * healthy / total) : g_strdup ("");
}

static void
put_profiles (const QccCall *call,
              GPtrArray *profiles)
{
  const char *const headings[] = {
    C_ ("column", "PROFILE"),
    C_ ("column", "TIER"),
    C_ ("column", "HEALTH"),
    C_ ("column", "HEALTHY"),
    C_ ("column", "SHARE"),
    NULL,
  };
  g_autoptr (QccTable) table = qcc_table_new (headings);

  for (guint i = 0; i < profiles->len; i++)
    {
      QccDBusProfile1 *profile = g_ptr_array_index (profiles, i);
      g_autofree char *share = NULL;
      g_autofree char *percent = NULL;

      describe_share (profile, &share, &percent);
      qcc_table_add_row (table, (const char *const[]){ qcc_dbus_profile1_get_name (profile), qcc_dbus_profile1_get_tier (profile),
                                                       qcc_words_get (QCC_WORDS_HEALTH, qcc_dbus_profile1_get_health (profile)),
                                                       share, percent, NULL });
    }

  qcc_call_put_table (call, table);
}

/* Returns (nullable) (transfer full): what was measured of the endpoint @id. */
static GVariant *
find_metrics (GVariant *metrics,
              const char *id)
{
  for (gsize i = 0; metrics != NULL && i < g_variant_n_children (metrics); i++)
    {
      g_autoptr (GVariant) dict = g_variant_get_child_value (metrics, i);

      if (g_strcmp0 (qcc_dict_get_text (dict, "endpoint"), id) == 0)
        return g_steal_pointer (&dict);
    }

  return NULL;
}

static void
add_endpoint (QccTable *table,
              QccDBusEndpoint1 *endpoint,
              GVariant *metrics)
{
  const char *id = qcc_dbus_endpoint1_get_id (endpoint);
  const char *reason = qcc_dbus_endpoint1_get_health_reason (endpoint);
  gint64 now = g_get_real_time ();
  g_autofree char *until = qcc_time_text_short ((gint64) qcc_dbus_endpoint1_get_health_until (endpoint), now);
  g_autoptr (GVariant) dict = find_metrics (metrics, id);
  g_autofree char *when = qcc_time_text_short (dict != NULL ? qcc_dict_get_number (dict, "last-error", 0) : 0, now);
  g_autofree char *last = *when != '\0' ? g_strjoin (" ", when, qcc_dict_get_text (dict, "last-error-text"), NULL) : g_strdup ("");
  const char *const cells[] = {
    id,
    qcc_dbus_endpoint1_get_profile (endpoint),
    qcc_words_get (QCC_WORDS_HEALTH, qcc_dbus_endpoint1_get_health (endpoint)),
    until,
    reason != NULL ? reason : "",
    last,
    NULL,
  };

  qcc_table_add_row (table, cells);
}

static void
put_endpoints (const QccCall *call,
               GPtrArray *endpoints,
               GVariant *metrics)
{
  const char *const headings[] = {
    C_ ("column", "ENDPOINT"),
    C_ ("column", "PROFILE"),
    C_ ("column", "HEALTH"),
    C_ ("column", "UNTIL"),
    C_ ("column", "REASON"),
    C_ ("column", "LAST ERROR"),
    NULL,
  };
  g_autoptr (QccTable) table = qcc_table_new (headings);

  for (guint i = 0; i < endpoints->len; i++)
    add_endpoint (table, g_ptr_array_index (endpoints, i), metrics);

  if (endpoints->len > 0)
    {
      qcc_call_put (call, "\n");
      qcc_call_put_table (call, table);
    }
}

static void
put_json (const QccCall *call,
          const QccBusClient *client,
          GVariant *metrics)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "profiles");
  qcc_bus_json_add_profiles (builder, client);
  if (metrics != NULL)
    {
      json_builder_set_member_name (builder, "metrics");
      qcc_dict_add_list_json (metrics, builder);
    }
  json_builder_end_object (builder);
  qcc_call_put_json (call, builder);
}

/**
 * qcc_health_report_put:
 * @call: a call
 * @client: the service
 * @error: return location for an error
 *
 * Prints how all profiles and endpoints are (spec 7.5). A service that measures nothing has no last errors.
 *
 * Possible errors: what GDBus says.
 *
 * Returns: whether nothing went wrong
 */
gboolean
qcc_health_report_put (const QccCall *call,
                       const QccBusClient *client,
                       GError **error)
{
  g_autoptr (QccDBusHealth1) health = qcc_bus_lookup_health (client, error);
  g_autoptr (GPtrArray) profiles = NULL;
  g_autoptr (GPtrArray) endpoints = NULL;
  g_autoptr (GVariant) metrics = NULL;

  if (health == NULL)
    return FALSE;

  (void) qcc_dbus_health1_call_list_metrics_sync (health, "", QCC_BUS_CALL, &metrics, NULL, NULL);
  if (call->json)
    {
      put_json (call, client, metrics);
      return TRUE;
    }

  profiles = qcc_bus_client_list_profiles (client);
  endpoints = qcc_bus_lookup_targets (client, NULL, error);
  if (endpoints == NULL)
    return FALSE;
  if (profiles->len > 0)
    put_profiles (call, profiles);
  else
    qcc_call_say (call, _ ("There is no profile yet; “qcc add” makes one."));
  put_endpoints (call, endpoints, metrics);
  return TRUE;
}
