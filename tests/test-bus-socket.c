/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>

#include "common/qcc-error.h"
#include "tests/qcc-bus-fixture.h"
#include "tests/qcc-raw-client.h"

/* The service as systemd starts it (spec 2.1): with a socket that somebody else has opened, and a bus. */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1

static const char *service_program;

static GSocket *
open_socket (void)
{
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);

  g_assert_no_error (error);
  g_socket_bind (socket, address, TRUE, &error);
  g_assert_no_error (error);
  g_socket_listen (socket, &error);
  g_assert_no_error (error);

  return socket;
}

static guint16
get_port (GSocket *socket)
{
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, NULL);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local));
}

static GSubprocess *
spawn (QccBusFixture *fixture,
       GSocket *socket)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_take_fd (launcher, dup (g_socket_get_fd (socket)), 3);
  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS", g_test_dbus_get_bus_address (fixture->bus), TRUE);
  g_subprocess_launcher_setenv (launcher, "LISTEN_FDS", "1", TRUE);
  /* The process number is known only after the fork, and kept by exec. */
  process = g_subprocess_launcher_spawn (launcher, &error, "sh", "-c", "LISTEN_PID=$$ exec \"$0\"", service_program, NULL);
  g_assert_no_error (error);

  return process;
}

/* Returns: the status of the answer, 0 for a connection that is closed without one */
static guint
ask (guint16 port)
{
  g_autoptr (QccRawClient) client = qcc_raw_client_new ("127.0.0.1", port);
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_send (client, "GET /qcc/health HTTP/1.1\r\nHost: localhost\r\n\r\n", -1);
  answer = qcc_raw_client_read_answer (client);

  return answer != NULL ? answer->status : 0;
}

static gboolean
is_running (gpointer data)
{
  return qcc_bus_fixture_is_running (data);
}

static void
test_socket (void)
{
  QccBusFixture *fixture = qcc_bus_fixture_new (service_program);
  g_autoptr (GSocket) socket = open_socket ();
  guint16 port = get_port (socket);
  g_autoptr (GSubprocess) process = spawn (fixture, socket);
  g_autofree char *pid = NULL;
  g_autoptr (GError) error = NULL;

  /* Who connects before the service is up is answered too. */
  g_assert_cmpuint (ask (port), ==, 200);
  qcc_bus_fixture_wait_for (fixture, is_running, fixture);
  qcc_bus_fixture_activate (fixture);
  pid = g_strdup_printf ("%u", qcc_bus_fixture_get_pid (fixture));
  g_assert_cmpstr (pid, ==, g_subprocess_get_identifier (process));
  g_assert_cmpuint (qcc_bus_fixture_get_port (fixture), ==, port);

  /* The socket stays open, so clients get in, but no further. */
  qcc_dbus_manager1_call_stop_sync (fixture->manager, CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_assert_text (fixture, "State", "stopped");
  qcc_bus_fixture_assert_text (fixture, "Url", "");
  g_assert_cmpuint (ask (port), ==, 0);

  qcc_dbus_manager1_call_start_sync (fixture->manager, CALL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (ask (port), ==, 200);
  g_assert_cmpuint (qcc_bus_fixture_get_port (fixture), ==, port);

  qcc_bus_fixture_quit (fixture);
  g_subprocess_wait (process, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (process));
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

  g_test_add_func ("/bus-socket", test_socket);

  return g_test_run ();
}
