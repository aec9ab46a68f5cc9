/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * QccFakeEnd:
 * @QCC_FAKE_END_NONE: the connection goes on
 * @QCC_FAKE_END_FIN: to be closed in the usual way
 * @QCC_FAKE_END_LINGER: to be closed although the client may still be sending
 * @QCC_FAKE_END_RESET: to be reset
 * @QCC_FAKE_END_GONE: the client left, or the provider stops
 *
 * How a connection ends.
 */
typedef enum
{
  QCC_FAKE_END_NONE,
  QCC_FAKE_END_FIN,
  QCC_FAKE_END_LINGER,
  QCC_FAKE_END_RESET,
  QCC_FAKE_END_GONE,
} QccFakeEnd;

/**
 * QccFakeWire:
 *
 * The bytes of one connection, plain or TLS. Belongs to the one thread that serves the connection and blocks it;
 * only qcc_fake_wire_wake() may be called from others. Once it has an end nothing can be sent or read any more: all
 * functions return %FALSE, so that a caller only has to stop. While it waits it notices at once that the client
 * leaves; a client that closes its sending side has left.
 */
typedef struct _QccFakeWire QccFakeWire;

/**
 * QccFakeWireCheck:
 * @user_data: what was given to qcc_fake_wire_wait()
 *
 * Returns: whether the wait is over
 */
typedef gboolean (*QccFakeWireCheck) (gpointer user_data);

QccFakeWire *qcc_fake_wire_new (GSocket *socket, GTlsCertificate *certificate, GCancellable *cancellable);
void qcc_fake_wire_free (QccFakeWire *self);

gboolean qcc_fake_wire_handshake (QccFakeWire *self);
gboolean qcc_fake_wire_write (QccFakeWire *self, gconstpointer data, gsize length);
void qcc_fake_wire_set_drip (QccFakeWire *self, gsize n);
gboolean qcc_fake_wire_wait (QccFakeWire *self, gint64 until, QccFakeWireCheck check, gpointer user_data);
void qcc_fake_wire_wake (QccFakeWire *self);

const char *qcc_fake_wire_peek (QccFakeWire *self, gsize *out_length);
void qcc_fake_wire_consume (QccFakeWire *self, gsize n);
gboolean qcc_fake_wire_fill (QccFakeWire *self);

void qcc_fake_wire_end (QccFakeWire *self, QccFakeEnd end);
gboolean qcc_fake_wire_is_open (QccFakeWire *self);
void qcc_fake_wire_close (QccFakeWire *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFakeWire, qcc_fake_wire_free)

G_END_DECLS
