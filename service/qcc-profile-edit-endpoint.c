/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-profile-edit.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-default-ids.h"
#include "common/qcc-endpoint-json.h"
#include "common/qcc-error.h"
#include "service/qcc-edit-options.h"
#include "service/qcc-profile-draft.h"

static const QccEditOption endpoint_options[] = {
  { "base_url", QCC_EDIT_OPTION_TEXT },
  { "auth", QCC_EDIT_OPTION_WORD },
  { "weight", QCC_EDIT_OPTION_NUMBER },
  { "priority", QCC_EDIT_OPTION_NUMBER },
  { "max_failures", QCC_EDIT_OPTION_NUMBER },
  { "enabled", QCC_EDIT_OPTION_BOOLEAN },
  { "ca_file", QCC_EDIT_OPTION_TEXT },
  { "proxy", QCC_EDIT_OPTION_TEXT },
  { "models", QCC_EDIT_OPTION_MODELS },
  { "timeouts", QCC_EDIT_OPTION_TIMEOUTS },
  { "meta", QCC_EDIT_OPTION_META },
  { NULL },
};

static gboolean
apply_options (JsonObject *endpoint,
               GVariant *options,
               GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (QccEndpoint) checked = NULL;

  if (!qcc_edit_options_apply (endpoint_options, options, endpoint, error))
    return FALSE;

  checked = qcc_endpoint_new_from_json (endpoint, &local_error);
  if (checked != NULL)
    return TRUE;

  g_set_error_literal (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, local_error->message);
  return FALSE;
}

/* Takes the text option @name out of @options; @out_value stays %NULL when it is not there. */
static gboolean
take_text (GVariantDict *options,
           const char *name,
           char **out_value,
           GError **error)
{
  g_autoptr (GVariant) value = g_variant_dict_lookup_value (options, name, NULL);

  if (value == NULL)
    return TRUE;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("%s: must be a text (s)"), name);
      return FALSE;
    }

  *out_value = g_variant_dup_string (value, NULL);
  g_variant_dict_remove (options, name);
  return TRUE;
}

static char *
list_ids (const QccProfile *profile)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  for (guint i = 0; i < profile->endpoints->len; i++)
    g_string_append_printf (ids, "%s%s", i > 0 ? ", " : "",
                            ((const QccEndpoint *) g_ptr_array_index (profile->endpoints, i))->id);

  return g_string_free (g_steal_pointer (&ids), FALSE);
}

static const QccEndpoint *
pick_only_endpoint (const QccProfile *profile,
                    GError **error)
{
  g_autofree char *ids = NULL;

  if (profile->endpoints->len == 1)
    return g_ptr_array_index (profile->endpoints, 0);

  ids = list_ids (profile);
  if (profile->endpoints->len == 0)
    g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("from: the profile has no endpoint"));
  else
    g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                 _ ("from: the profile has several endpoints; write PROFILE/ID with one of: %s"), ids);

  return NULL;
}

/* Finds the endpoint that `from` names: PROFILE, or PROFILE/ID. */
static const QccEndpoint *
find_source (const QccSnapshot *base,
             const char *from,
             GError **error)
{
  const char *slash = strchr (from, '/');
  g_autofree char *name = slash != NULL ? g_strndup (from, (gsize) (slash - from)) : g_strdup (from);
  const QccProfile *profile = qcc_snapshot_find_profile (base, name);
  g_autofree char *ids = NULL;

  if (profile == NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("from: there is no profile of that name"));
      return NULL;
    }

  if (slash == NULL)
    return pick_only_endpoint (profile, error);

  for (guint i = 0; i < profile->endpoints->len; i++)
    {
      const QccEndpoint *endpoint = g_ptr_array_index (profile->endpoints, i);

      if (g_str_equal (endpoint->id, slash + 1))
        return endpoint;
    }

  ids = list_ids (profile);
  g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND,
               _ ("from: the profile has no endpoint of that id; there are: %s"), ids);
  return NULL;
}

/* Copies all members but the id of the endpoint that @from names to @endpoint. */
static gboolean
copy_source (const QccSnapshot *base,
             const char *from,
             JsonObject *endpoint,
             GError **error)
{
  const QccEndpoint *source = find_source (base, from, error);
  g_autoptr (QccProfileDraft) copy = NULL;
  JsonObjectIter iter;
  const char *member;
  JsonNode *node;

  if (source == NULL)
    return FALSE;

  /* A draft of its own, since json-glib's copies share what is in them and options change that in place. */
  copy = qcc_profile_draft_new (base);
  json_object_iter_init_ordered (&iter, qcc_profile_draft_find_endpoint (copy, source->id, NULL, NULL, NULL));
  while (json_object_iter_next_ordered (&iter, &member, &node))
    if (!g_str_equal (member, "id"))
      json_object_set_member (endpoint, member, json_node_copy (node));

  return TRUE;
}

static gboolean
check_id (const QccSnapshot *base,
          const char *id,
          GError **error)
{
  if (!qcc_endpoint_id_is_valid (id))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("id: must be 1 to %d of the characters a-z, 0-9 and “-”"), QCC_ENDPOINT_ID_MAX);
      return FALSE;
    }

  if (qcc_snapshot_find_endpoint (base, id) != NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_EXISTS, _ ("id: another endpoint has this id; choose another one"));
      return FALSE;
    }

  if (g_hash_table_contains (base->retired_ids, id))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_EXISTS,
                   _ ("id: an endpoint that was removed had this id, and ids are not used again; choose another one"));
      return FALSE;
    }

  return TRUE;
}

/* Adds an endpoint that is an id and nothing else, @id or the default of spec 1.1. */
static JsonObject *
add_stub (QccProfileDraft *draft,
          const QccSnapshot *base,
          const char *profile,
          const char *id,
          GError **error)
{
  JsonObject *found = qcc_profile_draft_find_profile (draft, profile, error);
  JsonArray *endpoints = NULL;
  JsonObject *endpoint;

  if (found == NULL || (id != NULL && !check_id (base, id, error)))
    return NULL;

  endpoints = qcc_profile_draft_ensure_array (draft, found, "endpoints", error);
  if (endpoints == NULL)
    return NULL;

  endpoint = json_object_new ();
  if (id != NULL)
    json_object_set_string_member (endpoint, "id", id);
  json_array_add_object_element (endpoints, endpoint);
  qcc_default_ids_assign (json_object_get_array_member (qcc_profile_draft_get_root (draft), "profiles"),
                          base->retired_ids);

  return endpoint;
}

/**
 * qcc_profile_edit_add_endpoint:
 * @base: the profiles of before
 * @profile: the name of a profile
 * @options: `base_url` s (needed unless `from` has one), `id` s, `from` s (`PROFILE`, which must have only one
 *   endpoint, or `PROFILE/ID`: copies all but the id, the other options win), `auth` s, `weight` i,
 *   `priority` i, `max_failures` i, `enabled` b, `ca_file` s, `proxy` s, `models` as of `PATTERN=MODEL`,
 *   `timeouts` a{si} of `connect`, `first_byte` and `idle` in seconds, `meta` a{ss}
 * @out_id: (out) (optional): the id, given or by default
 * @error: return location for an error
 *
 * An id that was ever used is not given again (spec 1.1).
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND, %QCC_ERROR_EXISTS, %QCC_ERROR_INVALID_ARGUMENT, %QCC_ERROR_REFUSED.
 *
 * Returns: (transfer full): the profiles afterwards
 */
QccSnapshot *
qcc_profile_edit_add_endpoint (const QccSnapshot *base,
                               const char *profile,
                               GVariant *options,
                               char **out_id,
                               GError **error)
{
  g_autoptr (QccProfileDraft) draft = NULL;
  g_autoptr (GVariantDict) dict = NULL;
  g_autoptr (GVariant) rest = NULL;
  g_autofree char *id = NULL;
  g_autofree char *from = NULL;
  JsonObject *endpoint;
  QccSnapshot *snapshot;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (profile != NULL, NULL);
  g_return_val_if_fail (options != NULL, NULL);

  dict = g_variant_dict_new (options);
  if (!take_text (dict, "id", &id, error) || !take_text (dict, "from", &from, error))
    return NULL;
  rest = g_variant_ref_sink (g_variant_dict_end (dict));

  draft = qcc_profile_draft_new (base);
  endpoint = add_stub (draft, base, profile, id, error);
  if (endpoint == NULL || (from != NULL && !copy_source (base, from, endpoint, error)) ||
      !apply_options (endpoint, rest, error))
    return NULL;

  snapshot = qcc_profile_draft_finish (draft, error);
  if (snapshot != NULL && out_id != NULL)
    *out_id = g_strdup (json_object_get_string_member (endpoint, "id"));

  return snapshot;
}

/**
 * qcc_profile_edit_update_endpoint:
 * @base: the profiles of before
 * @id: the id of an endpoint
 * @options: those of qcc_profile_edit_add_endpoint() but `id` and `from`. An empty text, for words and numbers
 *   also the text `default`, removes what the file says. `models` replaces the whole map, of `timeouts` and
 *   `meta` only what is named changes.
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND, %QCC_ERROR_INVALID_ARGUMENT, %QCC_ERROR_REFUSED.
 *
 * Returns: (transfer full): the profiles afterwards
 */
QccSnapshot *
qcc_profile_edit_update_endpoint (const QccSnapshot *base,
                                  const char *id,
                                  GVariant *options,
                                  GError **error)
{
  g_autoptr (QccProfileDraft) draft = NULL;
  JsonObject *endpoint;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (id != NULL, NULL);
  g_return_val_if_fail (options != NULL, NULL);

  draft = qcc_profile_draft_new (base);
  endpoint = qcc_profile_draft_find_endpoint (draft, id, NULL, NULL, error);
  if (endpoint == NULL || !apply_options (endpoint, options, error))
    return NULL;

  return qcc_profile_draft_finish (draft, error);
}

/**
 * qcc_profile_edit_remove_endpoint:
 * @base: the profiles of before
 * @id: the id of an endpoint
 * @error: return location for an error
 *
 * The id is not given again (spec 1.1).
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND.
 *
 * Returns: (transfer full): the profiles afterwards
 */
QccSnapshot *
qcc_profile_edit_remove_endpoint (const QccSnapshot *base,
                                  const char *id,
                                  GError **error)
{
  g_autoptr (QccProfileDraft) draft = NULL;
  JsonArray *siblings;
  guint index;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (id != NULL, NULL);

  draft = qcc_profile_draft_new (base);
  if (qcc_profile_draft_find_endpoint (draft, id, &siblings, &index, error) == NULL)
    return NULL;

  qcc_profile_draft_retire (draft, id);
  json_array_remove_element (siblings, index);
  return qcc_profile_draft_finish (draft, error);
}

/**
 * qcc_profile_edit_set_endpoint_enabled:
 * @base: the profiles of before
 * @id: the id of an endpoint
 * @enabled: the user's wish (spec 11.2)
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND.
 *
 * Returns: (transfer full): the profiles afterwards
 */
QccSnapshot *
qcc_profile_edit_set_endpoint_enabled (const QccSnapshot *base,
                                       const char *id,
                                       gboolean enabled,
                                       GError **error)
{
  g_autoptr (QccProfileDraft) draft = NULL;
  JsonObject *endpoint;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (id != NULL, NULL);

  draft = qcc_profile_draft_new (base);
  endpoint = qcc_profile_draft_find_endpoint (draft, id, NULL, NULL, error);
  if (endpoint == NULL)
    return NULL;

  if (qcc_snapshot_find_endpoint (base, id)->enabled != enabled)
    json_object_set_boolean_member (endpoint, "enabled", enabled);
  return qcc_profile_draft_finish (draft, error);
}
