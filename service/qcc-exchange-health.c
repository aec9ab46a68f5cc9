/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-exchange-private.h"

#include "service/qcc-rate-limit.h"

/*
 * What an exchange tells of its attempts: to the health of the endpoint, to the bindings of its session, and to whoever
 * asks why it went where it went.
 */

/* The client's own credential at Anthropic's own door is none of our endpoints (spec 2.14). */
static gboolean
is_known (QccExchange *self)
{
  return self->entry != self->host->transparent;
}

/* Only a message proves that an endpoint works, opens its circuit or closes it (spec 2.10, 5.3). */
static gboolean
is_message (QccExchange *self)
{
  return self->facts->kind == QCC_REQUEST_KIND_MESSAGES;
}

static gint64
get_offset_ms (QccExchange *self,
               gint64 monotonic)
{
  return (monotonic - self->arrived) / 1000;
}

static void
explain_attempt (QccExchange *self,
                 guint status,
                 const QccVerdict *verdict)
{
  qcc_explanation_add_attempt (self->explanation, self->entry->endpoint->id, self->profile_name,
                               get_offset_ms (self, self->sent_at), (g_get_monotonic_time () - self->sent_at) / 1000,
                               status, verdict);
}

/* The attempt has just been made. */
void
qcc_exchange_note_sent (QccExchange *self)
{
  self->health_attempt = (QccHealthAttempt){ .sent_at = qcc_clock_get_time (self->host->clock), .simulation = self->entry->simulation };
  if (is_known (self) && is_message (self))
    self->health_attempt = qcc_health_note_sent (self->host->health, self->entry);
}

static gboolean
unbinds (QccClass klass)
{
  switch (klass)
    {
    case QCC_CLASS_TRANSIENT:
    case QCC_CLASS_OVERLOAD:
    case QCC_CLASS_RATE_LIMIT:
    case QCC_CLASS_AUTH:
    case QCC_CLASS_FORBIDDEN:
    case QCC_CLASS_BILLING:
      return TRUE;
    case QCC_CLASS_UNSUPPORTED:
    case QCC_CLASS_REQUEST:
    case QCC_CLASS_CLIENT:
    case QCC_CLASS_OFFLINE:
      return FALSE;
    }

  g_return_val_if_reached (FALSE);
}

/* The attempt has failed before commit. */
void
qcc_exchange_note_failed (QccExchange *self,
                          const QccVerdict *verdict,
                          guint status)
{
  QccHealthAttempt attempt = self->health_attempt;

  self->health_attempt = (QccHealthAttempt){ 0 };
  explain_attempt (self, status, verdict);
  if (!is_known (self))
    return;

  if (verdict->klass == QCC_CLASS_UNSUPPORTED && is_message (self) && self->entry->simulation == NULL)
    qcc_unsupported_note (self->entry->unsupported, self->facts->model,
                          status == SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE ? g_bytes_get_size (self->body) : 0,
                          qcc_clock_get_time (self->host->clock));

  /* Of other requests only what is about the account says something. */
  if (is_message (self) || verdict->scope == QCC_SCOPE_ACCOUNT)
    qcc_health_note_failed (self->host->health, self->entry, &attempt, verdict, status);
  if (is_message (self) && unbinds (verdict->klass))
    qcc_route_plan_note_failure (self->plan, self->entry->endpoint->id);
}

/* The answer of the attempt is on its way to the client. */
void
qcc_exchange_note_committed (QccExchange *self)
{
  guint status = qcc_attempt_get_status (self->attempt);
  int wait;

  explain_attempt (self, status, NULL);
  if (!is_known (self) || !is_message (self) || !SOUP_STATUS_IS_SUCCESSFUL (status))
    return;

  qcc_health_note_committed (self->host->health, self->entry, &self->health_attempt, self->facts->model);
  wait = qcc_rate_limit_exhausted_for (qcc_attempt_get_headers (self->attempt), g_get_real_time () / G_USEC_PER_SEC);
  if (wait > 0)
    qcc_health_note_exhausted (self->host->health, self->entry, &self->health_attempt, wait);
  qcc_route_plan_note_success (self->plan, self->entry->endpoint->id, qcc_clock_get_time (self->host->clock));

  /* A token that starts elsewhere says nothing about who serves in the place of the active profile. */
  if (self->token == NULL || self->token->profile == NULL)
    qcc_active_set_serving (self->host->active, self->profile_name);
}

/* The committed answer has ended. */
void
qcc_exchange_note_ended (QccExchange *self,
                         QccRelayEnd end)
{
  QccHealthAttempt attempt = self->health_attempt;

  if (attempt.id == 0)
    return;

  switch (end)
    {
    case QCC_RELAY_END_COMPLETE:
      self->health_attempt = (QccHealthAttempt){ 0 };
      qcc_health_note_completed (self->host->health, self->entry, &attempt);
      break;
    case QCC_RELAY_END_COMPLETED:
    case QCC_RELAY_END_ERROR_EVENT:
    case QCC_RELAY_END_BROKEN_OFF:
      self->health_attempt = (QccHealthAttempt){ 0 };
      qcc_health_note_cut (self->host->health, self->entry, &attempt);
      break;
    case QCC_RELAY_END_CLIENT_GONE:
      break;
    }
}

/* The attempt is being let go of, whatever became of it. */
void
qcc_exchange_note_dropped (QccExchange *self)
{
  QccHealthAttempt attempt = self->health_attempt;

  if (attempt.id == 0)
    return;

  self->health_attempt = (QccHealthAttempt){ 0 };
  qcc_health_note_dropped (self->host->health, self->entry, &attempt);
}

/* The exchange is over. */
void
qcc_exchange_note_over (QccExchange *self)
{
  const char *endpoint_id = self->entry != NULL && is_known (self) ? self->entry->endpoint->id : NULL;
  gint64 total = get_offset_ms (self, g_get_monotonic_time ());

  if (self->explanation == NULL)
    return;

  qcc_explanation_set_end (self->explanation, self->first_byte > 0 ? endpoint_id : NULL, self->status, self->end, total);
  qcc_explain_ring_add (self->host->explanations, self->explanation);

  for (guint i = 0; i < self->failures->len; i++)
    {
      const QccFailedAnswer *failed = g_ptr_array_index (self->failures, i);

      if (g_strcmp0 (failed->endpoint_id, endpoint_id) != 0)
        qcc_health_note_exchange (self->host->health, failed->endpoint_id);
    }
  qcc_health_note_exchange (self->host->health, endpoint_id);
}
