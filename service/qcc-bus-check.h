/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-bus-parts.h"

G_BEGIN_DECLS

gboolean qcc_bus_check_parse_level (const QccBusParts *parts, const char *level, QccCheckLevel *out_level, GError **error);
void qcc_bus_check_describe (const QccCheckResult *result, GVariantDict *dict);
void qcc_bus_check_endpoint (const QccBusParts *parts,
                             const char *endpoint_id,
                             const char *level,
                             GDBusMethodInvocation *invocation);

G_END_DECLS
