/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-key-store-chain.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

struct _QccKeyStoreChain
{
  GObject parent_instance;

  GPtrArray *stores; /* (owned) (element-type QccKeyStore): in the order they are asked */
};

/* One operation on its way through the stores; the data of its task. */
typedef struct
{
  char *id;          /* (owned) */
  QccSecret *secret; /* (owned) (nullable): what to store */
  guint next;        /* index of the store to ask next */
  const char *kind;  /* (nullable): of the store that had the key */
  GError *kept;      /* (owned) (nullable): what is reported when no store has a better answer */
  gboolean removed;  /* a store had the key and removed it */
} Walk;

static void
walk_free (Walk *self)
{
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->secret, qcc_secret_unref);
  g_clear_error (&self->kept);
  g_free (self);
}

static void key_store_iface_init (QccKeyStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QccKeyStoreChain, qcc_key_store_chain, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (QCC_TYPE_KEY_STORE, key_store_iface_init))

static void
qcc_key_store_chain_finalize (GObject *object)
{
  QccKeyStoreChain *self = QCC_KEY_STORE_CHAIN (object);

  g_clear_pointer (&self->stores, g_ptr_array_unref);

  G_OBJECT_CLASS (qcc_key_store_chain_parent_class)->finalize (object);
}

static void
qcc_key_store_chain_class_init (QccKeyStoreChainClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qcc_key_store_chain_finalize;
}

static void
qcc_key_store_chain_init (QccKeyStoreChain *self)
{
  self->stores = g_ptr_array_new_with_free_func (g_object_unref);
}

static GTask *
make_task (QccKeyStore *store,
           const char *id,
           QccSecret *secret,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  GTask *task = g_task_new (store, cancellable, callback, user_data);
  Walk *walk = g_new0 (Walk, 1);

  walk->id = g_strdup (id);
  walk->secret = secret != NULL ? qcc_secret_ref (secret) : NULL;
  g_task_set_task_data (task, walk, (GDestroyNotify) walk_free);

  /* The stores watch the cancellable; a change that one of them has made must not be hidden. */
  g_task_set_check_cancellable (task, FALSE);

  return task;
}

/* Returns (transfer none) (nullable): the store to ask next, %NULL after the last. */
static QccKeyStore *
take_next (GTask *task)
{
  QccKeyStoreChain *self = g_task_get_source_object (task);
  Walk *walk = g_task_get_task_data (task);

  return walk->next < self->stores->len ? g_ptr_array_index (self->stores, walk->next++) : NULL;
}

/* Keeps the first @error (transfer full), but "unavailable" gives way to a store that says more. */
static void
keep_error (Walk *walk,
            GError *error)
{
  if (walk->kept == NULL || (g_error_matches (walk->kept, QCC_ERROR, QCC_ERROR_UNAVAILABLE) &&
                             !g_error_matches (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE)))
    {
      g_clear_error (&walk->kept);
      walk->kept = error;
      return;
    }

  g_error_free (error);
}

static void
return_not_found (GTask *task)
{
  const Walk *walk = g_task_get_task_data (task);
  GError *error = NULL;

  qcc_key_store_set_not_found (&error, walk->id);
  g_task_return_error (task, error);
}

static void lookup_next (GTask *task);

static void
on_looked_up (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;
  Walk *walk = g_task_get_task_data (task);
  QccSecret *secret = qcc_key_store_lookup_finish (QCC_KEY_STORE (source), result, &walk->kind, &error);

  if (secret != NULL)
    {
      g_task_return_pointer (task, secret, (GDestroyNotify) qcc_secret_unref);
      return;
    }

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  if (!g_error_matches (error, QCC_ERROR, QCC_ERROR_NOT_FOUND))
    keep_error (walk, g_steal_pointer (&error));
  lookup_next (task);
}

static void
lookup_next (GTask *task)
{
  Walk *walk = g_task_get_task_data (task);
  QccKeyStore *store = take_next (task);

  if (store != NULL)
    qcc_key_store_lookup_async (store, walk->id, g_task_get_cancellable (task), on_looked_up,
                                g_object_ref (task));
  else if (walk->kept != NULL)
    g_task_return_error (task, g_steal_pointer (&walk->kept));
  else
    return_not_found (task);
}

static void store_next (GTask *task);

/* Each store that could not take the key may have had its own reason. */
static void
add_reason (Walk *walk,
            GError *error)
{
  /* Translators: what is behind it is the reason of the next key store. */
  if (walk->kept != NULL)
    g_prefix_error (&error, _ ("%s; "), walk->kept->message);

  g_clear_error (&walk->kept);
  walk->kept = error;
}

/* A key of a store that is asked earlier would hide the one that is to be stored. */
static void
on_hiding_looked_up (GObject *source,
                     GAsyncResult *result,
                     gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  const Walk *walk = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  const char *kind = NULL;
  g_autoptr (QccSecret) hiding = qcc_key_store_lookup_finish (QCC_KEY_STORE (source), result, &kind, &error);

  if (hiding != NULL)
    g_task_return_new_error (task, QCC_ERROR, QCC_ERROR_REFUSED,
                             _ ("the key of %s is set by the store “%s”, which comes first and cannot be written to; "
                                "change it there"),
                             walk->id, kind);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    store_next (task);
}

static void
on_stored (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Walk *walk = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (qcc_key_store_store_finish (QCC_KEY_STORE (source), result, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  /* A store that is only locked keeps its right to the key: the user has to unlock it (spec 11.3). */
  if (!g_error_matches (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  add_reason (walk, g_steal_pointer (&error));
  qcc_key_store_lookup_async (QCC_KEY_STORE (source), walk->id, g_task_get_cancellable (task), on_hiding_looked_up,
                              g_object_ref (task));
}

static void
store_next (GTask *task)
{
  Walk *walk = g_task_get_task_data (task);
  QccKeyStore *store = take_next (task);

  if (store != NULL)
    qcc_key_store_store_async (store, walk->id, walk->secret, g_task_get_cancellable (task), on_stored,
                               g_object_ref (task));
  else if (walk->kept != NULL)
    g_task_return_error (task, g_steal_pointer (&walk->kept));
  else
    g_task_return_new_error (task, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("there is no key store to write to"));
}

static void remove_next (GTask *task);

static void
on_removed (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Walk *walk = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (qcc_key_store_remove_finish (QCC_KEY_STORE (source), result, &error))
    walk->removed = TRUE;
  else if (!g_error_matches (error, QCC_ERROR, QCC_ERROR_NOT_FOUND))
    keep_error (walk, g_steal_pointer (&error));

  remove_next (task);
}

static void
remove_next (GTask *task)
{
  Walk *walk = g_task_get_task_data (task);
  QccKeyStore *store = take_next (task);

  if (store != NULL)
    qcc_key_store_remove_async (store, walk->id, g_task_get_cancellable (task), on_removed,
                                g_object_ref (task));
  else if (walk->kept != NULL &&
           !(walk->removed && g_error_matches (walk->kept, QCC_ERROR, QCC_ERROR_UNAVAILABLE)))
    g_task_return_error (task, g_steal_pointer (&walk->kept));
  else if (walk->removed)
    g_task_return_boolean (task, TRUE);
  else
    return_not_found (task);
}

static void
lookup_async (QccKeyStore *store,
              const char *id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  g_autoptr (GTask) task = make_task (store, id, NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, lookup_async);
  lookup_next (task);
}

static QccSecret *
lookup_finish (QccKeyStore *store,
               GAsyncResult *result,
               const char **out_kind,
               GError **error)
{
  const Walk *walk = g_task_get_task_data (G_TASK (result));
  QccSecret *secret = g_task_propagate_pointer (G_TASK (result), error);

  if (secret != NULL && out_kind != NULL)
    *out_kind = walk->kind;

  return secret;
}

static void
store_async (QccKeyStore *store,
             const char *id,
             QccSecret *secret,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_autoptr (GTask) task = make_task (store, id, secret, cancellable, callback, user_data);

  g_task_set_source_tag (task, store_async);
  store_next (task);
}

static void
remove_async (QccKeyStore *store,
              const char *id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  g_autoptr (GTask) task = make_task (store, id, NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, remove_async);
  remove_next (task);
}

static void
key_store_iface_init (QccKeyStoreInterface *iface)
{
  iface->kind = "chain";
  iface->lookup_async = lookup_async;
  iface->lookup_finish = lookup_finish;
  iface->store_async = store_async;
  iface->remove_async = remove_async;
}

/**
 * qcc_key_store_chain_new:
 * @stores: (array length=n_stores): key stores, the preferred one first
 * @n_stores: how many
 *
 * Creates a store that asks several in their order (spec 11.3). A lookup takes the first key; without one
 * it answers %QCC_ERROR_NOT_FOUND when all stores say so, else with the first other error. A key is stored in
 * the first store that does not say %QCC_ERROR_UNAVAILABLE, and removed from all. Where one of the stores
 * that are passed over has the key, storing is %QCC_ERROR_REFUSED: a lookup would go on finding the old one.
 *
 * Returns: (transfer full): a new key store
 */
QccKeyStore *
qcc_key_store_chain_new (QccKeyStore *const *stores,
                         guint n_stores)
{
  QccKeyStoreChain *self;

  g_return_val_if_fail (stores != NULL || n_stores == 0, NULL);

  self = g_object_new (QCC_TYPE_KEY_STORE_CHAIN, NULL);
  for (guint i = 0; i < n_stores; i++)
    {
      g_ptr_array_add (self->stores, g_object_ref (stores[i]));
      g_signal_connect_object (stores[i], "changed", G_CALLBACK (qcc_key_store_emit_changed), self,
                               G_CONNECT_SWAPPED);
    }

  return QCC_KEY_STORE (self);
}

/**
 * qcc_key_store_chain_find:
 * @self: a chain
 * @type: the type of a store
 *
 * Returns: (transfer none) (nullable): the first store of the chain that is of @type
 */
QccKeyStore *
qcc_key_store_chain_find (QccKeyStoreChain *self,
                          GType type)
{
  g_return_val_if_fail (QCC_IS_KEY_STORE_CHAIN (self), NULL);

  for (guint i = 0; i < self->stores->len; i++)
    {
      QccKeyStore *store = g_ptr_array_index (self->stores, i);

      if (G_TYPE_CHECK_INSTANCE_TYPE (store, type))
        return store;
    }

  return NULL;
}
