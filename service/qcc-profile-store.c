/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-profile-store.h"

#include "service/qcc-profile-disk.h"

/* How often an edit starts anew because another program wrote between its reading and its writing; a second
 * instance with many edits in a row may win each time until it has made them all. */
#define EDIT_TRIES_MAX 100

/**
 * QccProfileStore:
 *
 * Owner of the profiles. Whoever works with a snapshot keeps a reference to it; the store swaps it as a whole,
 * once the new one is on the disk.
 *
 * The file is the truth: what a person writes into it while QCC runs is taken over, and each edit reads it
 * again. All that touches it is a job, and jobs run one after another. The steps of a job:
 *
 *   load    open (thread) - use
 *   reload  read (thread) - use
 *   edit    read (thread) - use - edit (here) - write (thread) - swap
 *
 * Whether the file still holds what was read is checked again by the write, with the folder locked; if not,
 * the edit starts anew.
 */
struct _QccProfileStore
{
  GObject parent_instance;

  QccProfileDisk *disk;     /* (owned) */
  QccSnapshot *snapshot;    /* (owned) */
  GBytes *content;          /* (owned) (nullable): of the file, when it was last good */
  char *notice;             /* (owned) (nullable) */
  gboolean notice_of_state; /* @notice is about the file as it is now, not about what was done */
  GQueue jobs;              /* (element-type GTask) (owned): those that wait, oldest first */
  gboolean busy;            /* a job runs */
  gboolean reload_queued;   /* one of @jobs reloads */
};

typedef enum
{
  JOB_LOAD,
  JOB_RELOAD,
  JOB_EDIT,
} JobKind;

/* The data of a job's task. */
typedef struct
{
  JobKind kind;
  QccProfileEdit edit;        /* (nullable): and the rest, of an edit only */
  gpointer data;              /* (owned): as @destroy says */
  GDestroyNotify destroy;     /* (nullable) */
  char *summary;              /* (owned) (nullable) */
  guint n_tries;              /* so far */
  QccProfileReading *reading; /* (owned) (nullable): what the edit is made to */
  QccSnapshot *result;        /* (owned) (nullable): of the edit */
} Job;

enum
{
  SIGNAL_CHANGED,
  SIGNAL_NOTICE_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccProfileStore, qcc_profile_store, G_TYPE_OBJECT)

static void run_next (QccProfileStore *self);
static void start_job (QccProfileStore *self, GTask *task);

static void
job_free (gpointer data)
{
  Job *job = data;

  if (job->destroy != NULL)
    job->destroy (job->data);
  g_clear_pointer (&job->reading, qcc_profile_reading_free);
  g_clear_pointer (&job->result, qcc_snapshot_unref);
  g_free (job->summary);
  g_free (job);
}

static void
qcc_profile_store_finalize (GObject *object)
{
  QccProfileStore *self = QCC_PROFILE_STORE (object);

  /* A job that waits has a reference to its store. */
  g_assert (g_queue_is_empty (&self->jobs));
  g_clear_object (&self->disk);
  g_clear_pointer (&self->snapshot, qcc_snapshot_unref);
  g_clear_pointer (&self->content, g_bytes_unref);
  g_clear_pointer (&self->notice, g_free);

  G_OBJECT_CLASS (qcc_profile_store_parent_class)->finalize (object);
}

static void
qcc_profile_store_class_init (QccProfileStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_profile_store_finalize;

  /**
   * QccProfileStore::changed:
   *
   * There is another snapshot: by an edit, or since the file was changed by hand.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                          NULL, G_TYPE_NONE, 0);

  /**
   * QccProfileStore::notice-changed:
   *
   * qcc_profile_store_get_notice() returns something else.
   */
  signals[SIGNAL_NOTICE_CHANGED] = g_signal_new ("notice-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                                 NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
qcc_profile_store_init (QccProfileStore *self)
{
  self->snapshot = qcc_snapshot_new_empty ();
  g_queue_init (&self->jobs);
}

static void
set_notice (QccProfileStore *self,
            const char *notice,
            gboolean is_of_state)
{
  self->notice_of_state = is_of_state;
  if (g_strcmp0 (self->notice, notice) == 0)
    return;

  g_free (self->notice);
  self->notice = g_strdup (notice);
  if (notice != NULL)
    g_warning ("%s", notice);
  g_signal_emit (self, signals[SIGNAL_NOTICE_CHANGED], 0);
}

static void
swap (QccProfileStore *self,
      QccSnapshot *snapshot)
{
  if (snapshot == self->snapshot)
    return;

  qcc_snapshot_unref (self->snapshot);
  self->snapshot = qcc_snapshot_ref (snapshot);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* Takes over what was found in the file. */
static void
use_reading (QccProfileStore *self,
             const QccProfileReading *reading)
{
  switch (reading->state)
    {
    case QCC_PROFILE_FILE_SAME:
      if (self->notice_of_state)
        set_notice (self, NULL, FALSE);
      break;
    case QCC_PROFILE_FILE_GOOD:
      g_clear_pointer (&self->content, g_bytes_unref);
      self->content = g_bytes_ref (reading->content);
      set_notice (self, reading->notice, FALSE);
      break;
    case QCC_PROFILE_FILE_MISSING:
    case QCC_PROFILE_FILE_DAMAGED:
    case QCC_PROFILE_FILE_UNUSABLE:
      set_notice (self, reading->notice, TRUE);
      break;
    }

  if (reading->snapshot != NULL)
    swap (self, reading->snapshot);
}

static void
finish_job (QccProfileStore *self,
            GTask *task,
            GError *error)
{
  const Job *job = g_task_get_task_data (task);

  /* An edit that is done is done, also when somebody has lost interest. */
  g_task_set_check_cancellable (task, job->kind != JOB_EDIT);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);

  self->busy = FALSE;
  run_next (self);
}

static void
on_written (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccProfileStore *self = g_task_get_source_object (task);
  Job *job = g_task_get_task_data (task);
  g_autofree char *notice = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = qcc_profile_disk_write_finish (self->disk, result, &notice, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG) && job->n_tries < EDIT_TRIES_MAX)
    {
      start_job (self, g_steal_pointer (&task));
      return;
    }

  if (content != NULL)
    {
      g_clear_pointer (&self->content, g_bytes_unref);
      self->content = g_steal_pointer (&content);
      if (notice != NULL || self->notice_of_state)
        set_notice (self, notice, FALSE);
      swap (self, job->result);
    }

  finish_job (self, task, g_steal_pointer (&error));
}

/* Goes on with an edit once the file was read. Takes the reference to @task. */
static void
apply_edit (QccProfileStore *self,
            GTask *task)
{
  g_autoptr (GTask) owned = task;
  Job *job = g_task_get_task_data (task);
  GError *error = NULL;

  g_clear_pointer (&job->result, qcc_snapshot_unref);
  if (job->reading->state == QCC_PROFILE_FILE_UNUSABLE)
    error = g_error_copy (job->reading->error);
  else if (!g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    job->result = job->edit (self->snapshot, job->data, &error);

  if (error != NULL || job->result == self->snapshot)
    finish_job (self, task, error);
  else
    qcc_profile_disk_write_async (self->disk, job->reading, job->result, job->summary, on_written,
                                  g_steal_pointer (&owned));
}

static void
on_read (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccProfileStore *self = g_task_get_source_object (task);
  Job *job = g_task_get_task_data (task);

  g_clear_pointer (&job->reading, qcc_profile_reading_free);
  job->reading = qcc_profile_disk_read_finish (self->disk, result);
  use_reading (self, job->reading);

  switch (job->kind)
    {
    case JOB_EDIT:
      apply_edit (self, g_steal_pointer (&task));
      break;
    case JOB_LOAD:
      finish_job (self, task,
                  job->reading->state == QCC_PROFILE_FILE_UNUSABLE ? g_error_copy (job->reading->error) : NULL);
      break;
    case JOB_RELOAD:
      finish_job (self, task, NULL);
      break;
    }
}

/* Takes the reference to @task. */
static void
start_job (QccProfileStore *self,
           GTask *task)
{
  Job *job = g_task_get_task_data (task);

  job->n_tries++;
  if (job->kind == JOB_RELOAD)
    self->reload_queued = FALSE;

  if (job->kind == JOB_LOAD)
    qcc_profile_disk_open_async (self->disk, on_read, task);
  else
    qcc_profile_disk_read_async (self->disk, self->content, self->snapshot, on_read, task);
}

static void
run_next (QccProfileStore *self)
{
  if (self->busy || g_queue_is_empty (&self->jobs))
    return;

  self->busy = TRUE;
  start_job (self, g_queue_pop_head (&self->jobs));
}

/* Takes the reference to @task. */
static void
queue_job (QccProfileStore *self,
           GTask *task,
           Job *job)
{
  g_task_set_task_data (task, job, job_free);
  g_queue_push_tail (&self->jobs, task);
  run_next (self);
}

static Job *
job_new (JobKind kind)
{
  Job *job = g_new0 (Job, 1);

  job->kind = kind;
  return job;
}

static void
on_disk_changed (QccProfileDisk *disk,
                 QccProfileStore *self)
{
  if (self->reload_queued)
    return;

  self->reload_queued = TRUE;
  queue_job (self, g_task_new (self, NULL, NULL, NULL), job_new (JOB_RELOAD));
}

/**
 * qcc_profile_store_new:
 * @file: (transfer none): the profile file; it need not exist
 * @revisions_dir: (transfer none): the folder of its revisions; it need not exist
 *
 * Returns: (transfer full): a store without profiles
 */
QccProfileStore *
qcc_profile_store_new (GFile *file,
                       GFile *revisions_dir)
{
  QccProfileStore *self;

  g_return_val_if_fail (G_IS_FILE (file), NULL);
  g_return_val_if_fail (G_IS_FILE (revisions_dir), NULL);

  self = g_object_new (QCC_TYPE_PROFILE_STORE, NULL);
  self->disk = qcc_profile_disk_new (file, revisions_dir);
  g_signal_connect_object (self->disk, "changed", G_CALLBACK (on_disk_changed), self, 0);

  return self;
}

/**
 * qcc_profile_store_load_async:
 * @self: a store
 * @cancellable: (nullable): makes it fail when it is done
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Reads the file, and from then on again whenever somebody changes it. One that does not exist is a store
 * without profiles. A damaged one is set aside and restored from the last good revision; the notice says so.
 */
void
qcc_profile_store_load_async (QccProfileStore *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_PROFILE_STORE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_profile_store_load_async);
  queue_job (self, task, job_new (JOB_LOAD));
}

/**
 * qcc_profile_store_load_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_REFUSED for a file of a newer QCC, %G_IO_ERROR codes of reading. The file is not
 * touched, the snapshot is what it was, and edits are refused until the file can be used.
 *
 * Returns: whether the file was read
 */
gboolean
qcc_profile_store_load_finish (QccProfileStore *self,
                               GAsyncResult *result,
                               GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qcc_profile_store_edit_async:
 * @self: a store
 * @edit: the change; called in this main context
 * @data: for @edit
 * @destroy: (nullable): frees @data
 * @summary: what is done, for the list of revisions; without secrets
 * @cancellable: (nullable): ends it before it is written
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Edits run one after another, each on the result of the one before and on what a person wrote into the file.
 */
void
qcc_profile_store_edit_async (QccProfileStore *self,
                              QccProfileEdit edit,
                              gpointer data,
                              GDestroyNotify destroy,
                              const char *summary,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task;
  Job *job;

  g_return_if_fail (QCC_IS_PROFILE_STORE (self));
  g_return_if_fail (edit != NULL);
  g_return_if_fail (summary != NULL);

  job = job_new (JOB_EDIT);
  job->edit = edit;
  job->data = data;
  job->destroy = destroy;
  job->summary = g_strdup (summary);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_profile_store_edit_async);
  queue_job (self, task, job);
}

/**
 * qcc_profile_store_edit_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of the edit, of qcc_profile_store_load_finish(), and %QCC_ERROR_UNAVAILABLE with what
 * to do when the file cannot be written. Nothing is changed then.
 *
 * Returns: whether the change is on the disk, or there was nothing to change
 */
gboolean
qcc_profile_store_edit_finish (QccProfileStore *self,
                               GAsyncResult *result,
                               GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qcc_profile_store_get_snapshot:
 * @self: a store
 *
 * Returns: (transfer none): the profiles of this moment
 */
QccSnapshot *
qcc_profile_store_get_snapshot (QccProfileStore *self)
{
  g_return_val_if_fail (QCC_IS_PROFILE_STORE (self), NULL);

  return self->snapshot;
}

/**
 * qcc_profile_store_get_notice:
 * @self: a store
 *
 * Returns: (transfer none) (nullable): what the user has to know about the profile file, translated
 */
const char *
qcc_profile_store_get_notice (QccProfileStore *self)
{
  g_return_val_if_fail (QCC_IS_PROFILE_STORE (self), NULL);

  return self->notice;
}
