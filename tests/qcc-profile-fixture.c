/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-profile-fixture.h"

#include <stdio.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "service/qcc-profile-edit.h"
#include "service/qcc-revisions.h"

void
qcc_store_outcome_clear (QccStoreOutcome *self)
{
  g_clear_error (&self->error);
}

static void
on_changed (QccProfileStore *store,
            QccProfileFixture *self)
{
  self->n_changed++;
}

static void
on_notice_changed (QccProfileStore *store,
                   QccProfileFixture *self)
{
  self->n_notices++;
}

gboolean
qcc_test_on_limit (gpointer data)
{
  gboolean *is_over = data;

  *is_over = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Waits for the jobs that the store still has; one that never ends would keep it alive. */
void
qcc_profile_fixture_close (QccProfileFixture *self)
{
  gpointer store = self->store;

  g_object_add_weak_pointer (G_OBJECT (store), &store);
  g_clear_object (&self->store);
  qcc_wait_until (store == NULL);
}

void
qcc_profile_fixture_open (QccProfileFixture *self)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->path);
  g_autoptr (GFile) revisions = g_file_new_for_path (self->revisions);

  if (self->store != NULL)
    qcc_profile_fixture_close (self);
  self->store = qcc_profile_store_new (file, revisions);
  g_signal_connect (self->store, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->store, "notice-changed", G_CALLBACK (on_notice_changed), self);
}

void
qcc_profile_fixture_set_up_in (QccProfileFixture *self,
                               const char *root)
{
  self->root = g_strdup (root);
  self->path = g_build_filename (self->root, "config", "qcc", "profiles.json", NULL);
  self->revisions = g_build_filename (self->root, "state", "revisions", NULL);
  qcc_profile_fixture_open (self);
}

void
qcc_profile_fixture_set_up (QccProfileFixture *self,
                            gconstpointer data)
{
  g_autofree char *root = g_dir_make_tmp ("qcc-test-XXXXXX", NULL);

  g_assert_nonnull (root);
  qcc_profile_fixture_set_up_in (self, root);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }

  g_remove (path);
}

void
qcc_profile_fixture_tear_down (QccProfileFixture *self,
                               gconstpointer data)
{
  qcc_profile_fixture_close (self);
  remove_tree (self->root);
  g_free (self->root);
  g_free (self->path);
  g_free (self->revisions);
}

static void
on_loaded (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  QccStoreOutcome *outcome = user_data;

  qcc_profile_store_load_finish (QCC_PROFILE_STORE (source), result, &outcome->error);
  outcome->done = TRUE;
}

void
qcc_store_outcome_edited (GObject *source,
                          GAsyncResult *result,
                          gpointer user_data)
{
  QccStoreOutcome *outcome = user_data;
  gboolean ok = qcc_profile_store_edit_finish (QCC_PROFILE_STORE (source), result, &outcome->error);

  g_assert_true (ok == (outcome->error == NULL));
  outcome->done = TRUE;
}

void
qcc_profile_fixture_load (QccProfileFixture *self,
                          QccStoreOutcome *outcome)
{
  qcc_profile_store_load_async (self->store, NULL, on_loaded, outcome);
  qcc_wait_until (outcome->done);
}

void
qcc_profile_fixture_load_well (QccProfileFixture *self)
{
  g_auto (QccStoreOutcome) outcome = { FALSE, NULL };

  qcc_profile_fixture_load (self, &outcome);
  g_assert_no_error (outcome.error);
}

QccSnapshot *
qcc_profile_fixture_add_profile (const QccSnapshot *current,
                                 gpointer data,
                                 GError **error)
{
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));

  return qcc_profile_edit_add_profile (current, data, options, error);
}

void
qcc_profile_fixture_start_add (QccProfileFixture *self,
                               const char *name,
                               QccStoreOutcome *outcome)
{
  qcc_profile_store_edit_async (self->store, qcc_profile_fixture_add_profile, g_strdup (name), g_free, "profile added", NULL, qcc_store_outcome_edited,
                                outcome);
}

void
qcc_profile_fixture_add (QccProfileFixture *self,
                         const char *name,
                         QccStoreOutcome *outcome)
{
  qcc_profile_fixture_start_add (self, name, outcome);
  qcc_wait_until (outcome->done);
}

void
qcc_profile_fixture_add_well (QccProfileFixture *self,
                              const char *name)
{
  g_auto (QccStoreOutcome) outcome = { FALSE, NULL };

  qcc_profile_fixture_add (self, name, &outcome);
  g_assert_no_error (outcome.error);
}

/* Writes in place, as some editors do. */
void
qcc_test_write_path (const char *path,
                     const char *text)
{
  g_autofree char *folder = g_path_get_dirname (path);
  FILE *file;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  file = g_fopen (path, "w");
  g_assert_nonnull (file);
  g_assert_cmpint (fputs (text, file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

void
qcc_profile_fixture_write (QccProfileFixture *self,
                           const char *text)
{
  qcc_test_write_path (self->path, text);
}

char *
qcc_test_read_path (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

void
qcc_assert_file (const char *path,
                 const char *expected)
{
  g_autofree char *text = qcc_test_read_path (path);

  g_assert_cmpstr (text, ==, expected);
}

/* What is on the disk are the profiles in use, and the names are these. */
void
qcc_assert_profiles (QccProfileFixture *self,
                     const char *expected)
{
  QccSnapshot *snapshot = qcc_profile_store_get_snapshot (self->store);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < snapshot->profiles->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "", ((QccProfile *) g_ptr_array_index (snapshot->profiles, i))->name);

  g_assert_cmpstr (names->str, ==, expected);
}

void
qcc_assert_written (QccProfileFixture *self)
{
  g_autofree char *text = qcc_snapshot_to_json (qcc_profile_store_get_snapshot (self->store));

  qcc_assert_file (self->path, text);
  g_assert_true (g_str_has_suffix (text, "}\n"));
}

void
qcc_assert_mode (const char *path,
                 guint mode)
{
  GStatBuf info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmphex (info.st_mode & 0777, ==, mode);
}

/* Returns how many files of the folder of @path have a name that begins with @prefix. */
guint
qcc_test_count_files (const char *path,
                      const char *prefix,
                      char **out_path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n_files = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (!g_str_has_prefix (name, prefix))
        continue;
      if (out_path != NULL && n_files == 0)
        *out_path = g_build_filename (folder, name, NULL);
      n_files++;
    }

  return n_files;
}

guint
qcc_profile_fixture_get_newest_revision (QccProfileFixture *self)
{
  guint number = 0;
  g_autoptr (QccSnapshot) newest = qcc_revisions_load_newest (self->revisions, &number);

  return number;
}

void
qcc_assert_revision (QccProfileFixture *self,
                     guint number,
                     const char *summary)
{
  g_autofree char *name = g_strdup_printf ("%06u.json", number);
  g_autofree char *path = g_build_filename (self->revisions, name, NULL);
  g_autofree char *text = qcc_test_read_path (path);
  g_autofree char *member = g_strdup_printf ("\"summary\" : \"%s\"", summary);

  g_assert_nonnull (strstr (text, member));
  g_assert_cmpuint (qcc_profile_fixture_get_newest_revision (self), ==, number);
}
