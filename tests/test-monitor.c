/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-classifier.h"
#include "tests/qcc-monitor-fixture.h"

/* When endpoints are checked, on a clock that makes a day pass at once (spec 7.2, 7.3). */

#define SECOND QCC_MONITOR_SECOND
#define MINUTE QCC_MONITOR_MINUTE
#define HOUR QCC_MONITOR_HOUR

#define BROKEN "error 500 api_error no"

static guint
take (QccMonitorFixture *self,
      const char *id)
{
  return qcc_monitor_fixture_take_requests (self, id);
}

static void
advance (QccMonitorFixture *self,
         gint64 usec)
{
  qcc_monitor_fixture_advance (self, usec);
}

static void
note_exchange (QccMonitorFixture *self)
{
  qcc_monitor_note_exchange (self->monitor);
  qcc_monitor_fixture_settle (self);
}

static QccMonitorFixture *
start_new (guint n_endpoints)
{
  QccMonitorFixture *self = qcc_monitor_fixture_new (n_endpoints);

  qcc_monitor_fixture_start (self);

  return self;
}

/* Nobody has asked for anything: nothing is due. */
static void
test_never_used (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (2);

  g_assert_cmpuint (qcc_monitor_get_n_pending (self->monitor), ==, 0);
  advance (self, 10 * MINUTE);
  g_assert_cmpuint (take (self, NULL), ==, 0);
}

/* Once a minute while somebody works, and 15 minutes later nothing wakes up any more. */
static void
test_idle (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (2);
  guint fired;

  note_exchange (self);
  advance (self, 15 * MINUTE);
  g_assert_cmpuint (take (self, "one"), >=, 14);
  g_assert_cmpuint (qcc_monitor_fixture_get_entry (self, "two")->figures.checks_passed, >=, 14);
  g_assert_cmpuint (qcc_monitor_get_n_pending (self->monitor), ==, 0);

  /* The health keeper still writes down what came of the last one. */
  advance (self, 5 * MINUTE);
  fired = qcc_manual_clock_get_n_fired (self->clock);
  qcc_manual_clock_advance (self->clock, 40 * HOUR);
  qcc_monitor_fixture_settle (self);
  g_assert_cmpuint (take (self, NULL), ==, 0);
  g_assert_cmpuint (qcc_manual_clock_get_n_fired (self->clock), ==, fired);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (self->clock), ==, 0);

  note_exchange (self);
  g_assert_cmpuint (take (self, NULL), ==, 2);
}

/* An exchange that changes nothing about the plan costs nothing. */
static void
test_exchange_is_cheap (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (1);

  note_exchange (self);
  qcc_monitor_note_exchange (self->monitor);
  g_assert_cmpuint (qcc_monitor_get_n_running (self->monitor), ==, 0);
}

/* Not twice at the same moment, and not all at once. */
static void
test_first_checks_are_spread (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (6);
  guint most = 0;
  guint total = 0;

  note_exchange (self);
  for (guint i = 0; i < 60; i++)
    {
      guint n;

      /* What makes the plan be made anew does not put them off. */
      note_exchange (self);
      g_signal_emit_by_name (self->health, "changed", "one");
      advance (self, SECOND);
      n = take (self, NULL);
      most = MAX (most, n);
      total += n;
    }
  g_assert_cmpuint (total, ==, 6);
  g_assert_cmpuint (most, <=, 3);
}

/* Traffic says as much as a check. */
static void
test_traffic_counts (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (1);
  QccEndpointEntry *entry = qcc_monitor_fixture_get_entry (self, "one");

  for (guint i = 0; i < 20; i++)
    {
      QccHealthAttempt attempt = qcc_health_note_sent (self->health, entry);

      note_exchange (self);
      qcc_health_note_committed (self->health, entry, &attempt, NULL);
      qcc_health_note_completed (self->health, entry, &attempt);
      advance (self, 50 * SECOND);
    }
  g_assert_cmpuint (take (self, NULL), ==, 0);
}

/* An endpoint that works is not asked how it is. */
static void
test_busy (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (2);

  qcc_monitor_fixture_get_entry (self, "one")->in_flight = 1;
  note_exchange (self);
  advance (self, 5 * MINUTE);
  g_assert_cmpuint (self->n_seen, ==, 0);
  g_assert_cmpuint (take (self, "one"), ==, 0);
  g_assert_cmpuint (qcc_monitor_fixture_get_entry (self, "two")->figures.checks_passed, >=, 4);

  qcc_monitor_fixture_get_entry (self, "one")->in_flight = 0;
  advance (self, MINUTE);
  g_assert_cmpuint (take (self, "one"), ==, 1);
}

/* Returns: seconds until the next request, at most 700 */
static guint
wait_for_request (QccMonitorFixture *self)
{
  for (guint i = 1; i <= 700; i++)
    {
      advance (self, SECOND);
      if (take (self, NULL) > 0)
        return i;
    }

  return G_MAXUINT;
}

/* The wait doubles up to ten minutes while it is bad, and begins anew when it is not. */
static void
test_back_off (void)
{
  const guint waits[] = { 120, 240, 480, 600, 600 };
  g_autoptr (QccMonitorFixture) self = start_new (1);

  qcc_monitor_fixture_script (self, "/one/v1/models", BROKEN);
  note_exchange (self);
  g_assert_cmpuint (wait_for_request (self), <=, 60);
  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    g_assert_cmpuint (wait_for_request (self), ==, waits[i]);

  qcc_monitor_fixture_script (self, "/one/v1/models", "json {\"data\":[]}");
  note_exchange (self);
  g_assert_cmpuint (wait_for_request (self), ==, 600);
  g_assert_cmpuint (wait_for_request (self), ==, 60);

  qcc_monitor_fixture_script (self, "/one/v1/models", BROKEN);
  note_exchange (self);
  g_assert_cmpuint (wait_for_request (self), ==, 60);
  g_assert_cmpuint (wait_for_request (self), ==, 120);
}

/* So does a success that a user saw. */
static void
test_success_ends_back_off (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (1);
  QccEndpointEntry *entry = qcc_monitor_fixture_get_entry (self, "one");
  QccHealthAttempt attempt;

  qcc_monitor_fixture_script (self, "/one/v1/models", BROKEN);
  note_exchange (self);
  g_assert_cmpuint (wait_for_request (self), <=, 60);
  g_assert_cmpuint (wait_for_request (self), ==, 120);

  advance (self, 10 * SECOND);
  attempt = qcc_health_note_sent (self->health, entry);
  note_exchange (self);
  qcc_health_note_committed (self->health, entry, &attempt, NULL);
  qcc_health_note_completed (self->health, entry, &attempt);
  qcc_monitor_fixture_settle (self);
  g_assert_cmpuint (wait_for_request (self), ==, 60);
}

static void
refuse_message (QccMonitorFixture *self,
                const char *id)
{
  QccEndpointEntry *entry = qcc_monitor_fixture_get_entry (self, id);
  QccHealthAttempt attempt = qcc_health_note_sent (self->health, entry);
  QccFailure failure = { .status = 401, .error_type = "authentication_error", .retry_after = -1, .anthropic_shape = TRUE };
  QccVerdict verdict = qcc_classifier_judge (&failure);

  note_exchange (self);
  take (self, NULL);
  qcc_health_note_failed (self->health, entry, &attempt, &verdict, 401);
  qcc_monitor_fixture_settle (self);
}

/* A message was refused: a check at once says whether it is the key, and then one every 15 minutes. */
static void
test_rejected (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (1);
  QccEndpointEntry *entry = qcc_monitor_fixture_get_entry (self, "one");

  qcc_monitor_fixture_script (self, "/one/v1/models", "error 401 authentication_error no");
  refuse_message (self, "one");
  g_assert_cmpuint (take (self, NULL), ==, 1);
  g_assert_cmpint (entry->state.credential, ==, QCC_CREDENTIAL_REJECTED);

  for (guint i = 0; i < 3; i++)
    {
      advance (self, 899 * SECOND);
      g_assert_cmpuint (take (self, NULL), ==, 0);
      advance (self, SECOND);
      g_assert_cmpuint (take (self, NULL), ==, 1);
    }

  qcc_monitor_fixture_script (self, "/one/v1/models", "json {\"data\":[]}");
  advance (self, 900 * SECOND);
  g_assert_cmpuint (take (self, NULL), ==, 1);
  g_assert_cmpint (entry->state.credential, ==, QCC_CREDENTIAL_TRUSTED);
}

/* A working day of 8 hours and the night after it, with one endpoint that is broken. */
static void
test_day (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (2);
  guint fired;

  qcc_monitor_fixture_script (self, "/two/v1/models", BROKEN);
  for (guint i = 0; i < 8 * 12; i++)
    {
      note_exchange (self);
      advance (self, 5 * MINUTE);
    }
  /* No message in all that: take() looks. */
  g_assert_cmpuint (take (self, "one"), >=, 470);
  g_assert_cmpuint (qcc_monitor_fixture_get_entry (self, "two")->figures.checks, <=, 55);

  advance (self, 15 * MINUTE);
  take (self, NULL);
  advance (self, HOUR);
  g_assert_cmpuint (self->n_seen, ==, qcc_fake_provider_get_n_requests (self->provider) - 6);
  g_assert_cmpuint (take (self, "two"), ==, 6);

  for (guint i = 0; i < 23 * 6; i++)
    advance (self, 10 * MINUTE);
  g_assert_cmpuint (take (self, "one"), ==, 0);
  g_assert_cmpuint (qcc_monitor_get_n_pending (self->monitor), ==, 0);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (self->clock), ==, 0);

  fired = qcc_manual_clock_get_n_fired (self->clock);
  qcc_manual_clock_advance (self->clock, 48 * HOUR);
  qcc_monitor_fixture_settle (self);
  g_assert_cmpuint (take (self, NULL), ==, 0);
  g_assert_cmpuint (qcc_manual_clock_get_n_fired (self->clock), ==, fired);
}

static void
make_idle (QccMonitorFixture *self)
{
  note_exchange (self);
  advance (self, 16 * MINUTE);
  take (self, NULL);
  g_assert_cmpuint (qcc_monitor_get_n_pending (self->monitor), ==, 0);
}

/* Once for each, soon, and then there is rest again. */
static void
assert_rechecks (QccMonitorFixture *self)
{
  guint n;

  advance (self, 2 * SECOND);
  n = qcc_fake_provider_get_n_requests (self->provider) - self->n_seen;
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpuint (take (self, "two"), ==, 1);
  advance (self, 2 * MINUTE);
  g_assert_cmpuint (take (self, NULL), ==, 0);
  g_assert_cmpuint (qcc_monitor_get_n_pending (self->monitor), ==, 0);
}

static void
test_woke (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (3);

  make_idle (self);
  g_signal_emit_by_name (self->sleep, "woke");
  assert_rechecks (self);
}

static void
test_network_changed (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (3);

  make_idle (self);
  qcc_fake_network_change (self->network, TRUE);
  assert_rechecks (self);

  /* A network that changes all the time is not a reason to check all the time. */
  qcc_fake_network_change (self->network, TRUE);
  for (guint i = 0; i < 8; i++)
    {
      qcc_fake_network_change (self->network, TRUE);
      advance (self, SECOND);
    }
  g_assert_cmpuint (take (self, NULL), ==, 3);
}

/* Nothing is tried while there is no network, and all of it when there is one again. */
static void
test_offline (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (3);

  note_exchange (self);
  qcc_fake_network_change (self->network, FALSE);
  qcc_monitor_fixture_settle (self);
  g_assert_cmpuint (qcc_monitor_get_n_pending (self->monitor), ==, 0);
  note_exchange (self);
  g_signal_emit_by_name (self->sleep, "woke");
  advance (self, 20 * MINUTE);
  g_assert_cmpuint (take (self, NULL), ==, 0);

  qcc_fake_network_change (self->network, TRUE);
  assert_rechecks (self);
}

static void
test_switched_off (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (1);
  GSettings *settings = qcc_monitor_fixture_get_settings (self);

  g_settings_set_boolean (settings, "enabled", FALSE);
  note_exchange (self);
  g_signal_emit_by_name (self->sleep, "woke");
  g_signal_emit_by_name (self->health, "doubted", "one");
  advance (self, 5 * MINUTE);
  g_assert_cmpuint (take (self, NULL), ==, 0);
  g_assert_cmpuint (qcc_monitor_get_n_pending (self->monitor), ==, 0);

  g_settings_set_boolean (settings, "enabled", TRUE);
  g_settings_set_int (settings, "check-interval", 30);
  advance (self, 5 * MINUTE);
  g_assert_cmpuint (take (self, NULL), ==, 10);
}

static void
test_level (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (1);

  g_settings_set_string (qcc_monitor_fixture_get_settings (self), "level", "connect");
  note_exchange (self);
  advance (self, 5 * MINUTE);
  g_assert_cmpuint (take (self, NULL), ==, 0);
  g_assert_cmpuint (qcc_monitor_fixture_get_entry (self, "one")->figures.checks_passed, ==, 5);

  /* Never by itself (spec 7.1). */
  g_settings_set_string (qcc_monitor_fixture_get_settings (self), "level", "chat");
  advance (self, 5 * MINUTE);
  g_assert_cmpuint (take (self, NULL), ==, 5);
}

static void
test_without_key (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (1);

  qcc_monitor_fixture_set_key (self, "one", NULL);
  note_exchange (self);
  advance (self, 5 * MINUTE);
  g_assert_cmpuint (take (self, NULL), ==, 0);
  g_assert_cmpuint (qcc_monitor_get_n_pending (self->monitor), ==, 0);

  qcc_monitor_fixture_set_key (self, "one", "made-up-key");
  advance (self, 2 * MINUTE);
  g_assert_cmpuint (take (self, NULL), >=, 1);
}

/* Only the one that is doubted. */
static void
test_doubted (void)
{
  g_autoptr (QccMonitorFixture) self = start_new (2);

  note_exchange (self);
  advance (self, 90 * SECOND);
  refuse_message (self, "two");
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider) - self->n_seen, ==, 1);
  g_assert_cmpuint (take (self, "two"), ==, 1);
}

/* What was bad before a restart is found to be good again without anybody's help. */
static void
test_restart (void)
{
  g_autoptr (QccMonitorFixture) self = qcc_monitor_fixture_new (1);
  QccEndpointEntry *entry = qcc_monitor_fixture_get_entry (self, "one");
  gint64 wall_now = qcc_clock_get_wall_time (QCC_CLOCK (self->clock));

  entry->figures.last_request = wall_now - HOUR;
  entry->figures.last_check = wall_now - 5 * MINUTE;
  entry->state.credential = QCC_CREDENTIAL_REJECTED;
  qcc_monitor_fixture_start (self);
  advance (self, 9 * MINUTE);
  g_assert_cmpuint (take (self, NULL), ==, 0);
  advance (self, MINUTE);
  g_assert_cmpuint (take (self, NULL), ==, 1);
}

/* The clock of the machine was wrong: what seems to be in the future is now. */
static void
test_restart_in_the_past (void)
{
  g_autoptr (QccMonitorFixture) self = qcc_monitor_fixture_new (1);
  QccEndpointEntry *entry = qcc_monitor_fixture_get_entry (self, "one");
  gint64 wall_now = qcc_clock_get_wall_time (QCC_CLOCK (self->clock));

  entry->figures.last_request = wall_now + 24 * HOUR;
  entry->figures.last_check = wall_now + 24 * HOUR;
  qcc_monitor_fixture_start (self);
  advance (self, MINUTE);
  g_assert_cmpuint (take (self, NULL), ==, 1);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/monitor/never-used", test_never_used);
  g_test_add_func ("/monitor/idle", test_idle);
  g_test_add_func ("/monitor/exchange-is-cheap", test_exchange_is_cheap);
  g_test_add_func ("/monitor/first-checks-are-spread", test_first_checks_are_spread);
  g_test_add_func ("/monitor/traffic-counts", test_traffic_counts);
  g_test_add_func ("/monitor/busy", test_busy);
  g_test_add_func ("/monitor/back-off", test_back_off);
  g_test_add_func ("/monitor/success-ends-back-off", test_success_ends_back_off);
  g_test_add_func ("/monitor/rejected", test_rejected);
  g_test_add_func ("/monitor/day", test_day);
  g_test_add_func ("/monitor/woke", test_woke);
  g_test_add_func ("/monitor/network-changed", test_network_changed);
  g_test_add_func ("/monitor/offline", test_offline);
  g_test_add_func ("/monitor/switched-off", test_switched_off);
  g_test_add_func ("/monitor/level", test_level);
  g_test_add_func ("/monitor/without-key", test_without_key);
  g_test_add_func ("/monitor/doubted", test_doubted);
  g_test_add_func ("/monitor/restart", test_restart);
  g_test_add_func ("/monitor/restart-in-the-past", test_restart_in_the_past);

  return g_test_run ();
}
