/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-bus-fixture.h"

#include <signal.h>

#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <glib/gstdio.h>

#include "common/qcc-bus-names.h"
#include "tests/qcc-raw-client.h"

#define LIMIT_SECONDS 30
#define REQUEST "{\"model\":\"claude-test\",\"max_tokens\":64,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"

/* Flags and time limit of a call. */
#define NONE G_DBUS_CALL_FLAGS_NONE, -1

static const char *const folders[][2] = {
  { "HOME", "home" },
  { "XDG_CONFIG_HOME", "config" },
  { "XDG_STATE_HOME", "state" },
  { "XDG_DATA_HOME", "data" },
  { "XDG_CACHE_HOME", "cache" },
  { "XDG_RUNTIME_DIR", "run" },
};

static void
write_service_file (QccBusFixture *self,
                    const char *service_program)
{
  g_autofree char *program = g_canonicalize_filename (service_program, NULL);
  g_autofree char *text = g_strdup_printf ("[D-BUS Service]\nName=%s\nExec=%s\n", QCC_BUS_NAME, program);

  qcc_bus_fixture_write (self, "services/" QCC_BUS_NAME ".service", text);
}

/**
 * qcc_bus_fixture_new:
 * @service_program: path of the built qcc-service
 *
 * Changes the environment, so it comes before any thread. The service is not started yet.
 *
 * Returns: (transfer full): a fixture
 */
QccBusFixture *
qcc_bus_fixture_new (const char *service_program)
{
  QccBusFixture *self = g_new0 (QccBusFixture, 1);
  g_autofree char *services = NULL;
  g_autoptr (GError) error = NULL;

  self->root = g_dir_make_tmp ("qcc-test-XXXXXX", &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (self->root, folders[i][1], NULL);

      g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
      g_setenv (folders[i][0], path, TRUE);
    }

  qcc_bus_fixture_write (self, "config/glib-2.0/settings/keyfile", "[io/github/qcc/proxy]\nport=0\n");
  qcc_bus_fixture_write (self, "config/qcc/keys.json", "{\"version\":1,\"keys\":{}}\n");
  write_service_file (self, service_program);
  services = g_build_filename (self->root, "services", NULL);
  self->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_add_service_dir (self->bus, services);
  g_test_dbus_up (self->bus);
  self->connection = g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (self->bus),
                                                             G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                                 G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                             NULL, NULL, &error);
  g_assert_no_error (error);

  return self;
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

/**
 * qcc_bus_fixture_free:
 * @self: (transfer full): a fixture
 *
 * Ends the service, when it runs, in order.
 */
void
qcc_bus_fixture_free (QccBusFixture *self)
{
  if (qcc_bus_fixture_is_running (self))
    qcc_bus_fixture_quit (self);
  g_clear_object (&self->manager);
  g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_clear_object (&self->connection);
  g_test_dbus_down (self->bus);
  g_clear_object (&self->bus);
  remove_folder (self->root);
  g_free (self->root);
  g_free (self);
}

/**
 * qcc_bus_fixture_write:
 * @self: a fixture
 * @name: path under its root
 * @text: what to write
 *
 * Folders are made; only the user may read the file.
 */
void
qcc_bus_fixture_write (QccBusFixture *self,
                       const char *name,
                       const char *text)
{
  g_autofree char *path = g_build_filename (self->root, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
  g_assert_no_error (error);
}

/**
 * qcc_bus_fixture_read:
 * @self: a fixture
 * @name: path under its root
 *
 * Returns: (transfer full) (nullable): the file, %NULL when there is none
 */
char *
qcc_bus_fixture_read (QccBusFixture *self,
                      const char *name)
{
  g_autofree char *path = g_build_filename (self->root, name, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

/**
 * qcc_bus_fixture_activate:
 * @self: a fixture
 *
 * Starts the service by asking the bus for it, when it does not run, and connects to it.
 */
void
qcc_bus_fixture_activate (QccBusFixture *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->manager);
  self->manager = qcc_dbus_manager1_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_NONE, QCC_BUS_NAME, QCC_BUS_ROOT, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (qcc_dbus_manager1_get_version (self->manager), !=, "");
}

/* Not everything that is waited for wakes the loop. */
static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/**
 * qcc_bus_fixture_wait_for:
 * @self: a fixture
 * @done: asked after everything that happens
 * @data: for @done
 *
 * Fails the test when it takes too long.
 */
void
qcc_bus_fixture_wait_for (QccBusFixture *self,
                          gboolean (*done) (gpointer),
                          gpointer data)
{
  gint64 limit = g_get_monotonic_time () + LIMIT_SECONDS * G_USEC_PER_SEC;
  guint tick = g_timeout_add (20, on_tick, NULL);

  while (!done (data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, limit);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (tick);
}

static gboolean
is_gone (gpointer data)
{
  return !qcc_bus_fixture_is_running (data);
}

void
qcc_bus_fixture_quit (QccBusFixture *self)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  answer = g_dbus_connection_call_sync (self->connection, QCC_BUS_NAME, QCC_BUS_ROOT, "io.github.qcc.Manager1", "Quit", NULL,
                                        NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_wait_for (self, is_gone, self);
}

static GVariant *
ask_bus (QccBusFixture *self,
         const char *method,
         GError **error)
{
  return g_dbus_connection_call_sync (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                      method, g_variant_new ("(s)", QCC_BUS_NAME), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
}

guint32
qcc_bus_fixture_get_pid (QccBusFixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = ask_bus (self, "GetConnectionUnixProcessID", &error);
  guint32 pid = 0;

  g_assert_no_error (error);
  g_variant_get (answer, "(u)", &pid);

  return pid;
}

/**
 * qcc_bus_fixture_kill:
 * @self: a fixture whose service runs
 *
 * Ends the service at once. qcc_bus_fixture_activate() starts another one.
 */
void
qcc_bus_fixture_kill (QccBusFixture *self)
{
  g_assert_cmpint (kill ((pid_t) qcc_bus_fixture_get_pid (self), SIGKILL), ==, 0);
  qcc_bus_fixture_wait_for (self, is_gone, self);
}

gboolean
qcc_bus_fixture_is_running (QccBusFixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = ask_bus (self, "NameHasOwner", &error);
  gboolean has_owner = FALSE;

  g_assert_no_error (error);
  g_variant_get (answer, "(b)", &has_owner);

  return has_owner;
}

QccDBusProfile1 *
qcc_bus_fixture_get_profile (QccBusFixture *self,
                             const char *name)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  QccDBusProfile1 *profile;

  qcc_dbus_manager1_call_find_profile_sync (self->manager, name, NONE, &path, NULL, &error);
  g_assert_no_error (error);
  profile = qcc_dbus_profile1_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_NONE, QCC_BUS_NAME, path, NULL, &error);
  g_assert_no_error (error);

  return profile;
}

QccDBusEndpoint1 *
qcc_bus_fixture_get_endpoint (QccBusFixture *self,
                              const char *id)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  QccDBusEndpoint1 *endpoint;

  qcc_dbus_manager1_call_find_endpoint_sync (self->manager, id, NONE, &path, NULL, &error);
  g_assert_no_error (error);
  endpoint = qcc_dbus_endpoint1_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_NONE, QCC_BUS_NAME, path, NULL, &error);
  g_assert_no_error (error);

  return endpoint;
}

/**
 * qcc_bus_fixture_add_endpoint:
 * @self: a fixture whose service runs
 * @profile: a profile, made when there is none of that name
 * @id: of the endpoint
 * @base_url: of the endpoint
 */
void
qcc_bus_fixture_add_endpoint (QccBusFixture *self,
                              const char *profile,
                              const char *id,
                              const char *base_url)
{
  g_autoptr (QccDBusProfile1) object = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  if (!qcc_dbus_manager1_call_find_profile_sync (self->manager, profile, NONE, &path, NULL, NULL))
    {
      qcc_dbus_manager1_call_add_profile_sync (self->manager, profile, g_variant_new ("a{sv}", NULL), NONE, &path, NULL, &error);
      g_assert_no_error (error);
    }

  object = qcc_bus_fixture_get_profile (self, profile);
  g_clear_pointer (&path, g_free);
  qcc_dbus_profile1_call_add_endpoint_sync (object, g_variant_new_parsed ("{'id': <%s>, 'base_url': <%s>}", id, base_url),
                                            NONE, &path, NULL, &error);
  g_assert_no_error (error);
}

/**
 * qcc_bus_fixture_set_key:
 * @self: a fixture whose service runs
 * @id: of an endpoint
 * @key: sent through a pipe
 * @error: return location for an error of SetKey()
 */
void
qcc_bus_fixture_set_key (QccBusFixture *self,
                         const char *id,
                         const char *key,
                         GError **error)
{
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (self, id);
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autoptr (GError) local_error = NULL;
  int pipe_fds[2];

  g_unix_open_pipe (pipe_fds, FD_CLOEXEC, &local_error);
  g_assert_no_error (local_error);
  g_assert_cmpint (write (pipe_fds[1], key, strlen (key)), ==, (gssize) strlen (key));
  g_close (pipe_fds[1], NULL);
  g_unix_fd_list_append (list, pipe_fds[0], &local_error);
  g_assert_no_error (local_error);
  g_close (pipe_fds[0], NULL);
  qcc_dbus_endpoint1_call_set_key_sync (endpoint, g_variant_new_handle (0), NONE, list, NULL, NULL, error);
}

char *
qcc_bus_fixture_get_setting (QccBusFixture *self,
                             const char *name)
{
  g_autoptr (GError) error = NULL;
  char *value = NULL;

  qcc_dbus_manager1_call_get_setting_sync (self->manager, name, NONE, &value, NULL, &error);
  g_assert_no_error (error);

  return value;
}

/**
 * qcc_bus_fixture_get_text:
 * @self: a fixture whose service runs
 * @property: of the manager
 *
 * Asks the service anew, since a proxy learns of changes only from the loop.
 *
 * Returns: (transfer full): its value; one that is no text as GVariant prints it
 */
char *
qcc_bus_fixture_get_text (QccBusFixture *self,
                          const char *property)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
      self->connection, QCC_BUS_NAME, QCC_BUS_ROOT, "org.freedesktop.DBus.Properties", "Get",
      g_variant_new ("(ss)", "io.github.qcc.Manager1", property), NULL, NONE, NULL, &error);
  g_autoptr (GVariant) value = NULL;

  g_assert_no_error (error);
  g_variant_get (answer, "(v)", &value);

  return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (value, NULL) : g_variant_print (value, FALSE);
}

void
qcc_bus_fixture_assert_text (QccBusFixture *self,
                             const char *property,
                             const char *expected)
{
  g_autofree char *found = qcc_bus_fixture_get_text (self, property);

  g_assert_cmpstr (found, ==, expected);
}

/**
 * qcc_bus_fixture_get_port:
 * @self: a fixture whose proxy runs
 *
 * Returns: the port of the manager's Url
 */
guint16
qcc_bus_fixture_get_port (QccBusFixture *self)
{
  g_autofree char *url = qcc_bus_fixture_get_text (self, "Url");

  g_assert_true (g_str_has_prefix (url, "http://127.0.0.1:"));

  return (guint16) g_ascii_strtoull (url + strlen ("http://127.0.0.1:"), NULL, 10);
}

/**
 * qcc_bus_fixture_ask:
 * @self: a fixture whose service listens
 *
 * Returns: (transfer full): status and body of the answer to a message
 */
char *
qcc_bus_fixture_ask (QccBusFixture *self)
{
  g_autoptr (QccRawClient) client = qcc_raw_client_new ("127.0.0.1", qcc_bus_fixture_get_port (self));
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", REQUEST);
  answer = qcc_raw_client_read_answer (client);

  return g_strdup_printf ("%u %s", answer->status, answer->body->str);
}
