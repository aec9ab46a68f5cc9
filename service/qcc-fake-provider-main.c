/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-options.h"
#include "service/qcc-fake-step.h"
#include "service/qcc-termination.h"

static void
on_terminate (gpointer loop)
{
  g_main_loop_quit (loop);
}

int
main (int argc,
      char **argv)
{
  g_auto (QccFakeOptions) options = { 0 };
  const GOptionEntry entries[] = {
    { "port", 0, 0, G_OPTION_ARG_INT, &options.port, "Port to listen on, 0 for any", "N" },
    { "key-env", 0, 0, G_OPTION_ARG_STRING, &options.key_variable, "Environment variable with the only key that is let in", "VAR" },
    { "script", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.script_files, "How to answer POST /v1/messages; if given several times, the first such request, the second, ... and all that follow", "FILE" },
    { "count-tokens-script", 0, 0, G_OPTION_ARG_FILENAME, &options.count_tokens_file, "How to answer POST /v1/messages/count_tokens", "FILE" },
    { "tls", 0, 0, G_OPTION_ARG_FILENAME, &options.certificate_file, "PEM file with certificate and key, to speak TLS", "FILE" },
    { "port-file", 0, 0, G_OPTION_ARG_FILENAME, &options.port_file, "Write the port to this file", "FILE" },
    { "record", 0, 0, G_OPTION_ARG_FILENAME, &options.record_file, "Write a line for each request to this file at the end", "FILE" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autofree char *steps = qcc_fake_step_describe_all ();
  g_autofree char *description = g_strdup_printf ("Steps of a script, one a line:\n\n%s", steps);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (QccTermination) termination = qcc_termination_new (on_terminate, loop);
  g_autoptr (QccFakeProvider) provider = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (context, description);
  if (g_option_context_parse (context, &argc, &argv, &error))
    provider = qcc_fake_options_create_provider (&options, &error);
  if (provider == NULL)
    {
      g_printerr ("qcc-fake-provider: %s\n", error->message);
      return 1;
    }

  url = qcc_fake_provider_dup_url (provider);
  g_print ("listening on %s\n", url);
  g_main_loop_run (loop);
  qcc_fake_provider_stop (provider);
  if (!qcc_fake_options_write_record (&options, provider, &error))
    {
      g_printerr ("qcc-fake-provider: %s\n", error->message);
      return 1;
    }

  return 0;
}
