/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus.h"

#include "common/qcc-bus-names.h"
#include "service/qcc-bus-endpoint.h"
#include "service/qcc-bus-failover.h"
#include "service/qcc-bus-health.h"
#include "service/qcc-bus-manager.h"
#include "service/qcc-bus-profile.h"

/**
 * QccBus:
 *
 * Keeps the objects on the bus the same as the profiles, their keys and what is active. Works without
 * a connection, so that the rest need not know whether there is one.
 */
struct _QccBus
{
  GObject parent_instance;

  QccBusParts parts;                /* (unowned members) */
  GDBusObjectManagerServer *server; /* (owned) */
  GPtrArray *root;                  /* (owned) (element-type GDBusInterfaceSkeleton): what is at the root; the manager first */
  GHashTable *objects;              /* (owned) (element-type utf8 QccDBusObjectSkeleton): by path; keys and values owned */
};

G_DEFINE_FINAL_TYPE (QccBus, qcc_bus, G_TYPE_OBJECT)

static void
qcc_bus_dispose (GObject *object)
{
  QccBus *self = QCC_BUS (object);

  qcc_bus_withdraw (self);
  g_clear_object (&self->server);
  g_clear_pointer (&self->root, g_ptr_array_unref);
  g_clear_pointer (&self->objects, g_hash_table_unref);

  G_OBJECT_CLASS (qcc_bus_parent_class)->dispose (object);
}

static void
qcc_bus_class_init (QccBusClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = qcc_bus_dispose;
}

static void
qcc_bus_init (QccBus *self)
{
  self->server = g_dbus_object_manager_server_new (QCC_BUS_ROOT);
  self->objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

/* The object is filled before it is exported, so that nobody sees it empty. */
static void
add_object (QccBus *self,
            const char *path,
            QccDBusObjectSkeleton *object)
{
  g_hash_table_insert (self->objects, g_strdup (path), object);
  g_dbus_object_manager_server_export (self->server, G_DBUS_OBJECT_SKELETON (object));
}

static void
update_endpoint (QccBus *self,
                 const QccEndpoint *endpoint,
                 const char *profile_name)
{
  g_autofree char *path = qcc_bus_endpoint_path (endpoint->id);
  QccDBusObjectSkeleton *object = g_hash_table_lookup (self->objects, path);
  g_autoptr (QccDBusEndpoint1) iface = NULL;

  if (object != NULL)
    {
      iface = qcc_dbus_object_get_endpoint1 (QCC_DBUS_OBJECT (object));
      qcc_bus_endpoint_update (QCC_BUS_ENDPOINT (iface), endpoint, profile_name);
      return;
    }

  iface = QCC_DBUS_ENDPOINT1 (qcc_bus_endpoint_new (&self->parts, endpoint->id));
  qcc_bus_endpoint_update (QCC_BUS_ENDPOINT (iface), endpoint, profile_name);
  object = qcc_dbus_object_skeleton_new (path);
  qcc_dbus_object_skeleton_set_endpoint1 (object, iface);
  add_object (self, path, object);
}

static void
update_profile (QccBus *self,
                const QccProfile *profile)
{
  const QccSnapshot *snapshot = qcc_profile_store_get_snapshot (self->parts.profile_store);
  gboolean is_active = g_strcmp0 (profile->name, qcc_active_get_name (self->parts.active)) == 0;
  gboolean is_default = g_strcmp0 (profile->name, snapshot->default_name) == 0;
  g_autofree char *path = qcc_bus_profile_path (profile->name);
  QccDBusObjectSkeleton *object = g_hash_table_lookup (self->objects, path);
  g_autoptr (QccDBusProfile1) iface = NULL;

  if (object != NULL)
    {
      iface = qcc_dbus_object_get_profile1 (QCC_DBUS_OBJECT (object));
      qcc_bus_profile_update (QCC_BUS_PROFILE (iface), profile, is_active, is_default);
      return;
    }

  iface = QCC_DBUS_PROFILE1 (qcc_bus_profile_new (&self->parts, profile->name));
  qcc_bus_profile_update (QCC_BUS_PROFILE (iface), profile, is_active, is_default);
  object = qcc_dbus_object_skeleton_new (path);
  qcc_dbus_object_skeleton_set_profile1 (object, iface);
  add_object (self, path, object);
}

static GHashTable *
list_paths (const QccSnapshot *snapshot)
{
  GHashTable *paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (snapshot->profiles, i);

      g_hash_table_add (paths, qcc_bus_profile_path (profile->name));
      for (guint j = 0; j < profile->endpoints->len; j++)
        g_hash_table_add (paths, qcc_bus_endpoint_path (((QccEndpoint *) g_ptr_array_index (profile->endpoints, j))->id));
    }

  return paths;
}

static void
remove_gone (QccBus *self,
             const QccSnapshot *snapshot)
{
  g_autoptr (GHashTable) paths = list_paths (snapshot);
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, self->objects);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    {
      if (g_hash_table_contains (paths, path))
        continue;

      g_dbus_object_manager_server_unexport (self->server, path);
      g_hash_table_iter_remove (&iter);
    }
}

static void
update_objects (QccBus *self)
{
  const QccSnapshot *snapshot = qcc_profile_store_get_snapshot (self->parts.profile_store);

  remove_gone (self, snapshot);
  for (guint i = 0; i < snapshot->profiles->len; i++)
    {
      const QccProfile *profile = g_ptr_array_index (snapshot->profiles, i);

      /* Endpoints first: a profile's list then names no object that is not there. */
      for (guint j = 0; j < profile->endpoints->len; j++)
        update_endpoint (self, g_ptr_array_index (profile->endpoints, j), profile->name);
      update_profile (self, profile);
    }
}

static QccBusEndpoint *
find_endpoint (QccBus *self,
               const char *id)
{
  g_autofree char *path = qcc_bus_endpoint_path (id);
  QccDBusObjectSkeleton *object = g_hash_table_lookup (self->objects, path);

  return object != NULL ? QCC_BUS_ENDPOINT (qcc_dbus_object_peek_endpoint1 (QCC_DBUS_OBJECT (object))) : NULL;
}

/* The profile of an endpoint is as well as its endpoints. */
static void
update_profile_of (QccBus *self,
                   const char *endpoint_id)
{
  const QccProfile *profile = qcc_snapshot_find_profile_of (qcc_profile_store_get_snapshot (self->parts.profile_store), endpoint_id);
  g_autofree char *path = profile != NULL ? qcc_bus_profile_path (profile->name) : NULL;
  QccDBusObjectSkeleton *object = path != NULL ? g_hash_table_lookup (self->objects, path) : NULL;

  if (object != NULL)
    qcc_bus_profile_update_health (QCC_BUS_PROFILE (qcc_dbus_object_peek_profile1 (QCC_DBUS_OBJECT (object))), profile);
}

static void
on_key_changed (QccEndpointTable *table,
                const char *id,
                QccBus *self)
{
  QccBusEndpoint *endpoint = find_endpoint (self, id);

  if (endpoint == NULL)
    return;

  qcc_bus_endpoint_update_key (endpoint);
  update_profile_of (self, id);
}

static void
on_health_changed (GObject *source,
                   const char *id,
                   QccBus *self)
{
  QccBusEndpoint *endpoint = find_endpoint (self, id);

  if (endpoint == NULL)
    return;

  qcc_bus_endpoint_update_health (endpoint);
  update_profile_of (self, id);
}

/**
 * qcc_bus_new:
 * @parts: (transfer none): what the objects call; its members outlive the bus
 *
 * Follows the signals of @parts. `active` must be told of new profiles before this is, since a
 * profile's object says whether it is the active one; it emits its own signal then.
 *
 * Returns: (transfer full): the objects, not exported yet
 */
QccBus *
qcc_bus_new (const QccBusParts *parts)
{
  QccBus *self;

  g_return_val_if_fail (parts != NULL, NULL);

  self = g_object_new (QCC_TYPE_BUS, NULL);
  self->parts = *parts;
  self->root = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (self->root, qcc_bus_manager_new (&self->parts));
  g_ptr_array_add (self->root, qcc_bus_failover_new (&self->parts));
  g_ptr_array_add (self->root, qcc_bus_health_new (&self->parts));
  g_signal_connect_object (parts->active, "changed", G_CALLBACK (update_objects), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (parts->table, "key-changed", G_CALLBACK (on_key_changed), self, 0);
  g_signal_connect_object (parts->health, "changed", G_CALLBACK (on_health_changed), self, 0);
  g_signal_connect_object (parts->simulator, "changed", G_CALLBACK (on_health_changed), self, 0);
  update_objects (self);

  return self;
}

/**
 * qcc_bus_export:
 * @self: the objects
 * @connection: (transfer none): where to export them
 * @error: return location for an error
 *
 * To be called before the name is asked for, so that whoever waits for the name finds them.
 *
 * Possible errors: %G_IO_ERROR codes.
 *
 * Returns: whether they are exported
 */
gboolean
qcc_bus_export (QccBus *self,
                GDBusConnection *connection,
                GError **error)
{
  g_return_val_if_fail (QCC_IS_BUS (self), FALSE);

  for (guint i = 0; i < self->root->len; i++)
    if (!g_dbus_interface_skeleton_export (g_ptr_array_index (self->root, i), connection, QCC_BUS_ROOT, error))
      return FALSE;

  g_dbus_object_manager_server_set_connection (self->server, connection);
  return TRUE;
}

/**
 * qcc_bus_withdraw:
 * @self: the objects
 *
 * Takes them from the bus.
 */
void
qcc_bus_withdraw (QccBus *self)
{
  g_return_if_fail (QCC_IS_BUS (self));

  if (self->server != NULL)
    g_dbus_object_manager_server_set_connection (self->server, NULL);
  for (guint i = 0; self->root != NULL && i < self->root->len; i++)
    if (g_dbus_interface_skeleton_get_connection (g_ptr_array_index (self->root, i)) != NULL)
      g_dbus_interface_skeleton_unexport (g_ptr_array_index (self->root, i));
}

/**
 * qcc_bus_set_notices:
 * @self: the objects
 * @notices: (array zero-terminated=1): what the user should know and mend
 */
void
qcc_bus_set_notices (QccBus *self,
                     const char *const *notices)
{
  g_return_if_fail (QCC_IS_BUS (self));

  qcc_bus_manager_set_notices (QCC_BUS_MANAGER (g_ptr_array_index (self->root, 0)), notices);
}
