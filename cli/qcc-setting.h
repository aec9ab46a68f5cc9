/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "cli/qcc-bus-client.h"

G_BEGIN_DECLS

/**
 * QccSetting:
 *
 * One setting as the service describes it: a dictionary of `Manager1.ListSettings()`. What a newer or older
 * service does not say is empty.
 */
typedef GVariant QccSetting;

GPtrArray *qcc_setting_list (QccDBusManager1 *manager, const char *prefix, GError **error);
QccSetting *qcc_setting_find (QccDBusManager1 *manager, const char *name, GError **error);

char *qcc_setting_normalize_name (const char *name);
const char *qcc_setting_get_text (QccSetting *self, const char *member);
gboolean qcc_setting_get_flag (QccSetting *self, const char *member);
void qcc_setting_add_json (QccSetting *self, JsonBuilder *builder);

G_END_DECLS
