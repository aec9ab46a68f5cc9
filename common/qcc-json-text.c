/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-json-text.h"

#include <string.h>

#define INDENT 2 /* spaces */

/* Returns the end of the quoted text that begins at @p. */
static const char *
skip_quoted (const char *p)
{
  g_assert (*p == '"');

  for (p++; *p != '"' && *p != '\0'; p++)
    if (*p == '\\' && p[1] != '\0')
      p++;

  return *p == '"' ? p + 1 : p;
}

/* json-glib 1.6 writes 1e+20 as "1e+20.0", which is no JSON, and an empty object as braces far apart. */
static char *
mend (const char *text)
{
  GString *mended = g_string_new (NULL);
  const char *done = text;

  for (const char *p = text; *p != '\0';)
    {
      if (*p == '"')
        {
          p = skip_quoted (p);
        }
      else if (*p == '{' && p[1 + strspn (p + 1, " \n")] == '}')
        {
          g_string_append_len (mended, done, p + 1 - done);
          p += 1 + strspn (p + 1, " \n");
          done = p;
        }
      else if (*p++ == 'e' && (*p == '+' || *p == '-'))
        {
          for (p++; g_ascii_isdigit (*p); p++)
            ;
          g_string_append_len (mended, done, p - done);
          if (g_str_has_prefix (p, ".0"))
            p += strlen (".0");
          done = p;
        }
    }

  g_string_append (mended, done);
  return g_string_free (mended, FALSE);
}

/**
 * qcc_json_to_text:
 * @root: a JSON document
 *
 * The form in which QCC writes files that people read and edit. Members keep their order, so that two
 * documents have the same text only when nothing in them differs.
 *
 * Returns: (transfer full): the document with a line for each member, and a newline at its end
 */
char *
qcc_json_to_text (JsonNode *root)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  g_return_val_if_fail (root != NULL, NULL);

  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  json_generator_set_indent (generator, INDENT);
  json_generator_to_gstring (generator, text);
  g_string_append_c (text, '\n');

  return mend (text->str);
}
