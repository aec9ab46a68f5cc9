/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-key-input.h"

#include <sys/stat.h>

#include <gio/gunixfdlist.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "common/qcc-error.h"
#include "common/qcc-secure-memory.h"
#include "service/qcc-deadline.h"

/* Whoever sends a key has it at hand. */
#define LIMIT_MS (10 * 1000)

/* A line end of two bytes, and one byte more to see that there is too much. */
#define BUFFER_SIZE (QCC_SECRET_KEY_MAX + 3)

typedef struct
{
  GInputStream *stream;      /* (owned) */
  GCancellable *cancellable; /* (owned) */
  QccDeadline *deadline;     /* (owned) */
  guint8 *buffer;            /* (owned): secure memory */
  gsize length;
} KeyInput;

static void
key_input_free (gpointer data)
{
  KeyInput *self = data;

  g_clear_pointer (&self->deadline, qcc_deadline_free);
  g_clear_object (&self->stream);
  g_clear_object (&self->cancellable);
  qcc_secure_memory_free (self->buffer, BUFFER_SIZE);
  g_free (self);
}

static gboolean
is_file_or_pipe (int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 && (S_ISREG (info.st_mode) || S_ISFIFO (info.st_mode));
}

static GInputStream *
open_stream (GDBusMessage *message,
             guint handle,
             GError **error)
{
  GUnixFDList *list = g_dbus_message_get_unix_fd_list (message);
  int fd = -1;

  if (list != NULL && handle < (guint) g_unix_fd_list_get_length (list))
    fd = g_unix_fd_list_get (list, (int) handle, NULL);

  if (fd < 0 || !is_file_or_pipe (fd))
    {
      g_set_error_literal (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                           _ ("The key must come from a file or a pipe."));
      if (fd >= 0)
        g_close (fd, NULL);
      return NULL;
    }

  return g_unix_input_stream_new (fd, TRUE);
}

static void
return_key (GTask *task)
{
  KeyInput *self = g_task_get_task_data (task);
  GError *error = NULL;
  QccSecret *key = qcc_secret_new_key ((const char *) self->buffer, (gssize) self->length, &error);

  if (key != NULL)
    g_task_return_pointer (task, key, (GDestroyNotify) qcc_secret_unref);
  else
    g_task_return_error (task, error);
}

static void read_on (GTask *task);

static void
on_read (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KeyInput *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  gssize length = g_input_stream_read_finish (self->stream, result, &error);

  if (length < 0)
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_task_return_new_error (task, QCC_ERROR, QCC_ERROR_TIMED_OUT,
                                 _ ("The key did not come within %d seconds. Close the pipe after writing it."),
                                 LIMIT_MS / 1000);
      else
        g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  self->length += (gsize) length;
  if (length == 0 || self->length == BUFFER_SIZE)
    return_key (task);
  else
    read_on (g_steal_pointer (&task));
}

static void
read_on (GTask *task)
{
  KeyInput *self = g_task_get_task_data (task);

  g_input_stream_read_async (self->stream, self->buffer + self->length, BUFFER_SIZE - self->length,
                             G_PRIORITY_DEFAULT, self->cancellable, on_read, task);
}

static void
on_deadline (gpointer user_data)
{
  KeyInput *self = user_data;

  g_cancellable_cancel (self->cancellable);
}

/**
 * qcc_key_input_read_async:
 * @message: (transfer none): a message that carries file descriptors
 * @handle: which of them
 * @callback: called when the key was read
 * @user_data: for @callback
 *
 * Reads a key from the file or pipe that somebody has sent.
 */
void
qcc_key_input_read_async (GDBusMessage *message,
                          guint handle,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GInputStream) stream = NULL;
  GError *error = NULL;
  KeyInput *self;

  g_return_if_fail (G_IS_DBUS_MESSAGE (message));

  task = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_key_input_read_async);
  stream = open_stream (message, handle, &error);
  if (stream == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  self = g_new0 (KeyInput, 1);
  self->stream = g_steal_pointer (&stream);
  self->cancellable = g_cancellable_new ();
  self->buffer = qcc_secure_memory_alloc (BUFFER_SIZE);
  self->deadline = qcc_deadline_new (on_deadline, self);
  g_task_set_task_data (task, self, key_input_free);
  qcc_deadline_start (self->deadline, LIMIT_MS);
  read_on (g_steal_pointer (&task));
}

/**
 * qcc_key_input_read_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT, %QCC_ERROR_TIMED_OUT, %G_IO_ERROR codes of reading.
 *
 * Returns: (transfer full): a key that qcc_secret_check_key() accepts
 */
QccSecret *
qcc_key_input_read_finish (GAsyncResult *result,
                           GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
