/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store-file.h"

#include <errno.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>

#include "common/qcc-error.h"

/* Another instance that is just ending, or somebody with a tool, may be writing. */
#define BUSY_TIMEOUT_MS 2000

/* Step N leads from user_version N to N + 1. Released steps never change; new ones come behind. */
static const char *const migrations[] = {
  /* One row. */
  "CREATE TABLE active ("
  "  id INTEGER PRIMARY KEY CHECK (id = 1),"
  "  profile TEXT,"
  "  pinned INTEGER NOT NULL CHECK (pinned IN (0, 1)),"
  "  reason TEXT,"
  "  since INTEGER NOT NULL"
  ") STRICT;",
};

#define READ_ACTIVE "SELECT profile, pinned, reason, since FROM active"
#define WRITE_ACTIVE "INSERT OR REPLACE INTO active (id, profile, pinned, reason, since) VALUES (1, ?, ?, ?, ?)"

struct _QccStoreFile
{
  sqlite3 *db;                /* (owned) */
  sqlite3_stmt *read_active;  /* (owned) */
  sqlite3_stmt *write_active; /* (owned) */
};

/* What SQLite says is about the file, never about what is in it. */
static gboolean
fail (sqlite3 *db,
      GError **error)
{
  int code = sqlite3_errcode (db);

  /* SQLITE_ERROR is a statement of ours that does not fit the tables. */
  g_set_error (error, QCC_ERROR,
               code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR ? QCC_ERROR_CORRUPT : QCC_ERROR_UNAVAILABLE,
               "%s", sqlite3_errmsg (db));
  return FALSE;
}

static gboolean
execute (QccStoreFile *self,
         const char *sql,
         GError **error)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail (self->db, error);
}

static gboolean
prepare (QccStoreFile *self,
         const char *sql,
         sqlite3_stmt **out_statement,
         GError **error)
{
  return sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out_statement, NULL) == SQLITE_OK ||
         fail (self->db, error);
}

/* Runs a statement that gives one value, and returns it as a text. */
static char *
query (QccStoreFile *self,
       const char *sql,
       GError **error)
{
  sqlite3_stmt *statement = NULL;
  char *value = NULL;

  if (!prepare (self, sql, &statement, error))
    return NULL;

  if (sqlite3_step (statement) == SQLITE_ROW)
    value = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  else
    fail (self->db, error);
  sqlite3_finalize (statement);

  return value;
}

static gboolean
check_version (QccStoreFile *self,
               guint *out_version,
               GError **error)
{
  g_autofree char *text = query (self, "PRAGMA user_version", error);
  gint64 version;

  if (text == NULL)
    return FALSE;

  version = g_ascii_strtoll (text, NULL, 10);
  if (version > (gint64) G_N_ELEMENTS (migrations))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED, _ ("it was written by a newer QCC"));
      return FALSE;
    }
  if (version < 0)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("its version is not one that QCC writes"));
      return FALSE;
    }

  *out_version = (guint) version;
  return TRUE;
}

static gboolean
migrate (QccStoreFile *self,
         guint version,
         GError **error)
{
  while (version < G_N_ELEMENTS (migrations))
    {
      g_autofree char *step = NULL;

      /* Another instance may be at it too: what holds inside of the transaction counts. A transaction that fails
       * is undone when the file is closed. */
      if (!execute (self, "BEGIN IMMEDIATE", error) || !check_version (self, &version, error))
        return FALSE;

      if (version < G_N_ELEMENTS (migrations))
        step = g_strdup_printf ("%s PRAGMA user_version = %u", migrations[version], version + 1);
      if ((step != NULL && !execute (self, step, error)) || !execute (self, "COMMIT", error))
        return FALSE;
      version++;
    }

  return TRUE;
}

/* SQLite would make the file readable for others; what it makes beside the file gets the file's mode. */
static gboolean
create_file (const char *path,
             GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GFileOutputStream) stream = NULL;
  g_autoptr (GError) local_error = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, "%s: %s", folder, g_strerror (errno));
      return FALSE;
    }

  if (g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("it is not a file"));
      return FALSE;
    }

  stream = g_file_create (file, G_FILE_CREATE_PRIVATE, NULL, &local_error);
  if (stream == NULL && !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, "%s", local_error->message);
      return FALSE;
    }

  return TRUE;
}

static gboolean
set_up (QccStoreFile *self,
        const char *path,
        GError **error)
{
  guint version;

  if (!check_version (self, &version, error))
    return FALSE;

  if (sqlite3_db_readonly (self->db, "main") == 1)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("it is read-only"));
      return FALSE;
    }

  if (g_chmod (path, 0600) != 0)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, "%s", g_strerror (errno));
      return FALSE;
    }

  /* FULL: what was said to be kept is kept even when the power fails. There is little to write. */
  return execute (self, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", error) &&
         migrate (self, version, error) &&
         prepare (self, READ_ACTIVE, &self->read_active, error) &&
         prepare (self, WRITE_ACTIVE, &self->write_active, error);
}

/**
 * qcc_store_file_open:
 * @path: where the file is or shall be
 * @error: return location for an error
 *
 * Opens the file, creates it where there is none (0600, in a folder 0700), and brings an older one up to
 * date, each step in a transaction of its own.
 *
 * Possible errors: %QCC_ERROR_CORRUPT when it is damaged, %QCC_ERROR_REFUSED when a newer QCC wrote it, which
 * leaves it as it was, %QCC_ERROR_UNAVAILABLE when it cannot be written now. The messages do not name it.
 *
 * Returns: (transfer full): the file
 */
QccStoreFile *
qcc_store_file_open (const char *path,
                     GError **error)
{
  g_autoptr (QccStoreFile) self = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  if (!create_file (path, error))
    return NULL;

  self = g_new0 (QccStoreFile, 1);
  if (sqlite3_open_v2 (path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    {
      fail (self->db, error);
      return NULL;
    }

  sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS);
  if (!set_up (self, path, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * qcc_store_file_close:
 * @self: (transfer full): a file
 *
 * The last one that has it open leaves everything in the one file.
 */
void
qcc_store_file_close (QccStoreFile *self)
{
  g_return_if_fail (self != NULL);

  sqlite3_finalize (self->read_active);
  sqlite3_finalize (self->write_active);
  sqlite3_close (self->db);
  g_free (self);
}

static gboolean
is_text_or_null (const char *text)
{
  return text == NULL || g_utf8_validate (text, -1, NULL);
}

static gboolean
read_row (sqlite3_stmt *statement,
          QccActiveRecord **out_record,
          GError **error)
{
  const QccActiveRecord row = {
    .active_profile = (char *) sqlite3_column_text (statement, 0),
    .pinned = sqlite3_column_int (statement, 1),
    .reason = (char *) sqlite3_column_text (statement, 2),
    .since = sqlite3_column_int64 (statement, 3),
  };

  if (!is_text_or_null (row.active_profile) || !is_text_or_null (row.reason))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("it holds a text that is not UTF-8"));
      return FALSE;
    }

  *out_record = qcc_active_record_copy (&row);
  return TRUE;
}

/**
 * qcc_store_file_read_active:
 * @self: a file
 * @out_record: (out) (transfer full) (nullable): the record; %NULL when none was ever written
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_CORRUPT, %QCC_ERROR_UNAVAILABLE.
 *
 * Returns: whether the file could be read
 */
gboolean
qcc_store_file_read_active (QccStoreFile *self,
                            QccActiveRecord **out_record,
                            GError **error)
{
  int step;
  gboolean ok;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (out_record != NULL, FALSE);

  *out_record = NULL;
  step = sqlite3_step (self->read_active);
  if (step == SQLITE_ROW)
    ok = read_row (self->read_active, out_record, error);
  else
    ok = step == SQLITE_DONE || fail (self->db, error);
  sqlite3_reset (self->read_active);

  return ok;
}

/**
 * qcc_store_file_write_active:
 * @self: a file
 * @record: the record, in the place of the one before
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_CORRUPT, %QCC_ERROR_UNAVAILABLE.
 *
 * Returns: whether it is on the disk
 */
gboolean
qcc_store_file_write_active (QccStoreFile *self,
                             const QccActiveRecord *record,
                             GError **error)
{
  sqlite3_stmt *statement;
  gboolean ok;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (record != NULL, FALSE);

  statement = self->write_active;
  sqlite3_bind_text (statement, 1, record->active_profile, -1, SQLITE_STATIC);
  sqlite3_bind_int (statement, 2, record->pinned ? 1 : 0);
  sqlite3_bind_text (statement, 3, record->reason, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 4, record->since);

  ok = sqlite3_step (statement) == SQLITE_DONE || fail (self->db, error);
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);

  return ok;
}

/**
 * qcc_store_file_peek_active:
 * @path: where the file is
 * @out_record: (out) (transfer full) (nullable): the record; %NULL when none was ever written
 * @error: return location for an error
 *
 * For a file that qcc_store_file_open() could not open because nothing can be written: SQLite wants room
 * beside a file even to read it, unless it is told that nobody else has it. What was written last before a
 * crash may be missing.
 *
 * Possible errors: those of qcc_store_file_open().
 *
 * Returns: whether the file could be read
 */
gboolean
qcc_store_file_peek_active (const char *path,
                            QccActiveRecord **out_record,
                            GError **error)
{
  g_autofree char *base = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *uri = g_strconcat (base, "?immutable=1", NULL);
  g_autoptr (QccStoreFile) self = g_new0 (QccStoreFile, 1);
  guint version;

  if (sqlite3_open_v2 (uri, &self->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    return fail (self->db, error);

  return check_version (self, &version, error) && prepare (self, READ_ACTIVE, &self->read_active, error) &&
         qcc_store_file_read_active (self, out_record, error);
}
