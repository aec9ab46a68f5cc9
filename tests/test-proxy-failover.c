/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

/*
 * Before commit: every row of spec 4.1, through real sockets. The first endpoint does something
 * wrong, the second one is well. Asserted: who answers, and how often the first one was asked.
 */

#define REFUSES "(refuses)"
#define CLOSES_ON_ACCEPT "(closes on accept)"

typedef struct
{
  const char *name;
  const char *script;
  const char *request;
  guint status;         /* what the client gets */
  const char *endpoint; /* (nullable): who answers */
  guint n_first;        /* requests that the first endpoint saw */
} Case;

static const Case cases[] = {
  /* transient: once more at the same endpoint, then the next */
  { "refused", REFUSES, QCC_STREAM_REQUEST, 200, "two", 0 },
  { "closed-on-accept", CLOSES_ON_ACCEPT, QCC_STREAM_REQUEST, 200, "two", 0 },
  { "reset-before-head", "reset", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "fin-before-head", "fin", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "half-head", "half_head\nfin", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "garbage", "garbage 500\nfin", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "408", "error 408 timeout_error slow", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "409", "error 409 api_error conflict", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "425", "error 425 api_error early", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "500", "error 500 api_error oops", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "502-html", "html 502", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "503", "error 503 api_error down", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "504", "error 504 timeout_error late", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "520", "error 520 api_error odd", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "500-unary", "error 500 api_error oops", QCC_UNARY_REQUEST, 200, "two", 2 },
  { "200-html", "html 200", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "200-html-unary", "html 200", QCC_UNARY_REQUEST, 200, "two", 2 },
  { "200-empty", "empty", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "200-empty-unary", "empty", QCC_UNARY_REQUEST, 200, "two", 2 },
  { "200-bad-json", "json {\"type\":\"mess", QCC_UNARY_REQUEST, 200, "two", 2 },
  { "200-cut-json", "content_length 100\nbody {\"type\":\"message\"\nfin", QCC_UNARY_REQUEST, 200, "two", 2 },
  { "200-chunked-json-cut-between-chunks", "header Content-Type: application/json\nbody {\"type\":\"message\"}\nno_final_chunk", QCC_UNARY_REQUEST, 200, "two", 2 },
  { "events-empty", "header Content-Type: text/event-stream\nhead", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "events-only-pings", "ping\nping\nfin", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "events-only-start", "message_start\nping\nno_final_chunk", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "events-clean-end-after-start", "message_start", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "events-malformed-first", "malformed_event", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "events-malformed-after-start", "message_start\nmalformed_event", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "events-html", "header Content-Type: text/event-stream\nbody <html>no</html>", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "error-event-api-first", "error_event api_error internal", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "error-event-api-after-start", "message_start\nping\nerror_event api_error internal", QCC_STREAM_REQUEST, 200, "two", 2 },
  { "gzip-lie", "encode_lie gzip\nsay hello", QCC_STREAM_REQUEST, 200, "two", 2 },
  /* overload: next at once */
  { "529", "error 529 overloaded_error busy", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "529-other-type", "error 529 api_error busy", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "503-overloaded", "error 503 overloaded_error busy", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "400-overloaded", "error 400 overloaded_error busy", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "200-overloaded-unary", "json {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}", QCC_UNARY_REQUEST, 200, "two", 1 },
  { "error-event-overloaded-first", "error_event overloaded_error busy", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "error-event-overloaded-after-start", "message_start\nerror_event overloaded_error busy", QCC_STREAM_REQUEST, 200, "two", 1 },
  /* rate limit */
  { "429", "error 429 rate_limit_error slow down", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "429-retry-after", "header Retry-After: 30\nerror 429 rate_limit_error slow down", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "400-rate-limit", "error 400 rate_limit_error slow down", QCC_STREAM_REQUEST, 200, "two", 1 },
  /* auth, forbidden, billing */
  { "401", "error 401 authentication_error invalid x-api-key", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "401-other", "error 401 permission_error no", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "403-key", "error 403 permission_error Your api key is invalid", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "403-html", "html 403", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "403-region", "error 403 permission_error not in your region", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "402", "error 402 billing_error pay", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "400-credit", "error 400 invalid_request_error Your credit balance is too low to access the API", QCC_STREAM_REQUEST, 200, "two", 1 },
  /* unsupported */
  { "301", "header Location: http://127.0.0.1:1/\nstatus 301\nempty", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "307", "header Location: /v1/messages\nstatus 307\nempty", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "404", "error 404 not_found_error model: claude-test", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "405", "error 405 invalid_request_error no", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "501", "error 501 api_error no", QCC_STREAM_REQUEST, 200, "two", 1 },
  { "413-no-shape", "html 413", QCC_STREAM_REQUEST, 200, "two", 1 },
  /* request: the answer is the client's */
  { "400", "error 400 invalid_request_error messages: field required", QCC_STREAM_REQUEST, 400, "one", 1 },
  { "413", "error 413 request_too_large too big", QCC_STREAM_REQUEST, 413, "one", 1 },
  { "422", "error 422 invalid_request_error no", QCC_STREAM_REQUEST, 422, "one", 1 },
  { "error-event-request-first", "error_event invalid_request_error prompt is too long", QCC_STREAM_REQUEST, 400, "one", 1 },
  { "200-request-unary", "json {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no\"}}", QCC_UNARY_REQUEST, 400, "one", 1 },
  { "418", "error 418 api_error teapot", QCC_STREAM_REQUEST, 418, "one", 1 },
  /* no failure at all */
  { "say", "say hello", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "auto-unary", "auto hello", QCC_UNARY_REQUEST, 200, "one", 1 },
  { "json-although-stream", "json {\"type\":\"message\",\"content\":[]}", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "events-although-unary", "say hello", QCC_UNARY_REQUEST, 200, "one", 1 },
  { "no-content", "message_start\nmessage_delta end_turn\nmessage_stop", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "no-content-no-reason", "message_start\nmessage_stop", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "informational", "informational 103 Link: </x>\nsay hello", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "http-1.0", "version 1.0\nsay hello", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "close-delimited", "framing close\nsay hello", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "gzip", "encode gzip\nsay hello", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "deflate", "encode deflate\nsay hello", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "br", "encode br\nsay hello", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "zstd", "encode zstd\nsay hello", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "drip", "drip 7\nsay hello", QCC_STREAM_REQUEST, 200, "one", 1 },
  { "many-headers", "many_headers 200 100\nsay hello", QCC_STREAM_REQUEST, 200, "one", 1 },
};

static const Case *current;

static void
send_case (QccProxyFixture *fixture,
           QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autofree char *endpoint = NULL;

  qcc_raw_client_post (client, "/v1/messages?beta=true", "Content-Type: application/json\r\n", current->request);
  answer = qcc_raw_client_read_answer (client);

  g_assert_nonnull (answer);
  endpoint = qcc_raw_answer_get_header (answer, "x-qcc-endpoint");
  g_assert_cmpuint (answer->status, ==, current->status);
  g_assert_cmpstr (endpoint, ==, current->endpoint);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
}

static void
test_case (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  current = data;
  if (g_str_equal (current->script, REFUSES))
    qcc_fake_provider_set_refusing (fixture->providers[0], TRUE);
  else if (g_str_equal (current->script, CLOSES_ON_ACCEPT))
    qcc_fake_provider_set_close_on_accept (fixture->providers[0], TRUE);
  else
    qcc_proxy_fixture_script (fixture, 0, current->script);
  qcc_proxy_fixture_start (fixture);

  qcc_proxy_fixture_run (fixture, send_case);
  qcc_proxy_fixture_wait_records (fixture, 1);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, current->n_first);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[1]), ==, g_str_equal (current->endpoint, "two") ? 1 : 0);
}

/* A rule of the user's own goes before what is built in: here a 400 that would be the client's. */
static void
test_own_rule (void)
{
  static const Case own = { "own-rule", "error 400 invalid_request_error No Channel", QCC_STREAM_REQUEST, 200, "two", 1 };
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);
  g_autofree char *one = qcc_proxy_fixture_describe_endpoint (fixture, 0, "");
  g_autofree char *two = qcc_proxy_fixture_describe_endpoint (fixture, 1, "");
  g_autofree char *profiles =
      g_strdup_printf ("{\"version\":1,\"rules\":[{\"status\":400,\"type\":\"invalid_*\",\"text\":\"no channel\",\"class\":\"unsupported\"}],"
                       "\"profiles\":[{\"name\":\"main\",\"strategy\":\"failover\",\"endpoints\":[%s,%s]}]}",
                       one, two);

  current = &own;
  qcc_proxy_fixture_script (fixture, 0, own.script);
  qcc_proxy_fixture_start_with_profiles (fixture, profiles);
  qcc_proxy_fixture_run (fixture, send_case);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, own.n_first);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/failover/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/proxy/failover/own-rule", test_own_rule);

  return g_test_run ();
}
