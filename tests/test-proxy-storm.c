/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-story.h"

#include <string.h>

#include "common/qcc-token.h"

/*
 * The primary dies under twenty streaming clients while more keep coming, and comes back (spec 6.1 to 6.4), several times
 * over: no request that has not begun to be answered fails, no stream elsewhere is cut, and the active profile moves once
 * and comes back once. All settings are the default ones, free checks included.
 */

#define N_ROUNDS 3
#define N_COMMITTED 10
#define N_WAITING 10
#define N_ELSEWHERE 4
#define N_WAVES 6
#define N_PER_WAVE 3

#define STEP_SECONDS 10
#define RECOVERY_DELAY_SECONDS 600

/* More steps than recovery can take: the delay, and three checks. */
#define MAX_STEPS 120

/* A stream that goes on when its gate opens, and one that is never committed. */
#define BEGUN "message_start\ndelta begun\nhold GATE\nmessage_delta end_turn\nmessage_stop"
#define WAITING "message_start\nhold GATE\nreset"

#define WELL "auto Hello from the fake provider."
#define PROJECT "x-api-key: qcc-project\r\n"

typedef enum
{
  WAY_KILLED,  /* every connection ends */
  WAY_REFUSES, /* new ones are refused, and what is not committed is reset; streams go on */
} Way;

typedef struct
{
  QccProxyFixture *fixture; /* (owned) */
  Way way;
  guint round;
  QccTalk *committed[N_COMMITTED]; /* (owned): at the primary */
  QccTalk *waiting[N_WAITING];     /* (owned): likewise, not committed */
  QccTalk *elsewhere[N_ELSEWHERE]; /* (owned): at the secondary */
} Storm;

/* A gate that was opened stays so, so that each round has its own. */
static char *
name_gate (Storm *storm,
           const char *gate)
{
  return g_strdup_printf ("%s-%u", gate, storm->round);
}

static void
set_script (Storm *storm,
            guint index,
            const char *script,
            const char *gate)
{
  g_autofree char *name = name_gate (storm, gate);
  g_auto (GStrv) parts = g_strsplit (script, "GATE", -1);
  g_autofree char *filled = g_strjoinv (name, parts);

  qcc_proxy_fixture_script (storm->fixture, index, filled);
}

static void
open_gate (Storm *storm,
           guint index,
           const char *gate)
{
  g_autofree char *name = name_gate (storm, gate);

  qcc_fake_provider_release (storm->fixture->providers[index], name);
}

static char *
name_session (Storm *storm,
              const char *kind,
              guint number)
{
  return g_strdup_printf (QCC_STORY_SESSION "%s-%u-%u\r\n", kind, storm->round, number);
}

static QccTalk *
post (Storm *storm,
      const char *kind,
      guint number,
      const char *more,
      const char *until)
{
  g_autofree char *session = name_session (storm, kind, number);
  g_autofree char *headers = g_strconcat (session, more, NULL);

  return qcc_story_post (storm->fixture, headers, until);
}

static void
ask (Storm *storm,
     const char *kind,
     guint number,
     const char *endpoint)
{
  g_autofree char *headers = name_session (storm, kind, number);

  qcc_story_ask (storm->fixture, headers, 200, endpoint);
}

static gboolean
all_are_sent (gpointer user_data)
{
  Storm *storm = user_data;

  return qcc_service_get_n_in_flight (storm->fixture->service) == N_COMMITTED + N_WAITING + N_ELSEWHERE;
}

/* Everything is well, and there is much to do. */
static void
begin (Storm *storm)
{
  set_script (storm, 1, BEGUN, "elsewhere");
  for (guint i = 0; i < N_ELSEWHERE; i++)
    {
      storm->elsewhere[i] = post (storm, "elsewhere", i, PROJECT, "begun");
      g_assert_cmpstr (qcc_talk_get_endpoint (storm->elsewhere[i]), ==, "two");
    }
  qcc_proxy_fixture_script (storm->fixture, 1, WELL);

  set_script (storm, 0, BEGUN, "committed");
  for (guint i = 0; i < N_COMMITTED; i++)
    {
      storm->committed[i] = post (storm, "committed", i, "", "begun");
      g_assert_cmpstr (qcc_talk_get_endpoint (storm->committed[i]), ==, "one");
    }

  set_script (storm, 0, WAITING, "death");
  for (guint i = 0; i < N_WAITING; i++)
    storm->waiting[i] = post (storm, "waiting", i, "", NULL);
  qcc_talk_wait_for (all_are_sent, storm);
}

static void
die (Storm *storm)
{
  QccFakeProvider *primary = storm->fixture->providers[0];

  switch (storm->way)
    {
    case WAY_KILLED:
      qcc_fake_provider_stop (primary);
      break;
    case WAY_REFUSES:
      qcc_fake_provider_set_refusing (primary, TRUE);
      qcc_fake_provider_close_idle (primary);
      open_gate (storm, 0, "death");
      break;
    }
}

/* More requests come while it is found out, each second some. */
static void
go_on (Storm *storm)
{
  for (guint i = 0; i < N_WAVES; i++)
    {
      QccTalk *wave[N_PER_WAVE];

      for (guint j = 0; j < N_PER_WAVE; j++)
        wave[j] = post (storm, "coming", i * N_PER_WAVE + j, "", NULL);
      for (guint j = 0; j < N_PER_WAVE; j++)
        {
          g_assert_cmpuint (qcc_talk_wait (wave[j])->status, ==, 200);
          g_assert_cmpint (qcc_talk_wait (wave[j])->end, ==, QCC_RAW_END_COMPLETE);
          g_assert_cmpstr (qcc_talk_get_endpoint (wave[j]), ==, "two");
          qcc_talk_free (wave[j]);
        }
      qcc_story_pass (storm->fixture, 1);
    }
}

/* One answer, and all of it. */
static void
assert_whole (QccTalk *talk,
              const char *endpoint)
{
  const QccRawAnswer *answer = qcc_talk_wait (talk);
  g_auto (GStrv) starts = NULL;

  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_cmpstr (qcc_talk_get_endpoint (talk), ==, endpoint);
  starts = g_strsplit (answer->body->str, "event: message_start", -1);
  g_assert_cmpuint (g_strv_length (starts), ==, 2);
  g_assert_nonnull (strstr (answer->body->str, "event: message_stop"));
  g_assert_null (strstr (answer->body->str, "event: error"));
}

static void
end_talks (QccTalk **talks,
           guint n)
{
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&talks[i], qcc_talk_free);
}

static void
assert_all_run (QccTalk **talks,
                guint n)
{
  for (guint i = 0; i < n; i++)
    g_assert_false (qcc_talk_is_over (talks[i]));
}

/* What became of those at the primary. */
static void
settle (Storm *storm)
{
  for (guint i = 0; i < N_WAITING; i++)
    assert_whole (storm->waiting[i], "two");

  if (storm->way == WAY_REFUSES)
    {
      assert_all_run (storm->committed, N_COMMITTED);
      open_gate (storm, 0, "committed");
    }
  for (guint i = 0; i < N_COMMITTED; i++)
    {
      if (storm->way == WAY_REFUSES)
        assert_whole (storm->committed[i], "one");
      else
        g_assert_nonnull (strstr (qcc_talk_wait (storm->committed[i])->body->str, "event: error"));
    }

  assert_all_run (storm->elsewhere, N_ELSEWHERE);
  end_talks (storm->waiting, N_WAITING);
  end_talks (storm->committed, N_COMMITTED);
}

/* Neither more nor fewer than these, nor any of another kind. */
static void
assert_events (Storm *storm,
               guint n_failovers,
               guint n_recoveries)
{
  g_autoptr (GPtrArray) events = qcc_event_log_list (qcc_service_get_events (storm->fixture->service), 1);
  const QccEvent *newest = g_ptr_array_index (events, 0);
  gboolean recovered = newest->type == QCC_EVENT_RECOVERY;

  g_assert_cmpuint (qcc_story_count_events (storm->fixture, QCC_EVENT_FAILOVER), ==, n_failovers);
  g_assert_cmpuint (qcc_story_count_events (storm->fixture, QCC_EVENT_RECOVERY), ==, n_recoveries);
  g_assert_cmpuint (qcc_story_count_all_events (storm->fixture), ==, n_failovers + n_recoveries);
  g_assert_cmpstr (newest->from, ==, recovered ? "spare" : "main");
  g_assert_cmpstr (newest->to, ==, recovered ? "main" : "spare");
}

static void
come_back (Storm *storm)
{
  QccFakeProvider *primary = storm->fixture->providers[0];
  g_autoptr (GError) error = NULL;

  switch (storm->way)
    {
    case WAY_KILLED:
      qcc_fake_provider_start (primary, qcc_fake_provider_get_port (primary), &error);
      g_assert_no_error (error);
      break;
    case WAY_REFUSES:
      qcc_fake_provider_set_refusing (primary, FALSE);
      break;
    }
  qcc_proxy_fixture_script (storm->fixture, 0, WELL);
}

static void
assert_active (Storm *storm,
               const char *profile)
{
  g_assert_cmpstr (qcc_active_get_name (qcc_service_get_active (storm->fixture->service)), ==, profile);
}

static gboolean
has_recovered (Storm *storm)
{
  return qcc_story_count_events (storm->fixture, QCC_EVENT_RECOVERY) == storm->round;
}

/* Time passes while one session goes on, one is silent, and streams run. */
static void
recover (Storm *storm)
{
  const QccEndpointState *state = qcc_story_get_state (storm->fixture, "one");
  QccClock *clock = storm->fixture->clock;
  guint n_steps = 0;

  ask (storm, "warm", 0, "two");
  ask (storm, "cold", 0, "two");
  for (; n_steps < MAX_STEPS && !has_recovered (storm); n_steps++)
    {
      qcc_story_pass (storm->fixture, STEP_SECONDS);
      if (n_steps % 6 == 0)
        ask (storm, "warm", 0, "two");
    }
  assert_active (storm, "main");
  g_assert_cmpint (qcc_clock_get_time (clock) - state->last_failure, >=, RECOVERY_DELAY_SECONDS * (gint64) G_USEC_PER_SEC);
  assert_events (storm, storm->round, storm->round);
}

/* Who is where afterwards. */
static void
look_around (Storm *storm)
{
  ask (storm, "warm", 0, "two");
  ask (storm, "cold", 0, "one");
  ask (storm, "new", 0, "one");
  ask (storm, "new", 1, "one");
  g_assert_cmpint (qcc_story_get_state (storm->fixture, "one")->circuit, ==, QCC_CIRCUIT_CLOSED);
  g_assert_cmpint (qcc_story_view (storm->fixture, "one").level, ==, QCC_LEVEL_HEALTHY);

  assert_all_run (storm->elsewhere, N_ELSEWHERE);
  open_gate (storm, 1, "elsewhere");
  for (guint i = 0; i < N_ELSEWHERE; i++)
    assert_whole (storm->elsewhere[i], "two");
  end_talks (storm->elsewhere, N_ELSEWHERE);
  qcc_story_wait_quiet (storm->fixture);
}

static void
test_storm (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = qcc_story_new (3);
  g_autoptr (QccSecret) secret = qcc_secret_new ("qcc-project", -1);
  g_autofree char *hash = qcc_token_hash (secret);
  g_autofree char *tokens = g_strdup_printf (",\"tokens\":[{\"name\":\"project\",\"sha256\":\"%s\",\"profile\":\"spare\"}]", hash);
  Storm storm = { .fixture = fixture, .way = (Way) GPOINTER_TO_INT (data) };

  qcc_proxy_fixture_set_boolean (fixture, "health", "enabled", TRUE);
  qcc_proxy_fixture_start_with_tiers (fixture, tokens);

  for (storm.round = 1; storm.round <= N_ROUNDS; storm.round++)
    {
      begin (&storm);
      die (&storm);
      go_on (&storm);
      qcc_story_wait_events (fixture, QCC_EVENT_FAILOVER, storm.round);
      assert_active (&storm, "spare");
      settle (&storm);
      assert_events (&storm, storm.round, storm.round - 1);

      come_back (&storm);
      recover (&storm);
      look_around (&storm);
    }

  assert_events (&storm, N_ROUNDS, N_ROUNDS);
}

int
main (int argc,
      char **argv)
{
  /* The machine that tests may have no route to anywhere; then nothing would be checked. */
  g_setenv ("GIO_USE_NETWORK_MONITOR", "base", TRUE);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_data_func ("/proxy/storm/killed", GINT_TO_POINTER (WAY_KILLED), test_storm);
  g_test_add_data_func ("/proxy/storm/refuses", GINT_TO_POINTER (WAY_REFUSES), test_storm);

  return g_test_run ();
}
