/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-store-file.h"

G_BEGIN_DECLS

/*
 * What is not in the state file yet: the active record, events, documents and checks. It stays here for as long as
 * the file cannot be written, bounded: of the events the last %QCC_STORE_MAX_EVENTS, of each document the newest.
 * Checks are lost then, which leaves a gap in the history and nothing else.
 */

typedef struct _QccStorePending QccStorePending;

QccStorePending *qcc_store_pending_new (void);
void qcc_store_pending_free (QccStorePending *self);

void qcc_store_pending_put_active (QccStorePending *self, const QccActiveRecord *record);
void qcc_store_pending_put_event (QccStorePending *self, QccEvent *event);
void qcc_store_pending_put_document (QccStorePending *self, const char *kind, const char *id, GVariant *body);
void qcc_store_pending_put_sample (QccStorePending *self, const QccHealthSample *sample);
void qcc_store_pending_put_forgotten (QccStorePending *self, const char *endpoint);

gboolean qcc_store_pending_is_empty (QccStorePending *self);
gboolean qcc_store_pending_write (QccStorePending *self, QccStoreFile *file, GError **error);
void qcc_store_pending_clear (QccStorePending *self);
void qcc_store_pending_lose_samples (QccStorePending *self);

const QccActiveRecord *qcc_store_pending_get_active (QccStorePending *self);
GPtrArray *qcc_store_pending_merge_events (QccStorePending *self, GPtrArray *events, guint64 *highest_id);
void qcc_store_pending_merge_documents (QccStorePending *self, const char *kind, GHashTable *documents);
gboolean qcc_store_pending_is_forgotten (QccStorePending *self, const char *endpoint);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccStorePending, qcc_store_pending_free)

G_END_DECLS
