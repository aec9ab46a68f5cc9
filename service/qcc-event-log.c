/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-event-log.h"

struct _QccEventLog
{
  GObject parent_instance;

  QccStore *store;   /* (owned) */
  GPtrArray *events; /* (owned) (element-type QccEvent): the newest last */
  guint64 next_id;
  gboolean failing; /* the store could not keep the last one */
};

enum
{
  SIGNAL_ADDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccEventLog, qcc_event_log, G_TYPE_OBJECT)

static void
qcc_event_log_finalize (GObject *object)
{
  QccEventLog *self = QCC_EVENT_LOG (object);

  g_clear_object (&self->store);
  g_clear_pointer (&self->events, g_ptr_array_unref);

  G_OBJECT_CLASS (qcc_event_log_parent_class)->finalize (object);
}

static void
qcc_event_log_class_init (QccEventLogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_event_log_finalize;

  signals[SIGNAL_ADDED] = g_signal_new ("added", QCC_TYPE_EVENT_LOG, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, QCC_TYPE_EVENT);
}

static void
qcc_event_log_init (QccEventLog *self)
{
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_event_unref);
  self->next_id = 1;
}

/**
 * qcc_event_log_new:
 * @store: (transfer none): keeps the events
 *
 * Returns: (transfer full): a log without events
 */
QccEventLog *
qcc_event_log_new (QccStore *store)
{
  QccEventLog *self;

  g_return_val_if_fail (QCC_IS_STORE (store), NULL);

  self = g_object_new (QCC_TYPE_EVENT_LOG, NULL);
  self->store = g_object_ref (store);

  return self;
}

static void
trim (QccEventLog *self)
{
  if (self->events->len > QCC_EVENT_LOG_MAX)
    g_ptr_array_remove_range (self->events, 0, self->events->len - QCC_EVENT_LOG_MAX);
}

static void
on_listed (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccEventLog *self = g_task_get_source_object (task);
  GError *error = NULL;
  guint64 highest_id = 0;
  g_autoptr (GPtrArray) stored = qcc_store_list_events_finish (QCC_STORE (source), result, &highest_id, &error);

  if (stored == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  for (guint i = 0; i < stored->len; i++)
    g_ptr_array_insert (self->events, 0, qcc_event_ref (g_ptr_array_index (stored, i)));
  trim (self);
  self->next_id = MAX (self->next_id, highest_id + 1);
  g_task_return_boolean (task, TRUE);
}

/**
 * qcc_event_log_load_async:
 * @self: a log
 * @cancellable: (nullable): ends it early
 * @callback: called when the events of the last time are there
 * @user_data: for @callback
 *
 * To be done before the first event is added, since the ids go on from the highest that the store knows; they
 * begin with 1 where it can read none.
 */
void
qcc_event_log_load_async (QccEventLog *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_EVENT_LOG (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_event_log_load_async);
  qcc_store_list_events_async (self->store, cancellable, on_listed, task);
}

/**
 * qcc_event_log_load_finish:
 * @self: a log
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_store_list_events_finish(). The log can be used all the same.
 *
 * Returns: whether the store was asked
 */
gboolean
qcc_event_log_load_finish (QccEventLog *self,
                           GAsyncResult *result,
                           GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_stored (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (QccEventLog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (qcc_store_add_event_finish (QCC_STORE (source), result, &error))
    {
      self->failing = FALSE;
      return;
    }

  if (!self->failing)
    g_warning ("%s", error->message);
  self->failing = TRUE;
}

/* Where it was tried to move the active profile, and it stayed. */
static gboolean
has_succeeded (QccEventType type)
{
  switch (type)
    {
    case QCC_EVENT_NO_TARGET:
    case QCC_EVENT_CAP:
      return FALSE;
    case QCC_EVENT_FAILOVER:
    case QCC_EVENT_RECOVERY:
    case QCC_EVENT_SWITCH:
    case QCC_EVENT_RELEASE:
    case QCC_EVENT_ENDPOINT_DISABLED:
    case QCC_EVENT_ENDPOINT_ENABLED:
    case QCC_EVENT_BILLING:
    case QCC_EVENT_ALL_DOWN:
    case QCC_EVENT_BACK:
      return TRUE;
    }

  g_return_val_if_reached (FALSE);
}

/**
 * qcc_event_log_add:
 * @self: a log
 * @type: what happened
 * @from: (nullable): a profile or the id of an endpoint
 * @to: (nullable): a profile
 * @reason: (nullable): why, for people; UTF-8
 * @wall_now: wall time in microseconds since the epoch
 *
 * Its id is one above the last. It has not succeeded when it says that the active profile could not be moved:
 * %QCC_EVENT_NO_TARGET, %QCC_EVENT_CAP. The log keeps the last %QCC_EVENT_LOG_MAX, also when the store cannot,
 * which is warned of once until it can again.
 *
 * Returns: (transfer none): the event, after `added` was emitted with it
 */
QccEvent *
qcc_event_log_add (QccEventLog *self,
                   QccEventType type,
                   const char *from,
                   const char *to,
                   const char *reason,
                   gint64 wall_now)
{
  QccEvent *event;

  g_return_val_if_fail (QCC_IS_EVENT_LOG (self), NULL);

  event = qcc_event_new (self->next_id++, type, from, to, reason, wall_now, has_succeeded (type));
  g_ptr_array_add (self->events, event);
  trim (self);
  qcc_store_add_event_async (self->store, event, NULL, on_stored, g_object_ref (self));
  g_signal_emit (self, signals[SIGNAL_ADDED], 0, event);

  return event;
}

/**
 * qcc_event_log_list:
 * @self: a log
 * @max: how many at most
 *
 * Returns: (transfer full) (element-type QccEvent): the last events, the newest first
 */
GPtrArray *
qcc_event_log_list (QccEventLog *self,
                    guint max)
{
  GPtrArray *events;

  g_return_val_if_fail (QCC_IS_EVENT_LOG (self), NULL);

  events = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_event_unref);
  for (guint i = self->events->len; i > 0 && events->len < max; i--)
    g_ptr_array_add (events, qcc_event_ref (g_ptr_array_index (self->events, i - 1)));

  return events;
}
