/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-state-private.h"

/* Seconds of our own measure: the first, and the longest that doubling leads to (spec 4.1). */
static const struct
{
  guint first;
  guint longest;
} own_measures[] = {
  [QCC_COOLING_NONE] = { 0, 0 },
  [QCC_COOLING_OVERLOAD] = { 5, 60 },
  [QCC_COOLING_RATE_LIMIT] = { 60, 60 },
  [QCC_COOLING_FORBIDDEN] = { 300, 3600 },
  [QCC_COOLING_BILLING] = { 3600, 3600 },
};

G_STATIC_ASSERT (G_N_ELEMENTS (own_measures) == QCC_COOLING_BILLING + 1);

/* The next one is twice as long, unless what has failed was sent before the last one began: twenty requests that
 * fail together are one fact. */
static guint
own_measure (const QccEndpointState *state,
             QccCooling kind,
             gint64 sent_at)
{
  guint first = own_measures[kind].first;
  guint seconds;

  if (state->cooling_last != kind)
    return first;

  seconds = sent_at < state->cooling_since ? state->cooling_seconds : 2 * state->cooling_seconds;

  return CLAMP (seconds, first, own_measures[kind].longest);
}

/*
 * qcc_cooling_end:
 * @state: a state
 *
 * Ends the cool-down that runs; how long it was is not forgotten.
 */
void
qcc_cooling_end (QccEndpointState *state)
{
  state->cooling = QCC_COOLING_NONE;
  state->cooling_stated = FALSE;
  state->cooling_until = 0;
}

/*
 * qcc_cooling_tick:
 * @state: a state
 * @now: microseconds
 */
void
qcc_cooling_tick (QccEndpointState *state,
                  gint64 now)
{
  if (state->cooling != QCC_COOLING_NONE && now >= state->cooling_until)
    qcc_cooling_end (state);
}

/*
 * qcc_cooling_begin:
 * @state: a state
 * @kind: why it is to be left alone
 * @wait: seconds that it stated, -1 when it did not; 0 is taken as 1, so that nobody spins
 * @sent_at: when the request was sent that said so
 * @now: microseconds
 *
 * Of two cool-downs the one that ends later holds; none is ever shortened by this.
 *
 * Returns: whether @kind is news: neither runs nor was the last one since an answer
 */
gboolean
qcc_cooling_begin (QccEndpointState *state,
                   QccCooling kind,
                   int wait,
                   gint64 sent_at,
                   gint64 now)
{
  gboolean news = state->cooling_last != kind;
  gboolean again = state->cooling == kind && sent_at < state->cooling_since;
  guint seconds;
  gint64 until;

  if (again && wait < 0)
    return FALSE;

  if (wait >= 0)
    seconds = CLAMP ((guint) wait, 1, qcc_cooling_longest (kind));
  else
    seconds = own_measure (state, kind, sent_at);

  until = now + seconds * (gint64) G_USEC_PER_SEC;
  if (state->cooling != QCC_COOLING_NONE && until <= state->cooling_until)
    return FALSE;

  state->cooling = kind;
  state->cooling_last = kind;
  state->cooling_stated = wait >= 0;
  state->cooling_since = now;
  state->cooling_until = until;
  state->cooling_seconds = seconds;

  return news;
}

/*
 * qcc_cooling_note_success:
 * @state: a state
 * @sent_at: when the request was sent that is answered now
 *
 * An answer to what was sent since proves a cool-down of our own measure wrong, and the next one short again. What
 * the endpoint stated holds all the same.
 */
void
qcc_cooling_note_success (QccEndpointState *state,
                          gint64 sent_at)
{
  if (sent_at < state->cooling_since)
    return;

  if (!state->cooling_stated)
    qcc_cooling_end (state);
  if (state->cooling == QCC_COOLING_NONE)
    {
      state->cooling_last = QCC_COOLING_NONE;
      state->cooling_seconds = 0;
    }
}
