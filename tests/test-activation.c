/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-activation.h"

#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>

/* Sockets handed over by systemd (spec 2.1). The program is its own child: with --child it takes what
 * it was given, says what it has, and greets who connects to the first. */

#define CHILD "--child"

typedef struct
{
  GSocket *sockets[3]; /* (owned) (nullable): descriptors 3, 4, 5 of the child */
  const char *count;   /* (nullable): LISTEN_FDS */
  const char *names;   /* (nullable): LISTEN_FDNAMES */
  const char *pid;     /* (nullable): LISTEN_PID; %NULL for the right one */
} Handover;

static void
handover_clear (Handover *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->sockets); i++)
    g_clear_object (&self->sockets[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Handover, handover_clear)

static void
say_what_is_left (void)
{
  const char *const names[] = { "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_getenv (names[i]) != NULL)
      g_print ("left %s\n", names[i]);
}

static int
run_child (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) sockets = qcc_activation_take_sockets (&error);
  g_autoptr (GPtrArray) again = NULL;

  say_what_is_left ();
  if (sockets == NULL)
    {
      g_print ("error %s %d %s\n", g_quark_to_string (error->domain), error->code, error->message);
      return 0;
    }

  again = qcc_activation_take_sockets (NULL);
  g_print ("taken %u, then %u\n", sockets->len, again->len);
  for (guint i = 0; i < sockets->len; i++)
    {
      int fd = g_socket_get_fd (sockets->pdata[i]);
      g_autoptr (GSocketAddress) local = g_socket_get_local_address (sockets->pdata[i], NULL);

      g_print ("socket %d port %u close-on-exec %d\n", fd, g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local)),
               (fcntl (fd, F_GETFD) & FD_CLOEXEC) != 0);
    }
  for (int fd = 3; fd < 6; fd++)
    g_print ("descriptor %d %s\n", fd, fcntl (fd, F_GETFD) >= 0 ? "open" : "closed");

  if (sockets->len > 0)
    {
      g_autoptr (GSocket) accepted = g_socket_accept (sockets->pdata[0], NULL, &error);

      g_socket_send (accepted, "hello", strlen ("hello"), NULL, &error);
    }

  return error != NULL;
}

static GSocket *
open_socket (GSocketType type,
             gboolean listens)
{
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, type, G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);

  g_assert_no_error (error);
  g_socket_bind (socket, address, TRUE, &error);
  g_assert_no_error (error);
  if (listens)
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
spawn (Handover *handover)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  GSubprocess *child;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (handover->sockets); i++)
    if (handover->sockets[i] != NULL)
      g_subprocess_launcher_take_fd (launcher, dup (g_socket_get_fd (handover->sockets[i])), 3 + (int) i);
  if (handover->count != NULL)
    g_subprocess_launcher_setenv (launcher, "LISTEN_FDS", handover->count, TRUE);
  if (handover->names != NULL)
    g_subprocess_launcher_setenv (launcher, "LISTEN_FDNAMES", handover->names, TRUE);

  /* The process number is known only after the fork, and kept by exec. */
  if (handover->pid == NULL)
    child = g_subprocess_launcher_spawn (launcher, &error, "sh", "-c", "LISTEN_PID=$$ exec \"$0\" " CHILD, program, NULL);
  else
    {
      g_subprocess_launcher_setenv (launcher, "LISTEN_PID", handover->pid, TRUE);
      child = g_subprocess_launcher_spawn (launcher, &error, program, CHILD, NULL);
    }
  g_assert_no_error (error);

  return child;
}

static char *
read_all (GSubprocess *child)
{
  g_autoptr (GError) error = NULL;
  char *said = NULL;

  g_subprocess_communicate_utf8 (child, NULL, NULL, &said, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (child));
  g_assert_null (strstr (said, "left "));

  return said;
}

static void
expect_greeting (guint16 port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  char text[6] = "";

  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error);
  g_assert_no_error (error);
  g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)), text, 5, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "hello");
}

static void
test_one (void)
{
  g_auto (Handover) handover = { .sockets = { open_socket (G_SOCKET_TYPE_STREAM, TRUE) }, .count = "1", .names = "proxy" };
  g_autoptr (GSubprocess) child = spawn (&handover);
  g_autofree char *expected = g_strdup_printf ("socket 3 port %u close-on-exec 1\n", get_port (handover.sockets[0]));
  g_autofree char *said = NULL;

  expect_greeting (get_port (handover.sockets[0]));
  said = read_all (child);
  g_assert_nonnull (strstr (said, "taken 1, then 0\n"));
  g_assert_nonnull (strstr (said, expected));
}

static void
test_two (void)
{
  g_auto (Handover) handover = { .sockets = { open_socket (G_SOCKET_TYPE_STREAM, TRUE), open_socket (G_SOCKET_TYPE_STREAM, TRUE) }, .count = "2" };
  g_autoptr (GSubprocess) child = spawn (&handover);
  g_autofree char *first = g_strdup_printf ("socket 3 port %u close-on-exec 1\n", get_port (handover.sockets[0]));
  g_autofree char *second = g_strdup_printf ("socket 4 port %u close-on-exec 1\n", get_port (handover.sockets[1]));
  g_autofree char *said = NULL;

  expect_greeting (get_port (handover.sockets[0]));
  said = read_all (child);
  g_assert_nonnull (strstr (said, "taken 2, then 0\n"));
  g_assert_nonnull (strstr (said, first));
  g_assert_nonnull (strstr (said, second));
}

/* What cannot be listened on is named, said why, and closed; the good one beside it is used. */
static void
expect_refused (GSocket *bad,
                const char *reason)
{
  g_auto (Handover) handover = { .sockets = { bad, open_socket (G_SOCKET_TYPE_STREAM, TRUE) }, .count = "2", .names = "odd-one:proxy" };
  g_autoptr (GSubprocess) child = spawn (&handover);
  g_autofree char *said = NULL;

  expect_greeting (get_port (handover.sockets[1]));
  said = read_all (child);
  g_assert_nonnull (strstr (said, "WARNING"));
  g_assert_nonnull (strstr (said, "odd-one"));
  g_assert_nonnull (strstr (said, reason));
  g_assert_nonnull (strstr (said, "taken 1, then 0\n"));
  g_assert_nonnull (strstr (said, "descriptor 3 closed\n"));
  g_assert_nonnull (strstr (said, "descriptor 4 open\n"));
}

static void
test_datagram (void)
{
  expect_refused (open_socket (G_SOCKET_TYPE_DATAGRAM, FALSE), "no TCP socket");
}

static void
test_not_listening (void)
{
  expect_refused (open_socket (G_SOCKET_TYPE_STREAM, FALSE), "nobody can connect");
}

static void
test_unix (void)
{
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "socket", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir_with_parents (g_get_user_runtime_dir (), 0700), ==, 0);
  g_socket_bind (socket, address, FALSE, &error);
  g_assert_no_error (error);
  g_socket_listen (socket, &error);
  g_assert_no_error (error);
  expect_refused (socket, "no internet socket");
  unlink (path);
}

static void
test_none (void)
{
  g_auto (Handover) handover = { .count = NULL };
  g_autoptr (GSubprocess) child = spawn (&handover);
  g_autofree char *said = read_all (child);

  g_assert_nonnull (strstr (said, "taken 0, then 0\n"));
}

typedef struct
{
  const char *count;
  const char *pid;
  const char *expected; /* what the child says */
} Odd;

static const Odd odd_values[] = {
  { "0", NULL, "taken 0, then 0" },
  { "", NULL, "error qcc-error 1 LISTEN_FDS is “”" },
  { "-1", NULL, "error qcc-error 1 LISTEN_FDS is “-1”" },
  { "+1", NULL, "error qcc-error 1 LISTEN_FDS is “+1”" },
  { " 1", NULL, "error qcc-error 1 LISTEN_FDS is “ 1”" },
  { "1x", NULL, "error qcc-error 1 LISTEN_FDS is “1x”" },
  { "nonsense", NULL, "error qcc-error 1 LISTEN_FDS is “nonsense”" },
  { "2147483647", NULL, "error qcc-error 1 LISTEN_FDS is “2147483647”" },
  { "99999999999999999999999", NULL, "error qcc-error 1 LISTEN_FDS is" },
  { "2147483644", NULL, "error qcc-error 1 LISTEN_FDS is 2147483644, but there are 1 sockets only" },
  { "2", NULL, "error qcc-error 1 LISTEN_FDS is 2, but there are 1 sockets only" },
  { "1", "nonsense", "error qcc-error 1 LISTEN_PID is “nonsense”" },
  { "1", "", "error qcc-error 1 LISTEN_PID is “”" },
  { "1", "-7", "error qcc-error 1 LISTEN_PID is “-7”" },
  { "1", "99999999999999999999999", "error qcc-error 1 LISTEN_PID is" },
  /* For another process: the variables are gone, the descriptors are whose they are. */
  { "1", "1", "taken 0, then 0" },
  { "nonsense", "1", "taken 0, then 0" },
};

static void
test_odd (gconstpointer data)
{
  const Odd *odd = data;
  g_auto (Handover) handover = { .sockets = { open_socket (G_SOCKET_TYPE_STREAM, TRUE) }, .count = odd->count, .pid = odd->pid };
  g_autoptr (GSubprocess) child = spawn (&handover);
  g_autofree char *said = read_all (child);

  if (strstr (said, odd->expected) == NULL)
    g_error ("“%s” for “%s” was expected, not: %s", odd->expected, odd->count, said);
  if (g_str_has_prefix (odd->expected, "taken"))
    g_assert_nonnull (strstr (said, "descriptor 3 open\n"));
}

int
main (int argc,
      char **argv)
{
  if (argc == 2 && g_str_equal (argv[1], CHILD))
    {
      setlocale (LC_ALL, "");
      return run_child ();
    }

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/service/activation/one", test_one);
  g_test_add_func ("/service/activation/two", test_two);
  g_test_add_func ("/service/activation/datagram", test_datagram);
  g_test_add_func ("/service/activation/not-listening", test_not_listening);
  g_test_add_func ("/service/activation/unix", test_unix);
  g_test_add_func ("/service/activation/none", test_none);
  for (gsize i = 0; i < G_N_ELEMENTS (odd_values); i++)
    {
      g_autofree char *path = g_strdup_printf ("/service/activation/odd/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (path, &odd_values[i], test_odd);
    }

  return g_test_run ();
}
