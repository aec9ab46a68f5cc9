/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-event.h"
#include "service/qcc-store.h"

G_BEGIN_DECLS

#define QCC_EVENT_LOG_MAX 1000 /* spec 6.6 */

/**
 * QccEventLog:
 *
 * The last events, in memory and in the store (spec 6.6).
 *
 * Signals: `added` with a QccEvent, when one was added; it is being stored then.
 */
#define QCC_TYPE_EVENT_LOG (qcc_event_log_get_type ())
G_DECLARE_FINAL_TYPE (QccEventLog, qcc_event_log, QCC, EVENT_LOG, GObject)

QccEventLog *qcc_event_log_new (QccStore *store);

void qcc_event_log_load_async (QccEventLog *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean qcc_event_log_load_finish (QccEventLog *self, GAsyncResult *result, GError **error);

QccEvent *qcc_event_log_add (QccEventLog *self,
                             QccEventType type,
                             const char *from,
                             const char *to,
                             const char *reason,
                             gint64 wall_now);
GPtrArray *qcc_event_log_list (QccEventLog *self, guint max);

G_END_DECLS
