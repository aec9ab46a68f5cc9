/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-sleep-watch.h"

/* A private bus stands for the system's, and this test for logind. */

#define NAME "org.freedesktop.login1"
#define PATH "/org/freedesktop/login1"
#define INTERFACE "org.freedesktop.login1.Manager"

typedef struct
{
  GTestDBus *bus;
  GDBusConnection *logind;
  GDBusConnection *client; /* the one that the watch is on */
  QccSleepWatch *watch;    /* (nullable) */
  guint n_woke;
} Fixture;

static GDBusConnection *
connect_to (const char *address)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = NULL;

  connection = g_dbus_connection_new_for_address_sync (address,
                                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                           G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                       NULL, NULL, &error);
  g_assert_no_error (error);

  return connection;
}

static void
request_name (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  reply = g_dbus_connection_call_sync (fixture->logind, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "RequestName", g_variant_new ("(su)", NAME, 0),
                                       NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

static void
on_woke (QccSleepWatch *watch,
         gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_woke++;
}

static void
watch_on (Fixture *fixture,
          GDBusConnection *connection)
{
  fixture->watch = qcc_sleep_watch_new (connection);
  g_signal_connect (fixture->watch, "woke", G_CALLBACK (on_woke), fixture);
}

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  fixture->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (fixture->bus);
  fixture->logind = connect_to (g_test_dbus_get_bus_address (fixture->bus));
  fixture->client = connect_to (g_test_dbus_get_bus_address (fixture->bus));
  request_name (fixture);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  if (fixture->watch != NULL)
    g_assert_finalize_object (fixture->watch);
  g_clear_object (&fixture->client);
  g_clear_object (&fixture->logind);
  g_test_dbus_down (fixture->bus);
  g_clear_object (&fixture->bus);
}

static void
emit (GDBusConnection *from,
      const char *path,
      const char *interface,
      GVariant *parameters)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (from, NULL, path, interface, "PrepareForSleep", parameters, &error);
  g_assert_no_error (error);
}

static void
on_reply (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  g_assert_nonnull (reply);
  *(gboolean *) user_data = TRUE;
}

/* What the bus had for the watch when this was called has arrived afterwards: the answer comes after it. */
static void
settle (Fixture *fixture)
{
  GDBusConnection *connections[] = { fixture->logind, fixture->client };

  for (gsize i = 0; i < G_N_ELEMENTS (connections); i++)
    {
      gboolean done = FALSE;

      g_dbus_connection_call (connections[i], "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                              "GetId", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_reply, &done);
      while (!done)
        g_main_context_iteration (NULL, TRUE);
    }
}

static void
test_woke (Fixture *fixture,
           gconstpointer data)
{
  watch_on (fixture, fixture->client);
  settle (fixture);

  emit (fixture->logind, PATH, INTERFACE, g_variant_new ("(b)", TRUE));
  settle (fixture);
  g_assert_cmpuint (fixture->n_woke, ==, 0);

  emit (fixture->logind, PATH, INTERFACE, g_variant_new ("(b)", FALSE));
  settle (fixture);
  g_assert_cmpuint (fixture->n_woke, ==, 1);
}

/* Nobody else may make QCC busy, and nothing odd may end it. */
static void
test_others (Fixture *fixture,
             gconstpointer data)
{
  g_autoptr (GDBusConnection) stranger = connect_to (g_test_dbus_get_bus_address (fixture->bus));
  gboolean done = FALSE;

  watch_on (fixture, fixture->client);
  settle (fixture);

  emit (stranger, PATH, INTERFACE, g_variant_new ("(b)", FALSE));
  g_dbus_connection_call (stranger, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                          "GetId", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_reply, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  emit (fixture->logind, "/somewhere/else", INTERFACE, g_variant_new ("(b)", FALSE));
  emit (fixture->logind, PATH, "org.freedesktop.login1.Session", g_variant_new ("(b)", FALSE));
  emit (fixture->logind, PATH, INTERFACE, g_variant_new ("(s)", "no"));
  emit (fixture->logind, PATH, INTERFACE, NULL);
  settle (fixture);

  g_assert_cmpuint (fixture->n_woke, ==, 0);
}

/* The one that the environment names is found, in its own time. */
static void
test_find (Fixture *fixture,
           gconstpointer data)
{
  gint64 limit = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (fixture->bus), TRUE);
  watch_on (fixture, NULL);

  while (fixture->n_woke == 0 && g_get_monotonic_time () < limit)
    {
      emit (fixture->logind, PATH, INTERFACE, g_variant_new ("(b)", FALSE));
      settle (fixture);
    }
  g_assert_cmpuint (fixture->n_woke, >, 0);
}

static gboolean
is_search_over (void)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);

  g_assert_null (bus);
  while (g_main_context_iteration (NULL, FALSE))
    ;

  return TRUE;
}

/* No bus is no reason to warn, which would end this test. */
static void
test_no_bus (void)
{
  QccSleepWatch *watch = NULL;

  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  watch = qcc_sleep_watch_new (NULL);
  g_assert_true (is_search_over ());
  g_assert_finalize_object (watch);
}

/* The answer of the search comes when nobody waits any more. */
static void
test_gone_early (void)
{
  QccSleepWatch *watch = NULL;

  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  watch = qcc_sleep_watch_new (NULL);
  g_assert_finalize_object (watch);
  g_assert_true (is_search_over ());
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/sleep-watch/no-bus", test_no_bus);
  g_test_add_func ("/sleep-watch/gone-early", test_gone_early);
  g_test_add ("/sleep-watch/woke", Fixture, NULL, set_up, test_woke, tear_down);
  g_test_add ("/sleep-watch/others", Fixture, NULL, set_up, test_others, tear_down);
  g_test_add ("/sleep-watch/find", Fixture, NULL, set_up, test_find, tear_down);

  return g_test_run ();
}
