/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-platform-key-store.h"

#include <string.h>

#include "tests/qcc-key-store-fixture.h"
#include "tests/qcc-keyring-fixture.h"

#define LIMIT_SECONDS 30

static gboolean
begin (QccKeyringFixture *fixture)
{
  if (!qcc_keyring_can_prompt ())
    return FALSE;

  qcc_assert_store (fixture->store, "a-1", "key-a");
  qcc_keyring_lock (fixture);
  return TRUE;
}

static void
answer (QccKeyringFixture *fixture,
        const char *password)
{
  g_autofree char *window = qcc_keyring_wait_for_window (fixture);

  qcc_keyring_press (fixture, window, "type", password);
  qcc_keyring_press (fixture, window, "key", "Return");
}

static void
test_answered (QccKeyringFixture *fixture,
               gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  QccTestOperation operation = { NULL, 0 };

  if (!begin (fixture))
    return;

  qcc_assert_all_fail (fixture, QCC_ERROR_LOCKED, "qcc keys unlock");
  g_assert_false (qcc_keyring_has_prompter (fixture));

  qcc_keyring_unlock_async (fixture, NULL, &operation);
  answer (fixture, QCC_TEST_PASSWORD);
  g_assert_true (qcc_keyring_unlock_finish (fixture, &operation, LIMIT_SECONDS, &error));
  g_assert_no_error (error);
  g_assert_true (qcc_keyring_has_prompter (fixture));
  qcc_assert_key (fixture->store, "a-1", "key-a");
}

static void
test_wrong_password (QccKeyringFixture *fixture,
                     gconstpointer data)
{
  g_autofree char *window = NULL;
  g_autoptr (GError) error = NULL;
  QccTestOperation operation = { NULL, 0 };

  if (!begin (fixture))
    return;

  /* It asks again, until the user gives up. */
  qcc_keyring_unlock_async (fixture, NULL, &operation);
  answer (fixture, "wrong-password");
  window = qcc_keyring_wait_for_window (fixture);
  g_assert_false (qcc_test_wait (qcc_test_operation_is_done, &operation, 1));
  qcc_keyring_press (fixture, window, "key", "Escape");
  g_assert_false (qcc_keyring_unlock_finish (fixture, &operation, LIMIT_SECONDS, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_LOCKED);
  g_assert_nonnull (strstr (error->message, "qcc keys file"));
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_LOCKED);
}

static void
test_cancelled (QccKeyringFixture *fixture,
                gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *window = NULL;
  QccTestOperation operation = { NULL, 0 };

  if (!begin (fixture))
    return;

  qcc_keyring_unlock_async (fixture, cancellable, &operation);
  window = qcc_keyring_wait_for_window (fixture);
  g_cancellable_cancel (cancellable);
  g_assert_false (qcc_keyring_unlock_finish (fixture, &operation, 2, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_LOCKED);

  /* The late answer unlocks all the same, and is not reported twice. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  fixture->n_changed = 0;
  answer (fixture, QCC_TEST_PASSWORD);
  g_assert_true (qcc_test_wait (qcc_keyring_has_changed, fixture, LIMIT_SECONDS));
  g_assert_cmpuint (operation.n_results, ==, 0);
  qcc_assert_key (fixture->store, "a-1", "key-a");
}

static void
test_daemon_killed (QccKeyringFixture *fixture,
                    gconstpointer data)
{
  g_autofree char *window = NULL;
  g_autoptr (GError) error = NULL;
  QccTestOperation operation = { NULL, 0 };

  if (!begin (fixture))
    return;

  qcc_keyring_unlock_async (fixture, NULL, &operation);
  window = qcc_keyring_wait_for_window (fixture);
  qcc_keyring_kill (fixture);
  g_assert_false (qcc_keyring_unlock_finish (fixture, &operation, 2, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
}

int
main (int argc,
      char **argv)
{
  static const QccKeyringStart display = QCC_KEYRING_DISPLAY;
  static const struct
  {
    const char *path;
    void (*test) (QccKeyringFixture *fixture, gconstpointer data);
  } tests[] = {
    { "/platform-key-unlock/answered", test_answered },
    { "/platform-key-unlock/wrong-password", test_wrong_password },
    { "/platform-key-unlock/cancelled", test_cancelled },
    { "/platform-key-unlock/daemon-killed", test_daemon_killed },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccKeyringFixture, &display, qcc_keyring_fixture_set_up, tests[i].test,
                qcc_keyring_fixture_tear_down);

  return g_test_run ();
}
