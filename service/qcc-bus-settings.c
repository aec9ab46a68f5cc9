/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus-settings.h"

#include "service/qcc-bus-edit.h"

static GVariant *
describe (const QccSettingInfo *info)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "name", "s", info->name);
  g_variant_dict_insert (&dict, "value", "s", info->value);
  g_variant_dict_insert (&dict, "default", "s", info->default_value);
  g_variant_dict_insert (&dict, "type", "s", info->type);
  g_variant_dict_insert (&dict, "allowed", "s", info->allowed);
  g_variant_dict_insert (&dict, "summary", "s", info->summary);
  g_variant_dict_insert (&dict, "description", "s", info->description);
  g_variant_dict_insert (&dict, "is-default", "b", info->is_default);
  g_variant_dict_insert (&dict, "is-writable", "b", info->is_writable);

  return g_variant_dict_end (&dict);
}

static gboolean
on_list_settings (QccDBusManager1 *manager,
                  GDBusMethodInvocation *invocation,
                  QccPolicy *policy)
{
  g_autoptr (GPtrArray) settings = qcc_policy_list (policy);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < settings->len; i++)
    g_variant_builder_add_value (&builder, describe (g_ptr_array_index (settings, i)));

  qcc_dbus_manager1_complete_list_settings (manager, invocation, g_variant_builder_end (&builder));

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_get_setting (QccDBusManager1 *manager,
                GDBusMethodInvocation *invocation,
                const char *name,
                QccPolicy *policy)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSettingInfo) info = qcc_policy_describe (policy, name, &error);

  if (info != NULL)
    qcc_dbus_manager1_complete_get_setting (manager, invocation, info->value);
  else
    qcc_bus_return_error (invocation, error);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_set (GObject *source,
        GAsyncResult *result,
        gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  qcc_policy_set_finish (QCC_POLICY (source), result, &error);
  qcc_bus_return (user_data, error);
}

static gboolean
on_set_setting (QccDBusManager1 *manager,
                GDBusMethodInvocation *invocation,
                const char *name,
                const char *value,
                QccPolicy *policy)
{
  qcc_policy_set_async (policy, name, value, NULL, on_set, invocation);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_reset (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  qcc_policy_reset_finish (QCC_POLICY (source), result, &error);
  qcc_bus_return (user_data, error);
}

static gboolean
on_reset_setting (QccDBusManager1 *manager,
                  GDBusMethodInvocation *invocation,
                  const char *name,
                  QccPolicy *policy)
{
  qcc_policy_reset_async (policy, name, NULL, on_reset, invocation);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_setting_changed (QccPolicy *policy,
                    const char *name,
                    const char *value,
                    QccDBusManager1 *manager)
{
  qcc_dbus_manager1_emit_setting_changed (manager, name, value);
}

/**
 * qcc_bus_settings_implement:
 * @manager: the manager on the bus
 * @policy: (transfer none): the settings; must outlive @manager's place on the bus
 *
 * Answers the methods of @manager that are about settings, and emits its signal.
 */
void
qcc_bus_settings_implement (QccDBusManager1 *manager,
                            QccPolicy *policy)
{
  g_return_if_fail (QCC_DBUS_IS_MANAGER1 (manager));
  g_return_if_fail (QCC_IS_POLICY (policy));

  g_signal_connect_object (manager, "handle-list-settings", G_CALLBACK (on_list_settings), policy, 0);
  g_signal_connect_object (manager, "handle-get-setting", G_CALLBACK (on_get_setting), policy, 0);
  g_signal_connect_object (manager, "handle-set-setting", G_CALLBACK (on_set_setting), policy, 0);
  g_signal_connect_object (manager, "handle-reset-setting", G_CALLBACK (on_reset_setting), policy, 0);
  g_signal_connect_object (policy, "setting-changed", G_CALLBACK (on_setting_changed), manager, 0);
}
