/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-downstream.h"

#include <string.h>

/* The connection stolen from the server, with chunks of our own: one system call for each write,
 * and an end that is ours to choose. */
#define QCC_TYPE_DOWNSTREAM_STREAM (qcc_downstream_stream_get_type ())
G_DECLARE_FINAL_TYPE (QccDownstreamStream, qcc_downstream_stream, QCC, DOWNSTREAM_STREAM, QccDownstream)

struct _QccDownstreamStream
{
  QccDownstream parent_instance;

  SoupServer *server;  /* (owned) */
  QccClient *client;   /* (unowned): the exchange's, outlives this */
  GIOStream *stream;   /* (owned) (nullable): without libsoup's wrapper; %NULL once it is over */
  GByteArray *pending; /* (owned): what the client did not take yet, framed */
  gboolean chunked;    /* else the end of the connection is the end of the answer */
  gboolean keep_alive;
  gboolean finishing;
  guint finished_id;
};

G_DEFINE_FINAL_TYPE (QccDownstreamStream, qcc_downstream_stream, QCC_TYPE_DOWNSTREAM)

static void flush (gpointer user_data);

static gboolean
on_finished (gpointer user_data)
{
  QccDownstreamStream *self = user_data;

  self->finished_id = 0;
  if (self->keep_alive)
    qcc_client_give_back (self->server, G_SOCKET_CONNECTION (self->stream));
  g_clear_object (&self->stream);
  qcc_downstream_emit (QCC_DOWNSTREAM (self), QCC_DOWNSTREAM_FINISHED);

  return G_SOURCE_REMOVE;
}

/* Writes as much as the client takes. Returns FALSE when the connection is broken. */
static gboolean
write_vectors (QccDownstreamStream *self,
               const GOutputVector *vectors,
               gsize n_vectors)
{
  GPollableOutputStream *output = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream));
  gsize written = 0;
  GPollableReturn result;

  result = g_pollable_output_stream_writev_nonblocking (output, vectors, n_vectors, &written, NULL, NULL);
  if (result == G_POLLABLE_RETURN_FAILED)
    return FALSE;
  if (result == G_POLLABLE_RETURN_WOULD_BLOCK)
    written = 0;

  for (gsize i = 0; i < n_vectors; i++)
    {
      gsize skip = MIN (written, vectors[i].size);

      written -= skip;
      g_byte_array_append (self->pending, (const guint8 *) vectors[i].buffer + skip, (guint) (vectors[i].size - skip));
    }

  return TRUE;
}

static void
wait_or_go_on (QccDownstreamStream *self)
{
  if (self->pending->len > 0)
    qcc_client_wait_writable (self->client, flush, self);
  else if (self->finishing && self->finished_id == 0)
    self->finished_id = g_idle_add_full (G_PRIORITY_DEFAULT, on_finished, self, NULL);
}

/* Returns FALSE when the connection is broken; the watch will say so too. */
static gboolean
send_pending (QccDownstreamStream *self)
{
  g_autoptr (GByteArray) pending = g_steal_pointer (&self->pending);
  GOutputVector vector = { pending->data, pending->len };

  self->pending = g_byte_array_new ();
  if (pending->len == 0 || write_vectors (self, &vector, 1))
    return TRUE;

  g_byte_array_unref (self->pending);
  self->pending = g_steal_pointer (&pending);
  return FALSE;
}

static void
flush (gpointer user_data)
{
  QccDownstreamStream *self = user_data;

  if (!send_pending (self))
    {
      qcc_downstream_emit (QCC_DOWNSTREAM (self), QCC_DOWNSTREAM_BROKEN);
      return;
    }

  wait_or_go_on (self);
  if (self->pending->len == 0 && !self->finishing)
    qcc_downstream_emit (QCC_DOWNSTREAM (self), QCC_DOWNSTREAM_DRAINED);
}

static gboolean
qcc_downstream_stream_write (QccDownstream *downstream,
                             const char *data,
                             gsize length)
{
  QccDownstreamStream *self = QCC_DOWNSTREAM_STREAM (downstream);
  g_autoptr (GByteArray) before = g_steal_pointer (&self->pending);
  char size[32];
  GOutputVector vectors[4];
  gsize n = 0;

  /* The head, or an end that comes upon unwritten bytes, goes out first. */
  self->pending = g_byte_array_new ();
  if (before->len > 0)
    vectors[n++] = (GOutputVector){ before->data, before->len };
  if (self->chunked)
    {
      g_snprintf (size, sizeof size, "%" G_GSIZE_MODIFIER "x\r\n", length);
      vectors[n++] = (GOutputVector){ size, strlen (size) };
    }
  vectors[n++] = (GOutputVector){ data, length };
  if (self->chunked)
    vectors[n++] = (GOutputVector){ "\r\n", 2 };

  /* Where the connection is broken, what stays unwritten makes the watch tell. */
  if (!write_vectors (self, vectors, n))
    g_byte_array_append (self->pending, (const guint8 *) data, (guint) length);

  wait_or_go_on (self);
  return self->pending->len == 0;
}

static void
qcc_downstream_stream_finish (QccDownstream *downstream)
{
  QccDownstreamStream *self = QCC_DOWNSTREAM_STREAM (downstream);

  if (self->chunked)
    g_byte_array_append (self->pending, (const guint8 *) "0\r\n\r\n", 5);
  self->finishing = TRUE;
  send_pending (self);
  wait_or_go_on (self);
}

static void
qcc_downstream_stream_break_off (QccDownstream *downstream)
{
  QccDownstreamStream *self = QCC_DOWNSTREAM_STREAM (downstream);

  g_clear_handle_id (&self->finished_id, g_source_remove);
  qcc_client_wait_writable (self->client, NULL, NULL);
  if (self->stream == NULL)
    return;

  /* A missing last chunk tells; without chunks only a reset does. */
  if (!self->chunked)
    qcc_socket_reset_on_close (qcc_client_get_socket (self->client));
  g_io_stream_close (self->stream, NULL, NULL);
  g_clear_object (&self->stream);
}

static void
qcc_downstream_stream_dispose (GObject *object)
{
  QccDownstreamStream *self = QCC_DOWNSTREAM_STREAM (object);

  g_clear_handle_id (&self->finished_id, g_source_remove);
  g_clear_object (&self->stream);
  g_clear_object (&self->server);

  G_OBJECT_CLASS (qcc_downstream_stream_parent_class)->dispose (object);
}

static void
qcc_downstream_stream_finalize (GObject *object)
{
  QccDownstreamStream *self = QCC_DOWNSTREAM_STREAM (object);

  g_byte_array_unref (self->pending);

  G_OBJECT_CLASS (qcc_downstream_stream_parent_class)->finalize (object);
}

static void
qcc_downstream_stream_class_init (QccDownstreamStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  QccDownstreamClass *downstream_class = QCC_DOWNSTREAM_CLASS (klass);

  object_class->dispose = qcc_downstream_stream_dispose;
  object_class->finalize = qcc_downstream_stream_finalize;
  downstream_class->write = qcc_downstream_stream_write;
  downstream_class->finish = qcc_downstream_stream_finish;
  downstream_class->break_off = qcc_downstream_stream_break_off;
}

static void
qcc_downstream_stream_init (QccDownstreamStream *self)
{
  self->pending = g_byte_array_new ();
}

static void
append_head (QccDownstreamStream *self,
             guint status,
             const char *reason,
             SoupMessageHeaders *headers)
{
  g_autoptr (GString) head = g_string_new (NULL);
  SoupMessageHeadersIter iter;
  const char *name;
  const char *value;

  g_string_append_printf (head, "HTTP/1.1 %u %s\r\n", status, reason);
  soup_message_headers_iter_init (&iter, headers);
  while (soup_message_headers_iter_next (&iter, &name, &value))
    g_string_append_printf (head, "%s: %s\r\n", name, value);
  if (self->chunked)
    g_string_append (head, "Transfer-Encoding: chunked\r\n");
  g_string_append_printf (head, "Connection: %s\r\n\r\n", self->keep_alive ? "keep-alive" : "close");

  g_byte_array_append (self->pending, (const guint8 *) head->str, (guint) head->len);
}

/**
 * qcc_downstream_stream_new:
 * @server: (transfer none): where the connection goes back to
 * @message: (transfer none): a paused request whose body was read; loses its connection
 * @client: (transfer none): its client; must outlive the downstream
 * @status: status of the answer
 * @reason: its reason phrase
 * @headers: (transfer none): its headers, without any of framing or of the connection
 *
 * The head goes out with the first write.
 *
 * Returns: (transfer full) (nullable): a downstream with chunks of our own; %NULL when the
 *   connection is gone
 */
QccDownstream *
qcc_downstream_stream_new (SoupServer *server,
                           SoupServerMessage *message,
                           QccClient *client,
                           guint status,
                           const char *reason,
                           SoupMessageHeaders *headers)
{
  QccDownstreamStream *self;
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupHTTPVersion version = soup_server_message_get_http_version (message);
  gboolean wants_close = soup_message_headers_header_contains (request, "Connection", "close");
  g_autoptr (GIOStream) stolen = soup_server_message_steal_connection (message);
  GPollableInputStream *input;

  if (stolen == NULL)
    return NULL;

  self = g_object_new (QCC_TYPE_DOWNSTREAM_STREAM, NULL);
  self->server = g_object_ref (server);
  self->client = client;
  g_object_get (stolen, "base-iostream", &self->stream, NULL);
  self->chunked = version != SOUP_HTTP_1_0;

  /* Bytes of a next request that libsoup has read already are lost with its wrapper; they cannot
   * be told from bytes that are still in the socket. */
  input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stolen));
  self->keep_alive = self->chunked && !wants_close && !g_pollable_input_stream_is_readable (input);
  append_head (self, status, reason, headers);

  return QCC_DOWNSTREAM (self);
}
