/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-store-fixture.h"

#include <glib/gstdio.h>
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
