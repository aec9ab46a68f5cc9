/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "cli/qcc-bus-client.h"

G_BEGIN_DECLS

/*
 * What is on the bus as JSON (spec 13.3). A profile has `name`, an endpoint `id`; both then have `tier`, `active`,
 * `enabled` and `health`, and their properties by their names in snake_case. A profile's `endpoints` are objects.
 */

void qcc_bus_json_add_profile (JsonBuilder *builder, const QccBusClient *client, QccDBusProfile1 *profile);
void qcc_bus_json_add_endpoint (JsonBuilder *builder, QccDBusEndpoint1 *endpoint, QccDBusProfile1 *profile);
void qcc_bus_json_add_profiles (JsonBuilder *builder, const QccBusClient *client);

void qcc_bus_json_add_text (JsonBuilder *builder, const char *name, const char *value);
void qcc_bus_json_add_flag (JsonBuilder *builder, const char *name, gboolean value);

G_END_DECLS
