/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-check-level.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-cli-error.h"

#define LEVEL_SETTING "health.level"
#define PAID_LEVEL "chat"

/**
 * qcc_check_level_validate:
 * @call: a call of a verb with %QCC_CHECK_LEVEL_OPTIONS
 * @error: return location for an error
 *
 * Possible errors: %QCC_CLI_ERROR_USAGE with what is allowed.
 *
 * Returns: whether the level that was given, if any, is one
 */
gboolean
qcc_check_level_validate (const QccCall *call,
                          GError **error)
{
  static const char *const levels[] = { "connect", "api", PAID_LEVEL, NULL };
  const char *given = qcc_call_get_text (call, "level");

  if (given == NULL || g_strv_contains (levels, given))
    return TRUE;

  g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("--level must be one of: connect, api, chat"));
  return FALSE;
}

/**
 * qcc_check_level_count_paid:
 * @endpoints: (element-type QccDBusEndpoint1): what is to be checked
 * @disabled_too: whether those that are switched off are sent a message too
 *
 * Returns: how many of them a chat would cost money
 */
guint
qcc_check_level_count_paid (GPtrArray *endpoints,
                            gboolean disabled_too)
{
  guint n = 0;

  for (guint i = 0; i < endpoints->len; i++)
    {
      QccDBusEndpoint1 *endpoint = g_ptr_array_index (endpoints, i);

      if (g_strcmp0 (qcc_dbus_endpoint1_get_key_state (endpoint), "missing") != 0 &&
          (disabled_too || qcc_dbus_endpoint1_get_enabled (endpoint)))
        n++;
    }

  return n;
}

/**
 * qcc_check_level_choose:
 * @call: a call of a verb with %QCC_CHECK_LEVEL_OPTIONS
 * @manager: the service
 * @n_paid: see qcc_check_level_count_paid()
 * @error: return location for an error
 *
 * Takes the level that was given, else that of the setting. Asks before money is spent.
 *
 * Possible errors: those of qcc_call_confirm() and Manager1.GetSetting().
 *
 * Returns: (transfer full): the level
 */
char *
qcc_check_level_choose (const QccCall *call,
                        QccDBusManager1 *manager,
                        guint n_paid,
                        GError **error)
{
  g_autofree char *level = g_strdup (qcc_call_get_text (call, "level"));
  g_autofree char *question = NULL;

  if (level == NULL && !qcc_dbus_manager1_call_get_setting_sync (manager, LEVEL_SETTING, QCC_BUS_CALL, &level, NULL, error))
    return NULL;
  if (!g_str_equal (level, PAID_LEVEL) || n_paid == 0)
    return g_steal_pointer (&level);

  question = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Send a message to %u endpoint, which costs money?",
                                           "Send a message to each of %u endpoints, which costs money?", n_paid),
                              n_paid);
  return qcc_call_confirm (call, question, error) ? g_steal_pointer (&level) : NULL;
}
