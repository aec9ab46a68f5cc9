/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

const char *qcc_policy_text_get_type_name (GSettingsSchemaKey *key);
char *qcc_policy_text_describe_allowed (GSettingsSchemaKey *key);
char *qcc_policy_text_print (GVariant *value);
GVariant *qcc_policy_text_parse (GSettingsSchemaKey *key, const char *text);

G_END_DECLS
