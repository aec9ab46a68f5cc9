/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-client.h"

/* A connection that was handed to the server has no socket for libsoup; it rides on the address
 * object, which libsoup hands through. */
#define SOCKET_DATA "qcc-socket"

/**
 * QccClient:
 *
 * The connection that a request came on, as far as libsoup does not look after it: whether the
 * client is still there, and its way back to the server after an answer that was written without
 * libsoup.
 */
struct _QccClient
{
  GSocket *socket; /* (owned) */
  QccWatch *watch; /* (owned) */
  QccClientFunc gone;
  gpointer gone_data;
  QccClientFunc writable; /* (nullable) */
  gpointer writable_data;
};

static void
on_events (QccWatchEvents events,
           gpointer user_data)
{
  QccClient *self = user_data;

  if (events & QCC_WATCH_PEER_CLOSED)
    {
      qcc_watch_set_events (self->watch, QCC_WATCH_NONE);
      self->gone (self->gone_data);
    }
  else if (events & QCC_WATCH_WRITE)
    {
      QccClientFunc writable = g_steal_pointer (&self->writable);

      qcc_watch_set_events (self->watch, QCC_WATCH_PEER_CLOSED);
      if (writable != NULL)
        writable (self->writable_data);
    }
}

/**
 * qcc_client_new:
 * @message: (transfer none): a request that has just arrived
 * @watcher: (transfer none): watches the connection
 * @gone: called once when the client closes, also when it closes only its sending side (spec 2.7)
 * @user_data: for @gone
 *
 * Returns: (transfer full) (nullable): the client of @message; %NULL when it is gone already
 */
QccClient *
qcc_client_new (SoupServerMessage *message,
                QccWatcher *watcher,
                QccClientFunc gone,
                gpointer user_data)
{
  QccClient *self;
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  GSocket *socket = remote != NULL ? g_object_get_data (G_OBJECT (remote), SOCKET_DATA) : NULL;

  if (socket == NULL || g_socket_is_closed (socket))
    return NULL;

  self = g_new0 (QccClient, 1);
  self->socket = g_object_ref (socket);
  self->gone = gone;
  self->gone_data = user_data;
  self->watch = qcc_watch_new (watcher, socket, QCC_WATCH_PEER_CLOSED, on_events, self);

  return self;
}

void
qcc_client_free (QccClient *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->watch, qcc_watch_free);
  g_clear_object (&self->socket);
  g_free (self);
}

GSocket *
qcc_client_get_socket (QccClient *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->socket;
}

/**
 * qcc_client_wait_writable:
 * @self: a client
 * @writable: (nullable): called once when bytes can be written; %NULL to wait no longer
 * @user_data: for @writable
 */
void
qcc_client_wait_writable (QccClient *self,
                          QccClientFunc writable,
                          gpointer user_data)
{
  g_return_if_fail (self != NULL);

  self->writable = writable;
  self->writable_data = user_data;
  qcc_watch_set_events (self->watch, writable != NULL ? QCC_WATCH_PEER_CLOSED | QCC_WATCH_WRITE : QCC_WATCH_PEER_CLOSED);
}

/**
 * qcc_client_hand_over:
 * @server: (transfer none): a server
 * @connection: (transfer none): an open connection, without any wrapper of libsoup's
 *
 * Lets the server read requests from the connection. Dispatches one that waits at once, so it must
 * not be called from inside of one of the server's handlers.
 */
void
qcc_client_hand_over (SoupServer *server,
                      GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) original = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = NULL;

  /* A client that has gone already. */
  if (local == NULL || original == NULL)
    return;

  /* A copy: the socket keeps the original, and each would keep the other alive. */
  remote = g_inet_socket_address_new (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (original)),
                                      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (original)));
  g_object_set_data_full (G_OBJECT (remote), SOCKET_DATA,
                          g_object_ref (g_socket_connection_get_socket (connection)), g_object_unref);
  soup_server_accept_iostream (server, G_IO_STREAM (connection), local, remote, NULL);
}

typedef struct
{
  SoupServer *server;            /* (owned) */
  GSocketConnection *connection; /* (owned) */
} GiveBack;

static void
give_back_free (gpointer data)
{
  GiveBack *self = data;

  g_clear_object (&self->server);
  g_clear_object (&self->connection);
  g_free (self);
}

static gboolean
on_give_back (gpointer user_data)
{
  GiveBack *self = user_data;
  g_autoptr (GSList) listeners = soup_server_get_listeners (self->server);

  /* One that has ended meanwhile would never close the connection; its last reference does. */
  if (listeners != NULL)
    qcc_client_hand_over (self->server, self->connection);

  return G_SOURCE_REMOVE;
}

/**
 * qcc_client_give_back:
 * @server: (transfer none): where the connection came from
 * @connection: (transfer none): the connection, of which the answer is written to its end
 *
 * Hands it over again, from the loop.
 */
void
qcc_client_give_back (SoupServer *server,
                      GSocketConnection *connection)
{
  GiveBack *give_back = g_new0 (GiveBack, 1);

  give_back->server = g_object_ref (server);
  give_back->connection = g_object_ref (connection);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_give_back, give_back, give_back_free);
}
