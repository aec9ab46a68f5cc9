/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-raw-client.h"

#include <string.h>

#include "service/qcc-watch.h"

/* A test that waits longer has failed. Generous, for sanitizers on a busy machine. */
#define LIMIT_SECONDS 30

typedef enum
{
  FRAMING_NONE,
  FRAMING_LENGTH,
  FRAMING_CHUNKED,
  FRAMING_CLOSE,
} Framing;

struct _QccRawClient
{
  GSocketConnection *connection; /* (owned) (nullable) */
  GString *received;             /* (owned): not yet used */
  gboolean at_end;
  gboolean was_reset;

  Framing framing;
  guint64 left; /* bytes of the body or of the chunk */
  gboolean body_complete;
};

QccRawClient *
qcc_raw_client_new (const char *host,
                    guint16 port)
{
  QccRawClient *self = g_new0 (QccRawClient, 1);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;

  g_socket_client_set_proxy_resolver (client, NULL);
  g_socket_client_set_timeout (client, LIMIT_SECONDS);
  self->connection = g_socket_client_connect_to_host (client, host, port, NULL, &error);
  g_assert_no_error (error);
  self->received = g_string_new (NULL);

  return self;
}

void
qcc_raw_client_close (QccRawClient *self)
{
  if (self->connection != NULL)
    g_io_stream_close (G_IO_STREAM (self->connection), NULL, NULL);
  g_clear_object (&self->connection);
}

/* Closes with a reset instead of an orderly end. */
void
qcc_raw_client_reset (QccRawClient *self)
{
  qcc_socket_reset_on_close (g_socket_connection_get_socket (self->connection));
  qcc_raw_client_close (self);
}

void
qcc_raw_client_free (QccRawClient *self)
{
  qcc_raw_client_close (self);
  g_string_free (self->received, TRUE);
  g_free (self);
}

/* The other end may close while we send; what it answered is then still to be read. */
void
qcc_raw_client_send (QccRawClient *self,
                     const char *data,
                     gssize length)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));

  g_output_stream_write_all (output, data, length < 0 ? strlen (data) : (gsize) length, NULL, NULL, NULL);
}

/**
 * qcc_raw_client_post:
 * @headers: lines that end in CRLF, or an empty string
 * @body: the body, NUL-terminated
 */
void
qcc_raw_client_post (QccRawClient *self,
                     const char *path,
                     const char *headers,
                     const char *body)
{
  g_autofree char *request = g_strdup_printf ("POST %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                                              path, headers, strlen (body), body);

  qcc_raw_client_send (self, request, -1);
}

void
qcc_raw_client_shutdown_sending (QccRawClient *self)
{
  g_socket_shutdown (g_socket_connection_get_socket (self->connection), FALSE, TRUE, NULL);
}

/* Returns FALSE at the end of the connection. */
static gboolean
receive (QccRawClient *self)
{
  char block[16384];
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (self->connection));
  g_autoptr (GError) error = NULL;
  gssize length;

  if (self->at_end)
    return FALSE;

  length = g_input_stream_read (input, block, sizeof block, NULL, &error);
  if (length > 0)
    {
      g_string_append_len (self->received, block, length);
      return TRUE;
    }

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_error ("nothing came in %d s", LIMIT_SECONDS);
  self->at_end = TRUE;
  self->was_reset = length < 0;
  return FALSE;
}

static gboolean
take_line (QccRawClient *self,
           char **out_line)
{
  const char *end;

  while ((end = strstr (self->received->str, "\r\n")) == NULL)
    if (!receive (self))
      return FALSE;

  *out_line = g_strndup (self->received->str, (gsize) (end - self->received->str));
  g_string_erase (self->received, 0, end - self->received->str + 2);
  return TRUE;
}

char *
qcc_raw_answer_get_header (const QccRawAnswer *self,
                           const char *name)
{
  g_auto (GStrv) lines = g_strsplit (self->head, "\r\n", -1);

  for (gsize i = 1; lines[i] != NULL; i++)
    {
      const char *colon = strchr (lines[i], ':');
      gsize length = colon != NULL ? (gsize) (colon - lines[i]) : 0;

      if (length == strlen (name) && g_ascii_strncasecmp (lines[i], name, length) == 0)
        return g_strstrip (g_strdup (colon + 1));
    }

  return NULL;
}

static void
choose_framing (QccRawClient *self,
                const QccRawAnswer *answer)
{
  g_autofree char *encoding = qcc_raw_answer_get_header (answer, "Transfer-Encoding");
  g_autofree char *length = qcc_raw_answer_get_header (answer, "Content-Length");

  self->left = 0;
  self->body_complete = FALSE;
  if (encoding != NULL)
    self->framing = FRAMING_CHUNKED;
  else if (length != NULL)
    self->framing = FRAMING_LENGTH;
  else
    self->framing = FRAMING_CLOSE;

  if (length != NULL)
    self->left = g_ascii_strtoull (length, NULL, 10);
  if (answer->status == 204 || answer->status == 304 || answer->status < 200)
    self->framing = FRAMING_NONE;
}

/**
 * qcc_raw_client_read_head:
 *
 * Returns: (transfer full) (nullable): the head of an answer, with an empty body; %NULL when the
 *   connection ended without one
 */
QccRawAnswer *
qcc_raw_client_read_head (QccRawClient *self)
{
  g_autoptr (GString) head = g_string_new (NULL);
  QccRawAnswer *answer;
  char *line;

  while (take_line (self, &line))
    {
      gboolean is_blank = *line == '\0';

      if (!is_blank)
        g_string_append_printf (head, "%s%s", head->len > 0 ? "\r\n" : "", line);
      g_free (line);
      if (!is_blank)
        continue;

      answer = g_new0 (QccRawAnswer, 1);
      answer->head = g_string_free (g_steal_pointer (&head), FALSE);
      answer->body = g_string_new (NULL);
      answer->status = (guint) g_ascii_strtoull (answer->head + strlen ("HTTP/1.1 "), NULL, 10);
      choose_framing (self, answer);
      return answer;
    }

  return NULL;
}

/* Moves bytes of the body from what was received. Returns FALSE when the body is over or cut. */
static gboolean
take_body (QccRawClient *self,
           QccRawAnswer *answer)
{
  gsize length;

  if (self->body_complete || self->framing == FRAMING_NONE)
    return FALSE;

  if (self->framing == FRAMING_CHUNKED && self->left == 0)
    {
      g_autofree char *line = NULL;

      if (!take_line (self, &line))
        return FALSE;
      if (*line == '\0')
        return TRUE;
      self->left = g_ascii_strtoull (line, NULL, 16);
      if (self->left == 0)
        {
          g_autofree char *blank = NULL;

          self->body_complete = take_line (self, &blank);
          return FALSE;
        }
    }

  if (self->framing == FRAMING_LENGTH && self->left == 0)
    {
      self->body_complete = TRUE;
      return FALSE;
    }

  if (self->received->len == 0 && !receive (self))
    return FALSE;

  length = self->framing == FRAMING_CLOSE ? self->received->len : MIN (self->left, self->received->len);
  g_string_append_len (answer->body, self->received->str, (gssize) length);
  g_string_erase (self->received, 0, (gssize) length);
  self->left -= MIN (self->left, length);

  return TRUE;
}

/**
 * qcc_raw_client_read_until:
 * @needle: text of the body to wait for; the test fails when the answer ends before it
 */
void
qcc_raw_client_read_until (QccRawClient *self,
                           QccRawAnswer *answer,
                           const char *needle)
{
  while (strstr (answer->body->str, needle) == NULL)
    if (!take_body (self, answer))
      g_error ("the answer ended before “%s”: %s", needle, answer->body->str);
}

void
qcc_raw_client_read_rest (QccRawClient *self,
                          QccRawAnswer *answer)
{
  while (take_body (self, answer))
    continue;

  if (self->framing == FRAMING_NONE || self->body_complete || (self->framing == FRAMING_CLOSE && !self->was_reset))
    answer->end = QCC_RAW_END_COMPLETE;
  else
    answer->end = self->was_reset ? QCC_RAW_END_RESET : QCC_RAW_END_CUT;
}

/**
 * qcc_raw_client_read_answer:
 *
 * Returns: (transfer full) (nullable): a whole answer, or as much as came of it; %NULL when the
 *   connection ended without a head
 */
QccRawAnswer *
qcc_raw_client_read_answer (QccRawClient *self)
{
  QccRawAnswer *answer = qcc_raw_client_read_head (self);

  if (answer != NULL)
    qcc_raw_client_read_rest (self, answer);

  return answer;
}

/**
 * qcc_raw_client_is_closed:
 *
 * Waits for the other end to close.
 *
 * Returns: whether it closed without sending anything more
 */
gboolean
qcc_raw_client_is_closed (QccRawClient *self)
{
  return self->received->len == 0 && !receive (self);
}

/**
 * qcc_raw_client_was_reset:
 *
 * Returns: whether the connection ended, and by a reset
 */
gboolean
qcc_raw_client_was_reset (QccRawClient *self)
{
  return self->was_reset;
}

/**
 * qcc_raw_client_read_to_end:
 * @out_length: (out) (optional): how many bytes came
 *
 * Waits for the other end to close.
 *
 * Returns: (transfer full): all that came and was not used yet, as it was on the wire, with a NUL behind it
 */
char *
qcc_raw_client_read_to_end (QccRawClient *self,
                            gsize *out_length)
{
  while (receive (self))
    continue;

  if (out_length != NULL)
    *out_length = self->received->len;
  return g_memdup2 (self->received->str, self->received->len + 1);
}

void
qcc_raw_answer_free (QccRawAnswer *self)
{
  g_free (self->head);
  g_string_free (self->body, TRUE);
  g_free (self);
}
