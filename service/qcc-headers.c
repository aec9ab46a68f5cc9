/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-headers.h"

#include <string.h>

#include "common/qcc-token.h"

/* Headers that speak about one connection only, and Content-Length, which whoever frames the
 * message anew sets again. `Proxy-` and what Connection names are handled where this is used. */
static const char *const connection_headers[] = {
  "Connection",
  "Content-Length",
  "Keep-Alive",
  "TE",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
};

/* What QCC answers for itself towards the endpoint: the name of the host, and 100-continue, which
 * the listener has dealt with. */
static const char *const own_request_headers[] = {
  "Host",
  "Expect",
};

static const char *const credential_headers[] = {
  "Authorization",
  "x-api-key",
};

static gboolean
is_listed (const char *const *list,
           gsize n,
           const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_ascii_strcasecmp (list[i], name) == 0)
      return TRUE;

  return FALSE;
}

static gboolean
has_prefix (const char *name,
            const char *prefix)
{
  return g_ascii_strncasecmp (name, prefix, strlen (prefix)) == 0;
}

static gboolean
is_hop_by_hop (SoupMessageHeaders *headers,
               const char *name)
{
  return is_listed (connection_headers, G_N_ELEMENTS (connection_headers), name) ||
         has_prefix (name, "Proxy-") ||
         soup_message_headers_header_contains (headers, "Connection", name);
}

/**
 * qcc_headers_copy_request:
 * @from: the client's headers, not changed
 * @to: the headers of the request to the endpoint
 * @is_messages: whether it is a request whose answer QCC reads, so that the client's
 *   Accept-Encoding must not be passed on; the caller sets `identity`
 *
 * Appends to @to what an endpoint may see of the client's headers (spec 2.2): not the hop-by-hop
 * ones, those named by Connection, Content-Length, Host, Expect, any credential or any `x-qcc-`.
 * All others are kept with their values, number and order among those of one name.
 */
void
qcc_headers_copy_request (SoupMessageHeaders *from,
                          SoupMessageHeaders *to,
                          gboolean is_messages)
{
  SoupMessageHeadersIter iter;
  const char *name, *value;

  g_return_if_fail (from != NULL);
  g_return_if_fail (to != NULL);

  soup_message_headers_iter_init (&iter, from);
  while (soup_message_headers_iter_next (&iter, &name, &value))
    {
      if (is_hop_by_hop (from, name) || has_prefix (name, "x-qcc-") ||
          is_listed (own_request_headers, G_N_ELEMENTS (own_request_headers), name) ||
          qcc_headers_is_credential (name))
        continue;
      if (is_messages && g_ascii_strcasecmp (name, "Accept-Encoding") == 0)
        continue;
      soup_message_headers_append (to, name, value);
    }
}

/**
 * qcc_headers_copy_response:
 * @from: the endpoint's headers, not changed
 * @to: the headers of the answer to the client
 * @key: (nullable): the key that the endpoint was sent
 *
 * Appends to @to every header of the endpoint's answer but the hop-by-hop ones, those named by
 * Connection, and Content-Length. Date, Server, request-id and Content-Encoding are the endpoint's
 * words and stay; but where it quotes @key there are asterisks (spec 3.4).
 */
void
qcc_headers_copy_response (SoupMessageHeaders *from,
                           SoupMessageHeaders *to,
                           const QccSecret *key)
{
  SoupMessageHeadersIter iter;
  const char *name, *value;

  g_return_if_fail (from != NULL);
  g_return_if_fail (to != NULL);

  soup_message_headers_iter_init (&iter, from);
  while (soup_message_headers_iter_next (&iter, &name, &value))
    {
      g_autofree char *shown = NULL;

      if (is_hop_by_hop (from, name))
        continue;
      shown = g_strdup (value);
      qcc_secret_mask (key, (guint8 *) shown, strlen (shown));
      soup_message_headers_append (to, name, shown);
    }
}

/**
 * qcc_headers_is_credential:
 * @name: name of a header
 *
 * Returns: whether it is one of those that carry a client's credential
 */
gboolean
qcc_headers_is_credential (const char *name)
{
  g_return_val_if_fail (name != NULL, FALSE);

  return is_listed (credential_headers, G_N_ELEMENTS (credential_headers), name);
}

/**
 * qcc_headers_find_token:
 * @value: the value of a header that carries a credential
 *
 * Whatever the scheme, and whatever stands before it.
 *
 * Returns: (transfer none) (nullable): where in @value a word begins like a local token of QCC's
 *   (spec 3.3), up to the end of @value
 */
const char *
qcc_headers_find_token (const char *value)
{
  g_return_val_if_fail (value != NULL, NULL);

  for (const char *p = value; (p = strstr (p, QCC_TOKEN_PREFIX)) != NULL; p++)
    if (p == value || strchr (" \t,", p[-1]) != NULL)
      return p;

  return NULL;
}

/**
 * qcc_headers_copy_credential:
 * @from: the client's headers, not changed
 * @to: the headers of the request to the endpoint
 *
 * Passes the client's own credential on, as transparent mode does. A local token of QCC's is never
 * passed on (spec 2.14).
 */
void
qcc_headers_copy_credential (SoupMessageHeaders *from,
                             SoupMessageHeaders *to)
{
  g_return_if_fail (from != NULL);
  g_return_if_fail (to != NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (credential_headers); i++)
    {
      const char *value = soup_message_headers_get_one (from, credential_headers[i]);

      if (value != NULL && qcc_headers_find_token (value) == NULL)
        soup_message_headers_append (to, credential_headers[i], value);
    }
}

/**
 * qcc_headers_apply_credential:
 * @to: the headers of the request to the endpoint
 * @effective: the endpoint's scheme with %QCC_AUTH_SCHEME_AUTO already resolved
 * @key: the endpoint's key, printable ASCII
 *
 * Sets the one header that carries the key and removes the other, since an endpoint never gets
 * both (spec 2.3).
 */
void
qcc_headers_apply_credential (SoupMessageHeaders *to,
                              QccAuthScheme effective,
                              const char *key)
{
  g_autofree char *bearer = NULL;

  g_return_if_fail (to != NULL);
  g_return_if_fail (effective != QCC_AUTH_SCHEME_AUTO);
  g_return_if_fail (key != NULL);

  soup_message_headers_remove (to, "Authorization");
  soup_message_headers_remove (to, "x-api-key");

  switch (effective)
    {
    case QCC_AUTH_SCHEME_X_API_KEY:
      soup_message_headers_append (to, "x-api-key", key);
      break;
    case QCC_AUTH_SCHEME_BEARER:
      bearer = g_strconcat ("Bearer ", key, NULL);
      soup_message_headers_append (to, "Authorization", bearer);
      break;
    case QCC_AUTH_SCHEME_AUTO:
      g_assert_not_reached ();
    }
}
