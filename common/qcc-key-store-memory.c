/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-key-store-memory.h"

struct _QccKeyStoreMemory
{
  GObject parent_instance;

  GHashTable *keys; /* (owned) (element-type utf8 QccSecret): by endpoint id */
};

static void key_store_iface_init (QccKeyStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QccKeyStoreMemory, qcc_key_store_memory, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (QCC_TYPE_KEY_STORE, key_store_iface_init))

static void
qcc_key_store_memory_finalize (GObject *object)
{
  QccKeyStoreMemory *self = QCC_KEY_STORE_MEMORY (object);

  g_clear_pointer (&self->keys, g_hash_table_unref);

  G_OBJECT_CLASS (qcc_key_store_memory_parent_class)->finalize (object);
}

static void
qcc_key_store_memory_class_init (QccKeyStoreMemoryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qcc_key_store_memory_finalize;
}

static void
qcc_key_store_memory_init (QccKeyStoreMemory *self)
{
  self->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) qcc_secret_unref);
}

static void
lookup_async (QccKeyStore *store,
              const char *id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  QccKeyStoreMemory *self = QCC_KEY_STORE_MEMORY (store);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  QccSecret *secret = g_hash_table_lookup (self->keys, id);
  GError *error = NULL;

  g_task_set_source_tag (task, lookup_async);

  if (secret != NULL)
    {
      g_task_return_pointer (task, qcc_secret_ref (secret), (GDestroyNotify) qcc_secret_unref);
      return;
    }

  qcc_key_store_set_not_found (&error, id);
  g_task_return_error (task, error);
}

static void
store_async (QccKeyStore *store,
             const char *id,
             QccSecret *secret,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  QccKeyStoreMemory *self = QCC_KEY_STORE_MEMORY (store);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, store_async);
  if (g_task_return_error_if_cancelled (task))
    return;

  /* The change is made; a cancellation from now on must not hide it. */
  g_task_set_check_cancellable (task, FALSE);
  g_hash_table_replace (self->keys, g_strdup (id), qcc_secret_ref (secret));
  g_task_return_boolean (task, TRUE);
}

static void
remove_async (QccKeyStore *store,
              const char *id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  QccKeyStoreMemory *self = QCC_KEY_STORE_MEMORY (store);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, remove_async);
  if (g_task_return_error_if_cancelled (task))
    return;

  g_task_set_check_cancellable (task, FALSE);
  if (g_hash_table_remove (self->keys, id))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  qcc_key_store_set_not_found (&error, id);
  g_task_return_error (task, error);
}

static void
key_store_iface_init (QccKeyStoreInterface *iface)
{
  iface->kind = "memory";
  iface->lookup_async = lookup_async;
  iface->store_async = store_async;
  iface->remove_async = remove_async;
}

/**
 * qcc_key_store_memory_new:
 *
 * Creates a store that lives as long as the process, for an instance that must leave nothing behind
 * and for tests. Used from one thread.
 *
 * Returns: (transfer full): a new key store
 */
QccKeyStore *
qcc_key_store_memory_new (void)
{
  return g_object_new (QCC_TYPE_KEY_STORE_MEMORY, NULL);
}
