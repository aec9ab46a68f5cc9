/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include "config.h"

#include <signal.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

#define DEMO_PROGRAM "qcc-demo"

/* A build folder is used by way of PATH; an installation may be outside of it. */
static char *
find_demo (GError **error)
{
  g_autofree char *installed = g_build_filename (QCC_BINDIR, DEMO_PROGRAM, NULL);
  char *found = g_find_program_in_path (DEMO_PROGRAM);

  if (found == NULL)
    found = g_find_program_in_path (installed);
  if (found == NULL)
    g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                 _ ("the demonstration is the program %s, which is not installed; install QCC as a whole"), DEMO_PROGRAM);

  return found;
}

static gboolean
run_demo (QccCall *call,
          GError **error)
{
  g_autofree char *program = find_demo (error);
  g_autoptr (GSubprocess) demo = NULL;

  if (program == NULL)
    return FALSE;

  /* The demonstration gets Ctrl-C too, and puts things in order before it ends. A child has the default again. */
  signal (SIGINT, SIG_IGN);
  demo = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_INHERIT, error, program, NULL);
  if (demo == NULL || !g_subprocess_wait (demo, NULL, error))
    return FALSE;

  call->exit_code = g_subprocess_get_if_exited (demo) ? g_subprocess_get_exit_status (demo) : QCC_CLI_EXIT_FAILED;
  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "demo",
      .summary = N_ ("Show QCC at work with made-up providers"),
      .description = N_ ("Needs no key, costs nothing and leaves your setup alone."),
      .examples = (const QccVerbExample[]){
          { "qcc demo", N_ ("A conversation in the middle of which a provider breaks") },
          { NULL },
      },
      .exits = QCC_VERB_EXITS_LOCAL,
      .run = run_demo,
  },
};

const QccVerbGroup qcc_verbs_demo = { N_ ("Demonstration:"), verbs, G_N_ELEMENTS (verbs) };
