/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-health-private.h"

static void
apply_attempt (QccHealth *self,
               QccEndpointEntry *entry,
               QccStateEventType type,
               const QccHealthAttempt *attempt)
{
  const QccStateEvent event = { .type = type, .attempt = attempt->id, .sent_at = attempt->sent_at, .wait = -1 };

  qcc_health_apply (self, entry, &event);
}

static gint64
get_age_ms (QccHealth *self,
            const QccHealthAttempt *attempt)
{
  return (qcc_clock_get_time (self->clock) - attempt->sent_at) / 1000;
}

/* After the figures of @entry have changed. */
static void
figures_changed (QccHealth *self,
                 QccEndpointEntry *entry)
{
  if (qcc_policy_get_values (self->policy)->weight_adjustment)
    {
      gint64 best = qcc_health_get_best_first_byte (self, entry->endpoint->id);

      entry->weight_percent = qcc_figures_weight_percent (&entry->figures, best, entry->weight_percent);
    }

  qcc_health_mark_dirty (self, entry->endpoint->id, FALSE);
}

/* An attempt over which a simulation began or ended says nothing of what is there now; each of the following passes over
 * it. */

/**
 * qcc_health_note_sent:
 * @self: the health of all endpoints
 * @entry: (transfer none): where a message is being sent
 *
 * Takes the probe's lease where the circuit is half-open. Exactly one of committed, failed and dropped must follow, and
 * one of completed, cut and dropped after committed.
 *
 * Returns: the attempt
 */
QccHealthAttempt
qcc_health_note_sent (QccHealth *self,
                      QccEndpointEntry *entry)
{
  QccHealthAttempt attempt;

  attempt.id = ++self->last_attempt;
  attempt.sent_at = qcc_clock_get_time (self->clock);
  attempt.simulation = entry->simulation;
  apply_attempt (self, entry, QCC_STATE_EVENT_SENT, &attempt);

  return attempt;
}

/**
 * qcc_health_note_committed:
 * @self: the health of all endpoints
 * @entry: (transfer none): who answers
 * @attempt: the attempt
 * @model: (nullable): the model that it was for
 *
 * Its answer has proved good.
 */
void
qcc_health_note_committed (QccHealth *self,
                           QccEndpointEntry *entry,
                           const QccHealthAttempt *attempt,
                           const char *model)
{
  gint64 first_byte = get_age_ms (self, attempt);

  if (attempt->simulation != entry->simulation)
    return;

  if (entry->simulation == NULL)
    {
      qcc_figures_note_commit (&entry->figures, first_byte, qcc_clock_get_wall_time (self->clock));
      figures_changed (self, entry);
      qcc_health_keep_traffic (self, entry, TRUE, 200, first_byte);
      if (model != NULL && g_strcmp0 (entry->last_model, model) != 0)
        {
          g_free (entry->last_model);
          entry->last_model = g_strdup (model);
        }
    }
  qcc_unsupported_forget (entry->unsupported, model);
  apply_attempt (self, entry, QCC_STATE_EVENT_COMMITTED, attempt);
}

/**
 * qcc_health_note_completed:
 * @self: the health of all endpoints
 * @entry: (transfer none): who answered
 * @attempt: a committed attempt
 *
 * Its answer came to its proper end.
 */
void
qcc_health_note_completed (QccHealth *self,
                           QccEndpointEntry *entry,
                           const QccHealthAttempt *attempt)
{
  if (attempt->simulation != entry->simulation)
    return;

  if (entry->simulation == NULL)
    qcc_figures_note_end (&entry->figures, get_age_ms (self, attempt));
  apply_attempt (self, entry, QCC_STATE_EVENT_COMPLETED, attempt);
}

/**
 * qcc_health_note_failed:
 * @self: the health of all endpoints
 * @entry: (transfer none): who failed
 * @attempt: the attempt
 * @verdict: what it means
 * @status: its HTTP status, 0 without an answer
 *
 * It failed before commit.
 */
void
qcc_health_note_failed (QccHealth *self,
                        QccEndpointEntry *entry,
                        const QccHealthAttempt *attempt,
                        const QccVerdict *verdict,
                        guint status)
{
  const QccStateEvent event = {
    .type = verdict->scope == QCC_SCOPE_NONE ? QCC_STATE_EVENT_DROPPED : QCC_STATE_EVENT_FAILED,
    .attempt = attempt->id,
    .sent_at = attempt->sent_at,
    .klass = verdict->klass,
    .wait = verdict->retry_after,
  };

  if (attempt->simulation != entry->simulation)
    return;

  if (entry->simulation == NULL && verdict->scope != QCC_SCOPE_NONE)
    {
      qcc_figures_note_failure (&entry->figures, verdict, status, qcc_clock_get_wall_time (self->clock));
      figures_changed (self, entry);
      if (verdict->scope != QCC_SCOPE_MODEL)
        qcc_health_keep_traffic (self, entry, FALSE, status, get_age_ms (self, attempt));
    }

  if (verdict->scope == QCC_SCOPE_ACCOUNT)
    qcc_health_apply_to_account (self, entry, &event);
  else
    qcc_health_apply (self, entry, &event);
}

/**
 * qcc_health_note_cut:
 * @self: the health of all endpoints
 * @entry: (transfer none): who failed
 * @attempt: a committed attempt
 *
 * It failed after commit.
 */
void
qcc_health_note_cut (QccHealth *self,
                     QccEndpointEntry *entry,
                     const QccHealthAttempt *attempt)
{
  if (attempt->simulation != entry->simulation)
    return;

  if (entry->simulation == NULL)
    {
      qcc_figures_note_cut (&entry->figures, qcc_clock_get_wall_time (self->clock));
      figures_changed (self, entry);
    }
  apply_attempt (self, entry, QCC_STATE_EVENT_CUT, attempt);
}

/**
 * qcc_health_note_dropped:
 * @self: the health of all endpoints
 * @entry: (transfer none): where it was sent
 * @attempt: the attempt
 *
 * It ended without saying anything about the endpoint: the client has gone, or the request was at fault.
 */
void
qcc_health_note_dropped (QccHealth *self,
                         QccEndpointEntry *entry,
                         const QccHealthAttempt *attempt)
{
  if (attempt->simulation != entry->simulation)
    return;

  apply_attempt (self, entry, QCC_STATE_EVENT_DROPPED, attempt);
}

/**
 * qcc_health_note_exhausted:
 * @self: the health of all endpoints
 * @entry: (transfer none): who answers
 * @attempt: the attempt
 * @wait_seconds: until something is left again
 *
 * A good answer said that it was the last for a while (spec 4.1).
 */
void
qcc_health_note_exhausted (QccHealth *self,
                           QccEndpointEntry *entry,
                           const QccHealthAttempt *attempt,
                           int wait_seconds)
{
  const QccStateEvent event = {
    .type = QCC_STATE_EVENT_EXHAUSTED, .attempt = attempt->id, .sent_at = attempt->sent_at, .wait = wait_seconds
  };

  if (attempt->simulation != entry->simulation)
    return;

  qcc_health_apply_to_account (self, entry, &event);
}

/**
 * qcc_health_note_exchange:
 * @self: the health of all endpoints
 * @endpoint_id: (nullable): who was asked; %NULL when nobody could be
 *
 * An exchange is over.
 */
void
qcc_health_note_exchange (QccHealth *self,
                          const char *endpoint_id)
{
  g_return_if_fail (QCC_IS_HEALTH (self));

  qcc_health_emit_observed (self, endpoint_id != NULL ? endpoint_id : "", TRUE);
}

static void
apply_check (QccHealth *self,
             QccEndpointEntry *entry,
             const QccCheckResult *result)
{
  QccStateEvent event = {
    .type = result->passed ? QCC_STATE_EVENT_CHECK_PASSED : QCC_STATE_EVENT_CHECK_FAILED,
    .sent_at = qcc_clock_get_time (self->clock) - result->latency_ms * 1000,
    .klass = result->verdict.klass,
    .wait = result->passed ? -1 : result->verdict.retry_after,
    .proves_key = result->proves_key,
    /* Only a message can tell. */
    .weak = result->level == QCC_CHECK_CHAT ? result->weak : entry->state.weak,
  };

  /* A real message, whoever sent it. */
  if (result->passed && result->level == QCC_CHECK_CHAT && !result->weak)
    event.type = QCC_STATE_EVENT_COMMITTED;

  if (!result->passed && result->verdict.scope == QCC_SCOPE_ACCOUNT)
    qcc_health_apply_to_account (self, entry, &event);
  else
    qcc_health_apply (self, entry, &event);
}

/**
 * qcc_health_note_check:
 * @self: the health of all endpoints
 * @entry: (transfer none): who was checked
 * @result: what came of it
 *
 * Where the machine is offline nothing is charged (spec 7.3).
 */
void
qcc_health_note_check (QccHealth *self,
                       QccEndpointEntry *entry,
                       const QccCheckResult *result)
{
  g_autofree char *id = g_strdup (entry->endpoint->id);

  if (!result->passed && result->verdict.klass == QCC_CLASS_OFFLINE)
    return;

  if (entry->simulation == NULL)
    {
      qcc_figures_note_check (&entry->figures, result->passed, result->latency_ms, result->detail,
                              qcc_clock_get_wall_time (self->clock));
      figures_changed (self, entry);
      qcc_health_keep_check (self, id, result);
    }
  apply_check (self, entry, result);
  qcc_health_emit_observed (self, id, FALSE);
}
