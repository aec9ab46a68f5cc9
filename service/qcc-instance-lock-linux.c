/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-instance-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "common/qcc-error.h"

#define DIRECTORY_MODE 0700
#define FILE_MODE 0600

/**
 * QccInstanceLock:
 *
 * The right to be the one service of a user and home, and so the one writer of its files (spec
 * 16.1). It is a flock(2), which ends with the process however that ends: a file that is left
 * behind locks nobody out. Children do not inherit it.
 */
struct _QccInstanceLock
{
  int fd; /* -1 where no folder can be locked in */
};

/* What the thread works with. */
typedef struct
{
  char *path;     /* (owned): the file that was asked for */
  char *fallback; /* (owned): where the first cannot be used */
  gboolean wait;
} Request;

static void
request_free (gpointer data)
{
  Request *self = data;

  g_free (self->path);
  g_free (self->fallback);
  g_free (self);
}

/* The first place is one for each home, and so must be the second: several homes may share a runtime
 * folder. */
static char *
create_fallback_path (const char *path)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, path, -1);
  g_autofree char *name = g_strdup_printf ("lock-%.16s", digest);

  return g_build_filename (g_get_user_runtime_dir (), "qcc", name, NULL);
}

/* Returns -1 with errno where there is no file to be had. One that is there but cannot be written
 * does as well. */
static int
open_file (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd;

  g_mkdir_with_parents (directory, DIRECTORY_MODE);
  fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, FILE_MODE);

  return fd >= 0 ? fd : g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
}

/* Returns 0 for a process that did not say. */
static int
read_pid (int fd)
{
  char text[16];
  gssize length = pread (fd, text, sizeof text - 1, 0);
  guint64 pid = 0;

  if (length <= 0)
    return 0;

  text[length] = '\0';
  g_strchomp (text);

  return g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT, &pid, NULL) ? (int) pid : 0;
}

/* Only for messages, so it does no harm where it fails. */
static void
write_pid (int fd)
{
  g_autofree char *text = g_strdup_printf ("%d\n", (int) getpid ());
  gsize length = strlen (text);

  if (ftruncate (fd, 0) != 0 || pwrite (fd, text, length, 0) != (gssize) length)
    g_debug ("The number of this process is not in its lock file: %s", g_strerror (errno));
}

static void
set_taken (int pid,
           GError **error)
{
  if (pid > 0)
    g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
                 _ ("Another QCC (pid %d) is running for this user and home; “qcc-service --replace” takes its place"), pid);
  else
    g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
                 _ ("Another QCC is running for this user and home; “qcc-service --replace” takes its place"));
}

/* Returns whether @path decides: the lock is held in @out_fd, or @error says who has it. */
static gboolean
lock_file (const char *path,
           gboolean wait,
           int *out_fd,
           GError **error)
{
  int fd = open_file (path);
  int result;

  if (fd < 0)
    {
      g_debug ("%s cannot be the lock: %s", path, g_strerror (errno));
      return FALSE;
    }

  do
    result = flock (fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);

  if (result == 0)
    {
      write_pid (fd);
      *out_fd = fd;
      return TRUE;
    }

  if (errno == EWOULDBLOCK)
    {
      set_taken (read_pid (fd), error);
      g_close (fd, NULL);
      return TRUE;
    }

  /* A file system without locks. */
  g_debug ("%s cannot be locked: %s", path, g_strerror (errno));
  g_close (fd, NULL);
  return FALSE;
}

static void
acquire_in_thread (GTask *task,
                   gpointer source,
                   gpointer task_data,
                   GCancellable *cancellable)
{
  Request *request = task_data;
  g_autoptr (QccInstanceLock) self = g_new0 (QccInstanceLock, 1);
  g_autoptr (GError) error = NULL;

  self->fd = -1;
  if (!lock_file (request->path, request->wait, &self->fd, &error) &&
      !lock_file (request->fallback, request->wait, &self->fd, &error))
    g_warning (_ ("Neither %s nor %s can be locked; do not start a second QCC for this home, since both would write its files"),
               request->path, request->fallback);

  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, g_steal_pointer (&self), (GDestroyNotify) qcc_instance_lock_free);
}

/**
 * qcc_instance_lock_acquire_async:
 * @file: (transfer none): the lock file, a local one, `$XDG_STATE_HOME/qcc/lock`; it and its folder are created
 * @wait: whether to wait until the other instance lets go, as `--replace` does
 * @cancellable: (nullable): ends the waiting
 * @callback: called when it is decided
 * @user_data: for @callback
 *
 * Where @file cannot be used (a read-only home), a file in the runtime folder is the lock; where
 * that is not possible either, a warning says so and the lock is not held. The instance that is
 * replaced lets go last of all, after its port and its files.
 */
void
qcc_instance_lock_acquire_async (GFile *file,
                                 gboolean wait,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Request *request;

  g_return_if_fail (G_IS_FILE (file) && g_file_is_native (file));

  request = g_new0 (Request, 1);
  request->path = g_file_get_path (file);
  request->fallback = create_fallback_path (request->path);
  request->wait = wait;

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_instance_lock_acquire_async);
  g_task_set_task_data (task, request, request_free);
  /* Nothing wakes a thread that waits in flock(2). A lock that it gets after all is let go at once. */
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, acquire_in_thread);
}

/**
 * qcc_instance_lock_acquire_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_REFUSED when another instance has it, with its process number and what to
 * do; %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the lock, also where none can be had
 */
QccInstanceLock *
qcc_instance_lock_acquire_finish (GAsyncResult *result,
                                  GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, qcc_instance_lock_acquire_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * qcc_instance_lock_is_held:
 * @self: a lock
 *
 * Returns: %FALSE where no folder can be locked in, so that a second instance would not be noticed
 */
gboolean
qcc_instance_lock_is_held (const QccInstanceLock *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->fd >= 0;
}

/**
 * qcc_instance_lock_free:
 * @self: (transfer full): a lock
 *
 * Lets go of it. The file stays: removing it would let two instances lock two files of one name.
 */
void
qcc_instance_lock_free (QccInstanceLock *self)
{
  g_return_if_fail (self != NULL);

  if (self->fd >= 0)
    g_close (self->fd, NULL);
  g_free (self);
}
