/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/qcc-key-store.h"
#include "common/qcc-token.h"
#include "tests/qcc-cli-service.h"
#include "tests/qcc-terminal-fixture.h"

/* From nothing to a Claude Code that can be started (spec 13.1). This bus has no keyring: keys go into the file. */

#define KEY "test-key-0123456789"
#define INIT "init home --base-url https://a.example --key-env QCC_TEST_KEY"

static const char *program;
static const char *service;

static void
set_up (QccBusFixture **fixture,
        gconstpointer data)
{
  *fixture = qcc_bus_fixture_new (service);
  g_setenv ("QCC_TEST_KEY", KEY, TRUE);
}

static void
tear_down (QccBusFixture **fixture,
           gconstpointer data)
{
  g_unsetenv ("QCC_TEST_KEY");
  qcc_bus_fixture_free (*fixture);
}

static gboolean
has_text (QccBusFixture *fixture,
          const char *file,
          const char *part)
{
  g_autofree char *text = qcc_bus_fixture_read (fixture, file);

  return text != NULL && strstr (text, part) != NULL;
}

/* Returns the token in the key file. */
static char *
dup_stored_token (QccBusFixture *fixture)
{
  g_autofree char *text = qcc_bus_fixture_read (fixture, "config/qcc/keys.json");
  g_autoptr (JsonNode) root = json_from_string (text, NULL);
  JsonObject *keys = json_object_get_object_member (json_node_get_object (root), "keys");

  return g_strdup (json_object_get_string_member_with_default (keys, QCC_KEY_ID_DEFAULT_TOKEN, NULL));
}

static guint
count_tokens (void)
{
  g_autoptr (JsonNode) root = qcc_cli_service_ask (program, "token list");

  return json_array_get_length (json_node_get_array (root));
}

static void
assert_given (const char *token)
{
  g_autoptr (JsonNode) root = qcc_cli_service_ask (program, "env");

  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (root), "ANTHROPIC_AUTH_TOKEN"), ==, token);
}

/* Starts the service, makes all there is to make, and ends with what to type. */
static void
test_new (QccBusFixture **fixture,
          gconstpointer data)
{
  g_autoptr (QccCliRun) run = qcc_cli_service_run (program, INIT, NULL);
  g_autofree char *token = dup_stored_token (*fixture);
  g_autofree char *hash = NULL;
  g_autoptr (QccSecret) secret = NULL;

  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_cmpstr (run->err, ==, "");
  g_assert_nonnull (strstr (run->out, "Profile “home” was added.\n"));
  g_assert_true (g_str_has_suffix (run->out, "\n  eval \"$(qcc env)\"\n  claude\n"));
  g_assert_null (strstr (run->out, KEY));
  g_assert_true (has_text (*fixture, "config/qcc/keys.json", KEY));

  g_assert_nonnull (token);
  g_assert_null (strstr (run->out, token));
  secret = qcc_secret_new (token, -1);
  hash = qcc_token_hash (secret);
  g_assert_true (has_text (*fixture, "config/qcc/profiles.json", hash));
  assert_given (token);
}

/* Nothing that is there is made anew. */
static void
test_again (QccBusFixture **fixture,
            gconstpointer data)
{
  g_autoptr (QccCliRun) first = qcc_cli_service_run (program, INIT, NULL);
  g_autofree char *profiles = qcc_bus_fixture_read (*fixture, "config/qcc/profiles.json");
  g_autofree char *keys = qcc_bus_fixture_read (*fixture, "config/qcc/keys.json");
  g_autoptr (QccCliRun) again = qcc_cli_service_run (program, "init other --base-url https://b.example", NULL);
  g_autofree char *profiles_after = qcc_bus_fixture_read (*fixture, "config/qcc/profiles.json");
  g_autofree char *keys_after = qcc_bus_fixture_read (*fixture, "config/qcc/keys.json");

  g_assert_cmpint (first->exit_code, ==, 0);
  g_assert_cmpint (again->exit_code, ==, 0);
  g_assert_nonnull (strstr (again->out, "set up already"));
  g_assert_true (g_str_has_suffix (again->out, "\n  claude\n"));
  g_assert_cmpstr (profiles_after, ==, profiles);
  g_assert_cmpstr (keys_after, ==, keys);
}

/* What is missing beside a profile that is there is made. */
static void
test_only_token (QccBusFixture **fixture,
                 gconstpointer data)
{
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *token = NULL;

  qcc_bus_fixture_activate (*fixture);
  qcc_bus_fixture_add_endpoint (*fixture, "work", "work-1", "https://api.example.com");
  root = qcc_cli_service_ask (program, "init");
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (root), "name"), ==, "work");
  token = dup_stored_token (*fixture);
  g_assert_nonnull (token);
  assert_given (token);
}

static void
test_no_key_store (QccBusFixture **fixture,
                   gconstpointer data)
{
  g_autoptr (QccCliRun) free = NULL;
  g_autoptr (QccCliRun) quiet = NULL;
  g_autoptr (QccCliRun) set = NULL;
  g_autoptr (QccCliRun) required = NULL;

  qcc_bus_fixture_write (*fixture, "config/qcc/keys.json", "damaged");
  free = qcc_cli_service_run (program, "init home --base-url https://a.example", NULL);
  g_assert_cmpint (free->exit_code, ==, 0);
  g_assert_nonnull (strstr (free->err, "any word stands in for it"));
  g_assert_true (g_str_has_suffix (free->out, "\n  claude\n"));
  g_assert_cmpuint (count_tokens (), ==, 0);
  quiet = qcc_cli_service_run (program, "init --quiet", NULL);
  g_assert_cmpint (quiet->exit_code, ==, 0);
  g_assert_cmpstr (quiet->err, ==, "");

  set = qcc_cli_service_run (program, "config set proxy.require-token true", NULL);
  g_assert_cmpint (set->exit_code, ==, 0);
  required = qcc_cli_service_run (program, "init --json", NULL);
  g_assert_cmpint (required->exit_code, ==, 1);
  g_assert_nonnull (strstr (required->out, "\"error\""));
  g_assert_nonnull (strstr (required->err, "there is no token to give"));
}

static void
test_typed (QccBusFixture **fixture,
            gconstpointer data)
{
  const char *const conversation[] = { "Name of the profile [default]:", "\n", "Enter for later):", "https://a.example\n",
                                       "Key (it does not show", KEY "\n", NULL };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (QccCliRun) run = qcc_terminal_fixture_run (launcher, program, (const char *const[]){ "init", NULL }, conversation);

  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_null (strstr (run->out, KEY));
  g_assert_true (has_text (*fixture, "config/qcc/keys.json", "\"default-1\" : \"" KEY "\""));
  g_assert_true (has_text (*fixture, "config/qcc/profiles.json", "https://a.example"));
}

int
main (int argc,
      char **argv)
{
  const struct
  {
    const char *path;
    void (*run) (QccBusFixture **fixture, gconstpointer data);
  } tests[] = {
    { "/cli/init/new", test_new },
    { "/cli/init/again", test_again },
    { "/cli/init/only-token", test_only_token },
    { "/cli/init/no-key-store", test_no_key_store },
    { "/cli/init/typed", test_typed },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 3);
  program = argv[1];
  service = argv[2];

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccBusFixture *, NULL, set_up, tests[i].run, tear_down);

  return g_test_run ();
}
