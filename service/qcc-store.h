/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "service/qcc-active-record.h"
#include "service/qcc-event.h"
#include "service/qcc-health-sample.h"

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

void qcc_store_save_document_async (QccStore *self,
                                    const char *kind,
                                    const char *id,
                                    GVariant *body,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean qcc_store_save_document_finish (QccStore *self, GAsyncResult *result, GError **error);

void qcc_store_remove_document_async (QccStore *self,
                                      const char *kind,
                                      const char *id,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean qcc_store_remove_document_finish (QccStore *self, GAsyncResult *result, GError **error);

void qcc_store_load_documents_async (QccStore *self,
                                     const char *kind,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
GHashTable *qcc_store_load_documents_finish (QccStore *self, GAsyncResult *result, GError **error);

void qcc_store_add_event_async (QccStore *self,
                                QccEvent *event,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean qcc_store_add_event_finish (QccStore *self, GAsyncResult *result, GError **error);

void qcc_store_list_events_async (QccStore *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
GPtrArray *qcc_store_list_events_finish (QccStore *self, GAsyncResult *result, guint64 *out_highest_id, GError **error);

void qcc_store_add_sample_async (QccStore *self,
                                 const QccHealthSample *sample,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean qcc_store_add_sample_finish (QccStore *self, GAsyncResult *result, GError **error);

void qcc_store_list_samples_async (QccStore *self,
                                   const char *endpoint,
                                   guint max,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
GPtrArray *qcc_store_list_samples_finish (QccStore *self, GAsyncResult *result, GError **error);

void qcc_store_forget_endpoint_async (QccStore *self,
                                      const char *endpoint,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean qcc_store_forget_endpoint_finish (QccStore *self, GAsyncResult *result, GError **error);

void qcc_store_close_async (QccStore *self, GAsyncReadyCallback callback, gpointer user_data);
void qcc_store_close_finish (QccStore *self, GAsyncResult *result);

const char *qcc_store_get_notice (QccStore *self);

G_END_DECLS
