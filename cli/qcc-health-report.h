/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-bus-client.h"
#include "cli/qcc-call.h"

G_BEGIN_DECLS

gboolean qcc_health_report_put (const QccCall *call, const QccBusClient *client, GError **error);

G_END_DECLS
