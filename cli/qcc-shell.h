/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * QccShell:
 * @QCC_SHELL_SH: every shell of the Bourne family
 * @QCC_SHELL_FISH: fish
 * @QCC_SHELL_POWERSHELL: PowerShell
 * @QCC_SHELL_CMD: the command prompt of Windows
 *
 * Whose language a line is in.
 */
typedef enum
{
  QCC_SHELL_SH,
  QCC_SHELL_FISH,
  QCC_SHELL_POWERSHELL,
  QCC_SHELL_CMD,
} QccShell;

#define QCC_TYPE_SHELL (qcc_shell_get_type ())
GType qcc_shell_get_type (void);

char *qcc_shell_dup_export (QccShell shell, const char *name, const char *value);

G_END_DECLS
