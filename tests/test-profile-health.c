/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-profile-health.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define NOW (1000 * SECOND)
#define LATER (NOW + 10 * SECOND)

static const QccStateRules rules = { .max_failures = 3, .checks = TRUE };

static const QccEndpointState fine = { .successes = 5 };
static const QccEndpointState shaky = { .level_failures = 1, .last_failure = NOW - 5 * SECOND };
static const QccEndpointState bad = { .level_failures = 2, .last_failure = NOW - 3 * SECOND };
static const QccEndpointState dead = { .circuit = QCC_CIRCUIT_OPEN, .open_until = LATER, .last_failure = NOW - 9 * SECOND };
static const QccEndpointState limited = { .cooling = QCC_COOLING_RATE_LIMIT, .cooling_stated = TRUE, .cooling_until = LATER };
static const QccEndpointState rejected = { .credential = QCC_CREDENTIAL_REJECTED };
static const QccEndpointState half_open = { .circuit = QCC_CIRCUIT_HALF_OPEN };
static const QccEndpointState checked = { .circuit = QCC_CIRCUIT_HALF_OPEN, .checked = TRUE };
static const QccEndpointState probing = { .circuit = QCC_CIRCUIT_PROBING, .checked = TRUE, .lease_until = LATER };
static const QccEndpointState young_clock = { .last_failure = -7 * SECOND };

typedef struct
{
  const char *name;
  const QccEndpointState *in_use[4];
  const QccEndpointState *idle[2]; /* switched off, or without a key */
  QccProfileHealth health;
} Case;

static const Case cases[] = {
  { "none", { NULL }, { NULL }, { QCC_HEALTH_EMPTY, 0, 0, 0, FALSE, 0 } },
  { "none-in-use", { NULL }, { &fine, &bad }, { QCC_HEALTH_EMPTY, 0, 0, 2, FALSE, 0 } },
  { "fine", { &fine, &fine }, { NULL }, { QCC_HEALTH_HEALTHY, 2, 2, 2, FALSE, 0 } },
  { "one-fine", { &bad, &fine, &shaky }, { &fine }, { QCC_HEALTH_HEALTHY, 1, 3, 4, FALSE, NOW - 3 * SECOND } },
  { "one-shaky", { &dead, &shaky, &bad }, { &fine }, { QCC_HEALTH_DEGRADED, 0, 2, 4, FALSE, NOW - 3 * SECOND } },
  { "all-bad", { &bad, &bad }, { NULL }, { QCC_HEALTH_UNHEALTHY, 0, 2, 2, FALSE, NOW - 3 * SECOND } },
  { "all-dead", { &dead, &limited, &rejected }, { NULL }, { QCC_HEALTH_UNHEALTHY, 0, 0, 3, FALSE, NOW - 9 * SECOND } },
  { "half-open", { &half_open, &dead }, { NULL }, { QCC_HEALTH_DEGRADED, 0, 1, 2, FALSE, NOW - 9 * SECOND } },
  { "checked", { &checked, &dead }, { NULL }, { QCC_HEALTH_HEALTHY, 1, 1, 2, FALSE, NOW - 9 * SECOND } },
  { "probing", { &probing, &dead }, { NULL }, { QCC_HEALTH_UNHEALTHY, 0, 0, 2, TRUE, NOW - 9 * SECOND } },
  { "probing-idle", { &dead }, { &probing }, { QCC_HEALTH_UNHEALTHY, 0, 0, 2, FALSE, NOW - 9 * SECOND } },
  { "young-clock", { &fine, &young_clock }, { NULL }, { QCC_HEALTH_HEALTHY, 1, 2, 2, FALSE, -7 * SECOND } },
};

static QccProfileHealth
health_of (const Case *c,
           gboolean backwards,
           gint64 now)
{
  QccProfileHealth health = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (c->in_use); i++)
    {
      const QccEndpointState *state = c->in_use[backwards ? G_N_ELEMENTS (c->in_use) - 1 - i : i];

      if (state != NULL)
        qcc_profile_health_add (&health, state, &rules, TRUE, now);
    }

  for (guint i = 0; i < G_N_ELEMENTS (c->idle); i++)
    if (c->idle[i] != NULL)
      qcc_profile_health_add (&health, c->idle[i], &rules, FALSE, now);

  return health;
}

/* Whatever order they come in. */
static void
test_case (gconstpointer data)
{
  const Case *c = data;

  for (guint backwards = 0; backwards < 2; backwards++)
    {
      QccProfileHealth health = health_of (c, backwards == 1, NOW);

      g_assert_cmpint (health.status, ==, c->health.status);
      g_assert_cmpuint (health.n_healthy, ==, c->health.n_healthy);
      g_assert_cmpuint (health.n_usable, ==, c->health.n_usable);
      g_assert_cmpuint (health.n_endpoints, ==, c->health.n_endpoints);
      g_assert_cmpint (health.probing, ==, c->health.probing);
      g_assert_cmpint (health.last_failure, ==, c->health.last_failure);
    }
}

/* Time alone makes endpoints usable, whether anybody has told them or not. */
static void
test_later (void)
{
  const Case dead_and_limited = { "", { &dead, &limited }, { NULL }, { 0 } };
  const Case lost_probe = { "", { &probing }, { NULL }, { 0 } };
  QccProfileHealth health = health_of (&dead_and_limited, FALSE, LATER);

  g_assert_cmpint (health.status, ==, QCC_HEALTH_HEALTHY);
  g_assert_cmpuint (health.n_usable, ==, 2);

  health = health_of (&lost_probe, FALSE, LATER);
  g_assert_false (health.probing);
  g_assert_cmpint (health.status, ==, QCC_HEALTH_HEALTHY);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/profile-health/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/profile-health/later", test_later);

  return g_test_run ();
}
