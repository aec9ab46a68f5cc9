/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Ports of the loopback interface, tried by opening them. Somebody else may take one a moment later. */

gboolean qcc_free_port_check (guint port);
guint qcc_free_port_find (guint after);

G_END_DECLS
