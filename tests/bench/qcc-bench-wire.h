/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What the bench peer's two sides say to each other through a proxy. A request carries in its body, as the member
 * "bench", the script that the mock follows:
 *   unary BYTES               a message of BYTES bytes with Content-Length
 *   chunked BYTES             the same in one chunk
 *   sse COUNT INTERVAL BYTES  COUNT deltas of BYTES bytes each, INTERVAL us apart
 *   told BYTES                like unary, and the mock says when; where the path begins with /fail/STATUS, an error
 *                             of this status
 *   silent                    no answer at all */

G_BEGIN_DECLS

/* Room for the texts around a delta, its timestamp included. */
#define QCC_BENCH_EVENT_MIN 160
#define QCC_BENCH_EVENT_MAX 16384

#define QCC_BENCH_SSE_BEGIN                                                                                         \
  "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_bench\",\"type\":\"message\"," \
  "\"role\":\"assistant\",\"model\":\"bench\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"          \
  "\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n"                                                        \
  "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"                                \
  "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
#define QCC_BENCH_SSE_END                                                                            \
  "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"               \
  "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"," \
  "\"stop_sequence\":null},\"usage\":{\"output_tokens\":1}}\n\n"                                     \
  "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

typedef enum
{
  QCC_BENCH_ANSWER_HEAD,
  QCC_BENCH_ANSWER_SIZED_BODY,
  QCC_BENCH_ANSWER_CHUNK_SIZE,
  QCC_BENCH_ANSWER_CHUNK,
  QCC_BENCH_ANSWER_CHUNK_END,
  QCC_BENCH_ANSWER_TRAILER,
  QCC_BENCH_ANSWER_DONE,
  QCC_BENCH_ANSWER_WRONG,
} QccBenchAnswerState;

typedef void (*QccBenchBodyFunc) (const char *data,
                                  gsize length,
                                  gpointer user_data);

/* An answer that is being read. Zero it, set @func and @user_data, feed it. */
typedef struct
{
  QccBenchAnswerState state;
  QccBenchBodyFunc func; /* (nullable): gets the body without its framing */
  gpointer user_data;    /* (unowned) */
  char line[2048];       /* the head, a chunk's size or a trailer, as far as it has come */
  gsize line_length;
  guint64 remaining; /* bytes of the body or of the chunk */
  guint64 n_body;    /* bytes of the body so far */
} QccBenchAnswer;

gint64 qcc_bench_now (void);
char *qcc_bench_request_new (const char *script,
                             gsize body_size,
                             gsize *out_length);
gsize qcc_bench_delta_print (char *event,
                             gsize size,
                             gint64 now);
gint64 qcc_bench_delta_time (const char *event,
                             gsize length);
QccBenchAnswerState qcc_bench_answer_feed (QccBenchAnswer *self,
                                           const char *data,
                                           gsize length);
int qcc_bench_connect (guint16 port,
                       gboolean blocking);
guint32 qcc_bench_quantile (GArray *values,
                            double q);

G_END_DECLS
