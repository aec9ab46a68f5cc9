/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-snapshot.h"

G_BEGIN_DECLS

/*
 * The states of the profile file that there were (spec 11.2), each in a file NNNNNN.json of one folder:
 *
 *   {"revision": 12, "time": "2025-01-31T12:00:00Z", "summary": "what was done", "document": {the file}}
 *
 * Every function blocks: for worker threads only.
 */

#define QCC_REVISIONS_MAX 50 /* kept, the newest */

QccSnapshot *qcc_revisions_load_newest (const char *folder, guint *out_number);
gboolean qcc_revisions_add (const char *folder, const QccSnapshot *snapshot, const char *summary, GError **error);

G_END_DECLS
