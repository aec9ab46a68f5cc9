/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * QccError:
 * @QCC_ERROR_FAILED: something that has no code of its own
 * @QCC_ERROR_INVALID_ARGUMENT: a value that was given is not allowed; the message says what is
 * @QCC_ERROR_NOT_FOUND: the profile, endpoint, key or file that was named does not exist
 * @QCC_ERROR_CORRUPT: a file is damaged; the message names it and the line or member
 * @QCC_ERROR_LOCKED: the key store must be unlocked first
 * @QCC_ERROR_UNAVAILABLE: a part that is needed (key store, TLS, the port) cannot be used now
 * @QCC_ERROR_REFUSED: a rule of QCC forbids it
 * @QCC_ERROR_TIMED_OUT: a limit of QCC's own ended an attempt
 * @QCC_ERROR_EXISTS: the name or id that was given is taken
 *
 * The one error domain of QCC. Messages are translated and say what happened and what to do. On the bus
 * each code is `io.github.qcc.Error.` and its name; GDBus translates in both directions.
 */
typedef enum
{
  QCC_ERROR_FAILED,
  QCC_ERROR_INVALID_ARGUMENT,
  QCC_ERROR_NOT_FOUND,
  QCC_ERROR_CORRUPT,
  QCC_ERROR_LOCKED,
  QCC_ERROR_UNAVAILABLE,
  QCC_ERROR_REFUSED,
  QCC_ERROR_TIMED_OUT,
  QCC_ERROR_EXISTS,
} QccError;

#define QCC_ERROR (qcc_error_quark ())
GQuark qcc_error_quark (void);

G_END_DECLS
