/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bench/qcc-bench-mock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#include "tests/bench/qcc-bench-wire.h"

/* The head of a request and the script at the begin of its body are here. */
#define HEAD_MAX 8192
#define BLOCK (256 * 1024)

typedef enum
{
  EXCHANGE_NONE,   /* the next request's head is read */
  EXCHANGE_BODY,   /* the rest of the body is read */
  EXCHANGE_UNARY,  /* a message is written */
  EXCHANGE_SSE,    /* events are written when they are due */
  EXCHANGE_SILENT, /* the client shall leave */
} Exchange;

typedef struct
{
  int fd;
  Exchange exchange;
  gboolean writes; /* epoll watches for room */

  char head[HEAD_MAX];
  gsize head_length;
  char script[64];
  guint status; /* of the error that the path asks for, 0 for none */
  guint64 body_left;
  guint64 body_size;

  GString *out; /* (owned): bytes that the socket did not take */
  gsize out_begin;
  guint64 padding; /* bytes of a message's text behind @out */
  gboolean chunked;

  guint64 deltas;  /* still to send */
  gint64 interval; /* ns */
  gsize size;
  gint64 due;
  GList link; /* in Mock.streams while in EXCHANGE_SSE */
} Connection;

typedef struct
{
  int epoll;
  int listener;
  GQueue streams; /* of Connection, the next due first: all streams of a run have one interval */
  guint64 n_streams;
  char block[BLOCK];
  char padding[BLOCK]; /* 'x' */
} Mock;

#define MESSAGE_END "\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null}"

/* The driver reads these lines to know when a proxy passed on that its client left. */
static void
say (const char *what)
{
  printf ("%s %" G_GINT64_FORMAT "\n", what, qcc_bench_now ());
  fflush (stdout);
}

static void
watch (Mock *mock,
       Connection *connection,
       int operation)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = connection };

  if (connection->writes)
    event.events |= EPOLLOUT;
  if (epoll_ctl (mock->epoll, operation, connection->fd, &event) < 0)
    g_error ("epoll_ctl: %s", g_strerror (errno));
}

static void
drop (Mock *mock,
      Connection *connection)
{
  if (connection->exchange == EXCHANGE_SSE || connection->exchange == EXCHANGE_SILENT)
    say ("gone");
  if (connection->exchange == EXCHANGE_SSE)
    g_queue_unlink (&mock->streams, &connection->link);

  close (connection->fd);
  g_string_free (connection->out, TRUE);
  g_free (connection);
}

static void
accept_all (Mock *mock)
{
  const int one = 1;
  int fd;

  while ((fd = accept4 (mock->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
      Connection *connection = g_new0 (Connection, 1);

      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      connection->fd = fd;
      connection->out = g_string_new (NULL);
      connection->link.data = connection;
      watch (mock, connection, EPOLL_CTL_ADD);
    }
}

/* Returns how many bytes the socket took, or -1 when it is dead. */
static gssize
send_some (Connection *connection,
           const char *data,
           gsize length)
{
  gssize sent = send (connection->fd, data, length, MSG_NOSIGNAL);

  if (sent < 0 && errno == EAGAIN)
    return 0;

  return sent;
}

/* Writes what there is to write. Returns FALSE when the socket is dead. */
static gboolean
flush (Mock *mock,
       Connection *connection)
{
  gboolean more;

  for (;;)
    {
      gsize left = connection->out->len - connection->out_begin;
      gssize sent;

      if (left > 0)
        {
          sent = send_some (connection, connection->out->str + connection->out_begin, left);
          connection->out_begin += (gsize) MAX (sent, 0);
        }
      else if (connection->padding > 0)
        {
          sent = send_some (connection, mock->padding, MIN (connection->padding, BLOCK));
          connection->padding -= (guint64) MAX (sent, 0);
          if (connection->padding == 0)
            g_string_append (connection->out, connection->chunked ? MESSAGE_END "\r\n0\r\n\r\n" : MESSAGE_END);
        }
      else
        break;

      if (sent < 0)
        return FALSE;
      if (sent == 0)
        break;
      if (connection->out_begin == connection->out->len)
        {
          g_string_truncate (connection->out, 0);
          connection->out_begin = 0;
        }
      if (connection->padding == 0 && connection->out->len == 0)
        break;
    }

  more = connection->out->len > 0 || connection->padding > 0;
  if (!more && connection->exchange == EXCHANGE_UNARY)
    connection->exchange = EXCHANGE_NONE;
  if (more != connection->writes)
    {
      connection->writes = more;
      watch (mock, connection, EPOLL_CTL_MOD);
    }

  return TRUE;
}

static void
append_chunk (Connection *connection,
              const char *data,
              gsize length)
{
  g_string_append_printf (connection->out, "%" G_GSIZE_MODIFIER "x\r\n", length);
  g_string_append_len (connection->out, data, (gssize) length);
  g_string_append (connection->out, "\r\n");
}

static void
begin_stream (Mock *mock,
              Connection *connection,
              gint64 now)
{
  /* Spread over the interval, as streams of people are: the fractions of the golden ratio's multiples. */
  double phase = 0.6180339887 * (double) (mock->n_streams++ % 100000);
  gint64 offset = (gint64) ((phase - (double) (gint64) phase) * (double) connection->interval);
  GList *after = mock->streams.tail;

  g_string_append (connection->out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                                    "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n");
  append_chunk (connection, QCC_BENCH_SSE_BEGIN, strlen (QCC_BENCH_SSE_BEGIN));
  connection->due = now + offset;
  while (after != NULL && ((Connection *) after->data)->due > connection->due)
    after = after->prev;
  if (after != NULL)
    g_queue_insert_after_link (&mock->streams, after, &connection->link);
  else
    g_queue_push_head_link (&mock->streams, &connection->link);
}

static void
begin_message (Connection *connection,
               guint64 size)
{
  g_autofree char *begin = NULL;
  gsize frame;

  begin = g_strdup_printf ("{\"id\":\"msg_bench\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"bench\","
                           "\"usage\":{\"input_tokens\":%" G_GUINT64_FORMAT ",\"output_tokens\":1},"
                           "\"content\":[{\"type\":\"text\",\"text\":\"",
                           connection->body_size);
  frame = strlen (begin) + strlen (MESSAGE_END);
  size = MAX (size, frame + 1);
  g_string_append (connection->out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n");
  if (connection->chunked)
    g_string_append_printf (connection->out, "Transfer-Encoding: chunked\r\n\r\n%" G_GINT64_MODIFIER "x\r\n", size);
  else
    g_string_append_printf (connection->out, "Content-Length: %" G_GUINT64_FORMAT "\r\n\r\n", size);
  g_string_append (connection->out, begin);
  connection->padding = size - frame;
}

static void
begin_error (Connection *connection)
{
  g_autofree char *body = g_strdup_printf ("{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"bench\"}}",
                                           connection->status == 529 ? "overloaded_error" : "api_error");

  g_string_append_printf (connection->out, "HTTP/1.1 %u Error\r\nContent-Type: application/json\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                          connection->status, strlen (body), body);
}

/* The driver reads when each attempt came and, where it fails, when the client could first know. */
static void
begin_told (Connection *connection,
            guint64 size)
{
  say ("arrived");
  if (connection->status != 0)
    begin_error (connection);
  else
    begin_message (connection, size);
  say (connection->status != 0 ? "failed" : "answered");
}

static gboolean
answer (Mock *mock,
        Connection *connection)
{
  const char *script = connection->script;
  gint64 now = qcc_bench_now ();
  guint64 size;

  connection->chunked = g_str_has_prefix (script, "chunked ");
  if (sscanf (script, "unary %" G_GUINT64_FORMAT, &size) == 1 ||
      sscanf (script, "chunked %" G_GUINT64_FORMAT, &size) == 1)
    {
      connection->exchange = EXCHANGE_UNARY;
      begin_message (connection, size);
    }
  else if (sscanf (script, "sse %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GSIZE_FORMAT, &connection->deltas,
                   &connection->interval, &connection->size) == 3 &&
           connection->size >= QCC_BENCH_EVENT_MIN && connection->size <= QCC_BENCH_EVENT_MAX)
    {
      connection->exchange = EXCHANGE_SSE;
      connection->interval *= 1000;
      begin_stream (mock, connection, now);
    }
  else if (sscanf (script, "told %" G_GUINT64_FORMAT, &size) == 1)
    {
      connection->exchange = EXCHANGE_UNARY;
      begin_told (connection, size);
    }
  else if (strcmp (script, "silent") == 0)
    {
      connection->exchange = EXCHANGE_SILENT;
      say ("arrived");
    }
  else
    g_error ("no such script: “%s”", script);

  return flush (mock, connection);
}

/* Reads head and script. Returns FALSE until both are there. */
static gboolean
parse_request (Connection *connection)
{
  const char *body, *length, *script, *end;
  gsize have;

  connection->head[connection->head_length] = '\0';
  body = strstr (connection->head, "\r\n\r\n");
  if (body == NULL)
    return FALSE;
  body += 4;

  script = strstr (body, "{\"bench\":\"");
  end = script != NULL ? strchr (script + strlen ("{\"bench\":\""), '"') : NULL;
  length = strcasestr (connection->head, "\r\ncontent-length: ");
  if (end == NULL || length == NULL)
    return FALSE;

  script += strlen ("{\"bench\":\"");
  connection->status = 0;
  sscanf (connection->head, "POST /fail/%u/", &connection->status);
  g_strlcpy (connection->script, script, MIN (sizeof connection->script, (gsize) (end - script) + 1));
  connection->body_size = g_ascii_strtoull (length + strlen ("\r\ncontent-length: "), NULL, 10);
  have = connection->head_length - (gsize) (body - connection->head);
  if (have > connection->body_size)
    g_error ("a request goes on behind its body");
  connection->body_left = connection->body_size - have;
  connection->exchange = EXCHANGE_BODY;

  return TRUE;
}

/* Returns FALSE when the connection is to be dropped. */
static gboolean
read_some (Mock *mock,
           Connection *connection)
{
  gboolean in_head = connection->exchange == EXCHANGE_NONE;
  char *to = in_head ? connection->head + connection->head_length : mock->block;
  gsize room = in_head ? HEAD_MAX - 1 - connection->head_length : BLOCK;
  gssize length;

  if (!in_head && connection->exchange != EXCHANGE_BODY)
    {
      char byte;

      return recv (connection->fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
    }

  length = recv (connection->fd, to, room, 0);
  if (length < 0 && errno == EAGAIN)
    return TRUE;
  if (length <= 0)
    return FALSE;

  if (in_head)
    {
      connection->head_length += (gsize) length;
      if (!parse_request (connection))
        return connection->head_length < HEAD_MAX - 1;
      connection->head_length = 0;
    }
  else
    connection->body_left -= MIN (connection->body_left, (guint64) length);

  return connection->body_left > 0 || answer (mock, connection);
}

/* Sends the events that are due. Returns how long to sleep in ns, or -1 when nothing is to come. */
static gint64
run_streams (Mock *mock)
{
  char event[QCC_BENCH_EVENT_MAX];
  Connection *connection;

  while ((connection = g_queue_peek_head (&mock->streams)) != NULL)
    {
      gint64 now = qcc_bench_now ();
      gboolean over = connection->deltas == 0;

      if (connection->due > now)
        return connection->due - now;

      g_queue_unlink (&mock->streams, &connection->link);
      /* What the client does not take is held back at its source. */
      if (connection->out->len == 0 && over)
        {
          append_chunk (connection, QCC_BENCH_SSE_END, strlen (QCC_BENCH_SSE_END));
          g_string_append (connection->out, "0\r\n\r\n");
          connection->exchange = EXCHANGE_NONE;
        }
      else if (connection->out->len == 0)
        {
          append_chunk (connection, event, qcc_bench_delta_print (event, connection->size, now));
          connection->deltas--;
        }
      if (connection->exchange == EXCHANGE_SSE)
        {
          connection->due += connection->interval;
          g_queue_push_tail_link (&mock->streams, &connection->link);
        }
      if (!flush (mock, connection))
        drop (mock, connection);
    }

  return -1;
}

static void
listen_anywhere (Mock *mock)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  struct epoll_event event = { .events = EPOLLIN };

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  mock->listener = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (mock->listener < 0 || bind (mock->listener, (struct sockaddr *) &address, sizeof address) < 0 ||
      listen (mock->listener, 4096) < 0 || getsockname (mock->listener, (struct sockaddr *) &address, &length) < 0)
    g_error ("cannot listen: %s", g_strerror (errno));

  epoll_ctl (mock->epoll, EPOLL_CTL_ADD, mock->listener, &event);
  printf ("port %d\n", ntohs (address.sin_port));
  fflush (stdout);
}

/**
 * qcc_bench_mock_run:
 *
 * Serves as the provider on a free port of 127.0.0.1, which it prints, until the process is ended. Prints also when
 * a silent exchange has arrived, when a client leaves a stream or a silent exchange, and when one that is told
 * arrives and is answered.
 */
void
qcc_bench_mock_run (void)
{
  Mock *mock = g_new0 (Mock, 1);
  struct epoll_event events[256];

  memset (mock->padding, 'x', sizeof mock->padding);
  g_queue_init (&mock->streams);
  mock->epoll = epoll_create1 (EPOLL_CLOEXEC);
  listen_anywhere (mock);

  for (;;)
    {
      gint64 wait = run_streams (mock);
      struct timespec timeout = { .tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000 };
      int n = epoll_pwait2 (mock->epoll, events, G_N_ELEMENTS (events), wait >= 0 ? &timeout : NULL, NULL);

      for (int i = 0; i < n; i++)
        {
          Connection *connection = events[i].data.ptr;

          if (connection == NULL)
            accept_all (mock);
          else if (((events[i].events & EPOLLOUT) && !flush (mock, connection)) || !read_some (mock, connection))
            drop (mock, connection);
        }
    }
}
