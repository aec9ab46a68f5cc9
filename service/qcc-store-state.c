/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store-state.h"

#include <errno.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "common/qcc-error.h"

struct _QccStoreState
{
  char *path;               /* (owned) */
  QccStoreFile *file;       /* (owned) (nullable): %NULL when it cannot be used now */
  QccStoreFile *copy;       /* (owned) (nullable): of what it held when it could not be used */
  gboolean damaged;         /* it was found damaged while it was used */
  QccActiveRecord *active;  /* (owned) (nullable): as it is in the file */
  QccStorePending *pending; /* (owned): what is not */
  char *loss;               /* (owned) (nullable): what was lost when it was opened, for people */
  char *trouble;            /* (owned) (nullable): what is wrong now, for people */
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
  self->pending = qcc_store_pending_new ();

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
  g_clear_pointer (&self->copy, qcc_store_file_close);
  g_clear_pointer (&self->active, qcc_active_record_free);
  g_clear_pointer (&self->pending, qcc_store_pending_free);
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
                                          "the state is kept in memory only."),
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
                                        "the state is kept in memory only."),
                                     self->path);
  else
    self->trouble = g_strdup_printf (_ ("The state file %s cannot be written: %s. Until it can, the state is kept in memory "
                                        "only."),
                                     self->path, error->message);
}

static gboolean
open_file (QccStoreState *self,
           GError **error)
{
  g_autoptr (QccStoreFile) file = qcc_store_file_open (self->path, error);
  g_autoptr (QccActiveRecord) record = NULL;

  if (file == NULL || !qcc_store_file_read_active (file, &record, error))
    return FALSE;

  self->file = g_steal_pointer (&file);
  g_clear_pointer (&self->copy, qcc_store_file_close);
  g_clear_pointer (&self->active, qcc_active_record_free);
  self->active = g_steal_pointer (&record);

  return TRUE;
}

/* A later save looks again; until then, what it holds is better than nothing. */
static void
open_copy (QccStoreState *self)
{
  if (self->copy == NULL)
    self->copy = qcc_store_file_open_copy (self->path, NULL);
  if (self->copy != NULL && self->active == NULL)
    qcc_store_file_read_active (self->copy, &self->active, NULL);
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

  if (!self->damaged && !open_file (self, &error))
    self->damaged = g_error_matches (error, QCC_ERROR, QCC_ERROR_CORRUPT);
  if (self->damaged)
    {
      if (!set_aside (self))
        return;
      self->damaged = FALSE;
      g_clear_error (&error);
      open_file (self, &error);
    }

  if (error == NULL)
    {
      g_clear_pointer (&self->trouble, g_free);
      return;
    }

  note_trouble (self, error);
  open_copy (self);
}

/* The next operation opens it anew. */
static void
give_up_file (QccStoreState *self,
              const GError *error)
{
  g_clear_pointer (&self->file, qcc_store_file_close);
  self->damaged = g_error_matches (error, QCC_ERROR, QCC_ERROR_CORRUPT);
  note_trouble (self, error);
}

static void
take_over_active (QccStoreState *self)
{
  const QccActiveRecord *record = qcc_store_pending_get_active (self->pending);

  if (record == NULL)
    return;

  g_clear_pointer (&self->active, qcc_active_record_free);
  self->active = qcc_active_record_copy (record);
}

/**
 * qcc_store_state_flush:
 * @self: a state
 * @error: return location for an error
 *
 * Writes what is pending, in one transaction.
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE when it could not be written and is kept in memory only; the next
 * flush and the end try again.
 *
 * Returns: whether it is on the disk
 */
gboolean
qcc_store_state_flush (QccStoreState *self,
                       GError **error)
{
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  qcc_store_state_open (self);
  if (self->file != NULL && qcc_store_file_begin (self->file, &local_error) &&
      qcc_store_pending_write (self->pending, self->file, &local_error) &&
      qcc_store_file_commit (self->file, &local_error))
    {
      take_over_active (self);
      qcc_store_pending_clear (self->pending);
      return TRUE;
    }

  if (self->file != NULL)
    give_up_file (self, local_error);
  qcc_store_pending_lose_samples (self->pending);
  g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, "%s", self->trouble);
  return FALSE;
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

  if (!qcc_store_pending_is_empty (self->pending))
    qcc_store_state_flush (self, NULL);
  g_clear_pointer (&self->file, qcc_store_file_close);
}

/**
 * qcc_store_state_get_pending:
 * @self: a state
 *
 * Returns: (transfer none): what is not written; to be added to before qcc_store_state_flush()
 */
QccStorePending *
qcc_store_state_get_pending (QccStoreState *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->pending;
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
  const QccActiveRecord *record;

  g_return_val_if_fail (self != NULL, NULL);

  record = qcc_store_pending_get_active (self->pending);

  return record != NULL ? record : self->active;
}

static QccStoreFile *
get_reader (QccStoreState *self)
{
  qcc_store_state_open (self);

  return self->file != NULL ? self->file : self->copy;
}

/* Only a file that is in use can be found damaged; of a copy that is, nothing can be told. */
static void
note_unreadable (QccStoreState *self,
                 const GError *error)
{
  if (error != NULL && self->file != NULL)
    give_up_file (self, error);
}

/**
 * qcc_store_state_list_events:
 * @self: a state
 * @out_highest_id: (out): the highest id that is known to be taken; 0 when none is
 *
 * Returns: (transfer full) (element-type QccEvent): the last %QCC_STORE_MAX_EVENTS as far as they can be read, the
 *   newest first
 */
GPtrArray *
qcc_store_state_list_events (QccStoreState *self,
                             guint64 *out_highest_id)
{
  QccStoreFile *reader;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (out_highest_id != NULL, NULL);

  *out_highest_id = 0;
  reader = get_reader (self);
  if (reader != NULL)
    events = qcc_store_file_read_events (reader, out_highest_id, &error);
  note_unreadable (self, error);
  if (events == NULL)
    events = g_ptr_array_new ();

  return qcc_store_pending_merge_events (self->pending, events, out_highest_id);
}

/**
 * qcc_store_state_load_documents:
 * @self: a state
 * @kind: a kind of document
 *
 * Returns: (transfer full) (element-type utf8 GVariant): all of the kind that can be read, by id
 */
GHashTable *
qcc_store_state_load_documents (QccStoreState *self,
                                const char *kind)
{
  QccStoreFile *reader;
  GHashTable *documents = NULL;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (kind != NULL, NULL);

  reader = get_reader (self);
  if (reader != NULL)
    documents = qcc_store_file_read_documents (reader, kind, &error);
  note_unreadable (self, error);
  if (documents == NULL)
    documents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  qcc_store_pending_merge_documents (self->pending, kind, documents);

  return documents;
}

/**
 * qcc_store_state_list_samples:
 * @self: a state
 * @endpoint: id of an endpoint
 * @max: how many at most
 *
 * Returns: (transfer full) (element-type QccHealthSample): its last checks that can be read, the newest first
 */
GPtrArray *
qcc_store_state_list_samples (QccStoreState *self,
                              const char *endpoint,
                              guint max)
{
  QccStoreFile *reader;
  GPtrArray *samples = NULL;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (endpoint != NULL, NULL);

  reader = get_reader (self);
  if (reader != NULL && !qcc_store_pending_is_forgotten (self->pending, endpoint))
    samples = qcc_store_file_read_samples (reader, endpoint, max, &error);
  note_unreadable (self, error);
  if (samples == NULL)
    samples = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_health_sample_free);

  return samples;
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
