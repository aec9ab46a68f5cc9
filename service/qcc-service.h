/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-key-store.h"
#include "service/qcc-clock.h"
#include "service/qcc-lifecycle.h"
#include "service/qcc-failover-manager.h"
#include "service/qcc-monitor.h"
#include "service/qcc-policy.h"

G_BEGIN_DECLS

/**
 * QccServiceOptions:
 * @settings_backend: (nullable): where settings are kept; %NULL for the user's own
 * @profile_file: (nullable): the profiles, with database and revisions beside it; %NULL for the user's own
 * @key_store: (nullable): the keys; %NULL for the user's own
 * @tls_backend: (nullable): the TLS library; %NULL for the system's
 * @transparent_url: (nullable): where requests go without a profile; %NULL for Anthropic
 * @sockets: (nullable) (element-type GSocket): listening sockets from systemd, instead of the settings'
 * @clock: (nullable): the time that endpoints are judged by; %NULL for the machine's
 * @network: (nullable): whether there is a network; %NULL asks the machine
 * @sleep: (nullable): tells when the machine woke up; %NULL asks the machine
 * @bus: (nullable): where to be controlled from; %NULL for nowhere
 * @stop_grace: seconds that answers may go on after the wish to end, 0 for the usual time
 * @read_limit: milliseconds that a client may pause in the middle of its request, 0 for the usual time
 *
 * What an instance has of its own; all (transfer none).
 */
typedef struct
{
  GSettingsBackend *settings_backend;
  GFile *profile_file;
  QccKeyStore *key_store;
  GTlsBackend *tls_backend;
  const char *transparent_url;
  GPtrArray *sockets;
  QccClock *clock;
  GNetworkMonitor *network;
  QccSleepWatch *sleep;
  GDBusConnection *bus;
  guint stop_grace;
  guint read_limit;
} QccServiceOptions;

#define QCC_TYPE_SERVICE (qcc_service_get_type ())
G_DECLARE_FINAL_TYPE (QccService, qcc_service, QCC, SERVICE, GObject)

QccService *qcc_service_new (const QccServiceOptions *options, GError **error);

void qcc_service_start_async (QccService *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean qcc_service_start_finish (QccService *self, GAsyncResult *result, GError **error);
void qcc_service_stop_async (QccService *self, GAsyncReadyCallback callback, gpointer user_data);
void qcc_service_stop_finish (QccService *self, GAsyncResult *result);

guint16 qcc_service_get_port (QccService *self);
char *qcc_service_dup_url (QccService *self);
QccLifecycle *qcc_service_get_lifecycle (QccService *self);
QccPolicy *qcc_service_get_policy (QccService *self);
QccEndpointTable *qcc_service_get_table (QccService *self);
QccActive *qcc_service_get_active (QccService *self);
QccEventLog *qcc_service_get_events (QccService *self);
QccFailoverManager *qcc_service_get_failover (QccService *self);
QccMonitor *qcc_service_get_monitor (QccService *self);
QccHealth *qcc_service_get_health (QccService *self);
guint qcc_service_get_n_exchanges (QccService *self);
guint qcc_service_get_n_in_flight (QccService *self);
guint64 qcc_service_get_n_records (QccService *self);

G_END_DECLS
