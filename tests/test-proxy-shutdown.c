/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/* The service ends: it takes nothing new, lets answers finish for a bounded time, and cuts the rest. */

#define BEGUN "message_start\nblock_start text\ndelta word\n"
#define REST "block_stop\nmessage_delta end_turn\nmessage_stop"

#define SHORT_GRACE 1
#define LONG_GRACE 300 /* longer than any test */

static gboolean stopped;

static void
on_stopped (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  qcc_service_stop_finish (QCC_SERVICE (source), result);
  stopped = TRUE;
}

static gboolean
on_stop (gpointer user_data)
{
  QccProxyFixture *fixture = user_data;

  qcc_service_stop_async (fixture->service, on_stopped, NULL);

  return G_SOURCE_REMOVE;
}

static gboolean
is_refused (guint16 port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_client_set_proxy_resolver (client, NULL);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error);

  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

/* For the client's thread: returns when the port is closed. */
static void
stop (QccProxyFixture *fixture)
{
  guint16 port = qcc_service_get_port (fixture->service);
  gint64 limit = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  g_main_context_invoke (NULL, on_stop, fixture);
  while (!is_refused (port))
    g_assert_cmpint (g_get_monotonic_time (), <, limit);
}

static void
run (const char *script,
     guint grace,
     QccProxyTest test,
     guint n_records)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  stopped = FALSE;
  fixture->stop_grace = grace;
  qcc_proxy_fixture_script (fixture, 0, script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, test);
  while (!stopped)
    g_main_context_iteration (NULL, TRUE);
  qcc_proxy_fixture_wait_records (fixture, n_records);
}

static QccRawAnswer *
begin_stream (QccRawClient *client)
{
  QccRawAnswer *answer;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  answer = qcc_raw_client_read_head (client);
  qcc_raw_client_read_until (client, answer, "word");

  return answer;
}

/* An answer that is under way comes to its end, and the connection to its own. */
static void
client_reads_on (QccProxyFixture *fixture,
                 QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = begin_stream (client);

  stop (fixture);
  qcc_fake_provider_release (fixture->providers[0], "rest");
  qcc_raw_client_read_rest (client, answer);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_nonnull (strstr (answer->body->str, "event: message_stop"));
  g_assert_true (qcc_raw_client_is_closed (client));
}

static void
test_running (void)
{
  run (BEGUN "hold rest\n" REST, LONG_GRACE, client_reads_on, 1);
}

static void
client_is_cut (QccProxyFixture *fixture,
               QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = begin_stream (client);

  stop (fixture);
  qcc_raw_client_read_rest (client, answer);
  g_assert_cmpint (answer->end, !=, QCC_RAW_END_COMPLETE);
  g_assert_true (qcc_fake_provider_wait_open (fixture->providers[0], 0, 10000));
}

static void
test_stalled (void)
{
  run (BEGUN "stall", SHORT_GRACE, client_is_cut, 1);
}

/* Nothing of an answer was sent yet. */
static void
client_is_cut_before_head (QccProxyFixture *fixture,
                           QccRawClient *client)
{
  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  g_assert_true (qcc_fake_provider_wait_gate (fixture->providers[0], "never", 10000));
  stop (fixture);
  g_assert_null (qcc_raw_client_read_answer (client));
  g_assert_true (qcc_fake_provider_wait_open (fixture->providers[0], 0, 10000));
}

static void
test_before_head (void)
{
  run ("hold never", SHORT_GRACE, client_is_cut_before_head, 1);
}

/* A body that never ends does not hold up the end. */
static void
client_is_cut_in_body (QccProxyFixture *fixture,
                       QccRawClient *client)
{
  g_autoptr (QccRawClient) other = qcc_proxy_fixture_connect (fixture);
  g_autoptr (QccRawAnswer) health = NULL;

  qcc_raw_client_send (client, "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{", -1);
  qcc_raw_client_send (other, "GET /qcc/health HTTP/1.1\r\nHost: localhost\r\n\r\n", -1);
  health = qcc_raw_client_read_answer (other);
  g_assert_cmpuint (health->status, ==, 200);
  stop (fixture);
  g_assert_null (qcc_raw_client_read_answer (client));
}

static void
test_in_body (void)
{
  run ("say hello", SHORT_GRACE, client_is_cut_in_body, 2);
}

/* Connections that wait for a next request, after a stream and after a document, are closed. */
static void
client_is_idle (QccProxyFixture *fixture,
                QccRawClient *client)
{
  g_autoptr (QccRawClient) other = qcc_proxy_fixture_connect (fixture);
  g_autoptr (QccRawAnswer) stream = NULL;
  g_autoptr (QccRawAnswer) document = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  stream = qcc_raw_client_read_answer (client);
  qcc_raw_client_post (other, "/v1/messages", "", QCC_UNARY_REQUEST);
  document = qcc_raw_client_read_answer (other);
  g_assert_cmpuint (stream->status, ==, 200);
  g_assert_cmpuint (document->status, ==, 200);
  stop (fixture);
  g_assert_true (qcc_raw_client_is_closed (client));
  g_assert_true (qcc_raw_client_is_closed (other));
}

static void
test_idle (void)
{
  run ("auto hello", LONG_GRACE, client_is_idle, 2);
}

/* One that asks again while others still run hears why not. */
static void
client_asks_again (QccProxyFixture *fixture,
                   QccRawClient *client)
{
  g_autoptr (QccRawClient) other = qcc_proxy_fixture_connect (fixture);
  g_autoptr (QccRawAnswer) health = NULL;
  g_autoptr (QccRawAnswer) answer = begin_stream (client);
  g_autoptr (QccRawAnswer) refusal = NULL;

  qcc_raw_client_send (other, "GET /qcc/health HTTP/1.1\r\nHost: localhost\r\n\r\n", -1);
  health = qcc_raw_client_read_answer (other);
  g_assert_cmpuint (health->status, ==, 200);
  stop (fixture);

  qcc_raw_client_post (other, "/v1/messages", "", QCC_STREAM_REQUEST);
  refusal = qcc_raw_client_read_answer (other);
  g_assert_cmpuint (refusal->status, ==, 503);
  g_assert_nonnull (strstr (refusal->body->str, "\"api_error\""));
  g_assert_true (qcc_raw_client_is_closed (other));

  qcc_fake_provider_release (fixture->providers[0], "rest");
  qcc_raw_client_read_rest (client, answer);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
}

static void
test_asks_again (void)
{
  run (BEGUN "hold rest\n" REST, LONG_GRACE, client_asks_again, 2);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy/shutdown/running-stream-finishes", test_running);
  g_test_add_func ("/proxy/shutdown/stalled-stream-is-cut", test_stalled);
  g_test_add_func ("/proxy/shutdown/before-head", test_before_head);
  g_test_add_func ("/proxy/shutdown/in-body", test_in_body);
  g_test_add_func ("/proxy/shutdown/idle-connections", test_idle);
  g_test_add_func ("/proxy/shutdown/next-request", test_asks_again);

  return g_test_run ();
}
