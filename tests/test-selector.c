/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-selector.h"

#define N_MAX 5

/* Endpoints with the given weights (or priorities) and candidates that are usable. */
typedef struct
{
  QccEndpoint endpoints[N_MAX];
  QccCandidate candidates[N_MAX];
  gsize n;
} Set;

static void
set_init (Set *set,
          const guint *numbers,
          gsize n)
{
  g_assert_cmpuint (n, <=, N_MAX);

  *set = (Set){ .n = n };
  for (gsize i = 0; i < n; i++)
    {
      set->endpoints[i].enabled = TRUE;
      set->endpoints[i].weight = numbers[i];
      set->endpoints[i].priority = numbers[i];
      set->candidates[i].endpoint = &set->endpoints[i];
      set->candidates[i].has_key = TRUE;
      set->candidates[i].reason = QCC_REASON_PROFILE_DISABLED; /* must be overwritten */
    }
}

static void
test_weighted_proportions (void)
{
  static const struct
  {
    guint weights[N_MAX];
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
      Set set;
      guint sum = 0;
      guint counts[N_MAX] = { 0 };

      set_init (&set, rows[r].weights, rows[r].n);
      for (gsize i = 0; i < set.n; i++)
        sum += rows[r].weights[i];

      for (guint turn = 0; turn < sum; turn++)
        {
          gssize chosen = qcc_selector_choose (QCC_STRATEGY_WEIGHTED, set.candidates, set.n);

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
  Set set;

  set_init (&set, weights, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_WEIGHTED, set.candidates, 3), ==, expected[i]);

  set_init (&set, equal, 3);
  for (gssize i = 0; i < 9; i++)
    g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_WEIGHTED, set.candidates, 3), ==, i % 3);
}

static void
test_weighted_skips (void)
{
  const guint weights[] = { 1, 1000, 1 };
  guint counts[3] = { 0 };
  Set set;

  set_init (&set, weights, 3);
  set.candidates[1].tried = TRUE;

  for (guint i = 0; i < 10; i++)
    counts[qcc_selector_choose (QCC_STRATEGY_WEIGHTED, set.candidates, 3)]++;

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
  Set set;

  set_init (&set, priorities, 5);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      gssize chosen = qcc_selector_choose (QCC_STRATEGY_FAILOVER, set.candidates, 5);

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

/* Every combination of flaws: the reason is the hardest flaw, and only a candidate with none is taken. */
/* What each strategy makes of one turn: numbers are weights. */
typedef struct
{
  guint weight;
  guint in_flight;
  guint64 last_turn;
} Figures;

static void
set_figures (Set *set,
             const Figures *figures,
             gsize n)
{
  guint weights[N_MAX] = { 0 };

  for (gsize i = 0; i < n; i++)
    weights[i] = figures[i].weight;
  set_init (set, weights, n);
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
    Figures figures[N_MAX];
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
      Set set;

      set_figures (&set, rows[r].figures, rows[r].n);
      g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_ROUND_ROBIN, set.candidates, set.n), ==, rows[r].expected);
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
  Set set;

  set_init (&set, weights, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      set.candidates[1].waiting = i < 4;
      g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_ROUND_ROBIN, set.candidates, 3), ==, expected[i]);
    }
}

static void
test_least_connections (void)
{
  static const struct
  {
    Figures figures[N_MAX];
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
      Set set;

      set_figures (&set, rows[r].figures, rows[r].n);
      g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_LEAST_CONNECTIONS, set.candidates, set.n), ==, rows[r].expected);
      g_assert_cmpint (set.candidates[rows[r].expected].reason, ==, QCC_REASON_CHOSEN);
      g_assert_cmpuint (set.candidates[rows[r].expected].in_flight, ==, rows[r].figures[rows[r].expected].in_flight);
    }
}

/* Exchanges that never end spread by weight; those that end at once go round. */
static void
test_least_connections_spreads (void)
{
  const guint weights[] = { 100, 300, 600 };
  Set set;

  set_init (&set, weights, 3);
  for (guint i = 0; i < 100; i++)
    set.candidates[qcc_selector_choose (QCC_STRATEGY_LEAST_CONNECTIONS, set.candidates, 3)].in_flight++;
  g_assert_cmpuint (set.candidates[0].in_flight, ==, 10);
  g_assert_cmpuint (set.candidates[1].in_flight, ==, 30);
  g_assert_cmpuint (set.candidates[2].in_flight, ==, 60);

  set_init (&set, weights, 3);
  for (gssize i = 0; i < 9; i++)
    g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_LEAST_CONNECTIONS, set.candidates, 3), ==, i % 3);
}

static void
test_turns_skip_flaws (void)
{
  const QccStrategy strategies[] = { QCC_STRATEGY_ROUND_ROBIN, QCC_STRATEGY_LEAST_CONNECTIONS };
  const guint weights[] = { 1, 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (strategies); i++)
    {
      Set set;

      set_init (&set, weights, 2);
      set.candidates[0].tried = TRUE;
      set.candidates[1].in_flight = 9;
      g_assert_cmpint (qcc_selector_choose (strategies[i], set.candidates, 2), ==, 1);
      g_assert_cmpint (qcc_selector_choose (strategies[i], set.candidates, 2), ==, 1);
      g_assert_cmpuint (set.candidates[0].last_turn, ==, 0);
      set.candidates[1].tried = TRUE;
      g_assert_cmpint (qcc_selector_choose (strategies[i], set.candidates, 2), ==, -1);
      g_assert_cmpint (qcc_selector_choose (strategies[i], NULL, 0), ==, -1);
    }
}

static void
test_reasons (void)
{
  for (guint strategy = QCC_STRATEGY_WEIGHTED; strategy <= QCC_STRATEGY_FAILOVER; strategy++)
    for (guint flaws = 0; flaws < 32; flaws++)
      {
        const guint numbers[] = { 1 };
        QccReason expected = QCC_REASON_CHOSEN;
        gboolean last_resort = flaws == 16;
        Set set;

        set_init (&set, numbers, 1);
        set.endpoints[0].enabled = (flaws & 1) == 0;
        set.candidates[0].has_key = (flaws & 2) == 0;
        set.candidates[0].tried = (flaws & 4) != 0;
        set.candidates[0].waiting = (flaws & 8) != 0;
        set.candidates[0].unsupported = (flaws & 16) != 0;

        if (flaws & 1)
          expected = QCC_REASON_DISABLED;
        else if (flaws & 2)
          expected = QCC_REASON_NO_KEY;
        else if (flaws & 4)
          expected = QCC_REASON_TRIED;
        else if (flaws & 8)
          expected = QCC_REASON_WAITING;
        else if (flaws & 16)
          expected = QCC_REASON_UNSUPPORTED;

        g_assert_cmpint (qcc_selector_choose (strategy, set.candidates, 1), ==, flaws == 0 ? 0 : -1);
        g_assert_cmpint (set.candidates[0].reason, ==, expected);

        g_assert_cmpint (qcc_selector_choose_last_resort (strategy, set.candidates, 1), ==, last_resort ? 0 : -1);
        if (last_resort)
          g_assert_cmpint (set.candidates[0].reason, ==, QCC_REASON_CHOSEN);

        qcc_selector_mark (set.candidates, 1);
        g_assert_cmpint (set.candidates[0].reason, ==, flaws == 0 ? QCC_REASON_NOT_PREFERRED : expected);
      }
}

static void
test_not_preferred (void)
{
  const guint numbers[] = { 1, 0, 2 };
  Set set;

  set_init (&set, numbers, 3);
  g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_FAILOVER, set.candidates, 3), ==, 1);
  g_assert_cmpint (set.candidates[0].reason, ==, QCC_REASON_NOT_PREFERRED);
  g_assert_cmpint (set.candidates[1].reason, ==, QCC_REASON_CHOSEN);
  g_assert_cmpint (set.candidates[2].reason, ==, QCC_REASON_NOT_PREFERRED);
}

static void
test_last_resort_strategy (void)
{
  const guint numbers[] = { 2, 1, 1 };
  Set set;

  set_init (&set, numbers, 3);
  for (gsize i = 0; i < 3; i++)
    set.candidates[i].unsupported = TRUE;

  g_assert_cmpint (qcc_selector_choose_last_resort (QCC_STRATEGY_FAILOVER, set.candidates, 3), ==, 1);
  g_assert_cmpint (set.candidates[0].reason, ==, QCC_REASON_UNSUPPORTED);
  g_assert_cmpint (qcc_selector_choose_last_resort (QCC_STRATEGY_WEIGHTED, set.candidates, 3), ==, 0);
  g_assert_cmpint (set.candidates[0].wrr_current, ==, -2);
}

static void
test_empty (void)
{
  g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_WEIGHTED, NULL, 0), ==, -1);
  g_assert_cmpint (qcc_selector_choose (QCC_STRATEGY_FAILOVER, NULL, 0), ==, -1);
  g_assert_cmpint (qcc_selector_choose_last_resort (QCC_STRATEGY_WEIGHTED, NULL, 0), ==, -1);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/selector/weighted-proportions", test_weighted_proportions);
  g_test_add_func ("/selector/weighted-order", test_weighted_order);
  g_test_add_func ("/selector/weighted-skips", test_weighted_skips);
  g_test_add_func ("/selector/failover", test_failover);
  g_test_add_func ("/selector/round-robin", test_round_robin);
  g_test_add_func ("/selector/round-robin-skips", test_round_robin_skips);
  g_test_add_func ("/selector/least-connections", test_least_connections);
  g_test_add_func ("/selector/least-connections-spreads", test_least_connections_spreads);
  g_test_add_func ("/selector/turns-skip-flaws", test_turns_skip_flaws);
  g_test_add_func ("/selector/reasons", test_reasons);
  g_test_add_func ("/selector/not-preferred", test_not_preferred);
  g_test_add_func ("/selector/last-resort-strategy", test_last_resort_strategy);
  g_test_add_func ("/selector/empty", test_empty);

  return g_test_run ();
}
