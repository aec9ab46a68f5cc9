/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-table.h"

#include "common/qcc-error.h"

/* The key store's daemon answers in some 15 ms, one question after the other; more at a time than
 * this only fills its queue. */
#define MAX_LOOKUPS 4

/**
 * QccEndpointTable:
 *
 * Owner of what is known of the endpoints while the service runs. Follows the profiles and the key
 * store.
 *
 * Signals: `key-changed` with the id of an endpoint, after its key or the state of its key changed.
 */
struct _QccEndpointTable
{
  GObject parent_instance;

  QccKeyStore *key_store;     /* (owned) */
  QccTrustStore *trust_store; /* (owned) */
  GHashTable *entries;        /* (owned) (element-type utf8 QccEndpointEntry): by id; keys and values owned */
  GCancellable *cancellable;  /* (owned): of lookups that nobody waits for */
  guint max_connections;
};

enum
{
  SIGNAL_KEY_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccEndpointTable, qcc_endpoint_table, G_TYPE_OBJECT)

static void
qcc_endpoint_table_dispose (GObject *object)
{
  QccEndpointTable *self = QCC_ENDPOINT_TABLE (object);

  g_cancellable_cancel (self->cancellable);

  G_OBJECT_CLASS (qcc_endpoint_table_parent_class)->dispose (object);
}

static void
qcc_endpoint_table_finalize (GObject *object)
{
  QccEndpointTable *self = QCC_ENDPOINT_TABLE (object);

  g_clear_pointer (&self->entries, g_hash_table_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->key_store);
  g_clear_pointer (&self->trust_store, qcc_trust_store_unref);

  G_OBJECT_CLASS (qcc_endpoint_table_parent_class)->finalize (object);
}

static void
qcc_endpoint_table_class_init (QccEndpointTableClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_endpoint_table_dispose;
  object_class->finalize = qcc_endpoint_table_finalize;

  signals[SIGNAL_KEY_CHANGED] = g_signal_new ("key-changed", QCC_TYPE_ENDPOINT_TABLE, G_SIGNAL_RUN_LAST, 0,
                                              NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
qcc_endpoint_table_init (QccEndpointTable *self)
{
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) qcc_endpoint_entry_unref);
  self->cancellable = g_cancellable_new ();
  self->max_connections = G_MAXUINT;
}

static void
on_key_store_changed (QccKeyStore *key_store,
                      QccEndpointTable *self)
{
  qcc_endpoint_table_look_up_keys_async (self, NULL, self->cancellable, NULL, NULL);
}

/**
 * qcc_endpoint_table_new:
 * @key_store: (transfer none): where keys are looked up
 * @trust_store: (transfer none): verifies certificates
 *
 * Returns: (transfer full): an empty table
 */
QccEndpointTable *
qcc_endpoint_table_new (QccKeyStore *key_store,
                        QccTrustStore *trust_store)
{
  QccEndpointTable *self;

  g_return_val_if_fail (QCC_IS_KEY_STORE (key_store), NULL);
  g_return_val_if_fail (trust_store != NULL, NULL);

  self = g_object_new (QCC_TYPE_ENDPOINT_TABLE, NULL);
  self->key_store = g_object_ref (key_store);
  self->trust_store = qcc_trust_store_ref (trust_store);
  g_signal_connect_object (self->key_store, "changed", G_CALLBACK (on_key_store_changed), self, 0);

  return self;
}

static void
take_in (QccEndpointTable *self,
         QccEndpoint *endpoint)
{
  QccEndpointEntry *entry = g_hash_table_lookup (self->entries, endpoint->id);

  if (entry == NULL)
    {
      entry = qcc_endpoint_entry_new (endpoint, self->trust_store);
      g_hash_table_insert (self->entries, g_strdup (endpoint->id), entry);
    }
  else if (!qcc_endpoint_equal (entry->endpoint, endpoint))
    {
      qcc_endpoint_entry_set_endpoint (entry, endpoint, self->trust_store);
    }
  else
    {
      return;
    }

  qcc_connection_pool_set_max_connections (entry->pool, self->max_connections);
}

static gboolean
is_gone (gpointer key,
         gpointer value,
         gpointer snapshot)
{
  return qcc_snapshot_find_endpoint (snapshot, key) == NULL;
}

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
set_key (QccEndpointEntry *entry,
         QccSecret *key,
         QccKeyState state,
         const char *store)
{
  gboolean changed = entry->key_state != state || g_strcmp0 (entry->key_store, store) != 0;

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

  if (state == QCC_KEY_STATE_UNAVAILABLE && entry->key_state != QCC_KEY_STATE_UNAVAILABLE)
    g_warning ("The key of %s cannot be read: %s", entry->endpoint->id, error->message);
  if ((state == QCC_KEY_STATE_LOCKED || state == QCC_KEY_STATE_UNAVAILABLE) && entry->key != NULL)
    return;

  if (set_key (entry, key, state, store))
    g_signal_emit (self, signals[SIGNAL_KEY_CHANGED], 0, entry->endpoint->id);
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

/**
 * qcc_endpoint_table_apply_async:
 * @self: a table
 * @snapshot: (transfer none): the profiles of this moment
 * @cancellable: (nullable): ends it early
 * @callback: (nullable): called when the keys of new endpoints were looked up
 * @user_data: for @callback
 *
 * Takes in new endpoints, changes those that changed, forgets those that are gone, all before it
 * returns. Then looks up the keys of the new ones. Finish with qcc_endpoint_table_look_up_keys_finish().
 */
void
qcc_endpoint_table_apply_async (QccEndpointTable *self,
                                QccSnapshot *snapshot,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (QCC_IS_ENDPOINT_TABLE (self));
  g_return_if_fail (snapshot != NULL);

  g_hash_table_foreach_remove (self->entries, is_gone, snapshot);
  for (guint i = 0; i < snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (snapshot->profiles, i);

      for (guint j = 0; j < profile->endpoints->len; j++)
        take_in (self, g_ptr_array_index (profile->endpoints, j));
    }

  task = load_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_endpoint_table_apply_async);
  queue_all (task, TRUE);
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

  task = load_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_endpoint_table_look_up_keys_async);
  if (endpoint_id != NULL)
    g_queue_push_tail (&((Load *) g_task_get_task_data (task))->ids, g_strdup (endpoint_id));
  else
    queue_all (task, FALSE);

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

/**
 * qcc_endpoint_table_lookup:
 * @self: a table
 * @id: an endpoint's id
 *
 * Returns: (transfer none) (nullable): what is known of it
 */
QccEndpointEntry *
qcc_endpoint_table_lookup (QccEndpointTable *self,
                           const char *id)
{
  g_return_val_if_fail (QCC_IS_ENDPOINT_TABLE (self), NULL);

  return g_hash_table_lookup (self->entries, id);
}

/**
 * qcc_endpoint_table_get_n_in_flight:
 * @self: a table
 *
 * Returns: how many attempts run at all endpoints together
 */
guint
qcc_endpoint_table_get_n_in_flight (QccEndpointTable *self)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_return_val_if_fail (QCC_IS_ENDPOINT_TABLE (self), 0);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += ((const QccEndpointEntry *) value)->in_flight;

  return n;
}

/**
 * qcc_endpoint_table_set_max_connections:
 * @self: a table
 * @max_connections: most connections to one endpoint at a time
 */
void
qcc_endpoint_table_set_max_connections (QccEndpointTable *self,
                                        guint max_connections)
{
  GHashTableIter iter;
  gpointer value;

  g_return_if_fail (QCC_IS_ENDPOINT_TABLE (self));

  self->max_connections = max_connections;
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    qcc_connection_pool_set_max_connections (((QccEndpointEntry *) value)->pool, max_connections);
}
