/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-proxy.h"

G_BEGIN_DECLS

/**
 * QccLifecycleState:
 * @QCC_LIFECYCLE_STOPPED: it does not listen, since it was told so or not told yet
 * @QCC_LIFECYCLE_RUNNING: it listens
 * @QCC_LIFECYCLE_STOPPING: it does not listen any more, and answers finish
 * @QCC_LIFECYCLE_FAILED: it should listen and cannot
 *
 * The state of the proxy as the user sees it: as #QccProxyState, but a stop that nobody wanted is a failure.
 */
typedef enum
{
  QCC_LIFECYCLE_STOPPED,
  QCC_LIFECYCLE_RUNNING,
  QCC_LIFECYCLE_STOPPING,
  QCC_LIFECYCLE_FAILED,
} QccLifecycleState;

#define QCC_TYPE_LIFECYCLE_STATE (qcc_lifecycle_state_get_type ())
GType qcc_lifecycle_state_get_type (void);

#define QCC_TYPE_LIFECYCLE (qcc_lifecycle_get_type ())
G_DECLARE_FINAL_TYPE (QccLifecycle, qcc_lifecycle, QCC, LIFECYCLE, GObject)

QccLifecycle *qcc_lifecycle_new (QccProxy *proxy, GPtrArray *sockets, guint stop_grace);

gboolean qcc_lifecycle_start (QccLifecycle *self, GError **error);
void qcc_lifecycle_stop_async (QccLifecycle *self, GAsyncReadyCallback callback, gpointer user_data);
void qcc_lifecycle_stop_finish (QccLifecycle *self, GAsyncResult *result);
void qcc_lifecycle_quit (QccLifecycle *self);

QccLifecycleState qcc_lifecycle_get_state (QccLifecycle *self);
const char *qcc_lifecycle_get_reason (QccLifecycle *self);
char *qcc_lifecycle_dup_url (QccLifecycle *self);
guint qcc_lifecycle_get_n_exchanges (QccLifecycle *self);

G_END_DECLS
