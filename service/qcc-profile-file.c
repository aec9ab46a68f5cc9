/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-profile-file.h"

#include <errno.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "common/qcc-atomic-file.h"
#include "common/qcc-error.h"
#include "service/qcc-profile-edit.h"
#include "service/qcc-revisions.h"

/* Files that were set aside within one second. */
#define ASIDE_MAX 100

/**
 * qcc_profile_reading_free:
 * @reading: (transfer full): what a function of this file returned
 */
void
qcc_profile_reading_free (QccProfileReading *reading)
{
  g_return_if_fail (reading != NULL);

  g_clear_pointer (&reading->content, g_bytes_unref);
  g_clear_pointer (&reading->snapshot, qcc_snapshot_unref);
  g_clear_error (&reading->error);
  g_free (reading->notice);
  g_free (reading->target);
  g_free (reading);
}

static GBytes *
make_content (const QccSnapshot *snapshot)
{
  char *text = qcc_snapshot_to_json (snapshot);

  return g_bytes_new_take (text, strlen (text));
}

/* A revision is there to go back to; without one the profiles are as good. */
static void
add_revision (const QccProfilePlace *place,
              const QccSnapshot *snapshot,
              const char *summary)
{
  g_autoptr (GError) error = NULL;

  if (!qcc_revisions_add (place->revisions, snapshot, summary, &error))
    g_warning ("The profiles have no new revision: %s", error->message);
}

static gboolean
have_same_text (const QccSnapshot *first,
                const QccSnapshot *second)
{
  g_autofree char *first_text = qcc_snapshot_to_json (first);
  g_autofree char *second_text = qcc_snapshot_to_json (second);

  return g_str_equal (first_text, second_text);
}

/* Takes over what somebody else wrote. A file that differs in its spaces only makes no revision. */
static QccSnapshot *
adopt (const QccProfilePlace *place,
       QccSnapshot *found,
       const QccSnapshot *before)
{
  g_autoptr (QccSnapshot) adopted = before != NULL ? qcc_profile_edit_retire_missing (found, before) : qcc_snapshot_ref (found);

  if (before == NULL || !have_same_text (adopted, before))
    add_revision (place, adopted, _ ("edited by hand"));

  return g_steal_pointer (&adopted);
}

static void
judge (QccProfileReading *reading,
       const QccProfilePlace *place,
       const QccSnapshot *before)
{
  gsize length;
  const char *text = g_bytes_get_data (reading->content, &length);
  g_autoptr (QccSnapshot) found = qcc_snapshot_new_from_json (length > 0 ? text : "", (gssize) length, &reading->error);

  if (found != NULL)
    {
      reading->state = QCC_PROFILE_FILE_GOOD;
      reading->snapshot = adopt (place, found, before);
    }
  else if (g_error_matches (reading->error, QCC_ERROR, QCC_ERROR_CORRUPT))
    {
      reading->state = QCC_PROFILE_FILE_DAMAGED;
    }
  else
    {
      reading->state = QCC_PROFILE_FILE_UNUSABLE;
    }
}

static void
describe (QccProfileReading *reading,
          const QccProfilePlace *place,
          gboolean was_there)
{
  g_autoptr (GError) cause = g_steal_pointer (&reading->error);

  switch (reading->state)
    {
    case QCC_PROFILE_FILE_MISSING:
      if (was_there)
        reading->notice = g_strdup_printf (_ ("%s is gone. Its profiles stay in use until QCC is started again; "
                                              "the next change to them writes the file again."),
                                           place->path);
      break;
    case QCC_PROFILE_FILE_SAME:
    case QCC_PROFILE_FILE_GOOD:
      break;
    case QCC_PROFILE_FILE_DAMAGED:
    case QCC_PROFILE_FILE_UNUSABLE:
      /* Translators: the first is a file name, the second says what is wrong with it. */
      g_set_error (&reading->error, cause->domain, cause->code, _ ("%s cannot be used: %s"), place->path,
                   cause->message);
      reading->notice = g_strdup_printf (_ ("%s. The profiles from before stay in use; correct the file."),
                                         reading->error->message);
      break;
    }
}

/**
 * qcc_profile_file_read:
 * @place: where the file is
 * @known: (nullable): what it held last time, when it could be used
 * @before: (nullable): the profiles of before; they tell what a person changed
 *
 * Reads the file. What can be used and differs from @before becomes a revision. The file stays as it is.
 *
 * Returns: (transfer full): what was found
 */
QccProfileReading *
qcc_profile_file_read (const QccProfilePlace *place,
                       GBytes *known,
                       const QccSnapshot *before)
{
  g_autoptr (QccProfileReading) reading = g_new0 (QccProfileReading, 1);

  g_return_val_if_fail (place != NULL, NULL);

  reading->target = qcc_atomic_file_resolve (place->path);
  reading->content = qcc_atomic_file_read (place->path, QCC_SNAPSHOT_FILE_SIZE_MAX, &reading->error);
  if (g_error_matches (reading->error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    reading->state = QCC_PROFILE_FILE_MISSING;
  else if (reading->content == NULL)
    reading->state = QCC_PROFILE_FILE_UNUSABLE;
  else if (known != NULL && g_bytes_equal (reading->content, known))
    reading->state = QCC_PROFILE_FILE_SAME;
  else
    judge (reading, place, before);

  describe (reading, place, known != NULL);
  return g_steal_pointer (&reading);
}

/**
 * qcc_profile_file_set_aside:
 * @place: where the file is
 * @content: what a damaged file holds
 * @error: return location for an error
 *
 * Keeps @content in a file of its own, `profiles.json.damaged-` and the time, beside the profile file, which
 * stays: so there is no moment without either.
 *
 * Possible errors: those of qcc_atomic_file_replace().
 *
 * Returns: (transfer full) (type filename): that file
 */
char *
qcc_profile_file_set_aside (const QccProfilePlace *place,
                            GBytes *content,
                            GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y%m%dT%H%M%SZ");
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (place != NULL, NULL);
  g_return_val_if_fail (content != NULL, NULL);

  for (guint i = 0; i < ASIDE_MAX; i++)
    {
      g_autofree char *number = i > 0 ? g_strdup_printf ("-%u", i) : g_strdup ("");
      g_autofree char *path = g_strconcat (place->path, ".damaged-", time, number, NULL);

      g_clear_error (&local_error);
      if (qcc_atomic_file_replace (path, NULL, content, &local_error))
        return g_steal_pointer (&path);

      if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG))
        break;
    }

  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

/* Replaces a damaged file by the newest good revision, or by a file without profiles. */
static void
restore (QccProfileReading *reading,
         const QccProfilePlace *place,
         QccSnapshot *newest,
         guint number)
{
  g_autoptr (GBytes) content = NULL;
  g_autofree char *aside = NULL;
  g_autoptr (GError) error = NULL;

  reading->snapshot = newest != NULL ? qcc_snapshot_ref (newest) : qcc_snapshot_new_empty ();
  content = make_content (reading->snapshot);
  aside = qcc_profile_file_set_aside (place, reading->content, &error);

  g_free (reading->notice);
  if (aside == NULL || !qcc_atomic_file_replace (place->path, reading->content, content, &error))
    {
      /* Translators: what is wrong with a file, and why it cannot be mended. */
      reading->notice = g_strdup_printf (_ ("%s. The profiles of the last good revision are in use, but the file "
                                            "could not be restored: %s."),
                                         reading->error->message, error->message);
      return;
    }

  if (newest != NULL)
    reading->notice = g_strdup_printf (_ ("%s. It was set aside as %s, and the file was restored from revision %u."),
                                       reading->error->message, aside, number);
  else
    reading->notice = g_strdup_printf (_ ("%s. It was set aside as %s. There is no revision to restore it from, so "
                                          "there are no profiles; add some, or correct that file and copy it back."),
                                       reading->error->message, aside);

  reading->state = QCC_PROFILE_FILE_GOOD;
  g_bytes_unref (reading->content);
  reading->content = g_steal_pointer (&content);
}

static void
remove_leftovers (const QccProfilePlace *place)
{
  g_autofree char *resolved = qcc_atomic_file_resolve (place->path);
  g_autofree char *folder = g_path_get_dirname (resolved);
  g_autofree char *link_folder = g_path_get_dirname (place->path);

  qcc_atomic_file_remove_leftovers (folder);
  if (!g_str_equal (folder, link_folder))
    qcc_atomic_file_remove_leftovers (link_folder);
  qcc_atomic_file_remove_leftovers (place->revisions);
}

/* GIO looks for a folder that is missing every 4 s, to watch it when it comes; for a service that has nothing to do
 * that would be the only thing it wakes up for. */
static void
make_folder (const QccProfilePlace *place)
{
  g_autofree char *folder = g_path_get_dirname (place->path);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    g_debug ("%s cannot be made: %s", folder, g_strerror (errno));
}

/**
 * qcc_profile_file_open:
 * @place: where the file is
 *
 * Reads the file at the start. Makes its folder, and removes what killed programs left. A damaged file is set aside and restored
 * from the newest good revision; where that cannot be done, its profiles are used all the same. A file that
 * was edited while nobody looked becomes a revision.
 *
 * Returns: (transfer full): what was found
 */
QccProfileReading *
qcc_profile_file_open (const QccProfilePlace *place)
{
  g_autoptr (QccSnapshot) newest = NULL;
  g_autoptr (QccProfileReading) reading = NULL;
  guint number = 0;

  g_return_val_if_fail (place != NULL, NULL);

  make_folder (place);
  remove_leftovers (place);
  newest = qcc_revisions_load_newest (place->revisions, &number);
  reading = qcc_profile_file_read (place, NULL, newest);
  if (reading->state == QCC_PROFILE_FILE_DAMAGED)
    restore (reading, place, newest, number);

  return g_steal_pointer (&reading);
}

/**
 * qcc_profile_file_write:
 * @place: where the file is
 * @expected: (nullable): what it holds now; %NULL when there is none
 * @snapshot: what it shall hold
 * @summary: what was done, for the revision
 * @out_content: (out): what it holds then
 * @error: return location for an error
 *
 * Possible errors: those of qcc_atomic_file_replace(). The file is then as it was. That there is no revision
 * is no error.
 *
 * Returns: whether the file holds @snapshot
 */
gboolean
qcc_profile_file_write (const QccProfilePlace *place,
                        GBytes *expected,
                        const QccSnapshot *snapshot,
                        const char *summary,
                        GBytes **out_content,
                        GError **error)
{
  g_autoptr (GBytes) content = NULL;

  g_return_val_if_fail (place != NULL, FALSE);
  g_return_val_if_fail (snapshot != NULL, FALSE);

  content = make_content (snapshot);
  if (!qcc_atomic_file_replace (place->path, expected, content, error))
    {
      g_prefix_error (error, _ ("the change was not made: "));
      return FALSE;
    }

  add_revision (place, snapshot, summary);
  *out_content = g_steal_pointer (&content);
  return TRUE;
}
