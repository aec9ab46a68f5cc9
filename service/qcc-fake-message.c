/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-message.h"

#include <json-glib/json-glib.h>

/* What is said when the request names no model; a name that no price table knows. */
#define MODEL_DEFAULT "fake-model"

/* Roughly what a token is in English text. */
#define BYTES_PER_TOKEN 4

#define USAGE_FORMAT "{\"input_tokens\":%" G_GUINT64_FORMAT ",\"cache_creation_input_tokens\":0," \
                     "\"cache_read_input_tokens\":%" G_GUINT64_FORMAT ",\"output_tokens\":%" G_GUINT64_FORMAT "}"

/* Returns: (transfer full): @text as a JSON string, with its quotes */
static char *
quote (const char *text)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);

  json_node_set_string (node, text);
  return json_to_string (node, FALSE);
}

/**
 * qcc_fake_message_make_id:
 * @prefix: what comes before the underscore
 *
 * Returns: (transfer full): a new identifier in Anthropic's form
 */
char *
qcc_fake_message_make_id (const char *prefix)
{
  g_autofree char *uuid = g_uuid_string_random ();
  g_auto (GStrv) parts = g_strsplit (uuid, "-", -1);
  g_autofree char *digits = g_strjoinv ("", parts);

  return g_strdup_printf ("%s_01%.22s", prefix, digits);
}

/**
 * qcc_fake_message_count_tokens:
 * @request: a request
 *
 * Returns: about as many tokens as its body has, at least 1
 */
guint64
qcc_fake_message_count_tokens (const QccFakeRequest *request)
{
  g_return_val_if_fail (request != NULL, 1);

  return MAX (request->body_length / BYTES_PER_TOKEN, 1);
}

static char *
dup_model (const QccFakeRequest *request)
{
  g_autofree char *member = qcc_fake_request_dup_member (request, "model");
  g_autoptr (JsonNode) node = member != NULL ? json_from_string (member, NULL) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_string (node) == NULL)
    return g_strdup (MODEL_DEFAULT);

  return json_node_dup_string (node);
}

/**
 * qcc_fake_message_init:
 * @self: (out caller-allocates): a message
 * @request: what it answers
 */
void
qcc_fake_message_init (QccFakeMessage *self,
                       const QccFakeRequest *request)
{
  guint64 tokens;

  g_return_if_fail (self != NULL);
  g_return_if_fail (request != NULL);

  tokens = qcc_fake_message_count_tokens (request);
  *self = (QccFakeMessage){
    .id = qcc_fake_message_make_id ("msg"),
    .model = dup_model (request),
    /* A conversation that goes on finds most of itself in the cache. */
    .input_tokens = tokens - tokens * 3 / 4,
    .cache_tokens = tokens * 3 / 4,
  };
}

/**
 * qcc_fake_message_clear:
 * @self: a message; to be initialised before it is used again
 */
void
qcc_fake_message_clear (QccFakeMessage *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->model, g_free);
}

static char *
build_usage (const QccFakeMessage *self)
{
  return g_strdup_printf (USAGE_FORMAT, self->input_tokens, self->cache_tokens, MAX (self->output_bytes / BYTES_PER_TOKEN, 1));
}

/* Returns: (transfer full): the message object with @content and @stop_reason, which are JSON */
static char *
build_message (const QccFakeMessage *self,
               const char *content,
               const char *stop_reason)
{
  g_autofree char *model = quote (self->model);
  g_autofree char *usage = build_usage (self);

  return g_strdup_printf ("{\"id\":\"%s\",\"type\":\"message\",\"role\":\"assistant\",\"model\":%s,\"content\":%s,"
                          "\"stop_reason\":%s,\"stop_sequence\":null,\"usage\":%s}",
                          self->id, model, content, stop_reason, usage);
}

/**
 * qcc_fake_message_start:
 * @self: a message
 * @model: (nullable): the model to name instead of the request's
 *
 * Begins a message, also after one that was stopped.
 *
 * Returns: (transfer full): data of `message_start`
 */
char *
qcc_fake_message_start (QccFakeMessage *self,
                        const char *model)
{
  g_autofree char *message = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  self->index = 0;
  self->output_bytes = 0;
  if (model != NULL)
    {
      g_free (self->model);
      self->model = g_strdup (model);
    }

  message = build_message (self, "[]", "null");
  return g_strdup_printf ("{\"type\":\"message_start\",\"message\":%s}", message);
}

static char *
build_block (QccFakeBlock block,
             const char *tool)
{
  switch (block)
    {
    case QCC_FAKE_BLOCK_TEXT:
      return g_strdup ("{\"type\":\"text\",\"text\":\"\"}");
    case QCC_FAKE_BLOCK_THINKING:
      return g_strdup ("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}");
    case QCC_FAKE_BLOCK_TOOL_USE:
      {
        g_autofree char *id = qcc_fake_message_make_id ("toolu");
        g_autofree char *name = quote (tool);

        return g_strdup_printf ("{\"type\":\"tool_use\",\"id\":\"%s\",\"name\":%s,\"input\":{}}", id, name);
      }
    }

  g_return_val_if_reached (NULL);
}

/**
 * qcc_fake_message_start_block:
 * @self: a message
 * @block: what to begin
 * @tool: (nullable): the tool of %QCC_FAKE_BLOCK_TOOL_USE
 *
 * Returns: (transfer full): data of `content_block_start`
 */
char *
qcc_fake_message_start_block (QccFakeMessage *self,
                              QccFakeBlock block,
                              const char *tool)
{
  g_autofree char *content = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (block != QCC_FAKE_BLOCK_TOOL_USE || tool != NULL, NULL);

  self->block = block;
  content = build_block (block, tool);
  return g_strdup_printf ("{\"type\":\"content_block_start\",\"index\":%u,\"content_block\":%s}", self->index, content);
}

/* Returns: (transfer full): data of `content_block_delta` with one member besides its type */
static char *
build_delta (const QccFakeMessage *self,
             const char *type,
             const char *member,
             const char *text)
{
  g_autofree char *quoted = quote (text);

  return g_strdup_printf ("{\"type\":\"content_block_delta\",\"index\":%u,\"delta\":{\"type\":\"%s\",\"%s\":%s}}",
                          self->index, type, member, quoted);
}

/**
 * qcc_fake_message_add_delta:
 * @self: a message with a block begun
 * @text: a piece of its text, its thought or its tool's input
 *
 * Returns: (transfer full): data of `content_block_delta`
 */
char *
qcc_fake_message_add_delta (QccFakeMessage *self,
                            const char *text)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (text != NULL, NULL);

  self->output_bytes += strlen (text);
  switch (self->block)
    {
    case QCC_FAKE_BLOCK_TEXT:
      return build_delta (self, "text_delta", "text", text);
    case QCC_FAKE_BLOCK_THINKING:
      return build_delta (self, "thinking_delta", "thinking", text);
    case QCC_FAKE_BLOCK_TOOL_USE:
      return build_delta (self, "input_json_delta", "partial_json", text);
    }

  g_return_val_if_reached (NULL);
}

/**
 * qcc_fake_message_sign_block:
 * @self: a message with a thinking block begun
 *
 * Returns: (transfer full): data of the `content_block_delta` that carries its signature
 */
char *
qcc_fake_message_sign_block (QccFakeMessage *self)
{
  g_autofree char *signature = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  signature = g_base64_encode ((const guint8 *) self->id, strlen (self->id));
  return build_delta (self, "signature_delta", "signature", signature);
}

/**
 * qcc_fake_message_stop_block:
 * @self: a message with a block begun
 *
 * Returns: (transfer full): data of `content_block_stop`
 */
char *
qcc_fake_message_stop_block (QccFakeMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_strdup_printf ("{\"type\":\"content_block_stop\",\"index\":%u}", self->index++);
}

/**
 * qcc_fake_message_stop:
 * @self: a message
 * @stop_reason: why it stops
 *
 * Returns: (transfer full): data of `message_delta`
 */
char *
qcc_fake_message_stop (QccFakeMessage *self,
                       const char *stop_reason)
{
  g_autofree char *reason = NULL;
  g_autofree char *usage = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (stop_reason != NULL, NULL);

  reason = quote (stop_reason);
  usage = build_usage (self);
  return g_strdup_printf ("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":%s,\"stop_sequence\":null},\"usage\":%s}",
                          reason, usage);
}

/**
 * qcc_fake_message_to_unary:
 * @self: a message
 * @text: its text
 *
 * Returns: (transfer full): the whole message, as it is answered without streaming
 */
char *
qcc_fake_message_to_unary (QccFakeMessage *self,
                           const char *text)
{
  g_autofree char *quoted = NULL;
  g_autofree char *content = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (text != NULL, NULL);

  self->output_bytes += strlen (text);
  quoted = quote (text);
  content = g_strdup_printf ("[{\"type\":\"text\",\"text\":%s}]", quoted);
  return build_message (self, content, "\"end_turn\"");
}

/**
 * qcc_fake_message_build_error:
 * @type: type of the error
 * @message: its text
 * @request_id: (nullable): the request's identifier, left out in events
 *
 * Returns: (transfer full): an error as the body of an answer or the data of an event
 */
char *
qcc_fake_message_build_error (const char *type,
                              const char *message,
                              const char *request_id)
{
  g_autofree char *quoted_type = NULL;
  g_autofree char *quoted_message = NULL;
  g_autofree char *id = NULL;

  g_return_val_if_fail (type != NULL, NULL);
  g_return_val_if_fail (message != NULL, NULL);

  quoted_type = quote (type);
  quoted_message = quote (message);
  id = request_id != NULL ? g_strdup_printf (",\"request_id\":\"%s\"", request_id) : g_strdup ("");
  return g_strdup_printf ("{\"type\":\"error\",\"error\":{\"type\":%s,\"message\":%s}%s}", quoted_type, quoted_message, id);
}

/**
 * qcc_fake_message_split:
 * @text: some text
 * @n: how many pieces to make
 *
 * Returns: (transfer full): @n pieces of about the same length that do not break a character; fewer when @text
 *   has fewer characters, but at least one
 */
GStrv
qcc_fake_message_split (const char *text,
                        guint n)
{
  g_autoptr (GStrvBuilder) pieces = NULL;
  gint64 length;
  gint64 count;

  g_return_val_if_fail (text != NULL, NULL);

  pieces = g_strv_builder_new ();
  length = g_utf8_strlen (text, -1);
  count = CLAMP ((gint64) n, 1, MAX (length, 1));
  for (gint64 i = 0; i < count; i++)
    {
      g_autofree char *piece = g_utf8_substring (text, length * i / count, length * (i + 1) / count);

      g_strv_builder_add (pieces, piece);
    }

  return g_strv_builder_end (pieces);
}
