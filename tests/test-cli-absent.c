/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "tests/qcc-cli-service.h"

/* What the verbs say when there is nobody to ask. */

static const char *program;

static const char *const needing[] = {
  "add home",
  "config describe proxy.port",
  "config get proxy.port",
  "config list",
  "config reset --all --yes",
  "config reset proxy.port",
  "config set proxy.port 0",
  "default work",
  "endpoint add work -u https://a.example",
  "endpoint disable work work-1",
  "endpoint edit work work-1 --weight 5",
  "endpoint enable work work-1",
  "endpoint list work",
  "endpoint remove work work-1 --yes",
  "env",
  "init",
  "keys list",
  "list",
  "priority list",
  "priority release",
  "priority set work primary",
  "priority switch work",
  "proxy restart",
  "proxy start",
  "proxy start --port 0",
  "proxy status",
  "proxy stop",
  "remove work --yes",
  "rename work office",
  "token add laptop",
  "token list",
  "token remove laptop --yes",
};

/* With 3, the same word for programs, and what to do. */
static void
check_all (const char *hint)
{
  for (gsize i = 0; i < G_N_ELEMENTS (needing); i++)
    {
      g_autofree char *json = g_strdup_printf ("%s --json", needing[i]);
      const char *code = g_str_equal (needing[i], "proxy status") ? "\"no-service\"" : "\"NoService\"";
      const QccCliCase plain = { "", needing[i], 3, NULL, hint };
      g_autoptr (QccCliRun) run = NULL;

      g_test_message ("%s", needing[i]);
      qcc_cli_service_check (program, &plain);
      run = qcc_cli_service_run (program, json, NULL);
      g_assert_cmpint (run->exit_code, ==, 3);
      g_assert_nonnull (strstr (run->out, code));
    }

  qcc_cli_service_check (program, &(QccCliCase){ "", "completion words -- config get p", 0, NULL, NULL });
}

static void
test_no_bus (void)
{
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", TRUE);
  check_all ("dbus-run-session");
}

/* The bus tries to start it, and it ends at once. */
static void
test_broken_service (void)
{
  QccBusFixture *fixture = qcc_bus_fixture_new ("/bin/false");

  check_all ("“qcc");
  qcc_bus_fixture_free (fixture);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 3);
  program = argv[1];

  g_test_add_func ("/cli/absent/broken-service", test_broken_service);
  g_test_add_func ("/cli/absent/no-bus", test_no_bus);

  return g_test_run ();
}
