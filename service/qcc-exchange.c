/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-exchange-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-enums.h"
#include "service/qcc-error-body.h"
#include "service/qcc-guard.h"
#include "service/qcc-linger.h"
#include "service/qcc-peer.h"

/* A body of unknown length is reserved in such steps (spec 2.4). */
#define CHUNKED_STEP (1024 * 1024)

static gboolean
is_edge (QccExchangeState from,
         QccExchangeState to)
{
  if (to == QCC_EXCHANGE_DONE)
    return from != QCC_EXCHANGE_DONE;
  if (to == QCC_EXCHANGE_ROUTED)
    return from == QCC_EXCHANGE_READ || from == QCC_EXCHANGE_FORWARDING || from == QCC_EXCHANGE_GATED;
  /* An answer that has nothing to prove is not gated; one of our own comes from anywhere. */
  if (to == QCC_EXCHANGE_RELAYING)
    return from >= QCC_EXCHANGE_READ && from <= QCC_EXCHANGE_GATED;

  return to == from + 1;
}

void
qcc_exchange_set_state (QccExchange *self,
                        QccExchangeState state)
{
  g_assert (is_edge (self->state, state));

  g_debug ("#%" G_GUINT64_FORMAT ": state %d to %d", self->id, self->state, state);
  self->state = state;
}

/**
 * qcc_exchange_new:
 * @host: what all exchanges share
 * @id: its number
 * @message: (transfer none): a request of which the headers were read
 * @snapshot: (transfer none): the profiles of this moment
 *
 * Returns: (transfer full): an exchange that has not begun
 */
QccExchange *
qcc_exchange_new (const QccExchangeHost *host,
                  guint64 id,
                  SoupServerMessage *message,
                  QccSnapshot *snapshot)
{
  QccExchange *self = g_rc_box_new0 (QccExchange);
  GUri *uri = soup_server_message_get_uri (message);

  self->host = host;
  self->id = id;
  self->arrived = g_get_monotonic_time ();
  self->message = g_object_ref (message);
  self->snapshot = qcc_snapshot_ref (snapshot);
  self->cancellable = g_cancellable_new ();
  self->path = g_strdup (g_uri_get_path (uri));
  self->query = g_strdup (g_uri_get_query (uri));
  self->failures = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_failed_answer_free);

  return self;
}

QccExchange *
qcc_exchange_ref (QccExchange *self)
{
  return g_rc_box_acquire (self);
}

static void
exchange_clear (gpointer data)
{
  QccExchange *self = data;

  g_assert (self->state == QCC_EXCHANGE_DONE);
  g_clear_object (&self->message);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->entry, qcc_endpoint_entry_unref);
  g_clear_pointer (&self->snapshot, qcc_snapshot_unref);
  g_clear_pointer (&self->facts, qcc_request_facts_unref);
  g_clear_pointer (&self->first_facts, qcc_request_facts_unref);
  g_clear_pointer (&self->plan, qcc_route_plan_free);
  g_clear_pointer (&self->explanation, qcc_explanation_unref);
  g_ptr_array_unref (self->failures);
  g_free (self->path);
  g_free (self->query);
  g_free (self->detail);
}

void
qcc_exchange_unref (QccExchange *self)
{
  g_rc_box_release_full (self, exchange_clear);
}

SoupServerMessage *
qcc_exchange_get_message (QccExchange *self)
{
  return self->message;
}

/**
 * qcc_exchange_get_ticket:
 * @self: an exchange
 *
 * Returns: its ticket of the body budget, 0 for none
 */
guint64
qcc_exchange_get_ticket (QccExchange *self)
{
  return self->ticket;
}

void
qcc_exchange_free_body (QccExchange *self)
{
  g_clear_pointer (&self->coming, g_byte_array_unref);
  g_clear_pointer (&self->body, g_bytes_unref);
  if (self->ticket != 0)
    {
      qcc_body_budget_release (self->host->budget, self->ticket);
      self->ticket = 0;
      self->host->room_freed (self->host->user_data);
    }
}

static void
record (QccExchange *self)
{
  g_autoptr (GArray) attempts = g_array_new (FALSE, FALSE, sizeof (QccAttemptRecord));
  QccExchangeRecord outcome = {
    .id = self->id,
    .method = soup_server_message_get_method (self->message),
    .path = self->path,
    .model = self->facts != NULL ? self->facts->model : NULL,
    .session = self->facts != NULL ? self->facts->session : NULL,
    .status = self->status,
    .end = self->end,
    .detail = self->detail,
    .first_byte = self->first_byte > 0 ? (self->first_byte - self->arrived) / 1000 : -1,
    .total = (g_get_monotonic_time () - self->arrived) / 1000,
    .bytes_in = self->bytes_in,
    .bytes_out = self->downstream != NULL ? qcc_downstream_get_n_bytes (self->downstream) : 0,
  };

  for (guint i = 0; i < self->failures->len; i++)
    {
      const QccFailedAnswer *failed = g_ptr_array_index (self->failures, i);
      QccAttemptRecord attempt = { failed->endpoint_id, failed->status,
                                   qcc_enum_to_nick (QCC_TYPE_CLASS, failed->verdict.klass), failed->milliseconds };

      g_array_append_val (attempts, attempt);
    }
  outcome.attempts = (const QccAttemptRecord *) attempts->data;
  outcome.n_attempts = attempts->len;
  if (self->entry != NULL && self->first_byte > 0)
    outcome.endpoint_id = self->entry->endpoint->id;

  qcc_recorder_record (self->host->recorder, &outcome);
}

/* The one way out. Lets go of everything that could still call back. */
void
qcc_exchange_finish (QccExchange *self,
                     const char *end)
{
  g_autoptr (QccExchange) keep = qcc_exchange_ref (self);

  qcc_exchange_set_state (self, QCC_EXCHANGE_DONE);
  self->end = end;
  g_signal_handlers_disconnect_by_data (self->message, self);
  g_clear_handle_id (&self->too_large_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->relay, qcc_relay_free);
  qcc_exchange_drop_attempt (self);
  g_clear_pointer (&self->read_limit, qcc_deadline_free);
  g_clear_pointer (&self->hold_limit, qcc_deadline_free);
  qcc_exchange_free_body (self);
  record (self);
  qcc_exchange_note_over (self);
  if (self->downstream != NULL)
    qcc_downstream_set_func (self->downstream, NULL, NULL);
  g_clear_object (&self->downstream);
  g_clear_pointer (&self->client, qcc_client_free);

  self->host->finished (self, self->host->user_data);
}

/**
 * qcc_exchange_cancel:
 * @self: an exchange
 *
 * Ends it wherever it is, and its client's connection with it.
 */
void
qcc_exchange_cancel (QccExchange *self)
{
  g_autoptr (QccExchange) keep = qcc_exchange_ref (self);
  g_autoptr (GIOStream) stolen = NULL;

  if (self->state == QCC_EXCHANGE_DONE)
    return;
  if (self->relay != NULL && qcc_relay_conclude (self->relay))
    return;

  g_signal_handlers_disconnect_by_data (self->message, self);
  if (self->relay == NULL && self->downstream == NULL)
    stolen = soup_server_message_steal_connection (self->message);
  else if (self->relay == NULL)
    qcc_downstream_break_off (self->downstream);
  qcc_exchange_finish (self, g_cancellable_is_cancelled (self->host->shutdown) ? "shutdown" : "client-gone");
  if (stolen != NULL)
    g_io_stream_close (stolen, NULL, NULL);
}

static void
on_client_gone (gpointer user_data)
{
  qcc_exchange_cancel (user_data);
}

static void
on_disconnected (SoupServerMessage *message,
                 QccExchange *self)
{
  /* Not cancelled: libsoup is closing the connection, and lets go of it twice if it is stolen now. */
  qcc_exchange_finish (self, "client-gone");
}

/* An answer before the body was read; the connection goes with it. */
static void
refuse (QccExchange *self,
        guint status,
        const char *type,
        const char *message,
        gboolean may_retry)
{
  g_autofree char *body = qcc_error_body_new (type, message);

  self->status = status;
  self->detail = g_strdup (message);
  g_signal_handlers_disconnect_by_data (self->message, self);
  g_clear_pointer (&self->client, qcc_client_free);
  qcc_linger_answer (self->message, status, body, may_retry, self->host->shutdown);
  qcc_exchange_finish (self, "refused");
}

static void
refuse_too_large (QccExchange *self)
{
  gsize limit = qcc_policy_get_values (self->host->policy)->max_body_size;
  g_autofree char *size = g_format_size_full (limit, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *text = g_strdup_printf (_ ("The request is larger than QCC accepts (%s, setting proxy.max-body-size)."), size);

  refuse (self, 413, "request_too_large", text, FALSE);
}

static void
on_read_limit (gpointer user_data)
{
  refuse (user_data, SOUP_STATUS_REQUEST_TIMEOUT, "timeout_error",
          _ ("The request stopped in the middle, and its rest did not come."), TRUE);
}

static gboolean
on_too_large (gpointer user_data)
{
  QccExchange *self = user_data;

  self->too_large_id = 0;
  refuse_too_large (self);

  return G_SOURCE_REMOVE;
}

static void
reserve (QccExchange *self,
         gsize bytes)
{
  self->reserved += bytes;
  if (bytes == 0 || qcc_body_budget_reserve (self->host->budget, self->ticket, bytes))
    return;

  self->starved = TRUE;
  qcc_deadline_stop (self->read_limit);
  soup_server_message_pause (self->message);
}

/**
 * qcc_exchange_resume_body:
 * @self: an exchange whose body waited for room, which it has now
 */
void
qcc_exchange_resume_body (QccExchange *self)
{
  g_return_if_fail (self->starved);

  self->starved = FALSE;
  qcc_deadline_start (self->read_limit, self->host->read_limit);
  soup_server_message_unpause (self->message);
}

static void
on_got_chunk (SoupServerMessage *message,
              GBytes *chunk,
              QccExchange *self)
{
  gsize limit = qcc_policy_get_values (self->host->policy)->max_body_size;
  gsize length;
  gconstpointer data = g_bytes_get_data (chunk, &length);

  if (self->too_large_id != 0)
    return;

  self->bytes_in += length;
  qcc_deadline_push_back (self->read_limit);
  if (self->coming->len + length > limit)
    {
      /* Not from here: libsoup is in the middle of reading. */
      soup_server_message_pause (message);
      self->too_large_id = g_idle_add_full (G_PRIORITY_DEFAULT, on_too_large, self, NULL);
      return;
    }

  g_byte_array_append (self->coming, data, (guint) length);
  if (self->coming->len > self->reserved)
    reserve (self, MIN (CHUNKED_STEP, limit - self->reserved));
}

static void
admit (QccExchange *self)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (self->message);
  gsize limit = qcc_policy_get_values (self->host->policy)->max_body_size;
  gboolean is_chunked = soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED;
  guint64 length = is_chunked ? CHUNKED_STEP : (guint64) MAX (0, soup_message_headers_get_content_length (headers));

  if (!is_chunked && length > limit)
    {
      refuse_too_large (self);
      return;
    }

  qcc_exchange_set_state (self, QCC_EXCHANGE_ADMITTED);
  self->ticket = qcc_body_budget_enter (self->host->budget);
  self->coming = g_byte_array_sized_new (is_chunked ? 0 : (guint) length);
  soup_message_body_set_accumulate (soup_server_message_get_request_body (self->message), FALSE);
  g_signal_connect (self->message, "got-chunk", G_CALLBACK (on_got_chunk), self);
  self->read_limit = qcc_deadline_new (on_read_limit, self);
  qcc_deadline_start (self->read_limit, self->host->read_limit);
  reserve (self, (gsize) MIN (length, limit));
}

static QccGuardVerdict
check (QccExchange *self)
{
  const QccPolicyValues *values = qcc_policy_get_values (self->host->policy);
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (self->message);
  QccGuardInput input = {
    .method = soup_server_message_get_method (self->message),
    .uri = soup_server_message_get_uri (self->message),
    .http_version = soup_server_message_get_http_version (self->message),
    .headers = headers,
    .configured_host = values->host,
    .allowed_origins = (const char *const *) values->allowed_origins,
    .peer = qcc_peer_check (soup_server_message_get_remote_address (self->message),
                            soup_server_message_get_local_address (self->message)),
    .token = qcc_token_check (self->snapshot, headers, &self->token),
    .require_token = values->require_token,
  };

  return qcc_guard_check (&input);
}

static void
answer_own_path (QccExchange *self,
                 gboolean is_health)
{
  self->status = SOUP_STATUS_OK;
  soup_server_message_set_status (self->message, SOUP_STATUS_OK, NULL);
  if (is_health)
    soup_server_message_set_response (self->message, "application/json", SOUP_MEMORY_STATIC,
                                      "{\"status\":\"ok\"}", strlen ("{\"status\":\"ok\"}"));
  g_signal_handlers_disconnect_by_data (self->message, self);
  qcc_exchange_finish (self, "local");
}

/**
 * qcc_exchange_start:
 * @self: an exchange whose headers were read, but not its body
 *
 * May finish at once.
 */
void
qcc_exchange_start (QccExchange *self)
{
  QccGuardVerdict verdict;

  self->client = qcc_client_new (self->message, self->host->watcher, on_client_gone, self);
  if (self->client == NULL)
    {
      qcc_exchange_cancel (self);
      return;
    }
  g_signal_connect (self->message, "disconnected", G_CALLBACK (on_disconnected), self);

  verdict = check (self);
  switch (verdict.action)
    {
    case QCC_GUARD_PASS:
      admit (self);
      break;
    case QCC_GUARD_LOCAL_HEAD:
    case QCC_GUARD_LOCAL_HEALTH:
      answer_own_path (self, verdict.action == QCC_GUARD_LOCAL_HEALTH);
      break;
    case QCC_GUARD_REFUSE:
      refuse (self, verdict.status, verdict.error_type, verdict.message, FALSE);
      break;
    }
}

/**
 * qcc_exchange_body_complete:
 * @self: an exchange whose body was read to its end
 */
void
qcc_exchange_body_complete (QccExchange *self)
{
  soup_server_message_pause (self->message);
  if (self->too_large_id != 0)
    return;

  g_signal_handlers_disconnect_by_func (self->message, on_got_chunk, self);
  g_clear_pointer (&self->read_limit, qcc_deadline_free);
  self->body = g_byte_array_free_to_bytes (g_steal_pointer (&self->coming));
  self->facts = qcc_request_facts_new (soup_server_message_get_method (self->message), self->path,
                                       soup_server_message_get_request_headers (self->message), self->body);
  qcc_exchange_set_state (self, QCC_EXCHANGE_READ);
  qcc_exchange_forward (self);
}
