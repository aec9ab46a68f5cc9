/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-system-clock.h"

struct _QccSystemClock
{
  GObject parent_instance;
};

static void clock_iface_init (QccClockInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QccSystemClock, qcc_system_clock, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (QCC_TYPE_CLOCK, clock_iface_init))

static void
qcc_system_clock_class_init (QccSystemClockClass *klass)
{
}

static void
qcc_system_clock_init (QccSystemClock *self)
{
}

static gint64
get_time (QccClock *clock)
{
  return qcc_system_clock_read ();
}

static gint64
get_wall_time (QccClock *clock)
{
  return g_get_real_time ();
}

typedef struct
{
  QccClockFunc func;
  gpointer user_data;
} Timer;

static gboolean
on_timer (gpointer user_data)
{
  const Timer *timer = user_data;

  timer->func (timer->user_data);

  return G_SOURCE_REMOVE;
}

/* Rounded up to whole milliseconds, so that it is never called before its time. */
static guint
add_timer (QccClock *clock,
           gint64 at,
           QccClockFunc func,
           gpointer user_data)
{
  gint64 wait = MAX (0, at - qcc_system_clock_read ());
  gint64 milliseconds = (wait + 999) / 1000;
  Timer *timer = g_new0 (Timer, 1);

  timer->func = func;
  timer->user_data = user_data;

  return g_timeout_add_full (G_PRIORITY_DEFAULT, (guint) MIN (milliseconds, G_MAXUINT), on_timer, timer, g_free);
}

static void
remove_timer (QccClock *clock,
              guint id)
{
  g_source_remove (id);
}

static void
clock_iface_init (QccClockInterface *iface)
{
  iface->get_time = get_time;
  iface->get_wall_time = get_wall_time;
  iface->add_timer = add_timer;
  iface->remove_timer = remove_timer;
}

/**
 * qcc_system_clock_new:
 *
 * Returns: (transfer full): the machine's clock
 */
QccClock *
qcc_system_clock_new (void)
{
  return g_object_new (QCC_TYPE_SYSTEM_CLOCK, NULL);
}
