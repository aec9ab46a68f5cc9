/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-proxy.h"

#include <unistd.h>

#include "common/qcc-base-url.h"
#include "common/qcc-enums.h"
#include "common/qcc-error.h"
#include "service/qcc-fake-provider.h"
#include "service/qcc-port.h"
#include "tests/qcc-raw-client.h"
#include "tests/qcc-world.h"

/* The proxy without the service around it: stopped and started again (spec 12.4). Requests pass transparently,
 * so that neither profiles nor keys are needed. */

#define REQUEST "{\"model\":\"claude-test\",\"max_tokens\":64,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
#define HELD "message_start\nblock_start text\ndelta word\nhold rest\nblock_stop\nmessage_delta end_turn\nmessage_stop"
#define STALLED "message_start\nblock_start text\ndelta word\nstall"

#define SHORT_GRACE 1
#define LONG_GRACE 300 /* longer than any test */
#define CYCLES 20

typedef struct
{
  GSettings *settings;             /* (owned) */
  QccWorld *world;                 /* (owned): without profiles */
  QccProfileStore *profiles;       /* (owned) */
  QccRecorder *recorder;           /* (owned) */
  QccExplainRing *explanations;    /* (owned) */
  QccWatcher *watcher;             /* (owned) */
  QccFakeProvider *provider;       /* (owned) */
  QccProxy *proxy;                 /* (owned) */
  QccRawClient *client;            /* (owned) (nullable): the connection of begin_stream() */
  QccRawAnswer *answer;            /* (owned) (nullable): the answer of it */
  GString *states;                 /* (owned): what `state` was, with spaces between */
  guint16 port;                    /* of the last start */
  guint n_stopped;                 /* calls of stop that are over */
  void (*step) (gpointer fixture); /* what the client's thread does */
  int step_done;                   /* atomic */
} Fixture;

static void
on_state (QccProxy *proxy,
          GParamSpec *pspec,
          Fixture *fixture)
{
  int state;

  g_object_get (proxy, "state", &state, NULL);
  g_string_append_printf (fixture->states, "%s ", qcc_enum_to_nick (QCC_TYPE_PROXY_STATE, state));
}

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_build_filename (g_get_user_config_dir (), "profiles.json", NULL);
  g_autoptr (GFile) revisions = g_file_new_build_filename (g_get_user_state_dir (), "revisions", NULL);
  g_autoptr (QccEndpoint) transparent = NULL;
  g_autofree char *url = NULL;
  g_autoptr (GUri) uri = NULL;
  QccProxyParts parts;

  fixture->states = g_string_new (NULL);
  fixture->world = qcc_world_new ("{\"version\":1,\"profiles\":[]}", NULL);
  fixture->settings = g_settings_new_with_backend ("io.github.qcc.proxy", fixture->world->settings);
  g_settings_set_boolean (fixture->settings, "transparent", TRUE);
  g_settings_set_int (fixture->settings, "port", 0);
  fixture->provider = qcc_fake_provider_new (NULL);
  g_assert_true (qcc_fake_provider_start (fixture->provider, 0, NULL));
  url = qcc_fake_provider_dup_url (fixture->provider);
  uri = qcc_base_url_parse (url, NULL);
  transparent = qcc_endpoint_new ("transparent", uri);

  fixture->profiles = qcc_profile_store_new (file, revisions);
  fixture->recorder = qcc_recorder_new (fixture->world->policy);
  fixture->explanations = qcc_explain_ring_new (QCC_EXPLAIN_RING_SIZE);
  fixture->watcher = qcc_watcher_new (NULL, NULL);
  parts = (QccProxyParts){
    .policy = fixture->world->policy,
    .active = fixture->world->active,
    .profile_store = fixture->profiles,
    .table = fixture->world->table,
    .trust_store = fixture->world->trust_store,
    .recorder = fixture->recorder,
    .health = fixture->world->health,
    .affinity = fixture->world->affinity,
    .explanations = fixture->explanations,
    .clock = QCC_CLOCK (fixture->world->clock),
    .watcher = fixture->watcher,
    .transparent = transparent,
    .read_limit = 60000,
  };
  fixture->proxy = qcc_proxy_new (&parts);
  g_signal_connect (fixture->proxy, "notify::state", G_CALLBACK (on_state), fixture);
}

static void
on_stopped (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  Fixture *fixture = user_data;

  qcc_proxy_stop_finish (QCC_PROXY (source), result);
  g_assert_cmpint (qcc_proxy_get_state (fixture->proxy), ==, QCC_PROXY_STATE_STOPPED);
  fixture->n_stopped++;
}

static void
stop (Fixture *fixture,
      guint grace)
{
  guint expected = fixture->n_stopped + 1;

  qcc_proxy_stop_async (fixture->proxy, grace, on_stopped, fixture);
  while (fixture->n_stopped < expected)
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  qcc_fake_provider_stop (fixture->provider);
  stop (fixture, SHORT_GRACE);
  g_object_run_dispose (G_OBJECT (fixture->proxy));
  g_assert_finalize_object (fixture->proxy);
  g_object_unref (fixture->provider);
  g_object_unref (fixture->profiles);
  qcc_recorder_free (fixture->recorder);
  qcc_explain_ring_free (fixture->explanations);
  qcc_watcher_unref (fixture->watcher);
  g_object_unref (fixture->settings);
  qcc_world_free (fixture->world);
  g_string_free (fixture->states, TRUE);
}

static void
start (Fixture *fixture,
       GPtrArray *sockets)
{
  g_autoptr (GError) error = NULL;

  qcc_proxy_start (fixture->proxy, sockets, &error);
  g_assert_no_error (error);
  fixture->port = qcc_proxy_get_port (fixture->proxy);
  g_assert_cmpuint (fixture->port, >, 0);
}

static gpointer
run_step (gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->step (fixture);
  g_atomic_int_set (&fixture->step_done, TRUE);
  g_main_context_wakeup (NULL);

  return NULL;
}

/* The client's side in a thread, while the proxy runs here. */
static void
run (Fixture *fixture,
     void (*step) (gpointer fixture))
{
  GThread *thread;

  fixture->step = step;
  g_atomic_int_set (&fixture->step_done, FALSE);
  thread = g_thread_new ("client", run_step, fixture);
  while (!g_atomic_int_get (&fixture->step_done))
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
}

static void
script (Fixture *fixture,
        const char *text)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (fixture->provider, NULL, text, &error);
  g_assert_no_error (error);
}

static QccRawAnswer *
ask (QccRawClient *client)
{
  QccRawAnswer *answer;

  qcc_raw_client_post (client, "/v1/messages", "", REQUEST);
  answer = qcc_raw_client_read_answer (client);
  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);

  return answer;
}

static void
expect_answer (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (QccRawClient) client = qcc_raw_client_new ("127.0.0.1", fixture->port);
  g_autoptr (QccRawAnswer) answer = ask (client);

  g_assert_nonnull (strstr (answer->body->str, "message_stop"));
}

/* A refusal is written on the connection itself, while the rest of the request is read. */
static void
expect_refusal (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (QccRawClient) client = qcc_raw_client_new ("127.0.0.1", fixture->port);
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "Origin: https://example.test\r\n", REQUEST);
  answer = qcc_raw_client_read_answer (client);
  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->status, ==, 403);
}

/* A connection that stays open, is used again, and waits for a next request. */
static void
ask_and_stay (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (QccRawAnswer) first = NULL;

  fixture->client = qcc_raw_client_new ("127.0.0.1", fixture->port);
  first = ask (fixture->client);
  fixture->answer = ask (fixture->client);
}

static void
expect_closed (gpointer data)
{
  Fixture *fixture = data;

  g_assert_true (qcc_raw_client_is_closed (fixture->client));
  g_clear_pointer (&fixture->answer, qcc_raw_answer_free);
  g_clear_pointer (&fixture->client, qcc_raw_client_free);
}

static void
begin_stream (gpointer data)
{
  Fixture *fixture = data;

  fixture->client = qcc_raw_client_new ("127.0.0.1", fixture->port);
  qcc_raw_client_post (fixture->client, "/v1/messages", "", REQUEST);
  fixture->answer = qcc_raw_client_read_head (fixture->client);
  qcc_raw_client_read_until (fixture->client, fixture->answer, "word");
}

static void
finish_stream (gpointer data)
{
  Fixture *fixture = data;

  qcc_fake_provider_release (fixture->provider, "rest");
  qcc_raw_client_read_rest (fixture->client, fixture->answer);
  g_assert_cmpint (fixture->answer->end, ==, QCC_RAW_END_COMPLETE);
  expect_closed (fixture);
}

static void
expect_cut (gpointer data)
{
  Fixture *fixture = data;

  qcc_raw_client_read_rest (fixture->client, fixture->answer);
  g_assert_cmpint (fixture->answer->end, !=, QCC_RAW_END_COMPLETE);
  expect_closed (fixture);
}

static void
assert_port_closed (guint16 port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  g_assert_null (g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

/* Sockets that are not the proxy's own. */
static GPtrArray *
listen_elsewhere (guint16 *out_port)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *sockets = qcc_port_open ("localhost", 0, &error);
  g_autoptr (GSocketAddress) local = NULL;

  g_assert_no_error (error);
  local = g_socket_get_local_address (sockets->pdata[0], NULL);
  *out_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local));

  return sockets;
}

static void
test_again (Fixture *fixture,
            gconstpointer data)
{
  guint16 first;
  g_autofree char *url = NULL;
  g_autofree char *expected = NULL;

  script (fixture, "auto hello");
  g_assert_cmpint (qcc_proxy_get_state (fixture->proxy), ==, QCC_PROXY_STATE_STOPPED);
  g_assert_cmpuint (qcc_proxy_get_port (fixture->proxy), ==, 0);
  stop (fixture, LONG_GRACE);
  start (fixture, NULL);
  start (fixture, NULL);
  url = qcc_proxy_dup_url (fixture->proxy);
  expected = g_strdup_printf ("http://127.0.0.1:%u", fixture->port);
  g_assert_cmpstr (url, ==, expected);
  first = fixture->port;
  run (fixture, ask_and_stay);

  stop (fixture, LONG_GRACE);
  g_assert_cmpuint (qcc_proxy_get_port (fixture->proxy), ==, 0);
  g_assert_null (qcc_proxy_dup_url (fixture->proxy));
  assert_port_closed (first);
  run (fixture, expect_closed);

  start (fixture, NULL);
  run (fixture, expect_answer);
  run (fixture, ask_and_stay);
  stop (fixture, LONG_GRACE);
  run (fixture, expect_closed);
  g_assert_cmpstr (fixture->states->str, ==, "running stopping stopped running stopping stopped ");
}

/* A stream under way comes to its end; meanwhile a start is refused and a second stop waits with the first. */
static void
test_streaming (Fixture *fixture,
                gconstpointer data)
{
  guint16 port;
  g_autoptr (GError) error = NULL;

  script (fixture, HELD);
  start (fixture, NULL);
  port = fixture->port;
  run (fixture, begin_stream);

  qcc_proxy_stop_async (fixture->proxy, LONG_GRACE, on_stopped, fixture);
  g_assert_cmpint (qcc_proxy_get_state (fixture->proxy), ==, QCC_PROXY_STATE_STOPPING);
  g_assert_cmpuint (qcc_proxy_get_n_exchanges (fixture->proxy), ==, 1);
  g_assert_cmpuint (qcc_proxy_get_port (fixture->proxy), ==, 0);
  assert_port_closed (port);
  g_assert_false (qcc_proxy_start (fixture->proxy, NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  qcc_proxy_stop_async (fixture->proxy, LONG_GRACE, on_stopped, fixture);
  g_assert_cmpuint (fixture->n_stopped, ==, 0);

  run (fixture, finish_stream);
  while (fixture->n_stopped < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (fixture->states->str, ==, "running stopping stopped ");

  script (fixture, "auto hello");
  start (fixture, NULL);
  run (fixture, expect_answer);
}

/* One that does not end is cut, twice, and nothing of that is left in the next start. */
static void
test_cut (Fixture *fixture,
          gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      script (fixture, STALLED);
      start (fixture, NULL);
      run (fixture, begin_stream);
      stop (fixture, SHORT_GRACE);
      run (fixture, expect_cut);
    }

  script (fixture, "auto hello");
  start (fixture, NULL);
  run (fixture, expect_refusal);
  run (fixture, expect_answer);
}

/* A change of the port is for the next start; one that fails leaves the proxy stopped. */
static void
test_port_changed (Fixture *fixture,
                   gconstpointer data)
{
  guint16 port;
  g_autoptr (GPtrArray) others = listen_elsewhere (&port);
  g_autoptr (GError) error = NULL;

  script (fixture, "auto hello");
  start (fixture, NULL);
  g_settings_set_int (fixture->settings, "port", port);
  g_assert_cmpuint (qcc_proxy_get_port (fixture->proxy), ==, fixture->port);
  run (fixture, expect_answer);
  stop (fixture, LONG_GRACE);

  g_assert_false (qcc_proxy_start (fixture->proxy, NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_assert_cmpstr (fixture->states->str, ==, "running stopping stopped ");

  g_clear_pointer (&others, g_ptr_array_unref);
  start (fixture, NULL);
  g_assert_cmpuint (fixture->port, ==, port);
  run (fixture, expect_answer);
}

/* Connects, and is turned away at once instead of being left waiting. */
static void
expect_turned_away (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (QccRawClient) client = qcc_raw_client_new ("127.0.0.1", fixture->port);

  g_assert_true (qcc_raw_client_is_closed (client));
}

/* A socket of systemd wins over the settings, and is there for every start. */
static void
test_handed_over (Fixture *fixture,
                  gconstpointer data)
{
  guint16 port;
  g_autoptr (GPtrArray) sockets = listen_elsewhere (&port);

  g_settings_set_int (fixture->settings, "port", qcc_port_find_free ("localhost", port));
  script (fixture, "auto hello");
  start (fixture, sockets);
  g_assert_cmpuint (fixture->port, ==, port);
  run (fixture, expect_answer);

  stop (fixture, LONG_GRACE);
  run (fixture, expect_turned_away);
  g_assert_false (g_socket_is_closed (sockets->pdata[0]));

  start (fixture, NULL);
  g_assert_cmpuint (fixture->port, ==, port);
  run (fixture, expect_answer);
}

/* The lowest that is free: it rises when some are lost. */
static int
find_free_descriptor (void)
{
  int fd = dup (0);

  close (fd);
  return fd;
}

static void
test_cycles (Fixture *fixture,
             gconstpointer data)
{
  int before = 0;

  script (fixture, "auto hello");
  for (guint i = 0; i < CYCLES; i++)
    {
      start (fixture, NULL);
      run (fixture, ask_and_stay);
      stop (fixture, LONG_GRACE);
      run (fixture, expect_closed);
      if (i == 1)
        before = find_free_descriptor ();
    }
  g_assert_cmpint (find_free_descriptor (), <=, before);
}

#define ADD(name, test) g_test_add ("/proxy/restart/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  ADD ("again", test_again);
  ADD ("streaming", test_streaming);
  ADD ("cut", test_cut);
  ADD ("port-changed", test_port_changed);
  ADD ("handed-over", test_handed_over);
  ADD ("cycles", test_cycles);

  return g_test_run ();
}
