/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-table.h"

#include "common/qcc-error.h"

struct _QccEndpointTable
{
  GObject parent_instance;

  QccKeyStore *key_store;     /* (owned) */
  QccTrustStore *trust_store; /* (owned) */
  GHashTable *entries;        /* (owned) (element-type utf8 QccEndpointEntry): by id */
  guint max_connections;
};

G_DEFINE_FINAL_TYPE (QccEndpointTable, qcc_endpoint_table, G_TYPE_OBJECT)

static void
entry_free (gpointer data)
{
  QccEndpointEntry *entry = data;

  g_clear_object (&entry->pool);
  g_clear_pointer (&entry->key, qcc_secret_unref);
  g_clear_pointer (&entry->endpoint, qcc_endpoint_unref);
  g_free (entry);
}

static void
qcc_endpoint_table_finalize (GObject *object)
{
  QccEndpointTable *self = QCC_ENDPOINT_TABLE (object);

  g_clear_pointer (&self->entries, g_hash_table_unref);
  g_clear_object (&self->key_store);
  g_clear_pointer (&self->trust_store, qcc_trust_store_unref);

  G_OBJECT_CLASS (qcc_endpoint_table_parent_class)->finalize (object);
}

static void
qcc_endpoint_table_class_init (QccEndpointTableClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_endpoint_table_finalize;
}

static void
qcc_endpoint_table_init (QccEndpointTable *self)
{
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  self->max_connections = G_MAXUINT;
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

  return self;
}

typedef struct
{
  GQueue ids; /* (element-type utf8): (owned): still to be looked up */
} Load;

static void
load_free (gpointer data)
{
  Load *load = data;

  g_queue_clear_full (&load->ids, g_free);
  g_free (load);
}

static void look_up_next (GTask *task);

static void
on_key (GObject *source,
        GAsyncResult *result,
        gpointer user_data)
{
  GTask *task = user_data;
  QccEndpointTable *self = g_task_get_source_object (task);
  Load *load = g_task_get_task_data (task);
  g_autofree char *id = g_queue_pop_head (&load->ids);
  QccEndpointEntry *entry = g_hash_table_lookup (self->entries, id);
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSecret) key = qcc_key_store_lookup_finish (self->key_store, result, NULL, &error);

  if (key != NULL && entry != NULL)
    {
      g_clear_pointer (&entry->key, qcc_secret_unref);
      entry->key = g_steal_pointer (&key);
    }
  else if (error != NULL && !g_error_matches (error, QCC_ERROR, QCC_ERROR_NOT_FOUND))
    {
      g_warning ("The key of %s cannot be read: %s", id, error->message);
    }

  look_up_next (task);
}

static void
look_up_next (GTask *task)
{
  QccEndpointTable *self = g_task_get_source_object (task);
  Load *load = g_task_get_task_data (task);
  const char *id = g_queue_peek_head (&load->ids);

  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
    }
  else if (id == NULL)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
  else
    {
      qcc_key_store_lookup_async (self->key_store, id, g_task_get_cancellable (task), on_key, task);
    }
}

static void
add_entry (QccEndpointTable *self,
           QccEndpoint *endpoint)
{
  QccEndpointEntry *entry = g_new0 (QccEndpointEntry, 1);

  entry->endpoint = qcc_endpoint_ref (endpoint);
  entry->pool = qcc_connection_pool_new (endpoint, self->trust_store);
  qcc_connection_pool_set_max_connections (entry->pool, self->max_connections);
  g_hash_table_insert (self->entries, entry->endpoint->id, entry);
}

/**
 * qcc_endpoint_table_load_async:
 * @self: an empty table
 * @snapshot: (transfer none): whose endpoints to take in
 * @cancellable: (nullable): ends it early
 * @callback: called when all keys were looked up
 * @user_data: for @callback
 *
 * A key that cannot be read is warned of; its endpoint is not used.
 */
void
qcc_endpoint_table_load_async (QccEndpointTable *self,
                               QccSnapshot *snapshot,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task;
  Load *load;

  g_return_if_fail (QCC_IS_ENDPOINT_TABLE (self));
  g_return_if_fail (snapshot != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_endpoint_table_load_async);
  load = g_new0 (Load, 1);
  g_queue_init (&load->ids);
  g_task_set_task_data (task, load, load_free);

  for (guint i = 0; i < snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (snapshot->profiles, i);

      for (guint j = 0; j < profile->endpoints->len; j++)
        {
          QccEndpoint *endpoint = g_ptr_array_index (profile->endpoints, j);

          add_entry (self, endpoint);
          g_queue_push_tail (&load->ids, g_strdup (endpoint->id));
        }
    }

  look_up_next (task);
}

/**
 * qcc_endpoint_table_load_finish:
 * @self: a table
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether all endpoints are there
 */
gboolean
qcc_endpoint_table_load_finish (QccEndpointTable *self,
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
