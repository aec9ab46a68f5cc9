/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

#include <glib/gstdio.h>

/* Bodies byte for byte in both directions, the model map, and how connections go on (spec 2.2, 2.11). */

#define STREAM_HEAD "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n"

static const gsize sizes[] = { 0, 1, 8191, 8192, 8193, 65535, 65536, 65537, 1024 * 1024 + 1, 5 * 1024 * 1024 };

static GBytes *
create_noise (gsize size)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) size);
  gsize n_words = size / sizeof (guint32) + 1;
  guint32 *data = g_new (guint32, n_words);

  for (gsize i = 0; i < n_words; i++)
    data[i] = g_rand_int (rand);

  return g_bytes_new_take (data, size);
}

static void
set_script (QccProxyFixture *fixture,
            const char *path,
            const char *script)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (fixture->providers[0], path, script, &error);
  g_assert_no_error (error);
}

static void
assert_seen_body (QccProxyFixture *fixture,
                  gconstpointer data,
                  gsize length)
{
  guint n = qcc_fake_provider_get_n_requests (fixture->providers[0]);
  g_autoptr (QccFakeRequest) seen = qcc_fake_provider_get_request (fixture->providers[0], n - 1);

  g_assert_cmpuint (seen->body_length, ==, length);
  g_assert_true (length == 0 || memcmp (g_bytes_get_data (seen->body, NULL), data, length) == 0);
}

static void
assert_complete (const QccRawAnswer *answer,
                 const char *needle)
{
  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_nonnull (strstr (answer->body->str, needle));
}

/* Requests. */

static void
send_with_length (QccRawClient *client,
                  const char *path,
                  const char *data,
                  gsize length)
{
  g_autofree char *head = g_strdup_printf ("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n", path, length);

  qcc_raw_client_send (client, head, -1);
  if (length > 0)
    qcc_raw_client_send (client, data, (gssize) length);
}

/* Chunks of growing size, with an extension that nobody needs to know. */
static void
send_chunked (QccRawClient *client,
              const char *path,
              const char *data,
              gsize length)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gsize chunk = 1;

  g_string_append_printf (text, "POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", path);
  for (gsize done = 0; done < length; done += chunk, chunk = MIN (chunk * 3, length - done))
    {
      g_string_append_printf (text, "%" G_GSIZE_MODIFIER "x;a=b\r\n", chunk);
      g_string_append_len (text, data + done, (gssize) chunk);
      g_string_append (text, "\r\n");
    }
  g_string_append (text, "0\r\n\r\n");
  qcc_raw_client_send (client, text->str, (gssize) text->len);
}

static void
client_sends_bodies (QccProxyFixture *fixture,
                     QccRawClient *client)
{
  const char *const paths[] = { "/v1/messages", "/v1/files" };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes) * 4; i++)
    {
      g_autoptr (GBytes) noise = create_noise (sizes[i / 4]);
      gsize length;
      const char *data = g_bytes_get_data (noise, &length);
      g_autoptr (QccRawAnswer) answer = NULL;

      if (i % 4 < 2)
        send_with_length (client, paths[i % 2], data, length);
      else
        send_chunked (client, paths[i % 2], data, length);
      answer = qcc_raw_client_read_answer (client);
      assert_complete (answer, "fine");
      assert_seen_body (fixture, data, length);
    }
}

static void
test_requests (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  set_script (fixture, "/v1/messages", "json {\"fine\":1}");
  set_script (fixture, "/v1/files", "json {\"fine\":1}");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_sends_bodies);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, G_N_ELEMENTS (sizes) * 4);
}

/* Answers. */

static GBytes *expected_answer;

static void
client_reads_body (QccProxyFixture *fixture,
                   QccRawClient *client)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (expected_answer, &length);
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_send (client, "GET /v1/files/x HTTP/1.1\r\nHost: localhost\r\n\r\n", -1);
  answer = qcc_raw_client_read_answer (client);
  assert_complete (answer, "");
  g_assert_cmpuint (answer->body->len, ==, length);
  g_assert_true (length == 0 || memcmp (answer->body->str, data, length) == 0);
}

static void
test_answers (gconstpointer framing)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
  g_autofree char *path = g_build_filename (fixture->directory, "body", NULL);

  qcc_proxy_fixture_start (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) noise = create_noise (sizes[i]);
      g_autofree char *script = g_strdup_printf ("header Content-Type: application/octet-stream\nframing %s\nfile %s", (const char *) framing, path);
      g_autoptr (GError) error = NULL;
      gsize length;
      const char *data = g_bytes_get_data (noise, &length);

      g_file_set_contents (path, data, (gssize) length, &error);
      g_assert_no_error (error);
      set_script (fixture, "/v1/files/x", script);
      expected_answer = noise;
      qcc_proxy_fixture_run (fixture, client_reads_body);
    }
  g_unlink (path);
}

/* A stream that comes faster than it is read, so that more waits behind a full buffer (spec 2.4). */
static void
test_fast_stream (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
  g_autofree char *path = g_build_filename (fixture->directory, "body", NULL);
  g_autofree char *script = g_strconcat ("header Content-Type: text/event-stream\nfile ", path, NULL);
  g_autoptr (GString) events = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 40000; i++)
    g_string_append_printf (events, "event: other\ndata: {\"type\":\"other\",\"n\":%u}\n\n", i);
  g_file_set_contents (path, events->str, (gssize) events->len, &error);
  g_assert_no_error (error);
  bytes = g_bytes_new_static (events->str, events->len);
  expected_answer = bytes;
  set_script (fixture, "/v1/files/x", script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_reads_body);
  g_unlink (path);
}

/* A compressed answer passes undecoded (spec 2.11): the client gets what the provider sends. */

static const char *current_coding;

static QccRawAnswer *
ask_encoded (QccRawClient *client)
{
  qcc_raw_client_post (client, "/v1/messages", "x-api-key: key-of-one\r\n", QCC_STREAM_REQUEST);

  return qcc_raw_client_read_answer (client);
}

static void
client_reads_encoded (QccProxyFixture *fixture,
                      QccRawClient *client)
{
  g_autoptr (QccRawClient) direct = qcc_raw_client_new ("127.0.0.1", qcc_fake_provider_get_port (fixture->providers[0]));
  g_autoptr (QccRawAnswer) original = ask_encoded (direct);
  g_autoptr (QccRawAnswer) answer = ask_encoded (client);
  g_autofree char *coding = qcc_raw_answer_get_header (answer, "Content-Encoding");

  assert_complete (answer, "");
  g_assert_cmpstr (coding, ==, current_coding);
  g_assert_cmpuint (original->body->len, >, 10);
  g_assert_cmpmem (answer->body->str, answer->body->len, original->body->str, original->body->len);
}

static void
test_encoded (gconstpointer coding)
{
  const char *const bodies[] = {
    "json {\"type\":\"message\",\"content\":[]}",
    "header Content-Type: text/event-stream\n"
    "body event: message_start\\ndata: {\"type\":\"message_start\",\"message\":{}}\\n\\n\n"
    "body event: content_block_start\\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\"}}\\n\\n\n"
    "body event: message_delta\\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\\n\\n\n"
    "body event: message_stop\\ndata: {\"type\":\"message_stop\"}\\n\\n",
  };

  current_coding = coding;
  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
      g_autofree char *script = g_strdup_printf ("encode %s\n%s", current_coding, bodies[i]);

      qcc_proxy_fixture_script (fixture, 0, script);
      qcc_proxy_fixture_start (fixture);
      qcc_proxy_fixture_run (fixture, client_reads_encoded);
    }
}

/* The model map changes one value and no other byte (spec 2.2, 1.1). */

static const struct
{
  const char *sent;
  const char *expected;
} maps[] = {
  { "{\"model\":\"claude-opus-4\",\"max_tokens\":1}", "{\"model\":\"first\",\"max_tokens\":1}" },
  { " {\n\t\"x\" : [ 1.0, {\"model\":\"claude-opus-4\"} ] ,\r\n\"model\"  :\t\"claude-opus-4\" , \"\\u0061\":\"\\/\"}\n",
    " {\n\t\"x\" : [ 1.0, {\"model\":\"claude-opus-4\"} ] ,\r\n\"model\"  :\t\"first\" , \"\\u0061\":\"\\/\"}\n" },
  { "{\"model\":\"claude-x\"}", "{\"model\":\"se\\\"cond\"}" },
  { "{\"model\":\"claude\\u002dx\"}", "{\"model\":\"se\\\"cond\"}" },
  { "{\"model\":\"other\"}", "{\"model\":\"other\"}" },
  { "{\"model\":\"xclaude-x\"}", "{\"model\":\"xclaude-x\"}" },
  { "{\"model\":\"other\",\"model\":\"claude-x\"}", "{\"model\":\"other\",\"model\":\"se\\\"cond\"}" },
  { "{\"model\":7}", "{\"model\":7}" },
  { "{\"messages\":[{\"model\":\"claude-x\"}]}", "{\"messages\":[{\"model\":\"claude-x\"}]}" },
};

static void
client_sends_models (QccProxyFixture *fixture,
                     QccRawClient *client)
{
  for (gsize i = 0; i < G_N_ELEMENTS (maps); i++)
    {
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_raw_client_post (client, "/v1/messages", "", maps[i].sent);
      answer = qcc_raw_client_read_answer (client);
      /* The answer's name of the model is not rewritten. */
      assert_complete (answer, "{\"model\":\"claude-opus-4\"}");
      assert_seen_body (fixture, maps[i].expected, strlen (maps[i].expected));
    }
}

static void
test_model_map (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
  g_autofree char *endpoint = qcc_proxy_fixture_describe_endpoint (fixture, 0,
                                                                   ",\"models\":{\"claude-opus-*\":\"first\",\"claude-*\":\"se\\\"cond\",\"claude-opus-4\":\"third\"}");
  g_autofree char *profiles = g_strdup_printf ("{\"version\":1,\"profiles\":[{\"name\":\"main\",\"endpoints\":[%s]}]}", endpoint);

  qcc_proxy_fixture_script (fixture, 0, "json {\"model\":\"claude-opus-4\"}");
  qcc_proxy_fixture_start_with_profiles (fixture, profiles);
  qcc_proxy_fixture_run (fixture, client_sends_models);
}

/* Expect: the client is told to go on, the provider is not asked (spec 2.11). */
static void
client_expects (QccProxyFixture *fixture,
                QccRawClient *client)
{
  g_autoptr (QccRawAnswer) go_on = NULL;
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autoptr (QccFakeRequest) seen = NULL;

  qcc_raw_client_send (client, STREAM_HEAD "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", -1);
  go_on = qcc_raw_client_read_head (client);
  g_assert_cmpuint (go_on->status, ==, 100);
  qcc_raw_client_send (client, "{}", -1);
  answer = qcc_raw_client_read_answer (client);
  assert_complete (answer, "hello");
  assert_seen_body (fixture, "{}", 2);
  seen = qcc_fake_provider_get_request (fixture->providers[0], 0);
  g_assert_null (qcc_fake_request_get_header (seen, "Expect"));
}

/* 1xx from upstream is no answer, and does not reach the client. */
static void
client_sees_no_information (QccProxyFixture *fixture,
                            QccRawClient *client)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_raw_client_post (client, "/v1/messages", "", i == 0 ? QCC_UNARY_REQUEST : QCC_STREAM_REQUEST);
      answer = qcc_raw_client_read_answer (client);
      assert_complete (answer, "claude-test");
      g_assert_null (strstr (answer->head, "early"));
    }
}

/* Keep-alive: unary answers and streams in turn, on one connection on each side (spec 2.11, 2.12). */
static void
client_keeps_connection (QccProxyFixture *fixture,
                         QccRawClient *client)
{
  for (guint i = 0; i < 12; i++)
    {
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_raw_client_post (client, "/v1/messages", "", i % 3 == 0 ? QCC_UNARY_REQUEST : QCC_STREAM_REQUEST);
      answer = qcc_raw_client_read_answer (client);
      assert_complete (answer, "claude-test");
    }
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[0]), ==, 1);
}

static void
client_pipelines (QccProxyFixture *fixture,
                  QccRawClient *client)
{
  g_autofree char *body = g_strdup_printf ("Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s", strlen (QCC_UNARY_REQUEST), QCC_UNARY_REQUEST);
  g_autofree char *both = g_strconcat (STREAM_HEAD, body, "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n", STREAM_HEAD, body, NULL);
  g_autoptr (QccRawAnswer) first = NULL;
  g_autoptr (QccRawAnswer) second = NULL;
  g_autoptr (QccRawAnswer) third = NULL;

  qcc_raw_client_send (client, both, -1);
  first = qcc_raw_client_read_answer (client);
  assert_complete (first, "claude-test");
  second = qcc_raw_client_read_answer (client);
  assert_complete (second, "claude-fake-1");
  third = qcc_raw_client_read_answer (client);
  assert_complete (third, "claude-test");
}

/* Behind a stream the next request may be lost; then the answer says so before it ends. */
static void
client_pipelines_stream (QccProxyFixture *fixture,
                         QccRawClient *client)
{
  g_autofree char *both = g_strdup_printf (STREAM_HEAD "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%sGET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                           strlen (QCC_STREAM_REQUEST), QCC_STREAM_REQUEST);
  g_autoptr (QccRawAnswer) first = NULL;
  g_autofree char *connection = NULL;

  qcc_raw_client_send (client, both, -1);
  first = qcc_raw_client_read_answer (client);
  assert_complete (first, "claude-test");
  connection = qcc_raw_answer_get_header (first, "Connection");
  g_assert_cmpstr (connection, ==, "close");
  g_assert_true (qcc_raw_client_is_closed (client));
}

/* Answers to an HTTP/1.0 client have no chunks and end with the connection, as do those to one that says close. */
static void
ask_once (QccProxyFixture *fixture,
          const char *version,
          const char *headers,
          const char *body)
{
  g_autoptr (QccRawClient) client = qcc_proxy_fixture_connect (fixture);
  g_autofree char *request = g_strdup_printf ("POST /v1/messages HTTP/%s\r\n%sContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                                              version, headers, strlen (body), body);
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autofree char *coding = NULL;

  qcc_raw_client_send (client, request, -1);
  answer = qcc_raw_client_read_answer (client);
  assert_complete (answer, "claude-test");
  coding = qcc_raw_answer_get_header (answer, "Transfer-Encoding");
  g_assert_true (coding == NULL || g_str_equal (version, "1.1"));
  g_assert_true (qcc_raw_client_is_closed (client));
}

static void
clients_ask_once (QccProxyFixture *fixture,
                  QccRawClient *client)
{
  ask_once (fixture, "1.0", "", QCC_STREAM_REQUEST);
  ask_once (fixture, "1.0", "Host: localhost\r\n", QCC_UNARY_REQUEST);
  ask_once (fixture, "1.1", "Host: localhost\r\nConnection: close\r\n", QCC_STREAM_REQUEST);
  ask_once (fixture, "1.1", "Host: localhost\r\nConnection: Close\r\n", QCC_UNARY_REQUEST);
  /* A unary answer of unknown length is framed by us. */
  set_script (fixture, "/v1/messages", "header Content-Type: application/json\nbody {\"model\":\"claude-test\"}");
  ask_once (fixture, "1.0", "", QCC_UNARY_REQUEST);
  ask_once (fixture, "1.1", "Host: localhost\r\nConnection: close\r\n", QCC_UNARY_REQUEST);
}

typedef struct
{
  const char *name;
  const char *script;
  QccProxyTest test;
} Connection;

static const Connection connections[] = {
  { "expect", "auto hello", client_expects },
  { "information/103", "informational 103 Link: </early>\ninformational 103 X-Early: early\nauto hello", client_sees_no_information },
  { "information/100", "informational 100\nauto hello", client_sees_no_information },
  { "keep-alive", "auto hello", client_keeps_connection },
  { "pipelined", "auto hello", client_pipelines },
  { "pipelined-stream", "auto hello", client_pipelines_stream },
  { "close", "auto hello", clients_ask_once },
};

static void
test_connection (gconstpointer data)
{
  const Connection *connection = data;
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_script (fixture, 0, connection->script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, connection->test);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy/bodies/requests", test_requests);
  g_test_add_data_func ("/proxy/bodies/answers/length", "length", test_answers);
  g_test_add_data_func ("/proxy/bodies/answers/chunked", "chunked", test_answers);
  g_test_add_data_func ("/proxy/bodies/answers/close", "close", test_answers);
  g_test_add_func ("/proxy/bodies/answers/fast-stream", test_fast_stream);
  g_test_add_data_func ("/proxy/bodies/encoded/gzip", "gzip", test_encoded);
  g_test_add_data_func ("/proxy/bodies/encoded/deflate", "deflate", test_encoded);
  g_test_add_data_func ("/proxy/bodies/encoded/br", "br", test_encoded);
  g_test_add_data_func ("/proxy/bodies/encoded/zstd", "zstd", test_encoded);
  g_test_add_func ("/proxy/bodies/model-map", test_model_map);
  for (gsize i = 0; i < G_N_ELEMENTS (connections); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/connection/", connections[i].name, NULL);

      g_test_add_data_func (path, &connections[i], test_connection);
    }

  return g_test_run ();
}
