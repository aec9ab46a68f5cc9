/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-endpoint.h"

G_BEGIN_DECLS

/**
 * QccReason:
 * @QCC_REASON_CHOSEN: it was taken
 * @QCC_REASON_NOT_PREFERRED: it could have been, another one was
 * @QCC_REASON_TRIED: it was tried in this exchange before
 * @QCC_REASON_DISABLED: switched off by the user
 * @QCC_REASON_NO_KEY: the key store has no key for it
 * @QCC_REASON_WAITING: in a stated Retry-After
 * @QCC_REASON_UNSUPPORTED: it said lately that it does not know this model
 * @QCC_REASON_PROFILE_DISABLED: its profile is of tier `disabled`
 *
 * Why a candidate was or was not taken (spec 5.7).
 */
typedef enum
{
  QCC_REASON_CHOSEN,
  QCC_REASON_NOT_PREFERRED,
  QCC_REASON_TRIED,
  QCC_REASON_DISABLED,
  QCC_REASON_NO_KEY,
  QCC_REASON_WAITING,
  QCC_REASON_UNSUPPORTED,
  QCC_REASON_PROFILE_DISABLED,
} QccReason;

/**
 * QccCandidate:
 * @endpoint: (unowned): the endpoint
 * @has_key: the key store has its key
 * @tried: this exchange has tried it and shall not again
 * @waiting: in a stated Retry-After
 * @unsupported: it does not know the model of this exchange
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
  gboolean waiting;
  gboolean unsupported;
  int wrr_current;
  guint64 last_turn;
  guint in_flight;
  guint n_tried;
  QccReason reason;
} QccCandidate;

void qcc_selector_mark (QccCandidate *candidates, gsize n);
gssize qcc_selector_choose (QccStrategy strategy, QccCandidate *candidates, gsize n);
gssize qcc_selector_choose_last_resort (QccStrategy strategy, QccCandidate *candidates, gsize n);

G_END_DECLS
