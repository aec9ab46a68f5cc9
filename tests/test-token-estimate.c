/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "service/qcc-token-estimate.h"

#define CJK "\xe4\xb8\xad"
#define IMAGE(source) "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":" source "}]}]}"
#define BLOCK(members) "{\"messages\":[{\"role\":\"user\",\"content\":[{" members "}]}]}"

static const struct
{
  const char *body;
  guint64 tokens;
} cases[] = {
  /* nothing to count is 1 */
  { "", 1 },
  { "{}", 1 },
  { "[]", 1 },
  { "not JSON", 1 },
  { "[{\"system\":\"1234567\"}]", 1 },
  { "{\"model\":\"a long name that is not text\",\"metadata\":{\"user_id\":\"nor is this one\"}}", 1 },

  /* 3.5 bytes a token, rounded up */
  { "{\"system\":\"1234567\"}", 2 },
  { "{\"system\":\"12345678\"}", 3 },
  { "{\"system\":\"\",\"x\":\"1234567\"}", 1 },
  { "{\"x\":{\"system\":\"1234567\"}}", 1 },
  { "{\"system\":\"1234567\",\"tools\":[]}", 3 },
  { "{\"syst\\u0065m\":\"12345678901234\"}", 4 },
  { "{\"system\":[{\"type\":\"text\",\"text\":\"1234567\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]}", 2 },
  { "{\"messages\":[{\"role\":\"user\",\"content\":\"1234567\"},{\"role\":\"assistant\",\"content\":\"1234567\"}]}", 4 },

  { "{\"messages\":[{\"id\":[\"1234567\"],\"type\":[\"image\"]}]}", 4 },

  /* escapes count as what they stand for: seven bytes */
  { "{\"system\":\"\\n\\\"\\\\\\t\\u0041\\/a\"}", 2 },

  /* one for a character of Chinese, Japanese, Korean */
  { "{\"system\":\"" CJK CJK CJK "\"}", 3 },
  { "{\"system\":\"\\u4e2d\\u6587\"}", 2 },
  { "{\"system\":\"\xe3\x81\x82\xe3\x82\xa2\xed\x95\x9c\xef\xbc\x8c\xe3\x80\x82\"}", 5 },
  { "{\"system\":\"\xf0\xa0\x80\x80\\ud840\\udc01\"}", 2 },
  { "{\"system\":\"1234567" CJK "\"}", 3 },
  /* others by their bytes: seven characters of two bytes, an emoji of four and three letters */
  { "{\"system\":\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"}", 4 },
  { "{\"system\":\"\\ud83d\\ude00abc\"}", 2 },
  { "{\"system\":\"\\ud83d1234\"}", 2 },

  /* images */
  { IMAGE ("{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"AAAAAAAAAAAAAAAAAAAAA\"}"), 1500 },
  { IMAGE ("{\"data\":\"AAAAAAAAAAAAAAAAAAAAA\",\"media_type\":\"image/png\",\"type\":\"base64\"}"), 1500 },
  { IMAGE ("{\"type\":\"file\",\"file_id\":\"file_1234567\"}"), 1500 },
  { BLOCK ("\"type\":\"image\",\"data\":\"AAAAAAAA\""), 1500 },
  { IMAGE ("{\"type\":\"url\",\"url\":\"http://\"}"), 1502 },
  { "{\"messages\":[{\"content\":[{\"source\":{\"type\":\"base64\",\"data\":\"AAAAAAAA\"},\"type\":\"image\"}]}]}", 1500 },
  { "{\"messages\":[{\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"toolu_1\",\"content\":["
    "{\"type\":\"text\",\"text\":\"1234567\"},{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":\"AAAAAAAA\"}},"
    "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":\"AAAAAAAA\"}}]}]}]}",
    3002 },

  { "{\"messages\":[{\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":\"AAAAAAAA\"}},"
    "{\"text\":\"1234567\",\"source\":{\"data\":\"1234567\"}}]}]}",
    1504 },

  /* documents */
  { BLOCK ("\"type\":\"document\",\"source\":{\"type\":\"base64\",\"media_type\":\"application/pdf\",\"data\":\"AAAAAAAA\"}"), 1500 },
  { BLOCK ("\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"1234567\"}"), 2 },
  { BLOCK ("\"source\":{\"data\":\"1234567\",\"type\":\"text\"},\"type\":\"document\",\"title\":\"1234567\""), 4 },
  { BLOCK ("\"type\":\"document\",\"source\":{\"type\":\"content\",\"content\":[{\"type\":\"text\",\"text\":\"1234567\"},"
           "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":\"AAAAAAAA\"}}]}"),
    1502 },

  /* thinking counts, what is encrypted in it does not */
  { BLOCK ("\"type\":\"thinking\",\"thinking\":\"1234567\",\"signature\":\"AAAAAAAAAAAAAA\""), 2 },
  { BLOCK ("\"type\":\"redacted_thinking\",\"data\":\"AAAAAAAAAAAAAA\""), 1 },

  /* a call of a tool: its name and {"type":"image"} as JSON */
  { BLOCK ("\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"1234567\",\"input\":{ \"type\" : \"image\" }"), 7 },
  { BLOCK ("\"type\":\"tool_use\",\"name\":\"1234567\",\"input\":{},\"caller\":\"1234567\""), 5 },

  /* tools are JSON: [{"name":"ab""n":12"b":true}], without the commas, is 29 bytes */
  { "{\"tools\":[ { \"name\" : \"ab\", \"n\":12, \"b\" : true } ]}", 9 },
  { "{\"tools\":[\"" CJK CJK "\"],\"x\":\"ignored ignored ignored\"}", 4 },

  /* a fault ends the count */
  { "{\"system\":\"1234567\",\"messages\":[{\"content\":\"1234567\"},{\"content\":\"12", 4 },
};

static void
test_table (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length = strlen (cases[i].body);
      g_autofree char *bare = g_memdup2 (cases[i].body, length);

      g_test_message ("%s", cases[i].body);
      g_assert_cmpuint (qcc_token_estimate (bare, length), ==, cases[i].tokens);
    }
}

/* Every range counts from its first to its last character and not beyond. */
static void
test_cjk_ranges (void)
{
  static const struct
  {
    gunichar c;
    gboolean cjk;
  } characters[] = {
    { 0x10ff, FALSE },
    { 0x1100, TRUE },
    { 0x11ff, TRUE },
    { 0x1200, FALSE },
    { 0x2e7f, FALSE },
    { 0x2e80, TRUE },
    { 0x9fff, TRUE },
    { 0xa000, FALSE },
    { 0xa95f, FALSE },
    { 0xa960, TRUE },
    { 0xa97f, TRUE },
    { 0xa980, FALSE },
    { 0xabff, FALSE },
    { 0xac00, TRUE },
    { 0xd7ff, TRUE },
    { 0xe000, FALSE },
    { 0xf8ff, FALSE },
    { 0xf900, TRUE },
    { 0xfaff, TRUE },
    { 0xfb00, FALSE },
    { 0xfe2f, FALSE },
    { 0xfe30, TRUE },
    { 0xfe4f, TRUE },
    { 0xfe50, FALSE },
    { 0xfeff, FALSE },
    { 0xff00, TRUE },
    { 0xffef, TRUE },
    { 0xfff0, FALSE },
    { 0x1ffff, FALSE },
    { 0x20000, TRUE },
    { 0x3ffff, TRUE },
    { 0x40000, FALSE },
  };

  /* Seven of a kind are 7 tokens, or 6 for three bytes each and 8 for four. */
  for (gsize i = 0; i < G_N_ELEMENTS (characters); i++)
    {
      g_autoptr (GString) body = g_string_new ("{\"system\":\"");
      guint64 tokens = characters[i].cjk ? 7 : (characters[i].c < 0x10000 ? 6 : 8);

      g_test_message ("U+%04X", characters[i].c);
      for (guint j = 0; j < 7; j++)
        g_string_append_unichar (body, characters[i].c);
      g_string_append (body, "\"}");
      g_assert_cmpuint (qcc_token_estimate (body->str, body->len), ==, tokens);
    }
}

static void
test_deep (void)
{
  g_autoptr (GString) body = g_string_new ("{\"messages\":");

  for (guint i = 0; i < 600; i++)
    g_string_append (body, "{\"content\":");

  g_assert_cmpuint (qcc_token_estimate (body->str, body->len), ==, 1);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/token-estimate/table", test_table);
  g_test_add_func ("/token-estimate/cjk-ranges", test_cjk_ranges);
  g_test_add_func ("/token-estimate/deep", test_deep);

  return g_test_run ();
}
