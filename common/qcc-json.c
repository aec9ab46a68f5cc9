/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-json.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

/*
 * json-glib's parser is made for friendly input: it calls itself for each level without a limit, takes
 * comments, octal numbers, single quotes and several documents, cuts a string at \u0000, folds numbers
 * that are too large, and repeats what it found in its messages, which may be a key. So a pass over the
 * tokens comes first and lets only strict JSON through. The order of the tokens is left to json-glib.
 */
typedef struct
{
  const char *p;
  const char *end;
  const char *line_start;
  guint line;                       /* from 1 */
  char closers[QCC_JSON_DEPTH_MAX]; /* what closes each open object and array, innermost last */
  guint depth;
  gboolean finished; /* the document's one value is complete */
} Lexer;

typedef struct
{
  guint line;
  guint column;
} Position;

static gboolean
fail_at (guint line,
         guint column,
         const char *what,
         GError **error)
{
  g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("line %u, column %u: %s"), line, column, what);
  return FALSE;
}

static gboolean
fail (const Lexer *self,
      const char *what,
      GError **error)
{
  return fail_at (self->line, (guint) (self->p - self->line_start) + 1, what, error);
}

static gboolean
read_unicode_escape (const char *p,
                     const char *end,
                     guint *out_code)
{
  if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
    return FALSE;

  *out_code = 0;
  for (guint i = 2; i < 6; i++)
    {
      if (!g_ascii_isxdigit (p[i]))
        return FALSE;
      *out_code = *out_code * 16 + (guint) g_ascii_xdigit_value (p[i]);
    }

  return TRUE;
}

static gboolean
check_unicode_escape (Lexer *self,
                      GError **error)
{
  guint code;
  guint low;

  if (!read_unicode_escape (self->p, self->end, &code))
    return fail (self, _ ("\\u must be followed by four hexadecimal digits"), error);
  if (code == 0)
    return fail (self, _ ("a text cannot hold the character \\u0000"), error);

  if (code < 0xd800 || code > 0xdfff)
    {
      self->p += 6;
      return TRUE;
    }

  /* json-glib makes invalid UTF-8 of the first half of a pair that stands alone. */
  if (code > 0xdbff || !read_unicode_escape (self->p + 6, self->end, &low) || low < 0xdc00 || low > 0xdfff)
    return fail (self, _ ("this is half of a surrogate pair, which is no character"), error);

  self->p += 12;
  return TRUE;
}

static gboolean
check_escape (Lexer *self,
              GError **error)
{
  g_assert (*self->p == '\\');

  if (self->end - self->p < 2 || self->p[1] == '\0' || strchr ("\"\\/bfnrtu", self->p[1]) == NULL)
    return fail (self, _ ("this escape is not known; allowed are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX"),
                 error);

  if (self->p[1] == 'u')
    return check_unicode_escape (self, error);

  self->p += 2;
  return TRUE;
}

static gboolean
check_string (Lexer *self,
              GError **error)
{
  Lexer start = *self;

  g_assert (*self->p == '"');

  self->p++;
  while (self->p < self->end && *self->p != '"')
    {
      if (*self->p == '\\')
        {
          if (!check_escape (self, error))
            return FALSE;
        }
      else if ((guchar) *self->p < ' ')
        return fail (self, _ ("the text in quotes contains a control character or is not closed in its line"),
                     error);
      else
        self->p++;
    }

  if (self->p == self->end)
    return fail (&start, _ ("the text in quotes that begins here is not closed"), error);

  self->p++;
  return TRUE;
}

static const char *
skip_digits (const char *p,
             const char *end)
{
  while (p < end && g_ascii_isdigit (*p))
    p++;
  return p;
}

/* Returns the end of the number at @p, or %NULL when it is not one by the grammar of JSON. */
static const char *
find_number_end (const char *p,
                 const char *end,
                 gboolean *out_is_integer)
{
  const char *digits = p + (*p == '-' ? 1 : 0);

  *out_is_integer = TRUE;
  p = skip_digits (digits, end);
  if (p == digits || (*digits == '0' && p - digits > 1))
    return NULL;

  if (p < end && *p == '.')
    {
      *out_is_integer = FALSE;
      digits = p + 1;
      p = skip_digits (digits, end);
      if (p == digits)
        return NULL;
    }

  if (p < end && (*p == 'e' || *p == 'E'))
    {
      *out_is_integer = FALSE;
      digits = p + 1;
      if (digits < end && (*digits == '+' || *digits == '-'))
        digits++;
      p = skip_digits (digits, end);
      if (p == digits)
        return NULL;
    }

  return p;
}

static gboolean
check_number (Lexer *self,
              GError **error)
{
  gboolean is_integer;
  const char *number_end = find_number_end (self->p, self->end, &is_integer);
  g_autofree char *number = NULL;
  gboolean fits;

  if (number_end == NULL)
    return fail (self, _ ("this is not a number as JSON writes them, like 12, -3 or 0.5"), error);

  number = g_strndup (self->p, (gsize) (number_end - self->p));
  if (is_integer)
    fits = g_ascii_string_to_signed (number, 10, G_MININT64, G_MAXINT64, NULL, NULL);
  else
    fits = isfinite (g_ascii_strtod (number, NULL));

  if (!fits)
    return fail (self, _ ("this number is too large"), error);

  self->p = number_end;
  return TRUE;
}

static gboolean
check_word (Lexer *self,
            GError **error)
{
  static const char *const words[] = { "true", "false", "null" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      gsize length = strlen (words[i]);

      if ((gsize) (self->end - self->p) >= length && memcmp (self->p, words[i], length) == 0)
        {
          self->p += length;
          return TRUE;
        }
    }

  return fail (self, _ ("this is not JSON; texts stand in double quotes, and there are no comments"), error);
}

static gboolean
check_bracket (Lexer *self,
               GError **error)
{
  char c = *self->p;

  if (c == '{' || c == '[')
    {
      if (self->depth == QCC_JSON_DEPTH_MAX)
        return fail (self, _ ("objects and lists are nested too deeply here"), error);
      self->closers[self->depth++] = c == '{' ? '}' : ']';
    }
  else
    {
      if (self->depth == 0 || self->closers[self->depth - 1] != c)
        return fail (self, _ ("this bracket closes nothing that is open"), error);
      self->depth--;
    }

  self->p++;
  return TRUE;
}

static gboolean
check_token (Lexer *self,
             GError **error)
{
  char c = *self->p;
  gboolean ok;

  if (self->finished)
    return fail (self, _ ("there is more text after the end of the document"), error);

  if (c == '{' || c == '}' || c == '[' || c == ']')
    ok = check_bracket (self, error);
  else if (c == '"')
    ok = check_string (self, error);
  else if (c == '-' || g_ascii_isdigit (c))
    ok = check_number (self, error);
  else if (c == ',' || c == ':')
    {
      self->p++;
      return TRUE;
    }
  else
    ok = check_word (self, error);

  self->finished = self->depth == 0;
  return ok;
}

static gboolean
check_tokens (const char *text,
              gsize length,
              GError **error)
{
  Lexer lexer = { .p = text, .end = text + length, .line_start = text, .line = 1 };

  while (lexer.p < lexer.end)
    {
      if (*lexer.p == '\n')
        {
          lexer.line++;
          lexer.line_start = ++lexer.p;
        }
      else if (*lexer.p == ' ' || *lexer.p == '\t' || *lexer.p == '\r')
        lexer.p++;
      else if (!check_token (&lexer, error))
        return FALSE;
    }

  if (!lexer.finished)
    return fail (&lexer, _ ("the document ends too early; something is missing here"), error);

  return TRUE;
}

static const char *
describe (const GError *error)
{
  if (g_error_matches (error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_MISSING_COMMA))
    return _ ("a comma is missing after this");
  if (g_error_matches (error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_TRAILING_COMMA))
    return _ ("the comma before the closing bracket is too much");
  if (g_error_matches (error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_MISSING_COLON))
    return _ ("a colon is missing after this name");

  return _ ("this is not JSON; a value, a name in double quotes or a bracket was expected");
}

static void
on_parser_error (JsonParser *parser,
                 const GError *error,
                 gpointer user_data)
{
  Position *position = user_data;

  position->line = json_parser_get_current_line (parser);
  position->column = json_parser_get_current_pos (parser);
}

/**
 * qcc_json_parse:
 * @text: a JSON document
 * @length: its length in bytes, or -1 when it ends with a NUL
 * @error: return location for an error
 *
 * Parses strict JSON. What a document can hold and what json-glib can keep are the same afterwards:
 * numbers fit, texts hold no NUL, and nothing is nested deeper than %QCC_JSON_DEPTH_MAX. Of members of
 * one object with the same name the last one stays.
 *
 * Possible errors: %QCC_ERROR_CORRUPT with a message that names line and column (both from 1, columns
 * in bytes) and that repeats nothing of @text, so that it cannot contain a secret.
 *
 * Returns: (transfer full): the root node, not sealed; never %NULL without an error
 */
JsonNode *
qcc_json_parse (const char *text,
                gssize length,
                GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError) local_error = NULL;
  const char *invalid;
  Position position = { 1, 1 };

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (length >= -1, NULL);

  if (length == -1)
    length = (gssize) strlen (text);

  if (!g_utf8_validate_len (text, (gsize) length, &invalid))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("byte %u is not UTF-8; save the document as UTF-8"),
                   (guint) (invalid - text) + 1);
      return NULL;
    }

  if (!check_tokens (text, (gsize) length, error))
    return NULL;

  parser = json_parser_new ();
  g_signal_connect (parser, "error", G_CALLBACK (on_parser_error), &position);
  if (!json_parser_load_from_data (parser, text, length, &local_error))
    {
      fail_at (position.line, position.column, describe (local_error), error);
      return NULL;
    }

  return json_parser_steal_root (parser);
}
