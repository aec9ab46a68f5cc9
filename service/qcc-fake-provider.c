/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-provider.h"

#include "service/qcc-fake-board.h"
#include "service/qcc-fake-book.h"
#include "service/qcc-fake-player.h"
#include "service/qcc-fake-reader.h"

#define BACKLOG 1024

struct _QccFakeProvider
{
  GObject parent_instance;

  GTlsCertificate *certificate; /* (owned) (nullable) */
  QccFakeBoard *board;          /* (owned) */
  QccFakeBook *book;            /* (owned) */

  guint16 port;
  GThread *listener;             /* (owned) (nullable): accepts */
  GCancellable *listener_cancel; /* (owned) (nullable) */
  GThreadPool *connections;      /* (owned) (nullable) */
  GCancellable *cancellable;     /* (owned) (nullable): of all connections */
  int close_on_accept;           /* atomic */
  int die_on_reuse;              /* atomic */
};

G_DEFINE_FINAL_TYPE (QccFakeProvider, qcc_fake_provider, G_TYPE_OBJECT)

static void
qcc_fake_provider_finalize (GObject *object)
{
  QccFakeProvider *self = QCC_FAKE_PROVIDER (object);

  qcc_fake_provider_stop (self);
  g_clear_pointer (&self->book, qcc_fake_book_free);
  g_clear_pointer (&self->board, qcc_fake_board_free);
  g_clear_object (&self->certificate);

  G_OBJECT_CLASS (qcc_fake_provider_parent_class)->finalize (object);
}

static void
qcc_fake_provider_class_init (QccFakeProviderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_fake_provider_finalize;
}

static void
qcc_fake_provider_init (QccFakeProvider *self)
{
  self->board = qcc_fake_board_new ();
  self->book = qcc_fake_book_new ();
}

/**
 * qcc_fake_provider_new:
 * @certificate: (nullable) (transfer none): to speak TLS with; %NULL for plain HTTP
 *
 * Returns: (transfer full): a provider that does not listen yet
 */
QccFakeProvider *
qcc_fake_provider_new (GTlsCertificate *certificate)
{
  QccFakeProvider *self = g_object_new (QCC_TYPE_FAKE_PROVIDER, NULL);

  g_set_object (&self->certificate, certificate);

  return self;
}

typedef struct
{
  QccFakeProvider *provider;
  QccFakeWire *wire;
  guint epoch;
} IdleData;

static gboolean
is_idle_over (gpointer user_data)
{
  IdleData *data = user_data;
  gsize length;

  qcc_fake_wire_peek (data->wire, &length);
  return length > 0 || qcc_fake_board_get_idle_epoch (data->provider->board) != data->epoch;
}

static gboolean
serve_request (QccFakeProvider *self,
               QccFakeWire *wire,
               guint connection,
               guint number)
{
  g_autoptr (QccFakeRequest) request = NULL;
  g_autoptr (QccFakeScript) script = NULL;

  if (number > 1 && g_atomic_int_get (&self->die_on_reuse))
    {
      qcc_fake_wire_end (wire, QCC_FAKE_END_FIN);
      return FALSE;
    }

  request = qcc_fake_reader_read (wire, connection, number);
  qcc_fake_board_record (self->board, request);
  script = qcc_fake_book_choose (self->book, request);
  return qcc_fake_player_play (wire, self->board, request, script);
}

static void
serve_connection (gpointer data,
                  gpointer user_data)
{
  QccFakeProvider *self = user_data;
  g_autoptr (GSocket) socket = data;
  guint connection = qcc_fake_board_accept (self->board);
  QccFakeWire *wire = qcc_fake_wire_new (socket, self->certificate, self->cancellable);
  guint epoch = qcc_fake_board_get_idle_epoch (self->board);
  gboolean open;

  qcc_fake_board_enter (self->board, wire);
  if (g_atomic_int_get (&self->close_on_accept))
    qcc_fake_wire_end (wire, QCC_FAKE_END_FIN);
  open = qcc_fake_wire_is_open (wire) && qcc_fake_wire_handshake (wire);

  for (guint number = 1; open; number++)
    {
      IdleData idle = { self, wire, epoch };
      gsize received;

      /* What a client sent before it left is recorded all the same. */
      qcc_fake_wire_wait (wire, -1, is_idle_over, &idle);
      qcc_fake_wire_peek (wire, &received);
      if (received == 0)
        break;

      epoch = qcc_fake_board_get_idle_epoch (self->board);
      open = serve_request (self, wire, connection, number);
    }

  qcc_fake_wire_close (wire);
  qcc_fake_board_leave (self->board, wire);
  qcc_fake_wire_free (wire);
}

typedef struct
{
  QccFakeProvider *provider;
  GSocket *socket;
  GCancellable *cancellable;
} Listener;

static gpointer
listen_thread (gpointer user_data)
{
  g_autofree Listener *listener = user_data;
  GSocket *accepted;

  while ((accepted = g_socket_accept (listener->socket, listener->cancellable, NULL)) != NULL)
    {
      g_thread_pool_push (listener->provider->connections, accepted, NULL);
    }

  g_socket_close (listener->socket, NULL);
  g_object_unref (listener->socket);
  g_object_unref (listener->cancellable);
  return NULL;
}

static gboolean
open_listener (QccFakeProvider *self,
               guint16 port,
               GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GSocketAddress) bound = NULL;
  Listener *listener;

  if (socket == NULL)
    return FALSE;

  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, TRUE, error) || !g_socket_listen (socket, error))
    return FALSE;
  bound = g_socket_get_local_address (socket, error);
  if (bound == NULL)
    return FALSE;

  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  self->listener_cancel = g_cancellable_new ();
  listener = g_new0 (Listener, 1);
  listener->provider = self;
  listener->socket = g_steal_pointer (&socket);
  listener->cancellable = g_object_ref (self->listener_cancel);
  self->listener = g_thread_new ("fake-listener", listen_thread, listener);

  return TRUE;
}

static void
close_listener (QccFakeProvider *self)
{
  if (self->listener == NULL)
    return;

  g_cancellable_cancel (self->listener_cancel);
  g_thread_join (g_steal_pointer (&self->listener));
  g_clear_object (&self->listener_cancel);
}

/**
 * qcc_fake_provider_start:
 * @self: a provider that does not listen
 * @port: a port, 0 for any that is free
 * @error: return location for an error
 *
 * Possible errors: %G_IO_ERROR codes of binding.
 *
 * Returns: whether it listens
 */
gboolean
qcc_fake_provider_start (QccFakeProvider *self,
                         guint16 port,
                         GError **error)
{
  g_return_val_if_fail (QCC_IS_FAKE_PROVIDER (self), FALSE);
  g_return_val_if_fail (self->connections == NULL, FALSE);

  self->cancellable = g_cancellable_new ();
  self->connections = g_thread_pool_new (serve_connection, self, -1, FALSE, NULL);
  if (open_listener (self, port, error))
    return TRUE;

  qcc_fake_provider_stop (self);
  return FALSE;
}

/**
 * qcc_fake_provider_stop:
 * @self: a provider
 *
 * Refuses connections from now on and ends those that there are. Blocks until they are gone.
 */
void
qcc_fake_provider_stop (QccFakeProvider *self)
{
  g_return_if_fail (QCC_IS_FAKE_PROVIDER (self));

  close_listener (self);
  if (self->connections == NULL)
    return;

  g_cancellable_cancel (self->cancellable);
  qcc_fake_board_wake_all (self->board);
  g_thread_pool_free (g_steal_pointer (&self->connections), FALSE, TRUE);
  g_clear_object (&self->cancellable);
}

guint16
qcc_fake_provider_get_port (QccFakeProvider *self)
{
  g_return_val_if_fail (QCC_IS_FAKE_PROVIDER (self), 0);

  return self->port;
}

/**
 * qcc_fake_provider_dup_url:
 * @self: a provider that listens
 *
 * Returns: (transfer full): its base URL
 */
char *
qcc_fake_provider_dup_url (QccFakeProvider *self)
{
  g_return_val_if_fail (QCC_IS_FAKE_PROVIDER (self), NULL);

  if (self->certificate != NULL)
    return g_strdup_printf ("https://localhost:%u", self->port);

  return g_strdup_printf ("http://127.0.0.1:%u", self->port);
}

/**
 * qcc_fake_provider_set_refusing:
 * @self: a provider that was started
 * @refusing: whether connections are refused
 *
 * Closes or opens the port; connections that there are go on.
 */
void
qcc_fake_provider_set_refusing (QccFakeProvider *self,
                                gboolean refusing)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (QCC_IS_FAKE_PROVIDER (self));

  if (refusing)
    close_listener (self);
  else if (self->listener == NULL && !open_listener (self, self->port, &error))
    g_error ("port %u cannot be opened again: %s", self->port, error->message);
}

/**
 * qcc_fake_provider_set_close_on_accept:
 * @close_on_accept: whether connections are closed as soon as they are accepted
 */
void
qcc_fake_provider_set_close_on_accept (QccFakeProvider *self,
                                       gboolean close_on_accept)
{
  g_atomic_int_set (&self->close_on_accept, close_on_accept);
}

/**
 * qcc_fake_provider_set_die_on_reuse:
 * @die_on_reuse: whether a connection is closed, without any byte, when a second request comes on it
 */
void
qcc_fake_provider_set_die_on_reuse (QccFakeProvider *self,
                                    gboolean die_on_reuse)
{
  g_atomic_int_set (&self->die_on_reuse, die_on_reuse);
}

/* Closes all connections that wait for a request. */
void
qcc_fake_provider_close_idle (QccFakeProvider *self)
{
  qcc_fake_board_close_idle (self->board);
}

/**
 * qcc_fake_provider_set_key:
 * @self: a provider
 * @key: (nullable): the only key that is let in
 */
void
qcc_fake_provider_set_key (QccFakeProvider *self,
                           const char *key)
{
  qcc_fake_book_set_key (self->book, key);
}

/**
 * qcc_fake_provider_set_recording:
 * @self: a provider
 * @recording: whether requests are kept for qcc_fake_provider_get_request()
 */
void
qcc_fake_provider_set_recording (QccFakeProvider *self,
                                 gboolean recording)
{
  qcc_fake_board_set_recording (self->board, recording);
}

/**
 * qcc_fake_provider_push_script:
 * @self: a provider
 * @script: how to answer one of the next requests for messages; they are used in order
 * @error: return location for an error
 *
 * Returns: whether the script can be understood
 */
gboolean
qcc_fake_provider_push_script (QccFakeProvider *self,
                               const char *script,
                               GError **error)
{
  return qcc_fake_book_push (self->book, script, error);
}

/**
 * qcc_fake_provider_set_script:
 * @self: a provider
 * @path: (nullable): which requests; %NULL for those for messages, `*` for all, whatever was set before
 * @script: how to answer them when no pushed script is left
 * @error: return location for an error
 *
 * Returns: whether the script can be understood
 */
gboolean
qcc_fake_provider_set_script (QccFakeProvider *self,
                              const char *path,
                              const char *script,
                              GError **error)
{
  return qcc_fake_book_set (self->book, path, script, error);
}

/**
 * qcc_fake_provider_release:
 * @self: a provider
 * @gate: lets every `hold` of that name go on, now and later
 */
void
qcc_fake_provider_release (QccFakeProvider *self,
                           const char *gate)
{
  qcc_fake_board_release (self->board, gate);
}

/**
 * qcc_fake_provider_wait_gate:
 * @self: a provider
 * @gate: a gate
 * @timeout_ms: how long to wait
 *
 * Returns: whether some connection stands at `hold @gate`
 */
gboolean
qcc_fake_provider_wait_gate (QccFakeProvider *self,
                             const char *gate,
                             guint timeout_ms)
{
  return qcc_fake_board_wait_gate (self->board, gate, timeout_ms);
}

guint
qcc_fake_provider_get_n_requests (QccFakeProvider *self)
{
  return (guint) qcc_fake_board_get_figure (self->board, QCC_FAKE_FIGURE_REQUESTS);
}

guint
qcc_fake_provider_get_n_connections (QccFakeProvider *self)
{
  return (guint) qcc_fake_board_get_figure (self->board, QCC_FAKE_FIGURE_CONNECTIONS);
}

guint
qcc_fake_provider_get_n_open (QccFakeProvider *self)
{
  return (guint) qcc_fake_board_get_figure (self->board, QCC_FAKE_FIGURE_OPEN);
}

/**
 * qcc_fake_provider_get_request:
 * @self: a provider
 * @index: of the request, 0 is the first
 *
 * Returns: (transfer full) (nullable): what was received, %NULL when not so many requests were recorded
 */
QccFakeRequest *
qcc_fake_provider_get_request (QccFakeProvider *self,
                               guint index)
{
  return qcc_fake_board_get_request (self->board, index);
}

/**
 * qcc_fake_provider_wait_requests:
 * @self: a provider
 * @n: how many requests must have come since it was made
 * @timeout_ms: how long to wait
 *
 * Returns: whether they came in time
 */
gboolean
qcc_fake_provider_wait_requests (QccFakeProvider *self,
                                 guint n,
                                 guint timeout_ms)
{
  return qcc_fake_board_wait_at_least (self->board, QCC_FAKE_FIGURE_REQUESTS, n, timeout_ms);
}

/**
 * qcc_fake_provider_wait_open:
 * @self: a provider
 * @n_open: how many connections must be open
 * @timeout_ms: how long to wait
 *
 * Returns: whether it came to that in time
 */
gboolean
qcc_fake_provider_wait_open (QccFakeProvider *self,
                             guint n_open,
                             guint timeout_ms)
{
  return qcc_fake_board_wait_exactly (self->board, QCC_FAKE_FIGURE_OPEN, n_open, timeout_ms);
}

/**
 * qcc_fake_provider_wait_bytes:
 * @self: a provider
 * @n: how many bytes of bodies must have been sent since it was made
 * @timeout_ms: how long to wait
 *
 * Returns: whether they were sent in time
 */
gboolean
qcc_fake_provider_wait_bytes (QccFakeProvider *self,
                              guint64 n,
                              guint timeout_ms)
{
  return qcc_fake_board_wait_at_least (self->board, QCC_FAKE_FIGURE_BYTES, n, timeout_ms);
}
