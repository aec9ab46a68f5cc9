/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-store-fixture.h"

#include "service/qcc-store-pending.h"

/* Events and checks. */

typedef struct
{
  guint n_wanted;
  guint n_done;
} Burst;

static void
on_event_added (GObject *source,
                GAsyncResult *result,
                gpointer user_data)
{
  Burst *burst = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_true (qcc_store_add_event_finish (QCC_STORE (source), result, &error));
  g_assert_no_error (error);
  burst->n_done++;
}

static void
on_sample_added (GObject *source,
                 GAsyncResult *result,
                 gpointer user_data)
{
  Burst *burst = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_true (qcc_store_add_sample_finish (QCC_STORE (source), result, &error));
  g_assert_no_error (error);
  burst->n_done++;
}

static void
wait_for_burst (const Burst *burst)
{
  while (burst->n_done < burst->n_wanted)
    g_main_context_iteration (NULL, TRUE);
}

static void
add_events (QccStore *store,
            guint64 first,
            guint64 last)
{
  Burst burst = { (guint) (last - first + 1), 0 };

  for (guint64 id = first; id <= last; id++)
    {
      g_autoptr (QccEvent) event = qcc_test_event_new (id);

      qcc_store_add_event_async (store, event, NULL, on_event_added, &burst);
    }
  wait_for_burst (&burst);
}

/* The clock goes back with each: what is kept must not hang on it. */
static QccHealthSample
make_sample (const char *endpoint,
             guint n)
{
  return (QccHealthSample){
    .endpoint = (char *) endpoint,
    .time = -(gint64) n,
    .level = (char *) "api",
    .passed = n % 2 == 0,
    .status = n % 600,
    .latency_ms = n * G_GINT64_CONSTANT (10000000000),
    .detail = (char *) "Zeit über",
  };
}

static void
add_samples (QccStore *store,
             const char *endpoint,
             guint first,
             guint last)
{
  Burst burst = { last - first + 1, 0 };

  for (guint n = first; n <= last; n++)
    {
      const QccHealthSample sample = make_sample (endpoint, n);

      qcc_store_add_sample_async (store, &sample, NULL, on_sample_added, &burst);
    }
  wait_for_burst (&burst);
}

static void
assert_samples (QccStore *store,
                const char *endpoint,
                guint max,
                guint oldest,
                guint newest)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) samples = NULL;
  g_autoptr (GError) error = NULL;

  qcc_store_list_samples_async (store, endpoint, max, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  samples = qcc_store_list_samples_finish (store, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (samples->len, ==, newest + 1 - oldest);

  for (guint i = 0; i < samples->len; i++)
    {
      const QccHealthSample *sample = g_ptr_array_index (samples, i);
      const QccHealthSample expected = make_sample (endpoint, newest - i);

      g_assert_cmpstr (sample->endpoint, ==, endpoint);
      g_assert_cmpint (sample->time, ==, expected.time);
      g_assert_cmpstr (sample->level, ==, expected.level);
      g_assert_cmpint (sample->passed, ==, expected.passed);
      g_assert_cmpuint (sample->status, ==, expected.status);
      g_assert_cmpint (sample->latency_ms, ==, expected.latency_ms);
      g_assert_cmpstr (sample->detail, ==, expected.detail);
    }
}

static void
test_events (QccStoreFixture *fixture,
             gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  guint64 highest_id = 7;
  g_autoptr (GPtrArray) none = qcc_test_store_list_events (store, &highest_id);

  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpuint (highest_id, ==, 0);
  add_events (store, 1, 30);
  qcc_test_store_assert_events (store, 1, 30);
  qcc_test_store_close (store);

  store = qcc_test_store_open (fixture->path);
  qcc_test_store_assert_events (store, 1, 30);
  qcc_test_store_close (store);
}

static void
test_event_bound (QccStoreFixture *fixture,
                  gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  gint64 begin = g_get_monotonic_time ();

  add_events (store, 1, 1000);
  g_test_message ("1000 events: %" G_GINT64_FORMAT " us", g_get_monotonic_time () - begin);
  qcc_test_store_assert_events (store, 1, 1000);
  add_events (store, 1001, 1001);
  qcc_test_store_assert_events (store, 2, 1001);
  g_assert_cmpint (qcc_test_query_sql (fixture->path, "SELECT count(*) FROM event"), ==, 1000);
  add_events (store, 1002, 3500);
  qcc_test_store_close (store);

  store = qcc_test_store_open (fixture->path);
  qcc_test_store_assert_events (store, 2501, 3500);
  qcc_test_store_close (store);
  g_assert_cmpint (qcc_test_query_sql (fixture->path, "SELECT count(*) FROM event"), ==, 1000);
}

/* As a newer version, a hand or a bad disk may leave them. */
static void
test_strange_events (QccStoreFixture *fixture,
                     gconstpointer data)
{
  static const char *const rows[] = {
    "(50, 'teleport', 'a', 'b', 'c', 1, 1)",
    "(51, NULL, 'a', 'b', 'c', 1, 1)",
    "(52, 'failover', CAST (x'ff41' AS TEXT), 'b', 'c', 1, 1)",
    "(53, 'failover', 'a', CAST (x'ff41' AS TEXT), 'c', 1, 1)",
    "(54, 'failover', 'a', 'b', CAST (x'ff41' AS TEXT), 1, 1)",
    "(55, CAST (x'ff41' AS TEXT), 'a', 'b', 'c', 1, 1)",
    "(-9, 'failover', 'a', 'b', 'c', 1, 1)",
    "(56, 'failover', 'a', 'b', NULL, 1, 1)",
  };
  QccStore *store = qcc_test_store_open (fixture->path);
  guint64 highest_id = 0;
  g_autoptr (GPtrArray) events = NULL;

  add_events (store, 1, 2);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *sql = g_strconcat ("INSERT INTO event VALUES ", rows[i], NULL);

      qcc_test_run_sql (fixture->path, sql);
    }
  events = qcc_test_store_list_events (store, &highest_id);
  g_assert_cmpuint (events->len, ==, 2);
  g_assert_cmpuint (((const QccEvent *) g_ptr_array_index (events, 0))->id, ==, 2);
  g_assert_cmpuint (((const QccEvent *) g_ptr_array_index (events, 1))->id, ==, 1);

  /* The ids of those that are skipped are taken all the same. */
  g_assert_cmpuint (highest_id, ==, 56);
  qcc_test_store_assert_notice (store, NULL);
  qcc_test_store_close (store);
}

static void
test_samples (QccStoreFixture *fixture,
              gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);

  assert_samples (store, "one", 10, 1, 0);
  add_samples (store, "one", 1, 20);
  add_samples (store, "two", 5, 6);
  assert_samples (store, "one", 10, 11, 20);
  assert_samples (store, "one", 100, 1, 20);
  assert_samples (store, "two", G_MAXUINT, 5, 6);
  qcc_test_run_sql (fixture->path, "INSERT INTO sample (endpoint, level, detail) "
                                   "VALUES ('two', 'api', CAST (x'ff41' AS TEXT))");
  assert_samples (store, "two", G_MAXUINT, 5, 6);
  qcc_test_store_close (store);
}

static void
test_sample_bound (QccStoreFixture *fixture,
                   gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);

  add_samples (store, "other", 1, 3);
  add_samples (store, "one", 1, QCC_STORE_MAX_SAMPLES);
  assert_samples (store, "one", G_MAXUINT, 1, QCC_STORE_MAX_SAMPLES);
  add_samples (store, "one", QCC_STORE_MAX_SAMPLES + 1, QCC_STORE_MAX_SAMPLES + 1);
  assert_samples (store, "one", G_MAXUINT, 2, QCC_STORE_MAX_SAMPLES + 1);
  assert_samples (store, "other", G_MAXUINT, 1, 3);
  qcc_test_store_close (store);
  g_assert_cmpint (qcc_test_query_sql (fixture->path, "SELECT count(*) FROM sample"), ==, 12003);
}

static void
forget (QccStore *store,
        const char *endpoint)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  qcc_store_forget_endpoint_async (store, endpoint, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  g_assert_true (qcc_store_forget_endpoint_finish (store, result, &error));
  g_assert_no_error (error);
}

static void
test_forget (QccStoreFixture *fixture,
             gconstpointer data)
{
  static const char body[] = "{'n': <1>}";
  QccStore *store = qcc_test_store_open (fixture->path);

  g_assert_true (qcc_test_store_put_document (store, "endpoint", "one", body, NULL));
  g_assert_true (qcc_test_store_put_document (store, "endpoint", "two", body, NULL));
  g_assert_true (qcc_test_store_put_document (store, "failover", "one", body, NULL));
  add_samples (store, "one", 1, 3);
  add_samples (store, "two", 1, 3);
  forget (store, "one");
  forget (store, "unknown");

  qcc_test_store_assert_document (store, "endpoint", "one", NULL);
  qcc_test_store_assert_document (store, "endpoint", "two", body);
  qcc_test_store_assert_document (store, "failover", "one", body);
  assert_samples (store, "one", 10, 1, 0);
  assert_samples (store, "two", 10, 1, 3);
  qcc_test_store_close (store);
}

/* Without waiting: what was begun before it goes, what comes after it stays. */
static void
test_forget_between (QccStoreFixture *fixture,
                     gconstpointer data)
{
  QccStore *store = qcc_test_store_open (fixture->path);
  const QccHealthSample before = make_sample ("one", 1);
  const QccHealthSample other = make_sample ("two", 1);
  const QccHealthSample after = make_sample ("one", 2);
  g_autoptr (GVariant) body = g_variant_ref_sink (g_variant_new_parsed ("{'n': <2>}"));

  qcc_store_add_sample_async (store, &before, NULL, NULL, NULL);
  qcc_store_add_sample_async (store, &other, NULL, NULL, NULL);
  qcc_store_forget_endpoint_async (store, "one", NULL, NULL, NULL);
  qcc_store_add_sample_async (store, &after, NULL, NULL, NULL);
  qcc_store_save_document_async (store, "endpoint", "one", body, NULL, NULL, NULL);
  assert_samples (store, "one", 10, 2, 2);
  assert_samples (store, "two", 10, 1, 1);
  qcc_test_store_assert_document (store, "endpoint", "one", "{'n': <2>}");
  qcc_test_store_close (store);
}

/* The same, in one transaction for certain. */
static void
test_forget_pending (QccStoreFixture *fixture,
                     gconstpointer data)
{
  g_autoptr (QccStorePending) pending = qcc_store_pending_new ();
  g_autoptr (QccStoreFile) file = NULL;
  g_autoptr (GPtrArray) samples = NULL;
  g_autoptr (GError) error = NULL;
  const QccHealthSample before = make_sample ("one", 1);
  const QccHealthSample other = make_sample ("two", 1);
  const QccHealthSample after = make_sample ("one", 2);

  qcc_store_pending_put_sample (pending, &before);
  qcc_store_pending_put_sample (pending, &other);
  qcc_store_pending_put_sample (pending, &before);
  qcc_store_pending_put_forgotten (pending, "one");
  qcc_store_pending_put_sample (pending, &after);

  file = qcc_store_file_open (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_true (qcc_store_file_begin (file, NULL));
  g_assert_true (qcc_store_pending_write (pending, file, NULL));
  g_assert_true (qcc_store_file_commit (file, NULL));
  samples = qcc_store_file_read_samples (file, "one", 10, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (samples->len, ==, 1);
  g_assert_cmpint (((const QccHealthSample *) g_ptr_array_index (samples, 0))->time, ==, after.time);
  g_clear_pointer (&samples, g_ptr_array_unref);
  samples = qcc_store_file_read_samples (file, "two", 10, &error);
  g_assert_cmpuint (samples->len, ==, 1);
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
    { "/store-history/events", test_events },
    { "/store-history/event-bound", test_event_bound },
    { "/store-history/strange-events", test_strange_events },
    { "/store-history/samples", test_samples },
    { "/store-history/sample-bound", test_sample_bound },
    { "/store-history/forget", test_forget },
    { "/store-history/forget-between", test_forget_between },
    { "/store-history/forget-pending", test_forget_pending },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccStoreFixture, NULL, qcc_store_fixture_set_up, tests[i].func, qcc_store_fixture_tear_down);

  return g_test_run ();
}
