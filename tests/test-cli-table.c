/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cli/qcc-table.h"

#define HEADINGS \
  (const char *const[]) { "NAME", "TIER", "ADDRESS", NULL }
#define ROW(name, tier, address) \
  (const char *const[]) { name, tier, address, NULL }

static QccTable *
make_table (void)
{
  QccTable *table = qcc_table_new (HEADINGS);

  qcc_table_add_row (table, ROW ("work", "primary", "https://api.example.com"));
  qcc_table_add_row (table, ROW ("工作", "", "https://b.example"));

  return table;
}

static void
test_natural (void)
{
  g_autoptr (QccTable) table = make_table ();
  g_autofree char *text = qcc_table_format (table, 0, QCC_TABLE_PLAIN);

  g_assert_cmpstr (text, ==,
                   "NAME  TIER     ADDRESS\n"
                   "work  primary  https://api.example.com\n"
                   "工作           https://b.example\n");
}

/* The widest column gives way. */
static void
test_narrow (void)
{
  g_autoptr (QccTable) table = make_table ();
  g_autofree char *fits = qcc_table_format (table, 38, QCC_TABLE_PLAIN);
  g_autofree char *narrow = qcc_table_format (table, 30, QCC_TABLE_PLAIN);
  g_autofree char *too_narrow = qcc_table_format (table, 1, QCC_TABLE_PLAIN);

  g_assert_nonnull (strstr (fits, "https://api.example.com\n"));
  g_assert_cmpstr (narrow, ==,
                   "NAME  TIER     ADDRESS\n"
                   "work  primary  https://api.ex…\n"
                   "工作           https://b.exam…\n");
  g_assert_cmpstr (too_narrow, ==,
                   "NAME  TIER  ADD…\n"
                   "work  pri…  htt…\n"
                   "工作        htt…\n");
}

static void
test_empty_cells (void)
{
  g_autoptr (QccTable) table = qcc_table_new (HEADINGS);
  g_autofree char *text = NULL;

  qcc_table_add_row (table, ROW ("a", "b", ""));
  qcc_table_add_row (table, ROW ("", "", ""));
  text = qcc_table_format (table, 80, QCC_TABLE_PLAIN);
  g_assert_cmpstr (text, ==, "NAME  TIER  ADDRESS\na     b\n\n");
}

static void
test_bold (void)
{
  g_autoptr (QccTable) table = qcc_table_new (HEADINGS);
  g_autofree char *text = NULL;

  qcc_table_add_row (table, ROW ("a", "b", "c"));
  text = qcc_table_format (table, 80, QCC_TABLE_BOLD_HEADINGS);
  g_assert_cmpstr (text, ==, "\033[1mNAME  TIER  ADDRESS\033[0m\na     b     c\n");
}

/* What comes from outside cannot change the terminal or the lines. */
static void
test_foreign_text (void)
{
  g_autoptr (QccTable) table = qcc_table_new (HEADINGS);
  g_autofree char *text = NULL;

  qcc_table_add_row (table, ROW ("a\nb", "\033[2J", "c\xff"));
  text = qcc_table_format (table, 80, QCC_TABLE_PLAIN);
  g_assert_cmpstr (text, ==, "NAME  TIER  ADDRESS\na b   \uFFFD[2J  c\uFFFD\n");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/cli/table/natural", test_natural);
  g_test_add_func ("/cli/table/narrow", test_narrow);
  g_test_add_func ("/cli/table/empty-cells", test_empty_cells);
  g_test_add_func ("/cli/table/bold", test_bold);
  g_test_add_func ("/cli/table/foreign-text", test_foreign_text);

  return g_test_run ();
}
