/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-shell.h"

#include <gio/gio.h>

/* Everything that means something to one of the shells. */
#define HARD "it's \"a\" $HOME `x` \\ \\' !! %PATH% ; & | * ? é"

static void
test_lines (void)
{
  const struct
  {
    QccShell shell;
    const char *value;
    const char *line;
  } cases[] = {
    { QCC_SHELL_SH, "plain", "export NAME='plain'\n" },
    { QCC_SHELL_SH, "it's", "export NAME='it'\\''s'\n" },
    { QCC_SHELL_FISH, "it's \\", "set -gx NAME 'it\\'s \\\\'\n" },
    { QCC_SHELL_POWERSHELL, "it's $x", "$env:NAME = 'it''s $x'\n" },
    { QCC_SHELL_CMD, "http://127.0.0.1:7860", "set \"NAME=http://127.0.0.1:7860\"\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line = qcc_shell_dup_export (cases[i].shell, "NAME", cases[i].value);

      g_assert_cmpstr (line, ==, cases[i].line);
    }
}

/* The shell itself reads the line, and a program that it starts sees the value. */
static void
check_shell (const char *program,
             QccShell shell)
{
  g_autofree char *path = g_find_program_in_path (program);
  g_autofree char *line = qcc_shell_dup_export (shell, "QCC_TEST_VALUE", HARD);
  g_autofree char *script = g_strconcat (line, "printenv QCC_TEST_VALUE\n", NULL);
  g_autofree char *out = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    {
      g_test_skip ("it is not installed");
      return;
    }

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, path, "-c", script, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (out, ==, HARD "\n");
}

static void
test_sh (void)
{
  check_shell ("sh", QCC_SHELL_SH);
}

static void
test_bash (void)
{
  check_shell ("bash", QCC_SHELL_SH);
}

static void
test_zsh (void)
{
  check_shell ("zsh", QCC_SHELL_SH);
}

static void
test_fish (void)
{
  check_shell ("fish", QCC_SHELL_FISH);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/cli/shell/lines", test_lines);
  g_test_add_func ("/cli/shell/sh", test_sh);
  g_test_add_func ("/cli/shell/bash", test_bash);
  g_test_add_func ("/cli/shell/zsh", test_zsh);
  g_test_add_func ("/cli/shell/fish", test_fish);

  return g_test_run ();
}
