/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-active-record.h"

G_BEGIN_DECLS

/*
 * The state file, an SQLite database. Blocks, so it is for one thread that may. Another process may have the
 * same file open.
 */

typedef struct _QccStoreFile QccStoreFile;

QccStoreFile *qcc_store_file_open (const char *path, GError **error);
void qcc_store_file_close (QccStoreFile *self);

gboolean qcc_store_file_read_active (QccStoreFile *self, QccActiveRecord **out_record, GError **error);
gboolean qcc_store_file_write_active (QccStoreFile *self, const QccActiveRecord *record, GError **error);

gboolean qcc_store_file_peek_active (const char *path, QccActiveRecord **out_record, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccStoreFile, qcc_store_file_close)

G_END_DECLS
