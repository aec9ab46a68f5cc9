/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-key-store-file.h"

#include "common/qcc-key-file.h"

struct _QccKeyStoreFile
{
  GObject parent_instance;

  char *path; /* (owned) (type filename): not changed after construction, so threads may read it */
};

typedef struct
{
  char *endpoint_id; /* (owned) */
  QccSecret *secret; /* (owned) (nullable): what to store */
} Request;

static void
request_free (Request *self)
{
  g_clear_pointer (&self->endpoint_id, g_free);
  g_clear_pointer (&self->secret, qcc_secret_unref);
  g_free (self);
}

static void key_store_iface_init (QccKeyStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QccKeyStoreFile, qcc_key_store_file, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (QCC_TYPE_KEY_STORE, key_store_iface_init))

static void
qcc_key_store_file_finalize (GObject *object)
{
  QccKeyStoreFile *self = QCC_KEY_STORE_FILE (object);

  g_clear_pointer (&self->path, g_free);

  G_OBJECT_CLASS (qcc_key_store_file_parent_class)->finalize (object);
}

static void
qcc_key_store_file_class_init (QccKeyStoreFileClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qcc_key_store_file_finalize;
}

static void
qcc_key_store_file_init (QccKeyStoreFile *self)
{
}

static GTask *
make_task (QccKeyStore *store,
           const char *endpoint_id,
           QccSecret *secret,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  GTask *task = g_task_new (store, cancellable, callback, user_data);
  Request *request = g_new0 (Request, 1);

  request->endpoint_id = g_strdup (endpoint_id);
  request->secret = secret != NULL ? qcc_secret_ref (secret) : NULL;
  g_task_set_task_data (task, request, (GDestroyNotify) request_free);

  return task;
}

static void
lookup_in_thread (GTask *task,
                  gpointer source_object,
                  gpointer task_data,
                  GCancellable *cancellable)
{
  QccKeyStoreFile *self = source_object;
  const Request *request = task_data;
  GError *error = NULL;
  QccSecret *secret;

  if (g_task_return_error_if_cancelled (task))
    return;

  secret = qcc_key_file_lookup (self->path, request->endpoint_id, &error);
  if (secret != NULL)
    g_task_return_pointer (task, secret, (GDestroyNotify) qcc_secret_unref);
  else
    g_task_return_error (task, error);
}

static void
change_in_thread (GTask *task,
                  gpointer source_object,
                  gpointer task_data,
                  GCancellable *cancellable)
{
  QccKeyStoreFile *self = source_object;
  const Request *request = task_data;
  GError *error = NULL;

  if (g_task_return_error_if_cancelled (task))
    return;

  /* Once begun the change is finished; a cancellation must not hide it. */
  g_task_set_check_cancellable (task, FALSE);
  if (qcc_key_file_change (self->path, request->endpoint_id, request->secret, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
lookup_async (QccKeyStore *store,
              const char *endpoint_id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  g_autoptr (GTask) task = make_task (store, endpoint_id, NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, lookup_async);
  g_task_run_in_thread (task, lookup_in_thread);
}

static void
store_async (QccKeyStore *store,
             const char *endpoint_id,
             QccSecret *secret,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_autoptr (GTask) task = make_task (store, endpoint_id, secret, cancellable, callback, user_data);

  g_task_set_source_tag (task, store_async);
  g_task_run_in_thread (task, change_in_thread);
}

static void
remove_async (QccKeyStore *store,
              const char *endpoint_id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  g_autoptr (GTask) task = make_task (store, endpoint_id, NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, remove_async);
  g_task_run_in_thread (task, change_in_thread);
}

static void
key_store_iface_init (QccKeyStoreInterface *iface)
{
  iface->lookup_async = lookup_async;
  iface->store_async = store_async;
  iface->remove_async = remove_async;
}

/**
 * qcc_key_store_file_new:
 * @file: a local file; it and its folder need not exist before the first key is stored
 *
 * Creates a store that keeps the keys in a file that only the user can read, for systems without a
 * better place and only after the user said so (spec 11.3). All work is done in threads. Several stores,
 * also of several programs, may use the same file.
 *
 * Returns: (transfer full): a new key store
 */
QccKeyStore *
qcc_key_store_file_new (GFile *file)
{
  QccKeyStoreFile *self;

  g_return_val_if_fail (G_IS_FILE (file), NULL);
  g_return_val_if_fail (g_file_peek_path (file) != NULL, NULL);

  self = g_object_new (QCC_TYPE_KEY_STORE_FILE, NULL);
  self->path = g_file_get_path (file);

  return QCC_KEY_STORE (self);
}
