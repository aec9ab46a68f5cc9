/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "common/qcc-secret.h"

G_BEGIN_DECLS

void qcc_key_input_read_async (GDBusMessage *message,
                               guint handle,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
QccSecret *qcc_key_input_read_finish (GAsyncResult *result, GError **error);

G_END_DECLS
