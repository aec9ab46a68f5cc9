/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bench/qcc-bench-load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/qcc-bench-wire.h"

#define BLOCK (256 * 1024)
#define NS_PER_S 1000000000.0
#define WARM_UP_NS 300000000
#define STUCK_NS 20000000000

typedef struct
{
  const QccBenchLoad *options; /* (unowned) */
  int epoll;
  char *request; /* (owned): the same for all */
  gsize request_length;
  char block[BLOCK];

  /* The window that is measured. */
  gboolean measuring;
  gint64 begin;
  gint64 end;
  gint64 cpu_begin;
  gint64 cpu;
  guint64 n_measured;
  GArray *latencies;   /* (owned) of guint32, us */
  GArray *first_bytes; /* (owned) of guint32, us */

  guint64 n_answers;
  guint64 n_wrong;
} Run;

typedef struct
{
  Run *run; /* (unowned) */
  int fd;
  QccBenchAnswer answer;
  gint64 sent;
  gboolean seen; /* a byte of the answer */
  guint64 n_deltas;
  char *event; /* (owned): what has come of an event */
  gsize event_length;
} Client;

/* The CPU time of the measured process in ns: what its stat file says in ticks of 10 ms. */
static gint64
cpu_time (const Run *run)
{
  clockid_t clock;
  struct timespec time;

  if (run->options->cpu_of == 0 || clock_getcpuclockid (run->options->cpu_of, &clock) != 0 ||
      clock_gettime (clock, &time) != 0)
    return 0;

  return (gint64) time.tv_sec * 1000000000 + time.tv_nsec;
}

static void
begin_window (Run *run,
              gint64 now)
{
  run->measuring = TRUE;
  run->begin = now;
  run->cpu_begin = cpu_time (run);
}

static void
end_window (Run *run,
            gint64 now)
{
  if (!run->measuring)
    return;

  run->measuring = FALSE;
  run->end = now;
  run->cpu = cpu_time (run) - run->cpu_begin;
}

static void
note_latency (Run *run,
              gint64 ns)
{
  guint32 us = (guint32) (MAX (ns, 0) / 1000);

  run->n_measured++;
  g_array_append_val (run->latencies, us);
}

static void
send_request (Client *client)
{
  Run *run = client->run;

  client->sent = qcc_bench_now ();
  client->seen = FALSE;
  client->answer.state = QCC_BENCH_ANSWER_HEAD;
  client->answer.n_body = 0;
  /* Small: a fresh socket takes all of it. */
  if (send (client->fd, run->request, run->request_length, MSG_NOSIGNAL) != (gssize) run->request_length)
    g_error ("a request could not be sent whole: %s", g_strerror (errno));
}

static void
open_client (Run *run,
             Client *client,
             QccBenchBodyFunc func)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

  client->run = run;
  client->answer.func = func;
  client->answer.user_data = client;
  client->fd = qcc_bench_connect ((guint16) run->options->port, FALSE);
  epoll_ctl (run->epoll, EPOLL_CTL_ADD, client->fd, &event);
  send_request (client);
}

/* Reads what is there. Returns the answer's state; wrong also when the connection ended before the answer. */
static QccBenchAnswerState
read_answer (Client *client,
             gint64 now)
{
  Run *run = client->run;
  gssize length = recv (client->fd, run->block, BLOCK, 0);

  if (length < 0 && errno == EAGAIN)
    return client->answer.state;
  if (length <= 0)
    return QCC_BENCH_ANSWER_WRONG;

  if (!client->seen)
    {
      guint32 us = (guint32) ((now - client->sent) / 1000);

      client->seen = TRUE;
      g_array_append_val (run->first_bytes, us);
    }

  return qcc_bench_answer_feed (&client->answer, run->block, (gsize) length);
}

static void
init_run (Run *run,
          const QccBenchLoad *options,
          const char *script)
{
  run->options = options;
  run->epoll = epoll_create1 (EPOLL_CLOEXEC);
  run->request = qcc_bench_request_new (script, (gsize) options->body, &run->request_length);
  run->latencies = g_array_new (FALSE, FALSE, sizeof (guint32));
  run->first_bytes = g_array_new (FALSE, FALSE, sizeof (guint32));
}

static gboolean
report (Run *run)
{
  double seconds = (double) (run->end - run->begin) / NS_PER_S;
  double n = (double) MAX (run->n_measured, 1);

  printf ("{\"seconds\":%.3f,\"n\":%" G_GUINT64_FORMAT ",\"rate\":%.1f,\"p50\":%u,\"p99\":%u,\"ttfb50\":%u,"
          "\"ttfb99\":%u,\"cpu\":%.3f,\"answers\":%" G_GUINT64_FORMAT ",\"wrong\":%" G_GUINT64_FORMAT "}\n",
          seconds, run->n_measured, (double) run->n_measured / MAX (seconds, 0.001),
          qcc_bench_quantile (run->latencies, 0.5), qcc_bench_quantile (run->latencies, 0.99),
          qcc_bench_quantile (run->first_bytes, 0.5), qcc_bench_quantile (run->first_bytes, 0.99),
          (double) run->cpu / 1000 / n, run->n_answers, run->n_wrong);

  g_array_unref (run->latencies);
  g_array_unref (run->first_bytes);
  g_free (run->request);
  close (run->epoll);

  return run->n_wrong == 0 && run->n_measured > 0;
}

/**
 * qcc_bench_load_unary:
 * @load: what to do
 *
 * Sends requests one after the other on each connection and prints: requests a second, latency in us, CPU us of
 * a request.
 *
 * Returns: whether all answers were right
 */
gboolean
qcc_bench_load_unary (const QccBenchLoad *load)
{
  g_autofree Run *run = g_new0 (Run, 1);
  g_autofree Client *clients = g_new0 (Client, load->connections);
  g_autofree char *script = g_strdup_printf ("%s %d", load->chunked ? "chunked" : "unary", load->size);
  struct epoll_event events[256];
  gint64 start = qcc_bench_now ();
  gint64 stop = start + WARM_UP_NS + (gint64) (load->seconds * NS_PER_S);

  init_run (run, load, script);
  for (int i = 0; i < load->connections; i++)
    open_client (run, &clients[i], NULL);

  for (gint64 now = start; now < stop && run->n_wrong == 0;)
    {
      int n = epoll_wait (run->epoll, events, G_N_ELEMENTS (events), 100);

      for (int i = 0; i < n; i++)
        {
          Client *client = events[i].data.ptr;
          QccBenchAnswerState state = read_answer (client, qcc_bench_now ());

          now = qcc_bench_now ();
          if (state == QCC_BENCH_ANSWER_WRONG ||
              (state == QCC_BENCH_ANSWER_DONE && client->answer.n_body != (guint64) load->size))
            run->n_wrong++;
          if (state != QCC_BENCH_ANSWER_DONE)
            continue;

          run->n_answers++;
          if (run->measuring)
            note_latency (run, now - client->sent);
          send_request (client);
        }
      now = qcc_bench_now ();
      if (!run->measuring && now > start + WARM_UP_NS)
        begin_window (run, now);
    }
  end_window (run, qcc_bench_now ());

  return report (run);
}

static void
end_event (Client *client)
{
  gint64 sent = qcc_bench_delta_time (client->event, client->event_length);

  client->event_length = 0;
  if (sent == 0)
    return;

  client->n_deltas++;
  if (client->run->measuring)
    note_latency (client->run, qcc_bench_now () - sent);
}

static void
on_body (const char *data,
         gsize length,
         gpointer user_data)
{
  Client *client = user_data;

  for (gsize i = 0; i < length; i++)
    {
      if (client->event_length == QCC_BENCH_EVENT_MAX)
        g_error ("an event is longer than any that was sent");
      client->event[client->event_length++] = data[i];
      if (data[i] == '\n' && client->event_length > 1 && client->event[client->event_length - 2] == '\n')
        end_event (client);
    }
}

typedef struct
{
  guint64 n_deltas; /* each stream shall have */
  guint64 n_bytes;
  int n_opened;
  int n_running;
  int n_flowing; /* streams that have shown a delta */
} Streams;

static void
on_stream_readable (Streams *streams,
                    Client *client)
{
  Run *run = client->run;
  gboolean flowed = client->n_deltas > 0;
  QccBenchAnswerState state = read_answer (client, qcc_bench_now ());

  if (!flowed && client->n_deltas > 0)
    streams->n_flowing++;
  if (!flowed && streams->n_flowing == run->options->connections && streams->n_running == run->options->connections)
    {
      begin_window (run, qcc_bench_now ());
      printf ("steady\n");
      fflush (stdout);
    }
  if (state != QCC_BENCH_ANSWER_WRONG && state != QCC_BENCH_ANSWER_DONE)
    return;

  end_window (run, qcc_bench_now ());
  if (state == QCC_BENCH_ANSWER_DONE && client->n_deltas == streams->n_deltas &&
      client->answer.n_body == streams->n_bytes)
    run->n_answers++;
  else
    run->n_wrong++;
  streams->n_running--;
  close (client->fd);
  g_clear_pointer (&client->event, g_free);
}

/**
 * qcc_bench_load_streams:
 * @load: what to do
 *
 * Opens streams and prints, once all of them flow, the line “steady”, and at the end: events a second, latency of an
 * event and time to the first byte in us, CPU us of an event. Only what comes while all of them flow is measured, but
 * for the time to the first byte.
 *
 * Returns: whether all streams came whole
 */
gboolean
qcc_bench_load_streams (const QccBenchLoad *load)
{
  g_autofree Run *run = g_new0 (Run, 1);
  g_autofree Client *clients = g_new0 (Client, load->connections);
  g_autofree char *script = NULL;
  struct epoll_event events[256];
  Streams streams = { .n_running = load->connections };
  double ramp = (double) load->connections / load->ramp;
  gint64 start = qcc_bench_now ();
  gint64 last = start;

  /* The first to begin shall not end before the last has flowed for the time that is asked for. */
  streams.n_deltas = (guint64) ((ramp + load->seconds) * 1000000 / load->interval) + 2;
  streams.n_bytes = streams.n_deltas * (guint64) load->size + strlen (QCC_BENCH_SSE_BEGIN QCC_BENCH_SSE_END);
  script = g_strdup_printf ("sse %" G_GUINT64_FORMAT " %d %d", streams.n_deltas, load->interval, load->size);
  init_run (run, load, script);

  while (streams.n_running > 0)
    {
      gint64 now = qcc_bench_now ();
      int n;

      if (streams.n_opened < load->connections &&
          (double) (now - start) / NS_PER_S * load->ramp >= (double) streams.n_opened)
        {
          clients[streams.n_opened].event = g_malloc (QCC_BENCH_EVENT_MAX);
          open_client (run, &clients[streams.n_opened++], on_body);
        }
      n = epoll_wait (run->epoll, events, G_N_ELEMENTS (events), streams.n_opened < load->connections ? 1 : 100);
      if (n > 0)
        last = now;
      else if (now - last > STUCK_NS)
        {
          run->n_wrong += (guint64) streams.n_running;
          break;
        }
      for (int i = 0; i < n; i++)
        on_stream_readable (&streams, events[i].data.ptr);
    }

  return report (run);
}
