/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-failure-rule.h"
#include "service/qcc-verdict.h"

G_BEGIN_DECLS

/* How much of an answer's body is searched for words (spec 4.2). */
#define QCC_CLASSIFIER_TEXT_MAX 8192

/**
 * QccFailure:
 * @transport: how it failed without an answer; with %QCC_TRANSPORT_FAILURE_NONE @status decides
 * @status: the answer's HTTP status; below 300 only where the answer holds an error all the same
 * @error_type: (nullable): the `error.type` of the body, UTF-8
 * @text: (nullable): start of the body; what is beyond %QCC_CLASSIFIER_TEXT_MAX or a NUL is not read
 * @text_length: bytes in @text
 * @retry_after: seconds that the endpoint stated, -1 when it did not
 * @anthropic_shape: the body is `{"type":"error","error":{...}}`
 * @network_available: what the network monitor says
 * @destination_local_or_proxied: the endpoint is loopback, link-local or behind a proxy, so that a
 *   missing network proves nothing
 * @elapsed_ms: milliseconds between sending and the failure
 * @count_tokens: the request asks for a count of tokens
 * @rules: (nullable) (element-type QccFailureRule): the user's rules; the first that applies to an answer decides,
 *   before all that is built in (spec 4.2)
 *
 * All that is known of a failed attempt. Pointers are borrowed for the call.
 */
typedef struct
{
  QccTransportFailure transport;
  guint status;
  const char *error_type;
  const char *text;
  gsize text_length;
  int retry_after;
  gboolean anthropic_shape;
  gboolean network_available;
  gboolean destination_local_or_proxied;
  gint64 elapsed_ms;
  gboolean count_tokens;
  const GPtrArray *rules;
} QccFailure;

QccVerdict qcc_classifier_judge (const QccFailure *failure);

int qcc_parse_retry_after (const char *value, gint64 now_wall_seconds);

G_END_DECLS
