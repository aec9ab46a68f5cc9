/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gio/gio.h>

#include "common/qcc-bus-names.h"
#include "common/qcc-error.h"
#include "tests/qcc-live-fixture.h"
#include "tests/qcc-state-copy.h"

/* What the service knows of its endpoints after it was killed. */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1

static const char *const endpoints[] = { "one", "two", "three" };

static const char *service_program;

/* What a document of the state file must say before it can outlive a kill. */
typedef struct
{
  const char *path;
  const char *const *texts;
} Kept;

static gboolean
is_kept (gpointer data)
{
  const Kept *kept = data;

  for (gsize i = 0; i < G_N_ELEMENTS (endpoints); i++)
    {
      g_autofree char *sql = g_strdup_printf ("SELECT body FROM document WHERE kind = 'endpoint' AND id = '%s'", endpoints[i]);
      g_autoptr (GPtrArray) rows = qcc_state_query (kept->path, sql);

      if (rows == NULL || rows->len != 1 || strstr (g_ptr_array_index (rows, 0), kept->texts[i]) == NULL)
        return FALSE;
    }

  return TRUE;
}

static void
assert_health (QccLiveFixture *self,
               const char *id,
               const char *health,
               gint64 until)
{
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (self->bus, id);
  gint64 difference = (gint64) qcc_dbus_endpoint1_get_health_until (endpoint) - until;

  g_assert_cmpstr (qcc_dbus_endpoint1_get_health (endpoint), ==, health);
  g_assert_cmpint (ABS (difference), <, 2 * G_USEC_PER_SEC);
}

static void
assert_figures (QccLiveFixture *self)
{
  g_autoptr (QccDBusHealth1) health = NULL;
  g_autoptr (GVariant) metrics = NULL;
  g_autoptr (GVariant) one = NULL;
  g_autoptr (GVariant) failures = NULL;
  guint64 number;
  g_autoptr (GError) error = NULL;

  health = qcc_dbus_health1_proxy_new_sync (self->bus->connection, G_DBUS_PROXY_FLAGS_NONE, QCC_BUS_NAME,
                                            QCC_BUS_ROOT, NULL, &error);
  g_assert_no_error (error);
  qcc_dbus_health1_call_list_metrics_sync (health, "one", CALL, &metrics, NULL, &error);
  g_assert_no_error (error);
  one = g_variant_get_child_value (metrics, 0);
  g_assert_true (g_variant_lookup (one, "requests", "t", &number));
  g_assert_cmpuint (number, ==, 2);
  g_assert_true (g_variant_lookup (one, "failures", "@a{st}", &failures));
  g_assert_true (g_variant_lookup (failures, "auth", "t", &number));
  g_assert_cmpuint (number, ==, 2);
}

static gint64
get_until (QccLiveFixture *self,
           const char *id)
{
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (self->bus, id);

  return (gint64) qcc_dbus_endpoint1_get_health_until (endpoint);
}

static void
test_kept (void)
{
  g_autoptr (QccLiveFixture) self = qcc_live_fixture_new (service_program);
  g_autofree char *path = g_build_filename (self->bus->root, "state", "qcc", "state.db", NULL);
  const char *const texts[] = { "'credential': <'rejected'>", "'cooling': <'rate-limit'>", "'circuit': <'open'>" };
  Kept kept = { path, texts };
  gint64 until_two;
  gint64 until_three;
  guint n_requests[2];

  g_test_summary ("A rejected key, a stated wait, an open circuit and the figures outlive a kill");
  qcc_live_fixture_set_setting (self, "health.enabled", "false");
  qcc_live_fixture_set_setting (self, "loadbalancer.strategy", "failover");
  for (guint i = 0; i < QCC_LIVE_N_PROVIDERS; i++)
    qcc_live_fixture_add (self, "work", i);
  qcc_live_fixture_update (self, "two", "{'priority': <1>}");
  qcc_live_fixture_update (self, "three", "{'priority': <2>, 'max_failures': <1>}");
  qcc_live_fixture_script (self, 0, "error 401 authentication_error invalid x-api-key");
  qcc_live_fixture_script (self, 1, "header Retry-After: 300\nerror 429 rate_limit_error slower");
  qcc_live_fixture_script (self, 2, "error 500 api_error down");
  for (guint i = 0; i < 2; i++)
    qcc_raw_answer_free (qcc_live_fixture_ask (self, ""));
  qcc_bus_fixture_wait_for (self->bus, is_kept, &kept);
  until_two = get_until (self, "two");
  until_three = get_until (self, "three");
  qcc_bus_fixture_kill (self->bus);

  qcc_bus_fixture_activate (self->bus);
  assert_health (self, "one", "rejected", 0);
  assert_health (self, "two", "waiting", until_two);
  assert_health (self, "three", "open", until_three);
  assert_figures (self);

  /* And it is kept to: the last resort is neither of the first two. */
  for (guint i = 0; i < 2; i++)
    n_requests[i] = qcc_fake_provider_get_n_requests (self->providers[i]);
  qcc_raw_answer_free (qcc_live_fixture_ask (self, ""));
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->providers[i]), ==, n_requests[i]);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  service_program = argv[1];
  (void) qcc_error_quark ();

  g_test_add_func ("/bus-kept/killed", test_kept);

  return g_test_run ();
}
