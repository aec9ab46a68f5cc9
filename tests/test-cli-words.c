/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-completion.h"

#include <string.h>

typedef struct
{
  const char *name;
  const char *line;     /* words with single blanks between them; one at its end is an empty last word */
  const char *expected; /* some of the words, with blanks around each; "" for none at all */
  QccCompletionSource source;
  const char *profile;
} Case;

static const Case cases[] = {
  { "first", "", " endpoint help proxy token ", QCC_COMPLETION_NOTHING, NULL },
  { "begun", "endp", " endpoint ", QCC_COMPLETION_NOTHING, NULL },
  { "second", "proxy st", " start status stop ", QCC_COMPLETION_NOTHING, NULL },
  { "verb-and-argument", "completion ", " words bash fish zsh ", QCC_COMPLETION_NOTHING, NULL },
  { "unknown", "nonsense ", "", QCC_COMPLETION_NOTHING, NULL },
  { "unknown-begun", "nons", "", QCC_COMPLETION_NOTHING, NULL },
  { "help", "help proxy st", " start status stop ", QCC_COMPLETION_NOTHING, NULL },
  { "help-complete", "help proxy stop ", "", QCC_COMPLETION_NOTHING, NULL },
  { "leading-option", "--json proxy st", " start status stop ", QCC_COMPLETION_NOTHING, NULL },
  { "global-options", "--", " --json --quiet --no-color --version --help ", QCC_COMPLETION_NOTHING, NULL },
  { "options", "env --", " --shell --json ", QCC_COMPLETION_NOTHING, NULL },
  { "options-behind-arguments", "priority switch work --re", " --reason ", QCC_COMPLETION_NOTHING, NULL },
  { "choice", "env --shell p", " powershell ", QCC_COMPLETION_NOTHING, NULL },
  { "choice-joined", "env --shell=p", " --shell=powershell ", QCC_COMPLETION_NOTHING, NULL },
  { "choice-split", "env --shell = p", " powershell ", QCC_COMPLETION_NOTHING, NULL },
  { "choice-at-sign", "env --shell =", " sh fish powershell cmd ", QCC_COMPLETION_NOTHING, NULL },
  { "enum", "add work --tier s", " secondary ", QCC_COMPLETION_NOTHING, NULL },
  { "enum-argument", "priority set work f", " fallback ", QCC_COMPLETION_NOTHING, NULL },
  { "text", "priority switch work --reason w", "", QCC_COMPLETION_NOTHING, NULL },
  { "after-value", "priority switch --reason why w", "", QCC_COMPLETION_PROFILES, NULL },
  { "after-flag", "priority switch --quiet w", "", QCC_COMPLETION_PROFILES, NULL },
  { "file", "endpoint add work --ca-file x", "", QCC_COMPLETION_FILES, NULL },
  { "profile", "default w", "", QCC_COMPLETION_PROFILES, NULL },
  { "profile-option", "token add x --profile ", "", QCC_COMPLETION_PROFILES, NULL },
  { "new-profile", "add w", "", QCC_COMPLETION_NOTHING, NULL },
  { "endpoint", "endpoint edit work w", "", QCC_COMPLETION_ENDPOINTS, "work" },
  { "endpoint-after-options", "endpoint edit --weight 3 work w", "", QCC_COMPLETION_ENDPOINTS, "work" },
  { "new-endpoint", "endpoint add work --id w", "", QCC_COMPLETION_NOTHING, NULL },
  { "setting", "config get pro", "", QCC_COMPLETION_SETTINGS, NULL },
  { "setting-or-option", "config reset pro", "", QCC_COMPLETION_SETTINGS, NULL },
  { "too-many", "config get proxy.port x", "", QCC_COMPLETION_NOTHING, NULL },
  { "token", "token remove d", "", QCC_COMPLETION_TOKENS, NULL },
  { "new-token", "token add d", "", QCC_COMPLETION_NOTHING, NULL },
  { "target", "health check w", "", QCC_COMPLETION_TARGETS, NULL },
  { "target-first", "simulate w", "", QCC_COMPLETION_TARGETS, NULL },
  { "fault", "simulate work 5", " 529 ", QCC_COMPLETION_NOTHING, NULL },
  { "check-level", "endpoint test work --level c", " connect chat ", QCC_COMPLETION_NOTHING, NULL },
  { "exchange", "explain ", "", QCC_COMPLETION_NOTHING, NULL },
  { "marked", "default -- --x", "", QCC_COMPLETION_PROFILES, NULL },
};

/* Returns the words of @completion with a blank before and behind each. */
static char *
dup_words (const QccCompletion *completion)
{
  g_autofree char *text = qcc_completion_format (completion);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *words = g_string_new (" ");

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], "\t", -1);

      if (*lines[i] == '\0')
        continue;
      g_assert_cmpuint (g_strv_length (fields), ==, 2);
      if (*fields[0] != '\0')
        g_string_append_printf (words, "%s ", fields[0]);
    }

  return g_string_free (words, FALSE);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_auto (GStrv) words = g_strsplit (test->line, " ", -1);
  g_autoptr (QccCompletion) completion = qcc_completion_new ((const char *const *) words);
  g_autofree char *found = dup_words (completion);
  g_auto (GStrv) expected = g_strsplit (test->expected, " ", -1);

  for (guint i = 0; expected[i] != NULL; i++)
    {
      g_autofree char *padded = g_strdup_printf (" %s ", expected[i]);

      if (*expected[i] != '\0' && strstr (found, padded) == NULL)
        g_error ("%s is not among %s", expected[i], found);
    }
  if (*test->expected == '\0')
    g_assert_cmpstr (found, ==, " ");
  g_assert_cmpint (qcc_completion_get_source (completion), ==, test->source);
  g_assert_cmpstr (qcc_completion_get_profile (completion), ==, test->profile);
}

/* What is typed decides, and nothing stands there twice. */
static void
test_added (void)
{
  const char *const words[] = { "token", "add", "x", "--profile=w", NULL };
  g_autoptr (QccCompletion) completion = qcc_completion_new (words);
  g_autofree char *text = NULL;

  qcc_completion_add (completion, "work", "At the\tdesk");
  qcc_completion_add (completion, "home", "");
  qcc_completion_add (completion, "work", "again");
  qcc_completion_add (completion, "w\nx", "");

  text = qcc_completion_format (completion);
  g_assert_cmpstr (text, ==, "--profile=work\tAt the desk\n--profile=w x\t\n");
}

static void
test_files (void)
{
  const char *const words[] = { "endpoint", "add", "work", "--ca-file", "x", NULL };
  g_autoptr (QccCompletion) completion = qcc_completion_new (words);
  g_autofree char *text = qcc_completion_format (completion);

  g_assert_cmpstr (text, ==, "\t\n");
}

static void
test_no_words (void)
{
  const char *const words[] = { NULL };
  g_autoptr (QccCompletion) completion = qcc_completion_new (words);
  g_autofree char *found = dup_words (completion);

  g_assert_nonnull (strstr (found, " help "));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cli/words/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/cli/words/added", test_added);
  g_test_add_func ("/cli/words/files", test_files);
  g_test_add_func ("/cli/words/no-words", test_no_words);

  return g_test_run ();
}
