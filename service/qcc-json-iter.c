/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-json-iter.h"

/* Completes the value whose first token was read, so that the span covers all of it. */
static gboolean
skip_rest_of_value (QccJsonScanner *scanner,
                    QccJsonToken token,
                    QccJsonSpan *out_value)
{
  const char *start = scanner->span.start;
  guint depth = scanner->depth;

  if (token == QCC_JSON_TOKEN_OBJECT || token == QCC_JSON_TOKEN_ARRAY)
    while (scanner->depth >= depth && token != QCC_JSON_TOKEN_INVALID)
      token = qcc_json_scanner_next (scanner);

  *out_value = (QccJsonSpan){ start, (gsize) (scanner->cursor - start) };
  return token != QCC_JSON_TOKEN_INVALID;
}

/**
 * qcc_json_iter_init:
 * @self: (out caller-allocates): the iterator
 * @data: (array length=length) (nullable): any bytes, for instance those of a #QccJsonSpan; they
 *   must outlive the iterator and its spans
 * @length: bytes of @data
 *
 * Places an iterator before the first member of an object or element of an array.
 *
 * Returns: whether @data begins with an object or array; if not, the iterator gives nothing
 */
gboolean
qcc_json_iter_init (QccJsonIter *self,
                    const char *data,
                    gsize length)
{
  QccJsonToken token;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (data != NULL || length == 0, FALSE);

  qcc_json_scanner_init (&self->scanner, data, length);
  token = qcc_json_scanner_next (&self->scanner);
  if (token == QCC_JSON_TOKEN_OBJECT || token == QCC_JSON_TOKEN_ARRAY)
    return TRUE;

  /* A number, say, that is complete must not look like a container that is. */
  qcc_json_scanner_init (&self->scanner, NULL, 0);
  return FALSE;
}

/**
 * qcc_json_iter_next:
 * @self: an iterator
 * @out_name: (out) (optional): the member's name, a string; in an array its `start` is %NULL
 * @out_value: (out): the whole value
 *
 * Moves to the next member or element. What is inside the value has been checked. Each step costs
 * the length of the value, so iterators nested in one another read the inner text once per level.
 *
 * Returns: %FALSE at the end and where the text is invalid; qcc_json_iter_finish() tells which
 */
gboolean
qcc_json_iter_next (QccJsonIter *self,
                    QccJsonSpan *out_name,
                    QccJsonSpan *out_value)
{
  QccJsonSpan name = { NULL, 0 };
  QccJsonToken token;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  /* Only the end of the container brings the depth back to 0, and behind it there is nothing to give. */
  if (self->scanner.depth == 0)
    return FALSE;

  token = qcc_json_scanner_next (&self->scanner);
  if (token == QCC_JSON_TOKEN_NAME)
    {
      name = self->scanner.span;
      token = qcc_json_scanner_next (&self->scanner);
    }
  if (token == QCC_JSON_TOKEN_INVALID || self->scanner.depth == 0)
    return FALSE;
  if (!skip_rest_of_value (&self->scanner, token, out_value))
    return FALSE;

  if (out_name != NULL)
    *out_name = name;
  return TRUE;
}

/**
 * qcc_json_iter_finish:
 * @self: an iterator whose qcc_json_iter_next() returned %FALSE
 *
 * Returns: whether the object or array was complete and valid, and only whitespace followed it
 */
gboolean
qcc_json_iter_finish (QccJsonIter *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->scanner.depth == 0 && qcc_json_scanner_next (&self->scanner) == QCC_JSON_TOKEN_END;
}

static gboolean
find_member (QccJsonSpan *object,
             const char *name)
{
  QccJsonIter iter;
  QccJsonSpan found = { NULL, 0 };
  QccJsonSpan member, value;

  if (!qcc_json_iter_init (&iter, object->start, object->length))
    return FALSE;

  while (qcc_json_iter_next (&iter, &member, &value))
    if (member.start != NULL && qcc_json_span_equals (&member, name))
      found = value;

  if (found.start == NULL || !qcc_json_iter_finish (&iter))
    return FALSE;

  *object = found;
  return TRUE;
}

/**
 * qcc_json_find:
 * @data: (array length=length) (nullable): any bytes
 * @length: bytes of @data
 * @path: (array zero-terminated=1): at least one name of a member, the outermost first
 * @out_value: (out): the value, untouched on failure
 *
 * Looks a value up by the names that lead to it from the document's object. Names are compared
 * after their escapes are undone; of members with the same name the last one counts, as it does for
 * JSON parsers.
 *
 * Returns: %FALSE when there is no such member or the document is not valid as qcc_json_validate()
 *   has it
 */
gboolean
qcc_json_find (const char *data,
               gsize length,
               const char *const *path,
               QccJsonSpan *out_value)
{
  QccJsonSpan here = { data, length };

  g_return_val_if_fail (data != NULL || length == 0, FALSE);
  g_return_val_if_fail (path != NULL && path[0] != NULL, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  for (; *path != NULL; path++)
    if (!find_member (&here, *path))
      return FALSE;

  *out_value = here;
  return TRUE;
}
