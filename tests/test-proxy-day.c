/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-day.h"

/* Days of a whole service with the settings that it comes with: what it asks the providers by itself, when it asks, and
 * when it is quiet. Nothing that it asks by itself may cost anything. What wakes it up is in test-proxy-wake.c. */

static void
assert_takes_step (gint64 seconds,
                   gint64 expected)
{
  g_assert_cmpint (seconds, >=, expected);
  g_assert_cmpint (seconds, <=, expected + QCC_DAY_STEP);
}

/*
 * The day
 */

/* An exchange every five minutes; all are well, though one of them has no list of models. */
static void
spend_morning (QccDay *day)
{
  for (guint i = 0; i < 12; i++)
    {
      qcc_day_ask (day);
      qcc_day_pass (day, 5 * QCC_DAY_MINUTE);
    }

  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    {
      g_assert_cmpint (qcc_day_view (day, i).level, ==, QCC_LEVEL_HEALTHY);
      g_assert_cmpuint (day->checks[i]->len, >=, 40);
      g_assert_cmpuint (day->checks[i]->len, <=, 60);
    }
  g_assert_cmpuint (qcc_day_count_requests (day, QCC_DAY_FOUR, "GET", "/v1/models"), ==, 1);
  g_assert_cmpuint (qcc_day_count_requests (day, QCC_DAY_FOUR, "POST", "/v1/messages/count_tokens"), ==, day->checks[QCC_DAY_FOUR]->len);
  g_assert_cmpuint (qcc_day_count_requests (day, QCC_DAY_ONE, "GET", "/v1/models"), ==, day->checks[QCC_DAY_ONE]->len);
  g_assert_cmpuint (qcc_day_count_messages (day), ==, day->n_asked);
}

/* One is down and one takes its key no more; the others answer. */
static void
meet_trouble (QccDay *day)
{
  qcc_fake_provider_set_refusing (day->fixture->providers[QCC_DAY_TWO], TRUE);
  qcc_fake_provider_close_idle (day->fixture->providers[QCC_DAY_TWO]);
  qcc_fake_provider_set_key (day->fixture->providers[QCC_DAY_THREE], "another-key");
  for (guint i = 0; i < 8; i++)
    {
      qcc_day_ask (day);
      qcc_day_pass (day, QCC_DAY_STEP);
    }
  g_assert_cmpint (qcc_day_view (day, QCC_DAY_TWO).level, !=, QCC_LEVEL_HEALTHY);
  g_assert_cmpint (qcc_day_view (day, QCC_DAY_THREE).obstacle, ==, QCC_OBSTACLE_REJECTED);
  qcc_day_assert_events (day, "endpoint-disabled:three ");
}

/* Nobody asks for anything any more. */
static void
spend_afternoon (QccDay *day)
{
  static const guint intervals[] = { 120, 240, 480, 600 };
  gint64 quiet_from = qcc_day_get_seconds (day) + 15 * QCC_DAY_MINUTE;

  qcc_day_forget_checks (day);
  qcc_day_pass (day, 3 * QCC_DAY_HOUR);

  for (guint i = 1; i < day->checks[QCC_DAY_TWO]->len; i++)
    {
      gint64 before = g_array_index (day->checks[QCC_DAY_TWO], gint64, i - 1);

      assert_takes_step (g_array_index (day->checks[QCC_DAY_TWO], gint64, i) - before, intervals[MIN (i - 1, G_N_ELEMENTS (intervals) - 1)]);
    }
  g_assert_cmpuint (day->checks[QCC_DAY_TWO]->len, >=, 17);

  for (guint i = 1; i < day->checks[QCC_DAY_THREE]->len; i++)
    {
      gint64 before = g_array_index (day->checks[QCC_DAY_THREE], gint64, i - 1);

      assert_takes_step (g_array_index (day->checks[QCC_DAY_THREE], gint64, i) - before, 15 * QCC_DAY_MINUTE);
    }
  g_assert_cmpuint (day->checks[QCC_DAY_THREE]->len, >=, 11);

  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i += QCC_DAY_FOUR)
    {
      g_assert_cmpuint (day->checks[i]->len, >, 0);
      g_assert_cmpint (g_array_index (day->checks[i], gint64, day->checks[i]->len - 1), <=, quiet_from);
    }
}

/* Both come back: the check tells, and nobody has to ask for that. */
static void
recover (QccDay *day)
{
  qcc_fake_provider_set_refusing (day->fixture->providers[QCC_DAY_TWO], FALSE);
  qcc_fake_provider_set_key (day->fixture->providers[QCC_DAY_THREE], "key-of-three");
  qcc_day_pass (day, 10 * QCC_DAY_MINUTE + QCC_DAY_STEP);
  g_assert_cmpint (qcc_day_get_entry (day, QCC_DAY_TWO)->state.circuit, ==, QCC_CIRCUIT_HALF_OPEN);
  g_assert_true (qcc_day_get_entry (day, QCC_DAY_TWO)->state.checked);
  qcc_day_pass (day, 5 * QCC_DAY_MINUTE);
  g_assert_cmpint (qcc_day_view (day, QCC_DAY_THREE).obstacle, ==, QCC_OBSTACLE_NONE);
  qcc_day_assert_events (day, "endpoint-disabled:three endpoint-enabled:three ");
}

static void
test_day (QccDay *day,
          gconstpointer data)
{
  gint64 last_exchange;
  guint n_messages;

  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (day->fixture->providers[QCC_DAY_FOUR], "/v1/models", "error 404 not_found_error no such path", &error);
  g_assert_no_error (error);
  qcc_day_assert_stays_quiet (day);
  g_assert_cmpuint (qcc_day_count_all (day), ==, 0);

  spend_morning (day);
  meet_trouble (day);
  last_exchange = qcc_day_get_seconds (day) - QCC_DAY_STEP;
  n_messages = qcc_day_count_messages (day);
  spend_afternoon (day);
  recover (day);

  /* One whose circuit no message has closed is not well, but a day later that is nobody's business any more. */
  qcc_day_forget_checks (day);
  while (qcc_day_get_seconds (day) < last_exchange + 24 * QCC_DAY_HOUR + QCC_DAY_STEP)
    qcc_day_pass (day, QCC_DAY_STEP);
  g_assert_cmpuint (day->checks[QCC_DAY_TWO]->len, >, 0);
  g_assert_cmpuint (day->checks[QCC_DAY_ONE]->len, ==, 0);
  g_assert_cmpuint (day->checks[QCC_DAY_FOUR]->len, ==, 0);
  qcc_day_assert_stays_quiet (day);
  g_assert_cmpuint (qcc_day_count_messages (day), ==, n_messages);

  /* The next morning. */
  qcc_day_ask (day);
  g_assert_cmpuint (qcc_monitor_get_n_pending (qcc_day_get_monitor (day)), >, 0);
  qcc_day_pass (day, QCC_DAY_MINUTE + QCC_DAY_STEP);
  for (guint i = 0; i < QCC_DAY_N_PROVIDERS; i++)
    g_assert_cmpuint (day->checks[i]->len, >, 0);
}

/*
 * Hours
 */

static void
test_idle (QccDay *day,
           gconstpointer data)
{
  guint n_requests;

  qcc_day_ask (day);
  qcc_day_pass (day, 15 * QCC_DAY_MINUTE - QCC_DAY_STEP);
  n_requests = qcc_day_count_all (day);
  g_assert_cmpuint (n_requests, >=, 40);
  qcc_day_pass (day, 2 * QCC_DAY_STEP);
  qcc_day_assert_stays_quiet (day);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add ("/proxy-day/day", QccDay, NULL, qcc_day_set_up, test_day, qcc_day_tear_down);
  g_test_add ("/proxy-day/idle", QccDay, NULL, qcc_day_set_up, test_idle, qcc_day_tear_down);

  return g_test_run ();
}
