/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-router.h"

typedef gssize (*ChooseFunc) (QccStrategy strategy,
                              QccCandidate *candidates,
                              gsize n);

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

/* Also for profiles that the choice will not reach: explain shows every candidate. */
static void
mark_all (const QccRouteInput *input)
{
  for (gsize i = 0; i < input->n_profiles; i++)
    {
      QccRouteProfile *profile = &input->profiles[i];

      qcc_selector_mark (profile->candidates, profile->n_candidates);
      for (gsize j = 0; is_disabled (input, i) && j < profile->n_candidates; j++)
        profile->candidates[j].reason = QCC_REASON_PROFILE_DISABLED;
    }
}

static gboolean
choose_in (const QccRouteInput *input,
           gsize index,
           ChooseFunc choose,
           QccRouteStep step,
           QccRoute *route)
{
  QccRouteProfile *profile = &input->profiles[index];
  gssize candidate;

  if (is_disabled (input, index))
    return FALSE;

  candidate = choose (profile->strategy, profile->candidates, profile->n_candidates);
  if (candidate < 0)
    return FALSE;

  *route = (QccRoute){ .step = step, .profile = (gssize) index, .candidate = candidate };
  return TRUE;
}

/* The start profile with @step, then, where that is allowed, the others with @other_step. */
static gboolean
choose_in_order (const QccRouteInput *input,
                 ChooseFunc choose,
                 QccRouteStep step,
                 QccRouteStep other_step,
                 QccRoute *route)
{
  if (input->start >= 0 && choose_in (input, input->start, choose, step, route))
    return TRUE;

  /* The start profile needs no exception: it has just had nothing to give. */
  for (gsize i = 0; may_leave_start (input) && i < input->n_profiles; i++)
    if (choose_in (input, i, choose, other_step, route))
      return TRUE;

  return FALSE;
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

  if (!choose_in_order (input, qcc_selector_choose,
                        QCC_ROUTE_STEP_START, QCC_ROUTE_STEP_FALLBACK, &route))
    choose_in_order (input, qcc_selector_choose_last_resort,
                     QCC_ROUTE_STEP_LAST_RESORT, QCC_ROUTE_STEP_LAST_RESORT, &route);

  return route;
}
