/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

/*
 * Any bytes from upstream get a clear end, never a crash, a hang or a leak (spec 16.2), and cost
 * bounded memory (spec 2.4). What a broken answer means is in test-proxy-failover; here are the odd ones.
 */

#define EVENTS "HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\nConnection: close\\r\\n"
#define START "event: message_start\\ndata: {\\\"type\\\":\\\"message_start\\\",\\\"message\\\":{\\\"id\\\":\\\"m\\\"}}\\n\\n"
#define BLOCK "event: content_block_start\\ndata: {\\\"type\\\":\\\"content_block_start\\\",\\\"index\\\":0,\\\"content_block\\\":{\\\"type\\\":\\\"text\\\"}}\\n\\n"
#define JSON "HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\n"

/* @endpoint: who answers */
typedef struct
{
  const char *name;
  const char *script;
  const char *request;
  const char *endpoint;
  QccRawEnd end;
  const char *tail; /* (nullable): is in the body */
} Case;

static const Case cases[] = {
  /* heads */
  { "headers-1-mb", "many_headers 100 10000\nsay hello", QCC_STREAM_REQUEST, "two", QCC_RAW_END_COMPLETE, "message_stop" },
  { "header-1-mb", "many_headers 1 1000000\nsay hello", QCC_STREAM_REQUEST, "two", QCC_RAW_END_COMPLETE, "message_stop" },
  { "header-without-end", "raw HTTP/1.1 200 OK\\r\\nX: \nrepeat 20\ngarbage 60000\nend\nstall", QCC_STREAM_REQUEST, "two", QCC_RAW_END_COMPLETE, "message_stop" },
  { "header-without-colon", "raw " EVENTS "nonsense\\r\\n\\r\\n\nfin", QCC_STREAM_REQUEST, "two", QCC_RAW_END_COMPLETE, "message_stop" },
  { "status-line-only-number", "raw HTTP/1.1 200\\r\\n\\r\\n\nfin", QCC_STREAM_REQUEST, "two", QCC_RAW_END_COMPLETE, "message_stop" },
  { "status-0", "raw HTTP/1.1 000 OK\\r\\nContent-Length: 0\\r\\n\\r\\n\nfin", QCC_STREAM_REQUEST, "two", QCC_RAW_END_COMPLETE, "message_stop" },
  { "status-999", "raw HTTP/1.1 999 Odd\\r\\nContent-Length: 2\\r\\n\\r\\n{}\nfin", QCC_STREAM_REQUEST, "two", QCC_RAW_END_COMPLETE, "message_stop" },
  { "http-9.9", "raw HTTP/9.9 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}\nfin", QCC_STREAM_REQUEST, "two", QCC_RAW_END_COMPLETE, "message_stop" },
  { "switching-protocols", "raw HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: x\\r\\nConnection: Upgrade\\r\\n\\r\\n\nfin", QCC_STREAM_REQUEST, "two", QCC_RAW_END_COMPLETE, "message_stop" },
  { "informational-1000", "repeat 1000\ninformational 102\nend\nsay hello", QCC_STREAM_REQUEST, "one", QCC_RAW_END_COMPLETE, "message_stop" },
  /* framing */
  { "length-larger", "raw " JSON "Content-Length: 100\\r\\n\\r\\n{}\nfin", QCC_UNARY_REQUEST, "two", QCC_RAW_END_COMPLETE, "message" },
  { "length-smaller", "raw " JSON "Content-Length: 2\\r\\n\\r\\n{}HTTP/1.1 200 OK\\r\\n\\r\\n\nfin", QCC_UNARY_REQUEST, "one", QCC_RAW_END_COMPLETE, "{}" },
  { "length-not-a-number", "raw " JSON "Content-Length: x\\r\\n\\r\\n{\nfin", QCC_UNARY_REQUEST, "two", QCC_RAW_END_COMPLETE, "message" },
  { "chunk-size-smaller", "raw " JSON "Transfer-Encoding: chunked\\r\\n\\r\\n1\\r\\n{}\\r\\n0\\r\\n\\r\\n\nfin", QCC_UNARY_REQUEST, "two", QCC_RAW_END_COMPLETE, "message" },
  { "chunk-size-larger", "raw " JSON "Transfer-Encoding: chunked\\r\\n\\r\\nff\\r\\n{}\\r\\n0\\r\\n\\r\\n\nfin", QCC_UNARY_REQUEST, "two", QCC_RAW_END_COMPLETE, "message" },
  { "chunk-size-zz", "raw " JSON "Transfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n{}\\r\\n0\\r\\n\\r\\n\nfin", QCC_UNARY_REQUEST, "two", QCC_RAW_END_COMPLETE, "message" },
  { "chunk-size-overflow", "raw " JSON "Transfer-Encoding: chunked\\r\\n\\r\\nffffffffffffffffff\\r\\n{\\r\\n0\\r\\n\\r\\n\nfin", QCC_UNARY_REQUEST, "two", QCC_RAW_END_COMPLETE, "message" },
  { "chunk-size-lies-after-commit", "raw " EVENTS "Transfer-Encoding: chunked\\r\\n\\r\\nffff\\r\\n" START BLOCK "\nfin", QCC_STREAM_REQUEST, "one", QCC_RAW_END_COMPLETE, "event: error" },
  { "two-answers", "raw " JSON "Content-Length: 2\\r\\n\\r\\n{}" JSON "Content-Length: 2\\r\\n\\r\\n[]", QCC_UNARY_REQUEST, "one", QCC_RAW_END_COMPLETE, "{}" },
  /* events */
  { "after-stop", "say hello\nevent content_block_start {\"late\":1}\nbody more\\n\\n", QCC_STREAM_REQUEST, "one", QCC_RAW_END_COMPLETE, "message_stop" },
  { "cr-only", "raw " EVENTS "\\r\\nevent: message_start\\rdata: {}\\r\\revent: content_block_start\\rdata: {}\\r\\revent: message_delta\\r"
               "data: {\\\"delta\\\":{\\\"stop_reason\\\":\\\"end_turn\\\"}}\\r\\revent: message_stop\\rdata: {}\\r\\r\nfin",
    QCC_STREAM_REQUEST, "one", QCC_RAW_END_COMPLETE, "message_stop" },
  { "bom", "raw " EVENTS "\\r\\n\\357\\273\\277\nbody " START BLOCK "event: message_stop\\ndata: {\\\"type\\\":\\\"message_stop\\\"}\\n\\n\nfin", QCC_STREAM_REQUEST, "one", QCC_RAW_END_COMPLETE, "message_stop" },
  { "100000-pings", "repeat 100000\nbody event: ping\\ndata: {}\\n\\n\nend\ntext_block hello\nmessage_delta end_turn\nmessage_stop", QCC_STREAM_REQUEST, "one", QCC_RAW_END_COMPLETE, "message_stop" },
  { "line-of-5-mb", "message_start\nblock_start text\nbody event: x\\ndata: \nbytes 5000000", QCC_STREAM_REQUEST, "one", QCC_RAW_END_COMPLETE, "event: error" },
  /* Held no longer than 256 KiB (spec 2.5). Never a message, so its end is none that is missing. */
  { "line-of-5-mb-first", "header Content-Type: text/event-stream\nbody event: x\\ndata: \nbytes 5000000", QCC_STREAM_REQUEST, "one", QCC_RAW_END_COMPLETE, "xxxx" },
};

static const Case *current;

static void
assert_answer (const QccRawAnswer *answer,
               const char *expected)
{
  g_autofree char *endpoint = NULL;

  g_assert_nonnull (answer);
  endpoint = qcc_raw_answer_get_header (answer, "x-qcc-endpoint");
  g_assert_cmpstr (endpoint, ==, expected);
  g_assert_cmpuint (answer->status, ==, 200);
}

static void
send_case (QccProxyFixture *fixture,
           QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", current->request);
  answer = qcc_raw_client_read_answer (client);
  assert_answer (answer, current->endpoint);
  g_assert_cmpint (answer->end, ==, current->end);
  if (g_strstr_len (answer->body->str, (gssize) answer->body->len, current->tail) == NULL)
    g_error ("no “%s” in %" G_GSIZE_FORMAT " bytes that end in “%s”", current->tail, answer->body->len,
             answer->body->str + MAX (answer->body->len, 400) - 400);
  /* Nothing of what stood behind the answer is taken for the next one. */
  g_assert_null (g_strstr_len (answer->body->str, (gssize) answer->body->len, "HTTP/1.1"));
}

static void
test_case (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  current = data;
  qcc_proxy_fixture_script (fixture, 0, current->script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, send_case);
  qcc_proxy_fixture_wait_records (fixture, 1);
}

/* libsoup warns when it reads such a length; the answer fails all the same. */
static void
client_goes_on (QccProxyFixture *fixture,
                QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_UNARY_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  assert_answer (answer, "two");
}

static void
test_length_negative (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  for (guint i = 0; i < 2; i++)
    g_test_expect_message ("GLib-GObject", G_LOG_LEVEL_WARNING, "*'content-length'*");
  qcc_proxy_fixture_script (fixture, 0, "raw " JSON "Content-Length: -5\\r\\n\\r\\n{\nfin");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_goes_on);
  qcc_proxy_fixture_wait_records (fixture, 1);
  g_test_assert_expected_messages ();
}

/* The answer comes before the request was read, and the connection ends: a large upload must not hide it. */
static void
client_uploads (QccProxyFixture *fixture,
                QccRawClient *client)
{
  g_autofree char *body = g_strnfill (8 * 1024 * 1024, 'x');
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", body);
  answer = qcc_raw_client_read_answer (client);
  assert_answer (answer, "two");
}

static void
test_early_close (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  qcc_fake_provider_set_close_on_accept (fixture->providers[0], TRUE);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_uploads);
  qcc_proxy_fixture_wait_records (fixture, 1);
}

/* Answers with bytes that no script line can say: they come from a file. */
static void
set_raw_answer (QccProxyFixture *fixture,
                const char *data,
                gsize length,
                const char *head)
{
  g_autofree char *path = g_build_filename (fixture->directory, "answer", NULL);
  g_autofree char *script = g_strdup_printf ("%sfile %s\nfin", head, path);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, data, (gssize) length, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
  qcc_proxy_fixture_script (fixture, 0, script);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

#define NUL_EVENTS                                                                                   \
  "event: content_block_start\ndata: {\"type\":\"content_block_start\"}\n\nevent: x\ndata: a\0b\n\n" \
  "event: message_delta\ndata: {\"delta\":{\"stop_reason\":\"end_turn\"}}\n\nevent: message_stop\ndata: {}\n\n"

static void
client_gets_nul (QccProxyFixture *fixture,
                 QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  assert_answer (answer, "one");
  g_assert_cmpmem (answer->body->str, answer->body->len, NUL_EVENTS, sizeof NUL_EVENTS - 1);
}

static void
test_nul_in_event (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  set_raw_answer (fixture, NUL_EVENTS, sizeof NUL_EVENTS - 1, "header Content-Type: text/event-stream\n");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_gets_nul);
  qcc_proxy_fixture_wait_records (fixture, 1);
}

/* 100 MB of blanks in 100 KB: what the gate decodes on the side is bounded, so the endpoint fails. */
static GBytes *
make_bomb (void)
{
  g_autoptr (GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, G_CONVERTER (compressor));
  g_autofree char *blanks = g_strnfill (1024 * 1024, ' ');

  for (guint i = 0; i < 100; i++)
    g_assert_true (g_output_stream_write_all (stream, blanks, 1024 * 1024, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));

  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
client_survives_bomb (QccProxyFixture *fixture,
                      QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  assert_answer (answer, "two");
}

static void
test_gzip_bomb (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);
  g_autoptr (GBytes) bomb = make_bomb ();
  gsize length;
  const char *data = g_bytes_get_data (bomb, &length);

  set_raw_answer (fixture, data, length, "header Content-Type: text/event-stream\nheader Content-Encoding: gzip\n");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_survives_bomb);
  qcc_proxy_fixture_wait_records (fixture, 1);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/bad-upstream/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/proxy/bad-upstream/length-negative", test_length_negative);
  g_test_add_func ("/proxy/bad-upstream/early-close-of-upload", test_early_close);
  g_test_add_func ("/proxy/bad-upstream/nul-in-event", test_nul_in_event);
  g_test_add_func ("/proxy/bad-upstream/gzip-bomb", test_gzip_bomb);

  return g_test_run ();
}
