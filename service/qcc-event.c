/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-event.h"

G_DEFINE_BOXED_TYPE (QccEvent, qcc_event, qcc_event_ref, qcc_event_unref)

G_DEFINE_ENUM_TYPE (QccEventType,
                    qcc_event_type,
                    G_DEFINE_ENUM_VALUE (QCC_EVENT_FAILOVER, "failover"),
                    G_DEFINE_ENUM_VALUE (QCC_EVENT_RECOVERY, "recovery"),
                    G_DEFINE_ENUM_VALUE (QCC_EVENT_SWITCH, "switch"),
                    G_DEFINE_ENUM_VALUE (QCC_EVENT_RELEASE, "release"),
                    G_DEFINE_ENUM_VALUE (QCC_EVENT_ENDPOINT_DISABLED, "endpoint-disabled"),
                    G_DEFINE_ENUM_VALUE (QCC_EVENT_ENDPOINT_ENABLED, "endpoint-enabled"),
                    G_DEFINE_ENUM_VALUE (QCC_EVENT_BILLING, "billing"),
                    G_DEFINE_ENUM_VALUE (QCC_EVENT_ALL_DOWN, "all-down"),
                    G_DEFINE_ENUM_VALUE (QCC_EVENT_BACK, "back"),
                    G_DEFINE_ENUM_VALUE (QCC_EVENT_NO_TARGET, "no-target"),
                    G_DEFINE_ENUM_VALUE (QCC_EVENT_CAP, "cap"))

/**
 * qcc_event_new:
 * @id: its number
 * @type: what happened
 * @from: (nullable): a profile or the id of an endpoint
 * @to: (nullable): a profile
 * @reason: (nullable): why, for people
 * @time: wall time in microseconds since the epoch
 * @success: whether what was tried came about
 *
 * Returns: (transfer full): an event
 */
QccEvent *
qcc_event_new (guint64 id,
               QccEventType type,
               const char *from,
               const char *to,
               const char *reason,
               gint64 time,
               gboolean success)
{
  QccEvent *self = g_atomic_rc_box_new0 (QccEvent);

  self->id = id;
  self->type = type;
  self->from = g_strdup (from != NULL ? from : "");
  self->to = g_strdup (to != NULL ? to : "");
  self->reason = g_strdup (reason != NULL ? reason : "");
  self->time = time;
  self->success = success;

  return self;
}

QccEvent *
qcc_event_ref (QccEvent *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  QccEvent *self = data;

  g_free (self->from);
  g_free (self->to);
  g_free (self->reason);
}

void
qcc_event_unref (QccEvent *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, clear);
}
