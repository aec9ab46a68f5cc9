/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QCC_SSE_NAME_MAX:
 *
 * Bytes of an event's name that are kept. The longest in use has 19.
 */
#define QCC_SSE_NAME_MAX 64

/**
 * QCC_SSE_MAX_EVENT_DEFAULT:
 *
 * Bytes of data up to which an event is collected by default, 1 MiB: far above a delta, and small
 * enough to be held for every stream.
 */
#define QCC_SSE_MAX_EVENT_DEFAULT (1024 * 1024)

/**
 * QccSseEvent:
 * @name: (unowned): what the field `event` said, not terminated; never %NULL
 * @name_length: bytes of @name, 0 when there was none
 * @data: (unowned): the fields `data`, joined by line feeds, not terminated; never %NULL
 * @data_length: bytes of @data
 * @comment_only: a client makes nothing of this block: it has neither a name nor data, only
 *   comments and fields such as `id` and `retry`
 * @oversized: there was more data than the limit; @data is empty
 * @end: offset in the fed chunk just behind the block's blank line
 *
 * One block of an event stream. Its strings live until the next call into the parser, and as long
 * as the chunk.
 */
typedef struct
{
  const char *name;
  gsize name_length;
  const char *data;
  gsize data_length;
  gboolean comment_only;
  gboolean oversized;
  gsize end;
} QccSseEvent;

/**
 * QccSseParser:
 *
 * Cuts an event stream (text/event-stream as the HTML standard has it) into its events, however it
 * is cut into chunks. Any bytes are an event stream: nothing fails.
 */
typedef struct _QccSseParser QccSseParser;

QccSseParser *qcc_sse_parser_new (gsize max_event);
void qcc_sse_parser_free (QccSseParser *self);

void qcc_sse_parser_begin (QccSseParser *self, const char *chunk, gsize length);
gboolean qcc_sse_parser_next (QccSseParser *self, QccSseEvent *out_event);

gboolean qcc_sse_parser_in_event (const QccSseParser *self);
gboolean qcc_sse_parser_at_line_start (const QccSseParser *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccSseParser, qcc_sse_parser_free)

G_END_DECLS
