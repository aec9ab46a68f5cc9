/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-peer.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

/* include/net/tcp_states.h is not part of the kernel's user API. */
#define TCP_STATE_LISTEN 10

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
                guint32 states,
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
  request.body.idiag_states = states;
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  fill_address (local, &request.body.sdiag_family,
                request.body.id.idiag_src, &request.body.id.idiag_sport);
  if (remote != NULL)
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

/**
 * qcc_peer_check:
 * @client: the remote end of a connection that was accepted
 * @server: its local end
 *
 * Asks the kernel whose the other end is. Does not block.
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

  if (!look_up_socket (client, server, ~0U, &found, &found_socket))
    return QCC_PEER_UNKNOWN;

  return found && found_socket.idiag_uid == getuid () ? QCC_PEER_SAME_USER : QCC_PEER_OTHER_USER;
}

/* The process that holds a socket, by its inode; only the user's own processes can be looked into. */
static char *
find_process (guint32 inode)
{
  g_autofree char *wanted = g_strdup_printf ("socket:[%u]", inode);
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const char *pid;

  while (processes != NULL && (pid = g_dir_read_name (processes)) != NULL)
    {
      g_autofree char *fd_path = g_build_filename ("/proc", pid, "fd", NULL);
      g_autoptr (GDir) fds = g_ascii_isdigit (*pid) ? g_dir_open (fd_path, 0, NULL) : NULL;
      const char *fd;

      while (fds != NULL && (fd = g_dir_read_name (fds)) != NULL)
        {
          g_autofree char *link_path = g_build_filename (fd_path, fd, NULL);
          g_autofree char *target = g_file_read_link (link_path, NULL);

          if (g_strcmp0 (target, wanted) == 0)
            {
              g_autofree char *exe_path = g_build_filename ("/proc", pid, "exe", NULL);
              g_autofree char *exe = g_file_read_link (exe_path, NULL);
              g_autofree char *name = exe != NULL ? g_path_get_basename (exe) : NULL;

              return g_strdup_printf (_ ("the process %s (number %s)"), name != NULL ? name : "?", pid);
            }
        }
    }

  return NULL;
}

/**
 * qcc_peer_describe_listener:
 * @address: an address that somebody listens on
 *
 * For the message about a port that is taken. Reads /proc, so it is for start-up only.
 *
 * Returns: (transfer full) (nullable): the process when it is this user's, else the user; %NULL
 *   when neither can be found out
 */
char *
qcc_peer_describe_listener (GSocketAddress *address)
{
  struct inet_diag_msg found_socket;
  gboolean found;
  char *process;
  const struct passwd *owner;

  g_return_val_if_fail (G_IS_INET_SOCKET_ADDRESS (address), NULL);

  if (!look_up_socket (address, NULL, 1U << TCP_STATE_LISTEN, &found, &found_socket) || !found)
    return NULL;

  process = find_process (found_socket.idiag_inode);
  if (process != NULL)
    return process;

  owner = getpwuid (found_socket.idiag_uid);
  if (owner != NULL)
    return g_strdup_printf (_ ("a process of the user %s"), owner->pw_name);

  return g_strdup_printf (_ ("a process of the user number %u"), found_socket.idiag_uid);
}
