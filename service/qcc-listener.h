/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _QccListener QccListener;

/**
 * QccListenerFunc:
 * @connection: (transfer none): a connection that was accepted
 * @user_data: the owner's data
 */
typedef void (*QccListenerFunc) (GSocketConnection *connection, gpointer user_data);

QccListener *qcc_listener_new (const char *host,
                               guint port,
                               QccListenerFunc func,
                               gpointer user_data,
                               GError **error);
guint16 qcc_listener_get_port (const QccListener *self);
void qcc_listener_free (QccListener *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccListener, qcc_listener_free)

G_END_DECLS
