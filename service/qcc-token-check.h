/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "common/qcc-snapshot.h"

G_BEGIN_DECLS

/**
 * QccTokenState:
 * @QCC_TOKEN_NONE: the client shows no local token
 * @QCC_TOKEN_UNKNOWN: it shows one that the profile file does not have
 * @QCC_TOKEN_KNOWN: it shows one that lets it in
 * @QCC_TOKEN_DISABLED: it shows one whose profile is of tier `disabled`, so that it leads nowhere
 *
 * What a request's credentials are to QCC itself.
 */
typedef enum
{
  QCC_TOKEN_NONE,
  QCC_TOKEN_UNKNOWN,
  QCC_TOKEN_KNOWN,
  QCC_TOKEN_DISABLED,
} QccTokenState;

QccTokenState qcc_token_check (const QccSnapshot *snapshot,
                               SoupMessageHeaders *headers,
                               const QccToken **out_token);

G_END_DECLS
