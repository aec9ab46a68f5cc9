/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-store-fixture.h"

#include <sqlite3.h>
#include <string.h>

#include "common/qcc-error.h"

/* What is queued together, and what waits in memory while the file cannot be written. */

static sqlite3 *
lock (const char *path)
{
  sqlite3 *other = NULL;

  g_assert_cmpint (sqlite3_open (path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);

  return other;
}

typedef struct
{
  guint n_added;
  guint n_failed;
} Burst;

static void
on_added (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  Burst *burst = user_data;
  g_autoptr (GError) error = NULL;

  if (qcc_store_add_event_finish (QCC_STORE (source), result, &error))
    {
      burst->n_added++;
      return;
    }

  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  burst->n_failed++;
}

static void
submit_events (QccStore *store,
               guint64 first,
               guint64 last,
               Burst *burst)
{
  for (guint64 id = first; id <= last; id++)
    {
      g_autoptr (QccEvent) event = qcc_test_event_new (id);

      qcc_store_add_event_async (store, event, NULL, on_added, burst);
    }
}

static void
wait_for_burst (const Burst *burst,
                guint n)
{
  while (burst->n_added + burst->n_failed < n)
    g_main_context_iteration (NULL, TRUE);
}

/* Transactions in the log beside the file: the frames that say how large the file is afterwards. */
static guint
count_transactions (const char *path)
{
  g_autofree char *name = g_strconcat (path, "-wal", NULL);
  g_autofree char *text = NULL;
  gsize length, frame = 24 + 4096;
  guint n = 0;

  g_assert_true (g_file_get_contents (name, &text, &length, NULL));
  for (gsize at = 32; at + frame <= length; at += frame)
    n += memcmp (text + at + 4, "\0\0\0\0", 4) != 0 ? 1 : 0;

  return n;
}

/* The first of them waits for the lock, perhaps with some behind it, while the others queue up. */
static void
test_one_transaction (QccStoreFixture *fixture,
                      gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  Burst burst = { 0 };
  guint n_before = count_transactions (fixture->path);
  sqlite3 *other = lock (fixture->path);

  submit_events (store, 1, 100, &burst);
  sqlite3_close (other);
  wait_for_burst (&burst, 100);
  g_assert_cmpuint (burst.n_added, ==, 100);
  g_assert_cmpuint (count_transactions (fixture->path) - n_before, <=, 2);
  qcc_test_store_assert_events (store, 1, 100);
  qcc_test_store_close (store);
}

/* One of the burst is cancelled; the others are none the worse for it. */
static void
test_cancelled_between (QccStoreFixture *fixture,
                        gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  Burst burst = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (QccEvent) never = qcc_test_event_new (99);
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  submit_events (store, 1, 5, &burst);
  qcc_store_add_event_async (store, never, cancellable, qcc_test_on_done, &done);
  submit_events (store, 6, 9, &burst);
  result = qcc_test_wait_for (&done);
  g_assert_false (qcc_store_add_event_finish (store, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&result);
  wait_for_burst (&burst, 9);
  g_assert_cmpuint (burst.n_added, ==, 9);
  qcc_test_store_assert_events (store, 1, 9);
  qcc_test_store_close (store);
}

/* What is read sees all that was begun before it, and nothing of what was begun after it. */
static void
test_read_between (QccStoreFixture *fixture,
                   gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  Burst burst = { 0 };
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) error = NULL;

  submit_events (store, 1, 20, &burst);
  qcc_store_list_events_async (store, NULL, qcc_test_on_done, &done);
  submit_events (store, 21, 30, &burst);
  result = qcc_test_wait_for (&done);
  g_assert_cmpuint (burst.n_added, >=, 20);
  events = qcc_store_list_events_finish (store, result, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (events->len, ==, 20);
  g_clear_object (&result);
  wait_for_burst (&burst, 30);
  qcc_test_store_close (store);
}

static void
test_close_writes (QccStoreFixture *fixture,
                   gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  Burst burst = { 0 };

  submit_events (store, 1, 2500, &burst);
  qcc_store_save_document_async (store, "failover", "", g_variant_new_parsed ("{'n': <1>}"), NULL, NULL, NULL);
  qcc_test_store_close (store);
  g_assert_cmpuint (burst.n_added, ==, 2500);

  store = qcc_test_store_open (fixture->path);
  qcc_test_store_assert_events (store, 1501, 2500);
  qcc_test_store_assert_document (store, "failover", "", "{'n': <1>}");
  qcc_test_store_close (store);
}

/* Each attempt that fails costs the time that the store waits for the lock, so there are few. */
static void
test_in_memory (QccStoreFixture *fixture,
                gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  Burst burst = { 0 };
  sqlite3 *other;

  submit_events (store, 1, 3, &burst);
  g_assert_true (qcc_test_store_put_document (store, "endpoint", "changed", "{'n': <1>}", NULL));
  g_assert_true (qcc_test_store_put_document (store, "endpoint", "removed", "{'n': <1>}", NULL));
  other = lock (fixture->path);
  submit_events (store, 4, 6, &burst);
  qcc_store_save_document_async (store, "endpoint", "changed", g_variant_new_parsed ("{'n': <2>}"), NULL, NULL, NULL);
  qcc_store_remove_document_async (store, "endpoint", "removed", NULL, NULL, NULL);
  wait_for_burst (&burst, 6);
  g_assert_cmpuint (burst.n_failed, ==, 3);

  /* In memory it is as if it had been written. */
  qcc_test_store_assert_events (store, 1, 6);
  qcc_test_store_assert_document (store, "endpoint", "changed", "{'n': <2>}");
  qcc_test_store_assert_document (store, "endpoint", "removed", NULL);
  g_assert_cmpint (qcc_test_query_sql (fixture->path, "SELECT count(*) FROM event"), ==, 3);

  /* Whatever is saved next takes all of it along. */
  sqlite3_close (other);
  qcc_test_store_save (store, "work");
  qcc_test_store_assert_notice (store, NULL);
  g_assert_cmpint (qcc_test_query_sql (fixture->path, "SELECT count(*) FROM event"), ==, 6);
  qcc_test_store_close (store);
  store = qcc_test_store_open (fixture->path);
  qcc_test_store_assert_events (store, 1, 6);
  qcc_test_store_assert_document (store, "endpoint", "changed", "{'n': <2>}");
  qcc_test_store_assert_document (store, "endpoint", "removed", NULL);
  qcc_test_store_close (store);
}

static void
test_memory_bound (QccStoreFixture *fixture,
                   gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  Burst burst = { 0 };
  sqlite3 *other;

  submit_events (store, 1, 3, &burst);
  wait_for_burst (&burst, 3);
  other = lock (fixture->path);
  submit_events (store, 4, 1503, &burst);
  wait_for_burst (&burst, 1503);
  g_assert_cmpuint (burst.n_failed, ==, 1500);
  qcc_test_store_assert_events (store, 504, 1503);
  sqlite3_close (other);

  /* The end tries once more. */
  qcc_test_store_close (store);
  store = qcc_test_store_open (fixture->path);
  qcc_test_store_assert_events (store, 504, 1503);
  qcc_test_store_close (store);
}

/* A reader is in nobody's way. */
static void
test_reader (QccStoreFixture *fixture,
             gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  sqlite3 *other = NULL;
  g_autoptr (GError) error = NULL;

  qcc_test_store_save (store, "one");
  g_assert_cmpint (sqlite3_open (fixture->path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN; SELECT * FROM active", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_true (qcc_test_store_add_event (store, 1, &error));
  g_assert_no_error (error);
  qcc_test_store_assert_notice (store, NULL);
  sqlite3_close (other);
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
    { "/store-batch/one-transaction", test_one_transaction },
    { "/store-batch/cancelled-between", test_cancelled_between },
    { "/store-batch/read-between", test_read_between },
    { "/store-batch/close-writes", test_close_writes },
    { "/store-batch/in-memory", test_in_memory },
    { "/store-batch/memory-bound", test_memory_bound },
    { "/store-batch/reader", test_reader },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccStoreFixture, NULL, qcc_store_fixture_set_up, tests[i].func, qcc_store_fixture_tear_down);

  return g_test_run ();
}
