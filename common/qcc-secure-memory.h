/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Memory for secrets (spec 3.4): kept out of swap and core dumps as far as the system allows, and wiped
 * before it is given back. Each block takes whole pages of its own, so this is for few and long-lived
 * values. The build chooses the file that implements it.
 */

gpointer qcc_secure_memory_alloc (gsize size);
void qcc_secure_memory_free (gpointer memory, gsize size);
void qcc_secure_memory_wipe (gpointer memory, gsize size);

G_END_DECLS
