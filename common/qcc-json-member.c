/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-json-member.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-enums.h"
#include "common/qcc-error.h"

static gboolean
holds_value (JsonNode *node,
             GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

/**
 * qcc_json_member_get_string:
 * @object: an object
 * @member: the name of a member
 * @out_value: (out) (transfer none): its value, as long as @object lives
 * @error: return location for an error
 *
 * Returns: whether the member is absent or a string
 */
gboolean
qcc_json_member_get_string (JsonObject *object,
                            const char *member,
                            const char **out_value,
                            GError **error)
{
  JsonNode *node;

  g_return_val_if_fail (object != NULL, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  node = json_object_get_member (object, member);
  if (node == NULL)
    return TRUE;

  if (!holds_value (node, G_TYPE_STRING))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("%s: must be a text in double quotes"), member);
      return FALSE;
    }

  *out_value = json_node_get_string (node);
  return TRUE;
}

static gboolean
get_integer (JsonObject *object,
             const char *member,
             int minimum,
             int maximum,
             gint64 *out_value,
             GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  gint64 value;

  g_assert (minimum <= maximum);

  if (node == NULL)
    return TRUE;

  value = holds_value (node, G_TYPE_INT64) ? json_node_get_int (node) : G_MININT64;
  if (value < minimum || value > maximum)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("%s: must be a whole number from %d to %d"), member, minimum, maximum);
      return FALSE;
    }

  *out_value = value;
  return TRUE;
}

/**
 * qcc_json_member_get_int:
 * @object: an object
 * @member: the name of a member
 * @minimum: the smallest allowed value
 * @maximum: the largest allowed value
 * @out_value: (inout): its value
 * @error: return location for an error
 *
 * Returns: whether the member is absent or an integer from @minimum to @maximum
 */
gboolean
qcc_json_member_get_int (JsonObject *object,
                         const char *member,
                         int minimum,
                         int maximum,
                         int *out_value,
                         GError **error)
{
  gint64 value;

  g_return_val_if_fail (object != NULL, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  value = *out_value;
  if (!get_integer (object, member, minimum, maximum, &value, error))
    return FALSE;

  *out_value = (int) value;
  return TRUE;
}

/**
 * qcc_json_member_get_uint:
 * @object: an object
 * @member: the name of a member
 * @minimum: the smallest allowed value
 * @maximum: the largest allowed value, at most %G_MAXINT
 * @out_value: (inout): its value
 * @error: return location for an error
 *
 * Returns: whether the member is absent or an integer from @minimum to @maximum
 */
gboolean
qcc_json_member_get_uint (JsonObject *object,
                          const char *member,
                          guint minimum,
                          guint maximum,
                          guint *out_value,
                          GError **error)
{
  gint64 value;

  g_return_val_if_fail (object != NULL, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  g_return_val_if_fail (maximum <= G_MAXINT, FALSE);

  value = *out_value;
  if (!get_integer (object, member, (int) minimum, (int) maximum, &value, error))
    return FALSE;

  *out_value = (guint) value;
  return TRUE;
}

/**
 * qcc_json_member_get_boolean:
 * @object: an object
 * @member: the name of a member
 * @out_value: (inout): its value
 * @error: return location for an error
 *
 * Returns: whether the member is absent or a boolean
 */
gboolean
qcc_json_member_get_boolean (JsonObject *object,
                             const char *member,
                             gboolean *out_value,
                             GError **error)
{
  JsonNode *node;

  g_return_val_if_fail (object != NULL, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  node = json_object_get_member (object, member);
  if (node == NULL)
    return TRUE;

  if (!holds_value (node, G_TYPE_BOOLEAN))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("%s: must be true or false"), member);
      return FALSE;
    }

  *out_value = json_node_get_boolean (node);
  return TRUE;
}

/**
 * qcc_json_member_get_enum:
 * @object: an object
 * @member: the name of a member
 * @enum_type: the type of its value
 * @out_value: (inout): its value
 * @error: return location for an error
 *
 * Returns: whether the member is absent or a word of @enum_type
 */
gboolean
qcc_json_member_get_enum (JsonObject *object,
                          const char *member,
                          GType enum_type,
                          int *out_value,
                          GError **error)
{
  const char *nick = NULL;
  g_autofree char *allowed = NULL;

  g_return_val_if_fail (out_value != NULL, FALSE);

  if (!qcc_json_member_get_string (object, member, &nick, error))
    return FALSE;

  if (nick == NULL || qcc_enum_from_nick (enum_type, nick, out_value, NULL))
    return TRUE;

  allowed = qcc_enum_list_nicks (enum_type);
  g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("%s: must be one of: %s"), member, allowed);
  return FALSE;
}

/**
 * qcc_json_member_get_object:
 * @object: an object
 * @member: the name of a member
 * @out_value: (out) (transfer none): its value, as long as @object lives
 * @error: return location for an error
 *
 * Returns: whether the member is absent or an object
 */
gboolean
qcc_json_member_get_object (JsonObject *object,
                            const char *member,
                            JsonObject **out_value,
                            GError **error)
{
  JsonNode *node;

  g_return_val_if_fail (object != NULL, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  node = json_object_get_member (object, member);
  if (node == NULL)
    return TRUE;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("%s: must be an object in braces, {...}"), member);
      return FALSE;
    }

  *out_value = json_node_get_object (node);
  return TRUE;
}

/**
 * qcc_json_member_get_array:
 * @object: an object
 * @member: the name of a member
 * @out_value: (out) (transfer none): its value, as long as @object lives
 * @error: return location for an error
 *
 * Returns: whether the member is absent or an array
 */
gboolean
qcc_json_member_get_array (JsonObject *object,
                           const char *member,
                           JsonArray **out_value,
                           GError **error)
{
  JsonNode *node;

  g_return_val_if_fail (object != NULL, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  node = json_object_get_member (object, member);
  if (node == NULL)
    return TRUE;

  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("%s: must be a list in brackets, [...]"), member);
      return FALSE;
    }

  *out_value = json_node_get_array (node);
  return TRUE;
}
