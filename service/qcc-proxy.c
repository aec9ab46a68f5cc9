/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-proxy.h"

#include <glib/gi18n-lib.h>

#include "service/qcc-client.h"
#include "service/qcc-error-body.h"
#include "service/qcc-exchange.h"
#include "service/qcc-linger.h"
#include "service/qcc-listener.h"

/* Spec 2.4. */
#define ALL_BODIES_MAX (256 * 1024 * 1024)

/**
 * QccProxy:
 *
 * The data path as a whole: listens, makes an exchange of every request, and ends in order.
 */
struct _QccProxy
{
  GObject parent_instance;

  QccPolicy *policy;              /* (owned) */
  QccProfileStore *profile_store; /* (owned) */
  QccEndpointTable *table;        /* (owned) */
  QccRecorder *recorder;          /* (unowned) */
  GNetworkMonitor *network;       /* (owned) (nullable) */

  SoupServer *server;           /* (owned) */
  QccWatcher *watcher;          /* (owned) */
  QccBodyBudget *budget;        /* (owned) */
  QccEndHistory *history;       /* (owned) */
  GCancellable *shutdown;       /* (owned) */
  QccEndpointEntry transparent; /* its members are owned */
  QccExchangeHost host;

  GHashTable *exchanges; /* (owned) (element-type SoupServerMessage QccExchange): keys and values owned */
  guint64 last_id;
  QccListener *listener; /* (owned) (nullable) */
  guint16 port;
  GTask *stop_task; /* (owned) (nullable) */
  guint grace_id;
};

G_DEFINE_FINAL_TYPE (QccProxy, qcc_proxy, G_TYPE_OBJECT)

static void
qcc_proxy_dispose (GObject *object)
{
  QccProxy *self = QCC_PROXY (object);
  g_autoptr (GList) running = g_hash_table_get_values (self->exchanges);

  g_clear_handle_id (&self->grace_id, g_source_remove);
  g_clear_pointer (&self->listener, qcc_listener_free);
  if (self->shutdown != NULL)
    g_cancellable_cancel (self->shutdown);
  for (GList *l = running; l != NULL; l = l->next)
    qcc_exchange_cancel (l->data);
  if (self->server != NULL)
    soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_clear_object (&self->transparent.pool);
  g_clear_pointer (&self->transparent.endpoint, qcc_endpoint_unref);
  g_clear_object (&self->table);

  G_OBJECT_CLASS (qcc_proxy_parent_class)->dispose (object);
}

static void
qcc_proxy_finalize (GObject *object)
{
  QccProxy *self = QCC_PROXY (object);

  g_clear_pointer (&self->exchanges, g_hash_table_unref);
  g_clear_pointer (&self->watcher, qcc_watcher_unref);
  g_clear_pointer (&self->budget, qcc_body_budget_free);
  g_clear_pointer (&self->history, qcc_end_history_free);
  g_clear_object (&self->shutdown);
  g_clear_object (&self->network);
  g_clear_object (&self->profile_store);
  g_clear_object (&self->policy);

  G_OBJECT_CLASS (qcc_proxy_parent_class)->finalize (object);
}

static void
qcc_proxy_class_init (QccProxyClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_proxy_dispose;
  object_class->finalize = qcc_proxy_finalize;
}

static void
qcc_proxy_init (QccProxy *self)
{
  self->exchanges = g_hash_table_new_full (NULL, NULL, g_object_unref, (GDestroyNotify) qcc_exchange_unref);
  self->history = qcc_end_history_new ();
  self->shutdown = g_cancellable_new ();
}

static void
complete_stop (QccProxy *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->stop_task);

  g_clear_handle_id (&self->grace_id, g_source_remove);
  soup_server_disconnect (self->server);
  g_task_return_boolean (task, TRUE);
}

static void
on_exchange_finished (QccExchange *exchange,
                      gpointer user_data)
{
  QccProxy *self = user_data;

  g_hash_table_remove (self->exchanges, qcc_exchange_get_message (exchange));
  if (self->stop_task != NULL && g_hash_table_size (self->exchanges) == 0)
    complete_stop (self);
}

static QccExchange *
find_by_ticket (QccProxy *self,
                guint64 ticket)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->exchanges);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (qcc_exchange_get_ticket (value) == ticket)
      return value;

  return NULL;
}

static void
on_room_freed (gpointer user_data)
{
  QccProxy *self = user_data;
  guint64 ticket;

  while ((ticket = qcc_body_budget_next_ready (self->budget)) != 0)
    {
      QccExchange *exchange = find_by_ticket (self, ticket);

      if (exchange != NULL)
        qcc_exchange_resume_body (exchange);
    }
}

static void
on_request_headers (SoupServer *server,
                    SoupServerMessage *message,
                    const char *path,
                    GHashTable *query,
                    gpointer user_data)
{
  QccProxy *self = user_data;
  g_autoptr (QccExchange) exchange = NULL;

  if (self->stop_task != NULL)
    {
      g_autofree char *body = qcc_error_body_new ("api_error", _ ("QCC is ending."));

      qcc_linger_answer (message, SOUP_STATUS_SERVICE_UNAVAILABLE, body, self->shutdown);
      return;
    }

  exchange = qcc_exchange_new (&self->host, ++self->last_id, message,
                               qcc_profile_store_get_snapshot (self->profile_store));
  g_hash_table_insert (self->exchanges, g_object_ref (message), qcc_exchange_ref (exchange));
  qcc_exchange_start (exchange);
}

static void
on_request_body (SoupServer *server,
                 SoupServerMessage *message,
                 const char *path,
                 GHashTable *query,
                 gpointer user_data)
{
  QccProxy *self = user_data;
  QccExchange *exchange = g_hash_table_lookup (self->exchanges, message);

  if (exchange != NULL)
    qcc_exchange_body_complete (exchange);
}

static void
on_connection (GSocketConnection *connection,
               gpointer user_data)
{
  QccProxy *self = user_data;

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

static void
on_policy_changed (QccPolicy *policy,
                   QccProxy *self)
{
  const QccPolicyValues *values = qcc_policy_get_values (policy);

  qcc_body_budget_set_headroom (self->budget, values->max_body_size);
  qcc_endpoint_table_set_max_connections (self->table, values->max_upstream_per_endpoint);
}

/**
 * qcc_proxy_new:
 * @parts: what it is made of
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR codes when the system is out of file descriptors.
 *
 * Returns: (transfer full): a proxy that does not listen yet
 */
QccProxy *
qcc_proxy_new (const QccProxyParts *parts,
               GError **error)
{
  g_autoptr (QccProxy) self = NULL;

  g_return_val_if_fail (parts != NULL, NULL);

  self = g_object_new (QCC_TYPE_PROXY, NULL);
  self->policy = g_object_ref (parts->policy);
  self->profile_store = g_object_ref (parts->profile_store);
  self->table = g_object_ref (parts->table);
  self->recorder = parts->recorder;
  g_set_object (&self->network, parts->network);
  self->watcher = qcc_watcher_new (NULL, error);
  if (self->watcher == NULL)
    return NULL;

  self->budget = qcc_body_budget_new (ALL_BODIES_MAX, qcc_policy_get_values (self->policy)->max_body_size);
  self->transparent.endpoint = qcc_endpoint_ref (parts->transparent);
  self->transparent.pool = qcc_connection_pool_new (parts->transparent, parts->trust_store);
  self->server = soup_server_new ("raw-paths", TRUE, NULL);
  if (!add_idle_listener (self->server, error))
    return NULL;
  soup_server_add_early_handler (self->server, NULL, on_request_headers, self, NULL);
  soup_server_add_handler (self->server, NULL, on_request_body, self, NULL);

  self->host = (QccExchangeHost){
    .server = self->server,
    .policy = self->policy,
    .table = self->table,
    .watcher = self->watcher,
    .budget = self->budget,
    .recorder = self->recorder,
    .history = self->history,
    .network = self->network,
    .transparent = &self->transparent,
    .shutdown = self->shutdown,
    .finished = on_exchange_finished,
    .room_freed = on_room_freed,
    .user_data = self,
  };
  g_signal_connect_object (self->policy, "changed", G_CALLBACK (on_policy_changed), self, 0);
  on_policy_changed (self->policy, self);

  return g_steal_pointer (&self);
}

/**
 * qcc_proxy_start:
 * @self: a proxy
 * @error: return location for an error
 *
 * Listens where the settings say. Possible errors: those of qcc_listener_new().
 *
 * Returns: whether it listens
 */
gboolean
qcc_proxy_start (QccProxy *self,
                 GError **error)
{
  const QccPolicyValues *values;

  g_return_val_if_fail (QCC_IS_PROXY (self), FALSE);

  values = qcc_policy_get_values (self->policy);
  self->listener = qcc_listener_new (values->host, values->port, on_connection, self, error);
  if (self->listener == NULL)
    return FALSE;

  self->port = qcc_listener_get_port (self->listener);
  return TRUE;
}

/**
 * qcc_proxy_get_port:
 * @self: a proxy
 *
 * Returns: the port it listens on, 0 before qcc_proxy_start()
 */
guint16
qcc_proxy_get_port (QccProxy *self)
{
  g_return_val_if_fail (QCC_IS_PROXY (self), 0);

  return self->port;
}

/**
 * qcc_proxy_get_n_exchanges:
 * @self: a proxy
 *
 * Returns: how many exchanges run
 */
guint
qcc_proxy_get_n_exchanges (QccProxy *self)
{
  g_return_val_if_fail (QCC_IS_PROXY (self), 0);

  return g_hash_table_size (self->exchanges);
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
 * @self: a proxy that listens
 * @grace_seconds: how long answers that are under way may go on
 * @callback: called when all is over
 * @user_data: for @callback
 *
 * Takes no new connection, lets the exchanges finish, and cancels those that do not in time.
 */
void
qcc_proxy_stop_async (QccProxy *self,
                      guint grace_seconds,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_return_if_fail (QCC_IS_PROXY (self));
  g_return_if_fail (self->stop_task == NULL);

  self->stop_task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->stop_task, qcc_proxy_stop_async);

  g_clear_pointer (&self->listener, qcc_listener_free);
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
