/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-instance-lock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "common/qcc-error.h"

/* One writer for a user and home (spec 16.1), between this process and children of it. The program is its
 * own child: with --hold FILE or --wait FILE it takes the lock, says so, and keeps it until its standard
 * input ends. */

typedef struct
{
  char *folder; /* (owned) */
  GFile *file;  /* (owned): in a folder that does not exist yet */
} Fixture;

typedef struct
{
  QccInstanceLock *lock; /* (owned) (nullable) */
  GError *error;         /* (owned) (nullable) */
  gboolean done;
} Outcome;

static void
outcome_clear (Outcome *self)
{
  g_clear_pointer (&self->lock, qcc_instance_lock_free);
  g_clear_error (&self->error);
  self->done = FALSE;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

static void
on_acquired (GObject *source,
             GAsyncResult *result,
             gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->lock = qcc_instance_lock_acquire_finish (result, &outcome->error);
  outcome->done = TRUE;
}

static void
wait_done (Outcome *outcome)
{
  while (!outcome->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
acquire (GFile *file,
         Outcome *outcome)
{
  qcc_instance_lock_acquire_async (file, FALSE, NULL, on_acquired, outcome);
  wait_done (outcome);
}

static int
run_child (const char *mode,
           const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_auto (Outcome) outcome = { NULL };

  g_print ("asking\n");
  qcc_instance_lock_acquire_async (file, g_str_equal (mode, "--wait"), NULL, on_acquired, &outcome);
  wait_done (&outcome);

  if (outcome.error != NULL)
    g_print ("refused: %s\n", outcome.error->message);
  else
    g_print ("%s\n", qcc_instance_lock_is_held (outcome.lock) ? "held" : "not held");
  while (getchar () != EOF)
    ;

  return 0;
}

static GSubprocess *
spawn (Fixture *fixture,
       const char *mode,
       GDataInputStream **out_said)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  GSubprocess *child;
  g_autoptr (GError) error = NULL;

  child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE,
                            &error, program, mode, g_file_peek_path (fixture->file), NULL);
  g_assert_no_error (error);
  *out_said = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));

  return child;
}

static void
expect_said (GDataInputStream *said,
             const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_data_input_stream_read_line (said, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (line);
  g_assert_nonnull (strstr (line, expected));
}

/* Returns once the process is gone. */
static void
end_child (GSubprocess *child,
           gboolean kill)
{
  if (kill)
    g_subprocess_force_exit (child);
  else
    g_output_stream_close (g_subprocess_get_stdin_pipe (child), NULL, NULL);
  g_subprocess_wait (child, NULL, NULL);
}

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("qcc-test-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->file = g_file_new_build_filename (fixture->folder, "state", "qcc", "lock", NULL);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_all (child);
    }
  g_remove (path);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  remove_all (fixture->folder);
  g_free (fixture->folder);
  g_object_unref (fixture->file);
}

static void
write_file (const char *path,
            const char *text)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
test_alone (Fixture *fixture,
            gconstpointer data)
{
  g_auto (Outcome) outcome = { NULL };
  g_autofree char *text = NULL;
  g_autofree char *expected = g_strdup_printf ("%d\n", (int) getpid ());
  struct stat info;

  acquire (fixture->file, &outcome);
  g_assert_no_error (outcome.error);
  g_assert_true (qcc_instance_lock_is_held (outcome.lock));
  g_assert_true (g_file_get_contents (g_file_peek_path (fixture->file), &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpint (stat (g_file_peek_path (fixture->file), &info), ==, 0);
  g_assert_cmphex (info.st_mode & 0777, ==, 0600);
}

static void
test_taken (Fixture *fixture,
            gconstpointer data)
{
  g_autoptr (GDataInputStream) said = NULL;
  g_autoptr (GSubprocess) holder = spawn (fixture, "--hold", &said);
  g_autofree char *pid = g_strdup_printf ("(pid %s)", g_subprocess_get_identifier (holder));
  g_auto (Outcome) outcome = { NULL };

  expect_said (said, "asking");
  expect_said (said, "held");
  acquire (fixture->file, &outcome);
  g_assert_error (outcome.error, QCC_ERROR, QCC_ERROR_REFUSED);
  g_assert_null (outcome.lock);
  g_assert_nonnull (strstr (outcome.error->message, pid));
  g_assert_nonnull (strstr (outcome.error->message, "--replace"));
  outcome_clear (&outcome);

  end_child (holder, FALSE);
  acquire (fixture->file, &outcome);
  g_assert_no_error (outcome.error);
}

/* The file that the dead one left has its number in it, and locks nobody out. */
static void
test_killed (Fixture *fixture,
             gconstpointer data)
{
  g_autoptr (GDataInputStream) said = NULL;
  g_autoptr (GSubprocess) holder = spawn (fixture, "--hold", &said);
  g_auto (Outcome) outcome = { NULL };

  expect_said (said, "asking");
  expect_said (said, "held");
  end_child (holder, TRUE);
  g_assert_true (g_file_query_exists (fixture->file, NULL));
  acquire (fixture->file, &outcome);
  g_assert_no_error (outcome.error);
  g_assert_true (qcc_instance_lock_is_held (outcome.lock));
}

/* One that waits gets it when the holder lets go, and not before. */
static void
test_waits (Fixture *fixture,
            gconstpointer how)
{
  g_autoptr (GDataInputStream) holder_said = NULL;
  g_autoptr (GSubprocess) holder = spawn (fixture, "--hold", &holder_said);
  g_autoptr (GDataInputStream) said = NULL;
  g_autoptr (GSubprocess) waiting = NULL;
  g_auto (Outcome) outcome = { NULL };
  g_autofree char *pid = NULL;

  expect_said (holder_said, "asking");
  expect_said (holder_said, "held");
  waiting = spawn (fixture, "--wait", &said);
  expect_said (said, "asking");

  /* The holder still has it; had the other got it, its number would be in the file. */
  pid = g_strdup_printf ("(pid %s)", g_subprocess_get_identifier (holder));
  acquire (fixture->file, &outcome);
  g_assert_error (outcome.error, QCC_ERROR, QCC_ERROR_REFUSED);
  g_assert_nonnull (strstr (outcome.error->message, pid));
  outcome_clear (&outcome);

  end_child (holder, g_strcmp0 (how, "kill") == 0);
  expect_said (said, "held");
  acquire (fixture->file, &outcome);
  g_assert_error (outcome.error, QCC_ERROR, QCC_ERROR_REFUSED);
  end_child (waiting, FALSE);
}

/* The wish to wait can be taken back, and what then comes late is not kept. */
static void
test_cancelled (Fixture *fixture,
                gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Outcome) holder = { NULL };
  g_auto (Outcome) waiting = { NULL };
  g_auto (Outcome) third = { NULL };

  acquire (fixture->file, &holder);
  g_assert_no_error (holder.error);
  qcc_instance_lock_acquire_async (fixture->file, TRUE, cancellable, on_acquired, &waiting);
  g_assert_false (waiting.done);
  g_cancellable_cancel (cancellable);
  wait_done (&waiting);
  g_assert_error (waiting.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  outcome_clear (&holder);
  qcc_instance_lock_acquire_async (fixture->file, TRUE, NULL, on_acquired, &third);
  wait_done (&third);
  g_assert_no_error (third.error);
  g_assert_true (qcc_instance_lock_is_held (third.lock));
}

/* A child that was given every descriptor does not keep the lock. */
static void
test_not_inherited (Fixture *fixture,
                    gconstpointer data)
{
  g_auto (Outcome) outcome = { NULL };
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GError) error = NULL;
  char echo;

  acquire (fixture->file, &outcome);
  g_assert_no_error (outcome.error);
  child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_INHERIT_FDS,
                            &error, "cat", NULL);
  g_assert_no_error (error);
  /* Descriptors are closed a moment after spawning returns, but before the program runs. */
  g_output_stream_write_all (g_subprocess_get_stdin_pipe (child), "x", 1, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_input_stream_read (g_subprocess_get_stdout_pipe (child), &echo, 1, NULL, NULL), ==, 1);
  outcome_clear (&outcome);

  acquire (fixture->file, &outcome);
  g_assert_no_error (outcome.error);
  g_assert_nonnull (g_subprocess_get_identifier (child));
  end_child (child, FALSE);
}

/* No folder for state: the runtime folder does, and still locks out the second. */
static void
test_fallback (Fixture *fixture,
               gconstpointer data)
{
  g_autofree char *state = g_build_filename (fixture->folder, "state", NULL);
  g_autoptr (GFile) other = g_file_new_build_filename (state, "other", "lock", NULL);
  g_auto (Outcome) outcome = { NULL };
  g_auto (Outcome) second = { NULL };

  write_file (state, "a file where the folder should be");
  acquire (fixture->file, &outcome);
  g_assert_no_error (outcome.error);
  g_assert_true (qcc_instance_lock_is_held (outcome.lock));

  acquire (fixture->file, &second);
  g_assert_error (second.error, QCC_ERROR, QCC_ERROR_REFUSED);
  outcome_clear (&second);

  /* Another home is another instance. */
  acquire (other, &second);
  g_assert_no_error (second.error);
  g_assert_true (qcc_instance_lock_is_held (second.lock));
}

/* A file that cannot be written, as on a disk that became read-only, is still a lock. */
static void
test_unwritable (Fixture *fixture,
                 gconstpointer data)
{
  g_autofree char *used = g_build_filename (g_get_user_runtime_dir (), "qcc", NULL);
  g_auto (Outcome) outcome = { NULL };
  g_auto (Outcome) second = { NULL };

  /* Also root cannot open a folder for writing. */
  g_assert_cmpint (g_mkdir_with_parents (g_file_peek_path (fixture->file), 0700), ==, 0);
  acquire (fixture->file, &outcome);
  g_assert_no_error (outcome.error);
  g_assert_true (qcc_instance_lock_is_held (outcome.lock));
  g_assert_false (g_file_test (used, G_FILE_TEST_EXISTS));

  acquire (fixture->file, &second);
  g_assert_error (second.error, QCC_ERROR, QCC_ERROR_REFUSED);
  g_assert_null (strstr (second.error->message, "pid"));
}

/* A link would let somebody else choose the file. */
static void
test_link (Fixture *fixture,
           gconstpointer data)
{
  g_autofree char *target = g_build_filename (fixture->folder, "target", NULL);
  g_autofree char *folder = g_path_get_dirname (g_file_peek_path (fixture->file));
  g_autofree char *text = NULL;
  g_auto (Outcome) outcome = { NULL };

  write_file (target, "precious");
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_make_symbolic_link (fixture->file, target, NULL, NULL));
  acquire (fixture->file, &outcome);
  g_assert_no_error (outcome.error);
  g_assert_true (qcc_instance_lock_is_held (outcome.lock));
  g_assert_true (g_file_get_contents (target, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "precious");
}

/* Where nothing can be locked it goes on, and says so. */
static void
test_nowhere (Fixture *fixture,
              gconstpointer data)
{
  g_autofree char *state = g_build_filename (fixture->folder, "state", NULL);
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE |
                                                                        G_SUBPROCESS_FLAGS_STDIN_PIPE);
  g_autoptr (GSubprocess) child = NULL;
  g_autofree char *said = NULL;
  g_autoptr (GError) error = NULL;

  write_file (state, "a file where both folders should be");
  g_subprocess_launcher_setenv (launcher, "XDG_RUNTIME_DIR", state, TRUE);
  child = g_subprocess_launcher_spawn (launcher, &error, program, "--hold", g_file_peek_path (fixture->file), NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (child, NULL, NULL, &said, NULL, &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (said, "WARNING"));
  g_assert_nonnull (strstr (said, g_file_peek_path (fixture->file)));
  g_assert_nonnull (strstr (said, "not held\n"));
}

/* Not with g_file_set_contents(): the file that is locked must stay the same. */
static void
overwrite (const char *path,
           const char *text)
{
  int fd = g_open (path, O_WRONLY | O_TRUNC | O_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  g_close (fd, NULL);
}

static void
test_odd_content (Fixture *fixture,
                  gconstpointer data)
{
  const char *const contents[] = { "", "nonsense", "-4\n", "0\n", "99999999999999999999\n", "12 34\n", "\xff\xfe" };

  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_auto (Outcome) holder = { NULL };
      g_auto (Outcome) second = { NULL };

      acquire (fixture->file, &holder);
      g_assert_no_error (holder.error);
      overwrite (g_file_peek_path (fixture->file), contents[i]);
      acquire (fixture->file, &second);
      g_assert_error (second.error, QCC_ERROR, QCC_ERROR_REFUSED);
      g_assert_null (strstr (second.error->message, "pid"));
    }
}

#define ADD(name, how, test) g_test_add ("/service/instance-lock/" name, Fixture, how, set_up, test, tear_down)

int
main (int argc,
      char **argv)
{
  if (argc == 3 && (g_str_equal (argv[1], "--hold") || g_str_equal (argv[1], "--wait")))
    return run_child (argv[1], argv[2]);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  ADD ("alone", NULL, test_alone);
  ADD ("taken", NULL, test_taken);
  ADD ("killed", NULL, test_killed);
  ADD ("waits-for-end", NULL, test_waits);
  ADD ("waits-for-kill", "kill", test_waits);
  ADD ("cancelled", NULL, test_cancelled);
  ADD ("not-inherited", NULL, test_not_inherited);
  ADD ("fallback", NULL, test_fallback);
  ADD ("unwritable", NULL, test_unwritable);
  ADD ("link", NULL, test_link);
  ADD ("nowhere", NULL, test_nowhere);
  ADD ("odd-content", NULL, test_odd_content);

  return g_test_run ();
}
