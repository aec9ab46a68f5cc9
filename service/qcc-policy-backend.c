/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_SETTINGS_ENABLE_BACKEND
#include "service/qcc-policy-backend.h"

#include <gio/gsettingsbackend.h>
#include <glib/gi18n-lib.h>

#include "service/qcc-policy-dconf.h"

/* The service starts on demand, and whoever waits for it should not wait for a broken bus. */
#define DCONF_LIMIT_SECONDS 2

/* GIO's types are not public; their names are what tells them apart. */
static const struct
{
  const char *type_name;
  QccPolicyStorage storage;
} storages[] = {
  { "DConfSettingsBackend", QCC_POLICY_STORAGE_DCONF },
  { "GKeyfileSettingsBackend", QCC_POLICY_STORAGE_KEYFILE },
  { "GMemorySettingsBackend", QCC_POLICY_STORAGE_MEMORY },
  { "GRegistrySettingsBackend", QCC_POLICY_STORAGE_REGISTRY },
};

/**
 * qcc_policy_backend_get_storage:
 * @settings: a back end
 *
 * Returns: what kind it is
 */
QccPolicyStorage
qcc_policy_backend_get_storage (GSettingsBackend *settings)
{
  for (gsize i = 0; i < G_N_ELEMENTS (storages); i++)
    if (g_str_equal (G_OBJECT_TYPE_NAME (settings), storages[i].type_name))
      return storages[i].storage;

  return QCC_POLICY_STORAGE_OTHER;
}

/**
 * qcc_policy_storage_to_string:
 * @storage: a kind of back end
 *
 * Returns: (transfer none): its name on the bus and in `--json`
 */
const char *
qcc_policy_storage_to_string (QccPolicyStorage storage)
{
  switch (storage)
    {
    case QCC_POLICY_STORAGE_DCONF:
      return "dconf";
    case QCC_POLICY_STORAGE_KEYFILE:
      return "keyfile";
    case QCC_POLICY_STORAGE_MEMORY:
      return "memory";
    case QCC_POLICY_STORAGE_REGISTRY:
      return "registry";
    case QCC_POLICY_STORAGE_OTHER:
      return "other";
    }

  g_return_val_if_reached ("other");
}

/* The file that `GSETTINGS_BACKEND=keyfile gsettings` reads and writes as well. */
static void
use_key_file (QccPolicyBackend *backend,
              const char *reason)
{
  g_autofree char *path = g_build_filename (g_get_user_config_dir (), "glib-2.0", "settings", "keyfile", NULL);

  backend->settings = g_keyfile_settings_backend_new (path, "/", NULL);
  backend->notice = g_strdup_printf (_ ("Settings are kept in the file %s, since dconf cannot be used: %s. Mend that and restart QCC, or leave it so; to see them with gsettings, set GSETTINGS_BACKEND=keyfile."),
                                     path, reason);
  g_message ("%s", backend->notice);
}

/**
 * qcc_policy_backend_choose:
 * @backend: (out caller-allocates): the back end of this user
 *
 * The default one of GIO where it persists, else the key file (spec 11.1). May block for up to
 * two seconds when dconf is asked, and says in the log when the choice is not the default.
 */
void
qcc_policy_backend_choose (QccPolicyBackend *backend)
{
  g_autoptr (GSettingsBackend) settings = g_settings_backend_get_default ();
  g_autoptr (GError) error = NULL;

  *backend = (QccPolicyBackend){ NULL };
  switch (qcc_policy_backend_get_storage (settings))
    {
    case QCC_POLICY_STORAGE_MEMORY:
      use_key_file (backend, _ ("it is not installed"));
      return;
    case QCC_POLICY_STORAGE_DCONF:
      backend->bus = qcc_policy_dconf_connect (DCONF_LIMIT_SECONDS, &error);
      if (backend->bus == NULL)
        {
          use_key_file (backend, error->message);
          return;
        }
      break;
    case QCC_POLICY_STORAGE_KEYFILE:
    case QCC_POLICY_STORAGE_REGISTRY:
    case QCC_POLICY_STORAGE_OTHER:
      break;
    }

  backend->settings = g_steal_pointer (&settings);
}

/**
 * qcc_policy_backend_clear:
 * @backend: a back end
 *
 * Releases what @backend holds.
 */
void
qcc_policy_backend_clear (QccPolicyBackend *backend)
{
  g_clear_object (&backend->settings);
  g_clear_object (&backend->bus);
  g_clear_pointer (&backend->notice, g_free);
}
