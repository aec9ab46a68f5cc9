/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-state-private.h"

/* All of spec 5.3. */
#define DEFAULT_MAX_FAILURES 3
#define LEASE_USEC (30 * (gint64) G_USEC_PER_SEC)
#define SUCCESSES_TO_CLOSE 2
#define RATE_MIN_REQUESTS 10
#define RATE_WINDOW_USEC (QCC_RATE_BUCKETS * (gint64) QCC_RATE_BUCKET_USEC)

static gboolean
is_half_open (QccCircuit circuit)
{
  return circuit == QCC_CIRCUIT_HALF_OPEN || circuit == QCC_CIRCUIT_PROBING;
}

/* The only place where the circuit changes. A probe that comes or goes leaves its age as it is: an answer or a
 * failure that outlives its lease (a first byte may take 60 s, spec 2.8) still tells about this half-open time. */
static void
set_circuit (QccEndpointState *state,
             QccCircuit to,
             gint64 now)
{
  g_assert (qcc_circuit_is_edge (state->circuit, to));

  if (!is_half_open (state->circuit) || !is_half_open (to))
    state->circuit_since = now;
  state->circuit = to;
  state->open_until = 0;
  state->lease_until = 0;
  state->lease_holder = 0;
}

static QccStateChange
half_open (QccEndpointState *state,
           gint64 now)
{
  gboolean was_quarantined = state->circuit == QCC_CIRCUIT_QUARANTINED;

  set_circuit (state, QCC_CIRCUIT_HALF_OPEN, now);

  return was_quarantined ? QCC_STATE_CHANGE_UNBIND : QCC_STATE_CHANGE_NONE;
}

/* Spec 5.3, 8.5: the interval doubles from one opening to the next, and the longest is quarantine. */
static void
open_circuit (QccEndpointState *state,
              gint64 now)
{
  guint seconds = QCC_BREAKER_FIRST_SECONDS;

  if (state->open_seconds > 0)
    seconds = MIN (2 * state->open_seconds, QCC_BREAKER_LONGEST_SECONDS);

  set_circuit (state, seconds == QCC_BREAKER_LONGEST_SECONDS ? QCC_CIRCUIT_QUARANTINED : QCC_CIRCUIT_OPEN, now);
  state->open_seconds = seconds;
  state->open_until = now + seconds * (gint64) G_USEC_PER_SEC;
  state->half_open_successes = 0;
  state->checked = FALSE;
}

/* What was counted before says nothing about what comes after it has closed. */
static void
clear_counts (QccEndpointState *state)
{
  state->open_seconds = 0;
  state->half_open_successes = 0;
  state->checked = FALSE;
  state->failures = 0;
  state->check_failures = 0;
  state->cuts = 0;
  memset (state->bucket_total, 0, sizeof state->bucket_total);
  memset (state->bucket_failed, 0, sizeof state->bucket_failed);
}

static void
roll_buckets (QccEndpointState *state,
              gint64 now)
{
  if (now - state->bucket_start >= RATE_WINDOW_USEC)
    {
      memset (state->bucket_total, 0, sizeof state->bucket_total);
      memset (state->bucket_failed, 0, sizeof state->bucket_failed);
      state->bucket_start = now;
    }

  while (now - state->bucket_start >= QCC_RATE_BUCKET_USEC)
    {
      state->newest_bucket = (state->newest_bucket + 1) % QCC_RATE_BUCKETS;
      state->bucket_total[state->newest_bucket] = 0;
      state->bucket_failed[state->newest_bucket] = 0;
      state->bucket_start += QCC_RATE_BUCKET_USEC;
    }
}

/* Counted are the buckets up to the newest: qcc_breaker_count() comes before this. */
static gboolean
has_failed_enough (const QccEndpointState *state,
                   const QccStateRules *rules)
{
  guint max_failures = rules->max_failures > 0 ? rules->max_failures : DEFAULT_MAX_FAILURES;
  guint total = 0;
  guint failed = 0;

  if (state->failures >= max_failures || state->cuts >= max_failures)
    return TRUE;

  for (guint i = 0; i < QCC_RATE_BUCKETS; i++)
    {
      total += state->bucket_total[i];
      failed += state->bucket_failed[i];
    }

  return total >= RATE_MIN_REQUESTS && 2 * failed > total;
}

/*
 * qcc_breaker_tick:
 * @state: a state
 * @now: microseconds
 *
 * An interval that is over makes the circuit half-open; so does a lost lease, which is no failure (spec 5.3).
 */
QccStateChange
qcc_breaker_tick (QccEndpointState *state,
                  gint64 now)
{
  switch (state->circuit)
    {
    case QCC_CIRCUIT_CLOSED:
    case QCC_CIRCUIT_HALF_OPEN:
      return QCC_STATE_CHANGE_NONE;

    case QCC_CIRCUIT_OPEN:
    case QCC_CIRCUIT_QUARANTINED:
      return now >= state->open_until ? half_open (state, now) : QCC_STATE_CHANGE_NONE;

    case QCC_CIRCUIT_PROBING:
      if (now >= state->lease_until)
        set_circuit (state, QCC_CIRCUIT_HALF_OPEN, now);
      return QCC_STATE_CHANGE_NONE;
    }

  g_return_val_if_reached (QCC_STATE_CHANGE_NONE);
}

/*
 * qcc_breaker_note_sent:
 * @state: a state
 * @attempt: an attempt that goes there
 * @now: microseconds
 *
 * It is the probe when the circuit is half-open and no other one is.
 */
void
qcc_breaker_note_sent (QccEndpointState *state,
                       guint64 attempt,
                       gint64 now)
{
  if (state->circuit != QCC_CIRCUIT_HALF_OPEN)
    return;

  set_circuit (state, QCC_CIRCUIT_PROBING, now);
  state->lease_until = now + LEASE_USEC;
  state->lease_holder = attempt;
}

/*
 * qcc_breaker_release:
 * @state: a state
 * @attempt: an attempt that is over
 * @now: microseconds
 *
 * Gives the lease back where @attempt holds it.
 */
void
qcc_breaker_release (QccEndpointState *state,
                     guint64 attempt,
                     gint64 now)
{
  if (state->circuit == QCC_CIRCUIT_PROBING && state->lease_holder == attempt)
    set_circuit (state, QCC_CIRCUIT_HALF_OPEN, now);
}

/*
 * qcc_breaker_count:
 * @state: a state
 * @total: how many requests to add to the window
 * @failed: how many of those in the window have failed
 * @now: microseconds
 */
void
qcc_breaker_count (QccEndpointState *state,
                   guint total,
                   guint failed,
                   gint64 now)
{
  guint16 *bucket_total;
  guint16 *bucket_failed;

  roll_buckets (state, now);

  bucket_total = &state->bucket_total[state->newest_bucket];
  bucket_failed = &state->bucket_failed[state->newest_bucket];
  *bucket_total = MIN (*bucket_total + total, G_MAXUINT16);
  *bucket_failed = MIN (*bucket_failed + failed, G_MAXUINT16);
}

/*
 * qcc_breaker_note_success:
 * @state: a state
 * @attempt: the attempt that was answered
 * @sent_at: when it was sent
 * @now: microseconds
 *
 * An open circuit that answers all the same is half-open; the second answer closes it (spec 5.3).
 */
QccStateChange
qcc_breaker_note_success (QccEndpointState *state,
                          guint64 attempt,
                          gint64 sent_at,
                          gint64 now)
{
  QccStateChange changes = QCC_STATE_CHANGE_NONE;

  if (state->circuit != QCC_CIRCUIT_CLOSED && sent_at >= state->circuit_since)
    {
      if (!is_half_open (state->circuit))
        changes = half_open (state, now);
      state->checked = TRUE;
      state->half_open_successes++;
      if (state->half_open_successes >= SUCCESSES_TO_CLOSE)
        qcc_breaker_close (state, now);
    }

  qcc_breaker_release (state, attempt, now);

  return changes;
}

/*
 * qcc_breaker_note_failure:
 * @state: a state that counts the failure already
 * @sent_at: when what has failed was sent
 * @rules: the rules
 * @now: microseconds
 *
 * Opens the circuit where the failure is reason enough.
 */
void
qcc_breaker_note_failure (QccEndpointState *state,
                          gint64 sent_at,
                          const QccStateRules *rules,
                          gint64 now)
{
  if (sent_at < state->circuit_since)
    return;

  switch (state->circuit)
    {
    case QCC_CIRCUIT_CLOSED:
      if (has_failed_enough (state, rules))
        open_circuit (state, now);
      break;

    case QCC_CIRCUIT_HALF_OPEN:
    case QCC_CIRCUIT_PROBING:
      open_circuit (state, now);
      break;

    case QCC_CIRCUIT_OPEN:
    case QCC_CIRCUIT_QUARANTINED:
      break;
    }
}

/*
 * qcc_breaker_note_check_passed:
 * @state: a state
 * @now: microseconds
 *
 * A free check makes half-open early, but only a message closes (spec 5.3, 8.5).
 */
QccStateChange
qcc_breaker_note_check_passed (QccEndpointState *state,
                               gint64 now)
{
  QccStateChange changes = QCC_STATE_CHANGE_NONE;

  if (state->circuit == QCC_CIRCUIT_CLOSED)
    return QCC_STATE_CHANGE_NONE;

  if (!is_half_open (state->circuit))
    changes = half_open (state, now);
  state->checked = TRUE;

  return changes;
}

/*
 * qcc_breaker_close:
 * @state: a state
 * @now: microseconds
 */
void
qcc_breaker_close (QccEndpointState *state,
                   gint64 now)
{
  if (state->circuit != QCC_CIRCUIT_CLOSED)
    set_circuit (state, QCC_CIRCUIT_CLOSED, now);
  clear_counts (state);
}
