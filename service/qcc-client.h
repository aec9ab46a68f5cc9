/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "service/qcc-watch.h"

G_BEGIN_DECLS

typedef struct _QccClient QccClient;
typedef void (*QccClientFunc) (gpointer user_data);

QccClient *qcc_client_new (SoupServerMessage *message,
                           QccWatcher *watcher,
                           QccClientFunc gone,
                           gpointer user_data);
void qcc_client_free (QccClient *self);

GSocket *qcc_client_get_socket (QccClient *self);
void qcc_client_wait_writable (QccClient *self, QccClientFunc writable, gpointer user_data);

void qcc_client_hand_over (SoupServer *server, GSocketConnection *connection);
void qcc_client_give_back (SoupServer *server, GSocketConnection *connection);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccClient, qcc_client_free)

G_END_DECLS
