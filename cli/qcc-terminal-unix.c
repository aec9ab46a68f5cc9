/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-terminal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>

#include "cli/qcc-cli-error.h"
#include "common/qcc-error.h"
#include "common/qcc-secure-memory.h"

/* A key, the line end that is dropped, and one more byte to see that there is more. */
#define KEY_BUFFER_SIZE (QCC_SECRET_KEY_MAX + 3)

#define ANSWER_MAX 4096 /* bytes; longer than a line that a terminal hands over */

/**
 * qcc_terminal_can_ask:
 *
 * Returns: whether there is somebody to ask: standard input and standard error are terminals
 */
gboolean
qcc_terminal_can_ask (void)
{
  return isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
}

/**
 * qcc_terminal_has_output:
 *
 * Returns: whether standard output is a terminal
 */
gboolean
qcc_terminal_has_output (void)
{
  return isatty (STDOUT_FILENO);
}

/**
 * qcc_terminal_get_width:
 *
 * Returns: columns of the terminal that standard output is, 0 when it is none or does not say
 */
guint
qcc_terminal_get_width (void)
{
  struct winsize size = { 0 };

  if (!qcc_terminal_has_output () || ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
    return 0;

  return size.ws_col;
}

/**
 * qcc_terminal_show_progress:
 * @text: clean, shorter than a line; empty to take the last one away
 *
 * Shows @text in place of the last one, where standard error is a terminal.
 */
void
qcc_terminal_show_progress (const char *text)
{
  g_return_if_fail (text != NULL);

  if (isatty (STDERR_FILENO))
    g_printerr ("\r\033[K%s", text);
}

static gboolean
set_read_error (GError **error)
{
  int code = errno;

  g_set_error (error, QCC_ERROR, QCC_ERROR_FAILED, _ ("standard input cannot be read: %s"), g_strerror (code));
  return FALSE;
}

static gboolean
set_declined (GError **error)
{
  g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_DECLINED, _ ("no answer was given; nothing was changed"));
  return FALSE;
}

/**
 * qcc_terminal_ask:
 * @question: translated, without a line break at its end
 * @error: return location for an error
 *
 * Asks and waits for a line. Only where qcc_terminal_can_ask().
 *
 * Possible errors: %QCC_CLI_ERROR_DECLINED when the input ends, %QCC_ERROR_INVALID_ARGUMENT when the answer is
 * not UTF-8, %QCC_ERROR_FAILED when it cannot be read.
 *
 * Returns: (transfer full): the answer without blanks around it, may be empty
 */
char *
qcc_terminal_ask (const char *question,
                  GError **error)
{
  char buffer[ANSWER_MAX + 1];
  gssize n_bytes;

  g_return_val_if_fail (question != NULL, NULL);

  g_printerr ("%s ", question);

  /* A terminal hands over one line a call, so nothing of the next answer is taken. */
  do
    n_bytes = read (STDIN_FILENO, buffer, ANSWER_MAX);
  while (n_bytes < 0 && errno == EINTR);

  if (n_bytes < 0)
    {
      set_read_error (error);
      return NULL;
    }
  if (n_bytes == 0)
    {
      set_declined (error);
      return NULL;
    }

  buffer[n_bytes] = '\0';
  if (!g_utf8_validate (buffer, n_bytes, NULL))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("the answer is not valid UTF-8"));
      return NULL;
    }

  return g_strdup (g_strstrip (buffer));
}

/* Signals that end a program unless it asks for them. */
static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

#define N_SOURCES (G_N_ELEMENTS (signals) + 1)

typedef struct _Typing Typing;

typedef struct
{
  Typing *typing;
  int number;
} SignalWatch;

/* A key that is being typed. */
struct _Typing
{
  GMainContext *context;       /* (owned) */
  GMainLoop *loop;             /* (owned) */
  GSource *sources[N_SOURCES]; /* (owned) */
  SignalWatch watches[G_N_ELEMENTS (signals)];
  char *buffer;   /* (owned): secure memory of %KEY_BUFFER_SIZE bytes */
  gssize n_bytes; /* what read() returned */
  int code;       /* errno of it */
  int signal;     /* that ends the program, 0 for none */
};

static gboolean
on_typed (int fd,
          GIOCondition condition,
          gpointer user_data)
{
  Typing *self = user_data;

  self->n_bytes = read (fd, self->buffer, KEY_BUFFER_SIZE);
  self->code = errno;
  g_main_loop_quit (self->loop);

  return G_SOURCE_REMOVE;
}

static gboolean
on_signal (gpointer user_data)
{
  const SignalWatch *watch = user_data;

  watch->typing->signal = watch->number;
  g_main_loop_quit (watch->typing->loop);

  return G_SOURCE_REMOVE;
}

/* From here on the signals wait for the loop, so that none finds the terminal without echo. */
static void
typing_begin (Typing *self)
{
  const guint last = G_N_ELEMENTS (signals);

  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->buffer = qcc_secure_memory_alloc (KEY_BUFFER_SIZE);
  for (guint i = 0; i < last; i++)
    {
      self->watches[i] = (SignalWatch){ self, signals[i] };
      self->sources[i] = g_unix_signal_source_new (signals[i]);
      g_source_set_callback (self->sources[i], on_signal, &self->watches[i], NULL);
    }
  self->sources[last] = g_unix_fd_source_new (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (self->sources[last], G_SOURCE_FUNC (on_typed), self, NULL);
  for (guint i = 0; i < N_SOURCES; i++)
    g_source_attach (self->sources[i], self->context);
}

/* Gives the signals back to whom they belong to; one that came does now what it would have done. */
static void
typing_end (Typing *self)
{
  for (guint i = 0; i < N_SOURCES; i++)
    {
      g_source_destroy (self->sources[i]);
      g_source_unref (self->sources[i]);
    }
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  qcc_secure_memory_free (self->buffer, KEY_BUFFER_SIZE);

  if (self->signal != 0)
    raise (self->signal);
}

/* Asks for a line that does not show. Whatever ends it, the terminal is afterwards as it was. */
static gboolean
type_without_echo (Typing *self,
                   const char *question,
                   GError **error)
{
  struct termios before;
  struct termios silent;

  if (tcgetattr (STDIN_FILENO, &before) != 0)
    return set_read_error (error);

  silent = before;
  silent.c_lflag &= ~(tcflag_t) (ECHO | ECHONL);
  silent.c_cc[VSUSP] = _POSIX_VDISABLE; /* a shell that gets the terminal would have it without echo */
  if (tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent) != 0)
    return set_read_error (error);

  /* Only now, since what was typed before the echo was off is dropped. */
  g_printerr ("%s ", question);
  g_main_loop_run (self->loop);
  tcsetattr (STDIN_FILENO, TCSANOW, &before);
  g_printerr ("\n");

  if (self->signal != 0 || self->n_bytes == 0)
    return set_declined (error);
  errno = self->code;
  return self->n_bytes > 0 || set_read_error (error);
}

/**
 * qcc_terminal_ask_key:
 * @question: translated, without a line break at its end
 * @error: return location for an error
 *
 * Asks for a key, which does not show while it is typed. Only where qcc_terminal_can_ask().
 *
 * Possible errors: %QCC_CLI_ERROR_DECLINED when the input ends, %QCC_ERROR_INVALID_ARGUMENT when it is no key,
 * %QCC_ERROR_FAILED when it cannot be read.
 *
 * Returns: (transfer full): the key, empty when the line was
 */
QccSecret *
qcc_terminal_ask_key (const char *question,
                      GError **error)
{
  Typing typing = { NULL };
  QccSecret *key = NULL;

  g_return_val_if_fail (question != NULL, NULL);

  typing_begin (&typing);
  if (type_without_echo (&typing, question, error))
    key = *typing.buffer == '\n' ? qcc_secret_new ("", 0) : qcc_secret_new_key (typing.buffer, typing.n_bytes, error);
  typing_end (&typing);

  return key;
}

/**
 * qcc_terminal_read_key:
 * @error: return location for an error
 *
 * Reads standard input to its end: a key and nothing else, but for one line break behind it.
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT when it is no key, %QCC_ERROR_FAILED when it cannot be read.
 *
 * Returns: (transfer full): the key
 */
QccSecret *
qcc_terminal_read_key (GError **error)
{
  char *buffer = qcc_secure_memory_alloc (KEY_BUFFER_SIZE);
  QccSecret *key = NULL;
  gssize total = 0;
  gssize n_bytes;

  do
    {
      n_bytes = read (STDIN_FILENO, buffer + total, (gsize) (KEY_BUFFER_SIZE - total));
      if (n_bytes > 0)
        total += n_bytes;
    }
  while ((n_bytes > 0 && total < KEY_BUFFER_SIZE) || (n_bytes < 0 && errno == EINTR));

  if (n_bytes < 0)
    set_read_error (error);
  else if ((key = qcc_secret_new_key (buffer, total, error)) == NULL)
    g_prefix_error (error, "%s", _ ("what stands on standard input is no key: "));
  qcc_secure_memory_free (buffer, KEY_BUFFER_SIZE);

  return key;
}
