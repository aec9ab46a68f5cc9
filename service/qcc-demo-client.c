/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-demo-client.h"

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

/* A client as small as can be: holds a conversation over POST /v1/messages and prints what comes,
 * as it comes. */
struct _QccDemoClient
{
  SoupSession *session; /* (owned) */
  char *url;            /* (owned) */
  JsonArray *messages;  /* (owned): the conversation so far */
};

QccDemoClient *
qcc_demo_client_new (const char *url)
{
  QccDemoClient *self = g_new0 (QccDemoClient, 1);

  self->session = soup_session_new ();
  soup_session_set_proxy_resolver (self->session, NULL);
  self->url = g_strconcat (url, "/v1/messages?beta=true", NULL);
  self->messages = json_array_new ();

  return self;
}

void
qcc_demo_client_free (QccDemoClient *self)
{
  g_clear_object (&self->session);
  g_clear_pointer (&self->messages, json_array_unref);
  g_free (self->url);
  g_free (self);
}

static void
add_message (QccDemoClient *self,
             const char *role,
             const char *text)
{
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "role", role);
  json_object_set_string_member (message, "content", text);
  json_array_add_object_element (self->messages, message);
}

static SoupMessage *
create_request (QccDemoClient *self)
{
  SoupMessage *message = soup_message_new ("POST", self->url);
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;

  json_node_take_object (root, json_object_new ());
  json_object_set_string_member (json_node_get_object (root), "model", "claude-demo");
  json_object_set_int_member (json_node_get_object (root), "max_tokens", 512);
  json_object_set_boolean_member (json_node_get_object (root), "stream", TRUE);
  json_object_set_array_member (json_node_get_object (root), "messages", json_array_ref (self->messages));
  text = json_to_string (root, FALSE);

  bytes = g_bytes_new (text, strlen (text));
  soup_message_set_request_body_from_bytes (message, "application/json", bytes);

  return message;
}

/* Prints the text of one event, if it has any. Returns whether it was the last one. */
static gboolean
print_event (const char *data,
             GString *answer)
{
  g_autoptr (JsonNode) root = json_from_string (data, NULL);
  JsonObject *event = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  const char *type = event != NULL ? json_object_get_string_member_with_default (event, "type", "") : "";

  if (g_str_equal (type, "content_block_delta"))
    {
      JsonObject *delta = json_object_get_object_member (event, "delta");
      const char *text = json_object_get_string_member_with_default (delta, "text", "");

      g_string_append (answer, text);
      g_print ("%s", text);
    }

  return g_str_equal (type, "message_stop");
}

static gboolean
print_answer (GInputStream *body,
              GString *answer,
              GError **error)
{
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (body);
  gboolean complete = FALSE;
  char *read;

  while ((read = g_data_input_stream_read_line_utf8 (lines, NULL, NULL, error)) != NULL)
    {
      g_autofree char *line = read;

      if (g_str_has_prefix (line, "data: ") && print_event (line + strlen ("data: "), answer))
        complete = TRUE;
    }
  g_print ("\n");

  if (!complete && (error == NULL || *error == NULL))
    g_set_error_literal (error, QCC_ERROR, QCC_ERROR_FAILED, _ ("the answer was not complete"));

  return complete;
}

/**
 * qcc_demo_client_say:
 * @self: a client
 * @text: what the user says next
 * @expected_endpoint: which endpoint must answer
 * @error: return location for an error
 *
 * Sends the conversation and prints the answer while it streams in. Blocks.
 *
 * Returns: whether a complete answer came from @expected_endpoint
 */
gboolean
qcc_demo_client_say (QccDemoClient *self,
                     const char *text,
                     const char *expected_endpoint,
                     GError **error)
{
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GInputStream) body = NULL;
  g_autoptr (GString) answer = g_string_new (NULL);
  const char *endpoint;

  add_message (self, "user", text);
  message = create_request (self);
  body = soup_session_send (self->session, message, NULL, error);
  if (body == NULL)
    return FALSE;

  endpoint = soup_message_headers_get_one (soup_message_get_response_headers (message), "x-qcc-endpoint");
  if (soup_message_get_status (message) != SOUP_STATUS_OK || g_strcmp0 (endpoint, expected_endpoint) != 0)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_FAILED, _ ("status %u from “%s” instead of an answer from “%s”"),
                   soup_message_get_status (message), endpoint != NULL ? endpoint : "", expected_endpoint);
      return FALSE;
    }

  g_print (_ ("Answer, streamed from “%s”:\n"), endpoint);
  if (!print_answer (body, answer, error))
    return FALSE;

  add_message (self, "assistant", answer->str);
  return TRUE;
}
