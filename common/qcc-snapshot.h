/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-failure-rule.h"
#include "common/qcc-profile.h"
#include "common/qcc-token.h"

G_BEGIN_DECLS

/**
 * QccSnapshot:
 * @default_name: (owned) (nullable): name of the default profile; %NULL only when @profiles is empty
 * @profiles: (owned) (element-type QccProfile): best first: by tier, then order, then place in the file;
 *   never %NULL
 * @tokens: (owned) (element-type QccToken): the local tokens, in the file's order; never %NULL
 * @rules: (owned) (element-type QccFailureRule): the user's rules about failures, in the file's order; never %NULL
 * @retired_ids: (owned) (element-type utf8): a set of the ids that were used once and are never given again
 *   (spec 1.1); one that the user wrote into the file again by hand may be in use; never %NULL
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
  GPtrArray *tokens;
  GPtrArray *rules;
  GHashTable *retired_ids;
  JsonNode *root;
} QccSnapshot;

#define QCC_SNAPSHOT_VERSION 1
#define QCC_SNAPSHOT_FILE_SIZE_MAX (4 * 1024 * 1024) /* bytes */
#define QCC_SNAPSHOT_PROFILES_MAX 1000
#define QCC_SNAPSHOT_ENDPOINTS_MAX 1000 /* of all profiles together */
#define QCC_SNAPSHOT_RETIRED_MAX 10000  /* kept when the file is written, the newest */

QccSnapshot *qcc_snapshot_new_empty (void);
QccSnapshot *qcc_snapshot_new_from_json (const char *text, gssize length, GError **error);
QccSnapshot *qcc_snapshot_ref (QccSnapshot *self);
void qcc_snapshot_unref (QccSnapshot *self);

char *qcc_snapshot_to_json (const QccSnapshot *self);

QccProfile *qcc_snapshot_find_profile (const QccSnapshot *self, const char *name);
QccEndpoint *qcc_snapshot_find_endpoint (const QccSnapshot *self, const char *id);
QccProfile *qcc_snapshot_find_profile_of (const QccSnapshot *self, const char *endpoint_id);
const QccToken *qcc_snapshot_find_token (const QccSnapshot *self, const char *presented);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccSnapshot, qcc_snapshot_unref)

G_END_DECLS
