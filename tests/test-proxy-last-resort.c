/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-story.h"

/*
 * Nothing that can be relied on is left (spec 6.0, step 4): the least bad endpoint is asked all the same, but never one that
 * has said when to come back, and where nothing may be asked the client is told when to (spec 2.9).
 */

#define LIMITED(seconds) "header Retry-After: " seconds "\nerror 429 rate_limit_error slow down"
#define LIMIT_MS 30000
#define BUSY "error 529 overloaded_error busy"

static QccProxyFixture *
start (void)
{
  QccProxyFixture *fixture = qcc_story_new (3);

  /* So that every request starts in the same profile. */
  qcc_proxy_fixture_set_boolean (fixture, "failover", "auto-failover", FALSE);
  qcc_proxy_fixture_start_with_tiers (fixture, "");

  return fixture;
}

/* Connections that wait for a request are closed too. */
static void
refuse (QccProxyFixture *fixture,
        guint index,
        gboolean refusing)
{
  qcc_fake_provider_set_refusing (fixture->providers[index], refusing);
  qcc_fake_provider_close_idle (fixture->providers[index]);
  g_assert_true (qcc_fake_provider_wait_open (fixture->providers[index], 0, LIMIT_MS));
}

/* No provider takes connections until every circuit is open. */
static void
break_all (QccProxyFixture *fixture)
{
  static const char *const ids[] = { "one", "two", "three" };

  for (guint i = 0; i < fixture->n_providers; i++)
    refuse (fixture, i, TRUE);
  for (guint i = 0; i < 3; i++)
    {
      qcc_story_ask (fixture, "", 503, NULL);
      qcc_story_pass (fixture, 1);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpint (qcc_story_view (fixture, ids[i]).obstacle, ==, QCC_OBSTACLE_OPEN);
}

static void
test_all_open (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  break_all (fixture);
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_ALL_DOWN), ==, 1);

  /* The last of them is back, and no interval is over. */
  refuse (fixture, 2, FALSE);
  qcc_story_ask (fixture, "", 200, "three");
  g_assert_cmpint (qcc_story_get_state (fixture, "three")->circuit, ==, QCC_CIRCUIT_HALF_OPEN);
  qcc_story_pass (fixture, 1);
  qcc_story_ask (fixture, "", 200, "three");
  g_assert_cmpint (qcc_story_get_state (fixture, "three")->circuit, ==, QCC_CIRCUIT_CLOSED);
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_ALL_DOWN), ==, 1);
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_BACK), ==, 1);
}

/* A cool-down of our own measure is a guess. */
static void
test_own_measure (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  for (guint i = 0; i < fixture->n_providers; i++)
    qcc_proxy_fixture_push (fixture, i, BUSY);
  qcc_story_ask (fixture, "", 503, NULL);
  qcc_story_ask (fixture, "", 200, "one");
}

static void
assert_retry_after (QccProxyFixture *fixture,
                    guint status,
                    const char *retry_after,
                    gboolean no_retry)
{
  g_autoptr (QccTalk) talk = qcc_story_post (fixture, "", NULL);
  const QccRawAnswer *answer = qcc_talk_wait (talk);
  g_autofree char *seconds = qcc_raw_answer_get_header (answer, "Retry-After");
  g_autofree char *should_retry = qcc_raw_answer_get_header (answer, "x-should-retry");

  g_assert_cmpuint (answer->status, ==, status);
  g_assert_cmpstr (seconds, ==, retry_after);
  g_assert_cmpstr (should_retry, ==, no_retry ? "false" : NULL);
  qcc_story_wait_quiet (fixture);
}

static void
assert_requests (QccProxyFixture *fixture,
                 guint one,
                 guint two,
                 guint three)
{
  g_assert_cmpuint (qcc_story_count_requests (fixture, 0), ==, one);
  g_assert_cmpuint (qcc_story_count_requests (fixture, 1), ==, two);
  g_assert_cmpuint (qcc_story_count_requests (fixture, 2), ==, three);
}

static void
test_stated (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  qcc_proxy_fixture_push (fixture, 0, LIMITED ("40"));
  qcc_proxy_fixture_push (fixture, 1, LIMITED ("20"));
  qcc_proxy_fixture_push (fixture, 2, LIMITED ("7200"));
  assert_retry_after (fixture, 429, "20", FALSE);
  assert_requests (fixture, 1, 1, 1);

  /* Nobody is asked before the time. */
  assert_retry_after (fixture, 503, "20", FALSE);
  qcc_story_pass (fixture, 5);
  assert_retry_after (fixture, 503, "15", FALSE);
  qcc_story_pass (fixture, 14);
  assert_retry_after (fixture, 503, "1", FALSE);
  assert_requests (fixture, 1, 1, 1);

  qcc_story_pass (fixture, 1);
  qcc_story_ask (fixture, "", 200, "two");
  qcc_story_pass (fixture, 20);
  qcc_story_ask (fixture, "", 200, "one");
  assert_requests (fixture, 2, 2, 1);
}

/* More than five minutes: the client need not try again before, and is told so. */
static void
test_stated_long (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  for (guint i = 0; i < fixture->n_providers; i++)
    qcc_proxy_fixture_push (fixture, i, LIMITED ("3600"));
  assert_retry_after (fixture, 429, "59", TRUE);
  assert_retry_after (fixture, 503, "59", TRUE);
  qcc_story_pass (fixture, 3600 - 301);
  assert_retry_after (fixture, 503, "59", TRUE);
  qcc_story_pass (fixture, 1);
  assert_retry_after (fixture, 503, "59", FALSE);
  assert_requests (fixture, 1, 1, 1);
}

/* Circuits are overridden, stated times are not. */
static void
test_mixed (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  qcc_proxy_fixture_push (fixture, 0, LIMITED ("3600"));
  qcc_story_ask (fixture, "", 200, "two");
  assert_requests (fixture, 1, 1, 0);

  refuse (fixture, 1, TRUE);
  refuse (fixture, 2, TRUE);
  for (guint i = 0; i < 4; i++)
    qcc_story_ask (fixture, "", 503, NULL);
  g_assert_cmpint (qcc_story_view (fixture, "two").obstacle, ==, QCC_OBSTACLE_OPEN);
  g_assert_cmpint (qcc_story_view (fixture, "three").obstacle, ==, QCC_OBSTACLE_OPEN);
  assert_requests (fixture, 1, 1, 0);

  refuse (fixture, 2, FALSE);
  qcc_story_ask (fixture, "", 200, "three");
  assert_requests (fixture, 1, 1, 1);
}

/* With all that is left switched off or without a right key, no last resort either. */
static void
test_rejected (void)
{
  g_autoptr (QccProxyFixture) fixture = start ();

  for (guint i = 0; i < fixture->n_providers; i++)
    qcc_fake_provider_set_key (fixture->providers[i], "another-key");
  qcc_story_ask (fixture, "", 403, NULL);
  qcc_story_ask (fixture, "", 403, NULL);
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_ENDPOINT_DISABLED), ==, 3);
  assert_requests (fixture, 2, 2, 2);
  assert_retry_after (fixture, 503, NULL, TRUE);
  assert_requests (fixture, 2, 2, 2);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy/last-resort/all-open", test_all_open);
  g_test_add_func ("/proxy/last-resort/own-measure", test_own_measure);
  g_test_add_func ("/proxy/last-resort/stated", test_stated);
  g_test_add_func ("/proxy/last-resort/stated-long", test_stated_long);
  g_test_add_func ("/proxy/last-resort/mixed", test_mixed);
  g_test_add_func ("/proxy/last-resort/rejected", test_rejected);

  return g_test_run ();
}
