/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-cli-run.h"

#define FLAGS (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE)

static void
on_ended (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  QccCliRun *self = user_data;
  g_autoptr (GError) error = NULL;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, &self->out, &self->err, &error);
  g_assert_no_error (error);
}

/**
 * qcc_cli_run_with:
 * @launcher: has pipes for all three streams, and the environment
 * @program: path of `qcc`
 * @args: (nullable) (array zero-terminated=1): the words behind it
 * @input: (nullable): standard input
 *
 * Runs the loop until the program has ended, so that what serves it may be in the test's process.
 *
 * Returns: (transfer full): what came of it; it must not have been killed
 */
QccCliRun *
qcc_cli_run_with (GSubprocessLauncher *launcher,
                  const char *program,
                  const char *const *args,
                  const char *input)
{
  QccCliRun *self = g_new0 (QccCliRun, 1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  g_strv_builder_add (words, program);
  if (args != NULL)
    g_strv_builder_addv (words, (const char **) args);
  argv = g_strv_builder_end (words);

  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8_async (process, input, NULL, on_ended, self);
  while (self->out == NULL)
    g_main_context_iteration (NULL, TRUE);

  if (!g_subprocess_get_if_exited (process))
    g_error ("it was killed: %s", self->err);
  self->exit_code = g_subprocess_get_exit_status (process);
  g_test_message ("ended with %d: %s%s", self->exit_code, self->out, self->err);

  return self;
}

/**
 * qcc_cli_run_program:
 * @program: path of `qcc`
 * @args: (nullable) (array zero-terminated=1): the words behind it
 * @input: (nullable): standard input
 *
 * Runs it in the environment of the test.
 *
 * Returns: (transfer full): what came of it
 */
QccCliRun *
qcc_cli_run_program (const char *program,
                     const char *const *args,
                     const char *input)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (FLAGS);

  return qcc_cli_run_with (launcher, program, args, input);
}

/**
 * qcc_cli_run_free:
 * @self: (transfer full): a run
 */
void
qcc_cli_run_free (QccCliRun *self)
{
  g_free (self->out);
  g_free (self->err);
  g_free (self);
}
