/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-endpoint-enums.h"
#include "service/qcc-state-event.h"

G_BEGIN_DECLS

/*
 * What QCC thinks of one endpoint (spec 4.1, 5.2, 5.3, 8.5): a plain struct that only
 * qcc_endpoint_state_apply() changes. Pure: all times are microseconds of a clock that never goes back
 * and counts sleep too, and come in as arguments.
 *
 * Three things are judged, each by itself: the circuit breaker, a cool-down, and the credential.
 */

#define QCC_RATE_BUCKETS 12
#define QCC_RATE_BUCKET_USEC (5 * G_USEC_PER_SEC) /* 12 of 5 s: the 60 s of spec 5.3 */

/**
 * QccEndpointState:
 *
 * Read through qcc_endpoint_state_view(); the members are for that, for the tests and for the store. All zero is
 * the state of an endpoint of which nothing is known, and a reset leaves only the time of it.
 */
typedef struct
{
  gint64 known_since; /* of the last reset: what was sent before it went to another address or with another key */

  QccCircuit circuit;
  gint64 circuit_since; /* since when it is closed, or open, or half-open: a probe comes and goes within that */
  gint64 open_until;    /* while open or quarantined */
  guint open_seconds;   /* the interval that runs or ran last, 0 before the first */
  gint64 lease_until;   /* while probing */
  guint64 lease_holder; /* number of the attempt that probes */
  guint half_open_successes;
  gboolean checked; /* half-open, and a free check has passed since it opened */

  guint failures;       /* in a row, before commit, checks included */
  guint check_failures; /* those of them that checks have found: a passed check takes them back */
  guint cuts;           /* answers in a row that were cut after commit */
  guint level_failures; /* in a row, of either kind, checks included */
  guint successes;      /* since the last failure */
  gboolean weak;        /* the last chat check came back without its code */
  gint64 bucket_start;  /* of the newest bucket */
  guint16 bucket_total[QCC_RATE_BUCKETS];
  guint16 bucket_failed[QCC_RATE_BUCKETS];
  guint newest_bucket;

  QccCooling cooling;      /* that runs */
  QccCooling cooling_last; /* that runs or ran last; %QCC_COOLING_NONE again after an answer */
  gboolean cooling_stated; /* the endpoint named the time */
  gint64 cooling_since;
  gint64 cooling_until;
  guint cooling_seconds; /* how long the last of its kind was, to double it */

  QccCredential credential;
  gboolean refused_message; /* a message was refused, not only a check */
  gboolean lifted_by_check; /* a check has ended the last rejection, and no answer has come since */
  gboolean check_is_blind;  /* checks pass with a key that messages are refused with */
  gint64 credential_since;

  gint64 last_failure; /* of what counts for the level; 0 for never; less than 0 when the clock is younger */
  gint64 last_success; /* likewise */
} QccEndpointState;

/**
 * QccEndpointView:
 * @level: how good it is, whether it may be used or not
 * @obstacle: what keeps requests from it
 * @until: when @obstacle is over by itself; 0 when there is none or it does not end by itself
 *
 * What the state means at one moment. Reading it changes nothing.
 */
typedef struct
{
  QccLevel level;
  QccObstacle obstacle;
  gint64 until;
} QccEndpointView;

QccStateChange qcc_endpoint_state_apply (QccEndpointState *state,
                                         const QccStateEvent *event,
                                         const QccStateRules *rules,
                                         gint64 now);
QccEndpointView qcc_endpoint_state_view (const QccEndpointState *state, const QccStateRules *rules, gint64 now);
gint64 qcc_endpoint_state_next_due (const QccEndpointState *state);

GVariant *qcc_endpoint_state_save (const QccEndpointState *state, gint64 now, gint64 wall_now);
void qcc_endpoint_state_load (QccEndpointState *state, GVariant *saved, gint64 now, gint64 wall_now);

G_END_DECLS
