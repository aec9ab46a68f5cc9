/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-candidate-set.h"

static void
test_weighted_proportions (void)
{
  static const struct
  {
    guint weights[QCC_CANDIDATE_SET_MAX];
    gsize n;
  } rows[] = {
    { { 5, 1, 1 }, 3 },
    { { 1 }, 1 },
    { { 100, 100, 100 }, 3 },
    { { 1, 1000 }, 2 },
    { { 7, 3, 2, 11, 13 }, 5 },
    { { 1000, 999, 1, 500, 250 }, 5 },
  };

  for (gsize r = 0; r < G_N_ELEMENTS (rows); r++)
    {
      QccCandidateSet set;
      guint sum = 0;
      guint counts[QCC_CANDIDATE_SET_MAX] = { 0 };

      qcc_candidate_set_init (&set, rows[r].weights, rows[r].n);
      for (gsize i = 0; i < set.n; i++)
        sum += rows[r].weights[i];

      for (guint turn = 0; turn < sum; turn++)
        {
          gssize chosen = qcc_selector_choose (QCC_STRATEGY_WEIGHTED, TRUE, set.candidates, set.n);

          g_assert_cmpint (chosen, >=, 0);
          counts[chosen]++;
        }

      for (gsize i = 0; i < set.n; i++)
        {
          g_assert_cmpuint (counts[i], ==, rows[r].weights[i]);
          g_assert_cmpint (set.candidates[i].wrr_current, ==, 0);
        }
    }
}

static void
test_weighted_order (void)
{
  const guint weights[] = { 5, 1, 1 };
  const gssize expected[] = { 0, 0, 1, 0, 2, 0, 0 };
  const guint equal[] = { 3, 3, 3 };
  QccCandidateSet set;

  qcc_candidate_set_init (&set, weights, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_WEIGHTED, TRUE, set.candidates, 3), ==, expected[i]);

  qcc_candidate_set_init (&set, equal, 3);
  for (gssize i = 0; i < 9; i++)
    g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_WEIGHTED, TRUE, set.candidates, 3), ==, i % 3);
}

static void
test_weighted_skips (void)
{
  const guint weights[] = { 1, 1000, 1 };
  guint counts[3] = { 0 };
  QccCandidateSet set;

  qcc_candidate_set_init (&set, weights, 3);
  set.candidates[1].tried = TRUE;

  for (guint i = 0; i < 10; i++)
    counts[qcc_selector_choose (QCC_STRATEGY_WEIGHTED, TRUE, set.candidates, 3)]++;

  g_assert_cmpuint (counts[0], ==, 5);
  g_assert_cmpuint (counts[1], ==, 0);
  g_assert_cmpuint (counts[2], ==, 5);
  g_assert_cmpint (set.candidates[1].wrr_current, ==, 0);
  g_assert_cmpint (set.candidates[1].reason, ==, QCC_REASON_TRIED);
}

static void
test_failover (void)
{
  const guint priorities[] = { 2, 1, 0, 0, 1 };
  const gssize expected[] = { 2, 3, 1, 4, 0, -1 };
  QccCandidateSet set;

  qcc_candidate_set_init (&set, priorities, 5);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      gssize chosen = qcc_selector_choose (QCC_STRATEGY_FAILOVER, TRUE, set.candidates, 5);

      g_assert_cmpint (chosen, ==, expected[i]);
      if (chosen >= 0)
        {
          g_assert_cmpint (set.candidates[chosen].reason, ==, QCC_REASON_CHOSEN);
          set.candidates[chosen].tried = TRUE;
        }
    }

  for (gsize i = 0; i < 5; i++)
    g_assert_cmpint (set.candidates[i].reason, ==, QCC_REASON_TRIED);
}

/* What each strategy makes of one turn: numbers are weights. */
typedef struct
{
  guint weight;
  guint in_flight;
  guint64 last_turn;
} Figures;

static void
set_figures (QccCandidateSet *set,
             const Figures *figures,
             gsize n)
{
  guint weights[QCC_CANDIDATE_SET_MAX] = { 0 };

  for (gsize i = 0; i < n; i++)
    weights[i] = figures[i].weight;
  qcc_candidate_set_init (set, weights, n);
  for (gsize i = 0; i < n; i++)
    {
      set->candidates[i].in_flight = figures[i].in_flight;
      set->candidates[i].last_turn = figures[i].last_turn;
    }
}

static void
test_round_robin (void)
{
  static const struct
  {
    Figures figures[QCC_CANDIDATE_SET_MAX];
    gsize n;
    gssize expected;
  } rows[] = {
    { { { 1 }, { 1 }, { 1 } }, 3, 0 },
    { { { 1, 0, 1 }, { 1 }, { 1 } }, 3, 1 },
    { { { 1, 0, 1 }, { 1, 0, 2 }, { 1 } }, 3, 2 },
    { { { 1, 0, 4 }, { 1, 0, 2 }, { 1, 0, 3 } }, 3, 1 },
    /* neither weight nor load count */
    { { { 1000, 0, 2 }, { 1, 9, 1 } }, 2, 1 },
    { { { 1, 0, G_MAXUINT64 - 1 } }, 1, 0 },
  };

  for (gsize r = 0; r < G_N_ELEMENTS (rows); r++)
    {
      QccCandidateSet set;

      set_figures (&set, rows[r].figures, rows[r].n);
      g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_ROUND_ROBIN, TRUE, set.candidates, set.n), ==, rows[r].expected);
      for (gssize i = 0; i < (gssize) set.n; i++)
        {
          if (i == rows[r].expected)
            continue;
          g_assert_cmpuint (set.candidates[i].last_turn, ==, rows[r].figures[i].last_turn);
          g_assert_cmpuint (set.candidates[i].last_turn, <, set.candidates[rows[r].expected].last_turn);
        }
    }
}

/* One that was out for a while is next, and does not catch up afterwards. */
static void
test_round_robin_skips (void)
{
  const guint weights[] = { 1, 1, 1 };
  const gssize expected[] = { 0, 2, 0, 2, 1, 0, 2, 1 };
  QccCandidateSet set;

  qcc_candidate_set_init (&set, weights, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      set.candidates[1].view.obstacle = i < 4 ? QCC_OBSTACLE_WAITING : QCC_OBSTACLE_NONE;
      g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_ROUND_ROBIN, TRUE, set.candidates, 3), ==, expected[i]);
    }
}

static void
test_least_connections (void)
{
  static const struct
  {
    Figures figures[QCC_CANDIDATE_SET_MAX];
    gsize n;
    gssize expected;
  } rows[] = {
    { { { 1, 2 }, { 1, 1 }, { 1, 3 } }, 3, 1 },
    { { { 1, 1 }, { 1, 0 } }, 2, 1 },
    { { { 100, 0 }, { 100, 0 } }, 2, 0 },
    /* for each unit of weight */
    { { { 1, 1 }, { 3, 2 } }, 2, 1 },
    { { { 1, 1 }, { 3, 4 } }, 2, 0 },
    { { { 1000, 999 }, { 999, 999 } }, 2, 0 },
    { { { 1, 0 }, { 1000, 1 } }, 2, 0 },
    { { { 999, G_MAXUINT }, { 1000, G_MAXUINT } }, 2, 1 },
    /* in turn among equals, whatever their weights */
    { { { 1, 0, 3 }, { 1, 0, 1 }, { 1, 0, 2 } }, 3, 1 },
    { { { 1000, 0, 2 }, { 1, 0, 1 } }, 2, 1 },
    { { { 1, 2, 1 }, { 2, 4, 0 } }, 2, 1 },
    { { { 1, 2, 1 }, { 2, 4, 2 } }, 2, 0 },
    { { { 1, 1, 1 }, { 1, 0, 9 } }, 2, 1 },
  };

  for (gsize r = 0; r < G_N_ELEMENTS (rows); r++)
    {
      QccCandidateSet set;

      set_figures (&set, rows[r].figures, rows[r].n);
      g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_LEAST_CONNECTIONS, TRUE, set.candidates, set.n), ==, rows[r].expected);
      g_assert_cmpint (set.candidates[rows[r].expected].reason, ==, QCC_REASON_CHOSEN);
      g_assert_cmpuint (set.candidates[rows[r].expected].in_flight, ==, rows[r].figures[rows[r].expected].in_flight);
    }
}

/* Exchanges that never end spread by weight; those that end at once go round. */
static void
test_least_connections_spreads (void)
{
  const guint weights[] = { 100, 300, 600 };
  QccCandidateSet set;

  qcc_candidate_set_init (&set, weights, 3);
  for (guint i = 0; i < 100; i++)
    set.candidates[qcc_selector_choose (QCC_STRATEGY_LEAST_CONNECTIONS, TRUE, set.candidates, 3)].in_flight++;
  g_assert_cmpuint (set.candidates[0].in_flight, ==, 10);
  g_assert_cmpuint (set.candidates[1].in_flight, ==, 30);
  g_assert_cmpuint (set.candidates[2].in_flight, ==, 60);

  qcc_candidate_set_init (&set, weights, 3);
  for (gssize i = 0; i < 9; i++)
    g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_LEAST_CONNECTIONS, TRUE, set.candidates, 3), ==, i % 3);
}

static void
test_turns_skip_flaws (void)
{
  const QccStrategy strategies[] = { QCC_STRATEGY_ROUND_ROBIN, QCC_STRATEGY_LEAST_CONNECTIONS };
  const guint weights[] = { 1, 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (strategies); i++)
    {
      QccCandidateSet set;

      qcc_candidate_set_init (&set, weights, 2);
      set.candidates[0].tried = TRUE;
      set.candidates[1].in_flight = 9;
      g_assert_cmpint (qcc_selector_choose (strategies[i], TRUE, set.candidates, 2), ==, 1);
      g_assert_cmpint (qcc_selector_choose (strategies[i], TRUE, set.candidates, 2), ==, 1);
      g_assert_cmpuint (set.candidates[0].last_turn, ==, 0);
      set.candidates[1].tried = TRUE;
      g_assert_cmpint (qcc_selector_choose (strategies[i], TRUE, set.candidates, 2), ==, -1);
      g_assert_cmpint (qcc_selector_choose (strategies[i], TRUE, NULL, 0), ==, -1);
    }
}

/* Heavy endpoints have left two light ones behind that were owed, or owed themselves, many turns: when one comes back it
 * neither takes a long row of turns nor waits for long. */
static void
test_weighted_no_burst (void)
{
  const int before[] = { 900, -900 };

  for (gsize r = 0; r < G_N_ELEMENTS (before); r++)
    {
      const guint weights[] = { 1, 1 };
      guint first = 0;
      QccCandidateSet set;

      qcc_candidate_set_init (&set, weights, 2);
      set.candidates[0].wrr_current = before[r];
      for (guint turn = 0; turn < 20; turn++)
        first += qcc_selector_choose (QCC_STRATEGY_WEIGHTED, TRUE, set.candidates, 2) == 0;
      g_assert_cmpuint (first, >=, 7);
      g_assert_cmpuint (first, <=, 13);
    }
}

/* The weight is the candidate's, which measurements may have changed. */
static void
test_own_weight (void)
{
  const guint weights[] = { 1, 1 };
  guint counts[2] = { 0 };
  QccCandidateSet set;

  qcc_candidate_set_init (&set, weights, 2);
  set.candidates[1].weight = 3;
  for (guint turn = 0; turn < 8; turn++)
    counts[qcc_selector_choose (QCC_STRATEGY_WEIGHTED, TRUE, set.candidates, 2)]++;
  g_assert_cmpuint (counts[0], ==, 2);
  g_assert_cmpuint (counts[1], ==, 6);

  set.candidates[0].in_flight = 1;
  set.candidates[1].in_flight = 2;
  g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_LEAST_CONNECTIONS, TRUE, set.candidates, 2), ==, 1);
  set.candidates[0].weight = 4;
  g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_LEAST_CONNECTIONS, TRUE, set.candidates, 2), ==, 0);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/strategies/weighted-proportions", test_weighted_proportions);
  g_test_add_func ("/strategies/weighted-order", test_weighted_order);
  g_test_add_func ("/strategies/weighted-skips", test_weighted_skips);
  g_test_add_func ("/strategies/failover", test_failover);
  g_test_add_func ("/strategies/round-robin", test_round_robin);
  g_test_add_func ("/strategies/round-robin-skips", test_round_robin_skips);
  g_test_add_func ("/strategies/least-connections", test_least_connections);
  g_test_add_func ("/strategies/least-connections-spreads", test_least_connections_spreads);
  g_test_add_func ("/strategies/turns-skip-flaws", test_turns_skip_flaws);
  g_test_add_func ("/strategies/weighted-no-burst", test_weighted_no_burst);
  g_test_add_func ("/strategies/own-weight", test_own_weight);

  return g_test_run ();
}
