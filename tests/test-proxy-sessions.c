/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-story.h"

#include "common/qcc-token.h"

/*
 * Where sessions stay (spec 5.4, 5.5), what the user's own switch does to them (spec 6.5), and what is said of who serves
 * (spec 6.6).
 */

#define N_SESSIONS 12
#define N_TURNS 4
#define LIMITED(seconds) "header Retry-After: " seconds "\nerror 429 rate_limit_error slow down"

static const char *const ids[] = { "one", "two", "three" };

/* One profile with strategy weighted, whose endpoints weigh the same. */
static QccProxyFixture *
start_weighted (void)
{
  QccProxyFixture *fixture = qcc_story_new (3);
  g_autofree char *one = qcc_proxy_fixture_describe_endpoint (fixture, 0, "");
  g_autofree char *two = qcc_proxy_fixture_describe_endpoint (fixture, 1, "");
  g_autofree char *three = qcc_proxy_fixture_describe_endpoint (fixture, 2, "");
  g_autofree char *profiles =
      g_strdup_printf ("{\"version\":1,\"profiles\":[{\"name\":\"main\",\"strategy\":\"weighted\",\"endpoints\":[%s,%s,%s]}]}",
                       one, two, three);

  qcc_proxy_fixture_start_with_profiles (fixture, profiles);

  return fixture;
}

static QccProxyFixture *
start_tiers (void)
{
  QccProxyFixture *fixture = qcc_story_new (3);

  qcc_proxy_fixture_start_with_tiers (fixture, "");

  return fixture;
}

/* Asks in a session, or in none, and says who answered. */
static char *
ask_any (QccProxyFixture *fixture,
         const char *session)
{
  g_autofree char *headers = session != NULL ? g_strconcat (QCC_STORY_SESSION, session, "\r\n", NULL) : g_strdup ("");
  g_autoptr (QccTalk) talk = qcc_story_post (fixture, headers, NULL);

  g_assert_cmpuint (qcc_talk_wait (talk)->status, ==, 200);
  qcc_story_wait_quiet (fixture);

  return g_strdup (qcc_talk_get_endpoint (talk));
}

static guint
index_of (const char *endpoint_id)
{
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    if (g_str_equal (ids[i], endpoint_id))
      return i;

  g_assert_not_reached ();
}

static void
test_stay (void)
{
  g_autoptr (QccProxyFixture) fixture = start_weighted ();
  g_auto (GStrv) homes = g_new0 (char *, N_SESSIONS + 1);

  for (guint i = 0; i < N_SESSIONS * N_TURNS; i++)
    {
      /* To and fro, so that taking turns does not look like staying. */
      guint session = i / N_SESSIONS % 2 == 0 ? i % N_SESSIONS : N_SESSIONS - 1 - i % N_SESSIONS;
      g_autofree char *name = g_strdup_printf ("session-%u", session);
      g_autofree char *endpoint = ask_any (fixture, name);

      if (homes[session] == NULL)
        homes[session] = g_strdup (endpoint);
      g_assert_cmpstr (endpoint, ==, homes[session]);
      qcc_story_pass (fixture, 60);
    }

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpuint (qcc_story_count_requests (fixture, i), ==, N_SESSIONS * N_TURNS / G_N_ELEMENTS (ids));
}

/* A session whose endpoint is gone for a while gets used to another one, and stays there. */
static void
test_move (void)
{
  g_autoptr (QccProxyFixture) fixture = start_weighted ();
  g_autofree char *first = ask_any (fixture, "mine");
  g_autofree char *second = NULL;
  guint n;

  qcc_proxy_fixture_push (fixture, index_of (first), LIMITED ("2"));
  second = ask_any (fixture, "mine");
  g_assert_cmpstr (second, !=, first);

  qcc_story_pass (fixture, 2);
  n = qcc_story_count_requests (fixture, index_of (first));
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *endpoint = ask_any (fixture, "mine");

      g_assert_cmpstr (endpoint, ==, second);
    }
  g_assert_cmpuint (qcc_story_count_requests (fixture, index_of (first)), ==, n);
}

/* What the request is to blame for moves nobody. */
static void
test_stay_after_error (void)
{
  g_autoptr (QccProxyFixture) fixture = start_weighted ();
  g_autofree char *first = ask_any (fixture, "mine");
  g_autofree char *same = NULL;

  qcc_proxy_fixture_push (fixture, index_of (first), "error 400 invalid_request_error messages: no");
  qcc_story_ask (fixture, QCC_STORY_SESSION "mine\r\n", 400, first);
  same = ask_any (fixture, "mine");
  g_assert_cmpstr (same, ==, first);
}

static void
on_changed (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  gboolean *done = user_data;
  g_autoptr (GError) error = NULL;

  qcc_failover_manager_change_finish (QCC_FAILOVER_MANAGER (source), result, &error);
  g_assert_no_error (error);
  *done = TRUE;
}

static gboolean
is_set (gpointer user_data)
{
  const gboolean *flag = user_data;

  return *flag;
}

/* As the user does it; %NULL to release. */
static void
switch_to (QccProxyFixture *fixture,
           const char *profile)
{
  QccFailoverManager *manager = qcc_service_get_failover (fixture->service);
  gboolean done = FALSE;

  if (profile != NULL)
    qcc_failover_manager_switch_async (manager, profile, "slow today", on_changed, &done);
  else
    qcc_failover_manager_release_async (manager, on_changed, &done);
  qcc_talk_wait_for (is_set, &done);
}

static void
test_switch (void)
{
  g_autoptr (QccProxyFixture) fixture = start_tiers ();
  QccActive *active = qcc_service_get_active (fixture->service);
  g_autoptr (QccTalk) stream = NULL;

  qcc_story_ask (fixture, QCC_STORY_SESSION "old\r\n", 200, "one");
  qcc_proxy_fixture_push (fixture, 0, QCC_STORY_STREAM);
  stream = qcc_story_post (fixture, QCC_STORY_SESSION "running\r\n", "begun");

  switch_to (fixture, "last");
  g_assert_cmpstr (qcc_active_get_name (active), ==, "last");
  g_assert_cmpstr (qcc_active_get_pinned (active), ==, "last");
  qcc_story_ask (fixture, QCC_STORY_SESSION "old\r\n", 200, "three");
  qcc_story_ask (fixture, QCC_STORY_SESSION "new\r\n", 200, "three");
  qcc_story_ask (fixture, QCC_STORY_SESSION "running\r\n", 200, "three");

  g_assert_false (qcc_talk_is_over (stream));
  qcc_fake_provider_release (fixture->providers[0], "end");
  g_assert_cmpint (qcc_talk_wait (stream)->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_nonnull (g_strrstr (qcc_talk_wait (stream)->body->str, "message_stop"));
  qcc_story_wait_quiet (fixture);
  /* That its stream has ended well where it was does not lead the session back there. */
  qcc_story_ask (fixture, QCC_STORY_SESSION "running\r\n", 200, "three");

  switch_to (fixture, NULL);
  g_assert_null (qcc_active_get_pinned (active));
  qcc_story_ask (fixture, QCC_STORY_SESSION "old\r\n", 200, "one");
  qcc_story_ask (fixture, "", 200, "one");
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_SWITCH), ==, 1);
  g_assert_cmpuint (qcc_story_count_events (fixture, QCC_EVENT_RELEASE), ==, 1);
  g_assert_cmpuint (qcc_story_count_all_events (fixture), ==, 2);
}

/* A pin is where to start, not where to end. */
static void
test_pinned_fails (void)
{
  g_autoptr (QccProxyFixture) fixture = start_tiers ();

  switch_to (fixture, "spare");
  qcc_proxy_fixture_push (fixture, 1, LIMITED ("2"));
  qcc_story_ask (fixture, "", 200, "one");
  g_assert_cmpstr (qcc_active_get_name (qcc_service_get_active (fixture->service)), ==, "spare");
  qcc_story_pass (fixture, 2);
  qcc_story_ask (fixture, "", 200, "two");
}

static void
test_serving (void)
{
  g_autoptr (QccProxyFixture) fixture = start_tiers ();
  QccActive *active = qcc_service_get_active (fixture->service);

  g_assert_cmpstr (qcc_active_get_serving (active), ==, "main");
  qcc_proxy_fixture_push (fixture, 0, LIMITED ("30"));
  qcc_story_ask (fixture, "", 200, "two");
  g_assert_cmpstr (qcc_active_get_serving (active), ==, "spare");
  g_assert_cmpstr (qcc_active_get_name (active), ==, "main");

  qcc_proxy_fixture_push (fixture, 1, LIMITED ("30"));
  qcc_story_ask (fixture, "", 200, "three");
  g_assert_cmpstr (qcc_active_get_serving (active), ==, "last");

  qcc_story_pass (fixture, 30);
  qcc_story_ask (fixture, "", 200, "one");
  g_assert_cmpstr (qcc_active_get_serving (active), ==, "main");
  g_assert_cmpuint (qcc_story_count_all_events (fixture), ==, 0);
}

/* A token starts in its own profile, in its own binding, and says nothing about who serves for the active one. */
static void
test_token (void)
{
  g_autoptr (QccProxyFixture) fixture = qcc_story_new (3);
  g_autoptr (QccSecret) secret = qcc_secret_new ("qcc-project", -1);
  g_autofree char *hash = qcc_token_hash (secret);
  g_autofree char *tokens = g_strdup_printf (",\"tokens\":[{\"name\":\"project\",\"sha256\":\"%s\",\"profile\":\"spare\"}]", hash);
  QccActive *active;

  qcc_proxy_fixture_start_with_tiers (fixture, tokens);
  active = qcc_service_get_active (fixture->service);

  qcc_story_ask (fixture, "x-api-key: qcc-project\r\n" QCC_STORY_SESSION "mine\r\n", 200, "two");
  g_assert_cmpstr (qcc_active_get_serving (active), ==, "main");
  qcc_story_ask (fixture, QCC_STORY_SESSION "mine\r\n", 200, "one");
  qcc_story_ask (fixture, "x-api-key: qcc-project\r\n" QCC_STORY_SESSION "mine\r\n", 200, "two");

  /* It stays there whatever the user switches to, and whether it can be served or not. */
  switch_to (fixture, "last");
  qcc_story_ask (fixture, "x-api-key: qcc-project\r\n" QCC_STORY_SESSION "mine\r\n", 200, "two");
  qcc_proxy_fixture_push (fixture, 1, LIMITED ("30"));
  qcc_story_ask (fixture, "x-api-key: qcc-project\r\n" QCC_STORY_SESSION "mine\r\n", 429, "two");
  qcc_story_ask (fixture, "x-api-key: qcc-project\r\n", 503, NULL);
  qcc_story_ask (fixture, "", 200, "three");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy/sessions/stay", test_stay);
  g_test_add_func ("/proxy/sessions/move", test_move);
  g_test_add_func ("/proxy/sessions/stay-after-error", test_stay_after_error);
  g_test_add_func ("/proxy/sessions/switch", test_switch);
  g_test_add_func ("/proxy/sessions/pinned-fails", test_pinned_fails);
  g_test_add_func ("/proxy/sessions/serving", test_serving);
  g_test_add_func ("/proxy/sessions/token", test_token);

  return g_test_run ();
}
