/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-rate-limit.h"

#define PREFIX "anthropic-ratelimit-"

/* Nobody is left alone for longer because of what it says itself. */
#define MAX_WAIT_SECONDS 86400

/* Seconds until @reset, -1 when that is over. */
static int
wait_until (gint64 reset,
            gint64 now)
{
  if (reset <= now)
    return -1;

  return (int) MIN (reset - MAX (now, 0), MAX_WAIT_SECONDS);
}

/* One of the limits that are counted; -1 when something is left or nothing is said. */
static int
read_counted (SoupMessageHeaders *headers,
              const char *kind,
              gint64 now)
{
  g_autofree char *remaining_name = g_strconcat (PREFIX, kind, "-remaining", NULL);
  g_autofree char *reset_name = g_strconcat (PREFIX, kind, "-reset", NULL);
  const char *remaining = soup_message_headers_get_one (headers, remaining_name);
  const char *reset = soup_message_headers_get_one (headers, reset_name);
  g_autoptr (GDateTime) time = NULL;
  gint64 n;

  if (remaining == NULL || reset == NULL)
    return -1;
  if (!g_ascii_string_to_signed (remaining, 10, G_MININT64, G_MAXINT64, &n, NULL) || n > 0)
    return -1;
  time = g_date_time_new_from_iso8601 (reset, NULL);

  return time != NULL ? wait_until (g_date_time_to_unix (time), now) : -1;
}

/* The one limit of a subscription, of which only the verdict is told. */
static int
read_unified (SoupMessageHeaders *headers,
              gint64 now)
{
  const char *status = soup_message_headers_get_one (headers, PREFIX "unified-status");
  const char *reset = soup_message_headers_get_one (headers, PREFIX "unified-reset");
  gint64 seconds;

  if (g_strcmp0 (status, "rejected") != 0 || reset == NULL)
    return -1;
  if (!g_ascii_string_to_signed (reset, 10, 0, G_MAXINT64, &seconds, NULL))
    return -1;

  return wait_until (seconds, now);
}

/**
 * qcc_rate_limit_exhausted_for:
 * @headers: of an answer
 * @wall_now_seconds: seconds since the epoch
 *
 * Several limits may be exhausted; something is left again when the last of them is reset. One that does not say when
 * that is, or that cannot be read, does not count.
 *
 * Returns: seconds until something is left again, 1 to 86400; -1 when @headers do not say that it is exhausted
 */
int
qcc_rate_limit_exhausted_for (SoupMessageHeaders *headers,
                              gint64 wall_now_seconds)
{
  static const char *const kinds[] = { "requests", "tokens", "input-tokens", "output-tokens" };
  int longest;

  g_return_val_if_fail (headers != NULL, -1);

  longest = read_unified (headers, wall_now_seconds);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    longest = MAX (longest, read_counted (headers, kinds[i], wall_now_seconds));

  return longest;
}
