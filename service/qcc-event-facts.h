/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-json-span.h"
#include "service/qcc-sse-parser.h"

G_BEGIN_DECLS

/**
 * QccEventKind:
 * @QCC_EVENT_KIND_MESSAGE_START: `message_start`
 * @QCC_EVENT_KIND_CONTENT_BLOCK_START: `content_block_start`
 * @QCC_EVENT_KIND_CONTENT_BLOCK_DELTA: `content_block_delta`
 * @QCC_EVENT_KIND_CONTENT_BLOCK_STOP: `content_block_stop`
 * @QCC_EVENT_KIND_MESSAGE_DELTA: `message_delta`
 * @QCC_EVENT_KIND_MESSAGE_STOP: `message_stop`
 * @QCC_EVENT_KIND_PING: `ping`
 * @QCC_EVENT_KIND_ERROR: `error`
 * @QCC_EVENT_KIND_COMMENT: a block of which a client makes nothing
 * @QCC_EVENT_KIND_UNKNOWN: any other event
 *
 * The events of Anthropic's message stream.
 */
typedef enum
{
  QCC_EVENT_KIND_MESSAGE_START,
  QCC_EVENT_KIND_CONTENT_BLOCK_START,
  QCC_EVENT_KIND_CONTENT_BLOCK_DELTA,
  QCC_EVENT_KIND_CONTENT_BLOCK_STOP,
  QCC_EVENT_KIND_MESSAGE_DELTA,
  QCC_EVENT_KIND_MESSAGE_STOP,
  QCC_EVENT_KIND_PING,
  QCC_EVENT_KIND_ERROR,
  QCC_EVENT_KIND_COMMENT,
  QCC_EVENT_KIND_UNKNOWN,
} QccEventKind;

/**
 * QccEventFacts:
 * @kind: which event it is
 * @index: of a content_block_start the number of the block, else and when absent -1
 * @any_tool_use: of a content_block_start whether its type ends in `tool_use`
 * @tool_use: of a content_block_start whether its type is `tool_use`, a tool that the client runs;
 *   the provider runs those of any other type, such as `server_tool_use`, itself
 * @stop_reason: of a message_delta whether it says why the message ends
 * @error_type: of an error the string that names its type; length 0 when there is none
 * @error_message: of an error the string with its text; length 0 when there is none
 *
 * What one event means. The spans point into the event's data.
 */
typedef struct
{
  QccEventKind kind;
  gint64 index;
  gboolean any_tool_use;
  gboolean tool_use;
  gboolean stop_reason;
  QccJsonSpan error_type;
  QccJsonSpan error_message;
} QccEventFacts;

/**
 * QccStreamBlock:
 * @QCC_STREAM_BLOCK_NONE: no content block is open
 * @QCC_STREAM_BLOCK_OTHER: one that is no call of a client's tool
 * @QCC_STREAM_BLOCK_TOOL_USE: one of type `tool_use`
 */
typedef enum
{
  QCC_STREAM_BLOCK_NONE,
  QCC_STREAM_BLOCK_OTHER,
  QCC_STREAM_BLOCK_TOOL_USE,
} QccStreamBlock;

/**
 * QccStreamState:
 * @message_start_seen: a message_start came
 * @open_block: the content block that is open
 * @completed_tool_uses: blocks of type `tool_use` that are complete: the client will run them
 * @stop_reason_seen: the stop_reason came, after which a client takes the message as complete
 * @message_stop_seen: a message_stop came
 * @any_content: a content_block event came
 *
 * What a message stream has said so far, from which spec 2.6 decides how it may be ended. All zero
 * is the state before the first event.
 */
typedef struct
{
  gboolean message_start_seen;
  QccStreamBlock open_block;
  guint completed_tool_uses;
  gboolean stop_reason_seen;
  gboolean message_stop_seen;
  gboolean any_content;
} QccStreamState;

QccEventKind qcc_event_get_kind (const QccSseEvent *event);
gboolean qcc_event_is_valid (const QccSseEvent *event);
void qcc_event_facts_read (QccEventFacts *self, const QccSseEvent *event);

void qcc_stream_state_apply (QccStreamState *self, const QccEventFacts *facts);

G_END_DECLS
