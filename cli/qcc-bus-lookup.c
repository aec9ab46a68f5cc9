/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-bus-lookup.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-bus-names.h"
#include "common/qcc-error.h"
#include "common/qcc-redact.h"

/* Returns whether @name is a profile; its endpoints are put into @targets then, those of all where @name is NULL. */
static gboolean
add_profiles (GPtrArray *targets,
              const QccBusClient *client,
              GPtrArray *profiles,
              const char *name)
{
  gboolean found = FALSE;

  for (guint i = 0; i < profiles->len; i++)
    {
      QccDBusProfile1 *profile = g_ptr_array_index (profiles, i);

      if (name != NULL && g_strcmp0 (qcc_dbus_profile1_get_name (profile), name) != 0)
        continue;
      g_ptr_array_extend_and_steal (targets, qcc_bus_client_list_endpoints (client, profile));
      found = TRUE;
    }

  return found;
}

/**
 * qcc_bus_lookup_targets:
 * @client: the service
 * @name: (nullable): what the user typed: a profile or the id of an endpoint; %NULL for all endpoints
 * @error: return location for an error
 *
 * A profile counts before an endpoint of that name, as with the service.
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND.
 *
 * Returns: (transfer full) (element-type QccDBusEndpoint1): the endpoints that are meant
 */
GPtrArray *
qcc_bus_lookup_targets (const QccBusClient *client,
                        const char *name,
                        GError **error)
{
  g_autoptr (GPtrArray) profiles = NULL;
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *typed = NULL;

  g_return_val_if_fail (client != NULL, NULL);

  profiles = qcc_bus_client_list_profiles (client);
  if (add_profiles (targets, client, profiles, name) || name == NULL)
    return g_steal_pointer (&targets);

  add_profiles (targets, client, profiles, NULL);
  for (guint i = targets->len; i > 0; i--)
    if (g_strcmp0 (qcc_dbus_endpoint1_get_id (g_ptr_array_index (targets, i - 1)), name) != 0)
      g_ptr_array_remove_index (targets, i - 1);
  if (targets->len > 0)
    return g_steal_pointer (&targets);

  typed = qcc_redact (name);
  g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND,
               _ ("there is no profile and no endpoint “%s”; “qcc status” shows what there is"), typed);
  return NULL;
}

static GDBusConnection *
get_connection (const QccBusClient *client)
{
  return g_dbus_proxy_get_connection (G_DBUS_PROXY (qcc_bus_client_get_manager (client)));
}

/**
 * qcc_bus_lookup_failover:
 * @client: the service
 * @error: return location for an error
 *
 * An old service without that interface has no properties there, and does not know its methods.
 *
 * Possible errors: what GDBus says.
 *
 * Returns: (transfer full): what happened to profiles and endpoints
 */
QccDBusFailover1 *
qcc_bus_lookup_failover (const QccBusClient *client,
                         GError **error)
{
  g_return_val_if_fail (client != NULL, NULL);

  return qcc_dbus_failover1_proxy_new_sync (get_connection (client), G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, QCC_BUS_NAME,
                                            QCC_BUS_ROOT, NULL, error);
}

/**
 * qcc_bus_lookup_health:
 * @client: the service
 * @error: return location for an error
 *
 * An old service without that interface has no properties there, and does not know its methods.
 *
 * Possible errors: what GDBus says.
 *
 * Returns: (transfer full): how the endpoints are
 */
QccDBusHealth1 *
qcc_bus_lookup_health (const QccBusClient *client,
                       GError **error)
{
  g_return_val_if_fail (client != NULL, NULL);

  return qcc_dbus_health1_proxy_new_sync (get_connection (client), G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, QCC_BUS_NAME,
                                          QCC_BUS_ROOT, NULL, error);
}
