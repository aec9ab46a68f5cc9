/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-world.h"

#define G_SETTINGS_ENABLE_BACKEND
#include <gio/gsettingsbackend.h>

#include "common/qcc-key-store-memory.h"
#include "service/qcc-route-plan.h"

/* An hour that does not begin with zero finds whoever takes 0 for a time. */
#define START (G_GINT64_CONSTANT (7) * 3600 * G_USEC_PER_SEC)

static void
store_key (QccWorld *self,
           const char *id,
           const char *text)
{
  g_autoptr (QccSecret) key = qcc_secret_new (text, -1);
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  qcc_key_store_store_async (self->keys, id, key, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  qcc_key_store_store_finish (self->keys, result, &error);
  g_assert_no_error (error);
}

/* @before: (nullable): whose endpoints have keys already */
static void
store_keys (QccWorld *self,
            const QccSnapshot *before)
{
  for (guint i = 0; i < self->snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (self->snapshot->profiles, i);

      for (guint j = 0; j < profile->endpoints->len; j++)
        {
          const char *id = ((const QccEndpoint *) g_ptr_array_index (profile->endpoints, j))->id;
          g_autofree char *text = g_strconcat ("key-of-", id, NULL);

          if (before == NULL || qcc_snapshot_find_endpoint (before, id) == NULL)
            store_key (self, id, text);
        }
    }
}

static void
apply_snapshot (QccWorld *self)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  qcc_endpoint_table_apply_async (self->table, self->snapshot, NULL, qcc_test_on_done, &done);
  qcc_health_set_snapshot (self->health, self->snapshot);
  qcc_failover_manager_set_snapshot (self->failover, self->snapshot);
  qcc_active_apply (self->active, self->snapshot);
  result = qcc_test_wait_for (&done);
  qcc_endpoint_table_look_up_keys_finish (self->table, result, &error);
  g_assert_no_error (error);
}

static void
open_parts (QccWorld *self)
{
  self->store = qcc_test_store_open (self->files.path);
  self->table = qcc_endpoint_table_new (self->keys, self->trust_store);
  self->active = qcc_active_new (self->store);
  self->health = qcc_health_new (self->table, self->policy, self->store, QCC_CLOCK (self->clock));
  self->events = qcc_event_log_new (self->store);
  self->affinity = qcc_affinity_new (QCC_AFFINITY_MAX);
  self->failover = qcc_failover_manager_new (&(QccFailoverManagerParts){
      .active = self->active,
      .health = self->health,
      .events = self->events,
      .policy = self->policy,
      .store = self->store,
      .clock = QCC_CLOCK (self->clock),
      .affinity = self->affinity,
  });
}

static void
close_parts (QccWorld *self)
{
  qcc_world_settle (self);
  qcc_health_flush (self->health);
  g_assert_finalize_object (self->failover);
  g_assert_finalize_object (self->events);
  g_assert_finalize_object (self->health);
  g_assert_finalize_object (self->active);
  g_object_run_dispose (G_OBJECT (self->table));
  g_assert_finalize_object (self->table);
  qcc_test_store_close (self->store);
  qcc_affinity_free (self->affinity);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (self->clock), ==, 0);
}

static void
load_active (QccWorld *self)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  qcc_active_load_async (self->active, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  qcc_active_load_finish (self->active, result, &error);
  g_assert_no_error (error);
}

static void
load_events (QccWorld *self)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  qcc_event_log_load_async (self->events, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  qcc_event_log_load_finish (self->events, result, &error);
  g_assert_no_error (error);
}

static void
load_health (QccWorld *self)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  qcc_health_load_async (self->health, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  qcc_health_load_finish (self->health, result, &error);
  g_assert_no_error (error);
}

static void
load_failover (QccWorld *self)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  qcc_failover_manager_load_async (self->failover, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  qcc_failover_manager_load_finish (self->failover, result, &error);
  g_assert_no_error (error);
}

/**
 * qcc_world_new:
 * @profiles: the text of a profile file; each endpoint gets a key of its own
 * @answers: (nullable): what they do; %NULL when nothing is asked of them
 *
 * Returns: (transfer full): a world in which nothing has happened
 */
QccWorld *
qcc_world_new (const char *profiles,
               QccWorldFunc answers)
{
  QccWorld *self = g_new0 (QccWorld, 1);
  g_autoptr (GError) error = NULL;

  qcc_store_fixture_set_up (&self->files, NULL);
  self->answers = answers;
  self->clock = qcc_manual_clock_new (START);
  self->start = START;
  self->settings = g_memory_settings_backend_new ();
  self->policy = qcc_policy_new (self->settings, &error);
  g_assert_no_error (error);
  self->keys = qcc_key_store_memory_new ();
  self->trust_store = qcc_trust_store_new (g_tls_backend_get_default ());
  self->snapshot = qcc_snapshot_new_from_json (profiles, -1, &error);
  g_assert_no_error (error);
  open_parts (self);
  store_keys (self, NULL);
  apply_snapshot (self);

  return self;
}

void
qcc_world_free (QccWorld *self)
{
  close_parts (self);
  g_clear_object (&self->keys);
  g_clear_object (&self->policy);
  g_clear_object (&self->settings);
  g_assert_finalize_object (self->clock);
  qcc_trust_store_unref (self->trust_store);
  qcc_snapshot_unref (self->snapshot);
  qcc_store_fixture_tear_down (&self->files, NULL);
  g_free (self);
}

/**
 * qcc_world_restart:
 * @self: a world
 *
 * As if the service ended in order and were started again at once: what is in the files is all that is left. Whoever
 * was connected to a signal is not any more, and entries are others.
 */
void
qcc_world_restart (QccWorld *self)
{
  close_parts (self);
  open_parts (self);
  load_active (self);
  load_events (self);
  load_health (self);
  load_failover (self);
  apply_snapshot (self);
}

/**
 * qcc_world_apply:
 * @self: a world
 * @profiles: the text of a profile file, in place of the one from before
 *
 * As if the user had edited it. Keys stay as they are; new endpoints get one.
 */
void
qcc_world_apply (QccWorld *self,
                 const char *profiles)
{
  g_autoptr (QccSnapshot) before = self->snapshot;
  g_autoptr (GError) error = NULL;

  self->snapshot = qcc_snapshot_new_from_json (profiles, -1, &error);
  g_assert_no_error (error);
  store_keys (self, before);
  apply_snapshot (self);
}

/**
 * qcc_world_set_key:
 * @self: a world
 * @endpoint_id: an endpoint
 * @text: its key from now on
 *
 * The table knows it when this returns.
 */
void
qcc_world_set_key (QccWorld *self,
                   const char *endpoint_id,
                   const char *text)
{
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  store_key (self, endpoint_id, text);
  qcc_endpoint_table_look_up_keys_async (self->table, endpoint_id, NULL, qcc_test_on_done, &done);
  result = qcc_test_wait_for (&done);
  qcc_endpoint_table_look_up_keys_finish (self->table, result, &error);
  g_assert_no_error (error);
}

/* A switch of the settings, with its group: "failover", "auto-recovery". */
void
qcc_world_set_switch (QccWorld *self,
                      const char *group,
                      const char *key,
                      gboolean on)
{
  g_autofree char *schema = g_strconcat ("io.github.qcc.", group, NULL);
  g_autoptr (GSettings) settings = g_settings_new_with_backend (schema, self->settings);

  g_assert_true (g_settings_set_boolean (settings, key, on));
}

/* A number of the settings, with its group. */
void
qcc_world_set_number (QccWorld *self,
                      const char *group,
                      const char *key,
                      int number)
{
  g_autofree char *schema = g_strconcat ("io.github.qcc.", group, NULL);
  g_autoptr (GSettings) settings = g_settings_new_with_backend (schema, self->settings);

  g_assert_true (g_settings_set_int (settings, key, number));
}

gint64
qcc_world_get_time (QccWorld *self)
{
  return qcc_clock_get_time (QCC_CLOCK (self->clock));
}

/* Seconds since the beginning. */
gint64
qcc_world_get_second (QccWorld *self)
{
  return (qcc_world_get_time (self) - self->start) / G_USEC_PER_SEC;
}

QccEndpointEntry *
qcc_world_get_entry (QccWorld *self,
                     const char *endpoint_id)
{
  QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, endpoint_id);

  g_assert_nonnull (entry);

  return entry;
}

/* What was being stored has been stored when this returns, and whoever waited for it was told. */
void
qcc_world_settle (QccWorld *self)
{
  g_autoptr (QccActiveRecord) record = qcc_test_store_load (self->store);

  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static gboolean
meets_trouble (QccWorld *self,
               const char *endpoint_id,
               QccFailure *failure)
{
  /* Late enough that it is not tried again at the same endpoint. */
  *failure = (QccFailure){ .retry_after = -1, .network_available = TRUE, .elapsed_ms = 2000 };

  return self->answers (self, endpoint_id, failure);
}

static QccRoutePlan *
plan_route (QccWorld *self,
            const char *session)
{
  const QccPolicyValues *values = qcc_policy_get_values (self->policy);
  const QccRouteOptions options = {
    .start = qcc_active_get_name (self->active),
    .strategy = values->strategy,
    .health_aware = values->health_aware,
    .sticky_session = values->sticky_session,
    .fallback_enabled = values->fallback_enabled,
    .affinity = self->affinity,
    .session = session,
    .model = "claude-test",
    .binds = TRUE,
    .checks = values->health_enabled,
    .weights_adjust = values->weight_adjustment,
  };

  return qcc_route_plan_new (self->snapshot, self->table, &options, qcc_world_get_time (self));
}

/* One attempt; returns whether it is answered, else what comes next. */
static gboolean
attempt (QccWorld *self,
         QccEndpointEntry *entry,
         QccRoutePlan *plan,
         QccAction *action)
{
  const char *id = entry->endpoint->id;
  QccHealthAttempt attempt = qcc_health_note_sent (self->health, entry);
  QccFailure failure;
  QccVerdict verdict;

  self->n_attempts++;
  if (!meets_trouble (self, id, &failure))
    {
      qcc_health_note_committed (self->health, entry, &attempt, "claude-test");
      qcc_route_plan_note_success (plan, id, qcc_world_get_time (self));
      qcc_health_note_completed (self->health, entry, &attempt);
      return TRUE;
    }

  verdict = qcc_classifier_judge (&failure);
  qcc_health_note_failed (self->health, entry, &attempt, &verdict, failure.status);
  qcc_route_plan_note_failure (plan, id);
  qcc_route_plan_set_tried (plan, id);
  *action = verdict.action;

  return FALSE;
}

/**
 * qcc_world_ask:
 * @self: a world
 * @session: (nullable): a session
 *
 * One request, through the same parts as in qcc-exchange-forward.c.
 *
 * Returns: (transfer full) (nullable): who answered it
 */
char *
qcc_world_ask (QccWorld *self,
               const char *session)
{
  g_autoptr (QccRoutePlan) plan = plan_route (self, session);
  g_autofree char *last = NULL;
  gboolean answered = FALSE;
  QccAction action = QCC_ACTION_NEXT;

  while (!answered && (action == QCC_ACTION_NEXT || action == QCC_ACTION_RETRY_SAME))
    {
      QccRouteChoice choice = qcc_route_plan_next (plan, qcc_world_get_time (self));
      g_autoptr (QccEndpointEntry) entry = choice.entry;

      if (entry == NULL)
        break;
      g_free (last);
      last = g_strdup (entry->endpoint->id);
      answered = attempt (self, entry, plan, &action);
    }
  qcc_health_note_exchange (self->health, last);

  return answered ? g_steal_pointer (&last) : NULL;
}

/**
 * qcc_world_check:
 * @self: a world
 * @endpoint_id: an endpoint
 *
 * One free check.
 */
void
qcc_world_check (QccWorld *self,
                 const char *endpoint_id)
{
  QccCheckResult result = { .level = QCC_CHECK_API, .n_tries = 1, .latency_ms = 5, .first_byte_ms = 5 };
  QccFailure failure;

  self->n_checks++;
  result.passed = !meets_trouble (self, endpoint_id, &failure);
  result.proves_key = result.passed;
  if (!result.passed)
    result.verdict = qcc_classifier_judge (&failure);
  result.status = result.passed ? 200 : failure.status;
  result.detail = (char *) "";
  qcc_health_note_check (self->health, qcc_world_get_entry (self, endpoint_id), &result);
}

/* Whether it would be checked no more than its neighbours. */
gboolean
qcc_world_is_well (QccWorld *self,
                   const char *endpoint_id)
{
  const QccEndpointEntry *entry = qcc_world_get_entry (self, endpoint_id);
  QccEndpointView view = qcc_health_view (self->health, entry);

  return view.level == QCC_LEVEL_HEALTHY && view.obstacle == QCC_OBSTACLE_NONE && entry->state.circuit == QCC_CIRCUIT_CLOSED;
}

/**
 * qcc_world_list_events:
 * @self: a world
 *
 * Returns: (transfer full): a line each, the oldest first: second, type, from, to
 */
char *
qcc_world_list_events (QccWorld *self)
{
  g_autoptr (GPtrArray) events = qcc_event_log_list (self->events, QCC_EVENT_LOG_MAX);
  GString *text = g_string_new (NULL);

  for (guint i = events->len; i > 0; i--)
    {
      const QccEvent *event = g_ptr_array_index (events, i - 1);
      gint64 second = (event->time - QCC_MANUAL_CLOCK_WALL_OFFSET - self->start) / G_USEC_PER_SEC;

      g_string_append_printf (text, "%" G_GINT64_FORMAT " %s %s", second,
                              qcc_enum_to_nick (QCC_TYPE_EVENT_TYPE, (int) event->type), event->from);
      if (*event->to != '\0')
        g_string_append_printf (text, " %s", event->to);
      g_string_append_c (text, '\n');
    }

  return g_string_free (text, FALSE);
}
