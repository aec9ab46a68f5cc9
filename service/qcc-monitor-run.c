/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-monitor-private.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

/* The checks themselves: those of the schedule, and those that somebody asked for. */

/* A check that was asked for; the data of its task. */
typedef struct
{
  char *endpoint_id; /* (owned) */
  QccCheckLevel level;
} Demand;

/* A check that runs. */
struct _QccMonitorJob
{
  QccMonitor *monitor;       /* (owned) */
  QccEndpointEntry *entry;   /* (owned) */
  QccEndpoint *endpoint;     /* (owned): of @entry when it began */
  QccSecret *key;            /* (owned) (nullable): likewise */
  gboolean simulated;        /* likewise */
  GTask *task;               /* (owned) (nullable): who asked for it; %NULL for the schedule */
  GCancellable *cancellable; /* (owned) */
};

static void
demand_free (gpointer data)
{
  Demand *demand = data;

  g_free (demand->endpoint_id);
  g_free (demand);
}

static void
job_free (QccMonitorJob *job)
{
  qcc_endpoint_entry_unref (job->entry);
  qcc_endpoint_unref (job->endpoint);
  g_clear_pointer (&job->key, qcc_secret_unref);
  g_clear_object (&job->task);
  g_object_unref (job->cancellable);
  g_object_unref (job->monitor);
  g_free (job);
}

/* A number that is another one on another local day. */
static int
get_day (QccMonitor *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (qcc_clock_get_wall_time (self->clock) / G_USEC_PER_SEC);

  return g_date_time_get_year (now) * 1000 + g_date_time_get_day_of_year (now);
}

/**
 * qcc_monitor_get_paid_probes_today:
 * @self: a monitor
 *
 * Returns: messages that were sent since local midnight because `health.paid-probes` allows it
 */
guint
qcc_monitor_get_paid_probes_today (QccMonitor *self)
{
  g_return_val_if_fail (QCC_IS_MONITOR (self), 0);

  return get_day (self) == self->paid_day ? self->n_paid : 0;
}

static void
count_paid (QccMonitor *self)
{
  self->n_paid = qcc_monitor_get_paid_probes_today (self) + 1;
  self->paid_day = get_day (self);
}

/* Only where the user allows it, and nothing that is free is left to be tried (spec 5.3, 7.2). */
static gboolean
may_pay (QccMonitor *self,
         const QccEndpointEntry *entry)
{
  const QccPolicyValues *values = qcc_policy_get_values (self->policy);

  return values->paid_probes && entry->simulation == NULL && entry->key != NULL &&
         entry->state.circuit == QCC_CIRCUIT_HALF_OPEN && entry->state.checked &&
         qcc_health_view (self->health, entry).obstacle == QCC_OBSTACLE_NONE &&
         qcc_monitor_get_paid_probes_today (self) < values->paid_probes_per_day;
}

/* Whether what the check found is news about what @job's entry is now. */
static gboolean
is_current (const QccMonitorJob *job)
{
  const QccEndpointEntry *entry = job->entry;

  return qcc_endpoint_table_lookup (job->monitor->table, job->endpoint->id) == entry && entry->endpoint == job->endpoint &&
         entry->key == job->key && (entry->simulation != NULL) == job->simulated;
}

static void
take_result (const QccMonitorJob *job,
             const QccCheckResult *result)
{
  QccMonitor *self = job->monitor;
  QccMonitorWatch *watch = qcc_monitor_get_watch (self, job->endpoint->id);

  watch->last_check = qcc_clock_get_time (self->clock);
  /* Nobody is charged for what this machine lacks (spec 7.3). */
  if (!result->passed && result->verdict.klass == QCC_CLASS_OFFLINE)
    return;

  watch->n_bad = result->passed ? 0 : watch->n_bad + 1;
  qcc_health_note_check (self->health, job->entry, result);

  if (job->task == NULL && result->passed && result->level != QCC_CHECK_CHAT && may_pay (self, job->entry))
    watch->forced_at = watch->last_check;
}

static void
on_checked (GObject *source,
            GAsyncResult *async_result,
            gpointer user_data)
{
  QccMonitorJob *job = user_data;
  QccMonitor *self = job->monitor;
  g_autoptr (GError) error = NULL;
  g_autoptr (QccCheckResult) result = qcc_check_run_finish (async_result, &error);

  qcc_monitor_get_watch (self, job->endpoint->id)->job = NULL;
  self->n_running--;

  if (result != NULL && is_current (job))
    take_result (job, result);
  if (job->task != NULL && result != NULL)
    g_task_return_pointer (job->task, g_steal_pointer (&result), (GDestroyNotify) qcc_check_result_free);
  else if (job->task != NULL)
    g_task_return_error (job->task, g_steal_pointer (&error));

  if (self->started || self->waiting.length > 0)
    qcc_monitor_plan_soon (self);
  job_free (job);
}

/* @task: (transfer full) (nullable): who asked for it */
static void
start (QccMonitor *self,
       QccEndpointEntry *entry,
       QccCheckLevel level,
       GTask *task)
{
  const QccPolicyValues *values = qcc_policy_get_values (self->policy);
  GCancellable *outer = task != NULL ? g_task_get_cancellable (task) : NULL;
  QccMonitorWatch *watch = qcc_monitor_get_watch (self, entry->endpoint->id);
  QccMonitorJob *job = g_new0 (QccMonitorJob, 1);
  QccCheckOptions options = {
    .watcher = self->watcher,
    .network = self->network,
    .timeout = values->check_timeout,
    .max_tries = values->check_tries,
    .rules = qcc_health_get_failure_rules (self->health),
    .model = entry->last_model,
  };

  job->monitor = g_object_ref (self);
  job->entry = qcc_endpoint_entry_ref (entry);
  job->endpoint = qcc_endpoint_ref (entry->endpoint);
  job->key = entry->key != NULL ? qcc_secret_ref (entry->key) : NULL;
  job->simulated = entry->simulation != NULL;
  job->task = task;
  job->cancellable = g_cancellable_new ();
  if (outer != NULL)
    g_signal_connect_object (outer, "cancelled", G_CALLBACK (g_cancellable_cancel), job->cancellable, G_CONNECT_SWAPPED);

  watch->job = job;
  watch->forced_at = 0;
  watch->first_at = 0;
  self->n_running++;
  qcc_check_run_async (entry, level, &options, job->cancellable, on_checked, job);
}

/*
 * qcc_monitor_start_due:
 * @self: a monitor
 * @entry: (transfer none): an endpoint that is not being checked
 *
 * Checks it as the schedule does: without paying for it, but for what the user allows.
 */
void
qcc_monitor_start_due (QccMonitor *self,
                       QccEndpointEntry *entry)
{
  QccCheckLevel level = QCC_CHECK_API;

  if (may_pay (self, entry))
    {
      level = QCC_CHECK_CHAT;
      count_paid (self);
    }
  else if (g_str_equal (qcc_policy_get_values (self->policy)->check_level, "connect"))
    {
      level = QCC_CHECK_CONNECT;
    }

  start (self, entry, level, NULL);
}

/* Returns: whether @task waits no more */
static gboolean
start_demand (QccMonitor *self,
              GTask *task)
{
  const Demand *demand = g_task_get_task_data (task);
  QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, demand->endpoint_id);

  if (entry == NULL)
    {
      g_task_return_new_error (task, QCC_ERROR, QCC_ERROR_NOT_FOUND, "%s",
                               _ ("There is no endpoint with that id. “qcc endpoint list PROFILE” shows them."));
      g_object_unref (task);
      return TRUE;
    }

  if (qcc_monitor_get_watch (self, demand->endpoint_id)->job != NULL)
    return FALSE;

  start (self, entry, demand->level, task);
  return TRUE;
}

/*
 * qcc_monitor_start_waiting:
 * @self: a monitor
 *
 * Starts the checks that were asked for, first come first, as far as there is room; one endpoint has one at a time.
 */
void
qcc_monitor_start_waiting (QccMonitor *self)
{
  GList *next;

  for (GList *link = self->waiting.head; link != NULL && self->n_running < QCC_MONITOR_MAX_RUNNING; link = next)
    {
      next = link->next;
      if (start_demand (self, link->data))
        g_queue_delete_link (&self->waiting, link);
    }
}

/*
 * qcc_monitor_cancel_all:
 * @self: a monitor
 *
 * Ends the checks that run and those that wait.
 */
void
qcc_monitor_cancel_all (QccMonitor *self)
{
  GHashTableIter iter;
  gpointer value;
  GTask *task;

  while ((task = g_queue_pop_head (&self->waiting)) != NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The checks were stopped");
      g_object_unref (task);
    }

  g_hash_table_iter_init (&iter, self->watches);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const QccMonitorWatch *watch = value;

      if (watch->job != NULL)
        g_cancellable_cancel (watch->job->cancellable);
    }
}

static void
on_waiting_cancelled (GCancellable *cancellable,
                      GTask *task)
{
  QccMonitor *self = g_task_get_source_object (task);

  if (g_queue_remove (&self->waiting, task))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "No longer wanted");
      g_object_unref (task);
    }
}

/**
 * qcc_monitor_check_async:
 * @self: a monitor
 * @endpoint_id: which endpoint
 * @level: how deep; %QCC_CHECK_CHAT costs something
 * @cancellable: (nullable): ends it
 * @callback: called when the check is over
 * @user_data: for @callback
 *
 * One check now, whatever the schedule, the settings and the user's switch say; its result counts like any other. Waits
 * while the endpoint is being checked already, or too many are.
 */
void
qcc_monitor_check_async (QccMonitor *self,
                         const char *endpoint_id,
                         QccCheckLevel level,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task;
  Demand *demand;

  g_return_if_fail (QCC_IS_MONITOR (self));
  g_return_if_fail (endpoint_id != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  demand = g_new0 (Demand, 1);
  demand->endpoint_id = g_strdup (endpoint_id);
  demand->level = level;
  g_task_set_source_tag (task, qcc_monitor_check_async);
  g_task_set_task_data (task, demand, demand_free);
  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }

  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_waiting_cancelled), task, 0);
  g_queue_push_tail (&self->waiting, task);
  qcc_monitor_start_waiting (self);
}

/**
 * qcc_monitor_check_finish:
 * @self: a monitor
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED, also when the monitor was stopped; %QCC_ERROR_NOT_FOUND. A check that does not
 * pass is no error.
 *
 * Returns: (transfer full): what came of it
 */
QccCheckResult *
qcc_monitor_check_finish (QccMonitor *self,
                          GAsyncResult *result,
                          GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
