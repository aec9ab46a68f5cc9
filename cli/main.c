/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <locale.h>

#include <glib/gi18n-lib.h>

#include "cli/qcc-cli.h"
#include "common/qcc-error.h"

int
main (int argc,
      char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, QCC_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("qcc");

  /* Errors of the service become ours only after GDBus knows their names. */
  (void) qcc_error_quark ();

  return qcc_cli_run ((const char *const *) argv);
}
