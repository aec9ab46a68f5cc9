/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-body-budget.h"

#define MIB (1024 * 1024)

static void
test_oldest_always (void)
{
  g_autoptr (QccBodyBudget) budget = qcc_body_budget_new (256 * MIB, 64 * MIB);
  guint64 first = qcc_body_budget_enter (budget);
  guint64 second = qcc_body_budget_enter (budget);
  guint64 third = qcc_body_budget_enter (budget);
  guint64 fourth = qcc_body_budget_enter (budget);
  guint64 fifth = qcc_body_budget_enter (budget);

  g_assert_cmpuint (first, !=, 0);
  g_assert_cmpuint (second, >, first);

  g_assert_true (qcc_body_budget_reserve (budget, second, 64 * MIB));
  g_assert_true (qcc_body_budget_reserve (budget, third, 64 * MIB));
  g_assert_true (qcc_body_budget_reserve (budget, fourth, 64 * MIB));
  g_assert_cmpuint (qcc_body_budget_get_total (budget), ==, 192 * MIB);

  /* What is left is kept for the oldest. */
  g_assert_false (qcc_body_budget_reserve (budget, fifth, 1));
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, 0);
  g_assert_true (qcc_body_budget_reserve (budget, first, 64 * MIB));
  g_assert_cmpuint (qcc_body_budget_get_total (budget), ==, 256 * MIB);

  qcc_body_budget_release (budget, first);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, 0);
  qcc_body_budget_release (budget, third);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, fifth);
  g_assert_cmpuint (qcc_body_budget_get_total (budget), ==, 128 * MIB + 1);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, 0);
}

static void
test_exact_edge (void)
{
  g_autoptr (QccBodyBudget) budget = qcc_body_budget_new (100, 40);
  guint64 second;

  qcc_body_budget_enter (budget);
  second = qcc_body_budget_enter (budget);

  g_assert_true (qcc_body_budget_reserve (budget, second, 40));
  second = qcc_body_budget_enter (budget);
  g_assert_true (qcc_body_budget_reserve (budget, second, 20));
  g_assert_true (qcc_body_budget_reserve (budget, second, 0));
  g_assert_false (qcc_body_budget_reserve (budget, second, 1));
}

/* The oldest of those that wait is first; one that asks for too much does not stop the others. */
static void
test_order_of_waiting (void)
{
  g_autoptr (QccBodyBudget) budget = qcc_body_budget_new (100, 40);
  guint64 oldest = qcc_body_budget_enter (budget);
  guint64 full = qcc_body_budget_enter (budget);
  guint64 half = qcc_body_budget_enter (budget);
  guint64 a, b, c;

  g_assert_true (qcc_body_budget_reserve (budget, full, 40));
  g_assert_true (qcc_body_budget_reserve (budget, half, 20));

  a = qcc_body_budget_enter (budget);
  b = qcc_body_budget_enter (budget);
  c = qcc_body_budget_enter (budget);
  g_assert_false (qcc_body_budget_reserve (budget, c, 10));
  g_assert_false (qcc_body_budget_reserve (budget, a, 30));
  g_assert_false (qcc_body_budget_reserve (budget, b, 10));

  qcc_body_budget_release (budget, half);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, b);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, c);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, 0);

  /* One that waits may leave; what it waited for is not kept. */
  qcc_body_budget_release (budget, b);
  qcc_body_budget_release (budget, c);
  qcc_body_budget_release (budget, a);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, 0);
  g_assert_cmpuint (qcc_body_budget_get_total (budget), ==, 40);

  qcc_body_budget_release (budget, full);
  qcc_body_budget_release (budget, oldest);
  g_assert_cmpuint (qcc_body_budget_get_total (budget), ==, 0);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, 0);
}

/* A waiting holder that becomes the oldest is ready although nothing is free by the rule. */
static void
test_becomes_oldest (void)
{
  g_autoptr (QccBodyBudget) budget = qcc_body_budget_new (100, 40);
  guint64 first = qcc_body_budget_enter (budget);
  guint64 second = qcc_body_budget_enter (budget);
  guint64 third = qcc_body_budget_enter (budget);
  guint64 fourth = qcc_body_budget_enter (budget);

  g_assert_true (qcc_body_budget_reserve (budget, third, 40));
  g_assert_true (qcc_body_budget_reserve (budget, fourth, 20));
  g_assert_false (qcc_body_budget_reserve (budget, second, 40));
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, 0);

  qcc_body_budget_release (budget, first);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, second);
  g_assert_cmpuint (qcc_body_budget_get_total (budget), ==, 100);
}

/* A smaller setting must not let others into the room of a body that was allowed before. */
static void
test_headroom_shrinks (void)
{
  g_autoptr (QccBodyBudget) budget = qcc_body_budget_new (100, 40);
  guint64 first = qcc_body_budget_enter (budget);
  guint64 second = qcc_body_budget_enter (budget);
  guint64 third;

  g_assert_true (qcc_body_budget_reserve (budget, second, 40));
  qcc_body_budget_set_headroom (budget, 30);
  third = qcc_body_budget_enter (budget);
  g_assert_false (qcc_body_budget_reserve (budget, third, 30));
  g_assert_true (qcc_body_budget_reserve (budget, first, 40));

  qcc_body_budget_release (budget, first);
  qcc_body_budget_release (budget, second);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, third);
}

/* A larger one holds at once for the room of others, and for the size only of those that come. */
static void
test_headroom_grows (void)
{
  g_autoptr (QccBodyBudget) budget = qcc_body_budget_new (100, 40);
  guint64 first = qcc_body_budget_enter (budget);
  guint64 second = qcc_body_budget_enter (budget);
  guint64 large;

  g_assert_true (qcc_body_budget_reserve (budget, first, 20));
  qcc_body_budget_set_headroom (budget, 80);
  large = qcc_body_budget_enter (budget);
  g_assert_false (qcc_body_budget_reserve (budget, second, 1));
  qcc_body_budget_release (budget, first);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, second);
  g_assert_true (qcc_body_budget_reserve (budget, large, 10));
  qcc_body_budget_release (budget, second);
  g_assert_true (qcc_body_budget_reserve (budget, large, 70));
  g_assert_cmpuint (qcc_body_budget_get_total (budget), ==, 80);
}

/* A caller's mistake is reported and changes nothing. */
static void
test_caller_errors (void)
{
  g_autoptr (QccBodyBudget) budget = qcc_body_budget_new (100, 40);
  guint64 first = qcc_body_budget_enter (budget);

  g_assert_true (qcc_body_budget_reserve (budget, first, 30));
  g_test_expect_message ("qcc-service", G_LOG_LEVEL_CRITICAL, "*holder->cap*");
  g_assert_false (qcc_body_budget_reserve (budget, first, 11));
  g_test_expect_message ("qcc-service", G_LOG_LEVEL_CRITICAL, "*holder != NULL*");
  g_assert_false (qcc_body_budget_reserve (budget, first + 1, 1));
  g_test_expect_message ("qcc-service", G_LOG_LEVEL_CRITICAL, "*holder != NULL*");
  qcc_body_budget_release (budget, first + 1);
  g_test_expect_message ("qcc-service", G_LOG_LEVEL_CRITICAL, "*headroom <= self->limit*");
  qcc_body_budget_set_headroom (budget, 101);
  g_test_assert_expected_messages ();

  g_assert_cmpuint (qcc_body_budget_get_total (budget), ==, 30);
  g_assert_cmpuint (qcc_body_budget_next_ready (budget), ==, 0);
}

/* What the test knows of a holder. */
typedef struct
{
  guint64 ticket;
  gsize cap;
  gsize held;
  gsize wanted;
} Holder;

#define LIMIT 1000

static Holder *
find_holder (GArray *holders,
             guint64 ticket)
{
  for (guint i = 0; i < holders->len; i++)
    if (g_array_index (holders, Holder, i).ticket == ticket)
      return &g_array_index (holders, Holder, i);

  g_assert_not_reached ();
}

static void
check_state (QccBodyBudget *budget,
             GArray *holders)
{
  gsize sum = 0;

  for (guint i = 0; i < holders->len; i++)
    sum += g_array_index (holders, Holder, i).held;

  g_assert_cmpuint (qcc_body_budget_get_total (budget), ==, sum);
  g_assert_cmpuint (sum, <=, LIMIT);
}

static void
take_ready (QccBodyBudget *budget,
            GArray *holders)
{
  guint64 ticket;
  guint64 last = 0;

  while ((ticket = qcc_body_budget_next_ready (budget)) != 0)
    {
      Holder *holder = find_holder (holders, ticket);

      g_assert_cmpuint (ticket, >, last); /* the oldest first, as grants free nothing */
      last = ticket;
      g_assert_cmpuint (holder->wanted, >, 0);
      holder->held += holder->wanted;
      holder->wanted = 0;
      check_state (budget, holders);
    }

  /* No deadlock: whoever waits, the oldest does not, so someone can go on and will leave. */
  if (holders->len > 0)
    g_assert_cmpuint (g_array_index (holders, Holder, 0).wanted, ==, 0);
}

static void
enter_one (QccBodyBudget *budget,
           GArray *holders,
           gsize headroom)
{
  Holder holder = { .ticket = qcc_body_budget_enter (budget), .cap = headroom };

  g_array_append_val (holders, holder);
}

static gboolean
reserve_some (QccBodyBudget *budget,
              Holder *holder)
{
  gsize room = holder->cap - holder->held;
  gsize bytes = g_test_rand_int_range (0, 4) == 0 ? room : (gsize) g_test_rand_int_range (0, (gint) room + 1);

  if (qcc_body_budget_reserve (budget, holder->ticket, bytes))
    {
      holder->held += bytes;
      return TRUE;
    }

  g_assert_cmpuint (bytes, >, 0);
  holder->wanted = bytes;
  return FALSE;
}

static void
test_random (void)
{
  g_autoptr (QccBodyBudget) budget = qcc_body_budget_new (LIMIT, 250);
  g_autoptr (GArray) holders = g_array_new (FALSE, FALSE, sizeof (Holder));
  gsize headroom = 250;
  guint n_waits = 0;
  gsize largest = 0;

  for (guint step = 0; step < 100000; step++)
    {
      gint what = g_test_rand_int_range (0, 1000);
      Holder *holder = NULL;

      if (holders->len > 0)
        holder = &g_array_index (holders, Holder, g_test_rand_int_range (0, (gint) holders->len));

      if (what < 300 && holders->len < 20)
        enter_one (budget, holders, headroom);
      else if (what < 305)
        {
          headroom = (gsize) g_test_rand_int_range (1, LIMIT + 1);
          qcc_body_budget_set_headroom (budget, headroom);
        }
      else if (what < 500 && holder != NULL)
        {
          qcc_body_budget_release (budget, holder->ticket);
          g_array_remove_index (holders, (guint) (holder - (Holder *) (void *) holders->data));
        }
      else if (holder != NULL && holder->wanted == 0)
        n_waits += reserve_some (budget, holder) ? 0 : 1;

      take_ready (budget, holders);
      check_state (budget, holders);
      largest = MAX (largest, qcc_body_budget_get_total (budget));
    }

  /* else nothing was put to the test */
  g_assert_cmpuint (n_waits, >, 1000);
  g_assert_cmpuint (largest, >, LIMIT * 9 / 10);
}

/* Everyone wants all it may have in small steps and leaves only with it: all get through. */
static void
test_all_finish (void)
{
  g_autoptr (QccBodyBudget) budget = qcc_body_budget_new (LIMIT, 250);
  g_autoptr (GArray) holders = g_array_new (FALSE, FALSE, sizeof (Holder));
  guint n_rounds = 0;

  for (guint i = 0; i < 50; i++)
    enter_one (budget, holders, 250);

  for (; holders->len > 0; n_rounds++)
    {
      g_assert_cmpuint (n_rounds, <, 50 * 26);

      for (guint i = 0; i < holders->len; i++)
        {
          Holder *holder = &g_array_index (holders, Holder, i);

          if (holder->wanted > 0 || holder->held == holder->cap)
            continue;
          if (qcc_body_budget_reserve (budget, holder->ticket, 10))
            holder->held += 10;
          else
            holder->wanted = 10;
        }

      if (g_array_index (holders, Holder, 0).held == 250)
        {
          qcc_body_budget_release (budget, g_array_index (holders, Holder, 0).ticket);
          g_array_remove_index (holders, 0);
        }
      take_ready (budget, holders);
      check_state (budget, holders);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/body-budget/oldest-always", test_oldest_always);
  g_test_add_func ("/body-budget/exact-edge", test_exact_edge);
  g_test_add_func ("/body-budget/order-of-waiting", test_order_of_waiting);
  g_test_add_func ("/body-budget/becomes-oldest", test_becomes_oldest);
  g_test_add_func ("/body-budget/headroom-shrinks", test_headroom_shrinks);
  g_test_add_func ("/body-budget/headroom-grows", test_headroom_grows);
  g_test_add_func ("/body-budget/caller-errors", test_caller_errors);
  g_test_add_func ("/body-budget/random", test_random);
  g_test_add_func ("/body-budget/all-finish", test_all_finish);

  return g_test_run ();
}
