/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccCliExit:
 * @QCC_CLI_EXIT_DONE: what was asked for is done
 * @QCC_CLI_EXIT_FAILED: refused or failed; the reason is on standard error
 * @QCC_CLI_EXIT_USAGE: the command line is wrong; nothing was done
 * @QCC_CLI_EXIT_NO_SERVICE: there is no service and none can be started
 * @QCC_CLI_EXIT_NOT_FOUND: the profile, endpoint, key, token or setting that was named does not exist
 *
 * How the command `qcc` ends (spec 13.3). Scripts rely on the numbers.
 */
typedef enum
{
  QCC_CLI_EXIT_DONE = 0,
  QCC_CLI_EXIT_FAILED = 1,
  QCC_CLI_EXIT_USAGE = 2,
  QCC_CLI_EXIT_NO_SERVICE = 3,
  QCC_CLI_EXIT_NOT_FOUND = 4,
} QccCliExit;

/**
 * QccCliError:
 * @QCC_CLI_ERROR_USAGE: the command line is wrong
 * @QCC_CLI_ERROR_NO_SERVICE: no session bus, or no service on it
 * @QCC_CLI_ERROR_DECLINED: the user answered no, or ended a question
 *
 * What goes wrong in the command alone; everything else is #QccError.
 */
typedef enum
{
  QCC_CLI_ERROR_USAGE,
  QCC_CLI_ERROR_NO_SERVICE,
  QCC_CLI_ERROR_DECLINED,
} QccCliError;

#define QCC_CLI_ERROR (qcc_cli_error_quark ())
GQuark qcc_cli_error_quark (void);

QccCliExit qcc_cli_error_to_exit (const GError *error);
const char *qcc_cli_error_to_code (const GError *error);
const char *qcc_cli_exit_describe (QccCliExit exit_code);

G_END_DECLS
