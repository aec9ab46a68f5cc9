/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-endpoint-table.h"

G_BEGIN_DECLS

void qcc_bus_look_up_keys (QccEndpointTable *table, const char *endpoint_id, GDBusMethodInvocation *invocation);

G_END_DECLS
