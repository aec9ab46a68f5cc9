/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "tests/qcc-fake-fixture.h"

#define POST "POST /v1/messages HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"

static void
assert_body (QccRawClient *client,
             guint status,
             const char *body)
{
  g_autoptr (QccRawAnswer) answer = qcc_raw_client_read_answer (client);

  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->status, ==, status);
  g_assert_cmpstr (answer->body->str, ==, body);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
}

typedef struct
{
  const char *name;
  const char *request;
  gssize length; /* of it, -1 when it has no NUL */
  const char *problem;
} Malformed;

static const Malformed malformed[] = {
  { "no-version", "GET /\r\n\r\n", -1, "the request line is not METHOD TARGET VERSION" },
  { "two-blanks", "GET  / HTTP/1.1\r\n\r\n", -1, "the request line is not METHOD TARGET VERSION" },
  { "blank-line", "\r\nGET / HTTP/1.1\r\n\r\n", -1, "the request line is not METHOD TARGET VERSION" },
  { "method", "G(T / HTTP/1.1\r\n\r\n", -1, "the request line is not METHOD TARGET VERSION" },
  { "target", "GET /\303\244 HTTP/1.1\r\n\r\n", -1, "the target has an odd character in it" },
  { "version", "GET / HTTP/1.2\r\n\r\n", -1, "the version is not HTTP/1.1 or HTTP/1.0" },
  { "http-2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", -1, "the version is not HTTP/1.1 or HTTP/1.0" },
  { "tls", "\026\003\001\002\n", -1, "a line ends without CR" },
  { "lf", "GET / HTTP/1.1\nHost: a\n\n", -1, "a line ends without CR" },
  { "cr", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", -1, "a line has a NUL or CR in it" },
  { "nul", "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 30, "a line has a NUL or CR in it" },
  { "no-colon", POST "Accept\r\n\r\n", -1, "a header has no colon" },
  { "name-blank", POST "Accept : a\r\n\r\n", -1, "a header's name has an odd character in it" },
  { "name-empty", POST ": a\r\n\r\n", -1, "a header's name has an odd character in it" },
  { "folded", POST "Accept: a,\r\n b: c\r\n\r\n", -1, "a header's name has an odd character in it" },
  { "no-host", "GET / HTTP/1.1\r\n\r\n", -1, "there is not one Host header" },
  { "two-hosts", POST "host: a\r\n\r\n", -1, "there is not one Host header" },
  { "two-hosts-old", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", -1, "there is not one Host header" },
  { "length-and-coding", POST "Content-Length: 1\r\n" CHUNKED "0\r\n\r\n", -1, "there are both Content-Length and Transfer-Encoding" },
  { "coding", POST "Transfer-Encoding: gzip, chunked\r\n\r\n", -1, "the Transfer-Encoding is not chunked" },
  { "two-codings", POST "Transfer-Encoding: chunked\r\n" CHUNKED, -1, "the Transfer-Encoding is not chunked" },
  { "coding-old", "POST / HTTP/1.0\r\n" CHUNKED "0\r\n\r\n", -1, "the Transfer-Encoding is not chunked" },
  { "two-lengths", POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", -1, "there is more than one Content-Length" },
  { "length-list", POST "Content-Length: 1, 1\r\n\r\na", -1, "the Content-Length is not right" },
  { "length-negative", POST "Content-Length: -1\r\n\r\na", -1, "the Content-Length is not right" },
  { "length-huge", POST "Content-Length: 1073741825\r\n\r\na", -1, "the Content-Length is not right" },
  { "chunk-size", POST CHUNKED "x\r\n", -1, "a chunk's size is not right" },
  { "chunk-size-empty", POST CHUNKED "\r\n", -1, "a chunk's size is not right" },
  { "chunk-size-huge", POST CHUNKED "1\r\na\r\n40000000\r\n", -1, "a chunk's size is not right" },
  { "chunk-long", POST CHUNKED "1\r\nab\r\n", -1, "a chunk is longer than its size" },
};

static void
assert_refused (QccFakeFixture *fixture,
                const char *problem)
{
  g_autoptr (QccRawAnswer) answer = qcc_raw_client_read_answer (fixture->client);
  g_autoptr (QccFakeRequest) request = qcc_fake_provider_get_request (fixture->provider, 0);

  g_assert_nonnull (request);
  g_assert_cmpstr (request->problem, ==, problem);
  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->status, ==, 400);
  g_assert_nonnull (strstr (answer->body->str, "\"invalid_request_error\""));
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_true (qcc_raw_client_is_closed (fixture->client));
  g_assert_false (qcc_raw_client_was_reset (fixture->client));
}

static void
test_malformed (gconstpointer data)
{
  const Malformed *test = data;
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();

  qcc_raw_client_send (fixture->client, test->request, test->length);
  assert_refused (fixture, test->problem);
}

/* The answer reaches a client that goes on sending. */
static void
test_too_much (void)
{
  g_autoptr (QccFakeFixture) line = qcc_fake_fixture_new ();
  g_autoptr (QccFakeFixture) headers = qcc_fake_fixture_new ();
  g_autofree char *filler = g_strnfill (4 * 1024 * 1024, 'x');
  g_autoptr (GString) many = g_string_new (POST);

  qcc_raw_client_send (line->client, filler, -1);
  assert_refused (line, "a line is too long");

  for (guint i = 0; i < 10000; i++)
    g_string_append (many, "a: b\r\n");
  g_string_append (many, "\r\n");
  qcc_raw_client_send (headers->client, many->str, -1);
  assert_refused (headers, "there are too many headers");
}

/* A request of which the client sent only a part. */
static void
test_client_leaves_inside (gconstpointer data)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (QccFakeRequest) request = NULL;

  qcc_raw_client_send (fixture->client, data, -1);
  qcc_raw_client_shutdown_sending (fixture->client);
  g_assert_true (qcc_raw_client_is_closed (fixture->client));

  g_assert_true (qcc_fake_provider_wait_open (fixture->provider, 0, QCC_FAKE_LIMIT_MS));
  request = qcc_fake_provider_get_request (fixture->provider, 0);
  g_assert_cmpstr (request->problem, ==, "the client left inside the request");
}

static void
test_record (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (QccFakeRequest) request = NULL;
  const char *const expected[] = { "Host", "localhost", "X-B", "2", "x-a", "1, 1", "X-b", "", "Content-Length", "5" };

  qcc_raw_client_post (fixture->client, "/a?b=c", "X-B:2\r\nx-a: \t1, 1 \r\nX-b:\r\n", "a\r\n\r\n");
  g_assert_true (qcc_fake_provider_wait_requests (fixture->provider, 1, QCC_FAKE_LIMIT_MS));
  request = qcc_fake_provider_get_request (fixture->provider, 0);

  g_assert_cmpstr (request->method, ==, "POST");
  g_assert_cmpstr (request->target, ==, "/a?b=c");
  g_assert_cmpstr (request->version, ==, "HTTP/1.1");
  g_assert_cmpuint (request->headers->len, ==, G_N_ELEMENTS (expected) / 2);
  for (guint i = 0; i < request->headers->len; i++)
    {
      const QccFakeHeader *header = g_ptr_array_index (request->headers, i);

      g_assert_cmpstr (header->name, ==, expected[2 * i]);
      g_assert_cmpstr (header->value, ==, expected[2 * i + 1]);
    }
  g_assert_cmpstr (qcc_fake_request_get_header (request, "x-b"), ==, "2");
  g_assert_null (qcc_fake_request_get_header (request, "x-c"));
  g_assert_cmpmem (g_bytes_get_data (request->body, NULL), request->body_length, "a\r\n\r\n", 5);
  g_assert_null (request->problem);
  g_assert_null (qcc_fake_provider_get_request (fixture->provider, 1));
}

static void
assert_request_body (QccFakeFixture *fixture,
                     guint index,
                     const char *body)
{
  g_autoptr (QccFakeRequest) request = qcc_fake_provider_get_request (fixture->provider, index);

  g_assert_cmpmem (g_bytes_get_data (request->body, NULL), g_bytes_get_size (request->body), body, strlen (body));
  g_assert_cmpuint (request->body_length, ==, strlen (body));
  g_assert_cmpuint (request->connection, ==, 1);
  g_assert_cmpuint (request->number, ==, index + 1);
  g_assert_null (request->problem);
}

static void
test_chunked (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();

  qcc_fake_fixture_push (fixture, "json {}");
  qcc_raw_client_send (fixture->client, POST CHUNKED "3;a=b\r\nabc\r\nA \r\n\r\n34567890\r\n0\r\nTrailer: x\r\n\r\n", -1);
  assert_body (fixture->client, 200, "{}");
  assert_request_body (fixture, 0, "abc\r\n34567890");
}

static void
test_expect (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (QccRawAnswer) interim = NULL;

  qcc_fake_fixture_push (fixture, "json {}");
  qcc_raw_client_send (fixture->client, POST "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n", -1);
  interim = qcc_raw_client_read_head (fixture->client);
  g_assert_cmpstr (interim->head, ==, "HTTP/1.1 100 Continue");

  qcc_raw_client_send (fixture->client, "abc", -1);
  assert_body (fixture->client, 200, "{}");
  assert_request_body (fixture, 0, "abc");
}

static void
test_pipelining (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();

  qcc_fake_fixture_push (fixture, "body one");
  qcc_fake_fixture_push (fixture, "json \"two\"");
  qcc_fake_fixture_push (fixture, "status 299\nbody three");
  qcc_raw_client_send (fixture->client, POST "Content-Length: 2\r\n\r\nab" POST CHUNKED "2\r\ncd\r\n0\r\n\r\n" POST "\r\n", -1);
  assert_body (fixture->client, 200, "one");
  assert_body (fixture->client, 200, "\"two\"");
  assert_body (fixture->client, 299, "three");

  assert_request_body (fixture, 0, "ab");
  assert_request_body (fixture, 1, "cd");
  assert_request_body (fixture, 2, "");
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->provider), ==, 1);
}

int
main (int argc,
      char **argv)
{
  static const char *const parts[] = {
    "POST", "POST / HTTP/1.1\r\n", POST "Content-Length: 3\r\n\r\nab", POST CHUNKED "3\r\nab", POST CHUNKED "0\r\n"
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (malformed); i++)
    {
      g_autofree char *path = g_strconcat ("/fake-reader/malformed/", malformed[i].name, NULL);

      g_test_add_data_func (path, &malformed[i], test_malformed);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *path = g_strdup_printf ("/fake-reader/client-leaves-inside/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (path, parts[i], test_client_leaves_inside);
    }
  g_test_add_func ("/fake-reader/too-much", test_too_much);
  g_test_add_func ("/fake-reader/record", test_record);
  g_test_add_func ("/fake-reader/chunked", test_chunked);
  g_test_add_func ("/fake-reader/expect", test_expect);
  g_test_add_func ("/fake-reader/pipelining", test_pipelining);

  return g_test_run ();
}
