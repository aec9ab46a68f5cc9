/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gio/gio.h>

#include "common/qcc-bus-names.h"
#include "common/qcc-error.h"
#include "tests/qcc-bus-docs.h"
#include "tests/qcc-live-fixture.h"

/* Checks by hand, figures and history over the bus: what they do, and that they have the members which the interfaces promise. */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1
#define ONE 0
#define TWO 1

static const char *service_program;

/* A profile `work` whose first endpoint is `one`; nothing is checked by itself. */
static QccLiveFixture *
start (void)
{
  QccLiveFixture *fixture = qcc_live_fixture_new (service_program);

  qcc_live_fixture_set_setting (fixture, "health.enabled", "false");
  qcc_live_fixture_set_setting (fixture, "health.retry-count", "1");
  qcc_live_fixture_set_setting (fixture, "loadbalancer.strategy", "failover");
  qcc_live_fixture_add (fixture, "work", ONE);
  qcc_live_fixture_add (fixture, "work", TWO);
  qcc_live_fixture_update (fixture, "two", "{'priority': <1>}");

  return fixture;
}

/* Returns: (transfer full): what Test() returned */
static GVariant *
test_endpoint (QccLiveFixture *fixture,
               const char *id,
               const char *level)
{
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (fixture->bus, id);
  GVariant *result = NULL;
  g_autoptr (GError) error = NULL;

  qcc_dbus_endpoint1_call_test_sync (endpoint, level, CALL, &result, NULL, &error);
  g_assert_no_error (error);

  return result;
}

static void
assert_result (GVariant *result,
               gboolean passed,
               const char *level,
               guint status,
               const char *klass)
{
  gboolean found_passed;
  const char *found_level;
  const char *found_class;
  guint found_status;

  g_assert_true (g_variant_lookup (result, "passed", "b", &found_passed));
  g_assert_true (g_variant_lookup (result, "level", "&s", &found_level));
  g_assert_true (g_variant_lookup (result, "status", "u", &found_status));
  g_assert_true (g_variant_lookup (result, "class", "&s", &found_class));
  g_assert_cmpint (found_passed, ==, passed);
  g_assert_cmpstr (found_level, ==, level);
  g_assert_cmpuint (found_status, ==, status);
  g_assert_cmpstr (found_class, ==, klass);
}

static void
test_levels (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccBusDocs) docs = qcc_bus_docs_new ();
  g_autoptr (GVariant) connect = test_endpoint (fixture, "one", "connect");
  g_autoptr (GVariant) api = test_endpoint (fixture, "one", "api");
  g_autoptr (GVariant) usual = test_endpoint (fixture, "one", "");
  g_autoptr (GVariant) chat = NULL;
  g_autoptr (GVariant) refused = NULL;
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;
  gboolean weak;

  qcc_bus_docs_add (docs, "Endpoint1", "result");
  qcc_bus_docs_assert (docs, connect);
  qcc_bus_docs_assert (docs, api);
  assert_result (connect, TRUE, "connect", 0, "");
  assert_result (api, TRUE, "api", 200, "");
  assert_result (usual, TRUE, "api", 200, "");
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[ONE]), ==, 2);

  /* The provider says its own sentence instead of the code. Where no checks are made nobody would find out that it is well
   * again, so it is not held against it then. */
  qcc_live_fixture_set_setting (fixture, "health.enabled", "true");
  chat = test_endpoint (fixture, "one", "chat");
  assert_result (chat, TRUE, "chat", 200, "");
  g_assert_true (g_variant_lookup (chat, "weak", "b", &weak) && weak);
  endpoint = qcc_bus_fixture_get_endpoint (fixture->bus, "one");
  g_assert_cmpstr (qcc_dbus_endpoint1_get_health (endpoint), ==, "degraded");

  qcc_live_fixture_update (fixture, "one", "{'enabled': <false>}");
  qcc_fake_provider_set_refusing (fixture->providers[ONE], TRUE);
  refused = test_endpoint (fixture, "one", "api");
  assert_result (refused, FALSE, "api", 0, "transient");
  qcc_bus_docs_assert (docs, refused);
}

static void
test_bad_levels (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (fixture->bus, "one");
  g_autoptr (QccDBusEndpoint1) bare = NULL;
  g_autoptr (GVariant) connect = NULL;
  const char *const needs_key[] = { "api", "chat", "" };
  g_autofree char *url = qcc_fake_provider_dup_url (fixture->providers[TWO]);
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_dbus_endpoint1_call_test_sync (endpoint, "deep", CALL, NULL, NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "connect, api, chat"));

  qcc_bus_fixture_add_endpoint (fixture->bus, "work", "bare", url);
  bare = qcc_bus_fixture_get_endpoint (fixture->bus, "bare");
  for (gsize i = 0; i < G_N_ELEMENTS (needs_key); i++)
    {
      g_clear_error (&error);
      g_assert_false (qcc_dbus_endpoint1_call_test_sync (bare, needs_key[i], CALL, NULL, NULL, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
    }
  connect = test_endpoint (fixture, "bare", "connect");
  assert_result (connect, TRUE, "connect", 0, "");
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[TWO]), ==, 0);
}

static QccDBusHealth1 *
get_health (QccLiveFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  QccDBusHealth1 *health = qcc_dbus_health1_proxy_new_sync (fixture->bus->connection, G_DBUS_PROXY_FLAGS_NONE,
                                                            QCC_BUS_NAME, QCC_BUS_ROOT, NULL, &error);

  g_assert_no_error (error);

  return health;
}

static int
compare_texts (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Returns: (transfer full): `id level` of each result, sorted, with commas between */
static char *
check (QccDBusHealth1 *health,
       const char *name,
       const char *level,
       QccBusDocs *docs)
{
  g_autoptr (GVariant) results = NULL;
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  qcc_dbus_health1_call_check_sync (health, name, level, CALL, &results, NULL, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < g_variant_n_children (results); i++)
    {
      g_autoptr (GVariant) result = g_variant_get_child_value (results, i);
      const char *id;
      const char *done;

      qcc_bus_docs_assert (docs, result);
      g_assert_true (g_variant_lookup (result, "endpoint", "&s", &id));
      g_assert_true (g_variant_lookup (result, "level", "&s", &done));
      g_ptr_array_add (words, g_strdup_printf ("%s %s", id, done));
    }
  g_ptr_array_sort (words, compare_texts);
  g_ptr_array_add (words, NULL);

  return g_strjoinv (", ", (char **) words->pdata);
}

static void
test_check (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccDBusHealth1) health = get_health (fixture);
  g_autoptr (QccBusDocs) docs = qcc_bus_docs_new ();
  g_autofree char *url = qcc_fake_provider_dup_url (fixture->providers[ONE]);
  const struct
  {
    const char *name;
    const char *level;
    const char *results;
  } cases[] = {
    /* Without a key, or switched off, it is only connected to. */
    { "", "", "bare connect, one api, two connect" },
    { "work", "api", "one api, two connect" },
    { "one", "connect", "one connect" },
    { "one", "chat", "one chat" },
    { "bare", "chat", "bare connect" },
  };
  g_autoptr (GError) error = NULL;

  qcc_bus_docs_add (docs, "Endpoint1", "result");
  qcc_bus_docs_add (docs, "Health1", "results");
  qcc_bus_fixture_add_endpoint (fixture->bus, "other", "bare", url);
  qcc_live_fixture_update (fixture, "two", "{'enabled': <false>}");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *results = check (health, cases[i].name, cases[i].level, docs);

      g_assert_cmpstr (results, ==, cases[i].results);
    }

  g_assert_false (qcc_dbus_health1_call_check_sync (health, "nobody", "", CALL, NULL, NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (qcc_dbus_health1_call_check_sync (health, "", "deep", CALL, NULL, NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
}

static void
test_metrics (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccDBusHealth1) health = get_health (fixture);
  g_autoptr (QccBusDocs) docs = qcc_bus_docs_new ();
  const struct
  {
    const char *name;
    gsize n;
  } cases[] = { { "", 3 }, { "work", 2 }, { "two", 1 }, { "other", 1 } };
  g_autoptr (GVariant) metrics = NULL;
  g_autoptr (GVariant) one = NULL;
  g_autoptr (GVariant) failures = NULL;
  g_autoptr (GVariant) checked = NULL;
  guint64 number;
  gint64 first_byte;
  const char *text;
  g_autoptr (GError) error = NULL;

  qcc_bus_docs_add (docs, "Health1", "metrics");
  qcc_bus_fixture_add_endpoint (fixture->bus, "other", "bare", "https://bare.example");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) list = NULL;

      qcc_dbus_health1_call_list_metrics_sync (health, cases[i].name, CALL, &list, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (g_variant_n_children (list), ==, cases[i].n);
      for (gsize j = 0; j < cases[i].n; j++)
        {
          g_autoptr (GVariant) dict = g_variant_get_child_value (list, j);

          qcc_bus_docs_assert (docs, dict);
        }
    }
  g_assert_false (qcc_dbus_health1_call_list_metrics_sync (health, "nobody", CALL, NULL, NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
  checked = test_endpoint (fixture, "one", "api");
  qcc_live_fixture_script (fixture, ONE, "error 529 overloaded_error busy");
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[TWO]), ==, 0);
  qcc_raw_answer_free (qcc_live_fixture_ask (fixture, ""));

  qcc_dbus_health1_call_list_metrics_sync (health, "one", CALL, &metrics, NULL, &error);
  g_assert_no_error (error);
  one = g_variant_get_child_value (metrics, 0);
  g_assert_true (g_variant_lookup (one, "requests", "t", &number) && number == 2);
  g_assert_true (g_variant_lookup (one, "successes", "t", &number) && number == 1);
  g_assert_true (g_variant_lookup (one, "checks", "t", &number) && number == 1);
  g_assert_true (g_variant_lookup (one, "checks-passed", "t", &number) && number == 1);
  g_assert_true (g_variant_lookup (one, "failures", "@a{st}", &failures));
  g_assert_true (g_variant_lookup (failures, "overload", "t", &number) && number == 1);
  g_assert_true (g_variant_lookup (one, "first-byte-p50", "x", &first_byte) && first_byte >= 0);
  g_assert_true (g_variant_lookup (one, "health", "&s", &text));
  g_assert_cmpstr (text, ==, "cooling");
  g_assert_true (g_variant_lookup (one, "last-error-text", "&s", &text));
  g_assert_cmpstr (text, !=, "");
}

/* Returns: (transfer full): level and passed of each sample, with commas between */
static char *
list_history (QccDBusHealth1 *health,
              const char *id,
              guint limit,
              QccBusDocs *docs)
{
  g_autoptr (GVariant) samples = NULL;
  g_autoptr (GString) words = g_string_new (NULL);
  guint64 newer = G_MAXUINT64;
  g_autoptr (GError) error = NULL;

  qcc_dbus_health1_call_list_history_sync (health, id, limit, CALL, &samples, NULL, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < g_variant_n_children (samples); i++)
    {
      g_autoptr (GVariant) sample = g_variant_get_child_value (samples, i);
      const char *level;
      gboolean passed;
      guint64 time;

      qcc_bus_docs_assert (docs, sample);
      g_assert_true (g_variant_lookup (sample, "level", "&s", &level));
      g_assert_true (g_variant_lookup (sample, "passed", "b", &passed));
      g_assert_true (g_variant_lookup (sample, "time", "t", &time));
      g_assert_cmpuint (time, <=, newer);
      newer = time;
      g_string_append_printf (words, "%s%s %s", i > 0 ? ", " : "", level, passed ? "passed" : "failed");
    }

  return g_string_free (g_steal_pointer (&words), FALSE);
}

static void
test_history (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccDBusHealth1) health = get_health (fixture);
  g_autoptr (QccBusDocs) docs = qcc_bus_docs_new ();
  g_autofree char *none = NULL;
  g_autofree char *all = NULL;
  g_autofree char *last = NULL;
  g_autoptr (GVariant) passed = NULL;
  g_autoptr (GVariant) failed = NULL;
  g_autoptr (GError) error = NULL;

  qcc_bus_docs_add (docs, "Health1", "samples");
  none = list_history (health, "one", 0, docs);
  g_assert_cmpstr (none, ==, "");

  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
  passed = test_endpoint (fixture, "one", "api");
  qcc_fake_provider_set_refusing (fixture->providers[ONE], TRUE);
  failed = test_endpoint (fixture, "one", "connect");
  all = list_history (health, "one", 0, docs);
  g_assert_cmpstr (all, ==, "connect failed, api passed, traffic passed");
  last = list_history (health, "one", 1, docs);
  g_assert_cmpstr (last, ==, "connect failed");

  /* A profile has none of its own. */
  g_assert_false (qcc_dbus_health1_call_list_history_sync (health, "work", 0, CALL, NULL, NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  service_program = argv[1];
  (void) qcc_error_quark ();

  g_test_add_func ("/bus-check/levels", test_levels);
  g_test_add_func ("/bus-check/bad-levels", test_bad_levels);
  g_test_add_func ("/bus-check/check", test_check);
  g_test_add_func ("/bus-check/metrics", test_metrics);
  g_test_add_func ("/bus-check/history", test_history);

  return g_test_run ();
}
