/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * QccSleepWatch:
 *
 * Tells when the machine has woken up. On Linux by logind, where there is one; never an error without.
 *
 * Signals: `woke`.
 */
#define QCC_TYPE_SLEEP_WATCH (qcc_sleep_watch_get_type ())
G_DECLARE_FINAL_TYPE (QccSleepWatch, qcc_sleep_watch, QCC, SLEEP_WATCH, GObject)

/* @system_bus: (nullable) (transfer none): where logind is; NULL finds it, without blocking. */
QccSleepWatch *qcc_sleep_watch_new (GDBusConnection *system_bus);

G_END_DECLS
