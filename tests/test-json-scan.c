/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "service/qcc-json-scan.h"

#define TEXT(literal) (literal), sizeof (literal) - 1

typedef struct
{
  const char *data;
  gsize length;
} Text;

/* In memory of its own size, so that the address sanitizer sees a read behind the end. */
static gboolean
validate_bare (const char *data,
               gsize length)
{
  g_autofree char *copy = g_malloc (MAX (length, 1));

  memcpy (copy, data, length);
  return qcc_json_validate (copy, length);
}

static const Text valid[] = {
  { TEXT ("{}") },
  { TEXT ("[]") },
  { TEXT (" \t\r\n{ } \t\r\n") },
  { TEXT ("null") },
  { TEXT ("true") },
  { TEXT ("false") },
  { TEXT ("0") },
  { TEXT ("-0") },
  { TEXT ("-1") },
  { TEXT ("10") },
  { TEXT ("0.0") },
  { TEXT ("1.25") },
  { TEXT ("1e5") },
  { TEXT ("1E+05") },
  { TEXT ("-0.0e-0") },
  { TEXT ("123456789012345678901234567890") },
  { TEXT ("1e999999") },
  { TEXT ("\"\"") },
  { TEXT ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uABCD\"") },
  { TEXT ("\"\\u0000\"") },
  { TEXT ("\"\\ud83d\\ude00\"") },
  { TEXT ("\"\\ud83d\"") },
  { TEXT ("\"\\ude00 \\ud83d\\ud83d\"") },
  { TEXT ("\"\x7f\"") },
  { TEXT ("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"") },
  { TEXT ("[1,2,3]") },
  { TEXT ("[ 1 , \"a\" , null , [ ] , { } ]") },
  { TEXT ("{\"a\":1,\"a\":2,\"\":[{\"b\":{}}]}") },
  { TEXT ("{ \"a\" : { \"b\" : [ { } , [ [ ] ] ] } }") },
};

static void
test_valid (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (valid); i++)
    {
      g_test_message ("%s", valid[i].data);
      g_assert_true (validate_bare (valid[i].data, valid[i].length));
    }
}

static const Text invalid[] = {
  { TEXT ("") },
  { TEXT (" ") },
  { TEXT ("\0") },
  { TEXT ("{}\0") },
  { TEXT ("\xef\xbb\xbf{}") },
  { TEXT ("{}{}") },
  { TEXT ("[] []") },
  { TEXT ("1 2") },
  { TEXT ("[1,]") },
  { TEXT ("[,1]") },
  { TEXT ("[1 2]") },
  { TEXT ("[1,,2]") },
  { TEXT ("[1:2]") },
  { TEXT ("[\"a\":1]") },
  { TEXT ("[}") },
  { TEXT ("{]") },
  { TEXT ("[1}") },
  { TEXT ("]") },
  { TEXT ("}") },
  { TEXT ("[]]") },
  { TEXT ("{}}") },
  { TEXT ("{,}") },
  { TEXT ("{\"a\"}") },
  { TEXT ("{\"a\":}") },
  { TEXT ("{\"a\" 1}") },
  { TEXT ("{\"a\"::1}") },
  { TEXT ("{\"a\":1,}") },
  { TEXT ("{\"a\":1 \"b\":2}") },
  { TEXT ("{\"a\":1:2}") },
  { TEXT ("{\"a\",1}") },
  { TEXT ("{a:1}") },
  { TEXT ("{'a':1}") },
  { TEXT ("{1:1}") },
  { TEXT ("{null:1}") },
  { TEXT ("{[]:1}") },
  { TEXT ("[1] // no") },
  { TEXT ("/* no */ []") },
  { TEXT ("\v[]") },
  { TEXT ("\f[]") },
  { TEXT ("\xc2\xa0[]") },
  { TEXT ("nul") },
  { TEXT ("nulll") },
  { TEXT ("True") },
  { TEXT ("NaN") },
  { TEXT ("Infinity") },
  { TEXT ("undefined") },
  { TEXT ("truefalse") },
  { TEXT ("01") },
  { TEXT ("-01") },
  { TEXT ("00") },
  { TEXT ("+1") },
  { TEXT ("-") },
  { TEXT ("--1") },
  { TEXT (".5") },
  { TEXT ("1.") },
  { TEXT ("-.5") },
  { TEXT ("1.e5") },
  { TEXT ("1e") },
  { TEXT ("1e+") },
  { TEXT ("1e+-1") },
  { TEXT ("1e1.5") },
  { TEXT ("0x10") },
  { TEXT ("1_000") },
  { TEXT ("\"") },
  { TEXT ("\"a") },
  { TEXT ("\"a\\\"") },
  { TEXT ("\"\\") },
  { TEXT ("\"\\x41\"") },
  { TEXT ("\"\\a\"") },
  { TEXT ("\"\\'\"") },
  { TEXT ("\"\\N\"") },
  { TEXT ("\"\\\0\"") },
  { TEXT ("\"\\u\"") },
  { TEXT ("\"\\u12\"") },
  { TEXT ("\"\\u123\"") },
  { TEXT ("\"\\u123g\"") },
  { TEXT ("\"\\U1234\"") },
  { TEXT ("\"\\u12") },
  { TEXT ("\"a\nb\"") },
  { TEXT ("\"a\tb\"") },
  { TEXT ("\"a\0b\"") },
  { TEXT ("\"\x1f\"") },
  { TEXT ("\"\x80\"") },
  { TEXT ("\"\xc2\"") },
  { TEXT ("\"\xc2z\"") },
  { TEXT ("\"\xc0\xaf\"") },
  { TEXT ("\"\xc1\xbf\"") },
  { TEXT ("\"\xe0\x80\xaf\"") },
  { TEXT ("\"\xe4\xb8\"") },
  { TEXT ("\"\xed\xa0\x80\"") },
  { TEXT ("\"\xed\xbf\xbf\"") },
  { TEXT ("\"\xf0\x80\x80\xaf\"") },
  { TEXT ("\"\xf0\x9f\x98\"") },
  { TEXT ("\"\xf4\x90\x80\x80\"") },
  { TEXT ("\"\xf8\x88\x80\x80\x80\"") },
  { TEXT ("\"\xff\"") },
  { TEXT ("{\"\xff\":1}") },
};

static void
test_invalid (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (invalid); i++)
    {
      g_autofree char *shown = g_strescape (invalid[i].data, NULL);

      g_test_message ("%s", shown);
      g_assert_false (validate_bare (invalid[i].data, invalid[i].length));
    }
}

/* A document that is not a number is valid at no length but its own. */
static void
test_truncated (void)
{
  static const char document[] =
      "{\"a\\n\\u00e9\":[1.5e-3,true,false,null,\"\\ud83d\\ude00 \xe4\xb8\xad\xe6\x96\x87\"],\"b\":{\"c\":{}}}";

  for (gsize length = 0; length < strlen (document); length++)
    g_assert_false (validate_bare (document, length));
  g_assert_true (validate_bare (document, strlen (document)));
}

/* The scanner reads strings by words; a special byte must be found wherever it stands in one. */
static void
test_string_alignment (void)
{
  static const char bad[] = { '\0', '\n', '\x1f', '\x80', '\xff' };
  static const char good[] = { ' ', '!', '#', '[', ']', '\x7f', '~' };

  for (gsize length = 1; length < 40; length++)
    for (gsize place = 0; place < length; place++)
      {
        g_autofree char *text = g_malloc (length + 2);

        memset (text, 'x', length + 2);
        text[0] = text[length + 1] = '"';
        for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
          {
            text[1 + place] = bad[i];
            g_assert_false (qcc_json_validate (text, length + 2));
          }
        for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
          {
            text[1 + place] = good[i];
            g_assert_true (qcc_json_validate (text, length + 2));
          }
        text[1 + place] = '"';
        g_assert_false (qcc_json_validate (text, length + 2));
        g_assert_true (qcc_json_validate (text, place + 2));
        text[1 + place] = '\\';
        text[2 + place] = place + 1 < length ? 'n' : '"';
        g_assert_true (qcc_json_validate (text, length + 2) == (place + 1 < length));
      }
}

static void
test_depth (void)
{
  const gsize many = 16 * 1024 * 1024;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *brackets = g_malloc (many);

  for (guint extra = 0; extra < 2; extra++)
    {
      g_string_truncate (text, 0);
      for (guint i = 0; i < QCC_JSON_MAX_DEPTH + extra; i++)
        g_string_append (text, i % 2 == 0 ? "{\"a\":" : "[");
      g_string_append (text, "1");
      for (guint i = QCC_JSON_MAX_DEPTH + extra; i > 0; i--)
        g_string_append_c (text, (i - 1) % 2 == 0 ? '}' : ']');
      g_assert_true (qcc_json_validate (text->str, text->len) == (extra == 0));
    }

  memset (brackets, '[', many);
  g_assert_false (qcc_json_validate (brackets, many));
  memset (brackets, '{', many);
  g_assert_false (qcc_json_validate (brackets, many));
}

static void
test_tokens (void)
{
  static const struct
  {
    QccJsonToken token;
    const char *text;
    guint depth;
  } expected[] = {
    { QCC_JSON_TOKEN_OBJECT, "{", 1 },
    { QCC_JSON_TOKEN_NAME, "\"a\"", 1 },
    { QCC_JSON_TOKEN_ARRAY, "[", 2 },
    { QCC_JSON_TOKEN_NUMBER, "-1.5e3", 2 },
    { QCC_JSON_TOKEN_STRING, "\"x\\\"y\"", 2 },
    { QCC_JSON_TOKEN_TRUE, "true", 2 },
    { QCC_JSON_TOKEN_FALSE, "false", 2 },
    { QCC_JSON_TOKEN_NULL, "null", 2 },
    { QCC_JSON_TOKEN_OBJECT, "{", 3 },
    { QCC_JSON_TOKEN_OBJECT_END, "}", 2 },
    { QCC_JSON_TOKEN_ARRAY_END, "]", 1 },
    { QCC_JSON_TOKEN_OBJECT_END, "}", 0 },
  };
  static const char document[] = " {\"a\" : [-1.5e3, \"x\\\"y\",true,false ,null,{ }]} ";
  QccJsonScanner scanner;

  qcc_json_scanner_init (&scanner, document, strlen (document));
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_assert_cmpint (qcc_json_scanner_next (&scanner), ==, expected[i].token);
      g_assert_cmpmem (scanner.span.start, scanner.span.length, expected[i].text, strlen (expected[i].text));
      g_assert_cmpuint (scanner.depth, ==, expected[i].depth);
    }
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (qcc_json_scanner_next (&scanner), ==, QCC_JSON_TOKEN_END);

  qcc_json_scanner_init (&scanner, "[1,x]", 5);
  g_assert_cmpint (qcc_json_scanner_next (&scanner), ==, QCC_JSON_TOKEN_ARRAY);
  g_assert_cmpint (qcc_json_scanner_next (&scanner), ==, QCC_JSON_TOKEN_NUMBER);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (qcc_json_scanner_next (&scanner), ==, QCC_JSON_TOKEN_INVALID);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/json-scan/valid", test_valid);
  g_test_add_func ("/json-scan/invalid", test_invalid);
  g_test_add_func ("/json-scan/truncated", test_truncated);
  g_test_add_func ("/json-scan/string-alignment", test_string_alignment);
  g_test_add_func ("/json-scan/depth", test_depth);
  g_test_add_func ("/json-scan/tokens", test_tokens);

  return g_test_run ();
}
