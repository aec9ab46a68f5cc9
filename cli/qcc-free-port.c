/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-free-port.h"

#include <gio/gio.h>

#define FIRST_USER_PORT 1024 /* lower ones are root's */
#define TRIES 1000           /* so many neighbours are taken only when something is wrong */

/**
 * qcc_free_port_check:
 * @port: a port
 *
 * Returns: whether this user could listen there now
 */
gboolean
qcc_free_port_check (guint port)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);

  return g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, NULL, NULL);
}

/**
 * qcc_free_port_find:
 * @after: a port
 *
 * Returns: the first port above @after where this user could listen, 0 when there is none near
 */
guint
qcc_free_port_find (guint after)
{
  guint first = MAX (after + 1, FIRST_USER_PORT);

  for (guint port = first; port <= G_MAXUINT16 && port < first + TRIES; port++)
    if (qcc_free_port_check (port))
      return port;

  return 0;
}
