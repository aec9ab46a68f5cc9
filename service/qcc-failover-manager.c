/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-failover-manager-private.h"

#include <glib/gi18n-lib.h>

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccFailoverManager, qcc_failover_manager, G_TYPE_OBJECT)

static void
qcc_failover_manager_finalize (GObject *object)
{
  QccFailoverManager *self = QCC_FAILOVER_MANAGER (object);

  g_clear_pointer (&self->rules, qcc_failover_free);
  g_clear_pointer (&self->at, g_free);
  g_clear_pointer (&self->snapshot, qcc_snapshot_unref);
  g_clear_object (&self->active);
  g_clear_object (&self->health);
  g_clear_object (&self->events);
  g_clear_object (&self->policy);
  g_clear_object (&self->store);
  g_clear_object (&self->clock);

  G_OBJECT_CLASS (qcc_failover_manager_parent_class)->finalize (object);
}

static void
qcc_failover_manager_class_init (QccFailoverManagerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_failover_manager_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", QCC_TYPE_FAILOVER_MANAGER, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
qcc_failover_manager_init (QccFailoverManager *self)
{
  self->rules = qcc_failover_new ();
  self->snapshot = qcc_snapshot_new_empty ();
}

static QccFailoverRules
get_rules (QccFailoverManager *self)
{
  const QccPolicyValues *values = qcc_policy_get_values (self->policy);

  return (QccFailoverRules){
    .auto_failover = values->auto_failover,
    .auto_recovery = values->auto_recovery,
    .failure_threshold = values->failure_threshold,
    .success_threshold = values->success_threshold,
    .cooldown = values->failover_cooldown,
    .recovery_delay = values->recovery_delay,
    .max_per_hour = values->max_failovers_per_hour,
  };
}

static void
tell_news (QccFailoverManager *self,
           QccFailoverNews news,
           const QccFailoverInput *input)
{
  const char *active = input->active >= 0 ? input->profiles[input->active].name : "";
  g_autofree char *reason = qcc_failover_manager_describe (self, active);

  if (news & QCC_FAILOVER_NEWS_CAP)
    qcc_failover_manager_add_event (self, QCC_EVENT_CAP, active, NULL, reason);
  if (news & QCC_FAILOVER_NEWS_NO_TARGET)
    qcc_failover_manager_add_event (self, QCC_EVENT_NO_TARGET, active, NULL, reason);
  if (news & QCC_FAILOVER_NEWS_ALL_DOWN)
    qcc_failover_manager_add_event (self, QCC_EVENT_ALL_DOWN, active, NULL, reason);
  if (news & QCC_FAILOVER_NEWS_BACK)
    {
      gsize i = 0;

      while (i + 1 < input->n_profiles && input->profiles[i].health.n_usable == 0)
        i++;
      qcc_failover_manager_add_event (self, QCC_EVENT_BACK, input->profiles[i].name, NULL, _ ("It can be used again."));
    }
}

static gssize
find_index (const GArray *profiles,
            const char *name)
{
  for (guint i = 0; i < profiles->len; i++)
    if (g_strcmp0 (g_array_index (profiles, QccFailoverProfile, i).name, name) == 0)
      return i;

  return -1;
}

static GArray *
view_profiles (QccFailoverManager *self)
{
  GArray *profiles = g_array_new (FALSE, TRUE, sizeof (QccFailoverProfile));

  for (guint i = 0; i < self->snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (self->snapshot->profiles, i);
      const QccFailoverProfile view = {
        .name = profile->name, .tier = profile->tier, .health = qcc_health_view_profile (self->health, profile)
      };

      if (profile->tier != QCC_TIER_DISABLED)
        g_array_append_val (profiles, view);
    }

  return profiles;
}

static void
on_observed (QccHealth *health,
             const char *endpoint_id,
             gboolean is_exchange,
             QccFailoverManager *self)
{
  g_autoptr (GArray) profiles = NULL;
  QccFailoverRules rules = get_rules (self);
  const QccProfile *profile = qcc_snapshot_find_profile_of (self->snapshot, endpoint_id);
  QccObservation observation = {
    .exchange = is_exchange,
    .everywhere = is_exchange && !qcc_policy_get_values (self->policy)->health_enabled,
    .profile = profile != NULL ? profile->name : NULL,
  };
  QccFailoverInput input;
  QccFailoverDecision decision;

  /* What is decided while a change is being stored would be decided about the past, and could undo the user's. */
  if (self->n_changes > 0 || self->stopped)
    return;

  profiles = view_profiles (self);
  input = (QccFailoverInput){
    .profiles = (const QccFailoverProfile *) profiles->data,
    .n_profiles = profiles->len,
    .active = find_index (profiles, qcc_active_get_name (self->active)),
    .home = find_index (profiles, qcc_active_get_home (self->active)),
    .pinned = qcc_active_is_pinned (self->active),
  };
  decision = qcc_failover_observe (self->rules, &input, &rules, &observation, qcc_clock_get_time (self->clock));

  tell_news (self, decision.news, &input);
  if (decision.action != QCC_FAILOVER_STAY)
    qcc_failover_manager_move (self, decision.action == QCC_FAILOVER_MOVE ? QCC_EVENT_FAILOVER : QCC_EVENT_RECOVERY,
                               input.profiles[decision.target].name);
}

static void
on_disabled (QccHealth *health,
             const char *endpoint_id,
             QccFailoverManager *self)
{
  qcc_failover_manager_add_event (self, QCC_EVENT_ENDPOINT_DISABLED, endpoint_id, NULL, _ ("It does not take its key."));
}

static void
on_enabled (QccHealth *health,
            const char *endpoint_id,
            QccFailoverManager *self)
{
  qcc_failover_manager_add_event (self, QCC_EVENT_ENDPOINT_ENABLED, endpoint_id, NULL, _ ("Its key is tried again."));
}

static void
on_billing (QccHealth *health,
            const char *endpoint_id,
            QccFailoverManager *self)
{
  qcc_failover_manager_add_event (self, QCC_EVENT_BILLING, endpoint_id, NULL, _ ("Its account cannot pay."));
}

static void
on_unbind (QccHealth *health,
           const char *endpoint_id,
           QccFailoverManager *self)
{
  qcc_affinity_unbind_endpoint (self->affinity, endpoint_id);
}

/**
 * qcc_failover_manager_new:
 * @parts: what it is made of
 *
 * Returns: (transfer full): a manager that has observed nothing
 */
QccFailoverManager *
qcc_failover_manager_new (const QccFailoverManagerParts *parts)
{
  QccFailoverManager *self;

  g_return_val_if_fail (parts != NULL, NULL);

  self = g_object_new (QCC_TYPE_FAILOVER_MANAGER, NULL);
  self->active = g_object_ref (parts->active);
  self->health = g_object_ref (parts->health);
  self->events = g_object_ref (parts->events);
  self->policy = g_object_ref (parts->policy);
  self->store = g_object_ref (parts->store);
  self->clock = g_object_ref (parts->clock);
  self->affinity = parts->affinity;
  g_signal_connect_object (self->health, "observed", G_CALLBACK (on_observed), self, 0);
  g_signal_connect_object (self->health, "disabled", G_CALLBACK (on_disabled), self, 0);
  g_signal_connect_object (self->health, "enabled", G_CALLBACK (on_enabled), self, 0);
  g_signal_connect_object (self->health, "billing", G_CALLBACK (on_billing), self, 0);
  g_signal_connect_object (self->health, "unbind", G_CALLBACK (on_unbind), self, 0);

  return self;
}

/* The user's switch; what the endpoint itself does to be disabled is told by its health. */
static void
compare_endpoint (QccFailoverManager *self,
                  const QccEndpoint *endpoint,
                  const QccSnapshot *before)
{
  const QccEndpoint *old = qcc_snapshot_find_endpoint (before, endpoint->id);

  if (old == NULL || old->enabled == endpoint->enabled)
    return;

  if (endpoint->enabled)
    {
      qcc_failover_manager_add_event (self, QCC_EVENT_ENDPOINT_ENABLED, endpoint->id, NULL, _ ("By the user."));
    }
  else
    {
      qcc_affinity_unbind_endpoint (self->affinity, endpoint->id);
      qcc_failover_manager_add_event (self, QCC_EVENT_ENDPOINT_DISABLED, endpoint->id, NULL, _ ("By the user."));
    }
}

/**
 * qcc_failover_manager_set_snapshot:
 * @self: a manager
 * @snapshot: (transfer none): the profiles of this moment, which the others have been told already
 */
void
qcc_failover_manager_set_snapshot (QccFailoverManager *self,
                                   QccSnapshot *snapshot)
{
  g_autoptr (QccSnapshot) before = NULL;

  g_return_if_fail (QCC_IS_FAILOVER_MANAGER (self));
  g_return_if_fail (snapshot != NULL);

  before = self->snapshot;
  self->snapshot = qcc_snapshot_ref (snapshot);
  for (guint i = 0; i < before->profiles->len; i++)
    {
      const char *name = ((const QccProfile *) g_ptr_array_index (before->profiles, i))->name;

      if (qcc_snapshot_find_profile (snapshot, name) == NULL)
        qcc_failover_forget (self->rules, name);
    }

  for (guint i = 0; i < snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (snapshot->profiles, i);

      for (guint j = 0; j < profile->endpoints->len; j++)
        compare_endpoint (self, g_ptr_array_index (profile->endpoints, j), before);
    }
}

static void
on_loaded (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccFailoverManager *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) documents = qcc_store_load_documents_finish (QCC_STORE (source), result, &error);
  GVariant *saved;

  if (documents == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  saved = g_hash_table_lookup (documents, QCC_FAILOVER_DOCUMENT_ID);
  if (saved != NULL)
    qcc_failover_load (self->rules, saved, qcc_clock_get_time (self->clock), qcc_clock_get_wall_time (self->clock));
  g_task_return_boolean (task, TRUE);
}

/**
 * qcc_failover_manager_load_async:
 * @self: a manager
 * @cancellable: (nullable): ends it early
 * @callback: called when the store was read
 * @user_data: for @callback
 *
 * Reads when the active profile moved last, so that a restart is no way around the limits.
 */
void
qcc_failover_manager_load_async (QccFailoverManager *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_FAILOVER_MANAGER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_failover_manager_load_async);
  qcc_store_load_documents_async (self->store, QCC_FAILOVER_DOCUMENT_KIND, cancellable, on_loaded, task);
}

/**
 * qcc_failover_manager_load_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_store_load_documents_finish().
 *
 * Returns: whether the store was read
 */
gboolean
qcc_failover_manager_load_finish (QccFailoverManager *self,
                                  GAsyncResult *result,
                                  GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qcc_failover_manager_stop:
 * @self: a manager
 *
 * The store is about to be closed: answers that still run move nothing and are no events any more.
 */
void
qcc_failover_manager_stop (QccFailoverManager *self)
{
  g_return_if_fail (QCC_IS_FAILOVER_MANAGER (self));

  self->stopped = TRUE;
}

/**
 * qcc_failover_manager_get_moves_last_hour:
 * @self: a manager
 *
 * Returns: how often the active profile has moved by itself in the last hour
 */
guint
qcc_failover_manager_get_moves_last_hour (QccFailoverManager *self)
{
  g_return_val_if_fail (QCC_IS_FAILOVER_MANAGER (self), 0);

  return qcc_failover_get_n_last_hour (self->rules, qcc_clock_get_time (self->clock));
}

/**
 * qcc_failover_manager_get_cooldown_until:
 * @self: a manager
 *
 * Returns: before when the active profile does not move again unless nothing of it can be used, in microseconds since
 *   the epoch; 0 when it may move now
 */
gint64
qcc_failover_manager_get_cooldown_until (QccFailoverManager *self)
{
  QccFailoverRules rules = get_rules (self);
  gint64 until = qcc_failover_get_cooldown_until (self->rules, &rules);

  return until > qcc_clock_get_time (self->clock) ? qcc_health_to_wall (self->health, until) : 0;
}
