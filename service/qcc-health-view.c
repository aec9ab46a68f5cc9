/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-health-private.h"

/**
 * qcc_health_find:
 * @self: the health of all endpoints
 * @endpoint_id: one of them
 *
 * Returns: (transfer none) (nullable): what is known of it
 */
QccEndpointEntry *
qcc_health_find (QccHealth *self,
                 const char *endpoint_id)
{
  g_return_val_if_fail (QCC_IS_HEALTH (self), NULL);

  return qcc_endpoint_table_lookup (self->table, endpoint_id);
}

/**
 * qcc_health_get_rules:
 * @self: the health of all endpoints
 * @entry: (transfer none): one of them
 *
 * Returns: what its state is judged by
 */
QccStateRules
qcc_health_get_rules (QccHealth *self,
                      const QccEndpointEntry *entry)
{
  return (QccStateRules){
    .max_failures = entry->endpoint->max_failures,
    .checks = qcc_policy_get_values (self->policy)->health_enabled,
  };
}

/**
 * qcc_health_get_failure_rules:
 * @self: the health of all endpoints
 *
 * Returns: (transfer none) (element-type QccFailureRule): what the user says that answers mean
 */
GPtrArray *
qcc_health_get_failure_rules (QccHealth *self)
{
  g_return_val_if_fail (QCC_IS_HEALTH (self), NULL);

  return self->snapshot->rules;
}

/**
 * qcc_health_view:
 * @self: the health of all endpoints
 * @entry: (transfer none): one of them
 *
 * Returns: how it is now, whatever the user's switch and the key say
 */
QccEndpointView
qcc_health_view (QccHealth *self,
                 const QccEndpointEntry *entry)
{
  QccStateRules rules = qcc_health_get_rules (self, entry);

  return qcc_endpoint_state_view (&entry->state, &rules, qcc_clock_get_time (self->clock));
}

/**
 * qcc_health_view_profile:
 * @self: the health of all endpoints
 * @profile: (transfer none): a profile
 *
 * Returns: how it is now
 */
QccProfileHealth
qcc_health_view_profile (QccHealth *self,
                         const QccProfile *profile)
{
  QccProfileHealth health = { 0 };
  const QccEndpointState unknown = { 0 };
  gint64 now = qcc_clock_get_time (self->clock);

  for (guint i = 0; i < profile->endpoints->len; i++)
    {
      const QccEndpoint *endpoint = g_ptr_array_index (profile->endpoints, i);
      const QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, endpoint->id);
      gboolean has_key = entry != NULL && (entry->key != NULL || entry->simulation != NULL);
      QccStateRules rules = { .max_failures = endpoint->max_failures,
                              .checks = qcc_policy_get_values (self->policy)->health_enabled };

      qcc_profile_health_add (&health, entry != NULL ? &entry->state : &unknown, &rules,
                              endpoint->enabled && has_key, now);
    }

  return health;
}

/**
 * qcc_health_to_wall:
 * @self: the health of all endpoints
 * @time: a moment of the clock that counts sleep too, 0 for none
 *
 * Returns: that moment in microseconds since the epoch, 0 for none
 */
gint64
qcc_health_to_wall (QccHealth *self,
                    gint64 time)
{
  if (time == 0)
    return 0;

  return qcc_clock_get_wall_time (self->clock) + (time - qcc_clock_get_time (self->clock));
}

static gint64
find_best_first_byte (QccHealth *self,
                      const QccProfile *profile)
{
  gint64 best = -1;

  for (guint i = 0; i < profile->endpoints->len; i++)
    {
      const QccEndpoint *endpoint = g_ptr_array_index (profile->endpoints, i);
      const QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, endpoint->id);
      gint64 own = entry != NULL ? qcc_figures_first_byte (&entry->figures).p50 : -1;

      if (own >= 0 && (best < 0 || own < best))
        best = own;
    }

  return best;
}

/**
 * qcc_health_get_best_first_byte:
 * @self: the health of all endpoints
 * @endpoint_id: one of them
 *
 * Returns: median milliseconds to the first byte of the fastest endpoint in the profile of that one, -1 when unknown
 */
gint64
qcc_health_get_best_first_byte (QccHealth *self,
                                const char *endpoint_id)
{
  const QccProfile *profile;

  g_return_val_if_fail (QCC_IS_HEALTH (self), -1);

  profile = qcc_snapshot_find_profile_of (self->snapshot, endpoint_id);

  return profile != NULL ? find_best_first_byte (self, profile) : -1;
}
