/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/*
 * The limits of an attempt and of the exchange (spec 2.8). They are set to a second; what is
 * waited for is the answer itself, which the limit alone can bring about. The cases of a group run
 * at the same time, each with a service of its own.
 */

#define EVENT_HEAD "header Content-Type: text/event-stream\nhead\n"
#define BEGUN "message_start\nblock_start text\ndelta a\n"
#define REST "block_stop\nmessage_delta end_turn\nmessage_stop"
#define UNARY "json {\"type\":\"message\"}"
#define OVERLOADED "error 529 overloaded_error busy"

/* More than a limit of one second. */
#define LATER "wait 1300\n"

/* A limit of one second ends so close to the second in which an endpoint is tried again that
 * either may happen. */
#define ONCE_OR_TWICE G_MAXUINT

#define N_ENDPOINTS 3

/* Longer than what two limits of a second take on a busy machine, shorter than any other limit. */
#define LIMITS_MAX (8 * G_USEC_PER_SEC)

/* In place of a script: nobody takes up the connection. */
#define BLACK_HOLE "(black hole)"

typedef struct
{
  const char *name;
  const char *scripts[N_ENDPOINTS]; /* NULL for an endpoint that is well */
  guint n_requests[N_ENDPOINTS];    /* how often each was asked */
  const char *request;
  const char *headers;
  const char *key;      /* (nullable): the setting under `proxy` that is one second */
  const char *timeouts; /* (nullable): members of the first endpoint */
  const char *endpoint; /* (nullable): who answers; NULL for a 503 */
  QccRawEnd end;
  const char *tail; /* (nullable): what the body has in it */
} Case;

/* First byte: head and first event. */
static const Case first_byte_cases[] = {
  { "no-head", { "stall" }, { ONCE_OR_TWICE, 1 }, QCC_STREAM_REQUEST, .key = "first-byte-timeout", .endpoint = "two" },
  { "half-head", { "half_head\nstall" }, { ONCE_OR_TWICE, 1 }, QCC_STREAM_REQUEST, .key = "first-byte-timeout", .endpoint = "two" },
  { "head-but-no-event", { EVENT_HEAD "stall" }, { ONCE_OR_TWICE, 1 }, QCC_STREAM_REQUEST, .key = "first-byte-timeout", .endpoint = "two" },
  { "informational-is-none", { "informational 103 Link: </x>\nstall" }, { ONCE_OR_TWICE, 1 }, QCC_STREAM_REQUEST, .key = "first-byte-timeout", .endpoint = "two" },
  { "held-ping-is-life", { "ping\n" LATER "say hello" }, { 1 }, QCC_STREAM_REQUEST, .key = "first-byte-timeout", .endpoint = "one" },
  { "not-for-unary", { LATER UNARY }, { 1 }, QCC_UNARY_REQUEST, .key = "first-byte-timeout", .endpoint = "one" },
  { "endpoint", { "stall" }, { ONCE_OR_TWICE, 1 }, QCC_STREAM_REQUEST, .timeouts = "\"first_byte\":1", .endpoint = "two" },
  { "endpoint-longer", { LATER "say hello" }, { 1 }, QCC_STREAM_REQUEST, .key = "first-byte-timeout", .timeouts = "\"first_byte\":20", .endpoint = "one" },
};

/* Without streaming: the client's own limit less 10 s. */
static const Case unary_cases[] = {
  { "stainless", { "stall" }, { ONCE_OR_TWICE, 1 }, QCC_UNARY_REQUEST, "X-Stainless-Timeout: 11\r\n", .endpoint = "two" },
  { "in-time", { UNARY }, { 1 }, QCC_UNARY_REQUEST, "X-Stainless-Timeout: 11\r\n", .endpoint = "one" },
  { "not-for-stream", { LATER "say hello" }, { 1 }, QCC_STREAM_REQUEST, "X-Stainless-Timeout: 11\r\n", .endpoint = "one" },
  { "below-margin", { LATER UNARY }, { 1 }, QCC_UNARY_REQUEST, "X-Stainless-Timeout: 10\r\n", .endpoint = "one" },
};

/* Idle before commit: the next endpoint may still answer. */
static const Case idle_cases[] = {
  { "held-ping-then-silence", { "message_start\nping\nstall" }, { ONCE_OR_TWICE, 1 }, QCC_STREAM_REQUEST, .key = "idle-timeout", .endpoint = "two" },
  { "half-an-error", { "status 500\ncontent_length 100\nbody {\nstall" }, { ONCE_OR_TWICE, 1 }, QCC_STREAM_REQUEST, .key = "idle-timeout", .endpoint = "two" },
  { "half-a-document", { "header Content-Type: application/json\ncontent_length 100\nbody {\nstall" }, { ONCE_OR_TWICE, 1 }, QCC_UNARY_REQUEST, .key = "idle-timeout", .endpoint = "two" },
  { "not-before-the-first-byte", { LATER "say hello" }, { 1 }, QCC_STREAM_REQUEST, .key = "idle-timeout", .endpoint = "one" },
  { "endpoint", { "ping\nstall" }, { ONCE_OR_TWICE, 1 }, QCC_STREAM_REQUEST, .timeouts = "\"idle\":1", .endpoint = "two" },
};

/* Idle after commit: the ends of spec 2.6, and pings that keep a stream alive. */
static const Case committed_cases[] = {
  { "error-event", { BEGUN "stall" }, { 1 }, QCC_STREAM_REQUEST, .key = "idle-timeout", .endpoint = "one", .tail = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"" },
  { "after-tool", { "message_start\ntool_block Read {}\nstall" }, { 1 }, QCC_STREAM_REQUEST, .key = "idle-timeout", .endpoint = "one", .end = QCC_RAW_END_CUT },
  { "after-stop-reason", { "message_start\ntext_block a\nmessage_delta end_turn\nstall" }, { 1 }, QCC_STREAM_REQUEST, .key = "idle-timeout", .endpoint = "one", .tail = "event: message_stop" },
  { "unary", { "content_length 4000000\nheader Content-Type: application/json\nbytes 2000000\nstall" }, { 1 }, QCC_UNARY_REQUEST, .key = "idle-timeout", .endpoint = "one", .end = QCC_RAW_END_RESET },
  { "pings-are-life", { BEGUN "repeat 5\nwait 400\nping\nend\n" REST }, { 1 }, QCC_STREAM_REQUEST, .key = "idle-timeout", .endpoint = "one", .tail = "event: message_stop" },
};

static const Case connect_cases[] = {
  { "setting", { BLACK_HOLE }, { 0, 1 }, QCC_STREAM_REQUEST, .key = "connect-timeout", .endpoint = "two" },
  { "endpoint", { BLACK_HOLE }, { 0, 1 }, QCC_STREAM_REQUEST, .timeouts = "\"connect\":1", .endpoint = "two" },
  { "endpoint-not-for-the-answer", { LATER "say hello" }, { 1 }, QCC_STREAM_REQUEST, .timeouts = "\"connect\":1", .endpoint = "one" },
};

/* No new attempt begins after it; one that runs keeps its own limits. */
static const Case exchange_cases[] = {
  { "no-new-attempt", { LATER OVERLOADED }, { 1 }, QCC_STREAM_REQUEST, .key = "exchange-timeout" },
  { "running-attempt-goes-on", { LATER "say hello" }, { 1 }, QCC_STREAM_REQUEST, .key = "exchange-timeout", .endpoint = "one" },
  { "running-stream-goes-on", { BEGUN LATER REST }, { 1 }, QCC_STREAM_REQUEST, .key = "exchange-timeout", .endpoint = "one" },
  { "begun-in-time", { "wait 200\n" OVERLOADED, LATER "say hello" }, { 1, 1 }, QCC_STREAM_REQUEST, .key = "exchange-timeout", .endpoint = "two" },
  /* The second try at one endpoint is a new attempt too. */
  { "no-second-try", { "wait 600\n" OVERLOADED, "wait 700\nreset" }, { 1, 1 }, QCC_STREAM_REQUEST, .key = "exchange-timeout" },
};

/* The same endpoint once more only if it failed within a second of sending (spec 4.1). */
static const Case again_cases[] = {
  { "at-once", { "reset" }, { 2, 1 }, QCC_STREAM_REQUEST, .endpoint = "two" },
  { "within-a-second", { "wait 300\nreset" }, { 2, 1 }, QCC_STREAM_REQUEST, .endpoint = "two" },
  { "not-after-a-second", { "wait 1200\nreset" }, { 1, 1 }, QCC_STREAM_REQUEST, .endpoint = "two" },
  { "each-endpoint", { "reset", "error 500 api_error oops" }, { 2, 2, 1 }, QCC_STREAM_REQUEST, .endpoint = "three" },
};

/* A port on which nobody ever takes up the connection: its queue is full. */
typedef struct
{
  GSocket *listener;
  GSocket *callers[4];
  guint16 port;
} BlackHole;

static void
black_hole_init (BlackHole *self)
{
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  self->listener = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  g_socket_set_listen_backlog (self->listener, 0);
  g_assert_true (g_socket_bind (self->listener, any, FALSE, NULL));
  g_assert_true (g_socket_listen (self->listener, NULL));
  bound = g_socket_get_local_address (self->listener, NULL);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));

  for (gsize i = 0; i < G_N_ELEMENTS (self->callers); i++)
    {
      self->callers[i] = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
      g_socket_set_blocking (self->callers[i], FALSE);
      g_socket_connect (self->callers[i], bound, NULL, NULL);
    }
  g_assert_true (g_socket_condition_timed_wait (self->callers[0], G_IO_OUT, 10 * G_USEC_PER_SEC, NULL, NULL));
}

static void
black_hole_clear (BlackHole *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->callers); i++)
    g_clear_object (&self->callers[i]);
  g_clear_object (&self->listener);
}

typedef struct
{
  const Case *test;
  QccProxyFixture *fixture;
  BlackHole hole;
  GThread *thread;
} Run;

static int n_running; /* atomic */

static void
check_answer (const Case *test,
              const QccRawAnswer *answer)
{
  g_autofree char *endpoint = qcc_raw_answer_get_header (answer, "x-qcc-endpoint");

  g_assert_cmpuint (answer->status, ==, test->endpoint != NULL ? 200 : 503);
  g_assert_cmpstr (endpoint, ==, test->endpoint);
  g_assert_cmpint (answer->end, ==, test->end);
  if (test->tail != NULL)
    g_assert_nonnull (strstr (answer->body->str, test->tail));
  if (test->tail == NULL || !g_str_has_prefix (test->tail, "event: error"))
    g_assert_null (strstr (answer->body->str, "event: error"));
}

static gpointer
client_thread (gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (QccRawClient) client = qcc_proxy_fixture_connect (run->fixture);
  gint64 before = g_get_monotonic_time ();
  gint64 elapsed;
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", run->test->headers != NULL ? run->test->headers : "", run->test->request);
  answer = qcc_raw_client_read_answer (client);
  elapsed = g_get_monotonic_time () - before;
  g_test_message ("%s", run->test->name);
  check_answer (run->test, answer);
  /* A connection that is not taken up is waited for as long as the limit says. */
  if (run->hole.listener != NULL)
    g_assert_cmpint (elapsed, >=, G_USEC_PER_SEC);
  g_assert_cmpint (elapsed, <, LIMITS_MAX);

  g_atomic_int_add (&n_running, -1);
  g_main_context_wakeup (NULL);

  return NULL;
}

static char *
describe_first (Run *run,
                const char *more)
{
  if (run->hole.listener == NULL)
    return qcc_proxy_fixture_describe_endpoint (run->fixture, 0, more);

  return g_strdup_printf ("{\"id\":\"one\",\"base_url\":\"http://127.0.0.1:%u\"%s}", run->hole.port, more);
}

static void
run_init (Run *run,
          const Case *test)
{
  g_autofree char *more = test->timeouts != NULL ? g_strdup_printf (",\"timeouts\":{%s}", test->timeouts) : g_strdup ("");
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;
  g_autofree char *three = NULL;
  g_autofree char *profiles = NULL;

  run->test = test;
  run->fixture = qcc_proxy_fixture_new (N_ENDPOINTS);
  if (test->key != NULL)
    qcc_proxy_fixture_set_int (run->fixture, "proxy", test->key, 1);
  for (guint i = 0; i < N_ENDPOINTS; i++)
    {
      if (g_strcmp0 (test->scripts[i], BLACK_HOLE) == 0)
        black_hole_init (&run->hole);
      else if (test->scripts[i] != NULL)
        qcc_proxy_fixture_script (run->fixture, i, test->scripts[i]);
    }

  one = describe_first (run, more);
  two = qcc_proxy_fixture_describe_endpoint (run->fixture, 1, "");
  three = qcc_proxy_fixture_describe_endpoint (run->fixture, 2, "");
  profiles = g_strdup_printf ("{\"version\":1,\"default\":\"main\",\"profiles\":[{\"name\":\"main\",\"strategy\":\"failover\",\"endpoints\":[%s,%s,%s]}]}",
                              one, two, three);
  qcc_proxy_fixture_start_with_profiles (run->fixture, profiles);
}

static void
run_check (Run *run)
{
  const Case *test = run->test;

  g_test_message ("%s", test->name);
  qcc_proxy_fixture_wait_records (run->fixture, 1);
  for (guint i = 0; i < N_ENDPOINTS; i++)
    {
      guint n = qcc_fake_provider_get_n_requests (run->fixture->providers[i]);

      if (test->n_requests[i] == ONCE_OR_TWICE)
        g_assert_true (n == 1 || n == 2);
      else
        g_assert_cmpuint (n, ==, test->n_requests[i]);
    }

  /* What was given up is closed, at once. */
  if (test->scripts[0] != NULL && g_str_has_suffix (test->scripts[0], "stall"))
    g_assert_true (qcc_fake_provider_wait_open (run->fixture->providers[0], 0, 10000));
}

static void
run_group (const Case *cases,
           gsize n_cases)
{
  g_autofree Run *runs = g_new0 (Run, n_cases);

  for (gsize i = 0; i < n_cases; i++)
    run_init (&runs[i], &cases[i]);

  g_atomic_int_set (&n_running, (int) n_cases);
  for (gsize i = 0; i < n_cases; i++)
    runs[i].thread = g_thread_new (cases[i].name, client_thread, &runs[i]);
  while (g_atomic_int_get (&n_running) > 0)
    g_main_context_iteration (NULL, TRUE);

  for (gsize i = 0; i < n_cases; i++)
    {
      g_thread_join (runs[i].thread);
      run_check (&runs[i]);
      qcc_proxy_fixture_free (runs[i].fixture);
      black_hole_clear (&runs[i].hole);
    }
}

static void
test_first_byte (void)
{
  run_group (first_byte_cases, G_N_ELEMENTS (first_byte_cases));
}

static void
test_unary (void)
{
  run_group (unary_cases, G_N_ELEMENTS (unary_cases));
}

static void
test_idle (void)
{
  run_group (idle_cases, G_N_ELEMENTS (idle_cases));
}

static void
test_committed (void)
{
  run_group (committed_cases, G_N_ELEMENTS (committed_cases));
}

static void
test_connect (void)
{
  run_group (connect_cases, G_N_ELEMENTS (connect_cases));
}

static void
test_exchange (void)
{
  run_group (exchange_cases, G_N_ELEMENTS (exchange_cases));
}

static void
test_again (void)
{
  run_group (again_cases, G_N_ELEMENTS (again_cases));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy/limits/first-byte", test_first_byte);
  g_test_add_func ("/proxy/limits/unary", test_unary);
  g_test_add_func ("/proxy/limits/idle", test_idle);
  g_test_add_func ("/proxy/limits/idle-after-commit", test_committed);
  g_test_add_func ("/proxy/limits/connect", test_connect);
  g_test_add_func ("/proxy/limits/exchange", test_exchange);
  g_test_add_func ("/proxy/limits/same-endpoint", test_again);

  return g_test_run ();
}
