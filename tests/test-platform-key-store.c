/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-platform-key-store.h"

#include <signal.h>
#include <string.h>

#include "tests/qcc-key-store-fixture.h"
#include "tests/qcc-keyring-fixture.h"

#define LIMIT_SECONDS 30

static void
test_unlocked (QccKeyringFixture *fixture,
               gconstpointer data)
{
  QccKeyStore *store = fixture->store;
  g_autoptr (QccKeyStore) other = qcc_platform_key_store_new ();
  g_autofree char *longest = g_strnfill (QCC_SECRET_KEY_MAX, 'k');
  QccTestOperation operation = { NULL, 0 };
  g_autoptr (GError) error = NULL;

  qcc_assert_no_key (store, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_remove_fails (store, "a-1", QCC_ERROR_NOT_FOUND);

  qcc_assert_store (store, "a-1", "key-a");
  qcc_assert_store (store, "b", longest);
  qcc_assert_store (store, QCC_KEY_ID_DEFAULT_TOKEN, "token");
  qcc_assert_key_of (other, "a-1", "key-a", "secret-service");
  qcc_assert_key (other, "b", longest);
  qcc_assert_key (other, QCC_KEY_ID_DEFAULT_TOKEN, "token");
  qcc_assert_no_key (store, "a", QCC_ERROR_NOT_FOUND);

  /* One item replaces the other, or removing would leave one. */
  qcc_assert_store (other, "a-1", "key-new");
  qcc_assert_key (store, "a-1", "key-new");
  qcc_assert_remove (store, "a-1");
  qcc_assert_no_key (other, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_key (store, "b", longest);

  qcc_keyring_unlock_async (fixture, NULL, &operation);
  g_assert_true (qcc_keyring_unlock_finish (fixture, &operation, 10, &error));
  g_assert_no_error (error);
}

static void
test_concurrent (QccKeyringFixture *fixture,
                 gconstpointer data)
{
  QccTestWaiter waiter = { 0, NULL };

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *id = g_strdup_printf ("a-%u", i);
      g_autofree char *key = g_strdup_printf ("key-%u", i);
      g_autoptr (QccSecret) secret = qcc_secret_new (key, -1);

      waiter.n_pending++;
      qcc_key_store_store_async (fixture->store, id, secret, NULL, qcc_test_waiter_done, &waiter);
    }
  qcc_test_waiter_wait (&waiter);
  g_clear_object (&waiter.result);

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *id = g_strdup_printf ("a-%u", i);
      g_autofree char *key = g_strdup_printf ("key-%u", i);

      qcc_assert_key (fixture->store, id, key);
    }
}

static void
test_cancelled (QccKeyringFixture *fixture,
                gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GCancellable) later = g_cancellable_new ();
  g_autoptr (GError) lookup_error = NULL;
  g_autoptr (GError) store_error = NULL;
  g_autoptr (GError) remove_error = NULL;
  g_autoptr (GError) late_error = NULL;
  QccTestOperation operation = { NULL, 0 };

  qcc_assert_store (fixture->store, "a-1", "key-a");
  g_cancellable_cancel (cancellable);
  g_assert_null (qcc_test_lookup (fixture->store, "a-1", cancellable, &lookup_error));
  g_assert_error (lookup_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (qcc_test_store (fixture->store, "a-1", "key-b", cancellable, &store_error));
  g_assert_error (store_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (qcc_test_remove (fixture->store, "a-1", cancellable, &remove_error));
  g_assert_error (remove_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  qcc_assert_key (fixture->store, "a-1", "key-a");

  /* A daemon that hangs is waited for only as long as the caller likes. */
  g_subprocess_send_signal (fixture->daemon, SIGSTOP);
  qcc_key_store_lookup_async (fixture->store, "a-1", later, qcc_test_operation_done, &operation);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (operation.n_results, ==, 0);
  g_cancellable_cancel (later);
  g_assert_true (qcc_test_wait (qcc_test_operation_is_done, &operation, 10));
  g_assert_null (qcc_key_store_lookup_finish (fixture->store, operation.result, NULL, &late_error));
  g_assert_error (late_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&operation.result);
  g_subprocess_send_signal (fixture->daemon, SIGCONT);
  qcc_assert_key (fixture->store, "a-1", "key-a");
}

static void
test_locked (QccKeyringFixture *fixture,
             gconstpointer data)
{
  qcc_assert_store (fixture->store, "a-1", "key-a");
  qcc_keyring_lock (fixture);

  qcc_assert_all_fail (fixture, QCC_ERROR_LOCKED, "qcc keys unlock");
  qcc_assert_no_key (fixture->store, "absent", QCC_ERROR_LOCKED);
  qcc_assert_unlock_fails (fixture, QCC_ERROR_LOCKED, "qcc keys file");
  qcc_assert_all_fail (fixture, QCC_ERROR_LOCKED, "qcc keys unlock");
}

/* As after a login without a password: the keyring is on disk, and this daemon never had it open. */
static void
test_locked_from_start (QccKeyringFixture *fixture,
                        gconstpointer data)
{
  qcc_assert_store (fixture->store, "a-1", "key-a");
  qcc_keyring_kill (fixture);
  qcc_keyring_start (fixture, NULL);
  qcc_assert_all_fail (fixture, QCC_ERROR_LOCKED, "qcc keys unlock");

  qcc_keyring_kill (fixture);
  qcc_keyring_start (fixture, "wrong-password");
  qcc_assert_all_fail (fixture, QCC_ERROR_LOCKED, "qcc keys unlock");

  qcc_keyring_kill (fixture);
  qcc_keyring_start (fixture, QCC_TEST_PASSWORD);
  qcc_assert_key (fixture->store, "a-1", "key-a");
}

static void
test_no_keyring (QccKeyringFixture *fixture,
                 gconstpointer data)
{
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_store_fails (fixture->store, "a-1", QCC_ERROR_UNAVAILABLE);
  qcc_assert_unlock_fails (fixture, QCC_ERROR_UNAVAILABLE, "qcc keys file");
}

static void
test_no_daemon (QccKeyringFixture *fixture,
                gconstpointer data)
{
  qcc_assert_absent (fixture);
  qcc_assert_unlock_fails (fixture, QCC_ERROR_UNAVAILABLE, "qcc keys file");
  g_assert_cmpuint (fixture->n_changed, ==, 0);

  qcc_keyring_start (fixture, QCC_TEST_PASSWORD);
  g_assert_true (qcc_test_wait (qcc_keyring_has_changed, fixture, 10));
  qcc_assert_store (fixture->store, "a-1", "key-a");
  qcc_assert_key (fixture->store, "a-1", "key-a");
}

static void
test_killed (QccKeyringFixture *fixture,
             gconstpointer data)
{
  QccTestOperation operations[8] = { { NULL, 0 } };
  gint64 start;

  qcc_assert_store (fixture->store, "a-1", "key-a");

  /* Stopped first, so that it dies with all of them unanswered. */
  g_subprocess_send_signal (fixture->daemon, SIGSTOP);
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    qcc_key_store_lookup_async (fixture->store, "a-1", NULL, qcc_test_operation_done, &operations[i]);
  while (g_main_context_iteration (NULL, FALSE))
    continue;

  start = g_get_monotonic_time ();
  qcc_keyring_kill (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (qcc_test_wait (qcc_test_operation_is_done, &operations[i], LIMIT_SECONDS));
      g_assert_null (qcc_key_store_lookup_finish (fixture->store, operations[i].result, NULL, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
      g_clear_object (&operations[i].result);
    }
  g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * G_USEC_PER_SEC);
  qcc_assert_all_fail (fixture, QCC_ERROR_UNAVAILABLE, "qcc keys file");

  fixture->n_changed = 0;
  qcc_keyring_start (fixture, QCC_TEST_PASSWORD);
  g_assert_true (qcc_test_wait (qcc_keyring_has_changed, fixture, 10));
  qcc_assert_key (fixture->store, "a-1", "key-a");
  qcc_assert_store (fixture->store, "a-1", "key-b");
}

/* Killed wherever it is: each lookup is answered, with the key or as unavailable. */
static void
test_killed_at_work (QccKeyringFixture *fixture,
                     gconstpointer data)
{
  qcc_assert_store (fixture->store, "a-1", "key-a");

  for (guint round = 0; round < 10; round++)
    {
      QccTestOperation operation = { NULL, 0 };
      g_autoptr (GError) error = NULL;
      g_autoptr (QccSecret) secret = NULL;

      qcc_key_store_lookup_async (fixture->store, "a-1", NULL, qcc_test_operation_done, &operation);
      for (guint i = 0; i < round && operation.n_results == 0; i++)
        g_main_context_iteration (NULL, TRUE);
      qcc_keyring_kill (fixture);

      g_assert_true (qcc_test_wait (qcc_test_operation_is_done, &operation, 2));
      secret = qcc_key_store_lookup_finish (fixture->store, operation.result, NULL, &error);
      g_clear_object (&operation.result);
      if (secret != NULL)
        g_assert_cmpstr (qcc_secret_peek (secret), ==, "key-a");
      else
        g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);

      qcc_keyring_start (fixture, QCC_TEST_PASSWORD);
      qcc_assert_key (fixture->store, "a-1", "key-a");
    }
}

static gboolean
is_never (gpointer data)
{
  return FALSE;
}

static void
test_changed (QccKeyringFixture *fixture,
              gconstpointer data)
{
  g_autoptr (QccKeyStore) other = qcc_platform_key_store_new ();
  gint64 start;

  /* Looking is no change. */
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);
  g_assert_false (qcc_test_wait (qcc_keyring_has_changed, fixture, 1));

  /* Many changes are reported together: each store makes several signals, and 200 ms have at most one report. */
  start = g_get_monotonic_time ();
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *id = g_strdup_printf ("a-%u", i);

      qcc_assert_store (other, id, "key-a");
    }
  g_assert_true (qcc_test_wait (qcc_keyring_has_changed, fixture, 10));
  g_assert_false (qcc_test_wait (is_never, NULL, 1));
  g_assert_cmpint ((fixture->n_changed - 1) * 200 * G_TIME_SPAN_MILLISECOND, <=, g_get_monotonic_time () - start);

  /* Another key in the place of one that was there is a change too. */
  fixture->n_changed = 0;
  qcc_assert_store (other, "a-1", "key-b");
  g_assert_true (qcc_test_wait (qcc_keyring_has_changed, fixture, 10));
  qcc_assert_key (fixture->store, "a-1", "key-b");

  fixture->n_changed = 0;
  qcc_keyring_lock (fixture);
  g_assert_true (qcc_test_wait (qcc_keyring_has_changed, fixture, 10));
}

static void
test_no_bus (void)
{
  g_autofree char *dead = g_strdup_printf ("unix:path=%s/no-bus", g_get_user_runtime_dir ());
  const char *addresses[] = { NULL, dead, "unix:" };

  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      QccKeyringFixture fixture = { NULL };

      g_test_dbus_unset ();
      if (addresses[i] != NULL)
        g_setenv ("DBUS_SESSION_BUS_ADDRESS", addresses[i], TRUE);
      fixture.store = qcc_platform_key_store_new ();
      qcc_assert_absent (&fixture);
      qcc_assert_unlock_fails (&fixture, QCC_ERROR_UNAVAILABLE, "qcc keys file");
      g_assert_finalize_object (fixture.store);
    }
  g_test_dbus_unset ();
}

int
main (int argc,
      char **argv)
{
  static const QccKeyringStart no_daemon = QCC_KEYRING_NO_DAEMON;
  static const QccKeyringStart empty = QCC_KEYRING_EMPTY;
  static const QccKeyringStart unlocked = QCC_KEYRING_UNLOCKED;
  static const struct
  {
    const char *path;
    const QccKeyringStart *start;
    void (*test) (QccKeyringFixture *fixture, gconstpointer data);
  } tests[] = {
    { "/platform-key-store/unlocked", &unlocked, test_unlocked },
    { "/platform-key-store/concurrent", &unlocked, test_concurrent },
    { "/platform-key-store/cancelled", &unlocked, test_cancelled },
    { "/platform-key-store/locked", &unlocked, test_locked },
    { "/platform-key-store/locked-from-start", &unlocked, test_locked_from_start },
    { "/platform-key-store/no-keyring", &empty, test_no_keyring },
    { "/platform-key-store/no-daemon", &no_daemon, test_no_daemon },
    { "/platform-key-store/killed", &unlocked, test_killed },
    { "/platform-key-store/killed-at-work", &unlocked, test_killed_at_work },
    { "/platform-key-store/changed", &unlocked, test_changed },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccKeyringFixture, tests[i].start, qcc_keyring_fixture_set_up, tests[i].test,
                qcc_keyring_fixture_tear_down);
  g_test_add_func ("/platform-key-store/no-bus", test_no_bus);

  return g_test_run ();
}
