/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "service/qcc-peer.h"
#include "service/qcc-token-check.h"

G_BEGIN_DECLS

/**
 * QccGuardAction:
 * @QCC_GUARD_PASS: the request may go on to an endpoint
 * @QCC_GUARD_LOCAL_HEAD: answer 200 without a body here (spec 2.10)
 * @QCC_GUARD_LOCAL_HEALTH: answer `/qcc/health` here (spec 2.15)
 * @QCC_GUARD_REFUSE: answer with the status, type and message of the verdict
 */
typedef enum
{
  QCC_GUARD_PASS,
  QCC_GUARD_LOCAL_HEAD,
  QCC_GUARD_LOCAL_HEALTH,
  QCC_GUARD_REFUSE,
} QccGuardAction;

/**
 * QccGuardInput:
 * @method: the method as the client wrote it
 * @uri: the target as libsoup made it from request line and Host
 * @target_is_absolute: the request line is known to hold a whole URI. libsoup does not tell; the
 *   guard also finds it out where @uri and Host disagree
 * @http_version: the client's version
 * @headers: (transfer none): the client's headers, only read
 * @configured_host: (nullable): the setting `proxy.host`, an IPv6 address without brackets
 * @allowed_origins: (nullable) (array zero-terminated=1): the setting `proxy.allowed-origins`
 * @peer: result of the check of the client's user
 * @token: result of the check of the client's credentials
 * @require_token: the setting `proxy.require-token`
 *
 * What the guard looks at. All fields are borrowed for the call.
 */
typedef struct
{
  const char *method;
  GUri *uri;
  gboolean target_is_absolute;
  SoupHTTPVersion http_version;
  SoupMessageHeaders *headers;
  const char *configured_host;
  const char *const *allowed_origins;
  QccPeer peer;
  QccTokenState token;
  gboolean require_token;
} QccGuardInput;

/**
 * QccGuardVerdict:
 * @action: what to do with the request
 * @status: the HTTP status when refused, else 0
 * @error_type: (nullable): Anthropic's error type when refused; a static string
 * @message: (nullable): the translated text when refused; a static string
 * @close: the connection must be closed after the answer, since where the next request on it
 *   begins is not certain. Only ever set when refused
 */
typedef struct
{
  QccGuardAction action;
  guint status;
  const char *error_type;
  const char *message;
  gboolean close;
} QccGuardVerdict;

QccGuardVerdict qcc_guard_check (const QccGuardInput *input);

G_END_DECLS
