/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/qcc-platform-key-store.h"

G_BEGIN_DECLS

/* What the verbs about keys ask of key stores. Calls block. */

QccSecret *qcc_key_calls_lookup (QccKeyStore *store, const char *id, const char **out_kind, GError **error);
gboolean qcc_key_calls_remove (QccKeyStore *store, const char *id, GError **error);
QccPlatformKeyStoreState qcc_key_calls_get_keyring_state (void);
gboolean qcc_key_calls_unlock (GError **error);
gboolean qcc_key_calls_choose_file (GError **error);

G_END_DECLS
