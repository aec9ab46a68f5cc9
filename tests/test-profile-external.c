/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <glib/gstdio.h>

#include "tests/qcc-profile-fixture.h"

static void
test_external (QccProfileFixture *self,
               gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("In place and by another file: both are seen. Own writes and new spaces are no changes");
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_profile_fixture_load_well (self);
  qcc_profile_fixture_add_well (self, "b");
  g_assert_cmpuint (self->n_changed, ==, 2);

  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("c", "c-1")));
  qcc_wait_until (self->n_changed == 3);
  qcc_assert_profiles (self, "c");
  qcc_assert_revision (self, 3, "edited by hand");
  qcc_assert_file (self->path, FILE_OF (PROFILE ("c", "c-1")));
  g_assert_true (g_hash_table_contains (qcc_profile_store_get_snapshot (self->store)->retired_ids, "a-1"));

  g_file_set_contents_full (self->path, FILE_OF (PROFILE ("d", "d-1")), -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
  g_assert_no_error (error);
  qcc_wait_until (self->n_changed == 4);
  qcc_assert_profiles (self, "d");
  qcc_assert_revision (self, 4, "edited by hand");
}

static void
test_external_invalid (QccProfileFixture *self,
                       gconstpointer data)
{
  g_autofree char *aside = NULL;
  const char *notice;

  g_test_summary ("A mistake in the file: the old profiles stay, the notice says where it is, an edit sets it aside");
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_profile_fixture_load_well (self);
  qcc_profile_fixture_write (self, "{\"version\":1,\n\"profiles\":[,]}");
  qcc_wait_until (self->n_notices == 1);
  notice = qcc_profile_store_get_notice (self->store);
  g_assert_nonnull (strstr (notice, "line 2, column"));
  g_assert_nonnull (strstr (notice, "stay in use"));
  qcc_assert_profiles (self, "a");
  qcc_assert_file (self->path, "{\"version\":1,\n\"profiles\":[,]}");
  g_assert_cmpuint (qcc_test_count_files (self->path, "profiles.json", NULL), ==, 1);

  qcc_profile_fixture_add_well (self, "b");
  qcc_assert_profiles (self, "a b");
  qcc_assert_written (self);
  g_assert_cmpuint (qcc_test_count_files (self->path, "profiles.json.damaged-", &aside), ==, 1);
  qcc_assert_file (aside, "{\"version\":1,\n\"profiles\":[,]}");
  g_assert_nonnull (strstr (qcc_profile_store_get_notice (self->store), aside));
}

static void
test_external_mended (QccProfileFixture *self,
                      gconstpointer data)
{
  g_test_summary ("A mistake that its author takes back leaves nothing behind");
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_profile_fixture_load_well (self);
  qcc_profile_fixture_write (self, "{");
  qcc_wait_until (self->n_notices == 1);
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_wait_until (self->n_notices == 2);
  g_assert_null (qcc_profile_store_get_notice (self->store));
  g_assert_cmpuint (self->n_changed, ==, 1);
  g_assert_cmpuint (qcc_profile_fixture_get_newest_revision (self), ==, 1);
}

static void
test_external_removed (QccProfileFixture *self,
                       gconstpointer data)
{
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_profile_fixture_load_well (self);
  g_assert_cmpint (g_unlink (self->path), ==, 0);
  qcc_wait_until (self->n_notices == 1);
  g_assert_nonnull (strstr (qcc_profile_store_get_notice (self->store), "gone"));
  qcc_assert_profiles (self, "a");

  qcc_profile_fixture_add_well (self, "b");
  qcc_assert_profiles (self, "a b");
  qcc_assert_written (self);
  g_assert_null (qcc_profile_store_get_notice (self->store));
}

/* Writes the file as another program would, once; @current is what the store read before. */
static QccSnapshot *
add_late (const QccSnapshot *current,
          gpointer data,
          GError **error)
{
  QccProfileFixture *self = data;

  if (qcc_snapshot_find_profile (current, "late") == NULL)
    qcc_profile_fixture_write (self, FILE_OF (PROFILE ("late", "late-1")));

  return qcc_profile_fixture_add_profile (current, (gpointer) "b", error);
}

static void
test_external_unseen (QccProfileFixture *self,
                      gconstpointer data)
{
  g_auto (QccStoreOutcome) outcome = { FALSE, NULL };

  g_test_summary ("An edit is made to what is in the file, also when that changed between its reading and its writing");
  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("a", "a-1")));
  qcc_profile_fixture_load_well (self);

  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("hand", "hand-1")));
  qcc_profile_fixture_add_well (self, "b");
  qcc_assert_profiles (self, "hand b");
  qcc_assert_written (self);

  qcc_profile_fixture_write (self, FILE_OF (PROFILE ("c", "c-1")));
  qcc_profile_store_edit_async (self->store, add_late, self, NULL, "late", NULL, qcc_store_outcome_edited, &outcome);
  qcc_wait_until (outcome.done);
  g_assert_no_error (outcome.error);
  qcc_assert_profiles (self, "late b");
  qcc_assert_written (self);
}

static void
test_two_stores (QccProfileFixture *self,
                 gconstpointer data)
{
  QccProfileFixture other = { 0 };
  QccStoreOutcome outcomes[40] = { { FALSE, NULL } };

  g_test_summary ("Two instances with the same file: no edit of either is lost");
  qcc_profile_fixture_load_well (self);
  qcc_profile_fixture_set_up_in (&other, self->root);
  qcc_profile_fixture_load_well (&other);
  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++)
    {
      g_autofree char *name = g_strdup_printf ("p%u", i);

      qcc_profile_fixture_start_add (i % 2 == 0 ? self : &other, name, &outcomes[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++)
    {
      qcc_wait_until (outcomes[i].done);
      g_assert_no_error (outcomes[i].error);
    }

  qcc_profile_fixture_open (self);
  qcc_profile_fixture_load_well (self);
  g_assert_cmpuint (qcc_profile_store_get_snapshot (self->store)->profiles->len, ==, G_N_ELEMENTS (outcomes));

  qcc_profile_fixture_close (&other);
  g_free (other.root);
  g_free (other.path);
  g_free (other.revisions);
}

#define ADD(name, function) \
  g_test_add ("/profile-external/" name, QccProfileFixture, NULL, qcc_profile_fixture_set_up, function, qcc_profile_fixture_tear_down)

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  /* Notices are warned of, and most of these tests are about them. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK);

  ADD ("changed", test_external);
  ADD ("invalid", test_external_invalid);
  ADD ("mended", test_external_mended);
  ADD ("removed", test_external_removed);
  ADD ("unseen", test_external_unseen);
  ADD ("two-stores", test_two_stores);

  return g_test_run ();
}
