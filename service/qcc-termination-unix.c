/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-termination.h"

#include <glib-unix.h>
#include <signal.h>

struct _QccTermination
{
  QccTerminationFunc func;
  gpointer user_data;
  guint interrupt_id;
  guint terminate_id;
};

static gboolean
on_signal (gpointer user_data)
{
  QccTermination *self = user_data;

  self->func (self->user_data);

  return G_SOURCE_CONTINUE;
}

/**
 * qcc_termination_new:
 * @func: called on SIGINT and SIGTERM
 * @user_data: for @func
 *
 * Returns: (transfer full): a listener for the wish to end
 */
QccTermination *
qcc_termination_new (QccTerminationFunc func,
                     gpointer user_data)
{
  QccTermination *self = g_new0 (QccTermination, 1);

  self->func = func;
  self->user_data = user_data;
  self->interrupt_id = g_unix_signal_add (SIGINT, on_signal, self);
  self->terminate_id = g_unix_signal_add (SIGTERM, on_signal, self);

  return self;
}

void
qcc_termination_free (QccTermination *self)
{
  g_return_if_fail (self != NULL);

  g_clear_handle_id (&self->interrupt_id, g_source_remove);
  g_clear_handle_id (&self->terminate_id, g_source_remove);
  g_free (self);
}
