/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-port.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

/* GLib's default of 10 makes a burst of connections wait for retransmissions. */
#define BACKLOG 1024

/* A free port for IPv4 may be taken for IPv6. */
#define ANY_PORT_TRIES 20

/* Lower ones are root's. */
#define FIRST_USER_PORT 1024

/* So many neighbours are taken only when something is wrong. */
#define FREE_PORT_TRIES 1000

static GSocket *
open_socket (const char *address,
             guint16 port,
             GError **error)
{
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string (address, port);
  g_autoptr (GSocket) socket = NULL;

  if (local == NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("“%s” is no address to listen on. Write “localhost”, or the numbers of an address of this machine: “qcc config set proxy.host ADDRESS”."),
                   address);
      return NULL;
    }

  socket = g_socket_new (g_socket_address_get_family (local), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  if (socket == NULL)
    return NULL;

  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, local, TRUE, error) || !g_socket_listen (socket, error))
    return NULL;

  return g_steal_pointer (&socket);
}

static guint16
get_port (GSocket *socket)
{
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, NULL);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local));
}

/* One number for both. Where there is no IPv6 that is no error. */
static gboolean
open_both (guint16 port,
           GPtrArray *sockets,
           GError **error)
{
  g_autoptr (GSocket) ipv4 = open_socket ("127.0.0.1", port, error);
  g_autoptr (GSocket) ipv6 = NULL;
  g_autoptr (GError) local_error = NULL;

  if (ipv4 == NULL)
    return FALSE;

  ipv6 = open_socket ("::1", get_port (ipv4), &local_error);
  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  g_ptr_array_add (sockets, g_steal_pointer (&ipv4));
  if (ipv6 != NULL)
    g_ptr_array_add (sockets, g_steal_pointer (&ipv6));

  return TRUE;
}

/**
 * qcc_port_open:
 * @host: `localhost` for 127.0.0.1 and ::1, or one numeric address
 * @port: a port, 0 for any that is free
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT when @host is no address; %G_IO_ERROR codes of binding,
 * %G_IO_ERROR_ADDRESS_IN_USE and %G_IO_ERROR_PERMISSION_DENIED among them.
 *
 * Returns: (transfer full) (element-type GSocket): sockets that listen, of one number; for `localhost`
 *   without IPv6 only the first
 */
GPtrArray *
qcc_port_open (const char *host,
               guint16 port,
               GError **error)
{
  g_autoptr (GPtrArray) sockets = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) local_error = NULL;
  guint tries = port == 0 ? ANY_PORT_TRIES : 1;

  g_return_val_if_fail (host != NULL, NULL);

  if (!g_str_equal (host, "localhost"))
    {
      GSocket *socket = open_socket (host, port, error);

      if (socket == NULL)
        return NULL;
      g_ptr_array_add (sockets, socket);
      return g_steal_pointer (&sockets);
    }

  for (guint i = 0; i < tries; i++)
    {
      g_clear_error (&local_error);
      if (open_both (port, sockets, &local_error))
        return g_steal_pointer (&sockets);
    }

  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

/**
 * qcc_port_find_free:
 * @host: as for qcc_port_open()
 * @after: a port that is taken
 *
 * The next port to offer (spec 2.1), found by opening and closing it; somebody else may be faster.
 *
 * Returns: a higher port that is free and that every user may use; 0 when there is none near
 */
guint16
qcc_port_find_free (const char *host,
                    guint16 after)
{
  guint first = MAX ((guint) after + 1, FIRST_USER_PORT);

  g_return_val_if_fail (host != NULL, 0);

  for (guint port = first; port <= G_MAXUINT16 && port < first + FREE_PORT_TRIES; port++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) sockets = qcc_port_open (host, (guint16) port, &error);

      if (sockets != NULL)
        return (guint16) port;
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        break;
    }

  return 0;
}

typedef struct
{
  char *host; /* (owned) */
  guint16 after;
} Search;

static void
search_free (gpointer data)
{
  Search *self = data;

  g_free (self->host);
  g_free (self);
}

static void
find_in_thread (GTask *task,
                gpointer source,
                gpointer task_data,
                GCancellable *cancellable)
{
  Search *search = task_data;

  g_task_return_int (task, qcc_port_find_free (search->host, search->after));
}

/**
 * qcc_port_find_free_async:
 * @host: as for qcc_port_open()
 * @after: a port that is taken
 * @cancellable: (nullable): ends the waiting
 * @callback: called when it is known
 * @user_data: for @callback
 *
 * qcc_port_find_free() in a thread.
 */
void
qcc_port_find_free_async (const char *host,
                          guint16 after,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Search *search;

  g_return_if_fail (host != NULL);

  search = g_new0 (Search, 1);
  search->host = g_strdup (host);
  search->after = after;
  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_port_find_free_async);
  g_task_set_task_data (task, search, search_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, find_in_thread);
}

/**
 * qcc_port_find_free_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED.
 *
 * Returns: as qcc_port_find_free(); 0 also with an error
 */
guint16
qcc_port_find_free_finish (GAsyncResult *result,
                           GError **error)
{
  gssize port;

  g_return_val_if_fail (g_async_result_is_tagged (result, qcc_port_find_free_async), 0);

  port = g_task_propagate_int (G_TASK (result), error);

  return port > 0 ? (guint16) port : 0;
}
