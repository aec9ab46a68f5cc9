/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-dbus.h"

G_BEGIN_DECLS

/* Whether Claude Code can reach the proxy, as the service says. */

gboolean qcc_proxy_state_is_listening (QccDBusManager1 *manager);
gboolean qcc_proxy_state_check_listening (QccDBusManager1 *manager, GError **error);

G_END_DECLS
