/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-token.h"
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/*
 * Local tokens (spec 3.3): who is let in, and where an exchange may go. The profile `main` has the endpoint
 * `one`, `project` has `two`, and `off`, of tier `disabled`, has `three`. No word that begins with `qcc-`
 * may reach a provider, whatever happens.
 */

#define TOKENS                                                                     \
  "[{\"name\":\"locked\",\"sha256\":\"%s\",\"profile\":\"project\"},"              \
  "{\"name\":\"cross\",\"sha256\":\"%s\",\"profile\":\"project\",\"cross\":true}," \
  "{\"name\":\"free\",\"sha256\":\"%s\"},"                                         \
  "{\"name\":\"off\",\"sha256\":\"%s\",\"profile\":\"off\",\"cross\":true}]"

#define BEARER(token) "Authorization: Bearer " token "\r\n"
#define API_KEY(token) "x-api-key: " token "\r\n"

typedef struct
{
  const char *name;
  const char *headers;
  guint status;
  const char *endpoint; /* (nullable): who answers */
  gboolean require;
  const char *broken; /* (nullable): endpoint that refuses connections */
} Case;

static const Case cases[] = {
  { "none", "", 200, "one" },
  { "word", BEARER ("qcc"), 200, "one" },
  { "unknown", BEARER ("qcc-unknown"), 200, "one" },
  { "unknown-fallback", BEARER ("qcc-unknown"), 200, "two", .broken = "one" },
  { "bearer", BEARER ("qcc-locked"), 200, "two" },
  { "bearer-case", "authorization: bearer  qcc-locked\r\n", 200, "two" },
  { "api-key", API_KEY ("qcc-locked"), 200, "two" },
  { "bearer-and-key", BEARER ("qcc-locked") API_KEY ("sk-theirs"), 200, "two" },
  { "key-and-bearer", API_KEY ("sk-theirs") BEARER ("qcc-locked"), 200, "two" },
  { "bearer-theirs", BEARER ("sk-theirs") API_KEY ("qcc-locked"), 200, "two" },
  { "unknown-and-known", BEARER ("qcc-unknown") API_KEY ("qcc-locked"), 200, "two" },
  { "key-twice", API_KEY ("sk-theirs") API_KEY ("qcc-locked") API_KEY ("sk-more"), 200, "two" },
  { "locked-broken", BEARER ("qcc-locked"), 503, NULL, .broken = "two" },
  { "cross", BEARER ("qcc-cross"), 200, "two" },
  { "cross-broken", BEARER ("qcc-cross"), 200, "one", .broken = "two" },
  { "free", BEARER ("qcc-free"), 200, "one" },
  { "free-broken", BEARER ("qcc-free"), 200, "two", .broken = "one" },
  { "off", BEARER ("qcc-off"), 403, NULL },
  { "required-none", "", 403, NULL, TRUE },
  { "required-word", BEARER ("qcc"), 403, NULL, TRUE },
  { "required-key", API_KEY ("sk-theirs"), 403, NULL, TRUE },
  { "required-unknown", BEARER ("qcc-unknown"), 403, NULL, TRUE },
  { "required-prefix", BEARER ("qcc-"), 403, NULL, TRUE },
  { "required-shorter", BEARER ("qcc-locke"), 403, NULL, TRUE },
  { "required-longer", BEARER ("qcc-lockedx"), 403, NULL, TRUE },
  { "required-more", BEARER ("qcc-locked x"), 403, NULL, TRUE },
  { "required-case", BEARER ("qcc-Locked"), 403, NULL, TRUE },
  { "required-elsewhere", "x-token: qcc-locked\r\n", 403, NULL, TRUE },
  { "required-off", BEARER ("qcc-off"), 403, NULL, TRUE },
  { "required-known", BEARER ("qcc-locked"), 200, "two", TRUE },
  { "required-both", BEARER ("sk-theirs") API_KEY ("qcc-cross"), 200, "two", TRUE },
  { "required-free", API_KEY ("qcc-free"), 200, "one", TRUE },
};

static const Case *current;

static char *
hash (const char *text)
{
  g_autoptr (QccSecret) token = qcc_secret_new (text, -1);

  return qcc_token_hash (token);
}

static char *
describe_profiles (QccProxyFixture *fixture)
{
  g_autofree char *one = qcc_proxy_fixture_describe_endpoint (fixture, 0, "");
  g_autofree char *two = qcc_proxy_fixture_describe_endpoint (fixture, 1, "");
  g_autofree char *three = qcc_proxy_fixture_describe_endpoint (fixture, 2, "");
  g_autofree char *locked = hash ("qcc-locked");
  g_autofree char *cross = hash ("qcc-cross");
  g_autofree char *not_bound = hash ("qcc-free");
  g_autofree char *off = hash ("qcc-off");

  return g_strdup_printf ("{\"version\":1,\"default\":\"main\",\"profiles\":["
                          "{\"name\":\"main\",\"endpoints\":[%s]},"
                          "{\"name\":\"project\",\"tier\":\"fallback\",\"endpoints\":[%s]},"
                          "{\"name\":\"off\",\"tier\":\"disabled\",\"endpoints\":[%s]}],\"tokens\":" TOKENS "}",
                          one, two, three, locked, cross, not_bound, off);
}

static QccProxyFixture *
start (gboolean require,
       const char *broken)
{
  const char *const names[] = { "one", "two", "three" };
  QccProxyFixture *fixture = qcc_proxy_fixture_new (3);
  g_autofree char *profiles = describe_profiles (fixture);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    qcc_fake_provider_set_refusing (fixture->providers[i], g_strcmp0 (names[i], broken) == 0);
  qcc_proxy_fixture_set_string (fixture, "proxy", "require-token", require ? "true" : "false");
  qcc_proxy_fixture_start_with_profiles (fixture, profiles);

  return fixture;
}

static void
assert_clean (const char *text)
{
  if (strstr (text, "qcc-") != NULL)
    g_error ("a token left QCC: %s", text);
}

static guint
check_provider (QccFakeProvider *provider)
{
  guint n = qcc_fake_provider_get_n_requests (provider);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (QccFakeRequest) request = qcc_fake_provider_get_request (provider, i);
      gsize length;
      const char *data = request->body != NULL ? g_bytes_get_data (request->body, &length) : NULL;
      g_autofree char *body = g_strndup (data, data != NULL ? length : 0);

      g_assert_cmpuint (request->headers->len, >, 0);
      assert_clean (request->target);
      if (body != NULL)
        assert_clean (body);
      for (guint j = 0; j < request->headers->len; j++)
        {
          const QccFakeHeader *header = g_ptr_array_index (request->headers, j);

          assert_clean (header->name);
          assert_clean (header->value);
        }
    }

  return n;
}

static void
assert_refusal (const QccRawAnswer *answer)
{
  g_autofree char *retry = qcc_raw_answer_get_header (answer, "x-should-retry");

  g_assert_cmpuint (answer->status, ==, 403);
  g_assert_cmpstr (retry, ==, "false");
  g_assert_nonnull (strstr (answer->body->str, "\"permission_error\""));
  g_assert_nonnull (strstr (answer->body->str, "qcc "));
  assert_clean (answer->body->str);
}

static void
send_case (QccProxyFixture *fixture,
           QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autofree char *endpoint = NULL;

  qcc_raw_client_post (client, "/v1/messages?beta=true", current->headers, QCC_UNARY_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  endpoint = qcc_raw_answer_get_header (answer, "x-qcc-endpoint");
  g_assert_cmpuint (answer->status, ==, current->status);
  if (current->status == 403)
    assert_refusal (answer);
  if (current->status != 503)
    g_assert_cmpstr (endpoint, ==, current->endpoint);
}

static void
test_case (gconstpointer data)
{
  const Case *row = data;
  g_autoptr (QccProxyFixture) fixture = start (row->require, row->broken);
  guint n_one, n_two;

  current = row;
  qcc_proxy_fixture_run (fixture, send_case);
  qcc_proxy_fixture_wait_records (fixture, 1);

  n_one = check_provider (fixture->providers[0]);
  n_two = check_provider (fixture->providers[1]);
  g_assert_cmpuint (n_one, ==, g_strcmp0 (row->endpoint, "one") == 0 ? 1 : 0);
  g_assert_cmpuint (n_two, ==, g_strcmp0 (row->endpoint, "two") == 0 ? 1 : 0);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[2]), ==, 0);
}

static QccRawAnswer *
ask (QccProxyFixture *fixture,
     const char *request_line,
     const char *headers)
{
  g_autoptr (QccRawClient) client = qcc_proxy_fixture_connect (fixture);
  g_autofree char *request = g_strdup_printf ("%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", request_line, headers);

  qcc_raw_client_send (client, request, -1);
  return qcc_raw_client_read_head (client);
}

static void
client_asks_open_paths (QccProxyFixture *fixture,
                        QccRawClient *client)
{
  static const struct
  {
    const char *request_line;
    const char *headers;
    guint status;
  } rows[] = {
    { "HEAD /", "", 200 },
    { "HEAD /api/hello", "", 200 },
    { "GET /qcc/health", "", 200 },
    { "GET /qcc/else", "", 403 },
    { "GET /qcc/else", BEARER ("qcc-free"), 404 },
    { "GET /v1/models", "", 403 },
    { "GET /v1/models", BEARER ("qcc-free"), 200 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (QccRawAnswer) answer = ask (fixture, rows[i].request_line, rows[i].headers);

      g_test_message ("%s", rows[i].request_line);
      g_assert_cmpuint (answer->status, ==, rows[i].status);
    }
}

static void
test_open_paths (void)
{
  g_autoptr (QccProxyFixture) fixture = start (TRUE, NULL);

  qcc_proxy_fixture_run (fixture, client_asks_open_paths);
}

/* The body never comes, and the answer does not wait for it. */
static void
client_is_refused_early (QccProxyFixture *fixture,
                         QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_send (client, "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n" BEARER ("qcc-unknown") "Content-Length: 1000000\r\n\r\n", -1);
  answer = qcc_raw_client_read_answer (client);
  assert_refusal (answer);
}

static void
test_before_body (void)
{
  g_autoptr (QccProxyFixture) fixture = start (TRUE, NULL);

  qcc_proxy_fixture_run (fixture, client_is_refused_early);
}

/* The setting takes effect while the service runs. */
static void
test_switched_on (void)
{
  static const Case before = { "before", "", 200, "one" };
  static const Case after = { "after", "", 403, NULL };
  g_autoptr (QccProxyFixture) fixture = start (FALSE, NULL);

  current = &before;
  qcc_proxy_fixture_run (fixture, send_case);
  qcc_proxy_fixture_set_string (fixture, "proxy", "require-token", "true");
  current = &after;
  qcc_proxy_fixture_run (fixture, send_case);
}

/* Without any profile: transparent mode passes a key on but no token, and is off where a token is required. */
static const Case transparents[] = {
  { "key", API_KEY ("key-of-one"), 200, "one" },
  { "token-and-key", BEARER ("qcc-free") API_KEY ("key-of-one"), 200, "one" },
  { "token-in-key", API_KEY ("qcc-free"), 401, "one" },
  { "token-behind-key", API_KEY ("key-of-one qcc-free"), 401, "one" },
  { "required", BEARER ("qcc-free") API_KEY ("key-of-one"), 503, NULL, TRUE },
  { "required-none", API_KEY ("key-of-one"), 403, NULL, TRUE },
};

static void
client_is_transparent (QccProxyFixture *fixture,
                       QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", current->headers, QCC_UNARY_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  g_assert_cmpuint (answer->status, ==, current->status);
}

static void
test_transparent (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
  g_autofree char *url = qcc_fake_provider_dup_url (fixture->providers[0]);
  g_autofree char *sha256 = hash ("qcc-free");
  g_autofree char *profiles = g_strdup_printf ("{\"version\":1,\"tokens\":[{\"name\":\"free\",\"sha256\":\"%s\"}]}", sha256);

  current = data;
  fixture->transparent_url = url;
  qcc_proxy_fixture_set_string (fixture, "proxy", "transparent", "true");
  qcc_proxy_fixture_set_string (fixture, "proxy", "require-token", current->require ? "true" : "false");
  qcc_proxy_fixture_start_with_profiles (fixture, profiles);
  qcc_proxy_fixture_run (fixture, client_is_transparent);
  g_assert_cmpuint (check_provider (fixture->providers[0]), ==, current->endpoint != NULL ? 1 : 0);
}

static void
add_cases (const char *prefix,
           const Case *rows,
           gsize n,
           GTestDataFunc func)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *path = g_strconcat (prefix, rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], func);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  add_cases ("/proxy/token/", cases, G_N_ELEMENTS (cases), test_case);
  add_cases ("/proxy/token/transparent/", transparents, G_N_ELEMENTS (transparents), test_transparent);
  g_test_add_func ("/proxy/token/open-paths", test_open_paths);
  g_test_add_func ("/proxy/token/before-body", test_before_body);
  g_test_add_func ("/proxy/token/switched-on", test_switched_on);

  return g_test_run ();
}
