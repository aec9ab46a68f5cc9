/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two ends of a benchmark: the provider, and the clients that load a proxy with requests or streams. Results are
 * printed as a line of JSON; tests/bench/run reads them. */

#include <stdlib.h>
#include <string.h>

#include "tests/bench/qcc-bench-load.h"
#include "tests/bench/qcc-bench-mock.h"

int
main (int argc,
      char **argv)
{
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GError) error = NULL;
  QccBenchLoad load = { .connections = 1, .seconds = 1, .size = 200, .interval = 20000, .ramp = 1000 };
  const GOptionEntry entries[] = {
    { "port", 0, 0, G_OPTION_ARG_INT, &load.port, "Port of 127.0.0.1 to load", "PORT" },
    { "connections", 0, 0, G_OPTION_ARG_INT, &load.connections, "Connections or streams at a time", "N" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &load.seconds, "Time that is measured, behind the start", "S" },
    { "size", 0, 0, G_OPTION_ARG_INT, &load.size, "Size of a message or an event", "BYTES" },
    { "body", 0, 0, G_OPTION_ARG_INT, &load.body, "Size of a request's body", "BYTES" },
    { "interval", 0, 0, G_OPTION_ARG_INT, &load.interval, "Time between two events of a stream", "US" },
    { "ramp", 0, 0, G_OPTION_ARG_INT, &load.ramp, "New streams per second at the start", "N" },
    { "chunked", 0, 0, G_OPTION_ARG_NONE, &load.chunked, "Ask for chunked messages", NULL },
    { "cpu-of", 0, 0, G_OPTION_ARG_INT, &load.cpu_of, "Process whose CPU time is measured", "PID" },
    G_OPTION_ENTRY_NULL,
  };

  context = g_option_context_new ("mock|unary|streams");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "Give one of mock, unary and streams.");
      return EXIT_FAILURE;
    }

  if (strcmp (argv[1], "mock") == 0)
    qcc_bench_mock_run ();
  if (strcmp (argv[1], "unary") == 0)
    return qcc_bench_load_unary (&load) ? EXIT_SUCCESS : EXIT_FAILURE;
  if (strcmp (argv[1], "streams") == 0)
    return qcc_bench_load_streams (&load) ? EXIT_SUCCESS : EXIT_FAILURE;

  g_printerr ("There is no mode “%s”.\n", argv[1]);
  return EXIT_FAILURE;
}
