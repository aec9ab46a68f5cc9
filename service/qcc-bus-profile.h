/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-dbus.h"
#include "common/qcc-profile.h"
#include "service/qcc-bus-parts.h"

G_BEGIN_DECLS

#define QCC_TYPE_BUS_PROFILE (qcc_bus_profile_get_type ())
G_DECLARE_FINAL_TYPE (QccBusProfile, qcc_bus_profile, QCC, BUS_PROFILE, QccDBusProfile1Skeleton)

QccBusProfile *qcc_bus_profile_new (const QccBusParts *parts, const char *name);
void qcc_bus_profile_update (QccBusProfile *self,
                             const QccProfile *profile,
                             gboolean is_active,
                             gboolean is_default);
void qcc_bus_profile_update_health (QccBusProfile *self, const QccProfile *profile);

G_END_DECLS
