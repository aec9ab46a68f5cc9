/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-profile-disk.h"

#include <glib/gi18n-lib.h>

#include "service/qcc-file-monitor.h"

/**
 * QccProfileDisk:
 *
 * The profile file as the main loop sees it: reads and writes it in threads, and tells when somebody else
 * changed it. Its user makes sure that only one of its functions runs at a time.
 */
struct _QccProfileDisk
{
  GObject parent_instance;

  GFile *file;             /* (owned) */
  QccProfilePlace place;   /* never changed, since threads read it */
  QccFileMonitor *monitor; /* (owned) (nullable): from the opening on */
};

/* What a thread works with. */
typedef struct
{
  gboolean is_opening;
  GBytes *known;         /* (owned) (nullable): of a reading */
  QccSnapshot *snapshot; /* (owned) (nullable): of before a reading, or to write */
  GBytes *expected;      /* (owned) (nullable): what a write finds */
  gboolean is_damaged;   /* @expected has to be set aside */
  char *summary;         /* (owned) (nullable): of a write */
  char *aside;           /* (owned) (nullable): where a write put the damaged file */
} Work;

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccProfileDisk, qcc_profile_disk, G_TYPE_OBJECT)

static void
work_free (gpointer data)
{
  Work *work = data;

  g_clear_pointer (&work->known, g_bytes_unref);
  g_clear_pointer (&work->snapshot, qcc_snapshot_unref);
  g_clear_pointer (&work->expected, g_bytes_unref);
  g_free (work->summary);
  g_free (work->aside);
  g_free (work);
}

static void
qcc_profile_disk_dispose (GObject *object)
{
  QccProfileDisk *self = QCC_PROFILE_DISK (object);

  g_clear_object (&self->monitor);

  G_OBJECT_CLASS (qcc_profile_disk_parent_class)->dispose (object);
}

static void
qcc_profile_disk_finalize (GObject *object)
{
  QccProfileDisk *self = QCC_PROFILE_DISK (object);

  g_clear_object (&self->file);
  g_clear_pointer (&self->place.path, g_free);
  g_clear_pointer (&self->place.revisions, g_free);

  G_OBJECT_CLASS (qcc_profile_disk_parent_class)->finalize (object);
}

static void
qcc_profile_disk_class_init (QccProfileDiskClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_profile_disk_dispose;
  object_class->finalize = qcc_profile_disk_finalize;

  /**
   * QccProfileDisk::changed:
   *
   * Something happened to the file, which may have been a write of our own.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                          NULL, G_TYPE_NONE, 0);
}

static void
qcc_profile_disk_init (QccProfileDisk *self)
{
}

/**
 * qcc_profile_disk_new:
 * @file: (transfer none): the profile file; it need not exist
 * @revisions_dir: (transfer none): the folder of its revisions; it need not exist
 *
 * Returns: (transfer full): a disk
 */
QccProfileDisk *
qcc_profile_disk_new (GFile *file,
                      GFile *revisions_dir)
{
  QccProfileDisk *self;

  g_return_val_if_fail (G_IS_FILE (file) && g_file_is_native (file), NULL);
  g_return_val_if_fail (G_IS_FILE (revisions_dir) && g_file_is_native (revisions_dir), NULL);

  self = g_object_new (QCC_TYPE_PROFILE_DISK, NULL);
  self->file = g_object_ref (file);
  self->place.path = g_file_get_path (file);
  self->place.revisions = g_file_get_path (revisions_dir);

  return self;
}

static void
on_file_changed (QccFileMonitor *monitor,
                 QccProfileDisk *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
read_in_thread (GTask *task,
                gpointer source,
                gpointer task_data,
                GCancellable *cancellable)
{
  QccProfileDisk *self = source;
  const Work *work = task_data;
  QccProfileReading *reading;

  if (work->is_opening)
    reading = qcc_profile_file_open (&self->place);
  else
    reading = qcc_profile_file_read (&self->place, work->known, work->snapshot);

  g_task_return_pointer (task, reading, (GDestroyNotify) qcc_profile_reading_free);
}

/**
 * qcc_profile_disk_open_async:
 * @self: a disk
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Reads the file for the first time, see qcc_profile_file_open(). From now on changes are told.
 */
void
qcc_profile_disk_open_async (QccProfileDisk *self,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Work *work;

  g_return_if_fail (QCC_IS_PROFILE_DISK (self));

  if (self->monitor == NULL)
    {
      self->monitor = qcc_file_monitor_new (self->file);
      g_signal_connect_object (self->monitor, "changed", G_CALLBACK (on_file_changed), self, 0);
    }

  work = g_new0 (Work, 1);
  work->is_opening = TRUE;
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_profile_disk_open_async);
  g_task_set_task_data (task, work, work_free);
  g_task_run_in_thread (task, read_in_thread);
}

/**
 * qcc_profile_disk_read_async:
 * @self: a disk
 * @known: (nullable): what the file held when it was last good
 * @before: the profiles of before
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Reads the file again, see qcc_profile_file_read().
 */
void
qcc_profile_disk_read_async (QccProfileDisk *self,
                             GBytes *known,
                             QccSnapshot *before,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Work *work;

  g_return_if_fail (QCC_IS_PROFILE_DISK (self));
  g_return_if_fail (before != NULL);

  work = g_new0 (Work, 1);
  work->known = known != NULL ? g_bytes_ref (known) : NULL;
  work->snapshot = qcc_snapshot_ref (before);
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_profile_disk_read_async);
  g_task_set_task_data (task, work, work_free);
  g_task_run_in_thread (task, read_in_thread);
}

/**
 * qcc_profile_disk_read_finish:
 * @self: a disk
 * @result: what the callback of qcc_profile_disk_open_async() or qcc_profile_disk_read_async() was given
 *
 * Returns: (transfer full): what was found
 */
QccProfileReading *
qcc_profile_disk_read_finish (QccProfileDisk *self,
                              GAsyncResult *result)
{
  QccProfileReading *reading;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  reading = g_task_propagate_pointer (G_TASK (result), NULL);
  if (self->monitor != NULL)
    qcc_file_monitor_set_target (self->monitor, reading->target);

  return reading;
}

static void
write_in_thread (GTask *task,
                 gpointer source,
                 gpointer task_data,
                 GCancellable *cancellable)
{
  QccProfileDisk *self = source;
  Work *work = task_data;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GError) error = NULL;

  if (work->is_damaged)
    {
      work->aside = qcc_profile_file_set_aside (&self->place, work->expected, &error);
      if (error != NULL)
        g_prefix_error (&error, _ ("the change was not made: "));
    }

  if (error == NULL)
    qcc_profile_file_write (&self->place, work->expected, work->snapshot, work->summary, &content, &error);

  if (error == NULL)
    g_task_return_pointer (task, g_steal_pointer (&content), (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * qcc_profile_disk_write_async:
 * @self: a disk
 * @reading: how the file was found; it must not be unusable
 * @snapshot: what it shall hold
 * @summary: what was done, for the revision
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Writes the file, see qcc_profile_file_write(). One that was found damaged is set aside first.
 */
void
qcc_profile_disk_write_async (QccProfileDisk *self,
                              const QccProfileReading *reading,
                              QccSnapshot *snapshot,
                              const char *summary,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Work *work;

  g_return_if_fail (QCC_IS_PROFILE_DISK (self));
  g_return_if_fail (reading != NULL && reading->state != QCC_PROFILE_FILE_UNUSABLE);
  g_return_if_fail (snapshot != NULL);
  g_return_if_fail (summary != NULL);

  work = g_new0 (Work, 1);
  work->expected = reading->content != NULL ? g_bytes_ref (reading->content) : NULL;
  work->is_damaged = reading->state == QCC_PROFILE_FILE_DAMAGED;
  work->snapshot = qcc_snapshot_ref (snapshot);
  work->summary = g_strdup (summary);
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_profile_disk_write_async);
  g_task_set_task_data (task, work, work_free);
  g_task_run_in_thread (task, write_in_thread);
}

/**
 * qcc_profile_disk_write_finish:
 * @self: a disk
 * @result: what the callback was given
 * @out_notice: (out) (nullable): what the user has to know of it, translated
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_WRONG_ETAG when the file was changed after it was read; the others of
 * qcc_atomic_file_replace(). The file is then as it was.
 *
 * Returns: (transfer full): what the file holds now
 */
GBytes *
qcc_profile_disk_write_finish (QccProfileDisk *self,
                               GAsyncResult *result,
                               char **out_notice,
                               GError **error)
{
  const Work *work;
  GBytes *content;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (out_notice != NULL, NULL);

  work = g_task_get_task_data (G_TASK (result));
  content = g_task_propagate_pointer (G_TASK (result), error);
  *out_notice = NULL;
  if (content != NULL && work->aside != NULL)
    *out_notice = g_strdup_printf (_ ("%s was damaged. It was set aside as %s before it was written again."),
                                   self->place.path, work->aside);

  return content;
}
