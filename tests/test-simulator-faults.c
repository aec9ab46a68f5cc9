/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-simulator.h"

#include <string.h>

#include "common/qcc-error.h"
#include "service/qcc-fake-provider.h"
#include "tests/qcc-raw-client.h"
#include "tests/qcc-simulator-fixture.h"

/* Simulated faults as a raw client and as an attempt see them, on real sockets. */

#define STREAM_BODY "{\"model\":\"claude-test\",\"stream\":true,\"messages\":[]}"
#define UNARY_BODY "{\"model\":\"claude-test\",\"messages\":[]}"

static guint16
get_port (const QccEndpointEntry *entry)
{
  return (guint16) g_uri_get_port (entry->simulation->endpoint->base_url);
}

/* What any client may ask for, and all of it has to fail. */
static const struct
{
  const char *line;
  const char *body;
} requests[] = {
  { "POST /v1/messages?beta=true", STREAM_BODY },
  { "POST /v1/messages", UNARY_BODY },
  { "POST /v1/messages/count_tokens", UNARY_BODY },
  { "GET /v1/models", "" },
  { "GET /v1/files/1", "" },
  { "DELETE /", "" },
};

static QccRawAnswer *
ask (QccRawClient *client,
     gsize request)
{
  g_autofree char *text = g_strdup_printf ("%s HTTP/1.1\r\nHost: a\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                                           requests[request].line, strlen (requests[request].body), requests[request].body);
  QccRawAnswer *answer;

  g_test_message ("%s", requests[request].line);
  qcc_raw_client_send (client, text, -1);
  answer = qcc_raw_client_read_answer (client);
  g_assert_nonnull (answer);

  return answer;
}

typedef struct
{
  const char *name;
  QccFault fault;
  guint status;
  const char *retry_after; /* (nullable) */
  const char *type;
} ErrorFault;

static const ErrorFault error_faults[] = {
  { "429", QCC_FAULT_429, 429, "5", "\"type\":\"rate_limit_error\"" },
  { "529", QCC_FAULT_529, 529, NULL, "\"type\":\"overloaded_error\"" },
};

/* Twice, so that it is no answer that is used up. */
static void
test_error (QccSimulatorFixture *fixture,
            gconstpointer data)
{
  const ErrorFault *expected = data;
  g_autoptr (QccRawClient) client = NULL;

  qcc_simulator_fixture_start (fixture, "one", expected->fault, 60);
  g_assert_cmpstr (qcc_simulator_get_fault (fixture->simulator, "one"), ==, expected->name);
  client = qcc_raw_client_new ("127.0.0.1", get_port (qcc_simulator_fixture_lookup (fixture, "one")));

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (requests); i++)
    {
      g_autoptr (QccRawAnswer) answer = ask (client, i % G_N_ELEMENTS (requests));
      g_autofree char *retry_after = qcc_raw_answer_get_header (answer, "Retry-After");

      g_assert_cmpuint (answer->status, ==, expected->status);
      g_assert_cmpstr (retry_after, ==, expected->retry_after);
      g_assert_nonnull (strstr (answer->body->str, expected->type));
      g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
    }
}

static void
test_cut (QccSimulatorFixture *fixture,
          gconstpointer data)
{
  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_CUT, 60);

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (requests); i++)
    {
      gsize request = i % G_N_ELEMENTS (requests);
      g_autoptr (QccRawClient) client = qcc_raw_client_new ("127.0.0.1", get_port (qcc_simulator_fixture_lookup (fixture, "one")));
      g_autoptr (QccRawAnswer) answer = ask (client, request);

      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_cmpint (answer->end, ==, QCC_RAW_END_CUT);
      if (request == 0)
        {
          g_assert_true (g_str_has_prefix (answer->body->str, "event: message_start\n"));
          g_assert_nonnull (strstr (answer->body->str, "\"type\":\"text_delta\",\"text\":\"This answer"));
          g_assert_null (strstr (answer->body->str, "message_stop"));
        }
      else
        {
          g_assert_true (g_str_has_prefix (answer->body->str, "{"));
        }
    }
}

/* The longest name that is taken for one must not leave the content behind the cut. */
static void
test_cut_long_model (QccSimulatorFixture *fixture,
                     gconstpointer data)
{
  g_autofree char *model = g_strnfill (QCC_REQUEST_MODEL_MAX, 'm');
  g_autofree char *body = g_strdup_printf ("{\"model\":\"%s\",\"stream\":true}", model);
  g_autoptr (QccRawClient) client = NULL;
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_CUT, 60);
  client = qcc_raw_client_new ("127.0.0.1", get_port (qcc_simulator_fixture_lookup (fixture, "one")));
  qcc_raw_client_post (client, "/v1/messages", "", body);
  answer = qcc_raw_client_read_answer (client);
  g_assert_nonnull (answer);
  g_assert_nonnull (strstr (answer->body->str, model));
  g_assert_nonnull (strstr (answer->body->str, "\"text_delta\""));
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_CUT);
}

static void
assert_port_is_taken (guint16 port)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GError) error = NULL;

  if (g_socket_bind (socket, address, TRUE, &error))
    g_socket_listen (socket, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
}

static void
test_refuse (QccSimulatorFixture *fixture,
             gconstpointer data)
{
  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_REFUSE, 60);

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (QccSimulatorProbe) probe = qcc_simulator_fixture_probe (fixture, "one", QCC_SIMULATOR_LIMIT_MS);

      qcc_simulator_probe_wait (probe);
      g_assert_error (probe->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
      g_assert_false (qcc_attempt_was_connected (probe->attempt));
    }
  assert_port_is_taken (get_port (qcc_simulator_fixture_lookup (fixture, "one")));
}

static void
test_stall (QccSimulatorFixture *fixture,
            gconstpointer data)
{
  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_STALL, 60);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QccSimulatorProbe) probe = qcc_simulator_fixture_probe (fixture, "one", 100);

      qcc_simulator_probe_wait (probe);
      g_assert_error (probe->error, QCC_ERROR, QCC_ERROR_TIMED_OUT);
      g_assert_true (qcc_attempt_was_connected (probe->attempt));
    }
}

/* The stand-in has the id and the limits of the real one, and is reached without a proxy. */
static void
test_stand_in (QccSimulatorFixture *fixture,
               gconstpointer data)
{
  const QccEndpointEntry *entry = qcc_simulator_fixture_lookup (fixture, "one");
  const QccEndpoint *stand_in;

  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_STALL, 60);

  stand_in = entry->simulation->endpoint;
  g_assert_cmpstr (stand_in->id, ==, "one");
  g_assert_cmpstr (g_uri_get_host (stand_in->base_url), ==, "127.0.0.1");
  g_assert_cmpstr (stand_in->proxy, ==, "none");
  g_assert_cmpuint (stand_in->connect_timeout, ==, 3);
  g_assert_cmpuint (stand_in->first_byte_timeout, ==, 4);
  g_assert_cmpuint (stand_in->idle_timeout, ==, 5);
  g_assert_cmpstr (g_uri_get_host (entry->endpoint->base_url), ==, "192.0.2.1");
  g_assert_null (qcc_simulator_fixture_lookup (fixture, "two")->simulation);
}

/* What waits for an answer when the fault is over does not wait on. */
static void
test_end_cuts_off (QccSimulatorFixture *fixture,
                   gconstpointer data)
{
  g_autoptr (QccSimulatorProbe) probe = NULL;

  qcc_simulator_fixture_start (fixture, "one", QCC_FAULT_STALL, 60);
  probe = qcc_simulator_fixture_probe (fixture, "one", QCC_SIMULATOR_LIMIT_MS);
  while (!qcc_attempt_was_connected (probe->attempt))
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (probe->done);

  qcc_manual_clock_advance (fixture->clock, 60 * G_USEC_PER_SEC);
  qcc_simulator_probe_wait (probe);
  g_assert_nonnull (probe->error);
  g_assert_false (g_error_matches (probe->error, QCC_ERROR, QCC_ERROR_TIMED_OUT));
}

static guint
count_open_files (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/fd", 0, &error);
  guint n = 0;

  g_assert_no_error (error);
  while (g_dir_read_name (directory) != NULL)
    n++;

  return n;
}

static void
simulate_all (QccSimulatorFixture *fixture)
{
  for (guint fault = QCC_FAULT_REFUSE; fault <= QCC_FAULT_CUT; fault++)
    {
      g_autoptr (QccSimulatorProbe) probe = NULL;

      qcc_simulator_fixture_start (fixture, "one", fault, 60);
      probe = qcc_simulator_fixture_probe (fixture, "one", fault == QCC_FAULT_STALL ? 100 : QCC_SIMULATOR_LIMIT_MS);
      qcc_simulator_probe_wait (probe);
    }
  qcc_simulator_fixture_stop (fixture, "one");
}

static void
test_nothing_left (QccSimulatorFixture *fixture,
                   gconstpointer data)
{
  guint before;

  /* What GLib opens once for all. */
  simulate_all (fixture);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  before = count_open_files ();

  simulate_all (fixture);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (count_open_files (), ==, before);
  qcc_simulator_fixture_assert_over (fixture, "one");
}

/* Without a key none is sent, not even the client's own, unless the request says so. */
static void
test_credential (QccSimulatorFixture *fixture,
                 gconstpointer data)
{
  g_autoptr (QccFakeProvider) provider = qcc_fake_provider_new (NULL);
  g_autofree char *text = NULL;
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_start (provider, 0, &error);
  g_assert_no_error (error);
  url = qcc_fake_provider_dup_url (provider);
  text = g_strdup_printf ("{\"id\":\"one\",\"base_url\":\"%s\",\"proxy\":\"none\"}", url);
  qcc_simulator_fixture_apply (fixture, text);

  for (guint i = 0; i < 2; i++)
    {
      gboolean passes = i == 1;
      const QccEndpointEntry *entry = qcc_simulator_fixture_lookup (fixture, "one");
      g_autoptr (QccSimulatorProbe) probe = qcc_simulator_probe_new (fixture, entry->endpoint, entry->pool, passes, QCC_SIMULATOR_LIMIT_MS);
      g_autoptr (QccFakeRequest) seen = NULL;

      qcc_simulator_probe_wait (probe);
      g_assert_no_error (probe->error);
      seen = qcc_fake_provider_get_request (provider, i);
      g_assert_cmpstr (qcc_fake_request_get_header (seen, "x-api-key"), ==, passes ? "of-the-client" : NULL);
      g_assert_cmpstr (qcc_fake_request_get_header (seen, "Authorization"), ==, passes ? "Bearer of-the-client" : NULL);
      g_assert_cmpstr (qcc_fake_request_get_header (seen, "anthropic-version"), ==, "2023-06-01");
    }
}

static void
add (const char *path,
     gconstpointer data,
     void (*test) (QccSimulatorFixture *fixture, gconstpointer data))
{
  g_test_add (path, QccSimulatorFixture, data, qcc_simulator_fixture_set_up, test, qcc_simulator_fixture_tear_down);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (error_faults); i++)
    {
      g_autofree char *path = g_strconcat ("/simulator-faults/", error_faults[i].name, NULL);

      add (path, &error_faults[i], test_error);
    }
  add ("/simulator-faults/cut", NULL, test_cut);
  add ("/simulator-faults/cut-long-model", NULL, test_cut_long_model);
  add ("/simulator-faults/refuse", NULL, test_refuse);
  add ("/simulator-faults/stall", NULL, test_stall);
  add ("/simulator-faults/stand-in", NULL, test_stand_in);
  add ("/simulator-faults/end-cuts-off", NULL, test_end_cuts_off);
  add ("/simulator-faults/nothing-left", NULL, test_nothing_left);
  add ("/simulator-faults/credential", NULL, test_credential);

  return g_test_run ();
}
