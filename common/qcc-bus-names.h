/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the service is called on the session bus (spec 12.1). Released names never change. */
#define QCC_BUS_NAME "io.github.qcc.Service"
#define QCC_BUS_ROOT "/io/github/qcc"
#define QCC_BUS_PROFILES QCC_BUS_ROOT "/profile/"
#define QCC_BUS_ENDPOINTS QCC_BUS_ROOT "/endpoint/"

char *qcc_bus_profile_path (const char *name);
char *qcc_bus_endpoint_path (const char *id);

G_END_DECLS
