/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-check-judge.h"

#include <string.h>

#include <json-glib/json-glib.h>

#include "service/qcc-json-iter.h"

/* Spec 7.1. */
#define CHAT_MAX_TOKENS 512

static void
add_user_message (JsonBuilder *builder,
                  const char *model,
                  const char *text)
{
  json_builder_set_member_name (builder, "model");
  json_builder_add_string_value (builder, model);
  json_builder_set_member_name (builder, "messages");
  json_builder_begin_array (builder);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "role");
  json_builder_add_string_value (builder, "user");
  json_builder_set_member_name (builder, "content");
  json_builder_add_string_value (builder, text);
  json_builder_end_object (builder);
  json_builder_end_array (builder);
}

static char *
end_to_text (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = NULL;

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);

  return json_to_string (root, FALSE);
}

/**
 * qcc_check_make_count_tokens:
 * @model: name of a model
 *
 * Returns: (transfer full): the smallest question for a number of tokens
 */
char *
qcc_check_make_count_tokens (const char *model)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_user_message (builder, model, "hi");

  return end_to_text (builder);
}

/**
 * qcc_check_make_chat:
 * @model: name of a model
 * @code: what the answer must repeat
 * @thinking_off: whether to say that it shall not think, which not every model takes
 *
 * Returns: (transfer full): a message
 */
char *
qcc_check_make_chat (const char *model,
                     const char *code,
                     gboolean thinking_off)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *text = g_strdup_printf ("Reply with exactly this code and nothing else: %s", code);

  json_builder_begin_object (builder);
  add_user_message (builder, model, text);
  json_builder_set_member_name (builder, "max_tokens");
  json_builder_add_int_value (builder, CHAT_MAX_TOKENS);
  if (thinking_off)
    {
      json_builder_set_member_name (builder, "thinking");
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "type");
      json_builder_add_string_value (builder, "disabled");
      json_builder_end_object (builder);
    }

  return end_to_text (builder);
}

static const char *
get_text (const QccCheckReply *reply)
{
  return (const char *) reply->body->data;
}

/**
 * qcc_check_judge_document:
 * @reply: a reply with status 200
 *
 * Returns: why it is not a JSON object or array, %QCC_TRANSPORT_FAILURE_NONE when it is one
 */
QccTransportFailure
qcc_check_judge_document (const QccCheckReply *reply)
{
  const char *text = get_text (reply);
  gsize i = 0;

  while (i < reply->body->len && g_ascii_isspace (text[i]))
    i++;

  if (i == reply->body->len)
    return QCC_TRANSPORT_FAILURE_EMPTY;
  if (text[i] == '<')
    return QCC_TRANSPORT_FAILURE_HTML;
  if ((text[i] != '{' && text[i] != '[') || !reply->whole || !qcc_json_validate (text, reply->body->len))
    return QCC_TRANSPORT_FAILURE_BAD_JSON;

  return QCC_TRANSPORT_FAILURE_NONE;
}

/**
 * qcc_check_has_token_count:
 * @reply: a reply that is a document
 *
 * Returns: whether it says how many tokens there are
 */
gboolean
qcc_check_has_token_count (const QccCheckReply *reply)
{
  const char *const path[] = { "input_tokens", NULL };
  QccJsonSpan value;
  gint64 count;

  return qcc_json_find (get_text (reply), reply->body->len, path, &value) &&
         qcc_json_span_get_int64 (&value, &count);
}

/**
 * qcc_check_is_message:
 * @reply: a reply that is a document
 *
 * Returns: whether it is the answer to a message
 */
gboolean
qcc_check_is_message (const QccCheckReply *reply)
{
  const char *const path[] = { "type", NULL };
  QccJsonSpan value;

  return qcc_json_find (get_text (reply), reply->body->len, path, &value) &&
         qcc_json_span_equals (&value, "message");
}

static gboolean
block_says (const QccJsonSpan *block,
            const char *code)
{
  const char *const path[] = { "text", NULL };
  QccJsonSpan value;
  g_autofree char *text = NULL;

  return *block->start == '{' && qcc_json_find (block->start, block->length, path, &value) &&
         qcc_json_span_is_string (&value) && qcc_json_span_get_string (&value, &text) &&
         strstr (text, code) != NULL;
}

/**
 * qcc_check_message_says:
 * @reply: the answer to a message
 * @code: what it was asked to repeat
 *
 * Returns: whether one of its blocks of text has @code; thoughts do not count
 */
gboolean
qcc_check_message_says (const QccCheckReply *reply,
                        const char *code)
{
  const char *const path[] = { "content", NULL };
  QccJsonSpan content;
  QccJsonSpan name;
  QccJsonSpan block;
  QccJsonIter iter;

  if (!qcc_json_find (get_text (reply), reply->body->len, path, &content) || *content.start != '[')
    return FALSE;

  qcc_json_iter_init (&iter, content.start, content.length);
  while (qcc_json_iter_next (&iter, &name, &block))
    if (block_says (&block, code))
      return TRUE;

  return FALSE;
}
