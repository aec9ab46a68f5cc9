/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <glib/gstdio.h>

#include "tests/qcc-cli-service.h"
#include "tests/qcc-terminal-fixture.h"

#define KEY "test-key-0123456789"

static const char *program;
static const char *service;

static void
set_up (QccBusFixture **fixture,
        gconstpointer data)
{
  *fixture = qcc_bus_fixture_new (service);
  qcc_bus_fixture_activate (*fixture);
  qcc_bus_fixture_add_endpoint (*fixture, "work", "work-1", "https://api.example.com");
  qcc_bus_fixture_add_endpoint (*fixture, "spare", "spare-1", "https://spare.example.com");
  g_setenv ("QCC_TEST_KEY", KEY, TRUE);
}

static void
tear_down (QccBusFixture **fixture,
           gconstpointer data)
{
  g_unsetenv ("QCC_TEST_KEY");
  qcc_bus_fixture_free (*fixture);
}

/* Runs the command; whatever it does, the key is not shown. */
static void
check (const char *words,
       const char *input,
       int exit_code,
       const char *out,
       const char *err)
{
  g_autoptr (QccCliRun) run = qcc_cli_service_run (program, words, input);

  if (strstr (run->out, KEY) != NULL || strstr (run->err, KEY) != NULL)
    g_error ("the key was shown");
  g_assert_cmpint (run->exit_code, ==, exit_code);
  g_assert_true (out != NULL ? strstr (run->out, out) != NULL : *run->out == '\0');
  g_assert_true (err != NULL ? strstr (run->err, err) != NULL : *run->err == '\0');
}

static gboolean
has_key (QccBusFixture *fixture,
         const char *id)
{
  g_autofree char *member = g_strdup_printf ("\"%s\" : \"%s\"", id, KEY);
  g_autofree char *text = qcc_bus_fixture_read (fixture, "config/qcc/keys.json");

  return text != NULL && strstr (text, member) != NULL;
}

static void
assert_in_use (QccBusFixture *fixture,
               const char *id)
{
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (fixture, id);

  g_assert_cmpstr (qcc_dbus_endpoint1_get_key_state (endpoint), ==, "ok");
}

/* This bus has no keyring: all is about the key file. */
static void
test_list (QccBusFixture **fixture,
           gconstpointer data)
{
  g_autoptr (JsonNode) root = NULL;
  JsonObject *first;

  check ("keys list", NULL, 0, "“qcc keys set ID”", NULL);
  check ("keys list", NULL, 0,
         "\nKEY STORE               STATE\n"
         "credentials             not in use\n"
         "keyring of the desktop  absent\n"
         "key file                in use\n",
         NULL);
  check ("keys set work-1 --key-env QCC_TEST_KEY", NULL, 0, "work-1", NULL);
  check ("keys set spare-1 --key-env QCC_TEST_KEY", NULL, 0, "spare-1", NULL);
  check ("keys list", NULL, 0, "spare-1   spare    ok   file\n", NULL);

  root = qcc_cli_service_ask (program, "keys list");
  g_assert_cmpuint (json_array_get_length (json_node_get_array (root)), ==, 2);
  first = json_array_get_object_element (json_node_get_array (root), 0);
  g_assert_cmpstr (json_object_get_string_member (first, "key_state"), ==, "ok");
  g_assert_cmpstr (json_object_get_string_member (first, "key_store"), ==, "file");
}

static void
test_set (QccBusFixture **fixture,
          gconstpointer data)
{
  check ("keys set work-1 --key-stdin", KEY "\n", 0, "is stored (file) and in use", NULL);
  g_assert_true (has_key (*fixture, "work-1"));
  assert_in_use (*fixture, "work-1");

  check ("keys set spare-1 --key-env QCC_TEST_KEY --json", NULL, 0, "\"key_state\" : \"ok\"", NULL);
  g_assert_true (has_key (*fixture, "spare-1"));
  assert_in_use (*fixture, "spare-1");
}

static void
test_set_refused (QccBusFixture **fixture,
                  gconstpointer data)
{
  check ("keys set nobody --key-env QCC_TEST_KEY", NULL, 4, NULL, "endpoint");
  check ("keys set 'No Id' --key-env QCC_TEST_KEY", NULL, 4, NULL, "“qcc keys list”");
  check ("keys set token.default --key-env QCC_TEST_KEY", NULL, 4, NULL, "“qcc keys list”");
  check ("keys set work-1", NULL, 2, NULL, "--key-stdin");
  check ("keys set work-1 --key-stdin --key-env QCC_TEST_KEY", NULL, 2, NULL, "not both");
  check ("keys set work-1 --key-env QCC_TEST_NOTHING", NULL, 2, NULL, "--key-env");
  check ("keys set work-1 --key-stdin", "", 1, NULL, "standard input");
  check ("keys set work-1 --key-stdin", "two\nlines\n", 1, NULL, "standard input");
  check ("keys set", NULL, 2, NULL, "keys set ID");
  g_assert_false (has_key (*fixture, "work-1"));
  g_assert_false (has_key (*fixture, "nobody"));
}

/* Typed on a terminal, it does not show. */
static void
test_set_typed (QccBusFixture **fixture,
                gconstpointer data)
{
  const char *const args[] = { "keys", "set", "work-1", NULL };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (QccCliRun) run = qcc_terminal_fixture_run (launcher, program, args, (const char *const[]){ "Key", KEY "\n", NULL });

  g_assert_cmpint (run->exit_code, ==, 0);
  g_assert_null (strstr (run->out, KEY));
  g_assert_true (has_key (*fixture, "work-1"));
}

/* A store that cannot take it: the reason, and nothing is half done. */
static void
test_not_stored (QccBusFixture **fixture,
                 gconstpointer data)
{
  qcc_bus_fixture_write (*fixture, "config/qcc/keys.json", "damaged");
  check ("keys set work-1 --key-env QCC_TEST_KEY", NULL, 1, NULL, "qcc: ");
  g_assert_false (has_key (*fixture, "work-1"));
}

static void
test_remove (QccBusFixture **fixture,
             gconstpointer data)
{
  check ("keys set work-1 --key-env QCC_TEST_KEY", NULL, 0, "work-1", NULL);
  check ("keys remove work-1", NULL, 2, NULL, "--yes");
  g_assert_true (has_key (*fixture, "work-1"));

  check ("keys remove work-1 --yes", NULL, 0, "removed", NULL);
  g_assert_false (has_key (*fixture, "work-1"));

  check ("keys remove work-1 --yes", NULL, 4, NULL, "there is no key for work-1");
  check ("keys remove token.default --yes", NULL, 4, NULL, "“qcc keys list”");
}

/* Keys can be brought in before there is a service, and taken away after their endpoint. */
static void
test_without_service (QccBusFixture **fixture,
                      gconstpointer data)
{
  g_autofree char *address = g_strdup (g_getenv ("DBUS_SESSION_BUS_ADDRESS"));

  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", TRUE);
  check ("keys set new-1 --key-env QCC_TEST_KEY", NULL, 0, "The service does not run", NULL);
  g_assert_true (has_key (*fixture, "new-1"));
  check ("keys set new-1 --key-env QCC_TEST_KEY --json", NULL, 0, "\"unknown\"", NULL);
  check ("keys remove new-1 --yes", NULL, 0, "removed", NULL);
  g_assert_false (has_key (*fixture, "new-1"));
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
}

/* No keyring on this bus. */
static void
test_unlock (QccBusFixture **fixture,
             gconstpointer data)
{
  check ("keys unlock", NULL, 1, NULL, "qcc keys file");
}

/* Only after the user said so. */
static void
test_file (QccBusFixture **fixture,
           gconstpointer data)
{
  g_autofree char *path = g_build_filename ((*fixture)->root, "config/qcc/keys.json", NULL);
  GStatBuf status;

  g_assert_cmpint (g_unlink (path), ==, 0);
  check ("keys set work-1 --key-env QCC_TEST_KEY", NULL, 1, NULL, "qcc keys file");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  check ("keys file", NULL, 2, NULL, "--yes");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  check ("keys file --yes", NULL, 0, "only you can read", NULL);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  check ("keys set work-1 --key-env QCC_TEST_KEY", NULL, 0, "in use", NULL);

  /* Saying it again loses nothing. */
  check ("keys file --yes --json", NULL, 0, "\"file\"", NULL);
  g_assert_true (has_key (*fixture, "work-1"));
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
    { "/cli/keys/list", test_list },
    { "/cli/keys/set", test_set },
    { "/cli/keys/set-refused", test_set_refused },
    { "/cli/keys/set-typed", test_set_typed },
    { "/cli/keys/not-stored", test_not_stored },
    { "/cli/keys/remove", test_remove },
    { "/cli/keys/without-service", test_without_service },
    { "/cli/keys/unlock", test_unlock },
    { "/cli/keys/file", test_file },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 3);
  program = argv[1];
  service = argv[2];

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccBusFixture *, NULL, set_up, tests[i].run, tear_down);

  return g_test_run ();
}
