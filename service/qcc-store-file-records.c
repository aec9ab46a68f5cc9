/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store-file-private.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

static gboolean
is_text_or_null (const char *text)
{
  return text == NULL || g_utf8_validate (text, -1, NULL);
}

static void
read_active (sqlite3_stmt *row,
             gpointer user_data)
{
  QccActiveRecord **out_record = user_data;
  const QccActiveRecord record = {
    .active_profile = (char *) sqlite3_column_text (row, 0),
    .pinned = sqlite3_column_int (row, 1),
    .reason = (char *) sqlite3_column_text (row, 2),
    .since = sqlite3_column_int64 (row, 3),
    .pinned_profile = (char *) sqlite3_column_text (row, 4),
  };

  *out_record = qcc_active_record_copy (&record);
}

/**
 * qcc_store_file_read_active:
 * @self: a file
 * @out_record: (out) (transfer full) (nullable): the record; %NULL when none was ever written
 * @error: return location for an error
 *
 * A record that is not UTF-8 is %QCC_ERROR_CORRUPT.
 *
 * Returns: whether the file could be read
 */
gboolean
qcc_store_file_read_active (QccStoreFile *self,
                            QccActiveRecord **out_record,
                            GError **error)
{
  g_autoptr (QccActiveRecord) record = NULL;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (out_record != NULL, FALSE);

  *out_record = NULL;
  if (!qcc_store_file_read (self, QCC_STORE_SQL_READ_ACTIVE, read_active, &record, error))
    return FALSE;

  if (record != NULL && (!is_text_or_null (record->active_profile) || !is_text_or_null (record->reason) ||
                         !is_text_or_null (record->pinned_profile)))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("it holds a text that is not UTF-8"));
      return FALSE;
    }

  *out_record = g_steal_pointer (&record);
  return TRUE;
}

/**
 * qcc_store_file_write_active:
 * @self: a file
 * @record: the record, in the place of the one before
 * @error: return location for an error
 *
 * Returns: whether it is written
 */
gboolean
qcc_store_file_write_active (QccStoreFile *self,
                             const QccActiveRecord *record,
                             GError **error)
{
  sqlite3_stmt *statement;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (record != NULL, FALSE);

  statement = self->statements[QCC_STORE_SQL_WRITE_ACTIVE];
  sqlite3_bind_text (statement, 1, record->active_profile, -1, SQLITE_STATIC);
  sqlite3_bind_int (statement, 2, record->pinned ? 1 : 0);
  sqlite3_bind_text (statement, 3, record->reason, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 4, record->since);
  sqlite3_bind_text (statement, 5, record->pinned_profile, -1, SQLITE_STATIC);

  return qcc_store_file_run (self, QCC_STORE_SQL_WRITE_ACTIVE, error);
}

typedef struct
{
  const char *kind;
  GHashTable *documents;
} DocumentReader;

static void
read_document (sqlite3_stmt *row,
               gpointer user_data)
{
  const DocumentReader *reader = user_data;
  const char *id = (const char *) sqlite3_column_text (row, 0);
  const char *text = (const char *) sqlite3_column_text (row, 1);
  GVariant *body = NULL;

  if (id == NULL || !g_utf8_validate (id, -1, NULL))
    {
      g_warning ("A document “%s” of the state file is skipped: its id is not UTF-8", reader->kind);
      return;
    }

  /* What the parser says would quote the text. */
  if (text != NULL && g_utf8_validate (text, -1, NULL))
    body = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
  if (body == NULL)
    {
      g_warning ("The document “%s” “%s” of the state file cannot be read and is skipped", reader->kind, id);
      return;
    }

  g_hash_table_replace (reader->documents, g_strdup (id), body);
}

/**
 * qcc_store_file_read_documents:
 * @self: a file
 * @kind: a kind of document
 * @error: return location for an error
 *
 * What cannot be parsed is skipped.
 *
 * Returns: (transfer full) (element-type utf8 GVariant): all of the kind by id, each of type a{sv}
 */
GHashTable *
qcc_store_file_read_documents (QccStoreFile *self,
                               const char *kind,
                               GError **error)
{
  g_autoptr (GHashTable) documents = NULL;
  DocumentReader reader;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (kind != NULL, NULL);

  documents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  reader = (DocumentReader){ kind, documents };
  sqlite3_bind_text (self->statements[QCC_STORE_SQL_READ_DOCUMENTS], 1, kind, -1, SQLITE_STATIC);
  if (!qcc_store_file_read (self, QCC_STORE_SQL_READ_DOCUMENTS, read_document, &reader, error))
    return NULL;

  return g_steal_pointer (&documents);
}

/**
 * qcc_store_file_write_document:
 * @self: a file
 * @kind: a kind of document
 * @id: which of the kind
 * @body: its content, of type a{sv}, in the place of the one before
 * @error: return location for an error
 *
 * Returns: whether it is written
 */
gboolean
qcc_store_file_write_document (QccStoreFile *self,
                               const char *kind,
                               const char *id,
                               GVariant *body,
                               GError **error)
{
  sqlite3_stmt *statement;
  g_autofree char *text = NULL;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (kind != NULL && id != NULL, FALSE);
  g_return_val_if_fail (g_variant_is_of_type (body, G_VARIANT_TYPE_VARDICT), FALSE);

  text = g_variant_print (body, TRUE);
  statement = self->statements[QCC_STORE_SQL_WRITE_DOCUMENT];
  sqlite3_bind_text (statement, 1, kind, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 2, id, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 3, text, -1, SQLITE_STATIC);

  return qcc_store_file_run (self, QCC_STORE_SQL_WRITE_DOCUMENT, error);
}

/**
 * qcc_store_file_remove_document:
 * @self: a file
 * @kind: a kind of document
 * @id: which of the kind
 * @error: return location for an error
 *
 * Returns: whether there is none any more
 */
gboolean
qcc_store_file_remove_document (QccStoreFile *self,
                                const char *kind,
                                const char *id,
                                GError **error)
{
  sqlite3_stmt *statement;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (kind != NULL && id != NULL, FALSE);

  statement = self->statements[QCC_STORE_SQL_REMOVE_DOCUMENT];
  sqlite3_bind_text (statement, 1, kind, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 2, id, -1, SQLITE_STATIC);

  return qcc_store_file_run (self, QCC_STORE_SQL_REMOVE_DOCUMENT, error);
}
