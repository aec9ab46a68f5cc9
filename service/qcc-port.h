/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GPtrArray *qcc_port_open (const char *host, guint16 port, GError **error);

guint16 qcc_port_find_free (const char *host, guint16 after);
void qcc_port_find_free_async (const char *host,
                               guint16 after,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
guint16 qcc_port_find_free_finish (GAsyncResult *result, GError **error);

G_END_DECLS
