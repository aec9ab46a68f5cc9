/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-gate.h"

#include <string.h>

#include "service/qcc-error-facts.h"
#include "service/qcc-event-facts.h"
#include "service/qcc-json-scan.h"
#include "service/qcc-sse-parser.h"

/* Spec 2.5: beyond these an answer is committed unproven. */
#define MAX_HELD_EVENTS 64
#define MAX_HELD_EVENT_BYTES (256 * 1024)
#define MAX_HELD_DOCUMENT_BYTES (1024 * 1024)

struct _QccGate
{
  QccGateKind kind;
  QccGateDecision decision;
  QccDecoder *decoder;  /* (owned) */
  QccSseParser *parser; /* (owned) (nullable): for events */
  GByteArray *held;     /* (owned): as it came */
  GByteArray *document; /* (owned) (nullable): decoded */
  guint n_events;
  gboolean alive;
  gboolean started;
  char first; /* first byte that is no white space, 0 before it */
  QccTransportFailure transport;
  QccErrorFacts *error; /* (owned) (nullable): what the answer says of itself */
};

/**
 * qcc_gate_kind_for:
 * @request: what was asked for
 * @content_type: (nullable): the answer's Content-Type without parameters
 * @coding: the answer's Content-Encoding
 *
 * Returns: what a 200 to this request must prove
 */
QccGateKind
qcc_gate_kind_for (QccRequestKind request,
                   const char *content_type,
                   QccCoding coding)
{
  const char *type = content_type != NULL ? content_type : "";

  if (coding == QCC_CODING_OPAQUE)
    return QCC_GATE_KIND_OPEN;
  if (g_ascii_strcasecmp (type, "text/event-stream") == 0)
    return QCC_GATE_KIND_EVENTS;
  if (request != QCC_REQUEST_KIND_OTHER)
    return QCC_GATE_KIND_DOCUMENT;
  if (g_ascii_strcasecmp (type, "application/json") == 0)
    return QCC_GATE_KIND_DOCUMENT;

  return QCC_GATE_KIND_OPEN;
}

QccGate *
qcc_gate_new (QccGateKind kind,
              QccCoding coding)
{
  QccGate *self = g_new0 (QccGate, 1);

  self->kind = kind;
  self->held = g_byte_array_new ();
  if (kind == QCC_GATE_KIND_OPEN)
    {
      self->decision = QCC_GATE_COMMIT;
      return self;
    }

  self->decoder = qcc_decoder_new (coding);
  if (kind == QCC_GATE_KIND_EVENTS)
    self->parser = qcc_sse_parser_new (MAX_HELD_EVENT_BYTES);
  else
    self->document = g_byte_array_new ();

  return self;
}

static QccGateDecision
fail (QccGate *self,
      QccTransportFailure transport)
{
  self->transport = transport;
  self->decision = QCC_GATE_FAIL;

  return self->decision;
}

static QccGateDecision
fail_with_error (QccGate *self,
                 const char *data,
                 gsize length)
{
  self->error = qcc_error_facts_new (data, length);

  return fail (self, QCC_TRANSPORT_FAILURE_NONE);
}

static QccGateDecision
judge_event (QccGate *self,
             const QccSseEvent *event)
{
  QccEventFacts facts;

  if (event->comment_only)
    return QCC_GATE_HOLD;
  if (event->oversized)
    return QCC_GATE_COMMIT;

  qcc_event_facts_read (&facts, event);
  self->alive = TRUE;

  switch (facts.kind)
    {
    case QCC_EVENT_KIND_PING:
    case QCC_EVENT_KIND_COMMENT:
      return QCC_GATE_HOLD;

    case QCC_EVENT_KIND_ERROR:
      return fail_with_error (self, event->data, event->data_length);

    case QCC_EVENT_KIND_MESSAGE_START:
      if (!qcc_json_validate (event->data, event->data_length))
        return fail (self, QCC_TRANSPORT_FAILURE_BAD_JSON);
      self->started = TRUE;
      return QCC_GATE_HOLD;

    case QCC_EVENT_KIND_MESSAGE_STOP:
    case QCC_EVENT_KIND_CONTENT_BLOCK_START:
    case QCC_EVENT_KIND_CONTENT_BLOCK_DELTA:
    case QCC_EVENT_KIND_CONTENT_BLOCK_STOP:
    case QCC_EVENT_KIND_MESSAGE_DELTA:
    case QCC_EVENT_KIND_UNKNOWN:
      if (!qcc_json_validate (event->data, event->data_length))
        return fail (self, QCC_TRANSPORT_FAILURE_BAD_JSON);
      return QCC_GATE_COMMIT;
    }

  g_return_val_if_reached (QCC_GATE_COMMIT);
}

static QccGateDecision
feed_events (QccGate *self,
             const char *data,
             gsize length)
{
  QccSseEvent event;

  qcc_sse_parser_begin (self->parser, data, length);
  while (self->decision == QCC_GATE_HOLD && qcc_sse_parser_next (self->parser, &event))
    {
      self->decision = judge_event (self, &event);
      if (++self->n_events >= MAX_HELD_EVENTS && self->decision == QCC_GATE_HOLD)
        self->decision = QCC_GATE_COMMIT;
    }

  if (self->decision == QCC_GATE_HOLD && self->held->len >= MAX_HELD_EVENT_BYTES)
    self->decision = QCC_GATE_COMMIT;

  return self->decision;
}

static QccGateDecision
feed_document (QccGate *self,
               const char *data,
               gsize length)
{
  g_byte_array_append (self->document, (const guint8 *) data, (guint) length);
  if (self->held->len > MAX_HELD_DOCUMENT_BYTES || self->document->len > MAX_HELD_DOCUMENT_BYTES)
    self->decision = QCC_GATE_COMMIT;

  return self->decision;
}

static void
note_first_byte (QccGate *self,
                 const char *data,
                 gsize length)
{
  for (gsize i = 0; self->first == '\0' && i < length; i++)
    if (!g_ascii_isspace (data[i]))
      self->first = data[i];
}

/**
 * qcc_gate_feed:
 * @self: a gate that holds
 * @data: the next bytes of the answer as they came
 * @length: bytes in @data
 *
 * Returns: what is to be done now
 */
QccGateDecision
qcc_gate_feed (QccGate *self,
               const char *data,
               gsize length)
{
  const char *decoded;
  gsize decoded_length;

  g_return_val_if_fail (self != NULL && self->decision == QCC_GATE_HOLD, QCC_GATE_FAIL);

  g_byte_array_append (self->held, (const guint8 *) data, (guint) length);
  if (!qcc_decoder_feed (self->decoder, data, length, &decoded, &decoded_length))
    return fail (self, QCC_TRANSPORT_FAILURE_MALFORMED);

  note_first_byte (self, decoded, decoded_length);
  if (self->first == '<')
    return fail (self, QCC_TRANSPORT_FAILURE_HTML);

  if (self->kind == QCC_GATE_KIND_EVENTS)
    return feed_events (self, decoded, decoded_length);

  self->alive = self->first != '\0';
  return feed_document (self, decoded, decoded_length);
}

static QccGateDecision
judge_document (QccGate *self)
{
  const char *text = (const char *) self->document->data;
  gsize length = self->document->len;
  g_autoptr (QccErrorFacts) facts = NULL;

  if (!qcc_json_validate (text, length))
    return fail (self, QCC_TRANSPORT_FAILURE_BAD_JSON);

  facts = qcc_error_facts_new (text, length);
  if (facts->anthropic_shape)
    {
      self->error = g_steal_pointer (&facts);
      return fail (self, QCC_TRANSPORT_FAILURE_NONE);
    }

  self->decision = QCC_GATE_COMMIT;
  return self->decision;
}

/**
 * qcc_gate_end:
 * @self: a gate that holds
 * @clean: whether the answer came to its end, as far as HTTP can tell
 *
 * No more bytes will come.
 *
 * Returns: %QCC_GATE_COMMIT or %QCC_GATE_FAIL
 */
QccGateDecision
qcc_gate_end (QccGate *self,
              gboolean clean)
{
  g_return_val_if_fail (self != NULL && self->decision == QCC_GATE_HOLD, QCC_GATE_FAIL);

  if (!clean)
    return fail (self, QCC_TRANSPORT_FAILURE_TRUNCATED);
  if (self->first == '\0')
    return fail (self, QCC_TRANSPORT_FAILURE_EMPTY);
  if (self->kind == QCC_GATE_KIND_EVENTS)
    return fail (self, QCC_TRANSPORT_FAILURE_TRUNCATED);

  return judge_document (self);
}

/**
 * qcc_gate_is_alive:
 * @self: a gate
 *
 * Returns: whether the answer has shown a sign of life: an event, a ping counts, or the first byte of a document
 */
gboolean
qcc_gate_is_alive (const QccGate *self)
{
  return self->alive;
}

/**
 * qcc_gate_is_started:
 * @self: a gate
 *
 * Returns: whether message_start was seen, from when on it may hold only %QCC_GATE_MAX_HOLD_MS
 */
gboolean
qcc_gate_is_started (const QccGate *self)
{
  return self->started;
}

/**
 * qcc_gate_get_held:
 * @self: a gate
 *
 * Returns: (transfer none): all bytes that it was fed
 */
const GByteArray *
qcc_gate_get_held (const QccGate *self)
{
  return self->held;
}

/**
 * qcc_gate_get_failure:
 * @self: a gate that decided %QCC_GATE_FAIL
 *
 * Returns: why; the strings live as long as the gate
 */
QccGateFailure
qcc_gate_get_failure (const QccGate *self)
{
  QccGateFailure failure = { .transport = self->transport };

  if (self->error != NULL)
    {
      failure.error_type = self->error->type;
      failure.error_message = self->error->message;
    }

  return failure;
}

void
qcc_gate_free (QccGate *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->decoder, qcc_decoder_free);
  g_clear_pointer (&self->parser, qcc_sse_parser_free);
  g_clear_pointer (&self->document, g_byte_array_unref);
  g_clear_pointer (&self->error, qcc_error_facts_free);
  g_byte_array_unref (self->held);
  g_free (self);
}
