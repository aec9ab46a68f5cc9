/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-endpoint-state.h"

G_BEGIN_DECLS

/* Stories of one endpoint, for tables: what happens when, and how the endpoint reads then. Times are seconds. */

#define QCC_STORY_SECOND ((gint64) G_USEC_PER_SEC)

/**
 * QccStateStep:
 * @at: when; 0 ends a story
 * @event: what happens; its @sent_at in seconds, 0 for @at
 * @changes: what qcc_endpoint_state_apply() returns
 * @circuit: the circuit afterwards
 * @level, @obstacle, @until: the view
 */
typedef struct
{
  int at;
  QccStateEvent event;
  QccStateChange changes;
  QccCircuit circuit;
  QccLevel level;
  QccObstacle obstacle;
  int until;
} QccStateStep;

extern const QccStateRules qcc_state_story_rules;

gint64 qcc_state_story_time (gint64 seconds);
QccStateChange qcc_state_story_apply (QccEndpointState *state, gint64 seconds, QccStateEvent event);
void qcc_state_story_test (gconstpointer steps);

#define SENT(n)                                \
  {                                            \
    .type = QCC_STATE_EVENT_SENT, .attempt = n \
  }
#define GOOD(n)                                     \
  {                                                 \
    .type = QCC_STATE_EVENT_COMMITTED, .attempt = n \
  }
#define BAD(n, c, w)                                                                \
  {                                                                                 \
    .type = QCC_STATE_EVENT_FAILED, .attempt = n, .klass = QCC_CLASS_##c, .wait = w \
  }
#define DOWN(n) BAD (n, TRANSIENT, -1)
#define CUT(n)                                \
  {                                           \
    .type = QCC_STATE_EVENT_CUT, .attempt = n \
  }
#define DONE(n)                                     \
  {                                                 \
    .type = QCC_STATE_EVENT_COMPLETED, .attempt = n \
  }
#define DROPPED(n)                                \
  {                                               \
    .type = QCC_STATE_EVENT_DROPPED, .attempt = n \
  }
#define EXHAUSTED(w)                             \
  {                                              \
    .type = QCC_STATE_EVENT_EXHAUSTED, .wait = w \
  }
#define CHECK_OK                                             \
  {                                                          \
    .type = QCC_STATE_EVENT_CHECK_PASSED, .proves_key = TRUE \
  }
#define CHECK_WEAK                                                         \
  {                                                                        \
    .type = QCC_STATE_EVENT_CHECK_PASSED, .proves_key = TRUE, .weak = TRUE \
  }
#define CONNECT_OK                       \
  {                                      \
    .type = QCC_STATE_EVENT_CHECK_PASSED \
  }
#define CHECK_BAD(c)                                                         \
  {                                                                          \
    .type = QCC_STATE_EVENT_CHECK_FAILED, .klass = QCC_CLASS_##c, .wait = -1 \
  }
#define RESET                     \
  {                               \
    .type = QCC_STATE_EVENT_RESET \
  }
#define TICK                     \
  {                              \
    .type = QCC_STATE_EVENT_TICK \
  }
#define OLD(t, n, c, w)                                                                           \
  {                                                                                               \
    .type = QCC_STATE_EVENT_FAILED, .attempt = n, .sent_at = t, .klass = QCC_CLASS_##c, .wait = w \
  }
#define OLD_GOOD(t, n)                                            \
  {                                                               \
    .type = QCC_STATE_EVENT_COMMITTED, .attempt = n, .sent_at = t \
  }

#define SAYS_NOTHING QCC_STATE_CHANGE_NONE
#define VIEW QCC_STATE_CHANGE_VIEW
#define DISABLED (VIEW | QCC_STATE_CHANGE_DISABLED | QCC_STATE_CHANGE_UNBIND)
#define ENABLED (VIEW | QCC_STATE_CHANGE_ENABLED)
#define UNBIND (VIEW | QCC_STATE_CHANGE_UNBIND)
#define DOUBT QCC_STATE_CHANGE_DOUBT

#define CLOSED(l) QCC_CIRCUIT_CLOSED, QCC_LEVEL_##l, QCC_OBSTACLE_NONE, 0
#define FINE CLOSED (HEALTHY)
#define COOLING(l, u) QCC_CIRCUIT_CLOSED, QCC_LEVEL_##l, QCC_OBSTACLE_COOLING, u
#define WAITING(l, u) QCC_CIRCUIT_CLOSED, QCC_LEVEL_##l, QCC_OBSTACLE_WAITING, u
#define REJECTED QCC_CIRCUIT_CLOSED, QCC_LEVEL_HEALTHY, QCC_OBSTACLE_REJECTED, 0
#define OPEN(u) QCC_CIRCUIT_OPEN, QCC_LEVEL_UNHEALTHY, QCC_OBSTACLE_OPEN, u
#define QUARANTINED(u) QCC_CIRCUIT_QUARANTINED, QCC_LEVEL_UNHEALTHY, QCC_OBSTACLE_QUARANTINED, u
#define HALF_OPEN(l) QCC_CIRCUIT_HALF_OPEN, QCC_LEVEL_##l, QCC_OBSTACLE_NONE, 0
#define PROBING(l, u) QCC_CIRCUIT_PROBING, QCC_LEVEL_##l, QCC_OBSTACLE_PROBING, u

#define OPENED_AT_3 \
  { 1, DOWN (1), VIEW, CLOSED (DEGRADED) }, { 2, DOWN (2), VIEW, CLOSED (UNHEALTHY) }, { 3, DOWN (3), VIEW, OPEN (63) }

G_END_DECLS
