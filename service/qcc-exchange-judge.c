/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-exchange-private.h"

#include <string.h>

#include "service/qcc-error-body.h"
#include "service/qcc-error-facts.h"
#include "service/qcc-headers.h"
#include "service/qcc-rate-limit.h"

#define BLOCK (64 * 1024)

/* An answer that is no success is kept up to here, to be judged and perhaps passed on. */
#define MAX_ERROR_BODY (64 * 1024)

static QccVerdict
judge (QccExchange *self,
       QccFailure *failure)
{
  QccVerdict verdict;

  failure->elapsed_ms = (g_get_monotonic_time () - self->sent_at) / 1000;
  failure->network_available = self->host->network == NULL || g_network_monitor_get_network_available (self->host->network);
  failure->destination_local_or_proxied = qcc_endpoint_is_local_or_proxied (self->entry->endpoint);
  failure->count_tokens = self->facts->kind == QCC_REQUEST_KIND_COUNT_TOKENS;
  failure->rules = self->snapshot->rules;
  verdict = qcc_classifier_judge (failure);

  /* Transparent: the credential is the client's own, and so is the news about it. */
  if (self->entry == self->host->transparent && (failure->status == 401 || failure->status == 403))
    verdict.action = QCC_ACTION_PASS_THROUGH;

  return verdict;
}

static QccFailedAnswer *
note_failure (QccExchange *self,
              const QccFailure *failure,
              const QccVerdict *verdict,
              const char *message)
{
  QccFailedAnswer *failed = g_new0 (QccFailedAnswer, 1);

  failed->endpoint_id = g_strdup (self->entry->endpoint->id);
  failed->profile_name = g_strdup (self->profile_name);
  failed->verdict = *verdict;
  failed->transport = failure->transport;
  failed->status = failure->status;
  failed->error_type = g_strdup (failure->error_type);
  failed->message = g_strdup (message);
  failed->milliseconds = failure->elapsed_ms;
  g_ptr_array_add (self->failures, failed);

  g_debug ("#%" G_GUINT64_FORMAT ": %s failed: %s", self->id, failed->endpoint_id, verdict->rule);
  qcc_exchange_note_failed (self, verdict, failure->status);

  return failed;
}

static void
fail_without_answer (QccExchange *self,
                     QccTransportFailure transport,
                     const char *message)
{
  QccFailure failure = { .transport = transport, .retry_after = -1 };
  QccVerdict verdict = judge (self, &failure);

  note_failure (self, &failure, &verdict, message);
  qcc_exchange_go_on (self, verdict.action);
}

/* The attempt has no answer, or none that can be read to its end. */
void
qcc_exchange_fail_by_error (QccExchange *self,
                            const GError *error,
                            QccTransportPhase phase)
{
  fail_without_answer (self, qcc_transport_failure_from_error (error, phase), error->message);
}

/* The request is at fault, and the client is told so: in the endpoint's own words, or, where those came
 * inside of a 200, with the status that they deserve. */
static void
pass_error (QccExchange *self,
            const char *type,
            const char *message)
{
  g_autofree char *body = NULL;

  if (self->error_body != NULL)
    {
      qcc_exchange_commit (self, self->error_body);
      return;
    }

  body = qcc_error_body_new (type != NULL ? type : "invalid_request_error", message != NULL ? message : "");
  soup_message_headers_append (soup_server_message_get_response_headers (self->message), "x-qcc-endpoint",
                               self->entry->endpoint->id);
  qcc_exchange_drop_attempt (self);
  qcc_exchange_answer (self, SOUP_STATUS_BAD_REQUEST, body, "failed");
}

/* Seconds that the endpoint wants to be left alone, -1 when it does not say. */
static int
get_wait (SoupMessageHeaders *headers)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  int wait = qcc_parse_retry_after (soup_message_headers_get_one (headers, "Retry-After"), now);

  return wait >= 0 ? wait : qcc_rate_limit_exhausted_for (headers, now);
}

/* An answer that is complete and no success, or a 200 that says an error. */
static void
fail_with_answer (QccExchange *self,
                  guint status,
                  const char *type,
                  const char *message,
                  const char *text,
                  gsize length)
{
  SoupMessageHeaders *headers = qcc_attempt_get_headers (self->attempt);
  QccFailure failure = {
    .status = status,
    .error_type = type,
    .text = text,
    .text_length = length,
    .retry_after = get_wait (headers),
    .anthropic_shape = type != NULL,
  };
  QccVerdict verdict = judge (self, &failure);
  QccFailedAnswer *failed = note_failure (self, &failure, &verdict, message);

  if (verdict.action == QCC_ACTION_PASS_THROUGH && qcc_exchange_may_go_on (self) && qcc_exchange_repair (self, status, text, length))
    {
      qcc_exchange_send (self);
      return;
    }
  if (verdict.action == QCC_ACTION_PASS_THROUGH)
    {
      pass_error (self, type, message);
      return;
    }

  /* Kept in case that nothing better comes. The body of a 200 is not an answer to pass on. */
  if (self->error_body != NULL)
    {
      failed->headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
      qcc_headers_copy_response (headers, failed->headers, qcc_attempt_get_key (self->attempt));
      failed->body = g_bytes_new (self->error_body->data, self->error_body->len);
    }
  qcc_exchange_go_on (self, verdict.action);
}

static void
judge_error_body (QccExchange *self)
{
  const char *text = (const char *) self->error_body->data;
  gsize length = self->error_body->len;
  g_autoptr (QccErrorFacts) facts = NULL;

  /* A provider may quote the key that it refuses, and no error may hold one (spec 3.4). The endpoint may have
   * another one by now. */
  qcc_secret_mask (qcc_attempt_get_key (self->attempt), self->error_body->data, length);
  facts = qcc_error_facts_new (text, length);
  fail_with_answer (self, qcc_attempt_get_status (self->attempt), facts->type, facts->message, text, length);
}

static void
on_error_readable (gpointer user_data)
{
  QccExchange *self = user_data;
  char block[BLOCK];
  gssize length;
  g_autoptr (GError) error = NULL;

  while ((length = qcc_attempt_read (self->attempt, block, sizeof block, &error)) > 0)
    {
      g_byte_array_append (self->error_body, (const guint8 *) block, (guint) length);
      if (self->error_body->len >= MAX_ERROR_BODY)
        break;
    }

  if (length < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return;
  if (length < 0 && self->error_body->len == 0)
    qcc_exchange_fail_by_error (self, error, QCC_TRANSPORT_PHASE_READING);
  else
    judge_error_body (self);
}

static void
gate_failed (QccExchange *self)
{
  QccGateFailure failure = qcc_gate_get_failure (self->gate);
  g_autofree char *message = g_strdup (failure.error_message);
  gsize length = message != NULL ? strlen (message) : 0;

  if (failure.transport != QCC_TRANSPORT_FAILURE_NONE)
    {
      fail_without_answer (self, failure.transport, NULL);
      return;
    }

  qcc_secret_mask (qcc_attempt_get_key (self->attempt), (guint8 *) message, length);
  fail_with_answer (self, SOUP_STATUS_OK, failure.error_type, message, message, length);
}

static void
gate_decided (QccExchange *self,
              QccGateDecision decision)
{
  switch (decision)
    {
    case QCC_GATE_HOLD:
      break;
    case QCC_GATE_COMMIT:
      qcc_exchange_commit (self, qcc_gate_get_held (self->gate));
      break;
    case QCC_GATE_FAIL:
      gate_failed (self);
      break;
    }
}

/* Feeds the gate with what is there. */
static QccGateDecision
feed_gate (QccExchange *self,
           GError **error)
{
  char block[BLOCK];
  gboolean was_started = qcc_gate_is_started (self->gate);
  gboolean was_alive = qcc_gate_is_alive (self->gate);
  QccGateDecision decision = QCC_GATE_HOLD;
  gssize length;

  while (decision == QCC_GATE_HOLD && (length = qcc_attempt_read (self->attempt, block, sizeof block, error)) > 0)
    decision = qcc_gate_feed (self->gate, block, (gsize) length);

  if (decision == QCC_GATE_HOLD && length == 0)
    decision = qcc_gate_end (self->gate, TRUE);
  if (!was_alive && qcc_gate_is_alive (self->gate))
    qcc_attempt_expect_stream (self->attempt);
  if (!was_started && qcc_gate_is_started (self->gate))
    qcc_deadline_start (self->hold_limit, QCC_GATE_MAX_HOLD_MS);

  return decision;
}

static void
on_gate_readable (gpointer user_data)
{
  QccExchange *self = user_data;
  g_autoptr (GError) error = NULL;
  QccGateDecision decision = feed_gate (self, &error);

  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    gate_decided (self, decision);
  else
    qcc_exchange_fail_by_error (self, error, qcc_gate_is_alive (self->gate) ? QCC_TRANSPORT_PHASE_READING : QCC_TRANSPORT_PHASE_WAITING);
}

static void
on_hold_limit (gpointer user_data)
{
  QccExchange *self = user_data;

  qcc_exchange_commit (self, qcc_gate_get_held (self->gate));
}

static void
enter_gate (QccExchange *self)
{
  SoupMessageHeaders *headers = qcc_attempt_get_headers (self->attempt);
  QccCoding coding = qcc_coding_from_header (soup_message_headers_get_one (headers, "Content-Encoding"));
  const char *type = soup_message_headers_get_content_type (headers, NULL);
  QccGateKind kind = qcc_gate_kind_for (self->facts->kind, type, coding);

  if (kind == QCC_GATE_KIND_OPEN)
    {
      qcc_exchange_commit (self, NULL);
      return;
    }

  qcc_exchange_set_state (self, QCC_EXCHANGE_GATED);
  self->gate = qcc_gate_new (kind, coding);
  if (self->hold_limit == NULL)
    self->hold_limit = qcc_deadline_new (on_hold_limit, self);
  qcc_attempt_start_reading (self->attempt, on_gate_readable, self);
}

/* The head of an answer is there. */
void
qcc_exchange_head_received (QccExchange *self)
{
  guint status = qcc_attempt_get_status (self->attempt);
  gboolean has_body = g_strcmp0 (soup_server_message_get_method (self->message), SOUP_METHOD_HEAD) != 0;

  if (status == SOUP_STATUS_OK && has_body)
    {
      enter_gate (self);
    }
  else if (SOUP_STATUS_IS_SUCCESSFUL (status) || status == SOUP_STATUS_NOT_MODIFIED)
    {
      qcc_exchange_commit (self, NULL);
    }
  else
    {
      self->error_body = g_byte_array_new ();
      qcc_attempt_start_reading (self->attempt, on_error_readable, self);
      qcc_attempt_expect_stream (self->attempt);
    }
}
