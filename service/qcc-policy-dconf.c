/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-policy-dconf.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

/*
 * The dconf back end never says that it cannot work: without a bus, or without its daemon, it
 * takes a value and a moment later forgets it. So it is asked beforehand. A bus can accept a
 * connection and then say nothing, which none of GIO's limits covers: the question is put by a
 * thread that is left behind when the time is up.
 */

typedef struct
{
  gatomicrefcount ref_count;
  GMutex mutex;
  GCond answered;
  GCancellable *cancellable; /* (owned) */
  gint64 deadline;           /* monotonic, microseconds */
  gboolean done;
  GDBusConnection *bus; /* (owned) (nullable): the answer */
  GError *error;        /* (owned) (nullable): or why there is none */
} Question;

static void
question_unref (Question *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->answered);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->bus);
  g_clear_error (&self->error);
  g_free (self);
}

/* Where dconf's daemon keeps the user's settings; it makes the folder when it first writes. */
static gboolean
check_folder (GError **error)
{
  g_autoptr (GFile) folder = g_file_new_build_filename (g_get_user_config_dir (), "dconf", NULL);
  g_autoptr (GFileInfo) info = NULL;

  while (info == NULL)
    {
      g_autoptr (GError) local_error = NULL;
      g_autoptr (GFile) parent = g_file_get_parent (folder);

      info = g_file_query_info (folder, G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_ACCESS_CAN_WRITE,
                                G_FILE_QUERY_INFO_NONE, NULL, &local_error);
      if (info != NULL)
        break;
      if (parent == NULL || !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      g_set_object (&folder, parent);
    }

  if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY &&
      g_file_info_get_attribute_boolean (info, G_FILE_ATTRIBUTE_ACCESS_CAN_WRITE))
    return TRUE;

  g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("the folder %s cannot be written"), g_file_peek_path (folder));
  return FALSE;
}

static GDBusConnection *
ask (Question *self,
     GError **error)
{
  g_autoptr (GDBusConnection) bus = NULL;
  g_autoptr (GVariant) answer = NULL;
  gint64 left;

  if (!check_folder (error))
    return NULL;
  /* lint: allow loop: in a thread */
  bus = g_bus_get_sync (G_BUS_TYPE_SESSION, self->cancellable, error);
  if (bus == NULL)
    return NULL;

  /* The proxy goes on without a bus. */
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  left = MAX (1, (self->deadline - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND);
  /* lint: allow loop: in a thread */
  answer = g_dbus_connection_call_sync (bus, "ca.desrt.dconf", "/ca/desrt/dconf", "org.freedesktop.DBus.Peer", "Ping",
                                        NULL, NULL, G_DBUS_CALL_FLAGS_NONE, (int) left, self->cancellable, error);
  if (answer == NULL)
    return NULL;

  return g_steal_pointer (&bus);
}

static gpointer
question_thread (gpointer user_data)
{
  Question *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = ask (self, &error);

  g_mutex_lock (&self->mutex);
  self->bus = g_steal_pointer (&bus);
  self->error = g_steal_pointer (&error);
  self->done = TRUE;
  g_cond_signal (&self->answered);
  g_mutex_unlock (&self->mutex);

  question_unref (self);
  return NULL;
}

/* Waits for the answer. */
static GDBusConnection *
question_wait (Question *self,
               guint limit,
               GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  while (!self->done)
    {
      if (!g_cond_wait_until (&self->answered, &self->mutex, self->deadline))
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("no answer within %u seconds"), limit);
          return NULL;
        }
    }

  if (self->error != NULL)
    {
      g_dbus_error_strip_remote_error (self->error);
      g_propagate_error (error, g_steal_pointer (&self->error));
      return NULL;
    }

  return g_steal_pointer (&self->bus);
}

/**
 * qcc_policy_dconf_connect:
 * @limit: the longest wait, in seconds
 * @error: return location for an error
 *
 * Whether dconf can keep settings: there is a session bus, dconf's daemon answers there or is
 * started, and its folder can be written. Blocks for up to @limit.
 *
 * The back end uses the same connection, as long as this one is held; it does not end the process
 * when the bus does.
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE, those of #GIOErrorEnum and #GDBusError.
 *
 * Returns: (transfer full): the session bus, to be held while dconf is used
 */
GDBusConnection *
qcc_policy_dconf_connect (guint limit,
                          GError **error)
{
  Question *self = g_new0 (Question, 1);
  GDBusConnection *bus;

  g_atomic_ref_count_init (&self->ref_count);
  g_atomic_ref_count_inc (&self->ref_count); /* the thread's */
  g_mutex_init (&self->mutex);
  g_cond_init (&self->answered);
  self->cancellable = g_cancellable_new ();
  self->deadline = g_get_monotonic_time () + limit * G_TIME_SPAN_SECOND;
  g_thread_unref (g_thread_new ("qcc-dconf", question_thread, self));

  bus = question_wait (self, limit, error);
  g_cancellable_cancel (self->cancellable);
  question_unref (self);

  return bus;
}
