/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-watch.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define EVENTS_PER_TURN 64

struct _QccWatcher
{
  int epoll_fd;
  GSource *source;  /* (owned): readable when any watch has something */
  GPtrArray *freed; /* (owned) (element-type QccWatch): freed while their turn's events were handed out */
  gboolean dispatching;
};

struct _QccWatch
{
  QccWatcher *watcher; /* (owned) */
  GSocket *socket;     /* (owned): kept so that its number is not reused behind our back */
  QccWatchEvents events;
  QccWatchFunc func; /* (nullable): %NULL once freed */
  gpointer user_data;
};

static guint32
to_epoll (QccWatchEvents events)
{
  guint32 result = 0;

  if (events & QCC_WATCH_READ)
    result |= EPOLLIN | EPOLLRDHUP;
  if (events & QCC_WATCH_WRITE)
    result |= EPOLLOUT;
  if (events & QCC_WATCH_PEER_CLOSED)
    result |= EPOLLRDHUP;

  return result;
}

static QccWatchEvents
from_epoll (guint32 happened,
            QccWatchEvents asked)
{
  QccWatchEvents result = QCC_WATCH_NONE;

  /* The kernel reports these two whether they were asked for or not. */
  if (happened & (EPOLLERR | EPOLLHUP))
    return asked;

  if (happened & (EPOLLIN | EPOLLRDHUP))
    result |= QCC_WATCH_READ;
  if (happened & EPOLLOUT)
    result |= QCC_WATCH_WRITE;
  if (happened & EPOLLRDHUP)
    result |= QCC_WATCH_PEER_CLOSED;

  return result & asked;
}

static gboolean
on_epoll_ready (int fd,
                GIOCondition condition,
                gpointer user_data)
{
  g_autoptr (QccWatcher) self = qcc_watcher_ref (user_data);
  struct epoll_event happened[EVENTS_PER_TURN];
  int n = epoll_wait (fd, happened, EVENTS_PER_TURN, 0);

  self->dispatching = TRUE;
  for (int i = 0; i < n; i++)
    {
      QccWatch *watch = happened[i].data.ptr;
      QccWatchEvents events = from_epoll (happened[i].events, watch->events);

      if (watch->func != NULL && events != QCC_WATCH_NONE)
        watch->func (events, watch->user_data);
    }
  self->dispatching = FALSE;
  g_ptr_array_set_size (self->freed, 0);

  return G_SOURCE_CONTINUE;
}

static void
watch_destroy (gpointer data)
{
  QccWatch *self = data;

  g_clear_object (&self->socket);
  g_free (self);
}

/**
 * qcc_watcher_new:
 * @context: (nullable): the loop that callbacks run in; %NULL for the default one
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR codes when the system is out of file descriptors.
 *
 * Returns: (transfer full): a watcher that is already attached
 */
QccWatcher *
qcc_watcher_new (GMainContext *context,
                 GError **error)
{
  QccWatcher *self;
  int fd = epoll_create1 (EPOLL_CLOEXEC);

  if (fd < 0)
    {
      int saved = errno;

      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (saved), g_strerror (saved));
      return NULL;
    }

  self = g_rc_box_new0 (QccWatcher);
  self->epoll_fd = fd;
  self->freed = g_ptr_array_new_with_free_func (watch_destroy);
  self->source = g_unix_fd_source_new (fd, G_IO_IN);
  g_source_set_static_name (self->source, "qcc-watcher");
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_epoll_ready), self, NULL);
  g_source_attach (self->source, context);

  return self;
}

QccWatcher *
qcc_watcher_ref (QccWatcher *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_rc_box_acquire (self);
}

static void
watcher_clear (gpointer data)
{
  QccWatcher *self = data;

  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_clear_pointer (&self->freed, g_ptr_array_unref);
  g_close (self->epoll_fd, NULL);
}

/**
 * qcc_watcher_unref:
 * @self: (transfer full): a watcher
 *
 * Each watch holds a reference too; the last one gone detaches the watcher from its loop.
 */
void
qcc_watcher_unref (QccWatcher *self)
{
  g_return_if_fail (self != NULL);

  g_rc_box_release_full (self, watcher_clear);
}

static void
control (QccWatch *self,
         QccWatchEvents events)
{
  struct epoll_event wanted = { .events = to_epoll (events), .data.ptr = self };
  int operation;

  if (events == self->events || g_socket_is_closed (self->socket))
    return;

  /* A socket that nothing is asked of must be out of the set: the kernel would go on to report
   * its end, and the loop would spin. */
  if (self->events == QCC_WATCH_NONE)
    operation = EPOLL_CTL_ADD;
  else if (events == QCC_WATCH_NONE)
    operation = EPOLL_CTL_DEL;
  else
    operation = EPOLL_CTL_MOD;

  self->events = events;
  if (epoll_ctl (self->watcher->epoll_fd, operation, g_socket_get_fd (self->socket), &wanted) < 0)
    g_critical ("epoll_ctl failed: %s", g_strerror (errno));
}

/**
 * qcc_watch_new:
 * @watcher: who watches
 * @socket: (transfer none): what is watched; at most one watch a socket
 * @events: what to report
 * @func: called in the watcher's loop
 * @user_data: for @func
 *
 * Returns: (transfer full): a watch; free it before the socket is closed
 */
QccWatch *
qcc_watch_new (QccWatcher *watcher,
               GSocket *socket,
               QccWatchEvents events,
               QccWatchFunc func,
               gpointer user_data)
{
  QccWatch *self;

  g_return_val_if_fail (watcher != NULL, NULL);
  g_return_val_if_fail (G_IS_SOCKET (socket), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  self = g_new0 (QccWatch, 1);
  self->watcher = qcc_watcher_ref (watcher);
  self->socket = g_object_ref (socket);
  self->func = func;
  self->user_data = user_data;
  control (self, events);

  return self;
}

/**
 * qcc_watch_set_events:
 * @self: a watch
 * @events: what to report from now on; %QCC_WATCH_NONE rests it
 */
void
qcc_watch_set_events (QccWatch *self,
                      QccWatchEvents events)
{
  g_return_if_fail (self != NULL && self->func != NULL);

  control (self, events);
}

/**
 * qcc_watch_free:
 * @self: (transfer full): a watch
 *
 * Its function is not called any more, not even for events of the turn that is being handed out.
 */
void
qcc_watch_free (QccWatch *self)
{
  g_autoptr (QccWatcher) watcher = NULL;

  g_return_if_fail (self != NULL && self->func != NULL);

  control (self, QCC_WATCH_NONE);
  self->func = NULL;
  watcher = g_steal_pointer (&self->watcher);

  if (watcher->dispatching)
    g_ptr_array_add (watcher->freed, self);
  else
    watch_destroy (self);
}

/**
 * qcc_socket_reset_on_close:
 * @socket: a connected TCP socket
 *
 * Makes closing it a reset, so that the peer cannot take what it got for complete.
 */
void
qcc_socket_reset_on_close (GSocket *socket)
{
  const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

  g_return_if_fail (G_IS_SOCKET (socket));

  if (!g_socket_is_closed (socket))
    setsockopt (g_socket_get_fd (socket), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/**
 * qcc_socket_set_no_delay:
 * @socket: a TCP socket
 *
 * Sends every write at once, as a stream of small events needs it.
 */
void
qcc_socket_set_no_delay (GSocket *socket)
{
  g_return_if_fail (G_IS_SOCKET (socket));

  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
}
