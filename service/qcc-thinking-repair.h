/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A conversation that began at another provider carries thinking blocks whose signatures the next one refuses. This
 * takes them out (spec 4.3). Pure: no I/O, any thread.
 */

gboolean qcc_thinking_is_refused (guint status, const char *text, gsize length);
GBytes *qcc_thinking_repair (GBytes *body);

G_END_DECLS
