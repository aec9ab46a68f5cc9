/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-endpoint.h"

G_BEGIN_DECLS

QccEndpoint *qcc_endpoint_new_from_json (JsonObject *object, GError **error);

G_END_DECLS
