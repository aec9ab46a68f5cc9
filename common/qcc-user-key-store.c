/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-user-key-store.h"

#include "common/qcc-key-store-chain.h"
#include "common/qcc-key-store-credentials.h"
#include "common/qcc-key-store-file.h"
#include "common/qcc-platform-key-store.h"

static char *
dup_file_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "qcc", "keys.json", NULL);
}

/**
 * qcc_user_key_store_new:
 *
 * Creates the key store that the service and its clients all use (spec 11.3): the credentials that systemd gave
 * this process, the key store of the desktop, and the file keys.json in the configuration folder, once the user
 * has chosen that. See qcc_key_store_chain_new() for how they work together.
 *
 * Returns: (transfer full): a new key store
 */
QccKeyStore *
qcc_user_key_store_new (void)
{
  const char *directory = g_getenv ("CREDENTIALS_DIRECTORY");
  g_autofree char *path = dup_file_path ();
  g_autoptr (GFile) key_file = g_file_new_for_path (path);
  g_autoptr (QccKeyStore) credentials = qcc_key_store_credentials_new (directory);
  g_autoptr (QccKeyStore) platform = qcc_platform_key_store_new ();
  g_autoptr (QccKeyStore) file = qcc_key_store_file_new (key_file);
  QccKeyStore *stores[] = { credentials, platform, file };

  /* Without credentials nobody is to read that they cannot be written to. */
  if (directory == NULL)
    return qcc_key_store_chain_new (stores + 1, G_N_ELEMENTS (stores) - 1);

  return qcc_key_store_chain_new (stores, G_N_ELEMENTS (stores));
}

/**
 * qcc_user_key_store_get_platform:
 * @self: what qcc_user_key_store_new() returned
 *
 * Returns: (transfer none): the key store of the desktop, for qcc_platform_key_store_unlock_async()
 */
QccKeyStore *
qcc_user_key_store_get_platform (QccKeyStore *self)
{
  g_return_val_if_fail (QCC_IS_KEY_STORE_CHAIN (self), NULL);

  return qcc_key_store_chain_find (QCC_KEY_STORE_CHAIN (self), QCC_TYPE_PLATFORM_KEY_STORE);
}

/**
 * qcc_user_key_store_get_file:
 * @self: what qcc_user_key_store_new() returned
 *
 * Returns: (transfer none): the key file, for qcc_key_store_file_opt_in_async()
 */
QccKeyStore *
qcc_user_key_store_get_file (QccKeyStore *self)
{
  g_return_val_if_fail (QCC_IS_KEY_STORE_CHAIN (self), NULL);

  return qcc_key_store_chain_find (QCC_KEY_STORE_CHAIN (self), QCC_TYPE_KEY_STORE_FILE);
}

/**
 * qcc_user_key_store_has_file:
 *
 * Asks the disk: not for the main loop of the service.
 *
 * Returns: whether the user has chosen the key file, so that keys can be stored there
 */
gboolean
qcc_user_key_store_has_file (void)
{
  g_autofree char *path = dup_file_path ();

  return g_file_test (path, G_FILE_TEST_EXISTS);
}
