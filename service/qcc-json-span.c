/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-json-span.h"

#include <string.h>

#define REPLACEMENT_CHARACTER 0xfffd

/* Reads the four hexadecimal digits of an escape that the scanner has checked. */
static gunichar
read_hex4 (const char *digits)
{
  gunichar value = 0;

  for (guint i = 0; i < 4; i++)
    value = value << 4 | (gunichar) g_ascii_xdigit_value (digits[i]);

  return value;
}

/* Decodes `\uXXXX` or a pair of them; returns how many bytes were used. */
static gsize
read_unicode_escape (const char *text,
                     gsize length,
                     gunichar *out_char)
{
  gunichar first = read_hex4 (text + 2);
  gunichar second;

  *out_char = first;
  if (first < 0xd800 || first > 0xdfff)
    return 6;

  *out_char = REPLACEMENT_CHARACTER;
  if (first > 0xdbff || length < 12 || text[6] != '\\' || text[7] != 'u')
    return 6;

  second = read_hex4 (text + 8);
  if (second < 0xdc00 || second > 0xdfff)
    return 6;

  *out_char = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  return 12;
}

/* Decodes the escape that begins at @text; returns how many bytes were used. */
static gsize
read_escape (const char *text,
             gsize length,
             gunichar *out_char)
{
  static const char letters[] = "bfnrt";
  static const char meanings[] = "\b\f\n\r\t";
  const char *letter;

  g_assert (length >= 2);

  if (text[1] == 'u')
    {
      g_assert (length >= 6);
      return read_unicode_escape (text, length, out_char);
    }

  letter = memchr (letters, text[1], strlen (letters));
  *out_char = (guchar) (letter != NULL ? meanings[letter - letters] : text[1]);
  return 2;
}

/**
 * qcc_json_span_is_string:
 * @self: a span
 *
 * Returns: whether the value is a string
 */
gboolean
qcc_json_span_is_string (const QccJsonSpan *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->length >= 2 && self->start[0] == '"';
}

/**
 * qcc_json_span_next_char:
 * @self: a string
 * @offset: (inout): place inside the value; 0 for the first call, moved on by each
 * @out_char: (out): the character, its escape undone
 *
 * Walks over the characters of a string without a copy of it.
 *
 * Returns: %FALSE behind the last character; @out_char is then untouched
 */
gboolean
qcc_json_span_next_char (const QccJsonSpan *self,
                         gsize *offset,
                         gunichar *out_char)
{
  const char *text;
  gsize left;

  g_return_val_if_fail (self != NULL && qcc_json_span_is_string (self), FALSE);
  g_return_val_if_fail (offset != NULL && *offset < self->length, FALSE);
  g_return_val_if_fail (out_char != NULL, FALSE);

  *offset = MAX (*offset, 1);
  text = self->start + *offset;
  left = self->length - *offset - 1;
  if (left == 0)
    return FALSE;

  if (*text == '\\')
    {
      *offset += read_escape (text, left, out_char);
    }
  else
    {
      *out_char = g_utf8_get_char (text);
      *offset += (gsize) (g_utf8_next_char (text) - text);
    }

  return TRUE;
}

/**
 * qcc_json_span_equals:
 * @self: a span
 * @text: UTF-8 text
 *
 * Compares after escapes are undone, so that `"mod\u0065l"` is `model`.
 *
 * Returns: whether the value is a string that reads @text
 */
gboolean
qcc_json_span_equals (const QccJsonSpan *self,
                      const char *text)
{
  gsize length;
  gsize offset = 0;
  gunichar c;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (text != NULL, FALSE);

  if (!qcc_json_span_is_string (self))
    return FALSE;

  /* An escape is always longer than what it stands for, so a value of the same length has none or
   * differs. */
  length = strlen (text);
  if (self->length - 2 < length)
    return FALSE;
  if (self->length - 2 == length)
    return memcmp (self->start + 1, text, length) == 0 && strchr (text, '\\') == NULL;

  while (qcc_json_span_next_char (self, &offset, &c))
    {
      if (*text == '\0' || g_utf8_get_char (text) != c)
        return FALSE;
      text = g_utf8_next_char (text);
    }

  return *text == '\0';
}

/**
 * qcc_json_span_has_suffix:
 * @self: a span
 * @suffix: ASCII text
 *
 * Returns: whether the value is a string that ends in @suffix
 */
gboolean
qcc_json_span_has_suffix (const QccJsonSpan *self,
                          const char *suffix)
{
  g_autofree char *string = NULL;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (suffix != NULL, FALSE);

  return qcc_json_span_get_string (self, &string) && g_str_has_suffix (string, suffix);
}

/**
 * qcc_json_span_get_string:
 * @self: a span
 * @out_string: (out) (transfer full): the text in UTF-8, escapes undone; untouched on failure
 *
 * Returns: %FALSE when the value is no string, or holds `\u0000`, which a C string cannot
 */
gboolean
qcc_json_span_get_string (const QccJsonSpan *self,
                          char **out_string)
{
  g_autoptr (GString) string = NULL;
  const char *text;
  gsize left;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (out_string != NULL, FALSE);

  if (!qcc_json_span_is_string (self))
    return FALSE;

  text = self->start + 1;
  left = self->length - 2;
  string = g_string_sized_new (left);
  while (left > 0)
    {
      const char *escape = memchr (text, '\\', left);
      gsize used = escape != NULL ? (gsize) (escape - text) : left;
      gunichar c = 0;

      g_string_append_len (string, text, (gssize) used);
      if (escape != NULL)
        {
          used += read_escape (escape, left - used, &c);
          if (c == 0)
            return FALSE;
          g_string_append_unichar (string, c);
        }
      text += used;
      left -= used;
    }

  *out_string = g_string_free (g_steal_pointer (&string), FALSE);
  return TRUE;
}

/**
 * qcc_json_span_get_bool:
 * @self: a span
 * @out_value: (out): the value, untouched on failure
 *
 * Returns: whether the value is `true` or `false`
 */
gboolean
qcc_json_span_get_bool (const QccJsonSpan *self,
                        gboolean *out_value)
{
  g_return_val_if_fail (self != NULL && self->length > 0, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  if (self->start[0] != 't' && self->start[0] != 'f')
    return FALSE;

  *out_value = self->start[0] == 't';
  return TRUE;
}

/**
 * qcc_json_span_get_int64:
 * @self: a span
 * @out_value: (out): the value, untouched on failure
 *
 * Returns: whether the value is a number without fraction and exponent that fits
 */
gboolean
qcc_json_span_get_int64 (const QccJsonSpan *self,
                         gint64 *out_value)
{
  char digits[sizeof "-9223372036854775808"];

  g_return_val_if_fail (self != NULL && self->length > 0, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  if (self->length >= sizeof digits)
    return FALSE;

  memcpy (digits, self->start, self->length);
  digits[self->length] = '\0';
  return g_ascii_string_to_signed (digits, 10, G_MININT64, G_MAXINT64, out_value, NULL);
}
