/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Text for terminals. Widths are columns: a wide character takes two, a combining one none. Pure. */

#define QCC_TEXT_WIDTH_DEFAULT 80

guint qcc_text_width (const char *text);
char *qcc_text_clean (const char *text);
char *qcc_text_shorten (const char *text, guint width);
char *qcc_text_fold (const char *text, guint width, guint indent);
void qcc_text_append_field (GString *text, const char *label, const char *value, guint label_width);
gboolean qcc_text_looks_like_key (const char *text);

G_END_DECLS
