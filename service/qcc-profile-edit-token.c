/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-profile-edit.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "common/qcc-json-member.h"
#include "service/qcc-profile-draft.h"

#define TOKEN_NAME_MAX 64
#define SHA256_LENGTH 64

static gboolean
check_token (const char *name,
             const char *sha256,
             GError **error)
{
  gsize length = strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-");

  if (length == 0 || length > TOKEN_NAME_MAX || name[length] != '\0')
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("name: must be 1 to %d of the characters A-Z, a-z, 0-9, “.”, “_” and “-”"), TOKEN_NAME_MAX);
      return FALSE;
    }

  length = strspn (sha256, G_CSET_DIGITS "abcdef");
  if (length != SHA256_LENGTH || sha256[length] != '\0')
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("sha256: must be the SHA-256 of the token, %d of the characters 0-9 and a-f"), SHA256_LENGTH);
      return FALSE;
    }

  return TRUE;
}

/* Returns the place of the token of that name, the length of @tokens when there is none. */
static guint
find_token (JsonArray *tokens,
            const char *name)
{
  guint i;

  for (i = 0; i < json_array_get_length (tokens); i++)
    {
      JsonNode *node = json_array_get_element (tokens, i);
      const char *found = NULL;

      if (JSON_NODE_HOLDS_OBJECT (node) &&
          qcc_json_member_get_string (json_node_get_object (node), "name", &found, NULL) &&
          g_strcmp0 (found, name) == 0)
        break;
    }

  return i;
}

/**
 * qcc_profile_edit_add_token:
 * @base: the profiles of before
 * @name: 1 to 64 of `[A-Za-z0-9._-]`, which no token has
 * @sha256: the SHA-256 of the token in small hexadecimal digits; the token itself is known to its owner only
 * @profile: where requests with it start (spec 3.3), or an empty text for the active profile
 * @cross: whether they may leave that profile
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_EXISTS, %QCC_ERROR_NOT_FOUND, %QCC_ERROR_INVALID_ARGUMENT, %QCC_ERROR_CORRUPT
 * when the file has something else than a list in `tokens`.
 *
 * Returns: (transfer full): the profiles afterwards
 */
QccSnapshot *
qcc_profile_edit_add_token (const QccSnapshot *base,
                            const char *name,
                            const char *sha256,
                            const char *profile,
                            gboolean cross,
                            GError **error)
{
  g_autoptr (QccProfileDraft) draft = NULL;
  JsonArray *tokens;
  JsonObject *token;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (sha256 != NULL, NULL);
  g_return_val_if_fail (profile != NULL, NULL);

  if (!check_token (name, sha256, error))
    return NULL;

  draft = qcc_profile_draft_new (base);
  if (*profile != '\0' && qcc_profile_draft_find_profile (draft, profile, error) == NULL)
    return NULL;

  tokens = qcc_profile_draft_ensure_array (draft, qcc_profile_draft_get_root (draft), "tokens", error);
  if (tokens == NULL)
    return NULL;

  if (find_token (tokens, name) < json_array_get_length (tokens))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_EXISTS, _ ("There is a token of that name already. Choose another name."));
      return NULL;
    }

  token = json_object_new ();
  json_object_set_string_member (token, "name", name);
  json_object_set_string_member (token, "sha256", sha256);
  if (*profile != '\0')
    json_object_set_string_member (token, "profile", profile);
  if (cross)
    json_object_set_boolean_member (token, "cross", TRUE);
  json_array_add_object_element (tokens, token);

  return qcc_profile_draft_finish (draft, error);
}

/**
 * qcc_profile_edit_remove_token:
 * @base: the profiles of before
 * @name: the name of a token
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND, %QCC_ERROR_CORRUPT when the file has something else than a list in
 * `tokens`.
 *
 * Returns: (transfer full): the profiles afterwards
 */
QccSnapshot *
qcc_profile_edit_remove_token (const QccSnapshot *base,
                               const char *name,
                               GError **error)
{
  g_autoptr (QccProfileDraft) draft = NULL;
  JsonArray *tokens;
  guint index;

  g_return_val_if_fail (base != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  draft = qcc_profile_draft_new (base);
  tokens = qcc_profile_draft_ensure_array (draft, qcc_profile_draft_get_root (draft), "tokens", error);
  if (tokens == NULL)
    return NULL;

  index = find_token (tokens, name);
  if (index == json_array_get_length (tokens))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("There is no token of that name."));
      return NULL;
    }

  json_array_remove_element (tokens, index);
  return qcc_profile_draft_finish (draft, error);
}
