/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-check-private.h"

#include "common/qcc-error.h"
#include "service/qcc-deadline.h"

/* A connection as the data path makes it, through the same pool, proxy and trust store, and nothing sent on it. */

typedef struct
{
  QccCheckTarget *target;    /* (owned) */
  QccConnection *connection; /* (owned) (nullable): handed out by the target's pool */
  SoupMessage *message;      /* (owned): never sent; tells libsoup where to */
  GCancellable *cancellable; /* (owned): of what is under way */
  GSource *cancelled;        /* (owned) (nullable): the caller's wish */
  QccDeadline *deadline;     /* (owned) */
  gboolean expired;
  gint64 started; /* monotonic time in microseconds */
} Connect;

static void
connect_free (gpointer data)
{
  Connect *self = data;

  if (self->connection != NULL)
    qcc_connection_pool_release (self->target->pool, self->connection, FALSE);
  if (self->cancelled != NULL)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
  qcc_deadline_free (self->deadline);
  g_object_unref (self->cancellable);
  g_object_unref (self->message);
  qcc_check_target_unref (self->target);
  g_free (self);
}

static void
on_deadline (gpointer user_data)
{
  Connect *self = user_data;

  self->expired = TRUE;
  g_cancellable_cancel (self->cancellable);
}

static gboolean
on_cancelled (GCancellable *cancellable,
              gpointer user_data)
{
  Connect *self = user_data;

  g_cancellable_cancel (self->cancellable);

  return G_SOURCE_REMOVE;
}

/* @error: (transfer full) (nullable): why there is no connection */
static void
end (GTask *task,
     GError *error)
{
  Connect *self = g_task_get_task_data (task);
  g_autoptr (GError) owned = error;
  g_autoptr (QccCheckReply) reply = NULL;

  qcc_deadline_stop (self->deadline);
  if (g_task_return_error_if_cancelled (task))
    return;

  if (self->expired)
    {
      g_clear_error (&owned);
      g_set_error_literal (&owned, QCC_ERROR, QCC_ERROR_TIMED_OUT, "no connection in time");
    }

  reply = qcc_check_reply_new ();
  reply->latency_ms = (g_get_monotonic_time () - self->started) / 1000;
  reply->connected = owned == NULL;
  if (owned != NULL)
    qcc_check_reply_set_error (reply, owned, FALSE);
  g_task_return_pointer (task, g_steal_pointer (&reply), (GDestroyNotify) qcc_check_reply_free);
}

static void
on_connected (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Connect *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *tls_reasons = NULL;

  soup_session_preconnect_finish (SOUP_SESSION (source), result, &error);

  /* A resumed TLS session with a server that is refused is not reported as an error. */
  tls_reasons = qcc_trust_store_explain (self->message, error);
  if (tls_reasons != NULL)
    {
      g_clear_error (&error);
      g_set_error_literal (&error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, tls_reasons);
    }
  end (task, g_steal_pointer (&error));
}

static void
on_acquired (GObject *source,
             GAsyncResult *result,
             gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Connect *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  self->connection = qcc_connection_pool_acquire_finish (QCC_CONNECTION_POOL (source), result, &error);
  if (self->connection != NULL)
    soup_session_preconnect_async (self->connection->session, self->message, G_PRIORITY_DEFAULT, self->cancellable,
                                   on_connected, g_steal_pointer (&task));
  else
    end (task, g_steal_pointer (&error));
}

/**
 * qcc_check_connect_async:
 * @target: (transfer none): where to connect to
 * @limit_ms: milliseconds that it may take, more than 0
 * @cancellable: (nullable): ends it
 * @callback: called when it is known whether a connection can be made
 * @user_data: for @callback
 *
 * Makes a new connection, TLS included, and closes it.
 */
void
qcc_check_connect_async (QccCheckTarget *target,
                         gint64 limit_ms,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Connect *self = g_new0 (Connect, 1);

  g_task_set_source_tag (task, qcc_check_connect_async);
  g_task_set_task_data (task, self, connect_free);
  self->target = qcc_check_target_ref (target);
  self->message = soup_message_new_from_uri (SOUP_METHOD_HEAD, target->endpoint->base_url);
  self->cancellable = g_cancellable_new ();
  self->started = g_get_monotonic_time ();
  self->deadline = qcc_deadline_new (on_deadline, self);
  qcc_deadline_start (self->deadline, limit_ms);
  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (on_cancelled), self, NULL);
      g_source_attach (self->cancelled, g_main_context_get_thread_default ());
    }

  /* One that was used before would prove nothing about now. */
  qcc_connection_pool_acquire_async (target->pool, TRUE, self->cancellable, on_acquired, g_steal_pointer (&task));
}

/**
 * qcc_check_connect_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): what came of it
 */
QccCheckReply *
qcc_check_connect_finish (GAsyncResult *result,
                          GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
