/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-error-body.h"

#include <json-glib/json-glib.h>

/**
 * qcc_error_body_new:
 * @type: Anthropic's error type, such as `api_error`
 * @message: the text for the user; bytes that are not UTF-8 are replaced
 *
 * Makes the body of an error answer in Anthropic's shape.
 *
 * Returns: (transfer full): one JSON object
 */
char *
qcc_error_body_new (const char *type,
                    const char *message)
{
  g_autoptr (JsonBuilder) builder = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *valid_type = NULL;
  g_autofree char *valid_message = NULL;

  g_return_val_if_fail (type != NULL, NULL);
  g_return_val_if_fail (message != NULL, NULL);

  valid_type = g_utf8_make_valid (type, -1);
  valid_message = g_utf8_make_valid (message, -1);

  builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "type");
  json_builder_add_string_value (builder, "error");
  json_builder_set_member_name (builder, "error");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "type");
  json_builder_add_string_value (builder, valid_type);
  json_builder_set_member_name (builder, "message");
  json_builder_add_string_value (builder, valid_message);
  json_builder_end_object (builder);
  json_builder_end_object (builder);

  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}
