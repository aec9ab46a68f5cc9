/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-script.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

static const char *
skip_blanks (const char *p)
{
  while (*p == ' ' || *p == '\t')
    p++;
  return p;
}

/* Whether the escapes of @source are complete and none of them makes a NUL, which would end the text early. */
static gboolean
check_escapes (const char *source,
               GError **error)
{
  for (const char *p = source; *p != '\0'; p++)
    {
      guint value = 0;
      guint n = 0;

      if (*p != '\\')
        continue;
      if (p[1] == '\0')
        {
          g_set_error_literal (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                               _ ("A backslash at the end has nothing to escape; write it twice"));
          return FALSE;
        }
      while (n < 3 && p[1 + n] >= '0' && p[1 + n] <= '7')
        value = value * 8 + (guint) (p[1 + n++] - '0');
      if (n > 0 && (value & 0xff) == 0)
        {
          g_set_error_literal (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                               _ ("A NUL byte cannot stand in a text; take it from a file"));
          return FALSE;
        }
      p += MAX (n, 1);
    }

  return TRUE;
}

static char *
unescape (const char *source,
          gboolean any_bytes,
          GError **error)
{
  g_autofree char *text = NULL;

  if (!check_escapes (source, error))
    return NULL;

  text = g_strcompress (source);
  if (!any_bytes && !g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("The text is not UTF-8"));
      return NULL;
    }

  return g_steal_pointer (&text);
}

/* Takes a word, quoted or not, off @inout_rest. The caller has seen that something is left. */
static char *
take_word (const char **inout_rest,
           GError **error)
{
  const char *start = *inout_rest;
  const char *end;
  g_autofree char *source = NULL;

  if (*start == '"')
    {
      for (end = ++start; *end != '\0' && *end != '"'; end++)
        {
          if (*end == '\\' && end[1] != '\0')
            end++;
        }
      if (*end == '\0')
        {
          g_set_error_literal (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("A closing quote is missing"));
          return NULL;
        }
      *inout_rest = skip_blanks (end + 1);
    }
  else
    {
      end = start + strcspn (start, " \t");
      *inout_rest = skip_blanks (end);
    }

  source = g_strndup (start, (gsize) (end - start));
  return unescape (source, FALSE, error);
}

static gboolean
parse_choice (QccFakeStep *step,
              const char *choices,
              GError **error)
{
  g_auto (GStrv) words = g_strsplit (choices, "|", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (g_str_equal (words[i], step->word))
        {
          step->choice = i;
          return TRUE;
        }
    }

  g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is not known here; use one of: %s"), step->word, choices);
  return FALSE;
}

static gboolean
parse_header (QccFakeStep *step,
              const char *source,
              GError **error)
{
  const char *colon = strchr (source, ':');
  g_autofree char *name = NULL;

  if (colon == NULL || colon == source)
    {
      g_set_error_literal (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("A header is written NAME: VALUE"));
      return FALSE;
    }

  name = g_strndup (source, (gsize) (colon - source));
  step->word = unescape (name, TRUE, error);
  if (step->word == NULL)
    return FALSE;
  step->text = unescape (skip_blanks (colon + 1), TRUE, error);
  return step->text != NULL;
}

static gboolean
parse_file (QccFakeStep *step,
            const char *path,
            GError **error)
{
  g_autofree char *contents = NULL;
  gsize length;

  if (!g_file_get_contents (path, &contents, &length, error))
    return FALSE;

  step->data = g_bytes_new_take (g_steal_pointer (&contents), length);
  return TRUE;
}

/* Reads the argument of type @arg, a letter of QccFakeStepInfo.args, off @inout_rest, which is not empty. */
static gboolean
parse_arg (QccFakeStep *step,
           char arg,
           guint *inout_n_numbers,
           const char **inout_rest,
           GError **error)
{
  const char *source = *inout_rest;
  g_autofree char *word = NULL;

  if (strchr ("tbhf", arg) != NULL)
    {
      *inout_rest = "";
      if (arg == 'h')
        return parse_header (step, source, error);
      if (arg == 'f')
        return parse_file (step, source, error);
      step->text = unescape (source, arg == 'b', error);
      return step->text != NULL;
    }

  word = take_word (inout_rest, error);
  if (word == NULL)
    return FALSE;
  if (arg == 'n')
    return g_ascii_string_to_unsigned (word, 10, 0, G_MAXINT64, &step->numbers[(*inout_n_numbers)++], error);

  step->word = g_steal_pointer (&word);
  return arg != 'c' || parse_choice (step, qcc_fake_step_get_info (step->kind)->choices, error);
}

static gboolean
parse_args (QccFakeStep *step,
            const char *rest,
            GError **error)
{
  const QccFakeStepInfo *info = qcc_fake_step_get_info (step->kind);
  gboolean optional = FALSE;
  guint n_numbers = 0;

  for (const char *arg = info->args; *arg != '\0'; arg++)
    {
      if (*arg == '?')
        {
          optional = TRUE;
          continue;
        }
      if (*rest == '\0' && optional)
        return TRUE;
      if (*rest == '\0')
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                       /* Translators: the name of a step in a script and what must follow it, such as “wait MS”. */
                       _ ("Something is missing; write: %s %s"), info->name, info->usage);
          return FALSE;
        }
      if (!parse_arg (step, *arg, &n_numbers, &rest, error))
        return FALSE;
    }

  if (*rest != '\0')
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("“%s” is too much; write: %s %s"), rest, info->name, info->usage);
      return FALSE;
    }

  return TRUE;
}

static QccFakeStep *
parse_line (const char *line,
            GError **error)
{
  g_autoptr (QccFakeStep) step = NULL;
  const char *end = line + strcspn (line, " \t");
  g_autofree char *name = g_strndup (line, (gsize) (end - line));
  QccFakeStepKind kind;

  if (!qcc_fake_step_lookup (name, &kind))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("“%s” is not a step; qcc-fake-provider --help lists them"), name);
      return NULL;
    }

  step = qcc_fake_step_new (kind);
  if (!parse_args (step, skip_blanks (end), error))
    return NULL;

  return g_steal_pointer (&step);
}

/* Parses from *@inout_line to the `end` of the repeat in line @repeat, 0 for none, or to the end of the text. On
 * failure *@inout_line is the line to name. */
static GPtrArray *
parse_steps (GStrv lines,
             guint *inout_line,
             guint repeat,
             GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_fake_step_free);

  while (lines[*inout_line] != NULL)
    {
      char *line = g_strstrip (lines[(*inout_line)++]);
      QccFakeStep *step;

      if (*line == '\0' || *line == '#')
        continue;

      step = parse_line (line, error);
      if (step == NULL)
        return NULL;
      g_ptr_array_add (steps, step);

      if (step->kind == QCC_FAKE_STEP_END && repeat == 0)
        {
          /* Translators: “end” and “repeat” are words of the script, not to be translated. */
          g_set_error_literal (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("This end has no repeat before it"));
          return NULL;
        }
      if (step->kind == QCC_FAKE_STEP_END)
        return g_steal_pointer (&steps);
      if (step->kind == QCC_FAKE_STEP_REPEAT)
        {
          step->steps = parse_steps (lines, inout_line, *inout_line, error);
          if (step->steps == NULL)
            return NULL;
        }
    }

  if (repeat > 0)
    {
      *inout_line = repeat;
      g_set_error_literal (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("This repeat has no end"));
      return NULL;
    }

  return g_steal_pointer (&steps);
}

static void
script_clear (gpointer data)
{
  QccFakeScript *self = data;

  g_ptr_array_unref (self->steps);
}

/**
 * qcc_fake_script_new_from_text:
 * @text: a script
 * @error: return location for an error
 *
 * Possible errors: those of #GFileError for a file that cannot be read, those of #GNumberParserError, else
 * %QCC_ERROR_INVALID_ARGUMENT. The message begins with the number of the line.
 *
 * Returns: (transfer full): the script, %NULL on failure
 */
QccFakeScript *
qcc_fake_script_new_from_text (const char *text,
                               GError **error)
{
  g_auto (GStrv) lines = NULL;
  g_autoptr (GPtrArray) steps = NULL;
  QccFakeScript *self;
  guint line = 0;

  g_return_val_if_fail (text != NULL, NULL);

  lines = g_strsplit (text, "\n", -1);
  steps = parse_steps (lines, &line, 0, error);
  if (steps == NULL)
    {
      g_prefix_error (error, _ ("Line %u of the script: "), line);
      return NULL;
    }

  self = g_atomic_rc_box_new0 (QccFakeScript);
  self->steps = g_steal_pointer (&steps);
  return self;
}

/**
 * qcc_fake_script_ref:
 * @self: a script
 *
 * Returns: (transfer full): @self
 */
QccFakeScript *
qcc_fake_script_ref (QccFakeScript *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

/**
 * qcc_fake_script_unref:
 * @self: (transfer full): a script
 */
void
qcc_fake_script_unref (QccFakeScript *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, script_clear);
}
