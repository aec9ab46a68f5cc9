/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-peer.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  struct nlmsghdr header;
  struct inet_diag_req_v2 body;
} Request;

static void
fill_address (GSocketAddress *address,
              guint8 *out_family,
              __be32 *out_address,
              __be16 *out_port)
{
  GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS (address);
  GInetAddress *host = g_inet_socket_address_get_address (inet);

  *out_family = (guint8) g_socket_address_get_family (address);
  memcpy (out_address, g_inet_address_to_bytes (host), g_inet_address_get_native_size (host));
  *out_port = htons (g_inet_socket_address_get_port (inet));
}

/* Asks the kernel for one TCP socket by its two ends. Returns FALSE where the kernel cannot be
 * asked; a socket that does not exist any more is @found = FALSE. */
static gboolean
look_up_socket (GSocketAddress *local,
                GSocketAddress *remote,
                gboolean *found,
                struct inet_diag_msg *out_socket)
{
  Request request = { .header = { .nlmsg_len = sizeof request,
                                  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                                  .nlmsg_flags = NLM_F_REQUEST } };
  guint8 answer[4096] __attribute__ ((aligned (NLMSG_ALIGNTO)));
  const struct nlmsghdr *header = (const struct nlmsghdr *) answer;
  gssize length = -1;
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

  if (fd < 0)
    return FALSE;

  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = ~0U;
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  fill_address (local, &request.body.sdiag_family,
                request.body.id.idiag_src, &request.body.id.idiag_sport);
  fill_address (remote, &request.body.sdiag_family,
                request.body.id.idiag_dst, &request.body.id.idiag_dport);

  if (send (fd, &request, sizeof request, 0) == (gssize) sizeof request)
    length = recv (fd, answer, sizeof answer, 0);
  close (fd);

  if (length < (gssize) NLMSG_LENGTH (sizeof (struct nlmsgerr)))
    return FALSE;

  if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY)
    {
      memcpy (out_socket, NLMSG_DATA (header), sizeof *out_socket);
      *found = TRUE;
      return TRUE;
    }

  *found = FALSE;
  return header->nlmsg_type == NLMSG_ERROR &&
         ((const struct nlmsgerr *) NLMSG_DATA (header))->error == -ENOENT;
}

static gboolean
is_loopback (GSocketAddress *address)
{
  GInetAddress *host = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  struct in6_addr bytes;

  if (g_inet_address_get_is_loopback (host))
    return TRUE;
  if (g_inet_address_get_family (host) != G_SOCKET_FAMILY_IPV6)
    return FALSE;

  /* 127.0.0.0/8 as an IPv6 socket sees it. */
  memcpy (&bytes, g_inet_address_to_bytes (host), sizeof bytes);
  return IN6_IS_ADDR_V4MAPPED (&bytes) && bytes.s6_addr[12] == 127;
}

/**
 * qcc_peer_check:
 * @client: the remote end of a connection that was accepted
 * @server: its local end
 *
 * Asks the kernel whose the other end is, where it is on this machine. Does not block.
 *
 * Returns: whose it is
 */
QccPeer
qcc_peer_check (GSocketAddress *client,
                GSocketAddress *server)
{
  struct inet_diag_msg found_socket;
  gboolean found;

  g_return_val_if_fail (G_IS_INET_SOCKET_ADDRESS (client), QCC_PEER_UNKNOWN);
  g_return_val_if_fail (G_IS_INET_SOCKET_ADDRESS (server), QCC_PEER_UNKNOWN);

  if (!is_loopback (client))
    return QCC_PEER_REMOTE;
  if (!look_up_socket (client, server, &found, &found_socket))
    return QCC_PEER_UNKNOWN;

  return found && found_socket.idiag_uid == getuid () ? QCC_PEER_SAME_USER : QCC_PEER_OTHER_USER;
}
