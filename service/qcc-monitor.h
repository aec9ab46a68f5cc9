/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-check.h"
#include "service/qcc-health.h"
#include "service/qcc-policy.h"
#include "service/qcc-sleep-watch.h"

G_BEGIN_DECLS

/**
 * QccMonitor:
 *
 * Checks the endpoints when it is time to (spec 7), and when asked. Tells the health keeper what came of it.
 */
#define QCC_TYPE_MONITOR (qcc_monitor_get_type ())
G_DECLARE_FINAL_TYPE (QccMonitor, qcc_monitor, QCC, MONITOR, GObject)

/**
 * QccMonitorParts:
 *
 * What it is made of; all (transfer none). @network and @sleep may be %NULL.
 */
typedef struct
{
  QccHealth *health;
  QccEndpointTable *table;
  QccPolicy *policy;
  QccClock *clock;
  QccWatcher *watcher;
  GNetworkMonitor *network;
  QccSleepWatch *sleep;
} QccMonitorParts;

QccMonitor *qcc_monitor_new (const QccMonitorParts *parts);
void qcc_monitor_start (QccMonitor *self);
void qcc_monitor_stop (QccMonitor *self);

/* An exchange has come in: checks may have become due. */
void qcc_monitor_note_exchange (QccMonitor *self);

/* One check now, whatever the schedule says; its result counts like any other. */
void qcc_monitor_check_async (QccMonitor *self,
                              const char *endpoint_id,
                              QccCheckLevel level,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
QccCheckResult *qcc_monitor_check_finish (QccMonitor *self, GAsyncResult *result, GError **error);

/* How many checks run or have a timer; 0 when nothing will wake the service up. */
guint qcc_monitor_get_n_pending (QccMonitor *self);

/* How many of them need no more than time of the loop: not those that have a timer. */
guint qcc_monitor_get_n_running (QccMonitor *self);

/* Messages that were paid for since local midnight; see `health.paid-probes`. */
guint qcc_monitor_get_paid_probes_today (QccMonitor *self);

G_END_DECLS
