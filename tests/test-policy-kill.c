/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/qcc-policy-fixture.h"

/*
 * A program that sets values without end is killed at any moment (spec 16.1): the file is whole,
 * what others have written there is unharmed, and a value that was reported as stored is there.
 *
 * The child is this program, called with `--write FILE` or, to see that the test finds it, with
 * `--write-torn FILE`, which overwrites the file in two halves.
 */

#define N_KILLS 50
#define MAX_LIFE_MS 40
#define FOREIGN "[org/example]\nkey='precious'\n\n"

static const char *program;

/* Long enough to need more than one page. */
static char *
make_origins (guint n)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < 200; i++)
    g_string_append_printf (text, "%shttp://host-%u.example:%u", i > 0 ? "," : "", i, n);

  return g_string_free (text, FALSE);
}

static void
write_torn (const char *path,
            guint n)
{
  g_autofree char *origins = make_origins (n);
  g_auto (GStrv) list = g_strsplit (origins, ",", -1);
  g_autofree char *joined = g_strjoinv ("', '", list);
  g_autofree char *text = g_strdup_printf (FOREIGN "[io/github/qcc/proxy]\nallowed-origins=['%s']\n\n[io/github/qcc/queue]\nttl=%u\n",
                                           joined, n);
  gsize half = strlen (text) / 2;
  FILE *file = fopen (path, "w");

  g_assert_nonnull (file);
  fwrite (text, 1, half, file);
  fflush (file);
  fwrite (text + half, 1, strlen (text) - half, file);
  fclose (file);
}

static void
write_properly (QccPolicy *policy,
                guint n)
{
  g_autofree char *origins = make_origins (n);
  g_autofree char *number = g_strdup_printf ("%u", n);

  qcc_test_policy_assert_set (policy, "proxy.allowed-origins", origins);
  qcc_test_policy_assert_set (policy, "queue.ttl", number);
}

static G_NORETURN void
run_child (const char *path,
           gboolean torn)
{
  g_autoptr (QccPolicy) policy = qcc_test_policy_new_in_file (path);

  for (guint n = 100;; n++)
    {
      if (torn)
        write_torn (path, n);
      else
        write_properly (policy, n);
      printf ("%u\n", n);
      fflush (stdout);
    }
}

/* Returns the last number that the child reported. */
static guint
run_and_kill (const char *path,
              const char *how)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, how, path, NULL);
  g_autoptr (GDataInputStream) output = NULL;
  gint64 end;
  guint last = 0;
  char *line;

  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));

  /* It runs once it has said something; then any moment is as good as another. */
  line = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  last = (guint) atoi (line);
  g_free (line);
  for (end = g_get_monotonic_time () + g_random_int_range (0, MAX_LIFE_MS * 1000); g_get_monotonic_time () < end;)
    continue;
  g_subprocess_force_exit (child);

  while ((line = g_data_input_stream_read_line (output, NULL, NULL, NULL)) != NULL)
    {
      last = (guint) atoi (line);
      g_free (line);
    }
  g_subprocess_wait (child, NULL, &error);
  g_assert_no_error (error);

  return last;
}

/* Whether the file says what it said after write @last, or after the one that ran. */
static gboolean
is_whole (const char *path,
          guint last)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *foreign = NULL;
  g_autofree char *ttl = NULL;
  g_autofree char *origins = NULL;
  g_autoptr (GVariant) list = NULL;
  gint64 n;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return FALSE;

  foreign = g_key_file_get_value (file, "org/example", "key", NULL);
  ttl = g_key_file_get_value (file, "io/github/qcc/queue", "ttl", NULL);
  origins = g_key_file_get_value (file, "io/github/qcc/proxy", "allowed-origins", NULL);
  if (g_strcmp0 (foreign, "'precious'") != 0 || ttl == NULL || origins == NULL)
    return FALSE;

  list = g_variant_parse (G_VARIANT_TYPE_STRING_ARRAY, origins, NULL, NULL, NULL);
  n = g_ascii_strtoll (ttl, NULL, 10);

  return list != NULL && g_variant_n_children (list) == 200 && (n == last || n == last + 1);
}

/* Stops at the first one. */
static gboolean
is_damaged_by_kills (const char *how)
{
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "kill", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  for (guint i = 0; i < N_KILLS; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s-%u", folder, how, i);
      g_autoptr (GError) error = NULL;
      guint last;

      g_file_set_contents (path, FOREIGN, -1, &error);
      g_assert_no_error (error);
      last = run_and_kill (path, how);
      if (!is_whole (path, last))
        return TRUE;
    }

  return FALSE;
}

static void
test_kill (void)
{
  g_assert_false (is_damaged_by_kills ("--write"));
}

static void
test_torn (void)
{
  g_test_summary ("The same, with a child that writes as nobody should: it must be found");
  g_assert_true (is_damaged_by_kills ("--write-torn"));
}

int
main (int argc,
      char **argv)
{
  program = argv[0];
  if (argc == 3)
    run_child (argv[2], g_str_equal (argv[1], "--write-torn"));

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/policy-kill/properly", test_kill);
  g_test_add_func ("/policy-kill/torn", test_torn);

  return g_test_run ();
}
