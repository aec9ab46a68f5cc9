/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <locale.h>

#include <glib/gi18n-lib.h>

#include "service/qcc-daemon.h"
#include "service/qcc-hardening.h"
#include "service/qcc-log.h"

int
main (int argc,
      char **argv)
{
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GError) error = NULL;
  gboolean show_version = FALSE;
  gboolean replace = FALSE;
  g_autofree char *port_file = NULL;
  const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, N_ ("Print the version and exit"), NULL },
    { "port-file", 0, 0, G_OPTION_ARG_FILENAME, &port_file, N_ ("Write the port to this file once it listens"), "FILE" },
    { "replace", 0, 0, G_OPTION_ARG_NONE, &replace, N_ ("Take the place of an instance that runs"), NULL },
    G_OPTION_ENTRY_NULL,
  };

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, QCC_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  qcc_log_init ();
  qcc_hardening_apply ();

  context = g_option_context_new (NULL);
  g_option_context_set_summary (context, _ ("Carries Claude Code's requests to the providers of your profiles."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return QCC_EXIT_USAGE;
    }
  if (show_version)
    {
      g_print ("qcc-service %s\n", QCC_VERSION);
      return QCC_EXIT_DONE;
    }

  return qcc_daemon_run (&(QccDaemonOptions){ .port_file = port_file, .replace = replace });
}
