/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-endpoint-laws.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define DAY (86400 * SECOND)

#define EVENT(type) (1u << QCC_STATE_EVENT_##type)

/* The table of qcc-endpoint-enums.h, with what may be the reason for each edge. */
static const guint edges[5][5] = {
  [QCC_CIRCUIT_CLOSED] = {
      [QCC_CIRCUIT_OPEN] = EVENT (FAILED) | EVENT (CUT) | EVENT (CHECK_FAILED),
  },
  [QCC_CIRCUIT_OPEN] = {
      [QCC_CIRCUIT_CLOSED] = EVENT (RESET),
      [QCC_CIRCUIT_HALF_OPEN] = EVENT (TICK) | EVENT (CHECK_PASSED) | EVENT (COMMITTED),
  },
  [QCC_CIRCUIT_QUARANTINED] = {
      [QCC_CIRCUIT_CLOSED] = EVENT (RESET),
      [QCC_CIRCUIT_HALF_OPEN] = EVENT (TICK) | EVENT (CHECK_PASSED) | EVENT (COMMITTED),
  },
  [QCC_CIRCUIT_HALF_OPEN] = {
      [QCC_CIRCUIT_CLOSED] = EVENT (RESET) | EVENT (COMMITTED),
      [QCC_CIRCUIT_OPEN] = EVENT (FAILED) | EVENT (CUT) | EVENT (CHECK_FAILED),
      [QCC_CIRCUIT_QUARANTINED] = EVENT (FAILED) | EVENT (CUT) | EVENT (CHECK_FAILED),
      [QCC_CIRCUIT_PROBING] = EVENT (SENT),
  },
  [QCC_CIRCUIT_PROBING] = {
      [QCC_CIRCUIT_CLOSED] = EVENT (RESET) | EVENT (COMMITTED),
      [QCC_CIRCUIT_OPEN] = EVENT (FAILED) | EVENT (CUT),
      [QCC_CIRCUIT_QUARANTINED] = EVENT (FAILED) | EVENT (CUT),
      [QCC_CIRCUIT_HALF_OPEN] = EVENT (TICK) | EVENT (COMMITTED) | EVENT (FAILED) | EVENT (DROPPED),
  },
};

static gboolean
same_state (const QccEndpointState *a,
            const QccEndpointState *b)
{
  return memcmp (a, b, sizeof *a) == 0;
}

static gboolean
same_view (const QccEndpointView *a,
           const QccEndpointView *b)
{
  return a->level == b->level && a->obstacle == b->obstacle && a->until == b->until;
}

static void
happen (const QccLawContext *context,
        QccEndpointState *state,
        QccStateEventType type,
        gint64 now)
{
  const QccStateEvent event = { .type = type, .sent_at = now, .wait = -1, .proves_key = TRUE };

  context->code->apply (state, &event, &context->rules, now);
}

/* The state without a probe under way. */
static QccEndpointState
without_lease (const QccEndpointState *state)
{
  QccEndpointState copy = *state;

  if (copy.circuit == QCC_CIRCUIT_PROBING)
    copy.circuit = QCC_CIRCUIT_HALF_OPEN;
  copy.lease_until = 0;
  copy.lease_holder = 0;

  return copy;
}

static gboolean
lease_frees_itself (const QccLawContext *context,
                    const QccLawSubject *subject)
{
  QccEndpointState copy = subject->state;
  QccEndpointState expected = without_lease (&copy);

  if (copy.circuit != QCC_CIRCUIT_PROBING)
    return TRUE;

  happen (context, &copy, QCC_STATE_EVENT_TICK, context->now + 30 * SECOND);

  /* Losing it is no failure. */
  return copy.circuit == QCC_CIRCUIT_HALF_OPEN && copy.failures == expected.failures &&
         copy.level_failures == expected.level_failures;
}

static gboolean
time_frees (const QccLawContext *context,
            const QccLawSubject *subject)
{
  QccEndpointState copy = subject->state;

  if (copy.credential == QCC_CREDENTIAL_REJECTED)
    happen (context, &copy, QCC_STATE_EVENT_CHECK_PASSED, context->now);
  if (copy.credential == QCC_CREDENTIAL_REJECTED)
    happen (context, &copy, QCC_STATE_EVENT_RESET, context->now);
  happen (context, &copy, QCC_STATE_EVENT_TICK, context->now + DAY + SECOND);

  return context->code->view (&copy, &context->rules, context->now + DAY + SECOND).obstacle == QCC_OBSTACLE_NONE;
}

static gboolean
pool_is_not_emptied (const QccLawContext *context,
                     const QccLawSubject *subject)
{
  QccEndpointView view = qcc_endpoint_state_view (&subject->state, &context->rules, context->now);

  if (!subject->charged && (view.obstacle != QCC_OBSTACLE_NONE || view.level != QCC_LEVEL_HEALTHY))
    return FALSE;

  if (view.obstacle == QCC_OBSTACLE_WAITING)
    return subject->stated;
  if (view.obstacle == QCC_OBSTACLE_REJECTED)
    return subject->refusals >= 2;

  return TRUE;
}

static gboolean
reading_changes_nothing (const QccLawContext *context,
                         const QccLawSubject *subject)
{
  gint64 later = context->now + g_test_rand_int_range (0, 1000) * SECOND;
  QccEndpointState copy = subject->state;
  QccEndpointView first = context->code->view (&copy, &context->rules, later);
  QccEndpointView second = context->code->view (&copy, &context->rules, later);
  QccEndpointState told = copy;
  QccEndpointView third;

  /* And reads what it will be when somebody has told it the time. */
  happen (context, &told, QCC_STATE_EVENT_TICK, later);
  third = context->code->view (&told, &context->rules, later);

  return same_state (&copy, &subject->state) && same_view (&first, &second) && same_view (&first, &third);
}

static gboolean
due_is_right (const QccLawContext *context,
              const QccLawSubject *subject)
{
  gint64 due = context->code->next_due (&subject->state);
  QccEndpointState before = subject->state;
  QccEndpointState at = subject->state;

  happen (context, &before, QCC_STATE_EVENT_TICK, due < 0 ? context->now + 10 * DAY : due - 1);
  if (!same_state (&before, &subject->state))
    return FALSE;
  if (due < 0)
    return TRUE;

  happen (context, &at, QCC_STATE_EVENT_TICK, due);

  return due > context->now && !same_state (&at, &subject->state);
}

QccLaw
qcc_laws_check_store (const QccLawContext *context,
                      const QccLawSubject *subject)
{
  g_autoptr (GVariant) saved = g_variant_ref_sink (qcc_endpoint_state_save (&subject->state, context->now, context->wall_now));
  QccEndpointState expected = without_lease (&subject->state);
  QccEndpointState loaded;
  QccEndpointView a;
  QccEndpointView b;

  context->code->load (&loaded, saved, context->now, context->wall_now);
  a = qcc_endpoint_state_view (&expected, &context->rules, context->now);
  b = qcc_endpoint_state_view (&loaded, &context->rules, context->now);

  return same_view (&a, &b) ? QCC_LAW_NONE : QCC_LAW_STORE;
}

/* All but that of the store, which takes long to check. */
QccLaw
qcc_laws_check (const QccLawContext *context,
                const QccLawSubject *subject)
{
  if (!lease_frees_itself (context, subject))
    return QCC_LAW_LEASE;
  if (!time_frees (context, subject))
    return QCC_LAW_FREEDOM;
  if (!pool_is_not_emptied (context, subject))
    return QCC_LAW_POOL;
  if (!reading_changes_nothing (context, subject))
    return QCC_LAW_READING;
  if (!due_is_right (context, subject))
    return QCC_LAW_DUE;

  return QCC_LAW_NONE;
}

static gboolean
is_clients (const QccStateEvent *event)
{
  return event->type == QCC_STATE_EVENT_FAILED &&
         (event->klass == QCC_CLASS_REQUEST || event->klass == QCC_CLASS_CLIENT || event->klass == QCC_CLASS_OFFLINE);
}

/* Keeps the books that the invariants are checked against. */
static void
take_note (QccLawSubject *subject,
           const QccStateEvent *event,
           gint64 now)
{
  gboolean failed = event->type == QCC_STATE_EVENT_FAILED || event->type == QCC_STATE_EVENT_CHECK_FAILED;

  if (event->type == QCC_STATE_EVENT_RESET)
    {
      subject->new_since = now;
      subject->charged = FALSE;
      subject->stated = FALSE;
      subject->refusals = 0;
    }
  if (event->type == QCC_STATE_EVENT_COMMITTED && event->sent_at >= subject->new_since)
    subject->refusals = 0;
  if (failed && event->klass == QCC_CLASS_AUTH)
    subject->refusals++;
  if ((failed && event->wait >= 0) || event->type == QCC_STATE_EVENT_EXHAUSTED)
    subject->stated = TRUE;
  if ((failed && !is_clients (event) && event->klass != QCC_CLASS_UNSUPPORTED) || event->type == QCC_STATE_EVENT_CUT ||
      event->type == QCC_STATE_EVENT_EXHAUSTED || event->weak)
    subject->charged = TRUE;
}

static QccLaw
check_edge (const QccEndpointState *before,
            const QccEndpointState *after,
            const QccStateEvent *event)
{
  if (after->circuit == before->circuit)
    return QCC_LAW_NONE;

  return (edges[before->circuit][after->circuit] & (1u << event->type)) != 0 ? QCC_LAW_NONE : QCC_LAW_EDGES;
}

/* One thing happens, of which the tick that came before is no part: the circuit goes one edge at most. */
static QccLaw
apply_one (const QccLawContext *context,
           QccLawSubject *subject,
           const QccStateEvent *event)
{
  QccEndpointState before = subject->state;
  QccEndpointState expected = before;

  context->code->apply (&subject->state, event, &context->rules, context->now);

  if (!is_clients (event))
    return check_edge (&before, &subject->state, event);

  if (before.lease_holder == event->attempt)
    expected = without_lease (&before);

  return same_state (&expected, &subject->state) ? QCC_LAW_NONE : QCC_LAW_CHARGES;
}

QccLaw
qcc_laws_apply (const QccLawContext *context,
                QccLawSubject *subject,
                const QccStateEvent *event)
{
  const QccStateEvent tick = { .type = QCC_STATE_EVENT_TICK };
  QccLaw law = apply_one (context, subject, &tick);

  if (law != QCC_LAW_NONE)
    return law;

  take_note (subject, event, context->now);

  return apply_one (context, subject, event);
}
