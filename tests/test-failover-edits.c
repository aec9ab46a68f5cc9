/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-failover-fixture.h"

/* What the manager of failovers does about edits, and about what happens at the same time. */

/*
 * At the same time
 */

/* What is observed while a move is being stored is about the past. */
static void
test_one_move_at_a_time (QccFailoverFixture *fixture,
                         gconstpointer data)
{
  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 3);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *server = qcc_world_ask (fixture->world, NULL);

      qcc_manual_clock_advance (fixture->world->clock, 2 * QCC_FAILOVER_SECOND);
    }
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "A");
  qcc_world_settle (fixture->world);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "B");
  g_assert_cmpuint (fixture->n_changed, ==, 1);
  qcc_failover_fixture_assert_events (fixture, "failover:A>B ");
}

/* The user's word is the last, whichever began first. */
static void
test_switch_during_move (QccFailoverFixture *fixture,
                         gconstpointer data)
{
  g_autofree char *server = NULL;
  g_autoptr (GError) error = NULL;

  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 3);
  server = qcc_world_ask (fixture->world, NULL);
  qcc_failover_fixture_begin_switch (fixture, "C");
  g_assert_true (qcc_failover_fixture_end_change (fixture, &error));
  qcc_world_settle (fixture->world);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
  g_assert_cmpstr (qcc_active_get_pinned (fixture->world->active), ==, "C");
  qcc_failover_fixture_assert_events (fixture, "failover:A>B switch:B>C ");
}

static void
test_move_during_switch (QccFailoverFixture *fixture,
                         gconstpointer data)
{
  g_autofree char *server = NULL;
  g_autoptr (GError) error = NULL;

  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 3);
  qcc_failover_fixture_begin_switch (fixture, "C");
  server = qcc_world_ask (fixture->world, NULL);
  g_assert_true (qcc_failover_fixture_end_change (fixture, &error));
  qcc_world_settle (fixture->world);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
  g_assert_cmpstr (qcc_active_get_pinned (fixture->world->active), ==, "C");
  qcc_failover_fixture_assert_events (fixture, "switch:A>C ");
}

/*
 * Edits
 */

/* Another profile of the old name has not been observed. */
static void
test_renamed (QccFailoverFixture *fixture,
              gconstpointer data)
{
  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 4);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "B");
  qcc_world_apply (fixture->world, QCC_FAILOVER_B_RENAMED);
  /* Where it was led to is gone: at home again, which is still down. */
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "A");
  qcc_failover_fixture_ask_times (fixture, 6);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "X");
  qcc_failover_fixture_assert_events (fixture, "failover:A>B failover:A>X ");
}

/* What was observed of a profile is not told of another one that gets its name. */
static void
test_observed_anew (QccFailoverFixture *fixture,
                    gconstpointer data)
{
  qcc_world_set_number (fixture->world, "failover", "recovery-delay", 0);
  qcc_failover_fixture_set_broken (fixture, "ab");
  qcc_failover_fixture_ask_times (fixture, 8);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");

  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_check_minutes (fixture, "b", 2);
  qcc_world_apply (fixture->world, QCC_FAILOVER_B_RENAMED);
  qcc_world_apply (fixture->world, QCC_FAILOVER_ALL);
  qcc_failover_fixture_check_minutes (fixture, "b", 2);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
  qcc_failover_fixture_check_minutes (fixture, "b", 1);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "B");
}

static void
test_removed (QccFailoverFixture *fixture,
              gconstpointer data)
{
  qcc_failover_fixture_switch_to (fixture, "B");
  qcc_world_apply (fixture->world, QCC_FAILOVER_WITHOUT_B);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "A");
  g_assert_null (qcc_active_get_pinned (fixture->world->active));
  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 4);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
  qcc_failover_fixture_assert_events (fixture, "switch:A>B failover:A>C ");
}

/* It goes while the move to it is being stored. */
static void
test_removed_during_move (QccFailoverFixture *fixture,
                          gconstpointer data)
{
  g_autofree char *server = NULL;

  qcc_failover_fixture_set_broken (fixture, "a");
  qcc_failover_fixture_ask_times (fixture, 3);
  server = qcc_world_ask (fixture->world, NULL);
  qcc_world_apply (fixture->world, QCC_FAILOVER_WITHOUT_B);
  qcc_world_settle (fixture->world);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "A");
  qcc_failover_fixture_ask_times (fixture, 6);
  g_assert_cmpstr (qcc_failover_fixture_get_active (fixture), ==, "C");
}

/* Spec 6.6: the user's own switch is an event too; a new endpoint is none. */
static void
test_endpoint_switched (QccFailoverFixture *fixture,
                        gconstpointer data)
{
  qcc_failover_fixture_bind_session (fixture, "s", "a");
  qcc_failover_fixture_bind_session (fixture, "t", "b");
  qcc_world_apply (fixture->world, QCC_FAILOVER_ENDPOINT_OFF);
  qcc_failover_fixture_assert_events (fixture, "endpoint-disabled:a> ");
  g_assert_false (qcc_failover_fixture_is_bound (fixture, "s"));
  g_assert_true (qcc_failover_fixture_is_bound (fixture, "t"));

  qcc_world_apply (fixture->world, QCC_FAILOVER_ALL);
  qcc_world_apply (fixture->world, QCC_FAILOVER_WITH_NEW);
  qcc_failover_fixture_assert_events (fixture, "endpoint-disabled:a> endpoint-enabled:a> ");
}

/* What an endpoint says of its key and its account. */
static void
test_endpoint_events (QccFailoverFixture *fixture,
                      gconstpointer data)
{
  static const QccVerdict rejected = { .klass = QCC_CLASS_AUTH, .scope = QCC_SCOPE_ACCOUNT, .retry_after = -1 };
  static const QccVerdict broke = { .klass = QCC_CLASS_BILLING, .scope = QCC_SCOPE_ACCOUNT, .retry_after = -1 };
  QccHealth *health = fixture->world->health;
  QccEndpointEntry *entry = qcc_world_get_entry (fixture->world, "b");

  qcc_failover_fixture_bind_session (fixture, "s", "b");
  qcc_failover_fixture_bind_session (fixture, "t", "a");
  for (guint i = 0; i < 3; i++)
    {
      QccHealthAttempt attempt = qcc_health_note_sent (health, entry);

      qcc_health_note_failed (health, entry, &attempt, &rejected, 401);
    }
  qcc_failover_fixture_assert_events (fixture, "endpoint-disabled:b> ");
  g_assert_false (qcc_failover_fixture_is_bound (fixture, "s"));
  g_assert_true (qcc_failover_fixture_is_bound (fixture, "t"));

  qcc_world_check (fixture->world, "b");
  qcc_failover_fixture_assert_events (fixture, "endpoint-disabled:b> endpoint-enabled:b> ");
  for (guint i = 0; i < 3; i++)
    {
      QccHealthAttempt attempt = qcc_health_note_sent (health, entry);

      qcc_health_note_failed (health, entry, &attempt, &broke, 402);
    }
  qcc_failover_fixture_assert_events (fixture, "endpoint-disabled:b> endpoint-enabled:b> billing:b> ");

  /* They are still there after a restart, which adds none. */
  qcc_world_restart (fixture->world);
  qcc_failover_fixture_assert_events (fixture, "endpoint-disabled:b> endpoint-enabled:b> billing:b> ");
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

  add ("/failover-edits/together/moves", test_one_move_at_a_time);
  add ("/failover-edits/together/switch-during-move", test_switch_during_move);
  add ("/failover-edits/together/move-during-switch", test_move_during_switch);
  add ("/failover-edits/edit/renamed", test_renamed);
  add ("/failover-edits/edit/observed-anew", test_observed_anew);
  add ("/failover-edits/edit/removed", test_removed);
  add ("/failover-edits/edit/removed-during-move", test_removed_during_move);
  add ("/failover-edits/edit/endpoint-switched", test_endpoint_switched);
  add ("/failover-edits/endpoint", test_endpoint_events);

  return g_test_run ();
}
