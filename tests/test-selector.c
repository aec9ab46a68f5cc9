/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-candidate-set.h"

typedef enum
{
  FLAW_OFF = 1 << 0,
  FLAW_NO_KEY = 1 << 1,
  FLAW_TRIED = 1 << 2,
  FLAW_UNSUPPORTED = 1 << 3,
  FLAW_ALL = (1 << 4) - 1,
} Flaw;

/* The worst of all flaws of a candidate, by the order of the enum but for the key that is refused. */
static QccReason
expect_reason (guint flaws,
               QccObstacle obstacle)
{
  static const QccReason reasons[] = {
    [QCC_OBSTACLE_NONE] = QCC_REASON_NOT_PREFERRED,
    [QCC_OBSTACLE_PROBING] = QCC_REASON_PROBING,
    [QCC_OBSTACLE_COOLING] = QCC_REASON_COOLING,
    [QCC_OBSTACLE_OPEN] = QCC_REASON_OPEN,
    [QCC_OBSTACLE_QUARANTINED] = QCC_REASON_QUARANTINED,
    [QCC_OBSTACLE_WAITING] = QCC_REASON_WAITING,
    [QCC_OBSTACLE_REJECTED] = QCC_REASON_REJECTED,
  };
  QccReason worst = reasons[obstacle];

  if (flaws & FLAW_OFF)
    worst = MAX (worst, QCC_REASON_DISABLED);
  if (flaws & FLAW_NO_KEY)
    worst = MAX (worst, QCC_REASON_NO_KEY);
  if (flaws & FLAW_TRIED)
    worst = MAX (worst, QCC_REASON_TRIED);
  if (flaws & FLAW_UNSUPPORTED)
    worst = MAX (worst, QCC_REASON_UNSUPPORTED);

  return worst;
}

static void
set_flaws (QccCandidateSet *set,
           gsize i,
           guint flaws,
           QccObstacle obstacle)
{
  set->endpoints[i].enabled = (flaws & FLAW_OFF) == 0;
  set->candidates[i].has_key = (flaws & FLAW_NO_KEY) == 0;
  set->candidates[i].tried = (flaws & FLAW_TRIED) != 0;
  set->candidates[i].unsupported = (flaws & FLAW_UNSUPPORTED) != 0;
  set->candidates[i].view.obstacle = obstacle;
}

static gboolean
is_last_resort (QccReason reason)
{
  return reason >= QCC_REASON_UNSUPPORTED && reason <= QCC_REASON_QUARANTINED;
}

/* Every combination of flaws: the reason is the worst of them, and only a candidate with none is taken. */
static void
test_reasons (void)
{
  for (guint strategy = QCC_STRATEGY_WEIGHTED; strategy <= QCC_STRATEGY_LEAST_CONNECTIONS; strategy++)
    for (guint obstacle = QCC_OBSTACLE_NONE; obstacle <= QCC_OBSTACLE_REJECTED; obstacle++)
      for (guint flaws = 0; flaws <= FLAW_ALL; flaws++)
        for (guint bound = 0; bound < 2; bound++)
          {
            const guint numbers[] = { 1 };
            QccReason expected = expect_reason (flaws, obstacle);
            gboolean usable = expected == QCC_REASON_NOT_PREFERRED;
            QccCandidateSet set;

            qcc_candidate_set_init (&set, numbers, 1);
            set_flaws (&set, 0, flaws, obstacle);
            set.candidates[0].bound = bound != 0;

            g_assert_cmpint (qcc_selector_choose (strategy, TRUE, set.candidates, 1), ==, usable ? 0 : -1);
            g_assert_cmpint (set.candidates[0].reason, ==, usable ? QCC_REASON_CHOSEN : expected);

            g_assert_cmpint (qcc_selector_choose_last_resort (strategy, set.candidates, 1), ==, is_last_resort (expected) ? 0 : -1);
            g_assert_cmpint (set.candidates[0].reason, ==, is_last_resort (expected) ? QCC_REASON_CHOSEN : expected);

            qcc_selector_mark (set.candidates, 1);
            g_assert_cmpint (set.candidates[0].reason, ==, expected);
          }
}

static void
test_not_preferred (void)
{
  const guint numbers[] = { 1, 0, 2 };
  QccCandidateSet set;

  qcc_candidate_set_init (&set, numbers, 3);
  g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_FAILOVER, TRUE, set.candidates, 3), ==, 1);
  g_assert_cmpint (set.candidates[0].reason, ==, QCC_REASON_NOT_PREFERRED);
  g_assert_cmpint (set.candidates[1].reason, ==, QCC_REASON_CHOSEN);
  g_assert_cmpint (set.candidates[2].reason, ==, QCC_REASON_NOT_PREFERRED);
}

/* All pairs of levels and strategies: only the best level takes part, unless levels are not looked at. */
static void
test_levels (void)
{
  const guint numbers[] = { 1, 1 };

  for (guint strategy = QCC_STRATEGY_WEIGHTED; strategy <= QCC_STRATEGY_LEAST_CONNECTIONS; strategy++)
    for (guint pair = 0; pair < 9; pair++)
      for (guint health_aware = 0; health_aware < 2; health_aware++)
        {
          const QccLevel levels[] = { pair / 3, pair % 3 };
          gssize expected = health_aware && levels[1] < levels[0] ? 1 : 0;
          gboolean other_is_worse = health_aware && levels[0] != levels[1];
          QccCandidateSet set;

          qcc_candidate_set_init (&set, numbers, 2);
          for (gsize i = 0; i < 2; i++)
            set.candidates[i].view.level = levels[i];

          g_assert_cmpint (qcc_selector_choose (strategy, health_aware != 0, set.candidates, 2), ==, expected);
          g_assert_cmpint (set.candidates[expected].reason, ==, QCC_REASON_CHOSEN);
          g_assert_cmpint (set.candidates[1 - expected].reason, ==, other_is_worse ? QCC_REASON_WORSE_LEVEL : QCC_REASON_NOT_PREFERRED);
        }
}

/* A level is there only when one that can be used is of it. */
static void
test_level_of_usable (void)
{
  const guint numbers[] = { 0, 1, 2 };
  QccCandidateSet set;

  qcc_candidate_set_init (&set, numbers, 3);
  set.candidates[0].view.obstacle = QCC_OBSTACLE_COOLING;
  set.candidates[1].view.level = QCC_LEVEL_UNHEALTHY;
  set.candidates[2].view.level = QCC_LEVEL_DEGRADED;

  g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_FAILOVER, TRUE, set.candidates, 3), ==, 2);
  g_assert_cmpint (set.candidates[0].reason, ==, QCC_REASON_COOLING);
  g_assert_cmpint (set.candidates[1].reason, ==, QCC_REASON_WORSE_LEVEL);
  set.candidates[2].tried = TRUE;
  g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_FAILOVER, TRUE, set.candidates, 3), ==, 1);
}

/* What a session is bound to comes first, whatever its level, weight and place, and uses up no turn. */
static void
test_bound (void)
{
  for (guint strategy = QCC_STRATEGY_WEIGHTED; strategy <= QCC_STRATEGY_LEAST_CONNECTIONS; strategy++)
    {
      const guint numbers[] = { 1, 5 };
      QccCandidateSet set;

      qcc_candidate_set_init (&set, numbers, 2);
      set.candidates[1].bound = TRUE;
      set.candidates[1].in_flight = 100;
      set.candidates[1].last_turn = 7;
      set.candidates[1].view.level = QCC_LEVEL_UNHEALTHY;

      g_assert_cmpint (qcc_selector_choose (strategy, TRUE, set.candidates, 2), ==, 1);
      g_assert_cmpint (set.candidates[0].reason, ==, QCC_REASON_NOT_PREFERRED);
      g_assert_cmpint (set.candidates[1].reason, ==, QCC_REASON_CHOSEN);
      for (gsize i = 0; i < 2; i++)
        {
          g_assert_cmpint (set.candidates[i].wrr_current, ==, 0);
          g_assert_cmpuint (set.candidates[i].last_turn, ==, i == 1 ? 7 : 0);
        }

      set.candidates[1].tried = TRUE;
      g_assert_cmpint (qcc_selector_choose (strategy, TRUE, set.candidates, 2), ==, 0);
    }
}

/* All pairs of flawed candidates: the less bad one, or none. */
static void
test_last_resort (void)
{
  const guint numbers[] = { 1, 1 };
  const guint n = (QCC_OBSTACLE_REJECTED + 1) * 2;

  for (guint strategy = QCC_STRATEGY_WEIGHTED; strategy <= QCC_STRATEGY_LEAST_CONNECTIONS; strategy++)
    for (guint pair = 0; pair < n * n; pair++)
      {
        const guint flaws[] = { pair / n, pair % n };
        QccReason reasons[2];
        QccReason least;
        gssize expected = -1;
        QccCandidateSet set;

        qcc_candidate_set_init (&set, numbers, 2);
        for (gsize i = 0; i < 2; i++)
          {
            guint unsupported = flaws[i] % 2 != 0 ? FLAW_UNSUPPORTED : 0;

            set_flaws (&set, i, unsupported, flaws[i] / 2);
            reasons[i] = expect_reason (unsupported, flaws[i] / 2);
          }
        if (reasons[0] == QCC_REASON_NOT_PREFERRED || reasons[1] == QCC_REASON_NOT_PREFERRED)
          continue; /* not the last resort */
        least = MIN (reasons[0], reasons[1]);
        if (is_last_resort (least))
          expected = reasons[0] == least ? 0 : 1;

        g_assert_cmpint (qcc_selector_choose_last_resort (strategy, set.candidates, 2), ==, expected);
        for (gssize i = 0; i < 2; i++)
          g_assert_cmpint (set.candidates[i].reason, ==, i == expected ? QCC_REASON_CHOSEN : reasons[i]);
      }
}

static void
test_last_resort_strategy (void)
{
  const guint numbers[] = { 2, 1, 1 };
  QccCandidateSet set;

  qcc_candidate_set_init (&set, numbers, 3);
  for (gsize i = 0; i < 3; i++)
    set.candidates[i].view.obstacle = QCC_OBSTACLE_OPEN;

  g_assert_cmpint (qcc_selector_choose_last_resort (QCC_STRATEGY_FAILOVER, set.candidates, 3), ==, 1);
  g_assert_cmpint (set.candidates[0].reason, ==, QCC_REASON_OPEN);
  g_assert_cmpint (qcc_selector_choose_last_resort (QCC_STRATEGY_WEIGHTED, set.candidates, 3), ==, 0);
  g_assert_cmpint (set.candidates[0].wrr_current, ==, -2);
}

/* The choice of any set at random is usable, and there is one whenever something is. */
static void
test_always_usable (void)
{
  const guint numbers[] = { 3, 1, 4, 1, 5 };

  for (guint round = 0; round < 20000; round++)
    {
      QccStrategy strategy = (QccStrategy) g_test_rand_int_range (0, QCC_STRATEGY_LEAST_CONNECTIONS + 1);
      gboolean any = FALSE;
      gssize chosen;
      QccCandidateSet set;

      qcc_candidate_set_init (&set, numbers, QCC_CANDIDATE_SET_MAX);
      for (gsize i = 0; i < set.n; i++)
        {
          guint flaws = g_test_rand_bit () ? 0 : (guint) g_test_rand_int_range (0, FLAW_ALL + 1);

          set_flaws (&set, i, flaws, g_test_rand_bit () ? QCC_OBSTACLE_NONE : (QccObstacle) g_test_rand_int_range (0, QCC_OBSTACLE_REJECTED + 1));
          set.candidates[i].view.level = (QccLevel) g_test_rand_int_range (0, QCC_LEVEL_UNHEALTHY + 1);
          set.candidates[i].bound = g_test_rand_int_range (0, 10) == 0;
          set.candidates[i].wrr_current = g_test_rand_int_range (-1000, 1000);
          any = any || expect_reason (flaws, set.candidates[i].view.obstacle) == QCC_REASON_NOT_PREFERRED;
        }

      chosen = qcc_selector_choose (strategy, g_test_rand_bit (), set.candidates, set.n);
      g_assert_cmpint (chosen >= 0, ==, any);
      for (gssize i = 0; i < (gssize) set.n; i++)
        g_assert_cmpint (set.candidates[i].reason == QCC_REASON_CHOSEN, ==, i == chosen);
      if (chosen < 0)
        continue;
      qcc_selector_mark (&set.candidates[chosen], 1);
      g_assert_cmpint (set.candidates[chosen].reason, ==, QCC_REASON_NOT_PREFERRED);
    }
}

static void
test_empty (void)
{
  g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_WEIGHTED, TRUE, NULL, 0), ==, -1);
  g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_FAILOVER, TRUE, NULL, 0), ==, -1);
  g_assert_cmpint (qcc_selector_choose_last_resort (QCC_STRATEGY_WEIGHTED, NULL, 0), ==, -1);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/selector/reasons", test_reasons);
  g_test_add_func ("/selector/not-preferred", test_not_preferred);
  g_test_add_func ("/selector/levels", test_levels);
  g_test_add_func ("/selector/level-of-usable", test_level_of_usable);
  g_test_add_func ("/selector/bound", test_bound);
  g_test_add_func ("/selector/always-usable", test_always_usable);
  g_test_add_func ("/selector/last-resort", test_last_resort);
  g_test_add_func ("/selector/last-resort-strategy", test_last_resort_strategy);
  g_test_add_func ("/selector/empty", test_empty);

  return g_test_run ();
}
