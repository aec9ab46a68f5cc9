/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-bus-parts.h"

G_BEGIN_DECLS

#define QCC_TYPE_BUS (qcc_bus_get_type ())
G_DECLARE_FINAL_TYPE (QccBus, qcc_bus, QCC, BUS, GObject)

QccBus *qcc_bus_new (const QccBusParts *parts);
gboolean qcc_bus_export (QccBus *self, GDBusConnection *connection, GError **error);
void qcc_bus_withdraw (QccBus *self);
void qcc_bus_set_notices (QccBus *self, const char *const *notices);

G_END_DECLS
