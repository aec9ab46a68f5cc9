/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-endpoint-json.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-base-url.h"
#include "common/qcc-error.h"
#include "common/qcc-json-member.h"
#include "common/qcc-proxy-url.h"

/**
 * qcc_endpoint_json_is_key_member:
 * @member: the name of a member
 *
 * Returns: whether it is meant to hold a key, however its words are joined: `api_key`, `apiKey`, `API-KEY`
 */
gboolean
qcc_endpoint_json_is_key_member (const char *member)
{
  static const char *const names[] = {
    "accesstoken", "anthropicapikey", "anthropicauthtoken", "apikey", "apisecret", "apitoken",
    "authkey", "authorization", "authtoken", "bearer", "bearertoken", "credential",
    "credentials", "key", "passwd", "password", "secret", "secretkey",
    "token", "xapikey", NULL
  };
  g_autoptr (GString) reduced = g_string_new (NULL);

  g_return_val_if_fail (member != NULL, FALSE);

  for (const char *p = member; *p != '\0'; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (reduced, g_ascii_tolower (*p));

  return g_strv_contains (names, reduced->str);
}

static gboolean
check_no_key (JsonObject *object,
              GError **error)
{
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *l = members; l != NULL; l = l->next)
    {
      if (!qcc_endpoint_json_is_key_member (l->data))
        continue;

      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("%s: keys do not belong in this file; put it into the key store and remove this member"),
                   (const char *) l->data);
      return FALSE;
    }

  return TRUE;
}

/* Gives the error of a check that does not know the file its place in it. */
static void
propagate_for_member (GError **error,
                      const char *member,
                      const GError *cause)
{
  g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, "%s: %s", member, cause->message);
}

static QccEndpoint *
parse_identity (JsonObject *object,
                GError **error)
{
  const char *id = NULL;
  const char *text = NULL;
  g_autoptr (GUri) base_url = NULL;
  g_autoptr (GError) local_error = NULL;

  if (!qcc_json_member_get_string (object, "id", &id, error) ||
      !qcc_json_member_get_string (object, "base_url", &text, error))
    return NULL;

  if (!qcc_endpoint_id_is_valid (id))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("id: must be 1 to %d of the characters a-z, 0-9 and “-”"), QCC_ENDPOINT_ID_MAX);
      return NULL;
    }

  if (text == NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("base_url: is missing; write an address like https://api.example.com"));
      return NULL;
    }

  base_url = qcc_base_url_parse (text, &local_error);
  if (base_url == NULL)
    {
      propagate_for_member (error, "base_url", local_error);
      return NULL;
    }

  return qcc_endpoint_new (id, base_url);
}

static gboolean
parse_numbers (QccEndpoint *self,
               JsonObject *object,
               GError **error)
{
  int auth = self->auth;

  if (!qcc_json_member_get_enum (object, "auth", QCC_TYPE_AUTH_SCHEME, &auth, error))
    return FALSE;
  self->auth = (QccAuthScheme) auth;

  return qcc_json_member_get_uint (object, "weight", 1, QCC_ENDPOINT_WEIGHT_MAX, &self->weight, error) &&
         qcc_json_member_get_uint (object, "priority", 0, QCC_ENDPOINT_PRIORITY_MAX, &self->priority, error) &&
         qcc_json_member_get_uint (object, "max_failures", 1, QCC_ENDPOINT_MAX_FAILURES_MAX,
                                   &self->max_failures, error) &&
         qcc_json_member_get_boolean (object, "enabled", &self->enabled, error);
}

static gboolean
parse_transport (QccEndpoint *self,
                 JsonObject *object,
                 GError **error)
{
  const char *ca_file = NULL;
  const char *proxy = NULL;
  g_autoptr (GError) local_error = NULL;

  if (!qcc_json_member_get_string (object, "ca_file", &ca_file, error) ||
      !qcc_json_member_get_string (object, "proxy", &proxy, error))
    return FALSE;

  if (ca_file != NULL && !g_path_is_absolute (ca_file))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("ca_file: must be the absolute path of a PEM file"));
      return FALSE;
    }

  if (proxy != NULL && strcmp (proxy, "system") != 0 && strcmp (proxy, "none") != 0 &&
      !qcc_proxy_url_check (proxy, &local_error))
    {
      propagate_for_member (error, "proxy", local_error);
      return FALSE;
    }

  self->ca_file = g_strdup (ca_file);
  self->proxy = g_strcmp0 (proxy, "system") != 0 ? g_strdup (proxy) : NULL;
  return TRUE;
}

static gboolean
parse_models (QccEndpoint *self,
              JsonObject *object,
              GError **error)
{
  JsonObject *models = NULL;
  JsonObjectIter iter;
  const char *pattern;
  JsonNode *node;
  guint number = 0;

  if (!qcc_json_member_get_object (object, "models", &models, error))
    return FALSE;
  if (models == NULL)
    return TRUE;

  json_object_iter_init_ordered (&iter, models);
  while (json_object_iter_next_ordered (&iter, &pattern, &node))
    {
      gboolean is_string = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
      QccModelRule *rule;

      number++;
      if (*pattern == '\0' || !is_string || *json_node_get_string (node) == '\0')
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                       _ ("models: entry %u must be a pattern and the name of a model, "
                          "like \"claude-*\": \"my-model\""),
                       number);
          return FALSE;
        }

      rule = g_new0 (QccModelRule, 1);
      rule->pattern = g_strdup (pattern);
      rule->name = g_strdup (json_node_get_string (node));
      g_ptr_array_add (self->models, rule);
    }

  return TRUE;
}

static gboolean
get_timeout (JsonObject *timeouts,
             const char *member,
             guint *out_seconds,
             GError **error)
{
  return qcc_json_member_get_uint (timeouts, member, 1, QCC_ENDPOINT_TIMEOUT_MAX, out_seconds, error);
}

static gboolean
parse_timeouts (QccEndpoint *self,
                JsonObject *object,
                GError **error)
{
  JsonObject *timeouts = NULL;

  if (!qcc_json_member_get_object (object, "timeouts", &timeouts, error))
    return FALSE;
  if (timeouts == NULL)
    return TRUE;

  if (get_timeout (timeouts, "connect", &self->connect_timeout, error) &&
      get_timeout (timeouts, "first_byte", &self->first_byte_timeout, error) &&
      get_timeout (timeouts, "idle", &self->idle_timeout, error))
    return TRUE;

  g_prefix_error (error, "timeouts.");
  return FALSE;
}

static gboolean
parse_meta (QccEndpoint *self,
            JsonObject *object,
            GError **error)
{
  JsonObject *meta = NULL;

  if (!qcc_json_member_get_object (object, "meta", &meta, error))
    return FALSE;

  self->meta = meta != NULL ? json_object_ref (meta) : NULL;
  return TRUE;
}

/**
 * qcc_endpoint_new_from_json:
 * @object: an endpoint as the profile file has it (spec 11.2), with its id; unknown members are ignored
 * @error: return location for an error
 *
 * The endpoint shares the object of `meta` with @object, which must not be changed afterwards.
 *
 * Possible errors: %QCC_ERROR_CORRUPT with a message that starts with the member and never repeats a
 * value. A member that is meant for a key is one of them.
 *
 * Returns: (transfer full): a new endpoint
 */
QccEndpoint *
qcc_endpoint_new_from_json (JsonObject *object,
                            GError **error)
{
  g_autoptr (QccEndpoint) self = NULL;

  g_return_val_if_fail (object != NULL, NULL);

  if (!check_no_key (object, error))
    return NULL;

  self = parse_identity (object, error);
  if (self == NULL)
    return NULL;

  if (!parse_numbers (self, object, error) || !parse_transport (self, object, error) ||
      !parse_models (self, object, error) || !parse_timeouts (self, object, error) ||
      !parse_meta (self, object, error))
    return NULL;

  return g_steal_pointer (&self);
}
