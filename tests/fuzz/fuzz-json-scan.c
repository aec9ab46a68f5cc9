/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <json-glib/json-glib.h>
#include <string.h>

#include "service/qcc-json-iter.h"
#include "service/qcc-json-scan.h"
#include "tests/fuzz/fuzz-target.h"

/* A string reads the same in whatever way it is read, and is UTF-8. */
static void
check_string (const QccJsonSpan *span)
{
  g_autofree char *text = NULL;
  g_autoptr (GString) walked = g_string_new (NULL);
  gsize offset = 0;
  gunichar c;

  while (qcc_json_span_next_char (span, &offset, &c))
    g_string_append_unichar (walked, c);
  g_assert_cmpuint (offset, ==, span->length - 1);

  if (qcc_json_span_get_string (span, &text))
    {
      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_cmpstr (text, ==, walked->str);
      g_assert_true (qcc_json_span_equals (span, text));
    }
  else
    {
      g_assert_cmpuint (strlen (walked->str), <, walked->len);
    }
}

static QccJsonToken
check_tokens (const char *data,
              gsize length)
{
  QccJsonScanner scanner;
  QccJsonToken token;
  const char *last = data;
  gint64 number;
  gboolean boolean;

  qcc_json_scanner_init (&scanner, data, length);
  for (;;)
    {
      token = qcc_json_scanner_next (&scanner);
      if (token == QCC_JSON_TOKEN_INVALID || token == QCC_JSON_TOKEN_END)
        break;

      g_assert_true (scanner.span.start >= last && scanner.span.length > 0);
      last = scanner.span.start + scanner.span.length;
      g_assert_true (last <= data + length);
      g_assert_cmpuint (scanner.depth, <=, QCC_JSON_MAX_DEPTH);
      qcc_json_span_get_int64 (&scanner.span, &number);
      qcc_json_span_get_bool (&scanner.span, &boolean);
      if (qcc_json_span_is_string (&scanner.span))
        check_string (&scanner.span);
    }

  g_assert_true (token == QCC_JSON_TOKEN_INVALID || scanner.depth == 0);
  return token;
}

/* What is valid here is valid for json-glib, which is less strict, and every member has the same
 * text there. */
static void
check_json_glib (const char *data,
                 gsize length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  gboolean is_container;
  JsonNode *root;
  QccJsonIter iter;
  QccJsonSpan name, value;

  json_parser_load_from_data (parser, data, (gssize) length, &error);
  g_assert_no_error (error);

  root = json_parser_get_root (parser);
  is_container = JSON_NODE_HOLDS_OBJECT (root) || JSON_NODE_HOLDS_ARRAY (root);
  g_assert_true (qcc_json_iter_init (&iter, data, length) == is_container);
  while (qcc_json_iter_next (&iter, &name, &value))
    {
      g_autofree char *member = NULL;
      g_autofree char *text = NULL;
      const char *path[] = { NULL, NULL };
      QccJsonSpan found;
      JsonNode *node;

      if (name.start == NULL || !qcc_json_span_get_string (&name, &member))
        continue;

      path[0] = member;
      node = json_object_get_member (json_node_get_object (root), member);
      g_assert_nonnull (node);
      g_assert_true (qcc_json_find (data, length, path, &found));
      if (qcc_json_span_get_string (&found, &text))
        g_assert_cmpstr (json_node_get_string (node), ==, text);
    }
  g_assert_true (qcc_json_iter_finish (&iter) == is_container);
}

/* json-glib has no U+0000 in strings, makes of half a surrogate pair what it likes and reads
 * numbers as far as they fit. */
static gboolean
is_common_ground (const char *data,
                  gsize length)
{
  return g_strstr_len (data, (gssize) length, "\\u0000") == NULL &&
         g_strstr_len (data, (gssize) length, "\\ud") == NULL &&
         g_strstr_len (data, (gssize) length, "\\uD") == NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  const char *const path[] = { "a", "b", NULL };
  const char *text = (const char *) data;
  gboolean valid = qcc_json_validate (text, size);
  QccJsonSpan found;

  g_assert_true ((check_tokens (text, size) == QCC_JSON_TOKEN_END) == valid);
  if (qcc_json_find (text, size, path, &found))
    g_assert_true (valid && qcc_json_validate (found.start, found.length));
  if (valid && is_common_ground (text, size))
    check_json_glib (text, size);

  return 0;
}
