/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

void qcc_default_ids_assign (JsonArray *profiles, GHashTable *retired);

G_END_DECLS
