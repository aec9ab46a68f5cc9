/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-failure-class.h"

G_BEGIN_DECLS

/**
 * QccTransportFailure:
 *
 * How an attempt failed without an answer that can be judged by its status.
 */
typedef enum
{
  QCC_TRANSPORT_FAILURE_NONE, /* there is an answer */
  QCC_TRANSPORT_FAILURE_REFUSED,
  QCC_TRANSPORT_FAILURE_DNS,
  QCC_TRANSPORT_FAILURE_NO_ROUTE,
  QCC_TRANSPORT_FAILURE_RESET,
  QCC_TRANSPORT_FAILURE_TLS,
  QCC_TRANSPORT_FAILURE_CONNECT_TIMEOUT,
  QCC_TRANSPORT_FAILURE_FIRST_BYTE_TIMEOUT,
  QCC_TRANSPORT_FAILURE_IDLE_TIMEOUT,
  QCC_TRANSPORT_FAILURE_EMPTY,     /* a 200 without a body */
  QCC_TRANSPORT_FAILURE_TRUNCATED, /* a 200 that was cut before commit */
  QCC_TRANSPORT_FAILURE_HTML,      /* a 200 that is an HTML page */
  QCC_TRANSPORT_FAILURE_BAD_JSON,  /* a 200 that is not JSON */
  QCC_TRANSPORT_FAILURE_MALFORMED, /* not HTTP, or a stream that is no event stream */
  QCC_TRANSPORT_FAILURE_CLIENT_GONE,
  QCC_TRANSPORT_FAILURE_LOCAL_LIMIT, /* the exchange's own deadline, or shutdown */
} QccTransportFailure;

#define QCC_N_TRANSPORT_FAILURES (QCC_TRANSPORT_FAILURE_LOCAL_LIMIT + 1)

/**
 * QccScope:
 * @QCC_SCOPE_NONE: nobody is charged
 * @QCC_SCOPE_ENDPOINT: the endpoint
 * @QCC_SCOPE_ACCOUNT: all endpoints with the same base URL and key
 * @QCC_SCOPE_MODEL: the pair of endpoint and model
 *
 * Who is charged with a failure.
 */
typedef enum
{
  QCC_SCOPE_NONE,
  QCC_SCOPE_ENDPOINT,
  QCC_SCOPE_ACCOUNT,
  QCC_SCOPE_MODEL,
} QccScope;

/**
 * QccAction:
 * @QCC_ACTION_RETRY_SAME: once more at the same endpoint, then the next one
 * @QCC_ACTION_NEXT: the next endpoint
 * @QCC_ACTION_PASS_THROUGH: the client gets this answer as it is
 * @QCC_ACTION_ESTIMATE: answer count_tokens by the local estimate, no other endpoint (spec 2.10)
 * @QCC_ACTION_STOP: nothing more is tried and nobody waits for an answer
 * @QCC_ACTION_OFFLINE: hold, then 503
 *
 * What comes next in the exchange while nothing is committed.
 */
typedef enum
{
  QCC_ACTION_RETRY_SAME,
  QCC_ACTION_NEXT,
  QCC_ACTION_PASS_THROUGH,
  QCC_ACTION_ESTIMATE,
  QCC_ACTION_STOP,
  QCC_ACTION_OFFLINE,
} QccAction;

/**
 * QccVerdict:
 * @klass: what the failure means
 * @scope: who is charged with it
 * @action: what comes next
 * @retry_after: seconds that the endpoint stated, -1 when it did not
 * @rule: name of the rule that decided, for explain; a static string
 *
 * Judgement of one failed attempt.
 */
typedef struct
{
  QccClass klass;
  QccScope scope;
  QccAction action;
  int retry_after;
  const char *rule;
} QccVerdict;

G_END_DECLS
