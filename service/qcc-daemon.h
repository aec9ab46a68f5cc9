/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccExit:
 * @QCC_EXIT_DONE: ended because it was told to
 * @QCC_EXIT_FAILED: could not start; the reason is on standard error
 * @QCC_EXIT_USAGE: the command line is wrong
 */
typedef enum
{
  QCC_EXIT_DONE = 0,
  QCC_EXIT_FAILED = 1,
  QCC_EXIT_USAGE = 2,
} QccExit;

/**
 * QccDaemonOptions:
 * @port_file: (nullable): where to write the port once it listens
 * @replace: take the place of an instance that runs
 */
typedef struct
{
  const char *port_file;
  gboolean replace;
} QccDaemonOptions;

QccExit qcc_daemon_run (const QccDaemonOptions *options);

G_END_DECLS
