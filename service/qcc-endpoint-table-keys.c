/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-table-private.h"

#include "common/qcc-error.h"

/* The key store's daemon answers in some 15 ms, one question after the other; more at a time than
 * this only fills its queue. */
#define MAX_LOOKUPS 4

/* All lookups that one caller waits for; the data of its task. */
typedef struct
{
  GQueue ids; /* (element-type utf8): (owned): still to be looked up */
  guint running;
} Load;

/* One of them. */
typedef struct
{
  GTask *task;             /* (owned) */
  QccEndpointEntry *entry; /* (owned) */
  guint serial;
} Lookup;

static void
load_free (gpointer data)
{
  Load *load = data;

  g_queue_clear_full (&load->ids, g_free);
  g_free (load);
}

static QccKeyState
judge_error (const GError *error)
{
  if (g_error_matches (error, QCC_ERROR, QCC_ERROR_NOT_FOUND))
    return QCC_KEY_STATE_MISSING;
  if (g_error_matches (error, QCC_ERROR, QCC_ERROR_LOCKED))
    return QCC_KEY_STATE_LOCKED;

  return QCC_KEY_STATE_UNAVAILABLE;
}

static gboolean
is_replacement (const QccEndpointEntry *entry,
                const QccSecret *key)
{
  return key != NULL && entry->had_key && (entry->key == NULL || !g_str_equal (qcc_secret_peek (entry->key), qcc_secret_peek (key)));
}

static gboolean
set_key (QccEndpointEntry *entry,
         QccSecret *key,
         QccKeyState state,
         const char *store)
{
  gboolean changed = entry->key_state != state || g_strcmp0 (entry->key_store, store) != 0;

  entry->had_key = entry->had_key || key != NULL;

  if (entry->key != key)
    {
      g_clear_pointer (&entry->key, qcc_secret_unref);
      entry->key = key != NULL ? qcc_secret_ref (key) : NULL;
    }
  entry->key_state = state;
  entry->key_store = store;

  return changed;
}

/* A key that was found once is used on while its store is locked or away: the user who has unlocked
 * it for us once should not see requests fail since the desktop locked it again. */
static void
key_arrived (QccEndpointTable *self,
             QccEndpointEntry *entry,
             QccSecret *key,
             const char *store,
             const GError *error)
{
  QccKeyState state = key != NULL ? QCC_KEY_STATE_OK : judge_error (error);
  gboolean is_other;

  if (state == QCC_KEY_STATE_UNAVAILABLE && entry->key_state != QCC_KEY_STATE_UNAVAILABLE)
    g_warning ("The key of %s cannot be read: %s", entry->endpoint->id, error->message);
  if ((state == QCC_KEY_STATE_LOCKED || state == QCC_KEY_STATE_UNAVAILABLE) && entry->key != NULL)
    return;

  is_other = is_replacement (entry, key);
  if (set_key (entry, key, state, store))
    g_signal_emit_by_name (self, "key-changed", entry->endpoint->id);
  if (is_other)
    g_signal_emit_by_name (self, "key-replaced", entry->endpoint->id);
}

static void look_up_next (GTask *task);

static void
on_key (GObject *source,
        GAsyncResult *result,
        gpointer user_data)
{
  Lookup *lookup = user_data;
  g_autoptr (GTask) task = lookup->task;
  g_autoptr (QccEndpointEntry) entry = lookup->entry;
  QccEndpointTable *self = g_task_get_source_object (task);
  Load *load = g_task_get_task_data (task);
  const char *store = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSecret) key = qcc_key_store_lookup_finish (self->key_store, result, &store, &error);

  if (lookup->serial == entry->key_serial && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    key_arrived (self, entry, key, store, error);
  g_free (lookup);

  load->running--;
  look_up_next (task);
}

static void
look_up (GTask *task,
         QccEndpointEntry *entry)
{
  QccEndpointTable *self = g_task_get_source_object (task);
  Load *load = g_task_get_task_data (task);
  Lookup *lookup = g_new0 (Lookup, 1);

  lookup->task = g_object_ref (task);
  lookup->entry = qcc_endpoint_entry_ref (entry);
  lookup->serial = ++entry->key_serial;
  load->running++;
  qcc_key_store_lookup_async (self->key_store, entry->endpoint->id, g_task_get_cancellable (task), on_key, lookup);
}

static void
look_up_next (GTask *task)
{
  QccEndpointTable *self = g_task_get_source_object (task);
  Load *load = g_task_get_task_data (task);

  while (load->running < MAX_LOOKUPS && !g_queue_is_empty (&load->ids))
    {
      g_autofree char *id = g_queue_pop_head (&load->ids);
      QccEndpointEntry *entry = g_hash_table_lookup (self->entries, id);

      if (entry != NULL)
        look_up (task, entry);
    }

  if (load->running == 0 && !g_task_get_completed (task))
    g_task_return_boolean (task, TRUE);
}

static GTask *
load_new (QccEndpointTable *self,
          GCancellable *cancellable,
          GAsyncReadyCallback callback,
          gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Load *load = g_new0 (Load, 1);

  g_queue_init (&load->ids);
  g_task_set_task_data (task, load, load_free);

  return task;
}

static void
queue_all (GTask *task,
           gboolean only_new)
{
  QccEndpointTable *self = g_task_get_source_object (task);
  Load *load = g_task_get_task_data (task);
  GHashTableIter iter;
  gpointer id, entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &id, &entry))
    if (!only_new || ((QccEndpointEntry *) entry)->key_state == QCC_KEY_STATE_CHECKING)
      g_queue_push_tail (&load->ids, g_strdup (id));
}

/*
 * qcc_endpoint_table_look_up_all:
 * @self: a table
 * @only_new: whether to pass over those that were looked up before
 * @cancellable: (nullable): ends it early
 * @callback: (nullable): called when the state of each key is known
 * @user_data: for @callback
 */
void
qcc_endpoint_table_look_up_all (QccEndpointTable *self,
                                gboolean only_new,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = load_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, qcc_endpoint_table_look_up_all);
  queue_all (task, only_new);
  look_up_next (task);
}

/**
 * qcc_endpoint_table_look_up_keys_async:
 * @self: a table
 * @endpoint_id: (nullable): the endpoint whose key to look up; %NULL for all
 * @cancellable: (nullable): ends it early
 * @callback: (nullable): called when the state of each key is known
 * @user_data: for @callback
 *
 * A key that the store does not have any more is dropped. One that cannot be read now stays what it
 * was.
 */
void
qcc_endpoint_table_look_up_keys_async (QccEndpointTable *self,
                                       const char *endpoint_id,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (QCC_IS_ENDPOINT_TABLE (self));

  if (endpoint_id == NULL)
    {
      qcc_endpoint_table_look_up_all (self, FALSE, cancellable, callback, user_data);
      return;
    }

  task = load_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_endpoint_table_look_up_keys_async);
  g_queue_push_tail (&((Load *) g_task_get_task_data (task))->ids, g_strdup (endpoint_id));
  look_up_next (task);
}

/**
 * qcc_endpoint_table_look_up_keys_finish:
 * @self: a table
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED. What was found is in the entries.
 *
 * Returns: whether all were looked up
 */
gboolean
qcc_endpoint_table_look_up_keys_finish (QccEndpointTable *self,
                                        GAsyncResult *result,
                                        GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
