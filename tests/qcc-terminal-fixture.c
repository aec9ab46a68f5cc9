/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-terminal-fixture.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <glib-unix.h>

typedef struct
{
  int master;
  const char *const *conversation; /* what comes next */
  GString *shown;                  /* (owned) */
  gsize seen;                      /* bytes of @shown that were waited for */
} Terminal;

/* Types what is due, once what was waited for is there. */
static void
converse (Terminal *self)
{
  const char *found;

  while (self->conversation[0] != NULL && (found = strstr (self->shown->str + self->seen, self->conversation[0])) != NULL)
    {
      const char *answer = self->conversation[1];

      self->seen = (gsize) (found - self->shown->str) + strlen (self->conversation[0]);
      self->conversation += 2;
      g_assert_cmpint (write (self->master, answer, strlen (answer)), ==, (gssize) strlen (answer));
    }
}

static gboolean
on_shown (int fd,
          GIOCondition condition,
          gpointer user_data)
{
  Terminal *self = user_data;
  char buffer[512];
  gssize n_bytes = read (fd, buffer, sizeof (buffer));

  /* It does not end, since the fixture holds the other end too. */
  g_assert_cmpint (n_bytes, >, 0);
  g_string_append_len (self->shown, buffer, n_bytes);
  converse (self);
  return G_SOURCE_CONTINUE;
}

static void
on_ended (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

/* The terminal becomes that of the program, so that its keys send signals to it. */
static void
take_terminal (gpointer user_data)
{
  setsid ();
  ioctl (STDIN_FILENO, TIOCSCTTY, 0);
}

/**
 * qcc_terminal_fixture_run:
 * @launcher: has the environment
 * @program: path of the program
 * @args: (array zero-terminated=1): the words behind it
 * @conversation: (array zero-terminated=1): in turn what to wait for and what to type then
 *
 * Runs a program on a terminal of 80 columns of its own. Whatever happened, the terminal echoes afterwards.
 *
 * Returns: (transfer full): what came of it: @out is all that was shown, @exit_code is negative for a signal
 */
QccCliRun *
qcc_terminal_fixture_run (GSubprocessLauncher *launcher,
                          const char *program,
                          const char *const *args,
                          const char *const *conversation)
{
  Terminal self = { .conversation = conversation, .shown = g_string_new (NULL) };
  struct winsize size = { .ws_row = 24, .ws_col = 80 };
  struct termios state;
  QccCliRun *run = g_new0 (QccCliRun, 1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ended = FALSE;
  guint source;
  int slave;

  g_assert_cmpint (openpty (&self.master, &slave, NULL, NULL, &size), ==, 0);
  g_assert_cmpint (fcntl (self.master, F_SETFD, FD_CLOEXEC), ==, 0);
  g_subprocess_launcher_take_stdin_fd (launcher, fcntl (slave, F_DUPFD_CLOEXEC, 3));
  g_subprocess_launcher_take_stdout_fd (launcher, fcntl (slave, F_DUPFD_CLOEXEC, 3));
  g_subprocess_launcher_take_stderr_fd (launcher, fcntl (slave, F_DUPFD_CLOEXEC, 3));
  g_subprocess_launcher_set_child_setup (launcher, take_terminal, NULL, NULL);
  g_strv_builder_add (words, program);
  g_strv_builder_addv (words, (const char **) args);
  argv = g_strv_builder_end (words);

  source = g_unix_fd_add (self.master, G_IO_IN | G_IO_HUP, on_shown, &self);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &error);
  g_assert_no_error (error);
  g_subprocess_wait_async (process, NULL, on_ended, &ended);
  while (!ended)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpint (tcgetattr (slave, &state), ==, 0);
  g_assert_true ((state.c_lflag & ECHO) != 0);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_source_remove (source);
  close (slave);
  close (self.master);

  run->exit_code = g_subprocess_get_if_signaled (process) ? -g_subprocess_get_term_sig (process) : g_subprocess_get_exit_status (process);
  run->out = g_string_free (self.shown, FALSE);
  run->err = g_strdup ("");
  g_test_message ("ended with %d: %s", run->exit_code, run->out);

  return run;
}
