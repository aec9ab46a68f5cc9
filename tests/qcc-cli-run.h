/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * QccCliRun:
 * @exit_code: what the program ended with
 * @out: (owned): standard output
 * @err: (owned): standard error
 *
 * What came of a run of `qcc`.
 */
typedef struct
{
  int exit_code;
  char *out;
  char *err;
} QccCliRun;

QccCliRun *qcc_cli_run_program (const char *program, const char *const *args, const char *input);
QccCliRun *qcc_cli_run_with (GSubprocessLauncher *launcher, const char *program, const char *const *args, const char *input);
void qcc_cli_run_free (QccCliRun *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccCliRun, qcc_cli_run_free)

G_END_DECLS
