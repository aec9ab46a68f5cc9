/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-call.h"

#include <stdio.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "cli/qcc-cli-error.h"
#include "cli/qcc-terminal.h"
#include "cli/qcc-text.h"
#include "common/qcc-json-text.h"

/**
 * qcc_call_has_option:
 * @self: a call
 * @name: the long name of an option
 *
 * Returns: whether it was given
 */
gboolean
qcc_call_has_option (const QccCall *self,
                     const char *name)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return g_variant_dict_contains (self->options, name);
}

/**
 * qcc_call_get_text:
 * @self: a call
 * @name: the long name of an option that takes a text
 *
 * Returns: (transfer none) (nullable): its value, %NULL when it was not given
 */
const char *
qcc_call_get_text (const QccCall *self,
                   const char *name)
{
  const char *value = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  g_variant_dict_lookup (self->options, name, "&s", &value);
  return value;
}

/**
 * qcc_call_get_texts:
 * @self: a call
 * @name: the long name of an option that may be given several times
 *
 * Returns: (transfer container) (nullable) (array zero-terminated=1): its values, %NULL when it was not given
 */
const char **
qcc_call_get_texts (const QccCall *self,
                    const char *name)
{
  const char **values = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  g_variant_dict_lookup (self->options, name, "^a&s", &values);
  return values;
}

/**
 * qcc_call_get_number:
 * @self: a call
 * @name: the long name of an option that takes a number
 * @out_value: (out): its value, untouched when it was not given
 *
 * Returns: whether it was given
 */
gboolean
qcc_call_get_number (const QccCall *self,
                     const char *name,
                     int *out_value)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  return g_variant_dict_lookup (self->options, name, "i", out_value);
}

/**
 * qcc_call_dup_path:
 * @self: a call
 * @name: the long name of an option that takes a file
 *
 * Returns: (transfer full) (nullable) (type filename): its value as an absolute path, %NULL when it was not given;
 *   an empty value stays empty
 */
char *
qcc_call_dup_path (const QccCall *self,
                   const char *name)
{
  const char *value = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  if (!g_variant_dict_lookup (self->options, name, "^&ay", &value))
    return NULL;

  return *value != '\0' ? g_canonicalize_filename (value, NULL) : g_strdup ("");
}

/**
 * qcc_call_get_limit:
 * @self: a call of a verb with %QCC_CALL_LIMIT_OPTION
 * @out_limit: (inout): how many to list, untouched when it was not given; 0 for all
 * @error: return location for an error
 *
 * Possible errors: %QCC_CLI_ERROR_USAGE.
 *
 * Returns: whether it is possible
 */
gboolean
qcc_call_get_limit (const QccCall *self,
                    guint *out_limit,
                    GError **error)
{
  int number = 0;

  g_return_val_if_fail (out_limit != NULL, FALSE);

  if (!qcc_call_get_number (self, "number", &number))
    return TRUE;
  if (number < 0)
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("-n must be 0 or more"));
      return FALSE;
    }

  *out_limit = (guint) number;
  return TRUE;
}

/**
 * qcc_call_say:
 * @self: a call
 * @format: translated, without a line break at its end
 * @...: for @format
 *
 * Tells a person what was done; what the words are from may be anywhere. Left out with `--json` and `--quiet`.
 */
void
qcc_call_say (const QccCall *self,
              const char *format,
              ...)
{
  g_autofree char *text = NULL;
  g_autofree char *clean = NULL;
  g_autofree char *folded = NULL;
  g_auto (GStrv) lines = NULL;
  va_list args;

  g_return_if_fail (self != NULL);

  if (self->json || self->quiet)
    return;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = qcc_text_clean (lines[i]);

      g_free (lines[i]);
      lines[i] = line;
    }
  clean = g_strjoinv ("\n", lines);
  folded = qcc_text_fold (clean, QCC_TEXT_WIDTH_DEFAULT, 0);
  g_print ("%s", folded);
}

/**
 * qcc_call_show_progress:
 * @self: a call
 * @text: translated, from anywhere; empty when it is over
 *
 * Tells a person on a terminal what takes its time. Left out with `--quiet`.
 */
void
qcc_call_show_progress (const QccCall *self,
                        const char *text)
{
  g_autofree char *clean = NULL;
  g_autofree char *line = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (text != NULL);

  if (self->quiet)
    return;

  clean = qcc_text_clean (text);
  line = qcc_text_shorten (clean, QCC_TEXT_WIDTH_DEFAULT - 1);
  qcc_terminal_show_progress (line);
}

/**
 * qcc_call_put:
 * @self: a call
 * @text: what was asked for, with a line break at its end
 */
void
qcc_call_put (const QccCall *self,
              const char *text)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (text != NULL);

  g_print ("%s", text);
}

/**
 * qcc_call_put_table:
 * @self: a call
 * @table: what was asked for
 *
 * Cells are cut to the width of a terminal; what goes elsewhere is whole.
 */
void
qcc_call_put_table (const QccCall *self,
                    const QccTable *table)
{
  g_autofree char *text = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (table != NULL);

  text = qcc_table_format (table, qcc_terminal_get_width (), self->color ? QCC_TABLE_BOLD_HEADINGS : QCC_TABLE_PLAIN);
  qcc_call_put (self, text);
}

/**
 * qcc_call_put_json:
 * @self: a call
 * @builder: a complete value
 *
 * Writes it in UTF-8 whatever the locale is.
 */
void
qcc_call_put_json (const QccCall *self,
                   JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (JSON_IS_BUILDER (builder));

  root = json_builder_get_root (builder);
  text = qcc_json_to_text (root);
  fputs (text, stdout);
}

/**
 * qcc_call_put_removed:
 * @self: a call for a program
 * @member: `name` or `id`
 * @value: what it was
 *
 * Prints the JSON of what is no more.
 */
void
qcc_call_put_removed (const QccCall *self,
                      const char *member,
                      const char *value)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, member);
  json_builder_add_string_value (builder, value);
  json_builder_set_member_name (builder, "removed");
  json_builder_add_boolean_value (builder, TRUE);
  json_builder_end_object (builder);
  qcc_call_put_json (self, builder);
}

/**
 * qcc_call_can_ask:
 * @self: a call
 *
 * Returns: whether questions are possible: never with `--json`, which is for programs
 */
gboolean
qcc_call_can_ask (const QccCall *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return !self->json && qcc_terminal_can_ask ();
}

/* The first letter of yes, in the user's language or in English. */
static gboolean
is_yes (const char *answer)
{
  g_autofree char *lower = g_utf8_strdown (answer, -1);

  /* Translators: the answers that mean yes, in lower case, with commas between them and no spaces */
  g_auto (GStrv) words = g_strsplit (_ ("y,yes"), ",", -1);

  return g_strv_contains ((const char *const *) words, lower) || g_str_equal (lower, "y") || g_str_equal (lower, "yes");
}

/**
 * qcc_call_confirm:
 * @self: a call of a verb that has the option `yes`
 * @question: translated; says what would be lost
 * @error: return location for an error
 *
 * Asks before something is destroyed (spec 13.3), unless `--yes` was given.
 *
 * Possible errors: %QCC_CLI_ERROR_USAGE when nobody can be asked, %QCC_CLI_ERROR_DECLINED when the answer is not yes,
 * and those of qcc_terminal_ask().
 *
 * Returns: whether to go on
 */
gboolean
qcc_call_confirm (const QccCall *self,
                  const char *question,
                  GError **error)
{
  g_autofree char *full = NULL;
  g_autofree char *answer = NULL;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (question != NULL, FALSE);

  if (qcc_call_has_option (self, "yes"))
    return TRUE;

  if (!qcc_call_can_ask (self))
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("%s Give --yes, since nobody can be asked here"), question);
      return FALSE;
    }

  full = g_strdup_printf ("%s %s", question, _ ("[y/N]"));
  answer = qcc_terminal_ask (full, error);
  if (answer == NULL)
    return FALSE;
  if (is_yes (answer))
    return TRUE;

  g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_DECLINED, _ ("nothing was changed"));
  return FALSE;
}

/**
 * qcc_call_agree:
 * @self: a call for which qcc_call_can_ask()
 * @question: translated; offers what most people want
 * @error: return location for an error
 *
 * Asks for something harmless: no answer but the Enter key is a yes.
 *
 * Possible errors: %QCC_CLI_ERROR_DECLINED when the answer is not yes, and those of qcc_terminal_ask().
 *
 * Returns: whether to go on
 */
gboolean
qcc_call_agree (const QccCall *self,
                const char *question,
                GError **error)
{
  g_autofree char *full = NULL;
  g_autofree char *answer = NULL;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (question != NULL, FALSE);

  full = g_strdup_printf ("%s %s", question, _ ("[Y/n]"));
  answer = qcc_terminal_ask (full, error);
  if (answer == NULL)
    return FALSE;
  if (*answer == '\0' || is_yes (answer))
    return TRUE;

  g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_DECLINED, _ ("nothing was changed"));
  return FALSE;
}
