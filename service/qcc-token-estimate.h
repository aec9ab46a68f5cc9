/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint64 qcc_token_estimate (const char *body, gsize length);

G_END_DECLS
