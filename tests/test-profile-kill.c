/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-profile-edit.h"
#include "service/qcc-profile-store.h"
#include "service/qcc-revisions.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

/*
 * A child edits the profiles in a loop and says the number of each edit that is done; it is killed at a random
 * moment (spec 16.1). The profile's `order` is the number of the edit, and its description is long, so that half
 * a file is easily told from a whole one.
 */

#define N_KILLS 50
#define KILL_WITHIN_US (60 * 1000)

/* How this program is told that it is the child, and which one. */
#define EDITOR "--editor"
#define PLANTED "--planted-bug"

typedef struct
{
  char *root;      /* (owned) */
  char *path;      /* (owned) */
  char *revisions; /* (owned) */
  GRand *random;   /* (owned) */
} Fixture;

static void
set_up (Fixture *self,
        gconstpointer data)
{
  self->root = g_dir_make_tmp ("qcc-test-XXXXXX", NULL);
  self->path = g_build_filename (self->root, "profiles.json", NULL);
  self->revisions = g_build_filename (self->root, "revisions", NULL);
  self->random = g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }

  g_remove (path);
}

static void
tear_down (Fixture *self,
           gconstpointer data)
{
  remove_tree (self->root);
  g_free (self->root);
  g_free (self->path);
  g_free (self->revisions);
  g_rand_free (self->random);
}

static void
say (int number)
{
  g_print ("%d\n", number);
  fflush (stdout);
}

static QccSnapshot *
set_number (const QccSnapshot *current,
            gpointer data,
            GError **error)
{
  g_autofree char *filler = g_strnfill (8192, 'x');
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  g_autoptr (QccSnapshot) base = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "order", "i", GPOINTER_TO_INT (data));
  g_variant_dict_insert (&dict, "description", "s", filler);
  options = g_variant_ref_sink (g_variant_dict_end (&dict));

  if (qcc_snapshot_find_profile (current, "p") == NULL)
    base = qcc_profile_edit_add_profile (current, "p", none, error);
  else
    base = qcc_snapshot_ref ((QccSnapshot *) current);

  return qcc_profile_edit_update_profile (base, "p", options, error);
}

static void
on_done (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean *done = user_data;

  g_task_propagate_boolean (G_TASK (result), &error);
  g_assert_no_error (error);
  *done = TRUE;
}

static int
get_number (const QccSnapshot *snapshot)
{
  const QccProfile *profile = qcc_snapshot_find_profile (snapshot, "p");

  return profile != NULL ? profile->order : 0;
}

static void
wait_for (gboolean *done)
{
  while (!*done)
    g_main_context_iteration (NULL, TRUE);
  *done = FALSE;
}

/* The child: edits until it is killed. */
static void
run_editor (const char *path,
            const char *revisions)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) revisions_dir = g_file_new_for_path (revisions);
  g_autoptr (QccProfileStore) store = qcc_profile_store_new (file, revisions_dir);
  gboolean done = FALSE;

  qcc_profile_store_load_async (store, NULL, on_done, &done);
  wait_for (&done);
  for (int number = get_number (qcc_profile_store_get_snapshot (store)) + 1;; number++)
    {
      qcc_profile_store_edit_async (store, set_number, GINT_TO_POINTER (number), NULL, "edit", NULL, on_done, &done);
      wait_for (&done);
      say (number);
    }
}

/* The child with the bug that the check must find: it writes the file itself, in two halves. */
static void
run_planted (const char *path)
{
  g_autoptr (QccSnapshot) snapshot = qcc_snapshot_new_empty ();
  g_autofree char *old = NULL;
  int number = 1;

  if (g_file_get_contents (path, &old, NULL, NULL))
    {
      g_autoptr (QccSnapshot) found = qcc_snapshot_new_from_json (old, -1, NULL);

      number = found != NULL ? get_number (found) + 1 : 1;
    }

  for (;; number++)
    {
      g_autoptr (QccSnapshot) next = set_number (snapshot, GINT_TO_POINTER (number), NULL);
      g_autofree char *text = qcc_snapshot_to_json (next);
      gsize length = strlen (text);
      int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

      if (write (fd, text, length / 2) < 0)
        abort ();
      fsync (fd);
      if (write (fd, text + length / 2, length - length / 2) < 0)
        abort ();
      close (fd);
      say (number);
    }
}

/* Runs a child for a random while. Returns the number of the last edit that it said. */
static int
run_and_kill (Fixture *self,
              const char *mode)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, mode, self->path,
                                                    self->revisions, NULL);
  g_autoptr (GDataInputStream) said = NULL;
  int last = -1;

  g_assert_no_error (error);
  said = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));
  for (;;)
    {
      g_autofree char *line = g_data_input_stream_read_line (said, NULL, NULL, &error);

      g_assert_no_error (error);
      if (line == NULL)
        break;

      /* From the first edit on, so that the moment is one of writing and not of starting. */
      if (last < 0)
        {
          g_usleep ((gulong) g_rand_int_range (self->random, 0, KILL_WITHIN_US));
          g_subprocess_send_signal (child, SIGKILL);
        }
      last = atoi (line);
    }

  g_subprocess_wait (child, NULL, NULL);
  g_assert_true (g_subprocess_get_if_signaled (child));
  g_assert_cmpint (g_subprocess_get_term_sig (child), ==, SIGKILL);
  return last;
}

/* Returns whether the file is whole, and the state before or after the edit that was cut short. */
static gboolean
is_intact (Fixture *self,
           int last)
{
  g_autofree char *text = NULL;
  g_autoptr (QccSnapshot) snapshot = NULL;

  if (g_file_get_contents (self->path, &text, NULL, NULL))
    snapshot = qcc_snapshot_new_from_json (text, -1, NULL);

  return snapshot != NULL && (get_number (snapshot) == last || get_number (snapshot) == last + 1);
}

static void
assert_revisions (Fixture *self,
                  int last)
{
  g_autoptr (GDir) dir = g_dir_open (self->revisions, 0, NULL);
  g_autoptr (QccSnapshot) newest = qcc_revisions_load_newest (self->revisions, NULL);
  const char *name;

  g_assert_cmpint (get_number (newest), >=, last);
  g_assert_cmpint (get_number (newest), <=, last + 1);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->revisions, name, NULL);
      g_autoptr (JsonParser) parser = json_parser_new ();
      g_autoptr (GError) error = NULL;

      if (*name == '.')
        continue;
      json_parser_load_from_file (parser, path, &error);
      g_assert_no_error (error);
    }
}

static guint
count_leftovers (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n_leftovers = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (*name == '.')
      n_leftovers++;

  return n_leftovers;
}

static void
test_killed (Fixture *self,
             gconstpointer data)
{
  g_test_summary ("The file is always whole and the state before or after; what was said to be done is done");
  for (guint i = 0; i < N_KILLS; i++)
    {
      int last = run_and_kill (self, EDITOR);

      g_assert_true (is_intact (self, last));
      assert_revisions (self, last);
      /* A killed write leaves at most one file, which the next start removes. */
      g_assert_cmpuint (count_leftovers (self->root) + count_leftovers (self->revisions), <=, 1);
    }
}

static void
test_planted (Fixture *self,
              gconstpointer data)
{
  guint n_found = 0;

  g_test_summary ("The check finds a writer that writes in two steps");
  for (guint i = 0; i < N_KILLS; i++)
    if (!is_intact (self, run_and_kill (self, PLANTED)))
      n_found++;

  g_test_message ("found %u times", n_found);
  g_assert_cmpuint (n_found, >, 0);
}

int
main (int argc,
      char *argv[])
{
  if (argc == 4 && g_str_equal (argv[1], EDITOR))
    run_editor (argv[2], argv[3]);
  if (argc == 4 && g_str_equal (argv[1], PLANTED))
    run_planted (argv[2]);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add ("/profile-kill/killed", Fixture, NULL, set_up, test_killed, tear_down);
  g_test_add ("/profile-kill/planted", Fixture, NULL, set_up, test_planted, tear_down);

  return g_test_run ();
}
