/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-redact.h"

#include <string.h>

#define PLACEHOLDER "[redacted]"
#define ELLIPSIS "…"

/* Of longer texts only the beginning can get into the result; this bounds the work. */
#define INPUT_MAX (16 * QCC_REDACT_LENGTH_MAX)

/* Between a name and its value, in a header, JSON, a query or a command line. */
#define ASSIGNED "[\"']?\\s*[:=]\\s*[\"']?"

/*
 * What looks like a credential. "\K" leaves what stands before it in the text, so that one can see what
 * was there. The last two take any long token: one with digits and letters, or, with the characters that
 * base64 adds and that paths and model names have too, one with digits, capitals and small letters.
 */
static const char pattern[] =
    "\\bauthorization" ASSIGNED "\\K[^\"'\\r\\n]+"
    "|\\b(?:x-)?(?:api[-_ ]?key|auth[-_]?token|access[-_]?token|password|secret)" ASSIGNED "\\K[^\\s\"',;&]+"
    "|\\bbearer\\s+\\K[^\\s\"',;]+"
    "|://\\K[^\\s/?#@]*(?:@[^\\s/?#@]*)*(?=@)"
    "|\\bsk-[a-z0-9_-]+"
    "|\\bqcc-[0-9a-f]{16,}"
    "|(?<![a-z0-9])(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{24,}"
    "|(?<![a-z0-9+/_-])"
    "(?-i:(?=[A-Za-z+/_-]*[0-9])(?=[a-z0-9+/_-]*[A-Z])(?=[A-Z0-9+/_-]*[a-z]))[a-z0-9+/_-]{24,}={0,2}";

static char *
replace_credentials (const char *text)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_CASELESS, 0, NULL);
  char *replaced;

  g_assert (regex != NULL);

  /* Fails when a limit of the matcher is reached; then nothing is shown. */
  replaced = g_regex_replace_literal (regex, text, -1, 0, PLACEHOLDER, 0, NULL);
  return replaced != NULL ? replaced : g_strdup (PLACEHOLDER);
}

static gboolean
is_visible (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return g_unichar_isprint (c) && type != G_UNICODE_LINE_SEPARATOR && type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

/**
 * qcc_redact:
 * @text: anything from outside
 *
 * Makes @text fit for a log: what looks like a credential becomes `[redacted]`, each character that cannot
 * be seen becomes `\uXXXX`, bytes that are not UTF-8 become U+FFFD, and what is longer than
 * %QCC_REDACT_LENGTH_MAX bytes is cut between two characters and ends with an ellipsis. Rather takes
 * too much than too little.
 *
 * Returns: (transfer full): the text for the log
 */
char *
qcc_redact (const char *text)
{
  gsize length;
  g_autofree char *valid = NULL;
  g_autofree char *replaced = NULL;
  GString *result;

  g_return_val_if_fail (text != NULL, NULL);

  length = strnlen (text, INPUT_MAX);
  valid = g_utf8_make_valid (text, (gssize) length);
  replaced = replace_credentials (valid);

  result = g_string_new (NULL);
  for (const char *p = replaced; *p != '\0' && result->len <= QCC_REDACT_LENGTH_MAX; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (is_visible (c))
        g_string_append_unichar (result, c);
      else
        g_string_append_printf (result, "\\u%04x", c);
    }

  if (result->len > QCC_REDACT_LENGTH_MAX)
    {
      const char *limit = result->str + QCC_REDACT_LENGTH_MAX - strlen (ELLIPSIS);
      const char *cut = g_utf8_find_prev_char (result->str, limit + 1);

      g_string_truncate (result, (gsize) (cut - result->str));
      g_string_append (result, ELLIPSIS);
    }

  return g_string_free (result, FALSE);
}
