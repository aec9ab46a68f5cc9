/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-random.h"

#include <errno.h>
#include <sys/random.h>

/* Up to here the kernel neither gives less than was asked for nor lets a signal interrupt. */
#define ATOMIC_SIZE 256

/**
 * qcc_random_fill:
 * @buffer: where to put them
 * @size: how many bytes, at most 256
 *
 * Fills @buffer with bytes of the kernel's generator. Ends the program where there is none, since no secret
 * may be made of anything else.
 */
void
qcc_random_fill (gpointer buffer,
                 gsize size)
{
  g_return_if_fail (buffer != NULL);
  g_return_if_fail (size <= ATOMIC_SIZE);

  if (getrandom (buffer, size, 0) != (gssize) size)
    g_error ("The system gives no random numbers: %s", g_strerror (errno));
}
