/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Times of the bus, microseconds since the epoch, and durations as text. Pure. */

char *qcc_time_text_short (gint64 time, gint64 now);
char *qcc_time_text_iso (gint64 time);
char *qcc_time_text_duration (gint64 milliseconds);

G_END_DECLS
