/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/qcc-cli-run.h"

G_BEGIN_DECLS

QccCliRun *qcc_terminal_fixture_run (GSubprocessLauncher *launcher,
                                     const char *program,
                                     const char *const *args,
                                     const char *const *conversation);

/* In a conversation: the key stroke that interrupts. */
#define QCC_TERMINAL_INTERRUPT "\003"

G_END_DECLS
