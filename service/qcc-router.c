/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-router.h"

/* Words of `qcc explain` and of the bus. */
G_DEFINE_ENUM_TYPE (QccRouteStep, qcc_route_step, G_DEFINE_ENUM_VALUE (QCC_ROUTE_STEP_START, "start"), G_DEFINE_ENUM_VALUE (QCC_ROUTE_STEP_FALLBACK, "fallback"), G_DEFINE_ENUM_VALUE (QCC_ROUTE_STEP_LAST_RESORT, "last-resort"), G_DEFINE_ENUM_VALUE (QCC_ROUTE_STEP_NONE, "none"))

static gboolean
is_disabled (const QccRouteInput *input,
             gsize index)
{
  return input->profiles[index].profile->tier == QCC_TIER_DISABLED;
}

static gboolean
may_leave_start (const QccRouteInput *input)
{
  return input->fallback_enabled && !input->locked_to_profile;
}

static void
set_reasons (QccRouteProfile *profile,
             QccReason reason)
{
  for (gsize i = 0; i < profile->n_candidates; i++)
    profile->candidates[i].reason = reason;
}

/* Also for profiles that the choice will not reach: explain shows every candidate. */
static void
mark_all (const QccRouteInput *input)
{
  for (gsize i = 0; i < input->n_profiles; i++)
    {
      QccRouteProfile *profile = &input->profiles[i];

      if (is_disabled (input, i))
        set_reasons (profile, QCC_REASON_PROFILE_DISABLED);
      else if (!qcc_router_may_use (input, i))
        set_reasons (profile, QCC_REASON_OUT_OF_REACH);
      else
        qcc_selector_mark (profile->candidates, profile->n_candidates);
    }
}

static gboolean
choose_in (const QccRouteInput *input,
           gsize index,
           QccRouteStep step,
           QccRoute *route)
{
  QccRouteProfile *profile = &input->profiles[index];
  gssize candidate = qcc_selector_choose (profile->strategy, profile->health_aware, profile->candidates, profile->n_candidates);

  if (candidate < 0)
    return FALSE;

  *route = (QccRoute){ .step = step, .profile = (gssize) index, .candidate = candidate };
  return TRUE;
}

/* Steps 1 and 2 of spec 6.0. */
static gboolean
choose_usable (const QccRouteInput *input,
               QccRoute *route)
{
  if (input->start >= 0 && qcc_router_may_use (input, input->start) &&
      choose_in (input, input->start, QCC_ROUTE_STEP_START, route))
    return TRUE;

  /* The start profile needs no exception: it has just had nothing to give. */
  for (gsize i = 0; i < input->n_profiles; i++)
    if (qcc_router_may_use (input, i) && choose_in (input, i, QCC_ROUTE_STEP_FALLBACK, route))
      return TRUE;

  return FALSE;
}

/* Step 4 of spec 6.0: the least bad endpoint of all profiles; among equally bad ones first the start profile, then
 * the best tier. */
static void
choose_last_resort (const QccRouteInput *input,
                    QccRoute *route)
{
  QccReason least = QCC_REASON_WAITING;
  gssize best = -1;
  const QccRouteProfile *profile;

  for (gsize i = 0; i < input->n_profiles; i++)
    {
      QccReason reason;

      if (!qcc_router_may_use (input, i))
        continue;
      reason = qcc_selector_find_least_bad (input->profiles[i].candidates, input->profiles[i].n_candidates);
      if (reason < least || (reason < QCC_REASON_WAITING && reason == least && (gssize) i == input->start))
        {
          least = reason;
          best = (gssize) i;
        }
    }

  if (best < 0)
    return;

  profile = &input->profiles[best];
  *route = (QccRoute){
    .step = QCC_ROUTE_STEP_LAST_RESORT,
    .profile = best,
    .candidate = qcc_selector_choose_last_resort (profile->strategy, profile->candidates, profile->n_candidates),
  };
}

/**
 * qcc_router_may_use:
 * @input: the profiles as this exchange sees them
 * @profile: index of one of them
 *
 * Returns: whether the exchange may go to endpoints of that profile
 */
gboolean
qcc_router_may_use (const QccRouteInput *input,
                    gsize profile)
{
  g_return_val_if_fail (input != NULL, FALSE);
  g_return_val_if_fail (profile < input->n_profiles, FALSE);

  return !is_disabled (input, profile) && ((gssize) profile == input->start || may_leave_start (input));
}

/**
 * qcc_router_choose:
 * @input: the profiles as this exchange sees them
 *
 * Chooses the endpoint of the next attempt: the order of spec 6.0 but for the hold. Called again
 * after each failure with the candidates that have been tried marked as such. Where the exchange
 * must stay in its start profile, the last resort stays there too. Fills in the reason of every
 * candidate of every profile.
 *
 * Returns: the choice
 */
QccRoute
qcc_router_choose (const QccRouteInput *input)
{
  QccRoute route = { .step = QCC_ROUTE_STEP_NONE, .profile = -1, .candidate = -1 };

  g_return_val_if_fail (input != NULL, route);
  g_return_val_if_fail (input->profiles != NULL || input->n_profiles == 0, route);
  g_return_val_if_fail (input->start < (gssize) input->n_profiles, route);

  mark_all (input);

  if (!choose_usable (input, &route))
    choose_last_resort (input, &route);

  return route;
}
