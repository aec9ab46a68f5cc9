/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-setting.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "common/qcc-redact.h"

/**
 * qcc_setting_normalize_name:
 * @name: what somebody wrote
 *
 * Returns: (transfer full): @name with hyphens where it has underscores (spec 11.1)
 */
char *
qcc_setting_normalize_name (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  return g_strdelimit (g_strdup (name), "_", '-');
}

/**
 * qcc_setting_list:
 * @manager: the service
 * @prefix: (nullable): how their names begin, %NULL for all
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND when no setting begins with @prefix, and what GDBus says.
 *
 * Returns: (transfer full) (element-type QccSetting): settings, sorted by name
 */
GPtrArray *
qcc_setting_list (QccDBusManager1 *manager,
                  const char *prefix,
                  GError **error)
{
  g_autoptr (GPtrArray) settings = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_autoptr (GVariant) all = NULL;
  g_autofree char *wanted = qcc_setting_normalize_name (prefix != NULL ? prefix : "");
  g_autofree char *typed = NULL;

  g_return_val_if_fail (QCC_DBUS_IS_MANAGER1 (manager), NULL);

  if (!qcc_dbus_manager1_call_list_settings_sync (manager, QCC_BUS_CALL, &all, NULL, error))
    return NULL;

  for (gsize i = 0; i < g_variant_n_children (all); i++)
    {
      g_autoptr (GVariant) setting = g_variant_get_child_value (all, i);

      if (g_str_has_prefix (qcc_setting_get_text (setting, "name"), wanted))
        g_ptr_array_add (settings, g_steal_pointer (&setting));
    }
  if (settings->len > 0)
    return g_steal_pointer (&settings);

  typed = qcc_redact (prefix != NULL ? prefix : "");
  g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("no setting begins with “%s”; “qcc config list” lists them"), typed);
  return NULL;
}

/**
 * qcc_setting_find:
 * @manager: the service
 * @name: what somebody wrote
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND, and what GDBus says.
 *
 * Returns: (transfer full): the setting
 */
QccSetting *
qcc_setting_find (QccDBusManager1 *manager,
                  const char *name,
                  GError **error)
{
  g_autoptr (GPtrArray) settings = NULL;
  g_autofree char *wanted = NULL;
  g_autofree char *typed = NULL;

  g_return_val_if_fail (name != NULL, NULL);

  settings = qcc_setting_list (manager, NULL, error);
  if (settings == NULL)
    return NULL;

  wanted = qcc_setting_normalize_name (name);
  for (guint i = 0; i < settings->len; i++)
    if (g_str_equal (qcc_setting_get_text (g_ptr_array_index (settings, i), "name"), wanted))
      return g_variant_ref (g_ptr_array_index (settings, i));

  typed = qcc_redact (name);
  g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("there is no setting “%s”; “qcc config list” lists them"), typed);
  return NULL;
}

/**
 * qcc_setting_get_text:
 * @self: a setting
 * @member: `name`, `value`, `default`, `type`, `allowed`, `summary` or `description`
 *
 * Returns: (transfer none): what the service says, for @self's life
 */
const char *
qcc_setting_get_text (QccSetting *self,
                      const char *member)
{
  const char *text = "";

  g_return_val_if_fail (self != NULL, NULL);

  g_variant_lookup (self, member, "&s", &text);
  return text;
}

/**
 * qcc_setting_get_flag:
 * @self: a setting
 * @member: `is-default` or `is-writable`
 *
 * Returns: what the service says
 */
gboolean
qcc_setting_get_flag (QccSetting *self,
                      const char *member)
{
  gboolean flag = FALSE;

  g_return_val_if_fail (self != NULL, FALSE);

  g_variant_lookup (self, member, "b", &flag);
  return flag;
}

/* Adds @text as what @type says it is. */
static void
add_typed (JsonBuilder *builder,
           const char *type,
           const char *text)
{
  gint64 number = 0;

  if (g_str_equal (type, "integer") && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    json_builder_add_int_value (builder, number);
  else if (g_str_equal (type, "boolean"))
    json_builder_add_boolean_value (builder, g_str_equal (text, "true"));
  else if (g_str_equal (type, "list"))
    {
      g_auto (GStrv) words = g_strsplit (text, ",", -1);

      json_builder_begin_array (builder);
      for (guint i = 0; words[i] != NULL; i++)
        json_builder_add_string_value (builder, words[i]);
      json_builder_end_array (builder);
    }
  else
    json_builder_add_string_value (builder, text);
}

/**
 * qcc_setting_add_json:
 * @self: a setting
 * @builder: where a value may stand
 *
 * Adds an object with all that the service says; `value` and `default` are a number, a boolean, an array or a text.
 */
void
qcc_setting_add_json (QccSetting *self,
                      JsonBuilder *builder)
{
  static const char *const values[] = { "value", "default" };
  static const char *const texts[] = { "name", "type", "allowed", "summary", "description" };

  g_return_if_fail (self != NULL);
  g_return_if_fail (JSON_IS_BUILDER (builder));

  json_builder_begin_object (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      json_builder_set_member_name (builder, texts[i]);
      json_builder_add_string_value (builder, qcc_setting_get_text (self, texts[i]));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      json_builder_set_member_name (builder, values[i]);
      add_typed (builder, qcc_setting_get_text (self, "type"), qcc_setting_get_text (self, values[i]));
    }
  json_builder_set_member_name (builder, "is_default");
  json_builder_add_boolean_value (builder, qcc_setting_get_flag (self, "is-default"));
  json_builder_set_member_name (builder, "is_writable");
  json_builder_add_boolean_value (builder, qcc_setting_get_flag (self, "is-writable"));
  json_builder_end_object (builder);
}
