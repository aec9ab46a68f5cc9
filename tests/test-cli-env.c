/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <glib/gstdio.h>

#include "cli/qcc-default-token.h"
#include "common/qcc-key-store-memory.h"
#include "common/qcc-token.h"
#include "tests/qcc-cli-service.h"

static const char *program;
static const char *service;

static void
set_up (QccBusFixture **fixture,
        gconstpointer data)
{
  *fixture = qcc_bus_fixture_new (service);
}

static void
tear_down (QccBusFixture **fixture,
           gconstpointer data)
{
  qcc_bus_fixture_free (*fixture);
}

static char *
dup_token (void)
{
  g_autoptr (JsonNode) root = qcc_cli_service_ask (program, "env");

  return g_strdup (json_object_get_string_member (json_node_get_object (root), "ANTHROPIC_AUTH_TOKEN"));
}

static void
set_setting (const char *name,
             const char *value)
{
  g_autofree char *words = g_strdup_printf ("config set %s %s", name, value);
  g_autoptr (QccCliRun) run = qcc_cli_service_run (program, words, NULL);

  g_assert_cmpint (run->exit_code, ==, 0);
}

/* A shell that evaluates it has the address of the service that this call has started, and a token of it. */
static void
test_shell (QccBusFixture **fixture,
            gconstpointer data)
{
  g_autoptr (GSubprocess) shell = NULL;
  g_autofree char *out = NULL;
  g_autofree char *token = NULL;
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_bus_fixture_is_running (*fixture));
  shell = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "sh", "-c",
                            "eval \"$(\"$0\" env)\"; printf '%s %s' \"$ANTHROPIC_BASE_URL\" \"$ANTHROPIC_AUTH_TOKEN\"",
                            program, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (shell, NULL, NULL, &out, NULL, &error);
  g_assert_no_error (error);

  qcc_bus_fixture_activate (*fixture);
  token = dup_token ();
  g_assert_true (g_str_has_prefix (token, QCC_TOKEN_PREFIX));
  expected = g_strdup_printf ("%s %s", qcc_dbus_manager1_get_url ((*fixture)->manager), token);
  g_assert_cmpstr (out, ==, expected);
}

static void
test_shells (QccBusFixture **fixture,
             gconstpointer data)
{
  const QccCliCase cases[] = {
    { "", "env", 0, "export ANTHROPIC_BASE_URL='http://127.0.0.1:", NULL },
    { "", "env --shell sh", 0, "\nexport ANTHROPIC_AUTH_TOKEN='qcc-", NULL },
    { "", "env --shell fish", 0, "set -gx ANTHROPIC_AUTH_TOKEN 'qcc-", NULL },
    { "", "env --shell powershell", 0, "$env:ANTHROPIC_AUTH_TOKEN = 'qcc-", NULL },
    { "", "env --shell cmd", 0, "set \"ANTHROPIC_AUTH_TOKEN=qcc-", NULL },
    { "", "env --shell ksh", 2, NULL, "sh, fish, powershell, cmd" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    qcc_cli_service_check (program, &cases[i]);
}

/* The same token for everybody who asks, until it is revoked. */
static void
test_token_stays (QccBusFixture **fixture,
                  gconstpointer data)
{
  g_autofree char *first = dup_token ();
  g_autofree char *second = dup_token ();
  g_autoptr (QccCliRun) remove = qcc_cli_service_run (program, "token remove default --yes", NULL);
  g_autofree char *third = dup_token ();

  g_assert_cmpstr (first, ==, second);
  g_assert_cmpint (remove->exit_code, ==, 0);
  g_assert_cmpstr (third, !=, first);
}

/* A text that the service does not know opens nothing, and is not handed out. */
static void
test_revoked_elsewhere (QccBusFixture **fixture,
                        gconstpointer data)
{
  g_autofree char *first = dup_token ();
  g_autofree char *second = NULL;
  g_autoptr (GError) error = NULL;

  qcc_bus_fixture_activate (*fixture);
  qcc_dbus_manager1_call_remove_token_sync ((*fixture)->manager, "default", G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);

  second = dup_token ();
  g_assert_cmpstr (second, !=, first);
}

/* A new one takes the place of one whose text was lost, with what it was allowed. */
static void
test_text_lost (QccBusFixture **fixture,
                gconstpointer data)
{
  g_autoptr (QccKeyStore) store = qcc_key_store_memory_new ();
  g_autoptr (QccKeyStore) empty = qcc_key_store_memory_new ();
  g_autoptr (QccSecret) first = NULL;
  g_autoptr (QccSecret) second = NULL;
  g_autoptr (QccSecret) again = NULL;
  g_autoptr (GPtrArray) records = NULL;
  const QccTokenRecord *record;
  g_autoptr (GError) error = NULL;

  qcc_bus_fixture_activate (*fixture);
  qcc_bus_fixture_add_endpoint (*fixture, "work", "work-1", "https://api.example.com");
  first = qcc_default_token_add ((*fixture)->manager, store, "work", TRUE, &error);
  g_assert_no_error (error);
  second = qcc_default_token_get ((*fixture)->manager, empty, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (qcc_secret_peek (second), !=, qcc_secret_peek (first));
  again = qcc_default_token_get ((*fixture)->manager, empty, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (qcc_secret_peek (again), ==, qcc_secret_peek (second));

  records = qcc_token_record_list ((*fixture)->manager, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (records->len, ==, 1);
  record = qcc_token_record_find (records, QCC_DEFAULT_TOKEN_NAME);
  g_assert_cmpstr (record->profile, ==, "work");
  g_assert_true (record->cross);
}

/* One whose text may be in the keyring, which this bus does not have, is left alone: others may be using it. */
static void
test_store_away (QccBusFixture **fixture,
                 gconstpointer data)
{
  g_autofree char *first = dup_token ();
  g_autofree char *before = qcc_bus_fixture_read (*fixture, "config/qcc/profiles.json");
  g_autofree char *after = NULL;
  g_autoptr (QccCliRun) run = NULL;

  g_assert_true (g_str_has_prefix (first, QCC_TOKEN_PREFIX));
  qcc_bus_fixture_write (*fixture, "config/qcc/keys.json", "{\"version\":1,\"keys\":{}}\n");
  run = qcc_cli_service_run (program, "env", NULL);
  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_nonnull (strstr (run->out, "ANTHROPIC_AUTH_TOKEN='qcc'\n"));

  after = qcc_bus_fixture_read (*fixture, "config/qcc/profiles.json");
  g_assert_cmpstr (after, ==, before);
}

/* Without a place to keep a token any word does, as long as none is required. */
static void
test_no_key_store (QccBusFixture **fixture,
                   gconstpointer data)
{
  g_autofree char *keys = g_build_filename ((*fixture)->root, "config/qcc/keys.json", NULL);
  g_autoptr (QccCliRun) free = NULL;
  g_autoptr (QccCliRun) quiet = NULL;
  g_autoptr (QccCliRun) required = NULL;

  g_assert_true (g_file_test (keys, G_FILE_TEST_EXISTS));
  qcc_bus_fixture_activate (*fixture);
  g_assert_cmpint (g_chmod (keys, 0644), ==, 0);

  free = qcc_cli_service_run (program, "env", NULL);
  g_assert_cmpint (free->exit_code, ==, 0);
  g_assert_nonnull (strstr (free->out, "ANTHROPIC_AUTH_TOKEN='qcc'\n"));
  g_assert_cmpstr (free->err, !=, "");
  quiet = qcc_cli_service_run (program, "env --quiet", NULL);
  g_assert_cmpstr (quiet->out, ==, free->out);
  g_assert_cmpstr (quiet->err, ==, "");

  set_setting ("proxy.require-token", "true");
  required = qcc_cli_service_run (program, "env", NULL);
  g_assert_cmpint (required->exit_code, ==, 1);
  g_assert_cmpstr (required->out, ==, "");
  g_assert_nonnull (strstr (required->err, "there is no token to give"));
}

static void
test_not_listening (QccBusFixture **fixture,
                    gconstpointer data)
{
  g_autoptr (QccCliRun) stop = NULL;
  g_autoptr (QccCliRun) env = NULL;

  qcc_bus_fixture_activate (*fixture);
  stop = qcc_cli_service_run (program, "proxy stop", NULL);
  g_assert_cmpint (stop->exit_code, ==, 0);

  env = qcc_cli_service_run (program, "env", NULL);
  g_assert_cmpint (env->exit_code, ==, 1);
  g_assert_cmpstr (env->out, ==, "");
  g_assert_nonnull (strstr (env->err, "“qcc proxy start”"));
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
    { "/cli/env/shell", test_shell },
    { "/cli/env/shells", test_shells },
    { "/cli/env/token-stays", test_token_stays },
    { "/cli/env/revoked-elsewhere", test_revoked_elsewhere },
    { "/cli/env/text-lost", test_text_lost },
    { "/cli/env/store-away", test_store_away },
    { "/cli/env/no-key-store", test_no_key_store },
    { "/cli/env/not-listening", test_not_listening },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 3);
  program = argv[1];
  service = argv[2];

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccBusFixture *, NULL, set_up, tests[i].run, tear_down);

  return g_test_run ();
}
