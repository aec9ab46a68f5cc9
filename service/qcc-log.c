/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-log.h"

#include <stdio.h>

/* GLib has one log writer for the whole process, so that its level cannot have an owner. The
 * higher the number, the less important the message. */
static int least_important = G_LOG_LEVEL_MESSAGE;

static GLogWriterOutput
write_log (GLogLevelFlags level,
           const GLogField *fields,
           gsize n_fields,
           gpointer user_data)
{
  if ((int) (level & G_LOG_LEVEL_MASK) > g_atomic_int_get (&least_important))
    return G_LOG_WRITER_HANDLED;

  /* Not g_log_writer_default(), which has its own idea of what is only for developers. */
  if (g_log_writer_is_journald (fileno (stderr)) &&
      g_log_writer_journald (level, fields, n_fields, user_data) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;

  return g_log_writer_standard_streams (level, fields, n_fields, user_data);
}

/**
 * qcc_log_init:
 *
 * Makes the level of qcc_log_set_level() hold for everything that this process logs. To the
 * journal where that is connected, else to standard error. To be called once, first of all.
 */
void
qcc_log_init (void)
{
  g_log_writer_default_set_use_stderr (TRUE);
  g_log_set_writer_func (write_log, NULL, NULL);
}

/**
 * qcc_log_set_level:
 * @level: the least important level that is logged
 */
void
qcc_log_set_level (GLogLevelFlags level)
{
  g_atomic_int_set (&least_important, (int) level);
}
