/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-route-fixture.h"

/* What the plan reads for each choice, and what it says about it. */

#define next qcc_route_fixture_assert_next
#define plan_new qcc_route_fixture_plan
#define cool qcc_route_fixture_cool

static void
test_order (QccRouteFixture *fixture,
            gconstpointer data)
{
  const char *const ids[] = { "a", "b", "c", "d" };
  g_autoptr (QccRoutePlan) plan = plan_new (fixture);

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      next (fixture, plan, ids[i]);
      qcc_route_plan_set_tried (plan, ids[i]);
    }
  next (fixture, plan, NULL);
}

static void
test_choice (QccRouteFixture *fixture,
             gconstpointer data)
{
  g_autoptr (QccRoutePlan) plan = NULL;
  g_autoptr (QccEndpointEntry) entry = NULL;
  QccRouteChoice choice;

  cool (fixture, "a", 10, TRUE);
  cool (fixture, "b", 10, FALSE);
  plan = plan_new (fixture);
  choice = qcc_route_plan_next (plan, fixture->now);
  entry = choice.entry;

  g_assert_true (entry == qcc_route_fixture_get (fixture, "c"));
  g_assert_cmpstr (choice.profile_name, ==, "second");
  g_assert_cmpint (choice.route.step, ==, QCC_ROUTE_STEP_FALLBACK);
  g_assert_cmpint (choice.route.profile, ==, 1);
  g_assert_cmpint (choice.input->profiles[0].candidates[0].reason, ==, QCC_REASON_WAITING);
  g_assert_cmpint (choice.input->profiles[0].candidates[0].view.until, ==, fixture->now + 10 * QCC_ROUTE_SECOND);
  g_assert_cmpint (choice.input->profiles[0].candidates[1].reason, ==, QCC_REASON_COOLING);
  g_assert_cmpint (choice.input->profiles[1].candidates[0].reason, ==, QCC_REASON_CHOSEN);
  g_assert_cmpint (choice.input->profiles[2].candidates[0].reason, ==, QCC_REASON_PROFILE_DISABLED);
}

/* All that can change while an exchange runs, from one choice to the next. */
static void
test_reads_anew (QccRouteFixture *fixture,
                 gconstpointer data)
{
  QccEndpointEntry *a = qcc_route_fixture_get (fixture, "a");
  g_autoptr (QccRoutePlan) plan = NULL;
  QccSecret *key;

  fixture->options.affinity = NULL;
  plan = plan_new (fixture);
  next (fixture, plan, "a");

  key = g_steal_pointer (&a->key);
  next (fixture, plan, "b");
  a->key = key;
  next (fixture, plan, "a");

  a->state.credential = QCC_CREDENTIAL_REJECTED;
  next (fixture, plan, "b");
  a->state.credential = QCC_CREDENTIAL_TRUSTED;

  qcc_route_fixture_degrade (fixture, "a", 1);
  next (fixture, plan, "b");
  qcc_route_fixture_degrade (fixture, "a", 0);

  cool (fixture, "a", 5, FALSE);
  next (fixture, plan, "b");
  fixture->now += 5 * QCC_ROUTE_SECOND;
  next (fixture, plan, "a");

  qcc_route_fixture_load (fixture, "{\"version\":1,\"profiles\":[{\"name\":\"first\",\"endpoints\":[{\"id\":\"b\",\"base_url\":\"https://b\"}]}]}");
  next (fixture, plan, "b");
}

static void
test_unsupported (QccRouteFixture *fixture,
                  gconstpointer data)
{
  QccUnsupported *unsupported = qcc_route_fixture_get (fixture, "a")->unsupported;
  g_autoptr (QccRoutePlan) small = NULL;
  g_autoptr (QccRoutePlan) large = NULL;
  g_autoptr (QccRoutePlan) other = NULL;

  fixture->options.session = NULL;
  fixture->options.body_size = 999;
  small = plan_new (fixture);
  fixture->options.body_size = 1000;
  large = plan_new (fixture);
  fixture->options.model = "n";
  other = plan_new (fixture);

  qcc_unsupported_note (unsupported, "m", 1000, fixture->now);
  next (fixture, small, "a");
  next (fixture, large, "b");
  next (fixture, other, "a");
  qcc_unsupported_note (unsupported, "n", 0, fixture->now);
  next (fixture, other, "b");
}

/* A simulated fault needs no key, so that one can be tried before there is one. */
static void
test_simulation (QccRouteFixture *fixture,
                 gconstpointer data)
{
  QccEndpointEntry *a = qcc_route_fixture_get (fixture, "a");
  g_autoptr (QccRoutePlan) plan = plan_new (fixture);

  g_clear_pointer (&a->key, qcc_secret_unref);
  next (fixture, plan, "b");
  qcc_endpoint_entry_set_simulation (a, g_new0 (QccSimulation, 1));
  qcc_affinity_clear (fixture->affinity);
  g_clear_pointer (&plan, qcc_route_plan_free);
  plan = plan_new (fixture);
  next (fixture, plan, "a");
}

/* With levels off, by setting or by profile. */
static void
test_health_aware (QccRouteFixture *fixture,
                   gconstpointer data)
{
  g_autoptr (QccRoutePlan) aware = NULL;
  g_autoptr (QccRoutePlan) unaware = NULL;
  g_autoptr (QccRoutePlan) own = NULL;

  qcc_route_fixture_degrade (fixture, "a", 2);
  fixture->options.session = NULL;
  aware = plan_new (fixture);
  next (fixture, aware, "b");

  fixture->options.health_aware = FALSE;
  unaware = plan_new (fixture);
  next (fixture, unaware, "a");

  qcc_route_fixture_load (fixture, "{\"version\":1,\"profiles\":[{\"name\":\"first\",\"health_aware\":true,\"endpoints\":["
                                   "{\"id\":\"a\",\"base_url\":\"https://a\"},{\"id\":\"b\",\"base_url\":\"https://b\",\"priority\":1}]}]}");
  own = plan_new (fixture);
  next (fixture, own, "b");
}

/* The state of the strategies lives in the entries, and measured weights count only where they are wanted. */
static void
test_weights (QccRouteFixture *fixture,
              gconstpointer data)
{
  const double percents[] = { 0, 100, 50 };

  fixture->options.session = NULL;
  fixture->options.strategy = QCC_STRATEGY_WEIGHTED;
  for (gsize i = 0; i < G_N_ELEMENTS (percents); i++)
    for (guint adjust = 0; adjust < 2; adjust++)
      {
        guint counts[2] = { 0 };

        qcc_route_fixture_get (fixture, "b")->weight_percent = percents[i];
        fixture->options.weights_adjust = adjust != 0;
        for (guint turn = 0; turn < 30; turn++)
          {
            g_autoptr (QccRoutePlan) plan = plan_new (fixture);
            g_autoptr (QccEndpointEntry) entry = qcc_route_plan_next (plan, fixture->now).entry;

            counts[entry->endpoint->id[0] - 'a']++;
          }
        g_assert_cmpuint (counts[1], ==, adjust && percents[i] > 0 && percents[i] < 100 ? 10 : 15);
      }
}

static void
test_next_usable (QccRouteFixture *fixture,
                  gconstpointer data)
{
  g_autoptr (QccRoutePlan) plan = plan_new (fixture);
  g_autoptr (QccRoutePlan) locked = NULL;

  fixture->options.locked_to_profile = TRUE;
  locked = plan_new (fixture);
  g_assert_cmpint (qcc_route_plan_next_usable (plan, fixture->now), ==, -1);

  cool (fixture, "b", 30, TRUE);
  cool (fixture, "c", 20, FALSE);
  cool (fixture, "e", 1, TRUE);
  qcc_route_plan_set_tried (plan, "c");
  g_assert_cmpint (qcc_route_plan_next_usable (plan, fixture->now), ==, 20);
  g_assert_cmpint (qcc_route_plan_next_usable (plan, fixture->now + 1), ==, 20);
  g_assert_cmpint (qcc_route_plan_next_usable (plan, fixture->now + QCC_ROUTE_SECOND), ==, 19);
  g_assert_cmpint (qcc_route_plan_next_usable (plan, fixture->now + 20 * QCC_ROUTE_SECOND - 1), ==, 1);
  g_assert_cmpint (qcc_route_plan_next_usable (locked, fixture->now), ==, 30);

  /* More than time keeps it back. */
  g_clear_pointer (&qcc_route_fixture_get (fixture, "c")->key, qcc_secret_unref);
  g_assert_cmpint (qcc_route_plan_next_usable (plan, fixture->now), ==, 30);
  qcc_route_fixture_get (fixture, "b")->state.credential = QCC_CREDENTIAL_REJECTED;
  g_assert_cmpint (qcc_route_plan_next_usable (plan, fixture->now), ==, -1);
}

static void
test_lacks_only_keys (QccRouteFixture *fixture,
                      gconstpointer data)
{
  g_autoptr (QccRoutePlan) plan = NULL;

  fixture->options.fallback_enabled = FALSE;
  plan = plan_new (fixture);
  g_clear_pointer (&qcc_route_fixture_get (fixture, "c")->key, qcc_secret_unref);
  cool (fixture, "a", 10, TRUE);
  cool (fixture, "b", 10, TRUE);
  next (fixture, plan, NULL);
  g_assert_false (qcc_route_plan_lacks_only_keys (plan));

  g_clear_pointer (&qcc_route_fixture_get (fixture, "b")->key, qcc_secret_unref);
  next (fixture, plan, NULL);
  g_assert_true (qcc_route_plan_lacks_only_keys (plan));
}

static void
assert_start (QccRouteFixture *fixture,
              const char *expected,
              const char *expected_why)
{
  g_autoptr (QccRoutePlan) plan = plan_new (fixture);
  const char *why = NULL;

  g_assert_cmpstr (qcc_route_plan_get_start (plan, &why), ==, expected);
  g_assert_cmpstr (why, ==, expected_why);
}

static void
test_start (QccRouteFixture *fixture,
            gconstpointer data)
{
  assert_start (fixture, "first", "active");
  qcc_route_fixture_bind (fixture, "c");
  assert_start (fixture, "second", "binding");
  qcc_route_fixture_bind (fixture, "b");
  assert_start (fixture, "first", "binding");

  qcc_route_fixture_bind (fixture, "c");
  cool (fixture, "c", 10, FALSE);
  assert_start (fixture, "first", "active");

  fixture->options.token_profile = "second";
  fixture->options.start = "second";
  assert_start (fixture, "second", "token");

  fixture->options.token_profile = NULL;
  fixture->options.session = NULL;
  fixture->options.start = "gone";
  assert_start (fixture, NULL, "active");
}

int
main (int argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (QccRouteFixture *, gconstpointer);
  } tests[] = {
    { "/route-plan/order", test_order },
    { "/route-plan/choice", test_choice },
    { "/route-plan/reads-anew", test_reads_anew },
    { "/route-plan/unsupported", test_unsupported },
    { "/route-plan/simulation", test_simulation },
    { "/route-plan/health-aware", test_health_aware },
    { "/route-plan/weights", test_weights },
    { "/route-plan/next-usable", test_next_usable },
    { "/route-plan/lacks-only-keys", test_lacks_only_keys },
    { "/route-plan/start", test_start },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccRouteFixture, NULL, qcc_route_fixture_set_up, tests[i].func, qcc_route_fixture_tear_down);

  return g_test_run ();
}
