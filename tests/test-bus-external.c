/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <string.h>

#include <gio/gio.h>

#include "common/qcc-bus-names.h"
#include "common/qcc-error.h"
#include "tests/qcc-live-fixture.h"

/*
 * What happens to the service while others use it: its profile file edited by hand (spec 11.2), its end
 * without warning, and many who change it at once.
 */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1

static const char *service_program;

/* Signals of the service as text: member, path and arguments, each on a line. */
typedef struct
{
  QccBusFixture *bus; /* (unowned) */
  GString *seen;      /* (owned) */
  guint id;
  const char *awaited;
} Ear;

static void
on_signal (GDBusConnection *connection,
           const char *sender,
           const char *path,
           const char *interface,
           const char *member,
           GVariant *parameters,
           gpointer user_data)
{
  Ear *self = user_data;
  g_autofree char *text = g_variant_print (parameters, FALSE);

  g_string_append_printf (self->seen, "%s %s %s\n", member, path, text);
}

static void
ear_open (Ear *self,
          QccBusFixture *bus)
{
  self->bus = bus;
  self->seen = g_string_new (NULL);
  self->id = g_dbus_connection_signal_subscribe (bus->connection, QCC_BUS_NAME, NULL, NULL, NULL, NULL,
                                                 G_DBUS_SIGNAL_FLAGS_NONE, on_signal, self, NULL);
}

static void
ear_close (Ear *self)
{
  g_dbus_connection_signal_unsubscribe (self->bus->connection, self->id);
  g_string_free (self->seen, TRUE);
}

static gboolean
has_heard (gpointer data)
{
  const Ear *self = data;

  return strstr (self->seen->str, self->awaited) != NULL;
}

static void
ear_await (Ear *self,
           const char *text)
{
  self->awaited = text;
  qcc_bus_fixture_wait_for (self->bus, has_heard, self);
}

/* Each %s is the URL of a provider. */
#define PROFILES "{\"version\":1,\"default\":\"work\",\"profiles\":[" \
                 "{\"name\":\"work\",\"strategy\":\"failover\",\"endpoints\":[{\"id\":\"one\",\"base_url\":\"%s\"}]},"
#define OTHER "{\"name\":\"hand\",\"endpoints\":[{\"id\":\"hand\",\"base_url\":\"%s\"}]}]}\n"

static void
write_profiles (QccLiveFixture *fixture,
                const char *format,
                guint index)
{
  g_autofree char *one = qcc_fake_provider_dup_url (fixture->providers[index]);
  g_autofree char *other = qcc_fake_provider_dup_url (fixture->providers[2]);
  g_auto (GStrv) parts = g_strsplit (format, "%s", -1);
  g_autofree char *text = g_strconcat (parts[0], one, parts[1], parts[2] != NULL ? other : NULL, parts[2], NULL);

  qcc_bus_fixture_write (fixture->bus, "config/qcc/profiles.json", text);
}

static void
test_edited (void)
{
  g_autoptr (QccLiveFixture) fixture = qcc_live_fixture_new (service_program);
  QccLiveStream *stream;
  Ear ear;

  qcc_live_fixture_add (fixture, "work", 0);
  qcc_live_fixture_add (fixture, "gone", 1);
  stream = qcc_live_stream_begin (fixture, 0);
  ear_open (&ear, fixture->bus);

  write_profiles (fixture, PROFILES OTHER, 1);
  ear_await (&ear, "InterfacesAdded /io/github/qcc ('/io/github/qcc/profile/hand'");
  ear_await (&ear, "InterfacesAdded /io/github/qcc ('/io/github/qcc/endpoint/hand'");
  ear_await (&ear, "InterfacesRemoved /io/github/qcc ('/io/github/qcc/profile/gone'");
  ear_await (&ear, "InterfacesRemoved /io/github/qcc ('/io/github/qcc/endpoint/two'");
  ear_await (&ear, "PropertiesChanged /io/github/qcc/endpoint/one ('io.github.qcc.Endpoint1', {'BaseUrl': <'http://127.0.0.1:");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, 1);

  qcc_live_stream_end (stream);
  ear_close (&ear);
}

/* A mistake changes nothing, and is told with its place. */
static void
test_mistaken (void)
{
  g_autoptr (QccLiveFixture) fixture = qcc_live_fixture_new (service_program);
  g_autofree char *mistaken = NULL;
  Ear ear;

  qcc_live_fixture_add (fixture, "work", 0);
  ear_open (&ear, fixture->bus);

  qcc_bus_fixture_write (fixture->bus, "config/qcc/profiles.json", "{\n  \"version\": 1,\n  \"profiles\": [,]\n}\n");
  ear_await (&ear, "{'Notices': <['");
  g_assert_nonnull (strstr (ear.seen->str, "line 3"));
  g_assert_nonnull (strstr (ear.seen->str, "column"));
  g_assert_null (strstr (ear.seen->str, "Interfaces"));
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, 0);
  mistaken = qcc_bus_fixture_read (fixture->bus, "config/qcc/profiles.json");
  g_assert_nonnull (strstr (mistaken, "[,]"));

  g_string_truncate (ear.seen, 0);
  write_profiles (fixture, PROFILES OTHER, 1);
  ear_await (&ear, "{'Notices': <@as []>}");
  qcc_bus_fixture_assert_text (fixture->bus, "Notices", "[]");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, 1);
  ear_close (&ear);
}

static gboolean
is_gone (gpointer data)
{
  return !qcc_bus_fixture_is_running (data);
}

static void
kill_service (QccBusFixture *bus)
{
  g_assert_cmpint (kill ((pid_t) qcc_bus_fixture_get_pid (bus), SIGKILL), ==, 0);
  qcc_bus_fixture_wait_for (bus, is_gone, bus);
}

static void
test_killed (void)
{
  g_autoptr (QccLiveFixture) fixture = qcc_live_fixture_new (service_program);
  QccDBusManager1 *manager = fixture->bus->manager;
  g_autofree char *profiles = NULL;
  g_autofree char *setting = NULL;
  g_autofree char *again = NULL;
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;
  g_autoptr (GError) error = NULL;

  qcc_live_fixture_add (fixture, "work", 0);
  qcc_live_fixture_add (fixture, "night", 1);
  qcc_dbus_manager1_call_switch_profile_sync (manager, "night", "it is late", CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_dbus_manager1_call_set_setting_sync (manager, "health.retry-count", "4", CALL, NULL, &error);
  g_assert_no_error (error);
  profiles = qcc_bus_fixture_read (fixture->bus, "config/qcc/profiles.json");

  kill_service (fixture->bus);
  qcc_bus_fixture_activate (fixture->bus);
  again = qcc_bus_fixture_read (fixture->bus, "config/qcc/profiles.json");
  g_assert_cmpstr (again, ==, profiles);
  qcc_bus_fixture_assert_text (fixture->bus, "State", "running");
  qcc_bus_fixture_assert_text (fixture->bus, "Notices", "[]");
  qcc_bus_fixture_assert_text (fixture->bus, "ActiveProfile", "night");
  qcc_bus_fixture_assert_text (fixture->bus, "DefaultProfile", "work");
  qcc_bus_fixture_assert_text (fixture->bus, "PinReason", "it is late");
  setting = qcc_bus_fixture_get_setting (fixture->bus, "health.retry-count");
  g_assert_cmpstr (setting, ==, "4");
  endpoint = qcc_bus_fixture_get_endpoint (fixture->bus, "two");
  g_assert_cmpstr (qcc_dbus_endpoint1_get_key_state (endpoint), ==, "ok");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, 1);
}

#define N_CONNECTIONS 4
#define N_CALLS 50

typedef struct
{
  guint n_added;
  guint wanted;
} Crowd;

static void
on_added (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  Crowd *crowd = user_data;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_assert_no_error (error);
  crowd->n_added++;
}

static gboolean
are_added (gpointer data)
{
  const Crowd *crowd = data;

  return crowd->n_added >= crowd->wanted;
}

static gsize
count_objects (QccBusFixture *bus)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) objects = NULL;
  g_autoptr (GError) error = NULL;

  answer = g_dbus_connection_call_sync (bus->connection, QCC_BUS_NAME, QCC_BUS_ROOT, "org.freedesktop.DBus.ObjectManager",
                                        "GetManagedObjects", NULL, NULL, CALL, NULL, &error);
  g_assert_no_error (error);
  objects = g_variant_get_child_value (answer, 0);

  return g_variant_n_children (objects);
}

static void
test_crowd (void)
{
  QccBusFixture *bus = qcc_bus_fixture_new (service_program);
  GDBusConnection *connections[N_CONNECTIONS];
  Crowd crowd = { 0 };
  g_autoptr (GError) error = NULL;

  qcc_bus_fixture_activate (bus);
  for (guint i = 0; i < N_CONNECTIONS; i++)
    {
      connections[i] = g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (bus->bus),
                                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                               NULL, NULL, &error);
      g_assert_no_error (error);
    }

  for (guint i = 0; i < N_CONNECTIONS * N_CALLS; i++)
    {
      g_autofree char *name = g_strdup_printf ("profile %u", i);

      g_dbus_connection_call (connections[i % N_CONNECTIONS], QCC_BUS_NAME, QCC_BUS_ROOT, "io.github.qcc.Manager1", "AddProfile",
                              g_variant_new ("(sa{sv})", name, NULL), NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL,
                              on_added, &crowd);
    }

  /* With sanitizers all together take longer than the limit of one wait. */
  for (crowd.wanted = N_CALLS; crowd.wanted <= N_CONNECTIONS * N_CALLS; crowd.wanted += N_CALLS)
    qcc_bus_fixture_wait_for (bus, are_added, &crowd);
  g_assert_cmpuint (count_objects (bus), ==, N_CONNECTIONS * N_CALLS);

  /* On disk as well, however the service ends. */
  kill_service (bus);
  qcc_bus_fixture_activate (bus);
  g_assert_cmpuint (count_objects (bus), ==, N_CONNECTIONS * N_CALLS);
  qcc_bus_fixture_assert_text (bus, "Notices", "[]");

  for (guint i = 0; i < N_CONNECTIONS; i++)
    g_object_unref (connections[i]);
  qcc_bus_fixture_free (bus);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  service_program = argv[1];
  (void) qcc_error_quark ();

  g_test_add_func ("/bus-external/edited", test_edited);
  g_test_add_func ("/bus-external/mistaken", test_mistaken);
  g_test_add_func ("/bus-external/killed", test_killed);
  g_test_add_func ("/bus-external/crowd", test_crowd);

  return g_test_run ();
}
