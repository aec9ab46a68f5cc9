/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

/* Strategies that look at what went before or runs now (spec 5.1): the figures come from real exchanges. */

#define LIMIT_MS 30000
#define N_STREAMS 12

/* A stream that has begun and goes on when the gate opens. */
#define SLOW "message_start\ndelta begun\nhold end\nmessage_delta end_turn\nmessage_stop"

static QccProxyFixture *
start (const char *strategy)
{
  QccProxyFixture *fixture = qcc_proxy_fixture_new (3);
  g_autofree char *one = qcc_proxy_fixture_describe_endpoint (fixture, 0, ",\"weight\":100");
  g_autofree char *two = qcc_proxy_fixture_describe_endpoint (fixture, 1, ",\"weight\":200");
  g_autofree char *three = qcc_proxy_fixture_describe_endpoint (fixture, 2, ",\"weight\":300");
  g_autofree char *profiles =
      g_strdup_printf ("{\"version\":1,\"profiles\":[{\"name\":\"main\",\"strategy\":\"%s\",\"health_aware\":false,\"endpoints\":[%s,%s,%s]}]}",
                       strategy, one, two, three);

  qcc_proxy_fixture_start_with_profiles (fixture, profiles);
  return fixture;
}

static void
assert_requests (QccProxyFixture *fixture,
                 guint one,
                 guint two,
                 guint three)
{
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, one);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[1]), ==, two);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[2]), ==, three);
}

static void
ask (QccRawClient *client,
     const char *expected)
{
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autofree char *endpoint = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  endpoint = qcc_raw_answer_get_header (answer, "x-qcc-endpoint");
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (endpoint, ==, expected);
}

static void
client_asks_in_turn (QccProxyFixture *fixture,
                     QccRawClient *client)
{
  const char *const expected[] = { "one", "two", "three", "one", "two", "three", "one" };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    ask (client, expected[i]);
}

static void
test_round_robin (void)
{
  g_autoptr (QccProxyFixture) fixture = start ("round-robin");

  qcc_proxy_fixture_run (fixture, client_asks_in_turn);
  qcc_proxy_fixture_wait_records (fixture, 7);
}

/* Levels are off, so that only turns count. A failure is a turn too: the next exchange does not begin where the last one ended. */
static void
client_meets_failure (QccProxyFixture *fixture,
                      QccRawClient *client)
{
  /* It is asked twice before another one is. */
  qcc_proxy_fixture_push (fixture, 1, "error 500 api_error oops");
  qcc_proxy_fixture_push (fixture, 1, "error 500 api_error oops");
  ask (client, "one");
  ask (client, "three");
  ask (client, "one");
  ask (client, "two");
}

static void
test_round_robin_failure (void)
{
  g_autoptr (QccProxyFixture) fixture = start ("round-robin");

  qcc_proxy_fixture_run (fixture, client_meets_failure);
  qcc_proxy_fixture_wait_records (fixture, 4);
  assert_requests (fixture, 2, 3, 1);
}

/* Opens one after another so that each sees those before it. */
static void
client_opens_streams (QccProxyFixture *fixture,
                      QccRawClient *client)
{
  QccRawClient *clients[N_STREAMS];
  QccRawAnswer *answers[N_STREAMS];

  for (guint i = 0; i < N_STREAMS; i++)
    {
      clients[i] = qcc_proxy_fixture_connect (fixture);
      qcc_raw_client_post (clients[i], "/v1/messages", "", QCC_STREAM_REQUEST);
      answers[i] = qcc_raw_client_read_head (clients[i]);
      g_assert_cmpuint (answers[i]->status, ==, 200);
      qcc_raw_client_read_until (clients[i], answers[i], "begun");
    }

  assert_requests (fixture, 2, 4, 6);

  for (guint i = 0; i < fixture->n_providers; i++)
    qcc_fake_provider_release (fixture->providers[i], "end");
  for (guint i = 0; i < N_STREAMS; i++)
    {
      qcc_raw_client_read_rest (clients[i], answers[i]);
      g_assert_cmpint (answers[i]->end, ==, QCC_RAW_END_COMPLETE);
      qcc_raw_answer_free (answers[i]);
      qcc_raw_client_free (clients[i]);
    }
}

static void
test_least_connections (void)
{
  g_autoptr (QccProxyFixture) fixture = start ("least-connections");

  for (guint i = 0; i < fixture->n_providers; i++)
    qcc_proxy_fixture_script (fixture, i, SLOW);
  qcc_proxy_fixture_run (fixture, client_opens_streams);
  qcc_proxy_fixture_wait_records (fixture, N_STREAMS);
}

/* A client that leaves frees its place, and so does an attempt that fails. */
static void
client_leaves (QccProxyFixture *fixture,
               QccRawClient *client)
{
  g_autoptr (QccRawClient) leaver = qcc_proxy_fixture_connect (fixture);
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (leaver, "/v1/messages", "", QCC_STREAM_REQUEST);
  answer = qcc_raw_client_read_head (leaver);
  qcc_raw_client_read_until (leaver, answer, "begun");
  qcc_raw_client_reset (leaver);
  g_assert_true (qcc_fake_provider_wait_open (fixture->providers[0], 0, LIMIT_MS));

  ask (client, "three");
  ask (client, "one");
}

static void
test_places_are_freed (void)
{
  g_autoptr (QccProxyFixture) fixture = start ("least-connections");

  qcc_proxy_fixture_push (fixture, 0, SLOW);
  qcc_proxy_fixture_push (fixture, 1, "error 529 overloaded_error busy");
  qcc_proxy_fixture_run (fixture, client_leaves);
  qcc_proxy_fixture_wait_records (fixture, 3);
  assert_requests (fixture, 2, 1, 1);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy/strategy/round-robin", test_round_robin);
  g_test_add_func ("/proxy/strategy/round-robin-failure", test_round_robin_failure);
  g_test_add_func ("/proxy/strategy/least-connections", test_least_connections);
  g_test_add_func ("/proxy/strategy/places-are-freed", test_places_are_freed);

  return g_test_run ();
}
