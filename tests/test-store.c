/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-store-fixture.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "common/qcc-error.h"

/* The store and its file while all is well. */

static void
test_new (QccStoreFixture *fixture,
          gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  QccStore *store = qcc_test_store_open (fixture->path);
  const char *const suffixes[] = { "", "-wal", "-shm" };
  GStatBuf info;

  qcc_test_store_assert_notice (store, NULL);
  qcc_test_store_assert_profile (store, NULL);
  qcc_test_store_save (store, "work");

  g_assert_cmpint (g_stat (folder, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *name = g_strconcat (fixture->path, suffixes[i], NULL);

      g_assert_cmpint (g_stat (name, &info), ==, 0);
      g_assert_cmpint (info.st_mode & 0777, ==, 0600);
    }

  qcc_test_store_close (store);
  for (gsize i = 1; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *name = g_strconcat (fixture->path, suffixes[i], NULL);

      g_assert_false (g_file_test (name, G_FILE_TEST_EXISTS));
    }
  qcc_test_store_assert_kept (fixture->path, "work");
}

/* One that others could read, as another program may have left it. */
static void
test_mode (QccStoreFixture *fixture,
           gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  GStatBuf info;

  qcc_test_store_close (store);
  g_assert_cmpint (g_chmod (fixture->path, 0644), ==, 0);
  store = qcc_test_store_open (fixture->path);
  g_assert_cmpint (g_stat (fixture->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  qcc_test_store_close (store);
}

/* Whatever the clock says: it may have been wrong when it was saved. */
static void
test_round_trip (QccStoreFixture *fixture,
                 gconstpointer data)
{
  static const QccActiveRecord rows[] = {
    { (char *) "work", TRUE, (char *) "by hand", G_GINT64_CONSTANT (1700000000000000) },
    { (char *) "Ärbeit 工作 \"'; DROP TABLE active; --", FALSE, (char *) "", 0 },
    { NULL, FALSE, NULL, -1 },
    { (char *) "", TRUE, NULL, G_MAXINT64 },
    { (char *) "x", FALSE, (char *) "line\nline", G_MININT64 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      QccStore *store = qcc_test_store_open (fixture->path);
      g_autoptr (QccActiveRecord) same = NULL;
      g_autoptr (QccActiveRecord) later = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (qcc_test_store_try_save (store, rows[i].active_profile, rows[i].pinned, rows[i].reason, rows[i].since, &error));
      g_assert_no_error (error);
      same = qcc_test_store_load (store);
      qcc_test_store_close (store);
      store = qcc_test_store_open (fixture->path);
      later = qcc_test_store_load (store);
      qcc_test_store_close (store);

      g_assert_cmpstr (same->active_profile, ==, rows[i].active_profile);
      g_assert_cmpstr (later->active_profile, ==, rows[i].active_profile);
      g_assert_cmpint (later->pinned, ==, rows[i].pinned);
      g_assert_cmpstr (later->reason, ==, rows[i].reason);
      g_assert_cmpint (later->since, ==, rows[i].since);
    }
}

/* One after another, without waiting, and the store let go of in between. */
static void
test_order (QccStoreFixture *fixture,
            gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path (fixture->path);
  QccStore *store = qcc_store_new (file);
  GAsyncResult *done[3] = { NULL };
  GAsyncResult *closed = NULL;
  g_autoptr (GAsyncResult) close_result = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (done); i++)
    {
      g_autofree char *profile = g_strdup_printf ("p%u", i);
      const QccActiveRecord record = { profile, FALSE, NULL, i };

      qcc_store_save_active_async (store, &record, NULL, qcc_test_on_done, &done[i]);
    }
  qcc_store_close_async (store, qcc_test_on_done, &closed);
  close_result = qcc_test_wait_for (&closed);

  for (guint i = 0; i < G_N_ELEMENTS (done); i++)
    {
      g_autoptr (GAsyncResult) result = g_steal_pointer (&done[i]);
      g_autoptr (GError) error = NULL;

      g_assert_nonnull (result);
      g_assert_true (qcc_store_save_active_finish (store, result, &error));
      g_assert_no_error (error);
    }
  g_clear_object (&close_result);
  g_assert_finalize_object (store);
  qcc_test_store_assert_kept (fixture->path, "p2");
}

static void
test_not_closed (QccStoreFixture *fixture,
                 gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);

  qcc_test_store_save (store, "work");
  g_assert_finalize_object (store);
  qcc_test_store_assert_kept (fixture->path, "work");
}

static void
test_after_close (QccStoreFixture *fixture,
                  gconstpointer data)
{
  g_autoptr (QccStore) store = qcc_test_store_open (fixture->path);
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  qcc_store_close_async (store, qcc_test_on_done, &done);
  g_assert_false (qcc_test_store_try_save (store, "late", FALSE, NULL, 0, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  result = qcc_test_wait_for (&done);
  qcc_test_store_assert_kept (fixture->path, NULL);
}

static void
test_cancelled (QccStoreFixture *fixture,
                gconstpointer data)
{
  const QccActiveRecord record = { (char *) "never", FALSE, NULL, 0 };
  QccStore *store = qcc_test_store_open (fixture->path);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  qcc_store_save_active_async (store, &record, cancellable, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  g_assert_false (qcc_store_save_active_finish (store, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&result);
  qcc_test_store_assert_profile (store, NULL);
  qcc_test_store_close (store);
}

/* Something else has the file; as soon as it lets go, a save succeeds. */
static void
test_locked (QccStoreFixture *fixture,
             gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  sqlite3 *other = NULL;

  qcc_test_store_save (store, "one");
  g_assert_cmpint (sqlite3_open (fixture->path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  qcc_test_store_save_fails (store, "two");
  qcc_test_store_assert_profile (store, "two");
  sqlite3_close (other);

  qcc_test_store_save (store, "three");
  qcc_test_store_assert_notice (store, NULL);
  qcc_test_store_close (store);
  qcc_test_store_assert_kept (fixture->path, "three");
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
    { "/store/new", test_new },
    { "/store/mode", test_mode },
    { "/store/round-trip", test_round_trip },
    { "/store/order", test_order },
    { "/store/not-closed", test_not_closed },
    { "/store/after-close", test_after_close },
    { "/store/cancelled", test_cancelled },
    { "/store/locked", test_locked },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccStoreFixture, tests[i].data, qcc_store_fixture_set_up, tests[i].func,
                qcc_store_fixture_tear_down);

  return g_test_run ();
}
