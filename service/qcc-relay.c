/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-relay.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "service/qcc-deadline.h"
#include "service/qcc-error-body.h"
#include "service/qcc-event-facts.h"
#include "service/qcc-sse-parser.h"

/* What is read before anything is written; also the most that is kept for a slow client. */
#define BLOCK (64 * 1024)

/* libsoup reads the trailers of a chunked answer into the same memory, and fails where it has no
 * room for a line. */
#define MIN_ROOM 1024

/* How long an upstream may keep its connection open behind a message_stop. */
#define AFTER_STOP_MS 1000

#define MESSAGE_STOP "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
#define PING_LINES "event: ping\ndata: {\"type\":\"ping\"}\n\n"

struct _QccRelay
{
  QccAttempt *attempt;       /* (owned) */
  QccDownstream *downstream; /* (owned) */
  QccRelayFunc func;
  gpointer user_data;

  gboolean events;
  QccCoding coding;
  char *session;          /* (owned) (nullable) */
  QccEndHistory *history; /* (unowned) */

  QccDecoder *decoder;  /* (owned) (nullable): %NULL when the answer cannot be read along */
  QccSseParser *parser; /* (owned) (nullable): for events */
  QccStreamState state;
  QccDeadline *after_stop; /* (owned) */

  gboolean blocked; /* the client has not taken the last write */
  gboolean ended;
  QccRelayEnd end;
  char *reason; /* (owned) (nullable) */

  /* What of an unfinished event is with the client already. */
  gboolean client_in_event;
  gboolean client_at_line_start;
};

static void
end_clean (QccRelay *self,
           QccRelayEnd end)
{
  self->ended = TRUE;
  self->end = end;
  qcc_deadline_stop (self->after_stop);
  qcc_attempt_close (self->attempt);
  qcc_downstream_finish (self->downstream);
}

static gboolean
on_broken_off (gpointer user_data)
{
  QccRelay *self = user_data;

  self->func (self->end, self->reason, self->user_data);

  return G_SOURCE_REMOVE;
}

static void
end_broken (QccRelay *self)
{
  self->ended = TRUE;
  self->end = QCC_RELAY_END_BROKEN_OFF;
  qcc_deadline_stop (self->after_stop);
  qcc_attempt_close (self->attempt);
  qcc_downstream_break_off (self->downstream);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_broken_off, self, NULL);
}

/* An event of which the client has only the beginning would swallow what comes next. In an event
 * stream the last `event` field of a block counts, and clients pass over a ping unread, so that
 * this makes the torso harmless. */
static void
append_defusal (QccRelay *self,
                GString *text)
{
  if (!self->client_in_event)
    return;

  if (!self->client_at_line_start)
    g_string_append_c (text, '\n');
  g_string_append (text, PING_LINES);
}

static void
write_tail (QccRelay *self,
            const GString *text)
{
  qcc_downstream_write (self->downstream, text->str, text->len);
}

static void
end_with_error_event (QccRelay *self,
                      const char *message)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *body = qcc_error_body_new ("api_error", message);

  append_defusal (self, text);
  g_string_append_printf (text, "event: error\ndata: %s\n\n", body);
  write_tail (self, text);
  end_clean (self, QCC_RELAY_END_ERROR_EVENT);
}

static void
end_with_stop (QccRelay *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  append_defusal (self, text);
  g_string_append (text, MESSAGE_STOP);
  write_tail (self, text);
  end_clean (self, QCC_RELAY_END_COMPLETED);
}

/* The upstream has failed in the middle: ends the client's stream in the way that makes it do the
 * right thing (spec 2.6). */
static void
end_failed (QccRelay *self,
            const char *reason,
            const char *message)
{
  gboolean can_add = self->events && self->coding == QCC_CODING_IDENTITY;

  g_free (self->reason);
  self->reason = g_strdup (reason);

  if (self->state.message_stop_seen)
    end_clean (self, QCC_RELAY_END_COMPLETE);
  else if (can_add && self->state.stop_reason_seen)
    end_with_stop (self);
  else if (!can_add || self->state.completed_tool_uses > 0 || !self->state.message_start_seen)
    end_broken (self);
  else if (qcc_end_history_note (self->history, self->session, g_get_monotonic_time ()))
    end_with_error_event (self, message);
  else
    end_broken (self);
}

static void
end_of_upstream (QccRelay *self)
{
  /* HTTP alone cannot tell the end of a stream from a cut (libsoup takes one for the other), the
   * messages can. A stream of another kind is taken at its word. */
  if (self->parser != NULL && self->decoder != NULL && self->state.message_start_seen && !self->state.message_stop_seen)
    end_failed (self, "the stream ended without message_stop", _ ("The provider ended the answer too early."));
  else
    end_clean (self, QCC_RELAY_END_COMPLETE);
}

/* Reads along. Returns how many bytes of @data may go to the client: all, or those before an
 * error event, which then is in @out_error. */
static gsize
tap (QccRelay *self,
     const char *data,
     gsize length,
     char **out_error)
{
  const char *decoded;
  gsize decoded_length;
  gsize end_of_last = 0;
  QccSseEvent event;
  QccEventFacts facts;

  *out_error = NULL;
  if (self->parser == NULL || self->decoder == NULL)
    return length;

  if (!qcc_decoder_feed (self->decoder, data, length, &decoded, &decoded_length))
    {
      g_clear_pointer (&self->decoder, qcc_decoder_free);
      return length;
    }

  qcc_sse_parser_begin (self->parser, decoded, decoded_length);
  while (qcc_sse_parser_next (self->parser, &event))
    {
      qcc_event_facts_read (&facts, &event);
      if (facts.kind == QCC_EVENT_KIND_ERROR && self->coding == QCC_CODING_IDENTITY)
        {
          if (facts.error_message.length == 0 || !qcc_json_span_get_string (&facts.error_message, out_error))
            *out_error = g_strdup (_ ("The provider reported an error."));
          return end_of_last;
        }
      qcc_stream_state_apply (&self->state, &facts);
      end_of_last = event.end;
      self->client_in_event = FALSE;
    }

  self->client_in_event = qcc_sse_parser_in_event (self->parser);
  self->client_at_line_start = qcc_sse_parser_at_line_start (self->parser);

  return length;
}

/* Returns FALSE when the client must be waited for, or it is over. */
static gboolean
pass_on (QccRelay *self,
         const char *data,
         gsize length)
{
  g_autofree char *error = NULL;
  gsize allowed = tap (self, data, length, &error);

  if (allowed > 0)
    self->blocked = !qcc_downstream_write (self->downstream, data, allowed);

  if (error != NULL)
    {
      end_failed (self, "an error event", error);
      return FALSE;
    }
  if (self->state.message_stop_seen && !self->blocked)
    qcc_deadline_start (self->after_stop, AFTER_STOP_MS);
  if (self->blocked)
    qcc_attempt_pause_reading (self->attempt);

  return !self->blocked;
}

static void
on_readable (gpointer user_data)
{
  QccRelay *self = user_data;
  char block[BLOCK];
  gsize filled = 0;
  gssize length;
  g_autoptr (GError) error = NULL;

  /* libsoup gives a chunk in pieces; what is there goes on as one. */
  while ((length = qcc_attempt_read (self->attempt, block + filled, sizeof block - filled, &error)) > 0)
    {
      filled += (gsize) length;
      if (sizeof block - filled < MIN_ROOM)
        break;
    }

  if (filled > 0 && !pass_on (self, block, filled))
    return;

  /* What libsoup holds already is not seen on the socket. */
  if (length > 0)
    qcc_attempt_resume_reading (self->attempt);
  else if (length == 0)
    end_of_upstream (self);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    end_failed (self, error->message, _ ("The connection to the provider was lost in the middle of the answer."));
}

static void
on_after_stop (gpointer user_data)
{
  end_clean (user_data, QCC_RELAY_END_COMPLETE);
}

/* An answer of stated length is over for the client with its last byte. Its end, which says that
 * the upstream's connection can be used again, is there too but was not read yet. */
static void
end_by_length (QccRelay *self)
{
  char byte;

  self->ended = TRUE;
  self->end = QCC_RELAY_END_COMPLETE;
  qcc_deadline_stop (self->after_stop);
  qcc_attempt_read (self->attempt, &byte, sizeof byte, NULL);
  qcc_attempt_close (self->attempt);
}

static void
on_downstream (QccDownstreamEvent event,
               gpointer user_data)
{
  QccRelay *self = user_data;

  switch (event)
    {
    case QCC_DOWNSTREAM_DRAINED:
      self->blocked = FALSE;
      if (!self->ended)
        qcc_attempt_resume_reading (self->attempt);
      break;

    case QCC_DOWNSTREAM_FINISHED:
      if (!self->ended)
        end_by_length (self);
      self->func (self->end, self->reason, self->user_data);
      break;

    case QCC_DOWNSTREAM_BROKEN:
      qcc_deadline_stop (self->after_stop);
      qcc_attempt_close (self->attempt);
      self->func (QCC_RELAY_END_CLIENT_GONE, NULL, self->user_data);
      break;
    }
}

/**
 * qcc_relay_new:
 * @attempt: (transfer none): an answer that was committed
 * @downstream: (transfer none): where it goes
 * @options: what it is
 * @func: called once when it is over
 * @user_data: for @func
 *
 * Returns: (transfer full): a relay that has not begun
 */
QccRelay *
qcc_relay_new (QccAttempt *attempt,
               QccDownstream *downstream,
               const QccRelayOptions *options,
               QccRelayFunc func,
               gpointer user_data)
{
  QccRelay *self = g_new0 (QccRelay, 1);

  self->attempt = g_object_ref (attempt);
  self->downstream = g_object_ref (downstream);
  self->func = func;
  self->user_data = user_data;
  self->events = options->events;
  self->coding = options->coding;
  self->session = g_strdup (options->session);
  self->history = options->history;
  self->after_stop = qcc_deadline_new (on_after_stop, self);
  if (options->coding != QCC_CODING_OPAQUE)
    self->decoder = qcc_decoder_new (options->coding);
  if (options->events)
    self->parser = qcc_sse_parser_new (QCC_SSE_MAX_EVENT_DEFAULT);
  qcc_downstream_set_func (downstream, on_downstream, self);

  return self;
}

/**
 * qcc_relay_start:
 * @self: a relay
 * @held: (nullable): what was read of the answer already
 */
void
qcc_relay_start (QccRelay *self,
                 const GByteArray *held)
{
  g_return_if_fail (self != NULL);

  qcc_attempt_start_reading (self->attempt, on_readable, self);
  qcc_attempt_expect_stream (self->attempt);
  if (held != NULL && held->len > 0)
    pass_on (self, (const char *) held->data, held->len);
}

/**
 * qcc_relay_conclude:
 * @self: a relay
 *
 * For when the client closes: where the answer was over already, that is its end, and the owner
 * is told so now.
 *
 * Returns: whether it was over
 */
gboolean
qcc_relay_conclude (QccRelay *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!self->ended)
    return FALSE;

  self->func (self->end, self->reason, self->user_data);
  return TRUE;
}

/**
 * qcc_relay_free:
 * @self: (transfer full): a relay
 *
 * One that is not over yet stops: the upstream is closed, the client is broken off.
 */
void
qcc_relay_free (QccRelay *self)
{
  g_return_if_fail (self != NULL);

  g_idle_remove_by_data (self);
  if (!self->ended)
    {
      qcc_attempt_close (self->attempt);
      qcc_downstream_break_off (self->downstream);
    }
  qcc_downstream_set_func (self->downstream, NULL, NULL);
  g_clear_pointer (&self->after_stop, qcc_deadline_free);
  g_clear_pointer (&self->parser, qcc_sse_parser_free);
  g_clear_pointer (&self->decoder, qcc_decoder_free);
  g_clear_object (&self->attempt);
  g_clear_object (&self->downstream);
  g_free (self->session);
  g_free (self->reason);
  g_free (self);
}
