/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-call.h"

G_BEGIN_DECLS

/* What several verbs show of checks and measurements: dictionaries of io.github.qcc.Health1, of type aa{sv}. */

void qcc_health_out_put_results (const QccCall *call, GVariant *results);
void qcc_health_out_put_metrics (const QccCall *call, GVariant *metrics);
void qcc_health_out_put_history (const QccCall *call, GVariant *samples);

G_END_DECLS
