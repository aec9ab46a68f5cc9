/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-policy-rules.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

/* What a schema cannot say of a value: its inner form, and what it may be beside another one. */

static gboolean
is_path_name (const char *name)
{
  return g_str_equal (name, "proxy.ssl-certificate") || g_str_equal (name, "proxy.ssl-key");
}

/**
 * qcc_policy_rules_describe:
 * @name: the dotted name of a setting
 *
 * Returns: (transfer none) (nullable): what may be written there, translated; %NULL when the
 *   schema's type says it all
 */
const char *
qcc_policy_rules_describe (const char *name)
{
  if (g_str_equal (name, "proxy.host"))
    return _ ("localhost or an IP address; one that is not loopback only while proxy.require-token is on");
  if (is_path_name (name))
    return _ ("the absolute path of a file, or nothing");

  return NULL;
}

/**
 * qcc_policy_rules_is_local:
 * @host: a value of `proxy.host`
 *
 * Returns: whether only programs of this machine can connect to it
 */
gboolean
qcc_policy_rules_is_local (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address != NULL ? g_inet_address_get_is_loopback (address) : g_str_equal (host, "localhost");
}

static gboolean
check_host (const char *text,
            gboolean require_token,
            GError **error)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  if (address == NULL && !g_str_equal (text, "localhost"))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("%s must be: %s."), "proxy.host",
                   qcc_policy_rules_describe ("proxy.host"));
      return FALSE;
    }
  if (!require_token && !qcc_policy_rules_is_local (text))
    {
      g_set_error_literal (error, QCC_ERROR, QCC_ERROR_REFUSED,
                           _ ("On an address that is not loopback everybody there could spend your money. Switch proxy.require-token on first."));
      return FALSE;
    }

  return TRUE;
}

/**
 * qcc_policy_rules_check:
 * @name: the dotted name of a setting
 * @text: the value that it is to have, in its canonical form
 * @host: the present value of `proxy.host`
 * @require_token: the present value of `proxy.require-token`
 * @error: return location for an error
 *
 * The rule that an address other than loopback needs a token is of spec 3.1.
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT for a value that is never allowed,
 * %QCC_ERROR_REFUSED for one that is not allowed beside the others.
 *
 * Returns: whether @name may have the value @text
 */
gboolean
qcc_policy_rules_check (const char *name,
                        const char *text,
                        const char *host,
                        gboolean require_token,
                        GError **error)
{
  if (g_str_equal (name, "proxy.host"))
    return check_host (text, require_token, error);

  if (g_str_equal (name, "proxy.require-token") && g_str_equal (text, "false") && !qcc_policy_rules_is_local (host))
    {
      g_set_error_literal (error, QCC_ERROR, QCC_ERROR_REFUSED,
                           _ ("QCC listens on an address that is not loopback, where a token is required. Set proxy.host to localhost first."));
      return FALSE;
    }

  if (is_path_name (name) && *text != '\0' && !g_path_is_absolute (text))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("%s must be: %s."), name,
                   qcc_policy_rules_describe (name));
      return FALSE;
    }

  return TRUE;
}
