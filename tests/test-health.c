/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-health-fixture.h"

/* Who is charged, and who is told (QccHealth). What outlives a restart is in test-health-keep.c, what simulated faults reach in test-health-simulation.c. */

typedef struct
{
  const char *name;
  guint status;
  const char *type;
  guint n_times;
  QccObstacle obstacle; /* of `one` */
  gboolean shared;
} Charge;

static const Charge charges[] = {
  { "rate-limit", 429, "rate_limit_error", 1, QCC_OBSTACLE_WAITING, TRUE },
  { "auth", 401, "authentication_error", 2, QCC_OBSTACLE_REJECTED, TRUE },
  { "billing", 402, "billing_error", 1, QCC_OBSTACLE_WAITING, TRUE },
  { "transient", 500, "api_error", 3, QCC_OBSTACLE_OPEN, FALSE },
  { "overload", 529, "overloaded_error", 1, QCC_OBSTACLE_WAITING, FALSE },
  { "forbidden", 403, "permission_error", 1, QCC_OBSTACLE_COOLING, FALSE },
};

static void
test_charge (QccHealthFixture *fixture,
             gconstpointer data)
{
  const Charge *charge = data;

  for (guint i = 0; i < charge->n_times; i++)
    qcc_health_fixture_fail (fixture, "one", charge->status, charge->type, 30);

  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, charge->obstacle);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "two"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "three"), ==, charge->shared ? charge->obstacle : QCC_OBSTACLE_NONE);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "four"), ==, QCC_OBSTACLE_NONE);
  /* The account is charged; who was asked is one of them only. */
  g_assert_cmpuint (qcc_health_fixture_get_entry (fixture, "one")->figures.requests, ==, charge->n_times);
  g_assert_cmpuint (qcc_health_fixture_get_entry (fixture, "three")->figures.requests, ==, 0);
}

static void
test_charge_by_check (QccHealthFixture *fixture,
                      gconstpointer data)
{
  qcc_health_fixture_note_check (fixture, "one", 429, "rate_limit_error");
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), !=, QCC_OBSTACLE_NONE);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "two"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "three"), ==, qcc_health_fixture_get_obstacle (fixture, "one"));
}

static void
test_exhausted (QccHealthFixture *fixture,
                gconstpointer data)
{
  QccHealthAttempt attempt = qcc_health_fixture_send (fixture, "one");

  qcc_health_note_committed (fixture->world->health, qcc_health_fixture_get_entry (fixture, "one"), &attempt, "claude-test");
  qcc_health_note_exhausted (fixture->world->health, qcc_health_fixture_get_entry (fixture, "one"), &attempt, 20);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_WAITING);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "three"), ==, QCC_OBSTACLE_WAITING);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "two"), ==, QCC_OBSTACLE_NONE);

  qcc_health_fixture_pass_seconds (fixture, 20);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "three"), ==, QCC_OBSTACLE_NONE);
}

/* A probe of one is no probe of the other, whatever number its attempt has. */
static void
test_lease_is_its_own (QccHealthFixture *fixture,
                       gconstpointer data)
{
  QccHealthAttempt attempt;

  for (guint i = 0; i < 3; i++)
    {
      qcc_health_fixture_fail (fixture, "one", QCC_HEALTH_BROKEN);
      qcc_health_fixture_fail (fixture, "three", QCC_HEALTH_BROKEN);
    }
  qcc_health_fixture_pass_seconds (fixture, 60);
  qcc_health_fixture_send (fixture, "three");
  attempt = qcc_health_fixture_send (fixture, "one");
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_PROBING);

  qcc_health_fixture_fail_attempt (fixture, "one", &attempt, QCC_HEALTH_REJECTED);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "one"), ==, QCC_OBSTACLE_NONE);
  g_assert_cmpint (qcc_health_fixture_get_obstacle (fixture, "three"), ==, QCC_OBSTACLE_PROBING);
}

static void
test_weights (QccHealthFixture *fixture,
              gconstpointer data)
{
  gboolean adjust = GPOINTER_TO_INT (data);
  double before;

  qcc_world_set_switch (fixture->world, "health", "weight-adjustment", adjust);
  for (guint i = 0; i < 20; i++)
    {
      qcc_health_fixture_answer (fixture, "one", 100, "claude-test");
      qcc_health_fixture_answer (fixture, "two", 8000, "claude-test");
      qcc_health_fixture_answer (fixture, "four", 8000, "claude-test");
    }

  if (!adjust)
    {
      g_assert_cmpfloat (qcc_health_fixture_get_entry (fixture, "one")->weight_percent, <=, 0);
      g_assert_cmpfloat (qcc_health_fixture_get_entry (fixture, "two")->weight_percent, <=, 0);
      return;
    }

  g_assert_cmpfloat (qcc_health_fixture_get_entry (fixture, "one")->weight_percent, >, qcc_health_fixture_get_entry (fixture, "two")->weight_percent + 10);
  /* In its own profile it is the fastest that is known. */
  g_assert_cmpfloat (qcc_health_fixture_get_entry (fixture, "four")->weight_percent, >, qcc_health_fixture_get_entry (fixture, "two")->weight_percent + 10);
  before = qcc_health_fixture_get_entry (fixture, "four")->weight_percent;
  qcc_health_fixture_fail (fixture, "four", QCC_HEALTH_BROKEN);
  g_assert_cmpfloat (qcc_health_fixture_get_entry (fixture, "four")->weight_percent, <, before);
}

static void
test_samples (QccHealthFixture *fixture,
              gconstpointer data)
{
  g_autoptr (GPtrArray) one = NULL;
  g_autoptr (GPtrArray) two = NULL;
  const QccHealthSample *first, *second;

  /* 60 s is health.check-interval. */
  for (guint i = 0; i < 6; i++)
    {
      qcc_health_fixture_answer (fixture, "one", 0, "claude-test");
      qcc_health_fixture_fail (fixture, "one", QCC_HEALTH_BROKEN);
      qcc_health_fixture_pass_seconds (fixture, 10);
    }
  qcc_health_fixture_fail (fixture, "one", QCC_HEALTH_BROKEN);
  qcc_health_fixture_answer (fixture, "one", 0, "claude-test");
  /* That a model is not known says nothing about how well an endpoint is. */
  qcc_health_fixture_fail (fixture, "two", 404, "not_found_error", -1);

  one = qcc_health_fixture_list_samples (fixture, "one");
  g_assert_cmpuint (one->len, ==, 2);
  second = g_ptr_array_index (one, 0);
  first = g_ptr_array_index (one, 1);
  g_assert_cmpstr (first->level, ==, "traffic");
  g_assert_true (first->passed);
  g_assert_cmpuint (first->status, ==, 200);
  g_assert_false (second->passed);
  g_assert_cmpuint (second->status, ==, 500);
  g_assert_cmpint (second->time - first->time, ==, 60 * QCC_HEALTH_SECOND);
  two = qcc_health_fixture_list_samples (fixture, "two");
  g_assert_cmpuint (two->len, ==, 0);
}

/* Checks are kept, each of them. */
static void
test_check_samples (QccHealthFixture *fixture,
                    gconstpointer data)
{
  g_autoptr (GPtrArray) samples = NULL;

  for (guint i = 0; i < 3; i++)
    qcc_health_fixture_note_check (fixture, "one", i == 1 ? 500 : 200, "api_error");
  samples = qcc_health_fixture_list_samples (fixture, "one");
  g_assert_cmpuint (samples->len, ==, 3);
  g_assert_cmpstr (((const QccHealthSample *) g_ptr_array_index (samples, 0))->level, ==, "api");
  g_assert_false (((const QccHealthSample *) g_ptr_array_index (samples, 1))->passed);
}

static void
test_signals (QccHealthFixture *fixture,
              gconstpointer data)
{
  qcc_health_fixture_fail (fixture, "two", QCC_HEALTH_REJECTED);
  qcc_health_fixture_assert_signals (fixture, "doubted:two ");
  qcc_health_fixture_fail (fixture, "two", QCC_HEALTH_REJECTED);
  qcc_health_fixture_assert_signals (fixture, "unbind:two disabled:two ");
  qcc_health_fixture_fail (fixture, "two", QCC_HEALTH_REJECTED);
  qcc_health_fixture_note_check (fixture, "two", 401, "authentication_error");
  qcc_health_fixture_assert_signals (fixture, "");
  qcc_health_fixture_note_check (fixture, "two", 200, NULL);
  qcc_health_fixture_note_check (fixture, "two", 200, NULL);
  qcc_health_fixture_assert_signals (fixture, "enabled:two ");

  qcc_health_fixture_fail (fixture, "two", 402, "billing_error", -1);
  qcc_health_fixture_fail (fixture, "two", 402, "billing_error", -1);
  qcc_health_fixture_assert_signals (fixture, "billing:two ");
}

/* Those that share the account are told of too. */
static void
test_account_signals (QccHealthFixture *fixture,
                      gconstpointer data)
{
  qcc_health_fixture_fail (fixture, "one", 402, "billing_error", -1);
  qcc_health_fixture_assert_signals (fixture, "billing:one billing:three ");
  qcc_health_fixture_fail (fixture, "one", QCC_HEALTH_REJECTED);
  qcc_health_fixture_fail (fixture, "three", QCC_HEALTH_REJECTED);
  g_assert_nonnull (strstr (fixture->signals->str, "disabled:one "));
  g_assert_nonnull (strstr (fixture->signals->str, "disabled:three "));
}

/* Only where there is something to see. */
static void
test_changed (QccHealthFixture *fixture,
              gconstpointer data)
{
  for (guint i = 0; i < 5; i++)
    qcc_health_fixture_answer (fixture, "one", 10, "claude-test");
  g_assert_cmpuint (fixture->n_changed, ==, 0);

  qcc_health_fixture_fail (fixture, "one", QCC_HEALTH_BROKEN);
  g_assert_cmpuint (fixture->n_changed, ==, 1); /* degraded */
  qcc_health_fixture_fail (fixture, "one", QCC_HEALTH_BROKEN);
  g_assert_cmpuint (fixture->n_changed, ==, 2); /* unhealthy */
  qcc_health_fixture_fail (fixture, "one", QCC_HEALTH_BROKEN);
  g_assert_cmpuint (fixture->n_changed, ==, 3); /* open */
  qcc_health_fixture_fail (fixture, "one", QCC_HEALTH_BROKEN);
  qcc_health_tick (fixture->world->health);
  g_assert_cmpuint (fixture->n_changed, ==, 3);

  /* Nobody asks, and yet it is told when it is due; then there is nothing to wait for. */
  g_assert_cmpuint (qcc_manual_clock_get_n_fired (fixture->world->clock), ==, 0);
  qcc_health_fixture_flush (fixture);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->world->clock), ==, 1);
  qcc_health_fixture_pass_seconds (fixture, 59);
  g_assert_cmpuint (fixture->n_changed, ==, 3);
  qcc_health_fixture_pass_seconds (fixture, 1);
  g_assert_cmpuint (fixture->n_changed, ==, 4);
  g_assert_cmpuint (qcc_manual_clock_get_n_fired (fixture->world->clock), ==, 1);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->world->clock), ==, 0);
}

/* Of several that wait the first wakes up first. */
static void
test_timer (QccHealthFixture *fixture,
            gconstpointer data)
{
  qcc_health_fixture_fail (fixture, "one", 429, "rate_limit_error", 50);
  qcc_health_fixture_fail (fixture, "two", 429, "rate_limit_error", 20);
  qcc_health_fixture_flush (fixture);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->world->clock), ==, 1);
  fixture->n_changed = 0;

  qcc_health_fixture_pass_seconds (fixture, 20);
  g_assert_cmpuint (fixture->n_changed, ==, 1);
  qcc_health_fixture_pass_seconds (fixture, 30);
  /* `three` with `one` */
  g_assert_cmpuint (fixture->n_changed, ==, 3);
  g_assert_cmpuint (qcc_manual_clock_get_n_fired (fixture->world->clock), ==, 2);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (fixture->world->clock), ==, 0);
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

  for (gsize i = 0; i < G_N_ELEMENTS (charges); i++)
    {
      g_autofree char *path = g_strconcat ("/health/account/", charges[i].name, NULL);

      add (path, &charges[i], test_charge);
    }
  add ("/health/account/check", NULL, test_charge_by_check);
  add ("/health/account/exhausted", NULL, test_exhausted);
  add ("/health/account/lease", NULL, test_lease_is_its_own);
  add ("/health/weights/on", GINT_TO_POINTER (TRUE), test_weights);
  add ("/health/weights/off", GINT_TO_POINTER (FALSE), test_weights);
  add ("/health/samples/traffic", NULL, test_samples);
  add ("/health/samples/checks", NULL, test_check_samples);
  add ("/health/signals/once", NULL, test_signals);
  add ("/health/signals/account", NULL, test_account_signals);
  add ("/health/signals/changed", NULL, test_changed);
  add ("/health/timer", NULL, test_timer);

  return g_test_run ();
}
