/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-exchange-private.h"

#include <string.h>

#include "service/qcc-error-body.h"
#include "service/qcc-final-answer.h"
#include "service/qcc-headers.h"
#include "service/qcc-token-estimate.h"

static void
on_relay_end (QccRelayEnd end,
              const char *reason,
              gpointer user_data)
{
  QccExchange *self = user_data;

  g_free (self->detail);
  self->detail = g_strdup (reason);
  qcc_exchange_note_ended (self, end);
  switch (end)
    {
    case QCC_RELAY_END_COMPLETE:
      qcc_exchange_finish (self, "complete");
      break;
    case QCC_RELAY_END_COMPLETED:
      qcc_exchange_finish (self, "completed");
      break;
    case QCC_RELAY_END_ERROR_EVENT:
      qcc_exchange_finish (self, "error-event");
      break;
    case QCC_RELAY_END_BROKEN_OFF:
      qcc_exchange_finish (self, "broken-off");
      break;
    case QCC_RELAY_END_CLIENT_GONE:
      qcc_exchange_finish (self, "client-gone");
      break;
    }
}

/* Headers of an upstream's answer, made the client's. */
static void
copy_headers (QccExchange *self,
              SoupMessageHeaders *from,
              SoupMessageHeaders *to)
{
  soup_message_headers_clear (to);
  qcc_headers_copy_response (from, to, qcc_attempt_get_key (self->attempt));
  soup_message_headers_replace (to, "x-qcc-endpoint", self->entry->endpoint->id);
}

static gboolean
has_body (QccExchange *self)
{
  guint status = qcc_attempt_get_status (self->attempt);

  return status != SOUP_STATUS_NO_CONTENT && status != SOUP_STATUS_NOT_MODIFIED &&
         !g_str_equal (soup_server_message_get_method (self->message), SOUP_METHOD_HEAD);
}

static void
copy_framing (QccExchange *self,
              SoupMessageHeaders *from,
              SoupMessageHeaders *to)
{
  /* Nothing to frame, and nothing may say so. */
  if (qcc_attempt_get_status (self->attempt) == SOUP_STATUS_NO_CONTENT)
    {
      soup_message_headers_set_encoding (to, SOUP_ENCODING_NONE);
      return;
    }

  switch (soup_message_headers_get_encoding (from))
    {
    case SOUP_ENCODING_CONTENT_LENGTH:
      soup_message_headers_set_content_length (to, soup_message_headers_get_content_length (from));
      break;
    case SOUP_ENCODING_CHUNKED:
    case SOUP_ENCODING_EOF:
      soup_message_headers_set_encoding (to, soup_server_message_get_http_version (self->message) == SOUP_HTTP_1_0 ? SOUP_ENCODING_EOF : SOUP_ENCODING_CHUNKED);
      break;
    case SOUP_ENCODING_NONE:
    case SOUP_ENCODING_UNRECOGNIZED:
    case SOUP_ENCODING_BYTERANGES:
      break;
    }
}

static QccDownstream *
open_downstream (QccExchange *self,
                 gboolean events)
{
  SoupMessageHeaders *from = qcc_attempt_get_headers (self->attempt);
  SoupMessageHeaders *to = soup_server_message_get_response_headers (self->message);
  guint status = qcc_attempt_get_status (self->attempt);
  const char *reason = qcc_attempt_get_reason_phrase (self->attempt);

  copy_headers (self, from, to);
  if (events)
    return qcc_downstream_stream_new (self->host->server, self->message, self->client, status, reason, to);

  copy_framing (self, from, to);
  soup_server_message_set_status (self->message, status, reason);
  return qcc_downstream_message_new (self->message, self->client);
}

/* The first byte goes out: from here on nothing can be tried elsewhere (spec 1.4). */
void
qcc_exchange_commit (QccExchange *self,
                     const GByteArray *held)
{
  SoupMessageHeaders *headers = qcc_attempt_get_headers (self->attempt);
  QccRelayOptions options = {
    .events = has_body (self) && g_strcmp0 (soup_message_headers_get_content_type (headers, NULL), "text/event-stream") == 0,
    .coding = qcc_coding_from_header (soup_message_headers_get_one (headers, "Content-Encoding")),
    .session = self->facts->session,
    .history = self->host->history,
  };

  qcc_exchange_set_state (self, QCC_EXCHANGE_RELAYING);
  self->first_byte = g_get_monotonic_time ();
  self->status = qcc_attempt_get_status (self->attempt);
  if (self->hold_limit != NULL)
    qcc_deadline_stop (self->hold_limit);
  qcc_exchange_note_committed (self);
  qcc_attempt_forget_request (self->attempt);
  qcc_exchange_free_body (self);

  /* From now on the relay hears of the end of the connection, by its downstream. */
  g_signal_handlers_disconnect_by_data (self->message, self);
  self->downstream = open_downstream (self, options.events);
  if (self->downstream == NULL)
    {
      qcc_exchange_finish (self, "client-gone");
      return;
    }

  self->relay = qcc_relay_new (self->attempt, self->downstream, &options, on_relay_end, self);
  qcc_relay_start (self->relay, held);
}

static void
on_answered (QccDownstreamEvent event,
             gpointer user_data)
{
  QccExchange *self = user_data;

  if (event == QCC_DOWNSTREAM_FINISHED)
    qcc_exchange_finish (self, self->end);
  else if (event == QCC_DOWNSTREAM_BROKEN)
    qcc_exchange_finish (self, "client-gone");
}

/* Sends a body that is at hand, with the response headers that are set already. */
static void
send_body (QccExchange *self,
           guint status,
           const char *body,
           gsize length,
           const char *end)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (self->message);

  qcc_exchange_set_state (self, QCC_EXCHANGE_RELAYING);
  self->status = status;
  self->end = end;
  self->first_byte = g_get_monotonic_time ();
  qcc_exchange_free_body (self);
  g_signal_handlers_disconnect_by_data (self->message, self);

  soup_server_message_set_status (self->message, status, NULL);
  soup_message_headers_set_content_length (headers, (goffset) length);
  self->downstream = qcc_downstream_message_new (self->message, self->client);
  qcc_downstream_set_func (self->downstream, on_answered, self);
  if (length > 0)
    qcc_downstream_write (self->downstream, body, length);
  qcc_downstream_finish (self->downstream);
}

/* An answer of our own. */
void
qcc_exchange_answer (QccExchange *self,
                     guint status,
                     const char *body,
                     const char *end)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (self->message);

  soup_message_headers_replace (headers, "Content-Type", "application/json");
  send_body (self, status, body, strlen (body), end);
}

/* Spec 2.10: where the endpoint does not count tokens. */
void
qcc_exchange_answer_estimate (QccExchange *self)
{
  gsize length;
  const char *body = g_bytes_get_data (self->body, &length);
  g_autofree char *answer = g_strdup_printf ("{\"input_tokens\":%" G_GUINT64_FORMAT "}", qcc_token_estimate (body, length));

  soup_message_headers_append (soup_server_message_get_response_headers (self->message), "x-qcc-estimate", "1");
  qcc_exchange_answer (self, SOUP_STATUS_OK, answer, "estimate");
}

static QccFailedAttempt
to_final (const QccFailedAnswer *failed)
{
  return (QccFailedAttempt){
    .verdict = failed->verdict,
    .transport = failed->transport,
    .status = failed->status,
    .error_type = failed->error_type,
    .message = failed->message,
    .endpoint_id = failed->endpoint_id,
    .profile_name = failed->profile_name,
    /* A page of some gateway is no answer for a program (spec 2.9). */
    .has_answer = failed->body != NULL && failed->error_type != NULL,
  };
}

static QccNoAttempt
why_no_attempt (QccExchange *self,
                gboolean offline)
{
  if (offline)
    return QCC_NO_ATTEMPT_OFFLINE;
  if (self->snapshot->profiles->len == 0)
    return QCC_NO_ATTEMPT_NO_PROFILE;
  if (self->plan != NULL && qcc_route_plan_next_usable (self->plan, qcc_clock_get_time (self->host->clock)) >= 0)
    return QCC_NO_ATTEMPT_WAITING;
  if (self->plan != NULL && qcc_route_plan_lacks_only_keys (self->plan))
    return QCC_NO_ATTEMPT_NO_KEY;

  return QCC_NO_ATTEMPT_DISABLED;
}

static void
set_final_headers (SoupMessageHeaders *headers,
                   const QccFinalAnswer *final)
{
  if (final->retry_after >= 0)
    {
      g_autofree char *seconds = g_strdup_printf ("%d", final->retry_after);

      soup_message_headers_replace (headers, "Retry-After", seconds);
    }
  else
    {
      soup_message_headers_remove (headers, "Retry-After");
    }

  if (final->no_retry)
    soup_message_headers_replace (headers, "x-should-retry", "false");
}

/* Nothing is left to be tried: the most useful answer of spec 2.9. @offline is the failure that
 * was found to be a missing network, or NULL. */
void
qcc_exchange_answer_failed (QccExchange *self,
                            QccFailedAnswer *offline)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (self->message);
  g_autoptr (GArray) attempts = g_array_new (FALSE, FALSE, sizeof (QccFailedAttempt));
  QccFinalInput input = { .no_attempt = why_no_attempt (self, offline != NULL), .next_usable = -1 };
  g_autoptr (QccFinalAnswer) final = NULL;
  const QccFailedAnswer *passed = NULL;

  for (guint i = 0; offline == NULL && i < self->failures->len; i++)
    {
      QccFailedAttempt attempt = to_final (g_ptr_array_index (self->failures, i));

      g_array_append_val (attempts, attempt);
    }
  input.attempts = (const QccFailedAttempt *) attempts->data;
  input.n_attempts = attempts->len;
  if (self->plan != NULL)
    input.next_usable = qcc_route_plan_next_usable (self->plan, qcc_clock_get_time (self->host->clock));
  final = qcc_final_answer_new (&input);

  if (final->attempt >= 0)
    passed = g_ptr_array_index (self->failures, final->attempt);
  if (passed != NULL && passed->headers != NULL)
    {
      soup_message_headers_clear (headers);
      qcc_headers_copy_response (passed->headers, headers, NULL);
    }
  if (passed != NULL)
    soup_message_headers_replace (headers, "x-qcc-endpoint", passed->endpoint_id);
  set_final_headers (headers, final);

  if (final->message != NULL || passed == NULL || passed->body == NULL)
    {
      g_autofree char *body = qcc_error_body_new (final->error_type, final->message);

      /* The coding that the answer came in is not that of ours. */
      soup_message_headers_remove (headers, "Content-Encoding");
      qcc_exchange_answer (self, final->status, body, "failed");
    }
  else
    {
      gsize length;
      const char *body = g_bytes_get_data (passed->body, &length);

      send_body (self, final->status, body, length, "failed");
    }
}
