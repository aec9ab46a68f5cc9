/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-attempt-private.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

/* The second half of an attempt: reading the answer. */

static void
on_readable (QccWatchEvents events,
             gpointer user_data)
{
  QccAttempt *self = user_data;

  self->func (self->func_data);
}

static gboolean
on_resume (gpointer user_data)
{
  QccAttempt *self = user_data;

  self->resume_id = 0;
  self->func (self->func_data);

  return G_SOURCE_REMOVE;
}

/**
 * qcc_attempt_start_reading:
 * @self: an attempt that has an answer
 * @func: called whenever qcc_attempt_read() may have something, until it would block
 * @user_data: for @func
 *
 * Sets or replaces the reader. The first call comes from the loop, not from here.
 */
void
qcc_attempt_start_reading (QccAttempt *self,
                           QccAttemptFunc func,
                           gpointer user_data)
{
  g_return_if_fail (QCC_IS_ATTEMPT (self));
  g_return_if_fail (self->state == QCC_ATTEMPT_READING);

  self->func = func;
  self->func_data = user_data;
  if (self->watch == NULL)
    self->watch = qcc_watch_new (self->watcher, self->connection->socket, QCC_WATCH_READ, on_readable, self);
  qcc_attempt_resume_reading (self);
}

/**
 * qcc_attempt_pause_reading:
 * @self: an attempt that is being read
 *
 * Stops calling the reader, and its idle limit: it is the client that is slow.
 */
void
qcc_attempt_pause_reading (QccAttempt *self)
{
  g_return_if_fail (QCC_IS_ATTEMPT (self));

  g_clear_handle_id (&self->resume_id, g_source_remove);
  if (self->watch != NULL)
    qcc_watch_set_events (self->watch, QCC_WATCH_NONE);
  qcc_deadline_stop (self->deadline);
  self->paused = TRUE;
}

/**
 * qcc_attempt_resume_reading:
 * @self: an attempt that is being read
 *
 * Calls the reader soon, and then whenever there is more. Bytes may wait in TLS or in libsoup
 * without the socket showing it.
 */
void
qcc_attempt_resume_reading (QccAttempt *self)
{
  g_return_if_fail (QCC_IS_ATTEMPT (self));
  g_return_if_fail (self->watch != NULL);

  qcc_watch_set_events (self->watch, QCC_WATCH_READ);
  if (self->paused)
    qcc_deadline_start (self->deadline, self->limits.idle);
  self->paused = FALSE;
  if (self->resume_id == 0)
    self->resume_id = g_idle_add_full (G_PRIORITY_DEFAULT, on_resume, self, NULL);
}

/* libsoup reports a chunked body that was cut between two chunks as complete. Then the
 * connection is at its end, which a complete body with keep-alive does not do. */
static gboolean
was_cut (QccAttempt *self)
{
  SoupMessageHeaders *headers = qcc_attempt_get_headers (self);
  GInputStream *input;
  char byte;

  if (soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CHUNKED || self->connection->stream == NULL ||
      soup_message_headers_header_contains (headers, "Connection", "close"))
    return FALSE;

  input = g_io_stream_get_input_stream (self->connection->stream);
  return G_IS_POLLABLE_INPUT_STREAM (input) &&
         g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (input), &byte, 1, NULL, NULL) == 0;
}

/**
 * qcc_attempt_read:
 * @self: an attempt that is being read
 * @buffer: (out): where to put bytes of the answer's body
 * @size: room in @buffer
 * @error: return location for an error
 *
 * Does not block. Possible errors: %G_IO_ERROR_WOULD_BLOCK, %QCC_ERROR_TIMED_OUT,
 * %G_IO_ERROR_PARTIAL_INPUT for an answer that was cut, and others of the connection.
 *
 * Returns: the number of bytes, 0 at the end of the answer, -1 for an error
 */
gssize
qcc_attempt_read (QccAttempt *self,
                  char *buffer,
                  gsize size,
                  GError **error)
{
  gssize length;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (QCC_IS_ATTEMPT (self), -1);
  g_return_val_if_fail (self->state == QCC_ATTEMPT_READING, -1);

  if (self->read_error == NULL && self->expired)
    g_set_error_literal (&self->read_error, QCC_ERROR, QCC_ERROR_TIMED_OUT, _ ("the answer fell silent"));
  if (self->read_error != NULL)
    {
      g_propagate_error (error, g_error_copy (self->read_error));
      return -1;
    }
  if (self->body_complete)
    return 0;

  length = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (self->body), buffer, size, NULL, &local_error);
  if (length > 0)
    {
      qcc_deadline_push_back (self->deadline);
      return length;
    }
  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return -1;
    }

  qcc_deadline_stop (self->deadline);
  if (length == 0 && was_cut (self))
    g_set_error_literal (&local_error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, _ ("the answer was cut"));
  if (local_error == NULL)
    {
      self->body_complete = TRUE;
      return 0;
    }

  self->read_error = g_error_copy (local_error);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return -1;
}

/**
 * qcc_attempt_forget_request:
 * @self: an attempt whose answer will be used
 *
 * Lets go of the request's body, which is not needed again.
 */
void
qcc_attempt_forget_request (QccAttempt *self)
{
  g_return_if_fail (QCC_IS_ATTEMPT (self));

  self->request.body = NULL;
  soup_message_set_request_body (self->message, NULL, NULL, 0);
}

/**
 * qcc_attempt_expect_stream:
 * @self: an attempt that is being read
 *
 * The first sign of life was there: from now on the idle limit holds instead of the one for the
 * first byte.
 */
void
qcc_attempt_expect_stream (QccAttempt *self)
{
  g_return_if_fail (QCC_IS_ATTEMPT (self));

  if (!self->body_complete)
    qcc_deadline_start (self->deadline, self->limits.idle);
}

/**
 * qcc_attempt_close:
 * @self: an attempt
 *
 * Ends it. The connection is kept when the answer was read to its end, else closed at once. The
 * reader is not called any more; a sending that is under way reports %G_IO_ERROR_CANCELLED.
 */
void
qcc_attempt_close (QccAttempt *self)
{
  g_return_if_fail (QCC_IS_ATTEMPT (self));

  if (self->state == QCC_ATTEMPT_CLOSED)
    return;

  qcc_attempt_set_state (self, QCC_ATTEMPT_CLOSED);
  qcc_deadline_stop (self->deadline);
  g_clear_handle_id (&self->resume_id, g_source_remove);
  self->func = NULL;
  g_cancellable_cancel (self->cancellable);
  qcc_attempt_drop_connection (self, self->body_complete);
}
