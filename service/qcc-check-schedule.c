/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-check-schedule.h"

/* Spec 7.2. */
#define ACTIVE_SECONDS (15 * 60)
#define GIVE_UP_SECONDS (24 * 60 * 60)
#define LONGEST_INTERVAL_SECONDS 600

/* Spec 4.1, "auth". */
#define REJECTED_INTERVAL_SECONDS (15 * 60)

static gint64
to_usec (guint seconds)
{
  return (gint64) seconds * G_USEC_PER_SEC;
}

static guint
choose_interval (const QccCheckFacts *facts,
                 guint interval_seconds)
{
  guint seconds = interval_seconds;

  if (facts->rejected)
    return REJECTED_INTERVAL_SECONDS;
  if (facts->healthy)
    return interval_seconds;

  for (guint i = 0; i < facts->n_bad && seconds < LONGEST_INTERVAL_SECONDS; i++)
    seconds *= 2;

  return MIN (seconds, LONGEST_INTERVAL_SECONDS);
}

/**
 * qcc_check_schedule_spread:
 * @id: of an endpoint
 * @range: microseconds, not negative
 *
 * Keeps what happens to all endpoints from happening to all of them at once.
 *
 * Returns: microseconds from 0 to @range, always the same for the same arguments
 */
gint64
qcc_check_schedule_spread (const char *id,
                           gint64 range)
{
  g_return_val_if_fail (id != NULL, 0);
  g_return_val_if_fail (range >= 0, 0);

  /* The hash of ids that differ in one letter differs in its lowest bits only; a multiplication moves them up. */
  return (gint64) ((guint64) (range / 1024) * ((g_str_hash (id) * 2654435761u) >> 22));
}

/**
 * qcc_check_schedule_next:
 * @facts: what is known of the endpoint
 * @interval_seconds: `health.check-interval`
 * @now: the present
 *
 * An answer that does not need the check to be made at once is only right until @facts change; in particular an exchange
 * makes checks due that had no time before.
 *
 * Returns: when to check it, @now or later; %QCC_CHECK_NEVER while nothing is to be learned
 */
gint64
qcc_check_schedule_next (const QccCheckFacts *facts,
                         guint interval_seconds,
                         gint64 now)
{
  gint64 limit;
  gint64 due;

  g_return_val_if_fail (facts != NULL && facts->id != NULL, QCC_CHECK_NEVER);
  g_return_val_if_fail (interval_seconds > 0, QCC_CHECK_NEVER);

  if (facts->last_exchange == 0)
    return QCC_CHECK_NEVER;

  if (facts->urgent)
    due = now;
  else if (facts->last_check == 0)
    due = now + qcc_check_schedule_spread (facts->id, to_usec (interval_seconds));
  else
    due = MAX (now, facts->last_check + to_usec (choose_interval (facts, interval_seconds)));

  /* What will not be worth a check when it is due must not wake the machine up to find that out. */
  limit = facts->last_exchange + to_usec (facts->healthy && !facts->urgent ? ACTIVE_SECONDS : GIVE_UP_SECONDS);

  return due <= limit ? due : QCC_CHECK_NEVER;
}
