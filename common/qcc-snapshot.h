/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-profile.h"

G_BEGIN_DECLS

/**
 * QccSnapshot:
 * @default_name: (owned) (nullable): name of the default profile; %NULL only when @profiles is empty
 * @profiles: (owned) (element-type QccProfile): best first: by tier, then order, then place in the file;
 *   never %NULL
 * @root: (owned): the file's whole JSON document, with the members that this version does not know and
 *   with the ids that the file left out; sealed
 *
 * The profile file at one moment. Immutable, swapped as a whole when the configuration changes;
 * an exchange keeps the snapshot it started with. Reference-counted; may be shared between threads.
 */
typedef struct
{
  char *default_name;
  GPtrArray *profiles;
  JsonNode *root;
} QccSnapshot;

#define QCC_SNAPSHOT_VERSION 1
#define QCC_SNAPSHOT_FILE_SIZE_MAX (4 * 1024 * 1024) /* bytes */
#define QCC_SNAPSHOT_PROFILES_MAX 1000
#define QCC_SNAPSHOT_ENDPOINTS_MAX 1000 /* of all profiles together */

QccSnapshot *qcc_snapshot_new_empty (void);
QccSnapshot *qcc_snapshot_new_from_json (const char *text, gssize length, GError **error);
QccSnapshot *qcc_snapshot_ref (QccSnapshot *self);
void qcc_snapshot_unref (QccSnapshot *self);

QccProfile *qcc_snapshot_find_profile (const QccSnapshot *self, const char *name);
QccEndpoint *qcc_snapshot_find_endpoint (const QccSnapshot *self, const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccSnapshot, qcc_snapshot_unref)

G_END_DECLS
