/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-listener.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "service/qcc-peer.h"
#include "service/qcc-watch.h"

/* GLib's default of 10 makes a burst of connections wait for retransmissions. */
#define BACKLOG 1024

/* A free port for IPv4 may be taken for IPv6. */
#define FREE_PORT_TRIES 20

/* Out of file descriptors: a connection that ends makes room, nothing tells of it. */
#define RETRY_MS 100

/**
 * QccListener:
 *
 * Accepts connections. Not by SoupServer's own listener, which in libsoup 3.2 stops for good at the
 * first connection that cannot be accepted (one that was reset in the queue is enough), and
 * loses memory with each.
 */
struct _QccListener
{
  QccListenerFunc func;
  gpointer user_data;
  GSocket *sockets[2]; /* (owned) (nullable): IPv4 and IPv6 */
  GSource *sources[2]; /* (owned) (nullable) */
  guint retry_id;
  guint16 port;
};

static GSocket *
open_socket (GSocketFamily family,
             const char *address,
             guint port,
             GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (family, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string (address, port);

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

static void
explain_taken_port (GError **error,
                    const char *address,
                    guint port)
{
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string (address, port);
  g_autofree char *owner = qcc_peer_describe_listener (local);

  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    return;

  g_clear_error (error);
  if (owner != NULL)
    g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                 /* Translators: the third is “the process … (number …)” or “a process of the user …”. */
                 _ ("Port %u on %s is taken by %s. End it, or choose another port: gsettings set io.github.qcc.proxy port NUMBER"),
                 port, address, owner);
  else
    g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                 _ ("Port %u on %s is taken. Choose another port: gsettings set io.github.qcc.proxy port NUMBER"),
                 port, address);
}

/* Returns the port, 0 for an error. @ipv6 stays NULL where there is no IPv6. */
static guint16
open_both (guint port,
           GSocket **ipv4,
           GSocket **ipv6,
           GError **error)
{
  g_autoptr (GError) no_ipv6 = NULL;
  guint16 found;

  *ipv4 = open_socket (G_SOCKET_FAMILY_IPV4, "127.0.0.1", port, error);
  if (*ipv4 == NULL)
    {
      explain_taken_port (error, "127.0.0.1", port);
      return 0;
    }

  found = get_port (*ipv4);
  *ipv6 = open_socket (G_SOCKET_FAMILY_IPV6, "::1", found, &no_ipv6);
  if (*ipv6 == NULL && g_error_matches (no_ipv6, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    {
      g_clear_object (ipv4);
      g_propagate_error (error, g_steal_pointer (&no_ipv6));
      explain_taken_port (error, "::1", found);
      return 0;
    }
  if (*ipv6 == NULL)
    g_message (_ ("There is no IPv6 here (%s); listening on 127.0.0.1 only"), no_ipv6->message);

  return found;
}

static gboolean
open_localhost (QccListener *self,
                guint port,
                GError **error)
{
  for (guint i = 0; self->port == 0 && i < FREE_PORT_TRIES; i++)
    {
      g_clear_error (error);
      self->port = open_both (port, &self->sockets[0], &self->sockets[1], error);
      if (port != 0)
        break;
    }

  return self->port != 0;
}

static gboolean
open_address (QccListener *self,
              const char *host,
              guint port,
              GError **error)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address == NULL || !g_inet_address_get_is_loopback (address))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
                   _ ("QCC listens on this machine only, not on “%s”: without local tokens everybody there could spend your money. Set it back: gsettings reset io.github.qcc.proxy host"),
                   host);
      return FALSE;
    }

  self->sockets[0] = open_socket (g_inet_address_get_family (address), host, port, error);
  if (self->sockets[0] == NULL)
    {
      explain_taken_port (error, host, port);
      return FALSE;
    }

  self->port = get_port (self->sockets[0]);
  return TRUE;
}

static void watch (QccListener *self);

static void
unwatch (QccListener *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->sources); i++)
    {
      if (self->sources[i] != NULL)
        g_source_destroy (self->sources[i]);
      g_clear_pointer (&self->sources[i], g_source_unref);
    }
}

static gboolean
on_retry (gpointer user_data)
{
  QccListener *self = user_data;

  self->retry_id = 0;
  watch (self);

  return G_SOURCE_REMOVE;
}

static gboolean
on_incoming (GSocket *socket,
             GIOCondition condition,
             gpointer user_data)
{
  QccListener *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) accepted = g_socket_accept (socket, NULL, &error);
  g_autoptr (GSocketConnection) connection = NULL;

  if (accepted == NULL)
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES))
        {
          g_warning (_ ("No connection can be accepted: %s"), error->message);
          unwatch (self);
          self->retry_id = g_timeout_add (RETRY_MS, on_retry, self);
          return G_SOURCE_REMOVE;
        }
      return G_SOURCE_CONTINUE;
    }

  qcc_socket_set_no_delay (accepted);
  connection = g_socket_connection_factory_create_connection (accepted);
  self->func (connection, self->user_data);

  return G_SOURCE_CONTINUE;
}

static void
watch (QccListener *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->sockets); i++)
    {
      if (self->sockets[i] == NULL)
        continue;

      self->sources[i] = g_socket_create_source (self->sockets[i], G_IO_IN, NULL);
      g_source_set_callback (self->sources[i], G_SOURCE_FUNC (on_incoming), self, NULL);
      g_source_attach (self->sources[i], NULL);
    }
}

/**
 * qcc_listener_new:
 * @host: `localhost` for 127.0.0.1 and ::1, or one loopback address
 * @port: a port, 0 for any that is free
 * @func: called from the loop for every connection
 * @user_data: for @func
 * @error: return location for an error
 *
 * Listens (spec 2.1). Without IPv6 says so and goes on.
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE when the port is taken, %QCC_ERROR_REFUSED for an
 * address that is not loopback, %G_IO_ERROR codes of binding.
 *
 * Returns: (transfer full): a listener, or %NULL
 */
QccListener *
qcc_listener_new (const char *host,
                  guint port,
                  QccListenerFunc func,
                  gpointer user_data,
                  GError **error)
{
  g_autoptr (QccListener) self = g_new0 (QccListener, 1);
  g_autoptr (GError) local_error = NULL;
  gboolean open;

  g_return_val_if_fail (host != NULL && func != NULL, NULL);

  self->func = func;
  self->user_data = user_data;
  if (g_str_equal (host, "localhost"))
    open = open_localhost (self, port, &local_error);
  else
    open = open_address (self, host, port, &local_error);

  if (!open)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  watch (self);
  return g_steal_pointer (&self);
}

guint16
qcc_listener_get_port (const QccListener *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->port;
}

/**
 * qcc_listener_free:
 * @self: (transfer full): a listener
 *
 * Closes the port. Connections that were accepted are not touched.
 */
void
qcc_listener_free (QccListener *self)
{
  g_return_if_fail (self != NULL);

  unwatch (self);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  for (gsize i = 0; i < G_N_ELEMENTS (self->sockets); i++)
    {
      if (self->sockets[i] != NULL)
        g_socket_close (self->sockets[i], NULL);
      g_clear_object (&self->sockets[i]);
    }
  g_free (self);
}
