/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-snapshot.h"

G_BEGIN_DECLS

/*
 * A copy of a profile file that is being changed, with the members that this version does not know. What
 * the functions find belongs to the draft and can be changed in place.
 */
typedef struct _QccProfileDraft QccProfileDraft;

QccProfileDraft *qcc_profile_draft_new (const QccSnapshot *base);
void qcc_profile_draft_free (QccProfileDraft *self);

JsonObject *qcc_profile_draft_get_root (QccProfileDraft *self);
JsonArray *qcc_profile_draft_ensure_array (QccProfileDraft *self, JsonObject *object, const char *member, GError **error);
JsonObject *qcc_profile_draft_find_profile (QccProfileDraft *self, const char *name, GError **error);
JsonObject *qcc_profile_draft_find_endpoint (QccProfileDraft *self,
                                             const char *id,
                                             JsonArray **out_siblings,
                                             guint *out_index,
                                             GError **error);
void qcc_profile_draft_retire (QccProfileDraft *self, const char *id);

QccSnapshot *qcc_profile_draft_finish (QccProfileDraft *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccProfileDraft, qcc_profile_draft_free)

G_END_DECLS
