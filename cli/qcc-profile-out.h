/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-bus-client.h"
#include "cli/qcc-call.h"

G_BEGIN_DECLS

/* What several verbs show of profiles. */

gboolean qcc_profile_out_put_list (const QccCall *call, const QccBusClient *client);
void qcc_profile_out_put_json (const QccCall *call, const QccBusClient *client, QccDBusProfile1 *profile);
gboolean qcc_profile_out_put_changed (const QccCall *call,
                                      const QccBusClient *client,
                                      QccDBusProfile1 *profile,
                                      GError **error);

G_END_DECLS
