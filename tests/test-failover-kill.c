/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "common/qcc-bus-names.h"
#include "common/qcc-error.h"
#include "common/qcc-snapshot.h"
#include "tests/qcc-live-fixture.h"
#include "tests/qcc-state-copy.h"

/*
 * kill -9 at any moment of a failover storm (spec 16.1): providers fail in turn, clients keep asking, the user switches
 * to and fro. An event is committed once another program can read it in the state file: what could be read right before
 * the kill must be there afterwards, and no number may be missing. The next start takes it up from there.
 */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1
#define N_CLIENTS 2
#define STORM_MS 150
#define ACT_MS 25 /* faster than that only the user would be served */
#define MAX_EVENTS 1000
#define STATE "state/qcc"
#define EVENTS "SELECT id, type, source, target, reason, time FROM event ORDER BY id"
#define REQUEST "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 37\r\nConnection: close\r\n\r\n" \
                "{\"model\":\"claude-test\",\"stream\":true}"

static const char *const profiles[] = { "work", "spare", "last" };
static const char *const endpoints[] = { "one", "two", "three" };
static const char *const answers[] = {
  "auto Well.",
  "error 500 api_error down",
  "header Retry-After: 1\nerror 429 rate_limit_error slower",
  "error 401 authentication_error invalid x-api-key",
  "error 529 overloaded_error busy",
};

static const char *service_program;
static guint n_kills;

typedef struct
{
  QccLiveFixture *live; /* (owned) */
  char *state;          /* (owned): folder of the state file */
  char *path;           /* (owned): the state file */
  char *copies;         /* (owned): folder for copies of it */
} Fixture;

static void
set_up (Fixture *self,
        gconstpointer data)
{
  self->live = qcc_live_fixture_new (service_program);
  self->state = g_build_filename (self->live->bus->root, STATE, NULL);
  self->path = g_build_filename (self->state, "state.db", NULL);
  self->copies = g_build_filename (self->live->bus->root, "copies", NULL);
  g_assert_cmpint (g_mkdir (self->copies, 0700), ==, 0);
  qcc_live_fixture_set_setting (self->live, "health.enabled", "false");
}

static void
tear_down (Fixture *self,
           gconstpointer data)
{
  qcc_live_fixture_free (self->live);
  g_free (self->state);
  g_free (self->path);
  g_free (self->copies);
}

/* Returns: (transfer full): the events that were committed right before */
static GPtrArray *
kill_service (Fixture *self)
{
  GPtrArray *events = qcc_state_query (self->path, EVENTS);

  qcc_bus_fixture_kill (self->live->bus);
  g_assert_nonnull (events);

  return events;
}

static guint64
get_id (const GPtrArray *events,
        guint index)
{
  return g_ascii_strtoull (g_ptr_array_index (events, index), NULL, 10);
}

/* Returns: what is wrong with @after, %NULL when nothing is */
static const char *
find_loss (const GPtrArray *before,
           const GPtrArray *after)
{
  guint64 first = after->len > 0 ? get_id (after, 0) : 1;

  if (first != 1 && after->len < MAX_EVENTS)
    return "the first ones are gone";
  for (guint i = 1; i < after->len; i++)
    if (get_id (after, i) != first + i)
      return "a number is missing";

  for (guint i = 0; i < before->len; i++)
    {
      guint64 id = get_id (before, i);

      if (id < first)
        continue;
      if (id - first >= after->len)
        return "the last ones are gone";
      if (!g_str_equal (g_ptr_array_index (after, id - first), g_ptr_array_index (before, i)))
        return "one is another now";
    }

  return NULL;
}

static gboolean
is_whole (const char *path)
{
  g_autoptr (GPtrArray) rows = qcc_state_query (path, "PRAGMA integrity_check");

  return rows != NULL && rows->len == 1 && g_str_equal (g_ptr_array_index (rows, 0), "ok");
}

typedef struct
{
  guint16 port;
  int over;       /* atomic */
  int n_answered; /* atomic */
} Storm;

/* Asks until nobody listens any more. How it is answered is not its business. */
static gpointer
run_client (gpointer data)
{
  Storm *storm = data;
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  g_socket_client_set_timeout (client, 10);
  while (!g_atomic_int_get (&storm->over))
    {
      g_autoptr (GSocketConnection) connection = g_socket_client_connect_to_host (client, "127.0.0.1", storm->port, NULL, NULL);
      char buffer[4096];

      if (connection == NULL)
        break;
      if (!g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), REQUEST, strlen (REQUEST), NULL, NULL, NULL))
        continue;
      while (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), buffer, sizeof buffer, NULL, NULL) > 0)
        ;
      g_atomic_int_inc (&storm->n_answered);
    }

  return NULL;
}

static void
enable_all (Fixture *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (endpoints); i++)
    {
      g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (self->live->bus, endpoints[i]);
      g_autoptr (GError) error = NULL;

      qcc_dbus_endpoint1_call_enable_sync (endpoint, CALL, NULL, &error);
      g_assert_no_error (error);
    }
}

/* Sends a wish, and does not wait for what comes of it. */
static void
act (Fixture *self,
     QccDBusEndpoint1 *endpoint)
{
  QccDBusManager1 *manager = self->live->bus->manager;

  switch (g_test_rand_int_range (0, 5))
    {
    case 0:
      qcc_dbus_manager1_call_switch_profile (manager, profiles[g_test_rand_int_range (0, 3)], "storm", CALL, NULL, NULL, NULL);
      break;
    case 1:
      qcc_dbus_manager1_call_release (manager, CALL, NULL, NULL, NULL);
      break;
    case 2:
      qcc_dbus_endpoint1_call_disable (endpoint, CALL, NULL, NULL, NULL);
      break;
    case 3:
      qcc_dbus_endpoint1_call_enable (endpoint, CALL, NULL, NULL, NULL);
      break;
    default:
      qcc_live_fixture_script (self->live, (guint) g_test_rand_int_range (0, QCC_LIVE_N_PROVIDERS),
                               answers[g_test_rand_int_range (0, G_N_ELEMENTS (answers))]);
      break;
    }
}

static gboolean
on_tick (gpointer user_data)
{
  gboolean *due = user_data;

  *due = TRUE;

  return G_SOURCE_CONTINUE;
}

/* Returns: (transfer full): see kill_service() */
static GPtrArray *
storm_and_kill (Fixture *self)
{
  Storm storm = { .port = qcc_bus_fixture_get_port (self->live->bus) };
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (self->live->bus, endpoints[g_test_rand_int_range (0, 3)]);
  gint64 end = G_MAXINT64;
  gboolean due = TRUE;
  guint tick = g_timeout_add (ACT_MS, on_tick, &due);
  GThread *clients[N_CLIENTS];
  GPtrArray *committed;

  for (guint i = 0; i < N_CLIENTS; i++)
    clients[i] = g_thread_new ("client", run_client, &storm);
  while (g_get_monotonic_time () < end)
    {
      /* A service that has only just started has nothing to lose. */
      if (end == G_MAXINT64 && g_atomic_int_get (&storm.n_answered) > 0)
        end = g_get_monotonic_time () + 1000 * g_test_rand_int_range (0, STORM_MS);
      if (due)
        act (self, endpoint);
      due = FALSE;
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (tick);

  committed = kill_service (self);
  g_atomic_int_set (&storm.over, TRUE);
  for (guint i = 0; i < N_CLIENTS; i++)
    g_thread_join (clients[i]);

  return committed;
}

static void
assert_profiles (Fixture *self)
{
  g_autofree char *text = qcc_bus_fixture_read (self->live->bus, "config/qcc/profiles.json");
  g_autoptr (QccSnapshot) snapshot = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (text);
  snapshot = qcc_snapshot_new_from_json (text, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (snapshot->profiles->len, ==, G_N_ELEMENTS (profiles) + 1);
  for (gsize i = 0; i < G_N_ELEMENTS (endpoints); i++)
    g_assert_nonnull (qcc_snapshot_find_endpoint (snapshot, endpoints[i]));
}

/* The next start begins where the file ends. */
static void
assert_taken_up (Fixture *self,
                 const GPtrArray *stored,
                 const char *active)
{
  g_autoptr (QccDBusFailover1) failover = NULL;
  g_autoptr (GVariant) events = NULL;
  g_autofree char *found = qcc_bus_fixture_get_text (self->live->bus, "ActiveProfile");
  g_autofree char *notices = qcc_bus_fixture_get_text (self->live->bus, "Notices");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_strv_contains ((const char *const[]){ "work", "spare", "last", NULL }, found));
  /* None is stored where the user has no wish: it is the default one then. */
  g_assert_cmpstr (found, ==, active != NULL && *active != '\0' ? active : "work");
  g_assert_null (strstr (notices, "damaged"));

  failover = qcc_dbus_failover1_proxy_new_sync (self->live->bus->connection, G_DBUS_PROXY_FLAGS_NONE, QCC_BUS_NAME,
                                                QCC_BUS_ROOT, NULL, &error);
  g_assert_no_error (error);
  qcc_dbus_failover1_call_list_events_sync (failover, 0, CALL, &events, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (events), ==, stored->len);
  for (guint i = 0; i < stored->len; i++)
    {
      g_autoptr (GVariant) event = g_variant_get_child_value (events, stored->len - 1 - i);
      guint64 id;

      g_assert_true (g_variant_lookup (event, "id", "t", &id));
      g_assert_cmpuint (id, ==, get_id (stored, i));
    }
}

static void
add_profiles (Fixture *self)
{
  const char *const tiers[] = { "primary", "secondary", "fallback" };
  const char *const settings[][2] = {
    { "failover.failure-threshold", "1" },
    { "failover.success-threshold", "1" },
    { "failover.recovery-delay", "0" },
    { "failover.cooldown", "0" },
    { "failover.max-failovers-per-hour", "1000" },
  };
  g_autofree char *off = NULL;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    qcc_live_fixture_set_setting (self->live, settings[i][0], settings[i][1]);
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++)
    {
      g_autoptr (QccDBusProfile1) profile = NULL;

      qcc_live_fixture_add (self->live, profiles[i], i);
      profile = qcc_bus_fixture_get_profile (self->live->bus, profiles[i]);
      qcc_dbus_profile1_call_set_tier_sync (profile, tiers[i], CALL, NULL, &error);
      g_assert_no_error (error);
    }

  /* One that must never become active. */
  qcc_dbus_manager1_call_add_profile_sync (self->live->bus->manager, "off", g_variant_new_parsed ("{'tier': <'disabled'>}"), CALL,
                                           &off, NULL, &error);
  g_assert_no_error (error);
}

static void
test_storm (Fixture *self,
            gconstpointer data)
{
  guint n_events = 0;

  add_profiles (self);
  for (guint i = 0; i < n_kills; i++)
    {
      g_autoptr (GPtrArray) committed = NULL;
      g_autoptr (GPtrArray) stored = NULL;
      g_autoptr (GPtrArray) active = NULL;
      g_autofree char *copy = NULL;
      const char *loss;

      if (i % 5 == 0)
        enable_all (self);
      committed = storm_and_kill (self);
      copy = qcc_state_copy_new (self->state, self->copies);
      g_assert_true (is_whole (copy));
      stored = qcc_state_query (copy, EVENTS);
      active = qcc_state_query (copy, "SELECT profile FROM active");
      loss = find_loss (committed, stored);
      if (loss != NULL)
        g_error ("%s: %u before, %u after", loss, committed->len, stored->len);
      assert_profiles (self);

      qcc_bus_fixture_activate (self->live->bus);
      assert_taken_up (self, stored, active->len > 0 ? g_ptr_array_index (active, 0) : NULL);
      n_events = stored->len;
    }

  g_test_message ("%u events", n_events);
  g_assert_cmpuint (n_events, >, n_kills);
}

static void
test_planted (Fixture *self,
              gconstpointer data)
{
  const char *const wrongs[] = {
    "DELETE FROM event WHERE id = (SELECT max (id) FROM event)",
    "DELETE FROM event WHERE id = 2",
    "DELETE FROM event WHERE id = 1",
    "UPDATE event SET reason = 'another' WHERE id = 2",
  };
  g_autoptr (GPtrArray) committed = NULL;
  g_autoptr (GPtrArray) stored = NULL;
  g_autofree char *copy = NULL;
  g_autofree char *bytes = NULL;
  gsize length;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What the storm looks for is found when it is there");
  add_profiles (self);
  for (guint i = 0; i < 4; i++)
    {
      qcc_dbus_manager1_call_switch_profile_sync (self->live->bus->manager, profiles[i % 3], "planted", CALL, NULL, &error);
      g_assert_no_error (error);
    }
  committed = kill_service (self);
  g_assert_cmpuint (committed->len, >=, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (wrongs); i++)
    {
      g_autofree char *path = qcc_state_copy_new (self->state, self->copies);
      g_autoptr (GPtrArray) before = qcc_state_query (path, EVENTS);
      g_autoptr (GPtrArray) after = NULL;

      g_assert_null (find_loss (committed, before));
      g_assert_true (qcc_state_change (path, wrongs[i]));
      after = qcc_state_query (path, EVENTS);
      g_assert_nonnull (find_loss (before, after));
    }

  copy = qcc_state_copy_new (self->state, self->copies);
  g_assert_true (is_whole (copy));
  stored = qcc_state_query (copy, "PRAGMA wal_checkpoint (TRUNCATE)");
  g_assert_true (qcc_state_change (copy, "UPDATE event SET reason = 'x' WHERE id = 1"));
  g_file_get_contents (copy, &bytes, &length, &error);
  g_assert_no_error (error);
  memset (bytes + 4096, 0x5a, length - 4096);
  g_file_set_contents (copy, bytes, (gssize) length, &error);
  g_assert_no_error (error);
  g_assert_false (is_whole (copy));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 3);
  service_program = argv[1];
  n_kills = (guint) g_ascii_strtoull (argv[2], NULL, 10);
  (void) qcc_error_quark ();

  g_test_add ("/failover-kill/planted", Fixture, NULL, set_up, test_planted, tear_down);
  g_test_add ("/failover-kill/storm", Fixture, NULL, set_up, test_storm, tear_down);

  return g_test_run ();
}
