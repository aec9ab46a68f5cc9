/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-dbus.h"
#include "service/qcc-bus-parts.h"

G_BEGIN_DECLS

void qcc_bus_rename_implement (QccDBusManager1 *manager, const QccBusParts *parts);

G_END_DECLS
