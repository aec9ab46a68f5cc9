/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-setting-out.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-cli-error.h"

/**
 * qcc_setting_out_put_table:
 * @call: a call
 * @settings: (element-type QccSetting): what was asked for
 *
 * Prints settings with their values, and the defaults of those that were changed.
 */
void
qcc_setting_out_put_table (const QccCall *call,
                           GPtrArray *settings)
{
  const char *const headings[] = {
    C_ ("column", "SETTING"),
    C_ ("column", "VALUE"),
    C_ ("column", "DEFAULT"),
    NULL,
  };
  g_autoptr (QccTable) table = qcc_table_new (headings);

  for (guint i = 0; i < settings->len; i++)
    {
      QccSetting *setting = g_ptr_array_index (settings, i);
      const char *const cells[] = {
        qcc_setting_get_text (setting, "name"),
        qcc_setting_get_text (setting, "value"),
        qcc_setting_get_flag (setting, "is-default") ? "" : qcc_setting_get_text (setting, "default"),
        NULL,
      };

      qcc_table_add_row (table, cells);
    }

  qcc_call_put_table (call, table);
}

/**
 * qcc_setting_out_add_json:
 * @settings: (element-type QccSetting): settings
 * @builder: where a value may stand
 *
 * Adds an array of them.
 */
void
qcc_setting_out_add_json (GPtrArray *settings,
                          JsonBuilder *builder)
{
  json_builder_begin_array (builder);
  for (guint i = 0; i < settings->len; i++)
    qcc_setting_add_json (g_ptr_array_index (settings, i), builder);
  json_builder_end_array (builder);
}

/* Two options that set the same are a mistake. */
static gboolean
check_twice (const QccCall *call,
             const QccSettingOption *options,
             GError **error)
{
  for (const QccSettingOption *first = options; first->option != NULL; first++)
    for (const QccSettingOption *second = first + 1; second->option != NULL; second++)
      if (g_str_equal (first->setting, second->setting) && qcc_call_has_option (call, first->option) &&
          qcc_call_has_option (call, second->option))
        {
          g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("give either --%s or --%s"), first->option, second->option);
          return FALSE;
        }

  return TRUE;
}

static char *
dup_value (const QccCall *call,
           const QccSettingOption *option)
{
  int number = 0;

  if (option->value != NULL)
    return g_strdup (option->value);
  if (qcc_call_get_number (call, option->option, &number))
    return g_strdup_printf ("%d", number);

  return g_strdup (qcc_call_get_text (call, option->option));
}

/**
 * qcc_setting_out_change:
 * @call: a call
 * @manager: the service
 * @options: (array zero-terminated=1): what the verb's options set
 * @out_n_changed: (out): how many were given
 * @error: return location for an error
 *
 * Sets what was asked for, one after the other, and tells.
 *
 * Possible errors: %QCC_CLI_ERROR_USAGE when two options contradict each other, and those of Manager1.SetSetting(),
 *   which says what is allowed; what was set before stays.
 *
 * Returns: whether all was set
 */
gboolean
qcc_setting_out_change (const QccCall *call,
                        QccDBusManager1 *manager,
                        const QccSettingOption *options,
                        guint *out_n_changed,
                        GError **error)
{
  guint n_changed = 0;

  g_return_val_if_fail (options != NULL, FALSE);
  g_return_val_if_fail (out_n_changed != NULL, FALSE);

  if (!check_twice (call, options, error))
    return FALSE;

  for (const QccSettingOption *option = options; option->option != NULL; option++)
    {
      g_autofree char *value = NULL;

      if (!qcc_call_has_option (call, option->option))
        continue;
      value = dup_value (call, option);
      if (!qcc_dbus_manager1_call_set_setting_sync (manager, option->setting, value, QCC_BUS_CALL, NULL, error))
        return FALSE;
      qcc_call_say (call, _ ("%s is now “%s”."), option->setting, value);
      n_changed++;
    }

  *out_n_changed = n_changed;
  return TRUE;
}
