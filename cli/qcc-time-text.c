/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-time-text.h"

#include <glib/gi18n-lib.h>

#define MSEC_PER_SEC 1000
#define SEC_PER_MIN 60
#define MIN_PER_HOUR 60
#define HOUR_PER_DAY 24

/* What cannot be a date is shown like this. */
#define NO_DATE "?"

static gboolean
is_same_day (GDateTime *a,
             GDateTime *b)
{
  return g_date_time_get_year (a) == g_date_time_get_year (b) &&
         g_date_time_get_day_of_year (a) == g_date_time_get_day_of_year (b);
}

/**
 * qcc_time_text_short:
 * @time: microseconds since the epoch, 0 or less for never
 * @now: likewise
 *
 * Returns: (transfer full): the local time for a person, with the date when that is not the one of @now; empty for never
 */
char *
qcc_time_text_short (gint64 time,
                     gint64 now)
{
  g_autoptr (GDateTime) then = NULL;
  g_autoptr (GDateTime) today = NULL;

  if (time <= 0)
    return g_strdup ("");

  then = g_date_time_new_from_unix_local (time / G_USEC_PER_SEC);
  today = g_date_time_new_from_unix_local (now / G_USEC_PER_SEC);
  if (then == NULL || today == NULL)
    return g_strdup (NO_DATE);

  return g_date_time_format (then, is_same_day (then, today) ? "%T" : "%F %R");
}

/**
 * qcc_time_text_iso:
 * @time: microseconds since the epoch
 *
 * Returns: (transfer full) (nullable): the time by ISO 8601, in UTC, for programs; %NULL for 0 and for what is no date
 */
char *
qcc_time_text_iso (gint64 time)
{
  g_autoptr (GDateTime) second = NULL;
  g_autoptr (GDateTime) exact = NULL;

  if (time <= 0)
    return NULL;

  second = g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);
  exact = second != NULL ? g_date_time_add (second, time % G_USEC_PER_SEC) : NULL;

  return exact != NULL ? g_date_time_format_iso8601 (exact) : NULL;
}

/**
 * qcc_time_text_duration:
 * @milliseconds: how long, negative when it is not known
 *
 * Returns: (transfer full): it for a person, in its two largest units; empty when it is not known
 */
char *
qcc_time_text_duration (gint64 milliseconds)
{
  gint64 seconds = milliseconds / MSEC_PER_SEC;
  gint64 minutes = seconds / SEC_PER_MIN;
  gint64 hours = minutes / MIN_PER_HOUR;

  if (milliseconds < 0)
    return g_strdup ("");
  if (seconds == 0)
    return g_strdup_printf (_ ("%d ms"), (int) milliseconds);
  if (minutes == 0 && milliseconds % MSEC_PER_SEC != 0)
    return g_strdup_printf (_ ("%.1f s"), (double) milliseconds / MSEC_PER_SEC);
  if (minutes == 0)
    return g_strdup_printf (_ ("%d s"), (int) seconds);
  if (hours == 0)
    return g_strdup_printf (_ ("%d min %d s"), (int) minutes, (int) (seconds % SEC_PER_MIN));
  if (hours < HOUR_PER_DAY)
    return g_strdup_printf (_ ("%d h %d min"), (int) hours, (int) (minutes % MIN_PER_HOUR));

  return g_strdup_printf (_ ("%d d %d h"), (int) MIN (hours / HOUR_PER_DAY, G_MAXINT), (int) (hours % HOUR_PER_DAY));
}
