/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-route-plan.h"

G_BEGIN_DECLS

/*
 * One plan, in two files:
 *
 *   qcc-route-plan.c           what the router sees, and its choice
 *   qcc-route-plan-affinity.c  where the session is bound, and whether it stays there
 */

/**
 * QccRoutePlan:
 * @snapshot: (owned): the profiles, as they were when the exchange began
 * @table: (owned): the live figures
 * @options: what the settings and the request say; its strings are not used, since they are the caller's
 * @input: what the router sees
 * @profiles: (owned) (array length=input.n_profiles): the same
 * @candidates: (owned) (element-type QccCandidate): of all profiles, one after another
 * @usual_start: index of the profile where the exchange starts when no binding says otherwise, -1 for none
 * @started: index of the profile where it did start, -1 for none
 * @start_reason: why there; a static string
 * @bound: (unowned) (nullable): the candidate that the session is bound to, while that is followed
 * @affinity: (unowned) (nullable): the bindings; %NULL also when the exchange belongs to no session
 * @key: of the session in @affinity, and the model of the request; its strings are owned
 * @era: of @affinity when the exchange began
 * @step: the step that gave the last choice
 */
struct _QccRoutePlan
{
  QccSnapshot *snapshot;
  QccEndpointTable *table;
  QccRouteOptions options;
  QccRouteInput input;
  QccRouteProfile *profiles;
  GArray *candidates;
  gssize usual_start;
  gssize started;
  const char *start_reason;
  QccCandidate *bound;
  QccAffinity *affinity;
  QccAffinityKey key;
  guint era;
  QccRouteStep step;
};

void qcc_route_plan_open_affinity (QccRoutePlan *self, const QccRouteOptions *options);
void qcc_route_plan_close_affinity (QccRoutePlan *self);
void qcc_route_plan_follow_binding (QccRoutePlan *self, gint64 now);
void qcc_route_plan_check_binding (QccRoutePlan *self);
void qcc_route_plan_bind (QccRoutePlan *self, const QccRoute *route, gint64 now);

G_END_DECLS
