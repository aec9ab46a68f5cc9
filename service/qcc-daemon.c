/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-daemon.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "common/qcc-bus-names.h"
#include "common/qcc-dbus.h"
#include "common/qcc-error.h"
#include "service/qcc-activation.h"
#include "service/qcc-instance-lock.h"
#include "service/qcc-service.h"
#include "service/qcc-termination.h"

/**
 * Daemon:
 *
 * The user's instance as a process: one at a time, on the bus where there is one, until it is told
 * to end.
 *
 *   bus ─► (with --replace: ask the one that runs to quit) ─► lock ─► service ─► name on the bus
 */
typedef struct
{
  const QccDaemonOptions *options;
  GMainLoop *loop;             /* (owned) */
  GPtrArray *sockets;          /* (owned) (nullable) (element-type GSocket): from systemd */
  GDBusConnection *connection; /* (owned) (nullable) */
  QccInstanceLock *lock;       /* (owned) (nullable) */
  QccService *service;         /* (owned) (nullable) */
  guint name_id;
  gboolean stopping;
  QccExit exit;
} Daemon;

static void
fail (Daemon *self,
      const GError *error)
{
  g_printerr ("qcc-service: %s\n", error->message);
  self->exit = QCC_EXIT_FAILED;
  g_main_loop_quit (self->loop);
}

static void
on_stopped (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  Daemon *self = user_data;

  qcc_service_stop_finish (self->service, result);
  g_main_loop_quit (self->loop);
}

static void
stop (gpointer user_data)
{
  Daemon *self = user_data;

  if (self->stopping || self->service == NULL)
    {
      /* Asked twice, or too early: now. */
      g_main_loop_quit (self->loop);
      return;
    }

  g_message (_ ("Ending; answers that are under way may finish"));
  self->stopping = TRUE;
  qcc_service_stop_async (self->service, on_stopped, self);
}

/* Another instance may begin while the last answers of this one run. */
static void
on_released (QccService *service,
             Daemon *self)
{
  g_clear_handle_id (&self->name_id, g_bus_unown_name);
  g_clear_pointer (&self->lock, qcc_instance_lock_free);
}

static void
on_quit (QccLifecycle *lifecycle,
         Daemon *self)
{
  if (!self->stopping)
    stop (self);
}

/* The session has ended with its bus. To stay would be in the way of the next one, which cannot
 * reach this instance to replace it. */
static void
on_bus_closed (GDBusConnection *connection,
               gboolean remote_peer_vanished,
               const GError *error,
               Daemon *self)
{
  if (self->stopping)
    return;

  g_message (_ ("The session bus is gone"));
  stop (self);
}

static void
on_name_lost (GDBusConnection *connection,
              const char *name,
              gpointer user_data)
{
  Daemon *self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->stopping || g_dbus_connection_is_closed (connection))
    return;

  g_set_error (&error, QCC_ERROR, QCC_ERROR_REFUSED, _ ("another program has the name %s on the session bus"), name);
  fail (self, error);
}

static void
on_port_written (GObject *source,
                 GAsyncResult *result,
                 gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    g_warning (_ ("The port file cannot be written: %s"), error->message);
}

static void
write_port_file (Daemon *self)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (self->options->port_file);
  g_autofree char *text = g_strdup_printf ("%u\n", qcc_service_get_port (self->service));
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION, NULL, on_port_written, NULL);
}

static void
announce (Daemon *self)
{
  g_autofree char *url = qcc_service_dup_url (self->service);

  g_message (_ ("Listening on %s"), url);
  if (self->options->port_file != NULL)
    write_port_file (self);
}

static void
on_started (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  Daemon *self = user_data;
  g_autoptr (GError) error = NULL;

  if (qcc_service_start_finish (self->service, result, &error))
    announce (self);
  else if (self->connection == NULL)
    fail (self, error);
  else
    g_warning ("%s", error->message);

  if (self->connection != NULL)
    self->name_id = g_bus_own_name_on_connection (self->connection, QCC_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                                  NULL, on_name_lost, self, NULL);
}

static void
on_locked (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  Daemon *self = user_data;
  QccServiceOptions options = { .bus = self->connection, .sockets = self->sockets };
  g_autoptr (GError) error = NULL;

  self->lock = qcc_instance_lock_acquire_finish (result, &error);
  if (self->lock != NULL)
    self->service = qcc_service_new (&options, &error);
  if (self->service == NULL)
    {
      fail (self, error);
      return;
    }

  g_signal_connect (self->service, "released", G_CALLBACK (on_released), self);
  g_signal_connect (qcc_service_get_lifecycle (self->service), "quit", G_CALLBACK (on_quit), self);
  qcc_service_start_async (self->service, on_started, self);
}

static void
take_lock (Daemon *self)
{
  g_autoptr (GFile) file = g_file_new_build_filename (g_get_user_state_dir (), "qcc", "lock", NULL);

  qcc_instance_lock_acquire_async (file, self->options->replace, NULL, on_locked, self);
}

static void
on_asked_to_quit (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (answer == NULL)
    g_debug ("nobody to replace: %s", error->message);
  take_lock (user_data);
}

static void
on_bus (GObject *source,
        GAsyncResult *result,
        gpointer user_data)
{
  Daemon *self = user_data;
  g_autoptr (GError) error = NULL;

  self->connection = g_bus_get_finish (result, &error);
  if (self->connection == NULL)
    {
      g_message (_ ("There is no session bus (%s); QCC serves, but cannot be controlled"), error->message);
      take_lock (self);
      return;
    }

  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_bus_closed), self);
  if (self->options->replace)
    g_dbus_connection_call (self->connection, QCC_BUS_NAME, QCC_BUS_ROOT, "io.github.qcc.Manager1", "Quit", NULL, NULL,
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, on_asked_to_quit, self);
  else
    take_lock (self);
}

static void
clear (Daemon *self)
{
  g_clear_handle_id (&self->name_id, g_bus_unown_name);
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->service);
  g_clear_pointer (&self->lock, qcc_instance_lock_free);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->sockets, g_ptr_array_unref);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

/**
 * qcc_daemon_run:
 * @options: from the command line
 *
 * Runs the user's service until it is told to end. Blocks.
 *
 * Returns: the exit code of the program
 */
QccExit
qcc_daemon_run (const QccDaemonOptions *options)
{
  Daemon self = { .options = options, .exit = QCC_EXIT_DONE };
  g_autoptr (QccTermination) termination = NULL;
  g_autoptr (GError) error = NULL;

  self.sockets = qcc_activation_take_sockets (&error);
  if (self.sockets == NULL)
    {
      g_printerr ("qcc-service: %s\n", error->message);
      return QCC_EXIT_FAILED;
    }

  self.loop = g_main_loop_new (NULL, FALSE);
  termination = qcc_termination_new (stop, &self);
  g_bus_get (G_BUS_TYPE_SESSION, NULL, on_bus, &self);
  g_main_loop_run (self.loop);
  clear (&self);

  return self.exit;
}
