/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *qcc_explain_text_format (GVariant *explanation, guint width, gint64 now);

G_END_DECLS
