/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-dict.h"
#include "cli/qcc-time-text.h"
#include "cli/qcc-words.h"

#define DAY (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define NOON (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (NULL, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
test_members (void)
{
  g_autoptr (GVariant) dict = parse ("{'text': <'a'>, 'u': <uint32 7>, 'x': <int64 -7>, 't': <uint64 18446744073709551615>, 'd': <0.5>,"
                                     " 'b': <true>, 'list': <[{'a': <'b'>}]>}");
  g_autoptr (GVariant) list = qcc_dict_get_list (dict, "list");
  g_autoptr (GVariant) none = qcc_dict_get_list (dict, "text");

  g_assert_cmpstr (qcc_dict_get_text (dict, "text"), ==, "a");
  g_assert_cmpint (qcc_dict_get_number (dict, "u", -1), ==, 7);
  g_assert_cmpint (qcc_dict_get_number (dict, "x", -1), ==, -7);
  g_assert_cmpint (qcc_dict_get_number (dict, "t", -1), ==, G_MAXINT64);
  g_assert_cmpfloat_with_epsilon (qcc_dict_get_fraction (dict, "d", -1), 0.5, 1e-9);
  g_assert_true (qcc_dict_get_flag (dict, "b"));
  g_assert_cmpuint (g_variant_n_children (list), ==, 1);
  g_assert_cmpuint (g_variant_n_children (none), ==, 0);

  /* Not there, or something else. */
  g_assert_cmpstr (qcc_dict_get_text (dict, "u"), ==, "");
  g_assert_cmpstr (qcc_dict_get_text (dict, "nothing"), ==, "");
  g_assert_cmpint (qcc_dict_get_number (dict, "text", -1), ==, -1);
  g_assert_cmpint (qcc_dict_get_number (dict, "nothing", 3), ==, 3);
  g_assert_cmpfloat_with_epsilon (qcc_dict_get_fraction (dict, "u", -1), -1, 1e-9);
  g_assert_false (qcc_dict_get_flag (dict, "text"));
}

static void
test_json (void)
{
  g_autoptr (GVariant) dict = parse ("{'last-error': <uint64 1700000000250000>, 'last-check': <uint64 0>, 'time': <'no time'>,"
                                     " 'failures': <{'rate-limit': uint64 2}>, 'choices': <[{'start-reason': <'token'>}]>}");
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  JsonObject *object;

  qcc_dict_add_json (dict, builder);
  root = json_builder_get_root (builder);
  object = json_node_get_object (root);
  g_assert_cmpstr (json_object_get_string_member (object, "last_error"), ==, "2023-11-14T22:13:20.250000Z");
  g_assert_true (json_object_get_null_member (object, "last_check"));
  g_assert_true (json_object_get_null_member (object, "time"));
  g_assert_cmpint (json_object_get_int_member (json_object_get_object_member (object, "failures"), "rate-limit"), ==, 2);
  g_assert_cmpstr (json_object_get_string_member (json_array_get_object_element (json_object_get_array_member (object, "choices"), 0), "start_reason"), ==, "token");
}

static void
test_times (void)
{
  const struct
  {
    gint64 time;
    gint64 now;
    const char *pattern;
  } cases[] = {
    { NOON, NOON, "??:??:20" },
    { NOON - 2 * DAY, NOON, "2023-11-1? ??:13" },
    { NOON + 2 * DAY, NOON, "2023-11-1? ??:13" },
    { NOON, NOON + 365 * DAY, "2023-11-1? ??:13" },
    { 0, NOON, "" },
    { -1, NOON, "" },
    { G_MAXINT64, NOON, "?" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = qcc_time_text_short (cases[i].time, cases[i].now);

      g_test_message ("%s", text);
      g_assert_true (g_pattern_match_simple (cases[i].pattern, text));
    }

  g_assert_null (qcc_time_text_iso (0));
  g_assert_null (qcc_time_text_iso (G_MAXINT64));
}

static void
test_durations (void)
{
  const struct
  {
    gint64 milliseconds;
    const char *text;
  } cases[] = {
    { -1, "" },
    { 0, "0 ms" },
    { 999, "999 ms" },
    { 1000, "1 s" },
    { 1240, "1.2 s" },
    { 59000, "59 s" },
    { 60000, "1 min 0 s" },
    { 3599000, "59 min 59 s" },
    { 3600000, "1 h 0 min" },
    { 86400000, "1 d 0 h" },
    { G_MAXINT64, "2147483647 d 7 h" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = qcc_time_text_duration (cases[i].milliseconds);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_words (void)
{
  g_assert_cmpstr (qcc_words_get (QCC_WORDS_REASON, "open"), ==, "its circuit is open");
  g_assert_cmpstr (qcc_words_get (QCC_WORDS_HEALTH, "open"), ==, "circuit open");
  g_assert_cmpstr (qcc_words_get (QCC_WORDS_HEALTH, NULL), ==, "unknown");
  g_assert_cmpstr (qcc_words_get (QCC_WORDS_CLASS, NULL), ==, "");
  g_assert_cmpstr (qcc_words_get (QCC_WORDS_CLASS, "of-tomorrow"), ==, "of-tomorrow");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/cli/dict/members", test_members);
  g_test_add_func ("/cli/dict/json", test_json);
  g_test_add_func ("/cli/dict/times", test_times);
  g_test_add_func ("/cli/dict/durations", test_durations);
  g_test_add_func ("/cli/dict/words", test_words);

  return g_test_run ();
}
