/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-listener.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "service/qcc-port-owner.h"
#include "service/qcc-port.h"
#include "service/qcc-watch.h"

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
  GPtrArray *sockets; /* (owned) (element-type GSocket): at least one */
  GPtrArray *sources; /* (owned) (element-type GSource): one for each socket while it accepts */
  guint retry_id;
  gboolean owns_sockets; /* else they were handed over, and stay open */
  gboolean lacks_ipv6;
};

static GInetSocketAddress *
get_address (const QccListener *self)
{
  return G_INET_SOCKET_ADDRESS (g_socket_get_local_address (self->sockets->pdata[0], NULL));
}

static void watch (QccListener *self);

static void
unwatch (QccListener *self)
{
  for (guint i = 0; i < self->sources->len; i++)
    g_source_destroy (self->sources->pdata[i]);
  g_ptr_array_set_size (self->sources, 0);
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
  for (guint i = 0; i < self->sockets->len; i++)
    {
      GSource *source = g_socket_create_source (self->sockets->pdata[i], G_IO_IN, NULL);

      g_source_set_callback (source, G_SOURCE_FUNC (on_incoming), self, NULL);
      g_source_attach (source, NULL);
      g_ptr_array_add (self->sources, source);
    }
}

static gboolean
check_allowed (GInetAddress *address,
               QccListenerFlags flags,
               GError **error)
{
  g_autofree char *text = NULL;

  if ((flags & QCC_LISTENER_ALLOW_REMOTE) != 0 || g_inet_address_get_is_loopback (address))
    return TRUE;

  text = g_inet_address_to_string (address);
  g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
               _ ("QCC listens on this machine only, not on “%s”: without local tokens everybody there could spend your money. Require tokens: “qcc config set proxy.require-token true”. Or set the address back: “qcc config reset proxy.host”."),
               text);
  return FALSE;
}

static void
explain_failure (const char *host,
                 guint16 port,
                 const GError *reason,
                 GError **error)
{
  g_autofree char *owner = NULL;

  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                   _ ("The system does not let you listen on port %u; those below 1024 are root's. Set another port: “qcc config set proxy.port %u”."),
                   port, qcc_port_find_free (host, port));
      return;
    }

  if (!g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    {
      g_propagate_error (error, g_error_copy (reason));
      return;
    }

  owner = qcc_port_owner_describe_soon (port);
  if (owner != NULL)
    g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                 /* Translators: the second is “PROGRAM (pid NUMBER)” or “a process of the user …”. */
                 _ ("Port %u is used by %s. Stop it, or set another port: “qcc config set proxy.port %u”."),
                 port, owner, qcc_port_find_free (host, port));
  else
    g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                 _ ("Port %u is used by another program. Set another port: “qcc config set proxy.port %u”."),
                 port, qcc_port_find_free (host, port));
}

static QccListener *
create (GPtrArray *sockets,
        gboolean owns_sockets,
        QccListenerFunc func,
        gpointer user_data)
{
  QccListener *self = g_new0 (QccListener, 1);

  self->func = func;
  self->user_data = user_data;
  self->sockets = g_ptr_array_ref (sockets);
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) g_source_unref);
  self->owns_sockets = owns_sockets;
  watch (self);

  return self;
}

/**
 * qcc_listener_new:
 * @host: `localhost` for 127.0.0.1 and ::1, or one numeric address
 * @port: a port, 0 for any that is free
 * @flags: what is allowed
 * @func: called from the loop for every connection
 * @user_data: for @func
 * @error: return location for an error
 *
 * Listens (spec 2.1). Where a port is taken, blocks for a fraction of a second to find out by whom.
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE when the port is taken or not allowed to this user, with a port
 * that is free in the message; %QCC_ERROR_REFUSED for an address that is not loopback without
 * %QCC_LISTENER_ALLOW_REMOTE; %QCC_ERROR_INVALID_ARGUMENT for what is no address; %G_IO_ERROR codes of
 * binding.
 *
 * Returns: (transfer full): a listener, or %NULL
 */
QccListener *
qcc_listener_new (const char *host,
                  guint port,
                  QccListenerFlags flags,
                  QccListenerFunc func,
                  gpointer user_data,
                  GError **error)
{
  QccListener *self;
  g_autoptr (GInetAddress) address = NULL;
  g_autoptr (GPtrArray) sockets = NULL;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (host != NULL && func != NULL, NULL);
  g_return_val_if_fail (port <= G_MAXUINT16, NULL);

  address = g_inet_address_new_from_string (host);
  if (address != NULL && !check_allowed (address, flags, error))
    return NULL;

  sockets = qcc_port_open (host, (guint16) port, &local_error);
  if (sockets == NULL)
    {
      explain_failure (host, (guint16) port, local_error, error);
      return NULL;
    }

  self = create (sockets, TRUE, func, user_data);
  self->lacks_ipv6 = g_str_equal (host, "localhost") && sockets->len == 1;

  return self;
}

/**
 * qcc_listener_new_from_sockets:
 * @sockets: (transfer none) (element-type GSocket): listening sockets, at least one, of
 *   qcc_activation_take_sockets()
 * @flags: what is allowed
 * @func: called from the loop for every connection
 * @user_data: for @func
 * @error: return location for an error
 *
 * Accepts from sockets that somebody else opened. They stay open when the listener ends.
 *
 * Possible errors: %QCC_ERROR_REFUSED for an address that is not loopback without
 * %QCC_LISTENER_ALLOW_REMOTE.
 *
 * Returns: (transfer full): a listener, or %NULL
 */
QccListener *
qcc_listener_new_from_sockets (GPtrArray *sockets,
                               QccListenerFlags flags,
                               QccListenerFunc func,
                               gpointer user_data,
                               GError **error)
{
  g_return_val_if_fail (sockets != NULL && sockets->len > 0, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  for (guint i = 0; i < sockets->len; i++)
    {
      g_autoptr (GSocketAddress) local = g_socket_get_local_address (sockets->pdata[i], error);

      if (local == NULL ||
          !check_allowed (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (local)), flags, error))
        return NULL;
    }

  return create (sockets, FALSE, func, user_data);
}

guint16
qcc_listener_get_port (const QccListener *self)
{
  g_autoptr (GInetSocketAddress) address = NULL;

  g_return_val_if_fail (self != NULL, 0);

  address = get_address (self);

  return g_inet_socket_address_get_port (address);
}

/**
 * qcc_listener_dup_url:
 * @self: a listener
 *
 * Returns: (transfer full): what ANTHROPIC_BASE_URL must be on this machine
 */
char *
qcc_listener_dup_url (const QccListener *self)
{
  g_autoptr (GInetSocketAddress) address = NULL;
  g_autofree char *host = NULL;
  GInetAddress *ip;
  gboolean ipv6;

  g_return_val_if_fail (self != NULL, NULL);

  address = get_address (self);
  ip = g_inet_socket_address_get_address (address);
  ipv6 = g_inet_address_get_family (ip) == G_SOCKET_FAMILY_IPV6;
  if (g_inet_address_get_is_any (ip))
    host = g_strdup (ipv6 ? "::1" : "127.0.0.1");
  else
    host = g_inet_address_to_string (ip);

  return g_strdup_printf (ipv6 ? "http://[%s]:%u" : "http://%s:%u", host, g_inet_socket_address_get_port (address));
}

/**
 * qcc_listener_lacks_ipv6:
 * @self: a listener
 *
 * Returns: whether `localhost` is 127.0.0.1 only, since there is no IPv6 here
 */
gboolean
qcc_listener_lacks_ipv6 (const QccListener *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->lacks_ipv6;
}

/**
 * qcc_listener_free:
 * @self: (transfer full): a listener
 *
 * Closes the port, unless it was handed over. Connections that were accepted are not touched.
 */
void
qcc_listener_free (QccListener *self)
{
  g_return_if_fail (self != NULL);

  unwatch (self);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  for (guint i = 0; self->owns_sockets && i < self->sockets->len; i++)
    g_socket_close (self->sockets->pdata[i], NULL);
  g_ptr_array_unref (self->sources);
  g_ptr_array_unref (self->sockets);
  g_free (self);
}
