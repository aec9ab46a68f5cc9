/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-clock.h"

G_DEFINE_INTERFACE (QccClock, qcc_clock, G_TYPE_OBJECT)

static void
qcc_clock_default_init (QccClockInterface *iface)
{
}

/**
 * qcc_clock_get_time:
 * @self: a clock
 *
 * For durations and deadlines.
 *
 * Returns: microseconds since some moment; never less than before, and going on while the machine sleeps
 */
gint64
qcc_clock_get_time (QccClock *self)
{
  g_return_val_if_fail (QCC_IS_CLOCK (self), 0);

  return QCC_CLOCK_GET_IFACE (self)->get_time (self);
}

/**
 * qcc_clock_get_wall_time:
 * @self: a clock
 *
 * To be shown and to be stored. The user may set it.
 *
 * Returns: microseconds since the epoch
 */
gint64
qcc_clock_get_wall_time (QccClock *self)
{
  g_return_val_if_fail (QCC_IS_CLOCK (self), 0);

  return QCC_CLOCK_GET_IFACE (self)->get_wall_time (self);
}

/**
 * qcc_clock_add_timer:
 * @self: a clock
 * @at: when, of qcc_clock_get_time()
 * @func: called once, from the main context that is the default one now
 * @user_data: for @func
 *
 * Time that the machine sleeps may be added to the wait; whoever cares asks what time it is when it woke.
 *
 * Returns: a number for qcc_clock_remove_timer(), not 0
 */
guint
qcc_clock_add_timer (QccClock *self,
                     gint64 at,
                     QccClockFunc func,
                     gpointer user_data)
{
  g_return_val_if_fail (QCC_IS_CLOCK (self), 0);
  g_return_val_if_fail (func != NULL, 0);

  return QCC_CLOCK_GET_IFACE (self)->add_timer (self, at, func, user_data);
}

/**
 * qcc_clock_remove_timer:
 * @self: a clock
 * @id: of a timer that has not been called
 */
void
qcc_clock_remove_timer (QccClock *self,
                        guint id)
{
  g_return_if_fail (QCC_IS_CLOCK (self));
  g_return_if_fail (id != 0);

  QCC_CLOCK_GET_IFACE (self)->remove_timer (self, id);
}
