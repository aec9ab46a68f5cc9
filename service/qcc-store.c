/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "service/qcc-store-private.h"

/* How many writes may share a transaction, so that the first of them is not kept waiting without end. */
#define MAX_BATCH 1000

/**
 * QccStore:
 *
 * Keeps the service's state in a file (spec 11.2). The file is only touched by a thread of the store's own,
 * which does one operation after another; objects are only touched outside of it. Writes that are queued behind one
 * another are one transaction.
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

/* One of @write and @read is set. */
typedef struct
{
  QccStoreWriteFunc write;
  QccStoreReadFunc read;
  gboolean is_last;
  QccStore *store;            /* (unowned): kept by @task */
  GTask *task;                /* (owned) (nullable): %NULL when nobody waits */
  GMainContext *context;      /* (owned) (nullable): where @task is completed */
  GCancellable *cancellable;  /* (owned) (nullable) */
  gpointer result;            /* (owned) (nullable): what @read gave */
  GDestroyNotify free_result; /* (nullable): %NULL when there is no result */
  char *notice;               /* (owned) (nullable): afterwards */
  GError *error;              /* (owned) (nullable) */
} Operation;

static void
operation_free (gpointer data)
{
  Operation *self = data;

  if (self->result != NULL)
    self->free_result (self->result);
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

  if (self->is_last)
    g_clear_pointer (&store->thread, g_thread_join);
  g_free (store->notice);
  store->notice = g_steal_pointer (&self->notice);

  if (self->error != NULL)
    g_task_return_error (self->task, g_steal_pointer (&self->error));
  else if (self->free_result != NULL)
    g_task_return_pointer (self->task, g_steal_pointer (&self->result), self->free_result);
  else
    g_task_return_boolean (self->task, TRUE);

  return G_SOURCE_REMOVE;
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

static void
complete (QccStore *self,
          Operation *operation)
{
  if (operation->task == NULL)
    {
      operation_free (operation);
      return;
    }

  operation->notice = g_strdup (qcc_store_state_get_notice (self->state));
  hand_back (operation);
}

/* Whether it may begin; what it is about is the data of its task. */
static gboolean
begin (Operation *operation,
       gpointer *out_data)
{
  *out_data = operation->task != NULL ? g_task_get_task_data (operation->task) : NULL;

  return !g_cancellable_set_error_if_cancelled (operation->cancellable, &operation->error);
}

/* Nobody is told that something is written before all of it is on the disk. */
static void
complete_writes (QccStore *self,
                 GQueue *writes)
{
  g_autoptr (GError) error = NULL;
  Operation *operation;

  if (writes->length == 0)
    return;

  qcc_store_state_flush (self->state, &error);
  while ((operation = g_queue_pop_head (writes)) != NULL)
    {
      if (operation->error == NULL && error != NULL)
        operation->error = g_error_copy (error);
      complete (self, operation);
    }
}

/* Does what is queued up to the first operation that reads, and that; returns whether it was the last one. */
static gboolean
perform_batch (QccStore *self)
{
  GQueue writes = G_QUEUE_INIT;
  Operation *operation = g_async_queue_pop (self->queue);
  gboolean is_last = FALSE;
  gpointer data;

  while (operation != NULL && operation->write != NULL)
    {
      if (begin (operation, &data))
        operation->write (qcc_store_state_get_pending (self->state), data);
      g_queue_push_tail (&writes, operation);
      operation = writes.length < MAX_BATCH ? g_async_queue_try_pop (self->queue) : NULL;
    }
  complete_writes (self, &writes);

  if (operation != NULL)
    {
      is_last = operation->is_last;
      if (begin (operation, &data))
        operation->result = operation->read (self->state, data);
      complete (self, operation);
    }

  return is_last;
}

static gpointer
run_thread (gpointer user_data)
{
  QccStore *self = user_data;

  while (!perform_batch (self))
    continue;

  return NULL;
}

static gpointer
close_state (QccStoreState *state,
             gpointer data)
{
  qcc_store_state_close (state);

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

      close->read = close_state;
      close->is_last = TRUE;
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

/* @operation says what is done; the task is the caller's no more. */
static void
submit (QccStore *self,
        GTask *task,
        const Operation *operation)
{
  Operation *copy;

  if (self->closing)
    {
      g_task_return_new_error (task, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("QCC is ending."));
      g_object_unref (task);
      return;
    }

  copy = g_new (Operation, 1);
  *copy = *operation;
  copy->store = self;
  copy->context = g_main_context_ref (g_task_get_context (task));
  g_set_object (&copy->cancellable, g_task_get_cancellable (task));
  copy->task = task;
  self->closing = copy->is_last;

  /* It says what was done, even when it was cancelled meanwhile. */
  g_task_set_check_cancellable (task, FALSE);
  g_async_queue_push (self->queue, copy);
}

/* Takes over the task, which is completed with a boolean when what @func notes is on the disk, or cannot be. */
void
qcc_store_submit_write (QccStore *self,
                        GTask *task,
                        QccStoreWriteFunc func)
{
  const Operation operation = { .write = func };

  submit (self, task, &operation);
}

/* Takes over the task, which is completed with what @func gives; with a boolean without @free_result. */
void
qcc_store_submit_read (QccStore *self,
                       GTask *task,
                       QccStoreReadFunc func,
                       GDestroyNotify free_result)
{
  const Operation operation = { .read = func, .free_result = free_result };

  submit (self, task, &operation);
}

static gpointer
open_state (QccStoreState *state,
            gpointer data)
{
  qcc_store_state_open (state);

  return NULL;
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
  qcc_store_submit_read (self, task, open_state, NULL);
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
  const Operation operation = { .read = close_state, .is_last = TRUE };
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));
  g_return_if_fail (!self->closing);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_store_close_async);
  submit (self, task, &operation);
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
