/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-snapshot.h"
#include "service/qcc-store.h"

G_BEGIN_DECLS

const char *qcc_active_choose (const QccSnapshot *snapshot, const char *wanted);

#define QCC_TYPE_ACTIVE (qcc_active_get_type ())
G_DECLARE_FINAL_TYPE (QccActive, qcc_active, QCC, ACTIVE, GObject)

QccActive *qcc_active_new (QccStore *store);

void qcc_active_load_async (QccActive *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean qcc_active_load_finish (QccActive *self, GAsyncResult *result, GError **error);
void qcc_active_apply (QccActive *self, QccSnapshot *snapshot);

const char *qcc_active_get_name (QccActive *self);
const char *qcc_active_get_home (QccActive *self);
const char *qcc_active_get_pinned (QccActive *self);
const char *qcc_active_get_serving (QccActive *self);
void qcc_active_set_serving (QccActive *self, const char *name);
gboolean qcc_active_is_pinned (QccActive *self);
const char *qcc_active_get_reason (QccActive *self);
gint64 qcc_active_get_since (QccActive *self);

void qcc_active_switch_async (QccActive *self,
                              const char *name,
                              const char *reason,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
void qcc_active_move_async (QccActive *self, const char *name, GAsyncReadyCallback callback, gpointer user_data);
void qcc_active_release_async (QccActive *self, GAsyncReadyCallback callback, gpointer user_data);
void qcc_active_rename_async (QccActive *self,
                              const char *name,
                              const char *new_name,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean qcc_active_change_finish (QccActive *self, GAsyncResult *result, GError **error);

G_END_DECLS
