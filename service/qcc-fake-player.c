/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-player.h"

#include <string.h>

#include "service/qcc-fake-answer.h"
#include "service/qcc-fake-message.h"

#define DEFAULT_DELTAS 3
#define PIECE (64 * 1024)

typedef struct
{
  QccFakeWire *wire;             /* (unowned) */
  QccFakeBoard *board;           /* (unowned) */
  const QccFakeRequest *request; /* (unowned) */
  QccFakeAnswer *answer;         /* (owned) */
  QccFakeMessage message;
  guint deltas;
  guint64 interval; /* milliseconds between events */
} Player;

static gboolean
wait_ms (Player *self,
         guint64 ms)
{
  return qcc_fake_wire_wait (self->wire, g_get_monotonic_time () + (gint64) ms * 1000, NULL, NULL);
}

static gboolean
send_text (Player *self,
           const char *text)
{
  return qcc_fake_answer_send (self->answer, text, strlen (text));
}

static gboolean
send_event (Player *self,
            const char *name,
            const char *data)
{
  g_autoptr (GString) text = g_string_new (NULL);

  qcc_fake_head_add_default (qcc_fake_answer_get_head (self->answer), "Content-Type", "text/event-stream; charset=utf-8");
  g_string_append_printf (text, "event: %s\n", name);
  if (data != NULL)
    g_string_append_printf (text, "data: %s\n", data);
  g_string_append_c (text, '\n');

  return send_text (self, text->str) && (self->interval == 0 || wait_ms (self, self->interval));
}

/* Takes the data of an event that @message made. */
static gboolean
send_made (Player *self,
           const char *name,
           char *data)
{
  g_autofree char *owned = data;

  return send_event (self, name, owned);
}

static gboolean
send_block (Player *self,
            QccFakeBlock block,
            const char *tool,
            const char *text)
{
  g_auto (GStrv) pieces = qcc_fake_message_split (text, self->deltas);

  if (!send_made (self, "content_block_start", qcc_fake_message_start_block (&self->message, block, tool)))
    return FALSE;
  for (gsize i = 0; pieces[i] != NULL; i++)
    if (!send_made (self, "content_block_delta", qcc_fake_message_add_delta (&self->message, pieces[i])))
      return FALSE;
  if (block == QCC_FAKE_BLOCK_THINKING &&
      !send_made (self, "content_block_delta", qcc_fake_message_sign_block (&self->message)))
    return FALSE;

  return send_made (self, "content_block_stop", qcc_fake_message_stop_block (&self->message));
}

static gboolean
begin_message (Player *self,
               const char *model)
{
  return send_made (self, "message_start", qcc_fake_message_start (&self->message, model));
}

static gboolean
end_message (Player *self,
             const char *stop_reason)
{
  return send_made (self, "message_delta", qcc_fake_message_stop (&self->message, stop_reason)) &&
         send_event (self, "message_stop", "{\"type\":\"message_stop\"}");
}

static gboolean
say (Player *self,
     const char *text)
{
  return begin_message (self, NULL) && send_event (self, "ping", "{\"type\":\"ping\"}") &&
         send_block (self, QCC_FAKE_BLOCK_TEXT, NULL, text) && end_message (self, "end_turn");
}

/* A whole document with its length. */
static gboolean
send_document (Player *self,
               const char *type,
               const char *text)
{
  QccFakeHead *head = qcc_fake_answer_get_head (self->answer);

  qcc_fake_head_add_default (head, "Content-Type", type);
  if (!head->framing_is_set)
    qcc_fake_head_set_framing (head, QCC_FAKE_FRAMING_LENGTH);

  return send_text (self, text);
}

static gboolean
send_auto (Player *self,
           const char *text)
{
  g_autofree char *stream = qcc_fake_request_dup_member (self->request, "stream");
  g_autofree char *document = NULL;

  if (g_strcmp0 (stream, "true") == 0)
    return say (self, text);

  document = qcc_fake_message_to_unary (&self->message, text);
  return send_document (self, "application/json", document);
}

static gboolean
send_error (Player *self,
            const QccFakeStep *step)
{
  QccFakeHead *head = qcc_fake_answer_get_head (self->answer);
  g_autofree char *id = qcc_fake_message_make_id ("req");
  g_autofree char *body = qcc_fake_message_build_error (step->word, step->text, id);

  head->status = (guint) step->numbers[0];
  qcc_fake_head_add_default (head, "request-id", id);

  return send_document (self, "application/json", body);
}

static gboolean
send_error_event (Player *self,
                  const QccFakeStep *step)
{
  g_autofree char *body = qcc_fake_message_build_error (step->word, step->text, NULL);

  return send_event (self, "error", body);
}

static gboolean
send_filler (Player *self,
             guint64 n)
{
  g_autofree char *piece = g_malloc (PIECE);

  memset (piece, 'x', PIECE);
  while (n > 0)
    {
      gsize length = (gsize) MIN (n, PIECE);

      if (!qcc_fake_answer_send (self->answer, piece, length))
        return FALSE;
      n -= length;
    }

  return TRUE;
}

static gboolean
send_garbage (Player *self,
              guint64 n)
{
  g_autofree char *bytes = g_malloc ((gsize) n);

  for (guint64 i = 0; i < n; i++)
    bytes[i] = (char) (128 + i % 100);

  return qcc_fake_answer_send_raw (self->answer, bytes, (gsize) n);
}

static gboolean
send_informational (Player *self,
                    const QccFakeStep *step)
{
  g_autofree char *head = NULL;

  if (step->word != NULL)
    head = g_strdup_printf ("HTTP/1.1 %u Informational\r\n%s: %s\r\n\r\n", (guint) step->numbers[0], step->word, step->text);
  else
    head = g_strdup_printf ("HTTP/1.1 %u Informational\r\n\r\n", (guint) step->numbers[0]);

  return qcc_fake_wire_write (self->wire, head, strlen (head));
}

static gboolean
end_wire (Player *self,
          QccFakeEnd end)
{
  qcc_fake_wire_end (self->wire, end);
  return FALSE;
}

static void
add_headers (Player *self,
             guint64 n,
             guint64 size)
{
  g_autofree char *value = g_strnfill ((gsize) size, 'v');

  for (guint64 i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("x-filler-%u", (guint) i);

      qcc_fake_head_add_header (qcc_fake_answer_get_head (self->answer), name, value);
    }
}

static gboolean
send_count (Player *self)
{
  g_autofree char *body = g_strdup_printf ("{\"input_tokens\":%" G_GUINT64_FORMAT "}", qcc_fake_message_count_tokens (self->request));

  return send_document (self, "application/json", body);
}

static gboolean
send_html (Player *self,
           guint64 status)
{
  qcc_fake_answer_get_head (self->answer)->status = (guint) status;

  return send_document (self, "text/html", "<html><head><title>Error</title></head><body><h1>Something is wrong</h1></body></html>\n");
}

static gboolean
send_comment (Player *self,
              const char *text)
{
  g_autofree char *line = g_strdup_printf (": %s\n\n", text != NULL ? text : "");

  qcc_fake_head_add_default (qcc_fake_answer_get_head (self->answer), "Content-Type", "text/event-stream; charset=utf-8");
  return send_text (self, line);
}

/* The steps that only say something about the head. Returns whether it was one of them. */
static gboolean
play_head (Player *self,
           const QccFakeStep *step)
{
  QccFakeHead *head = qcc_fake_answer_get_head (self->answer);

  if (step->kind == QCC_FAKE_STEP_STATUS)
    {
      head->status = (guint) step->numbers[0];
      g_free (head->reason);
      head->reason = g_strdup (step->text);
    }
  else if (step->kind == QCC_FAKE_STEP_HEADER)
    qcc_fake_head_add_header (head, step->word, step->text);
  else if (step->kind == QCC_FAKE_STEP_MANY_HEADERS)
    add_headers (self, step->numbers[0], step->numbers[1]);
  else if (step->kind == QCC_FAKE_STEP_VERSION)
    head->minor_version = step->choice;
  else if (step->kind == QCC_FAKE_STEP_FRAMING)
    qcc_fake_head_set_framing (head, (QccFakeFraming) step->choice);
  else if (step->kind == QCC_FAKE_STEP_CONTENT_LENGTH)
    {
      qcc_fake_head_set_framing (head, QCC_FAKE_FRAMING_ANNOUNCED);
      head->content_length = step->numbers[0];
    }
  else if (step->kind == QCC_FAKE_STEP_ENCODE)
    qcc_fake_answer_encode (self->answer, (QccFakeEncoding) step->choice);
  else if (step->kind == QCC_FAKE_STEP_ENCODE_LIE)
    head->encoding = (QccFakeEncoding) step->choice;
  else if (step->kind == QCC_FAKE_STEP_CUT)
    qcc_fake_answer_cut (self->answer, step->numbers[0], step->choice == 0 ? QCC_FAKE_END_RESET : QCC_FAKE_END_FIN);
  else if (step->kind == QCC_FAKE_STEP_NO_FINAL_CHUNK)
    qcc_fake_answer_omit_final_chunk (self->answer);
  else if (step->kind == QCC_FAKE_STEP_KEEPALIVE_CLOSE)
    qcc_fake_answer_close_unannounced (self->answer);
  else
    return FALSE;

  return TRUE;
}

static gboolean play_steps (Player *self, GPtrArray *steps);

static gboolean
repeat (Player *self,
        const QccFakeStep *step)
{
  for (guint64 i = 0; i < step->numbers[0]; i++)
    if (!play_steps (self, step->steps))
      return FALSE;

  return TRUE;
}

/* Order, time, and faults of the transport. */
static gboolean
play_flow (Player *self,
           const QccFakeStep *step)
{
  switch ((guint) step->kind)
    {
    case QCC_FAKE_STEP_DELTAS:
      self->deltas = (guint) step->numbers[0];
      return TRUE;
    case QCC_FAKE_STEP_REPEAT:
      return repeat (self, step);
    case QCC_FAKE_STEP_END:
      return TRUE;
    case QCC_FAKE_STEP_INTERVAL:
      self->interval = step->numbers[0];
      return TRUE;
    case QCC_FAKE_STEP_WAIT:
      return wait_ms (self, step->numbers[0]);
    case QCC_FAKE_STEP_HOLD:
      return qcc_fake_board_hold (self->board, self->wire, step->word);
    case QCC_FAKE_STEP_STALL:
      return qcc_fake_wire_wait (self->wire, -1, NULL, NULL);
    case QCC_FAKE_STEP_DRIP:
      qcc_fake_wire_set_drip (self->wire, (gsize) step->numbers[0]);
      return TRUE;
    case QCC_FAKE_STEP_RESET:
      return end_wire (self, QCC_FAKE_END_RESET);
    case QCC_FAKE_STEP_FIN:
      return end_wire (self, QCC_FAKE_END_FIN);
    default:
      g_return_val_if_reached (FALSE);
    }
}

/* Parts of an event stream. */
static gboolean
play_event (Player *self,
            const QccFakeStep *step)
{
  switch ((guint) step->kind)
    {
    case QCC_FAKE_STEP_SAY:
      return say (self, step->text);
    case QCC_FAKE_STEP_USE_TOOL:
      return begin_message (self, NULL) && send_block (self, QCC_FAKE_BLOCK_TOOL_USE, step->word, step->text) &&
             end_message (self, "tool_use");
    case QCC_FAKE_STEP_THINK_AND_SAY:
      return begin_message (self, NULL) && send_block (self, QCC_FAKE_BLOCK_THINKING, NULL, step->word) &&
             send_block (self, QCC_FAKE_BLOCK_TEXT, NULL, step->text) && end_message (self, "end_turn");
    case QCC_FAKE_STEP_MESSAGE_START:
      return begin_message (self, step->word);
    case QCC_FAKE_STEP_TEXT_BLOCK:
      return send_block (self, QCC_FAKE_BLOCK_TEXT, NULL, step->text);
    case QCC_FAKE_STEP_THINKING_BLOCK:
      return send_block (self, QCC_FAKE_BLOCK_THINKING, NULL, step->text);
    case QCC_FAKE_STEP_TOOL_BLOCK:
      return send_block (self, QCC_FAKE_BLOCK_TOOL_USE, step->word, step->text);
    case QCC_FAKE_STEP_BLOCK_START:
      return send_made (self, "content_block_start",
                        qcc_fake_message_start_block (&self->message, (QccFakeBlock) step->choice, "Read"));
    case QCC_FAKE_STEP_DELTA:
      return send_made (self, "content_block_delta", qcc_fake_message_add_delta (&self->message, step->text));
    case QCC_FAKE_STEP_BLOCK_STOP:
      return send_made (self, "content_block_stop", qcc_fake_message_stop_block (&self->message));
    case QCC_FAKE_STEP_MESSAGE_DELTA:
      return send_made (self, "message_delta", qcc_fake_message_stop (&self->message, step->word));
    case QCC_FAKE_STEP_MESSAGE_STOP:
      return send_event (self, "message_stop", "{\"type\":\"message_stop\"}");
    case QCC_FAKE_STEP_PING:
      return send_event (self, "ping", "{\"type\":\"ping\"}");
    case QCC_FAKE_STEP_COMMENT:
      return send_comment (self, step->text);
    case QCC_FAKE_STEP_EVENT:
      return send_event (self, step->word, step->text);
    case QCC_FAKE_STEP_ERROR_EVENT:
      return send_error_event (self, step);
    case QCC_FAKE_STEP_MALFORMED_EVENT:
      return send_event (self, "content_block_start", "{\"type\":\"content_block_start\",\"index\":0,\"content_bl");
    default:
      return play_flow (self, step);
    }
}

/* Any step. Returns whether the wire is open. */
static gboolean
play_step (Player *self,
           const QccFakeStep *step)
{
  gsize length;
  gconstpointer data;

  if (play_head (self, step))
    return TRUE;

  switch ((guint) step->kind)
    {
    case QCC_FAKE_STEP_INFORMATIONAL:
      return send_informational (self, step);
    case QCC_FAKE_STEP_HEAD:
      return qcc_fake_answer_send_head (self->answer);
    case QCC_FAKE_STEP_HALF_HEAD:
      return qcc_fake_answer_send_half_head (self->answer);
    case QCC_FAKE_STEP_RAW:
      return qcc_fake_answer_send_raw (self->answer, step->text, strlen (step->text));
    case QCC_FAKE_STEP_GARBAGE:
      return send_garbage (self, step->numbers[0]);
    case QCC_FAKE_STEP_BODY:
      return send_text (self, step->text);
    case QCC_FAKE_STEP_BYTES:
      return send_filler (self, step->numbers[0]);
    case QCC_FAKE_STEP_FILE:
      data = g_bytes_get_data (step->data, &length);
      return qcc_fake_answer_send (self->answer, data, length);
    case QCC_FAKE_STEP_JSON:
      return send_document (self, "application/json", step->text);
    case QCC_FAKE_STEP_HTML:
      return send_html (self, step->numbers[0]);
    case QCC_FAKE_STEP_EMPTY:
      qcc_fake_head_set_framing (qcc_fake_answer_get_head (self->answer), QCC_FAKE_FRAMING_LENGTH);
      return TRUE;
    case QCC_FAKE_STEP_ERROR:
      return send_error (self, step);
    case QCC_FAKE_STEP_COUNT_TOKENS:
      return send_count (self);
    case QCC_FAKE_STEP_AUTO:
      return send_auto (self, step->text);
    default:
      return play_event (self, step);
    }
}

static gboolean
play_steps (Player *self,
            GPtrArray *steps)
{
  for (guint i = 0; i < steps->len; i++)
    if (!play_step (self, g_ptr_array_index (steps, i)))
      return FALSE;

  return TRUE;
}

/**
 * qcc_fake_player_play:
 * @wire: the connection
 * @board: tells of gates
 * @request: what is answered
 * @script: how
 *
 * Answers one request. Blocks.
 *
 * Returns: whether the connection may carry another request
 */
gboolean
qcc_fake_player_play (QccFakeWire *wire,
                      QccFakeBoard *board,
                      const QccFakeRequest *request,
                      const QccFakeScript *script)
{
  Player self = { .wire = wire, .board = board, .request = request, .deltas = DEFAULT_DELTAS };
  gboolean open;

  self.answer = qcc_fake_answer_new (wire, board, request);
  qcc_fake_message_init (&self.message, request);
  open = play_steps (&self, script->steps) && qcc_fake_answer_finish (self.answer);
  qcc_fake_message_clear (&self.message);
  qcc_fake_answer_free (self.answer);
  qcc_fake_wire_set_drip (wire, 0);

  return open;
}
