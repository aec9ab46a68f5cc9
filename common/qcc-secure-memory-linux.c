/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-secure-memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/**
 * qcc_secure_memory_alloc:
 * @size: bytes, at least 1
 *
 * Where the system refuses to keep the pages in memory (RLIMIT_MEMLOCK) the block works all the same,
 * and a debug message says so. Ends the program when there is no memory, like g_malloc().
 *
 * Returns: (transfer full): zeroed memory, to be freed with qcc_secure_memory_free()
 */
gpointer
qcc_secure_memory_alloc (gsize size)
{
  gpointer memory;

  g_return_val_if_fail (size > 0, NULL);

  memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    g_error ("No memory for a secret: %s", g_strerror (errno));

  if (mlock (memory, size) != 0)
    g_debug ("A secret may be written to swap, its memory cannot be locked: %s", g_strerror (errno));
  if (madvise (memory, size, MADV_DONTDUMP) != 0)
    g_debug ("A secret may be part of a core dump: %s", g_strerror (errno));

  return memory;
}

/**
 * qcc_secure_memory_free:
 * @memory: (transfer full): what qcc_secure_memory_alloc() returned
 * @size: the size it was allocated with
 *
 * Wipes @memory and gives it back to the system.
 */
void
qcc_secure_memory_free (gpointer memory,
                        gsize size)
{
  g_return_if_fail (memory != NULL);

  qcc_secure_memory_wipe (memory, size);
  if (munmap (memory, size) != 0)
    g_critical ("Cannot free the memory of a secret: %s", g_strerror (errno));
}

/**
 * qcc_secure_memory_wipe:
 * @memory: any writable memory
 * @size: bytes
 *
 * Overwrites @memory with zeros, which the compiler does not remove even where nobody reads them.
 */
void
qcc_secure_memory_wipe (gpointer memory,
                        gsize size)
{
  g_return_if_fail (memory != NULL);

  explicit_bzero (memory, size);
}
