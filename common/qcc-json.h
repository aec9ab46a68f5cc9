/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Objects and arrays inside one another; json-glib calls itself once for each. */
#define QCC_JSON_DEPTH_MAX 64

JsonNode *qcc_json_parse (const char *text, gssize length, GError **error);

G_END_DECLS
