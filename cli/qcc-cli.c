/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-cli.h"

#include "config.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "cli/qcc-options.h"
#include "cli/qcc-terminal.h"
#include "cli/qcc-text.h"
#include "cli/qcc-verb.h"
#include "common/qcc-redact.h"

static void
call_clear (QccCall *self)
{
  g_clear_pointer (&self->args, g_strfreev);
  g_clear_pointer (&self->options, g_variant_dict_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QccCall, call_clear)

/**
 * qcc_cli_set_unknown_verb:
 * @words: (array zero-terminated=1): what was typed, at least one word
 * @error: return location for an error
 *
 * Sets %QCC_CLI_ERROR_USAGE, with the verbs that may have been meant.
 *
 * Returns: %FALSE
 */
gboolean
qcc_cli_set_unknown_verb (const char *const *words,
                          GError **error)
{
  g_autofree char *typed = NULL;
  g_auto (GStrv) near = NULL;
  g_autofree char *list = NULL;

  g_return_val_if_fail (words != NULL && words[0] != NULL, FALSE);

  typed = qcc_redact (words[0]);
  near = qcc_verb_suggest (words);
  list = g_strjoinv (", ", near);
  if (*list != '\0')
    g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("“%s” is no verb of QCC; near are: %s"), typed, list);
  else
    g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("“%s” is no verb of QCC; “qcc help” lists them"), typed);

  return FALSE;
}

/* Keys do not belong on a command line, which every process can read; nothing of such a call is used. */
static gboolean
check_no_key (const char *const *args,
              GError **error)
{
  for (guint i = 0; args[i] != NULL; i++)
    if (qcc_text_looks_like_key (args[i]))
      {
        g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE,
                     _ ("one of the words looks like a key. Keys are not given on the command line, where others "
                        "can see them: use --key-stdin or --key-env. Have this one replaced by its provider"));
        return FALSE;
      }

  return TRUE;
}

/* Takes the words behind the verb's own out of @args, which has the program's name first. */
static gboolean
take_args (QccCall *self,
           const char *const *args,
           GError **error)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  gboolean marked = FALSE;

  for (guint i = 1; args[i] != NULL; i++)
    {
      if (!marked && g_str_equal (args[i], "--"))
        {
          marked = TRUE;
          continue;
        }
      if (!g_utf8_validate (args[i], -1, NULL))
        {
          g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("one of the words is not valid UTF-8"));
          return FALSE;
        }
      g_strv_builder_add (words, args[i]);
    }

  self->args = g_strv_builder_end (words);
  self->n_args = g_strv_length (self->args);
  return TRUE;
}

static gboolean
check_n_args (const QccCall *self,
              GError **error)
{
  if (self->n_args >= self->verb->min_args && self->n_args <= self->verb->max_args)
    return TRUE;

  g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("the form is: qcc %s %s"), self->verb->path,
               self->verb->synopsis != NULL ? self->verb->synopsis : "");
  return FALSE;
}

/* The option parser repeats what was typed, which may be a key in the wrong place. */
static gboolean
parse_options (const GOptionEntry *table,
               gboolean only_leading,
               char ***args,
               GVariantDict **options,
               GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *message = NULL;

  *options = qcc_options_parse (table, only_leading, args, &local_error);
  if (*options != NULL)
    return TRUE;

  message = qcc_redact (local_error->message);
  g_set_error_literal (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, message);
  return FALSE;
}

static void
take_global_options (QccCall *self,
                     GVariantDict *options)
{
  const char *no_color = g_getenv ("NO_COLOR");

  self->quiet = self->quiet || g_variant_dict_contains (options, "quiet");
  self->color = self->color && !g_variant_dict_contains (options, "no-color") && (no_color == NULL || *no_color == '\0');
}

/* Returns what @options ask for instead of running a verb. */
static char *
dup_asked_text (const QccVerb *verb,
                GVariantDict *options)
{
  if (g_variant_dict_contains (options, "version"))
    return g_strdup ("qcc " QCC_VERSION "\n");
  if (g_variant_dict_contains (options, "help"))
    return verb != NULL ? qcc_verb_dup_help (verb) : qcc_verb_dup_overview (NULL);

  return NULL;
}

/* Runs the verb at the beginning of @words. */
static gboolean
run_verb (QccCall *self,
          char **words,
          GError **error)
{
  g_auto (GStrv) rest = NULL;
  g_autofree char *asked = NULL;
  guint n_words = 0;

  self->verb = qcc_verb_find ((const char *const *) words, &n_words);
  if (self->verb == NULL)
    {
      asked = qcc_verb_dup_overview (words[0]);
      if (asked == NULL || (words[1] != NULL && !g_str_has_prefix (words[1], "-")))
        return qcc_cli_set_unknown_verb ((const char *const *) words, error);

      qcc_call_put (self, asked);
      self->exit_code = g_strcmp0 (words[1], "--help") == 0 || g_strcmp0 (words[1], "-h") == 0 ? QCC_CLI_EXIT_DONE : QCC_CLI_EXIT_USAGE;
      return TRUE;
    }

  /* The word before the options is the program's name for the parser. */
  rest = g_strdupv (words + n_words - 1);
  if (!parse_options (self->verb->options, FALSE, &rest, &self->options, error))
    return FALSE;
  take_global_options (self, self->options);

  asked = dup_asked_text (self->verb, self->options);
  if (asked != NULL)
    {
      qcc_call_put (self, asked);
      return TRUE;
    }

  return take_args (self, (const char *const *) rest, error) && check_n_args (self, error) && self->verb->run (self, error);
}

static gboolean
run (QccCall *self,
     const char *const *args,
     GError **error)
{
  g_auto (GStrv) words = g_strdupv ((char **) args);
  g_autoptr (GVariantDict) leading = NULL;
  g_autofree char *asked = NULL;

  if (!check_no_key (args, error) || !parse_options (NULL, TRUE, &words, &leading, error))
    return FALSE;
  take_global_options (self, leading);

  asked = dup_asked_text (NULL, leading);
  if (asked == NULL && words[1] == NULL)
    asked = qcc_verb_dup_overview (NULL);
  if (asked == NULL)
    return run_verb (self, words + 1, error);

  qcc_call_put (self, asked);
  return TRUE;
}

static void
report (const QccCall *self,
        const GError *error)
{
  g_autoptr (JsonBuilder) builder = NULL;
  g_autofree char *clean = qcc_text_clean (error->message);

  g_printerr ("qcc: %s\n", clean);
  if (!self->json)
    return;

  builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "error");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "code");
  json_builder_add_string_value (builder, qcc_cli_error_to_code (error));
  json_builder_set_member_name (builder, "message");
  json_builder_add_string_value (builder, error->message);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  qcc_call_put_json (self, builder);
}

/* What the bus says of a method that is not there is for programmers. */
static void
explain_old_service (GError *error)
{
  g_free (error->message);
  error->message = g_strdup (_ ("the service that runs is older than this command and cannot do that; end it with "
                                "“systemctl --user restart qcc”, or start “qcc-service --replace”"));
}

/**
 * qcc_cli_run:
 * @args: (array zero-terminated=1): the command line, the program's name first
 *
 * Does what the command line says. Blocks.
 *
 * Returns: a #QccCliExit
 */
int
qcc_cli_run (const char *const *args)
{
  g_auto (QccCall) call = { .color = qcc_terminal_has_output (), .exit_code = QCC_CLI_EXIT_DONE };
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (args != NULL && args[0] != NULL, QCC_CLI_EXIT_USAGE);

  /* Before anything is parsed, so that an error of the parser comes as JSON too. */
  call.json = g_strv_contains (args, "--json");

  if (run (&call, args, &error))
    return call.exit_code;

  /* GDBus puts the name of a remote error before its message. */
  g_dbus_error_strip_remote_error (error);
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD))
    explain_old_service (error);
  report (&call, error);
  return qcc_cli_error_to_exit (error);
}
