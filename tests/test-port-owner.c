/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-port-owner.h"

#include <grp.h>
#include <locale.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/qcc-error.h"
#include "service/qcc-hardening.h"
#include "service/qcc-listener.h"
#include "service/qcc-port.h"

/* Who has a port, and which is free (spec 2.1). The program is its own child: with --listen it listens,
 * prints the port and keeps it until its input ends; "hardened" as the service does, "hidden" also for its
 * own user. With --describe PORT it says who has it. As an ordinary user: root sees through everything. */

#define NOBODY 65534

#define LISTEN "--listen"
#define DESCRIBE "--describe"

static void
become_nobody (gpointer user_data)
{
  if (getuid () == 0 && (setgroups (0, NULL) != 0 || setgid (NOBODY) != 0 || setuid (NOBODY) != 0))
    _exit (126);
}

static GPtrArray *
listen_somewhere (guint16 *out_port)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *sockets = qcc_port_open ("localhost", 0, &error);
  g_autoptr (GSocketAddress) local = NULL;

  g_assert_no_error (error);
  local = g_socket_get_local_address (sockets->pdata[0], NULL);
  *out_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local));

  return sockets;
}

static int
run_listen (const char *how)
{
  guint16 port;
  g_autoptr (GPtrArray) sockets = listen_somewhere (&port);

  if (!g_str_equal (how, "open"))
    qcc_hardening_apply ();
  g_print ("%u\n", port);

  /* What a hardened process sees of itself, and of this port. */
  if (g_str_equal (how, "hardened"))
    {
      g_autoptr (GDir) descriptors = g_dir_open ("/proc/self/fd", 0, NULL);
      g_autofree char *owner = qcc_port_owner_describe (port);

      g_print ("%s %s\n", descriptors != NULL ? "sees" : "is blind", owner);
    }
  while (getchar () != EOF)
    ;

  return 0;
}

static int
run_describe (const char *port)
{
  g_autofree char *owner = qcc_port_owner_describe ((guint16) g_ascii_strtoull (port, NULL, 10));

  g_print ("%s\n", owner != NULL ? owner : "nobody");
  return 0;
}

static GSubprocess *
spawn (gboolean as_nobody,
       const char *what,
       const char *how,
       GDataInputStream **out_said)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GError) error = NULL;
  GSubprocess *child;

  if (as_nobody)
    g_subprocess_launcher_set_child_setup (launcher, become_nobody, NULL, NULL);
  /* By this name also where another user may not enter the folder of the program. */
  child = g_subprocess_launcher_spawn (launcher, &error, "/proc/self/exe", what, how, NULL);
  g_assert_no_error (error);
  *out_said = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));

  return child;
}

static char *
read_line (GDataInputStream *said)
{
  g_autoptr (GError) error = NULL;
  char *line = g_data_input_stream_read_line (said, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (line);

  return line;
}

static void
end_child (GSubprocess *child)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_close (g_subprocess_get_stdin_pipe (child), NULL, NULL);
  g_subprocess_wait_check (child, NULL, &error);
  g_assert_no_error (error);
}

/* What an ordinary user, not root, is told about @port. */
static char *
ask_as_nobody (const char *port)
{
  g_autoptr (GDataInputStream) said = NULL;
  g_autoptr (GSubprocess) asker = spawn (TRUE, DESCRIBE, port, &said);
  char *line = read_line (said);

  end_child (asker);

  return line;
}

static void
test_self (void)
{
  guint16 port;
  g_autoptr (GPtrArray) sockets = listen_somewhere (&port);
  g_autofree char *owner = qcc_port_owner_describe (port);
  g_autofree char *soon = qcc_port_owner_describe_soon (port);
  g_autofree char *expected = g_strdup_printf ("test-port-owner (pid %d)", (int) getpid ());

  g_assert_cmpstr (owner, ==, expected);
  g_assert_cmpstr (soon, ==, expected);
}

/* Also when only IPv6 is listened on. */
static void
test_ipv6 (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) sockets = qcc_port_open ("::1", 0, &error);
  g_autoptr (GSocketAddress) local = NULL;
  g_autofree char *owner = NULL;

  if (sockets == NULL)
    {
      g_test_skip ("there is no IPv6 here");
      return;
    }

  local = g_socket_get_local_address (sockets->pdata[0], NULL);
  owner = qcc_port_owner_describe (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local)));
  g_assert_nonnull (strstr (owner, "test-port-owner (pid "));
}

static void
test_nobody_listens (void)
{
  guint16 port;
  g_autoptr (GPtrArray) sockets = listen_somewhere (&port);

  g_clear_pointer (&sockets, g_ptr_array_unref);
  g_assert_null (qcc_port_owner_describe (port));
  g_assert_null (qcc_port_owner_describe_soon (port));
}

/* Only somebody who listens is an owner, not somebody who is connected from or to that port. */
static void
test_connected (void)
{
  guint16 port;
  g_autoptr (GPtrArray) sockets = listen_somewhere (&port);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GSocketAddress) local = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error);
  g_assert_no_error (error);
  local = g_socket_connection_get_local_address (connection, NULL);
  g_assert_null (qcc_port_owner_describe (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local))));
}

static void
test_same_user (void)
{
  g_autoptr (GDataInputStream) said = NULL;
  g_autoptr (GSubprocess) owner = spawn (TRUE, LISTEN, "open", &said);
  g_autofree char *port = read_line (said);
  g_autofree char *expected = g_strdup_printf ("test-port-owner (pid %s)", g_subprocess_get_identifier (owner));
  g_autofree char *answer = ask_as_nobody (port);

  g_assert_cmpstr (answer, ==, expected);
  end_child (owner);
}

/* A process without core files can look into itself, and nobody else can. */
static void
test_hardened (void)
{
  g_autoptr (GDataInputStream) said = NULL;
  g_autoptr (GSubprocess) owner = spawn (TRUE, LISTEN, "hardened", &said);
  g_autofree char *port = read_line (said);
  g_autofree char *itself = read_line (said);
  g_autofree char *expected = g_strdup_printf ("sees test-port-owner (pid %s)", g_subprocess_get_identifier (owner));
  g_autofree char *answer = ask_as_nobody (port);

  g_assert_cmpstr (itself, ==, expected);
  g_assert_nonnull (strstr (answer, "yours"));
  g_assert_nonnull (strstr (answer, "another QCC"));
  end_child (owner);
}

static void
test_other_user (void)
{
  guint16 port;
  g_autoptr (GPtrArray) sockets = listen_somewhere (&port);
  g_autofree char *number = g_strdup_printf ("%u", port);
  g_autofree char *answer = NULL;

  if (getuid () != 0)
    {
      g_test_skip ("only root can ask as another user");
      return;
    }

  answer = ask_as_nobody (number);
  g_assert_cmpstr (answer, ==, "a process of the user root");
}

static void
on_described (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  char **owner = user_data;
  g_autoptr (GError) error = NULL;

  *owner = qcc_port_owner_describe_finish (result, &error);
  if (error != NULL)
    *owner = g_strdup (error->message);
}

static void
test_async (void)
{
  guint16 port;
  g_autoptr (GPtrArray) sockets = listen_somewhere (&port);
  g_autofree char *owner = NULL;

  qcc_port_owner_describe_async (port, NULL, on_described, &owner);
  g_assert_null (owner);
  while (owner == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (strstr (owner, "test-port-owner (pid "));
}

static void
test_async_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *owner = NULL;

  g_cancellable_cancel (cancellable);
  qcc_port_owner_describe_async (1, cancellable, on_described, &owner);
  while (owner == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (strstr (owner, "cancelled"));
}

static void
on_found (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(int *) user_data = qcc_port_find_free_finish (result, &error);
  g_assert_no_error (error);
}

static void
test_find_free (void)
{
  guint16 port;
  g_autoptr (GPtrArray) sockets = listen_somewhere (&port);
  guint16 found = qcc_port_find_free ("localhost", port);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) taken = NULL;
  int next = -1;

  g_assert_cmpuint (found, >, port);
  taken = qcc_port_open ("localhost", found, &error);
  g_assert_no_error (error);

  /* That one is taken now, so it is not offered for its neighbour. */
  qcc_port_find_free_async ("localhost", found - 1, NULL, on_found, &next);
  g_assert_cmpint (next, ==, -1);
  while (next == -1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (next, >, found);
}

static void
test_find_free_bounds (void)
{
  g_assert_cmpuint (qcc_port_find_free ("localhost", 0), >=, 1024);
  g_assert_cmpuint (qcc_port_find_free ("localhost", 80), >=, 1024);
  g_assert_cmpuint (qcc_port_find_free ("localhost", 65535), ==, 0);
  g_assert_cmpuint (qcc_port_find_free ("no address", 7860), ==, 0);
}

static void
on_connection (GSocketConnection *connection,
               gpointer user_data)
{
}

static void
test_listener_taken (void)
{
  guint16 port;
  g_autoptr (GPtrArray) sockets = listen_somewhere (&port);
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = g_strdup_printf ("Port %u is used by test-port-owner (pid %d)", port, (int) getpid ());
  g_autofree char *command = g_strdup_printf ("qcc config set proxy.port %u", qcc_port_find_free ("localhost", port));

  g_assert_null (qcc_listener_new ("localhost", port, QCC_LISTENER_NONE, on_connection, NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, expected));
  g_assert_nonnull (strstr (error->message, command));
}

/* Spec 3.1. */
static void
test_listener_remote (void)
{
  const char *const remote[] = { "0.0.0.0", "::", "192.0.2.1", "2001:db8::1" };
  g_autoptr (GError) error = NULL;
  g_autoptr (QccListener) listener = NULL;
  g_autofree char *url = NULL;
  g_autofree char *expected = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (remote); i++)
    {
      g_assert_null (qcc_listener_new (remote[i], 0, QCC_LISTENER_NONE, on_connection, NULL, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);
      g_assert_nonnull (strstr (error->message, remote[i]));
      g_assert_nonnull (strstr (error->message, "proxy.require-token true"));
      g_clear_error (&error);
    }

  listener = qcc_listener_new ("0.0.0.0", 0, QCC_LISTENER_ALLOW_REMOTE, on_connection, NULL, &error);
  g_assert_no_error (error);
  url = qcc_listener_dup_url (listener);
  expected = g_strdup_printf ("http://127.0.0.1:%u", qcc_listener_get_port (listener));
  g_assert_cmpstr (url, ==, expected);
}

static void
test_listener_no_address (void)
{
  const char *const hosts[] = { "", "example.test", "127.0.0.1:7860", "[::1]", "300.0.0.1" };

  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (qcc_listener_new (hosts[i], 0, QCC_LISTENER_ALLOW_REMOTE, on_connection, NULL, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
    }
}

/* A socket unit is no way around the rule. */
static void
test_listener_remote_socket (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) sockets = qcc_port_open ("0.0.0.0", 0, &error);
  QccListener *listener;

  g_assert_no_error (error);
  g_assert_null (qcc_listener_new_from_sockets (sockets, QCC_LISTENER_NONE, on_connection, NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);
  g_clear_error (&error);

  listener = qcc_listener_new_from_sockets (sockets, QCC_LISTENER_ALLOW_REMOTE, on_connection, NULL, &error);
  g_assert_no_error (error);
  qcc_listener_free (listener);
  g_assert_false (g_socket_is_closed (sockets->pdata[0]));
}

int
main (int argc,
      char **argv)
{
  setlocale (LC_ALL, "");
  if (argc == 3 && g_str_equal (argv[1], LISTEN))
    return run_listen (argv[2]);
  if (argc == 3 && g_str_equal (argv[1], DESCRIBE))
    return run_describe (argv[2]);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/service/port-owner/self", test_self);
  g_test_add_func ("/service/port-owner/ipv6", test_ipv6);
  g_test_add_func ("/service/port-owner/nobody-listens", test_nobody_listens);
  g_test_add_func ("/service/port-owner/connected", test_connected);
  g_test_add_func ("/service/port-owner/same-user", test_same_user);
  g_test_add_func ("/service/port-owner/hardened", test_hardened);
  g_test_add_func ("/service/port-owner/other-user", test_other_user);
  g_test_add_func ("/service/port-owner/async", test_async);
  g_test_add_func ("/service/port-owner/async-cancelled", test_async_cancelled);
  g_test_add_func ("/service/port-owner/find-free", test_find_free);
  g_test_add_func ("/service/port-owner/find-free-bounds", test_find_free_bounds);
  g_test_add_func ("/service/port-owner/listener-taken", test_listener_taken);
  g_test_add_func ("/service/port-owner/listener-remote", test_listener_remote);
  g_test_add_func ("/service/port-owner/listener-no-address", test_listener_no_address);
  g_test_add_func ("/service/port-owner/listener-remote-socket", test_listener_remote_socket);

  return g_test_run ();
}
