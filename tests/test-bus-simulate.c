/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gio/gio.h>

#include "common/qcc-error.h"
#include "tests/qcc-bus-watch.h"
#include "tests/qcc-live-fixture.h"

/* Faults that are only simulated (spec 10.5): all see them, and the provider itself sees nothing. */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1
#define ONE 0
#define TWO 1

static const char *service_program;

static QccLiveFixture *
start (void)
{
  QccLiveFixture *fixture = qcc_live_fixture_new (service_program);

  qcc_live_fixture_set_setting (fixture, "health.enabled", "false");
  qcc_live_fixture_set_setting (fixture, "loadbalancer.strategy", "failover");
  qcc_live_fixture_add (fixture, "work", ONE);
  qcc_live_fixture_add (fixture, "work", TWO);
  qcc_live_fixture_update (fixture, "one", "{'timeouts': <{'first_byte': 1}>}");
  qcc_live_fixture_update (fixture, "two", "{'priority': <1>}");

  return fixture;
}

static void
simulate (QccLiveFixture *fixture,
          const char *id,
          const char *fault,
          guint seconds,
          GError **error)
{
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (fixture->bus, id);

  qcc_dbus_endpoint1_call_simulate_sync (endpoint, fault, seconds, CALL, NULL, error);
}

static const struct
{
  const char *fault;
  const char *health; /* after a request */
  gboolean committed; /* it shows only after the head of an answer has been sent on */
} faults[] = {
  { "refuse", "degraded", FALSE },
  { "429", "waiting", FALSE },
  { "529", "cooling", FALSE },
  { "stall", "degraded", FALSE },
  { "cut", "degraded", TRUE },
};

static void
test_faults (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();

  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autoptr (QccBusWatch) watch = qcc_bus_watch_new (fixture->bus);
      g_autofree char *told = g_strconcat ("one.Health=", faults[i].health, NULL);
      g_autoptr (QccRawAnswer) answer = NULL;
      g_autoptr (QccDBusEndpoint1) endpoint = NULL;
      guint n_before = qcc_fake_provider_get_n_connections (fixture->providers[ONE]);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", faults[i].fault);
      simulate (fixture, "one", faults[i].fault, 600, &error);
      g_assert_no_error (error);
      qcc_bus_watch_expect (watch, "one.Simulated", faults[i].fault);
      answer = qcc_live_fixture_ask (fixture, "");
      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_true ((strstr (answer->body->str, "event: error") != NULL) == faults[i].committed);
      qcc_bus_watch_wait (watch, told);
      g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);
      endpoint = qcc_bus_fixture_get_endpoint (fixture->bus, "one");
      g_assert_cmpstr (qcc_dbus_endpoint1_get_health (endpoint), ==, faults[i].health);
      g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[ONE]), ==, n_before);

      /* What was charged goes with it. */
      simulate (fixture, "one", "none", 0, &error);
      g_assert_no_error (error);
      qcc_bus_watch_wait (watch, "one.Simulated=");
      qcc_bus_watch_wait (watch, "one.Health=healthy");
      g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
    }
}

static void
test_ends (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccBusWatch) watch = qcc_bus_watch_new (fixture->bus);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Time ends it");
  simulate (fixture, "one", "refuse", 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);
  qcc_bus_watch_expect (watch, "one.Simulated", "refuse ");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
}

static void
test_replaced (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccBusWatch) watch = qcc_bus_watch_new (fixture->bus);
  g_autoptr (GError) error = NULL;

  simulate (fixture, "one", "refuse", 600, &error);
  simulate (fixture, "one", "529", 600, &error);
  g_assert_no_error (error);
  qcc_bus_watch_settle (watch);
  g_assert_cmpuint (qcc_bus_watch_count (watch, "one.Simulated=529"), ==, 1);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);
  qcc_bus_watch_wait (watch, "one.Health=cooling");
}

static void
test_refused (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  const struct
  {
    const char *fault;
    guint seconds;
  } bad[] = { { "explode", 5 }, { "", 5 }, { "refuse", 0 }, { "refuse", 601 }, { "429", G_MAXUINT } };
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      simulate (fixture, "one", bad[i].fault, bad[i].seconds, &error);
      g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
    }
  endpoint = qcc_bus_fixture_get_endpoint (fixture->bus, "one");
  g_assert_cmpstr (qcc_dbus_endpoint1_get_simulated (endpoint), ==, "");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  service_program = argv[1];
  (void) qcc_error_quark ();

  g_test_add_func ("/bus-simulate/faults", test_faults);
  g_test_add_func ("/bus-simulate/ends", test_ends);
  g_test_add_func ("/bus-simulate/replaced", test_replaced);
  g_test_add_func ("/bus-simulate/refused", test_refused);

  return g_test_run ();
}
