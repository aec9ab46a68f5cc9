/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-strategy-private.h"

/* By exchanges for each unit of weight, then by turns. Both sides of the division are multiplied out, so that
 * nothing is rounded. */
static gboolean
is_better (const QccCandidate *candidate,
           const QccCandidate *other)
{
  guint64 load = (guint64) candidate->in_flight * other->weight;
  guint64 other_load = (guint64) other->in_flight * candidate->weight;

  if (load != other_load)
    return load < other_load;

  return candidate->last_turn < other->last_turn;
}

/* The one with the fewest exchanges for its weight; among equals, as all are that have none, whose last turn
 * is longest ago. */
gssize
qcc_strategy_least_connections_choose (QccCandidate *candidates,
                                       gsize n,
                                       QccReason eligible)
{
  gssize best = -1;

  for (gsize i = 0; i < n; i++)
    {
      if (candidates[i].reason != eligible)
        continue;
      if (best < 0 || is_better (&candidates[i], &candidates[best]))
        best = i;
    }

  if (best >= 0)
    qcc_strategy_take_turn (candidates, n, best);

  return best;
}
