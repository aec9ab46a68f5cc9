/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-event-log.h"

#include <sqlite3.h>

#include "tests/qcc-store-fixture.h"

static void
load (QccEventLog *log)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  qcc_event_log_load_async (log, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  g_assert_true (qcc_event_log_load_finish (log, result, &error));
  g_assert_no_error (error);
}

static QccEventLog *
open_log (const char *path,
          QccStore **out_store)
{
  QccEventLog *log;

  *out_store = qcc_test_store_open (path);
  log = qcc_event_log_new (*out_store);
  load (log);

  return log;
}

/* What was added is on its way to the store, which holds the log until then. */
static void
close_log (QccEventLog *log,
           QccStore *store)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  qcc_store_close_async (store, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  g_clear_object (&result);
  g_assert_finalize_object (log);
  g_assert_finalize_object (store);
}

static void
add (QccEventLog *log,
     guint n)
{
  for (guint i = 0; i < n; i++)
    qcc_event_log_add (log, QCC_EVENT_FAILOVER, "work", "spare", "down", 5);
}

static void
assert_ids (QccEventLog *log,
            guint max,
            guint64 oldest,
            guint64 newest)
{
  g_autoptr (GPtrArray) events = qcc_event_log_list (log, max);

  g_assert_cmpuint (events->len, ==, newest + 1 - oldest);
  for (guint i = 0; i < events->len; i++)
    g_assert_cmpuint (((const QccEvent *) g_ptr_array_index (events, i))->id, ==, newest - i);
}

static void
on_added (QccEventLog *log,
          QccEvent *event,
          gpointer user_data)
{
  QccEvent **out_event = user_data;

  assert_ids (log, 1, event->id, event->id);
  g_clear_pointer (out_event, qcc_event_unref);
  *out_event = qcc_event_ref (event);
}

static void
test_add (QccStoreFixture *fixture,
          gconstpointer data)
{
  g_autoptr (QccEvent) told = NULL;
  QccStore *store;
  QccEventLog *log = open_log (fixture->path, &store);
  QccEvent *event;

  g_signal_connect (log, "added", G_CALLBACK (on_added), &told);
  event = qcc_event_log_add (log, QCC_EVENT_RECOVERY, "spare", "work", "well again", 1234567);
  g_assert_true (event == told);
  g_assert_cmpuint (event->id, ==, 1);
  g_assert_cmpint (event->type, ==, QCC_EVENT_RECOVERY);
  g_assert_cmpstr (event->from, ==, "spare");
  g_assert_cmpstr (event->to, ==, "work");
  g_assert_cmpstr (event->reason, ==, "well again");
  g_assert_cmpint (event->time, ==, 1234567);
  event = qcc_event_log_add (log, QCC_EVENT_ALL_DOWN, NULL, NULL, NULL, 0);
  g_assert_true (event == told);
  g_assert_cmpuint (event->id, ==, 2);
  g_assert_cmpstr (event->from, ==, "");
  close_log (log, store);
}

static void
test_success (QccStoreFixture *fixture,
              gconstpointer data)
{
  QccStore *store;
  QccEventLog *log = open_log (fixture->path, &store);

  for (int type = QCC_EVENT_FAILOVER; type <= QCC_EVENT_CAP; type++)
    {
      const QccEvent *event = qcc_event_log_add (log, (QccEventType) type, "a", "b", "c", 0);

      g_assert_cmpint (event->success, ==, type != QCC_EVENT_NO_TARGET && type != QCC_EVENT_CAP);
    }
  close_log (log, store);
}

static void
test_list (QccStoreFixture *fixture,
           gconstpointer data)
{
  QccStore *store;
  QccEventLog *log = open_log (fixture->path, &store);

  assert_ids (log, 10, 1, 0);
  add (log, 5);
  assert_ids (log, 0, 1, 0);
  assert_ids (log, 1, 5, 5);
  assert_ids (log, 3, 3, 5);
  assert_ids (log, G_MAXUINT, 1, 5);
  close_log (log, store);
}

static void
test_again (QccStoreFixture *fixture,
            gconstpointer data)
{
  QccStore *store;
  QccEventLog *log = open_log (fixture->path, &store);

  add (log, 3);
  close_log (log, store);
  log = open_log (fixture->path, &store);
  assert_ids (log, 10, 1, 3);
  add (log, 2);
  assert_ids (log, 10, 1, 5);
  close_log (log, store);
  log = open_log (fixture->path, &store);
  assert_ids (log, 10, 1, 5);
  close_log (log, store);
}

/* The last one is of a type that this version does not know; its number is taken all the same. */
static void
test_number_taken (QccStoreFixture *fixture,
                   gconstpointer data)
{
  QccStore *store;
  QccEventLog *log = open_log (fixture->path, &store);

  add (log, 1);
  close_log (log, store);
  qcc_test_run_sql (fixture->path, "INSERT INTO event VALUES (2, 'teleport', '', '', '', 0, 1)");
  log = open_log (fixture->path, &store);
  assert_ids (log, 10, 1, 1);
  add (log, 1);
  assert_ids (log, 1, 3, 3);
  close_log (log, store);
  g_assert_cmpint (qcc_test_query_sql (fixture->path, "SELECT count(*) FROM event WHERE type = 'teleport'"), ==, 1);
}

static void
test_bound (QccStoreFixture *fixture,
            gconstpointer data)
{
  QccStore *store;
  QccEventLog *log = open_log (fixture->path, &store);

  add (log, 1001);
  assert_ids (log, G_MAXUINT, 2, 1001);
  close_log (log, store);
  log = open_log (fixture->path, &store);
  assert_ids (log, G_MAXUINT, 2, 1001);
  add (log, 1);
  assert_ids (log, G_MAXUINT, 3, 1002);
  close_log (log, store);
}

static GLogWriterOutput
count_warning (GLogLevelFlags level,
               const GLogField *fields,
               gsize n_fields,
               gpointer user_data)
{
  guint *n_warnings = user_data;

  *n_warnings += (level & G_LOG_LEVEL_MASK) == G_LOG_LEVEL_WARNING ? 1 : 0;

  return G_LOG_WRITER_HANDLED;
}

/* Behind all that was added before. */
static void
wait_for_store (QccStore *store)
{
  g_autoptr (GPtrArray) events = qcc_test_store_list_events (store, NULL);
}

static void
test_failing (QccStoreFixture *fixture,
              gconstpointer data)
{
  guint n_warnings = 0;

  g_log_set_writer_func (count_warning, &n_warnings, NULL);
  for (guint i = 1; i <= 2; i++)
    {
      QccStore *store;
      QccEventLog *log = open_log (fixture->path, &store);
      sqlite3 *other = NULL;

      add (log, 1);
      wait_for_store (store);
      g_assert_cmpint (sqlite3_open (fixture->path, &other), ==, SQLITE_OK);
      g_assert_cmpint (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
      add (log, 3);
      wait_for_store (store);
      add (log, 1);
      wait_for_store (store);
      g_assert_cmpuint (n_warnings, ==, 2 * i - 1);
      assert_ids (log, G_MAXUINT, 1, i * 7 - 2);

      /* Well again; the next time counts anew. */
      sqlite3_exec (other, "ROLLBACK", NULL, NULL, NULL);
      add (log, 1);
      wait_for_store (store);
      g_assert_cmpint (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
      add (log, 1);
      wait_for_store (store);
      g_assert_cmpuint (n_warnings, ==, 2 * i);
      sqlite3_close (other);
      close_log (log, store);
    }
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
    { "/event-log/add", test_add },
    { "/event-log/success", test_success },
    { "/event-log/list", test_list },
    { "/event-log/again", test_again },
    { "/event-log/number-taken", test_number_taken },
    { "/event-log/bound", test_bound },
    { "/event-log/failing", test_failing },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccStoreFixture, NULL, qcc_store_fixture_set_up, tests[i].func, qcc_store_fixture_tear_down);

  return g_test_run ();
}
