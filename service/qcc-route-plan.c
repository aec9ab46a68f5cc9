/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-route-plan-private.h"

static gssize
find_start (QccSnapshot *snapshot,
            const char *name)
{
  for (guint i = 0; i < snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (snapshot->profiles, i);

      if (g_strcmp0 (profile->name, name) == 0)
        return i;
    }

  return -1;
}

static void
add_candidates (QccRoutePlan *self,
                const QccProfile *profile)
{
  for (guint i = 0; i < profile->endpoints->len; i++)
    {
      QccCandidate candidate = { .endpoint = g_ptr_array_index (profile->endpoints, i) };

      g_array_append_val (self->candidates, candidate);
    }
}

static void
add_profiles (QccRoutePlan *self)
{
  gsize offset = 0;

  self->profiles = g_new0 (QccRouteProfile, self->snapshot->profiles->len);
  for (guint i = 0; i < self->snapshot->profiles->len; i++)
    add_candidates (self, g_ptr_array_index (self->snapshot->profiles, i));

  for (guint i = 0; i < self->snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (self->snapshot->profiles, i);

      self->profiles[i] = (QccRouteProfile){
        .profile = profile,
        .strategy = profile->has_strategy ? profile->strategy : self->options.strategy,
        .health_aware = profile->has_health_aware ? profile->health_aware : self->options.health_aware,
        .candidates = (QccCandidate *) self->candidates->data + offset,
        .n_candidates = profile->endpoints->len,
      };
      offset += profile->endpoints->len;
    }
}

static guint
get_weight (QccRoutePlan *self,
            const QccEndpoint *endpoint,
            const QccEndpointEntry *entry)
{
  return self->options.weights_adjust ? qcc_weight_apply (endpoint->weight, entry->weight_percent) : endpoint->weight;
}

static void
read_entry (QccRoutePlan *self,
            QccCandidate *candidate,
            const QccEndpointEntry *entry,
            gint64 now)
{
  const QccStateRules rules = {
    .max_failures = candidate->endpoint->max_failures,
    .checks = self->options.checks,
  };

  /* A simulated fault brings an endpoint of its own, which wants no key (spec 10.5). */
  candidate->has_key = entry->key != NULL || entry->simulation != NULL;
  candidate->view = qcc_endpoint_state_view (&entry->state, &rules, now);
  candidate->unsupported = qcc_unsupported_matches (entry->unsupported, self->key.model, self->options.body_size, now);
  candidate->weight = get_weight (self, candidate->endpoint, entry);
  candidate->wrr_current = entry->wrr_current;
  candidate->last_turn = entry->last_turn;
  candidate->in_flight = entry->in_flight;
}

/* Keys come and go, endpoints are removed, and what is thought of them changes, while an exchange runs. */
static void
read_figures (QccRoutePlan *self,
              gint64 now)
{
  for (guint i = 0; i < self->candidates->len; i++)
    {
      QccCandidate *candidate = &g_array_index (self->candidates, QccCandidate, i);
      const QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, candidate->endpoint->id);

      if (entry != NULL)
        read_entry (self, candidate, entry, now);
      else
        candidate->has_key = FALSE;
    }
}

static void
write_figures (QccRoutePlan *self)
{
  for (guint i = 0; i < self->candidates->len; i++)
    {
      const QccCandidate *candidate = &g_array_index (self->candidates, QccCandidate, i);
      QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, candidate->endpoint->id);

      if (entry == NULL)
        continue;
      entry->wrr_current = candidate->wrr_current;
      entry->last_turn = candidate->last_turn;
    }
}

static void
find_where_to_start (QccRoutePlan *self,
                     const QccRouteOptions *options,
                     gint64 now)
{
  self->usual_start = find_start (self->snapshot, options->start);
  self->input.start = self->usual_start;
  self->start_reason = options->token_profile != NULL ? "token" : "active";

  read_figures (self, now);
  qcc_route_plan_follow_binding (self, now);
  self->started = self->input.start;
  if (self->bound != NULL)
    self->start_reason = "binding";
}

/**
 * qcc_route_plan_new:
 * @snapshot: (transfer none): the profiles
 * @table: (transfer none): the live figures
 * @options: what the settings and the request say
 * @now: microseconds, of the clock that the states of the endpoints are kept by
 *
 * Returns: (transfer full): a plan in which nothing was tried
 */
QccRoutePlan *
qcc_route_plan_new (QccSnapshot *snapshot,
                    QccEndpointTable *table,
                    const QccRouteOptions *options,
                    gint64 now)
{
  QccRoutePlan *self;

  g_return_val_if_fail (snapshot != NULL, NULL);
  g_return_val_if_fail (QCC_IS_ENDPOINT_TABLE (table), NULL);
  g_return_val_if_fail (options != NULL, NULL);

  self = g_new0 (QccRoutePlan, 1);
  self->snapshot = qcc_snapshot_ref (snapshot);
  self->table = g_object_ref (table);
  self->options = *options;
  self->step = QCC_ROUTE_STEP_NONE;
  self->candidates = g_array_new (FALSE, FALSE, sizeof (QccCandidate));
  add_profiles (self);
  self->input = (QccRouteInput){
    .profiles = self->profiles,
    .n_profiles = snapshot->profiles->len,
    .fallback_enabled = options->fallback_enabled,
    .locked_to_profile = options->locked_to_profile,
  };
  qcc_route_plan_open_affinity (self, options);
  find_where_to_start (self, options, now);

  return self;
}

/**
 * qcc_route_plan_free:
 * @self: (transfer full): a plan
 */
void
qcc_route_plan_free (QccRoutePlan *self)
{
  g_return_if_fail (self != NULL);

  qcc_route_plan_close_affinity (self);
  g_free (self->profiles);
  g_array_unref (self->candidates);
  g_clear_object (&self->table);
  qcc_snapshot_unref (self->snapshot);
  g_free (self);
}

/**
 * qcc_route_plan_next:
 * @self: a plan
 * @now: microseconds
 *
 * Chooses where to send next, and binds the session there (spec 5.4).
 *
 * Returns: the choice; the caller owns its entry
 */
QccRouteChoice
qcc_route_plan_next (QccRoutePlan *self,
                     gint64 now)
{
  QccRouteChoice choice = { .route = { .step = QCC_ROUTE_STEP_NONE, .profile = -1, .candidate = -1 } };
  const QccRouteProfile *profile;

  g_return_val_if_fail (self != NULL, choice);

  read_figures (self, now);
  qcc_route_plan_check_binding (self);
  choice.input = &self->input;
  choice.route = qcc_router_choose (&self->input);
  write_figures (self);
  self->step = choice.route.step;
  if (choice.route.step == QCC_ROUTE_STEP_NONE)
    return choice;

  qcc_route_plan_bind (self, &choice.route, now);
  profile = &self->profiles[choice.route.profile];
  choice.profile_name = profile->profile->name;
  /* It has a key, so it is in the table. */
  choice.entry = qcc_endpoint_entry_ref (qcc_endpoint_table_lookup (self->table, profile->candidates[choice.route.candidate].endpoint->id));

  return choice;
}

/**
 * qcc_route_plan_set_tried:
 * @self: a plan
 * @endpoint_id: an endpoint that this exchange shall not use again
 */
void
qcc_route_plan_set_tried (QccRoutePlan *self,
                          const char *endpoint_id)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (endpoint_id != NULL);

  for (guint i = 0; i < self->candidates->len; i++)
    {
      QccCandidate *candidate = &g_array_index (self->candidates, QccCandidate, i);

      if (g_str_equal (candidate->endpoint->id, endpoint_id))
        candidate->tried = TRUE;
    }
}

/**
 * qcc_route_plan_lacks_only_keys:
 * @self: a plan of which nothing was tried and nothing could be
 *
 * Returns: whether some endpoint that the exchange may go to would be used if it had a key
 */
gboolean
qcc_route_plan_lacks_only_keys (QccRoutePlan *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  for (gsize i = 0; i < self->input.n_profiles; i++)
    {
      const QccRouteProfile *profile = &self->profiles[i];

      if (!qcc_router_may_use (&self->input, i))
        continue;
      for (gsize j = 0; j < profile->n_candidates; j++)
        if (profile->candidates[j].reason == QCC_REASON_NO_KEY)
          return TRUE;
    }

  return FALSE;
}

/* Whether nothing but time keeps the exchange from it. */
static gboolean
only_waits (const QccCandidate *candidate)
{
  return candidate->endpoint->enabled && candidate->has_key && !candidate->unsupported && candidate->view.until > 0;
}

/**
 * qcc_route_plan_next_usable:
 * @self: a plan
 * @now: microseconds
 *
 * For the Retry-After of spec 2.9. Endpoints that were tried in this exchange count: the next exchange may use them.
 *
 * Returns: seconds, rounded up and at least 1, until the first endpoint that the exchange may go to and that is kept back
 *   by something that passes can be used again; -1 when there is none
 */
int
qcc_route_plan_next_usable (QccRoutePlan *self,
                            gint64 now)
{
  gint64 first = G_MAXINT64;

  g_return_val_if_fail (self != NULL, -1);

  read_figures (self, now);
  for (gsize i = 0; i < self->input.n_profiles; i++)
    {
      const QccRouteProfile *profile = &self->profiles[i];

      for (gsize j = 0; qcc_router_may_use (&self->input, i) && j < profile->n_candidates; j++)
        if (only_waits (&profile->candidates[j]))
          first = MIN (first, profile->candidates[j].view.until);
    }

  if (first == G_MAXINT64)
    return -1;

  return (int) CLAMP ((first - now + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC, 1, G_MAXINT);
}

/**
 * qcc_route_plan_get_start:
 * @self: a plan
 * @out_why: (out) (optional): "active", "token" or "binding"; a static string
 *
 * Returns: (transfer none) (nullable): name of the profile where the exchange started, owned by the snapshot
 */
const char *
qcc_route_plan_get_start (QccRoutePlan *self,
                          const char **out_why)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (out_why != NULL)
    *out_why = self->start_reason;

  return self->started >= 0 ? self->profiles[self->started].profile->name : NULL;
}
