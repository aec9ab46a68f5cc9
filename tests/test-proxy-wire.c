/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/* What an endpoint gets of a request: target, headers, credential (spec 2.2, 2.3). */

#define MODELS "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"

static void
start_with_endpoint (QccProxyFixture *fixture,
                     const char *endpoint)
{
  g_autofree char *text = g_strdup_printf ("{\"version\":1,\"default\":\"main\",\"profiles\":[{\"name\":\"main\",\"endpoints\":[%s]}]}",
                                           endpoint);

  qcc_proxy_fixture_start_with_profiles (fixture, text);
}

/* All values of one name in their order, divided by “|”; NULL when there is none. */
static char *
join_request_headers (const QccFakeRequest *request,
                      const char *name)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new ();

  for (guint i = 0; i < request->headers->len; i++)
    {
      const QccFakeHeader *header = g_ptr_array_index (request->headers, i);

      if (g_ascii_strcasecmp (header->name, name) == 0)
        g_ptr_array_add (values, header->value);
    }
  if (values->len == 0)
    return NULL;

  g_ptr_array_add (values, NULL);
  return g_strjoinv ("|", (char **) values->pdata);
}

static QccFakeRequest *
get_last_request (QccFakeProvider *provider)
{
  guint n = qcc_fake_provider_get_n_requests (provider);

  g_assert_cmpuint (n, >, 0);
  return qcc_fake_provider_get_request (provider, n - 1);
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

/* Spec 2.2: every method and path with its query. */

typedef struct
{
  const char *name;
  const char *method;
  const char *target;
  const char *path;  /* what the provider is asked for, without the query */
  const char *body;  /* (nullable) */
  const char *query; /* (nullable): with its question mark, where libsoup writes it in another way */
} Target;

/* libsoup writes hexadecimal digits in capitals and unreserved characters plainly; both say the same. */

static const Target targets[] = {
  { "get", "GET", "/v1/models/claude-x", "/v1/models/claude-x", NULL },
  { "query", "GET", "/v1/models/x?a=b&c=%20", "/v1/models/x", NULL },
  { "query-duplicates", "GET", "/v1/x?a=1&a=2&&=&b", "/v1/x", NULL },
  { "query-odd", "GET", "/v1/x?q=a/b?c+d%2B%26%00;~", "/v1/x", NULL },
  { "query-case", "GET", "/v1/x?u=%e4%BD%a0%7e", "/v1/x", NULL, "?u=%E4%BD%A0~" },
  { "query-empty", "GET", "/v1/x?", "/v1/x", NULL },
  { "delete", "DELETE", "/v1/files/file_1?beta=true", "/v1/files/file_1", NULL },
  { "delete-body", "DELETE", "/v1/files/file_1", "/v1/files/file_1", "{\"why\":1}" },
  { "put", "PUT", "/v1/files/file_1", "/v1/files/file_1", "new" },
  { "patch", "PATCH", "/v1/files/file_1", "/v1/files/file_1", "{\"a\":1}" },
  { "post-empty", "POST", "/v1/files", "/v1/files", "" },
  { "own-method", "REPORT", "/v1/files", "/v1/files", NULL },
  { "encoded-slash", "GET", "/v1/files/a%2Fb%2fc", "/v1/files/a%2Fb%2Fc", NULL },
  { "encoded-letter", "GET", "/v1/%41%7e", "/v1/A~", NULL },
  { "encoded-percent", "GET", "/v1/a%2541%25", "/v1/a%2541%25", NULL },
  { "encoded-question-mark", "GET", "/v1/a%3Fb%23c", "/v1/a%3Fb%23c", NULL },
  { "encoded-utf8", "GET", "/v1/%E4%BD%A0", "/v1/%E4%BD%A0", NULL },
  { "punctuation", "GET", "/v1/a;b=c,d:e@f!$&'()*+", "/v1/a;b=c,d:e@f!$&'()*+", NULL },
  { "double-slash", "GET", "/v1//models/", "/v1//models/", NULL },
};

static const Target *current_target;

static void
client_sends_target (QccProxyFixture *fixture,
                     QccRawClient *client)
{
  const char *query = current_target->query != NULL ? current_target->query : strchr (current_target->target, '?');
  g_autofree char *expected = g_strconcat (current_target->path, query, NULL);
  g_autoptr (GString) request = g_string_new (NULL);
  g_autoptr (QccFakeRequest) seen = NULL;
  g_autoptr (QccRawAnswer) answer = NULL;

  g_string_append_printf (request, "%s %s HTTP/1.1\r\nHost: localhost\r\n", current_target->method, current_target->target);
  if (current_target->body != NULL)
    g_string_append_printf (request, "Content-Length: %" G_GSIZE_FORMAT "\r\n", strlen (current_target->body));
  g_string_append_printf (request, "\r\n%s", current_target->body != NULL ? current_target->body : "");
  qcc_raw_client_send (client, request->str, -1);
  answer = qcc_raw_client_read_answer (client);

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (answer->body->str, ==, "{\"fine\":true}");
  seen = get_last_request (fixture->providers[0]);
  g_assert_cmpstr (seen->method, ==, current_target->method);
  g_assert_cmpstr (seen->target, ==, expected);
  g_assert_cmpstr (seen->version, ==, "HTTP/1.1");
  g_assert_cmpuint (seen->body_length, ==, current_target->body != NULL ? strlen (current_target->body) : 0);
  if (seen->body_length > 0)
    g_assert_cmpmem (g_bytes_get_data (seen->body, NULL), g_bytes_get_size (seen->body),
                     current_target->body, strlen (current_target->body));
}

static void
test_target (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
  g_autoptr (GError) error = NULL;

  current_target = data;
  qcc_fake_provider_set_script (fixture->providers[0], current_target->path, "json {\"fine\":true}", &error);
  g_assert_no_error (error);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_sends_target);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 1);
}

/* Spec 2.2: base_url may have a path prefix. */
static void
client_asks_below_prefix (QccProxyFixture *fixture,
                          QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autoptr (QccFakeRequest) seen = NULL;

  qcc_raw_client_post (client, "/v1/messages?beta=true", "", QCC_UNARY_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  seen = get_last_request (fixture->providers[0]);
  g_assert_cmpstr (seen->target, ==, "/api/anthropic/v1/messages?beta=true");
  g_assert_cmpuint (answer->status, ==, 200);
}

static void
test_prefix (gconstpointer suffix)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
  g_autofree char *url = qcc_fake_provider_dup_url (fixture->providers[0]);
  g_autofree char *endpoint = g_strdup_printf ("{\"id\":\"one\",\"base_url\":\"%s%s\"}", url, (const char *) suffix);
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (fixture->providers[0], "/api/anthropic/v1/messages", "auto hello", &error);
  g_assert_no_error (error);
  start_with_endpoint (fixture, endpoint);
  qcc_proxy_fixture_run (fixture, client_asks_below_prefix);
}

/* Spec 2.2: headers of the request. */

typedef struct
{
  const char *name;
  const char *values; /* (nullable): divided by “|”; NULL when it must not be there */
} Header;

#define REQUEST_HEADERS                               \
  "ANTHROPIC-Version: 2023-06-01\r\n"                 \
  "anthropic-beta: first-2024,second-2024\r\n"        \
  "X-Twice: 1\r\n"                                    \
  "anthropic-beta: third-2025\r\n"                    \
  "User-Agent: claude-cli/2.0 (external, cli)\r\n"    \
  "x-twice: 2\r\n"                                    \
  "X-Stainless-Lang: js\r\n"                          \
  "X-App: cli\r\n"                                    \
  "X-Unknown: a;b=\"c, d\",  e\r\n"                   \
  "X-Empty:\r\n"                                      \
  "X-Raw: \xe4\xbd\xa0\r\n"                           \
  "x-TWICE: 1\r\n"                                    \
  "Cookie: a=b; c=d\r\n"                              \
  "Accept: application/json\r\n"                      \
  "Accept-Encoding: gzip, br;q=0.5\r\n"               \
  "Accept-Language: *\r\n"                            \
  "Content-Type: application/json; charset=utf-8\r\n" \
  "Referer: http://localhost/x\r\n"                   \
  "x-claude-code-session-id: 1-2\r\n"                 \
  "Authorization: Bearer client-token\r\n"            \
  "X-Api-Key: client-key\r\n"                         \
  "Connection: keep-alive, X-Named\r\n"               \
  "Connection: x-also-named\r\n"                      \
  "X-Named: 1\r\n"                                    \
  "X-Also-Named: 1\r\n"                               \
  "Keep-Alive: timeout=5\r\n"                         \
  "TE: trailers\r\n"                                  \
  "Trailer: X-Sum\r\n"                                \
  "Upgrade: h2c\r\n"                                  \
  "Proxy-Authorization: Basic YTpi\r\n"               \
  "Proxy-Connection: keep-alive\r\n"                  \
  "X-QCC-Priority: background\r\n"                    \
  "x-qcc-anything: 1\r\n"

static const Header request_headers[] = {
  { "anthropic-version", "2023-06-01" },
  { "anthropic-beta", "first-2024,second-2024|third-2025" },
  { "user-agent", "claude-cli/2.0 (external, cli)" },
  { "x-twice", "1|2|1" },
  { "x-stainless-lang", "js" },
  { "x-app", "cli" },
  { "x-unknown", "a;b=\"c, d\",  e" },
  { "x-empty", "" },
  { "x-raw", "\xe4\xbd\xa0" },
  { "cookie", "a=b; c=d" },
  { "accept", "application/json" },
  { "accept-language", "*" },
  { "content-type", "application/json; charset=utf-8" },
  { "referer", "http://localhost/x" },
  { "x-claude-code-session-id", "1-2" },
  /* replaced: the fixture's endpoints are no api.anthropic.com (spec 2.3) */
  { "authorization", "Bearer key-of-one" },
  { "x-api-key", NULL },
  /* of one connection only */
  { "x-named", NULL },
  { "x-also-named", NULL },
  { "keep-alive", NULL },
  { "te", NULL },
  { "trailer", NULL },
  { "upgrade", NULL },
  { "transfer-encoding", NULL },
  { "proxy-authorization", NULL },
  { "proxy-connection", NULL },
  /* for QCC itself */
  { "x-qcc-priority", NULL },
  { "x-qcc-anything", NULL },
};

static void
assert_request_headers (const QccFakeRequest *request,
                        const char *accept_encoding,
                        guint16 port)
{
  g_autofree char *host = join_request_headers (request, "Host");
  g_autofree char *expected_host = g_strdup_printf ("127.0.0.1:%u", port);
  g_autofree char *coding = join_request_headers (request, "Accept-Encoding");
  g_autofree char *connection = join_request_headers (request, "Connection");

  for (gsize i = 0; i < G_N_ELEMENTS (request_headers); i++)
    {
      g_autofree char *values = join_request_headers (request, request_headers[i].name);

      if (g_strcmp0 (values, request_headers[i].values) != 0)
        g_test_message ("%s", request_headers[i].name);
      g_assert_cmpstr (values, ==, request_headers[i].values);
    }
  g_assert_cmpstr (host, ==, expected_host);
  g_assert_cmpstr (coding, ==, accept_encoding);
  g_assert_true (connection == NULL || g_ascii_strcasecmp (connection, "keep-alive") == 0);
}

static void
client_sends_headers (QccProxyFixture *fixture,
                      QccRawClient *client)
{
  const struct
  {
    const char *path;
    const char *accept_encoding;
  } rows[] = {
    { "/v1/messages", "identity" },
    { "/v1/messages?beta=true", "identity" },
    { "/v1/messages/count_tokens", "gzip, br;q=0.5" },
    { "/v1/models", "gzip, br;q=0.5" },
  };
  guint16 port = qcc_fake_provider_get_port (fixture->providers[0]);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (QccRawAnswer) answer = NULL;
      g_autoptr (QccFakeRequest) seen = NULL;

      qcc_raw_client_post (client, rows[i].path, REQUEST_HEADERS, QCC_UNARY_REQUEST);
      answer = qcc_raw_client_read_answer (client);
      g_assert_cmpuint (answer->status, ==, 200);
      seen = get_last_request (fixture->providers[0]);
      assert_request_headers (seen, rows[i].accept_encoding, port);
    }
}

static void
test_request_headers (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_sends_headers);
}

/* Nothing of libsoup's or of QCC's own is added to a bare request. */
static void
client_sends_bare_request (QccProxyFixture *fixture,
                           QccRawClient *client)
{
  const char *const expected[] = { "host", "authorization", "connection", NULL };
  g_autoptr (QccFakeRequest) seen = NULL;

  assert_connection_goes_on (client);
  seen = get_last_request (fixture->providers[0]);
  for (guint i = 0; i < seen->headers->len; i++)
    {
      const QccFakeHeader *header = g_ptr_array_index (seen->headers, i);
      g_autofree char *name = g_ascii_strdown (header->name, -1);

      if (!g_strv_contains (expected, name))
        g_test_message ("%s: %s", header->name, header->value);
      g_assert_true (g_strv_contains (expected, name));
    }
}

static void
test_nothing_added (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_sends_bare_request);
}

/* Spec 2.3: the endpoint's scheme, one header, whatever the client sent. */

typedef struct
{
  const char *name;
  const char *auth; /* (nullable): member of the endpoint */
  gboolean is_anthropic;
  const char *authorization; /* (nullable) */
  const char *api_key;       /* (nullable) */
} Auth;

static const Auth auths[] = {
  { "x-api-key", "x-api-key", FALSE, NULL, "key-of-one" },
  { "bearer", "bearer", FALSE, "Bearer key-of-one", NULL },
  { "auto", "auto", FALSE, "Bearer key-of-one", NULL },
  { "default", NULL, FALSE, "Bearer key-of-one", NULL },
  { "auto-anthropic", "auto", TRUE, NULL, "key-of-one" },
  { "bearer-anthropic", "bearer", TRUE, "Bearer key-of-one", NULL },
};

static const Auth *current_auth;

static void
client_sends_credentials (QccProxyFixture *fixture,
                          QccRawClient *client)
{
  const char *const sent[] = {
    "",
    "x-api-key: theirs\r\n",
    "Authorization: Bearer theirs\r\n",
    "x-api-key: theirs\r\nAuthorization: Bearer theirs\r\n",
    "X-API-KEY: a\r\nx-api-key: b\r\nAUTHORIZATION: Basic YTpi\r\nauthorization: Bearer theirs\r\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (sent); i++)
    {
      g_autoptr (QccRawAnswer) answer = NULL;
      g_autoptr (QccFakeRequest) seen = NULL;
      g_autofree char *authorization = NULL;
      g_autofree char *api_key = NULL;

      qcc_raw_client_post (client, "/v1/messages", sent[i], QCC_UNARY_REQUEST);
      answer = qcc_raw_client_read_answer (client);
      g_assert_cmpuint (answer->status, ==, 200);
      seen = get_last_request (fixture->providers[0]);
      authorization = join_request_headers (seen, "Authorization");
      api_key = join_request_headers (seen, "x-api-key");
      g_assert_cmpstr (authorization, ==, current_auth->authorization);
      g_assert_cmpstr (api_key, ==, current_auth->api_key);
    }
}

/* api.anthropic.com is reached through the provider, which here is an HTTP proxy. */
static void
test_auth (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);
  g_autofree char *url = qcc_fake_provider_dup_url (fixture->providers[0]);
  g_autoptr (GString) endpoint = g_string_new ("{\"id\":\"one\"");
  g_autoptr (GError) error = NULL;

  current_auth = data;
  if (current_auth->is_anthropic)
    g_string_append_printf (endpoint, ",\"base_url\":\"http://api.anthropic.com\",\"proxy\":\"%s\"", url);
  else
    g_string_append_printf (endpoint, ",\"base_url\":\"%s\"", url);
  if (current_auth->auth != NULL)
    g_string_append_printf (endpoint, ",\"auth\":\"%s\"", current_auth->auth);
  g_string_append_c (endpoint, '}');

  qcc_fake_provider_set_script (fixture->providers[0], "http://api.anthropic.com/v1/messages", "auto hello", &error);
  g_assert_no_error (error);
  start_with_endpoint (fixture, endpoint->str);
  qcc_proxy_fixture_run (fixture, client_sends_credentials);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/wire/target/", targets[i].name, NULL);

      g_test_add_data_func (path, &targets[i], test_target);
    }
  g_test_add_data_func ("/proxy/wire/prefix/plain", "/api/anthropic", test_prefix);
  g_test_add_data_func ("/proxy/wire/prefix/slash", "/api/anthropic/", test_prefix);
  g_test_add_func ("/proxy/wire/request-headers", test_request_headers);
  g_test_add_func ("/proxy/wire/nothing-added", test_nothing_added);
  for (gsize i = 0; i < G_N_ELEMENTS (auths); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/wire/auth/", auths[i].name, NULL);

      g_test_add_data_func (path, &auths[i], test_auth);
    }

  return g_test_run ();
}
