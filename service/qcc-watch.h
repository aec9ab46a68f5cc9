/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Readiness of many sockets at a constant price.
 *
 * A #GSource per socket makes every turn of the loop cost time in proportion to their number
 * (poll(2) and GLib's own lists), and most of the sockets of a proxy are quiet: a client that
 * waits, an upstream that thinks. A #QccWatcher is one source of the loop for all of them.
 */

/**
 * QccWatchEvents:
 * @QCC_WATCH_READ: bytes can be read, or the end of the stream
 * @QCC_WATCH_WRITE: bytes can be written
 * @QCC_WATCH_PEER_CLOSED: the peer has closed, also when it closed only its sending side, and
 *   however many bytes of it are still unread
 */
typedef enum
{
  QCC_WATCH_NONE = 0,
  QCC_WATCH_READ = 1 << 0,
  QCC_WATCH_WRITE = 1 << 1,
  QCC_WATCH_PEER_CLOSED = 1 << 2,
} QccWatchEvents;

typedef struct _QccWatcher QccWatcher;
typedef struct _QccWatch QccWatch;

/**
 * QccWatchFunc:
 * @events: what has happened; a broken connection shows as everything that was asked for
 * @user_data: the watch's data
 *
 * Called again as long as the condition lasts. May free any watch, its own too.
 */
typedef void (*QccWatchFunc) (QccWatchEvents events, gpointer user_data);

QccWatcher *qcc_watcher_new (GMainContext *context, GError **error);
QccWatcher *qcc_watcher_ref (QccWatcher *self);
void qcc_watcher_unref (QccWatcher *self);

QccWatch *qcc_watch_new (QccWatcher *watcher,
                         GSocket *socket,
                         QccWatchEvents events,
                         QccWatchFunc func,
                         gpointer user_data);
void qcc_watch_set_events (QccWatch *self, QccWatchEvents events);
void qcc_watch_free (QccWatch *self);

/* Two options of a TCP socket, whose numbers differ between systems. */
void qcc_socket_reset_on_close (GSocket *socket);
void qcc_socket_set_no_delay (GSocket *socket);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccWatcher, qcc_watcher_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccWatch, qcc_watch_free)

G_END_DECLS
