/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-user-key-store.h"

#include <string.h>

#include <glib/gstdio.h>

#include "common/qcc-platform-key-store.h"
#include "tests/qcc-key-store-fixture.h"
#include "tests/qcc-keyring-fixture.h"

/* The whole chain, beside the store of the fixture, which is the keyring alone. */
static void
assert_keyring_preferred (QccKeyringFixture *fixture,
                          QccKeyStore *store)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (QCC_IS_PLATFORM_KEY_STORE (qcc_user_key_store_get_platform (store)));
  qcc_assert_no_key (store, "a-1", QCC_ERROR_NOT_FOUND);
  g_assert_true (qcc_test_opt_in (qcc_user_key_store_get_file (store), &error));
  g_assert_no_error (error);

  qcc_assert_store (store, "a-1", "key-a");
  qcc_assert_key_of (store, "a-1", "key-a", "secret-service");
  qcc_assert_key (fixture->store, "a-1", "key-a");
  qcc_assert_no_key (qcc_user_key_store_get_file (store), "a-1", QCC_ERROR_NOT_FOUND);
}

static void
test_unlocked (QccKeyringFixture *fixture,
               gconstpointer data)
{
  g_autoptr (QccKeyStore) store = qcc_user_key_store_new ();

  assert_keyring_preferred (fixture, store);
  qcc_assert_remove (store, "a-1");
  qcc_assert_no_key (store, "a-1", QCC_ERROR_NOT_FOUND);
}

/* A locked keyring keeps its right to the keys: the file is no way around it, but what it has is used. */
static void
test_locked (QccKeyringFixture *fixture,
             gconstpointer data)
{
  g_autoptr (QccKeyStore) store = qcc_user_key_store_new ();

  assert_keyring_preferred (fixture, store);
  qcc_assert_store (qcc_user_key_store_get_file (store), "b", "key-b");
  qcc_keyring_lock (fixture);

  qcc_assert_no_key (store, "a-1", QCC_ERROR_LOCKED);
  qcc_assert_store_fails (store, "a-1", QCC_ERROR_LOCKED);
  qcc_assert_no_key (qcc_user_key_store_get_file (store), "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_key_of (store, "b", "key-b", "file");
}

static void
test_no_daemon (QccKeyringFixture *fixture,
                gconstpointer data)
{
  g_autoptr (QccKeyStore) store = qcc_user_key_store_new ();
  g_autoptr (GError) store_error = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_test_store (store, "a-1", "hunter2", NULL, &store_error));
  g_assert_error (store_error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (store_error->message, "qcc keys file"));
  g_assert_null (strstr (store_error->message, "systemd"));
  g_assert_null (strstr (store_error->message, "hunter2"));

  g_assert_true (qcc_test_opt_in (qcc_user_key_store_get_file (store), &error));
  g_assert_no_error (error);
  qcc_assert_store (store, "a-1", "key-a");
  qcc_assert_key_of (store, "a-1", "key-a", "file");
  qcc_assert_remove (store, "a-1");
}

static void
test_credentials (QccKeyringFixture *fixture,
                  gconstpointer data)
{
  g_autofree char *directory = g_build_filename (fixture->home, "credentials", NULL);
  g_autofree char *path = g_build_filename (directory, "a-1", NULL);
  g_autoptr (QccKeyStore) store = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (directory, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "key-a\n", -1, NULL));
  g_setenv ("CREDENTIALS_DIRECTORY", directory, TRUE);
  store = qcc_user_key_store_new ();
  g_unsetenv ("CREDENTIALS_DIRECTORY");

  qcc_assert_key_of (store, "a-1", "key-a", "credentials");
  g_assert_false (qcc_test_store (store, "a-1", "hunter2", NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, "credentials"));
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);

  qcc_assert_store (store, "b", "key-b");
  qcc_assert_key_of (store, "b", "key-b", "secret-service");
}

int
main (int argc,
      char **argv)
{
  static const QccKeyringStart no_daemon = QCC_KEYRING_NO_DAEMON;
  static const QccKeyringStart unlocked = QCC_KEYRING_UNLOCKED;
  static const struct
  {
    const char *path;
    const QccKeyringStart *start;
    void (*test) (QccKeyringFixture *fixture, gconstpointer data);
  } tests[] = {
    { "/user-key-store/unlocked", &unlocked, test_unlocked },
    { "/user-key-store/locked", &unlocked, test_locked },
    { "/user-key-store/no-daemon", &no_daemon, test_no_daemon },
    { "/user-key-store/credentials", &unlocked, test_credentials },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_unsetenv ("CREDENTIALS_DIRECTORY");

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccKeyringFixture, tests[i].start, qcc_keyring_fixture_set_up, tests[i].test,
                qcc_keyring_fixture_tear_down);

  return g_test_run ();
}
