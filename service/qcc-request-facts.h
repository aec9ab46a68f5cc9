/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/**
 * QCC_REQUEST_MODEL_MAX:
 *
 * Bytes of the longest model name that is taken for one. Names in use have some tens; the limit
 * keeps what ends in logs and figures small.
 */
#define QCC_REQUEST_MODEL_MAX 256

/**
 * QCC_REQUEST_SESSION_MAX:
 *
 * Characters of the longest session that is taken for one. Claude Code's is a UUID of 36.
 */
#define QCC_REQUEST_SESSION_MAX 128

/**
 * QccRequestKind:
 * @QCC_REQUEST_KIND_MESSAGES: `POST /v1/messages`
 * @QCC_REQUEST_KIND_COUNT_TOKENS: `POST /v1/messages/count_tokens`
 * @QCC_REQUEST_KIND_MODELS: `GET /v1/models`
 * @QCC_REQUEST_KIND_OTHER: all else, which is forwarded too
 *
 * What a request asks for. The path counts as it stands, without its query.
 */
typedef enum
{
  QCC_REQUEST_KIND_MESSAGES,
  QCC_REQUEST_KIND_COUNT_TOKENS,
  QCC_REQUEST_KIND_MODELS,
  QCC_REQUEST_KIND_OTHER,
} QccRequestKind;

/**
 * QccRequestFacts:
 * @kind: what the request asks for
 * @body_valid: whether the body is one valid JSON object; if not, only the headers spoke
 * @model: (owned) (nullable): the body's `model`; %NULL where it is absent, empty, too long or
 *   holds control characters
 * @model_offset: byte offset in the body of the value of @model, at its opening quote
 * @model_length: bytes of that value with both quotes, 0 when @model is %NULL
 * @stream: whether the body's `stream` is true
 * @long_cache: whether the prompt cache is asked for with the TTL of one hour (spec 5.5)
 * @session: (owned) (nullable): the session the request belongs to (spec 5.4), printable ASCII
 * @stainless_timeout: seconds the client waits by its header x-stainless-timeout (spec 2.8), 0 when
 *   it does not say
 * @background: whether the request stands behind interactive ones (spec 9.1)
 *
 * What QCC must know of a request to route it. Where the body names a member twice the last one
 * counts, as it does for the provider. Immutable; reference-counted; may be shared between threads.
 */
typedef struct
{
  QccRequestKind kind;
  gboolean body_valid;
  char *model;
  gsize model_offset;
  gsize model_length;
  gboolean stream;
  gboolean long_cache;
  char *session;
  guint stainless_timeout;
  gboolean background;
} QccRequestFacts;

QccRequestFacts *qcc_request_facts_new (const char *method,
                                        const char *path,
                                        SoupMessageHeaders *headers,
                                        GBytes *body);
QccRequestFacts *qcc_request_facts_ref (QccRequestFacts *self);
void qcc_request_facts_unref (QccRequestFacts *self);

GInputStream *qcc_request_facts_map_model (const QccRequestFacts *self,
                                           GBytes *body,
                                           const char *new_model,
                                           gsize *out_length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccRequestFacts, qcc_request_facts_unref)

G_END_DECLS
