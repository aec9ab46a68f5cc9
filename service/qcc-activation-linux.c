/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-activation.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "common/qcc-error.h"

/* The protocol of sd_listen_fds(3): the descriptors follow standard error. */
#define FIRST_DESCRIPTOR 3

/* What systemd said, as it said it. */
typedef struct
{
  char *pid;   /* (owned) (nullable) */
  char *count; /* (owned) (nullable) */
  char *names; /* (owned) (nullable): separated by colons */
} Variables;

static void
variables_clear (Variables *self)
{
  g_free (self->pid);
  g_free (self->count);
  g_free (self->names);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Variables, variables_clear)

static char *
take_variable (const char *name)
{
  char *value = g_strdup (g_getenv (name));

  g_unsetenv (name);

  return value;
}

static gboolean
parse_number (const char *name,
              const char *text,
              guint64 max,
              guint64 *out_number,
              GError **error)
{
  if (g_ascii_string_to_unsigned (text, 10, 0, max, out_number, NULL))
    return TRUE;

  g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
               _ ("%s is “%s”, which is no number of sockets or processes; the sockets handed over are not used"), name, text);
  return FALSE;
}

static int
get_option (int fd,
            int option)
{
  int value = -1;
  socklen_t length = sizeof value;

  return getsockopt (fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

/* Returns (nullable): why it cannot be listened on. */
static const char *
find_fault (int fd)
{
  int domain = get_option (fd, SO_DOMAIN);

  if (domain < 0)
    return _ ("it is no socket");
  if (domain != AF_INET && domain != AF_INET6)
    return _ ("it is no internet socket");
  if (get_option (fd, SO_TYPE) != SOCK_STREAM || get_option (fd, SO_PROTOCOL) != IPPROTO_TCP)
    return _ ("it is no TCP socket");
  if (get_option (fd, SO_ACCEPTCONN) != 1)
    return _ ("nobody can connect to it; the socket unit must not say Accept=yes");

  return NULL;
}

/* Returns (transfer full) (nullable): the socket; @fd is closed where there is none. */
static GSocket *
take_socket (int fd,
             const char *name)
{
  const char *fault = find_fault (fd);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;

  if (fault == NULL)
    {
      socket = g_socket_new_from_fd (fd, &error);
      fault = error != NULL ? error->message : NULL;
    }

  if (fault != NULL)
    {
      /* Translators: the first is the name that the socket unit gives it, the third says what is wrong. */
      g_warning (_ ("The socket “%s” (descriptor %d) handed over by systemd is not used: %s"), name, fd, fault);
      g_close (fd, NULL);
    }

  return g_steal_pointer (&socket);
}

/**
 * qcc_activation_take_sockets:
 * @error: return location for an error
 *
 * Takes the sockets that systemd opened for this process (spec 2.1). They are not inherited by
 * children, nor are the environment variables that announce them. What is no listening TCP socket
 * is closed, and a warning says what was wrong with it. Sockets for another process are left alone.
 *
 * Changes the environment, so it must be called before there is a second thread; a second call finds
 * nothing.
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT when the variables make no sense.
 *
 * Returns: (transfer full) (element-type GSocket): the sockets, none where none were handed over;
 *   %NULL with an error
 */
GPtrArray *
qcc_activation_take_sockets (GError **error)
{
  g_auto (Variables) variables = { take_variable ("LISTEN_PID"), take_variable ("LISTEN_FDS"), take_variable ("LISTEN_FDNAMES") };
  g_autoptr (GPtrArray) sockets = g_ptr_array_new_with_free_func (g_object_unref);
  g_auto (GStrv) names = g_strsplit (variables.names != NULL ? variables.names : "", ":", -1);
  guint n_names = g_strv_length (names);
  guint64 pid = 0;
  guint64 count = 0;

  if (variables.pid == NULL || variables.count == NULL)
    return g_steal_pointer (&sockets);
  if (!parse_number ("LISTEN_PID", variables.pid, G_MAXINT, &pid, error))
    return NULL;
  if ((pid_t) pid != getpid ())
    return g_steal_pointer (&sockets);
  if (!parse_number ("LISTEN_FDS", variables.count, G_MAXINT - FIRST_DESCRIPTOR, &count, error))
    return NULL;

  for (guint i = 0; i < count; i++)
    {
      int fd = FIRST_DESCRIPTOR + (int) i;
      g_autoptr (GSocket) socket = NULL;

      if (fcntl (fd, F_SETFD, FD_CLOEXEC) != 0)
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                       _ ("LISTEN_FDS is %s, but there are %u sockets only; the sockets handed over are not used"),
                       variables.count, i);
          return NULL;
        }

      socket = take_socket (fd, i < n_names ? names[i] : "unknown");
      if (socket != NULL)
        g_ptr_array_add (sockets, g_steal_pointer (&socket));
    }

  return g_steal_pointer (&sockets);
}
