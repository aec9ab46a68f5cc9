/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-endpoint.h"
#include "service/qcc-endpoint-state.h"

G_BEGIN_DECLS

/**
 * QccReason:
 * @QCC_REASON_CHOSEN: it was taken
 * @QCC_REASON_NOT_PREFERRED: it could have been, another one was
 * @QCC_REASON_WORSE_LEVEL: it could have been, had there been no healthier one
 * @QCC_REASON_UNSUPPORTED: it said lately that it does not take this model, or a body of this size
 * @QCC_REASON_PROBING: half-open, and another request is trying it
 * @QCC_REASON_COOLING: it is left alone for a while
 * @QCC_REASON_OPEN: its circuit is open
 * @QCC_REASON_QUARANTINED: and has been for long
 * @QCC_REASON_WAITING: in a stated Retry-After
 * @QCC_REASON_TRIED: it was tried in this exchange before
 * @QCC_REASON_REJECTED: it does not take its key
 * @QCC_REASON_NO_KEY: the key store has no key for it
 * @QCC_REASON_DISABLED: switched off by the user
 * @QCC_REASON_OUT_OF_REACH: the exchange must stay in its start profile
 * @QCC_REASON_PROFILE_DISABLED: its profile is of tier `disabled`
 *
 * Why a candidate was or was not taken (spec 5.7). From UNSUPPORTED to QUARANTINED: what the last resort overrides, the
 * least bad first (spec 6.0).
 */
typedef enum
{
  QCC_REASON_CHOSEN,
  QCC_REASON_NOT_PREFERRED,
  QCC_REASON_WORSE_LEVEL,
  QCC_REASON_UNSUPPORTED,
  QCC_REASON_PROBING,
  QCC_REASON_COOLING,
  QCC_REASON_OPEN,
  QCC_REASON_QUARANTINED,
  QCC_REASON_WAITING,
  QCC_REASON_TRIED,
  QCC_REASON_REJECTED,
  QCC_REASON_NO_KEY,
  QCC_REASON_DISABLED,
  QCC_REASON_OUT_OF_REACH,
  QCC_REASON_PROFILE_DISABLED,
} QccReason;

/**
 * QccCandidate:
 * @endpoint: (unowned): the endpoint
 * @has_key: the key store has its key
 * @tried: this exchange has tried it and shall not again
 * @view: its level, and what keeps requests from it
 * @unsupported: it does not take the model, or the size, of this exchange
 * @bound: the session is bound to it and its cache may be warm: taken before all others if it can be used
 * @weight: its share with strategies that balance by weight: the configured one, or what the measurements make of it
 * @wrr_current: (inout): state of strategy `weighted`, 0 at first; kept by the caller from one
 *   choice to the next
 * @last_turn: (inout): state of strategies `round-robin` and `least-connections`: orders the candidates of
 *   a profile by when they were last chosen, 0 at first; kept like @wrr_current
 * @in_flight: exchanges that run at the endpoint now
 * @n_tried: attempts made at it in this exchange; only shown, never looked at
 * @reason: (out): why it was or was not taken
 *
 * One endpoint as one choice sees it.
 */
typedef struct
{
  QccEndpoint *endpoint;
  gboolean has_key;
  gboolean tried;
  QccEndpointView view;
  gboolean unsupported;
  gboolean bound;
  guint weight;
  int wrr_current;
  guint64 last_turn;
  guint in_flight;
  guint n_tried;
  QccReason reason;
} QccCandidate;

void qcc_selector_mark (QccCandidate *candidates, gsize n);
/* With @health_aware off, levels are not looked at. */
gssize qcc_selector_choose (QccStrategy strategy, gboolean health_aware, QccCandidate *candidates, gsize n);
QccReason qcc_selector_find_least_bad (const QccCandidate *candidates, gsize n);
gssize qcc_selector_choose_last_resort (QccStrategy strategy, QccCandidate *candidates, gsize n);

#define QCC_TYPE_REASON (qcc_reason_get_type ())
GType qcc_reason_get_type (void);

G_END_DECLS
