/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-check-schedule.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

/* Far from 0, which means never. */
#define NOW (1000 * HOUR)

/* Times are seconds before the present, 0 for never; @expected is seconds from the present, -1 for never. */
typedef struct
{
  const char *name;
  gboolean healthy;
  gboolean rejected;
  gboolean urgent;
  guint n_bad;
  guint interval;
  gint64 last_check;
  gint64 last_exchange;
  gint64 expected;
} Case;

static const Case cases[] = {
  /* name, healthy, rejected, urgent, n_bad, interval, last check, last exchange, expected */
  { "healthy", TRUE, FALSE, FALSE, 0, 60, 20, 5, 40 },
  { "healthy-other-interval", TRUE, FALSE, FALSE, 0, 30, 20, 5, 10 },
  { "healthy-due", TRUE, FALSE, FALSE, 0, 60, 60, 5, 0 },
  { "healthy-overdue", TRUE, FALSE, FALSE, 0, 60, 500, 5, 0 },
  { "healthy-does-not-double", TRUE, FALSE, FALSE, 9, 60, 20, 5, 40 },
  { "healthy-at-15-min", TRUE, FALSE, FALSE, 0, 60, 60, 900, 0 },
  { "healthy-after-15-min", TRUE, FALSE, FALSE, 0, 60, 60, 901, -1 },
  { "healthy-would-be-at-15-min", TRUE, FALSE, FALSE, 0, 60, 20, 860, 40 },
  { "healthy-would-be-after-15-min", TRUE, FALSE, FALSE, 0, 60, 20, 861, -1 },
  { "healthy-no-exchange", TRUE, FALSE, FALSE, 0, 60, 20, 0, -1 },
  { "bad", FALSE, FALSE, FALSE, 0, 60, 20, 5, 40 },
  { "bad-once", FALSE, FALSE, FALSE, 1, 60, 20, 5, 100 },
  { "bad-twice", FALSE, FALSE, FALSE, 2, 60, 20, 5, 220 },
  { "bad-3-times", FALSE, FALSE, FALSE, 3, 60, 20, 5, 460 },
  { "bad-4-times", FALSE, FALSE, FALSE, 4, 60, 20, 5, 580 },
  { "bad-for-ages", FALSE, FALSE, FALSE, G_MAXUINT, 60, 20, 5, 580 },
  { "bad-longest-interval", FALSE, FALSE, FALSE, 5, 600, 20, 5, 580 },
  { "bad-after-15-min", FALSE, FALSE, FALSE, 0, 60, 20, 901, 40 },
  { "bad-at-24-h", FALSE, FALSE, FALSE, 0, 60, 60, 86400, 0 },
  { "bad-after-24-h", FALSE, FALSE, FALSE, 0, 60, 60, 86401, -1 },
  { "bad-would-be-after-24-h", FALSE, FALSE, FALSE, 0, 60, 20, 86361, -1 },
  { "bad-no-exchange", FALSE, FALSE, FALSE, 0, 60, 60, 0, -1 },
  { "rejected", FALSE, TRUE, FALSE, 0, 60, 20, 5, 880 },
  { "rejected-does-not-double", FALSE, TRUE, FALSE, 5, 60, 20, 5, 880 },
  { "rejected-after-24-h", FALSE, TRUE, FALSE, 0, 60, 900, 86401, -1 },
  { "urgent", TRUE, FALSE, TRUE, 0, 60, 1, 5, 0 },
  { "urgent-bad", FALSE, FALSE, TRUE, 4, 60, 1, 5, 0 },
  { "urgent-rejected", FALSE, TRUE, TRUE, 4, 60, 1, 5, 0 },
  { "urgent-after-15-min", TRUE, FALSE, TRUE, 0, 60, 1, 901, 0 },
  { "urgent-after-24-h", TRUE, FALSE, TRUE, 0, 60, 1, 86401, -1 },
  { "urgent-no-exchange", TRUE, FALSE, TRUE, 0, 60, 1, 0, -1 },
  { "urgent-never-checked", TRUE, FALSE, TRUE, 0, 60, 0, 5, 0 },
};

static gint64
ago (gint64 seconds)
{
  return seconds > 0 ? NOW - seconds * SECOND : 0;
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  QccCheckFacts facts = {
    .id = "one",
    .healthy = test->healthy,
    .rejected = test->rejected,
    .urgent = test->urgent,
    .n_bad = test->n_bad,
    .last_check = ago (test->last_check),
    .last_exchange = ago (test->last_exchange),
  };
  gint64 expected = test->expected < 0 ? QCC_CHECK_NEVER : NOW + test->expected * SECOND;

  g_assert_cmpint (qcc_check_schedule_next (&facts, test->interval, NOW), ==, expected);
}

/* The first check of each endpoint has its own place in the interval, whenever it is asked for. */
static void
test_first_check (void)
{
  guint thirds[3] = { 0 };

  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *id = g_strdup_printf ("endpoint-%u", i);
      QccCheckFacts facts = { .id = id, .healthy = TRUE, .last_exchange = NOW };
      gint64 wait = qcc_check_schedule_next (&facts, 60, NOW) - NOW;

      g_assert_cmpint (wait, >=, 0);
      g_assert_cmpint (wait, <, MINUTE);
      g_assert_cmpint (qcc_check_schedule_next (&facts, 60, NOW + 1) - (NOW + 1), ==, wait);
      thirds[wait / (20 * SECOND)]++;
    }

  for (guint i = 0; i < G_N_ELEMENTS (thirds); i++)
    g_assert_cmpuint (thirds[i], >, 60);
}

static void
test_spread (void)
{
  g_assert_cmpint (qcc_check_schedule_spread ("one", 0), ==, 0);
  g_assert_cmpint (qcc_check_schedule_spread ("one", MINUTE), ==, qcc_check_schedule_spread ("one", MINUTE));
  g_assert_cmpint (qcc_check_schedule_spread ("one", MINUTE), !=, qcc_check_schedule_spread ("two", MINUTE));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/check-schedule/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/check-schedule/first-check", test_first_check);
  g_test_add_func ("/check-schedule/spread", test_spread);

  return g_test_run ();
}
