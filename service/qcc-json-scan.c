/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-json-scan.h"

#include <string.h>

typedef enum
{
  STATE_DOCUMENT, /* the document's value comes next */
  STATE_FIRST,    /* just inside a container */
  STATE_MEMBER,   /* behind the name of a member */
  STATE_AFTER,    /* behind a value */
  STATE_COMPLETE,
  STATE_INVALID,
} ScanState;

static QccJsonToken
fail (QccJsonScanner *self)
{
  self->state = STATE_INVALID;
  return QCC_JSON_TOKEN_INVALID;
}

/* The next byte; 0, which begins no token, at the end. */
static inline char
peek (const QccJsonScanner *self)
{
  return self->cursor < self->end ? *self->cursor : '\0';
}

static inline gboolean
accept_char (QccJsonScanner *self,
             char c)
{
  if (self->cursor == self->end || *self->cursor != c)
    return FALSE;

  self->cursor++;
  return TRUE;
}

static inline void
skip_space (QccJsonScanner *self)
{
  const char *p = self->cursor;

  while (p < self->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    p++;

  self->cursor = p;
}

static inline gboolean
in_array (const QccJsonScanner *self)
{
  guint top = self->depth - 1;

  return (self->arrays[top / 8] >> (top % 8)) & 1;
}

static QccJsonToken
open_container (QccJsonScanner *self,
                gboolean is_array)
{
  guint top = self->depth;

  if (top == QCC_JSON_MAX_DEPTH)
    return fail (self);

  self->arrays[top / 8] &= (guint8) ~(1u << (top % 8));
  self->arrays[top / 8] |= (guint8) ((is_array ? 1u : 0u) << (top % 8));
  self->depth++;
  self->span = (QccJsonSpan){ self->cursor++, 1 };
  self->state = STATE_FIRST;
  return is_array ? QCC_JSON_TOKEN_ARRAY : QCC_JSON_TOKEN_OBJECT;
}

static QccJsonToken
close_container (QccJsonScanner *self)
{
  QccJsonToken token = in_array (self) ? QCC_JSON_TOKEN_ARRAY_END : QCC_JSON_TOKEN_OBJECT_END;

  self->depth--;
  self->span = (QccJsonSpan){ self->cursor++, 1 };
  self->state = STATE_AFTER;
  return token;
}

/* Moves over the bytes that mean nothing special in a string, eight at a time where possible, and
 * notes in @high whether one was beyond ASCII. Bodies are megabytes of text, so this loop decides
 * how long a request holds up the streams of others. Per byte of a word: (x - n) & ~x has the top
 * bit set when x < n <= 0x80, and x ^ c is 0, so less than 1, where x is c. A borrow can only add
 * bits above a byte that is special itself. */
static inline const char *
skip_plain (const char *p,
            const char *end,
            guint64 *high)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  const guint64 tops = ones * 0x80;

  while (end - p >= 8)
    {
      guint64 word, quote, escape, special;

      memcpy (&word, p, 8);
      quote = word ^ (ones * '"');
      escape = word ^ (ones * '\\');
      special = ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((escape - ones) & ~escape);
      if ((special & tops) != 0)
        break;
      *high |= word & tops;
      p += 8;
    }

  for (; p < end && *p != '"' && *p != '\\' && (guchar) *p >= 0x20; p++)
    *high |= (guchar) *p & 0x80;

  return p;
}

/* @p is at a backslash; returns the place behind the escape or %NULL. */
static const char *
skip_escape (const char *p,
             const char *end)
{
  static const char simple[] = { '"', '\\', '/', 'b', 'f', 'n', 'r', 't' };

  if (end - p < 2)
    return NULL;
  if (memchr (simple, p[1], sizeof simple) != NULL)
    return p + 2;
  if (p[1] != 'u' || end - p < 6)
    return NULL;
  for (guint i = 2; i < 6; i++)
    if (!g_ascii_isxdigit (p[i]))
      return NULL;

  return p + 6;
}

static QccJsonToken
scan_string (QccJsonScanner *self,
             QccJsonToken token)
{
  const char *start = self->cursor;
  const char *p = start + 1;
  guint64 high = 0;

  for (;;)
    {
      p = skip_plain (p, self->end, &high);
      if (p == self->end || (guchar) *p < 0x20)
        return fail (self);
      if (*p == '"')
        break;
      p = skip_escape (p, self->end);
      if (p == NULL)
        return fail (self);
    }

  if (high != 0 && !g_utf8_validate_len (start + 1, (gsize) (p - start - 1), NULL))
    return fail (self);

  self->cursor = p + 1;
  self->span = (QccJsonSpan){ start, (gsize) (self->cursor - start) };
  self->state = token == QCC_JSON_TOKEN_NAME ? STATE_MEMBER : STATE_AFTER;
  return token;
}

static gboolean
skip_digits (QccJsonScanner *self)
{
  const char *start = self->cursor;

  while (g_ascii_isdigit (peek (self)))
    self->cursor++;

  return self->cursor > start;
}

static QccJsonToken
scan_number (QccJsonScanner *self)
{
  const char *start = self->cursor;

  accept_char (self, '-');
  if (!accept_char (self, '0') && !skip_digits (self))
    return fail (self);
  if (accept_char (self, '.') && !skip_digits (self))
    return fail (self);
  if (accept_char (self, 'e') || accept_char (self, 'E'))
    {
      if (!accept_char (self, '+'))
        accept_char (self, '-');
      if (!skip_digits (self))
        return fail (self);
    }

  self->span = (QccJsonSpan){ start, (gsize) (self->cursor - start) };
  self->state = STATE_AFTER;
  return QCC_JSON_TOKEN_NUMBER;
}

static QccJsonToken
scan_literal (QccJsonScanner *self,
              const char *literal,
              QccJsonToken token)
{
  gsize length = strlen (literal);

  if ((gsize) (self->end - self->cursor) < length || memcmp (self->cursor, literal, length) != 0)
    return fail (self);

  self->span = (QccJsonSpan){ self->cursor, length };
  self->cursor += length;
  self->state = STATE_AFTER;
  return token;
}

static QccJsonToken
scan_value (QccJsonScanner *self)
{
  char c = peek (self);

  switch (c)
    {
    case '{':
    case '[':
      return open_container (self, c == '[');
    case '"':
      return scan_string (self, QCC_JSON_TOKEN_STRING);
    case 't':
      return scan_literal (self, "true", QCC_JSON_TOKEN_TRUE);
    case 'f':
      return scan_literal (self, "false", QCC_JSON_TOKEN_FALSE);
    case 'n':
      return scan_literal (self, "null", QCC_JSON_TOKEN_NULL);
    default:
      return scan_number (self);
    }
}

/* The next element of an array or name of an object's member. */
static QccJsonToken
scan_item (QccJsonScanner *self)
{
  skip_space (self);
  if (in_array (self))
    return scan_value (self);
  if (peek (self) == '"')
    return scan_string (self, QCC_JSON_TOKEN_NAME);

  return fail (self);
}

static QccJsonToken
scan_after_value (QccJsonScanner *self)
{
  if (self->depth == 0)
    {
      if (self->cursor < self->end)
        return fail (self);
      self->state = STATE_COMPLETE;
      return QCC_JSON_TOKEN_END;
    }

  if (peek (self) == (in_array (self) ? ']' : '}'))
    return close_container (self);

  return accept_char (self, ',') ? scan_item (self) : fail (self);
}

/**
 * qcc_json_scanner_init:
 * @self: (out caller-allocates): the scanner
 * @data: (array length=length) (nullable): any bytes; they must outlive the scanner and its spans
 * @length: bytes of @data
 *
 * Places a scanner before a document.
 */
void
qcc_json_scanner_init (QccJsonScanner *self,
                       const char *data,
                       gsize length)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (data != NULL || length == 0);

  *self = (QccJsonScanner){ .cursor = data != NULL ? data : "", .state = STATE_DOCUMENT };
  self->end = self->cursor + length;
}

/**
 * qcc_json_scanner_next:
 * @self: a scanner
 *
 * Moves to the next token. What came before %QCC_JSON_TOKEN_INVALID was the beginning of a valid
 * document.
 *
 * Returns: the token; its text is in `span`
 */
QccJsonToken
qcc_json_scanner_next (QccJsonScanner *self)
{
  g_return_val_if_fail (self != NULL, QCC_JSON_TOKEN_INVALID);

  skip_space (self);
  switch ((ScanState) self->state)
    {
    case STATE_DOCUMENT:
      return scan_value (self);
    case STATE_FIRST:
      return peek (self) == (in_array (self) ? ']' : '}') ? close_container (self) : scan_item (self);
    case STATE_MEMBER:
      if (!accept_char (self, ':'))
        return fail (self);
      skip_space (self);
      return scan_value (self);
    case STATE_AFTER:
      return scan_after_value (self);
    case STATE_COMPLETE:
      return QCC_JSON_TOKEN_END;
    case STATE_INVALID:
      return QCC_JSON_TOKEN_INVALID;
    }

  g_assert_not_reached ();
}

/**
 * qcc_json_validate:
 * @data: (array length=length) (nullable): any bytes
 * @length: bytes of @data
 *
 * Returns: whether @data is one complete document, valid by RFC 8259 and in UTF-8, nested at most
 *   %QCC_JSON_MAX_DEPTH deep, with nothing but whitespace around it
 */
gboolean
qcc_json_validate (const char *data,
                   gsize length)
{
  QccJsonScanner scanner;
  QccJsonToken token;

  g_return_val_if_fail (data != NULL || length == 0, FALSE);

  qcc_json_scanner_init (&scanner, data, length);
  do
    token = qcc_json_scanner_next (&scanner);
  while (token != QCC_JSON_TOKEN_INVALID && token != QCC_JSON_TOKEN_END);

  return token == QCC_JSON_TOKEN_END;
}
