/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-explain-ring.h"

#define N_PROFILES 2
#define N_ENDPOINTS 70
#define NOW (G_GINT64_CONSTANT (1000) * G_USEC_PER_SEC)

/* Two profiles with endpoints p0-e0, p0-e1, ..., none of which was looked at yet. */
typedef struct
{
  QccProfile profiles[N_PROFILES];
  QccEndpoint endpoints[N_PROFILES][N_ENDPOINTS];
  QccCandidate candidates[N_PROFILES][N_ENDPOINTS];
  QccRouteProfile route_profiles[N_PROFILES];
  QccRouteInput input;
  QccExplanation *explanation;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  for (guint i = 0; i < N_PROFILES; i++)
    {
      fixture->profiles[i].name = g_strdup_printf ("p%u", i);
      for (guint j = 0; j < N_ENDPOINTS; j++)
        {
          fixture->endpoints[i][j].id = g_strdup_printf ("p%u-e%u", i, j);
          fixture->candidates[i][j].endpoint = &fixture->endpoints[i][j];
          fixture->candidates[i][j].reason = QCC_REASON_NOT_PREFERRED;
        }
      fixture->route_profiles[i].profile = &fixture->profiles[i];
      fixture->route_profiles[i].candidates = fixture->candidates[i];
      fixture->route_profiles[i].n_candidates = 2;
    }
  fixture->input = (QccRouteInput){ .profiles = fixture->route_profiles, .n_profiles = N_PROFILES };
  fixture->explanation = qcc_explanation_new (7, "POST", "/v1/messages", 1234);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  for (guint i = 0; i < N_PROFILES; i++)
    {
      g_free (fixture->profiles[i].name);
      for (guint j = 0; j < N_ENDPOINTS; j++)
        g_free (fixture->endpoints[i][j].id);
    }
  qcc_explanation_unref (fixture->explanation);
}

/* A choice of the @candidate'th of @profile, or of none when that is negative. */
static void
add_choice (Fixture *fixture,
            gssize profile,
            gssize candidate)
{
  QccRoute route = { .step = profile < 0 ? QCC_ROUTE_STEP_NONE : QCC_ROUTE_STEP_FALLBACK, .profile = profile, .candidate = candidate };

  if (profile >= 0)
    fixture->candidates[profile][candidate].reason = QCC_REASON_CHOSEN;
  qcc_explanation_add_choice (fixture->explanation, &fixture->input, &route, NOW, 5);
  if (profile >= 0)
    fixture->candidates[profile][candidate].reason = QCC_REASON_TRIED;
}

static void
assert_printed (GVariant *value,
                const char *expected)
{
  g_autoptr (GVariant) owned = g_variant_take_ref (value);
  g_autoptr (GVariant) parsed = g_variant_parse (G_VARIANT_TYPE_VARDICT, expected, NULL, NULL, NULL);
  g_autofree char *printed = g_variant_print (owned, FALSE);
  g_autofree char *wanted = NULL;

  g_assert_nonnull (parsed);
  wanted = g_variant_print (parsed, FALSE);
  g_assert_cmpstr (printed, ==, wanted);
}

static GVariant *
lookup (GVariant *dict,
        const char *name)
{
  GVariant *value = g_variant_lookup_value (dict, name, NULL);

  g_assert_nonnull (value);
  return value;
}

static GVariant *
explain (Fixture *fixture)
{
  return g_variant_ref_sink (qcc_explanation_to_variant (fixture->explanation, TRUE));
}

static void
test_list (Fixture *fixture,
           gconstpointer data)
{
  const QccVerdict verdict = { .klass = QCC_CLASS_OVERLOAD, .scope = QCC_SCOPE_ENDPOINT, .rule = "status" };

  assert_printed (qcc_explanation_to_variant (fixture->explanation, FALSE),
                  "{'id': <uint64 7>, 'time': <uint64 1234>, 'method': <'POST'>, 'path': <'/v1/messages'>, 'model': <''>,"
                  "'session': <''>, 'endpoint': <''>, 'profile': <''>, 'status': <uint32 0>, 'end': <''>, 'total': <int64 0>,"
                  "'n-attempts': <uint32 0>}");

  qcc_explanation_set_request (fixture->explanation, "claude-x", "sitting");
  qcc_explanation_add_attempt (fixture->explanation, "p1-e0", "p1", 3, 4, 529, &verdict);
  qcc_explanation_add_attempt (fixture->explanation, "p0-e0", "p0", 8, 9, 200, NULL);
  qcc_explanation_set_end (fixture->explanation, "p0-e0", 200, "complete", 17);
  assert_printed (qcc_explanation_to_variant (fixture->explanation, FALSE),
                  "{'id': <uint64 7>, 'time': <uint64 1234>, 'method': <'POST'>, 'path': <'/v1/messages'>, 'model': <'claude-x'>,"
                  "'session': <'sitting'>, 'endpoint': <'p0-e0'>, 'profile': <'p0'>, 'status': <uint32 200>, 'end': <'complete'>,"
                  "'total': <int64 17>, 'n-attempts': <uint32 2>}");
  g_assert_cmpuint (qcc_explanation_get_id (fixture->explanation), ==, 7);
}

static void
test_choice (Fixture *fixture,
             gconstpointer data)
{
  g_autoptr (GVariant) explained = NULL;
  g_autoptr (GVariant) choices = NULL;

  fixture->candidates[0][0].reason = QCC_REASON_WAITING;
  fixture->candidates[0][0].view = (QccEndpointView){ .level = QCC_LEVEL_DEGRADED, .until = NOW + 1500 * 1000 };
  fixture->candidates[0][1].reason = QCC_REASON_OPEN;
  fixture->candidates[0][1].view = (QccEndpointView){ .level = QCC_LEVEL_UNHEALTHY, .until = NOW - 1 };
  fixture->candidates[1][0].reason = QCC_REASON_REJECTED;
  qcc_explanation_set_start (fixture->explanation, "p0", "token");
  add_choice (fixture, 1, 1);
  add_choice (fixture, -1, -1);

  explained = explain (fixture);
  choices = lookup (explained, "choices");
  g_assert_cmpuint (g_variant_n_children (choices), ==, 2);
  assert_printed (g_variant_get_child_value (choices, 0),
                  "{'offset': <int64 5>, 'step': <'fallback'>, 'profile': <'p1'>, 'endpoint': <'p1-e1'>, 'omitted': <uint32 0>,"
                  "'candidates': <[{'profile': <'p1'>, 'endpoint': <'p1-e1'>, 'level': <'healthy'>, 'reason': <'chosen'>, 'wait': <int64 -1>},"
                  "{'profile': <'p0'>, 'endpoint': <'p0-e0'>, 'level': <'degraded'>, 'reason': <'waiting'>, 'wait': <int64 2>},"
                  "{'profile': <'p0'>, 'endpoint': <'p0-e1'>, 'level': <'unhealthy'>, 'reason': <'open'>, 'wait': <int64 0>},"
                  "{'profile': <'p1'>, 'endpoint': <'p1-e0'>, 'level': <'healthy'>, 'reason': <'rejected'>, 'wait': <int64 -1>}]>}");
  assert_printed (g_variant_get_child_value (choices, 1),
                  "{'offset': <int64 5>, 'step': <'none'>, 'profile': <''>, 'endpoint': <''>, 'omitted': <uint32 0>,"
                  "'candidates': <[{'profile': <'p0'>, 'endpoint': <'p0-e0'>, 'level': <'degraded'>, 'reason': <'waiting'>, 'wait': <int64 2>},"
                  "{'profile': <'p0'>, 'endpoint': <'p0-e1'>, 'level': <'unhealthy'>, 'reason': <'open'>, 'wait': <int64 0>},"
                  "{'profile': <'p1'>, 'endpoint': <'p1-e0'>, 'level': <'healthy'>, 'reason': <'rejected'>, 'wait': <int64 -1>},"
                  "{'profile': <'p1'>, 'endpoint': <'p1-e1'>, 'level': <'healthy'>, 'reason': <'tried'>, 'wait': <int64 -1>}]>}");
}

static void
test_attempts (Fixture *fixture,
               gconstpointer data)
{
  const QccVerdict verdict = { .klass = QCC_CLASS_RATE_LIMIT, .scope = QCC_SCOPE_ACCOUNT, .rule = "status-type" };
  g_autoptr (GVariant) explained = NULL;
  g_autoptr (GVariant) attempts = NULL;

  qcc_explanation_add_attempt (fixture->explanation, "p0-e0", "p0", 3, 4, 429, &verdict);
  qcc_explanation_add_attempt (fixture->explanation, "p0-e1", NULL, 8, 9, 200, NULL);

  explained = explain (fixture);
  attempts = lookup (explained, "attempts");
  g_assert_cmpuint (g_variant_n_children (attempts), ==, 2);
  assert_printed (g_variant_get_child_value (attempts, 0),
                  "{'offset': <int64 3>, 'duration': <int64 4>, 'profile': <'p0'>, 'endpoint': <'p0-e0'>, 'status': <uint32 429>,"
                  "'class': <'rate-limit'>, 'scope': <'account'>, 'rule': <'status-type'>}");
  assert_printed (g_variant_get_child_value (attempts, 1),
                  "{'offset': <int64 8>, 'duration': <int64 9>, 'profile': <''>, 'endpoint': <'p0-e1'>, 'status': <uint32 200>,"
                  "'class': <''>, 'scope': <''>, 'rule': <''>}");
}

/* Too many candidates, choices and attempts: the most telling are kept, the rest is counted. */
static void
test_bounds (Fixture *fixture,
             gconstpointer data)
{
  const guint n = 100;
  g_autoptr (GVariant) explained = NULL;
  g_autoptr (GVariant) choices = NULL;
  g_autoptr (GVariant) attempts = NULL;
  g_autoptr (GVariant) last = NULL;
  g_autoptr (GVariant) candidates = NULL;
  const char *endpoint;
  guint number;

  for (guint i = 0; i < N_PROFILES; i++)
    fixture->route_profiles[i].n_candidates = N_ENDPOINTS;
  fixture->input.start = 1;
  for (guint i = 0; i < n; i++)
    {
      qcc_explanation_add_attempt (fixture->explanation, i == n - 1 ? "p0-e1" : "p0-e0", "p0", i, 0, 200, NULL);
      add_choice (fixture, 0, i == n - 1 ? 69 : 3);
    }

  explained = explain (fixture);
  choices = lookup (explained, "choices");
  attempts = lookup (explained, "attempts");
  g_assert_cmpuint (g_variant_n_children (choices), ==, QCC_EXPLANATION_CHOICES_MAX);
  g_assert_cmpuint (g_variant_n_children (attempts), ==, QCC_EXPLANATION_ATTEMPTS_MAX);
  g_assert_true (g_variant_lookup (explained, "n-choices", "u", &number));
  g_assert_cmpuint (number, ==, n);
  g_assert_true (g_variant_lookup (explained, "n-attempts", "u", &number));
  g_assert_cmpuint (number, ==, n);

  last = g_variant_get_child_value (choices, QCC_EXPLANATION_CHOICES_MAX - 1);
  g_assert_true (g_variant_lookup (last, "endpoint", "&s", &endpoint));
  g_assert_cmpstr (endpoint, ==, "p0-e69");
  g_assert_true (g_variant_lookup (last, "omitted", "u", &number));
  g_assert_cmpuint (number, ==, 2 * N_ENDPOINTS - QCC_EXPLANATION_CANDIDATES_MAX);
  candidates = lookup (last, "candidates");
  g_assert_cmpuint (g_variant_n_children (candidates), ==, QCC_EXPLANATION_CANDIDATES_MAX);
  for (gsize i = 1; i < QCC_EXPLANATION_CANDIDATES_MAX; i++)
    {
      g_autoptr (GVariant) candidate = g_variant_get_child_value (candidates, i);

      g_assert_true (g_variant_lookup (candidate, "endpoint", "&s", &endpoint));
      g_assert_true (g_str_has_prefix (endpoint, "p1-"));
    }
}

/* What comes from outside neither shows a key nor breaks the bus. */
static void
test_outside (Fixture *fixture,
              gconstpointer data)
{
  const char *key = "sk-ant-api03-0123456789abcdefghijklmnopqrstuvwxyz";
  g_autoptr (QccExplanation) explanation = qcc_explanation_new (1, "P\xff", key, 0);
  g_autoptr (GVariant) explained = NULL;
  g_autofree char *printed = NULL;

  qcc_explanation_set_request (explanation, key, "a\nb\xfe");
  explained = g_variant_ref_sink (qcc_explanation_to_variant (explanation, TRUE));
  g_assert_true (g_variant_is_normal_form (explained));
  printed = g_variant_print (explained, FALSE);
  g_assert_null (strstr (printed, "0123456789"));
}

static void
test_ring (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (QccExplainRing) ring = qcc_explain_ring_new (3);
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GPtrArray) some = NULL;

  g_assert_null (qcc_explain_ring_find (ring, 0));
  for (guint64 id = 1; id <= 5; id++)
    {
      g_autoptr (QccExplanation) explanation = qcc_explanation_new (id, "GET", "/", 0);

      qcc_explain_ring_add (ring, explanation);
    }

  g_assert_cmpuint (qcc_explanation_get_id (qcc_explain_ring_find (ring, 0)), ==, 5);
  g_assert_cmpuint (qcc_explanation_get_id (qcc_explain_ring_find (ring, 3)), ==, 3);
  g_assert_null (qcc_explain_ring_find (ring, 2));
  g_assert_null (qcc_explain_ring_find (ring, 6));

  all = qcc_explain_ring_list (ring, 10);
  g_assert_cmpuint (all->len, ==, 3);
  for (guint i = 0; i < all->len; i++)
    g_assert_cmpuint (qcc_explanation_get_id (all->pdata[i]), ==, 5 - i);
  some = qcc_explain_ring_list (ring, 2);
  g_assert_cmpuint (some->len, ==, 2);
}

int
main (int argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/explanation/list", test_list },
    { "/explanation/choice", test_choice },
    { "/explanation/attempts", test_attempts },
    { "/explanation/bounds", test_bounds },
    { "/explanation/outside", test_outside },
    { "/explanation/ring", test_ring },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);

  return g_test_run ();
}
