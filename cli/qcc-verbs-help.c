/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-cli.h"

static gboolean
run_help (QccCall *call,
          GError **error)
{
  const char *const *words = (const char *const *) call->args;
  guint n_words = 0;
  const QccVerb *verb = qcc_verb_find (words, &n_words);
  g_autofree char *text = NULL;

  if (verb != NULL && words[n_words] == NULL)
    text = qcc_verb_dup_help (verb);
  else if (words[0] == NULL || words[1] == NULL)
    text = qcc_verb_dup_overview (words[0]);
  if (text == NULL)
    return qcc_cli_set_unknown_verb (words, error);

  qcc_call_put (call, text);
  return TRUE;
}

static const QccVerb verbs[] = {
  {
      .path = "help",
      .synopsis = "[VERB]",
      .summary = N_ ("Explain a verb, or list all"),
      .examples = (const QccVerbExample[]){
          { "qcc help", N_ ("What QCC can do") },
          { "qcc help endpoint", N_ ("What can be done with endpoints") },
          { "qcc help endpoint add", N_ ("How to add an endpoint, with examples") },
          { NULL },
      },
      .max_args = 2,
      .run = run_help,
  },
};

const QccVerbGroup qcc_verbs_help = { N_ ("Help:"), verbs, G_N_ELEMENTS (verbs) };
