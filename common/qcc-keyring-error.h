/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the user is told about the keyring of the desktop. */
GError *qcc_keyring_error_new_locked (void);
GError *qcc_keyring_error_new_no_collection (void);
gboolean qcc_keyring_error_is_absence (const GError *error);
GError *qcc_keyring_error_translate (GError *error);

G_END_DECLS
