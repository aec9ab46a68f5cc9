/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-day.h"

/* When a whole service asks the providers by itself although it had no reason to a moment ago, and when it does not although
 * it had one: traffic, sleep, the network, the clock of the machine. */

/* Its traffic says more than a check would. */
static void
test_busy (QccDay *day,
           gconstpointer data)
{
  g_autoptr (QccRawClient) client = qcc_proxy_fixture_connect (day->fixture);
  guint busy;

  qcc_day_ask (day);
  busy = qcc_day_open_stream (day, client);
  qcc_day_forget_checks (day);
  qcc_day_pass (day, 10 * QCC_DAY_MINUTE);
  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    {
      if (i == busy)
        g_assert_cmpuint (day->checks[i]->len, ==, 0);
      else
        g_assert_cmpuint (day->checks[i]->len, >=, 9);
    }

  qcc_fake_provider_release (day->fixture->providers[busy], "rest");
  qcc_proxy_fixture_wait_records (day->fixture, ++day->n_asked);
  qcc_day_pass (day, QCC_DAY_MINUTE + QCC_DAY_STEP);
  g_assert_cmpuint (day->checks[busy]->len, >=, 1);
}

/* Each of them once, soon; and then nothing more. */
static void
assert_rechecked (QccDay *day)
{
  qcc_day_pass (day, QCC_DAY_STEP);
  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    g_assert_cmpuint (day->checks[i]->len, ==, 1);
  qcc_day_pass (day, QCC_DAY_MINUTE);
  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    g_assert_cmpuint (day->checks[i]->len, ==, 1);
  qcc_day_assert_quiet (day);
}

static void
test_sleep (QccDay *day,
            gconstpointer data)
{
  qcc_day_ask (day);
  qcc_day_pass (day, 20 * QCC_DAY_MINUTE);
  qcc_day_assert_quiet (day);
  qcc_day_forget_checks (day);

  qcc_manual_clock_sleep (day->clock, 8 * QCC_DAY_HOUR * QCC_DAY_SECOND);
  qcc_day_settle (day);
  g_signal_emit_by_name (day->fixture->sleep, "woke");
  assert_rechecked (day);

  /* When nobody has asked for anything for a day, nobody wants to know. */
  qcc_day_forget_checks (day);
  qcc_manual_clock_sleep (day->clock, 16 * QCC_DAY_HOUR * QCC_DAY_SECOND);
  g_signal_emit_by_name (day->fixture->sleep, "woke");
  qcc_day_pass (day, QCC_DAY_STEP);
  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    g_assert_cmpuint (day->checks[i]->len, ==, 0);
  qcc_day_assert_quiet (day);
}

/* Timers may sleep longer than the machine: what time has ended has ended when it wakes up, without them. */
static void
test_sleep_with_open_circuit (QccDay *day,
                              gconstpointer data)
{
  qcc_fake_provider_set_refusing (day->fixture->providers[QCC_DAY_ONE], TRUE);
  for (guint i = 0; i < 3; i++)
    qcc_day_ask (day);
  while (qcc_day_view (day, QCC_DAY_ONE).obstacle != QCC_OBSTACLE_OPEN)
    qcc_day_pass (day, QCC_DAY_STEP);
  qcc_fake_provider_set_refusing (day->fixture->providers[QCC_DAY_ONE], FALSE);
  qcc_day_forget_checks (day);

  qcc_manual_clock_sleep (day->clock, QCC_DAY_HOUR * QCC_DAY_SECOND);
  g_signal_emit_by_name (day->fixture->sleep, "woke");
  g_assert_cmpint (qcc_day_get_entry (day, QCC_DAY_ONE)->state.circuit, ==, QCC_CIRCUIT_HALF_OPEN);
  g_assert_false (qcc_day_get_entry (day, QCC_DAY_ONE)->state.checked);
  qcc_day_pass (day, QCC_DAY_STEP);
  g_assert_true (qcc_day_get_entry (day, QCC_DAY_ONE)->state.checked);
  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    g_assert_cmpuint (day->checks[i]->len, ==, 1);
}

static void
test_network (QccDay *day,
              gconstpointer data)
{
  QccFakeNetwork *network = QCC_FAKE_NETWORK (day->fixture->network);
  guint n_requests;

  qcc_fake_provider_set_refusing (day->fixture->providers[QCC_DAY_ONE], TRUE);
  qcc_day_ask (day);
  qcc_day_pass (day, 5 * QCC_DAY_MINUTE);
  qcc_fake_network_change (network, FALSE);
  qcc_day_settle (day);
  qcc_day_forget_checks (day);
  g_assert_cmpuint (qcc_monitor_get_n_pending (qcc_day_get_monitor (day)), ==, 0);

  qcc_day_pass (day, QCC_DAY_HOUR);
  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    g_assert_cmpuint (day->checks[i]->len, ==, 0);
  qcc_day_assert_quiet (day);

  /* A machine with containers tells such things by the dozen. */
  qcc_fake_provider_set_refusing (day->fixture->providers[QCC_DAY_ONE], FALSE);
  n_requests = qcc_day_count_all (day);
  for (guint i = 0; i < 12; i++)
    {
      qcc_fake_network_change (network, TRUE);
      qcc_day_settle (day);
      qcc_manual_clock_advance (day->clock, QCC_DAY_SECOND / 2);
      qcc_day_settle (day);
    }
  g_assert_cmpuint (qcc_day_count_all (day), ==, n_requests + QCC_DAY_N_PROVIDERS);
}

/*
 * The clock of the machine
 */

/* Spec 16.1: set by a day, either way, it blocks nobody and starts nothing. */
static void
test_clock_set (QccDay *day,
                gconstpointer data)
{
  gint64 shift = GPOINTER_TO_INT (data) * 24 * QCC_DAY_HOUR * QCC_DAY_SECOND;

  qcc_proxy_fixture_push (day->fixture, QCC_DAY_ONE, "header Retry-After: 50\nerror 429 rate_limit_error slow down");
  qcc_fake_provider_set_refusing (day->fixture->providers[QCC_DAY_TWO], TRUE);
  qcc_fake_provider_set_key (day->fixture->providers[QCC_DAY_THREE], "another-key");
  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    qcc_day_ask (day);
  g_assert_cmpint (qcc_day_view (day, QCC_DAY_ONE).obstacle, ==, QCC_OBSTACLE_WAITING);
  g_assert_cmpint (qcc_day_view (day, QCC_DAY_THREE).obstacle, ==, QCC_OBSTACLE_REJECTED);
  qcc_day_forget_checks (day);

  qcc_manual_clock_set_wall_offset (day->clock, QCC_MANUAL_CLOCK_WALL_OFFSET + shift);
  qcc_day_pass (day, 50 - QCC_DAY_STEP);
  g_assert_cmpint (qcc_day_view (day, QCC_DAY_ONE).obstacle, ==, QCC_OBSTACLE_WAITING);
  qcc_day_pass (day, QCC_DAY_STEP);
  g_assert_cmpint (qcc_day_view (day, QCC_DAY_ONE).obstacle, ==, QCC_OBSTACLE_NONE);
  qcc_day_ask (day);

  /* Checks go on as if nothing had happened: one and four once a minute, the others as their trouble wants it. */
  qcc_fake_provider_set_key (day->fixture->providers[QCC_DAY_THREE], "key-of-three");
  qcc_day_forget_checks (day);
  qcc_day_pass (day, 14 * QCC_DAY_MINUTE);
  g_assert_cmpuint (day->checks[QCC_DAY_ONE]->len, >=, 12);
  g_assert_cmpuint (day->checks[QCC_DAY_ONE]->len, <=, 14);
  g_assert_cmpuint (day->checks[QCC_DAY_TWO]->len, >=, 3);
  g_assert_cmpuint (day->checks[QCC_DAY_TWO]->len, <=, 5);
  qcc_day_pass (day, QCC_DAY_MINUTE);
  g_assert_cmpuint (day->checks[QCC_DAY_THREE]->len, ==, 1);
  g_assert_cmpint (qcc_day_view (day, QCC_DAY_THREE).obstacle, ==, QCC_OBSTACLE_NONE);

  /* And they end when they would have. */
  qcc_day_forget_checks (day);
  qcc_day_pass (day, 10 * QCC_DAY_MINUTE);
  g_assert_cmpuint (day->checks[QCC_DAY_ONE]->len, ==, 0);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add ("/proxy-wake/busy", QccDay, NULL, qcc_day_set_up, test_busy, qcc_day_tear_down);
  g_test_add ("/proxy-wake/sleep/idle", QccDay, NULL, qcc_day_set_up, test_sleep, qcc_day_tear_down);
  g_test_add ("/proxy-wake/sleep/open-circuit", QccDay, NULL, qcc_day_set_up, test_sleep_with_open_circuit, qcc_day_tear_down);
  g_test_add ("/proxy-wake/network", QccDay, NULL, qcc_day_set_up, test_network, qcc_day_tear_down);
  g_test_add ("/proxy-wake/clock/set-back", QccDay, GINT_TO_POINTER (-1), qcc_day_set_up, test_clock_set, qcc_day_tear_down);
  g_test_add ("/proxy-wake/clock/set-forward", QccDay, GINT_TO_POINTER (1), qcc_day_set_up, test_clock_set, qcc_day_tear_down);

  return g_test_run ();
}
