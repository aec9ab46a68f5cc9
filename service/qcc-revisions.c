/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-revisions.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "common/qcc-atomic-file.h"
#include "common/qcc-json-text.h"
#include "common/qcc-json.h"

#define SUFFIX ".json"
#define NUMBER_MAX 999999999

/* A document is indented deeper here than in a file of its own. */
#define FILE_SIZE_MAX (4 * QCC_SNAPSHOT_FILE_SIZE_MAX)

/* Another instance may take the next number at the same moment. */
#define TRIES_MAX 10

/* Returns 0 for what is not the name of a revision. */
static guint
parse_number (const char *name)
{
  g_autofree char *digits = NULL;
  guint64 number = 0;

  if (g_str_has_suffix (name, SUFFIX))
    {
      digits = g_strndup (name, strlen (name) - strlen (SUFFIX));
      g_ascii_string_to_unsigned (digits, 10, 1, NUMBER_MAX, &number, NULL);
    }

  return (guint) number;
}

static int
compare_numbers (gconstpointer a,
                 gconstpointer b)
{
  guint first = *(const guint *) a;
  guint second = *(const guint *) b;

  return (first > second) - (first < second);
}

/* Returns (transfer full) (element-type guint): what is in the folder, ascending. */
static GArray *
list_numbers (const char *folder)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      guint number = parse_number (name);

      if (number > 0)
        g_array_append_val (numbers, number);
    }

  g_array_sort (numbers, compare_numbers);
  return numbers;
}

static char *
build_path (const char *folder,
            guint number)
{
  g_autofree char *name = g_strdup_printf ("%06u" SUFFIX, number);

  return g_build_filename (folder, name, NULL);
}

static QccSnapshot *
load (const char *path)
{
  g_autoptr (GBytes) content = qcc_atomic_file_read (path, FILE_SIZE_MAX, NULL);
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *document = NULL;
  const char *text;
  gsize length;

  if (content == NULL)
    return NULL;

  text = g_bytes_get_data (content, &length);
  root = qcc_json_parse (text, (gssize) length, NULL);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root) ||
      !json_object_has_member (json_node_get_object (root), "document"))
    return NULL;

  document = qcc_json_to_text (json_object_get_member (json_node_get_object (root), "document"));
  return qcc_snapshot_new_from_json (document, -1, NULL);
}

/**
 * qcc_revisions_load_newest:
 * @folder: (type filename): where they are; it need not exist
 * @out_number: (out) (optional): the number of the revision
 *
 * Passes over those that cannot be used.
 *
 * Returns: (transfer full) (nullable): the profiles of the newest good revision, or %NULL when there is none
 */
QccSnapshot *
qcc_revisions_load_newest (const char *folder,
                           guint *out_number)
{
  g_autoptr (GArray) numbers = NULL;

  g_return_val_if_fail (folder != NULL, NULL);

  numbers = list_numbers (folder);
  for (guint i = numbers->len; i > 0; i--)
    {
      guint number = g_array_index (numbers, guint, i - 1);
      g_autofree char *path = build_path (folder, number);
      QccSnapshot *snapshot = load (path);

      if (snapshot == NULL)
        continue;

      if (out_number != NULL)
        *out_number = number;
      return snapshot;
    }

  return NULL;
}

static GBytes *
make_content (const QccSnapshot *snapshot,
              guint number,
              const char *summary)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  char *text;

  json_object_set_int_member (object, "revision", number);
  json_object_set_string_member (object, "time", time);
  json_object_set_string_member (object, "summary", summary);
  json_object_set_member (object, "document", json_node_copy (snapshot->root));
  json_node_take_object (root, object);

  text = qcc_json_to_text (root);
  return g_bytes_new_take (text, strlen (text));
}

static void
remove_oldest (const char *folder)
{
  g_autoptr (GArray) numbers = list_numbers (folder);

  for (guint i = 0; i + QCC_REVISIONS_MAX < numbers->len; i++)
    {
      g_autofree char *path = build_path (folder, g_array_index (numbers, guint, i));

      g_unlink (path);
    }
}

/**
 * qcc_revisions_add:
 * @folder: (type filename): where they are; it is created when needed
 * @snapshot: what the profile file holds
 * @summary: what was done, for people
 * @error: return location for an error
 *
 * Gives it the number after the highest, so that a number is never used again, and removes the oldest
 * beyond %QCC_REVISIONS_MAX.
 *
 * Possible errors: those of qcc_atomic_file_replace().
 *
 * Returns: whether it is on the disk
 */
gboolean
qcc_revisions_add (const char *folder,
                   const QccSnapshot *snapshot,
                   const char *summary,
                   GError **error)
{
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (folder != NULL, FALSE);
  g_return_val_if_fail (snapshot != NULL, FALSE);
  g_return_val_if_fail (summary != NULL, FALSE);

  for (guint i = 0; i < TRIES_MAX; i++)
    {
      g_autoptr (GArray) numbers = list_numbers (folder);
      guint number = numbers->len > 0 ? g_array_index (numbers, guint, numbers->len - 1) + 1 : 1;
      g_autofree char *path = build_path (folder, number);
      g_autoptr (GBytes) content = make_content (snapshot, number, summary);

      g_clear_error (&local_error);
      if (qcc_atomic_file_replace (path, NULL, content, &local_error))
        {
          remove_oldest (folder);
          return TRUE;
        }

      if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG))
        break;
    }

  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}
