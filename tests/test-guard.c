/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-guard.h"

/* What the client sends, and what must come of it. */
typedef struct
{
  const char *name;
  const char *target;  /* (nullable): `/v1/messages` */
  const char *headers; /* lines after the request line, without the last line end */
  QccGuardAction action;
  guint status;
  gboolean close;
  const char *method;  /* (nullable): POST */
  const char *version; /* (nullable): HTTP/1.1 */
  QccPeer peer;
  QccTokenState token;
  gboolean require_token;
} Row;

#define OK QCC_GUARD_PASS, 0, FALSE
#define BAD QCC_GUARD_REFUSE, 400, TRUE
#define FORBIDDEN QCC_GUARD_REFUSE, 403, FALSE
#define NOT_FOUND QCC_GUARD_REFUSE, 404, FALSE
#define HOST "Host: localhost:7860"

static const Row rows[] = {
  { "plain", NULL, HOST, OK },
  { "length", NULL, HOST "\r\nContent-Length: 12", OK },
  { "length-zero", NULL, HOST "\r\nContent-Length: 0", OK },
  { "length-largest", NULL, HOST "\r\nContent-Length: 9223372036854775807", OK },
  { "chunked", NULL, HOST "\r\nTransfer-Encoding: chunked", OK },
  { "chunked-upper", NULL, HOST "\r\ntransfer-encoding: CHUNKED", OK },
  { "upgrade", NULL, HOST "\r\nConnection: upgrade\r\nUpgrade: websocket", OK },

  { "length-and-chunked", NULL, HOST "\r\nContent-Length: 3\r\nTransfer-Encoding: chunked", BAD },
  { "chunked-and-length", NULL, HOST "\r\nTransfer-Encoding: chunked\r\nContent-Length: 3", BAD },
  { "length-twice", NULL, HOST "\r\nContent-Length: 3\r\nContent-Length: 4", BAD },
  { "length-twice-equal", NULL, HOST "\r\nContent-Length: 3\r\ncontent-length: 3", BAD },
  { "length-list", NULL, HOST "\r\nContent-Length: 3, 3", BAD },
  { "length-plus", NULL, HOST "\r\nContent-Length: +3", BAD },
  { "length-minus", NULL, HOST "\r\nContent-Length: -1", BAD },
  { "length-empty", NULL, HOST "\r\nContent-Length: ", BAD },
  { "length-hex", NULL, HOST "\r\nContent-Length: 0x3", BAD },
  { "length-inner-space", NULL, HOST "\r\nContent-Length: 3 3", BAD },
  { "length-overflow", NULL, HOST "\r\nContent-Length: 9223372036854775808", BAD },
  { "length-overflow-64", NULL, HOST "\r\nContent-Length: 18446744073709551617", BAD },
  { "coding-gzip", NULL, HOST "\r\nTransfer-Encoding: gzip", BAD },
  { "coding-list", NULL, HOST "\r\nTransfer-Encoding: gzip, chunked", BAD },
  { "coding-chunked-list", NULL, HOST "\r\nTransfer-Encoding: chunked, chunked", BAD },
  { "coding-identity", NULL, HOST "\r\nTransfer-Encoding: identity", BAD },
  { "coding-empty", NULL, HOST "\r\nTransfer-Encoding:", BAD },
  { "coding-twice", NULL, HOST "\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked", BAD },

  { "connect", "/", HOST, BAD, "CONNECT" },
  { "asterisk", "*", HOST, BAD, "OPTIONS" },
  { "absolute-other-host", "http://evil.example/v1/messages", HOST, BAD },
  { "absolute-other-port", "http://localhost:1/v1/messages", HOST, BAD },
  { "absolute-userinfo", "http://u@localhost:7860/v1/messages", HOST, BAD },
  { "absolute-seen", "http://localhost:7860/v1/messages", HOST, BAD },
  { "query", "/v1/messages?beta=true", HOST, OK },
  { "control", "/v1/\x01", HOST, BAD },
  { "delete", "/v1/\x7f", HOST, BAD },
  { "high-byte", "/v1/\xc3\xa4", HOST, BAD },
  { "control-in-query", "/v1/messages?a=\x1f", HOST, BAD },
  { "high-byte-in-query", "/v1/messages?a=\x80", HOST, BAD },
  { "escaped", "/v1/%01?a=%ff", HOST, OK },

  { "host-missing", NULL, "Accept: */*", BAD },
  { "host-missing-1.0", NULL, "Accept: */*", OK, NULL, "HTTP/1.0" },
  { "host-twice", NULL, HOST "\r\n" HOST, BAD },
  { "host-twice-1.0", NULL, HOST "\r\n" HOST, BAD, NULL, "HTTP/1.0" },
  { "host-list", NULL, "Host: localhost, localhost", BAD },
  { "host-userinfo", NULL, "Host: localhost@evil.example", BAD },
  { "host-fragment", NULL, "Host: localhost#", BAD },
  { "host-escaped", NULL, "Host: %6cocalhost", BAD },
  { "host-two-ports", NULL, "Host: localhost:1:2", BAD },
  { "host-port-too-large", NULL, "Host: localhost:65536", BAD },
  { "host-ipv6-bare", NULL, "Host: ::1", BAD },
  { "host-empty", NULL, "Host: ", FORBIDDEN },
  { "host-no-port", NULL, "Host: localhost", OK },
  { "host-no-port-tls", NULL, "Host: localhost", OK },
  { "host-port-tls", NULL, "Host: localhost:7860", OK },
  { "host-empty-port", NULL, "Host: localhost:", OK },
  { "host-upper", NULL, "Host: LocalHost:7860", OK },
  { "host-dot", NULL, "Host: localhost.:7860", OK },
  { "host-two-dots", NULL, "Host: localhost..:7860", FORBIDDEN },
  { "host-ipv4", NULL, "Host: 127.0.0.1:7860", OK },
  { "host-ipv4-dot", NULL, "Host: 127.0.0.1.:7860", OK },
  { "host-ipv4-net", NULL, "Host: 127.255.1.2", OK },
  { "host-ipv6", NULL, "Host: [::1]:7860", OK },
  { "host-configured", NULL, "Host: Box.Example:7860", OK },
  { "host-configured-dot", NULL, "Host: box.example.", OK },
  { "host-foreign", NULL, "Host: evil.example:7860", FORBIDDEN },
  { "host-foreign-suffix", NULL, "Host: localhost.evil.example", FORBIDDEN },
  { "host-foreign-prefix", NULL, "Host: evil-localhost", FORBIDDEN },
  { "host-subdomain", NULL, "Host: app.localhost", FORBIDDEN },
  { "host-longer", NULL, "Host: localhosts", FORBIDDEN },
  { "host-any", NULL, "Host: 0.0.0.0", FORBIDDEN },
  { "host-lan", NULL, "Host: 192.168.1.2", FORBIDDEN },
  { "host-short-ipv4", NULL, "Host: 127.1", FORBIDDEN },
  { "host-decimal-ipv4", NULL, "Host: 2130706433", FORBIDDEN },
  { "host-ipv4-name", NULL, "Host: 127.0.0.1.evil.example", FORBIDDEN },
  { "host-mapped-ipv6", NULL, "Host: [::ffff:127.0.0.1]", FORBIDDEN },

  { "other-user", NULL, HOST, FORBIDDEN, .peer = QCC_PEER_OTHER_USER },
  { "other-user-token", NULL, HOST, FORBIDDEN, .peer = QCC_PEER_OTHER_USER, .token = QCC_TOKEN_KNOWN },
  { "other-user-required", NULL, HOST, FORBIDDEN, .peer = QCC_PEER_OTHER_USER, .token = QCC_TOKEN_KNOWN, .require_token = TRUE },
  { "unknown-user", NULL, HOST, FORBIDDEN, .peer = QCC_PEER_UNKNOWN },
  { "unknown-user-wrong", NULL, HOST, FORBIDDEN, .peer = QCC_PEER_UNKNOWN, .token = QCC_TOKEN_UNKNOWN },
  { "unknown-user-token", NULL, HOST, OK, .peer = QCC_PEER_UNKNOWN, .token = QCC_TOKEN_KNOWN },
  { "unknown-user-head", "/", HOST, QCC_GUARD_LOCAL_HEAD, 0, FALSE, "HEAD", .peer = QCC_PEER_UNKNOWN },
  { "remote", NULL, HOST, FORBIDDEN, .peer = QCC_PEER_REMOTE },
  { "remote-wrong", NULL, HOST, FORBIDDEN, .peer = QCC_PEER_REMOTE, .token = QCC_TOKEN_UNKNOWN },
  { "remote-token", NULL, HOST, OK, .peer = QCC_PEER_REMOTE, .token = QCC_TOKEN_KNOWN },
  { "remote-own", "/qcc/metrics", HOST, FORBIDDEN, "GET", .peer = QCC_PEER_REMOTE },

  { "token", NULL, HOST, OK, .token = QCC_TOKEN_KNOWN },
  { "token-wrong", NULL, HOST, OK, .token = QCC_TOKEN_UNKNOWN },
  { "token-disabled", NULL, HOST, FORBIDDEN, .token = QCC_TOKEN_DISABLED },
  { "required", NULL, HOST, OK, .token = QCC_TOKEN_KNOWN, .require_token = TRUE },
  { "required-none", NULL, HOST, FORBIDDEN, .require_token = TRUE },
  { "required-wrong", NULL, HOST, FORBIDDEN, .token = QCC_TOKEN_UNKNOWN, .require_token = TRUE },
  { "required-disabled", NULL, HOST, FORBIDDEN, .token = QCC_TOKEN_DISABLED, .require_token = TRUE },
  { "required-head", "/", HOST, QCC_GUARD_LOCAL_HEAD, 0, FALSE, "HEAD", .require_token = TRUE },
  { "required-hello", "/api/hello", HOST, QCC_GUARD_LOCAL_HEAD, 0, FALSE, "HEAD", .require_token = TRUE },
  { "required-health", "/qcc/health", HOST, QCC_GUARD_LOCAL_HEALTH, 0, FALSE, "GET", .require_token = TRUE },
  { "required-own", "/qcc/metrics", HOST, FORBIDDEN, "GET", .require_token = TRUE },
  { "required-own-token", "/qcc/metrics", HOST, NOT_FOUND, "GET", .token = QCC_TOKEN_KNOWN, .require_token = TRUE },
  { "required-origin", NULL, HOST "\r\nOrigin: https://evil.example", FORBIDDEN, .token = QCC_TOKEN_KNOWN, .require_token = TRUE },

  { "other-user-health", "/qcc/health", HOST, FORBIDDEN, "GET", .peer = QCC_PEER_OTHER_USER },

  { "origin", NULL, HOST "\r\nOrigin: https://evil.example", FORBIDDEN },
  { "origin-null", NULL, HOST "\r\nOrigin: null", FORBIDDEN },
  { "origin-empty", NULL, HOST "\r\nOrigin:", FORBIDDEN },
  { "origin-self", NULL, HOST "\r\nOrigin: http://localhost:7860", FORBIDDEN },
  { "origin-listed", NULL, HOST "\r\nOrigin: https://good.example", OK },
  { "origin-listed-scheme", NULL, HOST "\r\nOrigin: http://good.example", FORBIDDEN },
  { "origin-listed-and-not", NULL, HOST "\r\nOrigin: https://good.example\r\nOrigin: null", FORBIDDEN },
  { "origin-listed-site", NULL, HOST "\r\nSec-Fetch-Site: cross-site\r\nOrigin: https://good.example", OK },
  { "site-cross", NULL, HOST "\r\nSec-Fetch-Site: cross-site", FORBIDDEN },
  { "site-same", NULL, HOST "\r\nSec-Fetch-Site: same-origin", FORBIDDEN },
  { "site-none", NULL, HOST "\r\nsec-fetch-site: none", OK },
  { "site-none-and-cross", NULL, HOST "\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site", FORBIDDEN },
  { "site-cross-and-none", NULL, HOST "\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Site: none", FORBIDDEN },
  { "site-cross-health", "/qcc/health", HOST "\r\nSec-Fetch-Site: cross-site", FORBIDDEN, "GET" },
  { "options", NULL, HOST, FORBIDDEN, "OPTIONS" },
  { "options-listed", NULL, HOST "\r\nOrigin: https://good.example", FORBIDDEN, "OPTIONS" },

  { "head", "/", HOST, QCC_GUARD_LOCAL_HEAD, 0, FALSE, "HEAD" },
  { "head-query", "/?a", HOST, QCC_GUARD_LOCAL_HEAD, 0, FALSE, "HEAD" },
  { "head-hello", "/api/hello", HOST, QCC_GUARD_LOCAL_HEAD, 0, FALSE, "HEAD" },
  { "head-other", "/v1/models", HOST, OK, "HEAD" },
  { "get-root", "/", HOST, OK, "GET" },
  { "get-hello", "/api/hello", HOST, OK, "GET" },
  { "health", "/qcc/health", HOST, QCC_GUARD_LOCAL_HEALTH, 0, FALSE, "GET" },
  { "health-head", "/qcc/health", HOST, QCC_GUARD_LOCAL_HEALTH, 0, FALSE, "HEAD" },
  { "health-post", "/qcc/health", HOST, NOT_FOUND, "POST" },
  { "health-escaped", "/%71cc/health", HOST, QCC_GUARD_LOCAL_HEALTH, 0, FALSE, "GET" },
  { "health-slash", "/qcc/health/", HOST, NOT_FOUND, "GET" },
  { "own-other", "/qcc/metrics", HOST, NOT_FOUND, "GET" },
  { "own-dots", "/v1/../qcc/x", HOST, NOT_FOUND, "GET" },
  { "own-root", "/qcc/", HOST, NOT_FOUND, "POST" },
  { "own-bare", "/qcc", HOST, NOT_FOUND, "GET" },
  { "own-lookalike", "/qccx", HOST, OK, "GET" },
};

/* The URI as libsoup makes it, but with the bytes that it would have escaped. */
static GUri *
make_uri (const char *scheme,
          const char *target,
          const char *host)
{
  g_autofree char *authority = g_strconcat (scheme, "://", host != NULL ? host : "127.0.0.1", NULL);
  g_autoptr (GUri) base = g_uri_parse (authority, SOUP_HTTP_URI_FLAGS, NULL);
  const char *query = strchr (target, '?');
  g_autofree char *path = g_strndup (target, query != NULL ? (gsize) (query - target) : strlen (target));
  g_autoptr (GError) error = NULL;

  if (g_str_has_prefix (target, "http://"))
    return g_uri_parse (target, SOUP_HTTP_URI_FLAGS, NULL);

  if (base == NULL)
    base = g_uri_parse ("http://127.0.0.1", SOUP_HTTP_URI_FLAGS, &error);
  g_assert_no_error (error);

  if (strstr (path, "..") != NULL || strstr (path, "%71") != NULL)
    return g_uri_parse_relative (base, path, SOUP_HTTP_URI_FLAGS, NULL);

  return g_uri_build (SOUP_HTTP_URI_FLAGS, scheme, NULL, g_uri_get_host (base), g_uri_get_port (base),
                      path, query != NULL ? query + 1 : NULL, NULL);
}

static QccGuardVerdict
check_row (const Row *row,
           const char *configured_host,
           const char *const *origins)
{
  const char *target = row->target != NULL ? row->target : "/v1/messages";
  g_autofree char *head = g_strdup_printf ("%s / %s\r\n%s\r\n", row->method != NULL ? row->method : "POST",
                                           row->version != NULL ? row->version : "HTTP/1.1", row->headers);
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autofree char *method = NULL;
  g_autoptr (GUri) uri = NULL;
  SoupHTTPVersion version;
  QccGuardInput input = { 0 };
  const char *host;

  g_assert_cmpuint (soup_headers_parse_request (head, strlen (head), headers, &method, NULL, &version),
                    ==, SOUP_STATUS_OK);
  host = soup_message_headers_get_one (headers, "Host");
  uri = make_uri (g_str_has_suffix (row->name, "-tls") ? "https" : "http", target, host);
  g_assert_nonnull (uri);

  input.method = method;
  input.uri = uri;
  input.target_is_absolute = g_str_equal (row->name, "absolute-seen");
  input.http_version = version;
  input.headers = headers;
  input.configured_host = configured_host;
  input.allowed_origins = origins;
  input.peer = row->peer;
  input.token = row->token;
  input.require_token = row->require_token;

  return qcc_guard_check (&input);
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  const char *const origins[] = { "https://other.example", "https://good.example", NULL };
  QccGuardVerdict verdict = check_row (row, "box.example", origins);

  g_assert_cmpint (verdict.action, ==, row->action);
  g_assert_cmpuint (verdict.status, ==, row->status);
  g_assert_cmpint (verdict.close, ==, row->close);

  if (row->action != QCC_GUARD_REFUSE)
    {
      g_assert_null (verdict.error_type);
      g_assert_null (verdict.message);
      return;
    }

  g_assert_cmpuint (strlen (verdict.message), >, 0);
  if (row->status == 400)
    g_assert_cmpstr (verdict.error_type, ==, "invalid_request_error");
  else if (row->status == 403)
    g_assert_cmpstr (verdict.error_type, ==, "permission_error");
  else
    g_assert_cmpstr (verdict.error_type, ==, "not_found_error");
}

static void
test_nothing_configured (void)
{
  const Row foreign = { "foreign", NULL, "Host: box.example", OK };
  const Row origin = { "origin", NULL, HOST "\r\nOrigin: https://good.example", OK };
  const Row plain = { "plain", NULL, HOST, OK };

  g_assert_cmpuint (check_row (&foreign, NULL, NULL).status, ==, 403);
  g_assert_cmpuint (check_row (&origin, NULL, NULL).status, ==, 403);
  g_assert_cmpint (check_row (&plain, NULL, NULL).action, ==, QCC_GUARD_PASS);
}

static void
test_configured_dot (void)
{
  const Row row = { "dot", NULL, "Host: box.example", OK };

  g_assert_cmpint (check_row (&row, "BOX.example.", NULL).action, ==, QCC_GUARD_PASS);
}

static void
test_peer_messages (void)
{
  const Row other = { "other", NULL, HOST, FORBIDDEN, .peer = QCC_PEER_OTHER_USER };
  const Row unknown = { "unknown", NULL, HOST, FORBIDDEN, .peer = QCC_PEER_UNKNOWN };

  g_assert_nonnull (strstr (check_row (&other, NULL, NULL).message, "another user"));
  g_assert_nonnull (strstr (check_row (&unknown, NULL, NULL).message, "token"));
}

/* Each says what to do. */
static void
test_token_messages (void)
{
  const Row none = { "none", NULL, HOST, FORBIDDEN, .require_token = TRUE };
  const Row wrong = { "wrong", NULL, HOST, FORBIDDEN, .token = QCC_TOKEN_UNKNOWN, .require_token = TRUE };
  const Row disabled = { "disabled", NULL, HOST, FORBIDDEN, .token = QCC_TOKEN_DISABLED };
  const Row unknown_user = { "unknown-user", NULL, HOST, FORBIDDEN, .peer = QCC_PEER_UNKNOWN };
  const Row *const all[] = { &none, &wrong, &unknown_user };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_assert_nonnull (strstr (check_row (all[i], NULL, NULL).message, "qcc token add"));
      g_assert_nonnull (strstr (check_row (all[i], NULL, NULL).message, "qcc env"));
    }
  g_assert_nonnull (strstr (check_row (&wrong, NULL, NULL).message, "not known"));
  g_assert_nonnull (strstr (check_row (&disabled, NULL, NULL).message, "qcc priority set"));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/guard/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/guard/nothing-configured", test_nothing_configured);
  g_test_add_func ("/guard/configured-dot", test_configured_dot);
  g_test_add_func ("/guard/peer-messages", test_peer_messages);
  g_test_add_func ("/guard/token-messages", test_token_messages);

  return g_test_run ();
}
