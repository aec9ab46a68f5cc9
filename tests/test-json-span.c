/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "service/qcc-json-scan.h"
#include "service/qcc-json-span.h"

#define TEXT(literal) (literal), sizeof (literal) - 1

/* In memory of its own size, so that the address sanitizer sees a read behind the end. */
static char *
copy_bare (const char *data,
           gsize length)
{
  char *copy = g_malloc (MAX (length, 1));

  memcpy (copy, data, length);
  return copy;
}

static void
test_strings (void)
{
  static const struct
  {
    const char *json;
    const char *text; /* NULL: no string, or none that C can hold */
  } cases[] = {
    { "\"\"", "" },
    { "\"plain\"", "plain" },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
    { "\"a\\nb\"", "a\nb" },
    { "\"\\u0041\\u00e9\\u4E2d\"", "A\xc3\xa9\xe4\xb8\xad" },
    { "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
    { "\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf" },
    { "\"\\ud83d\"", "\xef\xbf\xbd" },
    { "\"\\ud83dx\"", "\xef\xbf\xbdx" },
    { "\"\\ud83d\\n\"", "\xef\xbf\xbd\n" },
    { "\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
                            "A" },
    { "\"\\ud83d\\ue000\"", "\xef\xbf\xbd\xee\x80\x80" },
    { "\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
    { "\"\\ude00\\ud83d\"", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "\"\xf0\x9f\x98\x80\"", "\xf0\x9f\x98\x80" },
    { "\"a\\u0000b\"", NULL },
    { "1", NULL },
    { "null", NULL },
    { "[\"a\"]", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length = strlen (cases[i].json);
      g_autofree char *copy = copy_bare (cases[i].json, length);
      g_autofree char *text = NULL;
      QccJsonSpan span = { copy, length };

      g_assert_true (qcc_json_validate (copy, length));
      g_assert_true (qcc_json_span_get_string (&span, &text) == (cases[i].text != NULL));
      g_assert_cmpstr (text, ==, cases[i].text);
      if (text != NULL)
        {
          g_assert_true (qcc_json_span_equals (&span, text));
          g_assert_true (qcc_json_span_has_suffix (&span, text));
          g_assert_false (qcc_json_span_equals (&span, "other"));
        }
    }
}

static void
test_suffix (void)
{
  const QccJsonSpan server = { TEXT ("\"server_tool_\\u0075se\"") };
  const QccJsonSpan number = { TEXT ("12") };

  g_assert_true (qcc_json_span_has_suffix (&server, "tool_use"));
  g_assert_false (qcc_json_span_has_suffix (&server, "tool"));
  g_assert_false (qcc_json_span_has_suffix (&number, "2"));
}

static void
test_numbers (void)
{
  static const struct
  {
    const char *json;
    gboolean fits;
    gint64 value;
  } cases[] = {
    { "0", TRUE, 0 },
    { "-0", TRUE, 0 },
    { "42", TRUE, 42 },
    { "-7", TRUE, -7 },
    { "9223372036854775807", TRUE, G_MAXINT64 },
    { "-9223372036854775808", TRUE, G_MININT64 },
    { "9223372036854775808", FALSE, 0 },
    { "-9223372036854775809", FALSE, 0 },
    { "100000000000000000000000000", FALSE, 0 },
    { "1.0", FALSE, 0 },
    { "1e3", FALSE, 0 },
    { "\"1\"", FALSE, 0 },
    { "true", FALSE, 0 },
    { "{}", FALSE, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length = strlen (cases[i].json);
      g_autofree char *copy = copy_bare (cases[i].json, length);
      QccJsonSpan span = { copy, length };
      gint64 value = 99;

      g_assert_true (qcc_json_span_get_int64 (&span, &value) == cases[i].fits);
      g_assert_cmpint (value, ==, cases[i].fits ? cases[i].value : 99);
    }
}

static void
test_booleans (void)
{
  const QccJsonSpan yes = { TEXT ("true") };
  const QccJsonSpan no = { TEXT ("false") };
  const QccJsonSpan others[] = { { TEXT ("null") }, { TEXT ("1") }, { TEXT ("\"true\"") }, { TEXT ("[true]") } };
  gboolean value = FALSE;

  g_assert_true (qcc_json_span_get_bool (&yes, &value));
  g_assert_true (value);
  g_assert_true (qcc_json_span_get_bool (&no, &value));
  g_assert_false (value);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (qcc_json_span_get_bool (&others[i], &value));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/json-span/strings", test_strings);
  g_test_add_func ("/json-span/suffix", test_suffix);
  g_test_add_func ("/json-span/numbers", test_numbers);
  g_test_add_func ("/json-span/booleans", test_booleans);

  return g_test_run ();
}
