/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-keyring-error.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

/**
 * qcc_keyring_error_new_locked:
 *
 * Returns: (transfer full): %QCC_ERROR_LOCKED
 */
GError *
qcc_keyring_error_new_locked (void)
{
  return g_error_new_literal (QCC_ERROR, QCC_ERROR_LOCKED,
                              _ ("the keyring is locked; unlock it with “qcc keys unlock”, or log in on the desktop"));
}

/**
 * qcc_keyring_error_new_no_collection:
 *
 * Returns: (transfer full): %QCC_ERROR_UNAVAILABLE, for a daemon that has nothing to keep keys in
 */
GError *
qcc_keyring_error_new_no_collection (void)
{
  return g_error_new_literal (QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                              _ ("the desktop has no default keyring yet; create one in its password manager, or choose "
                                 "the key file with “qcc keys file”"));
}

/**
 * qcc_keyring_error_is_absence:
 * @error: what GDBus or libsecret said when the daemon was to be reached
 *
 * Returns: whether it says that there is no daemon, rather than that one does not answer
 */
gboolean
qcc_keyring_error_is_absence (const GError *error)
{
  return !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
         !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) &&
         !g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY);
}

/**
 * qcc_keyring_error_translate:
 * @error: (transfer full) (nullable): what GDBus or libsecret said
 *
 * Returns: (transfer full): %G_IO_ERROR_CANCELLED as it is, anything else as %QCC_ERROR_UNAVAILABLE
 */
GError *
qcc_keyring_error_translate (GError *error)
{
  g_autoptr (GError) owned = error;

  if (g_error_matches (owned, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_steal_pointer (&owned);

  if (owned != NULL)
    g_dbus_error_strip_remote_error (owned);

  return g_error_new (QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                      _ ("the keyring of the desktop cannot be used (%s); log in on the desktop, or choose the key file with "
                         "“qcc keys file”"),
                      owned != NULL ? owned->message : _ ("it gave no reason"));
}
