/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-state-story.h"

#define APPLY(state, seconds, ...) qcc_state_story_apply (state, seconds, (QccStateEvent) __VA_ARGS__)

/* Spec 5.3. */
static const QccStateStep breaker_probe[] = {
  OPENED_AT_3,
  { 62, TICK, SAYS_NOTHING, OPEN (63) },
  { 63, TICK, VIEW, HALF_OPEN (DEGRADED) },
  { 64, SENT (4), VIEW, PROBING (DEGRADED, 94) },
  { 65, SENT (5), SAYS_NOTHING, PROBING (DEGRADED, 94) },
  { 66, GOOD (4), VIEW, HALF_OPEN (HEALTHY) },
  { 67, SENT (6), VIEW, PROBING (HEALTHY, 97) },
  { 68, GOOD (6), VIEW, FINE },
  { 0 },
};

static const QccStateStep breaker_doubles[] = {
  OPENED_AT_3,
  { 63, SENT (4), VIEW, PROBING (DEGRADED, 93) },
  { 64, DOWN (4), VIEW, OPEN (184) },
  { 184, SENT (5), VIEW, PROBING (DEGRADED, 214) },
  { 185, DOWN (5), VIEW, OPEN (425) },
  { 425, DOWN (0), VIEW, OPEN (905) },
  { 905, DOWN (0), VIEW, QUARANTINED (1505) },
  { 1505, TICK, UNBIND, HALF_OPEN (DEGRADED) },
  { 1506, DOWN (0), VIEW, QUARANTINED (2106) },
  { 1600, CHECK_OK, UNBIND, HALF_OPEN (HEALTHY) },
  { 1601, GOOD (6), SAYS_NOTHING, HALF_OPEN (HEALTHY) },
  { 1602, GOOD (7), VIEW, FINE },
  { 1603, DOWN (8), VIEW, CLOSED (DEGRADED) },
  { 0 },
};

static const QccStateStep breaker_starts_anew[] = {
  OPENED_AT_3,
  { 63, DOWN (4), VIEW, OPEN (183) },
  { 183, GOOD (5), VIEW, HALF_OPEN (HEALTHY) },
  { 184, GOOD (6), VIEW, FINE },
  { 185, DOWN (7), VIEW, CLOSED (DEGRADED) },
  { 186, DOWN (8), VIEW, CLOSED (UNHEALTHY) },
  { 187, DOWN (9), VIEW, OPEN (247) },
  { 0 },
};

static const QccStateStep breaker_success_between[] = {
  { 1, DOWN (1), VIEW, CLOSED (DEGRADED) },
  { 2, DOWN (2), VIEW, CLOSED (UNHEALTHY) },
  { 3, GOOD (3), VIEW, CLOSED (DEGRADED) },
  { 4, DOWN (4), SAYS_NOTHING, CLOSED (DEGRADED) },
  { 5, DOWN (5), VIEW, CLOSED (UNHEALTHY) },
  { 6, GOOD (6), VIEW, CLOSED (DEGRADED) },
  { 7, GOOD (7), VIEW, FINE },
  { 0 },
};

static const QccStateStep breaker_lost_lease[] = {
  OPENED_AT_3,
  { 63, SENT (4), VIEW, PROBING (DEGRADED, 93) },
  { 93, TICK, VIEW, HALF_OPEN (DEGRADED) },
  { 94, SENT (5), VIEW, PROBING (DEGRADED, 124) },
  { 95, DROPPED (4), SAYS_NOTHING, PROBING (DEGRADED, 124) },
  { 96, DROPPED (5), VIEW, HALF_OPEN (DEGRADED) },
  /* The first byte may take longer than the lease: it is a failure all the same. */
  { 123, OLD (63, 4, TRANSIENT, -1), VIEW, OPEN (243) },
  { 0 },
};

static const QccStateStep breaker_leases_come_back[] = {
  OPENED_AT_3,
  { 63, SENT (4), VIEW, PROBING (DEGRADED, 93) },
  { 64, BAD (4, REQUEST, -1), VIEW, HALF_OPEN (DEGRADED) },
  { 65, SENT (5), VIEW, PROBING (DEGRADED, 95) },
  { 66, BAD (5, CLIENT, -1), VIEW, HALF_OPEN (DEGRADED) },
  { 67, SENT (6), VIEW, PROBING (DEGRADED, 97) },
  { 68, BAD (6, OFFLINE, -1), VIEW, HALF_OPEN (DEGRADED) },
  { 69, SENT (7), VIEW, PROBING (DEGRADED, 99) },
  { 70, BAD (7, UNSUPPORTED, -1), VIEW, HALF_OPEN (DEGRADED) },
  { 71, SENT (8), VIEW, PROBING (DEGRADED, 101) },
  { 72, BAD (8, AUTH, -1), VIEW | DOUBT, HALF_OPEN (DEGRADED) },
  { 73, SENT (9), VIEW, PROBING (DEGRADED, 103) },
  { 74, BAD (9, RATE_LIMIT, 2), VIEW, QCC_CIRCUIT_HALF_OPEN, QCC_LEVEL_DEGRADED, QCC_OBSTACLE_WAITING, 76 },
  { 76, TICK, VIEW, HALF_OPEN (DEGRADED) },
  { 0 },
};

static const QccStateStep breaker_others_keep_the_lease[] = {
  OPENED_AT_3,
  { 63, SENT (4), VIEW, PROBING (DEGRADED, 93) },
  { 64, BAD (5, REQUEST, -1), SAYS_NOTHING, PROBING (DEGRADED, 93) },
  { 65, GOOD (5), VIEW, PROBING (HEALTHY, 93) },
  { 66, GOOD (6), VIEW, FINE },
  { 0 },
};

static const QccStateStep breaker_last_resort[] = {
  OPENED_AT_3,
  { 10, SENT (4), SAYS_NOTHING, OPEN (63) },
  { 11, DOWN (4), SAYS_NOTHING, OPEN (63) },
  { 12, GOOD (5), VIEW, HALF_OPEN (HEALTHY) },
  { 13, GOOD (6), VIEW, FINE },
  { 0 },
};

/* What was under way when the circuit opened says nothing about what it is since. */
static const QccStateStep breaker_old[] = {
  OPENED_AT_3,
  { 4, OLD_GOOD (2, 4), SAYS_NOTHING, OPEN (63) },
  { 63, TICK, VIEW, HALF_OPEN (DEGRADED) },
  { 64, OLD_GOOD (2, 5), SAYS_NOTHING, HALF_OPEN (DEGRADED) },
  { 65, OLD (62, 6, TRANSIENT, -1), SAYS_NOTHING, HALF_OPEN (DEGRADED) },
  { 66, OLD (63, 7, TRANSIENT, -1), VIEW, OPEN (186) },
  { 0 },
};

static const QccStateStep breaker_old_when_closed[] = {
  OPENED_AT_3,
  { 63, GOOD (4), VIEW, HALF_OPEN (HEALTHY) },
  { 64, GOOD (5), VIEW, FINE },
  { 65, OLD (3, 6, TRANSIENT, -1), VIEW, CLOSED (DEGRADED) },
  { 65, OLD (3, 7, TRANSIENT, -1), VIEW, CLOSED (UNHEALTHY) },
  { 65, OLD (3, 8, TRANSIENT, -1), SAYS_NOTHING, CLOSED (UNHEALTHY) },
  { 65, OLD (3, 9, TRANSIENT, -1), SAYS_NOTHING, CLOSED (UNHEALTHY) },
  { 0 },
};

static const QccStateStep breaker_cuts[] = {
  { 1, GOOD (1), SAYS_NOTHING, FINE },
  { 2, CUT (1), VIEW, CLOSED (DEGRADED) },
  { 3, GOOD (2), SAYS_NOTHING, CLOSED (DEGRADED) },
  { 4, CUT (2), SAYS_NOTHING, CLOSED (DEGRADED) },
  { 5, GOOD (3), SAYS_NOTHING, CLOSED (DEGRADED) },
  { 6, CUT (3), VIEW, OPEN (66) },
  { 66, GOOD (4), VIEW, HALF_OPEN (HEALTHY) },
  { 67, CUT (4), VIEW, OPEN (187) },
  { 0 },
};

static const QccStateStep breaker_cuts_forgotten[] = {
  { 1, CUT (1), VIEW, CLOSED (DEGRADED) },
  { 2, CUT (2), VIEW, CLOSED (UNHEALTHY) },
  { 3, CUT (3), VIEW, OPEN (63) },
  { 63, GOOD (4), VIEW, HALF_OPEN (HEALTHY) },
  { 64, GOOD (5), VIEW, FINE },
  { 65, CUT (4), VIEW, CLOSED (DEGRADED) },
  { 0 },
};

static const QccStateStep breaker_cuts_not_in_row[] = {
  { 1, CUT (1), VIEW, CLOSED (DEGRADED) },
  { 2, CUT (2), VIEW, CLOSED (UNHEALTHY) },
  { 3, DONE (3), SAYS_NOTHING, CLOSED (UNHEALTHY) },
  { 4, CUT (4), SAYS_NOTHING, CLOSED (UNHEALTHY) },
  { 5, CUT (5), SAYS_NOTHING, CLOSED (UNHEALTHY) },
  { 0 },
};

static const QccStateStep reset_open[] = {
  OPENED_AT_3,
  { 4, RESET, VIEW, FINE },
  { 5, DOWN (4), VIEW, CLOSED (DEGRADED) },
  { 6, RESET, VIEW, FINE },
  { 7, RESET, SAYS_NOTHING, FINE },
  { 0 },
};

/* A client's error charges nobody. */
static const QccStateStep nobody[] = {
  { 1, BAD (1, REQUEST, 5), SAYS_NOTHING, FINE },
  { 1, BAD (2, CLIENT, 5), SAYS_NOTHING, FINE },
  { 1, BAD (3, OFFLINE, 5), SAYS_NOTHING, FINE },
  { 1, BAD (4, UNSUPPORTED, 5), SAYS_NOTHING, FINE },
  { 1, CHECK_BAD (FORBIDDEN), SAYS_NOTHING, FINE },
  { 1, CHECK_BAD (UNSUPPORTED), SAYS_NOTHING, FINE },
  { 1, CHECK_BAD (OFFLINE), SAYS_NOTHING, FINE },
  { 1, CHECK_BAD (REQUEST), SAYS_NOTHING, FINE },
  { 0 },
};

/* Checks: spec 5.3, 7.1. */
static const QccStateStep checks_idle_and_dead[] = {
  { 60, CHECK_BAD (TRANSIENT), VIEW, CLOSED (DEGRADED) },
  { 120, CHECK_BAD (OVERLOAD), VIEW, CLOSED (UNHEALTHY) },
  { 180, CHECK_BAD (TRANSIENT), VIEW, OPEN (240) },
  { 200, CHECK_BAD (TRANSIENT), SAYS_NOTHING, OPEN (240) },
  { 240, CHECK_BAD (TRANSIENT), VIEW, OPEN (360) },
  { 300, CHECK_OK, VIEW, HALF_OPEN (HEALTHY) },
  { 301, SENT (1), VIEW, PROBING (HEALTHY, 331) },
  { 302, CHECK_BAD (TRANSIENT), SAYS_NOTHING, PROBING (HEALTHY, 331) },
  { 303, DROPPED (1), VIEW, HALF_OPEN (HEALTHY) },
  { 304, CHECK_BAD (TRANSIENT), VIEW, OPEN (544) },
  { 0 },
};

static const QccStateStep checks_not_in_row[] = {
  { 60, CHECK_BAD (TRANSIENT), VIEW, CLOSED (DEGRADED) },
  { 120, CHECK_BAD (TRANSIENT), VIEW, CLOSED (UNHEALTHY) },
  { 180, CHECK_OK, VIEW, CLOSED (DEGRADED) },
  { 240, CHECK_BAD (TRANSIENT), SAYS_NOTHING, CLOSED (DEGRADED) },
  { 300, CHECK_OK, SAYS_NOTHING, CLOSED (DEGRADED) },
  { 360, CHECK_OK, VIEW, FINE },
  { 0 },
};

/* That a list of models comes does not excuse messages that fail. */
static const QccStateStep checks_messages_fail[] = {
  { 1, DOWN (1), VIEW, CLOSED (DEGRADED) },
  { 2, CHECK_OK, SAYS_NOTHING, CLOSED (DEGRADED) },
  { 3, DOWN (2), SAYS_NOTHING, CLOSED (DEGRADED) },
  { 4, CHECK_OK, SAYS_NOTHING, CLOSED (DEGRADED) },
  { 5, DOWN (3), VIEW, OPEN (65) },
  { 6, CHECK_OK, VIEW, HALF_OPEN (HEALTHY) },
  { 7, CHECK_OK, SAYS_NOTHING, HALF_OPEN (HEALTHY) },
  { 8, CHECK_OK, SAYS_NOTHING, HALF_OPEN (HEALTHY) },
  { 9, DOWN (4), VIEW, OPEN (129) },
  { 129, TICK, VIEW, HALF_OPEN (DEGRADED) },
  { 0 },
};

static const QccStateStep checks_weak[] = {
  { 1, CHECK_WEAK, VIEW, CLOSED (DEGRADED) },
  { 2, GOOD (1), VIEW, FINE },
  { 3, CHECK_WEAK, VIEW, CLOSED (DEGRADED) },
  { 4, CHECK_OK, VIEW, FINE },
  { 0 },
};

static const QccStateStep checks_limits[] = {
  { 1, CHECK_BAD (RATE_LIMIT), VIEW, COOLING (HEALTHY, 61) },
  { 2, CHECK_BAD (BILLING), VIEW | QCC_STATE_CHANGE_BILLING, COOLING (HEALTHY, 3602) },
  { 0 },
};

static const struct
{
  const char *path;
  const QccStateStep *steps;
} stories[] = {
  { "/endpoint-state/breaker/probe", breaker_probe },
  { "/endpoint-state/breaker/doubles", breaker_doubles },
  { "/endpoint-state/breaker/starts-anew", breaker_starts_anew },
  { "/endpoint-state/breaker/success-between", breaker_success_between },
  { "/endpoint-state/breaker/lost-lease", breaker_lost_lease },
  { "/endpoint-state/breaker/leases-come-back", breaker_leases_come_back },
  { "/endpoint-state/breaker/others-keep-the-lease", breaker_others_keep_the_lease },
  { "/endpoint-state/breaker/last-resort", breaker_last_resort },
  { "/endpoint-state/breaker/old", breaker_old },
  { "/endpoint-state/breaker/old-when-closed", breaker_old_when_closed },
  { "/endpoint-state/breaker/cuts", breaker_cuts },
  { "/endpoint-state/breaker/cuts-forgotten", breaker_cuts_forgotten },
  { "/endpoint-state/breaker/cuts-not-in-row", breaker_cuts_not_in_row },
  { "/endpoint-state/reset/open", reset_open },
  { "/endpoint-state/nobody", nobody },
  { "/endpoint-state/checks/idle-and-dead", checks_idle_and_dead },
  { "/endpoint-state/checks/not-in-row", checks_not_in_row },
  { "/endpoint-state/checks/messages-fail", checks_messages_fail },
  { "/endpoint-state/checks/weak", checks_weak },
  { "/endpoint-state/checks/limits", checks_limits },
};

/* Many requests, one letter each: g is answered, b fails, d is answered to its end, c is cut. */
static void
play (QccEndpointState *state,
      int at,
      int seconds_between,
      const char *requests)
{
  for (const char *c = requests; *c != '\0'; c++)
    {
      if (*c == 'b')
        APPLY (state, at, DOWN (1));
      else
        APPLY (state, at, GOOD (1));
      if (*c == 'd')
        APPLY (state, at, DONE (1));
      else if (*c == 'c')
        APPLY (state, at, CUT (1));
      at += seconds_between;
    }
}

/* Spec 5.3: more than half of at least ten within a minute, never three in a row. */
static void
test_rate (void)
{
  static const struct
  {
    const char *requests;
    int seconds_between;
    gboolean opens;
  } cases[] = {
    { "bbgbbgbbgb", 1, TRUE }, /* the tenth */
    { "bbgbbgbbg", 1, FALSE },
    { "bbgbbgbb", 0, FALSE },
    { "bgbgbgbgbgb", 0, TRUE }, /* 6 of 11 */
    { "gbgbgbgbgbgbgbgbgbgbgb", 1, FALSE },
    { "bbgbbgbbgbbgbbgbbgbbgb", 7, FALSE }, /* 9 a minute */
    { "ccdccdccdc", 1, TRUE },
    { "cdcdcdcdcd", 1, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      QccEndpointState state = { 0 };

      g_test_message ("%s", cases[i].requests);
      play (&state, 1, cases[i].seconds_between, cases[i].requests);
      g_assert_cmpint (state.circuit, ==, cases[i].opens ? QCC_CIRCUIT_OPEN : QCC_CIRCUIT_CLOSED);
    }
}

/* Good answers of more than a minute ago do not outweigh what fails now. */
static void
test_rate_window (void)
{
  QccEndpointState state = { 0 };

  for (guint i = 0; i < 100; i++)
    APPLY (&state, 1, GOOD (1));
  APPLY (&state, 40, GOOD (1));
  play (&state, 62, 0, "bbgbbgbbgb");
  g_assert_cmpint (state.circuit, ==, QCC_CIRCUIT_OPEN);
}

/* What failed before the circuit opened does not open it again after it has closed. */
static void
test_rate_forgets (void)
{
  QccEndpointState state = { 0 };

  play (&state, 1, 0, "bbgbbgbbgb");
  g_assert_cmpint (state.circuit, ==, QCC_CIRCUIT_OPEN);

  APPLY (&state, 2, CHECK_OK);
  play (&state, 3, 1, "ggb");
  g_assert_cmpint (state.circuit, ==, QCC_CIRCUIT_CLOSED);
}

/* More requests than a bucket can hold. */
static void
test_rate_busy (void)
{
  QccEndpointState state = { 0 };

  for (guint i = 0; i <= G_MAXUINT16; i++)
    APPLY (&state, 1, GOOD (1));
  play (&state, 1, 0, "bbgbbgbbgb");
  g_assert_cmpint (state.circuit, ==, QCC_CIRCUIT_CLOSED);
}

static void
test_rules (void)
{
  static const QccStateRules strict = { .max_failures = 1, .checks = FALSE };
  static const QccStateRules unset = { .max_failures = 0, .checks = TRUE };
  const QccStateEvent down = DOWN (1);
  QccEndpointState state = { 0 };

  qcc_endpoint_state_apply (&state, &down, &strict, 0);
  g_assert_cmpint (state.circuit, ==, QCC_CIRCUIT_OPEN);

  /* Without checks nothing but a request can tell. */
  g_assert_cmpint (qcc_endpoint_state_view (&state, &strict, 60 * QCC_STORY_SECOND).level, ==, QCC_LEVEL_HEALTHY);
  g_assert_cmpint (qcc_endpoint_state_view (&state, &qcc_state_story_rules, 60 * QCC_STORY_SECOND).level, ==, QCC_LEVEL_DEGRADED);

  state = (QccEndpointState){ 0 };
  for (guint i = 0; i < 2; i++)
    qcc_endpoint_state_apply (&state, &down, &unset, 0);
  g_assert_cmpint (state.circuit, ==, QCC_CIRCUIT_CLOSED);
  qcc_endpoint_state_apply (&state, &down, &unset, 0);
  g_assert_cmpint (state.circuit, ==, QCC_CIRCUIT_OPEN);
}

static void
test_next_due (void)
{
  QccEndpointState state = { 0 };

  g_assert_cmpint (qcc_endpoint_state_next_due (&state), ==, -1);
  for (guint i = 0; i < 3; i++)
    APPLY (&state, 1, DOWN (1));
  g_assert_cmpint (qcc_endpoint_state_next_due (&state), ==, qcc_state_story_time (61));
  APPLY (&state, 2, BAD (2, RATE_LIMIT, 10));
  g_assert_cmpint (qcc_endpoint_state_next_due (&state), ==, qcc_state_story_time (12));
  APPLY (&state, 12, TICK);
  g_assert_cmpint (qcc_endpoint_state_next_due (&state), ==, qcc_state_story_time (61));
  APPLY (&state, 61, TICK);
  g_assert_cmpint (qcc_endpoint_state_next_due (&state), ==, -1);
  APPLY (&state, 62, SENT (3));
  g_assert_cmpint (qcc_endpoint_state_next_due (&state), ==, qcc_state_story_time (92));
}

/* The table of qcc-endpoint-enums.h, as it is drawn there. */
static void
test_edges (void)
{
  static const char *const table[] = {
    "-1---",
    "1--1-",
    "1--1-",
    "111-1",
    "1111-",
  };

  for (guint from = 0; from < G_N_ELEMENTS (table); from++)
    for (guint to = 0; to < G_N_ELEMENTS (table); to++)
      g_assert_cmpint (qcc_circuit_is_edge (from, to), ==, table[from][to] == '1');
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (stories); i++)
    g_test_add_data_func (stories[i].path, stories[i].steps, qcc_state_story_test);

  g_test_add_func ("/endpoint-state/rate", test_rate);
  g_test_add_func ("/endpoint-state/rate/window", test_rate_window);
  g_test_add_func ("/endpoint-state/rate/forgets", test_rate_forgets);
  g_test_add_func ("/endpoint-state/rate/busy", test_rate_busy);
  g_test_add_func ("/endpoint-state/rules", test_rules);
  g_test_add_func ("/endpoint-state/next-due", test_next_due);
  g_test_add_func ("/endpoint-state/edges", test_edges);

  return g_test_run ();
}
