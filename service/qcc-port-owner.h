/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

char *qcc_port_owner_describe (guint16 port);

void qcc_port_owner_describe_async (guint16 port,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
char *qcc_port_owner_describe_finish (GAsyncResult *result, GError **error);

char *qcc_port_owner_describe_soon (guint16 port);

G_END_DECLS
