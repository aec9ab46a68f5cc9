/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * Dictionaries of the bus, of type a{sv}. A service of another version may leave members out, add some or give them
 * another type; what is not there as expected is taken for empty.
 */

const char *qcc_dict_get_text (GVariant *dict, const char *name);
gint64 qcc_dict_get_number (GVariant *dict, const char *name, gint64 fallback);
double qcc_dict_get_fraction (GVariant *dict, const char *name, double fallback);
gboolean qcc_dict_get_flag (GVariant *dict, const char *name);
GVariant *qcc_dict_get_list (GVariant *dict, const char *name);

void qcc_dict_add_json (GVariant *dict, JsonBuilder *builder);
void qcc_dict_add_list_json (GVariant *list, JsonBuilder *builder);

G_END_DECLS
