/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * QccPeer:
 * @QCC_PEER_SAME_USER: the connection belongs to the user that this process runs as
 * @QCC_PEER_OTHER_USER: it belongs to somebody else, or to nobody any more
 * @QCC_PEER_UNKNOWN: this system does not tell
 * @QCC_PEER_REMOTE: it did not come over loopback, so that nobody can tell
 *
 * Whose a connection is. root is another user as well: a connection whose process
 * has closed it looks as if it were root's, so that letting root in would let everybody in who
 * does not wait for the answer.
 */
typedef enum
{
  QCC_PEER_SAME_USER,
  QCC_PEER_OTHER_USER,
  QCC_PEER_UNKNOWN,
  QCC_PEER_REMOTE,
} QccPeer;

QccPeer qcc_peer_check (GSocketAddress *client, GSocketAddress *server);

G_END_DECLS
