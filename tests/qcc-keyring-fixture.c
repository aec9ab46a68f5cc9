/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-keyring-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include <glib/gstdio.h>

#include "common/qcc-platform-key-store.h"
#include "tests/qcc-key-store-fixture.h"

#define LIMIT_SECONDS 30

static gboolean
on_late (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Runs the main loop until @is_done says so; returns whether it did within the time. */
gboolean
qcc_test_wait (gboolean (*is_done) (gpointer data),
               gpointer data,
               guint seconds)
{
  gboolean late = FALSE;
  guint timer = g_timeout_add_seconds (seconds, on_late, &late);

  while (!is_done (data) && !late)
    g_main_context_iteration (NULL, TRUE);

  if (!late)
    g_source_remove (timer);
  return !late;
}

static GVariant *
call (QccKeyringFixture *self,
      const char *name,
      const char *path,
      const char *interface,
      const char *method,
      GVariant *arguments)
{
  g_autoptr (GError) error = NULL;
  GVariant *reply = g_dbus_connection_call_sync (self->control, name, path, interface, method, arguments, NULL,
                                                 G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, &error);

  g_assert_no_error (error);
  return reply;
}

static gboolean
has_owner (QccKeyringFixture *self,
           const char *name)
{
  g_autoptr (GVariant) reply = call (self, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                     "NameHasOwner", g_variant_new ("(s)", name));
  gboolean owned;

  g_variant_get (reply, "(b)", &owned);
  return owned;
}

/* Whether this system has a prompter at all; without one the test is skipped. */
gboolean
qcc_keyring_can_prompt (void)
{
  if (g_file_test (QCC_TEST_PROMPTER_FILE, G_FILE_TEST_EXISTS))
    return TRUE;

  g_test_skip ("the prompter of gcr is not installed");
  return FALSE;
}

gboolean
qcc_keyring_has_prompter (QccKeyringFixture *self)
{
  return has_owner (self, QCC_TEST_PROMPTER_NAME);
}

/* The time between two looks at what only another program knows; the loop runs on meanwhile. */
static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
has_daemon (gpointer data)
{
  return has_owner (data, "org.freedesktop.secrets");
}

static gboolean
has_no_daemon (gpointer data)
{
  return !has_daemon (data);
}

static void
wait_ticking (gboolean (*is_done) (gpointer data),
              QccKeyringFixture *self)
{
  guint tick = g_timeout_add (10, on_tick, NULL);

  g_assert_true (qcc_test_wait (is_done, self, LIMIT_SECONDS));
  g_source_remove (tick);
}

/* A test that fails must leave nothing behind. The X server removes its lock and socket on SIGTERM. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

/* Starts the daemon; with @password (nullable) its login keyring is made, or unlocked if that is the right one. */
void
qcc_keyring_start (QccKeyringFixture *self,
                   const char *password)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                                                        G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
                                                                        G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GError) error = NULL;
  GOutputStream *input;

  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  g_subprocess_launcher_setenv (launcher, "HOME", self->home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", self->home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_RUNTIME_DIR", self->home, TRUE);
  g_subprocess_launcher_unsetenv (launcher, "GNOME_KEYRING_CONTROL");
  g_clear_object (&self->daemon);
  self->daemon = g_subprocess_launcher_spawn (launcher, &error, "gnome-keyring-daemon", "--foreground", "--components=secrets",
                                              password != NULL ? "--unlock" : NULL, NULL);
  g_assert_no_error (error);

  input = g_subprocess_get_stdin_pipe (self->daemon);
  if (password != NULL)
    g_output_stream_write_all (input, password, strlen (password), NULL, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_close (input, NULL, &error);
  g_assert_no_error (error);

  wait_ticking (has_daemon, self);
}

void
qcc_keyring_kill (QccKeyringFixture *self)
{
  g_subprocess_force_exit (self->daemon);
  g_assert_true (g_subprocess_wait (self->daemon, NULL, NULL));
  wait_ticking (has_no_daemon, self);
}

void
qcc_keyring_lock (QccKeyringFixture *self)
{
  g_autoptr (GVariant) reply = call (self, "org.freedesktop.secrets", "/org/freedesktop/secrets",
                                     "org.freedesktop.Secret.Service", "Lock",
                                     g_variant_new_parsed ("([objectpath '/org/freedesktop/secrets/collection/login'],)"));
  g_autoptr (GVariant) locked = g_variant_get_child_value (reply, 0);

  g_assert_cmpuint (g_variant_n_children (locked), ==, 1);
}

static char *
run_xdotool (QccKeyringFixture *self,
             const char *const *arguments)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                                        G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) xdotool = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;

  g_subprocess_launcher_setenv (launcher, "DISPLAY", self->display, TRUE);
  xdotool = g_subprocess_launcher_spawnv (launcher, arguments, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (xdotool, NULL, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  return g_strstrip (output);
}

static char *
find_window (QccKeyringFixture *self)
{
  const char *const arguments[] = { "xdotool", "search", "--onlyvisible", "--name", "Unlock Login Keyring", NULL };

  return run_xdotool (self, arguments);
}

static gboolean
has_window (gpointer data)
{
  g_autofree char *window = find_window (data);

  return *window != '\0';
}

/* Returns (transfer full): the id of the prompter's window, which must come up. */
char *
qcc_keyring_wait_for_window (QccKeyringFixture *self)
{
  wait_ticking (has_window, self);
  return find_window (self);
}

/* @verb: of xdotool, "type" or "key" */
void
qcc_keyring_press (QccKeyringFixture *self,
                   const char *window,
                   const char *verb,
                   const char *text)
{
  const char *const arguments[] = { "xdotool", "windowfocus", "--sync", window, verb, text, NULL };
  g_autofree char *output = run_xdotool (self, arguments);

  g_assert_cmpstr (output, ==, "");
}

/* Before a bus that is to start the prompter there. GTK needs the icons of the system. */
void
qcc_keyring_start_display (QccKeyringFixture *self)
{
  g_autofree char *number = NULL;
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GDataInputStream) lines = NULL;
  g_autoptr (GError) error = NULL;

  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  self->xvfb = g_subprocess_launcher_spawn (launcher, &error, "Xvfb",
                                            "-displayfd", "1", "-noreset", "-nolisten", "tcp", "-screen", "0", "800x600x24", NULL);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->xvfb));
  number = g_data_input_stream_read_line (lines, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (number);
  self->display = g_strconcat (":", number, NULL);
  g_setenv ("DISPLAY", self->display, TRUE);
  g_setenv ("XDG_DATA_DIRS", "/usr/local/share:/usr/share", TRUE);
}

/* The bus starts the prompter when the daemon calls it. */
static void
offer_prompter (QccKeyringFixture *self)
{
  g_autofree char *services = g_build_filename (self->home, "services", NULL);
  g_autofree char *copy = g_build_filename (services, QCC_TEST_PROMPTER_NAME ".service", NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (QCC_TEST_PROMPTER_FILE, &content, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir (services, 0700), ==, 0);
  g_file_set_contents (copy, content, -1, &error);
  g_assert_no_error (error);
  g_test_dbus_add_service_dir (self->bus, services);
}

static void
count_changed (QccKeyringFixture *self)
{
  self->n_changed++;
}

void
qcc_keyring_fixture_set_up (QccKeyringFixture *self,
                            gconstpointer data)
{
  const QccKeyringStart start = *(const QccKeyringStart *) data;
  g_autoptr (GError) error = NULL;

  self->home = g_dir_make_tmp ("qcc-keyring-XXXXXX", &error);
  g_assert_no_error (error);
  self->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_unsetenv ("DISPLAY");
  if (start == QCC_KEYRING_DISPLAY && qcc_keyring_can_prompt ())
    {
      qcc_keyring_start_display (self);
      offer_prompter (self);
    }
  g_test_dbus_up (self->bus);
  self->control = g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (self->bus),
                                                          G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                              G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                          NULL, NULL, &error);
  g_assert_no_error (error);

  if (start != QCC_KEYRING_NO_DAEMON)
    qcc_keyring_start (self, start == QCC_KEYRING_EMPTY ? NULL : QCC_TEST_PASSWORD);

  self->store = qcc_platform_key_store_new ();
  g_signal_connect_swapped (self->store, "changed", G_CALLBACK (count_changed), self);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static gboolean
is_finalized (gpointer data)
{
  return *(gpointer *) data == NULL;
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

void
qcc_keyring_fixture_tear_down (QccKeyringFixture *self,
                               gconstpointer data)
{
  /* GDBus lets go of what it held for a subscription from the loop. */
  g_object_add_weak_pointer (G_OBJECT (self->store), (gpointer *) &self->store);
  g_object_unref (self->store);
  g_assert_true (qcc_test_wait (is_finalized, &self->store, LIMIT_SECONDS));
  end_process (&self->daemon);
  g_dbus_connection_close_sync (self->control, NULL, NULL);
  g_clear_object (&self->control);

  /* Waits until nobody has the connection of the store any more. */
  g_test_dbus_down (self->bus);
  g_clear_object (&self->bus);
  end_process (&self->xvfb);
  g_unsetenv ("DISPLAY");
  g_unsetenv ("XDG_DATA_DIRS");
  g_clear_pointer (&self->display, g_free);

  remove_tree (self->home);
  g_clear_pointer (&self->home, g_free);
}

void
qcc_test_operation_done (GObject *source,
                         GAsyncResult *result,
                         gpointer user_data)
{
  QccTestOperation *operation = user_data;

  g_set_object (&operation->result, result);
  operation->n_results++;
}

gboolean
qcc_test_operation_is_done (gpointer data)
{
  return ((QccTestOperation *) data)->n_results > 0;
}

gboolean
qcc_keyring_has_changed (gpointer data)
{
  return ((QccKeyringFixture *) data)->n_changed > 0;
}

gboolean
qcc_keyring_unlock_finish (QccKeyringFixture *fixture,
                           QccTestOperation *operation,
                           guint seconds,
                           GError **error)
{
  gboolean ok;

  g_assert_true (qcc_test_wait (qcc_test_operation_is_done, operation, seconds));
  g_assert_cmpuint (operation->n_results, ==, 1);
  ok = qcc_platform_key_store_unlock_finish (fixture->store, operation->result, error);
  g_clear_object (&operation->result);
  operation->n_results = 0;
  return ok;
}

void
qcc_keyring_unlock_async (QccKeyringFixture *fixture,
                          GCancellable *cancellable,
                          QccTestOperation *operation)
{
  qcc_platform_key_store_unlock_async (fixture->store, cancellable, qcc_test_operation_done, operation);
  g_assert_cmpuint (operation->n_results, ==, 0);
}

void
qcc_assert_unlock_fails (QccKeyringFixture *fixture,
                         QccError code,
                         const char *advice)
{
  QccTestOperation operation = { NULL, 0 };
  g_autoptr (GError) error = NULL;

  qcc_keyring_unlock_async (fixture, NULL, &operation);
  g_assert_false (qcc_keyring_unlock_finish (fixture, &operation, 10, &error));
  g_assert_error (error, QCC_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, advice));
}

/**
 * qcc_assert_absent:
 * @fixture: where there never was a keyring
 *
 * Asserts that nothing is found there, and that a key is not taken.
 */
void
qcc_assert_absent (QccKeyringFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_remove_fails (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);
  g_assert_false (qcc_test_store (fixture->store, "a-1", "hunter2", NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "qcc keys file"));
  g_assert_null (strstr (error->message, "hunter2"));
}

void
qcc_assert_all_fail (QccKeyringFixture *fixture,
                     QccError code,
                     const char *advice)
{
  g_autoptr (GError) error = NULL;

  qcc_assert_no_key (fixture->store, "a-1", code);
  qcc_assert_remove_fails (fixture->store, "a-1", code);
  g_assert_false (qcc_test_store (fixture->store, "a-1", "hunter2", NULL, &error));
  g_assert_error (error, QCC_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, advice));
  g_assert_null (strstr (error->message, "hunter2"));
}
