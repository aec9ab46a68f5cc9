/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-key-store-credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "common/qcc-error.h"
#include "common/qcc-secure-memory.h"

/* The longest key and a line break; one byte more shows that a file is longer. */
#define READ_SIZE (QCC_SECRET_KEY_MAX + 3)

struct _QccKeyStoreCredentials
{
  GObject parent_instance;

  char *directory; /* (owned) (nullable) (type filename): not changed after construction, so threads may read it */
};

static void key_store_iface_init (QccKeyStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QccKeyStoreCredentials, qcc_key_store_credentials, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (QCC_TYPE_KEY_STORE, key_store_iface_init))

static void
qcc_key_store_credentials_finalize (GObject *object)
{
  QccKeyStoreCredentials *self = QCC_KEY_STORE_CREDENTIALS (object);

  g_clear_pointer (&self->directory, g_free);

  G_OBJECT_CLASS (qcc_key_store_credentials_parent_class)->finalize (object);
}

static void
qcc_key_store_credentials_class_init (QccKeyStoreCredentialsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qcc_key_store_credentials_finalize;
}

static void
qcc_key_store_credentials_init (QccKeyStoreCredentials *self)
{
}

static gboolean
fail_not_regular (const char *path,
                  GError **error)
{
  g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED, _ ("the systemd credential %s is not a regular file"), path);
  return FALSE;
}

static gboolean
fail_with_errno (const char *path,
                 int saved_errno,
                 GError **error)
{
  g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
               _ ("the systemd credential %s cannot be read: %s; check LoadCredential= of the unit"), path,
               g_strerror (saved_errno));
  return FALSE;
}

/* Fills @text and counts what it holds. O_NONBLOCK keeps a pipe from holding up the thread. */
static gboolean
read_file (const char *path,
           char *text,
           gsize *length,
           GError **error)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
  int saved_errno = errno;
  struct stat info;
  gssize n_read = 0;

  /* ELOOP is O_NOFOLLOW's word for a symbolic link. */
  if (fd < 0)
    return saved_errno == ELOOP ? fail_not_regular (path, error) : fail_with_errno (path, saved_errno, error);

  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    {
      g_close (fd, NULL);
      return fail_not_regular (path, error);
    }

  do
    {
      n_read = read (fd, text + *length, READ_SIZE - *length);
      saved_errno = errno;
      if (n_read > 0)
        *length += (gsize) n_read;
    }
  while (*length < READ_SIZE && (n_read > 0 || (n_read < 0 && saved_errno == EINTR)));
  g_close (fd, NULL);

  return n_read >= 0 || fail_with_errno (path, saved_errno, error);
}

static QccSecret *
read_key (const char *path,
          GError **error)
{
  char *text = qcc_secure_memory_alloc (READ_SIZE);
  gsize length = 0;
  gboolean ok = read_file (path, text, &length, error);
  QccSecret *secret = ok ? qcc_secret_new_key (text, (gssize) length, NULL) : NULL;

  qcc_secure_memory_free (text, READ_SIZE);

  if (ok && secret == NULL)
    g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                 _ ("the systemd credential %s is not a valid key; it must hold the key and nothing else"), path);

  return secret;
}

/* Returns (transfer full) (nullable): the file of a credential; %NULL, and the task is answered, without one. */
static char *
find_file (GTask *task)
{
  QccKeyStoreCredentials *self = g_task_get_source_object (task);
  const char *id = g_task_get_task_data (task);
  g_autofree char *path = NULL;
  GStatBuf info;
  GError *error = NULL;

  if (g_task_return_error_if_cancelled (task))
    return NULL;

  if (self->directory != NULL)
    {
      path = g_build_filename (self->directory, id, NULL);
      if (g_lstat (path, &info) == 0 || errno != ENOENT)
        return g_steal_pointer (&path);
    }

  qcc_key_store_set_not_found (&error, id);
  g_task_return_error (task, error);
  return NULL;
}

static void
lookup_in_thread (GTask *task,
                  gpointer source_object,
                  gpointer task_data,
                  GCancellable *cancellable)
{
  g_autofree char *path = find_file (task);
  GError *error = NULL;
  QccSecret *secret;

  if (path == NULL)
    return;

  secret = read_key (path, &error);
  if (secret != NULL)
    g_task_return_pointer (task, secret, (GDestroyNotify) qcc_secret_unref);
  else
    g_task_return_error (task, error);
}

static void
remove_in_thread (GTask *task,
                  gpointer source_object,
                  gpointer task_data,
                  GCancellable *cancellable)
{
  g_autofree char *path = find_file (task);

  if (path != NULL)
    g_task_return_new_error (task, QCC_ERROR, QCC_ERROR_REFUSED,
                             _ ("the key is the systemd credential %s, which only LoadCredential= of the unit can change"),
                             path);
}

static void
run (QccKeyStore *store,
     const char *id,
     GTaskThreadFunc work,
     GCancellable *cancellable,
     GAsyncReadyCallback callback,
     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (store, cancellable, callback, user_data);

  g_task_set_source_tag (task, run);
  g_task_set_task_data (task, g_strdup (id), g_free);
  g_task_run_in_thread (task, work);
}

static void
lookup_async (QccKeyStore *store,
              const char *id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  run (store, id, lookup_in_thread, cancellable, callback, user_data);
}

static void
store_async (QccKeyStore *store,
             const char *id,
             QccSecret *secret,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_task_report_new_error (store, callback, user_data, store_async, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                           _ ("systemd credentials cannot be written to"));
}

static void
remove_async (QccKeyStore *store,
              const char *id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  run (store, id, remove_in_thread, cancellable, callback, user_data);
}

static void
key_store_iface_init (QccKeyStoreInterface *iface)
{
  iface->kind = "credentials";
  iface->lookup_async = lookup_async;
  iface->store_async = store_async;
  iface->remove_async = remove_async;
}

/**
 * qcc_key_store_credentials_new:
 * @directory: (nullable) (type filename): the value of CREDENTIALS_DIRECTORY; %NULL for no credentials
 *
 * Creates a store that reads the credentials that systemd hands to a unit (spec 11.3): one file for each
 * key, by its id, with at most one line break behind the key. Storing says %QCC_ERROR_UNAVAILABLE, and
 * removing a key that is there %QCC_ERROR_REFUSED. All work is done in threads.
 *
 * Returns: (transfer full): a new key store
 */
QccKeyStore *
qcc_key_store_credentials_new (const char *directory)
{
  QccKeyStoreCredentials *self = g_object_new (QCC_TYPE_KEY_STORE_CREDENTIALS, NULL);

  self->directory = g_strdup (directory);

  return QCC_KEY_STORE (self);
}
