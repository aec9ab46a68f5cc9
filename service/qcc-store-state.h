/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-store-pending.h"

G_BEGIN_DECLS

/*
 * What the store keeps, over a state file that may be damaged, newer, or not writable for a while. Blocks, so
 * it is for the store's thread.
 */

typedef struct _QccStoreState QccStoreState;

QccStoreState *qcc_store_state_new (const char *path);
void qcc_store_state_free (QccStoreState *self);

void qcc_store_state_open (QccStoreState *self);
void qcc_store_state_close (QccStoreState *self);

QccStorePending *qcc_store_state_get_pending (QccStoreState *self);
gboolean qcc_store_state_flush (QccStoreState *self, GError **error);

const QccActiveRecord *qcc_store_state_get_active (QccStoreState *self);
GPtrArray *qcc_store_state_list_events (QccStoreState *self, guint64 *out_highest_id);
GHashTable *qcc_store_state_load_documents (QccStoreState *self, const char *kind);
GPtrArray *qcc_store_state_list_samples (QccStoreState *self, const char *endpoint, guint max);
const char *qcc_store_state_get_notice (QccStoreState *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccStoreState, qcc_store_state_free)

G_END_DECLS
