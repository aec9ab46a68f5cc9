/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/qcc-bus-client.h"
#include "cli/qcc-call.h"

G_BEGIN_DECLS

/* How far the checks go that a verb asks for: its options `level` and, since chat costs money, `yes`. */

#define QCC_CHECK_LEVEL_OPTIONS                                                                             \
  { "level", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("How far to go; chat costs money"), "connect|api|chat" }, \
  {                                                                                                         \
    "yes", 'y', 0, G_OPTION_ARG_NONE, NULL, N_ ("Do not ask before money is spent"), NULL                   \
  }

gboolean qcc_check_level_validate (const QccCall *call, GError **error);
guint qcc_check_level_count_paid (GPtrArray *endpoints, gboolean disabled_too);
char *qcc_check_level_choose (const QccCall *call, QccDBusManager1 *manager, guint n_paid, GError **error);

G_END_DECLS
