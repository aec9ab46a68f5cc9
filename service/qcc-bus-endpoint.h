/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-dbus.h"
#include "service/qcc-bus-parts.h"

G_BEGIN_DECLS

#define QCC_TYPE_BUS_ENDPOINT (qcc_bus_endpoint_get_type ())
G_DECLARE_FINAL_TYPE (QccBusEndpoint, qcc_bus_endpoint, QCC, BUS_ENDPOINT, QccDBusEndpoint1Skeleton)

QccBusEndpoint *qcc_bus_endpoint_new (const QccBusParts *parts, const char *id);
void qcc_bus_endpoint_update (QccBusEndpoint *self, const QccEndpoint *endpoint, const char *profile_name);
void qcc_bus_endpoint_update_health (QccBusEndpoint *self);
void qcc_bus_endpoint_update_key (QccBusEndpoint *self);

G_END_DECLS
