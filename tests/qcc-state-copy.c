/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-state-copy.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sqlite3.h>

#define NAME "state.db"

/* The service holds its locks for moments only. */
#define BUSY_TIMEOUT_MS 10000

/**
 * qcc_state_copy_new:
 * @folder: where a state file is that nobody writes any more
 * @copy_folder: where to copy it; it must exist
 *
 * Copies the file and what was not yet moved into it. The original stays as it is, for the next start to recover.
 *
 * Returns: (transfer full): path of the copy
 */
char *
qcc_state_copy_new (const char *folder,
                    const char *copy_folder)
{
  const char *const names[] = { NAME, NAME "-wal", NAME "-shm" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GFile) from = g_file_new_build_filename (folder, names[i], NULL);
      g_autoptr (GFile) to = g_file_new_build_filename (copy_folder, names[i], NULL);
      g_autoptr (GError) error = NULL;

      g_unlink (g_file_peek_path (to));
      /* The index of the log is made anew from the log. */
      if (i == 2)
        continue;
      if (!g_file_copy (from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error) && i == 0)
        g_error ("%s", error->message);
    }

  return g_build_filename (copy_folder, NAME, NULL);
}

static int
add_row (void *data,
         int n_columns,
         char **columns,
         char **names)
{
  g_autoptr (GString) row = g_string_new (NULL);

  for (int i = 0; i < n_columns; i++)
    g_string_append_printf (row, "%s%s", i > 0 ? "|" : "", columns[i] != NULL ? columns[i] : "");
  g_ptr_array_add (data, g_string_free (g_steal_pointer (&row), FALSE));

  return 0;
}

/**
 * qcc_state_query:
 * @path: of a state file
 * @sql: what to read
 *
 * Returns: (transfer full) (nullable) (element-type utf8): the rows, their columns divided by `|`; %NULL when the file
 *   cannot be read
 */
GPtrArray *
qcc_state_query (const char *path,
                 const char *sql)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_free);
  sqlite3 *db = NULL;
  gboolean ok;

  ok = sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK;
  sqlite3_busy_timeout (db, BUSY_TIMEOUT_MS);
  ok = ok && sqlite3_exec (db, sql, add_row, rows, NULL) == SQLITE_OK;
  sqlite3_close (db);

  return ok ? g_steal_pointer (&rows) : NULL;
}

/**
 * qcc_state_change:
 * @path: of a copy
 * @sql: what to do to it
 *
 * Returns: whether exactly one row was changed
 */
gboolean
qcc_state_change (const char *path,
                  const char *sql)
{
  sqlite3 *db = NULL;
  gboolean ok;

  ok = sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
       sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK && sqlite3_changes (db) == 1;
  sqlite3_close (db);

  return ok;
}
