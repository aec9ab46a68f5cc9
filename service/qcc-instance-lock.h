/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _QccInstanceLock QccInstanceLock;

void qcc_instance_lock_acquire_async (GFile *file,
                                      gboolean wait,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
QccInstanceLock *qcc_instance_lock_acquire_finish (GAsyncResult *result, GError **error);

gboolean qcc_instance_lock_is_held (const QccInstanceLock *self);
void qcc_instance_lock_free (QccInstanceLock *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccInstanceLock, qcc_instance_lock_free)

G_END_DECLS
