/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "tests/qcc-policy-fixture.h"

/*
 * The real dconf on a private bus (spec 11.1). Each case is a process of its own, this program
 * called with the case's name and a folder: GIO decides on a back end once, and dconf's daemon gets
 * its folder from the environment.
 */

typedef struct
{
  const char *folder;
  GTestDBus *bus; /* (owned) */
  GString *said;  /* (owned) */
} Case;

static const char *program;

/* Asks the bus by a connection of its own, so that the one of the service is the service's. */
static GVariant *
call (Case *self,
      const char *name,
      const char *interface,
      const char *method,
      GVariant *parameters)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  GVariant *answer;

  connection = g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (self->bus),
                                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                       NULL, NULL, &error);
  g_assert_no_error (error);
  answer = g_dbus_connection_call_sync (connection, name, "/org/freedesktop/DBus", interface, method, parameters, NULL, G_DBUS_CALL_FLAGS_NONE,
                                        -1, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_close_sync (connection, NULL, NULL);

  return answer;
}

/* Of the owner of @name, a program that this test has started. */
static pid_t
get_pid (Case *self,
         const char *name)
{
  g_autoptr (GVariant) answer = call (self, "org.freedesktop.DBus", "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                                      g_variant_new ("(s)", name));
  guint32 pid;

  g_variant_get (answer, "(u)", &pid);
  g_assert_cmpuint (pid, >, 1);

  return (pid_t) pid;
}

static gboolean
has_daemon (Case *self)
{
  g_autoptr (GVariant) answer = call (self, "org.freedesktop.DBus", "org.freedesktop.DBus", "NameHasOwner",
                                      g_variant_new ("(s)", "ca.desrt.dconf"));
  gboolean has_owner;

  g_variant_get (answer, "(b)", &has_owner);

  return has_owner;
}

/* Returns when the bus knows: what is sent to a dying daemon is lost, and rightly said to be. */
static void
kill_daemon (Case *self)
{
  g_assert_cmpint (kill (get_pid (self, "ca.desrt.dconf"), SIGKILL), ==, 0);
  qcc_test_wait_until (!has_daemon (self));
}

/* GTestDBus takes XDG_RUNTIME_DIR away, where dconf notes that its file has changed. */
static void
bring_up_bus (Case *self)
{
  g_autoptr (GVariant) answer = NULL;
  GVariantBuilder environment;

  g_test_dbus_up (self->bus);
  g_setenv ("XDG_RUNTIME_DIR", g_get_user_runtime_dir (), TRUE);
  g_variant_builder_init (&environment, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&environment, "{ss}", "XDG_RUNTIME_DIR", g_get_user_runtime_dir ());
  answer = call (self, "org.freedesktop.DBus", "org.freedesktop.DBus", "UpdateActivationEnvironment",
                 g_variant_new ("(a{ss})", &environment));
}

/* Not by GTestDBus, which waits until nobody holds the connection; GIO's back end always does. */
static void
end_bus (Case *self)
{
  g_assert_cmpint (kill (get_pid (self, "org.freedesktop.DBus"), SIGTERM), ==, 0);
}

/* Another program at work. Returns what it says. */
static char *
run_gsettings (const char *verb,
               const char *key,
               const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "gsettings", verb,
                                                      "io.github.qcc.proxy", key, value, NULL);
  char *said = NULL;

  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &said, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (process));

  return g_strstrip (said);
}

static void
assert_elsewhere (const char *key,
                  const char *expected)
{
  g_autofree char *said = run_gsettings ("get", key, NULL);

  g_assert_cmpstr (said, ==, expected);
}

static QccPolicy *
open_dconf (void)
{
  g_autoptr (GError) error = NULL;
  QccPolicy *policy = qcc_policy_new (NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (qcc_policy_get_backend (policy), ==, "dconf");
  g_assert_null (qcc_policy_get_notice (policy));

  return policy;
}

/* dconf cannot be used: @hint says why, and nobody waited long. */
static void
assert_key_file (Case *self,
                 const char *hint)
{
  g_autofree char *path = g_build_filename (self->folder, "config", "glib-2.0", "settings", "keyfile", NULL);
  gint64 started = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (QccPolicy) policy = qcc_policy_new (NULL, &error);

  g_assert_cmpint (g_get_monotonic_time () - started, <, 4 * G_TIME_SPAN_SECOND);
  g_assert_no_error (error);
  g_assert_cmpstr (qcc_policy_get_backend (policy), ==, "keyfile");
  g_assert_nonnull (strstr (qcc_policy_get_notice (policy), path));
  if (strstr (qcc_policy_get_notice (policy), hint) == NULL)
    g_error ("“%s” does not say “%s”", qcc_policy_get_notice (policy), hint);
  g_assert_true (g_str_has_prefix (self->said->str, qcc_policy_get_notice (policy)));

  qcc_test_policy_assert_set (policy, "proxy.port", "8000");
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* It could not be stored, holds all the same, and nobody else sees it. */
static void
assert_holds (QccPolicy *policy,
              const char *text)
{
  g_autoptr (GError) error = NULL;
  GString *log = qcc_test_policy_log (policy);
  g_autofree char *expected = g_strdup_printf ("proxy.port=%s;", text);

  g_assert_false (qcc_test_policy_set (policy, "proxy.port", text, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "holds until QCC ends"));
  g_assert_cmpstr (qcc_policy_get_notice (policy), ==, error->message);

  qcc_test_policy_assert_value (policy, "proxy.port", text);
  g_assert_cmpstr (log->str, ==, expected);

  g_signal_handlers_disconnect_by_data (policy, log);
  g_string_free (log, TRUE);
}

static void
run_works (Case *self)
{
  g_autoptr (QccPolicy) policy = NULL;
  g_autofree char *said = NULL;
  GString *log;

  bring_up_bus (self);
  policy = open_dconf ();
  log = qcc_test_policy_log (policy);
  qcc_test_policy_assert_set (policy, "proxy.port", "8000");
  qcc_test_policy_assert_set (policy, "proxy.allowed-origins", "http://a,http://b");
  assert_elsewhere ("port", "8000");
  qcc_test_policy_assert_set_twice (policy, "queue.ttl", "61", "62");
  assert_elsewhere ("allowed-origins", "['http://a', 'http://b']");

  said = run_gsettings ("set", "port", "9000");
  qcc_test_wait_until (qcc_policy_get_values (policy)->port == 9000);
  qcc_test_policy_assert_reset (policy, "proxy.port");
  assert_elsewhere ("port", "7860");
  qcc_test_policy_assert_reset (policy, "proxy.port");
  g_assert_cmpstr (log->str, ==,
                   "proxy.port=8000;proxy.allowed-origins=http://a,http://b;queue.ttl=61;queue.ttl=62;proxy.port=9000;proxy.port=7860;");
  g_assert_cmpstr (self->said->str, ==, "");
  g_clear_object (&policy);
  g_string_free (log, TRUE);
  end_bus (self);
}

static void
run_killed (Case *self)
{
  g_autoptr (QccPolicy) policy = NULL;
  g_autofree char *path = g_build_filename (self->folder, "config", "dconf", NULL);
  g_autofree char *aside = g_build_filename (self->folder, "config", "aside", NULL);
  g_autofree char *said = NULL;

  bring_up_bus (self);
  policy = open_dconf ();
  qcc_test_policy_assert_set (policy, "proxy.port", "8000");
  kill_daemon (self);
  /* The bus starts it again. */
  qcc_test_policy_assert_set (policy, "proxy.port", "8001");
  assert_elsewhere ("port", "8001");

  /* Now it cannot write any more: not even root can use a file as a folder. */
  kill_daemon (self);
  g_assert_cmpint (g_rename (path, aside), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  assert_holds (policy, "8002");

  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rename (aside, path), ==, 0);
  /* dconf takes the value back in an event of its own, which comes before that of a later change. */
  said = run_gsettings ("set", "access-log", "false");
  qcc_test_wait_until (!qcc_policy_get_values (policy)->access_log);
  g_assert_cmpuint (qcc_policy_get_values (policy)->port, ==, 8002);
  qcc_test_policy_assert_set (policy, "proxy.port", "8003");
  g_assert_null (qcc_policy_get_notice (policy));
  assert_elsewhere ("port", "8003");
  end_bus (self);
}

static void
run_bus_ends (Case *self)
{
  g_autoptr (QccPolicy) policy = NULL;

  bring_up_bus (self);
  policy = open_dconf ();
  qcc_test_policy_assert_set (policy, "proxy.port", "8000");
  end_bus (self);
  assert_holds (policy, "8001");
  assert_holds (policy, "8002");
}

static void
run_no_bus (Case *self)
{
  g_test_dbus_unset ();
  assert_key_file (self, "since dconf cannot be used: ");
}

static void
run_dead_bus (Case *self)
{
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  assert_key_file (self, "since dconf cannot be used: ");
}

/* Somebody listens there and never says a word. */
static void
run_mute_bus (Case *self)
{
  g_autofree char *path = g_build_filename (self->folder, "mute", NULL);
  g_autofree char *address = g_strdup_printf ("unix:path=%s", path);
  g_autoptr (GSocketAddress) local = g_unix_socket_address_new (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, local, TRUE, &error));
  g_assert_true (g_socket_listen (socket, &error));
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
  assert_key_file (self, "no answer within 2 seconds");
}

static void
run_mute_daemon (Case *self)
{
  g_autoptr (GVariant) answer = NULL;
  pid_t daemon;

  bring_up_bus (self);
  answer = call (self, "ca.desrt.dconf", "org.freedesktop.DBus.Peer", "Ping", NULL);
  daemon = get_pid (self, "ca.desrt.dconf");
  g_assert_cmpint (kill (daemon, SIGSTOP), ==, 0);
  assert_key_file (self, "since dconf cannot be used: ");
  g_assert_cmpint (kill (daemon, SIGKILL), ==, 0);
  end_bus (self);
}

static void
run_no_folder (Case *self)
{
  g_autofree char *path = g_build_filename (self->folder, "config", "dconf", NULL);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  bring_up_bus (self);
  assert_key_file (self, path);
  end_bus (self);
}

static const struct
{
  const char *name;
  void (*run) (Case *self);
} cases[] = {
  { "works", run_works },
  { "killed", run_killed },
  { "bus-ends", run_bus_ends },
  { "no-bus", run_no_bus },
  { "dead-bus", run_dead_bus },
  { "mute-bus", run_mute_bus },
  { "mute-daemon", run_mute_daemon },
  { "no-folder", run_no_folder },
};

static G_NORETURN void
run_case (const char *name,
          const char *folder)
{
  Case self = { .folder = folder, .said = g_string_new (NULL) };

  g_get_user_runtime_dir (); /* keeps what it finds */
  self.bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_add_service_dir (self.bus, "/usr/share/dbus-1/services");
  qcc_test_policy_keep_log (self.said);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    if (g_str_equal (name, cases[i].name))
      cases[i].run (&self);

  exit (0);
}

static void
make_folder (GSubprocessLauncher *launcher,
             const char *folder,
             const char *variable,
             const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  g_subprocess_launcher_setenv (launcher, variable, path, TRUE);
}

static void
test_case (gconstpointer name)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "dconf", name, NULL);

  make_folder (launcher, folder, "HOME", "home");
  make_folder (launcher, folder, "XDG_CONFIG_HOME", "config");
  make_folder (launcher, folder, "XDG_RUNTIME_DIR", "run");
  g_subprocess_launcher_setenv (launcher, "GSETTINGS_BACKEND", "dconf", TRUE);
  child = g_subprocess_launcher_spawn (launcher, &error, program, name, folder, NULL);
  g_assert_no_error (error);
  g_subprocess_wait_check (child, NULL, &error);
  g_assert_no_error (error);
}

int
main (int argc,
      char **argv)
{
  program = argv[0];
  if (argc == 3)
    run_case (argv[1], argv[2]);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/policy-dconf/%s", cases[i].name);

      g_test_add_data_func (path, cases[i].name, test_case);
    }

  return g_test_run ();
}
