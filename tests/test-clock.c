/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-system-clock.h"
#include "tests/qcc-manual-clock.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define START (7 * SECOND)

static void
test_never_back (void)
{
  g_autoptr (QccClock) clock = qcc_system_clock_new ();
  gint64 last = qcc_clock_get_time (clock);
  gint64 first = last;

  g_assert_cmpint (first, >, 0);
  for (guint i = 0; i < 10000; i++)
    {
      gint64 now = qcc_clock_get_time (clock);

      g_assert_cmpint (now, >=, last);
      last = now;
    }
  g_assert_cmpint (last, >, first);
}

static void
test_wall (void)
{
  g_autoptr (QccClock) clock = qcc_system_clock_new ();
  gint64 difference = g_get_real_time () - qcc_clock_get_wall_time (clock);

  g_assert_cmpint (ABS (difference), <, 60 * SECOND);
}

typedef struct
{
  QccClock *clock; /* (unowned) */
  gint64 called_at;
  guint n_calls;
} Call;

static void
on_call (gpointer user_data)
{
  Call *call = user_data;

  call->called_at = qcc_clock_get_time (call->clock);
  call->n_calls++;
}

static gboolean
on_give_up (gpointer user_data)
{
  g_error ("the timer was not called");

  return G_SOURCE_REMOVE;
}

/* Odd microseconds: a timer whose wait were rounded down would come too early. */
static void
test_not_before (void)
{
  static const gint64 waits[] = { -5 * SECOND, 0, 1, 999, 1001, 12999, 20001 };
  g_autoptr (QccClock) clock = qcc_system_clock_new ();
  guint give_up = g_timeout_add_seconds (60, on_give_up, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      Call call = { .clock = clock };
      gint64 at = qcc_clock_get_time (clock) + waits[i];

      g_assert_cmpuint (qcc_clock_add_timer (clock, at, on_call, &call), !=, 0);
      g_assert_cmpuint (call.n_calls, ==, 0);
      while (call.n_calls == 0)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpint (call.called_at, >=, at);
    }
  g_source_remove (give_up);
}

/* One that is removed is not called, though one that was due later is. */
static void
test_remove (void)
{
  g_autoptr (QccClock) clock = qcc_system_clock_new ();
  guint give_up = g_timeout_add_seconds (60, on_give_up, NULL);
  gint64 now = qcc_clock_get_time (clock);
  Call removed = { .clock = clock };
  Call later = { .clock = clock };
  guint id = qcc_clock_add_timer (clock, now, on_call, &removed);

  qcc_clock_add_timer (clock, now + 5000, on_call, &later);
  qcc_clock_remove_timer (clock, id);
  while (later.n_calls == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (removed.n_calls, ==, 0);
  g_source_remove (give_up);
}

typedef struct
{
  QccManualClock *clock; /* (owned) */
  GString *log;          /* (owned): name and seconds since the start of each call */
} Fixture;

typedef struct
{
  Fixture *fixture; /* (unowned) */
  const char *name; /* (unowned) */
  gint64 again;     /* seconds until the next, -1 for none */
  guint removes;    /* timer to be removed, 0 for none */
} Note;

static void
set_up (Fixture *self,
        gconstpointer data)
{
  self->clock = qcc_manual_clock_new (START);
  self->log = g_string_new (NULL);
}

static void
tear_down (Fixture *self,
           gconstpointer data)
{
  g_assert_finalize_object (self->clock);
  g_string_free (self->log, TRUE);
}

static void
on_note (gpointer user_data)
{
  Note *note = user_data;
  QccClock *clock = QCC_CLOCK (note->fixture->clock);
  gint64 now = qcc_clock_get_time (clock);

  g_string_append_printf (note->fixture->log, "%s%" G_GINT64_FORMAT " ", note->name, (now - START) / SECOND);
  if (note->removes != 0)
    qcc_clock_remove_timer (clock, note->removes);
  if (note->again >= 0)
    qcc_clock_add_timer (clock, now + note->again * SECOND, on_note, note);
  note->again = note->again > 0 ? note->again : -1;
}

static guint
add (Fixture *self,
     gint64 seconds,
     Note *note)
{
  note->fixture = self;

  return qcc_clock_add_timer (QCC_CLOCK (self->clock), START + seconds * SECOND, on_note, note);
}

static void
test_manual_order (Fixture *self,
                   gconstpointer data)
{
  Note a = { .name = "a", .again = -1 };
  Note b = { .name = "b", .again = -1 };
  Note c = { .name = "c", .again = -1 };
  Note past = { .name = "past", .again = -1 };

  add (self, 3, &a);
  add (self, 2, &b);
  add (self, 3, &c);
  add (self, -2, &past);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (self->clock), ==, 4);

  qcc_manual_clock_advance (self->clock, 0);
  g_assert_cmpstr (self->log->str, ==, "past0 ");
  qcc_manual_clock_advance (self->clock, 3 * SECOND - 1);
  g_assert_cmpstr (self->log->str, ==, "past0 b2 ");
  qcc_manual_clock_advance (self->clock, 1);
  g_assert_cmpstr (self->log->str, ==, "past0 b2 a3 c3 ");
  g_assert_cmpint (qcc_clock_get_time (QCC_CLOCK (self->clock)), ==, START + 3 * SECOND);

  g_assert_cmpuint (qcc_manual_clock_get_n_pending (self->clock), ==, 0);
  g_assert_cmpuint (qcc_manual_clock_get_n_fired (self->clock), ==, 4);
}

/* What a timer adds or takes away counts at once. */
static void
test_manual_inside (Fixture *self,
                    gconstpointer data)
{
  Note every = { .name = "e", .again = 2 };
  Note once_more = { .name = "o", .again = 0 };
  Note removed = { .name = "never", .again = -1 };
  Note remover = { .name = "r", .again = -1 };
  guint id;

  add (self, 2, &every);
  add (self, 3, &once_more);
  remover.removes = add (self, 5, &removed);
  add (self, 4, &remover);
  id = add (self, 5, &remover);
  qcc_clock_remove_timer (QCC_CLOCK (self->clock), id);

  qcc_manual_clock_advance (self->clock, 7 * SECOND);
  g_assert_cmpstr (self->log->str, ==, "e2 o3 o3 r4 e4 e6 ");
  g_assert_cmpint (qcc_clock_get_time (QCC_CLOCK (self->clock)), ==, START + 7 * SECOND);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (self->clock), ==, 1);
  g_assert_cmpuint (qcc_manual_clock_get_n_fired (self->clock), ==, 6);
}

/* Nobody is called while the machine sleeps, and everybody afterwards. */
static void
test_manual_sleep (Fixture *self,
                   gconstpointer data)
{
  Note early = { .name = "e", .again = -1 };
  Note late = { .name = "l", .again = -1 };

  add (self, 2, &early);
  add (self, 9, &late);
  qcc_manual_clock_sleep (self->clock, 5 * SECOND);
  g_assert_cmpstr (self->log->str, ==, "");
  g_assert_cmpint (qcc_clock_get_time (QCC_CLOCK (self->clock)), ==, START + 5 * SECOND);
  qcc_manual_clock_advance (self->clock, 0);
  g_assert_cmpstr (self->log->str, ==, "e5 ");
  qcc_manual_clock_advance (self->clock, 4 * SECOND);
  g_assert_cmpstr (self->log->str, ==, "e5 l9 ");
}

static void
test_manual_wall (Fixture *self,
                  gconstpointer data)
{
  QccClock *clock = QCC_CLOCK (self->clock);

  g_assert_cmpint (qcc_clock_get_wall_time (clock), ==, START + QCC_MANUAL_CLOCK_WALL_OFFSET);
  qcc_manual_clock_advance (self->clock, SECOND);
  g_assert_cmpint (qcc_clock_get_wall_time (clock), ==, START + SECOND + QCC_MANUAL_CLOCK_WALL_OFFSET);
  qcc_manual_clock_set_wall_offset (self->clock, -SECOND);
  g_assert_cmpint (qcc_clock_get_wall_time (clock), ==, START);
  g_assert_cmpint (qcc_clock_get_time (clock), ==, START + SECOND);
}

#define add_manual(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/clock/never-back", test_never_back);
  g_test_add_func ("/clock/wall", test_wall);
  g_test_add_func ("/clock/not-before", test_not_before);
  g_test_add_func ("/clock/remove", test_remove);
  add_manual ("/clock/manual/order", test_manual_order);
  add_manual ("/clock/manual/inside", test_manual_inside);
  add_manual ("/clock/manual/sleep", test_manual_sleep);
  add_manual ("/clock/manual/wall", test_manual_wall);

  return g_test_run ();
}
