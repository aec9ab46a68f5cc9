/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-proxy-private.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-enums.h"
#include "common/qcc-error.h"
#include "service/qcc-client.h"

/* How the proxy starts and stops. */

G_DEFINE_ENUM_TYPE (QccProxyState, qcc_proxy_state, G_DEFINE_ENUM_VALUE (QCC_PROXY_STATE_STOPPED, "stopped"), G_DEFINE_ENUM_VALUE (QCC_PROXY_STATE_RUNNING, "running"), G_DEFINE_ENUM_VALUE (QCC_PROXY_STATE_STOPPING, "stopping"))

/* The only place where it changes; the header has the table. */
static void
set_state (QccProxy *self,
           QccProxyState state)
{
  switch (state)
    {
    case QCC_PROXY_STATE_STOPPED:
      g_assert (self->state == QCC_PROXY_STATE_STOPPING);
      break;
    case QCC_PROXY_STATE_RUNNING:
      g_assert (self->state == QCC_PROXY_STATE_STOPPED);
      break;
    case QCC_PROXY_STATE_STOPPING:
      g_assert (self->state == QCC_PROXY_STATE_RUNNING);
      break;
    }

  g_debug ("The proxy is %s", qcc_enum_to_nick (QCC_TYPE_PROXY_STATE, (int) state));
  self->state = state;
  g_object_notify (G_OBJECT (self), "state");
}

static void
complete_stop (QccProxy *self)
{
  g_autoptr (QccProxy) alive = g_object_ref (self);
  g_autoptr (GPtrArray) tasks = g_steal_pointer (&self->stop_tasks);

  self->stop_tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_clear_handle_id (&self->grace_id, g_source_remove);
  soup_server_disconnect (self->server);
  set_state (self, QCC_PROXY_STATE_STOPPED);
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_boolean (tasks->pdata[i], TRUE);
}

/* Called when an exchange has ended. */
void
qcc_proxy_exchange_over (QccProxy *self)
{
  if (self->state == QCC_PROXY_STATE_STOPPING && g_hash_table_size (self->exchanges) == 0)
    complete_stop (self);
}

static void
on_connection (GSocketConnection *connection,
               gpointer user_data)
{
  QccProxy *self = user_data;

  /* On a socket of systemd, which cannot be closed while the proxy is stopped. A client that is turned away
   * at once knows more than one that is left waiting. */
  if (self->state != QCC_PROXY_STATE_RUNNING)
    return;

  qcc_client_hand_over (self->server, connection);
}

/* libsoup keeps connections alive only while it has a listener. It gets one whose socket is closed
 * again at once, since connections are accepted by QccListener. */
static gboolean
add_idle_listener (SoupServer *server,
                   GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);

  return socket != NULL && g_socket_bind (socket, address, TRUE, error) && g_socket_listen (socket, error) &&
         soup_server_listen_socket (server, socket, 0, error) && g_socket_close (socket, error);
}

/* A socket of systemd stays open: it is handed over only once. */
static void
close_listener (QccProxy *self)
{
  if (!self->handed_over)
    g_clear_pointer (&self->listener, qcc_listener_free);
}

/* What a stop before has used up. */
static gboolean
renew (QccProxy *self,
       GError **error)
{
  if (g_cancellable_is_cancelled (self->shutdown))
    {
      g_object_unref (self->shutdown);
      self->shutdown = g_cancellable_new ();
      self->host.shutdown = self->shutdown;
    }

  return add_idle_listener (self->server, error);
}

static gboolean
open_listener (QccProxy *self,
               GPtrArray *sockets,
               GError **error)
{
  const QccPolicyValues *values = qcc_policy_get_values (self->policy);
  QccListenerFlags flags = values->require_token ? QCC_LISTENER_ALLOW_REMOTE : QCC_LISTENER_NONE;

  if (self->listener != NULL)
    return TRUE;

  self->handed_over = sockets != NULL && sockets->len > 0;
  if (self->handed_over)
    self->listener = qcc_listener_new_from_sockets (sockets, flags, on_connection, self, error);
  else
    self->listener = qcc_listener_new (values->host, values->port, flags, on_connection, self, error);
  if (self->listener == NULL)
    return FALSE;

  if (!self->told_no_ipv6 && qcc_listener_lacks_ipv6 (self->listener))
    {
      self->told_no_ipv6 = TRUE;
      g_message (_ ("There is no IPv6 here; listening on 127.0.0.1 only"));
    }

  return TRUE;
}

/**
 * qcc_proxy_start:
 * @self: a proxy
 * @sockets: (nullable) (transfer none) (element-type GSocket): what qcc_activation_take_sockets() returned
 * @error: return location for an error
 *
 * Listens on @sockets when there are some, else where the settings say at this moment. Sockets that were
 * handed over once are used by every later start. A proxy that runs already is left as it is.
 *
 * Possible errors: those of qcc_listener_new() and qcc_listener_new_from_sockets();
 * %QCC_ERROR_UNAVAILABLE while it is stopping; %G_IO_ERROR codes when the system is out of file
 * descriptors. It is then as it was before.
 *
 * Returns: whether it runs
 */
gboolean
qcc_proxy_start (QccProxy *self,
                 GPtrArray *sockets,
                 GError **error)
{
  g_return_val_if_fail (QCC_IS_PROXY (self), FALSE);

  switch (self->state)
    {
    case QCC_PROXY_STATE_RUNNING:
      return TRUE;
    case QCC_PROXY_STATE_STOPPING:
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                   _ ("The proxy is still letting answers finish that are under way. Start it again in a few seconds"));
      return FALSE;
    case QCC_PROXY_STATE_STOPPED:
      break;
    }

  if (!open_listener (self, sockets, error) || !renew (self, error))
    {
      close_listener (self);
      return FALSE;
    }

  set_state (self, QCC_PROXY_STATE_RUNNING);
  return TRUE;
}

/**
 * qcc_proxy_get_state:
 * @self: a proxy
 *
 * The property `state`, which notifies.
 *
 * Returns: what it does
 */
QccProxyState
qcc_proxy_get_state (QccProxy *self)
{
  g_return_val_if_fail (QCC_IS_PROXY (self), QCC_PROXY_STATE_STOPPED);

  return self->state;
}

/**
 * qcc_proxy_get_port:
 * @self: a proxy
 *
 * Returns: the port it listens on, 0 when it does not run
 */
guint16
qcc_proxy_get_port (QccProxy *self)
{
  g_return_val_if_fail (QCC_IS_PROXY (self), 0);

  return self->state == QCC_PROXY_STATE_RUNNING ? qcc_listener_get_port (self->listener) : 0;
}

/**
 * qcc_proxy_dup_url:
 * @self: a proxy
 *
 * Returns: (transfer full) (nullable): what ANTHROPIC_BASE_URL must be; %NULL when it does not run
 */
char *
qcc_proxy_dup_url (QccProxy *self)
{
  g_return_val_if_fail (QCC_IS_PROXY (self), NULL);

  return self->state == QCC_PROXY_STATE_RUNNING ? qcc_listener_dup_url (self->listener) : NULL;
}

static gboolean
on_grace_over (gpointer user_data)
{
  QccProxy *self = user_data;
  g_autoptr (GList) running = g_hash_table_get_values (self->exchanges);

  self->grace_id = 0;
  g_cancellable_cancel (self->shutdown);
  for (GList *l = running; l != NULL; l = l->next)
    qcc_exchange_cancel (l->data);

  return G_SOURCE_REMOVE;
}

/**
 * qcc_proxy_stop_async:
 * @self: a proxy
 * @grace_seconds: how long answers that are under way may go on; of several calls that of the first counts
 * @callback: called when all is over, at once when it does not run
 * @user_data: for @callback
 *
 * Takes no new connection, lets the exchanges finish, and cancels those that do not in time. Connections that
 * only wait for a next request are closed when the last exchange is over. qcc_proxy_start() starts it again.
 */
void
qcc_proxy_stop_async (QccProxy *self,
                      guint grace_seconds,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (QCC_IS_PROXY (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_proxy_stop_async);
  if (self->state == QCC_PROXY_STATE_STOPPED)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  g_ptr_array_add (self->stop_tasks, g_steal_pointer (&task));
  if (self->state == QCC_PROXY_STATE_STOPPING)
    return;

  close_listener (self);
  set_state (self, QCC_PROXY_STATE_STOPPING);
  if (g_hash_table_size (self->exchanges) == 0)
    complete_stop (self);
  else
    self->grace_id = g_timeout_add_seconds (grace_seconds, on_grace_over, self);
}

void
qcc_proxy_stop_finish (QccProxy *self,
                       GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
