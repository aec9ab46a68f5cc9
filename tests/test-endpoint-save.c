/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-state.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define DAY (86400 * SECOND)

/* The service ran for a while, was stopped, and runs again with a clock that has begun anew. */
#define NOW (5000 * SECOND)
#define WALL (1700000000 * SECOND)
#define NEW_NOW (7 * SECOND)

static const QccStateRules rules = { .max_failures = 3, .checks = TRUE };

static void
load_text (QccEndpointState *state,
           const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) saved = g_variant_parse (NULL, text, NULL, NULL, &error);

  g_assert_no_error (error);
  qcc_endpoint_state_load (state, saved, NOW, WALL);
}

/* Saves at NOW, loads as much later as @asleep says of a wall clock that was moved by @moved. */
static void
reload (const QccEndpointState *before,
        QccEndpointState *after,
        gint64 asleep,
        gint64 moved)
{
  g_autoptr (GVariant) saved = g_variant_ref_sink (qcc_endpoint_state_save (before, NOW, WALL));

  qcc_endpoint_state_load (after, saved, NEW_NOW, WALL + asleep + moved);
}

static const QccEndpointState quarantined = {
  .circuit = QCC_CIRCUIT_QUARANTINED,
  .open_until = NOW + 500 * SECOND,
  .open_seconds = 600,
  .failures = 5,
  .check_failures = 2,
  .cuts = 1,
  .level_failures = 6,
  .weak = TRUE,
  .cooling = QCC_COOLING_RATE_LIMIT,
  .cooling_last = QCC_COOLING_RATE_LIMIT,
  .cooling_stated = TRUE,
  .cooling_until = NOW + 3000 * SECOND,
  .cooling_seconds = 3100,
  .credential = QCC_CREDENTIAL_REJECTED,
  .refused_message = TRUE,
  .check_is_blind = TRUE,
  .credential_since = NOW - 40 * SECOND,
  .last_failure = NOW - 100 * SECOND,
  .last_success = NOW - 200 * SECOND,
};

/* A minute passes while the service is down. */
static void
test_round_trip (void)
{
  QccEndpointState state;

  reload (&quarantined, &state, 60 * SECOND, 0);

  g_assert_cmpint (state.circuit, ==, QCC_CIRCUIT_QUARANTINED);
  g_assert_cmpint (state.open_until, ==, NEW_NOW + 440 * SECOND);
  g_assert_cmpuint (state.open_seconds, ==, 600);
  g_assert_cmpuint (state.failures, ==, 5);
  g_assert_cmpuint (state.check_failures, ==, 2);
  g_assert_cmpuint (state.cuts, ==, 1);
  g_assert_cmpuint (state.level_failures, ==, 6);
  g_assert_true (state.weak);
  g_assert_cmpint (state.cooling, ==, QCC_COOLING_RATE_LIMIT);
  g_assert_true (state.cooling_stated);
  g_assert_cmpint (state.cooling_until, ==, NEW_NOW + 2940 * SECOND);
  g_assert_cmpuint (state.cooling_seconds, ==, 3100);
  g_assert_cmpint (state.credential, ==, QCC_CREDENTIAL_REJECTED);
  g_assert_true (state.refused_message);
  g_assert_false (state.lifted_by_check);
  g_assert_true (state.check_is_blind);
  g_assert_cmpint (state.credential_since, ==, NEW_NOW - 100 * SECOND);
  g_assert_cmpint (state.last_failure, ==, NEW_NOW - 160 * SECOND);
  g_assert_cmpint (state.last_success, ==, NEW_NOW - 260 * SECOND);
}

static void
test_half_open (void)
{
  const QccEndpointState before = {
    .circuit = QCC_CIRCUIT_PROBING,
    .open_seconds = 240,
    .lease_until = NOW + 20 * SECOND,
    .lease_holder = 9,
    .half_open_successes = 1,
    .checked = TRUE,
    .successes = 3,
    .cooling_last = QCC_COOLING_FORBIDDEN,
    .cooling_seconds = 600,
    .lifted_by_check = TRUE,
    .bucket_total = { 7 },
  };
  const QccStateEvent answer = { .type = QCC_STATE_EVENT_COMMITTED, .sent_at = NEW_NOW };
  const QccStateEvent refusal = { .type = QCC_STATE_EVENT_FAILED, .klass = QCC_CLASS_FORBIDDEN, .sent_at = NEW_NOW, .wait = -1 };
  QccEndpointState state;

  reload (&before, &state, 0, 0);
  g_assert_cmpint (state.circuit, ==, QCC_CIRCUIT_HALF_OPEN);
  g_assert_cmpuint (state.open_seconds, ==, 240);
  g_assert_true (state.checked);
  g_assert_cmpuint (state.successes, ==, 3);
  g_assert_true (state.lifted_by_check);
  g_assert_cmpint (state.lease_until, ==, 0);
  g_assert_cmpuint (state.lease_holder, ==, 0);
  g_assert_cmpuint (state.bucket_total[0], ==, 0);
  g_assert_cmpint (qcc_endpoint_state_next_due (&state), ==, -1);

  /* It goes on where it was. */
  qcc_endpoint_state_apply (&state, &refusal, &rules, NEW_NOW);
  g_assert_cmpint (state.cooling_until, ==, NEW_NOW + 1200 * SECOND);
  qcc_endpoint_state_apply (&state, &answer, &rules, NEW_NOW);
  g_assert_cmpint (state.circuit, ==, QCC_CIRCUIT_CLOSED);
}

/* Spec 16.1: a clock that is wrong by a day either way frees rather than blocks. A refused key stays refused. */
static void
test_clock (void)
{
  static const struct
  {
    gint64 asleep;
    gint64 moved;
  } cases[] = {
    { 0, DAY },
    { 0, -DAY },
    { 10 * SECOND, -DAY },
    { 0, -1 },
    { 4000 * SECOND, 0 },
    { 0, 100000 * DAY },
    { 0, -WALL },
    { 0, -2 * WALL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      QccEndpointState state;

      reload (&quarantined, &state, cases[i].asleep, cases[i].moved);
      g_assert_cmpint (state.circuit, ==, QCC_CIRCUIT_HALF_OPEN);
      g_assert_cmpint (state.cooling, ==, QCC_COOLING_NONE);
      g_assert_cmpint (state.credential, ==, QCC_CREDENTIAL_REJECTED);
      g_assert_cmpint (state.last_failure, !=, 0);
      g_assert_cmpint (state.last_failure, <=, NEW_NOW - 100 * SECOND);
      g_assert_cmpint (state.last_failure, >=, NEW_NOW - DAY);
    }
}

/* Deadlines of another day: as long as anything of their kind may last, and no longer. */
static void
test_clamp (void)
{
  static const struct
  {
    const char *kind;
    guint longest;
  } cases[] = { { "overload", 300 }, { "rate-limit", 86400 }, { "forbidden", 3600 }, { "billing", 86400 } };
  QccEndpointState state;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{'saved-at': <int64 %" G_GINT64_FORMAT ">, 'cooling': <'%s'>,"
                                               " 'cooling-until': <int64 9223372036854775807>}",
                                               WALL, cases[i].kind);

      load_text (&state, text);
      g_assert_cmpint (state.cooling_until, ==, NOW + cases[i].longest * SECOND);
    }

  load_text (&state, "{'saved-at': <int64 1>, 'circuit': <'quarantined'>, 'open-seconds': <uint32 4000000000>,"
                     " 'open-until': <int64 9223372036854775807>}");
  g_assert_cmpint (state.open_until, ==, NOW + 600 * SECOND);
  g_assert_cmpuint (state.open_seconds, ==, 600);
}

/* A time that falls on the moment when the clock began is not "never". */
static void
test_past (void)
{
  const QccEndpointState before = { .last_failure = NOW };
  QccEndpointState state;

  reload (&before, &state, NEW_NOW, 0);
  g_assert_cmpint (state.last_failure, !=, 0);
  g_assert_cmpint (qcc_endpoint_state_view (&state, &rules, NEW_NOW).level, ==, QCC_LEVEL_DEGRADED);
}

/* Whatever was loaded, everything that can happen may happen to it. */
static void
assert_can_go_on (const QccEndpointState *loaded)
{
  for (int type = QCC_STATE_EVENT_SENT; type <= QCC_STATE_EVENT_TICK; type++)
    for (int klass = 0; klass < QCC_N_CLASSES; klass++)
      {
        QccEndpointState state = *loaded;
        gint64 now = NOW;

        for (guint i = 0; i < 4; i++)
          {
            const QccStateEvent event = { .type = type, .attempt = 1, .sent_at = now, .klass = klass, .wait = -1 };

            qcc_endpoint_state_apply (&state, &event, &rules, now);
            now += 30 * SECOND;
            g_assert_cmpint (qcc_endpoint_state_next_due (&state), <=, now + DAY);
          }
      }
}

static void
test_hostile (void)
{
  static const char *const texts[] = {
    "@a{sv} {}",
    "{'circuit': <'ajar'>, 'cooling': <'warm'>, 'credential': <''>}",
    "{'circuit': <uint32 3>, 'cooling': <true>, 'credential': <int64 2>, 'saved-at': <'now'>}",
    "{'circuit': <'open'>}",
    "{'circuit': <'probing'>, 'open-seconds': <uint32 0>}",
    "{'circuit': <'half-open'>, 'half-open-successes': <uint32 4294967295>, 'checked': <'yes'>}",
    "{'circuit': <'quarantined'>, 'open-until': <int64 -9223372036854775808>, 'saved-at': <int64 5>}",
    "{'circuit': <'closed'>, 'open-seconds': <uint32 600>, 'open-until': <int64 9000000000000000000>}",
    "{'failures': <uint32 4294967295>, 'check-failures': <uint32 4294967295>, 'cuts': <uint32 4294967295>,"
    " 'level-failures': <uint32 4294967295>, 'successes': <uint32 4294967295>}",
    "{'failures': <uint32 1>, 'check-failures': <uint32 2>}",
    "{'cooling': <'overload'>, 'cooling-seconds': <uint32 4294967295>, 'cooling-until': <int64 0>}",
    "{'cooling': <'none'>, 'cooling-stated': <true>, 'cooling-until': <int64 9223372036854775807>, 'saved-at': <int64 1>}",
    "{'last-failure': <int64 -9223372036854775808>, 'last-success': <int64 9223372036854775807>,"
    " 'credential-since': <int64 9223372036854775807>, 'saved-at': <int64 9223372036854775807>}",
    "{'last-failure': <int64 9223372036854775807>, 'saved-at': <int64 -9223372036854775808>}",
    "{'something-new': <{'a': <1>}>}",
    "'nothing of the kind'",
    "[1, 2, 3]",
  };
  QccEndpointState state;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_test_message ("%s", texts[i]);
      load_text (&state, texts[i]);
      g_assert_cmpuint (state.failures, <=, 1000);
      g_assert_cmpuint (state.check_failures, <=, state.failures);
      g_assert_cmpuint (state.half_open_successes, <=, 1);
      g_assert_cmpint (state.last_failure, <=, NOW);
      g_assert_cmpint (state.last_success, <=, NOW);
      g_assert_true (state.circuit == QCC_CIRCUIT_CLOSED || state.circuit == QCC_CIRCUIT_HALF_OPEN);
      g_assert_true (state.circuit == QCC_CIRCUIT_HALF_OPEN || state.open_seconds == 0);
      g_assert_cmpint (state.cooling, ==, QCC_COOLING_NONE);
      g_assert_cmpint (state.cooling_until, ==, 0);
      g_assert_cmpint (state.credential, ==, QCC_CREDENTIAL_TRUSTED);
      assert_can_go_on (&state);
    }

  qcc_endpoint_state_load (&state, NULL, NOW, WALL);
  assert_can_go_on (&state);
}

/* Bytes that are no GVariant in normal form. */
static void
test_bytes (void)
{
  g_autoptr (GVariant) good = g_variant_ref_sink (qcc_endpoint_state_save (&quarantined, NOW, WALL));
  gsize size = g_variant_get_size (good);

  for (guint i = 0; i < 300; i++)
    {
      g_autofree guint8 *bytes = g_memdup2 (g_variant_get_data (good), size);
      g_autoptr (GBytes) damaged = NULL;
      g_autoptr (GVariant) saved = NULL;
      QccEndpointState state;

      for (guint j = 0; j < 4; j++)
        bytes[g_test_rand_int_range (0, (gint32) size)] = (guint8) g_test_rand_int_range (0, 256);
      damaged = g_bytes_new (bytes, (gsize) g_test_rand_int_range (0, (gint32) size + 1));
      saved = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, damaged, FALSE));

      qcc_endpoint_state_load (&state, saved, NOW, WALL);
      g_assert_cmpint (qcc_endpoint_state_next_due (&state), <=, NOW + DAY);
      if (i % 50 == 0)
        assert_can_go_on (&state);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/endpoint-save/round-trip", test_round_trip);
  g_test_add_func ("/endpoint-save/half-open", test_half_open);
  g_test_add_func ("/endpoint-save/clock", test_clock);
  g_test_add_func ("/endpoint-save/clamp", test_clamp);
  g_test_add_func ("/endpoint-save/past", test_past);
  g_test_add_func ("/endpoint-save/hostile", test_hostile);
  g_test_add_func ("/endpoint-save/bytes", test_bytes);

  return g_test_run ();
}
