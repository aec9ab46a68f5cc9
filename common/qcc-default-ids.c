/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-default-ids.h"

#include <string.h>

#include "common/qcc-endpoint.h"
#include "common/qcc-json-member.h"

#define STEM_FALLBACK "ep"

/* What a default id takes of a name, so that "-" and the number of an endpoint still fit. */
#define STEM_MAX (QCC_ENDPOINT_ID_MAX - (gsize) strlen ("-1000000"))

/* Returns %NULL when the endpoints of a profile are not there or not a list; parsing complains later. */
static JsonArray *
peek_endpoints (JsonNode *profile)
{
  JsonArray *endpoints = NULL;

  if (!JSON_NODE_HOLDS_OBJECT (profile) ||
      !qcc_json_member_get_array (json_node_get_object (profile), "endpoints", &endpoints, NULL))
    return NULL;

  return endpoints;
}

static char *
make_id_stem (JsonNode *profile)
{
  const char *name = NULL;
  GString *stem = g_string_new (NULL);

  if (!qcc_json_member_get_string (json_node_get_object (profile), "name", &name, NULL) || name == NULL)
    name = "";

  for (const char *p = name; *p != '\0' && stem->len < STEM_MAX; p++)
    if (g_ascii_isalnum (*p) || *p == '-')
      g_string_append_c (stem, g_ascii_tolower (*p));

  if (stem->len == 0)
    g_string_append (stem, STEM_FALLBACK);

  return g_string_free (stem, FALSE);
}

static void
collect_ids (JsonNode *profile,
             GHashTable *ids)
{
  JsonArray *endpoints = peek_endpoints (profile);

  for (guint i = 0; endpoints != NULL && i < json_array_get_length (endpoints); i++)
    {
      JsonNode *node = json_array_get_element (endpoints, i);
      const char *id = NULL;

      if (JSON_NODE_HOLDS_OBJECT (node) &&
          qcc_json_member_get_string (json_node_get_object (node), "id", &id, NULL) && id != NULL)
        g_hash_table_add (ids, g_strdup (id));
    }
}

static void
assign_ids (JsonNode *profile,
            GHashTable *retired,
            GHashTable *ids)
{
  JsonArray *endpoints = peek_endpoints (profile);
  g_autofree char *stem = endpoints != NULL ? make_id_stem (profile) : NULL;
  guint number = 1;

  for (guint i = 0; endpoints != NULL && i < json_array_get_length (endpoints); i++)
    {
      JsonNode *node = json_array_get_element (endpoints, i);
      char *id;

      if (!JSON_NODE_HOLDS_OBJECT (node) || json_object_has_member (json_node_get_object (node), "id"))
        continue;

      id = g_strdup_printf ("%s-%u", stem, number);
      while (g_hash_table_contains (retired, id) || g_hash_table_contains (ids, id))
        {
          g_free (id);
          id = g_strdup_printf ("%s-%u", stem, ++number);
        }

      json_object_set_string_member (json_node_get_object (node), "id", id);
      g_hash_table_add (ids, id);
    }
}

/**
 * qcc_default_ids_assign:
 * @profiles: the list of profiles of a profile file, as it was parsed and before it is checked
 * @retired: (element-type utf8): a set of ids that are not given again
 *
 * Gives each endpoint that has no id the default of spec 1.1: the profile's name reduced to the
 * characters of an id, then the first number from 1 that makes it unique in the whole file and among
 * @retired. Members of a wrong type are left for the check to complain about.
 */
void
qcc_default_ids_assign (JsonArray *profiles,
                        GHashTable *retired)
{
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_profiles;

  g_return_if_fail (profiles != NULL);
  g_return_if_fail (retired != NULL);

  n_profiles = json_array_get_length (profiles);
  for (guint i = 0; i < n_profiles; i++)
    collect_ids (json_array_get_element (profiles, i), ids);
  for (guint i = 0; i < n_profiles; i++)
    assign_ids (json_array_get_element (profiles, i), retired, ids);
}
