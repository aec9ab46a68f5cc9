/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-guard.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

/* A check fills the verdict and returns %TRUE when it decides; else the next check is asked. */
typedef gboolean (*GuardCheck) (const QccGuardInput *input,
                                QccGuardVerdict *verdict);

static gboolean
refuse (QccGuardVerdict *verdict,
        guint status,
        const char *error_type,
        const char *message)
{
  *verdict = (QccGuardVerdict){
    .action = QCC_GUARD_REFUSE,
    .status = status,
    .error_type = error_type,
    .message = message,
  };
  return TRUE;
}

static gboolean
refuse_and_close (QccGuardVerdict *verdict,
                  const char *message)
{
  refuse (verdict, SOUP_STATUS_BAD_REQUEST, "invalid_request_error", message);
  verdict->close = TRUE;
  return TRUE;
}

static gboolean
forbid (QccGuardVerdict *verdict,
        const char *message)
{
  return refuse (verdict, SOUP_STATUS_FORBIDDEN, "permission_error", message);
}

/* How many header lines are called @name, and the value of the last of them. libsoup's getters
 * merge or hide repeated lines, which are the very thing to find here. */
static guint
count_lines (SoupMessageHeaders *headers,
             const char *name,
             const char **out_value)
{
  SoupMessageHeadersIter iter;
  const char *line_name, *line_value;
  guint n = 0;

  soup_message_headers_iter_init (&iter, headers);
  while (soup_message_headers_iter_next (&iter, &line_name, &line_value))
    {
      if (g_ascii_strcasecmp (line_name, name) != 0)
        continue;
      *out_value = line_value;
      n++;
    }

  return n;
}

/* Shapes that two HTTP parsers may read differently: design 2, "guard". */
static gboolean
check_framing (const QccGuardInput *input,
               QccGuardVerdict *verdict)
{
  const char *length = NULL;
  const char *coding = NULL;
  guint n_lengths = count_lines (input->headers, "Content-Length", &length);
  guint n_codings = count_lines (input->headers, "Transfer-Encoding", &coding);

  if (n_lengths > 0 && n_codings > 0)
    return refuse_and_close (verdict, _ ("A request must not have both Content-Length and Transfer-Encoding."));

  if (n_lengths > 1)
    return refuse_and_close (verdict, _ ("A request must not have more than one Content-Length."));

  if (n_lengths == 1 && !g_ascii_string_to_unsigned (length, 10, 0, G_MAXINT64, NULL, NULL))
    return refuse_and_close (verdict, _ ("Content-Length must be a decimal number."));

  if (n_codings > 1 || (n_codings == 1 && g_ascii_strcasecmp (coding, "chunked") != 0))
    return refuse_and_close (verdict, _ ("The only Transfer-Encoding that is understood is “chunked”."));

  return FALSE;
}

static gboolean
is_printable_ascii (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isprint (*p))
      return FALSE;

  return TRUE;
}

static gboolean
check_target (const QccGuardInput *input,
              QccGuardVerdict *verdict)
{
  const char *path = g_uri_get_path (input->uri);
  const char *query = g_uri_get_query (input->uri);

  if (g_str_equal (input->method, "CONNECT") || input->target_is_absolute || path[0] != '/' ||
      g_uri_get_userinfo (input->uri) != NULL)
    return refuse_and_close (verdict, _ ("The request target must be a path: this is not a forward proxy. "
                                         "Use its address as the base URL instead."));

  if (!is_printable_ascii (path) || (query != NULL && !is_printable_ascii (query)))
    return refuse_and_close (verdict, _ ("The request target holds characters that must be percent-encoded."));

  return FALSE;
}

/* Takes @host apart exactly as libsoup did when it built the request's URI from it. */
static GUri *
parse_host (const char *scheme,
            const char *host)
{
  g_autofree char *text = NULL;

  if (host[strspn (host, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".-_:[]")] != '\0')
    return NULL;

  text = g_strconcat (scheme, "://", host, "/", NULL);
  return g_uri_parse (text, SOUP_HTTP_URI_FLAGS, NULL);
}

/* `localhost.` is the same name as `localhost` */
static gboolean
is_same_name (const char *name,
              const char *other)
{
  gsize length = strlen (name) - (g_str_has_suffix (name, ".") ? 1 : 0);
  gsize other_length = strlen (other) - (g_str_has_suffix (other, ".") ? 1 : 0);

  return length == other_length && g_ascii_strncasecmp (name, other, length) == 0;
}

static gboolean
is_allowed_name (const char *name,
                 const char *configured_host)
{
  g_autofree char *bare = g_strndup (name, strlen (name) - (g_str_has_suffix (name, ".") ? 1 : 0));
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (bare);

  if (address != NULL && g_inet_address_get_is_loopback (address))
    return TRUE;

  return is_same_name (name, "localhost") || (configured_host != NULL && is_same_name (name, configured_host));
}

/* A name of the attacker's that resolves to loopback is how a web page gets past the browser's
 * same-origin rule; it arrives here in Host (spec 3.2). */
static gboolean
check_host (const QccGuardInput *input,
            QccGuardVerdict *verdict)
{
  const char *host = NULL;
  g_autoptr (GUri) parsed = NULL;
  guint n = count_lines (input->headers, "Host", &host);

  if (n == 0 && input->http_version == SOUP_HTTP_1_0)
    return FALSE;

  if (n != 1)
    return refuse_and_close (verdict, _ ("A request must have exactly one Host header."));

  parsed = parse_host (g_uri_get_scheme (input->uri), host);
  if (parsed == NULL)
    return refuse_and_close (verdict, _ ("The Host header is not a host name with an optional port."));

  if (g_ascii_strcasecmp (g_uri_get_host (parsed), g_uri_get_host (input->uri)) != 0 ||
      g_uri_get_port (parsed) != g_uri_get_port (input->uri))
    return refuse_and_close (verdict, _ ("The request target names another host than the Host header."));

  if (!is_allowed_name (g_uri_get_host (parsed), input->configured_host))
    return forbid (verdict, _ ("This service answers only under a loopback name such as "
                               "127.0.0.1 or localhost."));

  return FALSE;
}

static gboolean
check_peer (const QccGuardInput *input,
            QccGuardVerdict *verdict)
{
  switch (input->peer)
    {
    case QCC_PEER_SAME_USER:
    case QCC_PEER_UNKNOWN:
    case QCC_PEER_REMOTE:
      return FALSE;
    case QCC_PEER_OTHER_USER:
      return forbid (verdict, _ ("This service belongs to another user of this machine. "
                                 "Start your own with “qcc proxy start”."));
    }

  g_assert_not_reached ();
}

/* Where the user is not known to be the right one, a token is the proof (spec 3.1). A token that is not
 * known means nothing where none is needed: any word does as a token there. */
static gboolean
check_token (const QccGuardInput *input,
             QccGuardVerdict *verdict)
{
  gboolean is_needed = input->require_token || input->peer != QCC_PEER_SAME_USER;

  switch (input->token)
    {
    case QCC_TOKEN_KNOWN:
      return FALSE;
    case QCC_TOKEN_DISABLED:
      return forbid (verdict, _ ("The profile of this token is switched off. Use another token, or give the "
                                 "profile another tier with “qcc priority set NAME TIER”."));
    case QCC_TOKEN_UNKNOWN:
      return is_needed && forbid (verdict, _ ("This token is not known here, or it was removed. Make a new one with "
                                              "“qcc token add NAME”; “qcc env” shows how a program is given one."));
    case QCC_TOKEN_NONE:
      if (is_needed && input->peer == QCC_PEER_UNKNOWN)
        return forbid (verdict, _ ("The system does not tell whose program this is, so a token is needed to use "
                                   "this service. Make one with “qcc token add NAME”; “qcc env” shows how a "
                                   "program is given one."));
      return is_needed && forbid (verdict, _ ("A token is needed to use this service. Make one with “qcc token add NAME”; "
                                              "“qcc env” shows how a program is given one."));
    }

  g_assert_not_reached ();
}

/* A listed Origin lifts the rule on Sec-Fetch-Site: such a page is always cross-site, and the user
 * has let it in by name. OPTIONS stays refused even then, so that no page passes a preflight. */
static gboolean
check_browser (const QccGuardInput *input,
               QccGuardVerdict *verdict)
{
  SoupMessageHeadersIter iter;
  const char *name, *value;
  gboolean has_origin = FALSE;
  gboolean has_foreign_site = FALSE;

  if (g_str_equal (input->method, "OPTIONS"))
    return forbid (verdict, _ ("OPTIONS is refused: web pages must not use this service."));

  soup_message_headers_iter_init (&iter, input->headers);
  while (soup_message_headers_iter_next (&iter, &name, &value))
    {
      if (g_ascii_strcasecmp (name, "Origin") == 0)
        {
          if (input->allowed_origins == NULL || !g_strv_contains (input->allowed_origins, value))
            return forbid (verdict, _ ("Web pages must not use this service. To let this one in, add its "
                                       "origin to the setting proxy.allowed-origins."));
          has_origin = TRUE;
        }
      else if (g_ascii_strcasecmp (name, "Sec-Fetch-Site") == 0)
        has_foreign_site = has_foreign_site || g_ascii_strcasecmp (value, "none") != 0;
    }

  if (has_foreign_site && !has_origin)
    return forbid (verdict, _ ("Web pages must not use this service."));

  return FALSE;
}

/* What tells nothing and costs nothing is answered without a token. */
static gboolean
check_open_path (const QccGuardInput *input,
                 QccGuardVerdict *verdict)
{
  const char *path = g_uri_get_path (input->uri);
  gboolean is_head = g_str_equal (input->method, "HEAD");

  if (is_head && (g_str_equal (path, "/") || g_str_equal (path, "/api/hello")))
    {
      verdict->action = QCC_GUARD_LOCAL_HEAD;
      return TRUE;
    }

  if (g_str_equal (path, "/qcc/health") && (is_head || g_str_equal (input->method, "GET")))
    {
      verdict->action = QCC_GUARD_LOCAL_HEALTH;
      return TRUE;
    }

  return FALSE;
}

static gboolean
check_own_path (const QccGuardInput *input,
                QccGuardVerdict *verdict)
{
  const char *path = g_uri_get_path (input->uri);

  if (g_str_equal (path, "/qcc") || g_str_has_prefix (path, "/qcc/"))
    return refuse (verdict, SOUP_STATUS_NOT_FOUND, "not_found_error",
                   _ ("There is nothing under this path. “GET /qcc/health” tells whether "
                      "the service is well."));

  return FALSE;
}

/**
 * qcc_guard_check:
 * @input: what is known of the request before its body is read
 *
 * Decides whether a request may use the service at all (spec 3.1 to 3.3) and whether it is answered
 * here (spec 2.10, 2.15). The first rule that applies decides: framing, target, Host, the client's
 * user, what browsers send, open paths, token, own paths. Upgrade is not looked at; it is dropped as hop-by-hop later.
 *
 * An Origin is compared byte for byte with @allowed_origins; there is no wildcard. With a listed
 * Origin, Sec-Fetch-Site may have any value. An answer to a refused request must carry no CORS header.
 *
 * Returns: what to do with it
 */
QccGuardVerdict
qcc_guard_check (const QccGuardInput *input)
{
  static const GuardCheck checks[] = {
    check_framing,
    check_target,
    check_host,
    check_peer,
    check_browser,
    check_open_path,
    check_token,
    check_own_path,
  };
  QccGuardVerdict verdict = { .action = QCC_GUARD_PASS };

  g_return_val_if_fail (input != NULL, verdict);
  g_return_val_if_fail (input->method != NULL, verdict);
  g_return_val_if_fail (input->uri != NULL, verdict);
  g_return_val_if_fail (input->headers != NULL, verdict);

  for (gsize i = 0; i < G_N_ELEMENTS (checks); i++)
    if (checks[i](input, &verdict))
      break;

  return verdict;
}
