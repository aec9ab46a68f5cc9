/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-strategy-private.h"

/* The lowest number in `priority`, which is 0 for the first; the file's order among equals. */
gssize
qcc_strategy_failover_choose (const QccCandidate *candidates,
                              gsize n,
                              QccReason eligible)
{
  gssize best = -1;

  for (gsize i = 0; i < n; i++)
    {
      if (candidates[i].reason != eligible)
        continue;
      if (best < 0 || candidates[i].endpoint->priority < candidates[best].endpoint->priority)
        best = i;
    }

  return best;
}
