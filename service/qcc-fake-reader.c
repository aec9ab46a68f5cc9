/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-reader.h"

#include <string.h>

/* More than any client sends, less than a wire can hold. */
#define MAX_LINE (256 * 1024)
#define MAX_HEADERS 10000

/* A test that sends more has gone wrong. */
#define MAX_BODY (G_GUINT64_CONSTANT (1) << 30)

/* The characters of a token (RFC 9110, 5.6.2) besides letters and digits. */
#define TOKEN_MARKS "!#$%&'*+-.^_`|~"

/* All functions here return FALSE when nothing more can be read: either request->problem is set then, or the
 * wire is no longer open. */

static gboolean
fail (QccFakeRequest *request,
      const char *problem)
{
  request->problem = g_strdup (problem);
  return FALSE;
}

static gboolean
is_token (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p) && strchr (TOKEN_MARKS, *p) == NULL)
        return FALSE;
    }

  return *text != '\0';
}

/* Reads up to the line's CRLF, which is left out. */
static gboolean
read_line (QccFakeWire *wire,
           QccFakeRequest *request,
           char **out_line)
{
  gsize searched = 0;
  gsize length;
  const char *data = qcc_fake_wire_peek (wire, &length);
  const char *end;

  while ((end = memchr (data + searched, '\n', length - searched)) == NULL)
    {
      searched = length;
      if (length > MAX_LINE)
        return fail (request, "a line is too long");
      if (!qcc_fake_wire_fill (wire))
        return FALSE;
      data = qcc_fake_wire_peek (wire, &length);
    }

  length = (gsize) (end - data);
  if (length == 0 || data[length - 1] != '\r')
    return fail (request, "a line ends without CR");
  if (memchr (data, '\0', length) != NULL || memchr (data, '\r', length - 1) != NULL)
    return fail (request, "a line has a NUL or CR in it");

  *out_line = g_strndup (data, length - 1);
  qcc_fake_wire_consume (wire, length + 1);
  return TRUE;
}

static gboolean
read_request_line (QccFakeWire *wire,
                   QccFakeRequest *request)
{
  g_autofree char *line = NULL;
  g_auto (GStrv) parts = NULL;

  if (!read_line (wire, request, &line))
    return FALSE;

  parts = g_strsplit (line, " ", -1);
  if (g_strv_length (parts) != 3 || !is_token (parts[0]) || *parts[1] == '\0')
    return fail (request, "the request line is not METHOD TARGET VERSION");
  for (const char *p = parts[1]; *p != '\0'; p++)
    {
      if (!g_ascii_isgraph (*p))
        return fail (request, "the target has an odd character in it");
    }
  if (!g_str_equal (parts[2], "HTTP/1.1") && !g_str_equal (parts[2], "HTTP/1.0"))
    return fail (request, "the version is not HTTP/1.1 or HTTP/1.0");

  g_free (request->method);
  g_free (request->target);
  g_free (request->version);
  request->method = g_strdup (parts[0]);
  request->target = g_strdup (parts[1]);
  request->version = g_strdup (parts[2]);
  return TRUE;
}

static gboolean
read_headers (QccFakeWire *wire,
              QccFakeRequest *request)
{
  while (request->headers->len < MAX_HEADERS)
    {
      g_autofree char *line = NULL;
      char *colon;

      if (!read_line (wire, request, &line))
        return FALSE;
      if (*line == '\0')
        return TRUE;

      colon = strchr (line, ':');
      if (colon == NULL)
        return fail (request, "a header has no colon");
      *colon = '\0';
      if (!is_token (line))
        return fail (request, "a header's name has an odd character in it");
      g_ptr_array_add (request->headers, qcc_fake_header_new (line, g_strstrip (colon + 1)));
    }

  return fail (request, "there are too many headers");
}

static gboolean
read_bytes (QccFakeWire *wire,
            GByteArray *body,
            guint64 n)
{
  while (n > 0)
    {
      gsize length;
      const char *data = qcc_fake_wire_peek (wire, &length);

      length = (gsize) MIN (length, n);
      g_byte_array_append (body, (const guint8 *) data, (guint) length);
      qcc_fake_wire_consume (wire, length);
      n -= length;
      if (n > 0 && !qcc_fake_wire_fill (wire))
        return FALSE;
    }

  return TRUE;
}

static gboolean
read_trailers (QccFakeWire *wire,
               QccFakeRequest *request)
{
  g_autofree char *line = NULL;

  do
    {
      g_clear_pointer (&line, g_free);
      if (!read_line (wire, request, &line))
        return FALSE;
    }
  while (*line != '\0');

  return TRUE;
}

static gboolean
read_chunks (QccFakeWire *wire,
             QccFakeRequest *request,
             GByteArray *body)
{
  for (;;)
    {
      g_autofree char *line = NULL;
      g_autofree char *end = NULL;
      guint64 size = 0;

      if (!read_line (wire, request, &line))
        return FALSE;
      line[strcspn (line, ";")] = '\0';
      if (!g_ascii_string_to_unsigned (g_strchomp (line), 16, 0, MAX_BODY - body->len, &size, NULL))
        return fail (request, "a chunk's size is not right");
      if (size == 0)
        return read_trailers (wire, request);

      if (!read_bytes (wire, body, size) || !read_line (wire, request, &end))
        return FALSE;
      if (*end != '\0')
        return fail (request, "a chunk is longer than its size");
    }
}

static guint
count_headers (const QccFakeRequest *request,
               const char *name)
{
  guint n = 0;

  for (guint i = 0; i < request->headers->len; i++)
    {
      const QccFakeHeader *header = g_ptr_array_index (request->headers, i);

      if (g_ascii_strcasecmp (header->name, name) == 0)
        n++;
    }

  return n;
}

static gboolean
check_framing (QccFakeRequest *request,
               gboolean *out_chunked,
               guint64 *out_length)
{
  const char *coding = qcc_fake_request_get_header (request, "Transfer-Encoding");
  const char *length = qcc_fake_request_get_header (request, "Content-Length");
  gboolean is_new = g_str_equal (request->version, "HTTP/1.1");

  if (count_headers (request, "Host") > 1 || (is_new && count_headers (request, "Host") == 0))
    return fail (request, "there is not one Host header");
  if (coding != NULL && length != NULL)
    return fail (request, "there are both Content-Length and Transfer-Encoding");
  if (coding != NULL && (!is_new || count_headers (request, "Transfer-Encoding") > 1 || g_ascii_strcasecmp (coding, "chunked") != 0))
    return fail (request, "the Transfer-Encoding is not chunked");
  if (length != NULL && count_headers (request, "Content-Length") > 1)
    return fail (request, "there is more than one Content-Length");

  *out_chunked = coding != NULL;
  *out_length = 0;
  if (length != NULL && !g_ascii_string_to_unsigned (length, 10, 0, MAX_BODY, out_length, NULL))
    return fail (request, "the Content-Length is not right");

  return TRUE;
}

static gboolean
read_all (QccFakeWire *wire,
          QccFakeRequest *request)
{
  static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
  g_autoptr (GByteArray) body = g_byte_array_new ();
  gboolean chunked;
  guint64 length;
  gboolean ok;

  if (!read_request_line (wire, request) || !read_headers (wire, request) || !check_framing (request, &chunked, &length))
    return FALSE;

  if (qcc_fake_request_header_has_token (request, "Expect", "100-continue") && !qcc_fake_wire_write (wire, go_on, strlen (go_on)))
    return FALSE;

  ok = chunked ? read_chunks (wire, request, body) : read_bytes (wire, body, length);

  g_bytes_unref (request->body);
  request->body_length = body->len;
  request->body = g_byte_array_free_to_bytes (g_steal_pointer (&body));
  return ok;
}

/**
 * qcc_fake_reader_read:
 * @wire: an open wire on which something was received
 * @connection: number of the connection
 * @number: number of the request on it
 *
 * Reads one request and asks for its body where it expects that. Strict, since what the proxy sends is under test:
 * what RFC 9112 lets a server refuse is refused.
 *
 * Returns: (transfer full): the request; its `problem` is set when it is malformed or the client left inside it
 */
QccFakeRequest *
qcc_fake_reader_read (QccFakeWire *wire,
                      guint connection,
                      guint number)
{
  g_autoptr (QccFakeRequest) request = NULL;

  g_return_val_if_fail (wire != NULL, NULL);

  request = qcc_fake_request_new (connection, number);
  if (!read_all (wire, request) && request->problem == NULL)
    fail (request, "the client left inside the request");

  return g_steal_pointer (&request);
}
