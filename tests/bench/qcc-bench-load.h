/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  int port;
  int connections;
  double seconds;   /* measured, behind a warm-up or the ramp */
  int size;         /* bytes of a message or an event */
  int body;         /* bytes of a request's body */
  int interval;     /* us between two events of a stream */
  int ramp;         /* new streams per second */
  gboolean chunked; /* messages come in a chunk instead of with Content-Length */
  int cpu_of;       /* process whose CPU time is measured, or 0 */
} QccBenchLoad;

gboolean qcc_bench_load_unary (const QccBenchLoad *load);
gboolean qcc_bench_load_streams (const QccBenchLoad *load);

G_END_DECLS
