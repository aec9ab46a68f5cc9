/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean qcc_proxy_url_check (const char *text, GError **error);

G_END_DECLS
