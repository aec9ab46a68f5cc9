/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Files that are replaced as a whole, so that whoever reads one finds the state before or after, also when
 * the program is killed or the disk is full. Every function blocks: for worker threads only, from several
 * of which and from several programs they may be called at once.
 */

GBytes *qcc_atomic_file_read (const char *path, gsize size_max, GError **error);
gboolean qcc_atomic_file_replace (const char *path, GBytes *expected, GBytes *content, GError **error);
char *qcc_atomic_file_resolve (const char *path);
void qcc_atomic_file_remove_leftovers (const char *folder);

G_END_DECLS
