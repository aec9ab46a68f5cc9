/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GDBusConnection *qcc_policy_dconf_connect (guint limit, GError **error);

G_END_DECLS
