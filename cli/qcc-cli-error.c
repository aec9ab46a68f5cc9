/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-cli-error.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

G_DEFINE_QUARK (qcc - cli - error, qcc_cli_error)

/* Whether the bus or the service went away, or the service does not answer. */
static gboolean
is_about_the_bus (const GError *error)
{
  if (error->domain == G_DBUS_ERROR)
    return error->code != G_DBUS_ERROR_FAILED && error->code != G_DBUS_ERROR_INVALID_ARGS &&
           error->code != G_DBUS_ERROR_UNKNOWN_METHOD;

  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/**
 * qcc_cli_error_to_exit:
 * @error: why a verb failed
 *
 * Returns: what the command ends with (spec 13.3)
 */
QccCliExit
qcc_cli_error_to_exit (const GError *error)
{
  g_return_val_if_fail (error != NULL, QCC_CLI_EXIT_FAILED);

  if (error->domain == G_OPTION_ERROR || g_error_matches (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE))
    return QCC_CLI_EXIT_USAGE;
  if (is_about_the_bus (error) || g_error_matches (error, QCC_CLI_ERROR, QCC_CLI_ERROR_NO_SERVICE))
    return QCC_CLI_EXIT_NO_SERVICE;
  if (g_error_matches (error, QCC_ERROR, QCC_ERROR_NOT_FOUND))
    return QCC_CLI_EXIT_NOT_FOUND;

  return QCC_CLI_EXIT_FAILED;
}

/**
 * qcc_cli_error_to_code:
 * @error: why a verb failed
 *
 * Returns: (transfer none): the word for it in JSON: of #QccError that of the bus, else `Usage`,
 *   `NoService`, `Declined` or `Failed`
 */
const char *
qcc_cli_error_to_code (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain == QCC_ERROR)
    {
      g_autofree char *name = g_dbus_error_encode_gerror (error);

      return g_intern_string (strrchr (name, '.') + 1);
    }
  if (g_error_matches (error, QCC_CLI_ERROR, QCC_CLI_ERROR_DECLINED))
    return "Declined";

  switch (qcc_cli_error_to_exit (error))
    {
    case QCC_CLI_EXIT_USAGE:
      return "Usage";
    case QCC_CLI_EXIT_NO_SERVICE:
      return "NoService";
    case QCC_CLI_EXIT_DONE:
    case QCC_CLI_EXIT_FAILED:
    case QCC_CLI_EXIT_NOT_FOUND:
      break;
    }

  return "Failed";
}

/**
 * qcc_cli_exit_describe:
 * @exit_code: a way to end
 *
 * Returns: (transfer none): what it means, for help
 */
const char *
qcc_cli_exit_describe (QccCliExit exit_code)
{
  switch (exit_code)
    {
    case QCC_CLI_EXIT_DONE:
      return _ ("done");
    case QCC_CLI_EXIT_FAILED:
      return _ ("refused or failed; the reason is on standard error");
    case QCC_CLI_EXIT_USAGE:
      return _ ("the command line is wrong; nothing was done");
    case QCC_CLI_EXIT_NO_SERVICE:
      return _ ("there is no service, and none can be started");
    case QCC_CLI_EXIT_NOT_FOUND:
      return _ ("what was named does not exist");
    }

  g_return_val_if_reached ("");
}
