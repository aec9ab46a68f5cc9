/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-active.h"
#include "service/qcc-affinity.h"
#include "service/qcc-endpoint-table.h"
#include "service/qcc-explain-ring.h"
#include "service/qcc-health.h"
#include "service/qcc-policy.h"
#include "service/qcc-profile-store.h"
#include "service/qcc-recorder.h"
#include "service/qcc-watch.h"

G_BEGIN_DECLS

/**
 * QccProxyParts:
 *
 * What the proxy is made of; all (transfer none).
 */
typedef struct
{
  QccPolicy *policy;
  QccActive *active;
  QccProfileStore *profile_store;
  QccEndpointTable *table;
  QccTrustStore *trust_store;
  QccRecorder *recorder;
  QccHealth *health;
  QccAffinity *affinity;
  QccExplainRing *explanations;
  QccClock *clock;
  QccWatcher *watcher;
  GNetworkMonitor *network; /* (nullable) */
  QccEndpoint *transparent; /* where requests go without any profile, when the setting allows it */
  guint read_limit;         /* milliseconds that a client may pause in the middle of its request */
} QccProxyParts;

/**
 * QccProxyState:
 * @QCC_PROXY_STATE_STOPPED: takes no requests, and none is under way
 * @QCC_PROXY_STATE_RUNNING: takes requests
 * @QCC_PROXY_STATE_STOPPING: takes no requests; answers that are under way may finish for a bounded time
 *
 *     STOPPED ── start ──► RUNNING ── stop ──► STOPPING ── last answer is over ──► STOPPED
 */
typedef enum
{
  QCC_PROXY_STATE_STOPPED,
  QCC_PROXY_STATE_RUNNING,
  QCC_PROXY_STATE_STOPPING,
} QccProxyState;

#define QCC_TYPE_PROXY_STATE (qcc_proxy_state_get_type ())
GType qcc_proxy_state_get_type (void);

#define QCC_TYPE_PROXY (qcc_proxy_get_type ())
G_DECLARE_FINAL_TYPE (QccProxy, qcc_proxy, QCC, PROXY, GObject)

QccProxy *qcc_proxy_new (const QccProxyParts *parts);

gboolean qcc_proxy_start (QccProxy *self, GPtrArray *sockets, GError **error);
QccProxyState qcc_proxy_get_state (QccProxy *self);
guint16 qcc_proxy_get_port (QccProxy *self);
char *qcc_proxy_dup_url (QccProxy *self);
guint qcc_proxy_get_n_exchanges (QccProxy *self);
guint qcc_proxy_get_n_in_flight (QccProxy *self);

void qcc_proxy_stop_async (QccProxy *self,
                           guint grace_seconds,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
void qcc_proxy_stop_finish (QccProxy *self, GAsyncResult *result);

G_END_DECLS
