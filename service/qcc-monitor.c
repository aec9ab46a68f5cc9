/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-monitor-private.h"

#include "service/qcc-check-schedule.h"

/* After sleep and changes of the network all are checked again (spec 7.3), over this time. */
#define RECHECK_SPREAD_USEC (2 * G_USEC_PER_SEC)

/* But none so soon after its last check: the network of a machine with containers or a VPN changes by the dozen. */
#define RECHECK_GAP_USEC (10 * G_USEC_PER_SEC)

G_DEFINE_FINAL_TYPE (QccMonitor, qcc_monitor, G_TYPE_OBJECT)

static void
clear_timer (QccMonitor *self)
{
  if (self->timer != 0)
    qcc_clock_remove_timer (self->clock, self->timer);
  self->timer = 0;
}

static void
qcc_monitor_dispose (GObject *object)
{
  QccMonitor *self = QCC_MONITOR (object);

  qcc_monitor_stop (self);

  G_OBJECT_CLASS (qcc_monitor_parent_class)->dispose (object);
}

static void
qcc_monitor_finalize (GObject *object)
{
  QccMonitor *self = QCC_MONITOR (object);

  g_clear_pointer (&self->watches, g_hash_table_unref);
  g_clear_object (&self->health);
  g_clear_object (&self->table);
  g_clear_object (&self->policy);
  g_clear_object (&self->clock);
  g_clear_pointer (&self->watcher, qcc_watcher_unref);
  g_clear_object (&self->network);
  g_clear_object (&self->sleep);

  G_OBJECT_CLASS (qcc_monitor_parent_class)->finalize (object);
}

static void
qcc_monitor_class_init (QccMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_monitor_dispose;
  object_class->finalize = qcc_monitor_finalize;
}

static void
qcc_monitor_init (QccMonitor *self)
{
  self->watches = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_queue_init (&self->waiting);
}

/* A moment of wall time, which the user may have set in between, on the clock that nobody sets. */
static gint64
from_wall (QccMonitor *self,
           gint64 wall)
{
  gint64 age = qcc_clock_get_wall_time (self->clock) - wall;

  /* 0 is for never. */
  return wall > 0 ? MAX (1, qcc_clock_get_time (self->clock) - MAX (0, age)) : 0;
}

/*
 * qcc_monitor_get_watch:
 * @self: a monitor
 * @endpoint_id: of an endpoint
 *
 * Returns: (transfer none): what is known of it
 */
QccMonitorWatch *
qcc_monitor_get_watch (QccMonitor *self,
                       const char *endpoint_id)
{
  QccMonitorWatch *watch = g_hash_table_lookup (self->watches, endpoint_id);

  if (watch == NULL)
    {
      const QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, endpoint_id);

      watch = g_new0 (QccMonitorWatch, 1);
      watch->last_check = entry != NULL ? from_wall (self, entry->figures.last_check) : 0;
      g_hash_table_insert (self->watches, g_strdup (endpoint_id), watch);
    }

  return watch;
}

static gboolean
is_gone (gpointer key,
         gpointer value,
         gpointer user_data)
{
  QccMonitor *self = user_data;
  const QccMonitorWatch *watch = value;

  return watch->job == NULL && qcc_endpoint_table_lookup (self->table, key) == NULL;
}

static gboolean
has_network (QccMonitor *self)
{
  return self->network == NULL || g_network_monitor_get_network_available (self->network);
}

static gboolean
may_be_checked (const QccEndpointEntry *entry)
{
  return entry->endpoint->enabled && (entry->key != NULL || entry->simulation != NULL);
}

/* What users saw of it counts as a check, good or bad. */
static gint64
get_last_seen (const QccEndpointEntry *entry,
               const QccMonitorWatch *watch)
{
  return MAX (watch->last_check, MAX (entry->state.last_success, entry->state.last_failure));
}

static gint64
ask_schedule (QccMonitor *self,
              const QccEndpointEntry *entry,
              QccMonitorWatch *watch)
{
  QccEndpointView view = qcc_health_view (self->health, entry);
  QccCheckFacts facts = {
    .id = entry->endpoint->id,
    .healthy = entry->state.circuit == QCC_CIRCUIT_CLOSED && view.level == QCC_LEVEL_HEALTHY &&
               view.obstacle == QCC_OBSTACLE_NONE,
    .rejected = view.obstacle == QCC_OBSTACLE_REJECTED,
    .urgent = watch->forced_at != 0,
    .last_check = get_last_seen (entry, watch),
    .last_exchange = self->last_exchange,
  };

  if (entry->state.last_success > watch->last_check)
    watch->n_bad = 0;
  facts.n_bad = watch->n_bad;

  return qcc_check_schedule_next (&facts, qcc_policy_get_values (self->policy)->check_interval,
                                  qcc_clock_get_time (self->clock));
}

/* When to check @entry, %QCC_CHECK_NEVER while there is no reason to. */
static gint64
get_due (QccMonitor *self,
         const QccEndpointEntry *entry,
         QccMonitorWatch *watch)
{
  gint64 now = qcc_clock_get_time (self->clock);
  gint64 due = ask_schedule (self, entry, watch);

  if (due == QCC_CHECK_NEVER)
    {
      watch->forced_at = 0;
      watch->first_at = 0;
      return due;
    }

  if (watch->forced_at != 0)
    {
      due = watch->forced_at;
    }
  else if (get_last_seen (entry, watch) == 0)
    {
      /* The schedule would put it off each time that it is asked. */
      if (watch->first_at == 0)
        watch->first_at = due;
      due = MIN (due, watch->first_at);
    }

  /* A busy endpoint is not probed: its traffic says more. */
  if (due <= now && entry->in_flight > 0)
    {
      watch->last_check = now;
      watch->forced_at = 0;
      due = ask_schedule (self, entry, watch);
    }

  return due;
}

static void
on_timer (gpointer user_data)
{
  QccMonitor *self = user_data;

  self->timer = 0;
  qcc_monitor_plan_soon (self);
}

static void
set_timer (QccMonitor *self,
           gint64 at)
{
  if (self->timer != 0 && self->timer_at == at)
    return;

  clear_timer (self);
  self->timer_at = at;
  if (at != QCC_CHECK_NEVER)
    self->timer = qcc_clock_add_timer (self->clock, at, on_timer, self);
}

/* Starts what is due, and sets the one timer for what will be. */
static void
plan (QccMonitor *self)
{
  g_autoptr (GPtrArray) entries = qcc_endpoint_table_list (self->table);
  gint64 now = qcc_clock_get_time (self->clock);
  gint64 next = QCC_CHECK_NEVER;

  g_hash_table_foreach_remove (self->watches, is_gone, self);
  qcc_monitor_start_waiting (self);

  self->quiet = FALSE;
  if (!self->started || !qcc_policy_get_values (self->policy)->health_enabled || !has_network (self))
    {
      clear_timer (self);
      return;
    }

  for (guint i = 0; i < entries->len; i++)
    {
      QccEndpointEntry *entry = g_ptr_array_index (entries, i);
      QccMonitorWatch *watch = qcc_monitor_get_watch (self, entry->endpoint->id);
      gint64 due;

      if (!may_be_checked (entry) || watch->job != NULL)
        continue;

      due = get_due (self, entry, watch);
      if (due == QCC_CHECK_NEVER)
        self->quiet = TRUE;
      else if (due > now)
        next = MIN (next, due);
      else if (self->n_running < QCC_MONITOR_MAX_RUNNING)
        qcc_monitor_start_due (self, entry);
      /* else: when one of those that run is over, this is asked again. */
    }

  set_timer (self, next);
}

static gboolean
on_plan (gpointer user_data)
{
  QccMonitor *self = user_data;

  self->plan_id = 0;
  plan (self);

  return G_SOURCE_REMOVE;
}

/*
 * qcc_monitor_plan_soon:
 * @self: a monitor
 *
 * Something has changed; what changes together is looked at once.
 */
void
qcc_monitor_plan_soon (QccMonitor *self)
{
  if (self->plan_id == 0)
    self->plan_id = g_idle_add_full (G_PRIORITY_DEFAULT, on_plan, self, NULL);
}

static void
force_all (QccMonitor *self)
{
  g_autoptr (GPtrArray) entries = qcc_endpoint_table_list (self->table);
  gint64 now = qcc_clock_get_time (self->clock);

  for (guint i = 0; i < entries->len; i++)
    {
      const QccEndpointEntry *entry = g_ptr_array_index (entries, i);
      QccMonitorWatch *watch = qcc_monitor_get_watch (self, entry->endpoint->id);
      gint64 at = now + qcc_check_schedule_spread (entry->endpoint->id, RECHECK_SPREAD_USEC);

      if (watch->last_check != 0)
        at = MAX (at, watch->last_check + RECHECK_GAP_USEC);
      watch->forced_at = watch->forced_at != 0 ? MIN (watch->forced_at, at) : at;
    }
  qcc_monitor_plan_soon (self);
}

/* The clock's timers may have slept too. */
static void
on_woke (QccMonitor *self)
{
  clear_timer (self);
  qcc_health_tick (self->health);
  force_all (self);
}

static void
on_network_changed (QccMonitor *self,
                    gboolean available)
{
  if (available)
    {
      qcc_health_tick (self->health);
      force_all (self);
    }
  qcc_monitor_plan_soon (self);
}

static void
on_doubted (QccMonitor *self,
            const char *endpoint_id)
{
  qcc_monitor_get_watch (self, endpoint_id)->forced_at = qcc_clock_get_time (self->clock);
  qcc_monitor_plan_soon (self);
}

/* What was counted was another key, or another place. */
static void
on_replaced (QccMonitor *self,
             const char *endpoint_id)
{
  qcc_monitor_get_watch (self, endpoint_id)->n_bad = 0;
  qcc_monitor_plan_soon (self);
}

/**
 * qcc_monitor_new:
 * @parts: what it is made of
 *
 * Returns: (transfer full): a monitor that checks on demand only, until qcc_monitor_start()
 */
QccMonitor *
qcc_monitor_new (const QccMonitorParts *parts)
{
  QccMonitor *self;

  g_return_val_if_fail (parts != NULL && QCC_IS_HEALTH (parts->health), NULL);
  g_return_val_if_fail (QCC_IS_ENDPOINT_TABLE (parts->table) && QCC_IS_POLICY (parts->policy), NULL);
  g_return_val_if_fail (QCC_IS_CLOCK (parts->clock) && parts->watcher != NULL, NULL);

  self = g_object_new (QCC_TYPE_MONITOR, NULL);
  self->health = g_object_ref (parts->health);
  self->table = g_object_ref (parts->table);
  self->policy = g_object_ref (parts->policy);
  self->clock = g_object_ref (parts->clock);
  self->watcher = qcc_watcher_ref (parts->watcher);
  g_set_object (&self->network, parts->network);
  g_set_object (&self->sleep, parts->sleep);

  g_signal_connect_object (self->health, "changed", G_CALLBACK (qcc_monitor_plan_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->health, "doubted", G_CALLBACK (on_doubted), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->policy, "changed", G_CALLBACK (qcc_monitor_plan_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "applied", G_CALLBACK (qcc_monitor_plan_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "key-changed", G_CALLBACK (qcc_monitor_plan_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "key-replaced", G_CALLBACK (on_replaced), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "address-changed", G_CALLBACK (on_replaced), self, G_CONNECT_SWAPPED);
  if (self->network != NULL)
    g_signal_connect_object (self->network, "network-changed", G_CALLBACK (on_network_changed), self, G_CONNECT_SWAPPED);
  if (self->sleep != NULL)
    g_signal_connect_object (self->sleep, "woke", G_CALLBACK (on_woke), self, G_CONNECT_SWAPPED);

  return self;
}

/**
 * qcc_monitor_start:
 * @self: a monitor
 *
 * Begins to check by the schedule. The figures must be loaded: they say when somebody last asked for something, so that
 * a restart does not end the checks of what was bad before.
 */
void
qcc_monitor_start (QccMonitor *self)
{
  g_autoptr (GPtrArray) entries = NULL;

  g_return_if_fail (QCC_IS_MONITOR (self));

  entries = qcc_endpoint_table_list (self->table);
  for (guint i = 0; i < entries->len; i++)
    {
      const QccEndpointEntry *entry = g_ptr_array_index (entries, i);

      self->last_exchange = MAX (self->last_exchange, from_wall (self, entry->figures.last_request));
    }

  self->started = TRUE;
  qcc_monitor_plan_soon (self);
}

/**
 * qcc_monitor_stop:
 * @self: a monitor
 *
 * Ends all checks, those that were asked for with %G_IO_ERROR_CANCELLED.
 */
void
qcc_monitor_stop (QccMonitor *self)
{
  g_return_if_fail (QCC_IS_MONITOR (self));

  self->started = FALSE;
  clear_timer (self);
  g_clear_handle_id (&self->plan_id, g_source_remove);
  qcc_monitor_cancel_all (self);
}

/**
 * qcc_monitor_note_exchange:
 * @self: a monitor
 *
 * An exchange has come in: checks may have become due. Costs nothing while all that an exchange asks for is planned.
 */
void
qcc_monitor_note_exchange (QccMonitor *self)
{
  g_return_if_fail (QCC_IS_MONITOR (self));

  self->last_exchange = MAX (1, qcc_clock_get_time (self->clock));
  if (self->quiet)
    qcc_monitor_plan_soon (self);
}

/**
 * qcc_monitor_get_n_pending:
 * @self: a monitor
 *
 * Returns: how many checks run or have a timer; 0 when nothing will wake the service up
 */
guint
qcc_monitor_get_n_pending (QccMonitor *self)
{
  g_return_val_if_fail (QCC_IS_MONITOR (self), 0);

  return self->n_running + self->waiting.length + (self->timer != 0) + (self->plan_id != 0);
}

/**
 * qcc_monitor_get_n_running:
 * @self: a monitor
 *
 * Returns: how many checks run or are about to
 */
guint
qcc_monitor_get_n_running (QccMonitor *self)
{
  g_return_val_if_fail (QCC_IS_MONITOR (self), 0);

  return self->n_running + self->waiting.length + (self->plan_id != 0);
}
