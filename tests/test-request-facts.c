/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "service/qcc-request-facts.h"

#define UUID "0b0f3a5e-7c1d-4e2f-9a8b-112233445566"
#define OTHER_UUID "ffffffff-7c1d-4e2f-9a8b-112233445566"

/* Takes header names and values in turn, ended by NULL. */
static SoupMessageHeaders *
headers_of (const char *const *pairs)
{
  SoupMessageHeaders *headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  for (gsize i = 0; pairs[i] != NULL; i += 2)
    soup_message_headers_append (headers, pairs[i], pairs[i + 1]);

  return headers;
}

/* The body gets memory of its own size, so that the address sanitizer sees a read behind its end. */
static QccRequestFacts *
facts_of (const char *body,
          const char *const *pairs,
          GBytes **out_body)
{
  g_autoptr (SoupMessageHeaders) headers = headers_of (pairs);
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  QccRequestFacts *facts = qcc_request_facts_new ("POST", "/v1/messages", headers, bytes);

  if (out_body != NULL)
    *out_body = g_steal_pointer (&bytes);
  return facts;
}

static const char *const no_headers[] = { NULL };

static void
test_kind (void)
{
  static const struct
  {
    const char *method;
    const char *path;
    QccRequestKind kind;
    gboolean background;
  } cases[] = {
    { "POST", "/v1/messages", QCC_REQUEST_KIND_MESSAGES, FALSE },
    { "POST", "/v1/messages?beta=true", QCC_REQUEST_KIND_MESSAGES, FALSE },
    { "POST", "/v1/messages?", QCC_REQUEST_KIND_MESSAGES, FALSE },
    { "POST", "/v1/messages/count_tokens", QCC_REQUEST_KIND_COUNT_TOKENS, TRUE },
    { "POST", "/v1/messages/count_tokens?beta=true", QCC_REQUEST_KIND_COUNT_TOKENS, TRUE },
    { "GET", "/v1/models", QCC_REQUEST_KIND_MODELS, FALSE },
    { "GET", "/v1/models?limit=1000", QCC_REQUEST_KIND_MODELS, FALSE },
    { "GET", "/v1/messages", QCC_REQUEST_KIND_OTHER, FALSE },
    { "post", "/v1/messages", QCC_REQUEST_KIND_OTHER, FALSE },
    { "GET", "/v1/messages/count_tokens", QCC_REQUEST_KIND_OTHER, FALSE },
    { "POST", "/v1/models", QCC_REQUEST_KIND_OTHER, FALSE },
    { "HEAD", "/v1/models", QCC_REQUEST_KIND_OTHER, FALSE },
    { "POST", "/v1/messages/", QCC_REQUEST_KIND_OTHER, FALSE },
    { "POST", "/v1/message", QCC_REQUEST_KIND_OTHER, FALSE },
    { "POST", "/v1/messages/batches", QCC_REQUEST_KIND_OTHER, FALSE },
    { "POST", "/claude/v1/messages", QCC_REQUEST_KIND_OTHER, FALSE },
    { "POST", "", QCC_REQUEST_KIND_OTHER, FALSE },
    { "POST", "?/v1/messages", QCC_REQUEST_KIND_OTHER, FALSE },
  };
  g_autoptr (SoupMessageHeaders) headers = headers_of (no_headers);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (QccRequestFacts) facts = qcc_request_facts_new (cases[i].method, cases[i].path, headers, NULL);

      g_test_message ("%s %s", cases[i].method, cases[i].path);
      g_assert_cmpint (facts->kind, ==, cases[i].kind);
      g_assert_true (facts->background == cases[i].background);
      g_assert_false (facts->body_valid);
      g_assert_null (facts->model);
      g_assert_null (facts->session);
    }
}

static void
test_body (void)
{
  static const struct
  {
    const char *body;
    gboolean valid;
    const char *model;
    const char *value; /* as it stands in the body */
    gboolean stream;
    gboolean long_cache;
  } cases[] = {
    { "{\"model\":\"m\",\"stream\":true}", TRUE, "m", "\"m\"", TRUE, FALSE },
    { " {\n\"stream\" : false , \"model\" : \"m\" } ", TRUE, "m", "\"m\"", FALSE, FALSE },
    { "{\"mod\\u0065l\":\"gl\\u006d-5\"}", TRUE, "glm-5", "\"gl\\u006d-5\"", FALSE, FALSE },
    { "{\"model\":\"a\",\"x\":1,\"model\":\"last\"}", TRUE, "last", "\"last\"", FALSE, FALSE },
    { "{\"model\":\"a\",\"model\":null}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"model\":[\"a\"]}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"model\":{\"model\":\"a\"}}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"model\":\"a\",\"model\":{\"x\":\"b\"}}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"model\":\"\"}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"model\":\"a\\nb\"}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"model\":\"a\\u0000b\"}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"model\":\"\xe4\xb8\xad\"}", TRUE, "\xe4\xb8\xad", "\"\xe4\xb8\xad\"", FALSE, FALSE },
    { "{\"tools\":[{\"model\":\"no\",\"stream\":true}],\"metadata\":{\"model\":\"no\",\"stream\":true}}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"messages\":[{\"content\":\"{\\\"model\\\":\\\"no\\\"}\"}]}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"stream\":true,\"stream\":false}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"stream\":\"true\"}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"stream\":1}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"stream\":[true]}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"system\":[{\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]}", TRUE, NULL, NULL, FALSE, TRUE },
    { "{\"tools\":[{\"name\":\"a\",\"cache_control\":{\"ttl\":\"1h\",\"type\":\"ephemeral\"}}]}", TRUE, NULL, NULL, FALSE, TRUE },
    { "{\"messages\":[{\"content\":[{\"type\":\"tool_result\",\"content\":[{\"cache_control\":{\"ttl\":\"1h\"}}]}]}]}",
      TRUE, NULL, NULL, FALSE, TRUE },
    { "{\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}", TRUE, NULL, NULL, FALSE, TRUE },
    { "{\"system\":[{\"cache_control\":{\"a\":{\"ttl\":\"1h\"},\"ttl\":\"1h\"}}]}", TRUE, NULL, NULL, FALSE, TRUE },
    { "{\"system\":[{\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"5m\"}}]}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"system\":[{\"cache_control\":{\"a\":{\"ttl\":\"1h\"}}}]}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"system\":[{\"cache_control\":{},\"ttl\":\"1h\"}]}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"system\":[{\"cache_control\":null,\"x\":{\"ttl\":\"1h\"}}]}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"system\":[{\"ttl\":\"1h\"}],\"ttl\":\"1h\"}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"cache_control\":{},\"ttl\":\"1h\"}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"system\":[{\"cache_control\":{},\"x\":{\"ttl\":\"1h\"}}]}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"system\":\"x\",\"other\":{\"cache_control\":{\"ttl\":\"1h\"}}}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"other\":{\"cache_control\":{\"ttl\":\"1h\"}}}", TRUE, NULL, NULL, FALSE, FALSE },
    { "{\"system\":\"cache_control\",\"x\":[\"ttl\",\"1h\"]}", TRUE, NULL, NULL, FALSE, FALSE },
    { "", FALSE, NULL, NULL, FALSE, FALSE },
    { "[{\"model\":\"m\",\"stream\":true}]", FALSE, NULL, NULL, FALSE, FALSE },
    { "\"model\"", FALSE, NULL, NULL, FALSE, FALSE },
    { "{\"model\":\"m\",\"stream\":true", FALSE, NULL, NULL, FALSE, FALSE },
    { "{\"model\":\"m\",\"stream\":true,\"cache_control\":{\"ttl\":\"1h\"}}}", FALSE, NULL, NULL, FALSE, FALSE },
    { "{\"model\":\"m\",\"system\":\"\xff\"}", FALSE, NULL, NULL, FALSE, FALSE },
    { "--boundary\r\nContent-Type: x\r\n\r\n", FALSE, NULL, NULL, FALSE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) body = NULL;
      g_autoptr (QccRequestFacts) facts = facts_of (cases[i].body, no_headers, &body);
      const char *data = g_bytes_get_data (body, NULL);
      g_autofree char *shown = g_strescape (cases[i].body, NULL);

      g_test_message ("%s", shown);
      g_assert_true (facts->body_valid == cases[i].valid);
      g_assert_cmpstr (facts->model, ==, cases[i].model);
      if (facts->model != NULL)
        g_assert_cmpmem (data + facts->model_offset, facts->model_length, cases[i].value, strlen (cases[i].value));
      else
        g_assert_cmpuint (facts->model_offset + facts->model_length, ==, 0);
      g_assert_true (facts->stream == cases[i].stream);
      g_assert_true (facts->long_cache == cases[i].long_cache);
    }
}

static void
test_model_limit (void)
{
  for (gsize length = QCC_REQUEST_MODEL_MAX - 1; length <= QCC_REQUEST_MODEL_MAX + 1; length++)
    for (guint escaped = 0; escaped < 2; escaped++)
      {
        g_autoptr (GString) body = g_string_new ("{\"model\":\"");
        g_autoptr (QccRequestFacts) facts = NULL;

        for (gsize i = 0; i < length; i++)
          g_string_append (body, escaped ? "\\u0078" : "x");
        g_string_append (body, "\"}");
        facts = facts_of (body->str, no_headers, NULL);
        g_assert_true (facts->body_valid);
        g_assert_true ((facts->model != NULL) == (length <= QCC_REQUEST_MODEL_MAX));
      }
}

#define USER_ID(text) "{\"metadata\":{\"user_id\":\"" text "\"}}"

static void
test_session (void)
{
  static const struct
  {
    const char *headers[9];
    const char *body;
    const char *session;
  } cases[] = {
    { { NULL }, "{}", NULL },
    { { "X-Claude-Code-Session-Id", UUID }, "{}", UUID },
    { { "X-Claude-Code-Session-Id", UUID }, "no JSON", UUID },
    { { "X-Claude-Code-Session-Id", UUID, "X-Session-Affinity", "a", "X-Conversation-Id", "c" },
      USER_ID ("{\\\"session_id\\\":\\\"" OTHER_UUID "\\\"}"),
      UUID },
    { { "X-Session-Affinity", "ses_a", "X-Conversation-Id", "c" }, "{}", "ses_a" },
    { { "X-Conversation-Id", "c" }, "{}", "c" },
    { { "X-Conversation-Id", "c" }, "no JSON", "c" },
    { { "X-Claude-Code-Session-Id", "", "X-Conversation-Id", "c" }, "{}", "c" },
    { { "X-Claude-Code-Session-Id", "a\xc3\xa9", "X-Conversation-Id", "c" }, "{}", "c" },
    { { "X-Session-Affinity", "a" }, USER_ID ("{\\\"session_id\\\":\\\"" UUID "\\\"}"), UUID },
    { { NULL }, USER_ID ("{\\\"device_id\\\":\\\"ab\\\",\\\"account_uuid\\\":\\\"\\\",\\\"session_id\\\":\\\"" UUID "\\\"}"), UUID },
    { { NULL }, USER_ID ("user_0123abcd_account__session_" UUID), UUID },
    { { NULL }, USER_ID ("user_0123abcd_account_" OTHER_UUID "_session_" UUID), UUID },
    { { NULL }, USER_ID ("user_0123abcd_account_x_session_y_session_" UUID), UUID },
    { { NULL }, USER_ID ("user_0123abcd_session_" UUID), NULL },
    { { NULL }, USER_ID ("0123abcd_account__session_" UUID), NULL },
    { { NULL }, USER_ID ("user_0123abcd_account__session_"), NULL },
    { { NULL }, USER_ID ("user_0123abcd_account__session_short"), NULL },
    { { NULL }, USER_ID ("user_0123abcd_account__session_" UUID "x"), NULL },
    { { NULL }, USER_ID ("somebody"), NULL },
    { { NULL }, USER_ID (""), NULL },
    { { NULL }, USER_ID ("{\\\"session_id\\\":7}"), NULL },
    { { NULL }, USER_ID ("{\\\"session_id\\\":\\\"\\\"}"), NULL },
    { { NULL }, USER_ID ("{\\\"session_id\\\":\\\"a\\\\nb\\\"}"), NULL },
    { { NULL }, USER_ID ("{\\\"session_id\\\":\\\"a\\\""), NULL },
    { { "X-Session-Affinity", "a" }, USER_ID ("{\\\"session_id\\\":7}"), "a" },
    { { NULL }, "{\"metadata\":{\"user_id\":7}}", NULL },
    { { NULL }, "{\"metadata\":[{\"user_id\":\"{\\\"session_id\\\":\\\"a\\\"}\"}]}", NULL },
    { { NULL }, "{\"metadata\":{\"x\":{\"user_id\":\"{\\\"session_id\\\":\\\"a\\\"}\"}}}", NULL },
    { { NULL }, "{\"user_id\":\"{\\\"session_id\\\":\\\"a\\\"}\"}", NULL },
    { { NULL }, "{\"metadata\":{\"user_id\":\"{\\\"session_id\\\":\\\"a\\\"}\"},\"metadata\":{}}", NULL },
    { { NULL }, "{\"metadata\":{\"user_id\":\"{\\\"session_id\\\":\\\"a\\\"}\"}", NULL },
    { { NULL }, "{\"metadata\":{\"user_id\":\"x\",\"user_id\":\"{\\\"session_id\\\":\\\"b\\\"}\"}}", "b" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (QccRequestFacts) facts = facts_of (cases[i].body, cases[i].headers, NULL);

      g_test_message ("%s", cases[i].body);
      g_assert_cmpstr (facts->session, ==, cases[i].session);
    }
}

static void
test_session_limit (void)
{
  for (gsize length = QCC_REQUEST_SESSION_MAX; length <= QCC_REQUEST_SESSION_MAX + 1; length++)
    {
      g_autofree char *session = g_strnfill (length, 's');
      const char *const headers[] = { "X-Claude-Code-Session-Id", session, "X-Conversation-Id", "c", NULL };
      g_autoptr (QccRequestFacts) facts = facts_of ("{}", headers, NULL);

      g_assert_cmpstr (facts->session, ==, length <= QCC_REQUEST_SESSION_MAX ? session : "c");
    }
}

/* A user_id of any size must not make work beyond the one pass. */
static void
test_huge_user_id (void)
{
  g_autofree char *filler = g_strnfill (5000, ' ');
  g_autofree char *body = g_strconcat ("{\"metadata\":{\"user_id\":\"", filler, "{\\\"session_id\\\":\\\"a\\\"}\"}}", NULL);
  g_autoptr (QccRequestFacts) facts = facts_of (body, no_headers, NULL);

  g_assert_true (facts->body_valid);
  g_assert_null (facts->session);
}

static void
test_headers (void)
{
  static const struct
  {
    const char *name;
    const char *value;
    guint timeout;
    gboolean background;
  } cases[] = {
    { "X-Stainless-Timeout", "600", 600, FALSE },
    { "X-Stainless-Timeout", "1", 1, FALSE },
    { "X-Stainless-Timeout", "86400", 86400, FALSE },
    { "X-Stainless-Timeout", "86401", 0, FALSE },
    { "X-Stainless-Timeout", "0", 0, FALSE },
    { "X-Stainless-Timeout", "-1", 0, FALSE },
    { "X-Stainless-Timeout", "+5", 0, FALSE },
    { "X-Stainless-Timeout", "1.5", 0, FALSE },
    { "X-Stainless-Timeout", "60s", 0, FALSE },
    { "X-Stainless-Timeout", "", 0, FALSE },
    { "X-Stainless-Timeout", "99999999999999999999", 0, FALSE },
    { "X-Qcc-Priority", "background", 0, TRUE },
    { "X-Qcc-Priority", "Background", 0, TRUE },
    { "X-Qcc-Priority", "interactive", 0, FALSE },
    { "X-Qcc-Priority", "", 0, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const headers[] = { cases[i].name, cases[i].value, NULL };
      g_autoptr (QccRequestFacts) facts = facts_of ("no JSON", headers, NULL);

      g_test_message ("%s: %s", cases[i].name, cases[i].value);
      g_assert_cmpuint (facts->stainless_timeout, ==, cases[i].timeout);
      g_assert_true (facts->background == cases[i].background);
    }
}

static void
test_map_model (void)
{
  static const struct
  {
    const char *body;
    const char *new_model;
    const char *result;
  } cases[] = {
    { "{\"model\":\"a\"}", "glm-5", "{\"model\":\"glm-5\"}" },
    { " {\"x\" : 1.50,\n\"mod\\u0065l\":\"\\u0061\" ,\"y\":\"\\u00e9\"}\n", "b", " {\"x\" : 1.50,\n\"mod\\u0065l\":\"b\" ,\"y\":\"\\u00e9\"}\n" },
    { "{\"model\":\"a\",\"model\":\"a\"}", "b", "{\"model\":\"a\",\"model\":\"b\"}" },
    { "{\"model\":\"a\"}", "q\"\\\n\xe4\xb8\xad", "{\"model\":\"q\\\"\\\\\\n\xe4\xb8\xad\"}" },
    { "{\"model\":\"a\"}", "", "{\"model\":\"\"}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) body = NULL;
      g_autoptr (QccRequestFacts) facts = facts_of (cases[i].body, no_headers, &body);
      g_autoptr (GInputStream) stream = NULL;
      g_autoptr (GError) error = NULL;
      char result[256];
      gsize length = 0;
      gsize given = 0;

      stream = qcc_request_facts_map_model (facts, body, cases[i].new_model, &length);
      g_assert_true (g_input_stream_read_all (stream, result, sizeof result, &given, NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (given, ==, length);
      g_assert_cmpmem (result, given, cases[i].result, strlen (cases[i].result));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/request-facts/kind", test_kind);
  g_test_add_func ("/request-facts/body", test_body);
  g_test_add_func ("/request-facts/model-limit", test_model_limit);
  g_test_add_func ("/request-facts/session", test_session);
  g_test_add_func ("/request-facts/session-limit", test_session_limit);
  g_test_add_func ("/request-facts/huge-user-id", test_huge_user_id);
  g_test_add_func ("/request-facts/headers", test_headers);
  g_test_add_func ("/request-facts/map-model", test_map_model);

  return g_test_run ();
}
