/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "service/qcc-revisions.h"
#include "tests/qcc-profile-fixture.h"

static void
test_missing (QccProfileFixture *self,
              gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (self->path);

  qcc_profile_fixture_load_well (self);
  qcc_assert_profiles (self, "");
  g_assert_null (qcc_profile_store_get_notice (self->store));
  qcc_assert_mode (folder, 0700);
  g_assert_false (g_file_test (self->path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (qcc_profile_fixture_get_newest_revision (self), ==, 0);

  qcc_profile_fixture_add_well (self, "a");
  qcc_assert_profiles (self, "a");
  qcc_assert_written (self);
  qcc_assert_mode (self->path, 0600);
  qcc_assert_mode (self->revisions, 0700);
  qcc_assert_revision (self, 1, "profile added");
}

static void
test_edits (QccProfileFixture *self,
            gconstpointer data)
{
  g_auto (QccStoreOutcome) refused = { FALSE, NULL };
  g_autofree char *text = NULL;

  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_profile_fixture_load_well (self);
  qcc_assert_revision (self, 1, "edited by hand");
  g_assert_cmpuint (self->n_changed, ==, 1);

  qcc_profile_fixture_add_well (self, "b");
  g_assert_cmpuint (self->n_changed, ==, 2);
  qcc_assert_profiles (self, "a b");
  qcc_assert_written (self);
  qcc_assert_revision (self, 2, "profile added");

  text = qcc_test_read_path (self->path);
  g_assert_true (g_str_has_prefix (text, "{\n  \"x\" : 1,\n  \"version\" : 1,\n"));

  qcc_profile_fixture_add (self, "b", &refused);
  g_assert_error (refused.error, QCC_ERROR, QCC_ERROR_EXISTS);
  g_assert_cmpuint (self->n_changed, ==, 2);
  qcc_assert_file (self->path, text);
  g_assert_cmpuint (qcc_profile_fixture_get_newest_revision (self), ==, 2);

  qcc_profile_fixture_open (self);
  qcc_profile_fixture_load_well (self);
  qcc_assert_profiles (self, "a b");
  g_assert_cmpuint (qcc_profile_fixture_get_newest_revision (self), ==, 2);
}

static void
test_many (QccProfileFixture *self,
           gconstpointer data)
{
  g_autofree QccStoreOutcome *outcomes = g_new0 (QccStoreOutcome, 100);
  guint n_done = 0;

  g_test_summary ("A hundred edits at once: each sees the one before, none is lost, 50 revisions stay");
  qcc_profile_fixture_load_well (self);
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("p%u", i);

      qcc_profile_fixture_start_add (self, name, &outcomes[i]);
    }

  for (guint i = 0; i < 100; i++)
    {
      qcc_wait_until (outcomes[i].done);
      g_assert_no_error (outcomes[i].error);
      n_done++;
    }

  g_assert_cmpuint (n_done, ==, 100);
  g_assert_cmpuint (qcc_profile_store_get_snapshot (self->store)->profiles->len, ==, 100);
  g_assert_cmpuint (self->n_changed, ==, 100);
  qcc_assert_written (self);
  qcc_assert_revision (self, 100, "profile added");
  {
    g_autofree char *first = g_build_filename (self->revisions, "000051.json", NULL);

    g_assert_cmpuint (qcc_test_count_files (first, "", NULL), ==, QCC_REVISIONS_MAX);
    g_assert_true (g_file_test (first, G_FILE_TEST_EXISTS));
  }
}

static QccSnapshot *
do_nothing (const QccSnapshot *current,
            gpointer data,
            GError **error)
{
  return qcc_snapshot_ref ((QccSnapshot *) current);
}

static void
test_nothing (QccProfileFixture *self,
              gconstpointer data)
{
  g_auto (QccStoreOutcome) outcome = { FALSE, NULL };

  g_test_summary ("An edit that changes nothing leaves the file as its user wrote it");
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_profile_fixture_load_well (self);
  qcc_profile_store_edit_async (self->store, do_nothing, NULL, NULL, "nothing", NULL, qcc_store_outcome_edited, &outcome);
  qcc_wait_until (outcome.done);
  g_assert_no_error (outcome.error);
  g_assert_cmpuint (self->n_changed, ==, 1);
  qcc_assert_file (self->path, FILE_OF (PROFILE ("a", "a-1")));
  g_assert_cmpuint (qcc_profile_fixture_get_newest_revision (self), ==, 1);
}

static void
test_cancelled (QccProfileFixture *self,
                gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (QccStoreOutcome) outcome = { FALSE, NULL };

  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_profile_fixture_load_well (self);
  g_cancellable_cancel (cancellable);
  qcc_profile_store_edit_async (self->store, qcc_profile_fixture_add_profile, g_strdup ("b"), g_free, "profile added", cancellable,
                                qcc_store_outcome_edited, &outcome);
  qcc_wait_until (outcome.done);
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  qcc_assert_profiles (self, "a");
  qcc_profile_fixture_add_well (self, "c");
  qcc_assert_profiles (self, "a c");
}

static void
test_damaged (QccProfileFixture *self,
              gconstpointer data)
{
  g_autofree char *aside = NULL;
  const char *notice;

  g_test_summary ("A damaged file is set aside and restored from the newest revision that is good");
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_profile_fixture_load_well (self);
  qcc_profile_fixture_add_well (self, "b");
  {
    g_autofree char *broken = g_build_filename (self->revisions, "000003.json", NULL);

    qcc_test_write_path (broken, "{\"revision\":3,");
  }

  qcc_profile_fixture_write (self, "{\"version\":1,\n  \"profiles\":[{]}");
  qcc_profile_fixture_open (self);
  qcc_profile_fixture_load_well (self);
  qcc_assert_profiles (self, "a b");
  qcc_assert_written (self);
  g_assert_cmpuint (qcc_test_count_files (self->path, "profiles.json.damaged-", &aside), ==, 1);
  qcc_assert_file (aside, "{\"version\":1,\n  \"profiles\":[{]}");

  notice = qcc_profile_store_get_notice (self->store);
  g_assert_nonnull (strstr (notice, self->path));
  g_assert_nonnull (strstr (notice, aside));
  g_assert_nonnull (strstr (notice, "line 2"));
  g_assert_nonnull (strstr (notice, "revision 2"));

  /* The next edit is an ordinary one, and what was done stays to be read. */
  qcc_profile_fixture_add_well (self, "c");
  g_assert_nonnull (qcc_profile_store_get_notice (self->store));
  qcc_assert_revision (self, 4, "profile added");
}

static void
test_damaged_again (QccProfileFixture *self,
                    gconstpointer data)
{
  g_test_summary ("Without a revision there are no profiles; nothing that was set aside is overwritten");
  for (guint i = 1; i <= 3; i++)
    {
      qcc_profile_fixture_write (self, "broken");
      qcc_profile_fixture_open (self);
      qcc_profile_fixture_load_well (self);
      qcc_assert_profiles (self, "");
      g_assert_cmpuint (qcc_test_count_files (self->path, "profiles.json.damaged-", NULL), ==, i);
    }

  qcc_profile_fixture_add_well (self, "a");
  qcc_assert_written (self);
}

static void
test_newer (QccProfileFixture *self,
            gconstpointer data)
{
  g_auto (QccStoreOutcome) loaded = { FALSE, NULL };
  g_auto (QccStoreOutcome) edited = { FALSE, NULL };

  g_test_summary ("A file of a newer QCC is not touched and not written over");
  qcc_profile_fixture_write (self, "{\"version\":2,\"profiles\":[]}");
  qcc_profile_fixture_load (self, &loaded);
  g_assert_error (loaded.error, QCC_ERROR, QCC_ERROR_REFUSED);
  g_assert_nonnull (strstr (qcc_profile_store_get_notice (self->store), "newer"));

  qcc_profile_fixture_add (self, "a", &edited);
  g_assert_error (edited.error, QCC_ERROR, QCC_ERROR_REFUSED);
  qcc_assert_file (self->path, "{\"version\":2,\"profiles\":[]}");
  g_assert_cmpuint (qcc_test_count_files (self->path, "profiles.json", NULL), ==, 1);
  qcc_assert_profiles (self, "");
}

static void
test_unreadable (QccProfileFixture *self,
                 gconstpointer data)
{
  g_auto (QccStoreOutcome) loaded = { FALSE, NULL };
  g_auto (QccStoreOutcome) edited = { FALSE, NULL };

  g_test_summary ("What cannot be read is not damaged: a folder in the file's place stands for all of it, also for root");
  g_assert_cmpint (g_mkdir_with_parents (self->path, 0700), ==, 0);
  qcc_profile_fixture_load (self, &loaded);
  g_assert_error (loaded.error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  qcc_profile_fixture_add (self, "a", &edited);
  g_assert_error (edited.error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_assert_cmpuint (qcc_test_count_files (self->path, "profiles.json", NULL), ==, 1);
  qcc_assert_profiles (self, "");

  /* Once it is mended it is used without anybody asking. */
  g_assert_cmpint (g_rmdir (self->path), ==, 0);
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_wait_until (self->n_changed == 1);
  qcc_assert_profiles (self, "a");
  g_assert_null (qcc_profile_store_get_notice (self->store));
}

static void
test_pipe (QccProfileFixture *self,
           gconstpointer data)
{
  g_auto (QccStoreOutcome) loaded = { FALSE, NULL };
  g_autofree char *folder = g_path_get_dirname (self->path);

  g_test_summary ("A pipe that nobody writes into is refused, not waited for");
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (mkfifo (self->path, 0600), ==, 0);
  qcc_profile_fixture_load (self, &loaded);
  g_assert_error (loaded.error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
}

static void
test_link (QccProfileFixture *self,
           gconstpointer data)
{
  g_autofree char *target = g_build_filename (self->root, "dotfiles", "qcc.json", NULL);
  g_autofree char *folder = g_path_get_dirname (self->path);

  g_test_summary ("A symbolic link stays one; its target is written, keeps its permissions, and is watched");
  qcc_test_write_path (target, FILE_OF (PROFILE ("a", "a-1")));
  g_assert_cmpint (g_chmod (target, 0640), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (symlink ("../../dotfiles/qcc.json", self->path), ==, 0);
  qcc_profile_fixture_load_well (self);
  qcc_profile_fixture_add_well (self, "b");
  g_assert_true (g_file_test (self->path, G_FILE_TEST_IS_SYMLINK));
  qcc_assert_written (self);
  qcc_assert_mode (target, 0640);
  g_assert_cmpuint (qcc_test_count_files (target, "", NULL), ==, 1);

  qcc_test_write_path (target, FILE_OF (PROFILE ("c", "c-1")));
  qcc_wait_until (self->n_changed == 3);
  qcc_assert_profiles (self, "c");
}

static void
test_dangling_link (QccProfileFixture *self,
                    gconstpointer data)
{
  g_autofree char *target = g_build_filename (self->root, "dotfiles", "qcc.json", NULL);
  g_autofree char *folder = g_path_get_dirname (self->path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (symlink (target, self->path), ==, 0);
  qcc_profile_fixture_load_well (self);
  qcc_profile_fixture_add_well (self, "a");
  g_assert_true (g_file_test (self->path, G_FILE_TEST_IS_SYMLINK));
  g_assert_true (g_file_test (target, G_FILE_TEST_IS_REGULAR));
  qcc_assert_written (self);
}

static void
test_leftovers (QccProfileFixture *self,
                gconstpointer data)
{
  static const struct
  {
    const char *name;
    gboolean is_kept;
  } cases[] = {
    { ".profiles.json.qcc-new-aB3xYz", FALSE },
    { ".other.qcc-new-aB3xYz", FALSE },
    { "profiles.json.backup", TRUE },
    { ".profiles.json.swp", TRUE },
    { ".profiles.json.qcc-new-aB3xYzz", TRUE },
    { "profiles.json.damaged-20250101T000000Z", TRUE },
  };

  g_test_summary ("What killed writes left is removed, and nothing else");
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *folder = g_path_get_dirname (self->path);
      g_autofree char *path = g_build_filename (folder, cases[i].name, NULL);

      qcc_test_write_path (path, "x");
    }

  qcc_profile_fixture_load_well (self);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *folder = g_path_get_dirname (self->path);
      g_autofree char *path = g_build_filename (folder, cases[i].name, NULL);

      g_test_message ("%s", cases[i].name);
      g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS) == cases[i].is_kept);
    }
}

static void
test_edited_while_off (QccProfileFixture *self,
                       gconstpointer data)
{
  g_test_summary ("What was edited while nobody looked is a revision, and the ids that went are not given again");
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_profile_fixture_load_well (self);
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("b", "b-1")));
  qcc_profile_fixture_open (self);
  qcc_profile_fixture_load_well (self);
  qcc_assert_revision (self, 2, "edited by hand");
  g_assert_true (g_hash_table_contains (qcc_profile_store_get_snapshot (self->store)->retired_ids, "a-1"));
  qcc_assert_file (self->path, FILE_OF (PROFILE ("b", "b-1")));

  /* The list is not in the file yet, which alone makes no revision. */
  qcc_profile_fixture_open (self);
  qcc_profile_fixture_load_well (self);
  g_assert_cmpuint (qcc_profile_fixture_get_newest_revision (self), ==, 2);
  g_assert_true (g_hash_table_contains (qcc_profile_store_get_snapshot (self->store)->retired_ids, "a-1"));
}

#define ADD(name, function) \
  g_test_add ("/profile-store/" name, QccProfileFixture, NULL, qcc_profile_fixture_set_up, function, qcc_profile_fixture_tear_down)

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  /* Notices are warned of, and most of these tests are about them. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK);

  ADD ("missing", test_missing);
  ADD ("edits", test_edits);
  ADD ("many", test_many);
  ADD ("nothing", test_nothing);
  ADD ("cancelled", test_cancelled);
  ADD ("damaged", test_damaged);
  ADD ("damaged-again", test_damaged_again);
  ADD ("newer", test_newer);
  ADD ("unreadable", test_unreadable);
  ADD ("pipe", test_pipe);
  ADD ("link", test_link);
  ADD ("dangling-link", test_dangling_link);
  ADD ("leftovers", test_leftovers);
  ADD ("edited-while-off", test_edited_while_off);

  return g_test_run ();
}
