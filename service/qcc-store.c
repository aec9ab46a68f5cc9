/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "service/qcc-store-state.h"

/**
 * QccStore:
 *
 * Keeps the service's state in a file (spec 11.2). The file is only touched by a thread of the store's own,
 * which does one operation after another; objects are only touched outside of it.
 */
struct _QccStore
{
  GObject parent_instance;

  GThread *thread;      /* (owned) (nullable): %NULL once it has ended */
  GAsyncQueue *queue;   /* (owned) (element-type Operation): for the thread */
  QccStoreState *state; /* (owned): the thread's, as long as it runs */
  gboolean closing;
  char *notice; /* (owned) (nullable): as of the last operation */
};

G_DEFINE_FINAL_TYPE (QccStore, qcc_store, G_TYPE_OBJECT)

typedef enum
{
  OPERATION_OPEN,
  OPERATION_LOAD_ACTIVE,
  OPERATION_SAVE_ACTIVE,
  OPERATION_CLOSE,
} OperationKind;

typedef struct
{
  OperationKind kind;
  QccStore *store;           /* (unowned): kept by @task */
  GTask *task;               /* (owned) (nullable): %NULL when nobody waits */
  GMainContext *context;     /* (owned) (nullable): where @task is completed */
  GCancellable *cancellable; /* (owned) (nullable) */
  QccActiveRecord *record;   /* (owned) (nullable): what is saved, or was loaded */
  char *notice;              /* (owned) (nullable): afterwards */
  GError *error;             /* (owned) (nullable) */
} Operation;

static void
operation_free (gpointer data)
{
  Operation *self = data;

  g_clear_pointer (&self->record, qcc_active_record_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->task);
  g_clear_error (&self->error);
  g_free (self->notice);
  g_free (self);
}

static gboolean
on_operation_done (gpointer user_data)
{
  Operation *self = user_data;
  QccStore *store = self->store;

  if (self->kind == OPERATION_CLOSE)
    g_clear_pointer (&store->thread, g_thread_join);
  g_free (store->notice);
  store->notice = g_steal_pointer (&self->notice);

  if (self->error != NULL)
    g_task_return_error (self->task, g_steal_pointer (&self->error));
  else if (self->kind == OPERATION_LOAD_ACTIVE)
    g_task_return_pointer (self->task, g_steal_pointer (&self->record), (GDestroyNotify) qcc_active_record_free);
  else
    g_task_return_boolean (self->task, TRUE);

  return G_SOURCE_REMOVE;
}

static void
perform (QccStoreState *state,
         Operation *operation)
{
  if (g_cancellable_set_error_if_cancelled (operation->cancellable, &operation->error))
    return;

  switch (operation->kind)
    {
    case OPERATION_OPEN:
      qcc_store_state_open (state);
      break;
    case OPERATION_LOAD_ACTIVE:
      qcc_store_state_open (state);
      operation->record = qcc_active_record_copy (qcc_store_state_get_active (state));
      break;
    case OPERATION_SAVE_ACTIVE:
      qcc_store_state_save_active (state, operation->record, &operation->error);
      break;
    case OPERATION_CLOSE:
      qcc_store_state_close (state);
      break;
    }
}

/* Not by g_main_context_invoke(), which would run it in the thread while nobody iterates the context. */
static void
hand_back (Operation *operation)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_operation_done, operation, operation_free);
  g_source_attach (source, operation->context);
}

static gpointer
run_thread (gpointer user_data)
{
  QccStore *self = user_data;
  gboolean is_last;

  do
    {
      Operation *operation = g_async_queue_pop (self->queue);

      perform (self->state, operation);
      operation->notice = g_strdup (qcc_store_state_get_notice (self->state));
      is_last = operation->kind == OPERATION_CLOSE;
      if (operation->task != NULL)
        hand_back (operation);
      else
        operation_free (operation);
    }
  while (!is_last);

  return NULL;
}

static void
qcc_store_finalize (GObject *object)
{
  QccStore *self = QCC_STORE (object);

  /* Whoever did not close it waits here for the disk. */
  if (self->thread != NULL)
    {
      Operation *close = g_new0 (Operation, 1);

      close->kind = OPERATION_CLOSE;
      g_async_queue_push (self->queue, close);
      g_thread_join (self->thread);
    }
  g_clear_pointer (&self->queue, g_async_queue_unref);
  g_clear_pointer (&self->state, qcc_store_state_free);
  g_free (self->notice);

  G_OBJECT_CLASS (qcc_store_parent_class)->finalize (object);
}

static void
qcc_store_class_init (QccStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_store_finalize;
}

static void
qcc_store_init (QccStore *self)
{
  self->queue = g_async_queue_new_full (operation_free);
}

/**
 * qcc_store_new:
 * @file: (transfer none): where the state is or shall be; a local file
 *
 * Returns: (transfer full): a store that has not looked at its file
 */
QccStore *
qcc_store_new (GFile *file)
{
  QccStore *self;
  g_autofree char *path = NULL;

  g_return_val_if_fail (G_IS_FILE (file), NULL);
  g_return_val_if_fail (g_file_is_native (file), NULL);

  path = g_file_get_path (file);
  self = g_object_new (QCC_TYPE_STORE, NULL);
  self->state = qcc_store_state_new (path);
  self->thread = g_thread_new ("qcc-store", run_thread, self);

  return self;
}

static void
submit (QccStore *self,
        OperationKind kind,
        QccActiveRecord *record,
        GTask *task)
{
  Operation *operation;

  if (self->closing)
    {
      g_clear_pointer (&record, qcc_active_record_free);
      g_task_return_new_error (task, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("QCC is ending."));
      g_object_unref (task);
      return;
    }

  operation = g_new0 (Operation, 1);
  operation->kind = kind;
  operation->store = self;
  operation->record = record;
  operation->context = g_main_context_ref (g_task_get_context (task));
  g_set_object (&operation->cancellable, g_task_get_cancellable (task));
  operation->task = task;
  self->closing = kind == OPERATION_CLOSE;

  /* It says what was done, even when it was cancelled meanwhile. */
  g_task_set_check_cancellable (task, FALSE);
  g_async_queue_push (self->queue, operation);
}

/**
 * qcc_store_open_async:
 * @self: a store
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when the state is there
 * @user_data: for @callback
 *
 * Creates the file, or brings it up to date. A damaged one is set aside as `NAME.damaged-TIME` and a new one
 * begun. One of a newer QCC is left alone, and one that cannot be written is tried again at later saves; until
 * then the state is in memory only. qcc_store_get_notice() tells of all these.
 */
void
qcc_store_open_async (QccStore *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_open_async);
  submit (self, OPERATION_OPEN, NULL, task);
}

/**
 * qcc_store_open_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED, %QCC_ERROR_UNAVAILABLE after qcc_store_close_async().
 *
 * Returns: whether the store can be used, be it in memory only
 */
gboolean
qcc_store_open_finish (QccStore *self,
                       GAsyncResult *result,
                       GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qcc_store_load_active_async:
 * @self: a store
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when the record is there
 * @user_data: for @callback
 *
 * Operations are done in the order in which they are begun, so it gives what was saved before.
 */
void
qcc_store_load_active_async (QccStore *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_load_active_async);
  submit (self, OPERATION_LOAD_ACTIVE, NULL, task);
}

/**
 * qcc_store_load_active_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED, %QCC_ERROR_UNAVAILABLE after qcc_store_close_async().
 *
 * Returns: (transfer full) (nullable): the record; %NULL without an error when none was ever saved
 */
QccActiveRecord *
qcc_store_load_active_finish (QccStore *self,
                              GAsyncResult *result,
                              GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * qcc_store_save_active_async:
 * @self: a store
 * @record: (transfer none): the record, in the place of the one before; UTF-8
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when it is on the disk, or cannot be
 * @user_data: for @callback
 */
void
qcc_store_save_active_async (QccStore *self,
                             const QccActiveRecord *record,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));
  g_return_if_fail (record != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_save_active_async);
  submit (self, OPERATION_SAVE_ACTIVE, qcc_active_record_copy (record), task);
}

/**
 * qcc_store_save_active_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE when it is in memory only, and tried again at the next save and at
 * the end; %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether it is on the disk
 */
gboolean
qcc_store_save_active_finish (QccStore *self,
                              GAsyncResult *result,
                              GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qcc_store_close_async:
 * @self: a store
 * @callback: called when the file is closed
 * @user_data: for @callback
 *
 * Does what was begun, writes what could not be written before, and ends the thread. The store can do nothing
 * any more afterwards.
 */
void
qcc_store_close_async (QccStore *self,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));
  g_return_if_fail (!self->closing);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_store_close_async);
  submit (self, OPERATION_CLOSE, NULL, task);
}

void
qcc_store_close_finish (QccStore *self,
                        GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));

  g_task_propagate_boolean (G_TASK (result), NULL);
}

/**
 * qcc_store_get_notice:
 * @self: a store
 *
 * Returns: (transfer none) (nullable): what the user should know of the file, in words for people, as of the
 *   last operation that finished; %NULL when all is well
 */
const char *
qcc_store_get_notice (QccStore *self)
{
  g_return_val_if_fail (QCC_IS_STORE (self), NULL);

  return self->notice;
}
