/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-route-plan.h"

struct _QccRoutePlan
{
  QccSnapshot *snapshot;   /* (owned) */
  QccEndpointTable *table; /* (owned) */
  QccRouteInput input;
  QccRouteProfile *profiles; /* (owned) (array length=input.n_profiles) */
  GArray *candidates;        /* (owned) (element-type QccCandidate): of all profiles, one after another */
};

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

/**
 * qcc_route_plan_new:
 * @snapshot: (transfer none): the profiles
 * @table: (transfer none): the live figures
 * @options: what the settings say
 *
 * Returns: (transfer full): a plan in which nothing was tried
 */
QccRoutePlan *
qcc_route_plan_new (QccSnapshot *snapshot,
                    QccEndpointTable *table,
                    const QccRouteOptions *options)
{
  QccRoutePlan *self = g_new0 (QccRoutePlan, 1);
  gsize offset = 0;

  self->snapshot = qcc_snapshot_ref (snapshot);
  self->table = g_object_ref (table);
  self->candidates = g_array_new (FALSE, FALSE, sizeof (QccCandidate));
  self->profiles = g_new0 (QccRouteProfile, snapshot->profiles->len);

  for (guint i = 0; i < snapshot->profiles->len; i++)
    add_candidates (self, g_ptr_array_index (snapshot->profiles, i));

  for (guint i = 0; i < snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (snapshot->profiles, i);

      self->profiles[i] = (QccRouteProfile){
        .profile = profile,
        .strategy = profile->has_strategy ? profile->strategy : options->strategy,
        .candidates = (QccCandidate *) self->candidates->data + offset,
        .n_candidates = profile->endpoints->len,
      };
      offset += profile->endpoints->len;
    }

  self->input = (QccRouteInput){
    .profiles = self->profiles,
    .n_profiles = snapshot->profiles->len,
    .start = find_start (snapshot, options->start),
    .fallback_enabled = options->fallback_enabled,
    .locked_to_profile = options->locked_to_profile,
  };

  return self;
}

void
qcc_route_plan_free (QccRoutePlan *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->profiles);
  g_array_unref (self->candidates);
  g_clear_object (&self->table);
  qcc_snapshot_unref (self->snapshot);
  g_free (self);
}

/* Keys come and go, and endpoints are removed, while an exchange runs. */
static void
read_figures (QccRoutePlan *self)
{
  for (guint i = 0; i < self->candidates->len; i++)
    {
      QccCandidate *candidate = &g_array_index (self->candidates, QccCandidate, i);
      const QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, candidate->endpoint->id);

      candidate->has_key = entry != NULL && entry->key != NULL;
      if (entry == NULL)
        continue;
      candidate->wrr_current = entry->wrr_current;
      candidate->last_turn = entry->last_turn;
      candidate->in_flight = entry->in_flight;
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

/**
 * qcc_route_plan_next:
 * @self: a plan
 * @out_profile_name: (out) (transfer none) (optional): the profile that it belongs to
 *
 * Returns: (transfer full) (nullable): where to send next, or %NULL when nothing is left
 */
QccEndpointEntry *
qcc_route_plan_next (QccRoutePlan *self,
                     const char **out_profile_name)
{
  QccRoute route;
  const QccRouteProfile *profile;

  g_return_val_if_fail (self != NULL, NULL);

  read_figures (self);
  route = qcc_router_choose (&self->input);
  write_figures (self);
  if (route.step == QCC_ROUTE_STEP_NONE)
    return NULL;

  profile = &self->profiles[route.profile];
  if (out_profile_name != NULL)
    *out_profile_name = profile->profile->name;

  /* It has a key, so it is in the table. */
  return qcc_endpoint_entry_ref (qcc_endpoint_table_lookup (self->table, profile->candidates[route.candidate].endpoint->id));
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
