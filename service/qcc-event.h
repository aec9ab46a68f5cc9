/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * QccEventType:
 * @QCC_EVENT_FAILOVER: the active profile moved away from one that is down
 * @QCC_EVENT_RECOVERY: it moved back
 * @QCC_EVENT_SWITCH: the user moved it
 * @QCC_EVENT_RELEASE: the user ended a pin
 * @QCC_EVENT_ENDPOINT_DISABLED: an endpoint refused its key, or the user disabled it
 * @QCC_EVENT_ENDPOINT_ENABLED: that has ended
 * @QCC_EVENT_BILLING: an endpoint said that its account cannot pay
 * @QCC_EVENT_ALL_DOWN: no profile can be used
 * @QCC_EVENT_BACK: one can again
 * @QCC_EVENT_NO_TARGET: the active profile is down and there is nowhere to go
 * @QCC_EVENT_CAP: it is down, and has moved too often in this hour
 *
 * What is worth remembering (spec 6.6).
 */
typedef enum
{
  QCC_EVENT_FAILOVER,
  QCC_EVENT_RECOVERY,
  QCC_EVENT_SWITCH,
  QCC_EVENT_RELEASE,
  QCC_EVENT_ENDPOINT_DISABLED,
  QCC_EVENT_ENDPOINT_ENABLED,
  QCC_EVENT_BILLING,
  QCC_EVENT_ALL_DOWN,
  QCC_EVENT_BACK,
  QCC_EVENT_NO_TARGET,
  QCC_EVENT_CAP,
} QccEventType;

/**
 * QccEvent:
 * @id: counts up from 1, never used twice
 * @type: what happened
 * @from: (owned): profile, or id of an endpoint; empty where there is none
 * @to: (owned): profile; empty where there is none
 * @reason: (owned): why, for people
 * @time: wall time in microseconds since the epoch
 * @success: whether what was tried came about
 *
 * Immutable; reference-counted; may be shared between threads.
 */
typedef struct
{
  guint64 id;
  QccEventType type;
  char *from;
  char *to;
  char *reason;
  gint64 time;
  gboolean success;
} QccEvent;

QccEvent *qcc_event_new (guint64 id,
                         QccEventType type,
                         const char *from,
                         const char *to,
                         const char *reason,
                         gint64 time,
                         gboolean success);
QccEvent *qcc_event_ref (QccEvent *self);
void qcc_event_unref (QccEvent *self);

#define QCC_TYPE_EVENT (qcc_event_get_type ())
GType qcc_event_get_type (void);
#define QCC_TYPE_EVENT_TYPE (qcc_event_type_get_type ())
GType qcc_event_type_get_type (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccEvent, qcc_event_unref)

G_END_DECLS
