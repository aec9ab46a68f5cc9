/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-secret.h"

G_BEGIN_DECLS

/*
 * The terminal that the command runs on. Questions go to standard error, so that standard output holds
 * only what was asked for. The build chooses the file that implements it.
 */

gboolean qcc_terminal_can_ask (void);
gboolean qcc_terminal_has_output (void);
guint qcc_terminal_get_width (void);
void qcc_terminal_show_progress (const char *text);

char *qcc_terminal_ask (const char *question, GError **error);
QccSecret *qcc_terminal_ask_key (const char *question, GError **error);
QccSecret *qcc_terminal_read_key (GError **error);

G_END_DECLS
