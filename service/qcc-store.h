/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "service/qcc-active-record.h"

G_BEGIN_DECLS

#define QCC_TYPE_STORE (qcc_store_get_type ())
G_DECLARE_FINAL_TYPE (QccStore, qcc_store, QCC, STORE, GObject)

QccStore *qcc_store_new (GFile *file);

void qcc_store_open_async (QccStore *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean qcc_store_open_finish (QccStore *self, GAsyncResult *result, GError **error);

void qcc_store_load_active_async (QccStore *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
QccActiveRecord *qcc_store_load_active_finish (QccStore *self, GAsyncResult *result, GError **error);

void qcc_store_save_active_async (QccStore *self,
                                  const QccActiveRecord *record,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean qcc_store_save_active_finish (QccStore *self, GAsyncResult *result, GError **error);

void qcc_store_close_async (QccStore *self, GAsyncReadyCallback callback, gpointer user_data);
void qcc_store_close_finish (QccStore *self, GAsyncResult *result);

const char *qcc_store_get_notice (QccStore *self);

G_END_DECLS
