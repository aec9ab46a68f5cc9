/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef void (*QccClockFunc) (gpointer user_data);

#define QCC_TYPE_CLOCK (qcc_clock_get_type ())
G_DECLARE_INTERFACE (QccClock, qcc_clock, QCC, CLOCK, GObject)

/**
 * QccClockInterface:
 * @get_time: microseconds since some moment; never goes back, and goes on while the machine sleeps
 * @get_wall_time: microseconds since the epoch, as far as the machine knows
 * @add_timer: calls @func once, at or after @at of @get_time; returns a number that is not 0
 * @remove_timer: takes a timer back that has not been called
 *
 * Time, so that tests can make a day pass.
 */
struct _QccClockInterface
{
  GTypeInterface parent_iface;

  gint64 (*get_time) (QccClock *self);
  gint64 (*get_wall_time) (QccClock *self);
  guint (*add_timer) (QccClock *self, gint64 at, QccClockFunc func, gpointer user_data);
  void (*remove_timer) (QccClock *self, guint id);
};

gint64 qcc_clock_get_time (QccClock *self);
gint64 qcc_clock_get_wall_time (QccClock *self);
guint qcc_clock_add_timer (QccClock *self, gint64 at, QccClockFunc func, gpointer user_data);
void qcc_clock_remove_timer (QccClock *self, guint id);

G_END_DECLS
