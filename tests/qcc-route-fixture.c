/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-route-fixture.h"

#include "common/qcc-key-store-memory.h"

static void
on_applied (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  gboolean *done = user_data;

  g_assert_true (qcc_endpoint_table_look_up_keys_finish (QCC_ENDPOINT_TABLE (source), result, NULL));
  *done = TRUE;
}

static void
give_keys (QccRouteFixture *self)
{
  for (guint i = 0; i < self->snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (self->snapshot->profiles, i);

      for (guint j = 0; j < profile->endpoints->len; j++)
        {
          const QccEndpoint *endpoint = g_ptr_array_index (profile->endpoints, j);
          QccEndpointEntry *entry = qcc_route_fixture_get (self, endpoint->id);

          if (entry->key == NULL)
            entry->key = qcc_secret_new ("key", -1);
        }
    }
}

/* The profiles change; what is known of an endpoint that stays is kept. */
void
qcc_route_fixture_load (QccRouteFixture *self,
                        const char *json)
{
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;

  g_clear_pointer (&self->snapshot, qcc_snapshot_unref);
  self->snapshot = qcc_snapshot_new_from_json (json, -1, &error);
  g_assert_no_error (error);

  qcc_endpoint_table_apply_async (self->table, self->snapshot, NULL, on_applied, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  give_keys (self);
}

void
qcc_route_fixture_set_up (QccRouteFixture *self,
                          gconstpointer data)
{
  g_autoptr (QccKeyStore) keys = qcc_key_store_memory_new ();
  g_autoptr (QccTrustStore) trust = qcc_trust_store_new (g_tls_backend_get_default ());

  self->table = qcc_endpoint_table_new (keys, trust);
  self->affinity = qcc_affinity_new (QCC_AFFINITY_MAX);
  self->now = 1000000 * QCC_ROUTE_SECOND;
  self->options = (QccRouteOptions){
    .start = "first",
    .strategy = QCC_STRATEGY_FAILOVER,
    .health_aware = TRUE,
    .sticky_session = TRUE,
    .fallback_enabled = TRUE,
    .affinity = self->affinity,
    .session = "s",
    .model = "m",
    .binds = TRUE,
    .checks = TRUE,
  };
  qcc_route_fixture_load (self, data != NULL ? data : QCC_ROUTE_PROFILES);
}

void
qcc_route_fixture_tear_down (QccRouteFixture *self,
                             gconstpointer data)
{
  g_clear_pointer (&self->affinity, qcc_affinity_free);
  g_clear_pointer (&self->snapshot, qcc_snapshot_unref);
  g_clear_object (&self->table);
}

QccEndpointEntry *
qcc_route_fixture_get (QccRouteFixture *self,
                       const char *id)
{
  QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, id);

  g_assert_nonnull (entry);
  return entry;
}

void
qcc_route_fixture_cool (QccRouteFixture *self,
                        const char *id,
                        int seconds,
                        gboolean stated)
{
  QccEndpointState *state = &qcc_route_fixture_get (self, id)->state;

  state->cooling = seconds > 0 ? QCC_COOLING_RATE_LIMIT : QCC_COOLING_NONE;
  state->cooling_stated = stated;
  state->cooling_since = self->now;
  state->cooling_until = self->now + seconds * QCC_ROUTE_SECOND;
}

/* One failure in a row makes it degraded, two unhealthy, none healthy. */
void
qcc_route_fixture_degrade (QccRouteFixture *self,
                           const char *id,
                           guint failures)
{
  QccEndpointState *state = &qcc_route_fixture_get (self, id)->state;

  state->level_failures = failures;
  state->last_failure = failures > 0 ? self->now : 0;
}

QccRoutePlan *
qcc_route_fixture_plan (QccRouteFixture *self)
{
  return qcc_route_plan_new (self->snapshot, self->table, &self->options, self->now);
}

/* @expected: an endpoint, or NULL for none. */
void
qcc_route_fixture_assert_next (QccRouteFixture *self,
                               QccRoutePlan *plan,
                               const char *expected)
{
  QccRouteChoice choice = qcc_route_plan_next (plan, self->now);
  g_autoptr (QccEndpointEntry) entry = choice.entry;

  g_assert_cmpint (entry == NULL, ==, choice.route.step == QCC_ROUTE_STEP_NONE);
  g_assert_cmpstr (entry != NULL ? entry->endpoint->id : NULL, ==, expected);
}

/* A whole exchange that is answered at the first attempt. */
void
qcc_route_fixture_assert_sent (QccRouteFixture *self,
                               const char *expected)
{
  g_autoptr (QccRoutePlan) plan = qcc_route_fixture_plan (self);

  qcc_route_fixture_assert_next (self, plan, expected);
  qcc_route_plan_note_success (plan, expected, self->now);
}

void
qcc_route_fixture_bind (QccRouteFixture *self,
                        const char *id)
{
  const QccAffinityKey key = { self->options.session, self->options.model, self->options.token_profile };

  qcc_affinity_bind (self->affinity, &key, id, self->options.long_cache, self->now);
}

void
qcc_route_fixture_assert_bound (QccRouteFixture *self,
                                const char *expected)
{
  const QccAffinityKey key = { self->options.session, self->options.model, self->options.token_profile };
  QccBinding binding = { 0 };

  qcc_affinity_lookup (self->affinity, &key, self->now, &binding);
  g_assert_cmpstr (binding.endpoint_id, ==, expected);
}
