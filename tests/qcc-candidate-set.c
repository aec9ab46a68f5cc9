/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-candidate-set.h"

void
qcc_candidate_set_init (QccCandidateSet *set,
                        const guint *numbers,
                        gsize n)
{
  g_assert_cmpuint (n, <=, QCC_CANDIDATE_SET_MAX);

  *set = (QccCandidateSet){ .n = n };
  for (gsize i = 0; i < n; i++)
    {
      set->endpoints[i].enabled = TRUE;
      set->endpoints[i].weight = numbers[i];
      set->endpoints[i].priority = numbers[i];
      set->candidates[i].endpoint = &set->endpoints[i];
      set->candidates[i].weight = numbers[i];
      set->candidates[i].has_key = TRUE;
      set->candidates[i].reason = QCC_REASON_PROFILE_DISABLED; /* must be overwritten */
    }
}
