/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-simulator.h"

#include "common/qcc-error.h"
#include "tests/qcc-simulator-fixture.h"

/* When faults begin and end, and what comes back then. What they look like is in test-simulator-faults.c. */

static void
assert_changes (QccSimulatorFixture *fixture,
                const char *changes)
{
  g_assert_cmpstr (fixture->changes->str, ==, changes);
  g_string_truncate (fixture->changes, 0);
}

static void
test_refused (QccSimulatorFixture *fixture,
              gconstpointer data)
{
  static const guint bad_seconds[] = { 0, QCC_SIMULATION_MAX_SECONDS + 1, G_MAXUINT };
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_simulator_start (fixture->simulator, "three", QCC_FAULT_REFUSE, 60, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND);
  g_clear_error (&error);

  for (gsize i = 0; i < G_N_ELEMENTS (bad_seconds); i++)
    {
      g_assert_false (qcc_simulator_start (fixture->simulator, "one", QCC_FAULT_REFUSE, bad_seconds[i], &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
    }

  g_assert_false (qcc_simulator_stop (fixture->simulator, "three", &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND);

  qcc_simulator_fixture_assert_over (fixture, "one");
  assert_changes (fixture, "");
}

static void
test_time (QccSimulatorFixture *fixture,
           gconstpointer data)
{
  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_REFUSE, 1);
  qcc_simulator_fixture_start (fixture, "two", QCC_FAULT_529, QCC_SIMULATION_MAX_SECONDS);
  g_assert_cmpint (qcc_simulator_fixture_lookup (fixture, "one")->simulation->until, ==, QCC_SIMULATOR_START + G_USEC_PER_SEC);
  assert_changes (fixture, "one:refuse two:529 ");

  qcc_manual_clock_advance (fixture->clock, G_USEC_PER_SEC - 1);
  g_assert_cmpuint (qcc_simulator_get_n (fixture->simulator), ==, 2);
  qcc_manual_clock_advance (fixture->clock, 1);
  g_assert_null (qcc_simulator_fixture_lookup (fixture, "one")->simulation);
  g_assert_cmpuint (qcc_simulator_get_n (fixture->simulator), ==, 1);
  assert_changes (fixture, "one:none ");

  qcc_manual_clock_advance (fixture->clock, (QCC_SIMULATION_MAX_SECONDS - 1) * G_USEC_PER_SEC - 1);
  g_assert_nonnull (qcc_simulator_fixture_lookup (fixture, "two")->simulation);
  qcc_manual_clock_advance (fixture->clock, 1);
  g_assert_null (qcc_simulator_fixture_lookup (fixture, "two")->simulation);
  assert_changes (fixture, "two:none ");
  qcc_simulator_fixture_assert_over (fixture, "two");
}

static void
test_stop (QccSimulatorFixture *fixture,
           gconstpointer data)
{
  qcc_simulator_fixture_stop (fixture, "one");
  assert_changes (fixture, "");

  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_STALL, 60);
  qcc_simulator_fixture_stop (fixture, "one");
  assert_changes (fixture, "one:stall one:none ");
  g_assert_null (qcc_simulator_fixture_lookup (fixture, "one")->simulation);
  qcc_simulator_fixture_assert_over (fixture, "one");

  qcc_simulator_fixture_stop (fixture, "one");
  assert_changes (fixture, "");
}

/* The state from before the first fault comes back, whatever the faults made of the copy. */
static void
test_state (QccSimulatorFixture *fixture,
            gconstpointer data)
{
  static const QccEndpointState nothing;
  QccEndpointEntry *entry = qcc_simulator_fixture_lookup (fixture, "one");
  QccEndpointState before;

  entry->state.circuit = QCC_CIRCUIT_OPEN;
  entry->state.failures = 3;
  entry->state.open_until = QCC_SIMULATOR_START;
  before = entry->state;

  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_429, 60);
  g_assert_cmpmem (&entry->state, sizeof entry->state, &nothing, sizeof nothing);
  g_assert_cmpmem (&entry->simulation->real, sizeof before, &before, sizeof before);
  entry->state.failures = 7;

  qcc_manual_clock_advance (fixture->clock, 59 * G_USEC_PER_SEC);
  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_CUT, 60);
  assert_changes (fixture, "one:429 one:cut ");
  g_assert_cmpuint (qcc_simulator_get_n (fixture->simulator), ==, 1);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->clock), ==, 1);
  g_assert_cmpmem (&entry->state, sizeof entry->state, &nothing, sizeof nothing);
  entry->state.cuts = 9;

  /* The end of the first would have been here. */
  qcc_manual_clock_advance (fixture->clock, 59 * G_USEC_PER_SEC);
  g_assert_cmpstr (entry->simulation->fault, ==, "cut");
  qcc_manual_clock_advance (fixture->clock, G_USEC_PER_SEC);
  g_assert_cmpmem (&entry->state, sizeof entry->state, &before, sizeof before);
  qcc_simulator_fixture_assert_over (fixture, "one");
}

/* A second start that fails leaves the first. */
static void
test_second_refused (QccSimulatorFixture *fixture,
                     gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_429, 60);
  g_assert_false (qcc_simulator_start (fixture->simulator, "one", QCC_FAULT_CUT, 0, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (qcc_simulator_fixture_lookup (fixture, "one")->simulation->fault, ==, "429");
  qcc_manual_clock_advance (fixture->clock, 60 * G_USEC_PER_SEC);
  qcc_simulator_fixture_assert_over (fixture, "one");
}

/* The endpoint goes while an exchange still holds it, and another comes with its id. */
static void
test_removed (QccSimulatorFixture *fixture,
              gconstpointer data)
{
  g_autoptr (QccEndpointEntry) held = qcc_endpoint_entry_ref (qcc_simulator_fixture_lookup (fixture, "one"));

  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_REFUSE, 60);
  qcc_simulator_fixture_start (fixture, "two", QCC_FAULT_429, 60);
  qcc_simulator_fixture_apply (fixture, QCC_SIMULATOR_ENDPOINT_TWO);

  g_assert_null (held->simulation);
  g_assert_null (qcc_simulator_get_fault (fixture->simulator, "one"));
  g_assert_cmpstr (qcc_simulator_get_fault (fixture->simulator, "two"), ==, "429");
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->clock), ==, 1);
  assert_changes (fixture, "one:refuse two:429 one:none ");

  qcc_simulator_fixture_apply_both (fixture, 1);
  g_assert_null (qcc_simulator_fixture_lookup (fixture, "one")->simulation);
  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_529, 60);
  g_assert_null (held->simulation);
  qcc_simulator_fixture_stop (fixture, "one");
  qcc_simulator_fixture_stop (fixture, "two");
}

static void
test_removed_with_attempt (QccSimulatorFixture *fixture,
                           gconstpointer data)
{
  g_autoptr (QccSimulatorProbe) probe = NULL;

  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_STALL, 60);
  probe = qcc_simulator_fixture_probe (fixture, "one", QCC_SIMULATOR_LIMIT_MS);
  qcc_simulator_fixture_apply (fixture, QCC_SIMULATOR_ENDPOINT_TWO);
  qcc_simulator_fixture_assert_over (fixture, "one");
  qcc_simulator_probe_wait (probe);
  g_assert_nonnull (probe->error);
  g_assert_false (g_error_matches (probe->error, QCC_ERROR, QCC_ERROR_TIMED_OUT));
}

static void
test_reconfigured (QccSimulatorFixture *fixture,
                   gconstpointer data)
{
  QccEndpointEntry *entry = qcc_simulator_fixture_lookup (fixture, "one");

  entry->state.failures = 3;
  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_REFUSE, 60);
  qcc_simulator_fixture_apply_both (fixture, 2);

  g_assert_true (qcc_simulator_fixture_lookup (fixture, "one") == entry);
  g_assert_cmpuint (entry->endpoint->weight, ==, 2);
  g_assert_cmpstr (qcc_simulator_get_fault (fixture->simulator, "one"), ==, "refuse");
  {
    g_autoptr (QccSimulatorProbe) probe = qcc_simulator_fixture_probe (fixture, "one", QCC_SIMULATOR_LIMIT_MS);

    qcc_simulator_probe_wait (probe);
    g_assert_error (probe->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  }

  qcc_manual_clock_advance (fixture->clock, 60 * G_USEC_PER_SEC);
  g_assert_null (entry->simulation);
  g_assert_cmpuint (entry->state.failures, ==, 3);
  qcc_simulator_fixture_assert_over (fixture, "one");
}

static void
test_dispose (QccSimulatorFixture *fixture,
              gconstpointer data)
{
  QccEndpointEntry *one = qcc_simulator_fixture_lookup (fixture, "one");
  QccEndpointEntry *two = qcc_simulator_fixture_lookup (fixture, "two");
  g_autoptr (QccSimulatorProbe) probe = NULL;

  one->state.failures = 1;
  two->state.failures = 2;
  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_STALL, 60);
  qcc_simulator_fixture_start (fixture, "two", QCC_FAULT_REFUSE, 60);
  probe = qcc_simulator_fixture_probe (fixture, "one", QCC_SIMULATOR_LIMIT_MS);

  g_assert_finalize_object (g_steal_pointer (&fixture->simulator));
  g_assert_null (one->simulation);
  g_assert_null (two->simulation);
  g_assert_cmpuint (one->state.failures, ==, 1);
  g_assert_cmpuint (two->state.failures, ==, 2);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->clock), ==, 0);
  qcc_simulator_probe_wait (probe);
  g_assert_nonnull (probe->error);
}

static void
add (const char *path,
     gconstpointer data,
     void (*test) (QccSimulatorFixture *fixture, gconstpointer data))
{
  g_test_add (path, QccSimulatorFixture, data, qcc_simulator_fixture_set_up, test, qcc_simulator_fixture_tear_down);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  add ("/simulator/refused", NULL, test_refused);
  add ("/simulator/time", NULL, test_time);
  add ("/simulator/stop", NULL, test_stop);
  add ("/simulator/state", NULL, test_state);
  add ("/simulator/second-refused", NULL, test_second_refused);
  add ("/simulator/removed", NULL, test_removed);
  add ("/simulator/removed-with-attempt", NULL, test_removed_with_attempt);
  add ("/simulator/reconfigured", NULL, test_reconfigured);
  add ("/simulator/dispose", NULL, test_dispose);

  return g_test_run ();
}
