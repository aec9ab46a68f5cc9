/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-story.h"

#include <string.h>

/*
 * Whom a failure is charged to (spec 4.1), and the circuit breaker (spec 5.3), through real sockets. The first endpoint has
 * the faults; the second one is well.
 */

#define N_CLIENT_ERRORS 1000
#define N_CONNECTIONS 4
#define N_TIMES 5

/* Longer than any client listens. */
#define BUSY_STREAM "message_start\ndelta begun\nrepeat 1000000\ndelta more\nend\nmessage_delta end_turn\nmessage_stop"

static QccProxyFixture *
start (void)
{
  QccProxyFixture *fixture = qcc_story_new (2);

  qcc_proxy_fixture_start (fixture);

  return fixture;
}

static void
assert_as_new (QccProxyFixture *fixture)
{
  static const char *const ids[] = { "one", "two" };

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      QccEndpointView view = qcc_story_view (fixture, ids[i]);

      g_assert_cmpint (view.level, ==, QCC_LEVEL_HEALTHY);
      g_assert_cmpint (view.obstacle, ==, QCC_OBSTACLE_NONE);
    }
  g_assert_cmpuint (qcc_story_count_all_events (fixture), ==, 0);
}

/* What the client is told for the request number @n. */
static guint
status_of (guint n)
{
  static const guint statuses[] = { 400, 413, 422 };

  return statuses[n % G_N_ELEMENTS (statuses)];
}

static void
client_errs (QccProxyFixture *fixture,
             QccRawClient *client)
{
  QccRawClient *clients[N_CONNECTIONS] = { NULL };

  for (guint i = 0; i < N_CONNECTIONS; i++)
    clients[i] = qcc_proxy_fixture_connect (fixture);

  for (guint i = 0; i < N_CLIENT_ERRORS; i++)
    {
      QccRawClient *next = clients[i % N_CONNECTIONS];
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_raw_client_post (next, "/v1/messages", "", i % 2 == 0 ? QCC_STREAM_REQUEST : QCC_UNARY_REQUEST);
      answer = qcc_raw_client_read_answer (next);
      g_assert_nonnull (answer);
      g_assert_cmpuint (answer->status, ==, status_of (i));
    }

  for (guint i = 0; i < N_CONNECTIONS; i++)
    qcc_raw_client_free (clients[i]);
}

static void
test_client_errors (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();
  QccEndpointState before[2];

  for (guint i = 0; i < N_CLIENT_ERRORS; i++)
    {
      g_autofree char *script = g_strdup_printf ("error %u invalid_request_error messages: no", status_of (i));

      qcc_proxy_fixture_push (fixture, 0, script);
    }
  /* An endpoint that is not as new, so that nothing is forgotten either. */
  qcc_proxy_fixture_push (fixture, 1, "error 500 api_error oops");
  qcc_fake_provider_set_refusing (fixture->providers[0], TRUE);
  qcc_story_ask (fixture, "", 200, "two");
  qcc_fake_provider_set_refusing (fixture->providers[0], FALSE);
  qcc_proxy_fixture_set_boolean (fixture, "loadbalancer", "health-aware", FALSE);
  before[0] = *qcc_story_get_state (fixture, "one");
  before[1] = *qcc_story_get_state (fixture, "two");
  g_assert_cmpuint (before[0].failures, ==, 1);

  qcc_proxy_fixture_run (fixture, client_errs);
  qcc_proxy_fixture_wait_records (fixture, N_CLIENT_ERRORS + 1);
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, N_CLIENT_ERRORS);
  g_assert_cmpuint (qcc_story_count_requests (fixture, 1), ==, 2);
  g_assert_cmpmem (qcc_story_get_state (fixture, "one"), sizeof before[0], &before[0], sizeof before[0]);
  g_assert_cmpmem (qcc_story_get_state (fixture, "two"), sizeof before[1], &before[1], sizeof before[1]);
  g_assert_cmpuint (qcc_story_count_all_events (fixture), ==, 0);
  qcc_story_ask (fixture, "", 200, "one");
}

static void
client_leaves_before_answer (QccProxyFixture *fixture,
                             QccRawClient *client)
{
  for (guint i = 0; i < N_TIMES; i++)
    {
      g_autoptr (QccRawClient) next = qcc_proxy_fixture_connect (fixture);

      qcc_raw_client_post (next, "/v1/messages", "", QCC_STREAM_REQUEST);
      g_assert_true (qcc_fake_provider_wait_requests (fixture->providers[0], i + 1, 30000));
      if (i % 2 == 0)
        qcc_raw_client_reset (next);
    }
}

static void
test_client_gone (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();
  QccEndpointState before;

  before = *qcc_story_get_state (fixture, "one");
  qcc_proxy_fixture_script (fixture, 0, "stall");
  qcc_proxy_fixture_run (fixture, client_leaves_before_answer);
  qcc_proxy_fixture_wait_records (fixture, N_TIMES);
  g_assert_cmpmem (qcc_story_get_state (fixture, "one"), sizeof before, &before, sizeof before);
  g_assert_cmpuint (qcc_story_count_requests (fixture, 1), ==, 0);
  assert_as_new (fixture);
}

static void
client_leaves_stream (QccProxyFixture *fixture,
                      QccRawClient *client)
{
  for (guint i = 0; i < N_TIMES; i++)
    {
      g_autoptr (QccRawClient) next = qcc_proxy_fixture_connect (fixture);
      g_autoptr (QccRawAnswer) answer = NULL;

      qcc_raw_client_post (next, "/v1/messages", "", QCC_STREAM_REQUEST);
      answer = qcc_raw_client_read_head (next);
      g_assert_nonnull (answer);
      qcc_raw_client_read_until (next, answer, "begun");
      if (i % 2 == 0)
        qcc_raw_client_reset (next);
    }
}

/* The one is silent when the client leaves, the other goes on writing. */
static void
test_client_gone_in_stream (gconstpointer script)
{
  g_autoptr (QccProxyFixture) fixture = start ();
  const QccEndpointState *state;

  qcc_proxy_fixture_script (fixture, 0, script);
  qcc_proxy_fixture_run (fixture, client_leaves_stream);
  qcc_proxy_fixture_wait_records (fixture, N_TIMES);
  state = qcc_story_get_state (fixture, "one");
  g_assert_cmpuint (state->cuts, ==, 0);
  g_assert_cmpuint (state->failures, ==, 0);
  g_assert_cmpuint (state->level_failures, ==, 0);
  g_assert_cmpuint (state->successes, ==, N_TIMES);
  assert_as_new (fixture);
}

static void
count_tokens (QccProxyFixture *fixture,
              const char *script,
              guint status)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (fixture->providers[0], "/v1/messages/count_tokens", script, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N_TIMES; i++)
    {
      g_autoptr (QccTalk) talk = qcc_talk_new (fixture, "/v1/messages/count_tokens", "", QCC_UNARY_REQUEST, NULL);

      g_assert_cmpuint (qcc_talk_wait (talk)->status, ==, status);
      qcc_story_wait_quiet (fixture);
    }
}

/* What an endpoint does with a count says nothing about messages, but what it says of the account does (spec 2.10). */
static void
test_count_tokens (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();
  QccEndpointState before;

  before = *qcc_story_get_state (fixture, "one");
  count_tokens (fixture, "error 500 api_error oops", 200);
  count_tokens (fixture, "reset", 200);
  g_assert_cmpmem (qcc_story_get_state (fixture, "one"), sizeof before, &before, sizeof before);
  count_tokens (fixture, "error 404 not_found_error what", 200);
  g_assert_cmpmem (qcc_story_get_state (fixture, "one"), sizeof before, &before, sizeof before);
  assert_as_new (fixture);
  qcc_story_ask (fixture, "", 200, "one");
}

static void
test_count_tokens_limited (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  count_tokens (fixture, "header Retry-After: 5\nerror 429 rate_limit_error slow down", 200);
  qcc_story_ask (fixture, "", 200, "two");
  qcc_story_pass (fixture, 5);
  qcc_story_ask (fixture, "", 200, "one");
}

/* Committed answers that break off: the client cannot be helped, but those after it can (spec 2.6). */
static void
test_cut (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_story_new (2);

  qcc_proxy_fixture_set_boolean (fixture, "loadbalancer", "health-aware", FALSE);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_script (fixture, 0, "message_start\ndelta begun\nreset");

  for (guint i = 1; i <= 3; i++)
    {
      qcc_story_ask (fixture, "", 200, "one");
      g_assert_cmpuint (qcc_story_get_state (fixture, "one")->cuts, ==, i);
    }
  g_assert_cmpint (qcc_story_view (fixture, "one").obstacle, ==, QCC_OBSTACLE_OPEN);
  qcc_story_ask (fixture, "", 200, "two");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, 3);
}

/* One cut is reason enough to prefer another one. */
static void
test_cut_once (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  qcc_proxy_fixture_push (fixture, 0, "message_start\ndelta begun\nreset");
  qcc_story_ask (fixture, "", 200, "one");
  g_assert_cmpint (qcc_story_view (fixture, "one").level, ==, QCC_LEVEL_DEGRADED);
  qcc_story_ask (fixture, "", 200, "two");
}

/* Refused three times, so that the circuit is open; then it would answer again, but nobody knows. */
static void
open_circuit (QccProxyFixture *fixture)
{
  qcc_fake_provider_set_refusing (fixture->providers[0], TRUE);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpint (qcc_story_get_state (fixture, "one")->circuit, ==, QCC_CIRCUIT_CLOSED);
      qcc_story_ask (fixture, "", 200, "two");
    }
  g_assert_cmpint (qcc_story_get_state (fixture, "one")->circuit, ==, QCC_CIRCUIT_OPEN);
  qcc_fake_provider_set_refusing (fixture->providers[0], FALSE);

  qcc_story_pass (fixture, 59);
  qcc_story_ask (fixture, "", 200, "two");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, 0);
  qcc_story_pass (fixture, 1);
}

/* So that every single failure is seen by the same endpoint. */
static QccProxyFixture *
start_level_blind (void)
{
  QccProxyFixture *fixture = qcc_story_new (2);

  qcc_proxy_fixture_set_boolean (fixture, "loadbalancer", "health-aware", FALSE);
  qcc_proxy_fixture_start (fixture);

  return fixture;
}

static gboolean
was_asked (gpointer user_data)
{
  return qcc_story_count_requests (user_data, 0) > 0;
}

static QccTalk *
start_probe (QccProxyFixture *fixture,
             const char *script)
{
  QccTalk *probe;

  qcc_proxy_fixture_push (fixture, 0, script);
  probe = qcc_story_post (fixture, "", NULL);
  qcc_talk_wait_for (was_asked, fixture);
  g_assert_cmpint (qcc_story_get_state (fixture, "one")->circuit, ==, QCC_CIRCUIT_PROBING);

  return probe;
}

static void
test_probe (void)
{
  g_autoptr (QccProxyFixture) fixture = start_level_blind ();
  g_autoptr (QccTalk) probe = NULL;

  open_circuit (fixture);
  probe = start_probe (fixture, "hold probe\nsay hello");
  qcc_story_ask (fixture, "", 200, "two");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, 1);

  qcc_fake_provider_release (fixture->providers[0], "probe");
  g_assert_cmpuint (qcc_talk_wait (probe)->status, ==, 200);
  g_assert_cmpstr (qcc_talk_get_endpoint (probe), ==, "one");
  g_assert_cmpint (qcc_story_get_state (fixture, "one")->circuit, ==, QCC_CIRCUIT_HALF_OPEN);
  qcc_story_ask (fixture, "", 200, "one");
  g_assert_cmpint (qcc_story_get_state (fixture, "one")->circuit, ==, QCC_CIRCUIT_CLOSED);
  g_assert_cmpuint (qcc_story_count_all_events (fixture), ==, 0);
}

/* Two requests that come in together while half-open. */
static void
test_probe_race (void)
{
  g_autoptr (QccProxyFixture) fixture = start_level_blind ();
  QccTalk *talks[2];
  guint n_first = 0;

  open_circuit (fixture);
  qcc_proxy_fixture_script (fixture, 0, "hold probe\nsay hello");
  for (gsize i = 0; i < G_N_ELEMENTS (talks); i++)
    talks[i] = qcc_story_post (fixture, "", NULL);
  while (!qcc_talk_is_over (talks[0]) && !qcc_talk_is_over (talks[1]))
    g_main_context_iteration (NULL, TRUE);
  qcc_talk_wait_for (was_asked, fixture);
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, 1);

  qcc_fake_provider_release (fixture->providers[0], "probe");
  for (gsize i = 0; i < G_N_ELEMENTS (talks); i++)
    {
      g_assert_cmpuint (qcc_talk_wait (talks[i])->status, ==, 200);
      n_first += g_str_equal (qcc_talk_get_endpoint (talks[i]), "one");
      qcc_talk_free (talks[i]);
    }
  g_assert_cmpuint (n_first, ==, 1);
}

/* The request that was to tell gets no answer: after 30 s another one may try. */
static void
test_lost_probe (void)
{
  g_autoptr (QccProxyFixture) fixture = start_level_blind ();
  g_autoptr (QccTalk) lost = NULL;

  open_circuit (fixture);
  lost = start_probe (fixture, "hold lost\nsay late");
  qcc_story_pass (fixture, 29);
  qcc_story_ask (fixture, "", 200, "two");
  qcc_story_pass (fixture, 1);
  qcc_story_ask (fixture, "", 200, "one");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, 2);
  g_assert_cmpint (qcc_story_get_state (fixture, "one")->circuit, ==, QCC_CIRCUIT_HALF_OPEN);

  qcc_fake_provider_release (fixture->providers[0], "lost");
  g_assert_cmpuint (qcc_talk_wait (lost)->status, ==, 200);
  g_assert_cmpint (qcc_story_get_state (fixture, "one")->circuit, ==, QCC_CIRCUIT_CLOSED);
}

/* A probe that fails is made up for elsewhere, and the next one comes after twice the time. */
static void
test_failed_probe (void)
{
  g_autoptr (QccProxyFixture) fixture = start_level_blind ();

  open_circuit (fixture);
  qcc_fake_provider_set_refusing (fixture->providers[0], TRUE);
  qcc_story_ask (fixture, "", 200, "two");
  qcc_fake_provider_set_refusing (fixture->providers[0], FALSE);

  qcc_story_pass (fixture, 119);
  qcc_story_ask (fixture, "", 200, "two");
  qcc_story_pass (fixture, 1);
  qcc_story_ask (fixture, "", 200, "one");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy/charges/client-errors", test_client_errors);
  g_test_add_func ("/proxy/charges/client-gone", test_client_gone);
  g_test_add_data_func ("/proxy/charges/client-gone-in-silence", QCC_STORY_STREAM, test_client_gone_in_stream);
  g_test_add_data_func ("/proxy/charges/client-gone-in-stream", BUSY_STREAM, test_client_gone_in_stream);
  g_test_add_func ("/proxy/charges/count-tokens", test_count_tokens);
  g_test_add_func ("/proxy/charges/count-tokens-limited", test_count_tokens_limited);
  g_test_add_func ("/proxy/charges/cut", test_cut);
  g_test_add_func ("/proxy/charges/cut-once", test_cut_once);
  g_test_add_func ("/proxy/breaker/probe", test_probe);
  g_test_add_func ("/proxy/breaker/probe-race", test_probe_race);
  g_test_add_func ("/proxy/breaker/lost-probe", test_lost_probe);
  g_test_add_func ("/proxy/breaker/failed-probe", test_failed_probe);

  return g_test_run ();
}
