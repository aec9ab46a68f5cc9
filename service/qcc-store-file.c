/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store-file.h"

#include <errno.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "common/qcc-error.h"
#include "service/qcc-store-file-private.h"

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

  /* The bounds of event and sample are those of QCC_STORE_MAX_EVENTS and QCC_STORE_MAX_SAMPLES. */
  "ALTER TABLE active ADD COLUMN pinned_profile TEXT;"
  "UPDATE active SET pinned_profile = profile WHERE pinned = 1;"
  "CREATE TABLE event ("
  "  id INTEGER PRIMARY KEY,"
  "  type TEXT,"
  "  source TEXT,"
  "  target TEXT,"
  "  reason TEXT,"
  "  time INTEGER,"
  "  success INTEGER"
  ") STRICT;"
  "CREATE TABLE document ("
  "  kind TEXT,"
  "  id TEXT,"
  "  body TEXT,"
  "  PRIMARY KEY (kind, id)"
  ") STRICT;"
  "CREATE TABLE sample ("
  "  id INTEGER PRIMARY KEY,"
  "  endpoint TEXT,"
  "  time INTEGER,"
  "  level TEXT,"
  "  passed INTEGER,"
  "  status INTEGER,"
  "  latency INTEGER,"
  "  detail TEXT"
  ") STRICT;"
  "CREATE INDEX sample_endpoint ON sample (endpoint, id);",
};

static gboolean
execute (QccStoreFile *self,
         const char *sql,
         GError **error)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK || qcc_store_file_fail (self->db, error);
}

/* Runs a statement that gives one value, and returns it as a text. */
static char *
query (QccStoreFile *self,
       const char *sql,
       GError **error)
{
  sqlite3_stmt *statement = NULL;
  char *value = NULL;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK)
    {
      qcc_store_file_fail (self->db, error);
      return NULL;
    }

  if (sqlite3_step (statement) == SQLITE_ROW)
    value = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  else
    qcc_store_file_fail (self->db, error);
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
         qcc_store_file_prepare (self, error);
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
      qcc_store_file_fail (self->db, error);
      return NULL;
    }

  sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS);
  if (!set_up (self, path, error))
    return NULL;

  return g_steal_pointer (&self);
}

/* SQLite wants room beside a file even to read it, unless it is told that nobody else has it. */
static gboolean
copy_into (QccStoreFile *self,
           const char *path,
           GError **error)
{
  g_autofree char *base = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *uri = g_strconcat (base, "?immutable=1", NULL);
  sqlite3 *source = NULL;
  sqlite3_backup *backup = NULL;
  gboolean ok;

  if (sqlite3_open_v2 (uri, &source, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    {
      qcc_store_file_fail (source, error);
      sqlite3_close (source);
      return FALSE;
    }

  backup = sqlite3_backup_init (self->db, "main", source, "main");
  if (backup != NULL)
    sqlite3_backup_step (backup, -1);
  ok = (backup != NULL && sqlite3_backup_finish (backup) == SQLITE_OK) || qcc_store_file_fail (self->db, error);
  sqlite3_close (source);

  return ok;
}

/**
 * qcc_store_file_open_copy:
 * @path: where the file is
 * @error: return location for an error
 *
 * A copy in memory, to read from, of a file that qcc_store_file_open() could not open because nothing can be
 * written. What was written last before a crash may be missing.
 *
 * Possible errors: those of qcc_store_file_open().
 *
 * Returns: (transfer full): the copy, up to date as to its form
 */
QccStoreFile *
qcc_store_file_open_copy (const char *path,
                          GError **error)
{
  g_autoptr (QccStoreFile) self = NULL;
  guint version;

  g_return_val_if_fail (path != NULL, NULL);

  self = g_new0 (QccStoreFile, 1);
  if (sqlite3_open_v2 (":memory:", &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    {
      qcc_store_file_fail (self->db, error);
      return NULL;
    }
  if (!copy_into (self, path, error) || !check_version (self, &version, error) || !migrate (self, version, error) ||
      !qcc_store_file_prepare (self, error))
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

  for (gsize i = 0; i < QCC_STORE_N_SQL; i++)
    sqlite3_finalize (self->statements[i]);
  sqlite3_close (self->db);
  g_free (self);
}

/**
 * qcc_store_file_begin:
 * @self: a file
 * @error: return location for an error
 *
 * Returns: whether writing may begin: nobody else does
 */
gboolean
qcc_store_file_begin (QccStoreFile *self,
                      GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return execute (self, "BEGIN IMMEDIATE", error);
}

/**
 * qcc_store_file_commit:
 * @self: a file
 * @error: return location for an error
 *
 * Returns: whether all that was written since qcc_store_file_begin() is on the disk
 */
gboolean
qcc_store_file_commit (QccStoreFile *self,
                       GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return execute (self, "COMMIT", error);
}
