/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/* What the client gets when all attempts have failed (spec 2.9), and where attempts go (spec 6.0). */

#define REFUSES "(refuses)"
#define WELL "say hello"

typedef struct
{
  const char *name;
  const char *scripts[2];
  guint status;
  const char *type;
  const char *text;        /* what the answer says */
  const char *endpoint;    /* (nullable): whose answer it is */
  const char *retry_after; /* (nullable): none */
  gboolean no_retry;       /* x-should-retry: false */
} Case;

#define BUSY "error 529 overloaded_error busy"
#define LIMIT(seconds, text) "header Retry-After: " seconds "\nerror 429 rate_limit_error " text
#define OOPS "header request-id: req_1\nerror 500 api_error oops"
#define BROKE "error 402 billing_error pay first"
#define BAD_KEY "error 401 authentication_error invalid x-api-key"
#define NO_MODEL "error 404 not_found_error no such model"

/* Whoever refuses access is left alone for 5 min, no longer than what still counts as mended by waiting. */
static const Case cases[] = {
  { "refused", { REFUSES, REFUSES }, 503, "api_error", "one (connection refused), two (connection refused)", NULL, "1", FALSE },
  { "overloaded", { BUSY, BUSY }, 503, "api_error", "one (overloaded, HTTP 529), two (overloaded, HTTP 529)", NULL, "5", FALSE },
  { "overloaded-other-type", { "error 529 api_error busy", "error 529 api_error busy" }, 503, "api_error", "overloaded", NULL, "5", FALSE },
  { "overloaded-other-status", { "error 503 overloaded_error busy", "error 400 overloaded_error busy" }, 503, "api_error", "overloaded", NULL, "5", FALSE },
  { "overloaded-event", { "error_event overloaded_error busy", "error_event overloaded_error busy" }, 503, "api_error", "overloaded", NULL, "5", FALSE },
  { "overloaded-waits", { "header Retry-After: 30\n" BUSY, "header Retry-After: 20\n" BUSY }, 503, "api_error", "overloaded", NULL, "20", FALSE },
  { "overloaded-long-wait", { "header Retry-After: 100\n" BUSY, "header Retry-After: 200\n" BUSY }, 503, "api_error", "overloaded", NULL, "59", FALSE },
  { "rate-limit-shortest-last", { LIMIT ("40", "first"), LIMIT ("20", "second") }, 429, "rate_limit_error", "second", "two", "20", FALSE },
  { "rate-limit-shortest-first", { LIMIT ("20", "first"), LIMIT ("40", "second") }, 429, "rate_limit_error", "first", "one", "20", FALSE },
  { "rate-limit-unsaid", { LIMIT ("40", "first"), "error 429 rate_limit_error second" }, 429, "rate_limit_error", "first", "one", "40", FALSE },
  { "rate-limit-minutes", { LIMIT ("120", "first"), LIMIT ("100", "second") }, 429, "rate_limit_error", "second", "two", "59", FALSE },
  { "rate-limit-hour", { LIMIT ("7200", "first"), LIMIT ("3600", "second") }, 429, "rate_limit_error", "second The first endpoint can be used again in 60 minutes.", "two", "59", TRUE },
  { "transient", { OOPS, "error 500 api_error later" }, 500, "api_error", "later", "two", NULL, FALSE },
  { "transient-only-one-answered", { OOPS, REFUSES }, 500, "api_error", "oops", "one", NULL, FALSE },
  { "transient-beats-overloaded", { OOPS, BUSY }, 500, "api_error", "oops", "one", NULL, FALSE },
  { "overloaded-loses-to-transient", { BUSY, OOPS }, 500, "api_error", "oops", "two", NULL, FALSE },
  { "html", { "html 502", "html 502" }, 503, "api_error", "HTTP 502", NULL, "1", FALSE },
  { "billing", { BROKE, BROKE }, 402, "billing_error", "pay first", "two", NULL, TRUE },
  { "auth", { BAD_KEY, BAD_KEY }, 403, "permission_error", "Endpoint “two” of profile “main” does not accept its key.", NULL, NULL, TRUE },
  { "forbidden-401", { "error 401 permission_error no", "error 401 permission_error no" }, 403, "permission_error", "Endpoint “two” of profile “main” refuses access.", NULL, NULL, FALSE },
  { "forbidden-403", { "error 403 permission_error not here", "error 403 permission_error not here" }, 403, "permission_error", "not here", "two", NULL, FALSE },
  { "unsupported", { NO_MODEL, NO_MODEL }, 404, "not_found_error", "no such model", "two", NULL, TRUE },
  { "redirect", { "header Location: http://127.0.0.1:1/\nstatus 302\nempty", "header Location: http://127.0.0.1:1/\nstatus 302\nempty" }, 503, "api_error", "HTTP 302", NULL, "1", TRUE },
  { "rate-limit-then-transient", { LIMIT ("20", "first"), OOPS }, 429, "rate_limit_error", "first", "one", "20", FALSE },
  { "transient-then-rate-limit", { OOPS, LIMIT ("20", "second") }, 429, "rate_limit_error", "second", "two", "20", FALSE },
  { "transient-then-billing", { OOPS, BROKE }, 500, "api_error", "oops", "one", NULL, FALSE },
  { "billing-then-overloaded", { BROKE, BUSY }, 503, "api_error", "one (no credit left, HTTP 402), two (overloaded, HTTP 529)", NULL, "5", FALSE },
  { "auth-then-billing", { BAD_KEY, BROKE }, 402, "billing_error", "pay first", "two", NULL, TRUE },
  { "billing-then-auth", { BROKE, BAD_KEY }, 402, "billing_error", "pay first", "one", NULL, TRUE },
  { "auth-then-unsupported", { BAD_KEY, NO_MODEL }, 403, "permission_error", "“one”", NULL, NULL, TRUE },
  { "unsupported-then-auth", { NO_MODEL, BAD_KEY }, 403, "permission_error", "“two”", NULL, NULL, TRUE },
  { "unsupported-then-refused", { NO_MODEL, REFUSES }, 503, "api_error", "connection refused", NULL, "1", FALSE },
  { "anything-then-request", { BUSY, "error 400 invalid_request_error bad field" }, 400, "invalid_request_error", "bad field", "two", NULL, FALSE },
};

static const Case *current;

static void
client_sees_case (QccProxyFixture *fixture,
                  QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autofree char *endpoint = NULL;
  g_autofree char *retry_after = NULL;
  g_autofree char *should_retry = NULL;
  g_autofree char *request_id = NULL;
  g_autofree char *type = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  g_assert_cmpuint (answer->status, ==, current->status);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);

  endpoint = qcc_raw_answer_get_header (answer, "x-qcc-endpoint");
  retry_after = qcc_raw_answer_get_header (answer, "Retry-After");
  should_retry = qcc_raw_answer_get_header (answer, "x-should-retry");
  request_id = qcc_raw_answer_get_header (answer, "request-id");
  if (current->endpoint != NULL)
    g_assert_cmpstr (endpoint, ==, current->endpoint);
  g_assert_cmpstr (retry_after, ==, current->retry_after);
  g_assert_cmpstr (should_retry, ==, current->no_retry ? "false" : NULL);
  if (g_strcmp0 (current->text, "oops") == 0)
    g_assert_cmpstr (request_id, ==, "req_1");

  if (current->type != NULL)
    {
      type = g_strdup_printf ("\"type\":\"%s\"", current->type);
      g_assert_nonnull (strstr (answer->body->str, type));
      g_assert_nonnull (strstr (answer->body->str, current->text));
      g_assert_null (strstr (answer->body->str, "overloaded_error"));
    }
}

static void
set_behaviour (QccProxyFixture *fixture,
               guint index,
               const char *script)
{
  if (g_str_equal (script, REFUSES))
    qcc_fake_provider_set_refusing (fixture->providers[index], TRUE);
  else
    qcc_proxy_fixture_script (fixture, index, script);
}

static void
test_case (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  current = data;
  set_behaviour (fixture, 0, current->scripts[0]);
  set_behaviour (fixture, 1, current->scripts[1]);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_sees_case);
  qcc_proxy_fixture_wait_records (fixture, 1);
}

/* No attempt at all, and the order of profiles. %1$s to %3$s are the endpoints. */

typedef struct
{
  const char *name;
  const char *profiles; /* without what surrounds them */
  const char *scripts[3];
  guint status;
  const char *endpoint; /* (nullable) */
  const char *text;     /* (nullable) */
  gboolean no_fallback;
  gboolean no_retry;
} Route;

#define NOT_A_PROFILE ""

static const Route routes[] = {
  { "no-profile", NOT_A_PROFILE, { WELL, WELL, WELL }, 503, NULL, "qcc init", FALSE, TRUE },
  { "no-key", "{\"name\":\"main\",\"endpoints\":[{\"id\":\"keyless\",\"base_url\":\"http://127.0.0.1:1\"}]}", { WELL, WELL, WELL }, 503, NULL, "has a key", FALSE, TRUE },
  { "all-disabled", "{\"name\":\"main\",\"tier\":\"disabled\",\"endpoints\":[%1$s,%2$s,%3$s]}", { WELL, WELL, WELL }, 503, NULL, "disabled", FALSE, TRUE },
  { "disabled-is-no-fallback", "{\"name\":\"main\",\"endpoints\":[%1$s]},{\"name\":\"off\",\"tier\":\"disabled\",\"endpoints\":[%2$s,%3$s]}", { BUSY, WELL, WELL }, 503, NULL, "one (overloaded", FALSE, FALSE },
  { "fallback", "{\"name\":\"main\",\"endpoints\":[%1$s]},{\"name\":\"other\",\"tier\":\"fallback\",\"endpoints\":[%2$s]}", { BUSY, WELL, WELL }, 200, "two", NULL, FALSE, FALSE },
  { "fallback-off", "{\"name\":\"main\",\"endpoints\":[%1$s]},{\"name\":\"other\",\"endpoints\":[%2$s]}", { BUSY, WELL, WELL }, 503, NULL, "one (overloaded", TRUE, FALSE },
  { "better-tier-first", "{\"name\":\"main\",\"endpoints\":[%1$s]},{\"name\":\"last\",\"tier\":\"fallback\",\"endpoints\":[%2$s]},{\"name\":\"second\",\"tier\":\"secondary\",\"endpoints\":[%3$s]}", { BUSY, WELL, WELL }, 200, "three", NULL, FALSE, FALSE },
  { "order-in-tier", "{\"name\":\"main\",\"endpoints\":[%1$s]},{\"name\":\"b\",\"order\":2,\"endpoints\":[%2$s]},{\"name\":\"a\",\"order\":1,\"endpoints\":[%3$s]}", { BUSY, WELL, WELL }, 200, "three", NULL, FALSE, FALSE },
  { "through-all", "{\"name\":\"main\",\"endpoints\":[%1$s]},{\"name\":\"last\",\"tier\":\"fallback\",\"endpoints\":[%2$s]},{\"name\":\"second\",\"tier\":\"secondary\",\"endpoints\":[%3$s]}", { BUSY, WELL, BUSY }, 200, "two", NULL, FALSE, FALSE },
};

static const Route *current_route;

static void
client_sees_route (QccProxyFixture *fixture,
                   QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autofree char *endpoint = NULL;
  g_autofree char *should_retry = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  endpoint = qcc_raw_answer_get_header (answer, "x-qcc-endpoint");
  should_retry = qcc_raw_answer_get_header (answer, "x-should-retry");
  g_assert_cmpuint (answer->status, ==, current_route->status);
  g_assert_cmpstr (endpoint, ==, current_route->endpoint);
  g_assert_cmpstr (should_retry, ==, current_route->no_retry ? "false" : NULL);
  if (current_route->text != NULL)
    {
      g_assert_nonnull (strstr (answer->body->str, "\"api_error\""));
      g_assert_nonnull (strstr (answer->body->str, current_route->text));
    }
}

static char *
fill_in (const char *text,
         const char *placeholder,
         const char *with)
{
  g_auto (GStrv) parts = g_strsplit (text, placeholder, -1);

  return g_strjoinv (with, parts);
}

static void
start_route (QccProxyFixture *fixture,
             const char *profiles,
             gboolean weighted)
{
  g_autofree char *text = g_strdup_printf ("{\"version\":1%s,\"profiles\":[%s]}", *profiles != '\0' ? ",\"default\":\"main\"" : "", profiles);

  for (guint i = 0; i < fixture->n_providers; i++)
    {
      g_autofree char *placeholder = g_strdup_printf ("%%%u$s", i + 1);
      g_autofree char *members = weighted ? g_strdup_printf (",\"weight\":%u", (i + 1) * 100) : g_strdup ("");
      g_autofree char *endpoint = qcc_proxy_fixture_describe_endpoint (fixture, i, members);
      char *filled = fill_in (text, placeholder, endpoint);

      g_free (text);
      text = filled;
    }
  qcc_proxy_fixture_start_with_profiles (fixture, text);
}

static void
test_route (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (3);

  current_route = data;
  for (guint i = 0; i < fixture->n_providers; i++)
    qcc_proxy_fixture_script (fixture, i, current_route->scripts[i]);
  if (current_route->no_fallback)
    qcc_proxy_fixture_set_string (fixture, "failover", "fallback-enabled", "false");
  start_route (fixture, current_route->profiles, FALSE);
  qcc_proxy_fixture_run (fixture, client_sees_route);
  qcc_proxy_fixture_wait_records (fixture, 1);
}

/* Spec 5.1: weights 100, 200 and 300 over 30 requests. */
static void
client_sends_30 (QccProxyFixture *fixture,
                 QccRawClient *client)
{
  for (guint i = 0; i < 30; i++)
    {
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_raw_client_post (client, "/v1/messages", "", QCC_UNARY_REQUEST);
      answer = qcc_raw_client_read_answer (client);
      g_assert_cmpuint (answer->status, ==, 200);
    }
}

static void
test_weighted (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (3);

  start_route (fixture, "{\"name\":\"main\",\"strategy\":\"weighted\",\"endpoints\":[%1$s,%2$s,%3$s]}", TRUE);
  qcc_proxy_fixture_run (fixture, client_sends_30);
  for (guint i = 0; i < fixture->n_providers; i++)
    g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[i]), ==, 5 * (i + 1));
}

/* 100 failing requests of several kinds leave no connection or descriptor behind. */

static guint
count_descriptors (void)
{
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (directory) != NULL)
    n++;

  return n;
}

static void
client_fails_often (QccProxyFixture *fixture,
                    QccRawClient *client)
{
  const char *scripts[] = { "reset", "half_head\nfin", "garbage 500\nfin", "ping\nfin", "error_event api_error oops" };

  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (QccRawClient) next = qcc_proxy_fixture_connect (fixture);
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_proxy_fixture_script (fixture, 0, scripts[i % G_N_ELEMENTS (scripts)]);
      qcc_raw_client_post (next, "/v1/messages", "Connection: close\r\n", QCC_STREAM_REQUEST);
      answer = qcc_raw_client_read_answer (next);
      g_assert_cmpuint (answer->status, ==, 503);
    }
}

static void
test_nothing_left (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);
  guint before;

  qcc_fake_provider_set_refusing (fixture->providers[1], TRUE);
  qcc_proxy_fixture_start (fixture);
  before = count_descriptors ();
  qcc_proxy_fixture_run (fixture, client_fails_often);
  qcc_proxy_fixture_wait_records (fixture, 100);
  g_assert_true (qcc_fake_provider_wait_open (fixture->providers[0], 0, 10000));
  /* The client's end of the last connection may still be on its way out. */
  g_assert_cmpuint (count_descriptors (), <=, before + 2);
}

/* Spec 3.4: a key is in no log and no answer, although the provider quotes it. */

static GString *logged;

static GLogWriterOutput
keep_log (GLogLevelFlags level,
          const GLogField *fields,
          gsize n_fields,
          gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (fields[i].length < 0)
      g_string_append_printf (logged, "%s=%s\n", fields[i].key, (const char *) fields[i].value);

  return G_LOG_WRITER_HANDLED;
}

static void
client_sees_no_key (QccProxyFixture *fixture,
                    QccRawClient *client)
{
  const char *quotes[] = { "error 401 authentication_error the key key-of-one is invalid", "error 403 permission_error key-of-one not here",
                           "error 500 api_error key-of-one broke it", "error 400 invalid_request_error no key-of-one",
                           "error 402 billing_error key-of-one is broke", "error_event api_error key-of-one",
                           "error_event invalid_request_error key-of-one is no model", "header x-quoted: key-of-one\nerror 429 rate_limit_error slower",
                           "header x-quoted: key-of-one\nerror 400 invalid_request_error no" };

  for (gsize i = 0; i < G_N_ELEMENTS (quotes); i++)
    {
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_proxy_fixture_script (fixture, 0, quotes[i]);
      qcc_raw_client_post (client, "/v1/messages", "x-api-key: key-of-client\r\n", QCC_STREAM_REQUEST);
      answer = qcc_raw_client_read_answer (client);
      g_assert_cmpuint (answer->status, >=, 400);
      g_assert_null (strstr (answer->body->str, "key-of-"));
      g_assert_null (strstr (answer->head, "key-of-"));
    }
}

static void
test_no_key (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  logged = g_string_new (NULL);
  g_log_set_writer_func (keep_log, NULL, NULL);
  qcc_proxy_fixture_set_string (fixture, "proxy", "log-level", "debug");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_sees_no_key);
  qcc_proxy_fixture_wait_records (fixture, 9);
  g_assert_nonnull (strstr (logged->str, "QCC_STATUS=403"));
  g_assert_null (strstr (logged->str, "key-of-"));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/final/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/route/", routes[i].name, NULL);

      g_test_add_data_func (path, &routes[i], test_route);
    }
  g_test_add_func ("/proxy/route/weighted", test_weighted);
  g_test_add_func ("/proxy/final/nothing-left", test_nothing_left);
  /* The last one, since GLib has one log writer for a process. */
  g_test_add_func ("/proxy/secret/no-key-in-answer-or-log", test_no_key);

  return g_test_run ();
}
