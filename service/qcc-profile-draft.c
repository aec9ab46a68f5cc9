/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-profile-draft.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "common/qcc-json-member.h"
#include "common/qcc-json-text.h"
#include "common/qcc-json.h"

/* With more, a list of what there is helps nobody. */
#define LISTED_MAX 8

struct _QccProfileDraft
{
  QccSnapshot *base; /* (owned) */
  char *base_text;   /* (owned): the whole document of @base */
  JsonNode *root;    /* (owned): the document that is being changed */
};

/**
 * qcc_profile_draft_new:
 * @base: what the changes are made to; it stays as it is
 *
 * Returns: (transfer full): a draft that does not differ from @base
 */
QccProfileDraft *
qcc_profile_draft_new (const QccSnapshot *base)
{
  QccProfileDraft *self;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (base != NULL, NULL);

  self = g_new0 (QccProfileDraft, 1);
  self->base = qcc_snapshot_ref ((QccSnapshot *) base);
  self->base_text = qcc_snapshot_to_json (base);
  /* json-glib copies nodes without what is in them; what was parsed once can be parsed again. */
  self->root = qcc_json_parse (self->base_text, -1, &error);
  g_assert_no_error (error);

  return self;
}

/**
 * qcc_profile_draft_free:
 * @self: (transfer full): a draft
 */
void
qcc_profile_draft_free (QccProfileDraft *self)
{
  g_return_if_fail (self != NULL);

  qcc_snapshot_unref (self->base);
  g_free (self->base_text);
  json_node_unref (self->root);
  g_free (self);
}

/**
 * qcc_profile_draft_get_root:
 * @self: a draft
 *
 * Returns: (transfer none): the whole document
 */
JsonObject *
qcc_profile_draft_get_root (QccProfileDraft *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return json_node_get_object (self->root);
}

/**
 * qcc_profile_draft_ensure_array:
 * @self: a draft
 * @object: an object of it
 * @member: the name of a member
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_CORRUPT when the member is something else than a list.
 *
 * Returns: (transfer none): the member, which is created when @object has none
 */
JsonArray *
qcc_profile_draft_ensure_array (QccProfileDraft *self,
                                JsonObject *object,
                                const char *member,
                                GError **error)
{
  JsonArray *array = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (object != NULL, NULL);

  if (!qcc_json_member_get_array (object, member, &array, error))
    return NULL;

  if (array == NULL)
    {
      array = json_array_new ();
      json_object_set_array_member (object, member, array);
    }

  return array;
}

static char *
list_names (GPtrArray *names)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < names->len; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", (const char *) g_ptr_array_index (names, i));

  return g_string_free (g_steal_pointer (&list), FALSE);
}

static void
set_profile_not_found (QccProfileDraft *self,
                       GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *list = NULL;

  for (guint i = 0; i < self->base->profiles->len; i++)
    g_ptr_array_add (names, ((const QccProfile *) g_ptr_array_index (self->base->profiles, i))->name);

  if (names->len == 0 || names->len > LISTED_MAX)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("There is no profile of that name."));
      return;
    }

  list = list_names (names);
  g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("There is no profile of that name. There are: %s."), list);
}

static void
set_endpoint_not_found (QccProfileDraft *self,
                        GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  g_autofree char *list = NULL;

  for (guint i = 0; i < self->base->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (self->base->profiles, i);

      for (guint j = 0; j < profile->endpoints->len; j++)
        g_ptr_array_add (ids, ((const QccEndpoint *) g_ptr_array_index (profile->endpoints, j))->id);
    }

  if (ids->len == 0 || ids->len > LISTED_MAX)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("There is no endpoint of that id."));
      return;
    }

  list = list_names (ids);
  g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("There is no endpoint of that id. There are: %s."), list);
}

/* Returns (transfer none) (nullable): the object of @array whose member @member is the text @value. */
static JsonObject *
find_object (JsonArray *array,
             const char *member,
             const char *value,
             guint *out_index)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *object = json_array_get_object_element (array, i);

      if (g_strcmp0 (json_object_get_string_member (object, member), value) != 0)
        continue;

      *out_index = i;
      return object;
    }

  return NULL;
}

/**
 * qcc_profile_draft_find_profile:
 * @self: a draft
 * @name: (nullable): the name of a profile
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND with the profiles that there are.
 *
 * Returns: (transfer none): the profile's object
 */
JsonObject *
qcc_profile_draft_find_profile (QccProfileDraft *self,
                                const char *name,
                                GError **error)
{
  JsonObject *found = NULL;
  guint index;

  g_return_val_if_fail (self != NULL, NULL);

  if (json_object_has_member (qcc_profile_draft_get_root (self), "profiles"))
    found = find_object (json_object_get_array_member (qcc_profile_draft_get_root (self), "profiles"), "name",
                         name, &index);
  if (found == NULL)
    set_profile_not_found (self, error);

  return found;
}

/**
 * qcc_profile_draft_find_endpoint:
 * @self: a draft
 * @id: (nullable): the id of an endpoint
 * @out_siblings: (out) (transfer none) (optional): the list that it is in
 * @out_index: (out) (optional): its place there
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND with the endpoints that there are.
 *
 * Returns: (transfer none): the endpoint's object
 */
JsonObject *
qcc_profile_draft_find_endpoint (QccProfileDraft *self,
                                 const char *id,
                                 JsonArray **out_siblings,
                                 guint *out_index,
                                 GError **error)
{
  JsonArray *profiles = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  qcc_json_member_get_array (qcc_profile_draft_get_root (self), "profiles", &profiles, NULL);
  for (guint i = 0; profiles != NULL && i < json_array_get_length (profiles); i++)
    {
      JsonArray *endpoints = NULL;
      JsonObject *found = NULL;
      guint index = 0;

      qcc_json_member_get_array (json_array_get_object_element (profiles, i), "endpoints", &endpoints, NULL);
      if (endpoints != NULL)
        found = find_object (endpoints, "id", id, &index);
      if (found == NULL)
        continue;

      if (out_siblings != NULL)
        *out_siblings = endpoints;
      if (out_index != NULL)
        *out_index = index;
      return found;
    }

  set_endpoint_not_found (self, error);
  return NULL;
}

/**
 * qcc_profile_draft_retire:
 * @self: a draft
 * @id: the id of an endpoint that is no more
 *
 * Keeps @id from being given again (spec 1.1). Beyond %QCC_SNAPSHOT_RETIRED_MAX the oldest are forgotten.
 */
void
qcc_profile_draft_retire (QccProfileDraft *self,
                          const char *id)
{
  JsonArray *retired;

  g_return_if_fail (self != NULL);
  g_return_if_fail (qcc_endpoint_id_is_valid (id));

  /* The snapshot that this is a draft of had a list there, or nothing. */
  retired = qcc_profile_draft_ensure_array (self, qcc_profile_draft_get_root (self), "retired_ids", NULL);
  for (guint i = 0; i < json_array_get_length (retired); i++)
    if (g_str_equal (json_array_get_string_element (retired, i), id))
      return;

  json_array_add_string_element (retired, id);
  while (json_array_get_length (retired) > QCC_SNAPSHOT_RETIRED_MAX)
    json_array_remove_element (retired, 0);
}

/**
 * qcc_profile_draft_finish:
 * @self: a draft
 * @error: return location for an error
 *
 * Checks the draft as if it were the profile file.
 *
 * Possible errors: %QCC_ERROR_REFUSED when it has become too large, or is wrong as a whole.
 *
 * Returns: (transfer full): a snapshot of the draft; that which the draft was made of, when nothing differs
 */
QccSnapshot *
qcc_profile_draft_finish (QccProfileDraft *self,
                          GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) local_error = NULL;
  QccSnapshot *snapshot;

  g_return_val_if_fail (self != NULL, NULL);

  text = qcc_json_to_text (self->root);
  if (g_str_equal (text, self->base_text))
    return qcc_snapshot_ref (self->base);

  snapshot = qcc_snapshot_new_from_json (text, -1, &local_error);
  if (snapshot == NULL)
    g_set_error_literal (error, QCC_ERROR, QCC_ERROR_REFUSED, local_error->message);

  return snapshot;
}
