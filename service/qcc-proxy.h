/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-endpoint-table.h"
#include "service/qcc-policy.h"
#include "service/qcc-profile-store.h"
#include "service/qcc-recorder.h"

G_BEGIN_DECLS

/**
 * QccProxyParts:
 *
 * What the proxy is made of; all (transfer none).
 */
typedef struct
{
  QccPolicy *policy;
  QccProfileStore *profile_store;
  QccEndpointTable *table;
  QccTrustStore *trust_store;
  QccRecorder *recorder;
  GNetworkMonitor *network; /* (nullable) */
  QccEndpoint *transparent; /* where requests go without any profile, when the setting allows it */
} QccProxyParts;

#define QCC_TYPE_PROXY (qcc_proxy_get_type ())
G_DECLARE_FINAL_TYPE (QccProxy, qcc_proxy, QCC, PROXY, GObject)

QccProxy *qcc_proxy_new (const QccProxyParts *parts, GError **error);

gboolean qcc_proxy_start (QccProxy *self, GError **error);
guint16 qcc_proxy_get_port (QccProxy *self);
guint qcc_proxy_get_n_exchanges (QccProxy *self);

void qcc_proxy_stop_async (QccProxy *self,
                           guint grace_seconds,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
void qcc_proxy_stop_finish (QccProxy *self, GAsyncResult *result);

G_END_DECLS
