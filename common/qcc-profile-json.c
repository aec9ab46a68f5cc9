/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-profile-json.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-endpoint-json.h"
#include "common/qcc-error.h"
#include "common/qcc-json-member.h"

static QccProfile *
parse_name (JsonObject *object,
            GError **error)
{
  const char *name = NULL;

  if (!qcc_json_member_get_string (object, "name", &name, error))
    return NULL;

  if (!qcc_profile_name_is_valid (name))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("name: must be 1 to %d characters without control characters and “/”"),
                   QCC_PROFILE_NAME_MAX);
      return NULL;
    }

  return qcc_profile_new (name);
}

static gboolean
parse_place (QccProfile *self,
             JsonObject *object,
             GError **error)
{
  const char *description = NULL;
  int tier = self->tier;

  if (!qcc_json_member_get_string (object, "description", &description, error) ||
      !qcc_json_member_get_enum (object, "tier", QCC_TYPE_TIER, &tier, error) ||
      !qcc_json_member_get_int (object, "order", G_MININT, G_MAXINT, &self->order, error))
    return FALSE;

  self->description = g_strdup (description);
  self->tier = (QccTier) tier;
  return TRUE;
}

static gboolean
parse_balancing (QccProfile *self,
                 JsonObject *object,
                 GError **error)
{
  int strategy = self->strategy;

  if (!qcc_json_member_get_enum (object, "strategy", QCC_TYPE_STRATEGY, &strategy, error) ||
      !qcc_json_member_get_boolean (object, "health_aware", &self->health_aware, error) ||
      !qcc_json_member_get_boolean (object, "sticky_session", &self->sticky_session, error))
    return FALSE;

  self->strategy = (QccStrategy) strategy;
  self->has_strategy = json_object_has_member (object, "strategy");
  self->has_health_aware = json_object_has_member (object, "health_aware");
  self->has_sticky_session = json_object_has_member (object, "sticky_session");
  return TRUE;
}

static gboolean
parse_endpoints (QccProfile *self,
                 JsonObject *object,
                 GError **error)
{
  JsonArray *array = NULL;
  guint n_endpoints;

  if (!qcc_json_member_get_array (object, "endpoints", &array, error))
    return FALSE;

  n_endpoints = array != NULL ? json_array_get_length (array) : 0;
  for (guint i = 0; i < n_endpoints; i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      QccEndpoint *endpoint;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                       _ ("endpoints[%u]: must be an object in braces, {...}"), i);
          return FALSE;
        }

      endpoint = qcc_endpoint_new_from_json (json_node_get_object (node), error);
      if (endpoint == NULL)
        {
          g_prefix_error (error, "endpoints[%u].", i);
          return FALSE;
        }

      g_ptr_array_add (self->endpoints, endpoint);
    }

  return TRUE;
}

/**
 * qcc_profile_new_from_json:
 * @object: a profile as the profile file has it (spec 11.2), with the ids of all its endpoints; unknown
 *   members are ignored
 * @error: return location for an error
 *
 * The endpoints share their `meta` with @object, which must not be changed afterwards.
 *
 * Possible errors: %QCC_ERROR_CORRUPT with a message that starts with the path of the member inside
 * @object and never repeats a value.
 *
 * Returns: (transfer full): a new profile
 */
QccProfile *
qcc_profile_new_from_json (JsonObject *object,
                           GError **error)
{
  g_autoptr (QccProfile) self = NULL;

  g_return_val_if_fail (object != NULL, NULL);

  self = parse_name (object, error);
  if (self == NULL)
    return NULL;

  if (!parse_place (self, object, error) || !parse_balancing (self, object, error) ||
      !parse_endpoints (self, object, error))
    return NULL;

  return g_steal_pointer (&self);
}
