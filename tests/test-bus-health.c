/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include "common/qcc-error.h"
#include "tests/qcc-bus-watch.h"
#include "tests/qcc-live-fixture.h"

/* How endpoints and profiles are, as the bus tells it: what is read follows what happens, and each change is one signal. */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1
#define ONE 0
#define TWO 1

static const char *service_program;

/* A profile `work` whose first endpoint is `one`; checks are made by hand only. */
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

static void
refuse_models (QccLiveFixture *fixture,
               guint index,
               const char *script)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (fixture->providers[index], "/v1/models", script, &error);
  g_assert_no_error (error);
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
enable (QccLiveFixture *fixture,
        const char *id)
{
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (fixture->bus, id);
  g_autoptr (GError) error = NULL;

  qcc_dbus_endpoint1_call_enable_sync (endpoint, CALL, NULL, &error);
  g_assert_no_error (error);
}

/* Somebody answers in any case. */
static void
ask (QccLiveFixture *fixture)
{
  g_autoptr (QccRawAnswer) answer = qcc_live_fixture_ask (fixture, "");

  g_assert_cmpuint (answer->status, ==, 200);
}

static void
test_followed (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccBusWatch) watch = qcc_bus_watch_new (fixture->bus);
  g_autoptr (GVariant) failed = NULL;
  g_autoptr (GVariant) passed = NULL;

  g_test_summary ("From healthy to an open circuit and back: one signal a change");

  /* A failure within a second is tried again on the same endpoint. */
  qcc_live_fixture_script (fixture, ONE, "error 500 api_error down");
  ask (fixture);
  qcc_bus_watch_expect (watch, "one.Health", "degraded unhealthy");
  qcc_bus_watch_expect (watch, "work.HealthyEndpoints", "1");
  qcc_bus_watch_expect (watch, "one.Circuit", "");

  refuse_models (fixture, ONE, "error 500 api_error down");
  failed = test_endpoint (fixture, "one", "api");
  qcc_bus_watch_expect (watch, "one.Health", "degraded unhealthy open");
  qcc_bus_watch_expect (watch, "one.Circuit", "open");
  qcc_bus_watch_expect (watch, "work.UsableEndpoints", "1");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);
  qcc_bus_watch_forget (watch);

  /* A free check opens the door, two messages close the circuit. */
  refuse_models (fixture, ONE, "empty");
  passed = test_endpoint (fixture, "one", "api");
  qcc_bus_watch_expect (watch, "one.Circuit", "half-open");
  qcc_bus_watch_expect (watch, "one.HealthUntil", "0");
  qcc_bus_watch_expect (watch, "one.HealthReason", "");
  qcc_live_fixture_script (fixture, ONE, "auto Back.");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
  qcc_bus_watch_expect (watch, "one.Circuit", "half-open probing half-open probing closed");
  qcc_bus_watch_expect (watch, "one.Health", "healthy probing healthy probing healthy");
}

/* What an answer makes of the endpoint that gives it. */
static const struct
{
  const char *script;
  guint n_requests; /* with which it answers like that */
  const char *health;
  int seconds; /* until it is over by itself, 0 for never */
} answers[] = {
  { "error 529 overloaded_error busy", 1, "cooling", 5 },
  { "header Retry-After: 240\nerror 429 rate_limit_error slower", 1, "waiting", 240 },
  { "error 429 rate_limit_error slower", 1, "cooling", 60 },
  { "html 403", 1, "cooling", 300 },
  { "error 402 billing_error no money", 1, "cooling", 3600 },
  { "error 500 api_error down", 1, "unhealthy", 0 },
  { "error 401 authentication_error invalid x-api-key", 2, "rejected", 0 },
};

static void
assert_healthy (QccDBusEndpoint1 *endpoint)
{
  g_assert_cmpstr (qcc_dbus_endpoint1_get_health (endpoint), ==, "healthy");
  g_assert_cmpstr (qcc_dbus_endpoint1_get_health_reason (endpoint), ==, "");
  g_assert_cmpuint (qcc_dbus_endpoint1_get_health_until (endpoint), ==, 0);
  g_assert_cmpstr (qcc_dbus_endpoint1_get_circuit (endpoint), ==, "closed");
}

static void
assert_until (QccDBusEndpoint1 *endpoint,
              gint64 seconds)
{
  gint64 until = (gint64) qcc_dbus_endpoint1_get_health_until (endpoint);
  gint64 left = until - g_get_real_time ();

  if (seconds == 0)
    g_assert_cmpint (until, ==, 0);
  else
    g_assert_cmpint (left, <=, seconds * G_USEC_PER_SEC);
  /* Generous: it was told a while ago. */
  if (seconds > 10)
    g_assert_cmpint (left, >, (seconds - 10) * G_USEC_PER_SEC);
}

static void
test_answers (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();

  g_test_summary ("Each class of failure shows as its word, and Enable() forgets it");
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (QccBusWatch) watch = qcc_bus_watch_new (fixture->bus);
      g_autofree char *told = g_strconcat ("one.Health=", answers[i].health, NULL);
      g_autoptr (QccDBusEndpoint1) bad = NULL;
      g_autoptr (QccDBusEndpoint1) good = NULL;

      qcc_live_fixture_script (fixture, ONE, answers[i].script);
      for (guint n = 0; n < answers[i].n_requests; n++)
        ask (fixture);
      qcc_bus_watch_wait (watch, told);
      bad = qcc_bus_fixture_get_endpoint (fixture->bus, "one");
      g_assert_cmpstr (qcc_dbus_endpoint1_get_health (bad), ==, answers[i].health);
      g_assert_cmpstr (qcc_dbus_endpoint1_get_health_reason (bad), !=, "");
      assert_until (bad, answers[i].seconds);

      qcc_bus_watch_forget (watch);
      enable (fixture, "one");
      qcc_bus_watch_expect (watch, "one.Health", "healthy");
      good = qcc_bus_fixture_get_endpoint (fixture->bus, "one");
      assert_healthy (good);
    }
}

static void
test_profile (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccBusWatch) watch = qcc_bus_watch_new (fixture->bus);
  g_autoptr (QccDBusProfile1) profile = qcc_bus_fixture_get_profile (fixture->bus, "work");
  g_autoptr (QccDBusProfile1) empty = NULL;

  g_assert_cmpstr (qcc_dbus_profile1_get_health (profile), ==, "healthy");
  g_assert_cmpuint (qcc_dbus_profile1_get_healthy_endpoints (profile), ==, 2);
  g_assert_cmpuint (qcc_dbus_profile1_get_usable_endpoints (profile), ==, 2);

  qcc_live_fixture_update (fixture, "one", "{'enabled': <false>}");
  qcc_bus_watch_expect (watch, "one.Health", "disabled");
  qcc_bus_watch_expect (watch, "work.HealthyEndpoints", "1");
  qcc_bus_watch_expect (watch, "work.UsableEndpoints", "1");
  qcc_bus_watch_expect (watch, "work.Health", "");
  qcc_live_fixture_update (fixture, "two", "{'enabled': <false>}");
  qcc_bus_watch_expect (watch, "work.Health", "empty");

  qcc_bus_fixture_add_endpoint (fixture->bus, "bare", "bare-1", "https://bare.example");
  empty = qcc_bus_fixture_get_profile (fixture->bus, "bare");
  g_assert_cmpstr (qcc_dbus_profile1_get_health (empty), ==, "empty");
}

static void
test_enabled (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  g_autoptr (QccBusWatch) watch = qcc_bus_watch_new (fixture->bus);

  g_test_summary ("A rejected key is used again after Enable(), and only then");
  qcc_fake_provider_set_key (fixture->providers[ONE], "another-key");
  ask (fixture);
  ask (fixture);
  qcc_bus_watch_wait (watch, "one.Health=rejected");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);

  qcc_fake_provider_set_key (fixture->providers[ONE], NULL);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);
  enable (fixture, "one");
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

  g_test_add_func ("/bus-health/followed", test_followed);
  g_test_add_func ("/bus-health/answers", test_answers);
  g_test_add_func ("/bus-health/profile", test_profile);
  g_test_add_func ("/bus-health/enabled", test_enabled);

  return g_test_run ();
}
