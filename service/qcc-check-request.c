/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/qcc-check-private.h"

#include <string.h>

#include "common/qcc-error.h"
#include "service/qcc-attempt.h"
#include "service/qcc-classifier.h"
#include "service/qcc-deadline.h"
#include "service/qcc-decoder.h"

#define BLOCK (16 * 1024)

/* One request of our own, by the attempt that the data path uses too. */

typedef struct
{
  QccAttempt *attempt; /* (owned) (nullable): %NULL when it is over */
  QccAttemptRequest request;
  GBytes *body;                /* (owned) (nullable): of the request */
  SoupMessageHeaders *headers; /* (owned): of the request */
  QccRequestFacts *facts;      /* (owned): of the request */
  char *path;                  /* (owned) */
  QccDecoder *decoder;         /* (owned) (nullable): of the answer, once it begins */
  QccCheckReply *reply;        /* (owned) (nullable): %NULL when it was handed over */
  GSource *cancelled;          /* (owned) (nullable): the caller's wish */
  QccDeadline *deadline;       /* (owned): of all of it */
  gint64 started;              /* monotonic time in microseconds */
} Request;

static void
request_free (gpointer data)
{
  Request *self = data;

  g_assert (self->attempt == NULL);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->headers, soup_message_headers_unref);
  g_clear_pointer (&self->facts, qcc_request_facts_unref);
  g_clear_pointer (&self->decoder, qcc_decoder_free);
  g_clear_pointer (&self->reply, qcc_check_reply_free);
  g_clear_pointer (&self->deadline, qcc_deadline_free);
  g_free (self->path);
  g_free (self);
}

static gint64
get_elapsed_ms (const Request *self)
{
  return (g_get_monotonic_time () - self->started) / 1000;
}

/* Once for each request. Nothing is called any more afterwards, but the end of a sending that is under way. */
static void
end (GTask *task)
{
  Request *self = g_task_get_task_data (task);
  g_autoptr (GTask) owned = task; /* since it began */

  qcc_deadline_stop (self->deadline);
  if (self->cancelled != NULL)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
  qcc_attempt_close (self->attempt);
  g_clear_object (&self->attempt);

  self->reply->latency_ms = get_elapsed_ms (self);
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_pointer (task, g_steal_pointer (&self->reply), (GDestroyNotify) qcc_check_reply_free);
}

static void
end_with_error (GTask *task,
                const GError *error)
{
  Request *self = g_task_get_task_data (task);

  self->reply->connected = qcc_attempt_was_connected (self->attempt);
  /* A status that is no success says enough without the rest of its body. */
  if (self->reply->status == 0 || self->reply->status == SOUP_STATUS_OK)
    qcc_check_reply_set_error (self->reply, error, self->reply->status != 0);
  end (task);
}

static void
on_deadline (gpointer user_data)
{
  g_autoptr (GError) error = g_error_new_literal (QCC_ERROR, QCC_ERROR_TIMED_OUT, "no answer in time");

  end_with_error (user_data, error);
}

static gboolean
on_cancelled (GCancellable *cancellable,
              gpointer user_data)
{
  end (user_data);

  return G_SOURCE_REMOVE;
}

/* Returns: whether there is room for more */
static gboolean
take_bytes (Request *self,
            const char *data,
            gsize length,
            GError **error)
{
  GByteArray *body = self->reply->body;
  const char *decoded;
  gsize decoded_length;

  if (!qcc_decoder_feed (self->decoder, data, length, &decoded, &decoded_length))
    {
      g_set_error_literal (error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_PARSING, "not in the coding that it states");
      return FALSE;
    }

  g_byte_array_append (body, (const guint8 *) decoded, (guint) MIN (decoded_length, QCC_CHECK_MAX_BODY - body->len));
  return body->len < QCC_CHECK_MAX_BODY;
}

static void
on_readable (gpointer user_data)
{
  GTask *task = user_data;
  Request *self = g_task_get_task_data (task);
  char block[BLOCK];
  gboolean has_room = TRUE;
  gssize length = 0;
  g_autoptr (GError) error = NULL;

  while (has_room && (length = qcc_attempt_read (self->attempt, block, sizeof block, &error)) > 0)
    has_room = take_bytes (self, block, (gsize) length, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return;

  self->reply->whole = has_room && length == 0;
  if (error != NULL)
    end_with_error (task, error);
  else
    end (task);
}

static void
on_sent (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  gboolean sent = qcc_attempt_send_finish (QCC_ATTEMPT (source), result, &error);
  SoupMessageHeaders *headers;
  const char *coding;

  if (self->attempt == NULL)
    return;
  if (!sent)
    {
      end_with_error (task, error);
      return;
    }

  headers = qcc_attempt_get_headers (self->attempt);
  coding = soup_message_headers_get_one (headers, "Content-Encoding");
  self->decoder = qcc_decoder_new (qcc_coding_from_header (coding));
  self->reply->connected = TRUE;
  self->reply->status = qcc_attempt_get_status (self->attempt);
  self->reply->first_byte_ms = get_elapsed_ms (self);
  self->reply->body = g_byte_array_new ();
  self->reply->retry_after = qcc_parse_retry_after (soup_message_headers_get_one (headers, "Retry-After"),
                                                    g_get_real_time () / G_USEC_PER_SEC);
  qcc_attempt_start_reading (self->attempt, on_readable, task);
}

static void
set_request (Request *self,
             const char *path,
             const char *body)
{
  const char *method = body != NULL ? SOUP_METHOD_POST : SOUP_METHOD_GET;

  self->path = g_strdup (path);
  self->body = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;
  self->headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  soup_message_headers_append (self->headers, "Accept", "application/json");
  soup_message_headers_append (self->headers, "Accept-Encoding", "identity");
  soup_message_headers_append (self->headers, "User-Agent", "qcc/" QCC_VERSION);
  soup_message_headers_append (self->headers, "anthropic-version", "2023-06-01");
  if (body != NULL)
    soup_message_headers_append (self->headers, "Content-Type", "application/json");

  self->facts = qcc_request_facts_new (method, path, self->headers, self->body);
  self->request = (QccAttemptRequest){
    .method = method,
    .path = self->path,
    .headers = self->headers,
    .body = self->body,
    .facts = self->facts,
  };
}

/**
 * qcc_check_request_async:
 * @target: (transfer none): whom to ask, with its key
 * @path: below the base URL
 * @body: (nullable): JSON to post; %NULL gets
 * @limit_ms: milliseconds for all of it, more than 0
 * @cancellable: (nullable): ends it
 * @callback: called when the answer is there, or when there will be none
 * @user_data: for @callback
 */
void
qcc_check_request_async (QccCheckTarget *target,
                         const char *path,
                         const char *body,
                         gint64 limit_ms,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Request *self = g_new0 (Request, 1);
  QccAttemptLimits limits = { limit_ms, limit_ms, limit_ms };

  g_task_set_source_tag (task, qcc_check_request_async);
  g_task_set_task_data (task, self, request_free);
  set_request (self, path, body);
  self->reply = qcc_check_reply_new ();
  self->started = g_get_monotonic_time ();
  self->deadline = qcc_deadline_new (on_deadline, task);
  qcc_deadline_start (self->deadline, limit_ms);
  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (on_cancelled), task, NULL);
      g_source_attach (self->cancelled, g_main_context_get_thread_default ());
    }

  self->attempt = qcc_attempt_new (target->endpoint, target->pool, target->watcher, &self->request, &limits, target->key);
  qcc_attempt_send_async (self->attempt, NULL, on_sent, g_object_ref (task));
}

/**
 * qcc_check_request_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): what came of it
 */
QccCheckReply *
qcc_check_request_finish (GAsyncResult *result,
                          GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
