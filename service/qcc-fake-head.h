/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-encoder.h"
#include "service/qcc-fake-request.h"

G_BEGIN_DECLS

/**
 * QccFakeFraming:
 *
 * How a body ends. The values but the last are in the order of the choices of the step `framing`.
 */
typedef enum
{
  QCC_FAKE_FRAMING_CHUNKED,
  QCC_FAKE_FRAMING_LENGTH, /* true: the body is collected first */
  QCC_FAKE_FRAMING_CLOSE,
  QCC_FAKE_FRAMING_ANNOUNCED, /* a length that was given, true or not */
} QccFakeFraming;

/**
 * QccFakeHead:
 * @minor_version: of HTTP/1
 * @status: status code
 * @reason: (owned) (nullable): %NULL for the usual one
 * @framing: how the body ends
 * @framing_is_set: the script said so
 * @content_length: for %QCC_FAKE_FRAMING_ANNOUNCED
 * @encoding: what Content-Encoding says
 * @headers: (owned) (element-type QccFakeHeader): the script's own
 * @defaults: (owned) (element-type QccFakeHeader): sent where @headers has none of that name
 *
 * What a script has said about the head of its answer.
 */
typedef struct
{
  guint minor_version;
  guint status;
  char *reason;
  QccFakeFraming framing;
  gboolean framing_is_set;
  guint64 content_length;
  QccFakeEncoding encoding;
  GPtrArray *headers;
  GPtrArray *defaults;
} QccFakeHead;

void qcc_fake_head_init (QccFakeHead *self);
void qcc_fake_head_clear (QccFakeHead *self);
void qcc_fake_head_set_framing (QccFakeHead *self, QccFakeFraming framing);
void qcc_fake_head_add_header (QccFakeHead *self, const char *name, const char *value);
void qcc_fake_head_add_default (QccFakeHead *self, const char *name, const char *value);
const char *qcc_fake_head_get_header (const QccFakeHead *self, const char *name);

gboolean qcc_fake_head_allows_body (const QccFakeHead *self, const char *method);
char *qcc_fake_head_build (const QccFakeHead *self, guint64 length, const char *connection);

G_END_DECLS
