/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-port-owner.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

/* The state of a listening socket in /proc/net/tcp. include/net/tcp_states.h is not part of the kernel's
 * user API. */
#define TCP_STATE_LISTEN 10

/* Bounds of a search on a machine with very many connections or open files. */
#define LINES_MAX 100000
#define SEARCH_MAX_MS 2000

#define DELETED " (deleted)"

typedef struct
{
  guint uid;
  guint64 inode;
} Listener;

/* Looks for a listening socket in a table as of proc(5). */
static gboolean
find_listener (const char *table,
               guint16 port,
               Listener *out_listener)
{
  FILE *file = fopen (table, "re");
  gboolean found = FALSE;
  char line[256];

  for (guint i = 0; file != NULL && !found && i < LINES_MAX && fgets (line, sizeof line, file) != NULL; i++)
    {
      guint local_port;
      guint state;

      found = sscanf (line, " %*u: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %u %*s %" G_GINT64_MODIFIER "u",
                      &local_port, &state, &out_listener->uid, &out_listener->inode) == 4 &&
              state == TCP_STATE_LISTEN && local_port == port;
    }
  if (file != NULL)
    fclose (file);

  return found;
}

static gboolean
holds_socket (const char *pid,
              const char *wanted)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "fd", NULL);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *fd;

  while (directory != NULL && (fd = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *link_path = g_build_filename (path, fd, NULL);
      g_autofree char *target = g_file_read_link (link_path, NULL);

      if (g_strcmp0 (target, wanted) == 0)
        return TRUE;
    }

  return FALSE;
}

/* Returns (transfer full) (nullable): the process that holds a socket; only the user's own can be looked
 * into. */
static char *
find_process (guint64 inode)
{
  g_autofree char *wanted = g_strdup_printf ("socket:[%" G_GUINT64_FORMAT "]", inode);
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  gint64 deadline = g_get_monotonic_time () + SEARCH_MAX_MS * G_TIME_SPAN_MILLISECOND;
  const char *pid;

  while (processes != NULL && g_get_monotonic_time () < deadline && (pid = g_dir_read_name (processes)) != NULL)
    {
      if (g_ascii_isdigit (*pid) && holds_socket (pid, wanted))
        return g_strdup (pid);
    }

  return NULL;
}

static char *
describe_process (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "exe", NULL);
  g_autofree char *program = g_file_read_link (path, NULL);
  g_autofree char *name = program != NULL ? g_path_get_basename (program) : g_strdup ("?");

  /* One that was updated while it ran. */
  if (g_str_has_suffix (name, DELETED))
    name[strlen (name) - strlen (DELETED)] = '\0';

  /* Translators: the name of a program and the number of its process. */
  return g_strdup_printf (_ ("%s (pid %s)"), name, pid);
}

static char *
describe_user (guint uid)
{
  char buffer[4096];
  struct passwd entry;
  struct passwd *found = NULL;

  if (getpwuid_r (uid, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
    return g_strdup_printf (_ ("a process of the user %s"), found->pw_name);

  return g_strdup_printf (_ ("a process of the user number %u"), uid);
}

/**
 * qcc_port_owner_describe:
 * @port: a TCP port
 *
 * Who listens on it, for a message about a port that is taken (spec 2.1). Blocks, for some seconds at
 * worst, so it is for threads; see qcc_port_owner_describe_async().
 *
 * A process that allows no core files, as QCC itself does, hides what it has open even from its own
 * user; then it is only known that it is one of the user's own.
 *
 * Returns: (transfer full) (nullable): the program and its number when it is this user's, else the
 *   user; %NULL when nobody listens
 */
char *
qcc_port_owner_describe (guint16 port)
{
  Listener listener;
  g_autofree char *pid = NULL;

  if (!find_listener ("/proc/net/tcp", port, &listener) && !find_listener ("/proc/net/tcp6", port, &listener))
    return NULL;

  pid = find_process (listener.inode);
  if (pid != NULL)
    return describe_process (pid);
  if (listener.uid == getuid ())
    return g_strdup (_ ("a process of yours that cannot be looked into, perhaps another QCC"));

  return describe_user (listener.uid);
}
