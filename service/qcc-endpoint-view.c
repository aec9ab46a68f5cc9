/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-state-private.h"

/* Spec 5.2: two answers after a failure make it healthy again. */
#define SUCCESSES_TO_HEAL 2
#define FAILURES_TO_BE_UNHEALTHY 2

/* As long as the first interval of an open circuit. */
#define FORGIVEN_USEC (QCC_BREAKER_FIRST_SECONDS * (gint64) G_USEC_PER_SEC)

static QccLevel
read_closed_level (const QccEndpointState *state)
{
  if (state->level_failures >= FAILURES_TO_BE_UNHEALTHY)
    return QCC_LEVEL_UNHEALTHY;

  if (state->level_failures > 0 || state->weak)
    return QCC_LEVEL_DEGRADED;

  if (state->last_failure != 0 && state->successes < SUCCESSES_TO_HEAL)
    return QCC_LEVEL_DEGRADED;

  return QCC_LEVEL_HEALTHY;
}

static QccLevel
read_level (const QccEndpointState *state,
            const QccStateRules *rules)
{
  switch (state->circuit)
    {
    case QCC_CIRCUIT_CLOSED:
      return read_closed_level (state);

    case QCC_CIRCUIT_OPEN:
    case QCC_CIRCUIT_QUARANTINED:
      return QCC_LEVEL_UNHEALTHY;

    case QCC_CIRCUIT_HALF_OPEN:
    case QCC_CIRCUIT_PROBING:
      return state->checked || !rules->checks ? QCC_LEVEL_HEALTHY : QCC_LEVEL_DEGRADED;
    }

  g_return_val_if_reached (QCC_LEVEL_UNHEALTHY);
}

/* What is worst comes first. */
static QccObstacle
read_obstacle (const QccEndpointState *state,
               gint64 *out_until)
{
  *out_until = 0;
  if (state->credential == QCC_CREDENTIAL_REJECTED)
    return QCC_OBSTACLE_REJECTED;

  *out_until = state->cooling_until;
  if (state->cooling != QCC_COOLING_NONE && state->cooling_stated)
    return QCC_OBSTACLE_WAITING;

  *out_until = state->open_until;
  if (state->circuit == QCC_CIRCUIT_QUARANTINED)
    return QCC_OBSTACLE_QUARANTINED;
  if (state->circuit == QCC_CIRCUIT_OPEN)
    return QCC_OBSTACLE_OPEN;

  *out_until = state->cooling_until;
  if (state->cooling != QCC_COOLING_NONE)
    return QCC_OBSTACLE_COOLING;

  *out_until = state->lease_until;
  if (state->circuit == QCC_CIRCUIT_PROBING)
    return QCC_OBSTACLE_PROBING;

  *out_until = 0;
  return QCC_OBSTACLE_NONE;
}

/*
 * qcc_endpoint_state_read:
 * @state: a state
 * @rules: the rules for this endpoint
 *
 * Returns: what @state means at the moment of the last event
 */
QccEndpointView
qcc_endpoint_state_read (const QccEndpointState *state,
                         const QccStateRules *rules)
{
  QccEndpointView view = { .level = read_level (state, rules) };

  view.obstacle = read_obstacle (state, &view.until);

  return view;
}

/**
 * qcc_endpoint_state_view:
 * @state: what QCC thinks of an endpoint
 * @rules: the rules for this endpoint
 * @now: microseconds
 *
 * Returns: what @state means at @now, time that nobody has told it of included
 */
QccEndpointView
qcc_endpoint_state_view (const QccEndpointState *state,
                         const QccStateRules *rules,
                         gint64 now)
{
  QccEndpointState copy;
  QccEndpointView view;

  g_return_val_if_fail (state != NULL, (QccEndpointView){ 0 });
  g_return_val_if_fail (rules != NULL, (QccEndpointView){ 0 });

  copy = *state;
  qcc_endpoint_state_tick (&copy, now);
  view = qcc_endpoint_state_read (&copy, rules);

  /* A worse level gets no request while there is a better one, and without checks nobody would ever find out. */
  if (!rules->checks && copy.circuit == QCC_CIRCUIT_CLOSED && !copy.weak && now - copy.last_failure >= FORGIVEN_USEC)
    view.level = QCC_LEVEL_HEALTHY;

  return view;
}

/**
 * qcc_endpoint_state_next_due:
 * @state: what QCC thinks of an endpoint
 *
 * Returns: microseconds: when %QCC_STATE_EVENT_TICK changes something next, -1 for never
 */
gint64
qcc_endpoint_state_next_due (const QccEndpointState *state)
{
  gint64 due = G_MAXINT64;

  g_return_val_if_fail (state != NULL, -1);

  switch (state->circuit)
    {
    case QCC_CIRCUIT_CLOSED:
    case QCC_CIRCUIT_HALF_OPEN:
      break;
    case QCC_CIRCUIT_OPEN:
    case QCC_CIRCUIT_QUARANTINED:
      due = state->open_until;
      break;
    case QCC_CIRCUIT_PROBING:
      due = state->lease_until;
      break;
    }

  if (state->cooling != QCC_COOLING_NONE)
    due = MIN (due, state->cooling_until);

  return due < G_MAXINT64 ? due : -1;
}
