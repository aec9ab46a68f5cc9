/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-proxy-url.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

/* What scheme, authority and a slash at the end consist of. */
#define URL_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%[]"

static gboolean
is_scheme_allowed (const char *scheme)
{
  static const char *const schemes[] = { "http", "https", "socks5", NULL };

  return g_strv_contains (schemes, scheme);
}

/**
 * qcc_proxy_url_check:
 * @text: what the user wrote
 * @error: return location for an error
 *
 * Checks the address of an upstream proxy (spec 2.13): `http`, `https` or `socks5`, a host, a user name
 * when the proxy wants one, but no password and no path.
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT with a message that does not repeat @text.
 *
 * Returns: whether @text is allowed
 */
gboolean
qcc_proxy_url_check (const char *text,
                     GError **error)
{
  g_autoptr (GUri) uri = NULL;

  g_return_val_if_fail (text != NULL, FALSE);

  if (text[strspn (text, URL_CHARACTERS)] == '\0')
    uri = g_uri_parse (text, G_URI_FLAGS_HAS_PASSWORD, NULL);

  if (uri != NULL && g_uri_get_password (uri) != NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("the address of a proxy must not contain a password; it belongs in the key store"));
      return FALSE;
    }

  if (uri == NULL || !is_scheme_allowed (g_uri_get_scheme (uri)) || g_uri_get_host (uri) == NULL ||
      *g_uri_get_host (uri) == '\0' || g_uri_get_port (uri) == 0 ||
      (*g_uri_get_path (uri) != '\0' && strcmp (g_uri_get_path (uri), "/") != 0))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("a proxy is “system”, “none” or an address like http://proxy.example.com:3128, "
                      "with http, https or socks5 and without a path"));
      return FALSE;
    }

  return TRUE;
}
