/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <string.h>

#include <glib/gstdio.h>

#include "service/qcc-fake-provider.h"
#include "tests/qcc-cli-service.h"
#include "tests/qcc-keyring-fixture.h"

/* What the user sees of a real keyring in each of its states, and that the proxy answers with the key that it had. */

#define KEY "test-key-0123456789"
#define ADD "endpoint add work --base-url %s --id %s --key-stdin"

static const char *program;
static const char *service;

typedef struct
{
  QccKeyringFixture keyring; /* on the bus of @service; its own bus and store are not used */
  QccBusFixture *service;    /* (owned) */
  QccFakeProvider *provider; /* (owned): lets only KEY in */
  char *url;                 /* (owned): of it */
} Fixture;

static gboolean
has_prompter (gpointer data)
{
  return qcc_keyring_has_prompter (data);
}

/* The bus of the service knows no other; it ends by itself when nobody asks for a while. */
static GSubprocess *
start_prompter (Fixture *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autofree char *program_path = NULL;
  GSubprocess *prompter;
  g_autoptr (GError) error = NULL;

  g_key_file_load_from_file (file, QCC_TEST_PROMPTER_FILE, G_KEY_FILE_NONE, &error);
  g_assert_no_error (error);
  program_path = g_key_file_get_string (file, "D-BUS Service", "Exec", &error);
  g_assert_no_error (error);
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_subprocess_launcher_setenv (launcher, "DISPLAY", self->keyring.display, TRUE);
  prompter = g_subprocess_launcher_spawn (launcher, &error, program_path, NULL);
  g_assert_no_error (error);
  qcc_bus_fixture_wait_for (self->service, has_prompter, &self->keyring);

  return prompter;
}

/* The key file is not chosen, so that keys can only go into the keyring. */
static void
set_up (Fixture *self,
        gconstpointer data)
{
  const QccKeyringStart start = *(const QccKeyringStart *) data;
  g_autofree char *keys = NULL;
  g_autoptr (GError) error = NULL;

  g_unsetenv ("DISPLAY");
  if (start == QCC_KEYRING_DISPLAY && qcc_keyring_can_prompt ())
    qcc_keyring_start_display (&self->keyring);
  self->service = qcc_bus_fixture_new (service);
  keys = g_build_filename (self->service->root, "config/qcc/keys.json", NULL);
  g_assert_cmpint (g_unlink (keys), ==, 0);
  self->keyring.home = g_build_filename (self->service->root, "keyring", NULL);
  g_assert_cmpint (g_mkdir (self->keyring.home, 0700), ==, 0);
  self->keyring.control = self->service->connection;
  if (start != QCC_KEYRING_NO_DAEMON)
    qcc_keyring_start (&self->keyring, QCC_TEST_PASSWORD);

  self->provider = qcc_fake_provider_new (NULL);
  qcc_fake_provider_set_key (self->provider, KEY);
  qcc_fake_provider_start (self->provider, 0, &error);
  g_assert_no_error (error);
  self->url = qcc_fake_provider_dup_url (self->provider);
  qcc_bus_fixture_activate (self->service);
}

static void
end_process (GSubprocess **process)
{
  if (*process == NULL)
    return;

  g_subprocess_send_signal (*process, SIGTERM);
  g_assert_true (g_subprocess_wait (*process, NULL, NULL));
  g_clear_object (process);
}

static void
tear_down (Fixture *self,
           gconstpointer data)
{
  qcc_bus_fixture_quit (self->service);
  end_process (&self->keyring.daemon);
  qcc_bus_fixture_free (self->service);
  end_process (&self->keyring.xvfb);
  g_unsetenv ("DISPLAY");
  g_unsetenv ("XDG_DATA_DIRS");
  g_free (self->keyring.display);
  g_free (self->keyring.home);
  g_object_unref (self->provider);
  g_free (self->url);
}

/* Runs the command, which never shows the key; @part is of standard output when it went well, else of the error. */
static void
check (const char *words,
       const char *input,
       int exit_code,
       const char *part)
{
  g_autoptr (QccCliRun) run = qcc_cli_service_run (program, words, input);
  const char *text = exit_code == 0 ? run->out : run->err;

  g_assert_cmpint (run->exit_code, ==, exit_code);
  if (strstr (run->out, KEY) != NULL || strstr (run->err, KEY) != NULL)
    g_error ("the key was shown");
  if (strstr (text, part) == NULL)
    g_error ("“%s” is not in “%s”", part, text);
}

static void
check_add (Fixture *self,
           const char *id,
           int exit_code,
           const char *part)
{
  g_autofree char *words = g_strdup_printf (ADD, self->url, id);

  check (words, KEY "\n", exit_code, part);
}

static void
assert_answered (Fixture *self)
{
  g_autofree char *answer = qcc_bus_fixture_ask (self->service);

  g_assert_true (g_str_has_prefix (answer, "200 "));
}

static void
add_profile (void)
{
  check ("add work", NULL, 0, "Profile “work” was added.");
}

/* With a key that the service has used once. */
static void
make_answering (Fixture *self)
{
  add_profile ();
  check_add (self, "work-1", 0, "Endpoint “work-1” was added to profile “work”.\n");
  assert_answered (self);
}

static void
test_unlocked (Fixture *self,
               gconstpointer data)
{
  make_answering (self);
  check ("keys list", NULL, 0, "work-1    work     ok   secret-service\n");
  check ("keys list", NULL, 0, "\nkeyring of the desktop  unlocked\nkey file                not in use\n");
  check ("status", NULL, 0, "work-1    enabled  ok   http://");
  check ("keys unlock", NULL, 0, "The key store is unlocked, and the service has looked up its keys.\n");
  check ("endpoint remove work work-1 --yes", NULL, 0, "Endpoint “work-1” and its key were removed.\n");
  check ("keys remove work-1 --yes", NULL, 4, "there is no key for work-1");
}

/* The service goes on with what it has; nothing can be changed, and nothing is half done. */
static void
test_locked (Fixture *self,
             gconstpointer data)
{
  make_answering (self);
  qcc_keyring_lock (&self->keyring);
  check ("keys list", NULL, 0, "work-1    work     ok   secret-service\n");
  check ("keys list", NULL, 0, "\nkeyring of the desktop  locked\n");
  check ("status", NULL, 0, "work-1    enabled  ok   http://");
  assert_answered (self);

  check_add (self, "work-2", 1,
             "qcc: the endpoint was not added, since its key cannot be stored: the keyring is locked; unlock it with “qcc keys unlock”");
  check ("endpoint list work --json", NULL, 0, "work-1");
  check ("keys unlock", NULL, 1, "qcc: the keyring is still locked: its password was not given, or there is no display");
  assert_answered (self);
}

static void
test_locked_from_start (Fixture *self,
                        gconstpointer data)
{
  make_answering (self);
  qcc_keyring_lock (&self->keyring);
  qcc_bus_fixture_quit (self->service);
  qcc_bus_fixture_activate (self->service);
  check ("keys list", NULL, 0, "work-1    work     locked\n");
  check ("keys list", NULL, 0, "“qcc keys unlock” makes those readable that are locked.\n");
  check ("status", NULL, 0, "work-1    enabled  locked  http://");
}

static void
test_locked_removal (Fixture *self,
                     gconstpointer data)
{
  make_answering (self);
  check_add (self, "work-2", 0, "was added");
  check_add (self, "work-3", 0, "was added");
  qcc_keyring_lock (&self->keyring);
  check ("endpoint remove work work-1 --yes", NULL, 1,
         "qcc: the endpoint was removed; the key of work-1 stays in the key store (the keyring is locked;");
  check ("remove work --yes --json", NULL, 1,
         "qcc: the profile was removed; the keys of work-2, work-3 stay in the key store (the keyring is locked;");
  check ("list --json", NULL, 0, "[]");
  check ("keys remove work-1 --yes", NULL, 1, "the keyring is locked");
}

/* The user types the password into the window of the desktop. */
static void
test_unlock_on_display (Fixture *self,
                        gconstpointer data)
{
  g_autoptr (GSubprocess) prompter = NULL;
  g_autoptr (GSubprocess) unlock = NULL;
  g_autofree char *window = NULL;
  g_autofree char *out = NULL;
  g_autoptr (GError) error = NULL;

  if (self->keyring.xvfb == NULL)
    return;

  make_answering (self);
  qcc_keyring_lock (&self->keyring);
  check_add (self, "work-2", 1, "the keyring is locked; unlock it with “qcc keys unlock”");

  prompter = start_prompter (self);
  unlock = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "keys", "unlock", NULL);
  g_assert_no_error (error);
  window = qcc_keyring_wait_for_window (&self->keyring);
  qcc_keyring_press (&self->keyring, window, "type", QCC_TEST_PASSWORD);
  qcc_keyring_press (&self->keyring, window, "key", "Return");
  g_assert_true (g_subprocess_communicate_utf8 (unlock, NULL, NULL, &out, NULL, &error));
  g_assert_cmpint (g_subprocess_get_exit_status (unlock), ==, 0);
  g_assert_cmpstr (out, ==, "The key store is unlocked, and the service has looked up its keys.\n");
  /* The id was not lost by the attempt. */
  check_add (self, "work-2", 0, "was added");
  check ("keys list", NULL, 0, "\nkeyring of the desktop  unlocked\n");
  end_process (&prompter);
}

static void
test_absent (Fixture *self,
             gconstpointer data)
{
  add_profile ();
  check_add (self, "work-1", 1, "qcc: the endpoint was not added, since its key cannot be stored: there is no keyring here");
  check_add (self, "work-2", 1, "“qcc keys file”");
  check ("endpoint list work --json", NULL, 0, "[]");
  check ("keys list", NULL, 0, "There are no endpoints; “qcc endpoint add” makes one.\n");
  check ("keys list", NULL, 0, "\nkeyring of the desktop  absent\n");
  check ("status", NULL, 0, "  none");
  check ("keys unlock", NULL, 1, "qcc: the keyring of the desktop cannot be used");
}

static void
test_killed (Fixture *self,
             gconstpointer data)
{
  make_answering (self);
  qcc_keyring_kill (&self->keyring);
  check ("keys list", NULL, 0, "work-1    work     ok   secret-service\n");
  check ("keys list", NULL, 0, "\nkeyring of the desktop  absent\n");
  check ("status", NULL, 0, "work-1    enabled  ok   http://");
  assert_answered (self);
  check_add (self, "work-2", 1, "qcc: the endpoint was not added, since its key cannot be stored: there is no keyring here");
  check ("keys unlock", NULL, 1, "qcc: the keyring of the desktop cannot be used");
  assert_answered (self);
  check ("endpoint remove work work-1 --yes", NULL, 1,
         "qcc: the endpoint was removed; the key of work-1 stays in the key store (the keyring of the desktop is not there now);"
         " remove it later with “qcc keys remove ID”\n");

  /* It is there again with the keyring, and goes then. */
  qcc_keyring_start (&self->keyring, QCC_TEST_PASSWORD);
  check ("keys remove work-1 --yes", NULL, 0, "The key of “work-1” was removed.\n");
}

int
main (int argc,
      char **argv)
{
  static const QccKeyringStart none = QCC_KEYRING_NO_DAEMON;
  static const QccKeyringStart unlocked = QCC_KEYRING_UNLOCKED;
  static const QccKeyringStart display = QCC_KEYRING_DISPLAY;
  const struct
  {
    const char *path;
    const QccKeyringStart *start;
    void (*run) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "/cli/keyring/unlocked", &unlocked, test_unlocked },
    { "/cli/keyring/locked", &unlocked, test_locked },
    { "/cli/keyring/locked-from-start", &unlocked, test_locked_from_start },
    { "/cli/keyring/locked-removal", &unlocked, test_locked_removal },
    { "/cli/keyring/unlock-on-display", &display, test_unlock_on_display },
    { "/cli/keyring/absent", &none, test_absent },
    { "/cli/keyring/killed", &unlocked, test_killed },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 3);
  program = argv[1];
  service = argv[2];

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].start, set_up, tests[i].run, tear_down);

  return g_test_run ();
}
