/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void qcc_log_init (void);
void qcc_log_set_level (GLogLevelFlags level);

G_END_DECLS
