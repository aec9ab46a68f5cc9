/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

const char *qcc_policy_rules_describe (const char *name);
gboolean qcc_policy_rules_is_local (const char *host);
gboolean qcc_policy_rules_check (const char *name,
                                 const char *text,
                                 const char *host,
                                 gboolean require_token,
                                 GError **error);

G_END_DECLS
