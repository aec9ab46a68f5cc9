/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bench/qcc-bench-wire.h"

#include <errno.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <glib-unix.h>

#define DELTA_BEGIN \
  "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""
#define DELTA_END "\"}}\n\n"
#define TIME_DIGITS 18

/**
 * qcc_bench_now:
 *
 * Returns: CLOCK_MONOTONIC in nanoseconds, the same for all processes of the machine
 */
gint64
qcc_bench_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);

  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

/**
 * qcc_bench_request_new:
 * @script: what the mock shall answer
 * @body_size: bytes of the body; less than it needs is taken as what it needs
 * @out_length: (out): bytes of the request
 *
 * Returns: (transfer full): a request as Claude Code sends it, but for the headers that no proxy here looks at
 */
char *
qcc_bench_request_new (const char *script,
                       gsize body_size,
                       gsize *out_length)
{
  const char *stream = g_str_has_prefix (script, "sse") ? "true" : "false";
  g_autoptr (GString) body = g_string_new (NULL);
  GString *request = g_string_new (NULL);

  g_string_append_printf (body, "{\"bench\":\"%s\",\"model\":\"bench\",\"max_tokens\":1024,\"stream\":%s,", script, stream);
  g_string_append (body, "\"messages\":[{\"role\":\"user\",\"content\":\"");
  if (body->len + 4 < body_size)
    {
      gsize begin = body->len;

      g_string_set_size (body, body_size - 4);
      memset (body->str + begin, 'x', body->len - begin);
    }
  g_string_append (body, "\"}]}");

  g_string_append (request, "POST /v1/messages?beta=true HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n");
  g_string_append (request, "Content-Type: application/json\r\nanthropic-version: 2023-06-01\r\nx-api-key: bench\r\n");
  g_string_append_printf (request, "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n", body->len);
  g_string_append_len (request, body->str, (gssize) body->len);

  *out_length = request->len;
  return g_string_free (request, FALSE);
}

/**
 * qcc_bench_delta_print:
 * @event: (out caller-allocates): room for @size bytes
 * @size: bytes of the event, at least %QCC_BENCH_EVENT_MIN
 * @now: the time that it carries, of qcc_bench_now()
 *
 * Returns: @size
 */
gsize
qcc_bench_delta_print (char *event,
                       gsize size,
                       gint64 now)
{
  const gsize begin = strlen (DELTA_BEGIN);
  const gsize end = strlen (DELTA_END);
  char digits[TIME_DIGITS + 1];

  g_assert (size >= QCC_BENCH_EVENT_MIN && size <= QCC_BENCH_EVENT_MAX);

  g_snprintf (digits, sizeof digits, "%0*" G_GINT64_FORMAT, TIME_DIGITS, now);
  memcpy (event, DELTA_BEGIN, begin);
  memcpy (event + begin, digits, TIME_DIGITS);
  memset (event + begin + TIME_DIGITS, 'x', size - begin - TIME_DIGITS - end);
  memcpy (event + size - end, DELTA_END, end);

  return size;
}

/**
 * qcc_bench_delta_time:
 * @event: a whole event
 * @length: bytes of @event
 *
 * Returns: the time that it carries, or 0 when it is no delta
 */
gint64
qcc_bench_delta_time (const char *event,
                      gsize length)
{
  const gsize begin = strlen (DELTA_BEGIN);

  if (length < QCC_BENCH_EVENT_MIN || memcmp (event, DELTA_BEGIN, begin) != 0)
    return 0;

  return g_ascii_strtoll (event + begin, NULL, 10);
}

static QccBenchAnswerState
read_head (QccBenchAnswer *self)
{
  const char *length;

  if (!g_str_has_prefix (self->line, "HTTP/1.1 200 "))
    return QCC_BENCH_ANSWER_WRONG;

  if (strcasestr (self->line, "\r\ntransfer-encoding: chunked\r\n") != NULL)
    return QCC_BENCH_ANSWER_CHUNK_SIZE;

  length = strcasestr (self->line, "\r\ncontent-length: ");
  if (length == NULL)
    return QCC_BENCH_ANSWER_WRONG;
  self->remaining = g_ascii_strtoull (length + strlen ("\r\ncontent-length: "), NULL, 10);

  return self->remaining > 0 ? QCC_BENCH_ANSWER_SIZED_BODY : QCC_BENCH_ANSWER_DONE;
}

static QccBenchAnswerState
read_chunk_size (QccBenchAnswer *self)
{
  self->remaining = g_ascii_strtoull (self->line, NULL, 16);

  return self->remaining > 0 ? QCC_BENCH_ANSWER_CHUNK : QCC_BENCH_ANSWER_TRAILER;
}

/* Takes one byte of what is read up to a line's or the head's end. */
static void
take_byte (QccBenchAnswer *self,
           char byte)
{
  const char *end = self->state == QCC_BENCH_ANSWER_HEAD ? "\r\n\r\n" : "\r\n";

  if (self->line_length + 1 >= sizeof self->line)
    {
      self->state = QCC_BENCH_ANSWER_WRONG;
      return;
    }

  self->line[self->line_length++] = byte;
  self->line[self->line_length] = '\0';
  if (byte != '\n' || !g_str_has_suffix (self->line, end))
    return;

  if (self->state == QCC_BENCH_ANSWER_HEAD)
    self->state = read_head (self);
  else if (self->state == QCC_BENCH_ANSWER_CHUNK_SIZE)
    self->state = read_chunk_size (self);
  else if (self->state == QCC_BENCH_ANSWER_CHUNK_END)
    self->state = QCC_BENCH_ANSWER_CHUNK_SIZE;
  else if (self->line_length == 2)
    self->state = QCC_BENCH_ANSWER_DONE;
  self->line_length = 0;
}

static gsize
take_body (QccBenchAnswer *self,
           const char *data,
           gsize length)
{
  gsize taken = MIN (length, self->remaining);

  if (self->func != NULL)
    self->func (data, taken, self->user_data);
  self->n_body += taken;
  self->remaining -= taken;
  if (self->remaining == 0)
    self->state = self->state == QCC_BENCH_ANSWER_CHUNK ? QCC_BENCH_ANSWER_CHUNK_END : QCC_BENCH_ANSWER_DONE;

  return taken;
}

/**
 * qcc_bench_answer_feed:
 * @self: an answer that is not over
 * @data: what came
 * @length: bytes in @data
 *
 * Returns: the state; %QCC_BENCH_ANSWER_WRONG when it is not a 200 that is framed well, or goes on behind its end
 */
QccBenchAnswerState
qcc_bench_answer_feed (QccBenchAnswer *self,
                       const char *data,
                       gsize length)
{
  gsize i = 0;

  while (i < length)
    switch (self->state)
      {
      case QCC_BENCH_ANSWER_HEAD:
      case QCC_BENCH_ANSWER_CHUNK_SIZE:
      case QCC_BENCH_ANSWER_CHUNK_END:
      case QCC_BENCH_ANSWER_TRAILER:
        take_byte (self, data[i++]);
        break;

      case QCC_BENCH_ANSWER_SIZED_BODY:
      case QCC_BENCH_ANSWER_CHUNK:
        i += take_body (self, data + i, length - i);
        break;

      case QCC_BENCH_ANSWER_DONE:
        self->state = QCC_BENCH_ANSWER_WRONG;
        return self->state;

      case QCC_BENCH_ANSWER_WRONG:
        return self->state;
      }

  return self->state;
}

/**
 * qcc_bench_connect:
 * @port: a port of 127.0.0.1
 * @blocking: whether the socket shall block
 *
 * Ends the program when there is no connection: then there is nothing to measure.
 *
 * Returns: (transfer full): the connected socket
 */
int
qcc_bench_connect (guint16 port,
                   gboolean blocking)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
    g_error ("no connection to port %u: %s", port, g_strerror (errno));

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (!blocking)
    g_unix_set_fd_nonblocking (fd, TRUE, NULL);

  return fd;
}

static int
compare_values (gconstpointer a,
                gconstpointer b)
{
  const guint32 *one = a;
  const guint32 *other = b;

  return (*one > *other) - (*one < *other);
}

/**
 * qcc_bench_quantile:
 * @values: (element-type guint32): is sorted by this
 * @q: 0 to 1; 0.5 is the median
 *
 * Returns: the value, or 0 when there is none
 */
guint32
qcc_bench_quantile (GArray *values,
                    double q)
{
  if (values->len == 0)
    return 0;

  g_array_sort (values, compare_values);

  return g_array_index (values, guint32, MIN ((guint) (q * values->len), values->len - 1));
}
