/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-store-fixture.h"

#include <glib/gstdio.h>

/* State files of earlier versions. */

static void
make_version_1 (const char *path,
                const char *rows)
{
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  qcc_test_run_sql (path, "PRAGMA journal_mode = WAL;"
                          "CREATE TABLE active ("
                          "  id INTEGER PRIMARY KEY CHECK (id = 1),"
                          "  profile TEXT,"
                          "  pinned INTEGER NOT NULL CHECK (pinned IN (0, 1)),"
                          "  reason TEXT,"
                          "  since INTEGER NOT NULL"
                          ") STRICT;"
                          "PRAGMA user_version = 1");
  qcc_test_run_sql (path, rows);
}

static void
test_version_1 (QccStoreFixture *fixture,
                gconstpointer data)
{
  static const struct
  {
    const char *row;
    const char *profile;
    gboolean pinned;
    const char *pinned_profile;
  } cases[] = {
    { "(1, 'work', 1, 'by hand', 17)", "work", TRUE, "work" },
    { "(1, 'work', 0, 'by hand', 17)", "work", FALSE, NULL },
    { "(1, NULL, 0, 'by hand', 17)", NULL, FALSE, NULL },
    { "(1, NULL, 1, 'by hand', 17)", NULL, TRUE, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *sql = g_strconcat ("INSERT INTO active VALUES ", cases[i].row, NULL);
      QccStore *store;
      g_autoptr (QccActiveRecord) record = NULL;

      make_version_1 (fixture->path, sql);
      store = qcc_test_store_open (fixture->path);
      qcc_test_store_assert_notice (store, NULL);
      record = qcc_test_store_load (store);
      g_assert_cmpstr (record->active_profile, ==, cases[i].profile);
      g_assert_cmpint (record->pinned, ==, cases[i].pinned);
      g_assert_cmpstr (record->reason, ==, "by hand");
      g_assert_cmpint (record->since, ==, 17);
      g_assert_cmpstr (record->pinned_profile, ==, cases[i].pinned_profile);

      /* It is as one that was begun by this version. */
      g_assert_true (qcc_test_store_add_event (store, 1, NULL));
      g_assert_true (qcc_test_store_put_document (store, "endpoint", "one", "{'n': <1>}", NULL));
      qcc_test_store_assert_events (store, 1, 1);
      qcc_test_store_close (store);
      g_assert_cmpint (qcc_test_query_sql (fixture->path, "PRAGMA user_version"), ==, 2);
      g_assert_cmpint (g_unlink (fixture->path), ==, 0);
    }
}

/* Another table of the same name: the step fails as a whole, and the file is set aside. */
static void
test_in_the_way (QccStoreFixture *fixture,
                 gconstpointer data)
{
  QccStore *store;

  make_version_1 (fixture->path, "INSERT INTO active VALUES (1, 'work', 1, 'by hand', 17); CREATE TABLE sample (a)");
  store = qcc_test_store_open (fixture->path);
  qcc_test_store_assert_notice (store, "state.db.damaged-");
  qcc_test_store_assert_profile (store, NULL);
  qcc_test_store_close (store);
}

/* The profile that failover has led away from is kept beside the one that is active. */
static void
test_pinned_profile (QccStoreFixture *fixture,
                     gconstpointer data)
{
  const QccActiveRecord saved = { (char *) "spare", TRUE, (char *) "by hand", 5, (char *) "work 工作" };
  QccStore *store = qcc_test_store_open (fixture->path);
  g_autoptr (QccActiveRecord) record = NULL;

  qcc_store_save_active_async (store, &saved, NULL, NULL, NULL);
  qcc_test_store_close (store);
  store = qcc_test_store_open (fixture->path);
  record = qcc_test_store_load (store);
  g_assert_cmpstr (record->active_profile, ==, "spare");
  g_assert_cmpstr (record->pinned_profile, ==, "work 工作");
  qcc_test_store_close (store);

  qcc_test_run_sql (fixture->path, "UPDATE active SET pinned_profile = CAST (x'ff41' AS TEXT)");
  store = qcc_test_store_open (fixture->path);
  qcc_test_store_assert_notice (store, "state.db.damaged-");
  qcc_test_store_close (store);
}

int
main (int argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (QccStoreFixture *, gconstpointer);
  } tests[] = {
    { "/store-migration/version-1", test_version_1 },
    { "/store-migration/in-the-way", test_in_the_way },
    { "/store-migration/pinned-profile", test_pinned_profile },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccStoreFixture, NULL, qcc_store_fixture_set_up, tests[i].func, qcc_store_fixture_tear_down);

  return g_test_run ();
}
