/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-health-private.h"

enum
{
  SIGNAL_CHANGED,
  SIGNAL_DISABLED,
  SIGNAL_ENABLED,
  SIGNAL_UNBIND,
  SIGNAL_BILLING,
  SIGNAL_DOUBTED,
  SIGNAL_OBSERVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccHealth, qcc_health, G_TYPE_OBJECT)

static void
qcc_health_dispose (GObject *object)
{
  QccHealth *self = QCC_HEALTH (object);

  if (self->timer != 0)
    qcc_clock_remove_timer (self->clock, self->timer);
  self->timer = 0;
  if (self->save_timer != 0)
    qcc_clock_remove_timer (self->clock, self->save_timer);
  self->save_timer = 0;
  g_clear_handle_id (&self->save_idle, g_source_remove);

  G_OBJECT_CLASS (qcc_health_parent_class)->dispose (object);
}

static void
qcc_health_finalize (GObject *object)
{
  QccHealth *self = QCC_HEALTH (object);

  g_clear_pointer (&self->saved, g_hash_table_unref);
  g_clear_pointer (&self->dirty, g_hash_table_unref);
  g_clear_pointer (&self->sampled, g_hash_table_unref);
  g_clear_pointer (&self->snapshot, qcc_snapshot_unref);
  g_clear_object (&self->table);
  g_clear_object (&self->policy);
  g_clear_object (&self->store);
  g_clear_object (&self->clock);

  G_OBJECT_CLASS (qcc_health_parent_class)->finalize (object);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name, QCC_TYPE_HEALTH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
qcc_health_class_init (QccHealthClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_health_dispose;
  object_class->finalize = qcc_health_finalize;

  signals[SIGNAL_CHANGED] = add_signal ("changed");
  signals[SIGNAL_DISABLED] = add_signal ("disabled");
  signals[SIGNAL_ENABLED] = add_signal ("enabled");
  signals[SIGNAL_UNBIND] = add_signal ("unbind");
  signals[SIGNAL_BILLING] = add_signal ("billing");
  signals[SIGNAL_DOUBTED] = add_signal ("doubted");
  signals[SIGNAL_OBSERVED] = g_signal_new ("observed", QCC_TYPE_HEALTH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                           G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
}

static void
qcc_health_init (QccHealth *self)
{
  self->snapshot = qcc_snapshot_new_empty ();
  self->saved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  self->dirty = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->sampled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
on_reset_needed (QccEndpointTable *table,
                 const char *endpoint_id,
                 QccHealth *self)
{
  qcc_health_reset (self, endpoint_id);
}

/**
 * qcc_health_new:
 * @table: (transfer none): the endpoints
 * @policy: (transfer none): whether checks are made, and whether weights are adjusted
 * @store: (transfer none): keeps it over a restart
 * @clock: (transfer none): the time
 *
 * Returns: (transfer full): nothing is known of any endpoint
 */
QccHealth *
qcc_health_new (QccEndpointTable *table,
                QccPolicy *policy,
                QccStore *store,
                QccClock *clock)
{
  QccHealth *self;

  g_return_val_if_fail (QCC_IS_ENDPOINT_TABLE (table), NULL);
  g_return_val_if_fail (QCC_IS_POLICY (policy), NULL);
  g_return_val_if_fail (QCC_IS_STORE (store), NULL);
  g_return_val_if_fail (QCC_IS_CLOCK (clock), NULL);

  self = g_object_new (QCC_TYPE_HEALTH, NULL);
  self->table = g_object_ref (table);
  self->policy = g_object_ref (policy);
  self->store = g_object_ref (store);
  self->clock = g_object_ref (clock);
  g_signal_connect_object (table, "key-replaced", G_CALLBACK (on_reset_needed), self, 0);
  g_signal_connect_object (table, "address-changed", G_CALLBACK (on_reset_needed), self, 0);

  return self;
}

/**
 * qcc_health_set_snapshot:
 * @self: the health of all endpoints
 * @snapshot: (transfer none): the profiles of this moment, which the table has been told already
 *
 * New endpoints get back what the store knows of them; of those that are gone it forgets all.
 */
void
qcc_health_set_snapshot (QccHealth *self,
                         QccSnapshot *snapshot)
{
  g_autoptr (QccSnapshot) before = NULL;
  g_autoptr (GPtrArray) entries = NULL;

  g_return_if_fail (QCC_IS_HEALTH (self));
  g_return_if_fail (snapshot != NULL);

  before = self->snapshot;
  self->snapshot = qcc_snapshot_ref (snapshot);
  entries = qcc_endpoint_table_list (self->table);
  for (guint i = 0; i < entries->len; i++)
    qcc_health_take_saved (self, g_ptr_array_index (entries, i));

  for (guint i = 0; i < before->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (before->profiles, i);

      for (guint j = 0; j < profile->endpoints->len; j++)
        {
          const QccEndpoint *endpoint = g_ptr_array_index (profile->endpoints, j);

          if (qcc_snapshot_find_endpoint (snapshot, endpoint->id) == NULL)
            qcc_health_forget (self, endpoint->id);
        }
    }

  qcc_health_tick (self);
}

static void
on_timer (gpointer user_data)
{
  QccHealth *self = user_data;

  self->timer = 0;
  qcc_health_tick (self);
}

/* One timer for whatever time moves first; none where nothing does. */
static void
plan_timer (QccHealth *self)
{
  g_autoptr (GPtrArray) entries = qcc_endpoint_table_list (self->table);
  gint64 next = -1;

  for (guint i = 0; i < entries->len; i++)
    {
      const QccEndpointEntry *entry = g_ptr_array_index (entries, i);
      gint64 due = qcc_endpoint_state_next_due (&entry->state);

      if (due >= 0 && (next < 0 || due < next))
        next = due;
    }

  if (self->timer != 0 && self->timer_at == next)
    return;
  if (self->timer != 0)
    qcc_clock_remove_timer (self->clock, self->timer);
  self->timer = next >= 0 ? qcc_clock_add_timer (self->clock, next, on_timer, self) : 0;
  self->timer_at = next;
}

static void
emit (QccHealth *self,
      guint signal,
      QccStateChange changes,
      QccStateChange change,
      const char *endpoint_id)
{
  if (changes & change)
    g_signal_emit (self, signals[signal], 0, endpoint_id);
}

/*
 * qcc_health_apply:
 * @self: the health of all endpoints
 * @entry: (transfer none): one of them
 * @event: what happened
 *
 * The one place where a state changes.
 */
void
qcc_health_apply (QccHealth *self,
                  QccEndpointEntry *entry,
                  const QccStateEvent *event)
{
  QccStateRules rules = qcc_health_get_rules (self, entry);
  QccStateChange changes = qcc_endpoint_state_apply (&entry->state, event, &rules, qcc_clock_get_time (self->clock));
  g_autofree char *id = NULL;

  if (changes == QCC_STATE_CHANGE_NONE)
    return;

  /* A listener may let go of the endpoint. */
  id = g_strdup (entry->endpoint->id);
  g_debug ("%s: event %d, circuit %d", id, event->type, entry->state.circuit);
  if (entry->simulation == NULL)
    qcc_health_mark_dirty (self, id, TRUE);
  plan_timer (self);
  emit (self, SIGNAL_UNBIND, changes, QCC_STATE_CHANGE_UNBIND, id);
  emit (self, SIGNAL_CHANGED, changes, QCC_STATE_CHANGE_VIEW, id);
  emit (self, SIGNAL_DISABLED, changes, QCC_STATE_CHANGE_DISABLED, id);
  emit (self, SIGNAL_ENABLED, changes, QCC_STATE_CHANGE_ENABLED, id);
  emit (self, SIGNAL_BILLING, changes, QCC_STATE_CHANGE_BILLING, id);
  emit (self, SIGNAL_DOUBTED, changes, QCC_STATE_CHANGE_DOUBT, id);
}

/* A simulated fault says nothing about an account, and a simulated endpoint is not reached by what is true of one. */
static gboolean
shares_account (const QccEndpointEntry *a,
                const QccEndpointEntry *b)
{
  g_autofree char *url_a = NULL;
  g_autofree char *url_b = NULL;

  if (a->simulation != NULL || b->simulation != NULL || a->key == NULL || b->key == NULL)
    return FALSE;

  url_a = g_uri_to_string (a->endpoint->base_url);
  url_b = g_uri_to_string (b->endpoint->base_url);

  return g_str_equal (url_a, url_b) && g_str_equal (qcc_secret_peek (a->key), qcc_secret_peek (b->key));
}

/*
 * qcc_health_apply_to_account:
 * @self: the health of all endpoints
 * @entry: (transfer none): one of them
 * @event: what it said about its account
 *
 * Spec 4.1: rate limit, auth and billing are charged to all endpoints with the same base URL and key.
 */
void
qcc_health_apply_to_account (QccHealth *self,
                             QccEndpointEntry *entry,
                             const QccStateEvent *event)
{
  g_autoptr (GPtrArray) entries = qcc_endpoint_table_list (self->table);
  QccStateEvent shared = *event;

  qcc_health_apply (self, entry, event);

  shared.attempt = 0;
  for (guint i = 0; i < entries->len; i++)
    {
      QccEndpointEntry *other = g_ptr_array_index (entries, i);

      if (other != entry && shares_account (entry, other))
        qcc_health_apply (self, other, &shared);
    }
}

/*
 * qcc_health_emit_observed:
 * @self: the health of all endpoints
 * @endpoint_id: who was asked, may be empty
 * @is_exchange: whether by an exchange, and not by a check
 */
void
qcc_health_emit_observed (QccHealth *self,
                          const char *endpoint_id,
                          gboolean is_exchange)
{
  g_signal_emit (self, signals[SIGNAL_OBSERVED], 0, endpoint_id, is_exchange);
}

/* What is true of it behind the fault that is simulated, and what the store has of it. */
static void
reset_real (QccHealth *self,
            QccEndpointEntry *entry,
            const QccStateEvent *event)
{
  const char *id = entry->endpoint->id;
  QccStateRules rules = qcc_health_get_rules (self, entry);
  QccStateChange changes = qcc_endpoint_state_apply (&entry->simulation->real, event, &rules, qcc_clock_get_time (self->clock));

  qcc_health_mark_dirty (self, id, TRUE);
  emit (self, SIGNAL_ENABLED, changes, QCC_STATE_CHANGE_ENABLED, id);
}

/**
 * qcc_health_reset:
 * @self: the health of all endpoints
 * @endpoint_id: one of them; one that is not there is passed over
 *
 * Nothing speaks against it any more: it has another key or address, or the user wishes so.
 */
void
qcc_health_reset (QccHealth *self,
                  const char *endpoint_id)
{
  const QccStateEvent event = { .type = QCC_STATE_EVENT_RESET, .wait = -1 };
  g_autoptr (QccEndpointEntry) entry = NULL;

  g_return_if_fail (QCC_IS_HEALTH (self));

  entry = qcc_endpoint_table_lookup (self->table, endpoint_id);
  if (entry == NULL)
    return;

  qcc_endpoint_entry_ref (entry);
  qcc_unsupported_clear (entry->unsupported);
  if (entry->simulation != NULL)
    reset_real (self, entry, &event);
  qcc_health_apply (self, entry, &event);
}

/**
 * qcc_health_tick:
 * @self: the health of all endpoints
 *
 * Ends what time has ended: cool-downs, leases, the intervals of open circuits. Done by a timer; to be called besides
 * when the machine woke up.
 */
void
qcc_health_tick (QccHealth *self)
{
  const QccStateEvent event = { .type = QCC_STATE_EVENT_TICK, .wait = -1 };
  g_autoptr (GPtrArray) entries = NULL;

  g_return_if_fail (QCC_IS_HEALTH (self));

  entries = qcc_endpoint_table_list (self->table);
  for (guint i = 0; i < entries->len; i++)
    qcc_health_apply (self, g_ptr_array_index (entries, i), &event);
  plan_timer (self);
}
