/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-dbus.h"
#include "service/qcc-profile-store.h"

G_BEGIN_DECLS

void qcc_bus_tokens_implement (QccDBusManager1 *manager, QccProfileStore *store);

G_END_DECLS
