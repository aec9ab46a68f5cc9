/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-store-state.h"
#include "service/qcc-store.h"

G_BEGIN_DECLS

/* How the files of the store hand work to its thread. */

/* Notes what shall be written; the data of the task says what. */
typedef void (*QccStoreWriteFunc) (QccStorePending *pending, gpointer data);
/* Gives what the task returns. */
typedef gpointer (*QccStoreReadFunc) (QccStoreState *state, gpointer data);

void qcc_store_submit_write (QccStore *self, GTask *task, QccStoreWriteFunc func);
void qcc_store_submit_read (QccStore *self, GTask *task, QccStoreReadFunc func, GDestroyNotify free_result);

G_END_DECLS
