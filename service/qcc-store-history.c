/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store.h"

#include "service/qcc-store-private.h"

/* What the store keeps of what has happened: events, and the checks of endpoints. */

static void
add_event (QccStorePending *pending,
           gpointer data)
{
  qcc_store_pending_put_event (pending, data);
}

/**
 * qcc_store_add_event_async:
 * @self: a store
 * @event: (transfer none): an event; its texts are UTF-8, its id is above that of all before
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when it is on the disk, or cannot be
 * @user_data: for @callback
 *
 * The last %QCC_STORE_MAX_EVENTS are kept (spec 6.6). What cannot be written stays in memory, as many, and is
 * tried again at the next save and at the end.
 */
void
qcc_store_add_event_async (QccStore *self,
                           QccEvent *event,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));
  g_return_if_fail (event != NULL && event->id > 0 && event->id <= G_MAXINT64);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_add_event_async);
  g_task_set_task_data (task, qcc_event_ref (event), (GDestroyNotify) qcc_event_unref);
  qcc_store_submit_write (self, task, add_event);
}

/**
 * qcc_store_add_event_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_store_save_active_finish().
 *
 * Returns: whether it is on the disk
 */
gboolean
qcc_store_add_event_finish (QccStore *self,
                            GAsyncResult *result,
                            GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct
{
  GPtrArray *events; /* (owned) (nullable) */
  guint64 highest_id;
} EventList;

static void
event_list_free (gpointer data)
{
  EventList *self = data;

  g_clear_pointer (&self->events, g_ptr_array_unref);
  g_free (self);
}

static gpointer
list_events (QccStoreState *state,
             gpointer data)
{
  EventList *list = g_new0 (EventList, 1);

  list->events = qcc_store_state_list_events (state, &list->highest_id);

  return list;
}

/**
 * qcc_store_list_events_async:
 * @self: a store
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when they are there
 * @user_data: for @callback
 *
 * One that cannot be read, or is of a type that only a newer version knows, is skipped.
 */
void
qcc_store_list_events_async (QccStore *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_list_events_async);
  qcc_store_submit_read (self, task, list_events, event_list_free);
}

/**
 * qcc_store_list_events_finish:
 * @self: a store
 * @result: what the callback was given
 * @out_highest_id: (out) (optional): the highest id that is known to be taken, also by one that is skipped; 0 when
 *   none is
 * @error: return location for an error
 *
 * Possible errors: those of qcc_store_load_active_finish().
 *
 * Returns: (transfer full) (element-type QccEvent): the last %QCC_STORE_MAX_EVENTS, the newest first
 */
GPtrArray *
qcc_store_list_events_finish (QccStore *self,
                              GAsyncResult *result,
                              guint64 *out_highest_id,
                              GError **error)
{
  EventList *list;
  GPtrArray *events;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  list = g_task_propagate_pointer (G_TASK (result), error);
  if (list == NULL)
    return NULL;

  if (out_highest_id != NULL)
    *out_highest_id = list->highest_id;
  events = g_steal_pointer (&list->events);
  event_list_free (list);

  return events;
}

static void
add_sample (QccStorePending *pending,
            gpointer data)
{
  qcc_store_pending_put_sample (pending, data);
}

/**
 * qcc_store_add_sample_async:
 * @self: a store
 * @sample: (transfer none): a check, behind those before
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when it is on the disk, or cannot be
 * @user_data: for @callback
 *
 * The last %QCC_STORE_MAX_SAMPLES of each endpoint are kept, by number and not by age, so that a clock that jumps
 * deletes none (spec 7.4). One that cannot be written is lost.
 */
void
qcc_store_add_sample_async (QccStore *self,
                            const QccHealthSample *sample,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));
  g_return_if_fail (sample != NULL && sample->endpoint != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_add_sample_async);
  g_task_set_task_data (task, qcc_health_sample_copy (sample), (GDestroyNotify) qcc_health_sample_free);
  qcc_store_submit_write (self, task, add_sample);
}

/**
 * qcc_store_add_sample_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE when it is lost; %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether it is on the disk
 */
gboolean
qcc_store_add_sample_finish (QccStore *self,
                             GAsyncResult *result,
                             GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct
{
  char *endpoint; /* (owned) */
  guint max;
} SampleQuery;

static void
sample_query_free (gpointer data)
{
  SampleQuery *self = data;

  g_free (self->endpoint);
  g_free (self);
}

static gpointer
list_samples (QccStoreState *state,
              gpointer data)
{
  const SampleQuery *query = data;

  return qcc_store_state_list_samples (state, query->endpoint, query->max);
}

/**
 * qcc_store_list_samples_async:
 * @self: a store
 * @endpoint: id of an endpoint
 * @max: how many at most
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when they are there
 * @user_data: for @callback
 */
void
qcc_store_list_samples_async (QccStore *self,
                              const char *endpoint,
                              guint max,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  SampleQuery *query;
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));
  g_return_if_fail (endpoint != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_list_samples_async);
  query = g_new (SampleQuery, 1);
  query->endpoint = g_strdup (endpoint);
  query->max = max;
  g_task_set_task_data (task, query, sample_query_free);
  qcc_store_submit_read (self, task, list_samples, (GDestroyNotify) g_ptr_array_unref);
}

/**
 * qcc_store_list_samples_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_store_load_active_finish().
 *
 * Returns: (transfer full) (element-type QccHealthSample): the last checks of it, the newest first
 */
GPtrArray *
qcc_store_list_samples_finish (QccStore *self,
                               GAsyncResult *result,
                               GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
forget_endpoint (QccStorePending *pending,
                 gpointer data)
{
  qcc_store_pending_put_forgotten (pending, data);
}

/**
 * qcc_store_forget_endpoint_async:
 * @self: a store
 * @endpoint: id of an endpoint that is gone
 * @cancellable: (nullable): ends it as long as it has not begun
 * @callback: called when it is on the disk, or cannot be
 * @user_data: for @callback
 *
 * Deletes its document of the kind “endpoint”, and its checks.
 */
void
qcc_store_forget_endpoint_async (QccStore *self,
                                 const char *endpoint,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_STORE (self));
  g_return_if_fail (endpoint != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_store_forget_endpoint_async);
  g_task_set_task_data (task, g_strdup (endpoint), g_free);
  qcc_store_submit_write (self, task, forget_endpoint);
}

/**
 * qcc_store_forget_endpoint_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_store_save_active_finish().
 *
 * Returns: whether nothing of it is on the disk
 */
gboolean
qcc_store_forget_endpoint_finish (QccStore *self,
                                  GAsyncResult *result,
                                  GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
