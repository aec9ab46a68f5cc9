/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/qcc-profile-fixture.h"

/* How this program is told that it is the one with mounts of its own, and how it says that it cannot be. */
#define SMALL_DISK "--small-disk"
#define EXIT_NO_MOUNT 77

/* Asserts that an edit fails with @advice, and that nothing is different afterwards. */
static void
assert_edit_fails (QccProfileFixture *self,
                   const char *advice)
{
  g_auto (QccStoreOutcome) outcome = { FALSE, NULL };
  g_autofree char *before = qcc_test_read_path (self->path);
  guint n_changed = self->n_changed;

  qcc_profile_fixture_add (self, "unlucky", &outcome);
  g_assert_error (outcome.error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_test_message ("%s", outcome.error->message);
  g_assert_nonnull (strstr (outcome.error->message, advice));
  g_assert_nonnull (strstr (outcome.error->message, self->path));
  qcc_assert_file (self->path, before);
  g_assert_cmpuint (self->n_changed, ==, n_changed);
  g_assert_null (qcc_snapshot_find_profile (qcc_profile_store_get_snapshot (self->store), "unlucky"));
  g_assert_cmpuint (qcc_test_count_files (self->path, ".", NULL), ==, 0);
}

static void
test_file_size_limit (QccProfileFixture *self,
                      gconstpointer data)
{
  struct rlimit old;
  struct rlimit tight;

  qcc_profile_fixture_load_well (self);
  qcc_profile_fixture_add_well (self, "a");

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  tight = old;
  tight.rlim_cur = 32;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tight), ==, 0);
  {
    g_auto (QccStoreOutcome) outcome = { FALSE, NULL };

    qcc_profile_fixture_add (self, "b", &outcome);
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
    g_assert_error (outcome.error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
    g_assert_nonnull (strstr (outcome.error->message, "free some space"));
  }

  qcc_assert_profiles (self, "a");
  qcc_assert_written (self);
  g_assert_cmpuint (qcc_test_count_files (self->path, ".", NULL), ==, 0);
  qcc_profile_fixture_add_well (self, "c");
  qcc_assert_profiles (self, "a c");
}

static void
test_no_revisions (QccProfileFixture *self,
                   gconstpointer data)
{
  g_autofree char *state = g_path_get_dirname (self->revisions);

  g_test_summary ("A revision that cannot be kept is warned of; the edit is made");
  qcc_test_write_path (state, "a file where the folder should be");
  qcc_profile_fixture_load_well (self);
  qcc_profile_fixture_add_well (self, "a");
  qcc_assert_profiles (self, "a");
  qcc_assert_written (self);
}

/*
 * The small disk: this program runs itself again with mounts of its own (`unshare`), where it puts a file
 * system of a few pages onto the folder that it was given.
 */

static void
fill_disk (const char *path)
{
  char block[4096] = { 0 };
  int fd = g_open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  while (write (fd, block, sizeof block) > 0)
    ;
  g_assert_cmpint (errno, ==, ENOSPC);
  close (fd);
}

static void
check_full_disk (QccProfileFixture *self)
{
  g_autofree char *filler = g_build_filename (self->root, "filler", NULL);

  qcc_profile_fixture_load_well (self);
  qcc_profile_fixture_add_well (self, "a");
  fill_disk (filler);
  assert_edit_fails (self, "free some space");

  g_assert_cmpint (g_unlink (filler), ==, 0);
  qcc_profile_fixture_add_well (self, "b");
  qcc_assert_profiles (self, "a b");

  /* There is no room to set a damaged file aside, so it stays, and its profiles are used all the same. */
  qcc_profile_fixture_write (self, "broken");
  fill_disk (filler);
  qcc_profile_fixture_open (self);
  qcc_profile_fixture_load_well (self);
  qcc_assert_profiles (self, "a b");
  qcc_assert_file (self->path, "broken");
  g_assert_nonnull (strstr (qcc_profile_store_get_notice (self->store), "could not be restored"));
  assert_edit_fails (self, "free some space");

  g_assert_cmpint (g_unlink (filler), ==, 0);
  qcc_profile_fixture_add_well (self, "c");
  qcc_assert_profiles (self, "a b c");
  qcc_assert_written (self);
}

static void
check_read_only (QccProfileFixture *self)
{
  qcc_profile_fixture_open (self);
  qcc_profile_fixture_load_well (self);
  g_assert_cmpint (mount ("none", self->root, NULL, MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
  assert_edit_fails (self, "make its folder writable");

  qcc_profile_fixture_open (self);
  qcc_profile_fixture_load_well (self);
  qcc_assert_profiles (self, "a b c");

  g_assert_cmpint (mount ("none", self->root, NULL, MS_REMOUNT, NULL), ==, 0);
  qcc_profile_fixture_add_well (self, "d");
  qcc_assert_profiles (self, "a b c d");
}

static int
run_on_small_disk (const char *root)
{
  QccProfileFixture self = { 0 };

  if (mount ("none", root, "tmpfs", 0, "size=48k,mode=0700") != 0)
    return EXIT_NO_MOUNT;

  qcc_profile_fixture_set_up_in (&self, root);
  check_full_disk (&self);
  check_read_only (&self);

  qcc_profile_fixture_close (&self);
  g_free (self.root);
  g_free (self.path);
  g_free (self.revisions);
  return 0;
}

static void
test_small_disk (QccProfileFixture *self,
                 gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);

  g_test_summary ("A full disk and a read-only home: nothing changes, and the error says what to do");
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, "unshare", "-Urm", program, SMALL_DISK,
                              self->root, NULL);
  if (process == NULL)
    {
      g_test_skip ("there is no unshare");
      return;
    }

  g_subprocess_wait (process, NULL, &error);
  g_assert_no_error (error);
  if (g_subprocess_get_if_exited (process) &&
      (g_subprocess_get_exit_status (process) == EXIT_NO_MOUNT || g_subprocess_get_exit_status (process) == 1))
    {
      g_test_skip ("mounts of one's own are not allowed here");
      return;
    }

  g_assert_true (g_subprocess_get_successful (process));
}

#define ADD(name, function) \
  g_test_add ("/profile-disk/" name, QccProfileFixture, NULL, qcc_profile_fixture_set_up, function, qcc_profile_fixture_tear_down)

int
main (int argc,
      char *argv[])
{
  if (argc == 3 && g_str_equal (argv[1], SMALL_DISK))
    return run_on_small_disk (argv[2]);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  /* Notices are warned of, and most of these tests are about them. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK);

  ADD ("file-size-limit", test_file_size_limit);
  ADD ("no-revisions", test_no_revisions);
  ADD ("small-disk", test_small_disk);

  return g_test_run ();
}
