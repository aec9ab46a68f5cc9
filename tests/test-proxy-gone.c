/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/*
 * A client that goes (spec 2.7): in every phase and in every way the upstream attempt ends at
 * once, nothing else is tried, and the exchange is recorded once. And one that stays but does not
 * read (spec 2.4).
 */

#define WAIT_MS 20000

typedef enum
{
  LEAVE_BY_CLOSE,
  LEAVE_BY_RESET,
  LEAVE_BY_SHUTDOWN, /* of its sending side only */
  N_LEAVE_WAYS,
} LeaveWay;

static const char *const way_names[N_LEAVE_WAYS] = { "close", "reset", "shutdown" };

static LeaveWay current_way;

static void
leave (QccRawClient *client)
{
  switch (current_way)
    {
    case LEAVE_BY_CLOSE:
      qcc_raw_client_close (client);
      break;
    case LEAVE_BY_RESET:
      qcc_raw_client_reset (client);
      break;
    case LEAVE_BY_SHUTDOWN:
      qcc_raw_client_shutdown_sending (client);
      break;
    case N_LEAVE_WAYS:
      g_assert_not_reached ();
    }
}

static void
post (QccRawClient *client)
{
  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
}

/* What was sent before on another connection has been seen by the service when this returns. */
static void
round_trip (QccProxyFixture *fixture)
{
  g_autoptr (QccRawClient) client = qcc_proxy_fixture_connect (fixture);
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_send (client, "GET /qcc/health HTTP/1.1\r\nHost: localhost\r\n\r\n", -1);
  answer = qcc_raw_client_read_answer (client);
  g_assert_cmpuint (answer->status, ==, 200);
}

static void
leave_in_body (QccProxyFixture *fixture,
               QccRawClient *client)
{
  qcc_raw_client_send (client, "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{\"model\":", -1);
  round_trip (fixture);
  leave (client);
}

static void
leave_in_chunked_body (QccProxyFixture *fixture,
                       QccRawClient *client)
{
  qcc_raw_client_send (client, "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n{\"model\":", -1);
  round_trip (fixture);
  leave (client);
}

static void
leave_before_head (QccProxyFixture *fixture,
                   QccRawClient *client)
{
  post (client);
  g_assert_true (qcc_fake_provider_wait_gate (fixture->providers[0], "never", WAIT_MS));
  leave (client);
}

static void
leave_in_stream (QccProxyFixture *fixture,
                 QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  post (client);
  answer = qcc_raw_client_read_head (client);
  qcc_raw_client_read_until (client, answer, "word");
  leave (client);
}

static void
leave_in_unary (QccProxyFixture *fixture,
                QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_UNARY_REQUEST);
  answer = qcc_raw_client_read_head (client);
  qcc_raw_client_read_until (client, answer, "xxx");
  leave (client);
}

/* More than all buffers on the way hold is on its way, and none of it is read. */
static void
leave_unread (QccProxyFixture *fixture,
              QccRawClient *client)
{
  post (client);
  g_assert_true (qcc_fake_provider_wait_bytes (fixture->providers[0], 1024 * 1024, WAIT_MS));
  leave (client);
}

typedef struct
{
  const char *name;
  QccProxyTest test;
  const char *script;
  guint n_requests; /* that the first endpoint saw */
} Phase;

#define BLOCK_100 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define BLOCK_1000 BLOCK_100 BLOCK_100 BLOCK_100 BLOCK_100 BLOCK_100 BLOCK_100 BLOCK_100 BLOCK_100 BLOCK_100 BLOCK_100
#define BLOCK_10000 BLOCK_1000 BLOCK_1000 BLOCK_1000 BLOCK_1000 BLOCK_1000 BLOCK_1000 BLOCK_1000 BLOCK_1000 BLOCK_1000 BLOCK_1000

#define BEGUN "message_start\nblock_start text\n"
#define REST "block_stop\nmessage_delta end_turn\nmessage_stop"
#define FLOOD BEGUN "repeat 5000\ndelta " BLOCK_10000 "\nend\n" REST
#define FLOOD_BYTES ((guint64) 5000 * 10000)

static const Phase phases[] = {
  { "in-body", leave_in_body, "say hello", 0 },
  { "in-chunked-body", leave_in_chunked_body, "say hello", 0 },
  { "before-head", leave_before_head, "hold never", 1 },
  { "in-half-head", leave_before_head, "half_head\nhold never", 1 },
  { "in-error", leave_before_head, "status 500\ncontent_length 100\nbody {\nhold never", 1 },
  { "gate-holds", leave_before_head, "message_start\nping\nhold never", 1 },
  { "in-stream", leave_in_stream, BEGUN "delta word\nhold never", 1 },
  { "after-stop-reason", leave_in_stream, BEGUN "delta word\nblock_stop\nmessage_delta end_turn\nhold never", 1 },
  { "in-unary", leave_in_unary, "content_length 4000000\nheader Content-Type: application/json\nbytes 2000000\nhold never", 1 },
  { "unread", leave_unread, FLOOD, 1 },
};

/* A phase left in one way. */
typedef struct
{
  const Phase *phase;
  LeaveWay way;
} Case;

static const Case *current;

static void
client_leaves (QccProxyFixture *fixture,
               QccRawClient *client)
{
  current->phase->test (fixture, client);
  g_assert_true (qcc_fake_provider_wait_open (fixture->providers[0], 0, WAIT_MS));
}

static void
test_leave (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  current = data;
  current_way = current->way;
  qcc_proxy_fixture_script (fixture, 0, current->phase->script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_leaves);

  /* The round trip is an exchange too. */
  qcc_proxy_fixture_wait_records (fixture, current->phase->n_requests > 0 ? 1 : 2);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, current->phase->n_requests);
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[0]), ==, current->phase->n_requests);
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[1]), ==, 0);
}

/* One that goes while the next endpoint is being tried: that one is closed as well. */
static void
leave_in_second (QccProxyFixture *fixture,
                 QccRawClient *client)
{
  post (client);
  g_assert_true (qcc_fake_provider_wait_gate (fixture->providers[1], "never", WAIT_MS));
  qcc_raw_client_close (client);
  g_assert_true (qcc_fake_provider_wait_open (fixture->providers[1], 0, WAIT_MS));
}

static void
test_in_second (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (3);

  qcc_proxy_fixture_script (fixture, 0, "error 529 overloaded_error busy");
  qcc_proxy_fixture_script (fixture, 1, "hold never");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, leave_in_second);
  qcc_proxy_fixture_wait_records (fixture, 1);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[2]), ==, 0);
}

/* When a client resets its connection, both the watch and libsoup's writing hear of it. The watch is first, unless the
 * reset comes between poll(2) and the write. Here libsoup is: its write fails, and it disconnects by itself. */

static QccRawClient *leaving; /* (atomic) (nullable): goes as soon as libsoup waits to write to it */
static gboolean has_left;

static int
poll_writing_first (GPollFD *fds,
                    guint n_fds,
                    int timeout)
{
  gboolean waits_to_write = FALSE;
  int result;

  for (guint i = 0; i < n_fds; i++)
    waits_to_write |= (fds[i].events & G_IO_OUT) != 0;

  if (waits_to_write && !has_left && g_atomic_pointer_get (&leaving) != NULL)
    {
      qcc_raw_client_reset (g_atomic_pointer_get (&leaving));
      has_left = TRUE;
    }

  result = g_poll (fds, n_fds, timeout);
  for (guint i = 0; waits_to_write && has_left && i < n_fds; i++)
    if ((fds[i].events & G_IO_OUT) == 0)
      fds[i].revents = 0;

  return result;
}

static void
leave_while_written (QccProxyFixture *fixture,
                     QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_UNARY_REQUEST);
  answer = qcc_raw_client_read_head (client);
  qcc_raw_client_read_until (client, answer, "xxx");
  g_atomic_pointer_set (&leaving, client);
  g_main_context_wakeup (NULL);
  g_assert_true (qcc_fake_provider_wait_open (fixture->providers[0], 0, WAIT_MS));
}

static void
test_write_fails_first (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  /* More than all buffers on the way hold, so that libsoup has to wait. */
  qcc_proxy_fixture_script (fixture, 0, "content_length 60000000\nheader Content-Type: application/json\nbytes 50000000\nhold never");
  qcc_proxy_fixture_start (fixture);
  g_main_context_set_poll_func (NULL, poll_writing_first);
  qcc_proxy_fixture_run (fixture, leave_while_written);
  g_main_context_set_poll_func (NULL, NULL);

  g_assert_true (has_left);
  qcc_proxy_fixture_wait_records (fixture, 1);
}

/* 50 MB for a client that does not read for a while. What the kernel buffers on both connections
 * goes out, the rest stays with the provider; then every byte arrives. */

#define STEP ((guint64) 1024 * 1024)
#define BUFFERED_MAX (16 * STEP) /* twice what the kernel takes with its usual settings */
#define NOTHING_MORE_MS 1000

static guint64
count_letters (const char *text)
{
  guint64 n = 0;

  for (; *text != '\0'; text++)
    n += *text == 'x';

  return n;
}

static void
client_reads_late (QccProxyFixture *fixture,
                   QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;
  guint64 sent = STEP;

  post (client);
  g_assert_true (qcc_fake_provider_wait_bytes (fixture->providers[0], sent, WAIT_MS));
  while (qcc_fake_provider_wait_bytes (fixture->providers[0], sent + STEP, NOTHING_MORE_MS))
    sent += STEP;
  g_test_message ("%u MiB were sent unread", (guint) (sent / STEP));
  g_assert_cmpuint (sent, <, BUFFERED_MAX);

  answer = qcc_raw_client_read_answer (client);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_cmpuint (count_letters (answer->body->str), >=, FLOOD_BYTES);
  g_assert_true (g_str_has_suffix (answer->body->str, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
}

static void
test_slow_reader (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_script (fixture, 0, FLOOD);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_reads_late);
  qcc_proxy_fixture_wait_records (fixture, 1);
}

int
main (int argc,
      char **argv)
{
  static Case cases[G_N_ELEMENTS (phases) * N_LEAVE_WAYS];

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = NULL;

      cases[i] = (Case){ &phases[i / N_LEAVE_WAYS], (LeaveWay) (i % N_LEAVE_WAYS) };
      path = g_strdup_printf ("/proxy/gone/%s/%s", cases[i].phase->name, way_names[cases[i].way]);
      g_test_add_data_func (path, &cases[i], test_leave);
    }
  g_test_add_func ("/proxy/gone/in-second-attempt", test_in_second);
  g_test_add_func ("/proxy/gone/write-fails-first", test_write_fails_first);
  g_test_add_func ("/proxy/slow-reader", test_slow_reader);

  return g_test_run ();
}
