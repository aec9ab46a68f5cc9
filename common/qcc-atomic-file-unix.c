/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "common/qcc-error.h"

#define FILE_MODE 0600
#define FOLDER_MODE 0700

/* What the name of an unfinished file ends with; nobody else's file is called like that. */
#define UNFINISHED ".qcc-new-"
#define UNFINISHED_RANDOM "XXXXXX"

/* As many symbolic links in a row as Linux follows. */
#define LINKS_MAX 40

/* A descriptor that closes itself: -1 is none. */
typedef int Descriptor;

static void
descriptor_close (Descriptor *fd)
{
  if (*fd >= 0)
    g_close (*fd, NULL);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Descriptor, descriptor_close)

static gboolean
fail_read (const char *path,
           int saved_errno,
           GError **error)
{
  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (saved_errno), _ ("%s cannot be read: %s"), path,
               g_strerror (saved_errno));
  return FALSE;
}

static const char *
advise (int saved_errno)
{
  switch (saved_errno)
    {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return _ ("free some space on its disk, then try again");
    case EROFS:
    case EACCES:
    case EPERM:
      return _ ("make its folder writable, then try again");
    default:
      return _ ("mend that, then try again");
    }
}

static gboolean
fail_write (const char *path,
            int saved_errno,
            GError **error)
{
  /* Translators: a file name, what the system says, and what to do. */
  g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("%s cannot be written: %s; %s"), path,
               g_strerror (saved_errno), advise (saved_errno));
  return FALSE;
}

/* Reads up to @size bytes; a file that is shorter by now gives fewer. */
static gboolean
read_all (int fd,
          guint8 *data,
          gsize size,
          gsize *out_length)
{
  *out_length = 0;
  while (*out_length < size)
    {
      gssize n_read = read (fd, data + *out_length, size - *out_length);

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        return FALSE;
      if (n_read == 0)
        break;
      *out_length += (gsize) n_read;
    }

  return TRUE;
}

/**
 * qcc_atomic_file_read:
 * @path: (type filename): the file; symbolic links are followed
 * @size_max: the most that it may hold, in bytes
 * @error: return location for an error
 *
 * Never waits for anybody, whatever @path is.
 *
 * Possible errors: %G_IO_ERROR_NOT_FOUND, %G_IO_ERROR_NOT_REGULAR_FILE, %G_IO_ERROR_MESSAGE_TOO_LARGE, and
 * those of the system as %G_IO_ERROR codes.
 *
 * Returns: (transfer full): its content
 */
GBytes *
qcc_atomic_file_read (const char *path,
                      gsize size_max,
                      GError **error)
{
  g_auto (Descriptor) fd = -1;
  g_autofree guint8 *data = NULL;
  gsize length;
  struct stat info;

  g_return_val_if_fail (path != NULL, NULL);

  fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
  if (fd < 0 || fstat (fd, &info) != 0)
    {
      fail_read (path, errno, error);
      return NULL;
    }

  if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _ ("%s is not a regular file"), path);
      return NULL;
    }

  if ((guint64) info.st_size > size_max)
    {
      g_autofree char *allowed = g_strdup_printf ("%" G_GSIZE_FORMAT, size_max);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                   _ ("%s is larger than the %s bytes that it may have"), path, allowed);
      return NULL;
    }

  data = g_malloc ((gsize) info.st_size + 1);
  if (!read_all (fd, data, (gsize) info.st_size, &length))
    {
      fail_read (path, errno, error);
      return NULL;
    }

  return g_bytes_new_take (g_steal_pointer (&data), length);
}

/**
 * qcc_atomic_file_resolve:
 * @path: (type filename): a file that need not exist
 *
 * Follows the symbolic links that @path itself is, as long as they are links; where the last one leads
 * there need not be a file yet.
 *
 * Returns: (transfer full) (type filename): the file that has to be replaced so that the links stay
 */
char *
qcc_atomic_file_resolve (const char *path)
{
  g_autofree char *current = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  current = g_strdup (path);
  for (guint i = 0; i < LINKS_MAX; i++)
    {
      g_autofree char *target = g_file_read_link (current, NULL);
      g_autofree char *folder = NULL;

      if (target == NULL)
        break;

      folder = g_path_get_dirname (current);
      g_free (current);
      current = g_canonicalize_filename (target, folder);
    }

  return g_steal_pointer (&current);
}

/*
 * Opens the folder and lets only one writer in. Some network file systems cannot lock a folder; there only
 * the comparison of the content tells two writers apart.
 */
static Descriptor
open_and_lock (const char *folder,
               GError **error)
{
  Descriptor fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  int result;

  if (fd < 0)
    {
      fail_write (folder, errno, error);
      return -1;
    }

  do
    result = flock (fd, LOCK_EX);
  while (result != 0 && errno == EINTR);

  return fd;
}

static gboolean
check_unchanged (const char *path,
                 GBytes *expected,
                 GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GBytes) found = qcc_atomic_file_read (path, expected != NULL ? g_bytes_get_size (expected) : 0,
                                                   &local_error);
  gboolean is_missing = g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);

  if (expected == NULL ? is_missing : found != NULL && g_bytes_equal (found, expected))
    return TRUE;

  if (found != NULL || is_missing || g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG, _ ("%s was changed by another program"), path);
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
write_all (int fd,
           GBytes *content)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (content, &length);

  while (length > 0)
    {
      gssize n_written = write (fd, data, length);

      if (n_written < 0 && errno == EINTR)
        continue;
      if (n_written < 0)
        return FALSE;
      data += n_written;
      length -= (gsize) n_written;
    }

  return TRUE;
}

/* Returns (transfer full) (nullable): the complete file beside @path, with the permissions of the old one. */
static char *
write_beside (const char *path,
              const char *folder,
              GBytes *content,
              GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *beside = g_strdup_printf ("%s/.%s" UNFINISHED UNFINISHED_RANDOM, folder, name);
  g_auto (Descriptor) fd = g_mkstemp_full (beside, O_WRONLY | O_CLOEXEC, FILE_MODE);
  struct stat info;
  mode_t mode = FILE_MODE;

  if (fd < 0)
    {
      fail_write (path, errno, error);
      return NULL;
    }

  if (stat (path, &info) == 0)
    mode = info.st_mode & 0777;

  if (!write_all (fd, content) || fchmod (fd, mode) != 0 || fsync (fd) != 0)
    {
      fail_write (path, errno, error);
      g_unlink (beside);
      return NULL;
    }

  return g_steal_pointer (&beside);
}

/**
 * qcc_atomic_file_replace:
 * @path: (type filename): the file; where it is a symbolic link, the file that it leads to is replaced
 * @expected: (nullable): what the file is known to hold, or %NULL when there must not be one
 * @content: what it shall hold
 * @error: return location for an error
 *
 * Writes a new file into the same folder, to the disk, and renames it. The file keeps its permissions; a
 * new one is for its owner only, as is the folder when it has to be created.
 *
 * Possible errors: %G_IO_ERROR_WRONG_ETAG when the file does not hold @expected; %QCC_ERROR_UNAVAILABLE with
 * what to do when it cannot be written; those of qcc_atomic_file_read(). The file is then as it was.
 *
 * Returns: whether the file holds @content
 */
gboolean
qcc_atomic_file_replace (const char *path,
                         GBytes *expected,
                         GBytes *content,
                         GError **error)
{
  g_autofree char *resolved = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *beside = NULL;
  g_auto (Descriptor) folder_fd = -1;

  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (content != NULL, FALSE);

  resolved = qcc_atomic_file_resolve (path);
  folder = g_path_get_dirname (resolved);
  if (g_mkdir_with_parents (folder, FOLDER_MODE) != 0)
    return fail_write (folder, errno, error);

  folder_fd = open_and_lock (folder, error);
  if (folder_fd < 0 || !check_unchanged (resolved, expected, error))
    return FALSE;

  beside = write_beside (resolved, folder, content, error);
  if (beside == NULL)
    return FALSE;

  if (g_rename (beside, resolved) != 0)
    {
      fail_write (resolved, errno, error);
      g_unlink (beside);
      return FALSE;
    }

  /* The new file is in place; where its folder cannot be flushed there is nothing to take back. */
  fsync (folder_fd);
  return TRUE;
}

static gboolean
is_unfinished (const char *name)
{
  const char *mark = g_strrstr (name, UNFINISHED);

  return *name == '.' && mark != NULL && strlen (mark) == strlen (UNFINISHED UNFINISHED_RANDOM);
}

/**
 * qcc_atomic_file_remove_leftovers:
 * @folder: (type filename): a folder that need not exist
 *
 * Removes what killed programs left of files that they had not finished. Those that are being written at
 * this moment stay.
 */
void
qcc_atomic_file_remove_leftovers (const char *folder)
{
  g_auto (Descriptor) folder_fd = -1;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  g_return_if_fail (folder != NULL);

  dir = g_dir_open (folder, 0, NULL);
  if (dir == NULL)
    return;

  /* Whoever writes one holds the lock. */
  folder_fd = open_and_lock (folder, NULL);
  while (folder_fd >= 0 && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (is_unfinished (name))
        g_unlink (path);
    }
}
