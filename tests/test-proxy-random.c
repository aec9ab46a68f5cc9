/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/*
 * Good requests and good answers with some bytes changed, always the same ones. Whatever comes of
 * it: no crash, no hang, no leak, and every exchange ends (spec 16.2).
 */

/* All of them with `-m slow`: under sanitizers an answer that fails costs 30 ms. */
#define N_TRIES (g_test_slow () ? 2000U : 400U)
#define SEED 20240601
#define MAX_CHANGES 4

static const char good_request[] =
    "POST /v1/messages?beta=true HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "X-Claude-Code-Session-Id: s\r\nTransfer-Encoding: chunked\r\n\r\n"
    "2b\r\n{\"model\":\"claude-test\",\"stream\":true,\"x\":\"\"}\r\n0\r\n\r\n";

static const char good_answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    "28\r\nevent: message_start\ndata: {\"message\":{}}\r\n2\r\n\n\n\r\n"
    "27\r\nevent: content_block_start\ndata: {\"i\":0}\r\n2\r\n\n\n\r\n"
    "3b\r\nevent: message_delta\ndata: {\"delta\":{\"stop_reason\":\"max\"}}\r\n2\r\n\n\n\r\n"
    "1d\r\nevent: message_stop\ndata: {}\n\n\r\n0\r\n\r\n";

/* Changes, removes and inserts bytes. Those of the grammar come more often than others. */
static GString *
mutate (GRand *rand,
        const char *text,
        gsize length)
{
  static const char odd[] = "\r\n: 0-\377{}\"\t;f\001";
  GString *mutated = g_string_new_len (text, (gssize) length);
  gint32 n = g_rand_int_range (rand, 1, MAX_CHANGES + 1);

  for (gint32 i = 0; i < n; i++)
    {
      gssize at = g_rand_int_range (rand, 0, (gint32) mutated->len);
      char byte = odd[g_rand_int_range (rand, 0, sizeof odd - 1)];

      if (g_rand_boolean (rand))
        byte = (char) g_rand_int_range (rand, 1, 256);

      switch (g_rand_int_range (rand, 0, 3))
        {
        case 0:
          mutated->str[at] = byte;
          break;
        case 1:
          g_string_erase (mutated, at, 1);
          break;
        case 2:
          g_string_insert_c (mutated, at, byte);
          break;
        }
    }

  return mutated;
}

/* libsoup warns of a negative Content-Length that it could not but read. */
static gboolean
is_fatal (const char *domain,
          GLogLevelFlags level,
          const char *message,
          gpointer user_data)
{
  return g_strcmp0 (domain, "GLib-GObject") != 0 || strstr (message, "'content-length'") == NULL;
}

static void
client_sends_requests (QccProxyFixture *fixture,
                       QccRawClient *client)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (SEED);

  for (guint i = 0; i < N_TRIES; i++)
    {
      g_autoptr (QccRawClient) next = qcc_proxy_fixture_connect (fixture);
      g_autoptr (GString) request = mutate (rand, good_request, strlen (good_request));
      QccRawAnswer *answer;

      qcc_raw_client_send (next, request->str, (gssize) request->len);
      qcc_raw_client_shutdown_sending (next);
      while ((answer = qcc_raw_client_read_answer (next)) != NULL)
        qcc_raw_answer_free (answer);
    }
}

/* What reaches the provider is one whole request, whatever the client's was like. */
static void
assert_requests_well_formed (QccProxyFixture *fixture)
{
  for (guint i = 0; i < qcc_fake_provider_get_n_requests (fixture->providers[0]); i++)
    {
      g_autoptr (QccFakeRequest) request = qcc_fake_provider_get_request (fixture->providers[0], i);

      if (request->problem != NULL && !g_str_equal (request->problem, "the client left inside the request"))
        g_error ("request %u: %s", i, request->problem);
    }
}

static void
test_requests (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (1);

  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_sends_requests);
  while (qcc_service_get_n_exchanges (fixture->service) > 0)
    g_main_context_iteration (NULL, TRUE);

  /* Enough of them got past the parser. */
  g_assert_cmpuint (qcc_service_get_n_records (fixture->service), >, N_TRIES / 2);
  assert_requests_well_formed (fixture);
}

static void
set_answer (QccProxyFixture *fixture,
            const GString *answer)
{
  g_autoptr (GString) script = g_string_new ("raw ");

  for (gsize i = 0; i < answer->len; i++)
    g_string_append_printf (script, "\\%03o", (guint8) answer->str[i]);
  g_string_append (script, "\nfin");
  qcc_proxy_fixture_script (fixture, 0, script->str);
}

static void
client_reads_answers (QccProxyFixture *fixture,
                      QccRawClient *client)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (SEED);

  for (guint i = 0; i < N_TRIES; i++)
    {
      g_autoptr (QccRawClient) next = qcc_proxy_fixture_connect (fixture);
      g_autoptr (GString) mutated = mutate (rand, good_answer, strlen (good_answer));
      g_autoptr (QccRawAnswer) answer = NULL;

      set_answer (fixture, mutated);
      qcc_raw_client_post (next, "/v1/messages", "", QCC_STREAM_REQUEST);
      answer = qcc_raw_client_read_answer (next);
      g_assert_nonnull (answer);
      g_assert_cmpuint (answer->status, >=, 200);
    }
}

static void
test_answers (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_proxy_fixture_new (2);

  g_test_log_set_fatal_handler (is_fatal, NULL);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_reads_answers);
  qcc_proxy_fixture_wait_records (fixture, N_TRIES);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy/random/requests", test_requests);
  g_test_add_func ("/proxy/random/answers", test_answers);

  return g_test_run ();
}
