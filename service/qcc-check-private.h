/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-check.h"

G_BEGIN_DECLS

/* What a check is made of, for the qcc-check-*.c files: qcc-check.c knows the order, -connect and -request talk to the
 * endpoint, -judge knows what the answers mean, -text reads and writes their bodies, -words tells people. */

/**
 * QccCheckTarget:
 * @endpoint: (owned): where to
 * @pool: (owned): its connections
 * @key: (owned) (nullable): its key
 * @watcher: (owned): watches sockets
 *
 * An endpoint as it was when the check began. Reference-counted, since a connection that was asked for may come when the
 * check is over.
 */
typedef struct
{
  QccEndpoint *endpoint;
  QccConnectionPool *pool;
  QccSecret *key;
  QccWatcher *watcher;
} QccCheckTarget;

QccCheckTarget *qcc_check_target_new (QccEndpointEntry *entry, QccWatcher *watcher);
QccCheckTarget *qcc_check_target_ref (QccCheckTarget *self);
void qcc_check_target_unref (QccCheckTarget *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccCheckTarget, qcc_check_target_unref)

#define QCC_CHECK_MAX_BODY (256 * 1024)

/**
 * QccCheckReply:
 * @transport: how it failed; %QCC_TRANSPORT_FAILURE_NONE when there is an answer, or a connection if that was wanted
 * @reason: (owned) (nullable): why it failed where QCC can tell in its own words, translated
 * @connected: there was a connection, so that something may have been sent
 * @status: HTTP status, 0 without an answer
 * @retry_after: seconds that the answer stated, -1 when it did not
 * @body: (owned) (nullable): of the answer, decoded, not more than %QCC_CHECK_MAX_BODY bytes
 * @whole: @body is complete
 * @first_byte_ms: milliseconds to the head of the answer, -1 without one
 * @latency_ms: milliseconds to its end, or to the failure
 *
 * What came back from one request or connection.
 */
typedef struct
{
  QccTransportFailure transport;
  char *reason;
  gboolean connected;
  guint status;
  int retry_after;
  GByteArray *body;
  gboolean whole;
  gint64 first_byte_ms;
  gint64 latency_ms;
} QccCheckReply;

QccCheckReply *qcc_check_reply_new (void);
void qcc_check_reply_free (QccCheckReply *self);
void qcc_check_reply_set_error (QccCheckReply *self, const GError *error, gboolean reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccCheckReply, qcc_check_reply_free)

/* Both end with a reply whatever happens, or with %G_IO_ERROR_CANCELLED. */
void qcc_check_connect_async (QccCheckTarget *target,
                              gint64 limit_ms,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
QccCheckReply *qcc_check_connect_finish (GAsyncResult *result, GError **error);
void qcc_check_request_async (QccCheckTarget *target,
                              const char *path,
                              const char *body,
                              gint64 limit_ms,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
QccCheckReply *qcc_check_request_finish (GAsyncResult *result, GError **error);

G_END_DECLS
