/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-linger.h"

#include <string.h>

/* A client that is still sending sees a reset instead of the answer when its bytes are left
 * unread. So they are read, but only so many and so long (design 2). */
#define DRAIN_MAX_BYTES (1024 * 1024)
#define DRAIN_MAX_MS 1000
#define DRAIN_BLOCK 16384

typedef struct
{
  GIOStream *stream;         /* (owned) */
  char *answer;              /* (owned) */
  GCancellable *cancellable; /* (owned): ends the draining */
  GCancellable *outer;       /* (owned) (nullable): shutdown of the service */
  gulong outer_id;
  guint timeout_id;
  gsize drained;
  guint8 block[DRAIN_BLOCK];
} Linger;

static void read_more (Linger *self);

static void
linger_free (Linger *self)
{
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_cancellable_disconnect (self->outer, self->outer_id);
  g_clear_object (&self->outer);
  g_clear_object (&self->cancellable);
  /* The stream's last reference closes it. */
  g_clear_object (&self->stream);
  g_free (self->answer);
  g_free (self);
}

static gboolean
on_timeout (gpointer user_data)
{
  Linger *self = user_data;

  self->timeout_id = 0;
  g_cancellable_cancel (self->cancellable);

  return G_SOURCE_REMOVE;
}

static void
on_read (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  Linger *self = user_data;
  gssize length = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (length > 0)
    self->drained += (gsize) length;

  if (length <= 0 || self->drained >= DRAIN_MAX_BYTES)
    linger_free (self);
  else
    read_more (self);
}

static void
read_more (Linger *self)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (self->stream), self->block, sizeof self->block,
                             G_PRIORITY_LOW, self->cancellable, on_read, self);
}

static void
on_written (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  Linger *self = user_data;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    {
      linger_free (self);
      return;
    }

  if (G_IS_SOCKET_CONNECTION (self->stream))
    g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (self->stream)), FALSE, TRUE, NULL);
  read_more (self);
}

static void
on_outer_cancelled (GCancellable *outer,
                    gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

/**
 * qcc_linger_answer:
 * @message: a request whose body has not been read
 * @status: an HTTP status of 400 or more
 * @body: a JSON document
 * @may_retry: whether the same request may succeed later; else the client is told not to try
 * @cancellable: (nullable): ends it early
 *
 * Takes the connection away from the server, answers at once with Connection: close, reads what
 * the client is still sending for a bounded time, and closes. A status that is set on @message
 * would be sent only after the whole body had been read.
 */
void
qcc_linger_answer (SoupServerMessage *message,
                   guint status,
                   const char *body,
                   gboolean may_retry,
                   GCancellable *cancellable)
{
  Linger *self;
  g_autoptr (GIOStream) stolen = NULL;

  g_return_if_fail (SOUP_IS_SERVER_MESSAGE (message));
  g_return_if_fail (status >= 400);

  stolen = soup_server_message_steal_connection (message);
  if (stolen == NULL)
    return;

  self = g_new0 (Linger, 1);
  g_object_get (stolen, "base-iostream", &self->stream, NULL);
  self->cancellable = g_cancellable_new ();
  self->timeout_id = g_timeout_add (DRAIN_MAX_MS, on_timeout, self);
  if (cancellable != NULL)
    {
      self->outer = g_object_ref (cancellable);
      self->outer_id = g_cancellable_connect (cancellable, G_CALLBACK (on_outer_cancelled),
                                              g_object_ref (self->cancellable), g_object_unref);
    }

  self->answer = g_strdup_printf ("HTTP/1.1 %u %s\r\n"
                                  "Content-Type: application/json\r\n"
                                  "Content-Length: %" G_GSIZE_FORMAT "\r\n"
                                  "Connection: close\r\n"
                                  "%s"
                                  "\r\n"
                                  "%s",
                                  status, soup_status_get_phrase (status), strlen (body),
                                  may_retry ? "" : "x-should-retry: false\r\n", body);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (self->stream), self->answer, strlen (self->answer),
                                   G_PRIORITY_DEFAULT, self->cancellable, on_written, self);
}
