/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* When an endpoint is checked next (spec 7.2). Pure; times are microseconds of a clock that counts sleep too. */

/**
 * QccCheckFacts:
 * @id: (unowned): of the endpoint; spreads the checks over the interval
 * @healthy: closed circuit, level healthy, no obstacle
 * @rejected: its key was rejected: checked every 15 min
 * @urgent: something has happened that a check at once would settle
 * @n_bad: checks in a row that did not pass; the interval doubles with each
 * @last_check: when it was last checked, or traffic told as much; 0 for never
 * @last_exchange: when the last exchange of all came in, 0 for never
 */
typedef struct
{
  const char *id;
  gboolean healthy;
  gboolean rejected;
  gboolean urgent;
  guint n_bad;
  gint64 last_check;
  gint64 last_exchange;
} QccCheckFacts;

#define QCC_CHECK_NEVER G_MAXINT64

gint64 qcc_check_schedule_spread (const char *id, gint64 range);
gint64 qcc_check_schedule_next (const QccCheckFacts *facts, guint interval_seconds, gint64 now);

G_END_DECLS
