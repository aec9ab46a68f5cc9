/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-bus-parts.h"
#include "common/qcc-dbus.h"

G_BEGIN_DECLS

void qcc_bus_explain_implement (QccDBusManager1 *manager, const QccBusParts *parts);

G_END_DECLS
