/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-answer.h"

struct _QccFakeAnswer
{
  QccFakeWire *wire;    /* (unowned) */
  QccFakeBoard *board;  /* (unowned) */
  char *method;         /* (owned): of the request */
  gboolean keeps_alive; /* the request lets the connection go on */
  gboolean is_refused;  /* the request is malformed, so more of it may come */
  gboolean is_old;      /* the request is HTTP/1.0 */
  QccFakeHead head;
  QccFakeEncoder *encoder; /* (owned): identity until qcc_fake_answer_encode() */
  GByteArray *collected;   /* (owned): the encoded body so far, for %QCC_FAKE_FRAMING_LENGTH */
  gboolean head_is_sent;
  gboolean is_raw; /* what is sent is not framed, since something stands where the head should be */
  guint64 sent;    /* bytes of encoded body */
  guint64 limit;   /* of @sent; the connection ends when it is reached */
  QccFakeEnd limit_end;
  gboolean omits_final_chunk;
  gboolean closes_unannounced;
};

/**
 * qcc_fake_answer_new:
 * @wire: (transfer none): where it goes; must outlive the answer
 * @board: (transfer none): where bytes are counted; must outlive the answer
 * @request: what is answered
 *
 * Returns: (transfer full): an answer of which nothing was sent
 */
QccFakeAnswer *
qcc_fake_answer_new (QccFakeWire *wire,
                     QccFakeBoard *board,
                     const QccFakeRequest *request)
{
  QccFakeAnswer *self;

  g_return_val_if_fail (wire != NULL, NULL);
  g_return_val_if_fail (board != NULL, NULL);
  g_return_val_if_fail (request != NULL, NULL);

  self = g_new0 (QccFakeAnswer, 1);
  self->wire = wire;
  self->board = board;
  self->method = g_strdup (request->method);
  self->is_old = g_str_equal (request->version, "HTTP/1.0");
  self->is_refused = request->problem != NULL;
  if (self->is_old)
    self->keeps_alive = qcc_fake_request_header_has_token (request, "Connection", "keep-alive");
  else
    self->keeps_alive = !qcc_fake_request_header_has_token (request, "Connection", "close");
  self->encoder = qcc_fake_encoder_new (QCC_FAKE_ENCODING_IDENTITY);
  self->collected = g_byte_array_new ();
  self->limit = G_MAXUINT64;
  qcc_fake_head_init (&self->head);
  return self;
}

/**
 * qcc_fake_answer_free:
 * @self: (transfer full): an answer
 */
void
qcc_fake_answer_free (QccFakeAnswer *self)
{
  g_free (self->method);
  qcc_fake_head_clear (&self->head);
  qcc_fake_encoder_free (self->encoder);
  g_byte_array_unref (self->collected);
  g_free (self);
}

/**
 * qcc_fake_answer_get_head:
 * @self: an answer
 *
 * Returns: (transfer none): its head, to be changed until the head is sent
 */
QccFakeHead *
qcc_fake_answer_get_head (QccFakeAnswer *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->head;
}

/**
 * qcc_fake_answer_encode:
 * @self: an answer of which no body was sent
 * @encoding: how to encode its body; the head will say so
 */
void
qcc_fake_answer_encode (QccFakeAnswer *self,
                        QccFakeEncoding encoding)
{
  g_return_if_fail (self != NULL);

  qcc_fake_encoder_free (self->encoder);
  self->encoder = qcc_fake_encoder_new (encoding);
  self->head.encoding = encoding;
}

/**
 * qcc_fake_answer_cut:
 * @self: an answer of which less than @n bytes were sent
 * @n: bytes of encoded body after which the connection ends; what comes with the last of them for the sake of the
 *   framing is still sent, but not what would end the body
 * @end: how it ends
 */
void
qcc_fake_answer_cut (QccFakeAnswer *self,
                     guint64 n,
                     QccFakeEnd end)
{
  g_return_if_fail (self != NULL);

  self->limit = n;
  self->limit_end = end;
}

/**
 * qcc_fake_answer_omit_final_chunk:
 * @self: an answer
 *
 * Makes the connection close where the last chunk would be.
 */
void
qcc_fake_answer_omit_final_chunk (QccFakeAnswer *self)
{
  g_return_if_fail (self != NULL);

  self->omits_final_chunk = TRUE;
}

/**
 * qcc_fake_answer_close_unannounced:
 * @self: an answer
 *
 * Makes the connection close after the answer although its head says keep-alive.
 */
void
qcc_fake_answer_close_unannounced (QccFakeAnswer *self)
{
  g_return_if_fail (self != NULL);

  self->closes_unannounced = TRUE;
}

static gboolean
closes (const QccFakeAnswer *self)
{
  const char *connection = qcc_fake_head_get_header (&self->head, "Connection");

  return !self->keeps_alive || self->is_refused || self->head.minor_version == 0 || self->head.framing == QCC_FAKE_FRAMING_CLOSE ||
         (connection != NULL && g_ascii_strcasecmp (connection, "close") == 0);
}

static char *
build_head (QccFakeAnswer *self)
{
  const char *connection = NULL;

  /* HTTP/1.0 knows no chunks. From here on it is too late to choose another framing. */
  if (!self->head.framing_is_set && (self->is_old || self->head.minor_version == 0))
    self->head.framing = QCC_FAKE_FRAMING_CLOSE;
  self->head.framing_is_set = TRUE;

  if (self->closes_unannounced)
    connection = "keep-alive";
  else if (closes (self))
    connection = "close";
  else if (self->is_old)
    connection = "keep-alive";

  return qcc_fake_head_build (&self->head, self->collected->len, connection);
}

/* How much of @length bytes of body can be sent before the cut. */
static gsize
clip (const QccFakeAnswer *self,
      gsize length)
{
  return (gsize) MIN (length, self->limit - self->sent);
}

/* Sends @bytes, of which @n_body are body, and ends the connection where the cut is reached. */
static gboolean
write_counted (QccFakeAnswer *self,
               const GByteArray *bytes,
               gsize n_body)
{
  if (!qcc_fake_wire_write (self->wire, bytes->data, bytes->len))
    return FALSE;

  self->sent += n_body;
  qcc_fake_board_add_bytes (self->board, n_body);
  if (self->sent >= self->limit)
    qcc_fake_wire_end (self->wire, self->limit_end);

  return qcc_fake_wire_is_open (self->wire);
}

static gboolean
write_body (QccFakeAnswer *self,
            const GByteArray *body)
{
  gboolean chunked = self->head.framing == QCC_FAKE_FRAMING_CHUNKED;
  g_autoptr (GByteArray) bytes = NULL;
  gsize n;

  /* An empty chunk would end the body. */
  if (body->len == 0 || !qcc_fake_head_allows_body (&self->head, self->method))
    return qcc_fake_wire_is_open (self->wire);

  n = clip (self, body->len);
  bytes = g_byte_array_sized_new (body->len + 32);
  if (chunked)
    {
      g_autofree char *size = g_strdup_printf ("%x\r\n", body->len);

      g_byte_array_append (bytes, (const guint8 *) size, (guint) strlen (size));
    }
  g_byte_array_append (bytes, body->data, (guint) n);
  if (chunked && n == body->len)
    g_byte_array_append (bytes, (const guint8 *) "\r\n", 2);

  return write_counted (self, bytes, n);
}

/**
 * qcc_fake_answer_send_head:
 * @self: an answer
 *
 * Sends the head, if that was not done, and in the same write the body that was collected.
 *
 * Returns: whether the wire is open
 */
gboolean
qcc_fake_answer_send_head (QccFakeAnswer *self)
{
  g_autofree char *head = NULL;
  g_autoptr (GByteArray) bytes = NULL;
  gsize n = 0;

  g_return_val_if_fail (self != NULL, FALSE);

  if (self->head_is_sent)
    return qcc_fake_wire_is_open (self->wire);

  self->head_is_sent = TRUE;
  head = build_head (self);
  if (qcc_fake_head_allows_body (&self->head, self->method))
    n = clip (self, self->collected->len);
  bytes = g_byte_array_sized_new ((guint) (strlen (head) + n));
  g_byte_array_append (bytes, (const guint8 *) head, (guint) strlen (head));
  g_byte_array_append (bytes, self->collected->data, (guint) n);
  return write_counted (self, bytes, n);
}

/**
 * qcc_fake_answer_send_half_head:
 * @self: an answer of which nothing was sent
 *
 * Sends the first half of the head.
 *
 * Returns: whether the wire is open
 */
gboolean
qcc_fake_answer_send_half_head (QccFakeAnswer *self)
{
  g_autofree char *head = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  head = build_head (self);
  return qcc_fake_answer_send_raw (self, head, strlen (head) / 2);
}

/**
 * qcc_fake_answer_send_raw:
 * @self: an answer
 * @data: (array length=length): what to send
 * @length: its length, bytes
 *
 * Sends bytes as they are: instead of a head when nothing was sent, else outside of the framing.
 *
 * Returns: whether the wire is open
 */
gboolean
qcc_fake_answer_send_raw (QccFakeAnswer *self,
                          gconstpointer data,
                          gsize length)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!self->head_is_sent && self->collected->len == 0)
    self->is_raw = self->head_is_sent = TRUE;
  else if (!qcc_fake_answer_send_head (self))
    return FALSE;

  return qcc_fake_wire_write (self->wire, data, length);
}

/**
 * qcc_fake_answer_send:
 * @self: an answer
 * @data: (array length=length): a piece of the body
 * @length: its length, bytes
 *
 * Sends a piece of the body, as one chunk and in one write, after the head if that was not sent. A body that is
 * framed by its true length is collected until the head is sent.
 *
 * Returns: whether the wire is open
 */
gboolean
qcc_fake_answer_send (QccFakeAnswer *self,
                      gconstpointer data,
                      gsize length)
{
  g_autoptr (GByteArray) piece = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  if (self->is_raw)
    return qcc_fake_wire_write (self->wire, data, length);

  if (!self->head_is_sent && self->head.framing == QCC_FAKE_FRAMING_LENGTH)
    {
      qcc_fake_encoder_push (self->encoder, data, length, self->collected);
      return qcc_fake_wire_is_open (self->wire);
    }

  piece = g_byte_array_new ();
  qcc_fake_encoder_push (self->encoder, data, length, piece);
  return qcc_fake_answer_send_head (self) && write_body (self, piece);
}

static gboolean
end_body (QccFakeAnswer *self)
{
  static const char final_chunk[] = "0\r\n\r\n";
  g_autoptr (GByteArray) piece = g_byte_array_new ();

  if (!self->head_is_sent && self->head.framing == QCC_FAKE_FRAMING_LENGTH)
    qcc_fake_encoder_finish (self->encoder, self->collected);
  else
    qcc_fake_encoder_finish (self->encoder, piece);
  if (!qcc_fake_answer_send_head (self) || !write_body (self, piece))
    return FALSE;

  if (self->head.framing != QCC_FAKE_FRAMING_CHUNKED || self->omits_final_chunk ||
      !qcc_fake_head_allows_body (&self->head, self->method))
    return TRUE;

  return qcc_fake_wire_write (self->wire, final_chunk, strlen (final_chunk));
}

/**
 * qcc_fake_answer_finish:
 * @self: an answer
 *
 * Sends what is left, ends the body, and the connection too where the answer asks for it.
 *
 * Returns: whether the wire is open, for another request
 */
gboolean
qcc_fake_answer_finish (QccFakeAnswer *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!self->is_raw && !end_body (self))
    return FALSE;

  if (self->is_raw || self->omits_final_chunk || self->closes_unannounced || closes (self))
    qcc_fake_wire_end (self->wire, self->is_refused ? QCC_FAKE_END_LINGER : QCC_FAKE_END_FIN);

  return qcc_fake_wire_is_open (self->wire);
}
