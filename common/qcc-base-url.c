/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-base-url.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

/* The flags that make libsoup take a GUri as it is; without them it would encode the path once more. */
#define URI_FLAGS (G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE)

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define HOST_CHARACTERS ALPHANUMERIC "-._"
#define PATH_CHARACTERS ALPHANUMERIC "-._~!$&'()*+,;=:@/%"

static gboolean
check_characters (const char *text,
                  GError **error)
{
  if (*text == '\0')
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("the address is empty; write one like https://api.example.com"));
      return FALSE;
    }

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("the address is not valid UTF-8"));
      return FALSE;
    }

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p != ' ' && !g_ascii_iscntrl (*p))
        continue;

      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("the address contains a space or a control character; remove it"));
      return FALSE;
    }

  return TRUE;
}

/* Returns the authority inside @text, which is all that follows the two slashes. */
static const char *
find_authority (const char *text,
                GError **error)
{
  const char *scheme = g_uri_peek_scheme (text);

  if ((g_strcmp0 (scheme, "http") == 0 || g_strcmp0 (scheme, "https") == 0) &&
      g_str_has_prefix (text + strlen (scheme), "://"))
    return text + strlen (scheme) + strlen ("://");

  g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
               _ ("an address starts with https:// or http://, like https://api.example.com"));
  return NULL;
}

static gboolean
check_path (const char *path,
            GError **error)
{
  g_auto (GStrv) segments = NULL;

  if (strpbrk (path, "?#") != NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("the address must end with its path; remove “?” or “#” and what follows"));
      return FALSE;
    }

  if (path[strspn (path, PATH_CHARACTERS)] != '\0')
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("the path of the address contains a character that must be written as %%XX"));
      return FALSE;
    }

  segments = g_strsplit (path, "/", -1);
  for (guint i = 0; segments[i] != NULL; i++)
    {
      g_autofree char *plain = g_uri_unescape_string (segments[i], NULL);

      if (plain == NULL)
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                       _ ("a “%%” in the path of the address must be followed by two hexadecimal digits "
                          "other than 00"));
          return FALSE;
        }
      if (strcmp (plain, ".") == 0 || strcmp (plain, "..") == 0)
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                       _ ("the path of the address must not contain “.” or “..” as a part"));
          return FALSE;
        }
    }

  return TRUE;
}

static GUri *
parse_host_and_port (const char *text,
                     GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GUri) uri = g_uri_parse (text, URI_FLAGS, &local_error);
  const char *host;

  if (g_error_matches (local_error, G_URI_ERROR, G_URI_ERROR_BAD_PORT) ||
      (uri != NULL && g_uri_get_port (uri) == 0))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("the port of the address must be a number from 1 to 65535"));
      return NULL;
    }

  host = uri != NULL ? g_uri_get_host (uri) : NULL;
  if (host != NULL && *host != '\0' &&
      (g_hostname_is_ip_address (host) || host[strspn (host, HOST_CHARACTERS)] == '\0'))
    return g_steal_pointer (&uri);

  g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
               _ ("the host of the address is missing or not valid; write a name, an IPv4 address, "
                  "or an IPv6 address in brackets"));
  return NULL;
}

/**
 * qcc_base_url_parse:
 * @text: what the user wrote
 * @error: return location for an error
 *
 * Checks and parses the base URL of an endpoint (spec 2.2): http or https, a host, no user information,
 * query or fragment. The path stays as it was written, but for slashes at its end; the host is made
 * lower case, an international one is made ASCII.
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT with a message that says what is allowed and that does
 * not repeat @text, since people paste keys into addresses.
 *
 * Returns: (transfer full): the base URL
 */
GUri *
qcc_base_url_parse (const char *text,
                    GError **error)
{
  const char *authority;
  const char *path;
  gsize path_length;
  g_autoptr (GUri) uri = NULL;
  g_autofree char *host = NULL;
  g_autofree char *prefix = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  if (!check_characters (text, error))
    return NULL;

  authority = find_authority (text, error);
  if (authority == NULL)
    return NULL;

  path = authority + strcspn (authority, "/?#");
  if (memchr (authority, '@', (gsize) (path - authority)) != NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("the address must not contain a user name, password or key before “@”; "
                      "keys belong in the key store"));
      return NULL;
    }

  if (!check_path (path, error))
    return NULL;

  uri = parse_host_and_port (text, error);
  if (uri == NULL)
    return NULL;

  path_length = strlen (path);
  while (path_length > 0 && path[path_length - 1] == '/')
    path_length--;

  /* Built anew, since the parser would have changed escapes in the path. */
  host = g_ascii_strdown (g_uri_get_host (uri), -1);
  prefix = g_strndup (path, path_length);
  return g_uri_build (URI_FLAGS, g_uri_get_scheme (uri), NULL, host, g_uri_get_port (uri), prefix, NULL, NULL);
}

/**
 * qcc_base_url_join:
 * @base: what qcc_base_url_parse() returned
 * @path: the path of a request as it was received, still encoded; starts with `/`
 * @query: (nullable): the query of the request without `?`, still encoded
 *
 * Puts the path of @base before @path (spec 2.2). Not a byte of @path and @query changes: made into a
 * message with soup_message_new_from_uri(), the result stands in the request line as it is.
 *
 * Returns: (transfer full): the address to send the request to
 */
GUri *
qcc_base_url_join (GUri *base,
                   const char *path,
                   const char *query)
{
  g_autofree char *joined = NULL;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (path != NULL && *path == '/', NULL);

  joined = g_strconcat (g_uri_get_path (base), path, NULL);
  return g_uri_build (URI_FLAGS, g_uri_get_scheme (base), NULL, g_uri_get_host (base), g_uri_get_port (base),
                      joined, query, NULL);
}
