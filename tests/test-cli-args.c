/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gio/gio.h>

#include "cli/qcc-cli-error.h"
#include "cli/qcc-options.h"
#include "cli/qcc-text.h"
#include "cli/qcc-verb.h"
#include "common/qcc-error.h"
#include "tests/qcc-cli-run.h"

static const char *program;

static void
assert_lines_fit (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (qcc_text_width (lines[i]) > QCC_TEXT_WIDTH_DEFAULT)
        g_test_message ("too long: %s", lines[i]);
      g_assert_cmpuint (qcc_text_width (lines[i]), <=, QCC_TEXT_WIDTH_DEFAULT);
    }
}

static void
check_verb (const QccVerb *verb)
{
  g_auto (GStrv) words = g_strsplit (verb->path, " ", -1);
  g_autofree char *help = qcc_verb_dup_help (verb);
  guint n_words = 0;

  g_test_message ("%s", verb->path);
  g_assert_true (qcc_verb_find ((const char *const *) words, &n_words) == verb);
  g_assert_cmpuint (n_words, ==, g_strv_length (words));
  g_assert_nonnull (verb->run);
  g_assert_cmpuint (verb->min_args, <=, verb->max_args);
  g_assert_true ((verb->max_args == 0) == (verb->synopsis == NULL || g_str_has_prefix (verb->synopsis, "--")));

  g_assert_nonnull (strstr (help, verb->path));
  g_assert_nonnull (strstr (help, verb->summary));
  g_assert_nonnull (strstr (help, "--json"));
  g_assert_nonnull (strstr (help, "Examples:\n  qcc "));
  g_assert_nonnull (strstr (help, "Exit codes:\n  0  done\n"));
  g_assert_nonnull (strstr (help, "\n  2  the command line is wrong"));
  g_assert_false (g_str_has_suffix (verb->summary, "."));
  assert_lines_fit (help);

  for (const QccVerbExample *example = verb->examples; example->command != NULL; example++)
    g_assert_nonnull (strstr (example->command, verb->path));
  for (const GOptionEntry *entry = verb->options; entry != NULL && entry->long_name != NULL; entry++)
    g_assert_null (entry->arg_data);
}

static void
test_every_verb (void)
{
  for (const QccVerbGroup *const *group = qcc_verb_list_groups (); *group != NULL; group++)
    {
      g_assert_cmpuint ((*group)->n_verbs, >, 0);
      for (guint i = 0; i < (*group)->n_verbs; i++)
        check_verb (&(*group)->verbs[i]);
    }
}

static void
test_overview (void)
{
  g_autofree char *all = qcc_verb_dup_overview (NULL);
  g_autofree char *none = qcc_verb_dup_overview ("hel");

  g_assert_nonnull (strstr (all, "\n  help"));
  g_assert_null (none);
  assert_lines_fit (all);
}

static void
test_suggestions (void)
{
  const struct
  {
    const char *typed;
    gboolean near_help;
  } cases[] = {
    { "halp", TRUE },
    { "hlp", TRUE },
    { "helper", TRUE },
    { "something", FALSE },
    { "", FALSE },
    { "h", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const words[] = { cases[i].typed, NULL };
      g_auto (GStrv) near = qcc_verb_suggest (words);

      g_test_message ("%s", cases[i].typed);
      g_assert_cmpint (g_strv_contains ((const char *const *) near, "help"), ==, cases[i].near_help);
    }
}

static const GOptionEntry every_type[] = {
  { "flag", 'f', 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  { "number", 0, 0, G_OPTION_ARG_INT, NULL, NULL, NULL },
  { "text", 0, 0, G_OPTION_ARG_STRING, NULL, NULL, NULL },
  { "texts", 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL, NULL, NULL },
  { "file", 0, 0, G_OPTION_ARG_FILENAME, NULL, NULL, NULL },
  G_OPTION_ENTRY_NULL,
};

static void
test_options (void)
{
  const char *const given[] = { "qcc", "a", "--number", "0", "--texts=x", "-f", "--texts=y", "--file", "f", "--text=", "b", NULL };
  g_auto (GStrv) args = g_strdupv ((char **) given);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariantDict) options = qcc_options_parse (every_type, FALSE, &args, &error);
  g_autoptr (GVariant) all = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (args), ==, 3);
  g_assert_cmpstr (args[1], ==, "a");
  g_assert_cmpstr (args[2], ==, "b");
  all = g_variant_ref_sink (g_variant_dict_end (options));
  g_assert_cmpuint (g_variant_n_children (all), ==, 5);
  g_assert_true (g_variant_lookup (all, "number", "i", &(int){ 0 }));
  g_assert_true (g_variant_lookup (all, "text", "&s", &(const char *){ NULL }));
}

static void
test_options_absent (void)
{
  g_auto (GStrv) args = g_strsplit ("qcc a", " ", -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariantDict) options = qcc_options_parse (every_type, FALSE, &args, &error);
  g_autoptr (GVariant) all = NULL;

  g_assert_no_error (error);
  all = g_variant_ref_sink (g_variant_dict_end (options));
  g_assert_cmpuint (g_variant_n_children (all), ==, 0);
}

static void
test_options_wrong (void)
{
  g_auto (GStrv) args = g_strsplit ("qcc --text t --number many", " ", -1);
  g_autoptr (GError) error = NULL;

  g_assert_null (qcc_options_parse (every_type, FALSE, &args, &error));
  g_assert_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
}

static void
test_errors (void)
{
  const struct
  {
    GQuark domain;
    int code;
    int exit_code;
    const char *word;
  } cases[] = {
    { QCC_ERROR, QCC_ERROR_NOT_FOUND, 4, "NotFound" },
    { QCC_ERROR, QCC_ERROR_FAILED, 1, "Failed" },
    { QCC_ERROR, QCC_ERROR_EXISTS, 1, "Exists" },
    { QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, 1, "InvalidArgument" },
    { QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, 2, "Usage" },
    { QCC_CLI_ERROR, QCC_CLI_ERROR_NO_SERVICE, 3, "NoService" },
    { QCC_CLI_ERROR, QCC_CLI_ERROR_DECLINED, 1, "Declined" },
    { G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, 2, "Usage" },
    { G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY, 3, "NoService" },
    { G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD, 1, "Failed" },
    { G_IO_ERROR, G_IO_ERROR_CLOSED, 3, "NoService" },
    { G_IO_ERROR, G_IO_ERROR_NOT_FOUND, 1, "Failed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (cases[i].domain, cases[i].code, "why");

      g_assert_cmpint (qcc_cli_error_to_exit (error), ==, cases[i].exit_code);
      g_assert_cmpstr (qcc_cli_error_to_code (error), ==, cases[i].word);
    }
}

typedef struct
{
  const char *name;
  const char *args; /* separated by blanks */
  int exit_code;
  const char *out; /* a part of standard output, %NULL for nothing at all */
  const char *err;
} ProgramCase;

static const ProgramCase program_cases[] = {
  { "nothing", "", 0, "\n  help", NULL },
  { "help", "help", 0, "\n  help", NULL },
  { "help-option", "--help", 0, "\n  help", NULL },
  { "help-of-verb", "help help", 0, "Exit codes:", NULL },
  { "help-option-of-verb", "help -h", 0, "Exit codes:", NULL },
  { "version", "--version", 0, "qcc ", NULL },
  { "version-behind", "help --version", 0, "qcc ", NULL },
  { "unknown-verb", "halp", 2, NULL, "near are: help" },
  { "unknown-words", "help me please now", 2, NULL, "qcc help [VERB]" },
  { "unknown-topic", "help nonsense", 2, NULL, "“nonsense” is no verb" },
  { "unknown-option", "help --nonsense", 2, NULL, "--nonsense" },
  { "unknown-leading-option", "--nonsense help", 2, NULL, "--nonsense" },
  { "json-error", "--json halp", 2, "\"code\" : \"Usage\"", "halp" },
  { "json-wrong-option", "help --nonsense --json", 2, "\"code\" : \"Usage\"", "nonsense" },
  { "json-error-behind", "help nonsense --json", 2, "\"code\" : \"Usage\"", "nonsense" },
};

static void
test_program (gconstpointer data)
{
  const ProgramCase *test = data;
  g_auto (GStrv) args = g_strsplit (test->args, " ", -1);
  g_autoptr (QccCliRun) run = qcc_cli_run_program (program, *test->args != '\0' ? (const char *const *) args : NULL, NULL);

  g_assert_cmpint (run->exit_code, ==, test->exit_code);
  if (test->out == NULL)
    g_assert_cmpstr (run->out, ==, "");
  else
    g_assert_nonnull (strstr (run->out, test->out));
  if (test->err == NULL)
    g_assert_cmpstr (run->err, ==, "");
  else
    g_assert_true (g_str_has_prefix (run->err, "qcc: ") && strstr (run->err, test->err) != NULL);
}

/* Wherever it stands, it is not repeated (spec 3.4). */
static void
test_key_on_command_line (void)
{
  const char *const lines[][4] = {
    { "sk-abcdefghijklmnop", NULL },
    { "help", "sk-abcdefghijklmnop", NULL },
    { "help", "--nonsense=sk-abcdefghijklmnop", NULL },
    { "--sk-abcdefghijklmnop", NULL },
    { "--json", "help", "sk-abcdefghijklmnop", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr (QccCliRun) run = qcc_cli_run_program (program, lines[i], NULL);

      g_assert_cmpint (run->exit_code, ==, 2);
      g_assert_nonnull (strstr (run->err, "looks like a key"));
      g_assert_null (strstr (run->err, "abcdefghijklmnop"));
      g_assert_null (strstr (run->out, "abcdefghijklmnop"));
    }
}

static void
test_not_utf8 (void)
{
  g_autoptr (QccCliRun) run = qcc_cli_run_program (program, (const char *const[]){ "help", "\xff", NULL }, NULL);

  g_assert_cmpint (run->exit_code, ==, 2);
  g_assert_nonnull (strstr (run->err, "UTF-8"));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  program = argv[1];

  g_test_add_func ("/cli/args/every-verb", test_every_verb);
  g_test_add_func ("/cli/args/overview", test_overview);
  g_test_add_func ("/cli/args/suggestions", test_suggestions);
  g_test_add_func ("/cli/args/options", test_options);
  g_test_add_func ("/cli/args/options-absent", test_options_absent);
  g_test_add_func ("/cli/args/options-wrong", test_options_wrong);
  g_test_add_func ("/cli/args/errors", test_errors);
  for (gsize i = 0; i < G_N_ELEMENTS (program_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cli/args/program/%s", program_cases[i].name);

      g_test_add_data_func (path, &program_cases[i], test_program);
    }
  g_test_add_func ("/cli/args/key-on-command-line", test_key_on_command_line);
  g_test_add_func ("/cli/args/not-utf8", test_not_utf8);

  return g_test_run ();
}
