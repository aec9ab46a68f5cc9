/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-monitor.h"

G_BEGIN_DECLS

/* Spec 7.2, "concurrent": enough for a check to be no queue, few enough for a laptop. */
#define QCC_MONITOR_MAX_RUNNING 4

typedef struct _QccMonitorJob QccMonitorJob;

/**
 * QccMonitorWatch:
 * @job: (unowned) (nullable): its check that runs
 * @n_bad: checks in a row that did not pass
 * @last_check: when the last one ended, 0 for never
 * @first_at: when the first one is due, 0 while that is open
 * @forced_at: when one is due whatever the schedule says, 0 for none
 *
 * What the monitor knows of one endpoint. Times are of the clock.
 */
typedef struct
{
  QccMonitorJob *job;
  guint n_bad;
  gint64 last_check;
  gint64 first_at;
  gint64 forced_at;
} QccMonitorWatch;

struct _QccMonitor
{
  GObject parent_instance;

  QccHealth *health;        /* (owned) */
  QccEndpointTable *table;  /* (owned) */
  QccPolicy *policy;        /* (owned) */
  QccClock *clock;          /* (owned) */
  QccWatcher *watcher;      /* (owned) */
  GNetworkMonitor *network; /* (owned) (nullable) */
  QccSleepWatch *sleep;     /* (owned) (nullable) */

  gboolean started;
  GHashTable *watches; /* (owned) (element-type utf8 QccMonitorWatch): by id; keys and values owned */
  GQueue waiting;      /* (element-type GTask): checks that were asked for and have no place yet */
  guint n_running;
  gint64 last_exchange; /* 0 for never */
  gboolean quiet;       /* an exchange would make checks due that are not planned now */
  guint timer;          /* at @clock, for @timer_at */
  gint64 timer_at;
  guint plan_id;
  int paid_day; /* the local day of the last message, as a number */
  guint n_paid; /* messages sent on that day */
};

QccMonitorWatch *qcc_monitor_get_watch (QccMonitor *self, const char *endpoint_id);
void qcc_monitor_plan_soon (QccMonitor *self);
void qcc_monitor_start_waiting (QccMonitor *self);
void qcc_monitor_start_due (QccMonitor *self, QccEndpointEntry *entry);
void qcc_monitor_cancel_all (QccMonitor *self);

G_END_DECLS
