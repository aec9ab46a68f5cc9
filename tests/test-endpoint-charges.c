/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-state-story.h"

/* What is charged without the breaker: cool-downs and the key (spec 4.1). */

/* Spec 4.1, overload; 5.2. */
static const QccStateStep overload_doubles[] = {
  { 1, BAD (1, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 6) },
  { 6, TICK, VIEW, CLOSED (DEGRADED) },
  { 7, BAD (2, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 17) },
  { 17, BAD (3, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 37) },
  { 37, BAD (4, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 77) },
  { 77, BAD (5, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 137) },
  { 137, BAD (6, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 197) },
  { 138, GOOD (7), VIEW, CLOSED (DEGRADED) },
  { 139, BAD (8, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 144) },
  { 0 },
};

static const QccStateStep overload_stated[] = {
  { 1, BAD (1, OVERLOAD, 20), VIEW, WAITING (DEGRADED, 21) },
  { 2, GOOD (2), SAYS_NOTHING, WAITING (DEGRADED, 21) },
  { 3, CHECK_OK, VIEW, WAITING (HEALTHY, 21) },
  { 4, BAD (3, OVERLOAD, 7200), VIEW, WAITING (DEGRADED, 304) },
  { 0 },
};

/* Twenty requests at the same time are one fact. */
static const QccStateStep overload_parallel[] = {
  { 10, OLD (5, 1, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 15) },
  { 10, OLD (5, 2, OVERLOAD, -1), SAYS_NOTHING, COOLING (DEGRADED, 15) },
  { 11, OLD (6, 3, OVERLOAD, -1), SAYS_NOTHING, COOLING (DEGRADED, 15) },
  { 12, OLD (6, 4, OVERLOAD, 2), SAYS_NOTHING, COOLING (DEGRADED, 15) },
  { 13, OLD (6, 5, OVERLOAD, 4), VIEW, WAITING (DEGRADED, 17) },
  { 18, OLD (6, 6, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 23) },
  { 19, OLD_GOOD (6, 7), SAYS_NOTHING, COOLING (DEGRADED, 23) },
  { 24, BAD (8, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 34) },
  { 0 },
};

static const QccStateStep overload_level[] = {
  { 1, DOWN (1), VIEW, CLOSED (DEGRADED) },
  { 2, BAD (2, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 7) },
  { 8, BAD (3, OVERLOAD, -1), VIEW, COOLING (DEGRADED, 18) },
  { 9, CHECK_OK, VIEW, CLOSED (DEGRADED) },
  { 10, CHECK_OK, VIEW, FINE },
  { 0 },
};

/* Spec 4.1, rate limit. */
static const QccStateStep rate_limit_stated[] = {
  { 1, BAD (1, RATE_LIMIT, 2), VIEW, WAITING (HEALTHY, 3) },
  { 2, CHECK_OK, SAYS_NOTHING, WAITING (HEALTHY, 3) },
  { 3, TICK, VIEW, FINE },
  { 4, BAD (2, RATE_LIMIT, 0), VIEW, WAITING (HEALTHY, 5) },
  { 5, BAD (3, RATE_LIMIT, G_MAXINT), VIEW, WAITING (HEALTHY, 86405) },
  { 0 },
};

static const QccStateStep rate_limit_own[] = {
  { 1, BAD (1, RATE_LIMIT, -1), VIEW, COOLING (HEALTHY, 61) },
  { 61, BAD (2, RATE_LIMIT, -1), VIEW, COOLING (HEALTHY, 121) },
  { 62, CHECK_OK, SAYS_NOTHING, COOLING (HEALTHY, 121) },
  { 63, GOOD (3), VIEW, FINE },
  { 0 },
};

static const QccStateStep rate_limit_exhausted[] = {
  { 1, GOOD (1), SAYS_NOTHING, FINE },
  { 1, EXHAUSTED (10), VIEW, WAITING (HEALTHY, 11) },
  { 2, EXHAUSTED (5), SAYS_NOTHING, WAITING (HEALTHY, 11) },
  { 3, EXHAUSTED (20), VIEW, WAITING (HEALTHY, 23) },
  { 23, TICK, VIEW, FINE },
  { 0 },
};

static const QccStateStep rate_limit_never_opens[] = {
  { 1, BAD (1, RATE_LIMIT, 1), VIEW, WAITING (HEALTHY, 2) },
  { 2, BAD (2, RATE_LIMIT, 1), VIEW, WAITING (HEALTHY, 3) },
  { 3, BAD (3, RATE_LIMIT, 1), VIEW, WAITING (HEALTHY, 4) },
  { 4, BAD (4, RATE_LIMIT, 1), VIEW, WAITING (HEALTHY, 5) },
  { 5, BAD (5, RATE_LIMIT, 1), VIEW, WAITING (HEALTHY, 6) },
  { 6, TICK, VIEW, FINE },
  { 0 },
};

static const QccStateStep two_kinds_later_holds[] = {
  { 1, BAD (1, RATE_LIMIT, 100), VIEW, WAITING (HEALTHY, 101) },
  { 2, BAD (2, FORBIDDEN, -1), VIEW, COOLING (HEALTHY, 302) },
  { 3, BAD (3, RATE_LIMIT, 100), SAYS_NOTHING, COOLING (HEALTHY, 302) },
  { 4, BAD (4, RATE_LIMIT, 400), VIEW, WAITING (HEALTHY, 404) },
  { 0 },
};

/* Spec 4.1, forbidden: not a word about the key. */
static const QccStateStep forbidden_doubles[] = {
  { 1, BAD (1, FORBIDDEN, 5), VIEW, COOLING (HEALTHY, 301) },
  { 2, CHECK_OK, SAYS_NOTHING, COOLING (HEALTHY, 301) },
  { 301, BAD (2, FORBIDDEN, -1), VIEW, COOLING (HEALTHY, 901) },
  { 901, BAD (3, FORBIDDEN, -1), VIEW, COOLING (HEALTHY, 2101) },
  { 2101, BAD (4, FORBIDDEN, -1), VIEW, COOLING (HEALTHY, 4501) },
  { 4501, BAD (5, FORBIDDEN, -1), VIEW, COOLING (HEALTHY, 8101) },
  { 8101, BAD (6, FORBIDDEN, -1), VIEW, COOLING (HEALTHY, 11701) },
  { 0 },
};

static const QccStateStep billing_told_once[] = {
  { 2, BAD (1, BILLING, -1), VIEW | QCC_STATE_CHANGE_BILLING, COOLING (HEALTHY, 3602) },
  { 3, OLD (1, 2, BILLING, -1), SAYS_NOTHING, COOLING (HEALTHY, 3602) },
  { 3602, BAD (3, BILLING, -1), VIEW, COOLING (HEALTHY, 7202) },
  { 7202, GOOD (4), VIEW, FINE },
  { 7203, BAD (5, BILLING, 100000), VIEW | QCC_STATE_CHANGE_BILLING, WAITING (HEALTHY, 93603) },
  { 0 },
};

/* Spec 4.1, auth. */
static const QccStateStep auth_two[] = {
  { 1, BAD (1, AUTH, -1), DOUBT, FINE },
  { 2, BAD (2, AUTH, -1), DISABLED, REJECTED },
  { 3, BAD (3, AUTH, -1), SAYS_NOTHING, REJECTED },
  { 4, CONNECT_OK, SAYS_NOTHING, REJECTED },
  { 5, CHECK_BAD (AUTH), SAYS_NOTHING, REJECTED },
  { 6, CHECK_OK, ENABLED, FINE },
  { 7, GOOD (4), SAYS_NOTHING, FINE },
  { 8, BAD (5, AUTH, -1), DOUBT, FINE },
  { 9, BAD (6, AUTH, -1), DISABLED, REJECTED },
  { 10, CHECK_OK, ENABLED, FINE },
  { 0 },
};

static const QccStateStep auth_success_between[] = {
  { 1, BAD (1, AUTH, -1), DOUBT, FINE },
  { 2, GOOD (2), SAYS_NOTHING, FINE },
  { 3, BAD (3, AUTH, -1), DOUBT, FINE },
  { 4, CHECK_OK, SAYS_NOTHING, FINE },
  { 5, BAD (4, AUTH, -1), DISABLED, REJECTED },
  { 6, GOOD (5), ENABLED, FINE },
  { 0 },
};

static const QccStateStep auth_confirmed_by_check[] = {
  { 1, BAD (1, AUTH, -1), DOUBT, FINE },
  { 2, CHECK_BAD (AUTH), DISABLED, REJECTED },
  { 900, CHECK_OK, ENABLED, FINE },
  { 901, BAD (2, AUTH, -1), DOUBT, FINE },
  { 902, CHECK_BAD (AUTH), DISABLED, REJECTED },
  { 1800, CHECK_OK, ENABLED, FINE },
  { 0 },
};

static const QccStateStep auth_checks_alone_never[] = {
  { 1, CHECK_BAD (AUTH), SAYS_NOTHING, FINE },
  { 2, CHECK_BAD (AUTH), SAYS_NOTHING, FINE },
  { 3, CHECK_BAD (AUTH), SAYS_NOTHING, FINE },
  { 4, BAD (1, AUTH, -1), DISABLED, REJECTED },
  { 0 },
};

/* A provider that lists its models to anybody must not switch on and off for ever. */
static const QccStateStep auth_blind_check[] = {
  { 1, BAD (1, AUTH, -1), DOUBT, FINE },
  { 2, BAD (2, AUTH, -1), DISABLED, REJECTED },
  { 900, CHECK_OK, ENABLED, FINE },
  { 901, BAD (3, AUTH, -1), DOUBT, FINE },
  { 902, BAD (4, AUTH, -1), DISABLED, REJECTED },
  { 1800, CHECK_OK, SAYS_NOTHING, REJECTED },
  { 1801, RESET, ENABLED, FINE },
  { 1802, BAD (5, AUTH, -1), DOUBT, FINE },
  { 1803, BAD (6, AUTH, -1), DISABLED, REJECTED },
  { 2700, CHECK_OK, ENABLED, FINE },
  { 0 },
};

/* A new key is not judged by what the old one was told. */
static const QccStateStep auth_old_key[] = {
  { 1, BAD (1, AUTH, -1), DOUBT, FINE },
  { 2, BAD (2, AUTH, -1), DISABLED, REJECTED },
  { 3, RESET, ENABLED, FINE },
  { 4, OLD (2, 3, AUTH, -1), SAYS_NOTHING, FINE },
  { 4, OLD (2, 4, AUTH, -1), SAYS_NOTHING, FINE },
  { 4, OLD (2, 5, TRANSIENT, -1), SAYS_NOTHING, FINE },
  { 5, OLD (3, 6, AUTH, -1), DOUBT, FINE },
  { 6, OLD_GOOD (2, 7), SAYS_NOTHING, FINE },
  { 7, BAD (8, AUTH, -1), DISABLED, REJECTED },
  { 0 },
};

/* Of several obstacles the worst is told. */
static const QccStateStep order[] = {
  OPENED_AT_3,
  { 4, BAD (4, FORBIDDEN, -1), SAYS_NOTHING, OPEN (63) },
  { 5, BAD (5, RATE_LIMIT, 400), VIEW, QCC_CIRCUIT_OPEN, QCC_LEVEL_UNHEALTHY, QCC_OBSTACLE_WAITING, 405 },
  { 6, BAD (6, AUTH, -1), DOUBT, QCC_CIRCUIT_OPEN, QCC_LEVEL_UNHEALTHY, QCC_OBSTACLE_WAITING, 405 },
  { 7, BAD (7, AUTH, -1), DISABLED, QCC_CIRCUIT_OPEN, QCC_LEVEL_UNHEALTHY, QCC_OBSTACLE_REJECTED, 0 },
  { 70, TICK, VIEW, QCC_CIRCUIT_HALF_OPEN, QCC_LEVEL_DEGRADED, QCC_OBSTACLE_REJECTED, 0 },
  { 0 },
};

static const struct
{
  const char *path;
  const QccStateStep *steps;
} stories[] = {
  { "/endpoint-charges/overload/doubles", overload_doubles },
  { "/endpoint-charges/overload/stated", overload_stated },
  { "/endpoint-charges/overload/parallel", overload_parallel },
  { "/endpoint-charges/overload/level", overload_level },
  { "/endpoint-charges/rate-limit/stated", rate_limit_stated },
  { "/endpoint-charges/rate-limit/own", rate_limit_own },
  { "/endpoint-charges/rate-limit/exhausted", rate_limit_exhausted },
  { "/endpoint-charges/rate-limit/never-opens", rate_limit_never_opens },
  { "/endpoint-charges/two-kinds/later-holds", two_kinds_later_holds },
  { "/endpoint-charges/forbidden/doubles", forbidden_doubles },
  { "/endpoint-charges/billing/told-once", billing_told_once },
  { "/endpoint-charges/auth/two", auth_two },
  { "/endpoint-charges/auth/success-between", auth_success_between },
  { "/endpoint-charges/auth/confirmed-by-check", auth_confirmed_by_check },
  { "/endpoint-charges/auth/checks-alone-never", auth_checks_alone_never },
  { "/endpoint-charges/auth/blind-check", auth_blind_check },
  { "/endpoint-charges/auth/old-key", auth_old_key },
  { "/endpoint-charges/order", order },
};

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (stories); i++)
    g_test_add_data_func (stories[i].path, stories[i].steps, qcc_state_story_test);

  return g_test_run ();
}
