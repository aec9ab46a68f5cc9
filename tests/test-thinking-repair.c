/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <json-glib/json-glib.h>
#include <string.h>

#include "service/qcc-thinking-repair.h"

#define THINK "{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"c2ln\"}"
#define REDACTED "{\"type\":\"redacted_thinking\",\"data\":\"eHg=\"}"
#define TEXT "{\"type\":\"text\",\"text\":\"hi\"}"
#define USE "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{}}"
#define RESULT "{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"ok\"}"
#define EMPTIED "[{\"type\":\"text\",\"text\":\"(no content)\"}]"

#define ASSISTANT(content) "{\"role\":\"assistant\",\"content\":" content "}"
#define USER(content) "{\"role\":\"user\",\"content\":" content "}"
#define MESSAGES(messages) "{\"model\":\"m\",\"messages\":[" messages "]}"
#define CONTENT(blocks) MESSAGES (ASSISTANT ("[" blocks "]"))

/* A conversation that ends with the result of a tool, without thinking in it. */
#define LOOP "\"messages\":[" USER ("\"hi\"") "," ASSISTANT ("[" USE "]") "," USER ("[" RESULT "]") "]"
#define ENABLED "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}"
#define CLEAR "{\"type\":\"clear_thinking_20251015\",\"keep\":\"all\"}"
#define CLEAR_TOOLS "{\"type\":\"clear_tool_uses_20250919\"}"
#define EDITS(edits) "\"context_management\":{\"edits\":[" edits "]}"

typedef struct
{
  const char *name;
  const char *body;
  const char *expected; /* (nullable): NULL where nothing is to be taken out */
} Case;

static const Case cases[] = {
  /* one comma beside each, and only that */
  { "only", CONTENT (THINK), MESSAGES (ASSISTANT (EMPTIED)) },
  { "first", CONTENT (THINK "," TEXT), CONTENT (TEXT) },
  { "last", CONTENT (TEXT "," THINK), CONTENT (TEXT) },
  { "between", CONTENT (TEXT "," THINK "," USE), CONTENT (TEXT "," USE) },
  { "both-kinds", CONTENT (THINK "," REDACTED "," TEXT), CONTENT (TEXT) },
  { "interleaved", CONTENT (THINK "," TEXT "," REDACTED "," USE "," THINK), CONTENT (TEXT "," USE) },
  { "behind-two", CONTENT (TEXT "," THINK "," THINK "," USE), CONTENT (TEXT "," USE) },
  { "all", CONTENT (THINK "," REDACTED), MESSAGES (ASSISTANT (EMPTIED)) },
  { "several-messages",
    MESSAGES (ASSISTANT ("[" THINK "]") "," USER ("\"thinking\"") "," ASSISTANT ("[" THINK "," TEXT "]")),
    MESSAGES (ASSISTANT (EMPTIED) "," USER ("\"thinking\"") "," ASSISTANT ("[" TEXT "]")) },
  { "of-the-user", MESSAGES (USER ("[" THINK "," TEXT "]")), MESSAGES (USER ("[" TEXT "]")) },
  { "empty-block-with-type", CONTENT ("{\"type\":\"thinking\"}," TEXT), CONTENT (TEXT) },
  { "type-last", CONTENT ("{\"thinking\":{\"type\":\"text\"},\"type\":\"thinking\"}," TEXT), CONTENT (TEXT) },

  /* what stays keeps its bytes */
  { "space", " {\n\t\"messages\" : [ { \"content\" : [ " THINK " ,\r\n " TEXT " ] , \"n\":1.50e+3 } ] }\n",
    " {\n\t\"messages\" : [ { \"content\" : [ " TEXT " ] , \"n\":1.50e+3 } ] }\n" },
  { "space-behind", "{\"messages\":[{\"content\":[ " TEXT "\n,\n" THINK "\n]}]}",
    "{\"messages\":[{\"content\":[ " TEXT "\n]}]}" },
  { "space-inside-of-nothing", "{\"messages\":[{\"content\": [ " THINK " ] }]}",
    "{\"messages\":[{\"content\": " EMPTIED " }]}" },
  { "escapes", CONTENT ("{\"type\":\"text\",\"text\":\"\\u4f60\\/\\ud83d\\ude00 \xe4\xbd\xa0\"}," THINK),
    CONTENT ("{\"type\":\"text\",\"text\":\"\\u4f60\\/\\ud83d\\ude00 \xe4\xbd\xa0\"}") },

  /* escaped names and values */
  { "escaped-type", CONTENT ("{\"typ\\u0065\":\"th\\u0069nking\"}," TEXT), CONTENT (TEXT) },
  { "escaped-names", "{\"m\\u0065ssages\":[{\"cont\\u0065nt\":[" REDACTED "," TEXT "]}]}",
    "{\"m\\u0065ssages\":[{\"cont\\u0065nt\":[" TEXT "]}]}" },

  /* names that occur twice */
  { "two-messages", "{\"messages\":[" ASSISTANT ("[" THINK "," TEXT "]") "],\"messages\":[" ASSISTANT ("[" TEXT "," THINK "]") "]}",
    "{\"messages\":[" ASSISTANT ("[" TEXT "]") "],\"messages\":[" ASSISTANT ("[" TEXT "]") "]}" },
  { "two-contents", MESSAGES ("{\"content\":[" THINK "," TEXT "],\"content\":[" THINK "," TEXT "]}"),
    MESSAGES ("{\"content\":[" TEXT "],\"content\":[" TEXT "]}") },
  { "two-types-thinking-last", CONTENT ("{\"type\":\"text\",\"type\":\"thinking\"}," TEXT), CONTENT (TEXT) },
  { "two-types-thinking-first", CONTENT ("{\"type\":\"thinking\",\"type\":\"text\"}"), NULL },
  { "two-thinkings-enabled-last", "{" LOOP ",\"thinking\":null," ENABLED ",\"x\":1}", "{" LOOP ",\"x\":1}" },
  { "two-thinkings-enabled-first", "{" LOOP "," ENABLED ",\"thinking\":null,\"x\":1}", NULL },
  { "two-loops-last-without", "{" LOOP "," ENABLED ",\"messages\":[" USER ("\"hi\"") "]}", NULL },
  { "two-context-managements", "{" ENABLED "," EDITS (CLEAR_TOOLS "," CLEAR) "," LOOP "," EDITS (CLEAR) "}", "{" LOOP "}" },

  /* thinking is disabled in the middle of a tool's use */
  { "enabled-loop", "{" ENABLED "," LOOP "}", "{" LOOP "}" },
  { "enabled-loop-last", "{" LOOP "," ENABLED "}", "{" LOOP "}" },
  { "enabled-loop-between", "{\"a\":1 , " ENABLED " , " LOOP "}", "{\"a\":1 , " LOOP "}" },
  { "enabled-loop-escaped", "{" LOOP ",\"thinkin\\u0067\":{\"type\":\"en\\u0061bled\"}}", "{" LOOP "}" },
  { "enabled-with-blocks", "{" ENABLED ",\"messages\":[" ASSISTANT ("[" THINK "," USE "]") "," USER ("[" TEXT "," RESULT "," TEXT "]") "]}",
    "{\"messages\":[" ASSISTANT ("[" USE "]") "," USER ("[" TEXT "," RESULT "," TEXT "]") "]}" },
  { "enabled-no-result", "{" ENABLED ",\"messages\":[" ASSISTANT ("[" THINK "," TEXT "]") "," USER ("\"go on\"") "]}",
    "{" ENABLED ",\"messages\":[" ASSISTANT ("[" TEXT "]") "," USER ("\"go on\"") "]}" },
  { "enabled-result-before", "{" ENABLED ",\"messages\":[" USER ("[" RESULT "]") "," ASSISTANT ("[" TEXT "]") "]}", NULL },
  { "enabled-result-of-assistant", "{" ENABLED ",\"messages\":[" ASSISTANT ("[" RESULT "]") "]}", NULL },
  { "enabled-result-nested", "{" ENABLED ",\"messages\":[" USER ("[{\"type\":\"x\",\"a\":[" RESULT "]}]") "]}", NULL },
  { "disabled-loop", "{\"thinking\":{\"type\":\"disabled\"}," LOOP "," EDITS (CLEAR) "}", NULL },
  { "adaptive-loop", "{\"thinking\":{\"type\":\"adaptive\"}," LOOP "," EDITS (CLEAR) "}", NULL },
  { "string-loop", "{\"thinking\":\"enabled\"," LOOP "}", NULL },
  { "deep-thinking-loop", "{\"a\":{" ENABLED "}," LOOP "}", NULL },

  /* edits of thinking */
  { "edit-only", "{" ENABLED "," EDITS (CLEAR) "," LOOP "}", "{" LOOP "}" },
  { "edit-only-last", "{" LOOP "," ENABLED "," EDITS (CLEAR) "}", "{" LOOP "}" },
  { "edit-apart", "{" ENABLED "," LOOP "," EDITS (CLEAR) ",\"x\":[]}", "{" LOOP ",\"x\":[]}" },
  { "edit-first", "{" ENABLED "," EDITS (CLEAR "," CLEAR_TOOLS) "," LOOP "}", "{" EDITS (CLEAR_TOOLS) "," LOOP "}" },
  { "edit-last", "{" ENABLED "," EDITS (CLEAR_TOOLS "," CLEAR) "," LOOP "}", "{" EDITS (CLEAR_TOOLS) "," LOOP "}" },
  { "edit-none", "{" ENABLED "," EDITS (CLEAR_TOOLS) "," LOOP "}", "{" EDITS (CLEAR_TOOLS) "," LOOP "}" },
  { "edit-empty", "{" ENABLED "," EDITS ("") "," LOOP "}", "{" EDITS ("") "," LOOP "}" },
  { "edit-odd", "{" ENABLED "," EDITS ("1,[],{},{\"type\":3}") "," LOOP "}", "{" EDITS ("1,[],{},{\"type\":3}") "," LOOP "}" },
  { "edits-odd", "{" ENABLED ",\"context_management\":[" CLEAR "]," LOOP "}", "{\"context_management\":[" CLEAR "]," LOOP "}" },
  { "edits-odd-too", "{" ENABLED ",\"context_management\":{\"edits\":{\"type\":\"clear_thinking\"}}," LOOP "}",
    "{\"context_management\":{\"edits\":{\"type\":\"clear_thinking\"}}," LOOP "}" },

  /* nothing to take out */
  { "plain", CONTENT (TEXT), NULL },
  { "string-content", MESSAGES (ASSISTANT ("\"thinking\"")), NULL },
  { "no-messages", "{\"content\":[" THINK "]}", NULL },
  { "empty-content", CONTENT (""), NULL },
  { "in-a-tool", CONTENT ("{\"type\":\"tool_result\",\"content\":[" THINK "]}"), NULL },
  { "in-input", CONTENT ("{\"type\":\"tool_use\",\"input\":{\"messages\":[{\"content\":[" THINK "]}]}}"), NULL },
  { "in-system", "{\"system\":[" THINK "],\"messages\":[]}", NULL },
  { "array-around", "[" CONTENT (THINK) "]", NULL },
  { "odd-shapes", "{\"messages\":[1,null,\"thinking\",[" THINK "],{\"content\":{\"type\":\"thinking\"}},{\"content\":[[" THINK "],\"thinking\",7]}]}", NULL },
  { "odd-messages", "{\"messages\":{\"content\":[" THINK "]}}", NULL },
  { "nul-in-type", CONTENT ("{\"type\":\"thinking\\u0000\"}"), NULL },
  { "other-types", CONTENT ("{\"type\":\"Thinking\"},{\"type\":\"thinking_delta\"},{\"type\":[\"thinking\"]}"), NULL },

  /* not valid */
  { "nothing", "", NULL },
  { "truncated", "{\"messages\":[{\"content\":[" THINK "," TEXT "]}", NULL },
  { "garbage-behind", CONTENT (THINK) "x", NULL },
  { "comma-too-many", CONTENT (THINK "," TEXT ","), NULL },
  { "invalid-utf-8", CONTENT (THINK ",{\"type\":\"text\",\"text\":\"\xff\"}"), NULL },
  { "cut-utf-8", CONTENT (THINK ",{\"type\":\"text\",\"text\":\"\xe4\xbd\"}"), NULL },
  { "bare-word", CONTENT (THINK ",thinking"), NULL },
};

static void
test_case (gconstpointer data)
{
  const Case *one = data;
  g_autoptr (GBytes) body = g_bytes_new (one->body, strlen (one->body));
  g_autoptr (GBytes) result = qcc_thinking_repair (body);
  g_autoptr (GBytes) again = result != NULL ? qcc_thinking_repair (result) : NULL;

  if (one->expected == NULL)
    g_assert_null (result);
  else
    g_assert_cmpmem (g_bytes_get_data (result, NULL), g_bytes_get_size (result), one->expected, strlen (one->expected));
  g_assert_null (again);
}

static void
test_deep (void)
{
  guint depths[] = { 500, 600, 1000000 };

  for (gsize i = 0; i < G_N_ELEMENTS (depths); i++)
    {
      g_autoptr (GString) text = g_string_new ("{\"messages\":[{\"content\":[" THINK "]}],\"x\":");
      g_autoptr (GBytes) body = NULL;
      g_autoptr (GBytes) result = NULL;

      for (guint j = 0; j < depths[i]; j++)
        g_string_append_c (text, '[');
      for (guint j = 0; j < depths[i]; j++)
        g_string_append_c (text, ']');
      g_string_append_c (text, '}');
      body = g_bytes_new (text->str, text->len);
      result = qcc_thinking_repair (body);
      g_assert_cmpint (result != NULL, ==, depths[i] == 500);
    }
}

static void
test_huge (void)
{
  g_autoptr (GString) text = g_string_new ("{\"messages\":[");
  g_autoptr (GString) expected = g_string_new ("{\"messages\":[");
  g_autofree char *long_text = g_strnfill (10000, 'a');
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GBytes) result = NULL;

  for (guint i = 0; i < 1000; i++)
    {
      g_string_append_printf (text, "%s" ASSISTANT ("[{\"type\":\"thinking\",\"thinking\":\"%s\"},{\"type\":\"text\",\"text\":\"%s\\n\"}]"),
                              i > 0 ? "," : "", long_text, long_text);
      g_string_append_printf (expected, "%s" ASSISTANT ("[{\"type\":\"text\",\"text\":\"%s\\n\"}]"), i > 0 ? "," : "", long_text);
    }
  g_string_append (text, "]}");
  g_string_append (expected, "]}");

  body = g_bytes_new (text->str, text->len);
  result = qcc_thinking_repair (body);
  g_assert_cmpmem (g_bytes_get_data (result, NULL), g_bytes_get_size (result), expected->str, expected->len);
}

static const char *
pick (GRand *rand,
      const char *const *from)
{
  return from[g_rand_int_range (rand, 0, (gint32) g_strv_length ((char **) from))];
}

static void
add_space (GString *text,
           GRand *rand)
{
  static const char *const spaces[] = { "", "", "", " ", "\n\t", "\r\n  ", NULL };

  g_string_append (text, pick (rand, spaces));
}

/* Appends @open, zero to @most items that @add makes with commas between them, and @close. */
static void
add_list (GString *text,
          GRand *rand,
          const char *around,
          gint32 most,
          void (*add) (GString *text, GRand *rand))
{
  gint32 n = g_rand_int_range (rand, 0, most + 1);

  g_string_append_c (text, around[0]);
  for (gint32 i = 0; i < n; i++)
    {
      add_space (text, rand);
      add (text, rand);
      add_space (text, rand);
      if (i + 1 < n)
        g_string_append_c (text, ',');
    }
  add_space (text, rand);
  g_string_append_c (text, around[1]);
}

static void
add_block (GString *text,
           GRand *rand)
{
  static const char *const blocks[] = { THINK, REDACTED, TEXT, USE, RESULT, "{\"type\":\"th\\u0069nking\" }", "7", "{}",
                                        "{\"type\":\"text\",\"type\":\"thinking\"}", "{\"type\":\"thinking\",\"type\":null}",
                                        "{ \"x\":[" THINK "], \"type\" : \"image\"}", NULL };

  g_string_append (text, pick (rand, blocks));
}

static void
add_message_member (GString *text,
                    GRand *rand)
{
  static const char *const members[] = { "\"role\":\"user\"", "\"role\" : \"assistant\"", "\"content\":\"thinking\"", "\"content\":", "\"conten\\u0074\" :", NULL };
  const char *member = pick (rand, members);

  g_string_append (text, member);
  if (g_str_has_suffix (member, ":"))
    add_list (text, rand, "[]", 5, add_block);
}

static void
add_message (GString *text,
             GRand *rand)
{
  static const char *const whole[] = { "[[]]", USER ("[" RESULT "]"), USER ("[" THINK "," RESULT "]"), "", "", NULL };
  const char *message = pick (rand, whole);

  g_string_append (text, message);
  if (*message == '\0')
    add_list (text, rand, "{}", 4, add_message_member);
}

static void
add_member (GString *text,
            GRand *rand)
{
  static const char *const members[] = { "\"messages\":", "\"messages\" :", ENABLED, ENABLED, "\"thinking\":{\"type\":\"disabled\"}", "\"x\":1e5",
                                         EDITS (CLEAR), EDITS (CLEAR "," CLEAR_TOOLS), "\"context_management\":null", NULL };
  const char *member = pick (rand, members);

  g_string_append (text, member);
  if (g_str_has_suffix (member, ":"))
    add_list (text, rand, "[]", 4, add_message);
}

static const char *
get_type (JsonNode *node)
{
  return JSON_NODE_HOLDS_OBJECT (node) ? json_object_get_string_member_with_default (json_node_get_object (node), "type", "") : "";
}

/* Removes the elements whose type begins with @prefix; returns whether an element has the type @other. */
static gboolean
remove_types (JsonArray *array,
              const char *prefix,
              const char *more,
              const char *other)
{
  gboolean found = FALSE;

  for (guint i = json_array_get_length (array); i > 0; i--)
    {
      const char *type = get_type (json_array_get_element (array, i - 1));

      found |= g_str_equal (type, other);
      if (g_str_has_prefix (type, prefix) || g_str_equal (type, more))
        json_array_remove_element (array, i - 1);
    }

  return found;
}

static JsonArray *
get_array (JsonObject *object,
           const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* Does with a tree what is to be done with the text; returns whether the last message brings a tool's result. */
static gboolean
expect_messages (JsonObject *body)
{
  JsonArray *messages = get_array (body, "messages");
  gboolean last = FALSE;

  for (guint i = 0; messages != NULL && i < json_array_get_length (messages); i++)
    {
      JsonNode *node = json_array_get_element (messages, i);
      JsonObject *message = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      JsonArray *content = message != NULL ? get_array (message, "content") : NULL;
      guint length = content != NULL ? json_array_get_length (content) : 0;

      last = content != NULL && remove_types (content, "thinking", "redacted_thinking", "tool_result") &&
             g_str_equal (json_object_get_string_member_with_default (message, "role", ""), "user");
      if (length > 0 && json_array_get_length (content) == 0)
        json_object_set_member (message, "content", json_from_string (EMPTIED, NULL));
    }

  return last;
}

static void
expect (JsonObject *body)
{
  JsonNode *thinking = json_object_get_member (body, "thinking");
  JsonNode *management = json_object_get_member (body, "context_management");

  if (!expect_messages (body) || thinking == NULL || !g_str_equal (get_type (thinking), "enabled"))
    return;

  json_object_remove_member (body, "thinking");
  if (management == NULL || !JSON_NODE_HOLDS_OBJECT (management))
    return;

  remove_types (json_object_get_array_member (json_node_get_object (management), "edits"), "clear_thinking", "-", "-");
  if (json_array_get_length (json_object_get_array_member (json_node_get_object (management), "edits")) == 0)
    json_object_remove_member (body, "context_management");
}

/* The member @name occurs at most once, which a tree cannot tell from more. */
static gboolean
is_unambiguous (const char *text,
                const char *name)
{
  const char *first = strstr (text, name);

  return first == NULL || strstr (first + 1, name) == NULL;
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20250514);
  guint n_changed = 0;
  guint n_disabled = 0;

  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GBytes) body = NULL;
      g_autoptr (GBytes) result = NULL;
      g_autoptr (GBytes) again = NULL;
      g_autoptr (JsonNode) expected = NULL;
      g_autoptr (JsonNode) parsed = NULL;
      g_autofree char *changed = NULL;
      g_autoptr (GError) error = NULL;

      add_list (text, rand, "{}", 7, add_member);
      if (!is_unambiguous (text->str, "context_management"))
        continue;

      expected = json_from_string (text->str, &error);
      g_assert_no_error (error);
      expect (json_node_get_object (expected));
      body = g_bytes_new (text->str, text->len);
      result = qcc_thinking_repair (body);
      changed = result != NULL ? g_strndup (g_bytes_get_data (result, NULL), g_bytes_get_size (result)) : g_strdup (text->str);
      g_test_message ("%s", text->str);
      parsed = json_from_string (changed, &error);
      g_assert_no_error (error);
      g_assert_true (json_node_equal (parsed, expected));

      again = result != NULL ? qcc_thinking_repair (result) : NULL;
      g_assert_null (again);
      n_changed += result != NULL;
      n_disabled += strstr (text->str, "enabled") != NULL && strstr (changed, "enabled") == NULL;
    }

  g_test_message ("%u changed, %u disabled", n_changed, n_disabled);
  g_assert_cmpuint (n_changed, >, 200);
  g_assert_cmpuint (n_disabled, >, 50);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/thinking-repair/case/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/thinking-repair/deep", test_deep);
  g_test_add_func ("/thinking-repair/huge", test_huge);
  g_test_add_func ("/thinking-repair/random", test_random);

  return g_test_run ();
}
