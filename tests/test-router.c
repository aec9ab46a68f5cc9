/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-router.h"

#define N_PROFILES 3
#define N_ENDPOINTS 2

/* Three profiles, best first, with two endpoints each, all usable, strategy failover. */
typedef struct
{
  QccEndpoint endpoints[N_PROFILES][N_ENDPOINTS];
  QccCandidate candidates[N_PROFILES][N_ENDPOINTS];
  QccProfile profiles[N_PROFILES];
  QccRouteProfile route_profiles[N_PROFILES];
  QccRouteInput input;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  for (gsize i = 0; i < N_PROFILES; i++)
    {
      fixture->profiles[i].tier = QCC_TIER_PRIMARY;
      fixture->route_profiles[i].profile = &fixture->profiles[i];
      fixture->route_profiles[i].strategy = QCC_STRATEGY_FAILOVER;
      fixture->route_profiles[i].health_aware = TRUE;
      fixture->route_profiles[i].candidates = fixture->candidates[i];
      fixture->route_profiles[i].n_candidates = N_ENDPOINTS;

      for (gsize j = 0; j < N_ENDPOINTS; j++)
        {
          fixture->endpoints[i][j].enabled = TRUE;
          fixture->candidates[i][j].endpoint = &fixture->endpoints[i][j];
          fixture->candidates[i][j].has_key = TRUE;
          fixture->candidates[i][j].weight = 1;
        }
    }

  fixture->input = (QccRouteInput){
    .profiles = fixture->route_profiles,
    .n_profiles = N_PROFILES,
    .start = 1,
    .fallback_enabled = TRUE,
  };
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
}

/* Chooses, checks, and marks what was chosen as tried, as an exchange does when an attempt fails. */
static void
assert_next (Fixture *fixture,
             QccRouteStep step,
             gssize profile,
             gssize candidate)
{
  QccRoute route = qcc_router_choose (&fixture->input);

  g_assert_cmpint (route.step, ==, step);
  g_assert_cmpint (route.profile, ==, profile);
  g_assert_cmpint (route.candidate, ==, candidate);

  if (step == QCC_ROUTE_STEP_NONE)
    return;

  g_assert_cmpint (fixture->candidates[profile][candidate].reason, ==, QCC_REASON_CHOSEN);
  fixture->candidates[profile][candidate].tried = TRUE;
}

static void
assert_none (Fixture *fixture)
{
  assert_next (fixture, QCC_ROUTE_STEP_NONE, -1, -1);
}

static void
test_order (Fixture *fixture,
            gconstpointer data)
{
  assert_next (fixture, QCC_ROUTE_STEP_START, 1, 0);
  assert_next (fixture, QCC_ROUTE_STEP_START, 1, 1);
  assert_next (fixture, QCC_ROUTE_STEP_FALLBACK, 0, 0);
  assert_next (fixture, QCC_ROUTE_STEP_FALLBACK, 0, 1);
  assert_next (fixture, QCC_ROUTE_STEP_FALLBACK, 2, 0);
  assert_next (fixture, QCC_ROUTE_STEP_FALLBACK, 2, 1);
  assert_none (fixture);
}

static void
test_no_start (Fixture *fixture,
               gconstpointer data)
{
  fixture->input.start = -1;

  assert_next (fixture, QCC_ROUTE_STEP_FALLBACK, 0, 0);
  fixture->input.fallback_enabled = FALSE;
  assert_none (fixture);
}

static void
test_confined (Fixture *fixture,
               gconstpointer data)
{
  if (g_str_equal (data, "locked"))
    fixture->input.locked_to_profile = TRUE;
  else
    fixture->input.fallback_enabled = FALSE;
  fixture->candidates[0][0].unsupported = TRUE;
  fixture->candidates[1][1].unsupported = TRUE;

  assert_next (fixture, QCC_ROUTE_STEP_START, 1, 0);
  assert_next (fixture, QCC_ROUTE_STEP_LAST_RESORT, 1, 1);
  assert_none (fixture);
}

static void
test_disabled_profile (Fixture *fixture,
                       gconstpointer data)
{
  fixture->profiles[0].tier = QCC_TIER_DISABLED;
  fixture->candidates[0][1].unsupported = TRUE;
  fixture->candidates[1][0].tried = TRUE;
  fixture->candidates[1][1].tried = TRUE;

  assert_next (fixture, QCC_ROUTE_STEP_FALLBACK, 2, 0);
  assert_next (fixture, QCC_ROUTE_STEP_FALLBACK, 2, 1);
  assert_none (fixture);
  g_assert_cmpint (fixture->candidates[0][0].reason, ==, QCC_REASON_PROFILE_DISABLED);
  g_assert_cmpint (fixture->candidates[0][1].reason, ==, QCC_REASON_PROFILE_DISABLED);
}

static void
test_disabled_start (Fixture *fixture,
                     gconstpointer data)
{
  fixture->profiles[1].tier = QCC_TIER_DISABLED;
  assert_next (fixture, QCC_ROUTE_STEP_FALLBACK, 0, 0);
  g_assert_cmpint (fixture->candidates[1][0].reason, ==, QCC_REASON_PROFILE_DISABLED);

  fixture->input.locked_to_profile = TRUE;
  assert_none (fixture);
}

static void
test_last_resort (Fixture *fixture,
                  gconstpointer data)
{
  /* Before any other flaw is accepted, all usable ones are used, even in a worse tier. */
  fixture->candidates[0][0].unsupported = TRUE;
  fixture->candidates[0][1].view.obstacle = QCC_OBSTACLE_WAITING;
  fixture->candidates[1][0].has_key = FALSE;
  fixture->candidates[1][1].unsupported = TRUE;
  fixture->endpoints[2][0].enabled = FALSE;

  assert_next (fixture, QCC_ROUTE_STEP_FALLBACK, 2, 1);
  assert_next (fixture, QCC_ROUTE_STEP_LAST_RESORT, 1, 1);
  assert_next (fixture, QCC_ROUTE_STEP_LAST_RESORT, 0, 0);
  assert_none (fixture);

  g_assert_cmpint (fixture->candidates[0][0].reason, ==, QCC_REASON_TRIED);
  g_assert_cmpint (fixture->candidates[0][1].reason, ==, QCC_REASON_WAITING);
  g_assert_cmpint (fixture->candidates[1][0].reason, ==, QCC_REASON_NO_KEY);
  g_assert_cmpint (fixture->candidates[1][1].reason, ==, QCC_REASON_TRIED);
  g_assert_cmpint (fixture->candidates[2][0].reason, ==, QCC_REASON_DISABLED);
  g_assert_cmpint (fixture->candidates[2][1].reason, ==, QCC_REASON_TRIED);
}

/* Among two profiles and two flaws: the less bad endpoint wherever it is, then the start profile, then the best. */
static void
test_last_resort_order (Fixture *fixture,
                        gconstpointer data)
{
  static const QccObstacle order[] = { QCC_OBSTACLE_PROBING, QCC_OBSTACLE_COOLING, QCC_OBSTACLE_OPEN, QCC_OBSTACLE_QUARANTINED };

  for (gsize a = 0; a < G_N_ELEMENTS (order); a++)
    for (gsize b = 0; b < G_N_ELEMENTS (order); b++)
      for (gsize c = 0; c < G_N_ELEMENTS (order); c++)
        {
          gssize expected = b <= a && b <= c ? 1 : (a <= c ? 0 : 2);
          QccRoute route;

          for (gsize j = 0; j < N_ENDPOINTS; j++)
            {
              fixture->candidates[0][j].view.obstacle = order[a];
              fixture->candidates[1][j].view.obstacle = order[b];
              fixture->candidates[2][j].view.obstacle = order[c];
            }
          route = qcc_router_choose (&fixture->input);
          g_assert_cmpint (route.step, ==, QCC_ROUTE_STEP_LAST_RESORT);
          g_assert_cmpint (route.profile, ==, expected);
          g_assert_cmpint (route.candidate, ==, 0);
        }
}

static void
test_never_last_resort (Fixture *fixture,
                        gconstpointer data)
{
  for (gsize i = 0; i < N_PROFILES; i++)
    {
      fixture->candidates[i][0].view.obstacle = QCC_OBSTACLE_WAITING;
      fixture->candidates[i][1].view.obstacle = QCC_OBSTACLE_REJECTED;
    }
  assert_none (fixture);

  fixture->candidates[2][1].view.obstacle = QCC_OBSTACLE_QUARANTINED;
  assert_next (fixture, QCC_ROUTE_STEP_LAST_RESORT, 2, 1);
  assert_none (fixture);
}

static void
test_out_of_reach (Fixture *fixture,
                   gconstpointer data)
{
  fixture->input.locked_to_profile = TRUE;
  fixture->profiles[2].tier = QCC_TIER_DISABLED;
  fixture->candidates[0][0].has_key = FALSE;
  assert_next (fixture, QCC_ROUTE_STEP_START, 1, 0);
  for (gsize j = 0; j < N_ENDPOINTS; j++)
    {
      g_assert_cmpint (fixture->candidates[0][j].reason, ==, QCC_REASON_OUT_OF_REACH);
      g_assert_cmpint (fixture->candidates[2][j].reason, ==, QCC_REASON_PROFILE_DISABLED);
    }
}

/* Levels are compared inside a profile: the start profile's unhealthy endpoints come before the healthy ones of others. */
static void
test_levels (Fixture *fixture,
             gconstpointer data)
{
  fixture->candidates[1][0].view.level = QCC_LEVEL_UNHEALTHY;
  fixture->candidates[1][1].view.level = QCC_LEVEL_DEGRADED;
  fixture->candidates[0][0].view.level = QCC_LEVEL_DEGRADED;
  fixture->route_profiles[0].health_aware = FALSE;

  assert_next (fixture, QCC_ROUTE_STEP_START, 1, 1);
  g_assert_cmpint (fixture->candidates[1][0].reason, ==, QCC_REASON_WORSE_LEVEL);
  assert_next (fixture, QCC_ROUTE_STEP_START, 1, 0);
  assert_next (fixture, QCC_ROUTE_STEP_FALLBACK, 0, 0);
}

static void
test_reasons_everywhere (Fixture *fixture,
                         gconstpointer data)
{
  for (gsize i = 0; i < N_PROFILES; i++)
    for (gsize j = 0; j < N_ENDPOINTS; j++)
      fixture->candidates[i][j].reason = QCC_REASON_CHOSEN;
  fixture->candidates[2][1].view.obstacle = QCC_OBSTACLE_WAITING;

  assert_next (fixture, QCC_ROUTE_STEP_START, 1, 0);
  g_assert_cmpint (fixture->candidates[0][0].reason, ==, QCC_REASON_NOT_PREFERRED);
  g_assert_cmpint (fixture->candidates[1][1].reason, ==, QCC_REASON_NOT_PREFERRED);
  g_assert_cmpint (fixture->candidates[2][0].reason, ==, QCC_REASON_NOT_PREFERRED);
  g_assert_cmpint (fixture->candidates[2][1].reason, ==, QCC_REASON_WAITING);
}

/* Looking at a profile that gives nothing must not use up a turn in it. */
static void
test_strategy_of_profile (Fixture *fixture,
                          gconstpointer data)
{
  fixture->route_profiles[0].strategy = QCC_STRATEGY_WEIGHTED;
  fixture->candidates[0][1].weight = 9;
  fixture->candidates[1][1].weight = 9;
  fixture->candidates[1][0].tried = TRUE;
  fixture->candidates[1][1].tried = TRUE;

  assert_next (fixture, QCC_ROUTE_STEP_FALLBACK, 0, 1);
  g_assert_cmpint (fixture->candidates[0][0].wrr_current, ==, 1);
  g_assert_cmpint (fixture->candidates[0][1].wrr_current, ==, -1);
  g_assert_cmpint (fixture->candidates[1][0].wrr_current, ==, 0);
  g_assert_cmpint (fixture->candidates[1][1].wrr_current, ==, 0);
}

static void
test_may_use (Fixture *fixture,
              gconstpointer data)
{
  fixture->profiles[2].tier = QCC_TIER_DISABLED;
  for (gsize i = 0; i < N_PROFILES; i++)
    g_assert_cmpint (qcc_router_may_use (&fixture->input, i), ==, i != 2);

  fixture->input.locked_to_profile = TRUE;
  for (gsize i = 0; i < N_PROFILES; i++)
    g_assert_cmpint (qcc_router_may_use (&fixture->input, i), ==, i == 1);

  fixture->input.start = 2;
  for (gsize i = 0; i < N_PROFILES; i++)
    g_assert_false (qcc_router_may_use (&fixture->input, i));
}

static void
test_nothing (Fixture *fixture,
              gconstpointer data)
{
  fixture->input = (QccRouteInput){ .start = -1, .fallback_enabled = TRUE };
  assert_none (fixture);
}

int
main (int argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
    const char *data;
  } tests[] = {
    { "/router/order", test_order },
    { "/router/no-start", test_no_start },
    { "/router/locked", test_confined, "locked" },
    { "/router/no-fallback", test_confined, "no-fallback" },
    { "/router/disabled-profile", test_disabled_profile },
    { "/router/disabled-start", test_disabled_start },
    { "/router/last-resort", test_last_resort },
    { "/router/last-resort-order", test_last_resort_order },
    { "/router/never-last-resort", test_never_last_resort },
    { "/router/out-of-reach", test_out_of_reach },
    { "/router/levels", test_levels },
    { "/router/reasons-everywhere", test_reasons_everywhere },
    { "/router/strategy-of-profile", test_strategy_of_profile },
    { "/router/may-use", test_may_use },
    { "/router/nothing", test_nothing },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].data, set_up, tests[i].func, tear_down);

  return g_test_run ();
}
