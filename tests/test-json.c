/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-error.h"
#include "common/qcc-json.h"

#include <string.h>

static void
test_good (void)
{
  const struct
  {
    const char *text;
    const char *again;
  } cases[] = {
    { "{}", "{}" },
    { " [1, -1,\r\n\t0 ] \n", "[1,-1,0]" },
    { "1", "1" },
    { "\"a\"", "\"a\"" },
    { "[true,false,null]", "[true,false,null]" },
    { "[9223372036854775807,-9223372036854775808]", "[9223372036854775807,-9223372036854775808]" },
    { "[0.5,-1.5e1,1E+2,25e-1]", "[0.5,-15.0,100.0,2.5]" },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
    { "\"\\u5de5\\uD83D\\ude00工\"", "\"工😀工\"" },
    { "{\"b\":1,\"a\":2,\"b\":3}", "{\"b\":3,\"a\":2}" },
    { "[\"{[\",\"]}\",\"/*\",\"'\"]", "[\"{[\",\"]}\",\"/*\",\"'\"]" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) root = qcc_json_parse (cases[i].text, -1, &error);
      g_autofree char *again = NULL;

      g_assert_no_error (error);
      again = json_to_string (root, FALSE);
      g_assert_cmpstr (again, ==, cases[i].again);
    }
}

/* Only @length bytes are read. */
static void
test_length (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *exact = g_memdup2 ("[12", 3);
  g_autoptr (JsonNode) root = qcc_json_parse ("[1]2", 3, &error);

  g_assert_no_error (error);
  g_assert_nonnull (root);

  for (gsize i = 0; i <= 3; i++)
    {
      g_autofree char *text = g_memdup2 ("\"\\u", 3);
      g_autoptr (GError) text_error = NULL;
      g_autoptr (GError) number_error = NULL;

      g_assert_null (qcc_json_parse (text, (gssize) i, &text_error));
      g_assert_error (text_error, QCC_ERROR, QCC_ERROR_CORRUPT);
      g_assert_null (qcc_json_parse (exact, (gssize) i, &number_error));
      g_assert_error (number_error, QCC_ERROR, QCC_ERROR_CORRUPT);
    }
}

static void
test_syntax (void)
{
  const struct
  {
    const char *text;
    const char *place;
    const char *word;
  } cases[] = {
    { "", "line 1, column 1:", "ends too early" },
    { " \n ", "line 2, column 2:", "ends too early" },
    { "{", "line 1, column 2:", "ends too early" },
    { "{\"version\":1", "line 1, column 13:", "ends too early" },
    { "{\"version\":1,\n\"profiles\":[", "line 2, column 13:", "ends too early" },
    { "{\n  \"a\": hunter2\n}", "line 2, column 8:", "double quotes" },
    { "{\"a\": 'hunter2'}", "line 1, column 7:", "double quotes" },
    { "{hunter2:1}", "line 1, column 2:", "double quotes" },
    { "// hunter2\n{}", "line 1, column 1:", "comments" },
    { "{/* hunter2 */}", "line 1, column 2:", "comments" },
    { "var hunter2 = {};", "line 1, column 1:", "not JSON" },
    { "{\"a\":\"hunter2}", "line 1, column 6:", "not closed" },
    { "{\"a\":\"hunter2\n\"}", "line 1, column 14:", "control character" },
    { "{\"a\":\"\\x\"}", "line 1, column 7:", "escape" },
    { "{\"a\":\"\\", "line 1, column 7:", "escape" },
    { "{\"a\":\"\\u12g4\"}", "line 1, column 7:", "hexadecimal" },
    { "{\"a\":\"\\u12", "line 1, column 7:", "hexadecimal" },
    { "{\"a\":\"\\u0000\"}", "line 1, column 7:", "\\u0000" },
    { "{\"a\":\"\\ud800\"}", "line 1, column 7:", "surrogate" },
    { "{\"a\":\"\\ud800x\"}", "line 1, column 7:", "surrogate" },
    { "{\"a\":\"\\ud800", "line 1, column 7:", "surrogate" },
    { "{\"a\":\"\\ud800\\u0041\"}", "line 1, column 7:", "surrogate" },
    { "{\"a\":\"\\ud800\\ud800\"}", "line 1, column 7:", "surrogate" },
    { "{\"a\":\"\\udc00\"}", "line 1, column 7:", "surrogate" },
    { "{\"a\":01}", "line 1, column 6:", "number" },
    { "{\"a\":-}", "line 1, column 6:", "number" },
    { "{\"a\":1.}", "line 1, column 6:", "number" },
    { "{\"a\":1e}", "line 1, column 6:", "number" },
    { "{\"a\":0x10}", "line 1, column 7:", "not JSON" },
    { "{\"a\":.5}", "line 1, column 6:", "not JSON" },
    { "{\"a\":NaN}", "line 1, column 6:", "not JSON" },
    { "{\"a\":9223372036854775808}", "line 1, column 6:", "too large" },
    { "{\"a\":-9223372036854775809}", "line 1, column 6:", "too large" },
    { "{\"a\":1e999}", "line 1, column 6:", "too large" },
    { "{}}", "line 1, column 3:", "more text" },
    { "{} {}", "line 1, column 4:", "more text" },
    { "{}\nhunter2", "line 2, column 1:", "more text" },
    { "{]", "line 1, column 2:", "bracket" },
    { "]", "line 1, column 1:", "bracket" },
    { "[{\"a\":1]", "line 1, column 8:", "bracket" },
    { "{\"a\":1,}", "line 1,", "comma" },
    { "{\"a\":1 \"b\":2}", "line 1,", "comma" },
    { "{\"a\" 1}", "line 1,", "colon" },
    { "{\"a\"::1}", "line 1,", "not JSON" },
    { "{\"a\":}", "line 1,", "not JSON" },
    { "{1:2}", "line 1,", "not JSON" },
    { "{\"a\":1\n,,\"b\":2}", "line 2,", "not JSON" },
    { ",{}", "line 1,", "not JSON" },
    { "{\"a\":truefalse}", "line 1,", "" },
    { "{\"a\":1true}", "line 1,", "" },
    { "{\"a\":\"\xff\"}", "byte 7 ", "UTF-8" },
    { "\xff\xfe{", "byte 1 ", "UTF-8" },
    { "\xef\xbb\xbf{}", "line 1, column 1:", "not JSON" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) root = qcc_json_parse (cases[i].text, -1, &error);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_null (root);
      g_assert_error (error, QCC_ERROR, QCC_ERROR_CORRUPT);
      g_assert_true (g_str_has_prefix (error->message, cases[i].place));
      g_assert_nonnull (strstr (error->message, cases[i].word));
      g_assert_null (strstr (error->message, "hunter2"));
    }
}

static void
test_nul (void)
{
  g_autoptr (GError) error = NULL;
  const char text[] = "{}\0{}";

  g_assert_null (qcc_json_parse (text, sizeof text - 1, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_CORRUPT);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/json/good", test_good);
  g_test_add_func ("/json/length", test_length);
  g_test_add_func ("/json/syntax", test_syntax);
  g_test_add_func ("/json/nul", test_nul);

  return g_test_run ();
}
