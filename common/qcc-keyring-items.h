/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsecret/secret.h>

G_BEGIN_DECLS

/* What a search in the Secret Service has found; for its back end only. */

SecretItem *qcc_keyring_items_find_newest (GList *items);
gboolean qcc_keyring_items_has_locked (GList *items);

G_END_DECLS
