/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The state file as another program sees it: read while the service writes, or copied as a dead one has left it. */

char *qcc_state_copy_new (const char *folder, const char *copy_folder);
GPtrArray *qcc_state_query (const char *path, const char *sql);
gboolean qcc_state_change (const char *path, const char *sql);

G_END_DECLS
