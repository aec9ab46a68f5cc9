/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-failover-private.h"

#define HOUR_USEC (3600 * (gint64) G_USEC_PER_SEC)

/* The largest value of failover.max-failovers-per-hour: more need not be known of one hour. */
#define MAX_MOVES 1000

#define SAVED_AT "saved-at"
#define MOVES "moves"
#define LAST_SWITCH "last-switch"

static gboolean
is_in_last_hour (gint64 time,
                 gint64 now)
{
  return time > now - HOUR_USEC;
}

/* Notes a failover of @time, and forgets those that no longer matter at @now. */
void
qcc_failover_add_move (QccFailover *self,
                       gint64 time,
                       gint64 now)
{
  for (guint i = self->moves->len; i > 0; i--)
    if (!is_in_last_hour (g_array_index (self->moves, gint64, i - 1), now))
      g_array_remove_index (self->moves, i - 1);
  if (self->moves->len == MAX_MOVES)
    g_array_remove_index (self->moves, 0);

  g_array_append_val (self->moves, time);
}

/**
 * qcc_failover_get_n_last_hour:
 * @self: what was observed
 * @now: the time
 *
 * Returns: how often the active profile has failed over in the last 3600 s; the cap is about these (spec 6.2)
 */
guint
qcc_failover_get_n_last_hour (const QccFailover *self,
                              gint64 now)
{
  guint n = 0;

  g_return_val_if_fail (self != NULL, 0);

  for (guint i = 0; i < self->moves->len; i++)
    n += is_in_last_hour (g_array_index (self->moves, gint64, i), now) ? 1 : 0;

  return n;
}

/**
 * qcc_failover_save:
 * @self: what was observed
 * @now: the time
 * @wall_now: the same moment in microseconds since the epoch
 *
 * What cool-down and cap need after a restart: a service that restarts often must not fail over more often.
 * Observations are not kept; they are made again soon.
 *
 * Returns: (transfer floating): an `a{sv}` for qcc_failover_load()
 */
GVariant *
qcc_failover_save (const QccFailover *self,
                   gint64 now,
                   gint64 wall_now)
{
  GVariantDict dict;
  GVariantBuilder moves;

  g_return_val_if_fail (self != NULL, NULL);

  g_variant_builder_init (&moves, G_VARIANT_TYPE ("ax"));
  for (guint i = 0; i < self->moves->len; i++)
    {
      gint64 time = g_array_index (self->moves, gint64, i);

      if (is_in_last_hour (time, now))
        g_variant_builder_add (&moves, "x", wall_now - (now - time));
    }

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, SAVED_AT, "x", wall_now);
  g_variant_dict_insert_value (&dict, MOVES, g_variant_builder_end (&moves));
  if (self->last_switch != QCC_FAILOVER_NEVER)
    g_variant_dict_insert (&dict, LAST_SWITCH, "x", wall_now - (now - self->last_switch));

  return g_variant_dict_end (&dict);
}

/* Nothing that is saved happened before the epoch, and nothing happens in the future. */
static gboolean
from_wall (gint64 wall,
           gint64 now,
           gint64 wall_now,
           gint64 *out)
{
  if (wall <= 0 || wall > wall_now)
    return FALSE;

  *out = now - (wall_now - wall);

  return TRUE;
}

/**
 * qcc_failover_load:
 * @self: takes what was saved, in place of what it knows of automatic moves
 * @saved: (nullable): of qcc_failover_save(), or anything else; what is not understood is left out
 * @now: the time
 * @wall_now: the same moment in microseconds since the epoch
 *
 * Where the wall clock was set back since, nobody knows how long ago anything was, and nothing is taken: a clock that
 * is wrong must never keep the active profile where it is.
 */
void
qcc_failover_load (QccFailover *self,
                   GVariant *saved,
                   gint64 now,
                   gint64 wall_now)
{
  g_autoptr (GVariant) moves = NULL;
  gint64 saved_at;
  gint64 wall;
  gint64 time;

  g_return_if_fail (self != NULL);

  g_array_set_size (self->moves, 0);
  self->last_switch = QCC_FAILOVER_NEVER;

  if (saved == NULL || !g_variant_is_of_type (saved, G_VARIANT_TYPE_VARDICT))
    return;
  if (!g_variant_lookup (saved, SAVED_AT, "x", &saved_at) || saved_at > wall_now)
    return;

  if (g_variant_lookup (saved, LAST_SWITCH, "x", &wall) && from_wall (wall, now, wall_now, &time))
    self->last_switch = time;

  moves = g_variant_lookup_value (saved, MOVES, G_VARIANT_TYPE ("ax"));
  for (gsize i = 0; moves != NULL && i < g_variant_n_children (moves); i++)
    {
      g_variant_get_child (moves, i, "x", &wall);
      if (from_wall (wall, now, wall_now, &time))
        qcc_failover_add_move (self, time, now);
    }
}
