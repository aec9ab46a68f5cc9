/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store-state.h"

#include <errno.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "common/qcc-error.h"
#include "service/qcc-store-file.h"

struct _QccStoreState
{
  char *path;              /* (owned) */
  QccStoreFile *file;      /* (owned) (nullable): %NULL when it cannot be used now */
  QccActiveRecord *active; /* (owned) (nullable): as it was read or saved last */
  gboolean dirty;          /* @active is not in the file */
  char *loss;              /* (owned) (nullable): what was lost when it was opened, for people */
  char *trouble;           /* (owned) (nullable): what is wrong now, for people */
};

/**
 * qcc_store_state_new:
 * @path: where the file is or shall be
 *
 * Returns: (transfer full): a state that has not looked at its file
 */
QccStoreState *
qcc_store_state_new (const char *path)
{
  QccStoreState *self;

  g_return_val_if_fail (path != NULL, NULL);

  self = g_new0 (QccStoreState, 1);
  self->path = g_strdup (path);

  return self;
}

/**
 * qcc_store_state_free:
 * @self: (transfer full): a state that is closed, or of which nothing more shall be kept
 */
void
qcc_store_state_free (QccStoreState *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->file, qcc_store_file_close);
  g_clear_pointer (&self->active, qcc_active_record_free);
  g_free (self->loss);
  g_free (self->trouble);
  g_free (self->path);
  g_free (self);
}

/* A name beside the file that nothing has. The clock may have been set back, so the time alone is not enough. */
static char *
choose_name_aside (QccStoreState *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%dT%H%M%SZ");

  for (guint i = 1;; i++)
    {
      g_autofree char *name = i == 1 ? g_strdup_printf ("%s.damaged-%s", self->path, stamp) : g_strdup_printf ("%s.damaged-%s-%u", self->path, stamp, i);

      if (!g_file_test (name, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&name);
    }
}

/* The file first: what is beside it means nothing without it, and SQLite drops it for a new file. */
static gboolean
set_aside (QccStoreState *self)
{
  const char *const suffixes[] = { "", "-wal", "-shm" };
  g_autofree char *aside = choose_name_aside (self);
  g_autofree char *name = g_path_get_basename (aside);

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *from = g_strconcat (self->path, suffixes[i], NULL);
      g_autofree char *to = g_strconcat (aside, suffixes[i], NULL);

      if (g_rename (from, to) == 0 || (i > 0 && errno == ENOENT))
        continue;

      g_clear_pointer (&self->trouble, g_free);
      self->trouble = g_strdup_printf (_ ("The state file %s is damaged and cannot be set aside: %s. Move it away; until then "
                                          "the active profile is kept in memory only."),
                                       self->path, g_strerror (errno));
      return FALSE;
    }

  g_free (self->loss);
  self->loss = g_strdup_printf (_ ("The state file %s was damaged. It is kept as %s, and a new one was begun."),
                                self->path, name);
  return TRUE;
}

static void
note_trouble (QccStoreState *self,
              const GError *error)
{
  g_free (self->trouble);
  if (g_error_matches (error, QCC_ERROR, QCC_ERROR_REFUSED))
    self->trouble = g_strdup_printf (_ ("The state file %s was written by a newer QCC and is left alone. Update QCC; until then "
                                        "the active profile is kept in memory only."),
                                     self->path);
  else
    self->trouble = g_strdup_printf (_ ("The state file %s cannot be written: %s. Until it can, the active profile is kept in "
                                        "memory only."),
                                     self->path, error->message);
}

/* Opens the file and takes over what it holds, unless something newer waits to be written. */
static gboolean
open_file (QccStoreState *self,
           GError **error)
{
  g_autoptr (QccStoreFile) file = qcc_store_file_open (self->path, error);
  g_autoptr (QccActiveRecord) record = NULL;

  if (file == NULL || !qcc_store_file_read_active (file, &record, error))
    return FALSE;

  self->file = g_steal_pointer (&file);
  if (!self->dirty)
    {
      g_clear_pointer (&self->active, qcc_active_record_free);
      self->active = g_steal_pointer (&record);
    }

  return TRUE;
}

/**
 * qcc_store_state_open:
 * @self: a state
 *
 * Opens the file where that was not done yet, or failed. A damaged one is set aside and a new one begun. Where
 * it cannot be written, what it holds is read all the same if possible, and the notice says so.
 */
void
qcc_store_state_open (QccStoreState *self)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (self != NULL);

  if (self->file != NULL)
    return;

  if (!open_file (self, &error) && g_error_matches (error, QCC_ERROR, QCC_ERROR_CORRUPT))
    {
      if (!set_aside (self))
        return;
      g_clear_error (&error);
      open_file (self, &error);
    }

  if (error == NULL)
    {
      g_clear_pointer (&self->trouble, g_free);
      return;
    }

  note_trouble (self, error);
  if (self->active == NULL)
    qcc_store_file_peek_active (self->path, &self->active, NULL);
}

static gboolean
flush (QccStoreState *self,
       GError **error)
{
  g_autoptr (GError) local_error = NULL;

  qcc_store_state_open (self);
  if (self->file == NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, "%s", self->trouble);
      return FALSE;
    }

  if (!qcc_store_file_write_active (self->file, self->active, &local_error))
    {
      /* The next save opens it anew, and looks then at what is wrong with it. */
      g_clear_pointer (&self->file, qcc_store_file_close);
      note_trouble (self, local_error);
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, "%s", self->trouble);
      return FALSE;
    }

  self->dirty = FALSE;
  return TRUE;
}

/**
 * qcc_store_state_close:
 * @self: a state
 *
 * Tries once more to write what could not be written, and closes the file.
 */
void
qcc_store_state_close (QccStoreState *self)
{
  g_return_if_fail (self != NULL);

  if (self->dirty)
    flush (self, NULL);
  g_clear_pointer (&self->file, qcc_store_file_close);
}

/**
 * qcc_store_state_get_active:
 * @self: a state
 *
 * Returns: (transfer none) (nullable): the record, %NULL when none was ever saved
 */
const QccActiveRecord *
qcc_store_state_get_active (QccStoreState *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->active;
}

/**
 * qcc_store_state_save_active:
 * @self: a state
 * @record: the record, in the place of the one before
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE when it could not be written and is kept in memory only; the next
 * save and the end try again.
 *
 * Returns: whether it is on the disk
 */
gboolean
qcc_store_state_save_active (QccStoreState *self,
                             const QccActiveRecord *record,
                             GError **error)
{
  QccActiveRecord *copy;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (record != NULL, FALSE);

  copy = qcc_active_record_copy (record);
  g_clear_pointer (&self->active, qcc_active_record_free);
  self->active = copy;
  self->dirty = TRUE;

  return flush (self, error);
}

/**
 * qcc_store_state_get_notice:
 * @self: a state
 *
 * Returns: (transfer none) (nullable): what the user should know of the file, %NULL when all is well
 */
const char *
qcc_store_state_get_notice (QccStoreState *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->trouble != NULL ? self->trouble : self->loss;
}
