/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-unsupported.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

/* Spec 4.1: the pair of endpoint and model, for ten minutes. */
static void
test_model (void)
{
  g_autoptr (QccUnsupported) unsupported = qcc_unsupported_new ();

  g_assert_false (qcc_unsupported_matches (unsupported, "a", 0, 0));

  qcc_unsupported_note (unsupported, "a", 0, 0);
  g_assert_true (qcc_unsupported_matches (unsupported, "a", 0, 0));
  g_assert_true (qcc_unsupported_matches (unsupported, "a", 1000, 599 * SECOND));
  g_assert_false (qcc_unsupported_matches (unsupported, "b", 0, 0));
  g_assert_false (qcc_unsupported_matches (unsupported, NULL, 0, 0));
  g_assert_false (qcc_unsupported_matches (unsupported, "a", 0, 600 * SECOND));

  qcc_unsupported_note (unsupported, "a", 0, 300 * SECOND);
  g_assert_true (qcc_unsupported_matches (unsupported, "a", 0, 600 * SECOND));

  qcc_unsupported_note (unsupported, NULL, 0, 0);
  g_assert_true (qcc_unsupported_matches (unsupported, NULL, 0, 0));
}

/* A 413 says something about bodies of that size and larger ones only. */
static void
test_size (void)
{
  g_autoptr (QccUnsupported) unsupported = qcc_unsupported_new ();

  qcc_unsupported_note (unsupported, "a", 500, 0);
  g_assert_false (qcc_unsupported_matches (unsupported, "a", 499, 0));
  g_assert_true (qcc_unsupported_matches (unsupported, "a", 500, 0));

  qcc_unsupported_note (unsupported, "a", 700, 0);
  g_assert_true (qcc_unsupported_matches (unsupported, "a", 500, 0));
  qcc_unsupported_note (unsupported, "a", 300, 0);
  g_assert_true (qcc_unsupported_matches (unsupported, "a", 300, 0));

  /* A size that is no longer known does not make a newer one smaller. */
  qcc_unsupported_note (unsupported, "a", 700, 600 * SECOND);
  g_assert_false (qcc_unsupported_matches (unsupported, "a", 699, 600 * SECOND));
  g_assert_true (qcc_unsupported_matches (unsupported, "a", 700, 600 * SECOND));
}

static void
test_forget (void)
{
  g_autoptr (QccUnsupported) unsupported = qcc_unsupported_new ();

  qcc_unsupported_note (unsupported, "a", 500, 0);
  qcc_unsupported_note (unsupported, "a", 0, 0);
  qcc_unsupported_note (unsupported, "b", 0, 0);

  /* A small answer proves that the model is known there, and nothing about sizes. */
  qcc_unsupported_forget (unsupported, "a");
  g_assert_false (qcc_unsupported_matches (unsupported, "a", 499, 0));
  g_assert_true (qcc_unsupported_matches (unsupported, "a", 500, 0));
  g_assert_true (qcc_unsupported_matches (unsupported, "b", 0, 0));
  qcc_unsupported_forget (unsupported, "c");

  qcc_unsupported_clear (unsupported);
  g_assert_false (qcc_unsupported_matches (unsupported, "a", 500, 0));
  g_assert_false (qcc_unsupported_matches (unsupported, "b", 0, 0));
}

/* Model names are as cheap to make up as requests are. */
static void
test_bounded (void)
{
  g_autoptr (QccUnsupported) unsupported = qcc_unsupported_new ();
  guint n_known = 0;

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *model = g_strdup_printf ("m%u", i);

      /* What is told again is the newest again. */
      qcc_unsupported_note (unsupported, "often", 0, i);
      qcc_unsupported_note (unsupported, model, 0, i);
    }

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *model = g_strdup_printf ("m%u", i);

      if (qcc_unsupported_matches (unsupported, model, 0, 1000))
        n_known++;
    }

  g_assert_true (qcc_unsupported_matches (unsupported, "often", 0, 1000));
  g_assert_true (qcc_unsupported_matches (unsupported, "m999", 0, 1000));
  g_assert_cmpuint (n_known, ==, QCC_UNSUPPORTED_MAX - 1);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/unsupported/model", test_model);
  g_test_add_func ("/unsupported/size", test_size);
  g_test_add_func ("/unsupported/forget", test_forget);
  g_test_add_func ("/unsupported/bounded", test_bounded);

  return g_test_run ();
}
