/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-clock.h"

G_BEGIN_DECLS

/**
 * QccSystemClock:
 *
 * The machine's clock.
 */
#define QCC_TYPE_SYSTEM_CLOCK (qcc_system_clock_get_type ())
G_DECLARE_FINAL_TYPE (QccSystemClock, qcc_system_clock, QCC, SYSTEM_CLOCK, GObject)

QccClock *qcc_system_clock_new (void);

/* The back end: microseconds, going on while the machine sleeps. */
gint64 qcc_system_clock_read (void);

G_END_DECLS
