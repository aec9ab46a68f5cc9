/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-event-facts.h"

#include <string.h>

#include "service/qcc-json-iter.h"

static const struct
{
  const char *name;
  QccEventKind kind;
} event_names[] = {
  { "content_block_delta", QCC_EVENT_KIND_CONTENT_BLOCK_DELTA },
  { "content_block_start", QCC_EVENT_KIND_CONTENT_BLOCK_START },
  { "content_block_stop", QCC_EVENT_KIND_CONTENT_BLOCK_STOP },
  { "message_start", QCC_EVENT_KIND_MESSAGE_START },
  { "message_delta", QCC_EVENT_KIND_MESSAGE_DELTA },
  { "message_stop", QCC_EVENT_KIND_MESSAGE_STOP },
  { "ping", QCC_EVENT_KIND_PING },
  { "error", QCC_EVENT_KIND_ERROR },
};

/* Whether @name is the event's name or, when it has none, its @type. */
static gboolean
event_is (const QccSseEvent *event,
          const QccJsonSpan *type,
          const char *name)
{
  if (event->name_length == 0)
    return qcc_json_span_equals (type, name);

  return event->name_length == strlen (name) && memcmp (event->name, name, event->name_length) == 0;
}

/**
 * qcc_event_get_kind:
 * @event: an event
 *
 * Tells an event by its name, which costs nothing, and one without a name by the member `type` of
 * its data.
 *
 * Returns: the kind
 */
QccEventKind
qcc_event_get_kind (const QccSseEvent *event)
{
  const char *const path[] = { "type", NULL };
  QccJsonSpan type = { NULL, 0 };

  g_return_val_if_fail (event != NULL, QCC_EVENT_KIND_UNKNOWN);

  if (event->comment_only)
    return QCC_EVENT_KIND_COMMENT;

  if (event->name_length == 0)
    qcc_json_find (event->data, event->data_length, path, &type);

  for (gsize i = 0; i < G_N_ELEMENTS (event_names); i++)
    if (event_is (event, &type, event_names[i].name))
      return event_names[i].kind;

  return QCC_EVENT_KIND_UNKNOWN;
}

/**
 * qcc_event_is_valid:
 * @event: an event
 *
 * Separate from qcc_event_facts_read() because it reads all of the data: meant for events before
 * the commit, which the gate must judge (spec 2.5).
 *
 * Returns: whether the data is valid JSON; also %TRUE for what cannot be judged, a comment or an
 *   event whose data was too large to keep
 */
gboolean
qcc_event_is_valid (const QccSseEvent *event)
{
  g_return_val_if_fail (event != NULL, FALSE);

  return event->comment_only || event->oversized || qcc_json_validate (event->data, event->data_length);
}

static gboolean
find (const QccSseEvent *event,
      const char *member,
      const char *inner,
      QccJsonSpan *out_value)
{
  const char *const path[] = { member, inner, NULL };

  return qcc_json_find (event->data, event->data_length, path, out_value);
}

static void
read_block_start (QccEventFacts *self,
                  const QccSseEvent *event)
{
  QccJsonSpan value;

  if (find (event, "index", NULL, &value))
    qcc_json_span_get_int64 (&value, &self->index);

  if (find (event, "content_block", "type", &value))
    {
      self->any_tool_use = qcc_json_span_has_suffix (&value, "tool_use");
      self->tool_use = qcc_json_span_equals (&value, "tool_use");
    }
}

static void
read_error (QccEventFacts *self,
            const QccSseEvent *event)
{
  QccJsonSpan value;

  if (find (event, "error", "type", &value) && qcc_json_span_is_string (&value))
    self->error_type = value;
  if (find (event, "error", "message", &value) && qcc_json_span_is_string (&value))
    self->error_message = value;
}

/**
 * qcc_event_facts_read:
 * @self: (out caller-allocates): what the event means; its spans live as long as the event's data
 * @event: an event
 *
 * Reads the data of those events only that say something there: a delta with a name costs a
 * comparison. Data that is not valid JSON says nothing.
 */
void
qcc_event_facts_read (QccEventFacts *self,
                      const QccSseEvent *event)
{
  QccJsonSpan value;

  g_return_if_fail (self != NULL);
  g_return_if_fail (event != NULL);

  *self = (QccEventFacts){ .kind = qcc_event_get_kind (event), .index = -1 };
  switch (self->kind)
    {
    case QCC_EVENT_KIND_CONTENT_BLOCK_START:
      read_block_start (self, event);
      break;
    case QCC_EVENT_KIND_MESSAGE_DELTA:
      if (find (event, "delta", "stop_reason", &value))
        self->stop_reason = qcc_json_span_is_string (&value);
      break;
    case QCC_EVENT_KIND_ERROR:
      read_error (self, event);
      break;
    case QCC_EVENT_KIND_MESSAGE_START:
    case QCC_EVENT_KIND_CONTENT_BLOCK_DELTA:
    case QCC_EVENT_KIND_CONTENT_BLOCK_STOP:
    case QCC_EVENT_KIND_MESSAGE_STOP:
    case QCC_EVENT_KIND_PING:
    case QCC_EVENT_KIND_COMMENT:
    case QCC_EVENT_KIND_UNKNOWN:
      break;
    }
}

static void
complete_block (QccStreamState *self)
{
  if (self->open_block == QCC_STREAM_BLOCK_TOOL_USE)
    self->completed_tool_uses++;
  self->open_block = QCC_STREAM_BLOCK_NONE;
}

/**
 * qcc_stream_state_apply:
 * @self: the state
 * @facts: the next event of the stream
 *
 * Moves the state on by one event. Blocks follow each other; where one begins while another is
 * open, what a client makes of the first is not known, so it counts as complete: then a stream is
 * rather broken off than ended in a way that runs a tool twice (spec 2.6).
 */
void
qcc_stream_state_apply (QccStreamState *self,
                        const QccEventFacts *facts)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (facts != NULL);

  switch (facts->kind)
    {
    case QCC_EVENT_KIND_MESSAGE_START:
      self->message_start_seen = TRUE;
      break;
    case QCC_EVENT_KIND_CONTENT_BLOCK_START:
      complete_block (self);
      self->any_content = TRUE;
      self->open_block = facts->tool_use ? QCC_STREAM_BLOCK_TOOL_USE : QCC_STREAM_BLOCK_OTHER;
      break;
    case QCC_EVENT_KIND_CONTENT_BLOCK_DELTA:
      self->any_content = TRUE;
      break;
    case QCC_EVENT_KIND_CONTENT_BLOCK_STOP:
      self->any_content = TRUE;
      complete_block (self);
      break;
    case QCC_EVENT_KIND_MESSAGE_DELTA:
      self->stop_reason_seen |= facts->stop_reason;
      break;
    case QCC_EVENT_KIND_MESSAGE_STOP:
      self->message_stop_seen = TRUE;
      break;
    case QCC_EVENT_KIND_PING:
    case QCC_EVENT_KIND_ERROR:
    case QCC_EVENT_KIND_COMMENT:
    case QCC_EVENT_KIND_UNKNOWN:
      break;
    }
}
