/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "tests/qcc-cli-service.h"
#include "tests/qcc-terminal-fixture.h"

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

static void
check (const char *words,
       int exit_code,
       const char *out,
       const char *err)
{
  qcc_cli_service_check (program, &(QccCliCase){ "", words, exit_code, out, err });
}

/* Exactly these members, whatever there is (spec 13.3). */
static void
check_status (int exit_code,
              gboolean running,
              const char *state,
              const char *active_profile)
{
  g_autoptr (QccCliRun) run = qcc_cli_service_run (program, "proxy status --json", NULL);
  g_autoptr (JsonNode) root = json_from_string (run->out, NULL);
  JsonObject *object = json_node_get_object (root);

  g_assert_cmpint (run->exit_code, ==, exit_code);
  g_assert_cmpuint (json_object_get_size (object), ==, 4);
  g_assert_true (json_object_get_boolean_member (object, "running") == running);
  g_assert_true (g_str_has_prefix (json_object_get_string_member (object, "url"), "http://127.0.0.1:") == running);
  g_assert_cmpstr (json_object_get_string_member (object, "state"), ==, state);
  g_assert_cmpstr (json_object_get_string_member (object, "active_profile"), ==, active_profile);
}

static void
test_status (QccBusFixture **fixture,
             gconstpointer data)
{
  check_status (3, FALSE, "no-service", "");
  check ("proxy status", 3, NULL, "“qcc proxy start”");
  g_assert_false (qcc_bus_fixture_is_running (*fixture));

  qcc_bus_fixture_activate (*fixture);
  check_status (0, TRUE, "running", "");
  check ("proxy status", 0, "“qcc init”", NULL);
  qcc_bus_fixture_add_endpoint (*fixture, "work", "work-1", "https://api.example.com");
  check_status (0, TRUE, "running", "work");
  check ("proxy status", 0, "“work”", NULL);

  check ("proxy stop", 0, "stopped", NULL);
  check_status (1, FALSE, "stopped", "work");
  check ("proxy status", 1, NULL, "“qcc proxy start”");
}

static void
test_start_and_stop (QccBusFixture **fixture,
                     gconstpointer data)
{
  check ("proxy stop", 3, NULL, "does not run");
  g_assert_false (qcc_bus_fixture_is_running (*fixture));

  check ("proxy start", 0, "http://127.0.0.1:", NULL);
  check ("proxy start", 0, "http://127.0.0.1:", NULL);
  check ("proxy stop --json", 0, "\"stopped\"", NULL);
  check ("proxy stop", 0, "stopped", NULL);
  check ("proxy restart", 0, "http://127.0.0.1:", NULL);
  check ("proxy restart --json", 0, "\"running\" : true", NULL);
}

/* Opens a port and keeps it. */
static GSocket *
take_port (guint port)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);

  g_assert_no_error (error);
  g_socket_bind (socket, address, FALSE, &error);
  g_assert_no_error (error);
  g_socket_listen (socket, &error);
  g_assert_no_error (error);

  return socket;
}

static guint
get_port (GSocket *socket)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (socket, NULL);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

/* A port that nobody has now. */
static guint
find_port (void)
{
  g_autoptr (GSocket) socket = take_port (0);
  guint port = get_port (socket);

  g_socket_close (socket, NULL);
  return port;
}

static void
assert_listens_at (QccBusFixture *fixture,
                   const char *port)
{
  g_autofree char *found = qcc_cli_service_get_port (fixture);

  g_assert_cmpstr (found, ==, port);
}

/* Whether this call has started the service or not: it ends at the port that was asked for. */
static void
test_start_at_port (QccBusFixture **fixture,
                    gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *port = g_strdup_printf ("%u", find_port ());
      g_autofree char *words = g_strdup_printf ("proxy start --port %s", port);
      g_autofree char *setting = NULL;

      check (words, 0, port, NULL);
      assert_listens_at (*fixture, port);
      setting = qcc_bus_fixture_get_setting (*fixture, "proxy.port");
      g_assert_cmpstr (setting, ==, port);
    }
}

/* What cannot be is refused, and all stays as it was. */
static void
test_start_refused (QccBusFixture **fixture,
                    gconstpointer data)
{
  g_autofree char *port = g_strdup_printf ("%u", find_port ());
  g_autofree char *start = g_strdup_printf ("proxy start --port %s", port);
  g_autoptr (GSocket) taken = take_port (0);
  g_autofree char *collide = g_strdup_printf ("proxy start --port %u", get_port (taken));
  g_autofree char *setting = NULL;
  g_autofree char *host = NULL;

  check (start, 0, port, NULL);
  check (collide, 1, NULL, "qcc config set proxy.port ");
  assert_listens_at (*fixture, port);
  check ("proxy start --port 70000", 1, NULL, "0 to 65535");
  check ("proxy start --port many", 2, NULL, "many");
  check ("proxy start --host 0.0.0.0", 1, NULL, "proxy.require-token");
  check ("proxy start --host nowhere", 1, NULL, "qcc: ");
  assert_listens_at (*fixture, port);

  setting = qcc_bus_fixture_get_setting (*fixture, "proxy.port");
  g_assert_cmpstr (setting, ==, port);
  host = qcc_bus_fixture_get_setting (*fixture, "proxy.host");
  g_assert_cmpstr (host, ==, "localhost");
}

/* A service that found its port taken stays on the bus and says so. */
static void
test_port_taken (QccBusFixture **fixture,
                 gconstpointer data)
{
  g_autoptr (GSocket) taken = take_port (0);
  g_autofree char *settings = g_strdup_printf ("[io/github/qcc/proxy]\nport=%u\n", get_port (taken));

  qcc_bus_fixture_write (*fixture, "config/glib-2.0/settings/keyfile", settings);
  check ("proxy start", 1, NULL, "is used by");
  check_status (1, FALSE, "failed", "");
  check ("proxy status", 1, NULL, "is used by");
  check ("env", 1, NULL, "is used by");
}

/* On a terminal the next port is offered. */
static void
test_next_port (QccBusFixture **fixture,
                gconstpointer data)
{
  const char *const args[] = { "proxy", "start", NULL };
  g_autoptr (GSocket) taken = take_port (0);
  g_autofree char *settings = g_strdup_printf ("[io/github/qcc/proxy]\nport=%u\n", get_port (taken));
  g_autofree char *before = g_strdup_printf ("%u", get_port (taken));
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (QccCliRun) declined = NULL;
  g_autoptr (QccCliRun) agreed = NULL;
  g_autofree char *setting = NULL;

  qcc_bus_fixture_write (*fixture, "config/glib-2.0/settings/keyfile", settings);
  declined = qcc_terminal_fixture_run (launcher, program, args, (const char *const[]){ "[Y/n]", "n\n", NULL });
  g_assert_cmpint (declined->exit_code, ==, 1);
  qcc_bus_fixture_activate (*fixture);
  setting = qcc_bus_fixture_get_setting (*fixture, "proxy.port");
  g_assert_cmpstr (setting, ==, before);

  agreed = qcc_terminal_fixture_run (launcher, program, args, (const char *const[]){ "[Y/n]", "\n", NULL });
  g_assert_cmpint (agreed->exit_code, ==, 0);
  g_assert_nonnull (strstr (agreed->out, "The proxy listens at http://127.0.0.1:"));
  check_status (0, TRUE, "running", "");
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
    { "/cli/proxy/status", test_status },
    { "/cli/proxy/start-and-stop", test_start_and_stop },
    { "/cli/proxy/start-at-port", test_start_at_port },
    { "/cli/proxy/start-refused", test_start_refused },
    { "/cli/proxy/port-taken", test_port_taken },
    { "/cli/proxy/next-port", test_next_port },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 3);
  program = argv[1];
  service = argv[2];

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccBusFixture *, NULL, set_up, tests[i].run, tear_down);

  return g_test_run ();
}
