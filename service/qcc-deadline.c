/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-deadline.h"

struct _QccDeadline
{
  GSource *source; /* (owned) (nullable): %NULL when stopped; every source costs each turn of the loop a little */
  QccDeadlineFunc func;
  gpointer user_data;
  gint64 length; /* microseconds */
  gint64 due;    /* monotonic time in microseconds */
};

static gboolean
deadline_dispatch (GSource *source,
                   GSourceFunc callback,
                   gpointer user_data)
{
  return callback (user_data);
}

/* GSourceFuncs has no const in GLib's prototype; it is never written. */
static GSourceFuncs deadline_funcs = {
  .dispatch = deadline_dispatch,
};

static gboolean
on_ready_time (gpointer user_data)
{
  QccDeadline *self = user_data;

  if (g_source_get_time (self->source) < self->due)
    {
      g_source_set_ready_time (self->source, self->due);
      return G_SOURCE_CONTINUE;
    }

  qcc_deadline_stop (self);
  self->func (self->user_data);

  return G_SOURCE_REMOVE;
}

/**
 * qcc_deadline_new:
 * @func: called once each time the limit is reached; may free the deadline
 * @user_data: for @func
 *
 * Returns: (transfer full): a deadline that is stopped
 */
QccDeadline *
qcc_deadline_new (QccDeadlineFunc func,
                  gpointer user_data)
{
  QccDeadline *self;

  g_return_val_if_fail (func != NULL, NULL);

  self = g_new0 (QccDeadline, 1);
  self->func = func;
  self->user_data = user_data;

  return self;
}

/**
 * qcc_deadline_start:
 * @self: a deadline
 * @milliseconds: more than 0
 *
 * Begins to count anew, with another length.
 */
void
qcc_deadline_start (QccDeadline *self,
                    gint64 milliseconds)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (milliseconds > 0);

  self->length = milliseconds * 1000;
  self->due = g_get_monotonic_time () + self->length;
  if (self->source == NULL)
    {
      self->source = g_source_new (&deadline_funcs, sizeof (GSource));
      g_source_set_static_name (self->source, "qcc-deadline");
      g_source_set_callback (self->source, on_ready_time, self, NULL);
      g_source_attach (self->source, g_main_context_get_thread_default ());
    }
  g_source_set_ready_time (self->source, self->due);
}

/**
 * qcc_deadline_push_back:
 * @self: a deadline
 *
 * Begins to count anew, with the same length. Does nothing when it is stopped.
 */
void
qcc_deadline_push_back (QccDeadline *self)
{
  g_return_if_fail (self != NULL);

  if (self->source != NULL)
    self->due = g_get_monotonic_time () + self->length;
}

void
qcc_deadline_stop (QccDeadline *self)
{
  g_return_if_fail (self != NULL);

  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

void
qcc_deadline_free (QccDeadline *self)
{
  g_return_if_fail (self != NULL);

  qcc_deadline_stop (self);
  g_free (self);
}
