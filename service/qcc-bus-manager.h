/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-dbus.h"
#include "service/qcc-bus-parts.h"

G_BEGIN_DECLS

#define QCC_TYPE_BUS_MANAGER (qcc_bus_manager_get_type ())
G_DECLARE_FINAL_TYPE (QccBusManager, qcc_bus_manager, QCC, BUS_MANAGER, QccDBusManager1Skeleton)

QccBusManager *qcc_bus_manager_new (const QccBusParts *parts);
void qcc_bus_manager_set_notices (QccBusManager *self, const char *const *notices);

G_END_DECLS
