/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gio/gio.h>

#include "common/qcc-error.h"
#include "tests/qcc-live-fixture.h"

/*
 * Changes over the bus while the service serves: the stream that runs is not touched, the next
 * request goes by what holds now.
 */

#define CALL G_DBUS_CALL_FLAGS_NONE, -1
#define ONE 0
#define TWO 1
#define THREE 2

static const char *service_program;

/* A profile `work` whose first endpoint is `one`; `two` is there for when that cannot be used. */
static QccLiveFixture *
start (void)
{
  QccLiveFixture *fixture = qcc_live_fixture_new (service_program);

  qcc_live_fixture_add (fixture, "work", ONE);
  qcc_live_fixture_add (fixture, "work", TWO);
  qcc_live_fixture_set_setting (fixture, "loadbalancer.strategy", "failover");
  qcc_live_fixture_update (fixture, "two", "{'priority': <1>}");

  return fixture;
}

static void
test_added (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  QccLiveStream *stream = qcc_live_stream_begin (fixture, ONE);

  qcc_live_fixture_update (fixture, "one", "{'priority': <2>}");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);
  qcc_live_fixture_add (fixture, "work", THREE);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, THREE);
  qcc_live_stream_end (stream);
}

static void
test_removed (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  QccLiveStream *stream = qcc_live_stream_begin (fixture, ONE);
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (fixture->bus, "one");
  g_autoptr (GError) error = NULL;

  qcc_dbus_endpoint1_call_remove_sync (endpoint, CALL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);
  qcc_live_stream_end (stream);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);
}

static void
test_profile_removed (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  QccLiveStream *stream = qcc_live_stream_begin (fixture, ONE);
  g_autoptr (GError) error = NULL;

  qcc_live_fixture_add (fixture, "other", THREE);
  qcc_dbus_manager1_call_remove_profile_sync (fixture->bus->manager, "work", CALL, NULL, &error);
  g_assert_no_error (error);
  qcc_bus_fixture_assert_text (fixture->bus, "ActiveProfile", "other");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, THREE);
  qcc_live_stream_end (stream);
}

static void
test_disabled (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  QccLiveStream *stream = qcc_live_stream_begin (fixture, ONE);
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (fixture->bus, "one");
  g_autoptr (GError) error = NULL;

  qcc_dbus_endpoint1_call_disable_sync (endpoint, CALL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);
  qcc_live_stream_end (stream);

  qcc_dbus_endpoint1_call_enable_sync (endpoint, CALL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
}

static void
test_moved (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  QccLiveStream *stream = qcc_live_stream_begin (fixture, ONE);
  g_autofree char *url = qcc_fake_provider_dup_url (fixture->providers[THREE]);
  g_autofree char *options = g_strdup_printf ("{'base_url': <'%s'>}", url);
  g_autofree char *key = NULL;

  qcc_live_fixture_update (fixture, "one", options);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, THREE);
  key = qcc_live_fixture_get_last_key (fixture, THREE);
  g_assert_cmpstr (key, ==, "key-of-one");
  qcc_live_stream_end (stream);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, THREE);
}

static void
write_key (QccLiveFixture *fixture,
           const char *key)
{
  g_autofree char *text = g_strdup_printf ("{\"version\":1,\"keys\":{%s}}\n", key);

  qcc_bus_fixture_write (fixture->bus, "config/qcc/keys.json", text);
}

static void
tell_key_changed (QccLiveFixture *fixture,
                  const char *id,
                  const char *expected_state)
{
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (fixture->bus, id);
  g_autoptr (QccDBusEndpoint1) changed = NULL;
  g_autoptr (GError) error = NULL;

  qcc_dbus_endpoint1_call_key_changed_sync (endpoint, CALL, NULL, &error);
  g_assert_no_error (error);
  changed = qcc_bus_fixture_get_endpoint (fixture->bus, id);
  g_assert_cmpstr (qcc_dbus_endpoint1_get_key_state (changed), ==, expected_state);
}

static void
test_key (void)
{
  g_autoptr (QccLiveFixture) fixture = qcc_live_fixture_new (service_program);
  QccLiveStream *stream;
  g_autoptr (QccRawAnswer) refused = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  qcc_live_fixture_add (fixture, "work", ONE);
  stream = qcc_live_stream_begin (fixture, ONE);
  first = qcc_live_fixture_get_last_key (fixture, ONE);
  g_assert_cmpstr (first, ==, "key-of-one");

  write_key (fixture, "\"one\":\"another-key\"");
  tell_key_changed (fixture, "one", "ok");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
  second = qcc_live_fixture_get_last_key (fixture, ONE);
  g_assert_cmpstr (second, ==, "another-key");

  write_key (fixture, "");
  tell_key_changed (fixture, "one", "missing");
  refused = qcc_live_fixture_ask (fixture, "");
  g_assert_cmpuint (refused->status, ==, 503);
  g_assert_nonnull (strstr (refused->body->str, "Set a key"));
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[ONE]), ==, 2);

  qcc_live_stream_end (stream);
}

/* Spec 3.4: no error quotes a key, also not one that was changed while its request was on its way. */
static void
test_key_in_error (void)
{
  g_autoptr (QccLiveFixture) fixture = qcc_live_fixture_new (service_program);
  g_autoptr (QccRawClient) client = NULL;
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autoptr (GError) error = NULL;

  qcc_live_fixture_add (fixture, "work", ONE);
  qcc_fake_provider_push_script (fixture->providers[ONE], "hold rest\nerror 400 invalid_request_error not with key-of-one",
                                 &error);
  g_assert_no_error (error);
  client = qcc_raw_client_new ("127.0.0.1", qcc_bus_fixture_get_port (fixture->bus));
  qcc_raw_client_post (client, "/v1/messages", "", "{\"model\":\"claude-test\",\"stream\":true}");
  g_assert_true (qcc_fake_provider_wait_gate (fixture->providers[ONE], "rest", 30000));
  write_key (fixture, "\"one\":\"another-key\"");
  tell_key_changed (fixture, "one", "ok");

  qcc_fake_provider_release (fixture->providers[ONE], "rest");
  answer = qcc_raw_client_read_answer (client);
  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->status, ==, 400);
  g_assert_nonnull (strstr (answer->body->str, "not with"));
  g_assert_null (strstr (answer->body->str, "key-of-one"));
}

static void
test_switched (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  QccDBusManager1 *manager = fixture->bus->manager;
  QccLiveStream *stream;
  g_autoptr (GError) error = NULL;

  qcc_live_fixture_add (fixture, "other", THREE);
  stream = qcc_live_stream_begin (fixture, ONE);
  qcc_dbus_manager1_call_switch_profile_sync (manager, "other", "to see", CALL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, THREE);
  qcc_dbus_manager1_call_release_sync (manager, CALL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
  qcc_live_stream_end (stream);
}

/* Spec 4.3: a profile of tier fallback helps out as long as the setting lets it. */
static void
test_fallback (void)
{
  g_autoptr (QccLiveFixture) fixture = qcc_live_fixture_new (service_program);
  g_autoptr (QccDBusProfile1) spare = NULL;
  g_autoptr (QccRawAnswer) refused = NULL;
  g_autoptr (GError) error = NULL;

  qcc_live_fixture_add (fixture, "work", ONE);
  qcc_live_fixture_add (fixture, "spare", TWO);
  spare = qcc_bus_fixture_get_profile (fixture->bus, "spare");
  qcc_dbus_profile1_call_set_tier_sync (spare, "fallback", CALL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);

  qcc_live_fixture_update (fixture, "one", "{'enabled': <false>}");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);
  qcc_live_fixture_set_setting (fixture, "failover.fallback-enabled", "false");
  refused = qcc_live_fixture_ask (fixture, "");
  g_assert_cmpuint (refused->status, ==, 503);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[TWO]), ==, 1);

  qcc_live_fixture_set_setting (fixture, "failover.fallback-enabled", "true");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, TWO);
}

#define TOKEN "qcc-token-of-the-bus-test"
#define WITH_TOKEN "Authorization: Bearer " TOKEN "\r\n"

static void
assert_turned_away (QccLiveFixture *fixture,
                    const char *headers)
{
  g_autoptr (QccRawAnswer) answer = qcc_live_fixture_ask (fixture, headers);
  g_autofree char *retry = qcc_raw_answer_get_header (answer, "x-should-retry");

  g_assert_cmpuint (answer->status, ==, 403);
  g_assert_cmpstr (retry, ==, "false");
}

static void
add_token (QccLiveFixture *fixture,
           const char *profile)
{
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, TOKEN, -1);
  g_autoptr (GError) error = NULL;

  qcc_dbus_manager1_call_add_token_sync (fixture->bus->manager, "laptop", sha256, profile, FALSE, CALL, NULL, &error);
  g_assert_no_error (error);
}

static void
test_token (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  QccDBusManager1 *manager = fixture->bus->manager;
  g_autoptr (GError) error = NULL;

  qcc_live_fixture_add (fixture, "other", THREE);
  qcc_live_fixture_set_setting (fixture, "proxy.require-token", "true");
  assert_turned_away (fixture, "");
  assert_turned_away (fixture, WITH_TOKEN);

  add_token (fixture, "");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, WITH_TOKEN), ==, ONE);
  assert_turned_away (fixture, "");
  qcc_dbus_manager1_call_remove_token_sync (manager, "laptop", CALL, NULL, &error);
  g_assert_no_error (error);
  assert_turned_away (fixture, WITH_TOKEN);

  add_token (fixture, "other");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, WITH_TOKEN), ==, THREE);
  qcc_live_fixture_set_setting (fixture, "proxy.require-token", "false");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, WITH_TOKEN), ==, THREE);
}

/* What the manager has told of its state, and how a call ended. */
typedef struct
{
  GString *states; /* (owned) */
  const char *awaited;
  gboolean stopped;
} Watch;

static void
on_properties (GDBusProxy *proxy,
               GVariant *changed,
               const char *const *invalidated,
               Watch *watch)
{
  const char *state;

  if (g_variant_lookup (changed, "State", "&s", &state))
    g_string_append_printf (watch->states, "%s;", state);
}

static gboolean
has_told (gpointer data)
{
  const Watch *watch = data;

  return g_str_has_suffix (watch->states->str, watch->awaited);
}

static gboolean
has_stopped (gpointer data)
{
  return ((const Watch *) data)->stopped;
}

static void
on_stopped (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  Watch *watch = user_data;
  g_autoptr (GError) error = NULL;

  qcc_dbus_manager1_call_stop_finish (QCC_DBUS_MANAGER1 (source), result, &error);
  g_assert_no_error (error);
  watch->stopped = TRUE;
}

static void
assert_nobody_listens (guint16 port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static void
test_stopped (void)
{
  g_autoptr (QccLiveFixture) fixture = start ();
  QccDBusManager1 *manager = fixture->bus->manager;
  guint16 port = qcc_bus_fixture_get_port (fixture->bus);
  QccLiveStream *stream = qcc_live_stream_begin (fixture, ONE);
  Watch watch = { .states = g_string_new (NULL) };
  g_autoptr (GError) error = NULL;

  g_signal_connect (manager, "g-properties-changed", G_CALLBACK (on_properties), &watch);
  qcc_dbus_manager1_call_stop (manager, CALL, NULL, on_stopped, &watch);
  watch.awaited = "stopping;";
  qcc_bus_fixture_wait_for (fixture->bus, has_told, &watch);
  g_assert_false (watch.stopped);
  qcc_bus_fixture_assert_text (fixture->bus, "State", "stopping");
  qcc_bus_fixture_assert_text (fixture->bus, "Url", "");
  assert_nobody_listens (port);

  qcc_live_stream_end (stream);
  qcc_bus_fixture_wait_for (fixture->bus, has_stopped, &watch);
  watch.awaited = "stopped;";
  qcc_bus_fixture_wait_for (fixture->bus, has_told, &watch);

  qcc_dbus_manager1_call_start_sync (manager, CALL, NULL, &error);
  g_assert_no_error (error);
  watch.awaited = "running;";
  qcc_bus_fixture_wait_for (fixture->bus, has_told, &watch);
  g_assert_cmpstr (watch.states->str, ==, "stopping;stopped;running;");
  g_assert_cmpuint (qcc_live_fixture_serve (fixture, ""), ==, ONE);

  g_signal_handlers_disconnect_by_data (manager, &watch);
  g_string_free (watch.states, TRUE);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_assert_cmpint (argc, ==, 2);
  service_program = argv[1];
  (void) qcc_error_quark ();

  g_test_add_func ("/bus-live/added", test_added);
  g_test_add_func ("/bus-live/removed", test_removed);
  g_test_add_func ("/bus-live/profile-removed", test_profile_removed);
  g_test_add_func ("/bus-live/disabled", test_disabled);
  g_test_add_func ("/bus-live/moved", test_moved);
  g_test_add_func ("/bus-live/key", test_key);
  g_test_add_func ("/bus-live/key-in-error", test_key_in_error);
  g_test_add_func ("/bus-live/switched", test_switched);
  g_test_add_func ("/bus-live/fallback", test_fallback);
  g_test_add_func ("/bus-live/token", test_token);
  g_test_add_func ("/bus-live/stopped", test_stopped);

  return g_test_run ();
}
