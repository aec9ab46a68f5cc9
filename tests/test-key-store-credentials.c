/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-key-store-chain.h"
#include "common/qcc-key-store-credentials.h"
#include "common/qcc-key-store-memory.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/qcc-key-store-fixture.h"

/* The folder of the key file's path plays $CREDENTIALS_DIRECTORY. */
static char *
dup_folder (QccKeyFixture *fixture)
{
  return g_path_get_dirname (fixture->path);
}

static QccKeyStore *
make_credentials (QccKeyFixture *fixture)
{
  g_autofree char *folder = dup_folder (fixture);

  return qcc_key_store_credentials_new (folder);
}

static QccKeyStore *
make_without_directory (QccKeyFixture *fixture)
{
  return qcc_key_store_credentials_new (NULL);
}

static char *
write_credential (QccKeyFixture *fixture,
                  const char *id,
                  const char *content,
                  gssize length)
{
  g_autofree char *folder = dup_folder (fixture);
  g_autofree char *path = g_build_filename (folder, id, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, content, length, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&path);
}

static void
test_keys (QccKeyFixture *fixture,
           gconstpointer data)
{
  g_autofree char *longest = g_strnfill (QCC_SECRET_KEY_MAX, 'k');
  g_autofree char *line = g_strconcat (longest, "\r\n", NULL);
  g_autofree char *a = write_credential (fixture, "a-1", "key-a", -1);
  g_autofree char *b = write_credential (fixture, "b", "key-b\n", -1);
  g_autofree char *c = write_credential (fixture, "c", line, -1);
  g_autofree char *token = write_credential (fixture, QCC_KEY_ID_DEFAULT_TOKEN, "token", -1);

  qcc_assert_key_of (fixture->store, "a-1", "key-a", "credentials");
  qcc_assert_key (fixture->store, "b", "key-b");
  qcc_assert_key (fixture->store, "c", longest);
  qcc_assert_key (fixture->store, QCC_KEY_ID_DEFAULT_TOKEN, "token");
  qcc_assert_no_key (fixture->store, "a", QCC_ERROR_NOT_FOUND);
}

static void
test_read_only (QccKeyFixture *fixture,
                gconstpointer data)
{
  g_autofree char *path = write_credential (fixture, "a-1", "key-a", -1);

  qcc_assert_store_fails (fixture->store, "a-1", QCC_ERROR_UNAVAILABLE);
  qcc_assert_store_fails (fixture->store, "b", QCC_ERROR_UNAVAILABLE);
  qcc_assert_remove_fails (fixture->store, "a-1", QCC_ERROR_REFUSED);
  qcc_assert_remove_fails (fixture->store, "b", QCC_ERROR_NOT_FOUND);
  qcc_assert_key (fixture->store, "a-1", "key-a");
}

static void
test_none (QccKeyFixture *fixture,
           gconstpointer data)
{
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_store_fails (fixture->store, "a-1", QCC_ERROR_UNAVAILABLE);
  qcc_assert_remove_fails (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);
}

static void
test_bad_files (QccKeyFixture *fixture,
                gconstpointer data)
{
  g_autofree char *too_long = g_strnfill (QCC_SECRET_KEY_MAX + 1, 'k');
  g_autofree char *folder = dup_folder (fixture);
  const struct
  {
    const char *content;
    gssize length;
  } bad[] = {
    { "", 0 },
    { "\n", 1 },
    { "hunter2 x", -1 },
    { "hunter2\n\n", -1 },
    { "hunter2\0x", 9 },
    { too_long, -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *path = write_credential (fixture, "a-1", bad[i].content, bad[i].length);
      g_autoptr (GError) error = NULL;

      g_assert_null (qcc_test_lookup (fixture->store, "a-1", NULL, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_CORRUPT);
      g_assert_nonnull (strstr (error->message, path));
      g_assert_null (strstr (error->message, "hunter2"));
    }
}

static void
test_not_regular (QccKeyFixture *fixture,
                  gconstpointer data)
{
  g_autofree char *folder = dup_folder (fixture);
  g_autofree char *target = write_credential (fixture, "target", "key-a", -1);
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autofree char *pipe_path = g_build_filename (folder, "pipe", NULL);
  g_autofree char *directory = g_build_filename (folder, "directory", NULL);

  g_assert_cmpint (symlink (target, link), ==, 0);
  g_assert_cmpint (mkfifo (pipe_path, 0600), ==, 0);
  g_assert_cmpint (g_mkdir (directory, 0700), ==, 0);

  qcc_assert_key (fixture->store, "target", "key-a");
  qcc_assert_no_key (fixture->store, "link", QCC_ERROR_REFUSED);
  qcc_assert_no_key (fixture->store, "pipe", QCC_ERROR_REFUSED);
  qcc_assert_no_key (fixture->store, "directory", QCC_ERROR_REFUSED);
}

static void
test_cancelled (QccKeyFixture *fixture,
                gconstpointer data)
{
  g_autofree char *path = write_credential (fixture, "a-1", "key-a", -1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (qcc_test_lookup (fixture->store, "a-1", cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* What comes first and cannot be changed must not hide what is stored behind it. */
static void
test_hiding (QccKeyFixture *fixture,
             gconstpointer data)
{
  g_autofree char *path = write_credential (fixture, "a-1", "key-a", -1);
  g_autoptr (QccKeyStore) memory = qcc_key_store_memory_new ();
  QccKeyStore *stores[] = { fixture->store, memory };
  g_autoptr (QccKeyStore) chain = qcc_key_store_chain_new (stores, G_N_ELEMENTS (stores));
  g_autoptr (GError) error = NULL;

  qcc_assert_store (memory, "a-1", "key-old");
  g_assert_false (qcc_test_store (chain, "a-1", "key-new", NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, "a-1"));
  g_assert_nonnull (strstr (error->message, "credentials"));
  g_assert_null (strstr (error->message, "key-"));
  qcc_assert_key (memory, "a-1", "key-old");
  qcc_assert_key (chain, "a-1", "key-a");

  qcc_assert_store (chain, "b", "key-b");
  qcc_assert_key_of (chain, "b", "key-b", "memory");

  /* The key in use stays, so it is not reported as removed. */
  qcc_assert_remove_fails (chain, "a-1", QCC_ERROR_REFUSED);
  qcc_assert_remove (chain, "b");
  qcc_assert_remove_fails (chain, "b", QCC_ERROR_NOT_FOUND);
}

int
main (int argc,
      char **argv)
{
  static const QccMakeKeyStore make = make_credentials;
  static const QccMakeKeyStore make_none = make_without_directory;
  static const struct
  {
    const char *path;
    const QccMakeKeyStore *make;
    void (*test) (QccKeyFixture *fixture, gconstpointer data);
  } tests[] = {
    { "/key-store-credentials/keys", &make, test_keys },
    { "/key-store-credentials/read-only", &make, test_read_only },
    { "/key-store-credentials/no-directory", &make_none, test_none },
    { "/key-store-credentials/directory-gone", &make, test_none },
    { "/key-store-credentials/bad-files", &make, test_bad_files },
    { "/key-store-credentials/not-regular", &make, test_not_regular },
    { "/key-store-credentials/cancelled", &make, test_cancelled },
    { "/key-store-credentials/hiding", &make, test_hiding },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccKeyFixture, tests[i].make, qcc_key_fixture_set_up, tests[i].test,
                qcc_key_fixture_tear_down);

  return g_test_run ();
}
