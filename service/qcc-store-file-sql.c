/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store-file-private.h"

#include "common/qcc-error.h"

/* By number alone: a clock that jumps must delete nothing. */
static const char *const sqls[QCC_STORE_N_SQL] = {
  [QCC_STORE_SQL_READ_ACTIVE] = "SELECT profile, pinned, reason, since, pinned_profile FROM active",
  [QCC_STORE_SQL_WRITE_ACTIVE] = "INSERT OR REPLACE INTO active (id, profile, pinned, reason, since, pinned_profile) "
                                 "VALUES (1, ?, ?, ?, ?, ?)",
  [QCC_STORE_SQL_READ_EVENTS] = "SELECT id, type, source, target, reason, time, success FROM event "
                                "ORDER BY id DESC LIMIT ?",
  [QCC_STORE_SQL_WRITE_EVENT] = "INSERT OR REPLACE INTO event (id, type, source, target, reason, time, success) "
                                "VALUES (?, ?, ?, ?, ?, ?, ?)",
  [QCC_STORE_SQL_TRIM_EVENTS] = "DELETE FROM event WHERE id <= "
                                "(SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET ?)",
  [QCC_STORE_SQL_READ_DOCUMENTS] = "SELECT id, body FROM document WHERE kind = ?",
  [QCC_STORE_SQL_WRITE_DOCUMENT] = "INSERT OR REPLACE INTO document (kind, id, body) VALUES (?, ?, ?)",
  [QCC_STORE_SQL_REMOVE_DOCUMENT] = "DELETE FROM document WHERE kind = ? AND id = ?",
  [QCC_STORE_SQL_READ_SAMPLES] = "SELECT time, level, passed, status, latency, detail FROM sample "
                                 "WHERE endpoint = ? ORDER BY id DESC LIMIT ?",
  [QCC_STORE_SQL_WRITE_SAMPLE] = "INSERT INTO sample (endpoint, time, level, passed, status, latency, detail) "
                                 "VALUES (?, ?, ?, ?, ?, ?, ?)",
  [QCC_STORE_SQL_TRIM_SAMPLES] = "DELETE FROM sample WHERE endpoint = ?1 AND id <= "
                                 "(SELECT id FROM sample WHERE endpoint = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
  [QCC_STORE_SQL_REMOVE_SAMPLES] = "DELETE FROM sample WHERE endpoint = ?",
};

/* What SQLite says is about the file, never about what is in it. */
gboolean
qcc_store_file_fail (sqlite3 *db,
                     GError **error)
{
  int code = sqlite3_errcode (db);
  /* SQLITE_ERROR is a statement of ours that does not fit the tables. */
  gboolean is_damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;

  g_set_error (error, QCC_ERROR, is_damaged ? QCC_ERROR_CORRUPT : QCC_ERROR_UNAVAILABLE, "%s", sqlite3_errmsg (db));
  return FALSE;
}

/* Of all of them at once, so that a file whose tables are not ours is found when it is opened. */
gboolean
qcc_store_file_prepare (QccStoreFile *self,
                        GError **error)
{
  for (gsize i = 0; i < QCC_STORE_N_SQL; i++)
    if (sqlite3_prepare_v3 (self->db, sqls[i], -1, SQLITE_PREPARE_PERSISTENT, &self->statements[i], NULL) != SQLITE_OK)
      return qcc_store_file_fail (self->db, error);

  return TRUE;
}

static void
make_ready (sqlite3_stmt *statement)
{
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
}

/* Runs a statement that gives nothing. */
gboolean
qcc_store_file_run (QccStoreFile *self,
                    QccStoreSql sql,
                    GError **error)
{
  sqlite3_stmt *statement = self->statements[sql];
  gboolean ok = sqlite3_step (statement) == SQLITE_DONE || qcc_store_file_fail (self->db, error);

  make_ready (statement);
  return ok;
}

/* Runs a statement and calls @func for each row. */
gboolean
qcc_store_file_read (QccStoreFile *self,
                     QccStoreSql sql,
                     QccStoreRowFunc func,
                     gpointer user_data,
                     GError **error)
{
  sqlite3_stmt *statement = self->statements[sql];
  gboolean ok;
  int step;

  while ((step = sqlite3_step (statement)) == SQLITE_ROW)
    func (statement, user_data);
  ok = step == SQLITE_DONE || qcc_store_file_fail (self->db, error);

  make_ready (statement);
  return ok;
}
