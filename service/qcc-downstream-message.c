/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-downstream.h"

/* libsoup's own writer: keeps pipelining and every framing that HTTP knows. */
#define QCC_TYPE_DOWNSTREAM_MESSAGE (qcc_downstream_message_get_type ())
G_DECLARE_FINAL_TYPE (QccDownstreamMessage, qcc_downstream_message, QCC, DOWNSTREAM_MESSAGE, QccDownstream)

struct _QccDownstreamMessage
{
  QccDownstream parent_instance;

  SoupServerMessage *message; /* (owned) */
  GSocket *socket;            /* (owned) (nullable): %NULL once libsoup has closed the connection */
};

G_DEFINE_FINAL_TYPE (QccDownstreamMessage, qcc_downstream_message, QCC_TYPE_DOWNSTREAM)

/* On writing a 204 libsoup forgets that it has no body, and would close the connection as the end of one. */
static void
on_wrote_headers (SoupServerMessage *message,
                  QccDownstreamMessage *self)
{
  if (soup_server_message_get_status (message) == SOUP_STATUS_NO_CONTENT)
    soup_message_headers_set_encoding (soup_server_message_get_response_headers (message), SOUP_ENCODING_NONE);
}

static void
on_wrote_chunk (SoupServerMessage *message,
                QccDownstreamMessage *self)
{
  qcc_downstream_emit (QCC_DOWNSTREAM (self), QCC_DOWNSTREAM_DRAINED);
}

static void
on_wrote_body (SoupServerMessage *message,
               QccDownstreamMessage *self)
{
  g_signal_handlers_disconnect_by_data (message, self);
  qcc_downstream_emit (QCC_DOWNSTREAM (self), QCC_DOWNSTREAM_FINISHED);
}

static void
on_disconnected (SoupServerMessage *message,
                 QccDownstreamMessage *self)
{
  g_signal_handlers_disconnect_by_data (message, self);
  g_clear_object (&self->socket);
  qcc_downstream_emit (QCC_DOWNSTREAM (self), QCC_DOWNSTREAM_BROKEN);
}

static gboolean
qcc_downstream_message_write (QccDownstream *downstream,
                              const char *data,
                              gsize length)
{
  QccDownstreamMessage *self = QCC_DOWNSTREAM_MESSAGE (downstream);
  g_autoptr (GBytes) bytes = g_bytes_new (data, length);

  soup_message_body_append_bytes (soup_server_message_get_response_body (self->message), bytes);
  soup_server_message_unpause (self->message);

  return FALSE;
}

static void
qcc_downstream_message_finish (QccDownstream *downstream)
{
  QccDownstreamMessage *self = QCC_DOWNSTREAM_MESSAGE (downstream);

  soup_message_body_complete (soup_server_message_get_response_body (self->message));
  soup_server_message_unpause (self->message);
}

static void
qcc_downstream_message_break_off (QccDownstream *downstream)
{
  QccDownstreamMessage *self = QCC_DOWNSTREAM_MESSAGE (downstream);
  g_autoptr (GIOStream) stream = NULL;

  /* libsoup is closing the connection by itself. If that is stolen now, it tells of the end a second time, and the
   * server lets go of a reference that is the message's. */
  if (self->socket == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->message, self);
  /* An answer without a stated length ends with the connection, so that only a reset tells. And it
   * is closed before libsoup lets go of it, which would write the last chunk. */
  qcc_socket_reset_on_close (self->socket);
  g_socket_close (self->socket, NULL);
  stream = soup_server_message_steal_connection (self->message);
}

static void
qcc_downstream_message_dispose (GObject *object)
{
  QccDownstreamMessage *self = QCC_DOWNSTREAM_MESSAGE (object);

  if (self->message != NULL)
    g_signal_handlers_disconnect_by_data (self->message, self);
  g_clear_object (&self->message);
  g_clear_object (&self->socket);

  G_OBJECT_CLASS (qcc_downstream_message_parent_class)->dispose (object);
}

static void
qcc_downstream_message_class_init (QccDownstreamMessageClass *klass)
{
  QccDownstreamClass *downstream_class = QCC_DOWNSTREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = qcc_downstream_message_dispose;
  downstream_class->write = qcc_downstream_message_write;
  downstream_class->finish = qcc_downstream_message_finish;
  downstream_class->break_off = qcc_downstream_message_break_off;
}

static void
qcc_downstream_message_init (QccDownstreamMessage *self)
{
}

/**
 * qcc_downstream_message_new:
 * @message: (transfer none): a paused request; its status and response headers are set
 * @client: (transfer none): its client
 *
 * Returns: (transfer full): a downstream that writes through libsoup
 */
QccDownstream *
qcc_downstream_message_new (SoupServerMessage *message,
                            QccClient *client)
{
  QccDownstreamMessage *self;

  g_return_val_if_fail (SOUP_IS_SERVER_MESSAGE (message), NULL);

  self = g_object_new (QCC_TYPE_DOWNSTREAM_MESSAGE, NULL);
  self->message = g_object_ref (message);
  self->socket = g_object_ref (qcc_client_get_socket (client));
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  g_signal_connect (message, "wrote-headers", G_CALLBACK (on_wrote_headers), self);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (on_wrote_chunk), self);
  g_signal_connect (message, "wrote-body", G_CALLBACK (on_wrote_body), self);
  g_signal_connect (message, "disconnected", G_CALLBACK (on_disconnected), self);

  return QCC_DOWNSTREAM (self);
}
