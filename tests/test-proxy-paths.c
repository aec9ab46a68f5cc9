/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/* Paths that are answered here (spec 2.10, 2.15), the connection pool (spec 2.12), transparent mode (spec 2.14). */

#define COUNT_PATH "/v1/messages/count_tokens?beta=true"

static void
set_script (QccProxyFixture *fixture,
            guint index,
            const char *path,
            const char *script)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (fixture->providers[index], path, script, &error);
  g_assert_no_error (error);
}

static void
assert_header (const QccRawAnswer *answer,
               const char *name,
               const char *expected)
{
  g_autofree char *value = qcc_raw_answer_get_header (answer, name);

  g_assert_cmpstr (value, ==, expected);
}

static QccRawAnswer *
post (QccRawClient *client,
      const char *path,
      const char *headers)
{
  QccRawAnswer *answer;

  qcc_raw_client_post (client, path, headers, QCC_UNARY_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  g_assert_nonnull (answer);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);

  return answer;
}

/* Counting tokens (spec 2.10). */

typedef struct
{
  const char *name;
  const char *script;   /* of the first endpoint */
  const char *estimate; /* (nullable): the header that the client gets */
  const char *endpoint; /* (nullable): who answers */
  guint n_first;        /* requests at the first endpoint after two of the client */
} Count;

static const Count counts[] = {
  { "forwarded", "count_tokens", NULL, "one", 2 },
  { "404", "error 404 not_found_error no", "1", NULL, 1 },
  { "405", "error 405 invalid_request_error no", "1", NULL, 1 },
  { "501", "error 501 api_error no", "1", NULL, 1 },
  { "404-html", "html 404", "1", NULL, 1 },
  { "429", "error 429 rate_limit_error slow", NULL, "two", 2 },
  { "401", "error 401 authentication_error invalid x-api-key", NULL, "two", 2 },
};

static const Count *current_count;

static void
client_counts (QccProxyFixture *fixture,
               QccRawClient *client)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QccRawAnswer) answer = post (client, COUNT_PATH, "");

      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_true (g_str_has_prefix (answer->body->str, "{\"input_tokens\":"));
      assert_header (answer, "x-qcc-estimate", current_count->estimate);
      assert_header (answer, "x-qcc-endpoint", current_count->endpoint);
    }
}

static void
test_count (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);
  gboolean fails_over;

  current_count = data;
  fails_over = g_strcmp0 (current_count->endpoint, "two") == 0;
  set_script (fixture, 0, "/v1/messages/count_tokens", current_count->script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_counts);
  /* A cool-down may keep the first endpoint from being asked again. */
  if (fails_over)
    g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), >=, 1);
  else
    g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, current_count->n_first);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[1]), ==, fails_over ? 2 : 0);
}

/* Answered here, without a token and without an endpoint (spec 2.10, 2.15). */

static void
client_asks_local_paths (QccProxyFixture *fixture,
                         QccRawClient *client)
{
  const char *const heads[] = { "/", "/api/hello", "/?x=1", "/qcc/health" };
  const char *const unknown[] = { "GET /qcc/nothing", "GET /qcc", "GET /qcc/", "POST /qcc/health", "GET /qcc/health/x" };
  g_autoptr (QccRawAnswer) health = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autofree char *request = g_strdup_printf ("HEAD %s HTTP/1.1\r\nHost: localhost\r\n\r\n", heads[i]);
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_raw_client_send (client, request, -1);
      answer = qcc_raw_client_read_head (client);
      g_assert_cmpuint (answer->status, ==, 200);
    }

  qcc_raw_client_send (client, "GET /qcc/health HTTP/1.1\r\nHost: localhost\r\n\r\n", -1);
  health = qcc_raw_client_read_answer (client);
  g_assert_cmpuint (health->status, ==, 200);
  g_assert_cmpstr (health->body->str, ==, "{\"status\":\"ok\"}");
  assert_header (health, "Content-Type", "application/json");

  for (gsize i = 0; i < G_N_ELEMENTS (unknown); i++)
    {
      g_autoptr (QccRawClient) next = qcc_proxy_fixture_connect (fixture);
      g_autofree char *request = g_strdup_printf ("%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", unknown[i]);
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_raw_client_send (next, request, -1);
      answer = qcc_raw_client_read_answer (next);
      g_assert_cmpuint (answer->status, ==, 404);
      g_assert_nonnull (strstr (answer->body->str, "\"not_found_error\""));
    }
}

static void
test_local (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_asks_local_paths);
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[0]), ==, 0);
}

static void
test_local_without_profile (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (0);

  qcc_proxy_fixture_start_with_profiles (fixture, NULL);
  qcc_proxy_fixture_run (fixture, client_asks_local_paths);
}

/* The pool (spec 2.12). */

static void
assert_answered_by (QccRawClient *client,
                    const char *endpoint)
{
  g_autoptr (QccRawAnswer) answer = post (client, "/v1/messages", "");

  g_assert_cmpuint (answer->status, ==, 200);
  assert_header (answer, "x-qcc-endpoint", endpoint);
}

/* Also when the clients come one after the other. */
static void
client_asks_often (QccProxyFixture *fixture,
                   QccRawClient *client)
{
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (QccRawClient) next = qcc_proxy_fixture_connect (fixture);

      assert_answered_by (next, "one");
    }
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[0]), ==, 1);
}

/* The one repetition at the same endpoint that a failure is allowed is still there afterwards: the dead
 * connection was not counted as one. */
static void
client_meets_dead_connection (QccProxyFixture *fixture,
                              QccRawClient *client)
{
  assert_answered_by (client, "one");
  qcc_fake_provider_set_die_on_reuse (fixture->providers[0], TRUE);
  qcc_proxy_fixture_push (fixture, 0, "header Connection: close\nerror 500 api_error oops");
  assert_answered_by (client, "one");
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 3);
}

static void
client_meets_closed_connection (QccProxyFixture *fixture,
                                QccRawClient *client)
{
  assert_answered_by (client, "one");
  qcc_fake_provider_close_idle (fixture->providers[0]);
  g_assert_true (qcc_fake_provider_wait_open (fixture->providers[0], 0, 10000));
  qcc_proxy_fixture_push (fixture, 0, "header Connection: close\nerror 500 api_error oops");
  assert_answered_by (client, "one");
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 3);
}

/* With a byte of an answer it is a failure: one repetition, then the next endpoint. */
static void
client_meets_half_answer (QccProxyFixture *fixture,
                          QccRawClient *client)
{
  assert_answered_by (client, "one");
  qcc_proxy_fixture_push (fixture, 0, "raw H\nfin");
  qcc_proxy_fixture_push (fixture, 0, "half_head\nfin");
  assert_answered_by (client, "two");
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 3);
}

static void
test_pool (gconstpointer test)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, (QccProxyTest) test);
}

/* Transparent mode (spec 2.14). */

typedef struct
{
  const char *name;
  const char *headers;
  guint status;
  const char *authorization; /* (nullable): what the provider gets */
  const char *api_key;       /* (nullable) */
} Transparent;

static const Transparent transparents[] = {
  { "api-key", "x-api-key: key-of-one\r\n", 200, NULL, "key-of-one" },
  { "bearer", "Authorization: Bearer key-of-one\r\n", 200, "Bearer key-of-one", NULL },
  { "wrong", "x-api-key: wrong\r\n", 401, NULL, "wrong" },
  { "none", "", 401, NULL, NULL },
  { "token-bearer", "Authorization: Bearer qcc-0123\r\n", 401, NULL, NULL },
  { "token-bearer-case", "Authorization: BEARER qcc-0123\r\n", 401, NULL, NULL },
  { "token-bearer-blanks", "Authorization: Bearer   qcc-0123\r\n", 401, NULL, NULL },
  { "token-api-key", "x-api-key: qcc-0123\r\n", 401, NULL, NULL },
  { "token-and-key", "Authorization: Bearer qcc-0123\r\nx-api-key: key-of-one\r\n", 200, NULL, "key-of-one" },
};

static const Transparent *current_transparent;

static void
client_is_transparent (QccProxyFixture *fixture,
                       QccRawClient *client)
{
  /* Twice: a refusal disables nothing. */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QccRawAnswer) answer = post (client, "/v1/messages", current_transparent->headers);
      g_autoptr (QccFakeRequest) seen = qcc_fake_provider_get_request (fixture->providers[0], i);

      g_assert_cmpuint (answer->status, ==, current_transparent->status);
      if (answer->status == 401)
        g_assert_nonnull (strstr (answer->body->str, "\"authentication_error\""));
      g_assert_cmpstr (qcc_fake_request_get_header (seen, "Authorization"), ==, current_transparent->authorization);
      g_assert_cmpstr (qcc_fake_request_get_header (seen, "x-api-key"), ==, current_transparent->api_key);
    }
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 2);
}

static void
test_transparent (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
  g_autofree char *url = qcc_fake_provider_dup_url (fixture->providers[0]);

  current_transparent = data;
  fixture->transparent_url = url;
  qcc_proxy_fixture_set_string (fixture, "proxy", "transparent", "true");
  qcc_proxy_fixture_start_with_profiles (fixture, NULL);
  qcc_proxy_fixture_run (fixture, client_is_transparent);
}

static void
client_uses_profile (QccProxyFixture *fixture,
                     QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = post (client, "/v1/messages", "x-api-key: theirs\r\n");
  g_autoptr (QccFakeRequest) seen = qcc_fake_provider_get_request (fixture->providers[0], 0);

  g_assert_cmpuint (answer->status, ==, 200);
  assert_header (answer, "x-qcc-endpoint", "one");
  g_assert_cmpstr (qcc_fake_request_get_header (seen, "Authorization"), ==, "Bearer key-of-one");
  g_assert_null (qcc_fake_request_get_header (seen, "x-api-key"));
}

static void
test_transparent_with_profile (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  fixture->transparent_url = "http://127.0.0.1:1";
  qcc_proxy_fixture_set_string (fixture, "proxy", "transparent", "true");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_uses_profile);
}

static void
client_is_told_to_configure (QccProxyFixture *fixture,
                             QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = post (client, "/v1/messages", "x-api-key: key-of-one\r\n");

  g_assert_cmpuint (answer->status, ==, 503);
  assert_header (answer, "x-should-retry", "false");
  g_assert_nonnull (strstr (answer->body->str, "\"api_error\""));
  g_assert_nonnull (strstr (answer->body->str, "qcc init"));
}

static void
test_no_profile (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
  g_autofree char *url = qcc_fake_provider_dup_url (fixture->providers[0]);

  fixture->transparent_url = url;
  qcc_proxy_fixture_start_with_profiles (fixture, NULL);
  qcc_proxy_fixture_run (fixture, client_is_told_to_configure);
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[0]), ==, 0);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/count-tokens/", counts[i].name, NULL);

      g_test_add_data_func (path, &counts[i], test_count);
    }
  g_test_add_func ("/proxy/local/with-profile", test_local);
  g_test_add_func ("/proxy/local/without-profile", test_local_without_profile);
  g_test_add_data_func ("/proxy/pool/reuse", client_asks_often, test_pool);
  g_test_add_data_func ("/proxy/pool/dead", client_meets_dead_connection, test_pool);
  g_test_add_data_func ("/proxy/pool/closed", client_meets_closed_connection, test_pool);
  g_test_add_data_func ("/proxy/pool/half-answer", client_meets_half_answer, test_pool);
  for (gsize i = 0; i < G_N_ELEMENTS (transparents); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/transparent/", transparents[i].name, NULL);

      g_test_add_data_func (path, &transparents[i], test_transparent);
    }
  g_test_add_func ("/proxy/transparent/with-profile", test_transparent_with_profile);
  g_test_add_func ("/proxy/transparent/off-without-profile", test_no_profile);

  return g_test_run ();
}
