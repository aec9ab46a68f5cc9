/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-story.h"

#include "service/qcc-unsupported.h"

/*
 * Endpoints that answer, but not with what was asked for (spec 4.1): who is left alone, for how long, and that nobody is
 * charged a failure for it. The first endpoint refuses; the others are well.
 */

#define LIMITED(seconds) "header Retry-After: " seconds "\nerror 429 rate_limit_error slow down"
#define BUSY "error 529 overloaded_error busy"

static QccProxyFixture *
start (void)
{
  QccProxyFixture *fixture = qcc_story_new (2);

  qcc_proxy_fixture_start (fixture);

  return fixture;
}

static void
assert_not_failed (QccProxyFixture *fixture,
                   const char *endpoint_id)
{
  const QccEndpointState *state = qcc_story_get_state (fixture, endpoint_id);

  g_assert_cmpint (state->circuit, ==, QCC_CIRCUIT_CLOSED);
  g_assert_cmpuint (state->failures, ==, 0);
}

/* The endpoint is left alone until exactly @seconds from now, and then gets the next request. */
static void
assert_left_alone_for (QccProxyFixture *fixture,
                       guint seconds)
{
  guint n = qcc_story_count_requests (fixture, 0);

  qcc_story_ask (fixture, "", 200, "two");
  qcc_story_pass (fixture, seconds - 1);
  qcc_story_ask (fixture, "", 200, "two");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, n);
  qcc_story_pass (fixture, 1);
}

static void
test_rate_limit (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  qcc_proxy_fixture_push (fixture, 0, LIMITED ("2"));
  qcc_story_ask (fixture, "", 200, "two");
  assert_not_failed (fixture, "one");
  assert_left_alone_for (fixture, 2);
  qcc_story_ask (fixture, "", 200, "one");
  assert_not_failed (fixture, "one");
  g_assert_cmpint (qcc_story_view (fixture, "one").level, ==, QCC_LEVEL_HEALTHY);
  g_assert_cmpuint (qcc_story_count_all_events (fixture), ==, 0);
}

/* An answer that is good says that it was the last for a while. The endpoint's clock is the machine's. */
static void
test_exhausted (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) reset = g_date_time_add_seconds (now, 300);
  g_autofree char *date = g_date_time_format_iso8601 (reset);
  g_autofree char *script = g_strdup_printf ("header anthropic-ratelimit-requests-remaining: 0\n"
                                             "header anthropic-ratelimit-requests-reset: %s\nsay hello",
                                             date);

  qcc_proxy_fixture_push (fixture, 0, script);
  qcc_story_ask (fixture, "", 200, "one");
  qcc_story_ask (fixture, "", 200, "two");
  /* The test takes less than this of real time. */
  qcc_story_pass (fixture, 240);
  qcc_story_ask (fixture, "", 200, "two");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, 1);
  qcc_story_pass (fixture, 61);
  qcc_story_ask (fixture, "", 200, "one");
  assert_not_failed (fixture, "one");
}

static void
test_overload (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_story_new (2);

  /* So that nothing but the cool-down keeps requests away. */
  qcc_proxy_fixture_set_boolean (fixture, "loadbalancer", "health-aware", FALSE);
  qcc_proxy_fixture_start (fixture);

  qcc_proxy_fixture_push (fixture, 0, BUSY);
  qcc_story_ask (fixture, "", 200, "two");
  assert_left_alone_for (fixture, 5);
  qcc_proxy_fixture_push (fixture, 0, BUSY);
  qcc_story_ask (fixture, "", 200, "two");
  assert_left_alone_for (fixture, 10);
  qcc_story_ask (fixture, "", 200, "one");
  assert_not_failed (fixture, "one");

  /* After an answer the next one is short again. */
  qcc_proxy_fixture_push (fixture, 0, BUSY);
  qcc_story_ask (fixture, "", 200, "two");
  assert_left_alone_for (fixture, 5);
  qcc_story_ask (fixture, "", 200, "one");
}

/* A page of a firewall says nothing about the key. */
static void
test_forbidden (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  qcc_proxy_fixture_push (fixture, 0, "html 403");
  qcc_story_ask (fixture, "", 200, "two");
  assert_left_alone_for (fixture, 300);
  qcc_proxy_fixture_push (fixture, 0, "html 403");
  qcc_story_ask (fixture, "", 200, "two");
  assert_left_alone_for (fixture, 600);
  qcc_story_ask (fixture, "", 200, "one");
  g_assert_cmpint (qcc_story_get_state (fixture, "one")->credential, ==, QCC_CREDENTIAL_TRUSTED);
  assert_not_failed (fixture, "one");
  g_assert_cmpuint (qcc_story_count_all_events (fixture), ==, 0);
}

static void
test_billing (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  qcc_proxy_fixture_push (fixture, 0, "error 402 billing_error pay first");
  qcc_story_ask (fixture, "", 200, "two");
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_BILLING), ==, 1);
  assert_left_alone_for (fixture, 3600);

  /* That it still cannot pay is no news. */
  qcc_proxy_fixture_push (fixture, 0, "error 402 billing_error pay first");
  qcc_story_ask (fixture, "", 200, "two");
  assert_left_alone_for (fixture, 3600);
  qcc_story_ask (fixture, "", 200, "one");
  assert_not_failed (fixture, "one");
  g_assert_cmpuint (qcc_story_count_all_events (fixture), ==, 1);
}

/* Two refusals of the key; the provider lets in @key only, which is not the one that QCC has. */
static void
get_rejected (QccProxyFixture *fixture,
              const char *key)
{
  guint n_events = qcc_story_count_events (fixture, QCC_EVENT_ENDPOINT_DISABLED);
  guint n = qcc_story_count_requests (fixture, 0);

  qcc_fake_provider_set_key (fixture->providers[0], key);
  qcc_story_ask (fixture, "", 200, "two");
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_ENDPOINT_DISABLED), ==, n_events);
  qcc_story_ask (fixture, "", 200, "two");
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_ENDPOINT_DISABLED), ==, n_events + 1);
  g_assert_cmpint (qcc_story_view (fixture, "one").obstacle, ==, QCC_OBSTACLE_REJECTED);

  /* It does not end by itself. */
  qcc_story_pass (fixture, 24 * 60 * 60);
  qcc_story_ask (fixture, "", 200, "two");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, n + 2);
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_ENDPOINT_DISABLED), ==, n_events + 1);
}

static void
test_auth (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  get_rejected (fixture, "another-key");
  qcc_story_set_key (fixture, "one", "key-of-one");
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_ENDPOINT_ENABLED), ==, 0);
  qcc_story_ask (fixture, "", 200, "two");

  qcc_story_set_key (fixture, "one", "another-key");
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_ENDPOINT_ENABLED), ==, 1);
  qcc_story_ask (fixture, "", 200, "one");

  get_rejected (fixture, "third-key");
  qcc_fake_provider_set_key (fixture->providers[0], "another-key");
  qcc_health_reset (qcc_service_get_health (fixture->service), "one");
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_ENDPOINT_ENABLED), ==, 2);
  qcc_story_ask (fixture, "", 200, "one");
  g_assert_cmpuint (qcc_story_count_all_events (fixture), ==, 4);
}

/* A success between two refusals: the provider had a bad moment. */
static void
test_auth_once (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  for (guint i = 0; i < 3; i++)
    {
      qcc_proxy_fixture_push (fixture, 0, "error 401 authentication_error invalid x-api-key");
      qcc_story_ask (fixture, "", 200, "two");
      qcc_story_ask (fixture, "", 200, "one");
    }
  g_assert_cmpuint (qcc_story_count_all_events (fixture), ==, 0);
}

static void
ask_for (QccProxyFixture *fixture,
         const char *model,
         gsize padding,
         const char *endpoint)
{
  g_autofree char *text = g_strnfill (padding, 'x');
  g_autofree char *body = g_strdup_printf ("{\"model\":\"%s\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}",
                                           model, text);
  g_autoptr (QccTalk) talk = qcc_talk_new (fixture, "/v1/messages", "", body, NULL);

  g_assert_cmpuint (qcc_talk_wait (talk)->status, ==, 200);
  g_assert_cmpstr (qcc_talk_get_endpoint (talk), ==, endpoint);
  qcc_story_wait_quiet (fixture);
}

static void
test_unknown_model (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  qcc_proxy_fixture_push (fixture, 0, "error 404 not_found_error model: claude-new");
  ask_for (fixture, "claude-new", 10, "two");
  ask_for (fixture, "claude-old", 10, "one");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, 2);

  qcc_story_pass (fixture, QCC_UNSUPPORTED_USEC / G_USEC_PER_SEC - 1);
  ask_for (fixture, "claude-new", 10, "two");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, 2);
  qcc_story_pass (fixture, 1);
  ask_for (fixture, "claude-new", 10, "one");
  assert_not_failed (fixture, "one");
}

/* In no shape of Anthropic's it is the limit of some server in between, and elsewhere there may be room. */
static void
test_too_large (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  qcc_proxy_fixture_push (fixture, 0, "html 413");
  ask_for (fixture, "claude-test", 10000, "two");
  ask_for (fixture, "claude-test", 9999, "one");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, 2);
  ask_for (fixture, "claude-test", 10000, "two");
  ask_for (fixture, "claude-test", 20000, "two");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, 2);

  qcc_story_pass (fixture, QCC_UNSUPPORTED_USEC / G_USEC_PER_SEC);
  ask_for (fixture, "claude-test", 20000, "one");
  assert_not_failed (fixture, "one");
}

/* What is said of an account holds for every endpoint that has it, and for no other at the same address. */
static void
test_account (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_story_new (1);
  g_autofree char *url = qcc_fake_provider_dup_url (fixture->providers[0]);
  g_autofree char *profiles =
      g_strdup_printf ("{\"version\":1,\"profiles\":[{\"name\":\"main\",\"strategy\":\"failover\",\"endpoints\":["
                       "{\"id\":\"one\",\"base_url\":\"%1$s\"},"
                       "{\"id\":\"same\",\"base_url\":\"%1$s\",\"priority\":1},"
                       "{\"id\":\"other\",\"base_url\":\"%1$s\",\"priority\":2}]}]}",
                       url);

  qcc_fake_provider_set_key (fixture->providers[0], NULL);
  qcc_proxy_fixture_store_key (fixture, "same", "key-of-one");
  qcc_proxy_fixture_store_key (fixture, "other", "key-of-other");
  qcc_proxy_fixture_start_with_profiles (fixture, profiles);

  qcc_proxy_fixture_push (fixture, 0, LIMITED ("20"));
  qcc_story_ask (fixture, "", 200, "other");
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, 2);
  g_assert_cmpint (qcc_story_view (fixture, "same").obstacle, ==, QCC_OBSTACLE_WAITING);
  qcc_story_pass (fixture, 20);
  qcc_story_ask (fixture, "", 200, "one");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy/refusals/rate-limit", test_rate_limit);
  g_test_add_func ("/proxy/refusals/exhausted", test_exhausted);
  g_test_add_func ("/proxy/refusals/overload", test_overload);
  g_test_add_func ("/proxy/refusals/forbidden", test_forbidden);
  g_test_add_func ("/proxy/refusals/billing", test_billing);
  g_test_add_func ("/proxy/refusals/auth", test_auth);
  g_test_add_func ("/proxy/refusals/auth-once", test_auth_once);
  g_test_add_func ("/proxy/refusals/unknown-model", test_unknown_model);
  g_test_add_func ("/proxy/refusals/too-large", test_too_large);
  g_test_add_func ("/proxy/refusals/account", test_account);

  return g_test_run ();
}
