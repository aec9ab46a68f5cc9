/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-exchange-private.h"

/* Spec 2.8: without streaming, the client's own limit less this, so that it hears from us. */
#define UNARY_MARGIN_SECONDS 10
#define UNARY_FIRST_BYTE_SECONDS 590

static void next_attempt (QccExchange *self);

void
qcc_exchange_drop_attempt (QccExchange *self)
{
  if (self->hold_limit != NULL)
    qcc_deadline_stop (self->hold_limit);
  g_clear_pointer (&self->gate, qcc_gate_free);
  g_clear_pointer (&self->error_body, g_byte_array_unref);
  if (self->attempt == NULL)
    return;

  qcc_exchange_note_dropped (self);
  self->entry->in_flight--;
  qcc_attempt_close (self->attempt);
  g_clear_object (&self->attempt);
}

/* Spec 2.8: whether a new attempt may begin. */
gboolean
qcc_exchange_may_go_on (QccExchange *self)
{
  gint64 limit = (gint64) qcc_policy_get_values (self->host->policy)->exchange_timeout * G_USEC_PER_SEC;

  return g_get_monotonic_time () < self->arrived + limit;
}

/* An attempt has failed and nothing is committed: @action says what comes next. */
void
qcc_exchange_go_on (QccExchange *self,
                    QccAction action)
{
  qcc_exchange_drop_attempt (self);

  switch (action)
    {
    case QCC_ACTION_RETRY_SAME:
      qcc_exchange_set_state (self, QCC_EXCHANGE_ROUTED);
      if (self->repeated || !qcc_exchange_may_go_on (self))
        {
          next_attempt (self);
        }
      else
        {
          self->repeated = TRUE;
          qcc_exchange_send (self);
        }
      break;

    case QCC_ACTION_PASS_THROUGH:
      g_assert_not_reached ();

    case QCC_ACTION_NEXT:
      qcc_exchange_set_state (self, QCC_EXCHANGE_ROUTED);
      next_attempt (self);
      break;

    case QCC_ACTION_ESTIMATE:
      if (self->entry->simulation == NULL)
        self->entry->no_count_tokens_until = g_get_monotonic_time () + (gint64) 600 * G_USEC_PER_SEC;
      qcc_exchange_answer_estimate (self);
      break;

    case QCC_ACTION_STOP:
      qcc_exchange_cancel (self);
      break;

    case QCC_ACTION_OFFLINE:
      qcc_exchange_answer_failed (self, g_ptr_array_index (self->failures, self->failures->len - 1));
      break;
    }
}

static void
on_sent (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  g_autoptr (QccExchange) self = user_data;
  QccAttempt *attempt = QCC_ATTEMPT (source);
  g_autoptr (GError) error = NULL;
  gboolean sent = qcc_attempt_send_finish (attempt, result, &error);

  if (self->state == QCC_EXCHANGE_DONE || attempt != self->attempt)
    return;

  if (sent)
    qcc_exchange_head_received (self);
  else
    qcc_exchange_fail_by_error (self, error,
                                qcc_attempt_was_connected (attempt) ? QCC_TRANSPORT_PHASE_WAITING : QCC_TRANSPORT_PHASE_CONNECTING);
}

static gint64
choose_ms (guint own,
           guint general)
{
  return (gint64) (own > 0 ? own : general) * 1000;
}

static QccAttemptLimits
get_limits (QccExchange *self)
{
  const QccPolicyValues *values = qcc_policy_get_values (self->host->policy);
  const QccEndpoint *endpoint = self->entry->endpoint;
  QccAttemptLimits limits = {
    .connect = choose_ms (endpoint->connect_timeout, values->connect_timeout),
    .first_byte = choose_ms (endpoint->first_byte_timeout, values->first_byte_timeout),
    .idle = choose_ms (endpoint->idle_timeout, values->idle_timeout),
  };

  if (!self->facts->stream && self->facts->stainless_timeout > UNARY_MARGIN_SECONDS)
    limits.first_byte = (gint64) (self->facts->stainless_timeout - UNARY_MARGIN_SECONDS) * 1000;
  else if (!self->facts->stream)
    limits.first_byte = (gint64) UNARY_FIRST_BYTE_SECONDS * 1000;

  return limits;
}

/* One attempt at the endpoint of the moment. */
void
qcc_exchange_send (QccExchange *self)
{
  QccAttemptRequest request = {
    .method = soup_server_message_get_method (self->message),
    .path = self->path,
    .query = self->query,
    .headers = soup_server_message_get_request_headers (self->message),
    .body = self->body,
    .facts = self->facts,
    .passes_credential = self->entry == self->host->transparent,
  };
  QccAttemptLimits limits = get_limits (self);

  const QccSimulation *simulation = self->entry->simulation;

  qcc_exchange_set_state (self, QCC_EXCHANGE_FORWARDING);
  self->sent_at = g_get_monotonic_time ();
  self->entry->in_flight++;
  qcc_exchange_note_sent (self);
  if (simulation != NULL)
    self->attempt = qcc_attempt_new (simulation->endpoint, simulation->pool, self->host->watcher, &request, &limits, NULL);
  else
    self->attempt = qcc_attempt_new (self->entry->endpoint, self->entry->pool, self->host->watcher, &request, &limits, self->entry->key);
  qcc_attempt_send_async (self->attempt, self->cancellable, on_sent, qcc_exchange_ref (self));
}

static void
choose_next (QccExchange *self)
{
  gint64 now = qcc_clock_get_time (self->host->clock);
  QccRouteChoice choice = qcc_route_plan_next (self->plan, now);

  qcc_explanation_add_choice (self->explanation, choice.input, &choice.route, now,
                              (g_get_monotonic_time () - self->arrived) / 1000);
  self->entry = choice.entry;
  if (choice.profile_name != NULL)
    self->profile_name = choice.profile_name;
}

static void
next_attempt (QccExchange *self)
{
  g_autoptr (QccEndpointEntry) last = g_steal_pointer (&self->entry);

  if (last != NULL && self->plan != NULL)
    qcc_route_plan_set_tried (self->plan, last->endpoint->id);

  if (qcc_exchange_may_go_on (self))
    {
      if (self->plan != NULL)
        choose_next (self);
      else if (last == NULL)
        self->entry = qcc_endpoint_entry_ref (self->host->transparent);
    }

  if (self->entry == NULL)
    {
      qcc_exchange_answer_failed (self, NULL);
    }
  else if (self->facts->kind == QCC_REQUEST_KIND_COUNT_TOKENS &&
           self->entry->no_count_tokens_until > g_get_monotonic_time ())
    {
      qcc_exchange_answer_estimate (self);
    }
  else
    {
      self->repeated = FALSE;
      qcc_exchange_send (self);
    }
}

static void
explain_start (QccExchange *self)
{
  const char *why = "active";
  const char *start = self->profile_name;

  if (self->plan != NULL)
    start = qcc_route_plan_get_start (self->plan, &why);

  self->explanation = qcc_explanation_new (self->id, soup_server_message_get_method (self->message), self->path,
                                           qcc_clock_get_wall_time (self->host->clock));
  qcc_explanation_set_request (self->explanation, self->facts->model, self->facts->session);
  qcc_explanation_set_start (self->explanation, start, why);
}

/* The request is there as a whole: finds out where it may go, and sends it. */
void
qcc_exchange_forward (QccExchange *self)
{
  const QccPolicyValues *values = qcc_policy_get_values (self->host->policy);
  const QccToken *token = self->token;
  gboolean has_own_start = token != NULL && token->profile != NULL;
  QccRouteOptions options = {
    .start = has_own_start ? token->profile : qcc_active_get_name (self->host->active),
    .strategy = values->strategy,
    .health_aware = values->health_aware,
    .sticky_session = values->sticky_session,
    .fallback_enabled = values->fallback_enabled,
    .locked_to_profile = has_own_start && !token->cross,
    .affinity = self->host->affinity,
    .session = self->facts->session,
    .model = self->facts->model,
    .token_profile = has_own_start ? token->profile : NULL,
    .long_cache = self->facts->long_cache,
    .binds = self->facts->kind == QCC_REQUEST_KIND_MESSAGES,
    .body_size = g_bytes_get_size (self->body),
    .checks = values->health_enabled,
    .weights_adjust = values->weight_adjustment,
  };

  qcc_exchange_set_state (self, QCC_EXCHANGE_ROUTED);
  if (self->snapshot->profiles->len > 0 || !values->transparent || values->require_token)
    self->plan = qcc_route_plan_new (self->snapshot, self->host->table, &options, qcc_clock_get_time (self->host->clock));
  else
    self->profile_name = "transparent";

  explain_start (self);
  next_attempt (self);
}
