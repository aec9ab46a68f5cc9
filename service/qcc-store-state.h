/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-active-record.h"

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

const QccActiveRecord *qcc_store_state_get_active (QccStoreState *self);
gboolean qcc_store_state_save_active (QccStoreState *self, const QccActiveRecord *record, GError **error);
const char *qcc_store_state_get_notice (QccStoreState *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccStoreState, qcc_store_state_free)

G_END_DECLS
