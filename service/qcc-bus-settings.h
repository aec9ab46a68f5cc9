/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-dbus.h"
#include "service/qcc-policy.h"

G_BEGIN_DECLS

void qcc_bus_settings_implement (QccDBusManager1 *manager, QccPolicy *policy);

G_END_DECLS
