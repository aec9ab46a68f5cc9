/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void qcc_bench_mock_run (void) G_GNUC_NORETURN;

G_END_DECLS
