/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-key-store-file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "tests/qcc-key-store-fixture.h"

/* So large that writing takes a while. */
#define N_KEYS 20
#define N_KILLS 50

/*
 * What the other programs of test_killed() do, one change after the other: @i is the number of the change. Each
 * key in turn gets another value twice, and is removed the third time.
 */
static char *
dup_value (guint i)
{
  return i / N_KEYS % 3 == 2 ? NULL : g_strnfill (QCC_SECRET_KEY_MAX, (char) ('a' + i / N_KEYS % 26));
}

static void
report_change (void)
{
  puts ("done");
  fflush (stdout);
}

static G_NORETURN void
change_until_killed (const char *path,
                     guint i)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (QccKeyStore) store = qcc_key_store_file_new (file);

  for (;; i++)
    {
      g_autofree char *id = g_strdup_printf ("a-%u", i % N_KEYS);
      g_autofree char *value = dup_value (i);

      if (value != NULL)
        qcc_assert_store (store, id, value);
      else
        qcc_assert_remove (store, id);
      report_change ();
    }
}

/* The bug that must be found: it writes into the file itself. */
static G_NORETURN void
scribble_until_killed (const char *path)
{
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  for (;;)
    {
      FILE *file = g_fopen (path, "w");

      for (gsize i = 0; i < length; i++)
        fputc (content[i], file);
      fclose (file);
      report_change ();
    }
}

/* Whether the file is as @n changes leave it. */
static gboolean
is_state_after (QccKeyFixture *fixture,
                guint n)
{
  for (guint i = MAX (n, N_KEYS) - N_KEYS; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("a-%u", i % N_KEYS);
      g_autofree char *value = dup_value (i);
      g_autoptr (GError) error = NULL;
      g_autoptr (QccSecret) secret = qcc_test_lookup (fixture->store, id, NULL, &error);

      if (secret == NULL && !g_error_matches (error, QCC_ERROR, QCC_ERROR_NOT_FOUND))
        return FALSE;
      if (g_strcmp0 (secret != NULL ? qcc_secret_peek (secret) : NULL, value) != 0)
        return FALSE;
    }

  return TRUE;
}

/* Runs this program with @mode until it has reported @n_lines changes, kills it; returns how many it did report. */
static guint
run_and_kill (QccKeyFixture *fixture,
              const char *mode,
              guint first,
              guint n_lines)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *number = g_strdup_printf ("%u", first);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) writer = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, self, mode, fixture->path,
                                                     number, NULL);
  g_autoptr (GDataInputStream) lines = NULL;
  guint n_done = 0;

  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (writer));
  for (;;)
    {
      g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, &error);

      g_assert_no_error (error);
      if (line == NULL)
        break;
      g_assert_cmpstr (line, ==, "done");
      if (++n_done == n_lines)
        g_subprocess_force_exit (writer);
    }

  g_assert_true (g_subprocess_wait (writer, NULL, &error));
  g_assert_no_error (error);
  return n_done;
}

/* Whenever it is killed, the file is as before the change or as after it, and nobody else can read any file of it. */
static void
test_killed (QccKeyFixture *fixture,
             gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  g_autoptr (GDir) dir = NULL;
  const char *name;
  guint n_files = 0;
  guint n = 0;

  for (guint kill = 0; kill < N_KILLS; kill++)
    {
      n += run_and_kill (fixture, "--change-until-killed", n, 1 + kill % 5);
      if (!is_state_after (fixture, n))
        g_assert_true (is_state_after (fixture, ++n));
    }
  g_assert_cmpuint (n, >, 2 * N_KEYS);

  /* What a kill left is cleaned up by the next change. */
  qcc_assert_store (fixture->store, "own", "key");
  dir = g_dir_open (folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      GStatBuf info;

      g_assert_cmpint (g_stat (path, &info), ==, 0);
      g_assert_cmphex (info.st_mode & 0777, ==, 0600);
      n_files++;
    }
  g_assert_cmpuint (n_files, ==, 2);
}

static void
test_killed_planted (QccKeyFixture *fixture,
                     gconstpointer data)
{
  guint n_damaged = 0;

  for (guint i = 0; i < N_KEYS; i++)
    {
      g_autofree char *id = g_strdup_printf ("a-%u", i);
      g_autofree char *value = dup_value (i);

      qcc_assert_store (fixture->store, id, value);
    }
  g_assert_true (is_state_after (fixture, N_KEYS));

  for (guint kill = 0; kill < N_KILLS && n_damaged == 0; kill++)
    {
      run_and_kill (fixture, "--scribble-until-killed", 0, 1 + kill % 5);
      if (!is_state_after (fixture, N_KEYS))
        n_damaged++;
    }
  g_assert_cmpuint (n_damaged, >, 0);
}

int
main (int argc,
      char **argv)
{
  static const QccMakeKeyStore make = qcc_key_fixture_make_file_store;

  if (argc == 4 && strcmp (argv[1], "--change-until-killed") == 0)
    change_until_killed (argv[2], (guint) strtoul (argv[3], NULL, 10));
  if (argc == 4 && strcmp (argv[1], "--scribble-until-killed") == 0)
    scribble_until_killed (argv[2]);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add ("/key-store-kill/old-or-new", QccKeyFixture, &make, qcc_key_fixture_set_up, test_killed,
              qcc_key_fixture_tear_down);
  g_test_add ("/key-store-kill/planted", QccKeyFixture, &make, qcc_key_fixture_set_up, test_killed_planted,
              qcc_key_fixture_tear_down);

  return g_test_run ();
}
