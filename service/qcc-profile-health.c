/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-profile-health.h"

G_DEFINE_ENUM_TYPE (QccHealthStatus, qcc_health_status, G_DEFINE_ENUM_VALUE (QCC_HEALTH_EMPTY, "empty"), G_DEFINE_ENUM_VALUE (QCC_HEALTH_HEALTHY, "healthy"), G_DEFINE_ENUM_VALUE (QCC_HEALTH_DEGRADED, "degraded"), G_DEFINE_ENUM_VALUE (QCC_HEALTH_UNHEALTHY, "unhealthy"))

/* What a profile is by one endpoint alone. */
static QccHealthStatus
status_by (const QccEndpointView *view)
{
  if (view->obstacle != QCC_OBSTACLE_NONE)
    return QCC_HEALTH_UNHEALTHY;

  switch (view->level)
    {
    case QCC_LEVEL_HEALTHY:
      return QCC_HEALTH_HEALTHY;
    case QCC_LEVEL_DEGRADED:
      return QCC_HEALTH_DEGRADED;
    case QCC_LEVEL_UNHEALTHY:
      return QCC_HEALTH_UNHEALTHY;
    }

  g_return_val_if_reached (QCC_HEALTH_UNHEALTHY);
}

static gint64
later_failure (gint64 a,
               gint64 b)
{
  if (a == 0 || b == 0)
    return a != 0 ? a : b;

  return MAX (a, b);
}

/**
 * qcc_profile_health_add:
 * @self: how a profile is, by the endpoints so far; all zero at first
 * @state: what QCC thinks of one more of its endpoints
 * @rules: the rules for that endpoint
 * @in_use: whether it is switched on and has a key
 * @now: microseconds
 *
 * To be called once for each endpoint. One that is not in use counts in @n_endpoints only.
 */
void
qcc_profile_health_add (QccProfileHealth *self,
                        const QccEndpointState *state,
                        const QccStateRules *rules,
                        gboolean in_use,
                        gint64 now)
{
  QccEndpointView view;
  QccHealthStatus status;

  g_return_if_fail (self != NULL);
  g_return_if_fail (state != NULL);
  g_return_if_fail (rules != NULL);

  self->n_endpoints++;
  if (!in_use)
    return;

  view = qcc_endpoint_state_view (state, rules, now);
  status = status_by (&view);

  if (view.obstacle == QCC_OBSTACLE_NONE)
    self->n_usable++;
  if (view.obstacle == QCC_OBSTACLE_PROBING)
    self->probing = TRUE;
  if (status == QCC_HEALTH_HEALTHY)
    self->n_healthy++;

  /* Behind "empty", which it no longer is, the better of two comes first. */
  self->status = self->status == QCC_HEALTH_EMPTY ? status : MIN (self->status, status);
  self->last_failure = later_failure (self->last_failure, state->last_failure);
  /* Going back to one that asked to be left alone a minute ago would be no recovery (spec 6.4). */
  self->last_failure = later_failure (self->last_failure, state->cooling_since);
}
