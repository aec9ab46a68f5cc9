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
  char *id;          /* (owned) */
  QccSecret *secret; /* (owned) (nullable): what to store */
} Request;

static void
request_free (Request *self)
{
  g_clear_pointer (&self->id, g_free);
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
           const char *id,
           QccSecret *secret,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  GTask *task = g_task_new (store, cancellable, callback, user_data);
  Request *request = g_new0 (Request, 1);

  request->id = g_strdup (id);
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

  secret = qcc_key_file_lookup (self->path, request->id, &error);
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
  if (qcc_key_file_change (self->path, request->id, request->secret, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
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
  g_task_run_in_thread (task, lookup_in_thread);
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
  g_task_run_in_thread (task, change_in_thread);
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
  g_task_run_in_thread (task, change_in_thread);
}

static void
key_store_iface_init (QccKeyStoreInterface *iface)
{
  iface->kind = "file";
  iface->lookup_async = lookup_async;
  iface->store_async = store_async;
  iface->remove_async = remove_async;
}

/**
 * qcc_key_store_file_new:
 * @file: a local file; it and its folder need not exist
 *
 * Creates a store that keeps the keys in a file that only the user can read, for systems without a
 * better place and only after the user said so (spec 11.3): storing says %QCC_ERROR_UNAVAILABLE as long as
 * there is no file, see qcc_key_store_file_opt_in_async(). All work is done in threads. Several stores, also
 * of several programs, may use the same file. The signal `changed` is not emitted.
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

static void
opt_in_in_thread (GTask *task,
                  gpointer source_object,
                  gpointer task_data,
                  GCancellable *cancellable)
{
  QccKeyStoreFile *self = source_object;
  GError *error = NULL;

  if (g_task_return_error_if_cancelled (task))
    return;

  g_task_set_check_cancellable (task, FALSE);
  if (qcc_key_file_create_empty (self->path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * qcc_key_store_file_opt_in_async:
 * @self: a store
 * @cancellable: (nullable): a cancellable
 * @callback: called when done, never before this function returned
 * @user_data: data for @callback
 *
 * Makes the file, after the user said that keys may be kept in one.
 */
void
qcc_key_store_file_opt_in_async (QccKeyStoreFile *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (QCC_IS_KEY_STORE_FILE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_key_store_file_opt_in_async);
  g_task_run_in_thread (task, opt_in_in_thread);
}

/**
 * qcc_key_store_file_opt_in_finish:
 * @self: a store
 * @result: what the callback got
 * @error: return location for an error
 *
 * Possible errors: those of qcc_key_file_create_empty(), %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether keys can be stored from now on
 */
gboolean
qcc_key_store_file_opt_in_finish (QccKeyStoreFile *self,
                                  GAsyncResult *result,
                                  GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
