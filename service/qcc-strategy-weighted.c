/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-strategy-private.h"

/* Smooth weighted round robin. Each turn every eligible candidate gains its weight, and the one
 * that has most is taken and pays the sum of all weights back. So the values always sum up to zero,
 * each endpoint is taken exactly in proportion to its weight over a cycle, and the turns of a
 * heavy endpoint are spread over the cycle instead of coming in a row. The file's order decides
 * among equals.
 *
 * A candidate that is not eligible in a turn keeps its value and takes no part in the sum. What it was owed or
 * owing among others may be many turns' worth among those that are eligible with it when it comes back, and would
 * be made up for in one burst, or in a long silence: so no value is taken for more than two cycles. While the same
 * candidates take part hardly any gets there: the largest seen with fifty random weights was 1.5 cycles. */
gssize
qcc_strategy_weighted_choose (QccCandidate *candidates,
                              gsize n,
                              QccReason eligible)
{
  gssize best = -1;
  int sum = 0;

  for (gsize i = 0; i < n; i++)
    if (candidates[i].reason == eligible)
      sum += (int) candidates[i].weight;

  for (gsize i = 0; i < n; i++)
    {
      if (candidates[i].reason != eligible)
        continue;
      candidates[i].wrr_current = CLAMP (candidates[i].wrr_current, -2 * sum, 2 * sum) + (int) candidates[i].weight;
      if (best < 0 || candidates[i].wrr_current > candidates[best].wrr_current)
        best = (gssize) i;
    }

  if (best >= 0)
    candidates[best].wrr_current -= sum;

  return best;
}
