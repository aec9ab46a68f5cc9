/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-route-fixture.h"

/* Where sessions are bound, when they move, and when they do not (spec 5.4, 5.5). */

#define next qcc_route_fixture_assert_next
#define sent qcc_route_fixture_assert_sent
#define plan_new qcc_route_fixture_plan
#define bind qcc_route_fixture_bind
#define bound qcc_route_fixture_assert_bound
#define cool qcc_route_fixture_cool

#define COLD (300 * QCC_ROUTE_SECOND)
#define LONG_COLD (3600 * QCC_ROUTE_SECOND)

/* Two first requests of a session meet, though neither has an answer. */
static void
test_binds_at_choice (QccRouteFixture *fixture,
                      gconstpointer data)
{
  g_autoptr (QccRoutePlan) one = NULL;
  g_autoptr (QccRoutePlan) two = NULL;
  g_autoptr (QccRoutePlan) other = NULL;

  fixture->options.strategy = QCC_STRATEGY_ROUND_ROBIN;
  one = plan_new (fixture);
  next (fixture, one, "a");
  two = plan_new (fixture);
  next (fixture, two, "a");
  fixture->options.session = "t";
  other = plan_new (fixture);
  next (fixture, other, "b");
}

static void
test_keys (QccRouteFixture *fixture,
           gconstpointer data)
{
  fixture->options.strategy = QCC_STRATEGY_ROUND_ROBIN;
  sent (fixture, "a");
  fixture->options.model = "n";
  sent (fixture, "b");
  fixture->options.model = "m";
  fixture->options.token_profile = "first";
  sent (fixture, "a");
  qcc_route_fixture_get (fixture, "a")->last_turn = 0;

  /* Each has its own: a failure of the one moves the one. */
  qcc_affinity_unbind (fixture->affinity, &(QccAffinityKey){ "s", "m", "first" }, "a");
  bound (fixture, NULL);
  fixture->options.token_profile = NULL;
  bound (fixture, "a");
  fixture->options.model = "n";
  bound (fixture, "b");
}

static void
test_not_bound (QccRouteFixture *fixture,
                gconstpointer data)
{
  fixture->options.binds = FALSE;
  sent (fixture, "a");
  bound (fixture, NULL);

  /* A binding that is there is followed all the same, and its cache is not taken for warmed. */
  bind (fixture, "d");
  sent (fixture, "d");
  fixture->now += COLD;
  sent (fixture, "a");
  bound (fixture, "d");

  fixture->options.binds = TRUE;
  fixture->options.session = NULL;
  sent (fixture, "a");
  g_assert_cmpuint (qcc_affinity_get_n_bindings (fixture->affinity), ==, 1);
}

static void
test_not_sticky (QccRouteFixture *fixture,
                 gconstpointer data)
{
  fixture->options.sticky_session = FALSE;
  sent (fixture, "a");
  bound (fixture, NULL);
  bind (fixture, "b");
  sent (fixture, "a");
  bound (fixture, "b");

  qcc_route_fixture_load (fixture, "{\"version\":1,\"profiles\":[{\"name\":\"first\",\"sticky_session\":true,\"endpoints\":["
                                   "{\"id\":\"a\",\"base_url\":\"https://a\"},{\"id\":\"b\",\"base_url\":\"https://b\",\"priority\":1}]}]}");
  sent (fixture, "b");
}

/* The session leaves an endpoint that fails, and stays where it went. */
static void
test_failure (QccRouteFixture *fixture,
              gconstpointer data)
{
  g_autoptr (QccRoutePlan) plan = NULL;

  bind (fixture, "c");
  plan = plan_new (fixture);
  next (fixture, plan, "c");
  qcc_route_plan_note_failure (plan, "a");
  bound (fixture, "c");
  qcc_route_plan_note_failure (plan, "c");
  bound (fixture, NULL);

  /* The cache is lost: on from where it would have started. */
  qcc_route_plan_set_tried (plan, "c");
  next (fixture, plan, "a");
  qcc_route_plan_note_success (plan, "a", fixture->now);
  sent (fixture, "a");
}

/* An endpoint that does not take one request is not left for that. */
static void
test_unsuited (QccRouteFixture *fixture,
               gconstpointer data)
{
  g_autoptr (QccRoutePlan) known = NULL;
  g_autoptr (QccRoutePlan) found = NULL;

  bind (fixture, "a");
  qcc_unsupported_note (qcc_route_fixture_get (fixture, "a")->unsupported, "m", 1000, fixture->now);
  fixture->options.body_size = 1000;
  known = plan_new (fixture);
  next (fixture, known, "b");
  bound (fixture, "a");

  /* Or says so only when it is asked. */
  fixture->options.body_size = 999;
  found = plan_new (fixture);
  next (fixture, found, "a");
  qcc_route_plan_set_tried (found, "a");
  next (fixture, found, "b");
  bound (fixture, "a");
  sent (fixture, "a");
}

static void
test_not_usable (QccRouteFixture *fixture,
                 gconstpointer data)
{
  g_autoptr (QccRoutePlan) plan = NULL;

  bind (fixture, "d");
  cool (fixture, "d", 10, FALSE);
  sent (fixture, "a");
  bound (fixture, "a");

  /* Between the beginning and the first choice. */
  bind (fixture, "d");
  cool (fixture, "d", 0, FALSE);
  plan = plan_new (fixture);
  cool (fixture, "d", 10, TRUE);
  next (fixture, plan, "a");
}

static void
test_reach (QccRouteFixture *fixture,
            gconstpointer data)
{
  bind (fixture, "e");
  sent (fixture, "a");

  bind (fixture, "c");
  fixture->options.fallback_enabled = FALSE;
  sent (fixture, "a");
  bind (fixture, "b");
  sent (fixture, "b");

  bind (fixture, "c");
  fixture->options.fallback_enabled = TRUE;
  sent (fixture, "c");
  fixture->options.locked_to_profile = TRUE;
  sent (fixture, "a");

  bind (fixture, "b");
  qcc_route_fixture_load (fixture, "{\"version\":1,\"profiles\":[{\"name\":\"first\",\"endpoints\":[{\"id\":\"a\",\"base_url\":\"https://a\"}]}]}");
  sent (fixture, "a");
}

static void
test_last_resort (QccRouteFixture *fixture,
                  gconstpointer data)
{
  g_autoptr (QccRoutePlan) plan = NULL;

  bind (fixture, "c");
  for (const char *id = "abcd"; *id != '\0'; id++)
    cool (fixture, (char[]){ *id, '\0' }, 10, *id != 'b');
  plan = plan_new (fixture);
  next (fixture, plan, "b");
  bound (fixture, "c");
  qcc_route_plan_note_success (plan, "b", fixture->now);
  bound (fixture, "b");
}

/* After a manual switch nothing that was under way brings a session back. */
static void
test_era (QccRouteFixture *fixture,
          gconstpointer data)
{
  g_autoptr (QccRoutePlan) plan = plan_new (fixture);

  next (fixture, plan, "a");
  qcc_affinity_clear (fixture->affinity);
  qcc_route_plan_note_success (plan, "a", fixture->now);
  bound (fixture, NULL);
  qcc_route_plan_set_tried (plan, "a");
  next (fixture, plan, "b");
  bound (fixture, NULL);

  fixture->options.start = "second";
  sent (fixture, "c");
  bound (fixture, "c");
}

/* Of two requests under way one fails and takes the session along; the answer of the other does not bring it back. */
static void
test_late_success (QccRouteFixture *fixture,
                   gconstpointer data)
{
  g_autoptr (QccRoutePlan) one = plan_new (fixture);
  g_autoptr (QccRoutePlan) two = plan_new (fixture);

  next (fixture, one, "a");
  next (fixture, two, "a");
  qcc_route_plan_note_failure (one, "a");
  qcc_route_plan_set_tried (one, "a");
  next (fixture, one, "b");
  qcc_route_plan_note_success (two, "a", fixture->now);
  bound (fixture, "b");
  qcc_route_plan_note_success (one, "b", fixture->now);
  bound (fixture, "b");

  qcc_route_plan_note_failure (one, "b");
  qcc_route_plan_note_success (two, "a", fixture->now);
  bound (fixture, "a");
}

/* When a cold session goes elsewhere; a warm one never does. */
static void
test_failback (QccRouteFixture *fixture,
               gconstpointer data)
{
  static const struct
  {
    const char *bound;
    QccStrategy strategy;
    gboolean health_aware;
    const char *cooling; /* endpoints that cannot be used */
    const char *degraded;
    const char *expected; /* when cold */
  } rows[] = {
    /* the usual start is another profile */
    { "c", QCC_STRATEGY_FAILOVER, TRUE, "", "", "a" },
    { "c", QCC_STRATEGY_ROUND_ROBIN, TRUE, "", "ab", "a" },
    { "c", QCC_STRATEGY_ROUND_ROBIN, FALSE, "a", "b", "b" },
    { "c", QCC_STRATEGY_FAILOVER, TRUE, "ab", "", "c" },
    { "d", QCC_STRATEGY_FAILOVER, TRUE, "ab", "", "d" },
    /* the same profile: by priority */
    { "b", QCC_STRATEGY_FAILOVER, TRUE, "", "", "a" },
    { "b", QCC_STRATEGY_FAILOVER, TRUE, "a", "", "b" },
    { "b", QCC_STRATEGY_FAILOVER, TRUE, "", "a", "b" },
    { "b", QCC_STRATEGY_FAILOVER, FALSE, "", "a", "a" },
    { "a", QCC_STRATEGY_FAILOVER, TRUE, "", "", "a" },
    /* by level */
    { "b", QCC_STRATEGY_ROUND_ROBIN, TRUE, "", "b", "a" },
    { "b", QCC_STRATEGY_ROUND_ROBIN, FALSE, "", "b", "b" },
    { "b", QCC_STRATEGY_WEIGHTED, TRUE, "a", "b", "b" },
    /* among equals never */
    { "b", QCC_STRATEGY_ROUND_ROBIN, TRUE, "", "", "b" },
    { "b", QCC_STRATEGY_WEIGHTED, TRUE, "", "ab", "b" },
    { "b", QCC_STRATEGY_LEAST_CONNECTIONS, TRUE, "", "", "b" },
  };

  for (gsize r = 0; r < G_N_ELEMENTS (rows); r++)
    for (guint long_cache = 0; long_cache < 2; long_cache++)
      {
        gint64 cold = long_cache ? LONG_COLD : COLD;

        fixture->now += 2 * LONG_COLD;
        fixture->options.strategy = rows[r].strategy;
        fixture->options.health_aware = rows[r].health_aware;
        fixture->options.long_cache = long_cache != 0;
        for (const char *id = "abcd"; *id != '\0'; id++)
          {
            char name[] = { *id, '\0' };

            cool (fixture, name, strchr (rows[r].cooling, *id) != NULL ? 100000 : 0, FALSE);
            qcc_route_fixture_get (fixture, name)->last_turn = 0;
            qcc_route_fixture_degrade (fixture, name, strchr (rows[r].degraded, *id) != NULL ? 1 : 0);
          }
        qcc_affinity_clear (fixture->affinity);
        bind (fixture, rows[r].bound);
        fixture->now += cold - 1;
        sent (fixture, rows[r].bound);
        fixture->now += cold - 1;
        sent (fixture, rows[r].bound);
        fixture->now += cold;
        sent (fixture, rows[r].expected);
        bound (fixture, rows[r].expected);
      }
}

#define WEIGHTED_PROFILES                                                                                              \
  "{\"version\":1,\"profiles\":[{\"name\":\"first\",\"endpoints\":["                                                   \
  "{\"id\":\"a\",\"base_url\":\"https://a\",\"weight\":100},{\"id\":\"b\",\"base_url\":\"https://b\",\"weight\":200}," \
  "{\"id\":\"c\",\"base_url\":\"https://c\",\"weight\":300},{\"id\":\"d\",\"base_url\":\"https://d\",\"weight\":400}]}]}"
#define N_SESSIONS 1000
#define N_ENDPOINTS 4

typedef struct
{
  char name[8];
  char at; /* name of its endpoint, 0 before it has one */
} Session;

/* One request of @session. Returns the endpoint that it went to. */
static char
send_one (QccRouteFixture *fixture,
          Session *session)
{
  g_autoptr (QccRoutePlan) plan = NULL;
  g_autoptr (QccEndpointEntry) entry = NULL;

  fixture->options.session = session->name;
  plan = plan_new (fixture);
  entry = qcc_route_plan_next (plan, fixture->now).entry;
  g_assert_nonnull (entry);
  qcc_route_plan_note_success (plan, entry->endpoint->id, fixture->now);

  return entry->endpoint->id[0];
}

static void
start_sessions (QccRouteFixture *fixture,
                Session *sessions)
{
  guint counts[N_ENDPOINTS] = { 0 };

  for (guint i = 0; i < N_SESSIONS; i++)
    {
      sessions[i] = (Session){ 0 };
      g_snprintf (sessions[i].name, sizeof sessions[i].name, "s%u", i);
      sessions[i].at = send_one (fixture, &sessions[i]);
      counts[sessions[i].at - 'a']++;
    }
  for (guint i = 0; i < N_ENDPOINTS; i++)
    {
      g_assert_cmpuint (counts[i], >=, 95 * (i + 1));
      g_assert_cmpuint (counts[i], <=, 105 * (i + 1));
    }
}

static void
test_thousand_sessions (QccRouteFixture *fixture,
                        gconstpointer data)
{
  g_autofree Session *sessions = g_new0 (Session, N_SESSIONS);

  fixture->options.strategy = QCC_STRATEGY_WEIGHTED;
  start_sessions (fixture, sessions);

  for (guint i = 0; i < 20000; i++)
    {
      Session *session = &sessions[g_test_rand_int_range (0, N_SESSIONS)];

      /* Often warm, often cold; a session that is not heard of for five hours may start anew. */
      fixture->now += g_test_rand_int_range (0, 200) * (QCC_ROUTE_SECOND / 1000);
      if (g_test_rand_int_range (0, 2000) == 0)
        fixture->now += g_test_rand_int_range (0, 700) * QCC_ROUTE_SECOND;
      g_assert_cmpint (send_one (fixture, session), ==, session->at);
    }

  /* One endpoint fails: its sessions move, all others stay, and nobody comes back among equals. */
  cool (fixture, "c", 60, FALSE);
  for (guint i = 0; i < N_SESSIONS; i++)
    {
      char at = send_one (fixture, &sessions[i]);

      g_assert_cmpint (at, !=, 'c');
      if (sessions[i].at != 'c')
        g_assert_cmpint (at, ==, sessions[i].at);
      sessions[i].at = at;
    }
  fixture->now += 2 * LONG_COLD;
  for (guint i = 0; i < N_SESSIONS; i++)
    g_assert_cmpint (send_one (fixture, &sessions[i]), ==, sessions[i].at);
}

int
main (int argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (QccRouteFixture *, gconstpointer);
    const char *profiles;
  } tests[] = {
    { "/route-sessions/binds-at-choice", test_binds_at_choice },
    { "/route-sessions/keys", test_keys },
    { "/route-sessions/not-bound", test_not_bound },
    { "/route-sessions/not-sticky", test_not_sticky },
    { "/route-sessions/failure", test_failure },
    { "/route-sessions/unsuited", test_unsuited },
    { "/route-sessions/not-usable", test_not_usable },
    { "/route-sessions/reach", test_reach },
    { "/route-sessions/last-resort", test_last_resort },
    { "/route-sessions/era", test_era },
    { "/route-sessions/late-success", test_late_success },
    { "/route-sessions/failback", test_failback },
    { "/route-sessions/thousand-sessions", test_thousand_sessions, WEIGHTED_PROFILES },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccRouteFixture, tests[i].profiles, qcc_route_fixture_set_up, tests[i].func, qcc_route_fixture_tear_down);

  return g_test_run ();
}
