/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/* What a client gets of an answer: status, reason, headers, and no redirect (spec 2.2, 2.11, 2.15). */

#define MODELS "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define EVENTS "message_start\ntext_block hello\nmessage_delta end_turn\nmessage_stop"

/* All values of one name in their order, divided by “|”; NULL when there is none. */
static char *
join_headers (const QccRawAnswer *answer,
              const char *name)
{
  g_auto (GStrv) lines = g_strsplit (answer->head, "\r\n", -1);
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 1; lines[i] != NULL; i++)
    {
      const char *colon = strchr (lines[i], ':');
      gsize length = colon != NULL ? (gsize) (colon - lines[i]) : 0;

      if (length == strlen (name) && g_ascii_strncasecmp (lines[i], name, length) == 0)
        g_ptr_array_add (values, g_strstrip (g_strdup (colon + 1)));
    }
  if (values->len == 0)
    return NULL;

  g_ptr_array_add (values, NULL);
  return g_strjoinv ("|", (char **) values->pdata);
}

static void
assert_header (const QccRawAnswer *answer,
               const char *name,
               const char *expected)
{
  g_autofree char *values = join_headers (answer, name);

  if (g_strcmp0 (values, expected) != 0)
    g_test_message ("%s", name);
  g_assert_cmpstr (values, ==, expected);
}

/* Shows that the answer before ended where the client thinks it did. */
static void
assert_connection_goes_on (QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_send (client, MODELS, -1);
  answer = qcc_raw_client_read_answer (client);
  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_nonnull (strstr (answer->body->str, "claude-fake-1"));
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
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

/* Headers, spec 2.2 and 2.15. */

#define ANSWER_HEADERS                                                \
  "header X-Twice: 1\n"                                               \
  "header request-id: req_1\n"                                        \
  "header x-TWICE: 2\n"                                               \
  "header anthropic-ratelimit-requests-remaining: 7\n"                \
  "header anthropic-ratelimit-requests-reset: 2030-01-01T00:00:00Z\n" \
  "header Retry-After: 3\n"                                           \
  "header x-should-retry: true\n"                                     \
  "header Date: Thu, 01 Jan 2026 00:00:00 GMT\n"                      \
  "header Server: upstream/1.0\n"                                     \
  "header Set-Cookie: a=1; Path=/\n"                                  \
  "header Set-Cookie: b=2\n"                                          \
  "header x-twice: 1\n"                                               \
  "header X-Unknown: a;b=\"c, d\",  e\n"                              \
  "header Keep-Alive: timeout=9\n"                                    \
  "header Connection: X-Hop, keep-alive\n"                            \
  "header X-Hop: 1\n"                                                 \
  "header Proxy-Authenticate: Basic\n"                                \
  "header Trailer: X-Sum\n"                                           \
  "header Upgrade: h2c\n"                                             \
  "header x-qcc-endpoint: theirs\n"

typedef struct
{
  const char *name;
  const char *script;
  const char *request;
  guint status;
  const char *type;
  const char *reason;
} Answer;

static const Answer answers[] = {
  { "unary", ANSWER_HEADERS "status 200 Quite Well\njson {\"type\":\"message\"}", QCC_UNARY_REQUEST, 200, "application/json", "Quite Well" },
  { "stream", ANSWER_HEADERS "status 200 Quite Well\n" EVENTS, QCC_STREAM_REQUEST, 200, "text/event-stream", "Quite Well" },
  { "request-error", ANSWER_HEADERS "error 400 invalid_request_error no", QCC_STREAM_REQUEST, 400, "application/json", "Bad Request" },
};

static const Answer *current_answer;

static void
client_reads_headers (QccProxyFixture *fixture,
                      QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autofree char *first_line = g_strdup_printf ("HTTP/1.1 %u %s\r\n", current_answer->status, current_answer->reason);
  g_autofree char *type = NULL;
  g_autofree char *connection = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", current_answer->request);
  answer = qcc_raw_client_read_answer (client);
  g_assert_true (g_str_has_prefix (answer->head, first_line));
  type = join_headers (answer, "Content-Type");
  g_assert_true (g_str_has_prefix (type, current_answer->type));

  assert_header (answer, "x-twice", "1|2|1");
  assert_header (answer, "request-id", "req_1");
  assert_header (answer, "anthropic-ratelimit-requests-remaining", "7");
  assert_header (answer, "anthropic-ratelimit-requests-reset", "2030-01-01T00:00:00Z");
  assert_header (answer, "retry-after", "3");
  assert_header (answer, "x-should-retry", "true");
  assert_header (answer, "date", "Thu, 01 Jan 2026 00:00:00 GMT");
  assert_header (answer, "server", "upstream/1.0");
  assert_header (answer, "set-cookie", "a=1; Path=/|b=2");
  assert_header (answer, "x-unknown", "a;b=\"c, d\",  e");
  assert_header (answer, "keep-alive", NULL);
  assert_header (answer, "x-hop", NULL);
  assert_header (answer, "proxy-authenticate", NULL);
  assert_header (answer, "trailer", NULL);
  assert_header (answer, "upgrade", NULL);
  assert_header (answer, "x-qcc-endpoint", "one");
  connection = join_headers (answer, "Connection");
  g_assert_true (connection == NULL || g_ascii_strcasecmp (connection, "keep-alive") == 0);
  assert_connection_goes_on (client);
}

static void
test_headers (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  current_answer = data;
  qcc_proxy_fixture_script (fixture, 0, current_answer->script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_reads_headers);
}

/* Statuses, with and without a body. */

typedef struct
{
  const char *name;
  const char *method;
  const char *script;
  guint status;
  const char *length; /* (nullable): Content-Length, where the client must get one */
  const char *body;   /* (nullable): NULL where none may come */
} Status;

static const Status statuses[] = {
  { "201", "POST", "status 201 Created\njson {\"a\":1}", 201, "7", "{\"a\":1}" },
  { "202-empty", "POST", "status 202 Accepted\nempty", 202, "0", "" },
  { "204", "DELETE", "status 204", 204, NULL, NULL },
  { "204-events", "DELETE", "status 204\nheader Content-Type: text/event-stream", 204, NULL, NULL },
  { "206", "GET", "status 206 Partial Content\nheader Content-Range: bytes 0-1/9\nframing length\nbody ab", 206, "2", "ab" },
  { "304", "GET", "status 304\nheader ETag: \"x\"", 304, NULL, NULL },
  { "head-length", "HEAD", "content_length 1234\nheader Content-Type: application/json\nhead", 200, "1234", NULL },
  { "head-chunked", "HEAD", "header Content-Type: application/json\nhead", 200, NULL, NULL },
  { "head-events", "HEAD", "header Content-Type: text/event-stream\nhead", 200, NULL, NULL },
};

static const Status *current_status;

static void
client_reads_status (QccProxyFixture *fixture,
                     QccRawClient *client)
{
  g_autofree char *request = g_strdup_printf ("%s /v1/thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", current_status->method);
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_send (client, request, -1);
  answer = current_status->body != NULL ? qcc_raw_client_read_answer (client) : qcc_raw_client_read_head (client);
  g_assert_cmpuint (answer->status, ==, current_status->status);
  assert_header (answer, "x-qcc-endpoint", "one");
  assert_header (answer, "Content-Length", current_status->length);
  if (current_status->body != NULL)
    g_assert_cmpstr (answer->body->str, ==, current_status->body);
  /* RFC 9112, 6.1 */
  if (current_status->status == 204)
    assert_header (answer, "Transfer-Encoding", NULL);
  assert_connection_goes_on (client);
}

static void
test_status (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  current_status = data;
  set_script (fixture, "/v1/thing", current_status->script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_reads_status);
  qcc_proxy_fixture_wait_records (fixture, 2);
}

/* Redirects are neither followed nor passed on (spec 2.11); where nothing else answers the client
 * gets the 503 of spec 2.9. */

static guint redirect_status;
static const char *redirect_method;

static void
client_is_not_redirected (QccProxyFixture *fixture,
                          QccRawClient *client)
{
  g_autofree char *request = g_strdup_printf ("%s /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}", redirect_method);
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_send (client, request, -1);
  answer = qcc_raw_client_read_head (client);
  g_assert_cmpuint (answer->status, ==, 503);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 1);
  assert_header (answer, "Location", NULL);
  if (g_str_equal (redirect_method, "HEAD"))
    {
      assert_connection_goes_on (client);
      return;
    }

  qcc_raw_client_read_rest (client, answer);
  g_assert_nonnull (strstr (answer->body->str, "\"api_error\""));
  g_assert_nonnull (strstr (answer->body->str, "one"));
  g_assert_null (strstr (answer->body->str, "somewhere"));
}

static void
run_redirect (guint status,
              const char *method)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);
  g_autofree char *endpoint = qcc_proxy_fixture_describe_endpoint (fixture, 0, "");
  g_autofree char *elsewhere = qcc_fake_provider_dup_url (fixture->providers[1]);
  g_autofree char *script = g_strdup_printf ("status %u\nheader Location: %s/somewhere\nempty", status, elsewhere);
  g_autofree char *profiles = g_strdup_printf ("{\"version\":1,\"profiles\":[{\"name\":\"main\",\"endpoints\":[%s]}]}", endpoint);

  redirect_status = status;
  redirect_method = method;
  qcc_proxy_fixture_script (fixture, 0, script);
  qcc_proxy_fixture_start_with_profiles (fixture, profiles);
  qcc_proxy_fixture_run (fixture, client_is_not_redirected);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[1]), ==, 0);
}

static void
test_redirects (void)
{
  const guint codes[] = { 300, 301, 302, 303, 307, 308 };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    run_redirect (codes[i], "POST");
}

static void
test_redirect_get (void)
{
  run_redirect (302, "GET");
}

static void
test_redirect_head (void)
{
  run_redirect (307, "HEAD");
}

/* A request without an answer's body fails over like any other. */
static void
client_asks_head (QccProxyFixture *fixture,
                  QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_send (client, "HEAD /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n", -1);
  answer = qcc_raw_client_read_head (client);
  g_assert_cmpuint (answer->status, ==, 200);
  assert_header (answer, "x-qcc-endpoint", "two");
  assert_header (answer, "Content-Length", "103");
}

static void
test_head_fails_over (gconstpointer script)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  set_script (fixture, "/v1/models", script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_asks_head);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/answers/headers/", answers[i].name, NULL);

      g_test_add_data_func (path, &answers[i], test_headers);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/answers/status/", statuses[i].name, NULL);

      g_test_add_data_func (path, &statuses[i], test_status);
    }
  g_test_add_func ("/proxy/answers/redirect/post", test_redirects);
  g_test_add_func ("/proxy/answers/redirect/get", test_redirect_get);
  g_test_add_func ("/proxy/answers/redirect/head", test_redirect_head);
  g_test_add_data_func ("/proxy/answers/head-fails-over/429", "error 429 rate_limit_error slow", test_head_fails_over);
  g_test_add_data_func ("/proxy/answers/head-fails-over/401", "error 401 authentication_error no", test_head_fails_over);
  g_test_add_data_func ("/proxy/answers/head-fails-over/500", "error 500 api_error oops", test_head_fails_over);

  return g_test_run ();
}
