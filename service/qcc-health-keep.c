/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-health-private.h"

#include <glib/gi18n-lib.h>

#include "service/qcc-health-sample.h"

#define KIND "endpoint"

/* Figures move with every request; losing so much of them when the machine dies is nothing. */
#define SAVE_DELAY_USEC (30 * G_USEC_PER_SEC)

static GVariant *
describe (QccHealth *self,
          const QccEndpointEntry *entry)
{
  const QccEndpointState *state = entry->simulation != NULL ? &entry->simulation->real : &entry->state;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert_value (&dict, "state",
                               qcc_endpoint_state_save (state, qcc_clock_get_time (self->clock),
                                                        qcc_clock_get_wall_time (self->clock)));
  g_variant_dict_insert_value (&dict, "figures", qcc_figures_save (&entry->figures));
  g_variant_dict_insert (&dict, "weight-percent", "d", entry->weight_percent);
  if (entry->last_model != NULL)
    g_variant_dict_insert (&dict, "last-model", "s", entry->last_model);

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
on_saved (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  /* The store's own notice tells the user. */
  if (!qcc_store_save_document_finish (QCC_STORE (source), result, &error))
    g_debug ("%s", error->message);
}

/**
 * qcc_health_flush:
 * @self: the health of all endpoints
 *
 * Hands everything that is not in the store to it.
 */
void
qcc_health_flush (QccHealth *self)
{
  GHashTableIter iter;
  gpointer id;

  g_return_if_fail (QCC_IS_HEALTH (self));

  if (self->save_timer != 0)
    qcc_clock_remove_timer (self->clock, self->save_timer);
  self->save_timer = 0;
  g_clear_handle_id (&self->save_idle, g_source_remove);

  g_hash_table_iter_init (&iter, self->dirty);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      const QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, id);
      g_autoptr (GVariant) body = entry != NULL ? describe (self, entry) : NULL;

      if (body != NULL)
        qcc_store_save_document_async (self->store, KIND, id, body, NULL, on_saved, NULL);
    }
  g_hash_table_remove_all (self->dirty);
}

static void
on_save_timer (gpointer user_data)
{
  QccHealth *self = user_data;

  self->save_timer = 0;
  qcc_health_flush (self);
}

static gboolean
on_save_idle (gpointer user_data)
{
  QccHealth *self = user_data;

  self->save_idle = 0;
  qcc_health_flush (self);

  return G_SOURCE_REMOVE;
}

/*
 * qcc_health_mark_dirty:
 * @self: the health of all endpoints
 * @endpoint_id: one that has changed
 * @urgent: whether its state has, and not only its figures
 */
void
qcc_health_mark_dirty (QccHealth *self,
                       const char *endpoint_id,
                       gboolean urgent)
{
  if (!g_hash_table_contains (self->dirty, endpoint_id))
    g_hash_table_add (self->dirty, g_strdup (endpoint_id));

  /* Idle, so that what one failure changes at several endpoints is one write. */
  if (urgent && self->save_idle == 0)
    self->save_idle = g_idle_add (on_save_idle, self);
  else if (!urgent && self->save_idle == 0 && self->save_timer == 0)
    self->save_timer = qcc_clock_add_timer (self->clock, qcc_clock_get_time (self->clock) + SAVE_DELAY_USEC, on_save_timer, self);
}

static void
on_forgotten (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!qcc_store_forget_endpoint_finish (QCC_STORE (source), result, &error))
    g_debug ("%s", error->message);
}

/*
 * qcc_health_forget:
 * @self: the health of all endpoints
 * @endpoint_id: one that is gone; its id is never used again
 */
void
qcc_health_forget (QccHealth *self,
                   const char *endpoint_id)
{
  g_hash_table_remove (self->dirty, endpoint_id);
  g_hash_table_remove (self->saved, endpoint_id);
  g_hash_table_remove (self->sampled, endpoint_id);
  qcc_store_forget_endpoint_async (self->store, endpoint_id, NULL, on_forgotten, NULL);
}

/*
 * qcc_health_take_saved:
 * @self: the health of all endpoints
 * @entry: (transfer none): an endpoint, which may be new
 *
 * Gives it back what was known of it at the last end, once.
 */
void
qcc_health_take_saved (QccHealth *self,
                       QccEndpointEntry *entry)
{
  GVariant *saved = g_hash_table_lookup (self->saved, entry->endpoint->id);
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GVariant) figures = NULL;

  if (saved == NULL)
    return;

  state = g_variant_lookup_value (saved, "state", G_VARIANT_TYPE_VARDICT);
  if (state != NULL)
    qcc_endpoint_state_load (&entry->state, state, qcc_clock_get_time (self->clock), qcc_clock_get_wall_time (self->clock));
  figures = g_variant_lookup_value (saved, "figures", G_VARIANT_TYPE_VARDICT);
  if (figures != NULL)
    qcc_figures_load (&entry->figures, figures);
  g_variant_lookup (saved, "weight-percent", "d", &entry->weight_percent);
  entry->weight_percent = CLAMP (entry->weight_percent, 0, 200);
  g_variant_lookup (saved, "last-model", "s", &entry->last_model);
  g_hash_table_remove (self->saved, entry->endpoint->id);
}

static void
on_loaded (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccHealth *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) documents = qcc_store_load_documents_finish (QCC_STORE (source), result, &error);

  if (documents == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  g_hash_table_unref (self->saved);
  self->saved = g_steal_pointer (&documents);
  g_task_return_boolean (task, TRUE);
}

/**
 * qcc_health_load_async:
 * @self: the health of all endpoints
 * @cancellable: (nullable): ends it early
 * @callback: called when the store was read
 * @user_data: for @callback
 *
 * Reads what was known at the last end. qcc_health_set_snapshot() gives it to the endpoints.
 */
void
qcc_health_load_async (QccHealth *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_HEALTH (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_health_load_async);
  qcc_store_load_documents_async (self->store, KIND, cancellable, on_loaded, task);
}

/**
 * qcc_health_load_finish:
 * @self: the health of all endpoints
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_store_load_documents_finish().
 *
 * Returns: whether the store was read
 */
gboolean
qcc_health_load_finish (QccHealth *self,
                        GAsyncResult *result,
                        GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_sampled (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!qcc_store_add_sample_finish (QCC_STORE (source), result, &error))
    g_debug ("%s", error->message);
}

static void
add_sample (QccHealth *self,
            const QccHealthSample *sample)
{
  qcc_store_add_sample_async (self->store, sample, NULL, on_sampled, NULL);
}

/*
 * qcc_health_keep_check:
 * @self: the health of all endpoints
 * @endpoint_id: one that was checked
 * @result: what came of it
 */
void
qcc_health_keep_check (QccHealth *self,
                       const char *endpoint_id,
                       const QccCheckResult *result)
{
  const QccHealthSample sample = {
    .endpoint = (char *) endpoint_id,
    .time = qcc_clock_get_wall_time (self->clock),
    .level = (char *) qcc_enum_to_nick (QCC_TYPE_CHECK_LEVEL, (int) result->level),
    .passed = result->passed,
    .status = result->status,
    .latency_ms = result->latency_ms,
    .detail = result->detail,
  };

  add_sample (self, &sample);
}

/*
 * qcc_health_keep_traffic:
 * @self: the health of all endpoints
 * @entry: (transfer none): one that has answered, or failed
 * @passed: whether it has answered
 * @status: HTTP status, 0 without an answer
 * @latency_ms: milliseconds to that
 *
 * Where there is traffic no checks are made (spec 7.2), and the history would have a hole: one exchange in each interval
 * stands in for them.
 */
void
qcc_health_keep_traffic (QccHealth *self,
                         const QccEndpointEntry *entry,
                         gboolean passed,
                         guint status,
                         gint64 latency_ms)
{
  const QccHealthSample sample = {
    .endpoint = entry->endpoint->id,
    .time = qcc_clock_get_wall_time (self->clock),
    .level = (char *) "traffic",
    .passed = passed,
    .status = status,
    .latency_ms = latency_ms,
    .detail = (char *) "",
  };
  gint64 interval = (gint64) qcc_policy_get_values (self->policy)->check_interval * G_USEC_PER_SEC;
  gint64 now = qcc_clock_get_time (self->clock);
  gint64 *last = g_hash_table_lookup (self->sampled, entry->endpoint->id);

  /* An attempt may outlive its endpoint, of which the store has just forgotten all. */
  if (qcc_endpoint_table_lookup (self->table, entry->endpoint->id) != entry)
    return;

  if (last != NULL && now - *last < interval)
    return;

  if (last == NULL)
    {
      last = g_new0 (gint64, 1);
      g_hash_table_insert (self->sampled, g_strdup (entry->endpoint->id), last);
    }
  *last = now;
  add_sample (self, &sample);
}
