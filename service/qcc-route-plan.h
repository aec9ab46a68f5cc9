/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-snapshot.h"
#include "service/qcc-affinity.h"
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
 * @health_aware: likewise
 * @sticky_session: likewise
 * @fallback_enabled: whether other profiles than the first may be used
 * @locked_to_profile: whether a token keeps the exchange there
 * @affinity: (unowned) (nullable): the bindings; outlives the plan
 * @session: (unowned) (nullable): the session
 * @model: (unowned) (nullable): the model, as the client named it
 * @token_profile: (unowned) (nullable): the profile that its token starts in
 * @long_cache: whether it asks for the cache of one hour
 * @binds: whether its choice binds the session; where not, a binding is followed all the same
 * @body_size: bytes
 * @checks: whether free checks are made, see QccStateRules
 * @weights_adjust: whether measurements adjust weights (spec 5.6)
 */
typedef struct
{
  const char *start;
  QccStrategy strategy;
  gboolean health_aware;
  gboolean sticky_session;
  gboolean fallback_enabled;
  gboolean locked_to_profile;
  QccAffinity *affinity;
  const char *session;
  const char *model;
  const char *token_profile;
  gboolean long_cache;
  gboolean binds;
  gsize body_size;
  gboolean checks;
  gboolean weights_adjust;
} QccRouteOptions;

/**
 * QccRouteChoice:
 * @entry: (owned) (nullable): where to send next; %NULL when nothing is left
 * @profile_name: (unowned) (nullable): the profile that it belongs to, owned by the snapshot
 * @input: (unowned): what the router saw, for explain; valid until the next choice
 * @route: what it said
 */
typedef struct
{
  QccEndpointEntry *entry;
  const char *profile_name;
  const QccRouteInput *input;
  QccRoute route;
} QccRouteChoice;

QccRoutePlan *qcc_route_plan_new (QccSnapshot *snapshot,
                                  QccEndpointTable *table,
                                  const QccRouteOptions *options,
                                  gint64 now);
void qcc_route_plan_free (QccRoutePlan *self);

QccRouteChoice qcc_route_plan_next (QccRoutePlan *self, gint64 now);
void qcc_route_plan_set_tried (QccRoutePlan *self, const char *endpoint_id);
/* An attempt failed with a class that unbinds (spec 5.4), or an answer was committed. */
void qcc_route_plan_note_failure (QccRoutePlan *self, const char *endpoint_id);
void qcc_route_plan_note_success (QccRoutePlan *self, const char *endpoint_id, gint64 now);
gboolean qcc_route_plan_lacks_only_keys (QccRoutePlan *self);
/* Seconds until the first endpoint that the exchange may go to can be used again, -1 when that is not known. */
int qcc_route_plan_next_usable (QccRoutePlan *self, gint64 now);
/* Where the exchange started, and why: "active", "token" or "binding"; a static string. */
const char *qcc_route_plan_get_start (QccRoutePlan *self, const char **out_why);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccRoutePlan, qcc_route_plan_free)

G_END_DECLS
