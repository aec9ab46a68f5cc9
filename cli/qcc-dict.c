/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-dict.h"

#include "cli/qcc-time-text.h"

/* Members that are microseconds since the epoch, 0 for never. */
static const char *const times[] = { "last-check", "last-error", "last-request", "last-success", "time", NULL };

/**
 * qcc_dict_get_text:
 * @dict: a dictionary
 * @name: of a member
 *
 * Returns: (transfer none): its value, not clean, for @dict's life; empty when it is not there
 */
const char *
qcc_dict_get_text (GVariant *dict,
                   const char *name)
{
  const char *text = "";

  g_return_val_if_fail (dict != NULL, "");

  g_variant_lookup (dict, name, "&s", &text);
  return text;
}

/**
 * qcc_dict_get_number:
 * @dict: a dictionary
 * @name: of a member of type u, x or t
 * @fallback: what to return when it is not there
 *
 * Returns: its value
 */
gint64
qcc_dict_get_number (GVariant *dict,
                     const char *name,
                     gint64 fallback)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (dict != NULL, fallback);

  value = g_variant_lookup_value (dict, name, NULL);
  if (value == NULL)
    return fallback;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return g_variant_get_uint32 (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return g_variant_get_int64 (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return (gint64) MIN (g_variant_get_uint64 (value), G_MAXINT64);

  return fallback;
}

/**
 * qcc_dict_get_fraction:
 * @dict: a dictionary
 * @name: of a member of type d
 * @fallback: what to return when it is not there
 *
 * Returns: its value
 */
double
qcc_dict_get_fraction (GVariant *dict,
                       const char *name,
                       double fallback)
{
  double value = fallback;

  g_return_val_if_fail (dict != NULL, fallback);

  g_variant_lookup (dict, name, "d", &value);
  return value;
}

/**
 * qcc_dict_get_flag:
 * @dict: a dictionary
 * @name: of a member of type b
 *
 * Returns: its value, %FALSE when it is not there
 */
gboolean
qcc_dict_get_flag (GVariant *dict,
                   const char *name)
{
  gboolean value = FALSE;

  g_return_val_if_fail (dict != NULL, FALSE);

  g_variant_lookup (dict, name, "b", &value);
  return value;
}

/**
 * qcc_dict_get_list:
 * @dict: a dictionary
 * @name: of a member of type aa{sv}
 *
 * Returns: (transfer full): its value, without elements when it is not there
 */
GVariant *
qcc_dict_get_list (GVariant *dict,
                   const char *name)
{
  const GVariantType *type = G_VARIANT_TYPE ("aa{sv}");
  GVariant *list;

  g_return_val_if_fail (dict != NULL, NULL);

  list = g_variant_lookup_value (dict, name, type);
  return list != NULL ? list : g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0));
}

static void
add_time (GVariant *dict,
          const char *name,
          JsonBuilder *builder)
{
  g_autofree char *iso = qcc_time_text_iso (qcc_dict_get_number (dict, name, 0));

  if (iso != NULL)
    json_builder_add_string_value (builder, iso);
  else
    json_builder_add_null_value (builder);
}

/**
 * qcc_dict_add_json:
 * @dict: a dictionary
 * @builder: where a value may stand
 *
 * Adds an object with all of @dict: names in snake_case, times by ISO 8601 or null for never.
 */
void
qcc_dict_add_json (GVariant *dict,
                   JsonBuilder *builder)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_return_if_fail (dict != NULL && g_variant_is_of_type (dict, G_VARIANT_TYPE_VARDICT));
  g_return_if_fail (JSON_IS_BUILDER (builder));

  json_builder_begin_object (builder);
  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_autofree char *member = g_strdelimit (g_strdup (name), "-", '_');

      json_builder_set_member_name (builder, member);
      if (g_strv_contains (times, name))
        add_time (dict, name, builder);
      else if (g_variant_is_of_type (value, G_VARIANT_TYPE ("aa{sv}")))
        qcc_dict_add_list_json (value, builder);
      else
        json_builder_add_value (builder, json_gvariant_serialize (value));
    }
  json_builder_end_object (builder);
}

/**
 * qcc_dict_add_list_json:
 * @list: dictionaries, of type aa{sv}
 * @builder: where a value may stand
 *
 * Adds an array with an object for each.
 */
void
qcc_dict_add_list_json (GVariant *list,
                        JsonBuilder *builder)
{
  g_return_if_fail (list != NULL && g_variant_is_of_type (list, G_VARIANT_TYPE ("aa{sv}")));
  g_return_if_fail (JSON_IS_BUILDER (builder));

  json_builder_begin_array (builder);
  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) dict = g_variant_get_child_value (list, i);

      qcc_dict_add_json (dict, builder);
    }
  json_builder_end_array (builder);
}
