/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-selector.h"

G_BEGIN_DECLS

/* A strategy chooses among the candidates whose reason is @eligible and returns the index of one of
 * them, or -1 when there is none. It does not change reasons. */

gssize qcc_strategy_failover_choose (const QccCandidate *candidates, gsize n, QccReason eligible);
gssize qcc_strategy_least_connections_choose (QccCandidate *candidates, gsize n, QccReason eligible);
gssize qcc_strategy_round_robin_choose (QccCandidate *candidates, gsize n, QccReason eligible);
gssize qcc_strategy_weighted_choose (QccCandidate *candidates, gsize n, QccReason eligible);

void qcc_strategy_take_turn (QccCandidate *candidates, gsize n, gsize chosen);

G_END_DECLS
