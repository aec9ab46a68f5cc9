/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-key-store.h"
#include "common/qcc-secret.h"
#include "common/qcc-snapshot.h"
#include "service/qcc-connection-pool.h"

G_BEGIN_DECLS

/**
 * QccEndpointEntry:
 * @endpoint: (owned): its configuration
 * @pool: (owned): its connections
 * @key: (owned) (nullable): its key; %NULL when the key store has none
 * @wrr_current: state of strategy `weighted`
 * @no_count_tokens_until: monotonic time in microseconds until which it is known not to count
 *   tokens, 0 when it is not known
 *
 * What is known of an endpoint while the service runs.
 */
typedef struct
{
  QccEndpoint *endpoint;
  QccConnectionPool *pool;
  QccSecret *key;
  int wrr_current;
  gint64 no_count_tokens_until;
} QccEndpointEntry;

#define QCC_TYPE_ENDPOINT_TABLE (qcc_endpoint_table_get_type ())
G_DECLARE_FINAL_TYPE (QccEndpointTable, qcc_endpoint_table, QCC, ENDPOINT_TABLE, GObject)

QccEndpointTable *qcc_endpoint_table_new (QccKeyStore *key_store, QccTrustStore *trust_store);

void qcc_endpoint_table_load_async (QccEndpointTable *self,
                                    QccSnapshot *snapshot,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean qcc_endpoint_table_load_finish (QccEndpointTable *self, GAsyncResult *result, GError **error);

QccEndpointEntry *qcc_endpoint_table_lookup (QccEndpointTable *self, const char *id);
void qcc_endpoint_table_set_max_connections (QccEndpointTable *self, guint max_connections);

G_END_DECLS
