/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-request.h"

G_BEGIN_DECLS

/**
 * QccFakeBlock:
 *
 * A kind of content block. The values are in the order of the choices of the step `block_start`.
 */
typedef enum
{
  QCC_FAKE_BLOCK_TEXT,
  QCC_FAKE_BLOCK_THINKING,
  QCC_FAKE_BLOCK_TOOL_USE,
} QccFakeBlock;

/**
 * QccFakeMessage:
 * @id: (owned): unique
 * @model: (owned): the model of the request, or one that the script names
 * @input_tokens: tokens of the request that were not read from the cache
 * @cache_tokens: tokens of the request that were
 * @output_bytes: bytes of text so far
 * @block: what the block at @index is
 * @index: of the block that is begun, or will be next
 *
 * A message while it is streamed: it numbers blocks and keeps the usage. The functions return the data of one
 * event, in the form that Anthropic's interface has.
 */
typedef struct
{
  char *id;
  char *model;
  guint64 input_tokens;
  guint64 cache_tokens;
  guint64 output_bytes;
  QccFakeBlock block;
  guint index;
} QccFakeMessage;

void qcc_fake_message_init (QccFakeMessage *self, const QccFakeRequest *request);
void qcc_fake_message_clear (QccFakeMessage *self);

char *qcc_fake_message_start (QccFakeMessage *self, const char *model);
char *qcc_fake_message_start_block (QccFakeMessage *self, QccFakeBlock block, const char *tool);
char *qcc_fake_message_add_delta (QccFakeMessage *self, const char *text);
char *qcc_fake_message_sign_block (QccFakeMessage *self);
char *qcc_fake_message_stop_block (QccFakeMessage *self);
char *qcc_fake_message_stop (QccFakeMessage *self, const char *stop_reason);
char *qcc_fake_message_to_unary (QccFakeMessage *self, const char *text);

guint64 qcc_fake_message_count_tokens (const QccFakeRequest *request);
char *qcc_fake_message_build_error (const char *type, const char *message, const char *request_id);
char *qcc_fake_message_make_id (const char *prefix);
GStrv qcc_fake_message_split (const char *text, guint n);

G_END_DECLS
