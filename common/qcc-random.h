/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Random bytes that nobody can guess, which GLib's generators do not give. The build chooses the file that
 * implements it. */

void qcc_random_fill (gpointer buffer, gsize size);

G_END_DECLS
