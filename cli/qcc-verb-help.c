/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "cli/qcc-options.h"
#include "cli/qcc-text.h"

#define INDENT 2
#define EXAMPLE_INDENT 4

static void
append_folded (GString *text,
               const char *words,
               guint indent)
{
  g_autofree char *folded = qcc_text_fold (words, QCC_TEXT_WIDTH_DEFAULT, indent);

  g_string_append (text, folded);
}

/* Whether @path is @prefix or begins with it and a space. */
static gboolean
is_below (const char *path,
          const char *prefix)
{
  gsize length = prefix != NULL ? strlen (prefix) : 0;

  return length == 0 || (strncmp (path, prefix, length) == 0 && (path[length] == ' ' || path[length] == '\0'));
}

static guint
longest_path (const char *prefix)
{
  gsize longest = 0;

  for (const QccVerbGroup *const *group = qcc_verb_list_groups (); *group != NULL; group++)
    for (guint i = 0; i < (*group)->n_verbs; i++)
      if (is_below ((*group)->verbs[i].path, prefix))
        longest = MAX (longest, strlen ((*group)->verbs[i].path));

  return (guint) longest;
}

/**
 * qcc_verb_dup_overview:
 * @prefix: (nullable): the first word of some verbs, %NULL for all verbs
 *
 * Returns: (transfer full) (nullable): a line for each verb, %NULL when none begins with @prefix
 */
char *
qcc_verb_dup_overview (const char *prefix)
{
  guint longest = longest_path (prefix);
  g_autoptr (GString) text = g_string_new (NULL);

  if (longest == 0)
    return NULL;

  g_string_append_printf (text, "%s\n  qcc %s%s%s\n", _ ("Usage:"), prefix != NULL ? prefix : "",
                          prefix != NULL ? " " : "", _ ("VERB [OPTION…]"));
  for (const QccVerbGroup *const *group = qcc_verb_list_groups (); *group != NULL; group++)
    {
      gboolean titled = FALSE;

      for (guint i = 0; i < (*group)->n_verbs; i++)
        {
          const QccVerb *verb = &(*group)->verbs[i];

          if (!is_below (verb->path, prefix))
            continue;
          if (!titled)
            g_string_append_printf (text, "\n%s\n", _ ((*group)->title));
          titled = TRUE;
          g_string_append_printf (text, "  %-*s  %s\n", (int) longest, verb->path, _ (verb->summary));
        }
    }
  g_string_append_c (text, '\n');
  append_folded (text, _ ("“qcc help VERB” explains a verb, with examples."), 0);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
append_examples (GString *text,
                 const QccVerb *self)
{
  g_string_append_printf (text, "\n%s\n", _ ("Examples:"));
  for (const QccVerbExample *example = self->examples; example->command != NULL; example++)
    {
      append_folded (text, example->command, INDENT);
      append_folded (text, _ (example->text), EXAMPLE_INDENT);
    }
}

static void
append_exits (GString *text,
              const QccVerb *self)
{
  const guint exits = self->exits | QCC_VERB_EXIT (QCC_CLI_EXIT_DONE) | QCC_VERB_EXIT (QCC_CLI_EXIT_USAGE);

  g_string_append_printf (text, "\n%s\n", _ ("Exit codes:"));
  for (guint code = QCC_CLI_EXIT_DONE; code <= QCC_CLI_EXIT_NOT_FOUND; code++)
    if ((exits & QCC_VERB_EXIT (code)) != 0)
      g_string_append_printf (text, "  %u  %s\n", code, qcc_cli_exit_describe ((QccCliExit) code));
}

/* Usage and options, by GLib: it begins with the program's name, of which the verb is a part here. */
static char *
dup_options_help (const QccVerb *self,
                  const char *introduction)
{
  g_autoptr (GOptionContext) context = qcc_options_create_context (self->options);
  g_autofree char *program = g_strdup (g_get_prgname ());
  g_autofree char *name = g_strdup_printf ("qcc %s%s%s", self->path, self->synopsis != NULL ? " " : "",
                                           self->synopsis != NULL ? self->synopsis : "");
  char *help;

  g_option_context_set_summary (context, introduction);
  g_set_prgname (name);
  help = g_option_context_get_help (context, TRUE, NULL);
  g_set_prgname (program);

  return g_strchomp (help);
}

/**
 * qcc_verb_dup_help:
 * @self: a verb
 *
 * Returns: (transfer full): everything about it: usage, description, options, examples, exit codes
 */
char *
qcc_verb_dup_help (const QccVerb *self)
{
  g_autoptr (GString) introduction = NULL;
  g_autofree char *options = NULL;
  GString *text;

  g_return_val_if_fail (self != NULL, NULL);

  introduction = g_string_new (NULL);
  append_folded (introduction, _ (self->summary), 0);
  if (self->description != NULL)
    {
      g_string_append_c (introduction, '\n');
      append_folded (introduction, _ (self->description), 0);
    }
  g_strchomp (introduction->str);

  options = dup_options_help (self, introduction->str);
  text = g_string_new (options);
  g_string_append_c (text, '\n');
  append_examples (text, self);
  append_exits (text, self);

  return g_string_free (text, FALSE);
}
