/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-cli-service.h"

#include <string.h>

#include "cli/qcc-text.h"

/**
 * qcc_cli_service_run:
 * @program: path of `qcc`
 * @words: what stands behind it, as in a shell
 * @input: (nullable): standard input
 *
 * Runs the command without a terminal. What it prints for a person, not for a shell, must fit into 80 columns; what it
 * prints for a program must be JSON; what it complains about begins with its name.
 *
 * Returns: (transfer full): what came of it
 */
QccCliRun *
qcc_cli_service_run (const char *program,
                     const char *words,
                     const char *input)
{
  g_auto (GStrv) args = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GError) error = NULL;
  QccCliRun *run;

  g_shell_parse_argv (words, NULL, &args, &error);
  g_assert_no_error (error);
  run = qcc_cli_run_program (program, (const char *const *) args, input);

  if (strstr (words, "--json") != NULL)
    {
      root = json_from_string (run->out, &error);
      g_assert_no_error (error);
      g_assert_nonnull (root);
    }
  else if (!g_str_has_prefix (words, "env"))
    {
      lines = g_strsplit (run->out, "\n", -1);
      for (guint i = 0; lines[i] != NULL; i++)
        g_assert_cmpuint (qcc_text_width (lines[i]), <=, QCC_TEXT_WIDTH_DEFAULT);
    }
  if (run->exit_code != 0 && *run->err != '\0')
    g_assert_true (g_str_has_prefix (run->err, "qcc: "));

  return run;
}

static void
check_text (const char *text,
            const char *expected)
{
  if (expected == NULL)
    g_assert_cmpstr (text, ==, "");
  else if (strstr (text, expected) == NULL)
    g_error ("“%s” is not in “%s”", expected, text);
}

/**
 * qcc_cli_service_check:
 * @program: path of `qcc`
 * @test: a call
 *
 * Runs it, and the test fails when something else comes of it.
 */
void
qcc_cli_service_check (const char *program,
                       const QccCliCase *test)
{
  g_autoptr (QccCliRun) run = qcc_cli_service_run (program, test->words, NULL);

  g_assert_cmpint (run->exit_code, ==, test->exit_code);
  check_text (run->out, test->out);
  check_text (run->err, test->err);
}

/**
 * qcc_cli_service_ask:
 * @program: path of `qcc`
 * @words: what stands behind it, without `--json`; must end well
 *
 * Returns: (transfer full): its JSON
 */
JsonNode *
qcc_cli_service_ask (const char *program,
                     const char *words)
{
  g_autofree char *all = g_strconcat (words, " --json", NULL);
  g_autoptr (QccCliRun) run = qcc_cli_service_run (program, all, NULL);

  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_cmpstr (run->err, ==, "");
  return json_from_string (run->out, NULL);
}

/**
 * qcc_cli_service_get_port:
 * @fixture: a fixture whose service listens
 *
 * Returns: (transfer full): where, as text
 */
char *
qcc_cli_service_get_port (QccBusFixture *fixture)
{
  qcc_bus_fixture_activate (fixture);
  g_assert_cmpstr (qcc_dbus_manager1_get_state (fixture->manager), ==, "running");
  return g_strdup (strrchr (qcc_dbus_manager1_get_url (fixture->manager), ':') + 1);
}
