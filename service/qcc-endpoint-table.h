/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-key-store.h"
#include "common/qcc-snapshot.h"
#include "service/qcc-endpoint-entry.h"

G_BEGIN_DECLS

#define QCC_TYPE_ENDPOINT_TABLE (qcc_endpoint_table_get_type ())
G_DECLARE_FINAL_TYPE (QccEndpointTable, qcc_endpoint_table, QCC, ENDPOINT_TABLE, GObject)

QccEndpointTable *qcc_endpoint_table_new (QccKeyStore *key_store, QccTrustStore *trust_store);

void qcc_endpoint_table_apply_async (QccEndpointTable *self,
                                     QccSnapshot *snapshot,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
void qcc_endpoint_table_look_up_keys_async (QccEndpointTable *self,
                                            const char *endpoint_id,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback,
                                            gpointer user_data);
gboolean qcc_endpoint_table_look_up_keys_finish (QccEndpointTable *self, GAsyncResult *result, GError **error);

QccEndpointEntry *qcc_endpoint_table_lookup (QccEndpointTable *self, const char *id);
GPtrArray *qcc_endpoint_table_list (QccEndpointTable *self);
guint qcc_endpoint_table_get_n_in_flight (QccEndpointTable *self);
void qcc_endpoint_table_set_max_connections (QccEndpointTable *self, guint max_connections);

G_END_DECLS
