/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-profile-edit.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "common/qcc-json-member.h"
#include "common/qcc-profile-json.h"
#include "service/qcc-edit-options.h"
#include "service/qcc-profile-draft.h"

static const QccEditOption profile_options[] = {
  { "description", QCC_EDIT_OPTION_TEXT },
  { "tier", QCC_EDIT_OPTION_WORD },
  { "order", QCC_EDIT_OPTION_NUMBER },
  { "strategy", QCC_EDIT_OPTION_WORD },
  { "health_aware", QCC_EDIT_OPTION_BOOLEAN },
  { "sticky_session", QCC_EDIT_OPTION_BOOLEAN },
  { NULL },
};

static gboolean
check_profile (JsonObject *object,
               GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (QccProfile) profile = qcc_profile_new_from_json (object, &local_error);

  if (profile != NULL)
    return TRUE;

  g_set_error_literal (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, local_error->message);
  return FALSE;
}

static gboolean
check_name_is_free (const QccSnapshot *base,
                    const char *name,
                    GError **error)
{
  if (qcc_snapshot_find_profile (base, name) == NULL)
    return TRUE;

  g_set_error (error, QCC_ERROR, QCC_ERROR_EXISTS, _ ("There is a profile of that name already. Choose another name."));
  return FALSE;
}

/**
 * qcc_profile_edit_add_profile:
 * @base: the profiles of before
 * @name: a name that no profile has (spec 1.2)
 * @options: `description` s, `tier` s, `order` i, `strategy` s, `health_aware` b, `sticky_session` b
 * @error: return location for an error
 *
 * Adds a profile without endpoints. What is not given is as if the file did not say it.
 *
 * Possible errors: %QCC_ERROR_EXISTS, %QCC_ERROR_INVALID_ARGUMENT, %QCC_ERROR_REFUSED.
 *
 * Returns: (transfer full): the profiles afterwards
 */
QccSnapshot *
qcc_profile_edit_add_profile (const QccSnapshot *base,
                              const char *name,
                              GVariant *options,
                              GError **error)
{
  g_autoptr (QccProfileDraft) draft = NULL;
  g_autoptr (JsonObject) profile = json_object_new ();
  JsonArray *profiles;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (options != NULL, NULL);

  json_object_set_string_member (profile, "name", name);
  if (!check_name_is_free (base, name, error) || !qcc_edit_options_apply (profile_options, options, profile, error) ||
      !check_profile (profile, error))
    return NULL;

  draft = qcc_profile_draft_new (base);
  profiles = qcc_profile_draft_ensure_array (draft, qcc_profile_draft_get_root (draft), "profiles", error);
  if (profiles == NULL)
    return NULL;

  json_object_set_array_member (profile, "endpoints", json_array_new ());
  json_array_add_object_element (profiles, g_steal_pointer (&profile));
  return qcc_profile_draft_finish (draft, error);
}

/**
 * qcc_profile_edit_update_profile:
 * @base: the profiles of before
 * @name: the name of a profile
 * @options: those of qcc_profile_edit_add_profile(); an empty text, and for all but the description the text
 *   `default`, removes what the file says
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND, %QCC_ERROR_INVALID_ARGUMENT, %QCC_ERROR_REFUSED.
 *
 * Returns: (transfer full): the profiles afterwards
 */
QccSnapshot *
qcc_profile_edit_update_profile (const QccSnapshot *base,
                                 const char *name,
                                 GVariant *options,
                                 GError **error)
{
  g_autoptr (QccProfileDraft) draft = NULL;
  JsonObject *profile;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (options != NULL, NULL);

  draft = qcc_profile_draft_new (base);
  profile = qcc_profile_draft_find_profile (draft, name, error);
  if (profile == NULL || !qcc_edit_options_apply (profile_options, options, profile, error) ||
      !check_profile (profile, error))
    return NULL;

  return qcc_profile_draft_finish (draft, error);
}

/* Returns whether the member `profile` of @token is @name. */
static gboolean
names_profile (JsonNode *token,
               const char *name)
{
  const char *profile = NULL;

  return JSON_NODE_HOLDS_OBJECT (token) &&
         qcc_json_member_get_string (json_node_get_object (token), "profile", &profile, NULL) &&
         g_strcmp0 (profile, name) == 0;
}

/* Returns (transfer none) (nullable): the tokens, when there are any. */
static JsonArray *
peek_tokens (QccProfileDraft *draft)
{
  JsonArray *tokens = NULL;

  qcc_json_member_get_array (qcc_profile_draft_get_root (draft), "tokens", &tokens, NULL);
  return tokens;
}

static void
rename_in_tokens (QccProfileDraft *draft,
                  const char *name,
                  const char *new_name)
{
  JsonArray *tokens = peek_tokens (draft);

  for (guint i = 0; tokens != NULL && i < json_array_get_length (tokens); i++)
    if (names_profile (json_array_get_element (tokens, i), name))
      json_object_set_string_member (json_array_get_object_element (tokens, i), "profile", new_name);
}

/**
 * qcc_profile_edit_rename_profile:
 * @base: the profiles of before
 * @name: the name of a profile
 * @new_name: a name that no other profile has (spec 1.2)
 * @error: return location for an error
 *
 * Its endpoints keep their ids. The default and the tokens that name it follow.
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND, %QCC_ERROR_EXISTS, %QCC_ERROR_INVALID_ARGUMENT, %QCC_ERROR_REFUSED.
 *
 * Returns: (transfer full): the profiles afterwards
 */
QccSnapshot *
qcc_profile_edit_rename_profile (const QccSnapshot *base,
                                 const char *name,
                                 const char *new_name,
                                 GError **error)
{
  g_autoptr (QccProfileDraft) draft = NULL;
  JsonObject *root;
  JsonObject *profile;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (new_name != NULL, NULL);

  draft = qcc_profile_draft_new (base);
  root = qcc_profile_draft_get_root (draft);
  profile = qcc_profile_draft_find_profile (draft, name, error);
  if (profile == NULL || (!g_str_equal (name, new_name) && !check_name_is_free (base, new_name, error)))
    return NULL;

  json_object_set_string_member (profile, "name", new_name);
  if (!check_profile (profile, error))
    return NULL;

  if (json_object_has_member (root, "default") && g_str_equal (base->default_name, name))
    json_object_set_string_member (root, "default", new_name);
  rename_in_tokens (draft, name, new_name);

  return qcc_profile_draft_finish (draft, error);
}

static gboolean
check_no_token (QccProfileDraft *draft,
                const char *name,
                GError **error)
{
  JsonArray *tokens = peek_tokens (draft);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; tokens != NULL && i < json_array_get_length (tokens); i++)
    {
      const char *token = NULL;

      if (!names_profile (json_array_get_element (tokens, i), name))
        continue;

      qcc_json_member_get_string (json_array_get_object_element (tokens, i), "name", &token, NULL);
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", token != NULL ? token : "?");
    }

  if (names->len == 0)
    return TRUE;

  g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
               _ ("Requests with these tokens start at the profile: %s. Remove the tokens first."), names->str);
  return FALSE;
}

static void
move_default (const QccSnapshot *base,
              JsonObject *root,
              const char *name)
{
  if (!json_object_has_member (root, "default") || !g_str_equal (base->default_name, name))
    return;

  json_object_remove_member (root, "default");
  for (guint i = 0; i < base->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (base->profiles, i);

      if (g_str_equal (profile->name, name))
        continue;

      json_object_set_string_member (root, "default", profile->name);
      return;
    }
}

static void
remove_profile (QccProfileDraft *draft,
                const char *name)
{
  JsonArray *profiles = json_object_get_array_member (qcc_profile_draft_get_root (draft), "profiles");
  guint index = 0;

  while (!g_str_equal (json_object_get_string_member (json_array_get_object_element (profiles, index), "name"), name))
    index++;

  json_array_remove_element (profiles, index);
}

/**
 * qcc_profile_edit_remove_profile:
 * @base: the profiles of before
 * @name: the name of a profile
 * @error: return location for an error
 *
 * Its endpoints go with it, and their ids are not given again. When it was the default, the best of the
 * others is from now on.
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND; %QCC_ERROR_REFUSED when a token names it, with the tokens' names.
 *
 * Returns: (transfer full): the profiles afterwards
 */
QccSnapshot *
qcc_profile_edit_remove_profile (const QccSnapshot *base,
                                 const char *name,
                                 GError **error)
{
  g_autoptr (QccProfileDraft) draft = NULL;
  const QccProfile *profile;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  draft = qcc_profile_draft_new (base);
  if (qcc_profile_draft_find_profile (draft, name, error) == NULL || !check_no_token (draft, name, error))
    return NULL;

  profile = qcc_snapshot_find_profile (base, name);
  for (guint i = 0; i < profile->endpoints->len; i++)
    qcc_profile_draft_retire (draft, ((const QccEndpoint *) g_ptr_array_index (profile->endpoints, i))->id);

  move_default (base, qcc_profile_draft_get_root (draft), name);
  remove_profile (draft, name);
  return qcc_profile_draft_finish (draft, error);
}

/**
 * qcc_profile_edit_set_default:
 * @base: the profiles of before
 * @name: the name of a profile
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND, %QCC_ERROR_REFUSED when it is disabled.
 *
 * Returns: (transfer full): the profiles afterwards
 */
QccSnapshot *
qcc_profile_edit_set_default (const QccSnapshot *base,
                              const char *name,
                              GError **error)
{
  g_autoptr (QccProfileDraft) draft = NULL;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  draft = qcc_profile_draft_new (base);
  if (qcc_profile_draft_find_profile (draft, name, error) == NULL)
    return NULL;
  if (qcc_snapshot_find_profile (base, name)->tier == QCC_TIER_DISABLED)
    {
      g_set_error_literal (error, QCC_ERROR, QCC_ERROR_REFUSED,
                           _ ("This profile is disabled. Give it a tier first: “qcc priority set NAME primary”."));
      return NULL;
    }

  json_object_set_string_member (qcc_profile_draft_get_root (draft), "default", name);
  return qcc_profile_draft_finish (draft, error);
}

/* Puts the ids of endpoints that @found has no more onto the list in @draft. */
static void
retire_missing_endpoints (QccProfileDraft *draft,
                          const QccSnapshot *found,
                          const QccSnapshot *before)
{
  for (guint i = 0; i < before->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (before->profiles, i);

      for (guint j = 0; j < profile->endpoints->len; j++)
        {
          const QccEndpoint *endpoint = g_ptr_array_index (profile->endpoints, j);

          if (qcc_snapshot_find_endpoint (found, endpoint->id) == NULL)
            qcc_profile_draft_retire (draft, endpoint->id);
        }
    }
}

/**
 * qcc_profile_edit_retire_missing:
 * @found: what the user made of the profile file by hand
 * @before: the profiles of before
 *
 * An id that is not there any more must not be given again (spec 1.1), or a key in the key store would reach
 * a provider that it is not for. A person who edits the file does not keep that list; QCC does.
 *
 * Returns: (transfer full): @found, with the ids that have gone since @before on its list
 */
QccSnapshot *
qcc_profile_edit_retire_missing (const QccSnapshot *found,
                                 const QccSnapshot *before)
{
  g_autoptr (QccProfileDraft) draft = NULL;
  JsonArray *retired = NULL;
  QccSnapshot *snapshot;

  g_return_val_if_fail (found != NULL, NULL);
  g_return_val_if_fail (before != NULL, NULL);

  draft = qcc_profile_draft_new (found);
  qcc_json_member_get_array (json_node_get_object (before->root), "retired_ids", &retired, NULL);
  for (guint i = 0; retired != NULL && i < json_array_get_length (retired); i++)
    if (!g_hash_table_contains (found->retired_ids, json_array_get_string_element (retired, i)))
      qcc_profile_draft_retire (draft, json_array_get_string_element (retired, i));
  retire_missing_endpoints (draft, found, before);

  /* Only the list makes it larger; where that would be too much, the file counts as it is. */
  snapshot = qcc_profile_draft_finish (draft, NULL);
  return snapshot != NULL ? snapshot : qcc_snapshot_ref ((QccSnapshot *) found);
}
