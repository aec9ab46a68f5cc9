/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-proxy-state.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

/**
 * qcc_proxy_state_is_listening:
 * @manager: the service
 *
 * Returns: whether the proxy listened when @manager was asked last
 */
gboolean
qcc_proxy_state_is_listening (QccDBusManager1 *manager)
{
  g_return_val_if_fail (QCC_DBUS_IS_MANAGER1 (manager), FALSE);

  return g_strcmp0 (qcc_dbus_manager1_get_state (manager), "running") == 0;
}

/**
 * qcc_proxy_state_check_listening:
 * @manager: the service
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE with what happened and what to do.
 *
 * Returns: whether the proxy listened when @manager was asked last
 */
gboolean
qcc_proxy_state_check_listening (QccDBusManager1 *manager,
                                 GError **error)
{
  const char *reason;

  if (qcc_proxy_state_is_listening (manager))
    return TRUE;

  reason = qcc_dbus_manager1_get_state_reason (manager);
  if (reason != NULL && *reason != '\0')
    g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("the proxy does not listen: %s"), reason);
  else
    g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("the proxy is stopped; “qcc proxy start” starts it"));

  return FALSE;
}
