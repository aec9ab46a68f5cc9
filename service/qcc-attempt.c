/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-attempt-private.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-base-url.h"
#include "common/qcc-error.h"
#include "service/qcc-headers.h"

G_DEFINE_FINAL_TYPE (QccAttempt, qcc_attempt, G_TYPE_OBJECT)

static void acquire (QccAttempt *self, GTask *task);

void
qcc_attempt_set_state (QccAttempt *self,
                       QccAttemptState state)
{
  g_assert (self->state != QCC_ATTEMPT_CLOSED);
  g_assert (state > self->state ||
            (state == QCC_ATTEMPT_CONNECTING && self->state == QCC_ATTEMPT_WAITING && self->repeated));

  self->state = state;
}

static void
on_deadline (gpointer user_data)
{
  QccAttempt *self = user_data;

  self->expired = TRUE;
  if (self->state == QCC_ATTEMPT_READING && self->func != NULL)
    self->func (self->func_data);
  else
    g_cancellable_cancel (self->cancellable);
}

static void
qcc_attempt_dispose (GObject *object)
{
  QccAttempt *self = QCC_ATTEMPT (object);

  qcc_attempt_close (self);
  g_clear_pointer (&self->deadline, qcc_deadline_free);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->pool);

  G_OBJECT_CLASS (qcc_attempt_parent_class)->dispose (object);
}

static void
qcc_attempt_finalize (GObject *object)
{
  QccAttempt *self = QCC_ATTEMPT (object);

  g_clear_object (&self->message);
  g_clear_error (&self->read_error);
  g_clear_pointer (&self->key, qcc_secret_unref);
  g_clear_pointer (&self->watcher, qcc_watcher_unref);
  g_clear_pointer (&self->endpoint, qcc_endpoint_unref);

  G_OBJECT_CLASS (qcc_attempt_parent_class)->finalize (object);
}

static void
qcc_attempt_class_init (QccAttemptClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_attempt_dispose;
  object_class->finalize = qcc_attempt_finalize;
}

static void
qcc_attempt_init (QccAttempt *self)
{
  self->cancellable = g_cancellable_new ();
  self->deadline = qcc_deadline_new (on_deadline, self);
}

/**
 * qcc_attempt_new:
 * @endpoint: (transfer none): where to send
 * @pool: (transfer none): its connections
 * @watcher: (transfer none): tells when more of the answer is there
 * @request: (transfer none): what to send; what it points to must outlive the attempt
 * @limits: time limits, spec 2.8
 * @key: (transfer none) (nullable): the endpoint's key; with %NULL no credential is sent, unless @request says
 *   that the client's own is
 *
 * Returns: (transfer full): an attempt that has not begun
 */
QccAttempt *
qcc_attempt_new (QccEndpoint *endpoint,
                 QccConnectionPool *pool,
                 QccWatcher *watcher,
                 const QccAttemptRequest *request,
                 const QccAttemptLimits *limits,
                 QccSecret *key)
{
  QccAttempt *self;

  g_return_val_if_fail (endpoint != NULL && request != NULL && limits != NULL, NULL);

  self = g_object_new (QCC_TYPE_ATTEMPT, NULL);
  self->endpoint = qcc_endpoint_ref (endpoint);
  self->pool = g_object_ref (pool);
  self->watcher = qcc_watcher_ref (watcher);
  self->request = *request;
  self->limits = *limits;
  self->key = key != NULL ? qcc_secret_ref (key) : NULL;

  return self;
}

static void
set_body (QccAttempt *self,
          SoupMessage *message)
{
  GBytes *body = self->request.body;
  const char *mapped = NULL;
  g_autoptr (GInputStream) stream = NULL;
  gsize length;

  if (body == NULL || g_bytes_get_size (body) == 0)
    return;

  if (self->request.facts->model != NULL)
    mapped = qcc_endpoint_map_model (self->endpoint, self->request.facts->model);

  if (mapped != NULL)
    {
      stream = qcc_request_facts_map_model (self->request.facts, body, mapped, &length);
    }
  else
    {
      stream = g_memory_input_stream_new_from_bytes (body);
      length = g_bytes_get_size (body);
    }

  soup_message_set_request_body (message, NULL, stream, (gssize) length);
}

static SoupMessage *
create_message (QccAttempt *self)
{
  const QccAttemptRequest *request = &self->request;
  g_autoptr (GUri) uri = qcc_base_url_join (self->endpoint->base_url, request->path, request->query);
  SoupMessage *message = soup_message_new_from_uri (request->method, uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  gboolean is_messages = request->facts->kind == QCC_REQUEST_KIND_MESSAGES;

  /* Without IDEMPOTENT libsoup would open a connection for every POST; it does not make a POST
   * be sent twice. */
  soup_message_set_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT | SOUP_MESSAGE_COLLECT_METRICS);

  qcc_headers_copy_request (request->headers, headers, is_messages);
  if (is_messages)
    soup_message_headers_append (headers, "Accept-Encoding", "identity");
  if (self->key != NULL)
    qcc_headers_apply_credential (headers, qcc_endpoint_get_effective_auth (self->endpoint), qcc_secret_peek (self->key));
  else if (request->passes_credential)
    qcc_headers_copy_credential (request->headers, headers);
  set_body (self, message);

  return message;
}

static void
on_network_event (SoupMessage *message,
                  GSocketClientEvent event,
                  GIOStream *stream,
                  QccAttempt *self)
{
  if (self->connection == NULL)
    return;

  self->reused = FALSE;
  if (event == G_SOCKET_CLIENT_CONNECTED && G_IS_SOCKET_CONNECTION (stream))
    g_set_object (&self->connection->socket, g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)));

  if (event == G_SOCKET_CLIENT_COMPLETE)
    {
      g_set_object (&self->connection->stream, stream);
      self->was_connected = TRUE;
      if (self->state == QCC_ATTEMPT_CONNECTING)
        qcc_attempt_set_state (self, QCC_ATTEMPT_WAITING);
      qcc_deadline_start (self->deadline, self->limits.first_byte);
    }
}

static void
on_wrote_body_data (SoupMessage *message,
                    guint size,
                    QccAttempt *self)
{
  qcc_deadline_push_back (self->deadline);
}

static gboolean
is_stale (QccAttempt *self)
{
  SoupMessageMetrics *metrics = soup_message_get_metrics (self->message);

  return self->reused && !self->repeated && !self->expired &&
         !g_cancellable_is_cancelled (self->cancellable) &&
         soup_message_metrics_get_response_header_bytes_received (metrics) == 0;
}

void
qcc_attempt_drop_connection (QccAttempt *self,
                             gboolean reusable)
{
  g_clear_pointer (&self->watch, qcc_watch_free);
  g_clear_object (&self->body);
  if (self->connection != NULL)
    qcc_connection_pool_release (self->pool, g_steal_pointer (&self->connection), reusable);
}

static void
fail (QccAttempt *self,
      GTask *task,
      GError *error)
{
  qcc_deadline_stop (self->deadline);
  if (self->state != QCC_ATTEMPT_CLOSED)
    {
      qcc_attempt_drop_connection (self, FALSE);
      qcc_attempt_set_state (self, QCC_ATTEMPT_CLOSED);
    }

  if (self->expired)
    {
      g_clear_error (&error);
      g_task_return_new_error (task, QCC_ERROR, QCC_ERROR_TIMED_OUT, "%s",
                               self->was_connected ? _ ("no answer in time") : _ ("no connection in time"));
    }
  else
    {
      g_task_return_error (task, error);
    }
}

static void
on_sent (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccAttempt *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) body = soup_session_send_finish (SOUP_SESSION (source), result, &error);

  g_signal_handlers_disconnect_by_data (self->message, self);

  if (body != NULL && self->state != QCC_ATTEMPT_CLOSED)
    {
      self->body = g_steal_pointer (&body);
      qcc_attempt_set_state (self, QCC_ATTEMPT_READING);
      g_task_return_boolean (task, TRUE);
    }
  else if (self->state != QCC_ATTEMPT_CLOSED && is_stale (self))
    {
      g_debug ("%s: a kept-alive connection was dead, repeating on a fresh one", self->endpoint->id);
      self->repeated = TRUE;
      qcc_attempt_drop_connection (self, FALSE);
      qcc_attempt_set_state (self, QCC_ATTEMPT_CONNECTING);
      acquire (self, g_steal_pointer (&task));
    }
  else
    {
      g_autofree char *tls_reasons = NULL;

      if (error == NULL)
        g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The attempt was closed");
      tls_reasons = qcc_trust_store_explain (self->message, error);
      if (tls_reasons != NULL)
        {
          g_clear_error (&error);
          g_set_error_literal (&error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, tls_reasons);
        }
      fail (self, task, g_steal_pointer (&error));
    }
}

static void
on_acquired (GObject *source,
             GAsyncResult *result,
             gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccAttempt *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  QccConnection *connection = qcc_connection_pool_acquire_finish (self->pool, result, &error);

  if (connection != NULL && (self->state == QCC_ATTEMPT_CLOSED || g_cancellable_is_cancelled (self->cancellable)))
    {
      qcc_connection_pool_release (self->pool, connection, FALSE);
      connection = NULL;
      g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The attempt was cancelled");
    }
  if (connection == NULL)
    {
      fail (self, task, g_steal_pointer (&error));
      return;
    }

  self->connection = connection;
  /* Until libsoup says that it connects. */
  self->reused = connection->stream != NULL;
  if (self->reused)
    {
      self->was_connected = TRUE;
      qcc_attempt_set_state (self, QCC_ATTEMPT_WAITING);
      qcc_deadline_start (self->deadline, self->limits.first_byte);
    }
  else
    {
      qcc_deadline_start (self->deadline, self->limits.connect);
    }

  g_clear_object (&self->message);
  self->message = create_message (self);
  g_signal_connect (self->message, "network-event", G_CALLBACK (on_network_event), self);
  g_signal_connect (self->message, "wrote-body-data", G_CALLBACK (on_wrote_body_data), self);
  soup_session_send_async (connection->session, self->message, G_PRIORITY_DEFAULT, self->cancellable,
                           on_sent, g_steal_pointer (&task));
}

static void
acquire (QccAttempt *self,
         GTask *task)
{
  /* The wait for a free connection counts as connecting. */
  qcc_deadline_start (self->deadline, self->limits.connect);
  qcc_connection_pool_acquire_async (self->pool, self->repeated, self->cancellable, on_acquired, task);
}

static void
on_outer_cancelled (GCancellable *outer,
                    gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

/**
 * qcc_attempt_send_async:
 * @self: an attempt that has not begun
 * @cancellable: (nullable): ends it, with %G_IO_ERROR_CANCELLED
 * @callback: called when the head of an answer is there, or when there will be none
 * @user_data: for @callback
 */
void
qcc_attempt_send_async (QccAttempt *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_ATTEMPT (self));
  g_return_if_fail (self->state == QCC_ATTEMPT_NEW);

  /* A late cancellation must not hide what the other end did. */
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_attempt_send_async);
  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_outer_cancelled), self->cancellable, 0);

  qcc_attempt_set_state (self, QCC_ATTEMPT_CONNECTING);
  acquire (self, task);
}

/**
 * qcc_attempt_send_finish:
 * @self: an attempt
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_TIMED_OUT, %G_IO_ERROR_CANCELLED, and whatever #GSocketClient,
 * #GTlsConnection and libsoup give; qcc_transport_failure_from_error() sorts them.
 *
 * Returns: whether there is an answer to read
 */
gboolean
qcc_attempt_send_finish (QccAttempt *self,
                         GAsyncResult *result,
                         GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qcc_attempt_was_connected:
 * @self: an attempt
 *
 * Returns: whether a connection was made, so that a time-out was one of the answer
 */
gboolean
qcc_attempt_was_connected (QccAttempt *self)
{
  g_return_val_if_fail (QCC_IS_ATTEMPT (self), FALSE);

  return self->was_connected;
}

/**
 * qcc_attempt_get_key:
 * @self: an attempt
 *
 * Returns: (transfer none) (nullable): the endpoint's key as it was when the attempt began; %NULL for one without
 */
QccSecret *
qcc_attempt_get_key (QccAttempt *self)
{
  g_return_val_if_fail (QCC_IS_ATTEMPT (self), NULL);

  return self->key;
}

guint
qcc_attempt_get_status (QccAttempt *self)
{
  return soup_message_get_status (self->message);
}

SoupMessageHeaders *
qcc_attempt_get_headers (QccAttempt *self)
{
  return soup_message_get_response_headers (self->message);
}

const char *
qcc_attempt_get_reason_phrase (QccAttempt *self)
{
  return soup_message_get_reason_phrase (self->message);
}
