/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gio/gio.h>

#include "common/qcc-bus-names.h"
#include "common/qcc-error.h"
#include "tests/qcc-bus-docs.h"
#include "tests/qcc-bus-watch.h"
#include "tests/qcc-live-fixture.h"

/* When the active profile moves, and what the bus tells of it: one signal for each event, never two. */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1
#define ONE 0
#define TWO 1

#define DOWN "error 500 api_error down"
#define WELL "auto Well."

static const char *service_program;

typedef struct
{
  QccLiveFixture *live;       /* (owned) */
  QccBusWatch *watch;         /* (owned) */
  QccDBusFailover1 *failover; /* (owned) */
} Fixture;

/* `work` with `one` is where requests start, `spare` with `two` is worse. One observation is enough to move. */
static void
set_up (Fixture *self,
        gconstpointer data)
{
  const char *const settings[][2] = {
    { "health.enabled", "false" },
    { "health.retry-count", "1" },
    { "failover.failure-threshold", "1" },
    { "failover.success-threshold", "1" },
    { "failover.recovery-delay", "0" },
  };
  g_autoptr (QccDBusProfile1) spare = NULL;
  g_autoptr (GError) error = NULL;

  self->live = qcc_live_fixture_new (service_program);
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    qcc_live_fixture_set_setting (self->live, settings[i][0], settings[i][1]);
  qcc_live_fixture_add (self->live, "work", ONE);
  qcc_live_fixture_add (self->live, "spare", TWO);
  spare = qcc_bus_fixture_get_profile (self->live->bus, "spare");
  qcc_dbus_profile1_call_set_tier_sync (spare, "fallback", CALL, NULL, &error);
  g_assert_no_error (error);

  self->failover = qcc_dbus_failover1_proxy_new_sync (self->live->bus->connection, G_DBUS_PROXY_FLAGS_NONE, QCC_BUS_NAME,
                                                      QCC_BUS_ROOT, NULL, &error);
  g_assert_no_error (error);
  self->watch = qcc_bus_watch_new (self->live->bus);
}

static void
tear_down (Fixture *self,
           gconstpointer data)
{
  qcc_bus_watch_free (self->watch);
  g_object_unref (self->failover);
  qcc_live_fixture_free (self->live);
}

/* Whatever the answer is. */
static guint
ask (Fixture *self)
{
  g_autoptr (QccRawAnswer) answer = qcc_live_fixture_ask (self->live, "");

  return answer->status;
}

static void
switch_to (Fixture *self,
           const char *name)
{
  g_autoptr (GError) error = NULL;

  qcc_dbus_manager1_call_switch_profile_sync (self->live->bus->manager, name, "to see", CALL, NULL, &error);
  g_assert_no_error (error);
}

static void
release (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  qcc_dbus_manager1_call_release_sync (self->live->bus->manager, CALL, NULL, &error);
  g_assert_no_error (error);
}

static void
set_enabled (Fixture *self,
             const char *id,
             gboolean enabled)
{
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (self->live->bus, id);
  g_autoptr (GError) error = NULL;

  if (enabled)
    qcc_dbus_endpoint1_call_enable_sync (endpoint, CALL, NULL, &error);
  else
    qcc_dbus_endpoint1_call_disable_sync (endpoint, CALL, NULL, &error);
  g_assert_no_error (error);
}

static void
check (Fixture *self,
       const char *id)
{
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (self->live->bus, id);
  g_autoptr (GError) error = NULL;

  qcc_dbus_endpoint1_call_test_sync (endpoint, "api", CALL, NULL, NULL, &error);
  g_assert_no_error (error);
}

static GVariant *
list_events (Fixture *self,
             guint limit)
{
  GVariant *events = NULL;
  g_autoptr (GError) error = NULL;

  qcc_dbus_failover1_call_list_events_sync (self->failover, limit, CALL, &events, NULL, &error);
  g_assert_no_error (error);

  return events;
}

/* Of all events, the newest first, with blanks between. */
static void
assert_events (Fixture *self,
               const char *expected)
{
  g_autoptr (GVariant) events = list_events (self, 0);
  g_autoptr (GString) types = g_string_new (NULL);
  guint64 newer = 0;

  for (gsize i = 0; i < g_variant_n_children (events); i++)
    {
      g_autoptr (GVariant) event = g_variant_get_child_value (events, i);
      const char *type;
      guint64 id;

      g_assert_true (g_variant_lookup (event, "type", "&s", &type));
      g_assert_true (g_variant_lookup (event, "id", "t", &id));
      if (i > 0)
        g_assert_cmpuint (id + 1, ==, newer);
      newer = id;
      g_string_append_printf (types, "%s%s", i > 0 ? " " : "", type);
    }
  g_assert_cmpstr (types->str, ==, expected);
}

static void
assert_last_event (Fixture *self)
{
  g_autoptr (QccBusDocs) docs = qcc_bus_docs_new ();
  g_autoptr (GVariant) events = list_events (self, 1);
  g_autoptr (GVariant) listed = NULL;
  GVariant *last = qcc_dbus_failover1_get_last_event (self->failover);

  qcc_bus_docs_add (docs, "Failover1", "events");
  qcc_bus_docs_assert (docs, events);
  g_assert_cmpuint (g_variant_n_children (events), ==, 1);
  listed = g_variant_get_child_value (events, 0);
  g_assert_true (g_variant_equal (listed, last));
}

static void
fail_over (Fixture *self)
{
  qcc_live_fixture_script (self->live, ONE, DOWN);
  g_assert_cmpuint (ask (self), ==, 200);
  qcc_bus_watch_expect_one (self->watch, "FailedOver(work, spare, ");
}

static void
test_moved (Fixture *self,
            gconstpointer data)
{
  gint64 until;

  g_assert_cmpuint (g_variant_n_children (qcc_dbus_failover1_get_last_event (self->failover)), ==, 0);
  assert_events (self, "");
  fail_over (self);
  qcc_bus_watch_expect (self->watch, "qcc.ActiveProfile", "spare");
  qcc_bus_watch_expect (self->watch, "qcc.Serving", "spare");
  qcc_bus_watch_expect (self->watch, "work.Active", "false");
  qcc_bus_watch_expect (self->watch, "spare.Active", "true");
  qcc_bus_watch_expect (self->watch, "qcc.MovesLastHour", "1");
  qcc_bus_watch_expect (self->watch, "qcc.Pinned", "");
  g_assert_cmpuint (qcc_bus_watch_count (self->watch, "FailedOver(work, spare, )"), ==, 0);
  g_assert_cmpuint (qcc_bus_watch_count (self->watch, "qcc.LastEvent="), ==, 1);
  assert_last_event (self);
  assert_events (self, "failover");
  until = (gint64) qcc_dbus_failover1_get_cooldown_until (self->failover) - g_get_real_time ();
  g_assert_cmpint (until, >, 270 * G_USEC_PER_SEC);
  g_assert_cmpint (until, <=, 300 * G_USEC_PER_SEC);

  /* Nothing of this is told again. */
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (qcc_live_fixture_serve (self->live, ""), ==, TWO);
  qcc_bus_watch_expect_one (self->watch, "FailedOver(work, spare, ");
  qcc_bus_watch_expect (self->watch, "qcc.ActiveProfile", "spare");
}

static void
test_recovered (Fixture *self,
                gconstpointer data)
{
  fail_over (self);
  qcc_bus_watch_forget (self->watch);

  qcc_live_fixture_script (self->live, ONE, WELL);
  check (self, "one");
  check (self, "one");
  qcc_bus_watch_expect_one (self->watch, "Recovered(spare, work, ");
  qcc_bus_watch_expect (self->watch, "qcc.ActiveProfile", "work");
  check (self, "one");
  g_assert_cmpuint (qcc_live_fixture_serve (self->live, ""), ==, ONE);
  qcc_bus_watch_expect_one (self->watch, "Recovered(spare, work, ");
  assert_events (self, "recovery failover");
  assert_last_event (self);
}

static void
test_switched (Fixture *self,
               gconstpointer data)
{
  switch_to (self, "spare");
  qcc_bus_watch_expect_one (self->watch, "Switched(work, spare, to see)");
  qcc_bus_watch_expect (self->watch, "qcc.Pinned", "true");
  qcc_bus_watch_expect (self->watch, "qcc.PinnedProfile", "spare");
  qcc_bus_watch_expect (self->watch, "qcc.ActiveProfile", "spare");
  /* The user's own move is none of the automatic ones. */
  qcc_bus_watch_expect (self->watch, "qcc.MovesLastHour", "");
  qcc_bus_watch_expect (self->watch, "qcc.CooldownUntil", "");

  /* A better profile that is well does not take a pinned one's place. */
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (qcc_live_fixture_serve (self->live, ""), ==, TWO);
  check (self, "one");
  qcc_bus_watch_settle (self->watch);
  g_assert_cmpuint (qcc_bus_watch_count (self->watch, "Recovered("), ==, 0);

  release (self);
  qcc_bus_watch_expect_one (self->watch, "Released(spare, work)");
  release (self);
  qcc_bus_watch_expect_one (self->watch, "Released(spare, work)");
  assert_events (self, "release switch");
}

static void
test_pinned (Fixture *self,
             gconstpointer data)
{
  g_test_summary ("Automatic failover protects a pinned profile, which stays the one that the user chose");
  switch_to (self, "spare");
  qcc_live_fixture_script (self->live, TWO, DOWN);
  g_assert_cmpuint (ask (self), ==, 200);
  qcc_bus_watch_expect_one (self->watch, "FailedOver(spare, work, ");
  qcc_bus_watch_expect (self->watch, "qcc.ActiveProfile", "spare work");
  qcc_bus_watch_expect (self->watch, "qcc.Pinned", "true");
  qcc_bus_watch_expect (self->watch, "qcc.PinnedProfile", "spare");
  qcc_bus_fixture_assert_text (self->live->bus, "PinnedProfile", "spare");

  /* Back to the pinned one, although it is the worse tier. */
  qcc_live_fixture_script (self->live, TWO, WELL);
  check (self, "two");
  check (self, "two");
  qcc_bus_watch_expect_one (self->watch, "Recovered(work, spare, ");
  assert_events (self, "recovery failover switch");
}

static void
test_released (Fixture *self,
               gconstpointer data)
{
  g_test_summary ("Released() names the pinned profile, also where failover has left it");
  switch_to (self, "spare");
  qcc_live_fixture_script (self->live, TWO, DOWN);
  g_assert_cmpuint (ask (self), ==, 200);
  qcc_bus_watch_expect_one (self->watch, "FailedOver(spare, work, ");
  release (self);
  qcc_bus_watch_expect_one (self->watch, "Released(spare, work)");
  qcc_bus_fixture_assert_text (self->live->bus, "PinnedProfile", "");
}

static void
test_off (Fixture *self,
          gconstpointer data)
{
  qcc_live_fixture_set_setting (self->live, "failover.auto-failover", "false");
  qcc_live_fixture_script (self->live, ONE, DOWN);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (ask (self), ==, 200);
  qcc_bus_watch_settle (self->watch);
  g_assert_cmpuint (qcc_bus_watch_count (self->watch, "FailedOver("), ==, 0);
  qcc_bus_fixture_assert_text (self->live->bus, "ActiveProfile", "work");
  qcc_bus_fixture_assert_text (self->live->bus, "Serving", "spare");
}

static void
test_disabled (Fixture *self,
               gconstpointer data)
{
  qcc_live_fixture_script (self->live, ONE, "error 401 authentication_error invalid x-api-key");
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (ask (self), ==, 200);
  qcc_bus_watch_expect_one (self->watch, "EndpointDisabled(one, ");
  set_enabled (self, "one", TRUE);
  qcc_bus_watch_expect_one (self->watch, "EndpointEnabled(one, ");
  qcc_bus_watch_forget (self->watch);

  set_enabled (self, "one", FALSE);
  set_enabled (self, "one", FALSE);
  qcc_bus_watch_expect_one (self->watch, "EndpointDisabled(one, ");
  set_enabled (self, "one", TRUE);
  set_enabled (self, "one", TRUE);
  qcc_bus_watch_expect_one (self->watch, "EndpointEnabled(one, ");
}

static void
test_disabled_twice (Fixture *self,
                     gconstpointer data)
{
  g_test_summary ("Rejected and switched off are two things; Enable() ends both");
  qcc_live_fixture_script (self->live, ONE, "error 401 authentication_error invalid x-api-key");
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (ask (self), ==, 200);
  qcc_bus_watch_expect_one (self->watch, "EndpointDisabled(one, ");
  qcc_bus_watch_wait (self->watch, "FailedOver(");
  set_enabled (self, "one", FALSE);
  set_enabled (self, "one", TRUE);
  assert_events (self, "endpoint-enabled endpoint-enabled endpoint-disabled failover endpoint-disabled");
}

static void
test_all_down (Fixture *self,
               gconstpointer data)
{
  const char *const limit = "header Retry-After: 300\nerror 429 rate_limit_error slower";

  qcc_live_fixture_script (self->live, ONE, limit);
  qcc_live_fixture_script (self->live, TWO, limit);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (ask (self), !=, 200);
  qcc_bus_watch_expect_one (self->watch, "AllDown(");
  qcc_bus_watch_settle (self->watch);
  g_assert_cmpuint (qcc_bus_watch_count (self->watch, "Back("), ==, 0);

  qcc_live_fixture_script (self->live, TWO, WELL);
  set_enabled (self, "two", TRUE);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (ask (self), ==, 200);
  qcc_bus_watch_expect_one (self->watch, "Back(spare)");
  qcc_bus_watch_expect_one (self->watch, "AllDown(");
}

static void
test_stuck (Fixture *self,
            gconstpointer data)
{
  g_test_summary ("Nowhere to go is told once");
  qcc_live_fixture_script (self->live, ONE, DOWN);
  qcc_live_fixture_script (self->live, TWO, DOWN);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (ask (self), !=, 200);
  qcc_bus_watch_expect_one (self->watch, "Stuck(work, no-target, ");
  g_assert_cmpuint (qcc_bus_watch_count (self->watch, "FailedOver("), ==, 0);
}

static void
add (const char *name,
     void (*func) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/bus-failover/", name, NULL);

  g_test_add (path, Fixture, NULL, set_up, func, tear_down);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  service_program = argv[1];
  (void) qcc_error_quark ();

  add ("moved", test_moved);
  add ("recovered", test_recovered);
  add ("switched", test_switched);
  add ("pinned", test_pinned);
  add ("released", test_released);
  add ("off", test_off);
  add ("disabled", test_disabled);
  add ("disabled-twice", test_disabled_twice);
  add ("all-down", test_all_down);
  add ("stuck", test_stuck);

  return g_test_run ();
}
