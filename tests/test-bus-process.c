/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gio/gio.h>

#include "common/qcc-error.h"
#include "tests/qcc-bus-fixture.h"

/* How the service as a process starts, stops, replaces another one and ends (spec 2.1, 12.3). */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1

static const char *service_program;

static void
test_start_stop (void)
{
  QccBusFixture *fixture = qcc_bus_fixture_new (service_program);
  g_autofree char *answer = NULL;
  g_autofree char *port = NULL;
  g_autoptr (GSocketListener) taken = g_socket_listener_new ();
  g_autofree char *reason = NULL;
  g_autoptr (GError) error = NULL;

  qcc_bus_fixture_activate (fixture);
  port = g_strdup_printf ("%u", qcc_bus_fixture_get_port (fixture));
  qcc_dbus_manager1_call_stop_sync (fixture->manager, CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_assert_text (fixture, "State", "stopped");
  qcc_bus_fixture_assert_text (fixture, "Url", "");

  /* Somebody else takes the port in between. */
  qcc_dbus_manager1_call_set_setting_sync (fixture->manager, "proxy.port", port, CALL, NULL, &error);
  g_assert_no_error (error);
  g_socket_listener_add_inet_port (taken, (guint16) g_ascii_strtoull (port, NULL, 10), NULL, &error);
  g_assert_no_error (error);
  g_assert_false (qcc_dbus_manager1_call_start_sync (fixture->manager, CALL, NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_clear_error (&error);
  qcc_bus_fixture_assert_text (fixture, "State", "failed");
  reason = qcc_bus_fixture_get_text (fixture, "StateReason");
  g_assert_nonnull (strstr (reason, port));
  g_assert_nonnull (strstr (reason, "test-bus-proc"));

  g_socket_listener_close (taken);
  qcc_dbus_manager1_call_start_sync (fixture->manager, CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_assert_text (fixture, "State", "running");
  qcc_bus_fixture_assert_text (fixture, "StateReason", "");
  answer = qcc_bus_fixture_ask (fixture);
  g_assert_nonnull (strstr (answer, "503 "));

  qcc_bus_fixture_free (fixture);
}

/* Reads what it says until it ends. */
static char *
run_second (const char *option,
            int *out_status)
{
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  char *said = NULL;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_PIPE, &error, service_program, option, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &said, &error);
  g_assert_no_error (error);
  *out_status = g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : -1;

  return said;
}

static gboolean
is_replaced (gpointer data)
{
  return !qcc_bus_fixture_is_running (data);
}

static void
test_two_instances (void)
{
  QccBusFixture *fixture = qcc_bus_fixture_new (service_program);
  g_autofree char *said = NULL;
  g_autoptr (GSubprocess) third = NULL;
  g_autoptr (GError) error = NULL;
  guint32 first;
  int status;

  g_setenv ("DBUS_SESSION_BUS_ADDRESS", g_test_dbus_get_bus_address (fixture->bus), TRUE);
  qcc_bus_fixture_activate (fixture);
  first = qcc_bus_fixture_get_pid (fixture);

  said = run_second (NULL, &status);
  g_assert_cmpint (status, ==, 1);
  g_assert_nonnull (strstr (said, "--replace"));
  g_assert_cmpuint (qcc_bus_fixture_get_pid (fixture), ==, first);

  third = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, service_program, "--replace", NULL);
  g_assert_no_error (error);
  qcc_bus_fixture_wait_for (fixture, is_replaced, fixture);
  while (!qcc_bus_fixture_is_running (fixture))
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (qcc_bus_fixture_get_pid (fixture), !=, first);
  qcc_bus_fixture_assert_text (fixture, "State", "running");

  qcc_bus_fixture_quit (fixture);
  g_subprocess_wait (third, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_subprocess_get_exit_status (third), ==, 0);
  qcc_bus_fixture_free (fixture);
}

/* The session ends: the service must not stay behind without its bus, in the way of the next session. */
static void
test_bus_gone (void)
{
  QccBusFixture *fixture = qcc_bus_fixture_new (service_program);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GSubprocess) bus = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GDataInputStream) reader = NULL;
  g_autofree char *address = NULL;
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;

  bus = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "dbus-daemon", "--session", "--nofork", "--print-address", NULL);
  g_assert_no_error (error);
  reader = g_data_input_stream_new (g_subprocess_get_stdout_pipe (bus));
  address = g_data_input_stream_read_line (reader, NULL, NULL, &error);
  g_assert_no_error (error);

  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS", address, TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, service_program, NULL);
  g_assert_no_error (error);
  g_clear_object (&reader);
  reader = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));
  do
    {
      g_free (line);
      line = g_data_input_stream_read_line (reader, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_nonnull (line);
    }
  while (strstr (line, "Listening on") == NULL);

  g_subprocess_force_exit (bus);
  while (g_free (line), (line = g_data_input_stream_read_line (reader, NULL, NULL, NULL)) != NULL)
    continue;
  g_subprocess_wait (process, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);

  qcc_bus_fixture_free (fixture);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  service_program = argv[1];
  (void) qcc_error_quark ();

  g_test_add_func ("/bus-process/start-stop", test_start_stop);
  g_test_add_func ("/bus-process/two-instances", test_two_instances);
  g_test_add_func ("/bus-process/bus-gone", test_bus_gone);

  return g_test_run ();
}
