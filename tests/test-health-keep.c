/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-health-fixture.h"

/* What QccHealth keeps over a restart, and what it forgets. */

#define DAY (86400 * QCC_HEALTH_SECOND)

static void
test_restart (QccHealthFixture *fixture,
              gconstpointer data)
{
  QccEndpointFigures figures;
  double weight_percent;

  qcc_world_set_switch (fixture->world, "health", "weight-adjustment", TRUE);
  qcc_health_fixture_answer (fixture, "one", 300, "claude-some");
  qcc_health_fixture_break_circuit (fixture, "one");
  qcc_health_fixture_fail (fixture, "two", QCC_HEALTH_REJECTED);
  qcc_health_fixture_fail (fixture, "two", QCC_HEALTH_REJECTED);
  qcc_health_fixture_fail (fixture, "four", 429, "rate_limit_error", 50);
  figures = qcc_health_fixture_get_entry (fixture, "one")->figures;
  weight_percent = qcc_health_fixture_get_entry (fixture, "one")->weight_percent;
  g_assert_cmpfloat (weight_percent, >, 0);
  g_string_truncate (fixture->signals, 0);

  qcc_health_fixture_pass_seconds (fixture, 40);
  qcc_health_fixture_restart (fixture);
  g_assert_cmpmem (&qcc_health_fixture_get_entry (fixture, "one")->figures, sizeof figures, &figures, sizeof figures);
  g_assert_cmpfloat_with_epsilon (qcc_health_fixture_get_entry (fixture, "one")->weight_percent, weight_percent, 1e-9);
  g_assert_cmpstr (qcc_health_fixture_get_entry (fixture, "one")->last_model, ==, "claude-some");
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_OPEN);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "two"), ==, QCC_OBSTACLE_REJECTED);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "three"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "four"), ==, QCC_OBSTACLE_WAITING);

  /* Each wait goes on where it was, and ends by itself. */
  qcc_health_fixture_pass_seconds (fixture, 9);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "four"), ==, QCC_OBSTACLE_WAITING);
  qcc_health_fixture_pass_seconds (fixture, 1);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "four"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpint (qcc_health_fixture_get_entry (fixture, "one")->state.circuit, ==, QCC_CIRCUIT_OPEN);
  qcc_health_fixture_pass_seconds (fixture, 10);
  g_assert_cmpint (qcc_health_fixture_get_entry (fixture, "one")->state.circuit, ==, QCC_CIRCUIT_HALF_OPEN);
  /* That a key is still rejected is no news. */
  qcc_health_fixture_assert_signals (fixture, "");
}

/* What was known before a second restart, in which nobody said anything, is known after it. */
static void
test_restart_twice (QccHealthFixture *fixture,
                    gconstpointer data)
{
  qcc_health_fixture_fail (fixture, "two", QCC_HEALTH_REJECTED);
  qcc_health_fixture_fail (fixture, "two", QCC_HEALTH_REJECTED);
  qcc_health_fixture_restart (fixture);
  qcc_health_fixture_restart (fixture);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "two"), ==, QCC_OBSTACLE_REJECTED);
}

/* Figures alone are written too, though not at once. */
static void
test_figures_are_kept (QccHealthFixture *fixture,
                       gconstpointer data)
{
  qcc_health_fixture_answer (fixture, "one", 10, "claude-test");
  qcc_health_fixture_answer (fixture, "one", 10, "claude-test");
  qcc_health_fixture_flush (fixture);
  qcc_health_fixture_answer (fixture, "one", 10, "claude-test");
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->world->clock), ==, 1);
  qcc_health_fixture_pass_seconds (fixture, 30);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->world->clock), ==, 0);
  qcc_health_fixture_restart (fixture);
  g_assert_cmpuint (qcc_health_fixture_get_entry (fixture, "one")->figures.requests, ==, 3);
}

/* Spec 16.1: a clock that was set blocks nobody, whichever way. */
static void
test_clock_set (QccHealthFixture *fixture,
                gconstpointer data)
{
  gint64 shift = GPOINTER_TO_INT (data) * DAY;

  qcc_health_fixture_break_circuit (fixture, "one");
  qcc_health_fixture_fail (fixture, "two", 429, "rate_limit_error", 50);
  qcc_health_fixture_fail (fixture, "four", 402, "billing_error", -1);
  qcc_health_fixture_flush (fixture);

  qcc_manual_clock_set_wall_offset (fixture->world->clock, QCC_MANUAL_CLOCK_WALL_OFFSET + shift);
  qcc_health_fixture_restart (fixture);
  g_assert_cmpint (qcc_health_fixture_get_entry (fixture, "one")->state.circuit, ==, QCC_CIRCUIT_HALF_OPEN);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "two"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "four"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->world->clock), ==, 0);
}

static void
test_forgotten (QccHealthFixture *fixture,
                gconstpointer data)
{
  g_autoptr (GPtrArray) samples = NULL;

  qcc_health_fixture_note_check (fixture, "one", 200, NULL);
  qcc_health_fixture_break_circuit (fixture, "one");
  qcc_health_fixture_break_circuit (fixture, "two");
  g_assert_true (qcc_health_fixture_is_stored (fixture, "one"));

  qcc_world_apply (fixture->world, QCC_HEALTH_WITHOUT_ONE);
  g_assert_false (qcc_health_fixture_is_stored (fixture, "one"));
  g_assert_true (qcc_health_fixture_is_stored (fixture, "two"));
  samples = qcc_health_fixture_list_samples (fixture, "one");
  g_assert_cmpuint (samples->len, ==, 0);

  qcc_world_apply (fixture->world, QCC_HEALTH_ALL);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpuint (qcc_health_fixture_get_entry (fixture, "one")->figures.requests, ==, 0);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "two"), ==, QCC_OBSTACLE_OPEN);
}

/* It goes while something of it waits to be written, and while an attempt runs. */
static void
test_forgotten_with_attempt (QccHealthFixture *fixture,
                             gconstpointer data)
{
  g_autoptr (QccEndpointEntry) held = qcc_endpoint_entry_ref (qcc_health_fixture_get_entry (fixture, "one"));
  QccHealthAttempt attempt;
  QccVerdict verdict = qcc_health_fixture_make_verdict (QCC_HEALTH_BROKEN);
  g_autoptr (GPtrArray) samples = NULL;

  for (guint i = 0; i < 2; i++)
    qcc_health_fixture_fail (fixture, "one", QCC_HEALTH_BROKEN);
  qcc_health_fixture_pass_seconds (fixture, 60);
  attempt = qcc_health_fixture_send (fixture, "one");
  qcc_world_apply (fixture->world, QCC_HEALTH_WITHOUT_ONE);
  qcc_health_note_failed (fixture->world->health, held, &attempt, &verdict, 500);
  qcc_health_fixture_flush (fixture);

  g_assert_false (qcc_health_fixture_is_stored (fixture, "one"));
  samples = qcc_health_fixture_list_samples (fixture, "one");
  g_assert_cmpuint (samples->len, ==, 0);
}

/* It went while no service ran. */
static void
test_unknown_in_store (QccHealthFixture *fixture,
                       gconstpointer data)
{
  qcc_health_fixture_break_circuit (fixture, "one");
  qcc_health_fixture_flush (fixture);
  qcc_snapshot_unref (fixture->world->snapshot);
  fixture->world->snapshot = qcc_snapshot_new_from_json (QCC_HEALTH_WITHOUT_ONE, -1, NULL);
  qcc_health_fixture_restart (fixture);
  qcc_world_apply (fixture->world, QCC_HEALTH_WITHOUT_ONE);
  g_assert_null (qcc_health_find (fixture->world->health, "one"));
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "two"), ==, QCC_OBSTACLE_NONE);
}

static void
add (const char *path,
     gconstpointer data,
     void (*test) (QccHealthFixture *fixture, gconstpointer data))
{
  g_test_add (path, QccHealthFixture, data, qcc_health_fixture_set_up, test, qcc_health_fixture_tear_down);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  add ("/health/restart/all", NULL, test_restart);
  add ("/health/restart/twice", NULL, test_restart_twice);
  add ("/health/restart/figures", NULL, test_figures_are_kept);
  add ("/health/restart/clock-set-back", GINT_TO_POINTER (-1), test_clock_set);
  add ("/health/restart/clock-set-forward", GINT_TO_POINTER (1), test_clock_set);
  add ("/health/forgotten/all", NULL, test_forgotten);
  add ("/health/forgotten/with-attempt", NULL, test_forgotten_with_attempt);
  add ("/health/forgotten/while-stopped", NULL, test_unknown_in_store);

  return g_test_run ();
}
