/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * QccListenerFlags:
 * @QCC_LISTENER_NONE: loopback only
 * @QCC_LISTENER_ALLOW_REMOTE: every address; only for a caller that requires local tokens (spec 3.1)
 */
typedef enum
{
  QCC_LISTENER_NONE = 0,
  QCC_LISTENER_ALLOW_REMOTE = 1 << 0,
} QccListenerFlags;

typedef struct _QccListener QccListener;

/**
 * QccListenerFunc:
 * @connection: (transfer none): a connection that was accepted
 * @user_data: the owner's data
 */
typedef void (*QccListenerFunc) (GSocketConnection *connection, gpointer user_data);

QccListener *qcc_listener_new (const char *host,
                               guint port,
                               QccListenerFlags flags,
                               QccListenerFunc func,
                               gpointer user_data,
                               GError **error);
QccListener *qcc_listener_new_from_sockets (GPtrArray *sockets,
                                            QccListenerFlags flags,
                                            QccListenerFunc func,
                                            gpointer user_data,
                                            GError **error);
void qcc_listener_free (QccListener *self);

guint16 qcc_listener_get_port (const QccListener *self);
char *qcc_listener_dup_url (const QccListener *self);
gboolean qcc_listener_lacks_ipv6 (const QccListener *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccListener, qcc_listener_free)

G_END_DECLS
