/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-route-plan-private.h"

/* Remembers whose bindings the exchange follows and makes. */
void
qcc_route_plan_open_affinity (QccRoutePlan *self,
                              const QccRouteOptions *options)
{
  self->key = (QccAffinityKey){
    .session = g_strdup (options->session),
    .model = g_strdup (options->model),
    .token_profile = g_strdup (options->token_profile),
  };
  if (options->affinity == NULL || options->session == NULL)
    return;

  self->affinity = options->affinity;
  self->era = qcc_affinity_get_era (self->affinity);
}

void
qcc_route_plan_close_affinity (QccRoutePlan *self)
{
  g_free ((char *) self->key.session);
  g_free ((char *) self->key.model);
  g_free ((char *) self->key.token_profile);
}

static gboolean
is_sticky (QccRoutePlan *self,
           gsize index)
{
  const QccProfile *profile = self->profiles[index].profile;

  return profile->has_sticky_session ? profile->sticky_session : self->options.sticky_session;
}

static QccCandidate *
find_candidate (QccRoutePlan *self,
                const char *endpoint_id,
                gsize *out_profile)
{
  for (gsize i = 0; i < self->input.n_profiles; i++)
    for (gsize j = 0; j < self->profiles[i].n_candidates; j++)
      if (g_str_equal (self->profiles[i].candidates[j].endpoint->id, endpoint_id))
        {
          *out_profile = i;
          return &self->profiles[i].candidates[j];
        }

  return NULL;
}

static gboolean
is_usable (const QccCandidate *candidate)
{
  return candidate->reason == QCC_REASON_NOT_PREFERRED;
}

/* Whether the profile would rather take @candidate than @other, whatever else is going on. Only what makes an
 * endpoint better for good counts: among equals a session never moves (spec 5.5). */
static gboolean
is_better (const QccRouteProfile *profile,
           const QccCandidate *candidate,
           const QccCandidate *other)
{
  if (profile->health_aware && candidate->view.level != other->view.level)
    return candidate->view.level < other->view.level;

  return profile->strategy == QCC_STRATEGY_FAILOVER && candidate->endpoint->priority < other->endpoint->priority;
}

/* Whether an exchange without a binding would find something better than the bound endpoint (spec 5.5): anything in the
 * profile where it would start, when that is another one. */
static gboolean
has_better (QccRoutePlan *self,
            gsize bound_profile,
            const QccCandidate *bound)
{
  gboolean at_home = (gssize) bound_profile == self->usual_start;
  const QccRouteProfile *profile;

  if (self->usual_start < 0 || !qcc_router_may_use (&self->input, (gsize) self->usual_start))
    return FALSE;

  profile = &self->profiles[self->usual_start];
  qcc_selector_mark (profile->candidates, profile->n_candidates);
  for (gsize i = 0; i < profile->n_candidates; i++)
    if (is_usable (&profile->candidates[i]) && (!at_home || is_better (profile, &profile->candidates[i], bound)))
      return TRUE;

  return FALSE;
}

/* Looks at the bound endpoint as the exchange begins.
 *
 * A profile that the exchange could not go to from its usual start (spec 6.0, where step 2 is skipped) is not reached by
 * a binding either: who switched fallback off, or bound a token to a profile, wants the other ones left alone. The
 * binding stays, since that may change again. */
void
qcc_route_plan_follow_binding (QccRoutePlan *self,
                               gint64 now)
{
  QccBinding binding;
  QccCandidate *bound;
  gsize profile;

  if (self->affinity == NULL || !qcc_affinity_lookup (self->affinity, &self->key, now, &binding))
    return;

  bound = find_candidate (self, binding.endpoint_id, &profile);
  if (bound == NULL || !is_sticky (self, profile) || !qcc_router_may_use (&self->input, profile))
    return;

  qcc_selector_mark (bound, 1);
  if (!is_usable (bound) || (qcc_binding_is_cold (&binding, now) && has_better (self, profile, bound)))
    return;

  self->bound = bound;
  bound->bound = TRUE;
  self->input.start = (gssize) profile;
}

/* Before each choice: an exchange whose bound endpoint can no longer be used goes on as if it had not been bound. */
void
qcc_route_plan_check_binding (QccRoutePlan *self)
{
  if (self->bound == NULL)
    return;

  qcc_selector_mark (self->bound, 1);
  if (is_usable (self->bound))
    return;

  self->bound->bound = FALSE;
  self->bound = NULL;
  self->input.start = self->usual_start;
}

static gboolean
may_bind (QccRoutePlan *self)
{
  return self->affinity != NULL && self->options.binds && qcc_affinity_get_era (self->affinity) == self->era;
}

static void
bind (QccRoutePlan *self,
      const char *endpoint_id,
      gint64 now)
{
  qcc_affinity_bind (self->affinity, &self->key, endpoint_id, self->options.long_cache, now);
}

/* Spec 5.4: an endpoint that does not take this one request is not left for that; its cache is warm for the others. One
 * that failed has lost its binding by now. */
static gboolean
is_only_unsuited (QccRoutePlan *self,
                  gint64 now)
{
  QccBinding binding;
  const QccCandidate *candidate = NULL;
  gsize profile;

  if (qcc_affinity_lookup (self->affinity, &self->key, now, &binding))
    candidate = find_candidate (self, binding.endpoint_id, &profile);

  return candidate != NULL && candidate->endpoint->enabled && candidate->has_key &&
         candidate->view.obstacle == QCC_OBSTACLE_NONE && (candidate->unsupported || candidate->tried);
}

/* At the choice and not first at the answer, so that two first requests of a session meet. A last resort is not expected to
 * answer, so it must do so first. */
void
qcc_route_plan_bind (QccRoutePlan *self,
                     const QccRoute *route,
                     gint64 now)
{
  if (may_bind (self) && !is_only_unsuited (self, now) &&
      (route->step == QCC_ROUTE_STEP_START || route->step == QCC_ROUTE_STEP_FALLBACK) && is_sticky (self, (gsize) route->profile))
    bind (self, self->profiles[route->profile].candidates[route->candidate].endpoint->id, now);
}

/**
 * qcc_route_plan_note_failure:
 * @self: a plan
 * @endpoint_id: an endpoint at which an attempt failed with a class that unbinds (spec 5.4)
 *
 * The session is no longer bound there.
 */
void
qcc_route_plan_note_failure (QccRoutePlan *self,
                             const char *endpoint_id)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (endpoint_id != NULL);

  if (self->affinity != NULL)
    qcc_affinity_unbind (self->affinity, &self->key, endpoint_id);
}

/**
 * qcc_route_plan_note_success:
 * @self: a plan
 * @endpoint_id: the endpoint of the last choice, whose answer was committed
 * @now: microseconds
 *
 * The session's cache is warm there. A session that another of its requests has bound elsewhere meanwhile stays where
 * it is, unless this one had to take the last resort, and found it better than that.
 */
void
qcc_route_plan_note_success (QccRoutePlan *self,
                             const char *endpoint_id,
                             gint64 now)
{
  gsize profile;

  g_return_if_fail (self != NULL);
  g_return_if_fail (endpoint_id != NULL);

  if (!may_bind (self) || find_candidate (self, endpoint_id, &profile) == NULL || !is_sticky (self, profile))
    return;

  if (self->step == QCC_ROUTE_STEP_LAST_RESORT || !qcc_affinity_lookup (self->affinity, &self->key, now, NULL))
    bind (self, endpoint_id, now);
  qcc_affinity_note_success (self->affinity, &self->key, endpoint_id, now);
}
