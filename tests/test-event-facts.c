/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "service/qcc-event-facts.h"

static QccSseEvent
event_of (const char *name,
          const char *data)
{
  return (QccSseEvent){
    .name = name,
    .name_length = strlen (name),
    .data = data,
    .data_length = strlen (data),
  };
}

static void
test_kind (void)
{
  static const struct
  {
    const char *name;
    const char *data;
    QccEventKind kind;
  } cases[] = {
    { "message_start", "", QCC_EVENT_KIND_MESSAGE_START },
    { "content_block_start", "", QCC_EVENT_KIND_CONTENT_BLOCK_START },
    { "content_block_delta", "", QCC_EVENT_KIND_CONTENT_BLOCK_DELTA },
    { "content_block_stop", "", QCC_EVENT_KIND_CONTENT_BLOCK_STOP },
    { "message_delta", "", QCC_EVENT_KIND_MESSAGE_DELTA },
    { "message_stop", "", QCC_EVENT_KIND_MESSAGE_STOP },
    { "ping", "", QCC_EVENT_KIND_PING },
    { "error", "", QCC_EVENT_KIND_ERROR },
    { "ping", "{\"type\":\"error\"}", QCC_EVENT_KIND_PING },
    { "new_event", "{\"type\":\"ping\"}", QCC_EVENT_KIND_UNKNOWN },
    { "pin", "", QCC_EVENT_KIND_UNKNOWN },
    { "pings", "", QCC_EVENT_KIND_UNKNOWN },
    { "Ping", "", QCC_EVENT_KIND_UNKNOWN },
    { "", "{\"type\":\"ping\"}", QCC_EVENT_KIND_PING },
    { "", "{\"index\":0,\"type\":\"content_block_stop\"}", QCC_EVENT_KIND_CONTENT_BLOCK_STOP },
    { "", "{\"type\":\"message_\\u0073top\"}", QCC_EVENT_KIND_MESSAGE_STOP },
    { "", "{\"type\":\"new_event\"}", QCC_EVENT_KIND_UNKNOWN },
    { "", "{\"type\":1}", QCC_EVENT_KIND_UNKNOWN },
    { "", "{\"type\":\"ping\"", QCC_EVENT_KIND_UNKNOWN },
    { "", "[DONE]", QCC_EVENT_KIND_UNKNOWN },
    { "", "", QCC_EVENT_KIND_UNKNOWN },
  };
  QccSseEvent comment = event_of ("", "");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      QccSseEvent event = event_of (cases[i].name, cases[i].data);
      QccEventFacts facts;

      g_test_message ("%s %s", cases[i].name, cases[i].data);
      qcc_event_facts_read (&facts, &event);
      g_assert_cmpint (qcc_event_get_kind (&event), ==, cases[i].kind);
      g_assert_cmpint (facts.kind, ==, cases[i].kind);
      g_assert_cmpint (facts.index, ==, -1);
      g_assert_false (facts.any_tool_use || facts.tool_use || facts.stop_reason);
      g_assert_cmpuint (facts.error_type.length + facts.error_message.length, ==, 0);
    }

  comment.comment_only = TRUE;
  g_assert_cmpint (qcc_event_get_kind (&comment), ==, QCC_EVENT_KIND_COMMENT);
}

static void
test_block_start (void)
{
  static const struct
  {
    const char *data;
    gint64 index;
    gboolean any_tool_use;
    gboolean tool_use;
  } cases[] = {
    { "{\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}", 0, FALSE, FALSE },
    { "{\"index\":3,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"input\":{}}}", 3, TRUE, TRUE },
    { "{\"content_block\":{\"input\":{\"type\":\"text\"},\"type\":\"tool_\\u0075se\"},\"index\":12}", 12, TRUE, TRUE },
    { "{\"index\":1,\"content_block\":{\"type\":\"server_tool_use\"}}", 1, TRUE, FALSE },
    { "{\"index\":1,\"content_block\":{\"type\":\"mcp_tool_use\"}}", 1, TRUE, FALSE },
    { "{\"index\":1,\"content_block\":{\"type\":\"tool_use_result\"}}", 1, FALSE, FALSE },
    { "{\"index\":1,\"content_block\":{\"type\":7}}", 1, FALSE, FALSE },
    { "{\"index\":1.5,\"content_block\":\"tool_use\"}", -1, FALSE, FALSE },
    { "{\"index\":\"1\",\"type\":\"tool_use\"}", -1, FALSE, FALSE },
    { "{\"index\":1,\"content_block\":{\"type\":\"tool_use\"}", -1, FALSE, FALSE },
    { "", -1, FALSE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      QccSseEvent event = event_of ("content_block_start", cases[i].data);
      QccEventFacts facts;

      g_test_message ("%s", cases[i].data);
      qcc_event_facts_read (&facts, &event);
      g_assert_cmpint (facts.index, ==, cases[i].index);
      g_assert_true (facts.any_tool_use == cases[i].any_tool_use);
      g_assert_true (facts.tool_use == cases[i].tool_use);
    }
}

static void
test_stop_reason (void)
{
  static const struct
  {
    const char *data;
    gboolean stop_reason;
  } cases[] = {
    { "{\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{}}", TRUE },
    { "{\"delta\":{\"stop_reason\":null}}", FALSE },
    { "{\"delta\":{\"stop_reason\":\"end_turn\",\"stop_reason\":null}}", FALSE },
    { "{\"delta\":{}}", FALSE },
    { "{\"stop_reason\":\"end_turn\"}", FALSE },
    { "{\"delta\":null}", FALSE },
    { "{\"delta\":{\"stop_reason\":\"end_turn\"}", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      QccSseEvent event = event_of ("message_delta", cases[i].data);
      QccEventFacts facts;

      g_test_message ("%s", cases[i].data);
      qcc_event_facts_read (&facts, &event);
      g_assert_true (facts.stop_reason == cases[i].stop_reason);
    }
}

static void
test_error (void)
{
  static const struct
  {
    const char *data;
    const char *type;
    const char *message;
  } cases[] = {
    { "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Over\\nloaded\"}}",
      "overloaded_error", "Over\nloaded" },
    { "{\"error\":{\"type\":\"api_error\"}}", "api_error", NULL },
    { "{\"error\":{\"message\":\"m\",\"type\":null}}", NULL, "m" },
    { "{\"error\":\"text\"}", NULL, NULL },
    { "{\"type\":\"error\"}", NULL, NULL },
    { "oops", NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      QccSseEvent event = event_of ("error", cases[i].data);
      g_autofree char *type = NULL;
      g_autofree char *message = NULL;
      QccEventFacts facts;

      qcc_event_facts_read (&facts, &event);
      qcc_json_span_get_string (&facts.error_type, &type);
      qcc_json_span_get_string (&facts.error_message, &message);
      g_assert_cmpstr (type, ==, cases[i].type);
      g_assert_cmpstr (message, ==, cases[i].message);
    }
}

static void
test_valid (void)
{
  static const struct
  {
    const char *data;
    gboolean comment_only;
    gboolean oversized;
    gboolean valid;
  } cases[] = {
    { "{\"type\":\"ping\"}", FALSE, FALSE, TRUE },
    { "{\"type\":\"ping\"", FALSE, FALSE, FALSE },
    { "<html>", FALSE, FALSE, FALSE },
    { "", FALSE, FALSE, FALSE },
    { "", TRUE, FALSE, TRUE },
    { "", FALSE, TRUE, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      QccSseEvent event = event_of ("ping", cases[i].data);

      event.comment_only = cases[i].comment_only;
      event.oversized = cases[i].oversized;
      g_assert_true (qcc_event_is_valid (&event) == cases[i].valid);
    }
}

/* Each letter is an event: M message_start, b a block that begins, t one of type tool_use, s one of type
 * server_tool_use, d a delta, e the end of a block, n a message_delta without stop_reason, r one with it,
 * S message_stop, p ping, c a comment, u an unknown event, x an error. */
static QccEventFacts
facts_of (char letter)
{
  static const struct
  {
    char letter;
    QccEventFacts facts;
  } known[] = {
    { 'M', { .kind = QCC_EVENT_KIND_MESSAGE_START } },
    { 'b', { .kind = QCC_EVENT_KIND_CONTENT_BLOCK_START } },
    { 't', { .kind = QCC_EVENT_KIND_CONTENT_BLOCK_START, .any_tool_use = TRUE, .tool_use = TRUE } },
    { 's', { .kind = QCC_EVENT_KIND_CONTENT_BLOCK_START, .any_tool_use = TRUE } },
    { 'd', { .kind = QCC_EVENT_KIND_CONTENT_BLOCK_DELTA } },
    { 'e', { .kind = QCC_EVENT_KIND_CONTENT_BLOCK_STOP } },
    { 'n', { .kind = QCC_EVENT_KIND_MESSAGE_DELTA } },
    { 'r', { .kind = QCC_EVENT_KIND_MESSAGE_DELTA, .stop_reason = TRUE } },
    { 'S', { .kind = QCC_EVENT_KIND_MESSAGE_STOP } },
    { 'p', { .kind = QCC_EVENT_KIND_PING } },
    { 'c', { .kind = QCC_EVENT_KIND_COMMENT } },
    { 'u', { .kind = QCC_EVENT_KIND_UNKNOWN } },
    { 'x', { .kind = QCC_EVENT_KIND_ERROR } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i].letter == letter)
      return known[i].facts;

  g_assert_not_reached ();
}

static void
test_stream_state (void)
{
  static const struct
  {
    const char *events;
    QccStreamState state;
  } cases[] = {
    { "", { 0 } },
    { "pcux", { 0 } },
    { "M", { .message_start_seen = TRUE } },
    { "Mb", { .message_start_seen = TRUE, .any_content = TRUE, .open_block = QCC_STREAM_BLOCK_OTHER } },
    { "d", { .any_content = TRUE } },
    { "e", { .any_content = TRUE } },
    { "bpdce", { .any_content = TRUE } },
    { "t", { .any_content = TRUE, .open_block = QCC_STREAM_BLOCK_TOOL_USE } },
    { "tdp", { .any_content = TRUE, .open_block = QCC_STREAM_BLOCK_TOOL_USE } },
    { "tde", { .any_content = TRUE, .completed_tool_uses = 1 } },
    { "tee", { .any_content = TRUE, .completed_tool_uses = 1 } },
    { "tebete", { .any_content = TRUE, .completed_tool_uses = 2 } },
    { "se", { .any_content = TRUE } },
    { "s", { .any_content = TRUE, .open_block = QCC_STREAM_BLOCK_OTHER } },
    { "tb", { .any_content = TRUE, .completed_tool_uses = 1, .open_block = QCC_STREAM_BLOCK_OTHER } },
    { "bt", { .any_content = TRUE, .open_block = QCC_STREAM_BLOCK_TOOL_USE } },
    { "n", { 0 } },
    { "r", { .stop_reason_seen = TRUE } },
    { "rn", { .stop_reason_seen = TRUE } },
    { "S", { .message_stop_seen = TRUE } },
    { "MtdebderS",
      { .message_start_seen = TRUE,
        .any_content = TRUE,
        .completed_tool_uses = 1,
        .stop_reason_seen = TRUE,
        .message_stop_seen = TRUE } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const QccStreamState *expected = &cases[i].state;
      QccStreamState state = { 0 };

      g_test_message ("%s", cases[i].events);
      for (const char *p = cases[i].events; *p != '\0'; p++)
        {
          QccEventFacts facts = facts_of (*p);

          qcc_stream_state_apply (&state, &facts);
        }
      g_assert_cmpint (state.message_start_seen, ==, expected->message_start_seen);
      g_assert_cmpint (state.open_block, ==, expected->open_block);
      g_assert_cmpuint (state.completed_tool_uses, ==, expected->completed_tool_uses);
      g_assert_cmpint (state.stop_reason_seen, ==, expected->stop_reason_seen);
      g_assert_cmpint (state.message_stop_seen, ==, expected->message_stop_seen);
      g_assert_cmpint (state.any_content, ==, expected->any_content);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/event-facts/kind", test_kind);
  g_test_add_func ("/event-facts/block-start", test_block_start);
  g_test_add_func ("/event-facts/stop-reason", test_stop_reason);
  g_test_add_func ("/event-facts/error", test_error);
  g_test_add_func ("/event-facts/valid", test_valid);
  g_test_add_func ("/event-facts/stream-state", test_stream_state);

  return g_test_run ();
}
