/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-key-file-io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "common/qcc-error.h"
#include "common/qcc-secure-memory.h"

#define KEY_FILE_MODE 0600
#define KEY_DIRECTORY_MODE 0700

/* Room for a key of the largest size for each endpoint that the profile file can have, twice. */
#define KEY_FILE_SIZE_MAX (8 * 1024 * 1024)

/* A descriptor that closes itself: -1 is none. */
typedef int Descriptor;

static void
descriptor_close (Descriptor *fd)
{
  if (*fd >= 0)
    g_close (*fd, NULL);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Descriptor, descriptor_close)

void
qcc_key_file_lock_clear (QccKeyFileLock *lock)
{
  descriptor_close (lock);
}

void
qcc_key_file_content_clear (QccKeyFileContent *self)
{
  if (self->text != NULL)
    qcc_secure_memory_free (self->text, self->size);
}

static gboolean
fail_not_regular (const char *path,
                  GError **error)
{
  g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED, _ ("the key file %s is not a regular file; remove it"), path);
  return FALSE;
}

static gboolean
fail_with_errno (const char *path,
                 int saved_errno,
                 GError **error)
{
  /* What O_NOFOLLOW makes of a symbolic link. */
  if (saved_errno == ELOOP)
    return fail_not_regular (path, error);

  g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
               _ ("the key file %s cannot be used: %s; mend that, or remove the file and set the keys anew"), path,
               g_strerror (saved_errno));
  return FALSE;
}

/* Judges the file that is open, so that it cannot be exchanged in between. */
static gboolean
check_safe (const char *path,
            const struct stat *info,
            GError **error)
{
  g_autofree char *quoted = NULL;

  if (!S_ISREG (info->st_mode))
    return fail_not_regular (path, error);

  if (info->st_uid != geteuid ())
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
                   _ ("the key file %s belongs to another user, so it is not used; remove it and set the keys anew"),
                   path);
      return FALSE;
    }

  if ((info->st_mode & 077) != 0)
    {
      quoted = g_shell_quote (path);
      g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
                   _ ("others can read the key file, so it is not used; run: chmod 600 %s"), quoted);
      return FALSE;
    }

  if (info->st_size > KEY_FILE_SIZE_MAX)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("the key file %s is larger than %d MiB; remove it and set the keys anew"), path,
                   KEY_FILE_SIZE_MAX / (1024 * 1024));
      return FALSE;
    }

  return TRUE;
}

/* Who can write to the folder can put another file in the place of the one that was judged. */
static gboolean
check_folder (const char *path,
              GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *quoted = g_shell_quote (folder);
  struct stat info;

  if (stat (folder, &info) != 0)
    return errno == ENOENT ? TRUE : fail_with_errno (folder, errno, error);

  if (info.st_uid != geteuid () && info.st_uid != 0)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
                   _ ("the folder of the key file, %s, belongs to another user, so the file is not used"), folder);
      return FALSE;
    }

  if ((info.st_mode & 022) != 0)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
                   _ ("others can write to the folder of the key file, so it is not used; run: chmod 700 %s"), quoted);
      return FALSE;
    }

  return TRUE;
}

/**
 * qcc_key_file_io_read:
 * @path: (type filename): the file
 * @content: (out caller-allocates): gets the content; no text when there is no file
 * @error: return location for an error
 *
 * Judges the folder first, then the file that it has open, so that nothing can be exchanged in between.
 *
 * Possible errors: %QCC_ERROR_REFUSED when others can read or exchange the file, %QCC_ERROR_CORRUPT when it is
 * too large, %QCC_ERROR_UNAVAILABLE.
 *
 * Returns: whether the file was read or does not exist
 */
gboolean
qcc_key_file_io_read (const char *path,
                      QccKeyFileContent *content,
                      GError **error)
{
  g_auto (Descriptor) fd = -1;
  struct stat info;

  if (!check_folder (path, error))
    return FALSE;

  fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0);
  if (fd < 0)
    return errno == ENOENT ? TRUE : fail_with_errno (path, errno, error);

  if (fstat (fd, &info) != 0)
    return fail_with_errno (path, errno, error);
  if (!check_safe (path, &info, error))
    return FALSE;

  content->size = (gsize) info.st_size + 1;
  content->text = qcc_secure_memory_alloc (content->size);
  while (content->length < (gsize) info.st_size)
    {
      gssize n_read = read (fd, content->text + content->length, (gsize) info.st_size - content->length);

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        return fail_with_errno (path, errno, error);
      if (n_read == 0)
        break;
      content->length += (gsize) n_read;
    }

  return TRUE;
}

/* Makes the new name of the file last, as well as the system can, also when the power fails. */
static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_auto (Descriptor) fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd >= 0)
    fsync (fd);
}

/**
 * qcc_key_file_io_replace:
 * @path: (type filename): the file
 * @text: the new content
 * @length: its length in bytes
 * @error: return location for an error
 *
 * Replaces the file as a whole. Called with the lock held, so there is one writer, and the temporary file can have a
 * fixed name: what a kill left behind is replaced by the next change.
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE; the file is then as it was before.
 *
 * Returns: whether the file is replaced
 */
gboolean
qcc_key_file_io_replace (const char *path,
                         const char *text,
                         gsize length,
                         GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".new", NULL);
  g_autofree char *reason = NULL;
  g_autoptr (GError) local_error = NULL;
  gboolean written;

  g_remove (temporary);
  /* lint: allow loop: runs on worker threads only */
  written = g_file_set_contents_full (temporary, text, (gssize) length, G_FILE_SET_CONTENTS_DURABLE, KEY_FILE_MODE,
                                      &local_error);
  if (written && g_rename (temporary, path) == 0)
    {
      sync_folder (path);
      return TRUE;
    }

  /* Without an error of writing it was the renaming. */
  reason = g_strdup (written ? g_strerror (errno) : local_error->message);
  g_remove (temporary);
  g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
               _ ("the key file cannot be written: %s; make room or mend the folder, then try again"), reason);
  return FALSE;
}

/**
 * qcc_key_file_io_lock:
 * @path: (type filename): the file; its folder is created when needed
 * @error: return location for an error
 *
 * Waits until no other thread or program changes the file. The lock is on a file of its own, since the key file is
 * replaced by each change.
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE, %QCC_ERROR_REFUSED.
 *
 * Returns: (transfer full): what qcc_key_file_lock_clear() takes, -1 on error
 */
QccKeyFileLock
qcc_key_file_io_lock (const char *path,
                      GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *lock_path = g_strconcat (path, ".lock", NULL);
  g_auto (Descriptor) fd = -1;
  QccKeyFileLock locked;
  int result;

  if (g_mkdir_with_parents (directory, KEY_DIRECTORY_MODE) != 0)
    {
      fail_with_errno (path, errno, error);
      return -1;
    }

  fd = g_open (lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, KEY_FILE_MODE);
  if (fd < 0)
    {
      fail_with_errno (lock_path, errno, error);
      return -1;
    }

  do
    result = flock (fd, LOCK_EX);
  while (result != 0 && errno == EINTR);

  if (result != 0)
    {
      fail_with_errno (lock_path, errno, error);
      return -1;
    }

  locked = fd;
  fd = -1;
  return locked;
}
