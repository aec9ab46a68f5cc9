/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-token-check.h"

#include "service/qcc-headers.h"

static gboolean
leads_nowhere (const QccSnapshot *snapshot,
               const QccToken *token)
{
  const QccProfile *profile = token->profile != NULL ? qcc_snapshot_find_profile (snapshot, token->profile) : NULL;

  return profile != NULL && profile->tier == QCC_TIER_DISABLED;
}

/**
 * qcc_token_check:
 * @snapshot: the profile file as the exchange sees it
 * @headers: (transfer none): the client's headers, only read
 * @out_token: (out) (transfer none) (nullable): the token of @snapshot that was found, with
 *   %QCC_TOKEN_KNOWN and %QCC_TOKEN_DISABLED
 *
 * Looks for a local token in every credential that the client sends, since some clients send one of their
 * own beside it. The first one that is known counts. Nothing is copied.
 *
 * Returns: what was found
 */
QccTokenState
qcc_token_check (const QccSnapshot *snapshot,
                 SoupMessageHeaders *headers,
                 const QccToken **out_token)
{
  SoupMessageHeadersIter iter;
  const char *name, *value;
  QccTokenState state = QCC_TOKEN_NONE;

  g_return_val_if_fail (snapshot != NULL, QCC_TOKEN_NONE);
  g_return_val_if_fail (headers != NULL, QCC_TOKEN_NONE);
  g_return_val_if_fail (out_token != NULL, QCC_TOKEN_NONE);

  *out_token = NULL;
  soup_message_headers_iter_init (&iter, headers);
  while (soup_message_headers_iter_next (&iter, &name, &value))
    {
      const char *presented = qcc_headers_is_credential (name) ? qcc_headers_find_token (value) : NULL;

      if (presented == NULL)
        continue;

      *out_token = qcc_snapshot_find_token (snapshot, presented);
      if (*out_token != NULL)
        return leads_nowhere (snapshot, *out_token) ? QCC_TOKEN_DISABLED : QCC_TOKEN_KNOWN;
      state = QCC_TOKEN_UNKNOWN;
    }

  return state;
}
