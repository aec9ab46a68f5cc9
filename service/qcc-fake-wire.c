/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-wire.h"

#include <gio/gnetworking.h>

/* One read. */
#define PIECE 65536

/* What a client may send while nobody reads, before its leaving is no longer looked for. */
#define MAX_UNREAD (1024 * 1024)

/* How long a client whose request was refused gets to notice, as web servers do. */
#define LINGER_TIME G_USEC_PER_SEC

struct _QccFakeWire
{
  GSocket *socket;           /* (owned) */
  GIOStream *stream;         /* (owned): over @socket, TLS or not */
  GCancellable *cancellable; /* (owned): the provider stops */
  GMainContext *context;     /* (owned): only to wait for @socket, a time or qcc_fake_wire_wake() */
  GSource *readable;         /* (owned) (nullable): %NULL while @input holds MAX_UNREAD */
  GByteArray *input;         /* (owned): what was received */
  gsize consumed;            /* how much of @input was used */
  gsize drip;                /* bytes a write, 0 for no limit */
  QccFakeEnd end;
};

/**
 * qcc_fake_wire_new:
 * @socket: a connected socket
 * @certificate: (nullable): the server's certificate, %NULL for a plain connection
 * @cancellable: ends all waiting; call qcc_fake_wire_wake() after cancelling it
 *
 * Returns: (transfer full): the wire
 */
QccFakeWire *
qcc_fake_wire_new (GSocket *socket,
                   GTlsCertificate *certificate,
                   GCancellable *cancellable)
{
  QccFakeWire *self;
  g_autoptr (GSocketConnection) connection = NULL;

  g_return_val_if_fail (G_IS_SOCKET (socket), NULL);
  g_return_val_if_fail (G_IS_CANCELLABLE (cancellable), NULL);

  /* Each write of a script is to be seen as such, so small ones must not be collected. */
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);

  self = g_new0 (QccFakeWire, 1);
  self->socket = g_object_ref (socket);
  self->cancellable = g_object_ref (cancellable);
  self->context = g_main_context_new ();
  self->input = g_byte_array_new ();

  connection = g_socket_connection_factory_create_connection (socket);
  if (certificate != NULL)
    self->stream = g_tls_server_connection_new (G_IO_STREAM (connection), certificate, NULL);
  else
    self->stream = G_IO_STREAM (g_steal_pointer (&connection));
  if (self->stream == NULL)
    self->end = QCC_FAKE_END_GONE;
  else if (G_IS_TLS_CONNECTION (self->stream))
    g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (self->stream), FALSE);

  return self;
}

static void
stop_watching (QccFakeWire *self)
{
  if (self->readable != NULL)
    g_source_destroy (self->readable);
  g_clear_pointer (&self->readable, g_source_unref);
}

/**
 * qcc_fake_wire_free:
 * @self: (transfer full): a wire
 */
void
qcc_fake_wire_free (QccFakeWire *self)
{
  stop_watching (self);
  g_clear_object (&self->stream);
  g_clear_object (&self->socket);
  g_clear_object (&self->cancellable);
  g_main_context_unref (self->context);
  g_byte_array_unref (self->input);
  g_free (self);
}

/**
 * qcc_fake_wire_handshake:
 * @self: a wire
 *
 * Makes a TLS connection ready; nothing to do for a plain one.
 *
 * Returns: whether the wire is open
 */
gboolean
qcc_fake_wire_handshake (QccFakeWire *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (self->end == QCC_FAKE_END_NONE && G_IS_TLS_CONNECTION (self->stream) &&
      !g_tls_connection_handshake (G_TLS_CONNECTION (self->stream), self->cancellable, NULL))
    self->end = QCC_FAKE_END_GONE;

  return qcc_fake_wire_is_open (self);
}

/**
 * qcc_fake_wire_write:
 * @self: a wire
 * @data: (array length=length): what to send
 * @length: its length, bytes
 *
 * Sends all of @data in one write, or in as many as qcc_fake_wire_set_drip() asks for.
 *
 * Returns: whether the wire is open
 */
gboolean
qcc_fake_wire_write (QccFakeWire *self,
                     gconstpointer data,
                     gsize length)
{
  const guint8 *p = data;
  GOutputStream *output;

  g_return_val_if_fail (self != NULL, FALSE);

  if (!qcc_fake_wire_is_open (self))
    return FALSE;

  output = g_io_stream_get_output_stream (self->stream);
  while (length > 0)
    {
      gsize n = self->drip > 0 ? MIN (self->drip, length) : length;

      if (!g_output_stream_write_all (output, p, n, NULL, self->cancellable, NULL))
        {
          self->end = QCC_FAKE_END_GONE;
          return FALSE;
        }
      p += n;
      length -= n;
    }

  return TRUE;
}

/**
 * qcc_fake_wire_set_drip:
 * @self: a wire
 * @n: bytes a write, 0 for no limit
 */
void
qcc_fake_wire_set_drip (QccFakeWire *self,
                        gsize n)
{
  g_return_if_fail (self != NULL);

  self->drip = n;
}

/* Takes in what the client has sent so far, without waiting. */
static gboolean
receive (QccFakeWire *self)
{
  GPollableInputStream *stream;

  if (!qcc_fake_wire_is_open (self))
    return FALSE;

  if (self->consumed == self->input->len)
    {
      g_byte_array_set_size (self->input, 0);
      self->consumed = 0;
    }

  stream = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream));
  while (self->input->len < MAX_UNREAD)
    {
      g_autoptr (GError) error = NULL;
      guint length = self->input->len;
      gssize n;

      g_byte_array_set_size (self->input, length + PIECE);
      n = g_pollable_input_stream_read_nonblocking (stream, self->input->data + length, PIECE, NULL, &error);
      g_byte_array_set_size (self->input, length + (guint) MAX (n, 0));

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return TRUE;
      if (n <= 0)
        {
          self->end = QCC_FAKE_END_GONE;
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
on_readable (GSocket *socket,
             GIOCondition condition,
             gpointer user_data)
{
  /* Whoever iterates the context looks at the socket next. */
  return G_SOURCE_CONTINUE;
}

static gboolean
on_time (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

static void
watch (QccFakeWire *self)
{
  if (self->input->len >= MAX_UNREAD)
    stop_watching (self);
  else if (self->readable == NULL)
    {
      self->readable = g_socket_create_source (self->socket, G_IO_IN, NULL);
      g_source_set_callback (self->readable, G_SOURCE_FUNC (on_readable), NULL, NULL);
      g_source_attach (self->readable, self->context);
    }
}

/**
 * qcc_fake_wire_wait:
 * @self: a wire
 * @until: monotonic time at which the wait is over, microseconds; -1 for never
 * @check: (nullable): asked whether the wait is over, at first and after each qcc_fake_wire_wake()
 * @user_data: for @check
 *
 * Waits. What the client sends meanwhile is kept for qcc_fake_wire_peek().
 *
 * Returns: whether the wire is open
 */
gboolean
qcc_fake_wire_wait (QccFakeWire *self,
                    gint64 until,
                    QccFakeWireCheck check,
                    gpointer user_data)
{
  g_autoptr (GSource) timer = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  if (until >= 0)
    {
      timer = g_timeout_source_new (0);
      g_source_set_callback (timer, on_time, NULL, NULL);
      g_source_set_ready_time (timer, until);
      g_source_attach (timer, self->context);
    }

  while (receive (self))
    {
      if (check != NULL && check (user_data))
        break;
      if (until >= 0 && g_get_monotonic_time () >= until)
        break;
      watch (self);
      g_main_context_iteration (self->context, TRUE);
    }

  if (timer != NULL)
    g_source_destroy (timer);
  return qcc_fake_wire_is_open (self);
}

/**
 * qcc_fake_wire_wake:
 * @self: a wire
 *
 * Makes a waiting thread look again whether its wait is over, now or, when it does not wait yet, as soon as it
 * does. May be called from any thread.
 */
void
qcc_fake_wire_wake (QccFakeWire *self)
{
  g_return_if_fail (self != NULL);

  g_main_context_wakeup (self->context);
}

/**
 * qcc_fake_wire_peek:
 * @self: a wire
 * @out_length: (out): how much there is, bytes
 *
 * Returns: (transfer none): what was received and not consumed; valid until the next call on @self
 */
const char *
qcc_fake_wire_peek (QccFakeWire *self,
                    gsize *out_length)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (out_length != NULL, NULL);

  *out_length = self->input->len - self->consumed;
  return *out_length > 0 ? (const char *) self->input->data + self->consumed : "";
}

/**
 * qcc_fake_wire_consume:
 * @self: a wire
 * @n: bytes to drop from the front of what qcc_fake_wire_peek() shows
 */
void
qcc_fake_wire_consume (QccFakeWire *self,
                       gsize n)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (n <= self->input->len - self->consumed);

  self->consumed += n;
}

typedef struct
{
  QccFakeWire *wire; /* (unowned) */
  guint length;      /* of its input, bytes */
} FillData;

static gboolean
has_more (gpointer user_data)
{
  const FillData *fill = user_data;

  return fill->wire->input->len > fill->length;
}

/**
 * qcc_fake_wire_fill:
 * @self: a wire
 *
 * Waits for at least one byte more than qcc_fake_wire_peek() shows. That must not be much: what was received and
 * not consumed is limited to 1 MiB.
 *
 * Returns: whether there is more and the wire is open
 */
gboolean
qcc_fake_wire_fill (QccFakeWire *self)
{
  FillData fill = { self };

  g_return_val_if_fail (self != NULL, FALSE);

  g_byte_array_remove_range (self->input, 0, (guint) self->consumed);
  self->consumed = 0;
  fill.length = self->input->len;
  g_assert (fill.length < MAX_UNREAD);
  return qcc_fake_wire_wait (self, -1, has_more, &fill);
}

/**
 * qcc_fake_wire_end:
 * @self: a wire
 * @end: how it is to end
 *
 * Lets nothing more be sent or read. The first end counts. The connection itself ends in qcc_fake_wire_close().
 */
void
qcc_fake_wire_end (QccFakeWire *self,
                   QccFakeEnd end)
{
  g_return_if_fail (self != NULL);

  if (self->end == QCC_FAKE_END_NONE)
    self->end = end;
}

/**
 * qcc_fake_wire_is_open:
 * @self: a wire
 *
 * Returns: whether more can be sent and read
 */
gboolean
qcc_fake_wire_is_open (QccFakeWire *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (self->end == QCC_FAKE_END_NONE && g_cancellable_is_cancelled (self->cancellable))
    self->end = QCC_FAKE_END_GONE;

  return self->end == QCC_FAKE_END_NONE;
}

static gboolean
has_input (gpointer user_data)
{
  const QccFakeWire *self = user_data;

  return self->input->len > self->consumed;
}

/* Closes the sending side and drops what still comes: a plain close would turn into a reset, which can overtake
 * the answer. */
static void
linger (QccFakeWire *self)
{
  gint64 until = g_get_monotonic_time () + LINGER_TIME;

  if (G_IS_TLS_CONNECTION (self->stream))
    g_output_stream_close (g_io_stream_get_output_stream (self->stream), self->cancellable, NULL);
  g_socket_shutdown (self->socket, FALSE, TRUE, NULL);

  self->end = QCC_FAKE_END_NONE;
  while (qcc_fake_wire_wait (self, until, has_input, self) && g_get_monotonic_time () < until)
    self->consumed = self->input->len;
}

/* Makes the close that follows a reset. What the kernel has not yet delivered is lost then; on the loopback
 * interface that is nothing as long as the client has less than about 64 KiB unread. */
static void
prepare_reset (QccFakeWire *self)
{
  struct linger option = { .l_onoff = 1, .l_linger = 0 };

  if (setsockopt (g_socket_get_fd (self->socket), SOL_SOCKET, SO_LINGER, (gconstpointer) &option, sizeof option) != 0)
    g_warning ("A connection will be closed instead of reset: %s", g_strerror (errno));
}

/**
 * qcc_fake_wire_close:
 * @self: a wire
 *
 * Ends the connection as qcc_fake_wire_end() said, in the usual way when nobody did.
 */
void
qcc_fake_wire_close (QccFakeWire *self)
{
  g_return_if_fail (self != NULL);

  switch (self->end)
    {
    case QCC_FAKE_END_NONE:
    case QCC_FAKE_END_FIN:
      /* What is unread at the close would make it a reset. */
      self->end = QCC_FAKE_END_NONE;
      receive (self);
      g_io_stream_close (self->stream, self->cancellable, NULL);
      break;
    case QCC_FAKE_END_LINGER:
      linger (self);
      break;
    case QCC_FAKE_END_RESET:
      prepare_reset (self);
      break;
    case QCC_FAKE_END_GONE:
      break;
    }

  self->end = QCC_FAKE_END_GONE;
  stop_watching (self);
  g_socket_close (self->socket, NULL);
}
