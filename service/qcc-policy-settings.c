/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-policy-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "service/qcc-policy-rules.h"
#include "service/qcc-policy-text.h"
#include "service/qcc-policy-texts.h"

/* Finding and describing settings by name. */

/* Returns (element-type utf8): the names that @name may have meant, separated by commas: those of
 * the child that it names, else those that end like it; %NULL when there are none. */
static char *
find_similar (QccPolicy *self,
              const char *name)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) similar = NULL;
  const char *dot = strchr (name, '.');
  g_autofree char *child = g_strndup (name, dot != NULL ? (gsize) (dot - name) : strlen (name));
  g_autofree char *start = g_strdup_printf ("%s.", child);
  g_autofree char *end = g_strdup_printf (".%s", dot != NULL ? dot + 1 : name);
  gboolean is_child = g_hash_table_contains (self->children, child);

  for (GTreeNode *node = g_tree_node_first (self->settings); node != NULL; node = g_tree_node_next (node))
    {
      const char *candidate = g_tree_node_key (node);

      if (is_child ? g_str_has_prefix (candidate, start) : g_str_has_suffix (candidate, end))
        g_strv_builder_add (builder, candidate);
    }
  similar = g_strv_builder_end (builder);

  return *similar != NULL ? g_strjoinv (", ", similar) : NULL;
}

/*
 * qcc_policy_find:
 * @self: the policy
 * @name: a dotted name; underscores are taken for hyphens
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND with the names that come near.
 *
 * Returns: (transfer none): the setting
 */
QccSetting *
qcc_policy_find (QccPolicy *self,
                 const char *name,
                 GError **error)
{
  g_autofree char *hyphened = g_strdelimit (g_strdup (name), "_", '-');
  g_autofree char *similar = NULL;
  QccSetting *setting = g_tree_lookup (self->settings, hyphened);

  if (setting != NULL)
    return setting;

  similar = find_similar (self, hyphened);
  if (similar != NULL)
    g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("There is no setting of that name. Similar ones are: %s."), similar);
  else
    g_set_error_literal (error, QCC_ERROR, QCC_ERROR_NOT_FOUND,
                         _ ("There is no setting of that name. A name has two parts, as in proxy.port; “qcc config list” shows them all."));
  return NULL;
}

static gboolean
is_anything_writable (QccPolicy *self)
{
  for (GTreeNode *node = g_tree_node_first (self->settings); node != NULL; node = g_tree_node_next (node))
    {
      QccSetting *setting = g_tree_node_value (node);

      if (g_settings_is_writable (setting->settings, g_settings_schema_key_get_name (setting->key)))
        return TRUE;
    }

  return FALSE;
}

/*
 * qcc_policy_is_locked:
 * @self: the policy
 * @setting: one of its settings
 *
 * Returns: whether the administrator forbids to change @setting. A key file in a folder that
 *   cannot be written calls all of them unwritable, which is no lock.
 */
gboolean
qcc_policy_is_locked (QccPolicy *self,
                      QccSetting *setting)
{
  if (g_settings_is_writable (setting->settings, g_settings_schema_key_get_name (setting->key)))
    return FALSE;

  return self->storage != QCC_POLICY_STORAGE_KEYFILE || is_anything_writable (self);
}

/**
 * qcc_setting_info_free:
 * @info: (transfer full): what to free
 */
void
qcc_setting_info_free (QccSettingInfo *info)
{
  g_free (info->name);
  g_free (info->type);
  g_free (info->value);
  g_free (info->default_value);
  g_free (info->allowed);
  g_free (info->summary);
  g_free (info->description);
  g_free (info);
}

static QccSettingInfo *
describe (QccPolicy *self,
          QccSetting *setting)
{
  QccSettingInfo *info = g_new0 (QccSettingInfo, 1);
  const char *rule = qcc_policy_rules_describe (setting->name);
  g_autoptr (GVariant) default_value = NULL;
  const QccPolicyText *text;

  if (self->texts == NULL)
    self->texts = qcc_policy_texts_new ();
  text = g_hash_table_lookup (self->texts, setting->name);
  default_value = g_settings_get_default_value (setting->settings, g_settings_schema_key_get_name (setting->key));

  info->name = g_strdup (setting->name);
  info->type = g_strdup (qcc_policy_text_get_type_name (setting->key));
  info->value = qcc_policy_text_print (setting->value);
  info->default_value = qcc_policy_text_print (default_value);
  info->allowed = rule != NULL ? g_strdup (rule) : qcc_policy_text_describe_allowed (setting->key);
  info->summary = g_strdup (text != NULL ? _ (text->summary) : "");
  info->description = g_strdup (text != NULL ? _ (text->description) : "");
  info->is_default = g_variant_equal (setting->value, default_value);
  info->is_writable = !qcc_policy_is_locked (self, setting);

  return info;
}

/**
 * qcc_policy_list:
 * @self: the policy
 *
 * Returns: (transfer full) (element-type QccSettingInfo): all settings, sorted by name
 */
GPtrArray *
qcc_policy_list (QccPolicy *self)
{
  GPtrArray *list;

  g_return_val_if_fail (QCC_IS_POLICY (self), NULL);

  list = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_setting_info_free);
  for (GTreeNode *node = g_tree_node_first (self->settings); node != NULL; node = g_tree_node_next (node))
    g_ptr_array_add (list, describe (self, g_tree_node_value (node)));

  return list;
}

/**
 * qcc_policy_describe:
 * @self: the policy
 * @name: a dotted name; underscores are taken for hyphens
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND with the names that come near.
 *
 * Returns: (transfer full): what can be said of the setting
 */
QccSettingInfo *
qcc_policy_describe (QccPolicy *self,
                     const char *name,
                     GError **error)
{
  QccSetting *setting;

  g_return_val_if_fail (QCC_IS_POLICY (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  setting = qcc_policy_find (self, name, error);

  return setting != NULL ? describe (self, setting) : NULL;
}
