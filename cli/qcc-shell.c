/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-shell.h"

#include <string.h>

/* clang-format off */
G_DEFINE_ENUM_TYPE (QccShell, qcc_shell,
                    G_DEFINE_ENUM_VALUE (QCC_SHELL_SH, "sh"),
                    G_DEFINE_ENUM_VALUE (QCC_SHELL_FISH, "fish"),
                    G_DEFINE_ENUM_VALUE (QCC_SHELL_POWERSHELL, "powershell"),
                    G_DEFINE_ENUM_VALUE (QCC_SHELL_CMD, "cmd"))
/* clang-format on */

/* Between single quotes only what ends them needs care, and in fish the backslash. */
static char *
quote (const char *value,
       const char *special,
       char escape)
{
  GString *quoted = g_string_new ("'");

  for (const char *p = value; *p != '\0'; p++)
    {
      if (strchr (special, *p) != NULL)
        g_string_append_c (quoted, escape);
      g_string_append_c (quoted, *p);
    }
  g_string_append_c (quoted, '\'');

  return g_string_free (quoted, FALSE);
}

/**
 * qcc_shell_dup_export:
 * @shell: which
 * @name: of a variable
 * @value: its value; without quotes, per cent signs and line breaks where @shell is %QCC_SHELL_CMD, which has no way
 *   to write them
 *
 * Returns: (transfer full): the line that gives a variable this value for the shell and what it starts
 */
char *
qcc_shell_dup_export (QccShell shell,
                      const char *name,
                      const char *value)
{
  g_autofree char *quoted = NULL;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (value != NULL, NULL);

  switch (shell)
    {
    case QCC_SHELL_SH:
      quoted = g_shell_quote (value);
      return g_strdup_printf ("export %s=%s\n", name, quoted);
    case QCC_SHELL_FISH:
      quoted = quote (value, "\\'", '\\');
      return g_strdup_printf ("set -gx %s %s\n", name, quoted);
    case QCC_SHELL_POWERSHELL:
      quoted = quote (value, "'", '\'');
      return g_strdup_printf ("$env:%s = %s\n", name, quoted);
    case QCC_SHELL_CMD:
      return g_strdup_printf ("set \"%s=%s\"\n", name, value);
    }

  g_return_val_if_reached (NULL);
}
