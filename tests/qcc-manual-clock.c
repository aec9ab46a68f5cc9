/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-manual-clock.h"

typedef struct
{
  guint id;
  gint64 at;
  QccClockFunc func;
  gpointer user_data;
} Timer;

struct _QccManualClock
{
  GObject parent_instance;

  gint64 now;
  gint64 wall_offset;
  GArray *timers; /* (owned) (element-type Timer): in the order they were added */
  guint last_id;
  guint n_fired;
  gboolean advancing;
};

static void clock_iface_init (QccClockInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QccManualClock, qcc_manual_clock, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (QCC_TYPE_CLOCK, clock_iface_init))

static void
qcc_manual_clock_finalize (GObject *object)
{
  QccManualClock *self = QCC_MANUAL_CLOCK (object);

  g_array_unref (self->timers);

  G_OBJECT_CLASS (qcc_manual_clock_parent_class)->finalize (object);
}

static void
qcc_manual_clock_class_init (QccManualClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_manual_clock_finalize;
}

static void
qcc_manual_clock_init (QccManualClock *self)
{
  self->timers = g_array_new (FALSE, FALSE, sizeof (Timer));
  self->wall_offset = QCC_MANUAL_CLOCK_WALL_OFFSET;
}

static gint64
get_time (QccClock *clock)
{
  return QCC_MANUAL_CLOCK (clock)->now;
}

static gint64
get_wall_time (QccClock *clock)
{
  const QccManualClock *self = QCC_MANUAL_CLOCK (clock);

  return self->now + self->wall_offset;
}

static guint
add_timer (QccClock *clock,
           gint64 at,
           QccClockFunc func,
           gpointer user_data)
{
  QccManualClock *self = QCC_MANUAL_CLOCK (clock);
  Timer timer = { ++self->last_id, at, func, user_data };

  g_array_append_val (self->timers, timer);

  return timer.id;
}

static void
remove_timer (QccClock *clock,
              guint id)
{
  QccManualClock *self = QCC_MANUAL_CLOCK (clock);

  for (guint i = 0; i < self->timers->len; i++)
    if (g_array_index (self->timers, Timer, i).id == id)
      {
        g_array_remove_index (self->timers, i);
        return;
      }

  /* It was called or removed before: a bug of whoever kept the number. */
  g_assert_not_reached ();
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
 * qcc_manual_clock_new:
 * @start: what qcc_clock_get_time() says at first, in microseconds
 *
 * Returns: (transfer full): a clock
 */
QccManualClock *
qcc_manual_clock_new (gint64 start)
{
  QccManualClock *self = g_object_new (QCC_TYPE_MANUAL_CLOCK, NULL);

  self->now = start;

  return self;
}

/* The earliest that is due at @until; of several the one that was added first. */
static gboolean
take_due (QccManualClock *self,
          gint64 until,
          Timer *out)
{
  const Timer *timers = (const Timer *) (gpointer) self->timers->data;
  guint first = 0;

  for (guint i = 1; i < self->timers->len; i++)
    if (timers[i].at < timers[first].at)
      first = i;

  if (self->timers->len == 0 || timers[first].at > until)
    return FALSE;

  *out = timers[first];
  g_array_remove_index (self->timers, first);

  return TRUE;
}

/**
 * qcc_manual_clock_advance:
 * @self: a clock
 * @usec: microseconds to pass, 0 or more
 *
 * Calls each timer that becomes due, those that are added meanwhile too, in the order of their times. Each sees the
 * time that it asked for, or the present one where that was over already.
 */
void
qcc_manual_clock_advance (QccManualClock *self,
                          gint64 usec)
{
  g_autoptr (QccManualClock) alive = g_object_ref (self);
  gint64 until = self->now + usec;
  Timer timer;

  g_assert (usec >= 0);
  g_assert_false (self->advancing);

  self->advancing = TRUE;
  while (take_due (self, until, &timer))
    {
      self->now = MAX (self->now, timer.at);
      self->n_fired++;
      timer.func (timer.user_data);
    }
  self->now = until;
  self->advancing = FALSE;
}

/**
 * qcc_manual_clock_sleep:
 * @self: a clock
 * @usec: microseconds to pass, 0 or more
 *
 * As while the machine sleeps: time passes and nothing is called. What has become due meanwhile is called when the clock
 * is advanced next.
 */
void
qcc_manual_clock_sleep (QccManualClock *self,
                        gint64 usec)
{
  g_assert (usec >= 0);
  g_assert_false (self->advancing);

  self->now += usec;
}

/**
 * qcc_manual_clock_set_wall_offset:
 * @self: a clock
 * @offset: microseconds that the wall time is ahead of the other
 *
 * As if the user set the clock of the machine.
 */
void
qcc_manual_clock_set_wall_offset (QccManualClock *self,
                                  gint64 offset)
{
  self->wall_offset = offset;
}

/* Timers that were neither called nor removed. */
guint
qcc_manual_clock_get_n_pending (QccManualClock *self)
{
  return self->timers->len;
}

/* Timers that were called so far: how often something woke up. */
guint
qcc_manual_clock_get_n_fired (QccManualClock *self)
{
  return self->n_fired;
}
