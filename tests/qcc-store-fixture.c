/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-store-fixture.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#include "common/qcc-error.h"

void
qcc_store_fixture_set_up (QccStoreFixture *fixture,
                          gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("qcc-store-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->directory, "state", "qcc", "state.db", NULL);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

void
qcc_store_fixture_tear_down (QccStoreFixture *fixture,
                             gconstpointer data)
{
  remove_tree (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->path);
}

void
qcc_test_on_done (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data)
{
  GAsyncResult **out_result = user_data;

  *out_result = g_object_ref (result);
}

GAsyncResult *
qcc_test_wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return g_steal_pointer (result);
}

QccStore *
qcc_test_store_open (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  QccStore *store = qcc_store_new (file);
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  qcc_store_open_async (store, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  g_assert_true (qcc_store_open_finish (store, result, &error));
  g_assert_no_error (error);

  return store;
}

void
qcc_test_store_close (QccStore *store)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  qcc_store_close_async (store, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  qcc_store_close_finish (store, result);
  g_clear_object (&result);
  g_assert_finalize_object (store);
}

gboolean
qcc_test_store_try_save (QccStore *store,
                         const char *profile,
                         gboolean pinned,
                         const char *reason,
                         gint64 since,
                         GError **error)
{
  const QccActiveRecord record = { (char *) profile, pinned, (char *) reason, since };
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  qcc_store_save_active_async (store, &record, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);

  return qcc_store_save_active_finish (store, result, error);
}

void
qcc_test_store_save (QccStore *store,
                     const char *profile)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (qcc_test_store_try_save (store, profile, TRUE, "by hand", 1, &error));
  g_assert_no_error (error);
}

void
qcc_test_store_save_fails (QccStore *store,
                           const char *profile)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_test_store_try_save (store, profile, TRUE, "by hand", 1, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_test_message ("%s", error->message);
  g_assert_cmpstr (qcc_store_get_notice (store), ==, error->message);
}

QccActiveRecord *
qcc_test_store_load (QccStore *store)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  QccActiveRecord *record;

  qcc_store_load_active_async (store, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  record = qcc_store_load_active_finish (store, result, &error);
  g_assert_no_error (error);

  return record;
}

QccEvent *
qcc_test_event_new (guint64 id)
{
  g_autofree char *from = g_strdup_printf ("from %" G_GUINT64_FORMAT, id);
  g_autofree char *to = g_strdup_printf ("to %" G_GUINT64_FORMAT, id);

  return qcc_event_new (id, (QccEventType) (id % (QCC_EVENT_CAP + 1)), from, to, "Ärger 出错 \"'", -(gint64) id, id % 2 == 0);
}

static void
assert_is_event (const QccEvent *event,
                 guint64 id)
{
  g_autoptr (QccEvent) expected = qcc_test_event_new (id);

  g_assert_cmpuint (event->id, ==, expected->id);
  g_assert_cmpint (event->type, ==, expected->type);
  g_assert_cmpstr (event->from, ==, expected->from);
  g_assert_cmpstr (event->to, ==, expected->to);
  g_assert_cmpstr (event->reason, ==, expected->reason);
  g_assert_cmpint (event->time, ==, expected->time);
  g_assert_cmpint (event->success, ==, expected->success);
}

gboolean
qcc_test_store_add_event (QccStore *store,
                          guint64 id,
                          GError **error)
{
  g_autoptr (QccEvent) event = qcc_test_event_new (id);
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  qcc_store_add_event_async (store, event, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);

  return qcc_store_add_event_finish (store, result, error);
}

GPtrArray *
qcc_test_store_list_events (QccStore *store,
                            guint64 *out_highest_id)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *events;

  qcc_store_list_events_async (store, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  events = qcc_store_list_events_finish (store, result, out_highest_id, &error);
  g_assert_no_error (error);
  g_assert_nonnull (events);

  return events;
}

/* All of them and no others, the newest first. */
void
qcc_test_store_assert_events (QccStore *store,
                              guint64 oldest,
                              guint64 newest)
{
  guint64 highest_id = G_MAXUINT64;
  g_autoptr (GPtrArray) events = qcc_test_store_list_events (store, &highest_id);

  g_assert_cmpuint (highest_id, ==, newest);
  g_assert_cmpuint (events->len, ==, newest - oldest + 1);
  for (guint i = 0; i < events->len; i++)
    assert_is_event (g_ptr_array_index (events, i), newest - i);
}

gboolean
qcc_test_store_put_document (QccStore *store,
                             const char *kind,
                             const char *id,
                             const char *body,
                             GError **error)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) variant = NULL;

  if (body == NULL)
    {
      qcc_store_remove_document_async (store, kind, id, NULL, qcc_test_on_done, &done);
      result = qcc_test_wait_for (&done);
      return qcc_store_remove_document_finish (store, result, error);
    }

  variant = g_variant_parse (G_VARIANT_TYPE_VARDICT, body, NULL, NULL, NULL);
  g_assert_nonnull (variant);
  qcc_store_save_document_async (store, kind, id, variant, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);

  return qcc_store_save_document_finish (store, result, error);
}

GHashTable *
qcc_test_store_load_documents (QccStore *store,
                               const char *kind)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GHashTable *documents;

  qcc_store_load_documents_async (store, kind, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  documents = qcc_store_load_documents_finish (store, result, &error);
  g_assert_no_error (error);
  g_assert_nonnull (documents);

  return documents;
}

void
qcc_test_store_assert_document (QccStore *store,
                                const char *kind,
                                const char *id,
                                const char *body)
{
  g_autoptr (GHashTable) documents = qcc_test_store_load_documents (store, kind);
  GVariant *found = g_hash_table_lookup (documents, id);
  g_autofree char *text = found != NULL ? g_variant_print (found, TRUE) : NULL;

  g_assert_cmpstr (text, ==, body);
}

void
qcc_test_run_sql (const char *path,
                  const char *sql)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

/* What a query for one number gives. */
gint64
qcc_test_query_sql (const char *path,
                    const char *sql)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  gint64 value;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  value = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (db);

  return value;
}

void
qcc_test_store_assert_profile (QccStore *store,
                               const char *profile)
{
  g_autoptr (QccActiveRecord) record = qcc_test_store_load (store);

  if (profile == NULL)
    g_assert_null (record);
  else
    g_assert_cmpstr (record != NULL ? record->active_profile : NULL, ==, profile);
}

void
qcc_test_store_assert_notice (QccStore *store,
                              const char *word)
{
  const char *notice = qcc_store_get_notice (store);

  if (word == NULL)
    {
      g_assert_cmpstr (notice, ==, NULL);
    }
  else
    {
      g_assert_nonnull (notice);
      g_test_message ("%s", notice);
      g_assert_nonnull (strstr (notice, word));
    }
}

/* What a new store finds there. */
void
qcc_test_store_assert_kept (const char *path,
                            const char *profile)
{
  QccStore *store = qcc_test_store_open (path);

  qcc_test_store_assert_notice (store, NULL);
  qcc_test_store_assert_profile (store, profile);
  qcc_test_store_close (store);
}
