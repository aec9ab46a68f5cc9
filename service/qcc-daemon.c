/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-daemon.h"

#include <glib/gi18n-lib.h>

#include "service/qcc-service.h"
#include "service/qcc-termination.h"

typedef struct
{
  QccService *service; /* (owned) */
  GMainLoop *loop;     /* (owned) */
  const char *port_file;
  gboolean listens;
  gboolean stopping;
  QccExit exit;
} Daemon;

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
on_terminate (gpointer user_data)
{
  Daemon *self = user_data;

  if (self->stopping || !self->listens)
    {
      /* Asked twice: now. */
      g_main_loop_quit (self->loop);
      return;
    }

  g_message (_ ("Ending; answers that are under way may finish"));
  self->stopping = TRUE;
  qcc_service_stop_async (self->service, on_stopped, self);
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
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (self->port_file);
  g_autofree char *text = g_strdup_printf ("%u\n", qcc_service_get_port (self->service));
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION, NULL, on_port_written, NULL);
}

static void
on_started (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  Daemon *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;

  if (!qcc_service_start_finish (self->service, result, &error))
    {
      g_printerr ("qcc-service: %s\n", error->message);
      self->exit = QCC_EXIT_FAILED;
      g_main_loop_quit (self->loop);
      return;
    }

  self->listens = TRUE;
  url = qcc_service_dup_url (self->service);
  g_message (_ ("Listening on %s"), url);
  if (self->port_file != NULL)
    write_port_file (self);
}

/**
 * qcc_daemon_run:
 * @port_file: (nullable): where to write the port once it listens
 *
 * Runs the user's service until it is told to end. Blocks.
 *
 * Returns: the exit code of the program
 */
QccExit
qcc_daemon_run (const char *port_file)
{
  const QccServiceOptions options = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (QccService) service = qcc_service_new (&options, &error);
  g_autoptr (GMainLoop) loop = NULL;
  g_autoptr (QccTermination) termination = NULL;
  Daemon self = { .service = service, .port_file = port_file, .exit = QCC_EXIT_DONE };

  if (service == NULL)
    {
      g_printerr ("qcc-service: %s\n", error->message);
      return QCC_EXIT_FAILED;
    }

  loop = g_main_loop_new (NULL, FALSE);
  self.loop = loop;
  termination = qcc_termination_new (on_terminate, &self);
  qcc_service_start_async (service, on_started, &self);
  g_main_loop_run (loop);

  return self.exit;
}
