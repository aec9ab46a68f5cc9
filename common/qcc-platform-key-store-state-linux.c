/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-platform-key-store.h"

#include "common/qcc-keyring-watch.h"

/* @error: (transfer full): why nobody answered */
static void
return_absent (GTask *task,
               GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, error);
      return;
    }

  g_error_free (error);
  g_task_return_int (task, QCC_PLATFORM_KEY_STORE_ABSENT);
}

static void
on_locked_read (GObject *source,
                GAsyncResult *result,
                gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) locked = NULL;

  if (reply == NULL)
    {
      return_absent (task, error);
      return;
    }

  g_variant_get (reply, "(v)", &locked);
  if (g_variant_is_of_type (locked, G_VARIANT_TYPE_BOOLEAN) && !g_variant_get_boolean (locked))
    g_task_return_int (task, QCC_PLATFORM_KEY_STORE_UNLOCKED);
  else
    g_task_return_int (task, QCC_PLATFORM_KEY_STORE_LOCKED);
}

static void
on_alias_read (GObject *source,
               GAsyncResult *result,
               gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  const char *collection = NULL;

  if (reply == NULL)
    {
      return_absent (task, error);
      return;
    }

  g_variant_get (reply, "(&o)", &collection);
  if (g_str_equal (collection, "/"))
    g_task_return_int (task, QCC_PLATFORM_KEY_STORE_ABSENT);
  else
    g_dbus_connection_call (G_DBUS_CONNECTION (source), QCC_KEYRING_NAME, collection, "org.freedesktop.DBus.Properties", "Get",
                            g_variant_new ("(ss)", "org.freedesktop.Secret.Collection", "Locked"), G_VARIANT_TYPE ("(v)"),
                            G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (task), on_locked_read, g_object_ref (task));
}

static void
on_bus (GObject *source,
        GAsyncResult *result,
        gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  if (bus == NULL)
    return_absent (task, error);
  else
    g_dbus_connection_call (bus, QCC_KEYRING_NAME, QCC_KEYRING_PATH, "org.freedesktop.Secret.Service", "ReadAlias",
                            g_variant_new ("(s)", "default"), G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1,
                            g_task_get_cancellable (task), on_alias_read, g_object_ref (task));
}

/**
 * qcc_platform_key_store_get_state_async:
 * @self: a platform key store
 * @cancellable: (nullable): a cancellable
 * @callback: called when done, never before this function returned
 * @user_data: data for @callback
 *
 * Asks whether the key store could be used now. The user is not asked.
 */
void
qcc_platform_key_store_get_state_async (QccKeyStore *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (QCC_IS_PLATFORM_KEY_STORE (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_platform_key_store_get_state_async);
  g_bus_get (G_BUS_TYPE_SESSION, cancellable, on_bus, g_object_ref (task));
}

/**
 * qcc_platform_key_store_get_state_finish:
 * @self: a platform key store
 * @result: what the callback got
 * @out_state: (out): how it is; absent when it does not answer
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether that is known
 */
gboolean
qcc_platform_key_store_get_state_finish (QccKeyStore *self,
                                         GAsyncResult *result,
                                         QccPlatformKeyStoreState *out_state,
                                         GError **error)
{
  gssize state;
  GError *local_error = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (out_state != NULL, FALSE);

  state = g_task_propagate_int (G_TASK (result), &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }

  *out_state = (QccPlatformKeyStoreState) state;
  return TRUE;
}
