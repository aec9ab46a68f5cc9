/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-strategy-private.h"

/* The one whose last turn is longest ago; the file's order among those that had none. So a candidate that
 * comes back is taken next, and the others keep their order. */
gssize
qcc_strategy_round_robin_choose (QccCandidate *candidates,
                                 gsize n,
                                 QccReason eligible)
{
  gssize best = -1;

  for (gsize i = 0; i < n; i++)
    {
      if (candidates[i].reason != eligible)
        continue;
      if (best < 0 || candidates[i].last_turn < candidates[best].last_turn)
        best = i;
    }

  if (best >= 0)
    qcc_strategy_take_turn (candidates, n, best);

  return best;
}

/* Makes the last turn of @chosen the latest of all. */
void
qcc_strategy_take_turn (QccCandidate *candidates,
                        gsize n,
                        gsize chosen)
{
  guint64 latest = 0;

  for (gsize i = 0; i < n; i++)
    latest = MAX (latest, candidates[i].last_turn);

  candidates[chosen].last_turn = latest + 1;
}
