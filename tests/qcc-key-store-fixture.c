/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-key-store-fixture.h"

#include <glib/gstdio.h>

#include "common/qcc-key-store-file.h"

void
qcc_test_waiter_done (GObject *source,
                      GAsyncResult *result,
                      gpointer user_data)
{
  QccTestWaiter *waiter = user_data;

  g_assert_cmpuint (waiter->n_pending, >, 0);
  waiter->n_pending--;
  g_set_object (&waiter->result, result);
}

void
qcc_test_waiter_wait (QccTestWaiter *waiter)
{
  /* Whoever started the operations is back by now, and none may have been answered before. */
  g_assert_null (waiter->result);

  while (waiter->n_pending > 0)
    g_main_context_iteration (NULL, TRUE);

  /* A second answer would find nothing pending. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static QccSecret *
look_up (QccKeyStore *store,
         const char *id,
         GCancellable *cancellable,
         const char **out_kind,
         GError **error)
{
  QccTestWaiter waiter = { 1, NULL };
  QccSecret *secret;

  qcc_key_store_lookup_async (store, id, cancellable, qcc_test_waiter_done, &waiter);
  qcc_test_waiter_wait (&waiter);
  secret = qcc_key_store_lookup_finish (store, waiter.result, out_kind, error);
  g_object_unref (waiter.result);
  return secret;
}

QccSecret *
qcc_test_lookup (QccKeyStore *store,
                 const char *id,
                 GCancellable *cancellable,
                 GError **error)
{
  return look_up (store, id, cancellable, NULL, error);
}

gboolean
qcc_test_store (QccKeyStore *store,
                const char *id,
                const char *text,
                GCancellable *cancellable,
                GError **error)
{
  QccTestWaiter waiter = { 1, NULL };
  g_autoptr (QccSecret) secret = qcc_secret_new (text, -1);
  gboolean ok;

  qcc_key_store_store_async (store, id, secret, cancellable, qcc_test_waiter_done, &waiter);
  qcc_test_waiter_wait (&waiter);
  ok = qcc_key_store_store_finish (store, waiter.result, error);
  g_object_unref (waiter.result);
  return ok;
}

gboolean
qcc_test_remove (QccKeyStore *store,
                 const char *id,
                 GCancellable *cancellable,
                 GError **error)
{
  QccTestWaiter waiter = { 1, NULL };
  gboolean ok;

  qcc_key_store_remove_async (store, id, cancellable, qcc_test_waiter_done, &waiter);
  qcc_test_waiter_wait (&waiter);
  ok = qcc_key_store_remove_finish (store, waiter.result, error);
  g_object_unref (waiter.result);
  return ok;
}

void
qcc_assert_key (QccKeyStore *store,
                const char *id,
                const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSecret) secret = qcc_test_lookup (store, id, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (qcc_secret_peek (secret), ==, key);
}

void
qcc_assert_key_of (QccKeyStore *store,
                   const char *id,
                   const char *key,
                   const char *kind)
{
  const char *found = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSecret) secret = look_up (store, id, NULL, &found, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (qcc_secret_peek (secret), ==, key);
  g_assert_cmpstr (found, ==, kind);
}

void
qcc_assert_no_key (QccKeyStore *store,
                   const char *id,
                   QccError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSecret) secret = qcc_test_lookup (store, id, NULL, &error);

  g_assert_null (secret);
  g_assert_error (error, QCC_ERROR, (int) code);
}

void
qcc_assert_store (QccKeyStore *store,
                  const char *id,
                  const char *key)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = qcc_test_store (store, id, key, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

void
qcc_assert_store_fails (QccKeyStore *store,
                        const char *id,
                        QccError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_test_store (store, id, "new-key", NULL, &error));
  g_assert_error (error, QCC_ERROR, (int) code);
}

void
qcc_assert_remove (QccKeyStore *store,
                   const char *id)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = qcc_test_remove (store, id, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

void
qcc_assert_remove_fails (QccKeyStore *store,
                         const char *id,
                         QccError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_test_remove (store, id, NULL, &error));
  g_assert_error (error, QCC_ERROR, (int) code);
}

gboolean
qcc_test_opt_in (QccKeyStore *store,
                 GError **error)
{
  QccTestWaiter waiter = { 1, NULL };
  gboolean ok;

  qcc_key_store_file_opt_in_async (QCC_KEY_STORE_FILE (store), NULL, qcc_test_waiter_done, &waiter);
  qcc_test_waiter_wait (&waiter);
  ok = qcc_key_store_file_opt_in_finish (QCC_KEY_STORE_FILE (store), waiter.result, error);
  g_object_unref (waiter.result);
  return ok;
}

QccKeyStore *
qcc_key_fixture_make_unchosen_store (QccKeyFixture *fixture)
{
  g_autoptr (GFile) file = g_file_new_for_path (fixture->path);

  return qcc_key_store_file_new (file);
}

QccKeyStore *
qcc_key_fixture_make_file_store (QccKeyFixture *fixture)
{
  QccKeyStore *store = qcc_key_fixture_make_unchosen_store (fixture);
  g_autoptr (GError) error = NULL;

  g_assert_true (qcc_test_opt_in (store, &error));
  g_assert_no_error (error);
  return store;
}

void
qcc_key_fixture_set_up (QccKeyFixture *fixture,
                        gconstpointer data)
{
  const QccMakeKeyStore make = *(const QccMakeKeyStore *) data;
  g_autoptr (GError) error = NULL;

  fixture->directory = g_dir_make_tmp ("qcc-key-store-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->directory, "new", "keys.json", NULL);
  fixture->store = make (fixture);
}

void
qcc_key_fixture_tear_down (QccKeyFixture *fixture,
                           gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_rmdir (folder);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);

  /* A worker thread may hold it for a moment longer, so the leak checker has to see that it goes away. */
  g_clear_object (&fixture->store);
  g_free (fixture->directory);
  g_free (fixture->path);
}
