/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-state-private.h"

/*
 * qcc_endpoint_state_tick:
 * @state: a state
 * @now: microseconds
 *
 * What time alone changes.
 */
QccStateChange
qcc_endpoint_state_tick (QccEndpointState *state,
                         gint64 now)
{
  qcc_cooling_tick (state, now);

  return qcc_breaker_tick (state, now);
}

static void
set_credential (QccEndpointState *state,
                QccCredential credential,
                gint64 now)
{
  if (state->credential == credential)
    return;

  state->credential = credential;
  state->credential_since = now;
}

/* Spec 4.1, "auth": two refusals without an answer between, at least one of them of a message. */
static QccStateChange
refuse_key (QccEndpointState *state,
            gboolean message,
            gint64 now)
{
  gboolean any_message = message || state->refused_message;

  switch (state->credential)
    {
    case QCC_CREDENTIAL_TRUSTED:
      set_credential (state, QCC_CREDENTIAL_DOUBTED, now);
      state->refused_message = message;
      return message ? QCC_STATE_CHANGE_DOUBT : QCC_STATE_CHANGE_NONE;

    case QCC_CREDENTIAL_DOUBTED:
      state->refused_message = any_message;
      if (!any_message)
        return QCC_STATE_CHANGE_NONE;
      set_credential (state, QCC_CREDENTIAL_REJECTED, now);
      if (state->lifted_by_check)
        state->check_is_blind = TRUE;
      return QCC_STATE_CHANGE_DISABLED | QCC_STATE_CHANGE_UNBIND;

    case QCC_CREDENTIAL_REJECTED:
      return QCC_STATE_CHANGE_NONE;
    }

  g_return_val_if_reached (QCC_STATE_CHANGE_NONE);
}

static QccStateChange
trust_key (QccEndpointState *state,
           gint64 now)
{
  gboolean was_rejected = state->credential == QCC_CREDENTIAL_REJECTED;

  set_credential (state, QCC_CREDENTIAL_TRUSTED, now);
  state->refused_message = FALSE;

  return was_rejected ? QCC_STATE_CHANGE_ENABLED : QCC_STATE_CHANGE_NONE;
}

static void
note_bad (QccEndpointState *state,
          gint64 now)
{
  state->successes = 0;
  state->last_failure = now;
}

static QccStateChange
note_committed (QccEndpointState *state,
                const QccStateEvent *event,
                gint64 now)
{
  QccStateChange changes = trust_key (state, now);

  state->lifted_by_check = FALSE;
  state->check_is_blind = FALSE;
  state->failures = 0;
  state->check_failures = 0;
  state->level_failures = 0;
  state->successes++;
  state->weak = FALSE;
  state->last_success = now;
  qcc_cooling_note_success (state, event->sent_at);
  qcc_breaker_count (state, 1, 0, now);

  return changes | qcc_breaker_note_success (state, event->attempt, event->sent_at, now);
}

static QccStateChange
note_failed (QccEndpointState *state,
             const QccStateEvent *event,
             const QccStateRules *rules,
             gint64 now)
{
  switch (event->klass)
    {
    case QCC_CLASS_TRANSIENT:
      state->failures++;
      state->level_failures++;
      note_bad (state, now);
      qcc_breaker_count (state, 1, 1, now);
      qcc_breaker_note_failure (state, event->sent_at, rules, now);
      return QCC_STATE_CHANGE_NONE;

    case QCC_CLASS_OVERLOAD:
      state->level_failures = MAX (state->level_failures, 1);
      note_bad (state, now);
      qcc_cooling_begin (state, QCC_COOLING_OVERLOAD, event->wait, event->sent_at, now);
      return QCC_STATE_CHANGE_NONE;

    case QCC_CLASS_RATE_LIMIT:
      qcc_cooling_begin (state, QCC_COOLING_RATE_LIMIT, event->wait, event->sent_at, now);
      return QCC_STATE_CHANGE_NONE;

    case QCC_CLASS_AUTH:
      return refuse_key (state, TRUE, now);

    case QCC_CLASS_FORBIDDEN:
      /* A firewall's idea of when to come back is nothing that a request should fail for. */
      qcc_cooling_begin (state, QCC_COOLING_FORBIDDEN, -1, event->sent_at, now);
      return QCC_STATE_CHANGE_NONE;

    case QCC_CLASS_BILLING:
      if (qcc_cooling_begin (state, QCC_COOLING_BILLING, event->wait, event->sent_at, now))
        return QCC_STATE_CHANGE_BILLING;
      return QCC_STATE_CHANGE_NONE;

    case QCC_CLASS_UNSUPPORTED:
    case QCC_CLASS_REQUEST:
    case QCC_CLASS_CLIENT:
    case QCC_CLASS_OFFLINE:
      return QCC_STATE_CHANGE_NONE;
    }

  g_return_val_if_reached (QCC_STATE_CHANGE_NONE);
}

static void
note_cut (QccEndpointState *state,
          const QccStateEvent *event,
          const QccStateRules *rules,
          gint64 now)
{
  state->cuts++;
  state->level_failures++;
  note_bad (state, now);
  qcc_breaker_count (state, 0, 1, now);
  qcc_breaker_note_failure (state, event->sent_at, rules, now);
}

static QccStateChange
note_check_passed (QccEndpointState *state,
                   const QccStateEvent *event,
                   gint64 now)
{
  QccStateChange changes = QCC_STATE_CHANGE_NONE;

  /* Other cool-downs are about messages, of which a free check says nothing. */
  if (state->cooling == QCC_COOLING_OVERLOAD && !state->cooling_stated)
    qcc_cooling_end (state);

  if (event->proves_key && state->credential == QCC_CREDENTIAL_REJECTED && !state->check_is_blind)
    {
      changes |= trust_key (state, now);
      state->lifted_by_check = TRUE;
    }

  state->failures -= state->check_failures;
  state->check_failures = 0;
  state->successes++;
  if (state->circuit == QCC_CIRCUIT_CLOSED)
    {
      state->level_failures = 0;
      state->weak = event->weak;
    }

  return changes | qcc_breaker_note_check_passed (state, now);
}

/* A check has tried several times already, and counts like one request. */
static void
note_check_down (QccEndpointState *state,
                 const QccStateRules *rules,
                 gint64 now)
{
  state->failures++;
  state->check_failures++;
  state->level_failures++;
  note_bad (state, now);
  qcc_breaker_count (state, 1, 1, now);

  /* A message tells more, and one is under way. */
  if (state->circuit != QCC_CIRCUIT_PROBING)
    qcc_breaker_note_failure (state, now, rules, now);
}

static QccStateChange
note_check_failed (QccEndpointState *state,
                   const QccStateEvent *event,
                   const QccStateRules *rules,
                   gint64 now)
{
  switch (event->klass)
    {
    case QCC_CLASS_TRANSIENT:
    case QCC_CLASS_OVERLOAD:
      note_check_down (state, rules, now);
      return QCC_STATE_CHANGE_NONE;

    case QCC_CLASS_AUTH:
      /* It is refused where messages are. */
      state->lifted_by_check = FALSE;
      state->check_is_blind = FALSE;
      return refuse_key (state, FALSE, now);

    case QCC_CLASS_RATE_LIMIT:
    case QCC_CLASS_BILLING:
      return note_failed (state, event, rules, now);

    case QCC_CLASS_FORBIDDEN:   /* A provider may keep its list of models to itself. */
    case QCC_CLASS_UNSUPPORTED: /* or have none */
    case QCC_CLASS_REQUEST:
    case QCC_CLASS_CLIENT:
    case QCC_CLASS_OFFLINE:
      return QCC_STATE_CHANGE_NONE;
    }

  g_return_val_if_reached (QCC_STATE_CHANGE_NONE);
}

static QccStateChange
reset (QccEndpointState *state,
       gint64 now)
{
  QccStateChange changes = trust_key (state, now);

  qcc_breaker_close (state, now);
  *state = (QccEndpointState){ .known_since = now, .circuit_since = now };

  return changes;
}

static QccStateChange
note_event (QccEndpointState *state,
            const QccStateEvent *event,
            const QccStateRules *rules,
            gint64 now)
{
  QccStateChange changes;

  switch (event->type)
    {
    case QCC_STATE_EVENT_SENT:
      qcc_breaker_note_sent (state, event->attempt, now);
      return QCC_STATE_CHANGE_NONE;

    case QCC_STATE_EVENT_COMMITTED:
      return note_committed (state, event, now);

    case QCC_STATE_EVENT_COMPLETED:
      state->cuts = 0;
      return QCC_STATE_CHANGE_NONE;

    case QCC_STATE_EVENT_FAILED:
      changes = note_failed (state, event, rules, now);
      qcc_breaker_release (state, event->attempt, now);
      return changes;

    case QCC_STATE_EVENT_CUT:
      note_cut (state, event, rules, now);
      return QCC_STATE_CHANGE_NONE;

    case QCC_STATE_EVENT_DROPPED:
      qcc_breaker_release (state, event->attempt, now);
      return QCC_STATE_CHANGE_NONE;

    case QCC_STATE_EVENT_EXHAUSTED:
      qcc_cooling_begin (state, QCC_COOLING_RATE_LIMIT, MAX (event->wait, 0), event->sent_at, now);
      return QCC_STATE_CHANGE_NONE;

    case QCC_STATE_EVENT_CHECK_PASSED:
      return note_check_passed (state, event, now);

    case QCC_STATE_EVENT_CHECK_FAILED:
      return note_check_failed (state, event, rules, now);

    case QCC_STATE_EVENT_RESET:
      return reset (state, now);

    case QCC_STATE_EVENT_TICK:
      return QCC_STATE_CHANGE_NONE;
    }

  g_return_val_if_reached (QCC_STATE_CHANGE_NONE);
}

/* An attempt that was under way when the key or the address was changed. */
static gboolean
is_of_another_time (const QccEndpointState *state,
                    const QccStateEvent *event)
{
  switch (event->type)
    {
    case QCC_STATE_EVENT_COMMITTED:
    case QCC_STATE_EVENT_COMPLETED:
    case QCC_STATE_EVENT_FAILED:
    case QCC_STATE_EVENT_CUT:
      return event->sent_at < state->known_since;

    case QCC_STATE_EVENT_SENT:
    case QCC_STATE_EVENT_DROPPED:
    case QCC_STATE_EVENT_EXHAUSTED:
    case QCC_STATE_EVENT_CHECK_PASSED:
    case QCC_STATE_EVENT_CHECK_FAILED:
    case QCC_STATE_EVENT_RESET:
    case QCC_STATE_EVENT_TICK:
      return FALSE;
    }

  g_return_val_if_reached (FALSE);
}

/**
 * qcc_endpoint_state_apply:
 * @state: what QCC thinks of an endpoint
 * @event: what has happened
 * @rules: the rules for this endpoint
 * @now: microseconds, never less than before
 *
 * The only function that changes a state. The time that has passed since the last call counts first, as with
 * %QCC_STATE_EVENT_TICK.
 *
 * Returns: what has changed since the last call
 */
QccStateChange
qcc_endpoint_state_apply (QccEndpointState *state,
                          const QccStateEvent *event,
                          const QccStateRules *rules,
                          gint64 now)
{
  QccStateChange changes;
  QccEndpointView before;
  QccEndpointView after;
  QccCircuit circuit;

  g_return_val_if_fail (state != NULL, QCC_STATE_CHANGE_NONE);
  g_return_val_if_fail (event != NULL, QCC_STATE_CHANGE_NONE);
  g_return_val_if_fail (rules != NULL, QCC_STATE_CHANGE_NONE);

  /* As it was left, not as it would read now: what time ends is a change too. */
  before = qcc_endpoint_state_read (state, rules);
  circuit = state->circuit;

  changes = qcc_endpoint_state_tick (state, now);
  if (!is_of_another_time (state, event))
    changes |= note_event (state, event, rules, now);

  after = qcc_endpoint_state_read (state, rules);
  if (before.level != after.level || before.obstacle != after.obstacle || before.until != after.until ||
      state->circuit != circuit)
    changes |= QCC_STATE_CHANGE_VIEW;

  return changes;
}
