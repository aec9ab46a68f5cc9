/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-snapshot.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-default-ids.h"
#include "common/qcc-error.h"
#include "common/qcc-json-member.h"
#include "common/qcc-json-text.h"
#include "common/qcc-json.h"
#include "common/qcc-profile-json.h"

static QccSnapshot *
snapshot_new (void)
{
  QccSnapshot *self = g_atomic_rc_box_new0 (QccSnapshot);

  self->profiles = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_profile_unref);
  self->tokens = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_token_free);
  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_failure_rule_free);
  self->retired_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return self;
}

/**
 * qcc_snapshot_new_empty:
 *
 * Returns: (transfer full): a snapshot without profiles, as if the file had none
 */
QccSnapshot *
qcc_snapshot_new_empty (void)
{
  QccSnapshot *self = snapshot_new ();
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "version", QCC_SNAPSHOT_VERSION);
  json_object_set_array_member (object, "profiles", json_array_new ());
  self->root = json_node_init_object (json_node_alloc (), object);
  json_node_seal (self->root);
  json_object_unref (object);

  return self;
}

/**
 * qcc_snapshot_ref:
 * @self: a snapshot
 *
 * Returns: (transfer full): @self
 */
QccSnapshot *
qcc_snapshot_ref (QccSnapshot *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
snapshot_clear (gpointer data)
{
  QccSnapshot *self = data;

  g_clear_pointer (&self->default_name, g_free);
  g_clear_pointer (&self->profiles, g_ptr_array_unref);
  g_clear_pointer (&self->tokens, g_ptr_array_unref);
  g_clear_pointer (&self->rules, g_ptr_array_unref);
  g_clear_pointer (&self->retired_ids, g_hash_table_unref);
  g_clear_pointer (&self->root, json_node_unref);
}

/**
 * qcc_snapshot_unref:
 * @self: (transfer full): a snapshot
 */
void
qcc_snapshot_unref (QccSnapshot *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, snapshot_clear);
}

/**
 * qcc_snapshot_to_json:
 * @self: a snapshot
 *
 * Returns: (transfer full): the text of a profile file that holds @self, unknown members included
 */
char *
qcc_snapshot_to_json (const QccSnapshot *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return qcc_json_to_text (self->root);
}

static gboolean
check_unique (const QccProfile *profile,
              guint index,
              GHashTable *names,
              GHashTable *ids,
              GError **error)
{
  if (!g_hash_table_add (names, profile->name))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("profiles[%u].name: another profile has this name already"), index);
      return FALSE;
    }

  for (guint i = 0; i < profile->endpoints->len; i++)
    {
      const QccEndpoint *endpoint = g_ptr_array_index (profile->endpoints, i);

      if (g_hash_table_add (ids, endpoint->id))
        continue;

      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("profiles[%u].endpoints[%u].id: another endpoint of the file has this id already"),
                   index, i);
      return FALSE;
    }

  return TRUE;
}

static gboolean
parse_retired_ids (QccSnapshot *self,
                   JsonObject *object,
                   GError **error)
{
  JsonArray *array = NULL;

  if (!qcc_json_member_get_array (object, "retired_ids", &array, error))
    return FALSE;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      gboolean is_string = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;

      if (!is_string || !qcc_endpoint_id_is_valid (json_node_get_string (node)))
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                       _ ("retired_ids[%u]: must be the id of an endpoint that there was once"), i);
          return FALSE;
        }

      g_hash_table_add (self->retired_ids, g_strdup (json_node_get_string (node)));
    }

  return TRUE;
}

static int
compare_profiles (gconstpointer a,
                  gconstpointer b)
{
  const QccProfile *first = *(const QccProfile *const *) a;
  const QccProfile *second = *(const QccProfile *const *) b;

  if (first->tier != second->tier)
    return first->tier < second->tier ? -1 : 1;

  return (first->order > second->order) - (first->order < second->order);
}

static gboolean
parse_profiles (QccSnapshot *self,
                JsonArray *array,
                GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);

  if (json_array_get_length (array) > QCC_SNAPSHOT_PROFILES_MAX)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("profiles: there may be at most %d"),
                   QCC_SNAPSHOT_PROFILES_MAX);
      return FALSE;
    }

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      QccProfile *profile;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                       _ ("profiles[%u]: must be an object in braces, {...}"), i);
          return FALSE;
        }

      profile = qcc_profile_new_from_json (json_node_get_object (node), error);
      if (profile == NULL)
        {
          g_prefix_error (error, "profiles[%u].", i);
          return FALSE;
        }

      g_ptr_array_add (self->profiles, profile);
      if (!check_unique (profile, i, names, ids, error))
        return FALSE;
    }

  if (g_hash_table_size (ids) > QCC_SNAPSHOT_ENDPOINTS_MAX)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("profiles: there may be at most %d endpoints in all profiles together"),
                   QCC_SNAPSHOT_ENDPOINTS_MAX);
      return FALSE;
    }

  /* GLib's sort is stable, so the place in the file decides last. */
  g_ptr_array_sort (self->profiles, compare_profiles);
  return TRUE;
}

static gboolean
parse_default (QccSnapshot *self,
               JsonObject *object,
               GError **error)
{
  const char *name = NULL;

  if (!qcc_json_member_get_string (object, "default", &name, error))
    return FALSE;

  if (name != NULL && qcc_snapshot_find_profile (self, name) == NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("default: must be the name of one of the profiles"));
      return FALSE;
    }

  /* Disabled profiles stand last, so the best one is disabled only when all are. */
  if (name == NULL && self->profiles->len > 0)
    name = ((const QccProfile *) g_ptr_array_index (self->profiles, 0))->name;

  self->default_name = g_strdup (name);
  return TRUE;
}

static gboolean
parse_tokens (QccSnapshot *self,
              JsonObject *object,
              GError **error)
{
  JsonArray *array = NULL;
  GPtrArray *tokens;

  if (!qcc_json_member_get_array (object, "tokens", &array, error))
    return FALSE;
  if (array == NULL)
    return TRUE;

  tokens = qcc_tokens_new_from_json (array, error);
  if (tokens == NULL)
    return FALSE;

  g_ptr_array_unref (self->tokens);
  self->tokens = tokens;
  for (guint i = 0; i < tokens->len; i++)
    {
      const QccToken *token = g_ptr_array_index (tokens, i);

      if (token->profile == NULL || qcc_snapshot_find_profile (self, token->profile) != NULL)
        continue;

      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("tokens[%u].profile: must be the name of one of the profiles"), i);
      return FALSE;
    }

  return TRUE;
}

static gboolean
parse_rules (QccSnapshot *self,
             JsonObject *object,
             GError **error)
{
  JsonArray *array = NULL;
  GPtrArray *rules;

  if (!qcc_json_member_get_array (object, "rules", &array, error))
    return FALSE;
  if (array == NULL)
    return TRUE;

  rules = qcc_failure_rules_new_from_json (array, error);
  if (rules == NULL)
    return FALSE;

  g_ptr_array_unref (self->rules);
  self->rules = rules;
  return TRUE;
}

static gboolean
check_version (JsonObject *object,
               GError **error)
{
  int version = 0;

  if (!qcc_json_member_get_int (object, "version", 1, G_MAXINT, &version, error))
    return FALSE;

  if (version == QCC_SNAPSHOT_VERSION)
    return TRUE;

  if (version > QCC_SNAPSHOT_VERSION)
    g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
                 _ ("version: this file was written by a newer QCC (version %d, this QCC knows %d); update QCC"),
                 version, QCC_SNAPSHOT_VERSION);
  else
    g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("version: is missing; it must be %d"),
                 QCC_SNAPSHOT_VERSION);

  return FALSE;
}

static JsonNode *
parse_root (const char *text,
            gsize length,
            GError **error)
{
  g_autoptr (JsonNode) root = NULL;

  if (length > QCC_SNAPSHOT_FILE_SIZE_MAX)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("the profile file is larger than %d MiB"),
                   QCC_SNAPSHOT_FILE_SIZE_MAX / (1024 * 1024));
      return NULL;
    }

  root = qcc_json_parse (text, (gssize) length, error);
  if (root == NULL)
    return NULL;

  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("the profile file must be one object in braces, {...}"));
      return NULL;
    }

  return g_steal_pointer (&root);
}

/**
 * qcc_snapshot_new_from_json:
 * @text: the content of the profile file (spec 11.2)
 * @length: its length in bytes, or -1 when it ends with a NUL
 * @error: return location for an error
 *
 * Checks every value of the members that this version knows. Other members are ignored and kept in
 * `root`. Without `default` the best profile is the default. An endpoint without an id gets the default
 * of spec 1.1, in `root` too, so that the id stays when the file is written the next time.
 *
 * Possible errors: %QCC_ERROR_CORRUPT; %QCC_ERROR_REFUSED for a file of a newer version, which is not
 * damaged and must not be overwritten. The message names line and column, or the path of the member
 * like `profiles[1].endpoints[0].base_url`; it says what is allowed and never repeats a value.
 *
 * Returns: (transfer full): a new snapshot
 */
QccSnapshot *
qcc_snapshot_new_from_json (const char *text,
                            gssize length,
                            GError **error)
{
  g_autoptr (QccSnapshot) self = NULL;
  JsonObject *object;
  JsonArray *profiles = NULL;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (length >= -1, NULL);

  self = snapshot_new ();
  self->root = parse_root (text, length >= 0 ? (gsize) length : strlen (text), error);
  if (self->root == NULL)
    return NULL;

  object = json_node_get_object (self->root);
  if (!check_version (object, error) || !parse_retired_ids (self, object, error) ||
      !qcc_json_member_get_array (object, "profiles", &profiles, error))
    return NULL;

  if (profiles != NULL)
    {
      qcc_default_ids_assign (profiles, self->retired_ids);
      if (!parse_profiles (self, profiles, error))
        return NULL;
    }

  if (!parse_default (self, object, error) || !parse_tokens (self, object, error) ||
      !parse_rules (self, object, error))
    return NULL;

  json_node_seal (self->root);
  return g_steal_pointer (&self);
}
