/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-explain-text.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-dict.h"
#include "cli/qcc-table.h"
#include "cli/qcc-text.h"
#include "cli/qcc-time-text.h"
#include "cli/qcc-words.h"

#define MSEC_PER_SEC 1000

/* Appends clean lines of @line, which is from anywhere. */
static void
append_line (GString *text,
             const char *line)
{
  g_autofree char *clean = qcc_text_clean (line);
  g_autofree char *folded = qcc_text_fold (clean, QCC_TEXT_WIDTH_DEFAULT, 0);

  g_string_append (text, folded);
}

/* Appends @separator and the member @name, unless it is empty. */
static void
append_member (GString *line,
               const char *separator,
               GVariant *dict,
               const char *name)
{
  const char *value = qcc_dict_get_text (dict, name);

  if (*value != '\0')
    g_string_append_printf (line, "%s%s", separator, value);
}

/* What was asked, and what the client got. */
static void
append_exchange (GString *text,
                 GVariant *explanation,
                 gint64 now)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree char *when = qcc_time_text_short (qcc_dict_get_number (explanation, "time", 0), now);
  g_autofree char *total = qcc_time_text_duration (qcc_dict_get_number (explanation, "total", -1));
  const char *end = qcc_words_get (QCC_WORDS_END, qcc_dict_get_text (explanation, "end"));
  const char *endpoint = qcc_dict_get_text (explanation, "endpoint");
  gint64 status = qcc_dict_get_number (explanation, "status", 0);

  g_string_append_printf (line, "#%" G_GINT64_FORMAT " %s", qcc_dict_get_number (explanation, "id", 0), when);
  append_member (line, " ", explanation, "method");
  append_member (line, " ", explanation, "path");
  append_member (line, ", ", explanation, "model");
  append_member (line, ", ", explanation, "session");
  g_string_append (line, ": ");
  if (status > 0)
    g_string_append_printf (line, "%" G_GINT64_FORMAT, status);
  else
    g_string_append (line, _ ("no answer"));
  if (*endpoint != '\0')
    {
      g_string_append_c (line, ' ');
      g_string_append_printf (line, _ ("by %s"), endpoint);
      append_member (line, ", ", explanation, "profile");
    }
  if (*end != '\0')
    g_string_append_printf (line, ", %s", end);
  if (*total != '\0')
    {
      g_string_append (line, ", ");
      g_string_append_printf (line, _ ("after %s"), total);
    }
  append_line (text, line->str);
}

static void
append_start (GString *text,
              GVariant *explanation)
{
  const char *profile = qcc_dict_get_text (explanation, "start");
  const char *why = qcc_words_get (QCC_WORDS_START, qcc_dict_get_text (explanation, "start-reason"));
  g_autofree char *line = NULL;

  if (*profile == '\0')
    return;

  /* Translators: a profile, and why: like “the active profile”. */
  line = *why != '\0' ? g_strdup_printf (_ ("It started in “%s”: %s."), profile, why) : g_strdup_printf (_ ("It started in “%s”."), profile);
  append_line (text, line);
}

static char *
describe_reason (GVariant *candidate)
{
  const char *const passing[] = { "cooling", "open", "quarantined", "waiting", NULL };
  const char *word = qcc_dict_get_text (candidate, "reason");
  const char *reason = qcc_words_get (QCC_WORDS_REASON, word);
  gint64 wait = g_strv_contains (passing, word) ? qcc_dict_get_number (candidate, "wait", -1) : -1;
  g_autofree char *duration = wait > 0 ? qcc_time_text_duration (MIN (wait, G_MAXINT) * MSEC_PER_SEC) : NULL;

  /* Translators: why an endpoint was not taken, and how long that still lasts. */
  return duration != NULL ? g_strdup_printf (_ ("%s, for %s"), reason, duration) : g_strdup (reason);
}

static void
append_candidates (GString *text,
                   GVariant *candidates,
                   guint width)
{
  const char *const headings[] = {
    C_ ("column", "ENDPOINT"),
    C_ ("column", "PROFILE"),
    C_ ("column", "HEALTH"),
    C_ ("column", "WHY"),
    NULL,
  };
  g_autoptr (QccTable) table = qcc_table_new (headings);
  g_autofree char *formatted = NULL;

  for (gsize i = 0; i < g_variant_n_children (candidates); i++)
    {
      g_autoptr (GVariant) candidate = g_variant_get_child_value (candidates, i);
      const char *level = qcc_dict_get_text (candidate, "level");
      g_autofree char *why = describe_reason (candidate);

      qcc_table_add_row (table, (const char *const[]){ qcc_dict_get_text (candidate, "endpoint"), qcc_dict_get_text (candidate, "profile"),
                                                       *level != '\0' ? qcc_words_get (QCC_WORDS_HEALTH, level) : "", why, NULL });
    }

  formatted = qcc_table_format (table, width, QCC_TABLE_PLAIN);
  g_string_append (text, formatted);
}

static void
append_choice (GString *text,
               GVariant *choice,
               guint width)
{
  g_autofree char *offset = qcc_time_text_duration (qcc_dict_get_number (choice, "offset", -1));
  const char *step = qcc_words_get (QCC_WORDS_STEP, qcc_dict_get_text (choice, "step"));
  const char *endpoint = qcc_dict_get_text (choice, "endpoint");
  g_autoptr (GVariant) candidates = qcc_dict_get_list (choice, "candidates");
  g_autofree char *line = NULL;

  /* Translators: when; what was chosen; the step that found it, like “another profile”. */
  line = *endpoint != '\0' ? g_strdup_printf (_ ("After %s: %s (%s)"), offset, endpoint, step) : g_strdup_printf (_ ("After %s: %s"), offset, step);
  g_string_append_c (text, '\n');
  append_line (text, line);
  if (g_variant_n_children (candidates) > 0)
    append_candidates (text, candidates, width);
}

static void
append_attempts (GString *text,
                 GVariant *attempts,
                 guint width)
{
  const char *const headings[] = {
    C_ ("column", "ATTEMPT"),
    C_ ("column", "AFTER"),
    C_ ("column", "TOOK"),
    C_ ("column", "STATUS"),
    C_ ("column", "RESULT"),
    C_ ("column", "CHARGED"),
    C_ ("column", "RULE"),
    NULL,
  };
  g_autoptr (QccTable) table = qcc_table_new (headings);
  g_autofree char *formatted = NULL;

  for (gsize i = 0; i < g_variant_n_children (attempts); i++)
    {
      g_autoptr (GVariant) attempt = g_variant_get_child_value (attempts, i);
      g_autofree char *offset = qcc_time_text_duration (qcc_dict_get_number (attempt, "offset", -1));
      g_autofree char *duration = qcc_time_text_duration (qcc_dict_get_number (attempt, "duration", -1));
      gint64 status = qcc_dict_get_number (attempt, "status", 0);
      g_autofree char *number = status > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, status) : g_strdup ("");
      const char *class_word = qcc_dict_get_text (attempt, "class");
      const char *const cells[] = {
        qcc_dict_get_text (attempt, "endpoint"),
        offset,
        duration,
        number,
        *class_word != '\0' ? qcc_words_get (QCC_WORDS_CLASS, class_word) : _ ("used"),
        qcc_words_get (QCC_WORDS_SCOPE, qcc_dict_get_text (attempt, "scope")),
        qcc_dict_get_text (attempt, "rule"),
        NULL,
      };

      qcc_table_add_row (table, cells);
    }

  formatted = qcc_table_format (table, width, QCC_TABLE_PLAIN);
  g_string_append_printf (text, "\n%s", formatted);
}

/**
 * qcc_explain_text_format:
 * @explanation: of Manager1.Explain()
 * @width: columns of a table, 0 for as many as it needs
 * @now: microseconds since the epoch
 *
 * Says in words why one exchange went where it went (spec 5.7). Pure.
 *
 * Returns: (transfer full): clean lines
 */
char *
qcc_explain_text_format (GVariant *explanation,
                         guint width,
                         gint64 now)
{
  g_autoptr (GVariant) choices = NULL;
  g_autoptr (GVariant) attempts = NULL;
  GString *text;

  g_return_val_if_fail (explanation != NULL, NULL);

  choices = qcc_dict_get_list (explanation, "choices");
  attempts = qcc_dict_get_list (explanation, "attempts");
  text = g_string_new (NULL);
  append_exchange (text, explanation, now);
  append_start (text, explanation);
  for (gsize i = 0; i < g_variant_n_children (choices); i++)
    {
      g_autoptr (GVariant) choice = g_variant_get_child_value (choices, i);

      append_choice (text, choice, width);
    }
  if (g_variant_n_children (attempts) > 0)
    append_attempts (text, attempts, width);

  return g_string_free (text, FALSE);
}
