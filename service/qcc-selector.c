/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-selector.h"

#include "service/qcc-strategy-private.h"

/* Words of `qcc explain` and of the bus. */
G_DEFINE_ENUM_TYPE (QccReason, qcc_reason, G_DEFINE_ENUM_VALUE (QCC_REASON_CHOSEN, "chosen"), G_DEFINE_ENUM_VALUE (QCC_REASON_NOT_PREFERRED, "not-preferred"), G_DEFINE_ENUM_VALUE (QCC_REASON_WORSE_LEVEL, "worse-level"), G_DEFINE_ENUM_VALUE (QCC_REASON_UNSUPPORTED, "unsupported"), G_DEFINE_ENUM_VALUE (QCC_REASON_PROBING, "probing"), G_DEFINE_ENUM_VALUE (QCC_REASON_COOLING, "cooling"), G_DEFINE_ENUM_VALUE (QCC_REASON_OPEN, "open"), G_DEFINE_ENUM_VALUE (QCC_REASON_QUARANTINED, "quarantined"), G_DEFINE_ENUM_VALUE (QCC_REASON_WAITING, "waiting"), G_DEFINE_ENUM_VALUE (QCC_REASON_TRIED, "tried"), G_DEFINE_ENUM_VALUE (QCC_REASON_REJECTED, "rejected"), G_DEFINE_ENUM_VALUE (QCC_REASON_NO_KEY, "no-key"), G_DEFINE_ENUM_VALUE (QCC_REASON_DISABLED, "disabled"), G_DEFINE_ENUM_VALUE (QCC_REASON_OUT_OF_REACH, "out-of-reach"), G_DEFINE_ENUM_VALUE (QCC_REASON_PROFILE_DISABLED, "profile-disabled"))

static QccReason
judge_obstacle (QccObstacle obstacle)
{
  switch (obstacle)
    {
    case QCC_OBSTACLE_NONE:
      return QCC_REASON_NOT_PREFERRED;
    case QCC_OBSTACLE_PROBING:
      return QCC_REASON_PROBING;
    case QCC_OBSTACLE_COOLING:
      return QCC_REASON_COOLING;
    case QCC_OBSTACLE_OPEN:
      return QCC_REASON_OPEN;
    case QCC_OBSTACLE_QUARANTINED:
      return QCC_REASON_QUARANTINED;
    case QCC_OBSTACLE_WAITING:
      return QCC_REASON_WAITING;
    case QCC_OBSTACLE_REJECTED:
      return QCC_REASON_REJECTED;
    }

  g_return_val_if_reached (QCC_REASON_REJECTED);
}

/* The flaw that is hardest to mend comes first, since it is the one worth showing. Of those that the last resort
 * overrides, too: a candidate is as bad as the worst of them. */
static QccReason
judge (const QccCandidate *candidate)
{
  if (!candidate->endpoint->enabled)
    return QCC_REASON_DISABLED;
  if (!candidate->has_key)
    return QCC_REASON_NO_KEY;
  if (candidate->view.obstacle == QCC_OBSTACLE_REJECTED)
    return QCC_REASON_REJECTED;
  if (candidate->tried)
    return QCC_REASON_TRIED;
  if (candidate->view.obstacle != QCC_OBSTACLE_NONE)
    return judge_obstacle (candidate->view.obstacle);
  if (candidate->unsupported)
    return QCC_REASON_UNSUPPORTED;

  return QCC_REASON_NOT_PREFERRED;
}

/* Only the best level that is there takes part (spec 5.2). */
static void
mark_worse_levels (QccCandidate *candidates,
                   gsize n)
{
  QccLevel best = QCC_LEVEL_UNHEALTHY;

  for (gsize i = 0; i < n; i++)
    if (candidates[i].reason == QCC_REASON_NOT_PREFERRED)
      best = MIN (best, candidates[i].view.level);

  for (gsize i = 0; i < n; i++)
    if (candidates[i].reason == QCC_REASON_NOT_PREFERRED && candidates[i].view.level > best)
      candidates[i].reason = QCC_REASON_WORSE_LEVEL;
}

static gssize
find_bound (const QccCandidate *candidates,
            gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (candidates[i].bound && candidates[i].reason == QCC_REASON_NOT_PREFERRED)
      return (gssize) i;

  return -1;
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
 * @health_aware: whether only the best level that is there takes part (spec 5.2)
 * @candidates: (array length=n): the endpoints of a profile in the file's order
 * @n: how many
 *
 * Chooses a usable endpoint (spec 5.1, 5.2, 5.4) and fills in the reason of every candidate. With
 * %QCC_STRATEGY_WEIGHTED the choice is a turn: `wrr_current` of those that took part moves on; with
 * %QCC_STRATEGY_ROUND_ROBIN and %QCC_STRATEGY_LEAST_CONNECTIONS `last_turn` of the chosen one does.
 *
 * A bound candidate that is usable is taken whatever its level, and uses up no turn: sessions, not their
 * requests, are what is balanced.
 *
 * Returns: index of the chosen candidate, or -1 when none is usable
 */
gssize
qcc_selector_choose (QccStrategy strategy,
                     gboolean health_aware,
                     QccCandidate *candidates,
                     gsize n)
{
  gssize bound;

  g_return_val_if_fail (candidates != NULL || n == 0, -1);

  qcc_selector_mark (candidates, n);
  bound = find_bound (candidates, n);
  if (health_aware)
    mark_worse_levels (candidates, n);
  if (bound < 0)
    return choose_among (strategy, candidates, n, QCC_REASON_NOT_PREFERRED);

  candidates[bound].reason = QCC_REASON_CHOSEN;
  return bound;
}

/**
 * qcc_selector_find_least_bad:
 * @candidates: (array length=n): candidates whose reasons are filled in, none of them usable
 * @n: how many
 *
 * Returns: the least bad reason of those that the last resort overrides (spec 6.0, step 4), or
 *   %QCC_REASON_WAITING, which is worse than all of them, when no candidate has one
 */
QccReason
qcc_selector_find_least_bad (const QccCandidate *candidates,
                             gsize n)
{
  QccReason least = QCC_REASON_WAITING;

  g_return_val_if_fail (candidates != NULL || n == 0, least);

  for (gsize i = 0; i < n; i++)
    if (candidates[i].reason >= QCC_REASON_UNSUPPORTED)
      least = MIN (least, candidates[i].reason);

  return least;
}

/**
 * qcc_selector_choose_last_resort:
 * @strategy: how the profile balances
 * @candidates: (array length=n): the endpoints of a profile in the file's order, none of them usable
 * @n: how many
 *
 * Chooses the least bad endpoint (spec 6.0, step 4), among equals by @strategy. Fills in the reason of every
 * candidate.
 *
 * Returns: index of the chosen candidate, or -1 when there is none
 */
gssize
qcc_selector_choose_last_resort (QccStrategy strategy,
                                 QccCandidate *candidates,
                                 gsize n)
{
  QccReason least;

  g_return_val_if_fail (candidates != NULL || n == 0, -1);

  qcc_selector_mark (candidates, n);
  least = qcc_selector_find_least_bad (candidates, n);

  return least < QCC_REASON_WAITING ? choose_among (strategy, candidates, n, least) : -1;
}
