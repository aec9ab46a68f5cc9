/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-endpoint-table-private.h"

enum
{
  SIGNAL_KEY_CHANGED,
  SIGNAL_KEY_REPLACED,
  SIGNAL_ADDRESS_CHANGED,
  SIGNAL_APPLIED,
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
  signals[SIGNAL_KEY_REPLACED] = g_signal_new ("key-replaced", QCC_TYPE_ENDPOINT_TABLE, G_SIGNAL_RUN_LAST, 0,
                                               NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_ADDRESS_CHANGED] = g_signal_new ("address-changed", QCC_TYPE_ENDPOINT_TABLE, G_SIGNAL_RUN_LAST, 0,
                                                  NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_APPLIED] = g_signal_new ("applied", QCC_TYPE_ENDPOINT_TABLE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
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

static gboolean
is_elsewhere (const QccEndpoint *a,
              const QccEndpoint *b)
{
  g_autofree char *url_a = g_uri_to_string (a->base_url);
  g_autofree char *url_b = g_uri_to_string (b->base_url);

  return !g_str_equal (url_a, url_b) || a->auth != b->auth || g_strcmp0 (a->proxy, b->proxy) != 0 ||
         g_strcmp0 (a->ca_file, b->ca_file) != 0;
}

static void
take_in (QccEndpointTable *self,
         QccEndpoint *endpoint)
{
  QccEndpointEntry *entry = g_hash_table_lookup (self->entries, endpoint->id);
  gboolean elsewhere = entry != NULL && is_elsewhere (entry->endpoint, endpoint);

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
  if (elsewhere)
    g_signal_emit (self, signals[SIGNAL_ADDRESS_CHANGED], 0, endpoint->id);
}

static gboolean
is_gone (gpointer key,
         gpointer value,
         gpointer snapshot)
{
  return qcc_snapshot_find_endpoint (snapshot, key) == NULL;
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
  g_return_if_fail (QCC_IS_ENDPOINT_TABLE (self));
  g_return_if_fail (snapshot != NULL);

  g_hash_table_foreach_remove (self->entries, is_gone, snapshot);
  for (guint i = 0; i < snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (snapshot->profiles, i);

      for (guint j = 0; j < profile->endpoints->len; j++)
        take_in (self, g_ptr_array_index (profile->endpoints, j));
    }
  g_signal_emit (self, signals[SIGNAL_APPLIED], 0);

  qcc_endpoint_table_look_up_all (self, TRUE, cancellable, callback, user_data);
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
 * qcc_endpoint_table_list:
 * @self: a table
 *
 * Returns: (transfer container) (element-type QccEndpointEntry): all that is in it, in no order
 */
GPtrArray *
qcc_endpoint_table_list (QccEndpointTable *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_endpoint_entry_unref);
  GHashTableIter iter;
  gpointer value;

  g_return_val_if_fail (QCC_IS_ENDPOINT_TABLE (self), list);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (list, qcc_endpoint_entry_ref (value));

  return list;
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
