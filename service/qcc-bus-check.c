/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus-check.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "service/qcc-bus-edit.h"

/**
 * qcc_bus_check_parse_level:
 * @parts: (transfer none): where the setting is
 * @level: a word, or empty for that of the setting
 * @out_level: (out): the level
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT.
 *
 * Returns: whether it is a level
 */
gboolean
qcc_bus_check_parse_level (const QccBusParts *parts,
                           const char *level,
                           QccCheckLevel *out_level,
                           GError **error)
{
  const char *nick = *level != '\0' ? level : qcc_policy_get_values (parts->policy)->check_level;
  int value;

  if (!qcc_enum_from_nick (QCC_TYPE_CHECK_LEVEL, nick, &value, error))
    return FALSE;

  *out_level = (QccCheckLevel) value;
  return TRUE;
}

/**
 * qcc_bus_check_describe:
 * @result: what came of a check
 * @dict: (inout): what io.github.qcc.Endpoint1.Test() returns
 */
void
qcc_bus_check_describe (const QccCheckResult *result,
                        GVariantDict *dict)
{
  const char *klass = result->passed ? "" : qcc_enum_to_nick (QCC_TYPE_CLASS, (int) result->verdict.klass);

  g_variant_dict_insert (dict, "passed", "b", result->passed);
  g_variant_dict_insert (dict, "level", "s", qcc_enum_to_nick (QCC_TYPE_CHECK_LEVEL, (int) result->level));
  g_variant_dict_insert (dict, "weak", "b", result->weak);
  g_variant_dict_insert (dict, "status", "u", result->status);
  g_variant_dict_insert (dict, "class", "s", klass);
  g_variant_dict_insert (dict, "latency", "x", result->latency_ms);
  g_variant_dict_insert (dict, "first-byte", "x", result->first_byte_ms);
  g_variant_dict_insert (dict, "tries", "u", result->n_tries);
  g_variant_dict_insert (dict, "detail", "s", result->detail != NULL ? result->detail : "");
}

static void
on_checked (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QccCheckResult) check = qcc_monitor_check_finish (QCC_MONITOR (source), result, &error);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (check == NULL)
    {
      qcc_bus_return_error (invocation, error);
      return;
    }

  qcc_bus_check_describe (check, &dict);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
}

/**
 * qcc_bus_check_endpoint:
 * @parts: (transfer none): what it calls
 * @endpoint_id: the endpoint
 * @level: how deep, or empty for that of the setting
 * @invocation: (transfer full): of io.github.qcc.Endpoint1.Test()
 */
void
qcc_bus_check_endpoint (const QccBusParts *parts,
                        const char *endpoint_id,
                        const char *level,
                        GDBusMethodInvocation *invocation)
{
  const QccEndpointEntry *entry = qcc_health_find (parts->health, endpoint_id);
  gboolean has_key = entry != NULL && (entry->key != NULL || entry->simulation != NULL);
  g_autoptr (GError) error = NULL;
  QccCheckLevel value;

  if (!qcc_bus_check_parse_level (parts, level, &value, &error))
    qcc_bus_return_error (invocation, error);
  else if (value != QCC_CHECK_CONNECT && !has_key)
    g_dbus_method_invocation_return_error_literal (invocation, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                                                   _ ("It has no key: “qcc keys set ID” gives it one. Without a key it can only be connected to."));
  else
    qcc_monitor_check_async (parts->monitor, endpoint_id, value, NULL, on_checked, invocation);
}
