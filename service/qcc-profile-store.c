/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-profile-store.h"

#include <glib/gi18n-lib.h>

/**
 * QccProfileStore:
 *
 * Owner of the profiles. Whoever works with a snapshot keeps a reference to it; the store swaps
 * it as a whole.
 */
struct _QccProfileStore
{
  GObject parent_instance;

  GFile *file;           /* (owned) */
  QccSnapshot *snapshot; /* (owned) */
};

G_DEFINE_FINAL_TYPE (QccProfileStore, qcc_profile_store, G_TYPE_OBJECT)

static void
qcc_profile_store_finalize (GObject *object)
{
  QccProfileStore *self = QCC_PROFILE_STORE (object);

  g_clear_object (&self->file);
  g_clear_pointer (&self->snapshot, qcc_snapshot_unref);

  G_OBJECT_CLASS (qcc_profile_store_parent_class)->finalize (object);
}

static void
qcc_profile_store_class_init (QccProfileStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_profile_store_finalize;
}

static void
qcc_profile_store_init (QccProfileStore *self)
{
  self->snapshot = qcc_snapshot_new_empty ();
}

/**
 * qcc_profile_store_new:
 * @file: (transfer none): the profile file; it need not exist
 *
 * Returns: (transfer full): a store without profiles
 */
QccProfileStore *
qcc_profile_store_new (GFile *file)
{
  QccProfileStore *self;

  g_return_val_if_fail (G_IS_FILE (file), NULL);

  self = g_object_new (QCC_TYPE_PROFILE_STORE, NULL);
  self->file = g_object_ref (file);

  return self;
}

static void
on_loaded (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccProfileStore *self = g_task_get_source_object (task);
  g_autofree char *path = g_file_get_parse_name (self->file);
  g_autofree char *text = NULL;
  gsize length;
  g_autoptr (QccSnapshot) snapshot = NULL;
  g_autoptr (GError) error = NULL;

  if (g_file_load_contents_finish (self->file, result, &text, &length, NULL, &error))
    snapshot = qcc_snapshot_new_from_json (text, (gssize) length, &error);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    snapshot = qcc_snapshot_new_empty ();

  if (snapshot == NULL || (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)))
    {
      /* Translators: the first is a file name, the second says what is wrong with it. */
      g_task_return_new_error (task, error->domain, error->code, _ ("%s cannot be used: %s"), path, error->message);
      return;
    }

  g_clear_pointer (&self->snapshot, qcc_snapshot_unref);
  self->snapshot = g_steal_pointer (&snapshot);
  g_task_return_boolean (task, TRUE);
}

/**
 * qcc_profile_store_load_async:
 * @self: a store
 * @cancellable: (nullable): ends it early
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Reads the file. One that does not exist is a store without profiles.
 */
void
qcc_profile_store_load_async (QccProfileStore *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (QCC_IS_PROFILE_STORE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_profile_store_load_async);
  g_file_load_contents_async (self->file, cancellable, on_loaded, g_steal_pointer (&task));
}

/**
 * qcc_profile_store_load_finish:
 * @self: a store
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_CORRUPT, %QCC_ERROR_INVALID_ARGUMENT with the place in the file,
 * %G_IO_ERROR codes of reading. The snapshot is then what it was.
 *
 * Returns: whether the file was read
 */
gboolean
qcc_profile_store_load_finish (QccProfileStore *self,
                               GAsyncResult *result,
                               GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qcc_profile_store_get_snapshot:
 * @self: a store
 *
 * Returns: (transfer none): the profiles of this moment
 */
QccSnapshot *
qcc_profile_store_get_snapshot (QccProfileStore *self)
{
  g_return_val_if_fail (QCC_IS_PROFILE_STORE (self), NULL);

  return self->snapshot;
}
