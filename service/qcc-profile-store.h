/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "common/qcc-snapshot.h"

G_BEGIN_DECLS

/**
 * QccProfileEdit:
 * @current: the profiles of this moment
 * @data: what was given with the function
 * @error: return location for an error
 *
 * A change, as the functions of qcc-profile-edit.h make them. It may be called several times, for what
 * somebody else wrote in between, and must depend on nothing but its arguments.
 *
 * Returns: (transfer full): the profiles afterwards, @current itself when there is nothing to change
 */
typedef QccSnapshot *(*QccProfileEdit) (const QccSnapshot *current, gpointer data, GError **error);

#define QCC_TYPE_PROFILE_STORE (qcc_profile_store_get_type ())
G_DECLARE_FINAL_TYPE (QccProfileStore, qcc_profile_store, QCC, PROFILE_STORE, GObject)

QccProfileStore *qcc_profile_store_new (GFile *file, GFile *revisions_dir);

void qcc_profile_store_load_async (QccProfileStore *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean qcc_profile_store_load_finish (QccProfileStore *self, GAsyncResult *result, GError **error);

void qcc_profile_store_edit_async (QccProfileStore *self,
                                   QccProfileEdit edit,
                                   gpointer data,
                                   GDestroyNotify destroy,
                                   const char *summary,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean qcc_profile_store_edit_finish (QccProfileStore *self, GAsyncResult *result, GError **error);

QccSnapshot *qcc_profile_store_get_snapshot (QccProfileStore *self);
const char *qcc_profile_store_get_notice (QccProfileStore *self);

G_END_DECLS
