/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-listener.h"
#include "service/qcc-peer.h"

#include "common/qcc-error.h"

/* Whose a connection is, as the addresses of its ends tell. Other users are shown by test-proxy-bad-input. */

static QccPeer
check_addresses (const char *client,
                 const char *server)
{
  g_autoptr (GSocketAddress) remote = g_inet_socket_address_new_from_string (client, 1);
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string (server, 2);

  return qcc_peer_check (remote, local);
}

static void
test_addresses (void)
{
  g_assert_cmpint (check_addresses ("192.0.2.1", "192.0.2.2"), ==, QCC_PEER_REMOTE);
  g_assert_cmpint (check_addresses ("2001:db8::1", "2001:db8::2"), ==, QCC_PEER_REMOTE);
  g_assert_cmpint (check_addresses ("::ffff:192.0.2.1", "::ffff:192.0.2.2"), ==, QCC_PEER_REMOTE);
  g_assert_cmpint (check_addresses ("::7f00:1", "::1"), ==, QCC_PEER_REMOTE);

  /* Nobody's, since there is no such connection. */
  g_assert_cmpint (check_addresses ("127.0.0.1", "127.0.0.1"), ==, QCC_PEER_OTHER_USER);
  g_assert_cmpint (check_addresses ("::1", "::1"), ==, QCC_PEER_OTHER_USER);
  g_assert_cmpint (check_addresses ("::ffff:127.1.2.3", "::ffff:127.0.0.1"), ==, QCC_PEER_OTHER_USER);
}

/* A connection over @address, which is one of loopback, made from here. */
static QccPeer
check_connection (const char *listen_address,
                  const char *connect_address)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (listen_address, 0);
  g_autoptr (GSocket) listener = NULL;
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocketAddress) target = NULL;
  g_autoptr (GSocket) client = NULL;
  g_autoptr (GSocket) accepted = NULL;
  g_autoptr (GSocketAddress) remote = NULL;
  g_autoptr (GSocketAddress) local = NULL;
  g_autoptr (GError) error = NULL;

  listener = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  g_assert_true (g_socket_bind (listener, address, TRUE, NULL) && g_socket_listen (listener, NULL));
  bound = g_socket_get_local_address (listener, NULL);
  target = g_inet_socket_address_new_from_string (connect_address,
                                                  g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  client = g_socket_new (g_socket_address_get_family (target), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_true (g_socket_connect (client, target, NULL, NULL));
  accepted = g_socket_accept (listener, NULL, &error);
  g_assert_no_error (error);
  remote = g_socket_get_remote_address (accepted, NULL);
  local = g_socket_get_local_address (accepted, NULL);

  return qcc_peer_check (remote, local);
}

static void
test_same_user (void)
{
  g_assert_cmpint (check_connection ("127.0.0.1", "127.0.0.1"), ==, QCC_PEER_SAME_USER);
  g_assert_cmpint (check_connection ("::ffff:127.0.0.1", "127.0.0.1"), ==, QCC_PEER_SAME_USER);
}

static void
on_connection (GSocketConnection *connection,
               gpointer user_data)
{
}

/* An address that is kept for documentation, so that nobody has it: let through it fails to be bound. */
static void
test_listener (void)
{
  static const struct
  {
    const char *host;
    QccListenerFlags flags;
    gboolean refused;
  } rows[] = {
    { "192.0.2.1", QCC_LISTENER_NONE, TRUE },
    { "0.0.0.0", QCC_LISTENER_NONE, TRUE },
    { "::", QCC_LISTENER_NONE, TRUE },
    { "192.0.2.1", QCC_LISTENER_ALLOW_REMOTE, FALSE },
    { "box.example", QCC_LISTENER_NONE, FALSE },
    { "box.example", QCC_LISTENER_ALLOW_REMOTE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (qcc_listener_new (rows[i].host, 0, rows[i].flags, on_connection, NULL, &error));
      g_assert_cmpint (g_error_matches (error, QCC_ERROR, QCC_ERROR_REFUSED), ==, rows[i].refused);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/peer/addresses", test_addresses);
  g_test_add_func ("/peer/same-user", test_same_user);
  g_test_add_func ("/peer/listener", test_listener);

  return g_test_run ();
}
