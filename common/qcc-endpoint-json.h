/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-endpoint.h"

G_BEGIN_DECLS

QccEndpoint *qcc_endpoint_new_from_json (JsonObject *object, GError **error);

gboolean qcc_endpoint_json_is_key_member (const char *member);

G_END_DECLS
