/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-endpoint-walk.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define DAY (86400 * SECOND)

#define N_ENDPOINTS 4
#define N_ATTEMPTS 6

/* So many steps a pool lives, before a new one begins; and so many it is as good or bad as it is, on average. */
#define STEPS_OF_LIFE 400
#define STEPS_OF_MOOD 40

/* To save and load costs as much as some hundred steps. */
#define STEPS_TO_STORE 500

typedef struct
{
  guint64 number; /* 0 for none */
  gint64 sent_at;
  gboolean committed;
} Attempt;

typedef struct
{
  QccLawSubject subject;
  Attempt attempts[N_ATTEMPTS];
} Pooled;

typedef struct
{
  QccLawContext context;
  Pooled pool[N_ENDPOINTS];
  gint64 wall_offset;
  guint64 n_attempts;
  int good_percent;
  gboolean innocent; /* in this life nobody does anything wrong */
} Walk;

static gboolean
chance (int percent)
{
  return g_test_rand_int_range (0, 100) < percent;
}

static Attempt *
pick_attempt (Pooled *pooled,
              gboolean committed)
{
  guint first = (guint) g_test_rand_int_range (0, N_ATTEMPTS);

  for (guint i = 0; i < N_ATTEMPTS; i++)
    {
      Attempt *attempt = &pooled->attempts[(first + i) % N_ATTEMPTS];

      if (attempt->number != 0 && attempt->committed == committed)
        return attempt;
    }

  return NULL;
}

static QccClass
pick_class (const Walk *walk)
{
  static const QccClass innocent[] = { QCC_CLASS_UNSUPPORTED, QCC_CLASS_REQUEST, QCC_CLASS_CLIENT, QCC_CLASS_OFFLINE };

  if (walk->innocent)
    return innocent[g_test_rand_int_range (0, G_N_ELEMENTS (innocent))];

  /* Most of what fails is transient, or no circuit would ever open. */
  return chance (50) ? QCC_CLASS_TRANSIENT : (QccClass) g_test_rand_int_range (0, QCC_N_CLASSES);
}

static int
pick_wait (void)
{
  if (chance (60))
    return -1;

  return chance (90) ? g_test_rand_int_range (0, 600) : g_test_rand_int_range (0, G_MAXINT32);
}

/* An attempt begins, or goes on, or ends. */
static QccStateEvent
pick_traffic (Walk *walk,
              Pooled *pooled)
{
  QccStateEvent event = { .type = QCC_STATE_EVENT_SENT, .sent_at = walk->context.now, .klass = pick_class (walk), .wait = pick_wait () };
  gboolean committed = chance (40);
  Attempt *attempt = chance (70) ? pick_attempt (pooled, committed) : NULL;

  if (attempt == NULL)
    {
      attempt = &pooled->attempts[g_test_rand_int_range (0, N_ATTEMPTS)];
      *attempt = (Attempt){ .number = ++walk->n_attempts, .sent_at = walk->context.now };
      event.attempt = attempt->number;
      return event;
    }

  event.attempt = attempt->number;
  event.sent_at = attempt->sent_at;
  if (attempt->committed)
    event.type = walk->innocent || chance (walk->good_percent) ? QCC_STATE_EVENT_COMPLETED : QCC_STATE_EVENT_CUT;
  else if (chance (10))
    event.type = QCC_STATE_EVENT_DROPPED;
  else
    event.type = chance (walk->good_percent) ? QCC_STATE_EVENT_COMMITTED : QCC_STATE_EVENT_FAILED;

  if (event.type == QCC_STATE_EVENT_COMMITTED)
    attempt->committed = TRUE;
  else
    *attempt = (Attempt){ 0 };

  return event;
}

static QccStateEvent
pick_event (Walk *walk,
            Pooled *pooled)
{
  QccStateEvent event = { .klass = pick_class (walk), .wait = pick_wait (), .sent_at = walk->context.now };
  int dice = g_test_rand_int_range (0, 100);

  if (dice < 78)
    return pick_traffic (walk, pooled);

  if (dice < 90)
    {
      event.type = chance (walk->good_percent) ? QCC_STATE_EVENT_CHECK_PASSED : QCC_STATE_EVENT_CHECK_FAILED;
      event.sent_at = 0;
      event.proves_key = chance (70);
      event.weak = event.type == QCC_STATE_EVENT_CHECK_PASSED && !walk->innocent && chance (20);
    }
  else if (dice < 95)
    {
      /* What another endpoint of the same account was told. */
      event.type = QCC_STATE_EVENT_FAILED;
      event.attempt = walk->n_attempts + 1000000;
      event.sent_at = MAX (0, walk->context.now - g_test_rand_int_range (0, 90) * SECOND);
    }
  else if (dice < 97 && !walk->innocent)
    event.type = QCC_STATE_EVENT_EXHAUSTED;
  else if (dice < 98)
    event.type = QCC_STATE_EVENT_RESET;
  else
    event.type = QCC_STATE_EVENT_TICK;

  return event;
}

static gint64
pick_pause (void)
{
  int dice = g_test_rand_int_range (0, 100);

  if (dice < 40)
    return 0;
  if (dice < 65)
    return g_test_rand_int_range (0, 2 * (gint32) SECOND);
  if (dice < 85)
    return g_test_rand_int_range (0, 60) * SECOND;
  if (dice < 99)
    return g_test_rand_int_range (0, 1200) * SECOND;

  return g_test_rand_int_range (1, 4) * DAY;
}

static void
begin_life (Walk *walk)
{
  memset (walk->pool, 0, sizeof walk->pool);
  walk->innocent = chance (15);
  walk->context.rules.max_failures = (guint) g_test_rand_int_range (0, 6);
  walk->context.rules.checks = chance (80);
  walk->wall_offset = g_test_rand_int_range (0, G_MAXINT32) * SECOND;
}

/* The service is stopped and starts again, perhaps with another idea of the date. */
static void
restart (Walk *walk)
{
  gint64 moved = chance (50) ? g_test_rand_int_range (-2, 3) * DAY : 0;

  for (guint i = 0; i < N_ENDPOINTS; i++)
    {
      Pooled *pooled = &walk->pool[i];
      g_autoptr (GVariant) saved = NULL;

      saved = qcc_endpoint_state_save (&pooled->subject.state, walk->context.now, walk->context.wall_now);
      g_variant_ref_sink (saved);
      walk->context.code->load (&pooled->subject.state, saved, walk->context.now, walk->context.wall_now + moved);
      memset (pooled->attempts, 0, sizeof pooled->attempts);
    }
  walk->wall_offset += moved;
}

static QccLaw
take_step (Walk *walk,
           gboolean store,
           QccWalkSeen *seen)
{
  static const int moods[] = { 0, 20, 50, 80, 95 };
  Pooled *pooled = &walk->pool[g_test_rand_int_range (0, N_ENDPOINTS)];
  QccLawSubject *subject = &pooled->subject;
  QccStateEvent event;
  QccEndpointView view;
  QccLaw law;

  if (chance (100 / STEPS_OF_MOOD))
    walk->good_percent = moods[g_test_rand_int_range (0, G_N_ELEMENTS (moods))];
  walk->context.now += pick_pause ();
  walk->context.wall_now = walk->context.now + walk->wall_offset;

  event = pick_event (walk, pooled);
  law = qcc_laws_apply (&walk->context, subject, &event);
  if (law == QCC_LAW_NONE)
    law = qcc_laws_check (&walk->context, subject);
  if (law == QCC_LAW_NONE && store)
    law = qcc_laws_check_store (&walk->context, subject);

  view = qcc_endpoint_state_view (&subject->state, &walk->context.rules, walk->context.now);
  seen->circuits |= 1u << subject->state.circuit;
  seen->obstacles |= 1u << view.obstacle;
  seen->credentials |= 1u << subject->state.credential;

  return law;
}

/**
 * qcc_endpoint_walk:
 * @code: the code to walk through
 * @n_steps: how far
 * @out_seen: (out): where the walk has been
 *
 * Returns: the first law that was broken, or %QCC_LAW_NONE
 */
QccLaw
qcc_endpoint_walk (const QccLawCode *code,
                   guint n_steps,
                   QccWalkSeen *out_seen)
{
  g_autofree Walk *walk = g_new0 (Walk, 1);

  walk->context.code = code;
  walk->context.now = SECOND;
  *out_seen = (QccWalkSeen){ 0 };

  for (guint i = 0; i < n_steps; i++)
    {
      QccLaw law;

      if (i % STEPS_OF_LIFE == 0)
        begin_life (walk);
      else if (i % STEPS_OF_LIFE == STEPS_OF_LIFE / 2 && chance (30))
        restart (walk);

      law = take_step (walk, i % STEPS_TO_STORE == 0, out_seen);
      if (law != QCC_LAW_NONE)
        {
          g_test_message ("law %d is broken at step %u", law, i);
          return law;
        }
    }

  return QCC_LAW_NONE;
}
