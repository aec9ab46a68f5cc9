/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-text.h"

static void
test_width (void)
{
  g_assert_cmpuint (qcc_text_width (""), ==, 0);
  g_assert_cmpuint (qcc_text_width ("work"), ==, 4);
  g_assert_cmpuint (qcc_text_width ("工作"), ==, 4);
  g_assert_cmpuint (qcc_text_width ("e\u0301"), ==, 1);
}

static void
test_clean (void)
{
  const struct
  {
    const char *text;
    const char *clean;
  } cases[] = {
    { "plain", "plain" },
    { "two\nlines\tthere", "two lines there" },
    { "\033[31mred", "\uFFFD[31mred" },
    { "\xc2\x9b"
      "red",
      "\uFFFDred" },
    { "bad\xff", "bad\uFFFD" },
    { "工作", "工作" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *clean = qcc_text_clean (cases[i].text);

      g_assert_cmpstr (clean, ==, cases[i].clean);
    }
}

static void
test_shorten (void)
{
  const struct
  {
    const char *text;
    guint width;
    const char *shortened;
  } cases[] = {
    { "", 1, "" },
    { "work", 4, "work" },
    { "works", 4, "wor…" },
    { "works", 1, "…" },
    { "工作", 4, "工作" },
    { "工作者", 5, "工作…" },
    { "工作者", 4, "工…" },
    { "ae\u0301bc", 3, "ae\u0301…" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shortened = qcc_text_shorten (cases[i].text, cases[i].width);

      g_assert_cmpstr (shortened, ==, cases[i].shortened);
    }
}

static void
test_fold (void)
{
  const struct
  {
    const char *text;
    guint width;
    guint indent;
    const char *folded;
  } cases[] = {
    { "", 10, 2, "\n" },
    { "one two", 10, 0, "one two\n" },
    { "one two three", 10, 0, "one two\nthree\n" },
    { "one two three", 7, 2, "  one\n  two\n  three\n" },
    { "first\nsecond", 20, 0, "first\nsecond\n" },
    { "first\n\nsecond", 20, 1, " first\n\n second\n" },
    { "see https://long.example/path now", 10, 0, "see\nhttps://long.example/path\nnow\n" },
    { "一二三四五", 6, 0, "一二三\n四五\n" },
    { "用 qcc list 看", 8, 0, "用 qcc\nlist 看\n" },
    { "exactly ten", 7, 0, "exactly\nten\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *folded = qcc_text_fold (cases[i].text, cases[i].width, cases[i].indent);

      g_assert_cmpstr (folded, ==, cases[i].folded);
    }
}

static void
test_keys (void)
{
  const struct
  {
    const char *text;
    gboolean is_key;
  } cases[] = {
    { "", FALSE },
    { "work", FALSE },
    { "sk-test", FALSE },
    { "task-management-2024", FALSE },
    { "desk-of-somebody-nice", FALSE },
    { "qcc-settings-for-everyone", FALSE },
    { "sk-ant-api03-abcdef", TRUE },
    { "SK-ANT-API03-ABCDEF", TRUE },
    { "https://sk-abcdefghijkl@host", TRUE },
    { "https://host/?key=sk-abcdefghijkl", TRUE },
    { "key=qcc-0123456789abcdef", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (qcc_text_looks_like_key (cases[i].text), ==, cases[i].is_key);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/cli/text/width", test_width);
  g_test_add_func ("/cli/text/clean", test_clean);
  g_test_add_func ("/cli/text/shorten", test_shorten);
  g_test_add_func ("/cli/text/fold", test_fold);
  g_test_add_func ("/cli/text/keys", test_keys);

  return g_test_run ();
}
