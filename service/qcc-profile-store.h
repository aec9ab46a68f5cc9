/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "common/qcc-snapshot.h"

G_BEGIN_DECLS

#define QCC_TYPE_PROFILE_STORE (qcc_profile_store_get_type ())
G_DECLARE_FINAL_TYPE (QccProfileStore, qcc_profile_store, QCC, PROFILE_STORE, GObject)

QccProfileStore *qcc_profile_store_new (GFile *file);

void qcc_profile_store_load_async (QccProfileStore *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean qcc_profile_store_load_finish (QccProfileStore *self, GAsyncResult *result, GError **error);

QccSnapshot *qcc_profile_store_get_snapshot (QccProfileStore *self);

G_END_DECLS
