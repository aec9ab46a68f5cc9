/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccHealthSample:
 * @endpoint: (owned): id of the endpoint
 * @time: wall time in microseconds since the epoch
 * @level: (owned): nick of the #QccCheckLevel that was done
 * @passed: it answered as it should
 * @status: HTTP status, 0 without an answer
 * @latency_ms: milliseconds to the end of the answer, or to the failure
 * @detail: (owned): what happened, for people; empty where there is nothing to say
 *
 * One check, as the history keeps it (spec 7.4). All texts are UTF-8.
 */
typedef struct
{
  char *endpoint;
  gint64 time;
  char *level;
  gboolean passed;
  guint status;
  gint64 latency_ms;
  char *detail;
} QccHealthSample;

QccHealthSample *qcc_health_sample_copy (const QccHealthSample *self);
void qcc_health_sample_free (QccHealthSample *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccHealthSample, qcc_health_sample_free)

G_END_DECLS
