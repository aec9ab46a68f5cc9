/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-active-record.h"
#include "service/qcc-event.h"
#include "service/qcc-health-sample.h"

G_BEGIN_DECLS

/*
 * The state file, an SQLite database. Blocks, so it is for one thread that may. Another process may have the
 * same file open.
 *
 * What is written between qcc_store_file_begin() and qcc_store_file_commit() is on the disk as a whole or not at
 * all; after a failure in between the file has to be closed, which undoes it.
 *
 * Possible errors, where none are named: %QCC_ERROR_CORRUPT, %QCC_ERROR_UNAVAILABLE.
 */

#define QCC_STORE_MAX_EVENTS 1000   /* spec 6.6 */
#define QCC_STORE_MAX_SAMPLES 12000 /* of one endpoint: one a minute is 10 080 in the 7 days of spec 7.4 */

typedef struct _QccStoreFile QccStoreFile;

QccStoreFile *qcc_store_file_open (const char *path, GError **error);
QccStoreFile *qcc_store_file_open_copy (const char *path, GError **error);
void qcc_store_file_close (QccStoreFile *self);

gboolean qcc_store_file_begin (QccStoreFile *self, GError **error);
gboolean qcc_store_file_commit (QccStoreFile *self, GError **error);

gboolean qcc_store_file_read_active (QccStoreFile *self, QccActiveRecord **out_record, GError **error);
gboolean qcc_store_file_write_active (QccStoreFile *self, const QccActiveRecord *record, GError **error);

GPtrArray *qcc_store_file_read_events (QccStoreFile *self, guint64 *out_highest_id, GError **error);
gboolean qcc_store_file_write_event (QccStoreFile *self, const QccEvent *event, GError **error);
gboolean qcc_store_file_trim_events (QccStoreFile *self, GError **error);

GHashTable *qcc_store_file_read_documents (QccStoreFile *self, const char *kind, GError **error);
gboolean qcc_store_file_write_document (QccStoreFile *self,
                                        const char *kind,
                                        const char *id,
                                        GVariant *body,
                                        GError **error);
gboolean qcc_store_file_remove_document (QccStoreFile *self, const char *kind, const char *id, GError **error);

GPtrArray *qcc_store_file_read_samples (QccStoreFile *self, const char *endpoint, guint max, GError **error);
gboolean qcc_store_file_write_sample (QccStoreFile *self, const QccHealthSample *sample, GError **error);
gboolean qcc_store_file_trim_samples (QccStoreFile *self, const char *endpoint, GError **error);
gboolean qcc_store_file_remove_samples (QccStoreFile *self, const char *endpoint, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccStoreFile, qcc_store_file_close)

G_END_DECLS
