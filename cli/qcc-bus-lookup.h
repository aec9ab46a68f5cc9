/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-bus-client.h"

G_BEGIN_DECLS

/* What several verbs look up beside profiles and their endpoints. */

GPtrArray *qcc_bus_lookup_targets (const QccBusClient *client, const char *name, GError **error);
QccDBusFailover1 *qcc_bus_lookup_failover (const QccBusClient *client, GError **error);
QccDBusHealth1 *qcc_bus_lookup_health (const QccBusClient *client, GError **error);

G_END_DECLS
