/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-text.h"

#include <string.h>

#define ELLIPSIS "…"
#define REPLACEMENT 0xFFFD

/* After "sk-" or "qcc-": shorter words are names like sk-test. */
#define KEY_LENGTH_MIN 12

static guint
character_width (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;

  return g_unichar_iswide (c) ? 2 : 1;
}

/**
 * qcc_text_width:
 * @text: UTF-8
 *
 * Returns: how many columns @text takes
 */
guint
qcc_text_width (const char *text)
{
  guint width = 0;

  g_return_val_if_fail (text != NULL, 0);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    width += character_width (g_utf8_get_char (p));

  return width;
}

/**
 * qcc_text_clean:
 * @text: anything from outside
 *
 * Makes @text safe to print in a line: a control character, which could move the cursor or change
 * colours, becomes U+FFFD, as does what is not UTF-8; line breaks and tabulators become spaces.
 *
 * Returns: (transfer full): the clean text
 */
char *
qcc_text_clean (const char *text)
{
  g_autofree char *valid = NULL;
  GString *clean;

  g_return_val_if_fail (text != NULL, NULL);

  valid = g_utf8_make_valid (text, -1);
  clean = g_string_new (NULL);
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '\n' || c == '\t')
        c = ' ';
      g_string_append_unichar (clean, g_unichar_iscntrl (c) ? REPLACEMENT : c);
    }

  return g_string_free (clean, FALSE);
}

/**
 * qcc_text_shorten:
 * @text: UTF-8
 * @width: columns, at least 1
 *
 * Returns: (transfer full): @text, or as much of it as fits into @width with an ellipsis behind it
 */
char *
qcc_text_shorten (const char *text,
                  guint width)
{
  const char *p;
  guint used = 0;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (width > 0, NULL);

  if (qcc_text_width (text) <= width)
    return g_strdup (text);

  for (p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      used += character_width (g_utf8_get_char (p));
      if (used > width - 1)
        break;
    }

  return g_strdup_printf ("%.*s" ELLIPSIS, (int) (p - text), text);
}

/* Returns where the first line of @text ends: before a space or a wide letter, or where there is no such
 * place in time, at the first that comes. */
static const char *
find_break (const char *text,
            guint width)
{
  const char *found = NULL;
  const char *p;
  guint used = 0;

  for (p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      gboolean breaks = c == ' ' || (g_unichar_iswide (c) && !g_unichar_ispunct (c));

      if (p > text && breaks && (used <= width || found == NULL))
        found = p;
      used += character_width (c);
      if (used > width && found != NULL && c != ' ')
        return found;
    }

  return p;
}

/**
 * qcc_text_fold:
 * @text: UTF-8; a line break in it stays one
 * @width: columns of a line, its indentation included
 * @indent: spaces before each line, less than @width
 *
 * Breaks @text into lines at spaces and between wide characters. A word that is too long for a line is
 * left whole, since it may be an address.
 *
 * Returns: (transfer full): the lines, each with a line break at its end
 */
char *
qcc_text_fold (const char *text,
               guint width,
               guint indent)
{
  g_auto (GStrv) lines = NULL;
  GString *folded;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (indent < width, NULL);

  if (*text == '\0')
    return g_strdup ("\n");

  lines = g_strsplit (text, "\n", -1);
  folded = g_string_new (NULL);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *start = lines[i];

      do
        {
          const char *end = find_break (start, width - indent);

          if (end > start)
            g_string_append_printf (folded, "%*s", (int) indent, "");
          g_string_append_len (folded, start, end - start);
          g_string_append_c (folded, '\n');
          start = end + strspn (end, " ");
        }
      while (*start != '\0');
    }

  return g_string_free (folded, FALSE);
}

/**
 * qcc_text_append_field:
 * @text: where to
 * @label: UTF-8
 * @value: anything from outside
 * @label_width: columns of the labels, the gap behind them included
 *
 * Appends a label and what belongs to it, folded beside it.
 */
void
qcc_text_append_field (GString *text,
                       const char *label,
                       const char *value,
                       guint label_width)
{
  g_autofree char *clean = NULL;
  g_autofree char *folded = NULL;
  guint width;

  g_return_if_fail (text != NULL);
  g_return_if_fail (label != NULL);
  g_return_if_fail (value != NULL);

  clean = qcc_text_clean (*value != '\0' ? value : "-");
  folded = qcc_text_fold (clean, QCC_TEXT_WIDTH_DEFAULT, label_width);
  width = qcc_text_width (label);
  g_string_append (text, label);
  g_string_append_printf (text, "%*s%s", width < label_width ? (int) (label_width - width) : 1, "", folded + label_width);
}

/**
 * qcc_text_looks_like_key:
 * @text: what somebody typed
 *
 * Returns: whether it holds what looks like an API key or one of QCC's tokens, so that it must not be
 *   shown, sent or stored as anything else
 */
gboolean
qcc_text_looks_like_key (const char *text)
{
  static const char *const prefixes[] = { "sk-", "qcc-" };
  g_autofree char *lower = NULL;

  g_return_val_if_fail (text != NULL, FALSE);

  lower = g_ascii_strdown (text, -1);
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    for (const char *found = strstr (lower, prefixes[i]); found != NULL; found = strstr (found + 1, prefixes[i]))
      {
        const char *rest = found + strlen (prefixes[i]);
        const char *allowed = i == 0 ? "abcdefghijklmnopqrstuvwxyz0123456789_-" : "0123456789abcdef";

        if (strspn (rest, allowed) >= KEY_LENGTH_MIN && (found == lower || !g_ascii_isalnum (found[-1])))
          return TRUE;
      }

  return FALSE;
}
