/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <string.h>

#include "tests/qcc-cli-fixture.h"
#include "tests/qcc-terminal-fixture.h"

/* Verbs that ask, on a terminal (spec 13.2, 13.3, 11.5). The fixtures assert that no key shows and that the
 * terminal echoes afterwards. */

static const char *program;

#define TYPE(...) ((const char *const[]){ __VA_ARGS__, NULL })

static QccCliFixture *
make_fixture (void)
{
  QccCliFixture *self = qcc_cli_fixture_new (program);
  g_autoptr (QccDBusProfile1) work = qcc_stand_in_add_profile (self->service, "work", "primary");
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_stand_in_add_endpoint (self->service, "work", "work-1");

  return self;
}

static void
test_add_reused (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;

  run = qcc_cli_fixture_type (self, "add --tier fallback",
                              TYPE ("Name", "work\n", "already", "", "Name", "spare\n", "Enter for later):", "work\n", "Key", "\n"));
  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_nonnull (strstr (qcc_stand_in_get_calls (self->service), "AddProfile('spare', {'tier': <'fallback'>})"));
  g_assert_nonnull (strstr (qcc_stand_in_get_calls (self->service), "AddEndpoint({'from': <'work'>},)"));
  g_assert_null (strstr (qcc_stand_in_get_calls (self->service), "KeyChanged"));
  g_assert_nonnull (strstr (run->out, "no key yet"));
}

/* Wrong answers are explained and asked again; nothing is sent meanwhile. */
static void
test_endpoint_add_wrong_answers (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;
  g_autofree char *key = NULL;

  run = qcc_cli_fixture_type (self, "endpoint add work",
                              TYPE ("Enter for later):", "nonsense\n", "starts with https", "", "Enter for later):", "https://a.example\n",
                                    "Key (it does not show", "two words\n", "visible ASCII", "", "Key (it does not show", QCC_CLI_TEST_KEY "\n"));
  key = qcc_cli_fixture_dup_key (self, "work-1");
  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_cmpstr (key, ==, QCC_CLI_TEST_KEY);
  g_assert_null (strstr (run->out, "two words"));
  g_assert_true (g_str_has_prefix (qcc_stand_in_get_calls (self->service), "AddEndpoint({'base_url': <'https://a.example'>},)\n"));
}

static void
test_endpoint_add_later (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_type (self, "endpoint add work", TYPE ("Enter for later):", "\n"));

  g_assert_cmpint (run->exit_code, ==, 1);
  g_assert_nonnull (strstr (run->out, "nothing was changed"));
  g_assert_cmpstr (qcc_stand_in_get_calls (self->service), ==, "");
}

/* The program ends as by the signal, and the terminal echoes again. */
static void
test_interrupt (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;

  run = qcc_cli_fixture_type (self, "endpoint add work -u https://a.example", TYPE ("Key (it does not show", "half" QCC_TERMINAL_INTERRUPT));
  g_assert_cmpint (run->exit_code, ==, -SIGINT);
  g_assert_null (strstr (run->out, "half"));
  g_assert_cmpstr (qcc_stand_in_get_calls (self->service), ==, "");
}

static void
test_key_stdin (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = NULL;
  g_autofree char *key = NULL;

  run = qcc_cli_fixture_type (self, "endpoint add work -u https://a.example --id new --key-stdin", TYPE ("Key", QCC_CLI_TEST_KEY "\n"));
  key = qcc_cli_fixture_dup_key (self, "new");
  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_cmpstr (key, ==, QCC_CLI_TEST_KEY);
}

static void
test_remove_declined (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_type (self, "remove work", TYPE ("[y/N]", "\n"));

  g_assert_cmpint (run->exit_code, ==, 1);
  g_assert_nonnull (strstr (run->out, "Remove profile “work” with 1 endpoint and its key?"));
  g_assert_cmpstr (qcc_stand_in_get_calls (self->service), ==, "");
}

static void
test_remove_confirmed (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_type (self, "endpoint remove work work-1", TYPE ("[y/N]", "Yes\n"));

  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_cmpstr (qcc_stand_in_get_calls (self->service), ==, "Remove()\n");
}

/* JSON is for programs: it never asks, whatever the terminal is. */
static void
test_json_does_not_ask (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) run = qcc_cli_fixture_type (self, "remove work --json", TYPE ("[y/N]", "y\n"));

  g_assert_cmpint (run->exit_code, ==, 2);
  g_assert_null (strstr (run->out, "[y/N]"));
}

static void
test_colors (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccCliRun) colored = qcc_cli_fixture_type (self, "list", TYPE ("NAME", ""));
  g_autoptr (QccCliRun) plain = qcc_cli_fixture_type (self, "list --no-color", TYPE ("NAME", ""));

  g_assert_nonnull (strstr (colored->out, "\033[1mNAME"));
  g_assert_null (strstr (plain->out, "\033"));
}

/* A terminal of 80 columns gets no line that is longer. */
static void
test_narrow (void)
{
  g_autoptr (QccCliFixture) self = make_fixture ();
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_stand_in_add_endpoint (self->service, "work", "long");
  g_autoptr (QccCliRun) shown = NULL;
  g_autoptr (QccCliRun) piped = NULL;

  qcc_dbus_endpoint1_set_base_url (endpoint, "https://a.example/a/very/long/path/that/no/provider/has/but/that/is/allowed");
  shown = qcc_cli_fixture_type (self, "endpoint list work", TYPE ("ID", ""));
  piped = qcc_cli_fixture_run (self, "endpoint list work", NULL);
  g_assert_nonnull (strstr (shown->out, "…"));
  g_assert_nonnull (strstr (piped->out, "/that/is/allowed\n"));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  program = argv[1];

  g_test_add_func ("/cli/terminal/add-reused", test_add_reused);
  g_test_add_func ("/cli/terminal/endpoint-add-wrong-answers", test_endpoint_add_wrong_answers);
  g_test_add_func ("/cli/terminal/endpoint-add-later", test_endpoint_add_later);
  g_test_add_func ("/cli/terminal/interrupt", test_interrupt);
  g_test_add_func ("/cli/terminal/key-stdin", test_key_stdin);
  g_test_add_func ("/cli/terminal/remove-declined", test_remove_declined);
  g_test_add_func ("/cli/terminal/remove-confirmed", test_remove_confirmed);
  g_test_add_func ("/cli/terminal/json-does-not-ask", test_json_does_not_ask);
  g_test_add_func ("/cli/terminal/colors", test_colors);
  g_test_add_func ("/cli/terminal/narrow", test_narrow);

  return g_test_run ();
}
