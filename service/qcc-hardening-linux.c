/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-hardening.h"

#include <glib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/**
 * qcc_hardening_apply:
 *
 * Keeps keys out of core files and from processes of the same user that are not root (spec 3.4),
 * and allows as many connections as the system lets this process have.
 */
void
qcc_hardening_apply (void)
{
  const struct rlimit no_core = { 0, 0 };
  struct rlimit files;

  if (setrlimit (RLIMIT_CORE, &no_core) != 0 || prctl (PR_SET_DUMPABLE, 0) != 0)
    g_warning ("Core files cannot be switched off; one could hold keys");

  if (getrlimit (RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max)
    {
      files.rlim_cur = files.rlim_max;
      setrlimit (RLIMIT_NOFILE, &files);
    }
}
