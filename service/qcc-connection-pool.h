/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "common/qcc-endpoint.h"
#include "service/qcc-trust-store.h"

G_BEGIN_DECLS

/**
 * QccConnection:
 * @session: (owned): a session that never has more than one connection
 * @socket: (owned) (nullable): the socket of that connection, once there is one
 * @stream: (owned) (nullable): the connection itself, the TLS one where there is TLS
 *
 * One place for a connection to an endpoint. A session with many connections costs time in
 * proportion to their number at every request, so each has a session of its own.
 */
typedef struct
{
  SoupSession *session;
  GSocket *socket;
  GIOStream *stream;
  gint64 idle_since; /* monotonic time in microseconds */
} QccConnection;

#define QCC_TYPE_CONNECTION_POOL (qcc_connection_pool_get_type ())
G_DECLARE_FINAL_TYPE (QccConnectionPool, qcc_connection_pool, QCC, CONNECTION_POOL, GObject)

QccConnectionPool *qcc_connection_pool_new (QccEndpoint *endpoint, QccTrustStore *trust_store);

void qcc_connection_pool_set_max_connections (QccConnectionPool *self, guint max_connections);
guint qcc_connection_pool_get_n_busy (QccConnectionPool *self);

void qcc_connection_pool_acquire_async (QccConnectionPool *self,
                                        gboolean fresh,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
QccConnection *qcc_connection_pool_acquire_finish (QccConnectionPool *self,
                                                   GAsyncResult *result,
                                                   GError **error);
void qcc_connection_pool_release (QccConnectionPool *self, QccConnection *connection, gboolean reusable);

G_END_DECLS
