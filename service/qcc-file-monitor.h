/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define QCC_TYPE_FILE_MONITOR (qcc_file_monitor_get_type ())
G_DECLARE_FINAL_TYPE (QccFileMonitor, qcc_file_monitor, QCC, FILE_MONITOR, GObject)

QccFileMonitor *qcc_file_monitor_new (GFile *file);

void qcc_file_monitor_set_target (QccFileMonitor *self, const char *path);

G_END_DECLS
