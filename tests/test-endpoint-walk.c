/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-endpoint-walk.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define DAY (86400 * SECOND)
#define N_STEPS 100000

/* Code with a fault, and the law that it breaks. */
typedef struct
{
  const char *path;
  QccLaw law;
  QccLawCode code;
} Plant;

static void
test_real (void)
{
  const QccLawCode real = {
    qcc_endpoint_state_apply,
    qcc_endpoint_state_view,
    qcc_endpoint_state_next_due,
    qcc_endpoint_state_load,
  };
  QccWalkSeen seen;

  g_assert_cmpint (qcc_endpoint_walk (&real, N_STEPS, &seen), ==, QCC_LAW_NONE);

  /* It has been everywhere. */
  g_assert_cmphex (seen.circuits, ==, 0x1f);
  g_assert_cmphex (seen.obstacles, ==, 0x7f);
  g_assert_cmphex (seen.credentials, ==, 0x7);
}

#define PLANT_APPLY(name) \
  static QccStateChange name (QccEndpointState *state, const QccStateEvent *event, const QccStateRules *rules, gint64 now)

/* An open circuit that closes at once when an answer comes. */
PLANT_APPLY (close_at_once)
{
  gboolean open = state->circuit == QCC_CIRCUIT_OPEN;

  qcc_endpoint_state_apply (state, event, rules, now);
  if (open && event->type == QCC_STATE_EVENT_COMMITTED && state->circuit == QCC_CIRCUIT_HALF_OPEN)
    state->circuit = QCC_CIRCUIT_CLOSED;

  return 0;
}

/* A free check that closes. */
PLANT_APPLY (close_by_check)
{
  qcc_endpoint_state_apply (state, event, rules, now);
  if (event->type == QCC_STATE_EVENT_CHECK_PASSED && state->circuit == QCC_CIRCUIT_HALF_OPEN)
    state->circuit = QCC_CIRCUIT_CLOSED;

  return 0;
}

/* A probe that nobody takes back. */
PLANT_APPLY (endless_lease)
{
  qcc_endpoint_state_apply (state, event, rules, now);
  if (state->circuit == QCC_CIRCUIT_PROBING)
    state->lease_until = now + 31 * SECOND;

  return 0;
}

PLANT_APPLY (lease_lost_is_a_failure)
{
  gboolean probing = state->circuit == QCC_CIRCUIT_PROBING;

  qcc_endpoint_state_apply (state, event, rules, now);
  if (probing && event->type == QCC_STATE_EVENT_TICK && state->circuit == QCC_CIRCUIT_HALF_OPEN)
    state->level_failures++;

  return 0;
}

PLANT_APPLY (endless_cooling)
{
  qcc_endpoint_state_apply (state, event, rules, now);
  if (state->cooling == QCC_COOLING_BILLING)
    state->cooling_until = now + 2 * DAY;

  return 0;
}

PLANT_APPLY (rejected_for_good)
{
  QccEndpointState before = *state;

  qcc_endpoint_state_apply (state, event, rules, now);
  if (before.credential == QCC_CREDENTIAL_REJECTED)
    state->credential = QCC_CREDENTIAL_REJECTED;

  return 0;
}

PLANT_APPLY (charge_unsupported)
{
  QccStateEvent other = *event;

  if (event->type == QCC_STATE_EVENT_FAILED && event->klass == QCC_CLASS_UNSUPPORTED)
    other.klass = QCC_CLASS_FORBIDDEN;

  return qcc_endpoint_state_apply (state, &other, rules, now);
}

/* Our own guess taken for the endpoint's word. */
PLANT_APPLY (guess_is_stated)
{
  qcc_endpoint_state_apply (state, event, rules, now);
  state->cooling_stated = state->cooling != QCC_COOLING_NONE;

  return 0;
}

PLANT_APPLY (reject_at_once)
{
  qcc_endpoint_state_apply (state, event, rules, now);
  if (state->credential == QCC_CREDENTIAL_DOUBTED)
    state->credential = QCC_CREDENTIAL_REJECTED;

  return 0;
}

PLANT_APPLY (charge_request)
{
  QccStateEvent other = *event;

  if (event->type == QCC_STATE_EVENT_FAILED && event->klass == QCC_CLASS_REQUEST)
    other.klass = QCC_CLASS_TRANSIENT;

  return qcc_endpoint_state_apply (state, &other, rules, now);
}

PLANT_APPLY (charge_offline_lightly)
{
  qcc_endpoint_state_apply (state, event, rules, now);
  if (event->type == QCC_STATE_EVENT_FAILED && event->klass == QCC_CLASS_OFFLINE)
    state->successes = 0;

  return 0;
}

static QccEndpointView
view_writes (const QccEndpointState *state,
             const QccStateRules *rules,
             gint64 now)
{
  const QccStateEvent tick = { .type = QCC_STATE_EVENT_TICK };
  QccEndpointState *writable = (QccEndpointState *) state;

  qcc_endpoint_state_apply (writable, &tick, rules, now);

  return qcc_endpoint_state_view (state, rules, now);
}

/* Blind to time that nobody has told it of. */
static QccEndpointView
view_lags (const QccEndpointState *state,
           const QccStateRules *rules,
           G_GNUC_UNUSED gint64 now)
{
  return qcc_endpoint_state_view (state, rules, 0);
}

static gint64
due_too_late (const QccEndpointState *state)
{
  gint64 due = qcc_endpoint_state_next_due (state);

  return due < 0 ? due : due + 1;
}

static gint64
due_too_early (const QccEndpointState *state)
{
  gint64 due = qcc_endpoint_state_next_due (state);

  return due < 0 ? due : due - 1;
}

static gint64
due_never (G_GNUC_UNUSED const QccEndpointState *state)
{
  return -1;
}

static void
load_forgets_cooling (QccEndpointState *state,
                      GVariant *saved,
                      gint64 now,
                      gint64 wall_now)
{
  qcc_endpoint_state_load (state, saved, now, wall_now);
  state->cooling = QCC_COOLING_NONE;
}

static void
load_forgets_failures (QccEndpointState *state,
                       GVariant *saved,
                       gint64 now,
                       gint64 wall_now)
{
  qcc_endpoint_state_load (state, saved, now, wall_now);
  state->last_failure = 0;
}

#define APPLY(f) f, qcc_endpoint_state_view, qcc_endpoint_state_next_due, qcc_endpoint_state_load
#define VIEW(f) qcc_endpoint_state_apply, f, qcc_endpoint_state_next_due, qcc_endpoint_state_load
#define DUE(f) qcc_endpoint_state_apply, qcc_endpoint_state_view, f, qcc_endpoint_state_load
#define LOAD(f) qcc_endpoint_state_apply, qcc_endpoint_state_view, qcc_endpoint_state_next_due, f

static const Plant plants[] = {
  { "/endpoint-walk/plant/close-at-once", QCC_LAW_EDGES, { APPLY (close_at_once) } },
  { "/endpoint-walk/plant/close-by-check", QCC_LAW_EDGES, { APPLY (close_by_check) } },
  { "/endpoint-walk/plant/endless-lease", QCC_LAW_LEASE, { APPLY (endless_lease) } },
  { "/endpoint-walk/plant/lost-lease-is-a-failure", QCC_LAW_LEASE, { APPLY (lease_lost_is_a_failure) } },
  { "/endpoint-walk/plant/endless-cooling", QCC_LAW_FREEDOM, { APPLY (endless_cooling) } },
  { "/endpoint-walk/plant/rejected-for-good", QCC_LAW_FREEDOM, { APPLY (rejected_for_good) } },
  { "/endpoint-walk/plant/charge-unsupported", QCC_LAW_POOL, { APPLY (charge_unsupported) } },
  { "/endpoint-walk/plant/guess-is-stated", QCC_LAW_POOL, { APPLY (guess_is_stated) } },
  { "/endpoint-walk/plant/reject-at-once", QCC_LAW_POOL, { APPLY (reject_at_once) } },
  { "/endpoint-walk/plant/view-writes", QCC_LAW_READING, { VIEW (view_writes) } },
  { "/endpoint-walk/plant/view-lags", QCC_LAW_READING, { VIEW (view_lags) } },
  { "/endpoint-walk/plant/charge-request", QCC_LAW_CHARGES, { APPLY (charge_request) } },
  { "/endpoint-walk/plant/charge-offline", QCC_LAW_CHARGES, { APPLY (charge_offline_lightly) } },
  { "/endpoint-walk/plant/due-too-late", QCC_LAW_DUE, { DUE (due_too_late) } },
  { "/endpoint-walk/plant/due-too-early", QCC_LAW_DUE, { DUE (due_too_early) } },
  { "/endpoint-walk/plant/due-never", QCC_LAW_DUE, { DUE (due_never) } },
  { "/endpoint-walk/plant/load-forgets-cooling", QCC_LAW_STORE, { LOAD (load_forgets_cooling) } },
  { "/endpoint-walk/plant/load-forgets-failures", QCC_LAW_STORE, { LOAD (load_forgets_failures) } },
};

static void
test_plant (gconstpointer data)
{
  const Plant *plant = data;
  QccWalkSeen seen;

  g_assert_cmpint (qcc_endpoint_walk (&plant->code, N_STEPS, &seen), ==, plant->law);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/endpoint-walk/real", test_real);
  for (gsize i = 0; i < G_N_ELEMENTS (plants); i++)
    g_test_add_data_func (plants[i].path, &plants[i], test_plant);

  return g_test_run ();
}
