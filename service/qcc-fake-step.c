/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-step.h"

#define ENCODINGS "gzip|deflate|br|zstd"

/* The language of scripts. It stays English, like any other file format. */
static const QccFakeStepInfo step_infos[] = {
  [QCC_FAKE_STEP_STATUS] = { "status", "n?t", NULL, "CODE [REASON]", "answer with this status instead of 200" },
  [QCC_FAKE_STEP_HEADER] = { "header", "h", NULL, "NAME: VALUE", "add a header; one of the fake's own of that name is left out" },
  [QCC_FAKE_STEP_MANY_HEADERS] = { "many_headers", "nn", NULL, "N SIZE", "add N headers, each with a value of SIZE bytes" },
  [QCC_FAKE_STEP_VERSION] = { "version", "c", "1.0|1.1", "1.0|1.1", "the HTTP version of the answer; 1.0 ends the body by closing" },
  [QCC_FAKE_STEP_FRAMING] = { "framing", "c", "chunked|length|close", "chunked|length|close", "how the body ends; length sends all at the end of the script" },
  [QCC_FAKE_STEP_CONTENT_LENGTH] = { "content_length", "n", NULL, "N", "announce N bytes, whatever is sent" },
  [QCC_FAKE_STEP_ENCODE] = { "encode", "c", ENCODINGS, ENCODINGS, "compress the body (br and zstd: stored, but valid)" },
  [QCC_FAKE_STEP_ENCODE_LIE] = { "encode_lie", "c", ENCODINGS, ENCODINGS, "say that the body is compressed, and do not" },
  [QCC_FAKE_STEP_INFORMATIONAL] = { "informational", "n?h", NULL, "CODE [NAME: VALUE]", "send a 1xx answer now, before the real one" },
  [QCC_FAKE_STEP_HEAD] = { "head", "", NULL, "", "send the head now" },
  [QCC_FAKE_STEP_HALF_HEAD] = { "half_head", "", NULL, "", "send the first half of the head; follow it by fin, reset or stall" },
  [QCC_FAKE_STEP_RAW] = { "raw", "b", NULL, "TEXT", "send these very bytes; without a head before them they replace it" },
  [QCC_FAKE_STEP_GARBAGE] = { "garbage", "n", NULL, "N", "like raw, with N bytes that are no HTTP" },
  [QCC_FAKE_STEP_BODY] = { "body", "b", NULL, "TEXT", "send a piece of the body" },
  [QCC_FAKE_STEP_BYTES] = { "bytes", "n", NULL, "N", "send N bytes of filler in pieces of 64 KiB" },
  [QCC_FAKE_STEP_FILE] = { "file", "f", NULL, "PATH", "send a file, read when the script is loaded" },
  [QCC_FAKE_STEP_JSON] = { "json", "t", NULL, "TEXT", "send JSON, with its type and a Content-Length" },
  [QCC_FAKE_STEP_HTML] = { "html", "n", NULL, "STATUS", "send an HTML error page" },
  [QCC_FAKE_STEP_EMPTY] = { "empty", "", NULL, "", "send no body, and say so" },
  [QCC_FAKE_STEP_ERROR] = { "error", "nwt", NULL, "STATUS TYPE MESSAGE", "send an error in Anthropic's form" },
  [QCC_FAKE_STEP_COUNT_TOKENS] = { "count_tokens", "", NULL, "", "send the number of tokens in the request" },
  [QCC_FAKE_STEP_AUTO] = { "auto", "t", NULL, "TEXT", "as say when the request wants a stream, else one JSON message" },
  [QCC_FAKE_STEP_SAY] = { "say", "t", NULL, "TEXT", "a whole answer of one text block" },
  [QCC_FAKE_STEP_USE_TOOL] = { "use_tool", "wt", NULL, "NAME INPUT", "a whole answer that calls a tool with JSON input" },
  [QCC_FAKE_STEP_THINK_AND_SAY] = { "think_and_say", "wt", NULL, "THOUGHT TEXT", "a whole answer of a thinking and a text block" },
  [QCC_FAKE_STEP_MESSAGE_START] = { "message_start", "?w", NULL, "[MODEL]", "begin a message; the model is the request's" },
  [QCC_FAKE_STEP_TEXT_BLOCK] = { "text_block", "t", NULL, "TEXT", "a text block" },
  [QCC_FAKE_STEP_THINKING_BLOCK] = { "thinking_block", "t", NULL, "TEXT", "a thinking block with a signature" },
  [QCC_FAKE_STEP_TOOL_BLOCK] = { "tool_block", "wt", NULL, "NAME INPUT", "a tool_use block" },
  [QCC_FAKE_STEP_BLOCK_START] = { "block_start", "c", "text|thinking|tool_use", "text|thinking|tool_use", "begin a block" },
  [QCC_FAKE_STEP_DELTA] = { "delta", "t", NULL, "TEXT", "a piece of the block that was begun" },
  [QCC_FAKE_STEP_BLOCK_STOP] = { "block_stop", "", NULL, "", "end the block" },
  [QCC_FAKE_STEP_MESSAGE_DELTA] = { "message_delta", "w", NULL, "STOP_REASON", "the stop reason and the usage" },
  [QCC_FAKE_STEP_MESSAGE_STOP] = { "message_stop", "", NULL, "", "end the message" },
  [QCC_FAKE_STEP_PING] = { "ping", "", NULL, "", "a ping event" },
  [QCC_FAKE_STEP_COMMENT] = { "comment", "?b", NULL, "[TEXT]", "a comment, which is no event" },
  [QCC_FAKE_STEP_EVENT] = { "event", "w?b", NULL, "NAME [DATA]", "any event" },
  [QCC_FAKE_STEP_ERROR_EVENT] = { "error_event", "wt", NULL, "TYPE MESSAGE", "an error inside the stream" },
  [QCC_FAKE_STEP_MALFORMED_EVENT] = { "malformed_event", "", NULL, "", "an event whose JSON breaks off" },
  [QCC_FAKE_STEP_DELTAS] = { "deltas", "n", NULL, "N", "send each later block in N deltas instead of 3" },
  [QCC_FAKE_STEP_REPEAT] = { "repeat", "n", NULL, "N", "do the steps up to the matching end N times" },
  [QCC_FAKE_STEP_END] = { "end", "", NULL, "", "end a repeat" },
  [QCC_FAKE_STEP_INTERVAL] = { "interval", "n", NULL, "MS", "pause between later events" },
  [QCC_FAKE_STEP_WAIT] = { "wait", "n", NULL, "MS", "pause once" },
  [QCC_FAKE_STEP_HOLD] = { "hold", "w", NULL, "GATE", "pause until a test releases the gate" },
  [QCC_FAKE_STEP_STALL] = { "stall", "", NULL, "", "send nothing more until the client leaves" },
  [QCC_FAKE_STEP_CUT] = { "cut", "nc", "reset|fin", "N reset|fin", "end the connection after N bytes of body; stands before the body" },
  [QCC_FAKE_STEP_DRIP] = { "drip", "n", NULL, "N", "write later bytes N at a time; 0 ends it" },
  [QCC_FAKE_STEP_RESET] = { "reset", "", NULL, "", "reset the connection" },
  [QCC_FAKE_STEP_FIN] = { "fin", "", NULL, "", "close the connection without ending the body" },
  [QCC_FAKE_STEP_NO_FINAL_CHUNK] = { "no_final_chunk", "", NULL, "", "close where the last chunk belongs" },
  [QCC_FAKE_STEP_KEEPALIVE_CLOSE] = { "keepalive_close", "", NULL, "", "announce keep-alive, and close after the answer" },
};

G_STATIC_ASSERT (G_N_ELEMENTS (step_infos) == QCC_FAKE_STEP_N_KINDS);

/**
 * qcc_fake_step_new:
 * @kind: what the step does
 *
 * Returns: (transfer full): a step without arguments
 */
QccFakeStep *
qcc_fake_step_new (QccFakeStepKind kind)
{
  QccFakeStep *self = g_new0 (QccFakeStep, 1);

  self->kind = kind;
  return self;
}

/**
 * qcc_fake_step_free:
 * @self: (transfer full): a step
 */
void
qcc_fake_step_free (QccFakeStep *self)
{
  g_free (self->word);
  g_free (self->text);
  g_clear_pointer (&self->data, g_bytes_unref);
  g_clear_pointer (&self->steps, g_ptr_array_unref);
  g_free (self);
}

/**
 * qcc_fake_step_get_info:
 * @kind: a kind of step
 *
 * Returns: (transfer none): how @kind is written
 */
const QccFakeStepInfo *
qcc_fake_step_get_info (QccFakeStepKind kind)
{
  g_return_val_if_fail ((guint) kind < QCC_FAKE_STEP_N_KINDS, NULL);

  return &step_infos[kind];
}

/**
 * qcc_fake_step_lookup:
 * @name: the first word of a line
 * @out_kind: (out): its kind, untouched when there is none
 *
 * Returns: whether @name is a step
 */
gboolean
qcc_fake_step_lookup (const char *name,
                      QccFakeStepKind *out_kind)
{
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (out_kind != NULL, FALSE);

  for (guint i = 0; i < QCC_FAKE_STEP_N_KINDS; i++)
    {
      if (g_str_equal (step_infos[i].name, name))
        {
          *out_kind = i;
          return TRUE;
        }
    }

  return FALSE;
}

/**
 * qcc_fake_step_describe_all:
 *
 * Returns: (transfer full): the help on all steps, one a line
 */
char *
qcc_fake_step_describe_all (void)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < QCC_FAKE_STEP_N_KINDS; i++)
    {
      g_autofree char *line = g_strjoin (" ", step_infos[i].name, step_infos[i].usage, NULL);

      g_string_append_printf (text, "  %-38s %s\n", line, step_infos[i].summary);
    }

  return g_string_free (text, FALSE);
}
