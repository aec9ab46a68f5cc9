/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-endpoint-state.h"

G_BEGIN_DECLS

/**
 * QccHealthStatus:
 * @QCC_HEALTH_EMPTY: it has no endpoint that is switched on and has a key
 * @QCC_HEALTH_HEALTHY: some endpoint is of level healthy
 * @QCC_HEALTH_DEGRADED: the best usable one is of level degraded
 * @QCC_HEALTH_UNHEALTHY: none of level healthy or degraded can be used
 *
 * How a profile is (spec 6.2, 7.5).
 */
typedef enum
{
  QCC_HEALTH_EMPTY,
  QCC_HEALTH_HEALTHY,
  QCC_HEALTH_DEGRADED,
  QCC_HEALTH_UNHEALTHY,
} QccHealthStatus;

/**
 * QccProfileHealth:
 * @status: how it is
 * @n_healthy: endpoints that can be used and are of level healthy
 * @n_usable: endpoints that can be used
 * @n_endpoints: all, those that are switched off too
 * @probing: a probe runs, so that it is not known yet how the profile is
 * @last_failure: the latest of its endpoints that are in use, 0 for never
 */
typedef struct
{
  QccHealthStatus status;
  guint n_healthy;
  guint n_usable;
  guint n_endpoints;
  gboolean probing;
  gint64 last_failure;
} QccProfileHealth;

void qcc_profile_health_add (QccProfileHealth *self,
                             const QccEndpointState *state,
                             const QccStateRules *rules,
                             gboolean in_use,
                             gint64 now);

#define QCC_TYPE_HEALTH_STATUS (qcc_health_status_get_type ())
GType qcc_health_status_get_type (void);

G_END_DECLS
