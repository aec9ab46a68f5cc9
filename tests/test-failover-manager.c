/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-error.h"
#include "tests/qcc-failover-fixture.h"

/* The manager between health, settings, bindings, events and the store: that what the rules decide is done, once, and
 * told. The rules themselves are in test-failover.c, edits and what happens at the same time in test-failover-edits.c. */

/*
 * By hand
 */

static void
test_switch (QccFailoverFixture *fixture,
             gconstpointer data)
{
  g_autoptr (QccActiveRecord) record = NULL;

  qcc_failover_fixture_bind_session (fixture, "s", "a");
  qcc_active_set_serving (fixture->world->active, "A");
  qcc_failover_fixture_switch_to (fixture, "B");

  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "B");
  g_assert_cmpstr (qcc_active_get_pinned (fixture->world->active), ==, "B");
  g_assert_cmpstr (qcc_active_get_serving (fixture->world->active), ==, "B");
  g_assert_false (qcc_failover_fixture_is_bound (fixture, "s"));
  g_assert_cmpuint (fixture->n_changed, ==, 1);
  qcc_failover_fixture_assert_events (fixture, "switch:A>B ");
  g_assert_cmpstr (qcc_failover_fixture_get_last_event (fixture)->reason, ==, "maintenance");
  g_assert_cmpint (qcc_failover_fixture_get_last_event (fixture)->time, ==, qcc_clock_get_wall_time (QCC_CLOCK (fixture->world->clock)));
  record = qcc_test_store_load (fixture->world->store);
  g_assert_cmpstr (record->active_profile, ==, "B");

  /* It is no failover. */
  g_assert_cmpuint (qcc_failover_manager_get_moves_last_hour (fixture->world->failover), ==, 0);
  g_assert_cmpint (qcc_failover_manager_get_cooldown_until (fixture->world->failover), ==, 0);
}

static void
test_switch_refused (QccFailoverFixture *fixture,
                     gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  qcc_world_apply (fixture->world, QCC_FAILOVER_B_DISABLED);
  qcc_failover_fixture_bind_session (fixture, "s", "a");
  qcc_failover_fixture_begin_switch (fixture, "nowhere");
  g_assert_false (qcc_failover_fixture_end_change (fixture, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND);
  g_clear_error (&error);
  qcc_failover_fixture_begin_switch (fixture, "B");
  g_assert_false (qcc_failover_fixture_end_change (fixture, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);

  g_assert_true (qcc_failover_fixture_is_bound (fixture, "s"));
  g_assert_cmpuint (fixture->n_changed, ==, 0);
  qcc_failover_fixture_assert_events (fixture, "");
  /* Nor does what was refused keep others from happening. */
  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 4);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
}

static void
test_release (QccFailoverFixture *fixture,
              gconstpointer data)
{
  qcc_failover_fixture_release (fixture);
  g_assert_cmpuint (fixture->n_changed, ==, 0);
  qcc_failover_fixture_assert_events (fixture, "");

  qcc_failover_fixture_switch_to (fixture, "C");
  qcc_failover_fixture_bind_session (fixture, "s", "c");
  qcc_failover_fixture_release (fixture);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "A");
  g_assert_null (qcc_active_get_pinned (fixture->world->active));
  g_assert_false (qcc_failover_fixture_is_bound (fixture, "s"));
  g_assert_cmpuint (fixture->n_changed, ==, 2);
  qcc_failover_fixture_assert_events (fixture, "switch:A>C release:C>A ");
}

/*
 * By itself
 */

static void
test_failover (QccFailoverFixture *fixture,
               gconstpointer data)
{
  gint64 cooldown_until;

  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 3);
  /* One failure leaves a profile degraded: the third time that it is down is the fourth request. */
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "A");
  qcc_failover_fixture_assert_events (fixture, "");
  qcc_failover_fixture_ask_times (fixture, 1);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "B");
  qcc_failover_fixture_assert_events (fixture, "failover:A>B ");
  g_assert_nonnull (strstr (qcc_failover_fixture_get_last_event (fixture)->reason, "A"));
  g_assert_cmpuint (fixture->n_changed, ==, 1);
  g_assert_null (qcc_active_get_pinned (fixture->world->active));
  g_assert_cmpuint (qcc_failover_manager_get_moves_last_hour (fixture->world->failover), ==, 1);
  cooldown_until = qcc_failover_manager_get_cooldown_until (fixture->world->failover);
  g_assert_cmpint (cooldown_until - qcc_clock_get_wall_time (QCC_CLOCK (fixture->world->clock)), ==, 298 * QCC_FAILOVER_SECOND);

  /* Well for 600 s, and three observations. */
  qcc_failover_fixture_set_broken (fixture, "");
  qcc_failover_fixture_check_minutes (fixture, "a", 9);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "B");
  qcc_failover_fixture_check_minutes (fixture, "a", 3);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "A");
  qcc_failover_fixture_assert_events (fixture, "failover:A>B recovery:B>A ");
  g_assert_cmpuint (fixture->n_changed, ==, 2);
  g_assert_cmpuint (qcc_failover_manager_get_moves_last_hour (fixture->world->failover), ==, 1);
}

/* Sessions that run follow their own rules (spec 5.5, 6.4): no move by itself unbinds them. */
static void
test_failover_leaves_bindings (QccFailoverFixture *fixture,
                               gconstpointer data)
{
  qcc_failover_fixture_bind_session (fixture, "s", "c");
  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 4);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "B");
  g_assert_true (qcc_failover_fixture_is_bound (fixture, "s"));
}

static void
test_failover_off (QccFailoverFixture *fixture,
                   gconstpointer data)
{
  qcc_world_set_switch (fixture->world, "failover", "auto-failover", FALSE);
  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 10);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "A");
  qcc_failover_fixture_assert_events (fixture, "");
}

/* Never to one that the user has disabled. */
static void
test_disabled_profile (QccFailoverFixture *fixture,
                       gconstpointer data)
{
  qcc_world_apply (fixture->world, QCC_FAILOVER_B_DISABLED);
  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 4);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
  qcc_failover_fixture_assert_events (fixture, "failover:A>C ");

  qcc_failover_fixture_set_broken (fixture, "ac");
  qcc_failover_fixture_ask_times (fixture, 8);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
  qcc_failover_fixture_assert_events (fixture, "failover:A>C all-down:C> no-target:C> ");
}

/* Spec 6.5: the pin is where the user wants to be, failover or not. */
static void
test_pin (QccFailoverFixture *fixture,
          gconstpointer data)
{
  qcc_failover_fixture_switch_to (fixture, "C");
  qcc_failover_fixture_check_minutes (fixture, "a", 20);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");

  qcc_failover_fixture_set_broken (fixture, "c");
  qcc_failover_fixture_ask_times (fixture, 4);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "A");
  g_assert_cmpstr (qcc_active_get_pinned (fixture->world->active), ==, "C");

  qcc_failover_fixture_set_broken (fixture, "");
  qcc_failover_fixture_check_minutes (fixture, "c", 12);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
  g_assert_cmpstr (qcc_active_get_pinned (fixture->world->active), ==, "C");
  qcc_failover_fixture_assert_events (fixture, "switch:A>C failover:C>A recovery:A>C ");
}

/* Without auto-recovery it stays where it was led until the user says otherwise. */
static void
test_recovery_off (QccFailoverFixture *fixture,
                   gconstpointer data)
{
  qcc_world_set_switch (fixture->world, "failover", "auto-recovery", FALSE);
  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 4);
  qcc_failover_fixture_set_broken (fixture, "");
  qcc_failover_fixture_check_minutes (fixture, "a", 20);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "B");
  qcc_failover_fixture_switch_to (fixture, "A");
  qcc_failover_fixture_assert_events (fixture, "failover:A>B switch:B>A ");
}

/*
 * Limits
 */

static void
test_cap_over_restart (QccFailoverFixture *fixture,
                       gconstpointer data)
{
  gint64 cooldown_until;

  qcc_world_set_number (fixture->world, "failover", "max-failovers-per-hour", 1);
  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 4);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "B");
  cooldown_until = qcc_failover_manager_get_cooldown_until (fixture->world->failover);

  qcc_world_restart (fixture->world);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "B");
  g_assert_cmpuint (qcc_failover_manager_get_moves_last_hour (fixture->world->failover), ==, 1);
  g_assert_cmpint (qcc_failover_manager_get_cooldown_until (fixture->world->failover), ==, cooldown_until);
  qcc_failover_fixture_assert_events (fixture, "failover:A>B ");

  qcc_failover_fixture_set_broken (fixture, "ab");
  qcc_failover_fixture_ask_times (fixture, 10);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "B");
  qcc_failover_fixture_assert_events (fixture, "failover:A>B cap:B> ");

  /* The hour is over. */
  qcc_manual_clock_advance (fixture->world->clock, 3600 * QCC_FAILOVER_SECOND);
  qcc_failover_fixture_ask_times (fixture, 6);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
  qcc_failover_fixture_assert_events (fixture, "failover:A>B cap:B> failover:B>C ");
}

/* A clock that was set back a day in between: the limits free, they do not block (spec 16.1). */
static void
test_clock_set_back (QccFailoverFixture *fixture,
                     gconstpointer data)
{
  qcc_world_set_number (fixture->world, "failover", "max-failovers-per-hour", 1);
  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 4);
  qcc_health_flush (fixture->world->health);
  qcc_world_settle (fixture->world);
  qcc_manual_clock_set_wall_offset (fixture->world->clock, QCC_MANUAL_CLOCK_WALL_OFFSET - 86400 * QCC_FAILOVER_SECOND);
  qcc_world_restart (fixture->world);
  g_assert_cmpuint (qcc_failover_manager_get_moves_last_hour (fixture->world->failover), ==, 0);
  g_assert_cmpint (qcc_failover_manager_get_cooldown_until (fixture->world->failover), ==, 0);

  qcc_failover_fixture_set_broken (fixture, "ab");
  qcc_failover_fixture_ask_times (fixture, 6);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
}

/* Nowhere to go is told once, and so is that nothing works, and that something does again. */
static void
test_all_down (QccFailoverFixture *fixture,
               gconstpointer data)
{
  qcc_failover_fixture_set_broken (fixture, "abc");
  qcc_failover_fixture_ask_times (fixture, 10);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "A");
  qcc_failover_fixture_assert_events (fixture, "all-down:A> no-target:A> ");

  qcc_failover_fixture_set_broken (fixture, "ab");
  qcc_world_check (fixture->world, "c");
  qcc_world_settle (fixture->world);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
  qcc_failover_fixture_assert_events (fixture, "all-down:A> no-target:A> back:C> failover:A>C ");
}

static void
add (const char *path,
     void (*test) (QccFailoverFixture *fixture, gconstpointer data))
{
  g_test_add (path, QccFailoverFixture, NULL, qcc_failover_fixture_set_up, test, qcc_failover_fixture_tear_down);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  add ("/failover-manager/hand/switch", test_switch);
  add ("/failover-manager/hand/refused", test_switch_refused);
  add ("/failover-manager/hand/release", test_release);
  add ("/failover-manager/move/there-and-back", test_failover);
  add ("/failover-manager/move/bindings", test_failover_leaves_bindings);
  add ("/failover-manager/move/off", test_failover_off);
  add ("/failover-manager/move/disabled-profile", test_disabled_profile);
  add ("/failover-manager/move/pin", test_pin);
  add ("/failover-manager/move/no-recovery", test_recovery_off);
  add ("/failover-manager/limits/restart", test_cap_over_restart);
  add ("/failover-manager/limits/clock-set-back", test_clock_set_back);
  add ("/failover-manager/limits/all-down", test_all_down);

  return g_test_run ();
}
