/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-snapshot.h"
#include "service/qcc-endpoint-table.h"
#include "service/qcc-router.h"

G_BEGIN_DECLS

/*
 * What the router needs, made for one exchange from the snapshot that it started with and the
 * live figures, and kept over its attempts.
 */

typedef struct _QccRoutePlan QccRoutePlan;

/**
 * QccRouteOptions:
 * @start: (unowned) (nullable): name of the profile where the exchange starts
 * @strategy: of profiles without one of their own
 * @fallback_enabled: whether other profiles than the first may be used
 * @locked_to_profile: whether a token keeps the exchange there
 */
typedef struct
{
  const char *start;
  QccStrategy strategy;
  gboolean fallback_enabled;
  gboolean locked_to_profile;
} QccRouteOptions;

QccRoutePlan *qcc_route_plan_new (QccSnapshot *snapshot, QccEndpointTable *table, const QccRouteOptions *options);
void qcc_route_plan_free (QccRoutePlan *self);

QccEndpointEntry *qcc_route_plan_next (QccRoutePlan *self, const char **out_profile_name);
void qcc_route_plan_set_tried (QccRoutePlan *self, const char *endpoint_id);
gboolean qcc_route_plan_lacks_only_keys (QccRoutePlan *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccRoutePlan, qcc_route_plan_free)

G_END_DECLS
