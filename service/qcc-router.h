/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-profile.h"
#include "service/qcc-selector.h"

G_BEGIN_DECLS

/**
 * QccRouteStep:
 * @QCC_ROUTE_STEP_START: an endpoint of the start profile
 * @QCC_ROUTE_STEP_FALLBACK: an endpoint of another profile
 * @QCC_ROUTE_STEP_LAST_RESORT: the least bad endpoint not yet tried
 * @QCC_ROUTE_STEP_NONE: nothing is left
 *
 * Which step of the order in spec 6.0 gave the endpoint.
 */
typedef enum
{
  QCC_ROUTE_STEP_START,
  QCC_ROUTE_STEP_FALLBACK,
  QCC_ROUTE_STEP_LAST_RESORT,
  QCC_ROUTE_STEP_NONE,
} QccRouteStep;

/**
 * QccRouteProfile:
 * @profile: (unowned): the profile
 * @strategy: how it balances, with the setting's value where the profile has none of its own
 * @health_aware: whether levels count, likewise
 * @candidates: (unowned) (array length=n_candidates): its endpoints in the file's order
 * @n_candidates: how many
 */
typedef struct
{
  const QccProfile *profile;
  QccStrategy strategy;
  gboolean health_aware;
  QccCandidate *candidates;
  gsize n_candidates;
} QccRouteProfile;

/**
 * QccRouteInput:
 * @profiles: (unowned) (array length=n_profiles): all profiles, best first
 * @n_profiles: how many
 * @start: index of the profile where the exchange starts, -1 for none
 * @fallback_enabled: the setting `failover.fallback-enabled`
 * @locked_to_profile: a token keeps the exchange in its start profile
 */
typedef struct
{
  QccRouteProfile *profiles;
  gsize n_profiles;
  gssize start;
  gboolean fallback_enabled;
  gboolean locked_to_profile;
} QccRouteInput;

/**
 * QccRoute:
 * @step: the step that gave it
 * @profile: index of the profile, -1 with %QCC_ROUTE_STEP_NONE
 * @candidate: index of the candidate in it, -1 with %QCC_ROUTE_STEP_NONE
 */
typedef struct
{
  QccRouteStep step;
  gssize profile;
  gssize candidate;
} QccRoute;

QccRoute qcc_router_choose (const QccRouteInput *input);
gboolean qcc_router_may_use (const QccRouteInput *input, gsize profile);

#define QCC_TYPE_ROUTE_STEP (qcc_route_step_get_type ())
GType qcc_route_step_get_type (void);

G_END_DECLS
