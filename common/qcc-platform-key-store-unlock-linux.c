/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-platform-key-store.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "common/qcc-keyring-error.h"
#include "common/qcc-keyring-watch.h"

/*
 * Speaks the bus itself: libsecret 0.20 may never answer when it is cancelled while the daemon asks the user.
 * Each of the sources below holds a reference to the task until end() removes them all; what comes later,
 * the answer to a call that is still under way, finds the task ended and drops its own.
 */
typedef struct
{
  GDBusConnection *connection; /* (owned) (nullable): to the session bus */
  char *collection;            /* (owned) (nullable): object path */
  guint completed;             /* the subscription to the end of the prompt */
  guint name_watch;            /* tells that the daemon died, which ends no prompt */
  GSource *cancel;             /* (owned) (nullable) */
  gboolean answered;           /* the caller has the result */
} Unlock;

static void
unlock_free (gpointer data)
{
  Unlock *self = data;

  g_clear_object (&self->connection);
  g_clear_pointer (&self->collection, g_free);
  g_free (self);
}

/* Answers the caller, unless that was done before; @error (transfer full) (nullable): %NULL for success. */
static void
end (GTask *task,
     GError *error)
{
  Unlock *self = g_task_get_task_data (task);
  g_autoptr (GTask) keep = g_object_ref (task);

  if (self->answered)
    {
      g_clear_error (&error);
      return;
    }

  self->answered = TRUE;
  if (self->completed != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->completed);
  g_clear_handle_id (&self->name_watch, g_bus_unwatch_name);
  if (self->cancel != NULL)
    g_source_destroy (self->cancel);
  g_clear_pointer (&self->cancel, g_source_unref);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* @objects: (nullable): what the daemon unlocked, of type "ao" unless it breaks its protocol. */
static void
end_with_unlocked (GTask *task,
                   GVariant *objects)
{
  const Unlock *self = g_task_get_task_data (task);
  g_autofree const char **paths = NULL;

  if (objects != NULL && g_variant_is_of_type (objects, G_VARIANT_TYPE_OBJECT_PATH_ARRAY))
    paths = g_variant_get_objv (objects, NULL);

  if (paths != NULL && g_strv_contains (paths, self->collection))
    end (task, NULL);
  else
    end (task, g_error_new (QCC_ERROR, QCC_ERROR_LOCKED,
                            _ ("the keyring is still locked: its password was not given, or there is no display to ask for "
                               "it; log in on the desktop, or choose the key file with “qcc keys file”")));
}

static void
on_completed (GDBusConnection *connection,
              const char *sender,
              const char *object_path,
              const char *interface_name,
              const char *signal_name,
              GVariant *parameters,
              gpointer user_data)
{
  g_autoptr (GVariant) objects = NULL;
  gboolean dismissed = TRUE;

  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(bv)")))
    g_variant_get (parameters, "(bv)", &dismissed, &objects);

  end_with_unlocked (user_data, dismissed ? NULL : objects);
}

static void
on_vanished (GDBusConnection *connection,
             const char *name,
             gpointer user_data)
{
  end (user_data, qcc_keyring_error_translate (g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, _ ("its daemon has ended"))));
}

/* The window stays: Dismiss() on it makes gnome-keyring 42 abort, and an answer that comes late does no harm. */
static gboolean
on_cancelled (GCancellable *cancellable,
              gpointer user_data)
{
  GError *error = NULL;

  g_cancellable_set_error_if_cancelled (cancellable, &error);
  end (user_data, error);
  return G_SOURCE_REMOVE;
}

static void
on_prompted (GObject *source,
             GAsyncResult *result,
             gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    end (task, qcc_keyring_error_translate (error));
}

static void
prompt (GTask *task,
        const char *path)
{
  Unlock *self = g_task_get_task_data (task);

  self->completed = g_dbus_connection_signal_subscribe (self->connection, QCC_KEYRING_NAME, "org.freedesktop.Secret.Prompt",
                                                        "Completed", path, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_completed,
                                                        g_object_ref (task), g_object_unref);
  self->name_watch = g_bus_watch_name_on_connection (self->connection, QCC_KEYRING_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                     on_vanished, g_object_ref (task), g_object_unref);
  g_dbus_connection_call (self->connection, QCC_KEYRING_NAME, path, "org.freedesktop.Secret.Prompt", "Prompt",
                          g_variant_new ("(s)", ""), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, on_prompted,
                          g_object_ref (task));
}

static void
on_unlock_called (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Unlock *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) objects = NULL;
  const char *path = NULL;

  if (reply == NULL)
    {
      end (task, qcc_keyring_error_translate (error));
      return;
    }

  g_variant_get (reply, "(@ao&o)", &objects, &path);
  if (g_str_equal (path, "/"))
    end_with_unlocked (task, objects);
  else if (!self->answered)
    prompt (task, path);
}

static void
call_service (GTask *task,
              const char *method,
              GVariant *arguments,
              const char *reply_type,
              GAsyncReadyCallback callback)
{
  const Unlock *self = g_task_get_task_data (task);

  g_dbus_connection_call (self->connection, QCC_KEYRING_NAME, QCC_KEYRING_PATH, "org.freedesktop.Secret.Service", method,
                          arguments, G_VARIANT_TYPE (reply_type), G_DBUS_CALL_FLAGS_NONE, -1, NULL, callback,
                          g_object_ref (task));
}

static void
on_alias_read (GObject *source,
               GAsyncResult *result,
               gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Unlock *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    {
      end (task, qcc_keyring_error_translate (error));
      return;
    }

  g_variant_get (reply, "(o)", &self->collection);
  if (g_str_equal (self->collection, "/"))
    end (task, qcc_keyring_error_new_no_collection ());
  else
    call_service (task, "Unlock", g_variant_new_parsed ("([%o],)", self->collection), "(aoo)", on_unlock_called);
}

static void
on_bus (GObject *source,
        GAsyncResult *result,
        gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Unlock *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->connection = g_bus_get_finish (result, &error);
  if (self->connection != NULL)
    call_service (task, "ReadAlias", g_variant_new ("(s)", "default"), "(o)", on_alias_read);
  else
    end (task, qcc_keyring_error_translate (error));
}

/**
 * qcc_platform_key_store_unlock_async:
 * @self: a platform key store
 * @cancellable: (nullable): ends the wait for the user; a window that is up stays and may still be answered
 * @callback: called when done, never before this function returned
 * @user_data: data for @callback
 *
 * Lets the desktop ask the user to unlock the key store: for the command and the applet, never for the service
 * (spec 11.3). Nobody is asked when it is not locked. There is no limit of time while a window is up; where nobody can
 * be asked the daemon says so at once, and its death ends the operation.
 */
void
qcc_platform_key_store_unlock_async (QccKeyStore *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Unlock *unlock;

  g_return_if_fail (QCC_IS_PLATFORM_KEY_STORE (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_platform_key_store_unlock_async);
  unlock = g_new0 (Unlock, 1);
  g_task_set_task_data (task, unlock, unlock_free);

  if (cancellable != NULL)
    {
      unlock->cancel = g_cancellable_source_new (cancellable);
      g_source_set_callback (unlock->cancel, G_SOURCE_FUNC (on_cancelled), g_object_ref (task), g_object_unref);
      g_source_attach (unlock->cancel, g_task_get_context (task));
    }

  g_bus_get (G_BUS_TYPE_SESSION, NULL, on_bus, g_object_ref (task));
}

/**
 * qcc_platform_key_store_unlock_finish:
 * @self: a platform key store
 * @result: what the callback got
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_LOCKED when nobody could or would give the password, %QCC_ERROR_UNAVAILABLE,
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether the key store is unlocked
 */
gboolean
qcc_platform_key_store_unlock_finish (QccKeyStore *self,
                                      GAsyncResult *result,
                                      GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
