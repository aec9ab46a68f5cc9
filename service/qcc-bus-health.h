/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-dbus.h"
#include "service/qcc-bus-parts.h"

G_BEGIN_DECLS

QccDBusHealth1 *qcc_bus_health_new (const QccBusParts *parts);

G_END_DECLS
