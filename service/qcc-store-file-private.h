/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sqlite3.h>

#include "service/qcc-store-file.h"

G_BEGIN_DECLS

/* What the files of the state file share; nobody else includes it. */

typedef enum
{
  QCC_STORE_SQL_READ_ACTIVE,
  QCC_STORE_SQL_WRITE_ACTIVE,
  QCC_STORE_SQL_READ_EVENTS,
  QCC_STORE_SQL_WRITE_EVENT,
  QCC_STORE_SQL_TRIM_EVENTS,
  QCC_STORE_SQL_READ_DOCUMENTS,
  QCC_STORE_SQL_WRITE_DOCUMENT,
  QCC_STORE_SQL_REMOVE_DOCUMENT,
  QCC_STORE_SQL_READ_SAMPLES,
  QCC_STORE_SQL_WRITE_SAMPLE,
  QCC_STORE_SQL_TRIM_SAMPLES,
  QCC_STORE_SQL_REMOVE_SAMPLES,
  QCC_STORE_N_SQL,
} QccStoreSql;

struct _QccStoreFile
{
  sqlite3 *db;                               /* (owned) */
  sqlite3_stmt *statements[QCC_STORE_N_SQL]; /* (owned) */
};

/* Values of @row are valid until it returns. */
typedef void (*QccStoreRowFunc) (sqlite3_stmt *row, gpointer user_data);

gboolean qcc_store_file_fail (sqlite3 *db, GError **error);
gboolean qcc_store_file_prepare (QccStoreFile *self, GError **error);
gboolean qcc_store_file_run (QccStoreFile *self, QccStoreSql sql, GError **error);
gboolean qcc_store_file_read (QccStoreFile *self,
                              QccStoreSql sql,
                              QccStoreRowFunc func,
                              gpointer user_data,
                              GError **error);

G_END_DECLS
