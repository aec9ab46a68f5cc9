/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-store-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/qcc-error.h"

/* A state file that is not what this version writes. */

static void
cut (const char *path,
     gsize length)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_file_set_contents (path, text, (gssize) length, &error);
  g_assert_no_error (error);
}

static void
make_garbage (const char *path)
{
  g_autofree char *text = g_strnfill (10000, 'x');

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
make_empty (const char *path)
{
  cut (path, 0);
}

static void
make_short (const char *path)
{
  cut (path, 50);
}

static void
make_half (const char *path)
{
  cut (path, 4096);
}

static void
make_overwritten (const char *path)
{
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_cmpuint (length, >=, 8192);
  memset (text + 4096, 0xa5, 4096);
  g_assert_true (g_file_set_contents (path, text, (gssize) length, NULL));
}

static void
make_directory (const char *path)
{
  g_autofree char *child = g_build_filename (path, "child", NULL);

  g_unlink (path);
  g_assert_cmpint (g_mkdir_with_parents (child, 0700), ==, 0);
}

static void
make_without_table (const char *path)
{
  qcc_test_run_sql (path, "DROP TABLE active");
}

static void
make_without_events (const char *path)
{
  qcc_test_run_sql (path, "DROP TABLE event");
}

static void
make_without_documents (const char *path)
{
  qcc_test_run_sql (path, "DROP TABLE document");
}

static void
make_without_samples (const char *path)
{
  qcc_test_run_sql (path, "DROP TABLE sample");
}

static void
make_other_columns (const char *path)
{
  qcc_test_run_sql (path, "ALTER TABLE active RENAME COLUMN pinned TO stuck");
}

static void
make_table_too_early (const char *path)
{
  qcc_test_run_sql (path, "PRAGMA user_version = 0");
}

static void
make_negative_version (const char *path)
{
  qcc_test_run_sql (path, "PRAGMA user_version = -7");
}

static void
make_not_utf8 (const char *path)
{
  qcc_test_run_sql (path, "UPDATE active SET profile = CAST (x'ff41' AS TEXT)");
}

typedef struct
{
  const char *name;
  void (*damage) (const char *path);
  gboolean is_aside; /* what was there is kept */
} Damage;

static const Damage damages[] = {
  { "garbage", make_garbage, TRUE },
  { "empty", make_empty, FALSE },
  { "short", make_short, TRUE },
  { "half", make_half, TRUE },
  { "overwritten", make_overwritten, TRUE },
  { "directory", make_directory, TRUE },
  { "without-table", make_without_table, TRUE },
  { "without-events", make_without_events, TRUE },
  { "without-documents", make_without_documents, TRUE },
  { "without-samples", make_without_samples, TRUE },
  { "other-columns", make_other_columns, TRUE },
  { "table-too-early", make_table_too_early, TRUE },
  { "negative-version", make_negative_version, TRUE },
  { "not-utf8", make_not_utf8, TRUE },
};

static guint
count_aside (QccStoreFixture *fixture)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  g_autoptr (GDir) directory = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (directory)) != NULL)
    n += g_str_has_prefix (name, "state.db.damaged-") ? 1 : 0;

  return n;
}

static void
test_damaged (QccStoreFixture *fixture,
              gconstpointer data)
{
  const Damage *damage = data;
  QccStore *store = qcc_test_store_open (fixture->path);

  qcc_test_store_save (store, "work");
  qcc_test_store_close (store);

  /* Twice, so that two are set aside within a second. */
  for (guint i = 1; i <= 2; i++)
    {
      damage->damage (fixture->path);
      store = qcc_test_store_open (fixture->path);
      qcc_test_store_assert_notice (store, damage->is_aside ? "state.db.damaged-" : NULL);
      qcc_test_store_assert_profile (store, NULL);
      g_assert_cmpuint (count_aside (fixture), ==, damage->is_aside ? i : 0);
      qcc_test_store_save (store, "new");
      qcc_test_store_close (store);
      qcc_test_store_assert_kept (fixture->path, "new");
    }
}

/* Damage that comes while the store has the file open: the next save finds it, the one after mends it. */
static void
test_damaged_meanwhile (QccStoreFixture *fixture,
                        gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);

  qcc_test_store_save (store, "one");
  qcc_test_run_sql (fixture->path, "DROP TABLE active");
  qcc_test_store_save_fails (store, "two");
  qcc_test_store_assert_profile (store, "two");
  qcc_test_store_save (store, "three");
  qcc_test_store_assert_notice (store, "state.db.damaged-");
  qcc_test_store_close (store);
  qcc_test_store_assert_kept (fixture->path, "three");
}

/* The page where the events begin, which nobody looks at when the file is opened. */
static void
overwrite_events (const char *path)
{
  gint64 page = qcc_test_query_sql (path, "SELECT rootpage FROM sqlite_schema WHERE name = 'event'");
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_cmpuint (length, >=, (gsize) page * 4096);
  memset (text + (page - 1) * 4096, 0xa5, 4096);
  g_assert_true (g_file_set_contents (path, text, (gssize) length, NULL));
}

/* It is not enough to open it: each save would fail for ever. */
static void
test_damaged_events (QccStoreFixture *fixture,
                     gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) error = NULL;
  guint64 highest_id;

  qcc_test_store_add_event (store, 1, &error);
  g_assert_no_error (error);
  qcc_test_store_close (store);
  overwrite_events (fixture->path);

  store = qcc_test_store_open (fixture->path);
  qcc_test_store_assert_notice (store, NULL);
  if (data != NULL)
    {
      events = qcc_test_store_list_events (store, &highest_id);
      g_assert_cmpuint (events->len, ==, 0);
    }
  else
    {
      g_assert_false (qcc_test_store_add_event (store, 2, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
      g_clear_error (&error);
    }
  qcc_test_store_assert_notice (store, "cannot be written");

  qcc_test_store_add_event (store, 3, &error);
  g_assert_no_error (error);
  qcc_test_store_assert_notice (store, "state.db.damaged-");
  g_assert_cmpuint (count_aside (fixture), ==, 1);
  qcc_test_store_assert_events (store, data != NULL ? 3 : 2, 3);
  qcc_test_store_close (store);
}

static void
test_newer (QccStoreFixture *fixture,
            gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize length, length_after;

  qcc_test_store_save (store, "work");
  qcc_test_store_close (store);
  qcc_test_run_sql (fixture->path, "PRAGMA user_version = 1000; CREATE TABLE future (a)");
  g_assert_true (g_file_get_contents (fixture->path, &before, &length, NULL));

  store = qcc_test_store_open (fixture->path);
  qcc_test_store_assert_notice (store, "newer");
  qcc_test_store_assert_profile (store, NULL);
  qcc_test_store_save_fails (store, "mine");
  qcc_test_store_assert_profile (store, "mine");
  g_assert_false (qcc_test_store_add_event (store, 1, NULL));
  qcc_test_store_assert_events (store, 1, 1);
  qcc_test_store_close (store);

  g_assert_true (g_file_get_contents (fixture->path, &after, &length_after, NULL));
  g_assert_cmpmem (before, length, after, length_after);
  g_assert_cmpuint (count_aside (fixture), ==, 0);
}

int
main (int argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (QccStoreFixture *, gconstpointer);
    const char *data;
  } tests[] = {
    { "/store-damage/meanwhile", test_damaged_meanwhile },
    { "/store-damage/events-read", test_damaged_events, "read" },
    { "/store-damage/events-written", test_damaged_events },
    { "/store-damage/newer", test_newer },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccStoreFixture, tests[i].data, qcc_store_fixture_set_up, tests[i].func,
                qcc_store_fixture_tear_down);
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *path = g_strconcat ("/store-damage/", damages[i].name, NULL);

      g_test_add (path, QccStoreFixture, &damages[i], qcc_store_fixture_set_up, test_damaged, qcc_store_fixture_tear_down);
    }

  return g_test_run ();
}
