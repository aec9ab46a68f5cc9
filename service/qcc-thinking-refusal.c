/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-thinking-repair.h"

#include <string.h>

#include "service/qcc-classifier.h"

/* How far apart two words of one sentence may stand, bytes. The longest known has 45 between them, and a relay
 * may have written a note of its own into it. */
#define NEAR 80

/* With these words, in lower case and without quotes, an endpoint says that it misses a thinking block. */
static const char *const missing_phrases[] = {
  "expected thinking or ",
  "expected thinking, but found ",
};

/* Relays wrap errors in JSON of their own, once or more often, so that quotes and backticks come as themselves, as
 * `\"` or as `\u0060`. Returns (transfer full): the text in lower case, without all of them. */
static char *
reduce (const char *text,
        gsize length)
{
  static const char *const escapes[] = { "u0022", "u0027", "u0060" };
  g_autofree char *lower = g_ascii_strdown (text, (gssize) MIN (length, QCC_CLASSIFIER_TEXT_MAX));
  GString *reduced = g_string_sized_new (strlen (lower));

  for (const char *p = lower; *p != '\0'; p++)
    {
      gboolean is_escape = *p == '\\';

      if (strchr ("\"'`\\", *p) == NULL)
        g_string_append_c (reduced, *p);
      for (gsize i = 0; is_escape && i < G_N_ELEMENTS (escapes); i++)
        if (g_str_has_prefix (p + 1, escapes[i]))
          {
            p += strlen (escapes[i]);
            break;
          }
    }

  return g_string_free (reduced, FALSE);
}

static gboolean
has_near (const char *text,
          const char *word,
          const char *other)
{
  const char *found = text;

  while ((found = strstr (found, word)) != NULL)
    {
      const char *from = found - MIN (found - text, NEAR);

      found += strlen (word);
      if (g_strstr_len (from, found + NEAR - from, other) != NULL)
        return TRUE;
    }

  return FALSE;
}

/**
 * qcc_thinking_is_refused:
 * @status: the HTTP status of an answer
 * @text: its body, any bytes; what is beyond %QCC_CLASSIFIER_TEXT_MAX or a NUL is not read
 * @length: bytes of @text
 *
 * The words of the API, and of relays that pass them on in their own way: about the signature of a thinking block,
 * about one that was modified, or about one that is missing where thinking is enabled. One word alone proves
 * nothing, since an answer may quote what the user wrote.
 *
 * Returns: whether the request was refused for its thinking blocks, so that qcc_thinking_repair() may help
 */
gboolean
qcc_thinking_is_refused (guint status,
                         const char *text,
                         gsize length)
{
  g_autofree char *reduced = NULL;

  g_return_val_if_fail (text != NULL || length == 0, FALSE);

  if (status != 400 || length == 0)
    return FALSE;

  reduced = reduce (text, length);
  for (gsize i = 0; i < G_N_ELEMENTS (missing_phrases); i++)
    if (strstr (reduced, missing_phrases[i]) != NULL)
      return TRUE;

  return has_near (reduced, "thinking", "signature") || has_near (reduced, "thinking", "cannot be modified");
}
