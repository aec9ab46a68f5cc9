/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-verdict.h"

G_BEGIN_DECLS

/* What moves a QccEndpointState, by which rules, and what comes of it. */

/**
 * QccStateEventType:
 * @QCC_STATE_EVENT_SENT: an attempt goes there; takes the lease when the circuit is half-open
 * @QCC_STATE_EVENT_COMMITTED: its answer has proved good
 * @QCC_STATE_EVENT_COMPLETED: its answer came to its proper end
 * @QCC_STATE_EVENT_FAILED: it failed before commit, with @klass
 * @QCC_STATE_EVENT_CUT: it failed after commit
 * @QCC_STATE_EVENT_DROPPED: it ended without saying anything about the endpoint; gives the lease back
 * @QCC_STATE_EVENT_EXHAUSTED: a good answer said that nothing is left for @wait seconds
 * @QCC_STATE_EVENT_CHECK_PASSED: a check passed; @proves_key, @weak
 * @QCC_STATE_EVENT_CHECK_FAILED: a check failed, with @klass
 * @QCC_STATE_EVENT_RESET: other key, other address, or the user's wish: nothing is known any more
 * @QCC_STATE_EVENT_TICK: time has passed
 */
typedef enum
{
  QCC_STATE_EVENT_SENT,
  QCC_STATE_EVENT_COMMITTED,
  QCC_STATE_EVENT_COMPLETED,
  QCC_STATE_EVENT_FAILED,
  QCC_STATE_EVENT_CUT,
  QCC_STATE_EVENT_DROPPED,
  QCC_STATE_EVENT_EXHAUSTED,
  QCC_STATE_EVENT_CHECK_PASSED,
  QCC_STATE_EVENT_CHECK_FAILED,
  QCC_STATE_EVENT_RESET,
  QCC_STATE_EVENT_TICK,
} QccStateEventType;

/**
 * QccStateEvent:
 * @type: what happened
 * @attempt: number of the attempt, unique while the service runs; 0 for checks and ticks
 * @sent_at: when that attempt was sent. What was sent before the circuit last changed or the cool-down began says
 *   nothing new about it, and what was sent before the last reset says nothing at all. Of no meaning for checks
 * @klass: with %QCC_STATE_EVENT_FAILED and %QCC_STATE_EVENT_CHECK_FAILED
 * @wait: seconds that the endpoint stated, -1 when it did not
 * @proves_key: the check was answered for the key, not only for the address
 * @weak: a chat check came back without its code
 */
typedef struct
{
  QccStateEventType type;
  guint64 attempt;
  gint64 sent_at;
  QccClass klass;
  int wait;
  gboolean proves_key;
  gboolean weak;
} QccStateEvent;

/**
 * QccStateRules:
 * @max_failures: failures in a row that open the circuit, of the endpoint's configuration
 * @checks: whether free checks are made at all. Without them a half-open circuit counts as healthy at once,
 *   since nothing else would ever send a request there
 */
typedef struct
{
  guint max_failures;
  gboolean checks;
} QccStateRules;

/**
 * QccStateChange:
 * @QCC_STATE_CHANGE_VIEW: what qcc_endpoint_state_view() says has changed
 * @QCC_STATE_CHANGE_DISABLED: the key has just been rejected
 * @QCC_STATE_CHANGE_ENABLED: that has just ended
 * @QCC_STATE_CHANGE_UNBIND: no session shall stay bound to it: disabled, or freed from quarantine (spec 5.4, 8.5)
 * @QCC_STATE_CHANGE_DOUBT: the key has just been refused once; a free check would tell
 * @QCC_STATE_CHANGE_BILLING: a cool-down for billing has just begun; the user should know
 */
typedef enum
{
  QCC_STATE_CHANGE_NONE = 0,
  QCC_STATE_CHANGE_VIEW = 1 << 0,
  QCC_STATE_CHANGE_DISABLED = 1 << 1,
  QCC_STATE_CHANGE_ENABLED = 1 << 2,
  QCC_STATE_CHANGE_UNBIND = 1 << 3,
  QCC_STATE_CHANGE_DOUBT = 1 << 4,
  QCC_STATE_CHANGE_BILLING = 1 << 5,
} QccStateChange;

G_END_DECLS
