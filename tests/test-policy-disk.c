/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/mount.h>
#include <string.h>

#include <glib/gstdio.h>

#include "tests/qcc-policy-fixture.h"

/*
 * Settings on a disk that takes nothing (spec 16.1). The cases with a real file system mount one
 * of their own, in this program called anew by `unshare` as `--full FOLDER` and so on; where that
 * is not allowed they are skipped.
 */

#define OLD "[org/example]\nkey=1\n\n[io/github/qcc/proxy]\nport=7000\n"

static const char *program;

static void
assert_file (const char *path,
             const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

/* Setting fails, says so, and holds. */
static void
assert_holds (QccPolicy *policy,
              GString *said,
              const char *hint)
{
  g_autoptr (GError) error = NULL;
  GString *log = qcc_test_policy_log (policy);

  g_assert_null (qcc_policy_get_notice (policy));
  g_assert_false (qcc_test_policy_set (policy, "proxy.port", "8000", &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "proxy.port could not be stored and holds until QCC ends"));
  g_assert_nonnull (strstr (error->message, hint));
  g_assert_cmpstr (qcc_policy_get_notice (policy), ==, error->message);
  g_assert_true (g_str_has_prefix (said->str, error->message));

  g_assert_cmpuint (qcc_policy_get_values (policy)->port, ==, 8000);
  g_assert_cmpstr (log->str, ==, "proxy.port=8000;");

  /* Whatever the back end hears of the file later, the value stays. */
  for (guint i = 0; i < 100; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (qcc_policy_get_values (policy)->port, ==, 8000);
  g_signal_handlers_disconnect_by_data (policy, log);
  g_string_free (log, TRUE);
}

/* Once there is room again, setting works again and the notice goes. */
static void
assert_recovers (QccPolicy *policy,
                 const char *path)
{
  qcc_test_policy_assert_set (policy, "proxy.port", "8000");
  g_assert_null (qcc_policy_get_notice (policy));
  assert_file (path, "[org/example]\nkey=1\n\n[io/github/qcc/proxy]\nport=8000\n");
}

static void
fill (const char *path)
{
  FILE *file = fopen (path, "w");

  while (file != NULL && fputc ('x', file) != EOF)
    continue;
  if (file != NULL)
    fclose (file);
}

static void
mount_disk (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "keyfile", NULL);

  g_assert_cmpint (mount ("tmpfs", folder, "tmpfs", 0, "size=32k"), ==, 0);
  g_assert_true (g_file_set_contents (path, OLD, -1, NULL));
}

static void
run_full (const char *folder,
          GString *said)
{
  g_autofree char *path = g_build_filename (folder, "keyfile", NULL);
  g_autofree char *filler = g_build_filename (folder, "filler", NULL);
  g_autoptr (QccPolicy) policy = NULL;

  mount_disk (folder);
  policy = qcc_test_policy_new_in_file (path);
  g_assert_cmpuint (qcc_policy_get_values (policy)->port, ==, 7000);
  fill (filler);
  assert_holds (policy, said, g_strerror (ENOSPC));
  assert_file (path, OLD);

  g_assert_cmpint (g_unlink (filler), ==, 0);
  assert_recovers (policy, path);
}

static void
run_read_only (const char *folder,
               GString *said)
{
  g_autofree char *path = g_build_filename (folder, "keyfile", NULL);
  g_autoptr (QccPolicy) policy = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSettingInfo) info = NULL;

  mount_disk (folder);
  g_assert_cmpint (mount (NULL, folder, NULL, MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
  policy = qcc_test_policy_new_in_file (path);
  g_assert_cmpuint (qcc_policy_get_values (policy)->port, ==, 7000);
  info = qcc_policy_describe (policy, "proxy.port", &error);
  g_assert_true (info->is_writable);
  assert_holds (policy, said, g_strerror (EROFS));
  assert_file (path, OLD);

  g_assert_cmpint (mount (NULL, folder, NULL, MS_REMOUNT, NULL), ==, 0);
  assert_recovers (policy, path);
}

static void
test_with_disk (gconstpointer how)
{
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "disk", NULL);
  g_autofree char *unshare = g_find_program_in_path ("unshare");
  g_autoptr (GSubprocess) probe = NULL;
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GError) error = NULL;

  if (unshare != NULL)
    probe = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, unshare, "-Urm", "true", NULL);
  if (probe == NULL || !g_subprocess_wait_check (probe, NULL, NULL))
    {
      g_test_skip ("a file system of one's own is not allowed here");
      return;
    }

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  child = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, unshare, "-Urm", program, how, folder, NULL);
  g_assert_no_error (error);
  g_subprocess_wait_check (child, NULL, &error);
  g_assert_no_error (error);
}

/* Needs no file system: the folder cannot even be made. */
static void
test_no_folder (gconstpointer data)
{
  GString *said = (GString *) data;
  g_autofree char *file = g_build_filename (g_get_user_config_dir (), "no-folder", NULL);
  g_autofree char *path = g_build_filename (file, "settings", "keyfile", NULL);
  g_autoptr (QccPolicy) policy = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (g_get_user_config_dir (), 0700), ==, 0);
  g_file_set_contents (file, "a file", -1, &error);
  g_assert_no_error (error);

  g_test_expect_message ("GLib-GIO", G_LOG_LEVEL_WARNING, "Failed to create *");
  policy = qcc_test_policy_new_in_file (path);
  g_test_assert_expected_messages ();
  assert_holds (policy, said, g_strerror (ENOTDIR));
}

int
main (int argc,
      char **argv)
{
  GString *said = g_string_new (NULL);
  int status = 0;

  program = argv[0];
  if (argc != 3)
    g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  qcc_test_policy_keep_log (said);

  if (argc == 3 && g_str_equal (argv[1], "--full"))
    {
      run_full (argv[2], said);
    }
  else if (argc == 3 && g_str_equal (argv[1], "--read-only"))
    {
      run_read_only (argv[2], said);
    }
  else
    {
      g_test_add_data_func ("/policy-disk/full", "--full", test_with_disk);
      g_test_add_data_func ("/policy-disk/read-only", "--read-only", test_with_disk);
      g_test_add_data_func ("/policy-disk/no-folder", said, test_no_folder);
      status = g_test_run ();
    }

  g_string_free (said, TRUE);
  return status;
}
