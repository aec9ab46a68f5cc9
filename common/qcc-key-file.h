/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-secret.h"

G_BEGIN_DECLS

/*
 * The file of keys (spec 11.3), {"version":1,"keys":{"id":"key"}}. Every function blocks: for worker
 * threads only, from several of which they may be called at once.
 */

QccSecret *qcc_key_file_lookup (const char *path, const char *id, GError **error);
gboolean qcc_key_file_create_empty (const char *path, GError **error);
gboolean qcc_key_file_change (const char *path, const char *id, const QccSecret *secret, GError **error);

G_END_DECLS
