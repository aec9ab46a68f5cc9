/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-clock.h"

G_BEGIN_DECLS

/**
 * QccManualClock:
 *
 * A clock that only moves when it is told to, so that a test makes a day pass at once. Timers run inside
 * qcc_manual_clock_advance(), never from a main loop.
 */
#define QCC_TYPE_MANUAL_CLOCK (qcc_manual_clock_get_type ())
G_DECLARE_FINAL_TYPE (QccManualClock, qcc_manual_clock, QCC, MANUAL_CLOCK, GObject)

/* Wall time is ahead of the other by this at first: a date that people know as one, 2026-01-01. */
#define QCC_MANUAL_CLOCK_WALL_OFFSET (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC)

QccManualClock *qcc_manual_clock_new (gint64 start);
void qcc_manual_clock_advance (QccManualClock *self, gint64 usec);
void qcc_manual_clock_sleep (QccManualClock *self, gint64 usec);
void qcc_manual_clock_set_wall_offset (QccManualClock *self, gint64 offset);
guint qcc_manual_clock_get_n_pending (QccManualClock *self);
guint qcc_manual_clock_get_n_fired (QccManualClock *self);

G_END_DECLS
