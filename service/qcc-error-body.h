/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *qcc_error_body_new (const char *type, const char *message);

G_END_DECLS
