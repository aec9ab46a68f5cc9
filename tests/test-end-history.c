/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-end-history.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

/* Spec 2.6: the third end of a session within 60 s is not one with an error event. */
static void
test_third (void)
{
  g_autoptr (QccEndHistory) history = qcc_end_history_new ();

  g_assert_true (qcc_end_history_note (history, "a", 0));
  g_assert_true (qcc_end_history_note (history, "a", 10 * SECOND));
  g_assert_false (qcc_end_history_note (history, "a", 20 * SECOND));
  g_assert_false (qcc_end_history_note (history, "a", 60 * SECOND - 1));
  g_assert_true (qcc_end_history_note (history, "a", 60 * SECOND));
  g_assert_false (qcc_end_history_note (history, "a", 61 * SECOND));
  g_assert_true (qcc_end_history_note (history, "a", 70 * SECOND));
}

static void
test_sessions (void)
{
  g_autoptr (QccEndHistory) history = qcc_end_history_new ();

  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (qcc_end_history_note (history, "a", SECOND));
      g_assert_true (qcc_end_history_note (history, "b", SECOND));
    }
  g_assert_false (qcc_end_history_note (history, "a", 2 * SECOND));
  g_assert_false (qcc_end_history_note (history, "b", 2 * SECOND));

  for (guint i = 0; i < 10; i++)
    g_assert_true (qcc_end_history_note (history, NULL, SECOND));
}

/* Any number of sessions: nothing grows without end, and the newest are still known. */
static void
test_many (void)
{
  g_autoptr (QccEndHistory) history = qcc_end_history_new ();

  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *session = g_strdup_printf ("s%u", i);

      g_assert_true (qcc_end_history_note (history, session, SECOND));
      g_assert_true (qcc_end_history_note (history, session, SECOND));
      g_assert_false (qcc_end_history_note (history, session, SECOND));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/end-history/third", test_third);
  g_test_add_func ("/end-history/sessions", test_sessions);
  g_test_add_func ("/end-history/many", test_many);

  return g_test_run ();
}
