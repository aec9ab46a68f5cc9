/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The command. It lives for one call of a verb, so it blocks: every call of the service and of the key store is
 * waited for in place (`_sync`, or the loop run until the answer is there). Nothing else runs meanwhile.
 *
 * An error is a line on standard error, "qcc: message". With --json there is an object on standard output too,
 * {"error":{"code":"NotFound","message":"..."}}, so that a program that reads standard output as JSON always can.
 */

int qcc_cli_run (const char *const *args);
gboolean qcc_cli_set_unknown_verb (const char *const *words, GError **error);

G_END_DECLS
