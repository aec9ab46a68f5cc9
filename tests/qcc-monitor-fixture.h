/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-provider.h"
#include "service/qcc-monitor.h"
#include "tests/qcc-fake-network.h"
#include "tests/qcc-manual-clock.h"

G_BEGIN_DECLS

#define QCC_MONITOR_SECOND ((gint64) G_USEC_PER_SEC)
#define QCC_MONITOR_MINUTE (60 * QCC_MONITOR_SECOND)
#define QCC_MONITOR_HOUR (60 * QCC_MONITOR_MINUTE)

/**
 * QccMonitorFixture:
 * @monitor: (owned) (nullable): what is tested; it has been started
 * @clock: (owned): its time
 * @provider: (owned): to which all endpoints lead, each below a path of its id
 * @network: (owned): what it sees of the network
 * @sleep: (owned): what it hears of sleep
 * @n_seen: requests that qcc_monitor_fixture_take_requests() has looked at
 *
 * A monitor, the real health keeper, and endpoints `one`, `two` … with keys; one try for each check.
 */
typedef struct
{
  QccMonitor *monitor;
  QccManualClock *clock;
  QccFakeProvider *provider;
  QccFakeNetwork *network;
  QccSleepWatch *sleep;
  QccHealth *health;
  QccEndpointTable *table;
  QccPolicy *policy;
  QccKeyStore *keys;
  QccStore *store;
  QccTrustStore *trust_store;
  QccWatcher *watcher;
  char *directory;
  guint n_seen;
} QccMonitorFixture;

QccMonitorFixture *qcc_monitor_fixture_new (guint n_endpoints);
void qcc_monitor_fixture_free (QccMonitorFixture *self);

void qcc_monitor_fixture_start (QccMonitorFixture *self);
QccEndpointEntry *qcc_monitor_fixture_get_entry (QccMonitorFixture *self, const char *id);
void qcc_monitor_fixture_set_key (QccMonitorFixture *self, const char *id, const char *key);
GSettings *qcc_monitor_fixture_get_settings (QccMonitorFixture *self);
void qcc_monitor_fixture_script (QccMonitorFixture *self, const char *path, const char *script);
void qcc_monitor_fixture_settle (QccMonitorFixture *self);
void qcc_monitor_fixture_advance (QccMonitorFixture *self, gint64 usec);
guint qcc_monitor_fixture_take_requests (QccMonitorFixture *self, const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccMonitorFixture, qcc_monitor_fixture_free)

G_END_DECLS
