/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-lookup.h"
#include "cli/qcc-check-level.h"
#include "cli/qcc-dict.h"
#include "cli/qcc-health-out.h"
#include "common/qcc-error.h"

/* Returns (transfer full) (element-type QccDBusEndpoint1): what the words PROFILE [ID] name, NULL with an error. */
static GPtrArray *
find_endpoints (const QccCall *call,
                const QccBusClient *client,
                GError **error)
{
  g_autoptr (QccDBusProfile1) profile = NULL;
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;
  GPtrArray *endpoints;

  if (call->n_args < 2)
    {
      profile = qcc_bus_client_find_profile (client, call->args[0], error);
      return profile != NULL ? qcc_bus_client_list_endpoints (client, profile) : NULL;
    }

  endpoint = qcc_bus_client_find_endpoint (client, call->args[0], call->args[1], error);
  if (endpoint == NULL)
    return NULL;

  endpoints = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (endpoints, g_steal_pointer (&endpoint));
  return endpoints;
}

/* Tests one. That it has no key is a result like any other. Returns (transfer full): a dictionary as of Health1.Check(). */
static GVariant *
test_one (QccDBusEndpoint1 *endpoint,
          const char *level,
          GError **error)
{
  g_autoptr (GVariant) result = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GVariantDict) dict = NULL;

  if (!qcc_dbus_endpoint1_call_test_sync (endpoint, level, QCC_BUS_LONG_CALL, &result, NULL, &local_error) &&
      !g_error_matches (local_error, QCC_ERROR, QCC_ERROR_UNAVAILABLE))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  dict = g_variant_dict_new (result);
  g_variant_dict_insert (dict, "endpoint", "s", qcc_dbus_endpoint1_get_id (endpoint));
  g_variant_dict_insert (dict, "profile", "s", qcc_dbus_endpoint1_get_profile (endpoint));
  if (local_error != NULL)
    {
      g_dbus_error_strip_remote_error (local_error);
      g_variant_dict_insert (dict, "passed", "b", FALSE);
      g_variant_dict_insert (dict, "detail", "s", local_error->message);
    }

  return g_variant_ref_sink (g_variant_dict_end (dict));
}

static void
show_progress (const QccCall *call,
               guint index,
               GPtrArray *endpoints)
{
  /* Translators: an endpoint, its number and how many there are. */
  g_autofree char *text = g_strdup_printf (_ ("Testing %s (%u of %u)…"),
                                           qcc_dbus_endpoint1_get_id (g_ptr_array_index (endpoints, index)),
                                           index + 1, endpoints->len);

  qcc_call_show_progress (call, text);
}

/* Returns (transfer full): a result for each, in turn; NULL with an error. */
static GVariant *
test_all (QccCall *call,
          GPtrArray *endpoints,
          const char *level,
          GError **error)
{
  g_auto (GVariantBuilder) results = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < endpoints->len; i++)
    {
      g_autoptr (GVariant) result = NULL;

      show_progress (call, i, endpoints);
      result = test_one (g_ptr_array_index (endpoints, i), level, error);
      qcc_call_show_progress (call, "");
      if (result == NULL)
        return NULL;
      if (!qcc_dict_get_flag (result, "passed"))
        call->exit_code = QCC_CLI_EXIT_FAILED;
      g_variant_builder_add_value (&results, result);
    }

  return g_variant_ref_sink (g_variant_builder_end (&results));
}

static gboolean
run_test (QccCall *call,
          GError **error)
{
  g_autoptr (QccBusClient) client = NULL;
  g_autoptr (GPtrArray) endpoints = NULL;
  g_autoptr (GVariant) results = NULL;
  g_autofree char *level = NULL;

  if (!qcc_check_level_validate (call, error))
    return FALSE;

  client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  endpoints = client != NULL ? find_endpoints (call, client, error) : NULL;
  if (endpoints == NULL)
    return FALSE;

  level = qcc_check_level_choose (call, qcc_bus_client_get_manager (client), qcc_check_level_count_paid (endpoints, TRUE), error);
  results = level != NULL ? test_all (call, endpoints, level, error) : NULL;
  if (results == NULL)
    return FALSE;

  qcc_health_out_put_results (call, results);
  return TRUE;
}

static gboolean
run_stats (QccCall *call,
           GError **error)
{
  g_autoptr (QccBusClient) client = qcc_bus_client_new (QCC_BUS_CLIENT_START, error);
  g_autoptr (GPtrArray) endpoints = client != NULL ? find_endpoints (call, client, error) : NULL;
  g_autoptr (QccDBusHealth1) health = endpoints != NULL ? qcc_bus_lookup_health (client, error) : NULL;
  g_autoptr (GVariant) metrics = NULL;

  if (health == NULL ||
      !qcc_dbus_health1_call_list_metrics_sync (health, call->args[call->n_args - 1], QCC_BUS_CALL, &metrics, NULL, error))
    return FALSE;

  qcc_health_out_put_metrics (call, metrics);
  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "endpoint test",
      .synopsis = "PROFILE [ID]",
      .summary = N_ ("Test the endpoints of a profile, or one"),
      .description = N_ ("connect opens a connection, api sends a free request with the key, chat sends a real message, which "
                         "costs money, after a question. The result says what was really done: where there is no free "
                         "request it is a connection. Ends with 1 when one does not pass."),
      .examples = (const QccVerbExample[]){
          { "qcc endpoint test work", N_ ("All of a profile, as far as health.level says") },
          { "qcc endpoint test work work-1 --level chat --yes", N_ ("One, with a real message and without a question") },
          { NULL },
      },
      .options = (const GOptionEntry[]){ QCC_CHECK_LEVEL_OPTIONS, G_OPTION_ENTRY_NULL },
      .min_args = 1,
      .max_args = 2,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_test,
  },
  {
      .path = "endpoint stats",
      .synopsis = "PROFILE [ID]",
      .summary = N_ ("Show what was measured of endpoints"),
      .description = N_ ("Like “qcc health metrics”."),
      .examples = (const QccVerbExample[]){
          { "qcc endpoint stats work", N_ ("All of a profile") },
          { "qcc endpoint stats work work-1", N_ ("Everything about one") },
          { NULL },
      },
      .min_args = 1,
      .max_args = 2,
      .exits = QCC_VERB_EXITS_LOOKUP,
      .run = run_stats,
  },
};

const QccVerbGroup qcc_verbs_endpoint_test = { N_ ("Tests of endpoints:"), verbs, G_N_ELEMENTS (verbs) };
