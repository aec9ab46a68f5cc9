/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GUri *qcc_base_url_parse (const char *text, GError **error);
GUri *qcc_base_url_join (GUri *base, const char *path, const char *query);

G_END_DECLS
