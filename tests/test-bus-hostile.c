/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <glib/gstdio.h>

#include "common/qcc-bus-names.h"
#include "common/qcc-error.h"
#include "tests/qcc-bus-fixture.h"

/* What no program of ours sends: each gets a named error, nothing changes, and the service lives. */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1
#define MANAGER "", "io.github.qcc.Manager1"
#define PROFILE "/profile/work", "io.github.qcc.Profile1"
#define ENDPOINT "/endpoint/one", "io.github.qcc.Endpoint1"
#define HEALTH "", "io.github.qcc.Health1"
#define FAILOVER "", "io.github.qcc.Failover1"
#define PROPERTIES "", "org.freedesktop.DBus.Properties"
#define HUGE_TEXT (1024 * 1024)
#define MANY 10000

static const char *service_program;

static QccBusFixture *
start (void)
{
  QccBusFixture *fixture = qcc_bus_fixture_new (service_program);

  qcc_bus_fixture_activate (fixture);
  qcc_bus_fixture_add_endpoint (fixture, "work", "one", "https://one.example");

  return fixture;
}

/* Takes @arguments if it is floating. Returns: the error's name on the bus */
static char *
call_and_fail (QccBusFixture *fixture,
               const char *path,
               const char *interface,
               const char *method,
               GVariant *arguments)
{
  g_autofree char *whole_path = g_strconcat (QCC_BUS_ROOT, path, NULL);
  g_autofree char *sent = arguments != NULL ? g_variant_print (arguments, FALSE) : NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  answer = g_dbus_connection_call_sync (fixture->connection, QCC_BUS_NAME, whole_path, interface, method, arguments, NULL,
                                        G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, &error);
  if (answer != NULL)
    g_error ("%s%.200s was accepted", method, sent);
  g_assert_cmpint (strlen (error->message), <, 4096);

  return g_dbus_error_get_remote_error (error);
}

typedef struct
{
  const char *path; /* below the root */
  const char *interface;
  const char *method;
  const char *arguments;
  const char *error; /* end of its name on the bus */
} Row;

static const Row rows[] = {
  /* shapes */
  { MANAGER, "AddProfile", "(1,)", ".InvalidArgs" },
  { MANAGER, "AddProfile", "('x',)", ".InvalidArgs" },
  { MANAGER, "AddProfile", "('x', {'tier': 'primary'})", ".InvalidArgs" },
  { MANAGER, "Start", "(true,)", ".InvalidArgs" },
  { MANAGER, "Nonsense", "()", ".UnknownMethod" },
  { "", "io.github.qcc.Manager2", "Start", "()", ".UnknownMethod" },
  { "/nowhere", "io.github.qcc.Manager1", "Start", "()", ".UnknownMethod" },
  { "/profile/none", "io.github.qcc.Profile1", "SetTier", "('primary',)", ".UnknownMethod" },
  { ENDPOINT, "SetKey", "('sk-secret',)", ".InvalidArgs" },
  { ENDPOINT, "SetKey", "(@h 7,)", ".InvalidArgument" },
  { PROPERTIES, "Set", "('io.github.qcc.Manager1', 'State', <'stopped'>)", ".InvalidArgs" },
  { PROPERTIES, "Get", "('io.github.qcc.Manager1', 'Nonsense')", ".InvalidArgs" },
  /* words and types of options */
  { PROFILE, "Update", "({'tier': <'best'>},)", ".InvalidArgument" },
  { PROFILE, "Update", "({'tier': <7>},)", ".InvalidArgument" },
  { PROFILE, "Update", "({'strategy': <'fastest'>},)", ".InvalidArgument" },
  { PROFILE, "Update", "({'order': <'first'>},)", ".InvalidArgument" },
  { PROFILE, "Update", "({'health_aware': <'maybe'>},)", ".InvalidArgument" },
  { PROFILE, "Update", "({'': <'x'>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'auth': <'basic'>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'id': <'two'>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'enabled': <'yes'>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'weight': <-1>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'weight': <<<<5>>>>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'models': <['no sign']>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'models': <['']>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'timeouts': <{'sleep': 5}>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'timeouts': <{'idle': -5}>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'ca_file': <'relative'>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'proxy': <'nonsense'>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'base_url': <''>},)", ".InvalidArgument" },
  { ENDPOINT, "Update", "({'api_key': <'sk-secret'>},)", ".InvalidArgument" },
  /* names */
  { MANAGER, "AddProfile", "('', @a{sv} {})", ".InvalidArgument" },
  { MANAGER, "AddProfile", "('a\\nb', @a{sv} {})", ".InvalidArgument" },
  { MANAGER, "AddToken", "('', '', '', true)", ".InvalidArgument" },
  { MANAGER, "AddToken", "('a b', '', '', true)", ".InvalidArgument" },
  { MANAGER, "SetSetting", "('', '')", ".NotFound" },
  { MANAGER, "SetSetting", "('..', '')", ".NotFound" },
  { MANAGER, "SetSetting", "('proxy.port', '7860; rm')", ".InvalidArgument" },
  { MANAGER, "SetSetting", "('proxy.log-level', 'loud')", ".InvalidArgument" },
  { MANAGER, "GetSetting", "('proxy',)", ".NotFound" },
  { MANAGER, "FindEndpoint", "('../one',)", ".NotFound" },
  /* health and failover */
  { ENDPOINT, "Test", "('deep',)", ".InvalidArgument" },
  { ENDPOINT, "Test", "('api',)", ".Unavailable" },
  { ENDPOINT, "Test", "(1,)", ".InvalidArgs" },
  { ENDPOINT, "Simulate", "('explode', uint32 5)", ".InvalidArgument" },
  { ENDPOINT, "Simulate", "('', uint32 5)", ".InvalidArgument" },
  { ENDPOINT, "Simulate", "('refuse', uint32 0)", ".InvalidArgument" },
  { ENDPOINT, "Simulate", "('refuse', uint32 4294967295)", ".InvalidArgument" },
  { ENDPOINT, "Simulate", "('refuse', -5)", ".InvalidArgs" },
  { HEALTH, "Check", "('nobody', '')", ".NotFound" },
  { HEALTH, "Check", "('', 'deep')", ".InvalidArgument" },
  { HEALTH, "ListMetrics", "('../one',)", ".NotFound" },
  { HEALTH, "ListHistory", "('', uint32 0)", ".NotFound" },
  { HEALTH, "ListHistory", "('work', uint32 0)", ".NotFound" },
  { HEALTH, "ListHistory", "('one', 'all')", ".InvalidArgs" },
  { FAILOVER, "ListEvents", "(-1,)", ".InvalidArgs" },
  { MANAGER, "Explain", "('',)", ".NotFound" },
  { MANAGER, "Explain", "('-1',)", ".InvalidArgument" },
  { MANAGER, "Explain", "('99999999999999999999999',)", ".InvalidArgument" },
  { MANAGER, "ListExchanges", "(true,)", ".InvalidArgs" },
};

static void
test_rows (void)
{
  QccBusFixture *fixture = start ();
  guint32 pid = qcc_bus_fixture_get_pid (fixture);
  g_autofree char *before = qcc_bus_fixture_read (fixture, "config/qcc/profiles.json");
  g_autofree char *after = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) arguments = g_variant_parse (NULL, rows[i].arguments, NULL, NULL, &error);
      g_autofree char *name = NULL;

      g_assert_no_error (error);
      name = call_and_fail (fixture, rows[i].path, rows[i].interface, rows[i].method, arguments);
      if (name == NULL || !g_str_has_suffix (name, rows[i].error))
        g_error ("%s%s: %s", rows[i].method, rows[i].arguments, name);
    }

  after = qcc_bus_fixture_read (fixture, "config/qcc/profiles.json");
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpuint (qcc_bus_fixture_get_pid (fixture), ==, pid);
  qcc_bus_fixture_free (fixture);
}

static GVariant *
make_many_options (void)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("(sa{sv})"));

  g_variant_builder_add (&builder, "s", "many");
  g_variant_builder_open (&builder, G_VARIANT_TYPE ("a{sv}"));
  for (guint i = 0; i < MANY; i++)
    {
      g_autofree char *name = g_strdup_printf ("option-%u", i);

      g_variant_builder_add (&builder, "{sv}", name, g_variant_new_string ("x"));
    }
  g_variant_builder_close (&builder);

  return g_variant_builder_end (&builder);
}

static void
assert_fails (QccBusFixture *fixture,
              const char *path,
              const char *interface,
              const char *method,
              GVariant *arguments,
              const char *expected)
{
  g_autofree char *name = call_and_fail (fixture, path, interface, method, arguments);

  g_assert_nonnull (name);
  if (!g_str_has_suffix (name, expected))
    g_error ("%s: %s instead of %s", method, name, expected);
}

/* The message must not come back as large as it went. */
static void
test_large (void)
{
  QccBusFixture *fixture = start ();
  guint32 pid = qcc_bus_fixture_get_pid (fixture);
  g_autofree char *text = g_strnfill (HUGE_TEXT, 'x');
  const char *const by_name[] = { "RemoveProfile", "SetDefault", "FindProfile", "FindEndpoint", "GetSetting", "ResetSetting", "RemoveToken" };

  assert_fails (fixture, MANAGER, "AddProfile", make_many_options (), ".InvalidArgument");
  assert_fails (fixture, MANAGER, "AddProfile", g_variant_new ("(sa{sv})", text, NULL), ".InvalidArgument");
  for (gsize i = 0; i < G_N_ELEMENTS (by_name); i++)
    assert_fails (fixture, MANAGER, by_name[i], g_variant_new ("(s)", text), ".NotFound");
  assert_fails (fixture, MANAGER, "RenameProfile", g_variant_new ("(ss)", "work", text), ".InvalidArgument");
  assert_fails (fixture, MANAGER, "SwitchProfile", g_variant_new ("(ss)", text, ""), ".NotFound");
  assert_fails (fixture, MANAGER, "SetSetting", g_variant_new ("(ss)", text, "1"), ".NotFound");
  assert_fails (fixture, MANAGER, "SetSetting", g_variant_new ("(ss)", "proxy.port", text), ".InvalidArgument");
  assert_fails (fixture, MANAGER, "AddToken", g_variant_new ("(sssb)", text, text, "", FALSE), ".InvalidArgument");
  assert_fails (fixture, PROFILE, "SetTier", g_variant_new ("(s)", text), ".InvalidArgument");
  assert_fails (fixture, PROFILE, "AddEndpoint", g_variant_new_parsed ("({'id': <%s>, 'base_url': <'https://x.example'>},)", text), ".InvalidArgument");
  assert_fails (fixture, PROFILE, "AddEndpoint", g_variant_new_parsed ("({'from': <%s>},)", text), ".NotFound");
  assert_fails (fixture, ENDPOINT, "Update", g_variant_new_parsed ("({%s: <'x'>},)", text), ".InvalidArgument");
  assert_fails (fixture, ENDPOINT, "Update", g_variant_new_parsed ("({'auth': <%s>},)", text), ".InvalidArgument");
  assert_fails (fixture, ENDPOINT, "Test", g_variant_new ("(s)", text), ".InvalidArgument");
  assert_fails (fixture, ENDPOINT, "Simulate", g_variant_new ("(su)", text, 5), ".InvalidArgument");
  assert_fails (fixture, HEALTH, "Check", g_variant_new ("(ss)", text, ""), ".NotFound");
  assert_fails (fixture, HEALTH, "Check", g_variant_new ("(ss)", "", text), ".InvalidArgument");
  assert_fails (fixture, HEALTH, "ListMetrics", g_variant_new ("(s)", text), ".NotFound");
  assert_fails (fixture, HEALTH, "ListHistory", g_variant_new ("(su)", text, G_MAXUINT), ".NotFound");
  assert_fails (fixture, MANAGER, "Explain", g_variant_new ("(s)", text), ".InvalidArgument");

  g_assert_cmpuint (qcc_bus_fixture_get_pid (fixture), ==, pid);
  qcc_bus_fixture_assert_text (fixture, "State", "running");
  qcc_bus_fixture_free (fixture);
}

/* Takes @fd. Returns: whether SetKey() took it */
static gboolean
send_key (QccDBusEndpoint1 *endpoint,
          int fd,
          GError **error)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new_from_array (&fd, 1);

  return qcc_dbus_endpoint1_call_set_key_sync (endpoint, g_variant_new_handle (0), CALL, list, NULL, NULL, error);
}

static void
refuse_key (QccDBusEndpoint1 *endpoint,
            int fd,
            QccError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (fd, >=, 0);
  g_assert_false (send_key (endpoint, fd, &error));
  g_assert_error (error, QCC_ERROR, (int) code);
}

/* Returns: the end to read from; the other is closed */
static int
open_pipe_with (const char *text)
{
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_unix_open_pipe (fds, FD_CLOEXEC, &error);
  g_assert_no_error (error);
  g_assert_cmpint (write (fds[1], text, strlen (text)), ==, (gssize) strlen (text));
  g_close (fds[1], NULL);

  return fds[0];
}

static void
on_timed_out (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  gboolean *timed_out = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_dbus_endpoint1_call_set_key_finish (QCC_DBUS_ENDPOINT1 (source), NULL, result, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_TIMED_OUT);
  *timed_out = TRUE;
}

static gboolean
is_set (gpointer data)
{
  return *(const gboolean *) data;
}

static void
refuse_keys (QccBusFixture *fixture,
             QccDBusEndpoint1 *endpoint)
{
  g_autofree char *long_key = g_strnfill (5000, 'k');
  int sockets[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), ==, 0);
  refuse_key (endpoint, sockets[0], QCC_ERROR_INVALID_ARGUMENT);
  g_close (sockets[1], NULL);
  refuse_key (endpoint, g_open (fixture->root, O_RDONLY | O_DIRECTORY, 0), QCC_ERROR_INVALID_ARGUMENT);
  refuse_key (endpoint, g_open ("/dev/null", O_RDONLY, 0), QCC_ERROR_INVALID_ARGUMENT);
  refuse_key (endpoint, open_pipe_with (""), QCC_ERROR_INVALID_ARGUMENT);
  refuse_key (endpoint, open_pipe_with ("\n"), QCC_ERROR_INVALID_ARGUMENT);
  refuse_key (endpoint, open_pipe_with ("two words"), QCC_ERROR_INVALID_ARGUMENT);
  refuse_key (endpoint, open_pipe_with ("two\nlines"), QCC_ERROR_INVALID_ARGUMENT);
  refuse_key (endpoint, open_pipe_with (long_key), QCC_ERROR_INVALID_ARGUMENT);
}

static void
test_keys (void)
{
  QccBusFixture *fixture = start ();
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (fixture, "one");
  g_autofree char *before = qcc_bus_fixture_read (fixture, "config/qcc/keys.json");
  g_autofree char *after = NULL;
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  gboolean timed_out = FALSE;
  int pipe_fds[2];
  g_autoptr (GError) error = NULL;

  /* Never closed. All else goes on meanwhile. */
  g_unix_open_pipe (pipe_fds, FD_CLOEXEC, &error);
  g_assert_no_error (error);
  g_unix_fd_list_append (list, pipe_fds[0], &error);
  g_assert_no_error (error);
  g_assert_cmpint (write (pipe_fds[1], "half", 4), ==, 4);
  qcc_dbus_endpoint1_call_set_key (endpoint, g_variant_new_handle (0), G_DBUS_CALL_FLAGS_NONE, G_MAXINT, list, NULL,
                                   on_timed_out, &timed_out);

  refuse_keys (fixture, endpoint);
  qcc_bus_fixture_wait_for (fixture, is_set, &timed_out);
  after = qcc_bus_fixture_read (fixture, "config/qcc/keys.json");
  g_assert_cmpstr (after, ==, before);

  send_key (endpoint, open_pipe_with ("a-good-key"), &error);
  g_assert_no_error (error);
  g_close (pipe_fds[0], NULL);
  g_close (pipe_fds[1], NULL);
  qcc_bus_fixture_free (fixture);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  service_program = argv[1];
  (void) qcc_error_quark ();

  g_test_add_func ("/bus-hostile/rows", test_rows);
  g_test_add_func ("/bus-hostile/large", test_large);
  g_test_add_func ("/bus-hostile/keys", test_keys);

  return g_test_run ();
}
