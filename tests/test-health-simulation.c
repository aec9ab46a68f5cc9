/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-health-fixture.h"

/* What simulated faults reach, and what a reset frees, seen or hidden by one. */

static void
test_account_of_simulated (QccHealthFixture *fixture,
                           gconstpointer data)
{
  QccSimulation *simulation = qcc_health_fixture_simulate (fixture, "three");

  qcc_health_fixture_fail (fixture, "one", 429, "rate_limit_error", 30);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_WAITING);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "three"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpint (simulation->real.cooling, ==, QCC_COOLING_NONE);

  qcc_health_fixture_pass_seconds (fixture, 30);
  qcc_health_fixture_fail (fixture, "three", 429, "rate_limit_error", 30);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "three"), ==, QCC_OBSTACLE_WAITING);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_NONE);
}

/* Neither what is real nor what is simulated learns anything. */
static void
test_begun_before_ended_during (QccHealthFixture *fixture,
                                gconstpointer data)
{
  static const QccEndpointState nothing;
  QccEndpointEntry *one = qcc_health_fixture_get_entry (fixture, "one");
  QccHealthAttempt attempts[4];
  QccSimulation *simulation;
  QccEndpointState real;
  QccEndpointFigures figures;

  qcc_health_fixture_fail (fixture, "one", QCC_HEALTH_BROKEN);
  for (guint i = 0; i < G_N_ELEMENTS (attempts); i++)
    attempts[i] = qcc_health_fixture_send (fixture, "one");
  real = one->state;
  figures = one->figures;
  simulation = qcc_health_fixture_simulate (fixture, "one");

  qcc_health_fixture_fail_attempt (fixture, "one", &attempts[0], QCC_HEALTH_BROKEN);
  qcc_health_fixture_fail_attempt (fixture, "one", &attempts[1], QCC_HEALTH_REJECTED);
  qcc_health_note_committed (fixture->world->health, one, &attempts[2], "claude-other");
  qcc_health_note_exhausted (fixture->world->health, one, &attempts[2], 60);
  qcc_health_note_cut (fixture->world->health, one, &attempts[2]);
  qcc_health_note_dropped (fixture->world->health, one, &attempts[3]);

  g_assert_cmpmem (&one->state, sizeof nothing, &nothing, sizeof nothing);
  g_assert_cmpmem (&simulation->real, sizeof real, &real, sizeof real);
  g_assert_cmpmem (&one->figures, sizeof figures, &figures, sizeof figures);
  g_assert_null (one->last_model);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "three"), ==, QCC_OBSTACLE_NONE);
}

/* It was sent to what is real and came back from there. */
static void
test_begun_before_ended_after (QccHealthFixture *fixture,
                               gconstpointer data)
{
  QccHealthAttempt attempt = qcc_health_fixture_send (fixture, "one");

  qcc_health_fixture_simulate (fixture, "one");
  qcc_health_fixture_pass_seconds (fixture, 1);
  qcc_health_fixture_end_simulation (fixture, "one");
  qcc_health_fixture_fail_attempt (fixture, "one", &attempt, QCC_HEALTH_BROKEN);
  g_assert_cmpuint (qcc_health_fixture_get_entry (fixture, "one")->state.failures, ==, 1);
  g_assert_cmpuint (qcc_health_fixture_get_entry (fixture, "one")->figures.requests, ==, 1);
}

/* What is simulated is charged, and nothing else, here and in the store. */
static void
test_simulated (QccHealthFixture *fixture,
                gconstpointer data)
{
  QccEndpointEntry *one = qcc_health_fixture_get_entry (fixture, "one");
  QccEndpointFigures figures;
  QccSimulation *simulation;
  QccEndpointState real;
  g_autoptr (GPtrArray) samples = NULL;

  qcc_health_fixture_answer (fixture, "one", 10, "claude-test");
  /* Its figures wait to be written. */
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->world->clock), ==, 1);
  real = one->state;
  figures = one->figures;
  simulation = qcc_health_fixture_simulate (fixture, "one");

  qcc_health_fixture_break_circuit (fixture, "one");
  qcc_health_fixture_note_check (fixture, "one", 529, "overloaded_error");
  qcc_health_fixture_answer (fixture, "one", 10, "claude-other");
  g_assert_cmpmem (&simulation->real, sizeof real, &real, sizeof real);
  g_assert_cmpmem (&one->figures, sizeof figures, &figures, sizeof figures);
  g_assert_cmpstr (one->last_model, ==, "claude-test");
  qcc_health_fixture_flush (fixture);
  samples = qcc_health_fixture_list_samples (fixture, "one");
  g_assert_cmpuint (samples->len, ==, 1);

  /* The machine goes down in the middle of it. */
  qcc_health_fixture_restart (fixture);
  g_assert_cmpint (qcc_health_fixture_get_entry (fixture, "one")->state.circuit, ==, QCC_CIRCUIT_CLOSED);
  g_assert_cmpuint (qcc_health_fixture_get_entry (fixture, "one")->state.failures, ==, 0);
}

static void
test_begun_during_ended_after (QccHealthFixture *fixture,
                               gconstpointer data)
{
  QccEndpointState before = qcc_health_fixture_get_entry (fixture, "one")->state;
  QccHealthAttempt failing, answered;

  qcc_health_fixture_simulate (fixture, "one");
  failing = qcc_health_fixture_send (fixture, "one");
  answered = qcc_health_fixture_send (fixture, "one");
  qcc_health_fixture_end_simulation (fixture, "one");

  qcc_health_fixture_fail_attempt (fixture, "one", &failing, QCC_HEALTH_REJECTED);
  qcc_health_note_committed (fixture->world->health, qcc_health_fixture_get_entry (fixture, "one"), &answered, "claude-test");
  g_assert_cmpmem (&qcc_health_fixture_get_entry (fixture, "one")->state, sizeof before, &before, sizeof before);
  g_assert_cmpuint (qcc_health_fixture_get_entry (fixture, "one")->figures.requests, ==, 0);
}

/* The time of what is real goes on meanwhile. */
static void
test_time_under_simulation (QccHealthFixture *fixture,
                            gconstpointer data)
{
  qcc_health_fixture_break_circuit (fixture, "one");
  qcc_health_fixture_simulate (fixture, "one");
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_NONE);
  qcc_health_fixture_pass_seconds (fixture, 30);
  qcc_health_fixture_end_simulation (fixture, "one");
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_OPEN);

  qcc_health_fixture_pass_seconds (fixture, 30);
  g_assert_cmpint (qcc_health_fixture_get_entry (fixture, "one")->state.circuit, ==, QCC_CIRCUIT_HALF_OPEN);
  /* A probe that runs into a simulation loses its lease. */
  qcc_health_fixture_send (fixture, "one");
  qcc_health_fixture_simulate (fixture, "one");
  qcc_health_fixture_pass_seconds (fixture, 30);
  qcc_health_fixture_end_simulation (fixture, "one");
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_NONE);
}

static void
test_reset (QccHealthFixture *fixture,
            gconstpointer data)
{
  QccEndpointEntry *two = qcc_health_fixture_get_entry (fixture, "two");

  qcc_health_fixture_reject (fixture, "two");
  qcc_unsupported_note (two->unsupported, "claude-old", 0, qcc_world_get_time (fixture->world));
  qcc_health_reset (fixture->world->health, "two");
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "two"), ==, QCC_OBSTACLE_NONE);
  g_assert_false (qcc_unsupported_matches (two->unsupported, "claude-old", 10, qcc_world_get_time (fixture->world)));
  qcc_health_fixture_assert_signals (fixture, "enabled:two ");

  qcc_health_reset (fixture->world->health, "two");
  qcc_health_reset (fixture->world->health, "nobody");
  qcc_health_fixture_assert_signals (fixture, "");
}

static void
test_new_key (QccHealthFixture *fixture,
              gconstpointer data)
{
  qcc_health_fixture_reject (fixture, "two");
  qcc_world_set_key (fixture->world, "two", "another");
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "two"), ==, QCC_OBSTACLE_NONE);
  qcc_health_fixture_assert_signals (fixture, "enabled:two ");
}

static void
test_new_address (QccHealthFixture *fixture,
                  gconstpointer data)
{
  QccHealthAttempt attempt;

  qcc_health_fixture_break_circuit (fixture, "one");
  attempt = qcc_health_fixture_send (fixture, "one");
  qcc_health_fixture_pass_seconds (fixture, 1);
  qcc_world_apply (fixture->world, QCC_HEALTH_ONE_ELSEWHERE);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_NONE);

  /* That one went to the old address. */
  qcc_health_fixture_fail_attempt (fixture, "one", &attempt, QCC_HEALTH_BROKEN);
  g_assert_cmpuint (qcc_health_fixture_get_entry (fixture, "one")->state.failures, ==, 0);
}

static void
test_reset_under_simulation (QccHealthFixture *fixture,
                             gconstpointer data)
{
  qcc_health_fixture_reject (fixture, "two");
  qcc_health_fixture_simulate (fixture, "two");
  qcc_health_fixture_break_circuit (fixture, "two");
  g_string_truncate (fixture->signals, 0);

  qcc_world_set_key (fixture->world, "two", "another");
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "two"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpint (qcc_health_fixture_get_entry (fixture, "two")->simulation->real.credential, ==, QCC_CREDENTIAL_TRUSTED);
  qcc_health_fixture_assert_signals (fixture, "enabled:two ");

  /* The machine goes down in the middle of it. */
  qcc_health_fixture_restart (fixture);
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

  add ("/health/account/simulated", NULL, test_account_of_simulated);
  add ("/health/simulation/before-during", NULL, test_begun_before_ended_during);
  add ("/health/simulation/before-after", NULL, test_begun_before_ended_after);
  add ("/health/simulation/during", NULL, test_simulated);
  add ("/health/simulation/during-after", NULL, test_begun_during_ended_after);
  add ("/health/simulation/time", NULL, test_time_under_simulation);
  add ("/health/reset/wish", NULL, test_reset);
  add ("/health/reset/key", NULL, test_new_key);
  add ("/health/reset/address", NULL, test_new_address);
  add ("/health/reset/simulation", NULL, test_reset_under_simulation);

  return g_test_run ();
}
