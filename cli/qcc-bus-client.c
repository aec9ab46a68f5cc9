/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-bus-client.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-cli-error.h"
#include "common/qcc-bus-names.h"
#include "common/qcc-enums.h"
#include "common/qcc-error.h"
#include "common/qcc-redact.h"

#define START_TIMEOUT 60000 /* milliseconds; the bus itself gives up earlier and says why */
#define LISTED_MAX 6        /* names in a message that says what there is */

struct _QccBusClient
{
  GDBusConnection *connection; /* (owned) */
  QccDBusManager1 *manager;    /* (owned) */
  GDBusObjectManager *objects; /* (owned) */
};

static gboolean
connect_to_bus (QccBusClient *self,
                GError **error)
{
  g_autoptr (GError) local_error = NULL;

  self->connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &local_error);
  if (self->connection == NULL)
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_NO_SERVICE,
                   _ ("there is no session bus (%s). Log in to a session, or run “dbus-run-session -- bash” and "
                      "work in there"),
                   local_error->message);
      return FALSE;
    }

  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  return TRUE;
}

/* Asks the bus itself for @method, which takes @arguments. */
static GVariant *
call_bus (QccBusClient *self,
          const char *method,
          GVariant *arguments,
          const GVariantType *reply_type,
          GError **error)
{
  return g_dbus_connection_call_sync (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                      method, arguments, reply_type, G_DBUS_CALL_FLAGS_NONE, START_TIMEOUT, NULL, error);
}

/* A service that was started by hand may be one that the bus could not start. */
static gboolean
is_running (QccBusClient *self)
{
  g_autoptr (GVariant) reply = call_bus (self, "NameHasOwner", g_variant_new ("(s)", QCC_BUS_NAME), G_VARIANT_TYPE ("(b)"), NULL);
  gboolean running = FALSE;

  if (reply != NULL)
    g_variant_get (reply, "(b)", &running);
  return running;
}

static gboolean
start_service (QccBusClient *self,
               GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GVariant) reply = NULL;

  if (is_running (self))
    return TRUE;

  reply = call_bus (self, "StartServiceByName", g_variant_new ("(su)", QCC_BUS_NAME, 0), G_VARIANT_TYPE ("(u)"), &local_error);
  if (reply != NULL)
    return TRUE;

  if (g_error_matches (local_error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN))
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_NO_SERVICE,
                   _ ("the service does not run, and the session bus does not know how to start it. Install QCC, or "
                      "start qcc-service by hand"));
      return FALSE;
    }

  g_dbus_error_strip_remote_error (local_error);
  g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_NO_SERVICE,
               _ ("the service cannot be started: %s. “qcc-service” in a terminal shows why"), local_error->message);
  return FALSE;
}

static gboolean
take_picture (QccBusClient *self,
              GError **error)
{
  g_autofree char *owner = NULL;

  self->objects = qcc_dbus_object_manager_client_new_sync (self->connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START,
                                                           QCC_BUS_NAME, QCC_BUS_ROOT, NULL, error);
  if (self->objects == NULL)
    return FALSE;

  owner = g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (self->objects));
  if (owner == NULL)
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_NO_SERVICE,
                   _ ("the service does not run; “qcc proxy start” starts it"));
      return FALSE;
    }

  self->manager = qcc_dbus_manager1_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, QCC_BUS_NAME,
                                                    QCC_BUS_ROOT, NULL, error);
  return self->manager != NULL;
}

/**
 * qcc_bus_client_new:
 * @start: whether the service may be started
 * @error: return location for an error
 *
 * Possible errors: %QCC_CLI_ERROR_NO_SERVICE with what to do, and what GDBus says when the service goes away
 * meanwhile.
 *
 * Returns: (transfer full): the service
 */
QccBusClient *
qcc_bus_client_new (QccBusClientStart start,
                    GError **error)
{
  g_autoptr (QccBusClient) self = g_new0 (QccBusClient, 1);

  if (!connect_to_bus (self, error) ||
      (start == QCC_BUS_CLIENT_START && !start_service (self, error)) ||
      !take_picture (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * qcc_bus_client_free:
 * @self: (transfer full): a client
 */
void
qcc_bus_client_free (QccBusClient *self)
{
  g_return_if_fail (self != NULL);

  g_clear_object (&self->manager);
  g_clear_object (&self->objects);
  g_clear_object (&self->connection);
  g_free (self);
}

/**
 * qcc_bus_client_get_manager:
 * @self: a client
 *
 * Returns: (transfer none): the service as a whole
 */
QccDBusManager1 *
qcc_bus_client_get_manager (const QccBusClient *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->manager;
}

static int
tier_rank (const char *tier)
{
  int rank = G_MAXINT; /* a tier of a newer service comes last */

  (void) qcc_enum_from_nick (QCC_TYPE_TIER, tier != NULL ? tier : "", &rank, NULL);
  return rank;
}

static int
compare_profiles (gconstpointer a,
                  gconstpointer b)
{
  QccDBusProfile1 *first = *(QccDBusProfile1 *const *) a;
  QccDBusProfile1 *second = *(QccDBusProfile1 *const *) b;
  int ranks[] = { tier_rank (qcc_dbus_profile1_get_tier (first)), tier_rank (qcc_dbus_profile1_get_tier (second)) };
  int orders[] = { qcc_dbus_profile1_get_order (first), qcc_dbus_profile1_get_order (second) };

  if (ranks[0] != ranks[1])
    return ranks[0] < ranks[1] ? -1 : 1;
  if (orders[0] != orders[1])
    return orders[0] < orders[1] ? -1 : 1;

  return g_strcmp0 (qcc_dbus_profile1_get_name (first), qcc_dbus_profile1_get_name (second));
}

/**
 * qcc_bus_client_list_profiles:
 * @self: a client
 *
 * Returns: (transfer full) (element-type QccDBusProfile1): all profiles: the best tier first, then by order and name
 */
GPtrArray *
qcc_bus_client_list_profiles (const QccBusClient *self)
{
  GPtrArray *profiles;
  GList *objects;

  g_return_val_if_fail (self != NULL, NULL);

  profiles = g_ptr_array_new_with_free_func (g_object_unref);
  objects = g_dbus_object_manager_get_objects (self->objects);
  for (GList *l = objects; l != NULL; l = l->next)
    {
      QccDBusProfile1 *profile = qcc_dbus_object_get_profile1 (QCC_DBUS_OBJECT (l->data));

      if (profile != NULL)
        g_ptr_array_add (profiles, profile);
    }
  g_list_free_full (objects, g_object_unref);
  g_ptr_array_sort (profiles, compare_profiles);

  return profiles;
}

/**
 * qcc_bus_client_list_endpoints:
 * @self: a client
 * @profile: one of its profiles
 *
 * Returns: (transfer full) (element-type QccDBusEndpoint1): the endpoints of @profile, in the order of the file
 */
GPtrArray *
qcc_bus_client_list_endpoints (const QccBusClient *self,
                               QccDBusProfile1 *profile)
{
  GPtrArray *endpoints;
  const char *const *paths;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (QCC_DBUS_IS_PROFILE1 (profile), NULL);

  endpoints = g_ptr_array_new_with_free_func (g_object_unref);
  paths = qcc_dbus_profile1_get_endpoints (profile);
  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_client_open_endpoint (self, paths[i], NULL);

      /* Removed since the profile was asked. */
      if (endpoint != NULL)
        g_ptr_array_add (endpoints, g_steal_pointer (&endpoint));
    }

  return endpoints;
}

static char *
join_names (GPtrArray *items,
            const char *(*get_name) (gpointer item))
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < items->len && i < LISTED_MAX; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", get_name (g_ptr_array_index (items, i)));
  if (items->len > LISTED_MAX)
    g_string_append (list, ", …");

  return g_string_free (g_steal_pointer (&list), FALSE);
}

static const char *
get_profile_name (gpointer item)
{
  return qcc_dbus_profile1_get_name (item);
}

static const char *
get_endpoint_id (gpointer item)
{
  return qcc_dbus_endpoint1_get_id (item);
}

/**
 * qcc_bus_client_find_profile:
 * @self: a client
 * @name: what the user typed
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND with what there is.
 *
 * Returns: (transfer full): the profile
 */
QccDBusProfile1 *
qcc_bus_client_find_profile (const QccBusClient *self,
                             const char *name,
                             GError **error)
{
  g_autoptr (GPtrArray) profiles = NULL;
  g_autofree char *typed = NULL;
  g_autofree char *list = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  profiles = qcc_bus_client_list_profiles (self);
  for (guint i = 0; i < profiles->len; i++)
    if (g_strcmp0 (get_profile_name (g_ptr_array_index (profiles, i)), name) == 0)
      return g_object_ref (g_ptr_array_index (profiles, i));

  typed = qcc_redact (name);
  list = join_names (profiles, get_profile_name);
  if (profiles->len > 0)
    g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("there is no profile “%s”; there are: %s"), typed, list);
  else
    g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND,
                 _ ("there is no profile “%s”, and no other; “qcc add NAME” makes one"), typed);

  return NULL;
}

/**
 * qcc_bus_client_find_endpoint:
 * @self: a client
 * @profile_name: what the user typed
 * @id: what the user typed
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND with what there is.
 *
 * Returns: (transfer full): the endpoint of that profile
 */
QccDBusEndpoint1 *
qcc_bus_client_find_endpoint (const QccBusClient *self,
                              const char *profile_name,
                              const char *id,
                              GError **error)
{
  g_autoptr (QccDBusProfile1) profile = qcc_bus_client_find_profile (self, profile_name, error);
  g_autoptr (GPtrArray) endpoints = NULL;
  g_autofree char *typed = NULL;
  g_autofree char *list = NULL;

  g_return_val_if_fail (id != NULL, NULL);

  if (profile == NULL)
    return NULL;

  endpoints = qcc_bus_client_list_endpoints (self, profile);
  for (guint i = 0; i < endpoints->len; i++)
    if (g_strcmp0 (get_endpoint_id (g_ptr_array_index (endpoints, i)), id) == 0)
      return g_object_ref (g_ptr_array_index (endpoints, i));

  typed = qcc_redact (id);
  list = join_names (endpoints, get_endpoint_id);
  if (endpoints->len > 0)
    g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("“%s” has no endpoint “%s”; it has: %s"), profile_name, typed, list);
  else
    g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND,
                 _ ("“%s” has no endpoint “%s”, and no other; “qcc endpoint add” makes one"), profile_name, typed);

  return NULL;
}

/* A proxy is made for a path without an object too; it has no properties. */
static void
set_gone (GError **error)
{
  g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("it was removed by somebody else meanwhile"));
}

/**
 * qcc_bus_client_open_profile:
 * @self: a client
 * @path: its object path
 * @error: return location for an error
 *
 * Asks the service itself, so that what was just changed is seen.
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND when it is gone, and what GDBus says.
 *
 * Returns: (transfer full): the profile as it is now
 */
QccDBusProfile1 *
qcc_bus_client_open_profile (const QccBusClient *self,
                             const char *path,
                             GError **error)
{
  g_autoptr (QccDBusProfile1) profile = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  profile = qcc_dbus_profile1_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, QCC_BUS_NAME, path,
                                              NULL, error);
  if (profile == NULL)
    return NULL;
  if (qcc_dbus_profile1_get_name (profile) == NULL)
    {
      set_gone (error);
      return NULL;
    }

  return g_steal_pointer (&profile);
}

/**
 * qcc_bus_client_open_endpoint:
 * @self: a client
 * @path: its object path
 * @error: return location for an error
 *
 * Asks the service itself, so that what was just changed is seen.
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND when it is gone, and what GDBus says.
 *
 * Returns: (transfer full): the endpoint as it is now
 */
QccDBusEndpoint1 *
qcc_bus_client_open_endpoint (const QccBusClient *self,
                              const char *path,
                              GError **error)
{
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  endpoint = qcc_dbus_endpoint1_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, QCC_BUS_NAME, path,
                                                NULL, error);
  if (endpoint == NULL)
    return NULL;
  if (qcc_dbus_endpoint1_get_id (endpoint) == NULL)
    {
      set_gone (error);
      return NULL;
    }

  return g_steal_pointer (&endpoint);
}
