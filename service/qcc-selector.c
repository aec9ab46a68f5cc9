/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-selector.h"

#include "service/qcc-strategy-private.h"

/* The flaw that is hardest to mend comes first, since it is the one worth showing. UNSUPPORTED
 * must be last: the last resort relies on it being the only flaw. */
static QccReason
judge (const QccCandidate *candidate)
{
  if (!candidate->endpoint->enabled)
    return QCC_REASON_DISABLED;
  if (!candidate->has_key)
    return QCC_REASON_NO_KEY;
  if (candidate->tried)
    return QCC_REASON_TRIED;
  if (candidate->waiting)
    return QCC_REASON_WAITING;
  if (candidate->unsupported)
    return QCC_REASON_UNSUPPORTED;

  return QCC_REASON_NOT_PREFERRED;
}

static gssize
choose_among (QccStrategy strategy,
              QccCandidate *candidates,
              gsize n,
              QccReason eligible)
{
  gssize chosen = -1;

  switch (strategy)
    {
    case QCC_STRATEGY_WEIGHTED:
      chosen = qcc_strategy_weighted_choose (candidates, n, eligible);
      break;
    case QCC_STRATEGY_FAILOVER:
      chosen = qcc_strategy_failover_choose (candidates, n, eligible);
      break;
    case QCC_STRATEGY_ROUND_ROBIN:
      chosen = qcc_strategy_round_robin_choose (candidates, n, eligible);
      break;
    case QCC_STRATEGY_LEAST_CONNECTIONS:
      chosen = qcc_strategy_least_connections_choose (candidates, n, eligible);
      break;
    }

  if (chosen >= 0)
    candidates[chosen].reason = QCC_REASON_CHOSEN;

  return chosen;
}

/**
 * qcc_selector_mark:
 * @candidates: (array length=n): the endpoints of a profile in the file's order
 * @n: how many
 *
 * Fills in the reasons without choosing: %QCC_REASON_NOT_PREFERRED for each usable candidate.
 */
void
qcc_selector_mark (QccCandidate *candidates,
                   gsize n)
{
  g_return_if_fail (candidates != NULL || n == 0);

  for (gsize i = 0; i < n; i++)
    candidates[i].reason = judge (&candidates[i]);
}

/**
 * qcc_selector_choose:
 * @strategy: how the profile balances
 * @candidates: (array length=n): the endpoints of a profile in the file's order
 * @n: how many
 *
 * Chooses a usable endpoint (spec 5.1, 5.2) and fills in the reason of every candidate. With
 * %QCC_STRATEGY_WEIGHTED the choice is a turn: `wrr_current` of the usable candidates moves on; with
 * %QCC_STRATEGY_ROUND_ROBIN and %QCC_STRATEGY_LEAST_CONNECTIONS `last_turn` of the chosen one does.
 *
 * Returns: index of the chosen candidate, or -1 when none is usable
 */
gssize
qcc_selector_choose (QccStrategy strategy,
                     QccCandidate *candidates,
                     gsize n)
{
  g_return_val_if_fail (candidates != NULL || n == 0, -1);

  qcc_selector_mark (candidates, n);
  return choose_among (strategy, candidates, n, QCC_REASON_NOT_PREFERRED);
}

/**
 * qcc_selector_choose_last_resort:
 * @strategy: how the profile balances
 * @candidates: (array length=n): the endpoints of a profile in the file's order, none of them usable
 * @n: how many
 *
 * Chooses the least bad endpoint (spec 6.0, step 4): one whose only flaw is that it does not know
 * the model, for that may have changed. Fills in the reason of every candidate.
 *
 * Returns: index of the chosen candidate, or -1 when there is none
 */
gssize
qcc_selector_choose_last_resort (QccStrategy strategy,
                                 QccCandidate *candidates,
                                 gsize n)
{
  g_return_val_if_fail (candidates != NULL || n == 0, -1);

  qcc_selector_mark (candidates, n);
  return choose_among (strategy, candidates, n, QCC_REASON_UNSUPPORTED);
}
