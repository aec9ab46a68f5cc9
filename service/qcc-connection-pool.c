/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-connection-pool.h"

/* Spec 2.12. */
#define MAX_IDLE 20
#define IDLE_LIFETIME_SECONDS 30

struct _QccConnectionPool
{
  GObject parent_instance;

  QccEndpoint *endpoint;      /* (owned) */
  QccTrustStore *trust_store; /* (owned) */
  guint max_connections;
  guint n_busy;
  GQueue idle;    /* (element-type QccConnection): most recently used first */
  GQueue waiting; /* (element-type GTask): first come first */
  guint sweep_id; /* runs only while something is idle */
};

G_DEFINE_FINAL_TYPE (QccConnectionPool, qcc_connection_pool, G_TYPE_OBJECT)

static void
connection_free (QccConnection *self)
{
  /* Whatever the session still has in hand ends here, at once: an answer that nobody reads any
   * more must stop to cost the upstream's tokens. */
  if (self->socket != NULL && !g_socket_is_closed (self->socket))
    g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
  soup_session_abort (self->session);

  g_clear_object (&self->stream);
  g_clear_object (&self->socket);
  g_clear_object (&self->session);
  g_free (self);
}

static void
forget_task (gpointer task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The pool is gone");
  g_object_unref (task);
}

static void
qcc_connection_pool_dispose (GObject *object)
{
  QccConnectionPool *self = QCC_CONNECTION_POOL (object);

  g_clear_handle_id (&self->sweep_id, g_source_remove);
  g_queue_clear_full (&self->idle, (GDestroyNotify) connection_free);
  g_queue_clear_full (&self->waiting, forget_task);
  g_clear_pointer (&self->trust_store, qcc_trust_store_unref);

  G_OBJECT_CLASS (qcc_connection_pool_parent_class)->dispose (object);
}

static void
qcc_connection_pool_finalize (GObject *object)
{
  QccConnectionPool *self = QCC_CONNECTION_POOL (object);

  g_clear_pointer (&self->endpoint, qcc_endpoint_unref);

  G_OBJECT_CLASS (qcc_connection_pool_parent_class)->finalize (object);
}

static void
qcc_connection_pool_class_init (QccConnectionPoolClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_connection_pool_dispose;
  object_class->finalize = qcc_connection_pool_finalize;
}

static void
qcc_connection_pool_init (QccConnectionPool *self)
{
  g_queue_init (&self->idle);
  g_queue_init (&self->waiting);
  self->max_connections = G_MAXUINT;
}

/**
 * qcc_connection_pool_new:
 * @endpoint: (transfer none): whose connections these are
 * @trust_store: (transfer none): verifies its certificates
 *
 * Returns: (transfer full): an empty pool
 */
QccConnectionPool *
qcc_connection_pool_new (QccEndpoint *endpoint,
                         QccTrustStore *trust_store)
{
  QccConnectionPool *self;

  g_return_val_if_fail (endpoint != NULL, NULL);
  g_return_val_if_fail (trust_store != NULL, NULL);

  self = g_object_new (QCC_TYPE_CONNECTION_POOL, NULL);
  self->endpoint = qcc_endpoint_ref (endpoint);
  self->trust_store = qcc_trust_store_ref (trust_store);

  return self;
}

static GProxyResolver *
create_proxy_resolver (const QccEndpoint *endpoint)
{
  if (endpoint->proxy == NULL)
    return g_object_ref (g_proxy_resolver_get_default ());
  if (g_str_equal (endpoint->proxy, "none"))
    return NULL;

  return g_simple_proxy_resolver_new (endpoint->proxy, NULL);
}

/* States every default that matters: libsoup's own are made for a browser. */
static QccConnection *
connection_new (QccConnectionPool *self,
                GError **error)
{
  QccConnection *connection;
  g_autoptr (SoupSession) session = NULL;
  g_autoptr (GProxyResolver) resolver = create_proxy_resolver (self->endpoint);

  session = soup_session_new_with_options ("max-conns", 1,
                                           "max-conns-per-host", 1,
                                           "timeout", 0,
                                           "idle-timeout", 0,
                                           "proxy-resolver", resolver,
                                           NULL);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  if (g_str_equal (g_uri_get_scheme (self->endpoint->base_url), "https") &&
      !qcc_trust_store_attach (self->trust_store, session, self->endpoint->ca_file, error))
    return NULL;

  connection = g_new0 (QccConnection, 1);
  connection->session = g_steal_pointer (&session);

  return connection;
}

static gboolean
on_sweep (gpointer user_data)
{
  QccConnectionPool *self = user_data;
  gint64 limit = g_get_monotonic_time () - (gint64) IDLE_LIFETIME_SECONDS * G_USEC_PER_SEC;
  const QccConnection *oldest;

  while ((oldest = g_queue_peek_tail (&self->idle)) != NULL && oldest->idle_since <= limit)
    connection_free (g_queue_pop_tail (&self->idle));

  if (oldest != NULL)
    return G_SOURCE_CONTINUE;

  self->sweep_id = 0;
  return G_SOURCE_REMOVE;
}

static void
hand_out (QccConnectionPool *self,
          GTask *task)
{
  gboolean fresh = GPOINTER_TO_INT (g_task_get_task_data (task));
  g_autoptr (GError) error = NULL;
  QccConnection *connection = NULL;

  if (!fresh)
    connection = g_queue_pop_head (&self->idle);
  if (connection == NULL)
    connection = connection_new (self, &error);

  if (connection == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  self->n_busy++;
  g_task_return_pointer (task, connection, NULL);
}

static gboolean
has_room (QccConnectionPool *self)
{
  return self->n_busy < self->max_connections;
}

static void
on_waiting_cancelled (GCancellable *cancellable,
                      GTask *task)
{
  QccConnectionPool *self = g_task_get_source_object (task);

  if (g_queue_remove (&self->waiting, task))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "No longer wanted");
      g_object_unref (task);
    }
}

static void
serve_waiting (QccConnectionPool *self)
{
  while (has_room (self) && !g_queue_is_empty (&self->waiting))
    {
      g_autoptr (GTask) task = g_queue_pop_head (&self->waiting);

      hand_out (self, task);
    }
}

/**
 * qcc_connection_pool_set_max_connections:
 * @self: a pool
 * @max_connections: most connections in use at a time, at least 1
 */
void
qcc_connection_pool_set_max_connections (QccConnectionPool *self,
                                         guint max_connections)
{
  g_return_if_fail (QCC_IS_CONNECTION_POOL (self));
  g_return_if_fail (max_connections > 0);

  self->max_connections = max_connections;
  serve_waiting (self);
}

/**
 * qcc_connection_pool_get_n_busy:
 * @self: a pool
 *
 * Returns: how many connections are handed out
 */
guint
qcc_connection_pool_get_n_busy (QccConnectionPool *self)
{
  g_return_val_if_fail (QCC_IS_CONNECTION_POOL (self), 0);

  return self->n_busy;
}

/**
 * qcc_connection_pool_acquire_async:
 * @self: a pool
 * @fresh: whether it must not be a connection that was used before
 * @cancellable: (nullable): a request that is cancelled while it waits is passed over
 * @callback: called when there is a place
 * @user_data: for @callback
 *
 * Takes the most recently used idle connection, or makes a new one; waits when as many as allowed
 * are in use.
 */
void
qcc_connection_pool_acquire_async (QccConnectionPool *self,
                                   gboolean fresh,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (QCC_IS_CONNECTION_POOL (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_connection_pool_acquire_async);
  g_task_set_task_data (task, GINT_TO_POINTER (fresh), NULL);
  /* A connection that was handed out must arrive even if the request is cancelled meanwhile. */
  g_task_set_check_cancellable (task, FALSE);

  if (has_room (self))
    {
      hand_out (self, task);
      return;
    }

  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_waiting_cancelled), task, 0);
  g_queue_push_tail (&self->waiting, g_steal_pointer (&task));
}

/**
 * qcc_connection_pool_acquire_finish:
 * @self: a pool
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED, %QCC_ERROR_UNAVAILABLE when certificates cannot be
 * verified.
 *
 * Returns: (transfer full): a connection, to be given back with qcc_connection_pool_release()
 */
QccConnection *
qcc_connection_pool_acquire_finish (QccConnectionPool *self,
                                    GAsyncResult *result,
                                    GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * qcc_connection_pool_release:
 * @self: a pool
 * @connection: (transfer full): a connection of this pool
 * @reusable: whether its last answer was read to the end; if not it is closed at once
 */
void
qcc_connection_pool_release (QccConnectionPool *self,
                             QccConnection *connection,
                             gboolean reusable)
{
  g_return_if_fail (QCC_IS_CONNECTION_POOL (self));
  g_return_if_fail (connection != NULL);
  g_return_if_fail (self->n_busy > 0);

  self->n_busy--;
  if (reusable && self->n_busy + self->idle.length < self->max_connections)
    {
      connection->idle_since = g_get_monotonic_time ();
      g_queue_push_head (&self->idle, connection);
      if (self->idle.length > MAX_IDLE)
        connection_free (g_queue_pop_tail (&self->idle));
      if (self->sweep_id == 0)
        self->sweep_id = g_timeout_add_seconds (IDLE_LIFETIME_SECONDS, on_sweep, self);
    }
  else
    {
      connection_free (connection);
    }

  serve_waiting (self);
}
