/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-stand-in-private.h"

#include "common/qcc-bus-names.h"

static gboolean
done (GDBusMethodInvocation *invocation)
{
  g_dbus_method_invocation_return_value (invocation, NULL);
  return TRUE;
}

static char *
make_path (const char *kind,
           const char *name)
{
  GString *path = g_string_new (QCC_BUS_ROOT "/");

  g_string_append_printf (path, "%s/", kind);
  for (const char *p = name; *p != '\0'; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (path, *p);
    else
      g_string_append_printf (path, "_%02x", (guint8) *p);

  return g_string_free (path, FALSE);
}

static GDBusInterface *
find (QccStandIn *self,
      const char *kind,
      const char *name)
{
  g_autofree char *path = make_path (kind, name);
  const char *interface = g_str_equal (kind, "profile") ? "io.github.qcc.Profile1" : "io.github.qcc.Endpoint1";

  return g_dbus_object_manager_get_interface (G_DBUS_OBJECT_MANAGER (self->objects), path, interface);
}

/**
 * qcc_stand_in_has:
 * @self: a stand-in
 * @kind: `profile` or `endpoint`
 * @name: a name or id
 *
 * Returns: whether there is one
 */
gboolean
qcc_stand_in_has (QccStandIn *self,
                  const char *kind,
                  const char *name)
{
  g_autoptr (GDBusInterface) found = find (self, kind, name);

  return found != NULL;
}

/* Makes the list of the profile's endpoints right, without or with one. */
static void
relist (QccStandIn *self,
        const char *profile_name,
        const char *path,
        gboolean listed)
{
  g_autoptr (QccDBusProfile1) profile = (QccDBusProfile1 *) find (self, "profile", profile_name);
  const char *const *paths = qcc_dbus_profile1_get_endpoints (profile);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    if (!g_str_equal (paths[i], path))
      g_strv_builder_add (builder, paths[i]);
  if (listed)
    g_strv_builder_add (builder, path);
  list = g_strv_builder_end (builder);
  qcc_dbus_profile1_set_endpoints (profile, (const char *const *) list);
}

static gboolean
on_update_endpoint (QccDBusEndpoint1 *endpoint,
                    GDBusMethodInvocation *invocation,
                    GVariant *options,
                    QccStandIn *self)
{
  guint weight;

  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  if (g_variant_lookup (options, "weight", "i", &weight))
    qcc_dbus_endpoint1_set_weight (endpoint, weight);
  return done (invocation);
}

static gboolean
on_remove_endpoint (QccDBusEndpoint1 *endpoint,
                    GDBusMethodInvocation *invocation,
                    QccStandIn *self)
{
  g_autofree char *path = make_path ("endpoint", qcc_dbus_endpoint1_get_id (endpoint));

  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  relist (self, qcc_dbus_endpoint1_get_profile (endpoint), path, FALSE);
  done (invocation);
  g_dbus_object_manager_server_unexport (self->objects, path);
  return TRUE;
}

static gboolean
on_enable (QccDBusEndpoint1 *endpoint,
           GDBusMethodInvocation *invocation,
           QccStandIn *self)
{
  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  qcc_dbus_endpoint1_set_enabled (endpoint, TRUE);
  return done (invocation);
}

static gboolean
on_disable (QccDBusEndpoint1 *endpoint,
            GDBusMethodInvocation *invocation,
            QccStandIn *self)
{
  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  qcc_dbus_endpoint1_set_enabled (endpoint, FALSE);
  return done (invocation);
}

static gboolean
on_key_changed (QccDBusEndpoint1 *endpoint,
                GDBusMethodInvocation *invocation,
                QccStandIn *self)
{
  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  qcc_dbus_endpoint1_set_key_state (endpoint, "ok");
  return done (invocation);
}

static gboolean
on_add_endpoint (QccDBusProfile1 *profile,
                 GDBusMethodInvocation *invocation,
                 GVariant *options,
                 QccStandIn *self)
{
  g_autofree char *id = NULL;
  const char *base_url = "";
  g_autoptr (QccDBusEndpoint1) endpoint = NULL;
  g_autofree char *path = NULL;

  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  if (!g_variant_lookup (options, "id", "s", &id))
    id = g_strdup_printf ("%s-%u", qcc_dbus_profile1_get_name (profile), ++self->n_endpoints);
  g_variant_lookup (options, "base_url", "&s", &base_url);
  endpoint = qcc_stand_in_add_endpoint (self, qcc_dbus_profile1_get_name (profile), id);
  qcc_dbus_endpoint1_set_base_url (endpoint, base_url);
  qcc_dbus_endpoint1_set_key_state (endpoint, "checking");
  path = make_path ("endpoint", id);
  qcc_dbus_profile1_complete_add_endpoint (profile, invocation, path);
  return TRUE;
}

static gboolean
on_set_tier (QccDBusProfile1 *profile,
             GDBusMethodInvocation *invocation,
             const char *tier,
             QccStandIn *self)
{
  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  qcc_dbus_profile1_set_tier (profile, tier);
  return done (invocation);
}

static gboolean
on_add_profile (QccDBusManager1 *manager,
                GDBusMethodInvocation *invocation,
                const char *name,
                GVariant *options,
                QccStandIn *self)
{
  g_autoptr (QccDBusProfile1) profile = NULL;
  g_autofree char *path = make_path ("profile", name);
  const char *tier = "primary";

  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  g_variant_lookup (options, "tier", "&s", &tier);
  profile = qcc_stand_in_add_profile (self, name, tier);
  qcc_dbus_manager1_complete_add_profile (manager, invocation, path);
  return TRUE;
}

static gboolean
on_remove_profile (QccDBusManager1 *manager,
                   GDBusMethodInvocation *invocation,
                   const char *name,
                   QccStandIn *self)
{
  g_autofree char *path = make_path ("profile", name);

  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  done (invocation);
  g_dbus_object_manager_server_unexport (self->objects, path);
  return TRUE;
}

static gboolean
on_rename_profile (QccDBusManager1 *manager,
                   GDBusMethodInvocation *invocation,
                   const char *name,
                   const char *new_name,
                   QccStandIn *self)
{
  g_autofree char *path = make_path ("profile", name);
  g_autoptr (QccDBusProfile1) renamed = NULL;

  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  g_dbus_object_manager_server_unexport (self->objects, path);
  renamed = qcc_stand_in_add_profile (self, new_name, "primary");
  return done (invocation);
}

static gboolean
on_find_profile (QccDBusManager1 *manager,
                 GDBusMethodInvocation *invocation,
                 const char *name,
                 QccStandIn *self)
{
  g_autofree char *path = make_path ("profile", name);

  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  qcc_dbus_manager1_complete_find_profile (manager, invocation, path);
  return TRUE;
}

static gboolean
on_set_default (QccDBusManager1 *manager,
                GDBusMethodInvocation *invocation,
                const char *name,
                QccStandIn *self)
{
  g_autoptr (QccDBusProfile1) profile = (QccDBusProfile1 *) find (self, "profile", name);

  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  qcc_dbus_profile1_set_default (profile, TRUE);
  qcc_dbus_manager1_set_default_profile (manager, name);
  return done (invocation);
}

static gboolean
on_switch_profile (QccDBusManager1 *manager,
                   GDBusMethodInvocation *invocation,
                   const char *name,
                   const char *reason,
                   QccStandIn *self)
{
  g_autoptr (QccDBusProfile1) profile = (QccDBusProfile1 *) find (self, "profile", name);

  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  qcc_dbus_profile1_set_active (profile, TRUE);
  return done (invocation);
}

static gboolean
on_release (QccDBusManager1 *manager,
            GDBusMethodInvocation *invocation,
            QccStandIn *self)
{
  return qcc_stand_in_takes (self, invocation) || done (invocation);
}

static void
on_named (GDBusConnection *connection,
          const char *name,
          gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

/**
 * qcc_stand_in_new:
 * @bus_address: of the test's bus
 *
 * Returns: (transfer full): a service without profiles that listens
 */
QccStandIn *
qcc_stand_in_new (const char *bus_address)
{
  QccStandIn *self = g_new0 (QccStandIn, 1);
  g_autoptr (GError) error = NULL;
  gboolean named = FALSE;

  self->calls = g_string_new (NULL);
  self->connection = g_dbus_connection_new_for_address_sync (bus_address,
                                                             G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                             NULL, NULL, &error);
  g_assert_no_error (error);

  self->manager = qcc_dbus_manager1_skeleton_new ();
  g_signal_connect (self->manager, "handle-add-profile", G_CALLBACK (on_add_profile), self);
  g_signal_connect (self->manager, "handle-remove-profile", G_CALLBACK (on_remove_profile), self);
  g_signal_connect (self->manager, "handle-rename-profile", G_CALLBACK (on_rename_profile), self);
  g_signal_connect (self->manager, "handle-find-profile", G_CALLBACK (on_find_profile), self);
  g_signal_connect (self->manager, "handle-set-default", G_CALLBACK (on_set_default), self);
  g_signal_connect (self->manager, "handle-switch-profile", G_CALLBACK (on_switch_profile), self);
  g_signal_connect (self->manager, "handle-release", G_CALLBACK (on_release), self);
  qcc_stand_in_start_answers (self);
  qcc_dbus_manager1_set_version (self->manager, "1.2.3");
  qcc_dbus_manager1_set_state (self->manager, "running");
  qcc_dbus_manager1_set_url (self->manager, "http://127.0.0.1:7860");

  self->objects = g_dbus_object_manager_server_new (QCC_BUS_ROOT);
  g_dbus_object_manager_server_set_connection (self->objects, self->connection);
  g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->manager), self->connection, QCC_BUS_ROOT, &error);
  g_assert_no_error (error);
  self->name_id = g_bus_own_name_on_connection (self->connection, QCC_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_NONE, on_named, NULL, &named, NULL);
  while (!named)
    g_main_context_iteration (NULL, TRUE);

  return self;
}

/**
 * qcc_stand_in_free:
 * @self: (transfer full): a stand-in
 */
void
qcc_stand_in_free (QccStandIn *self)
{
  g_bus_unown_name (self->name_id);
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->manager));
  qcc_stand_in_stop_answers (self);
  g_dbus_object_manager_server_set_connection (self->objects, NULL);
  g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_clear_object (&self->manager);
  g_clear_object (&self->objects);
  g_clear_object (&self->connection);
  g_string_free (self->calls, TRUE);
  g_free (self->failing);
  g_free (self);
}

/**
 * qcc_stand_in_get_manager:
 * @self: a stand-in
 *
 * Returns: (transfer none): where its properties are set
 */
QccDBusManager1 *
qcc_stand_in_get_manager (QccStandIn *self)
{
  return self->manager;
}

static void export(QccStandIn *self,
                   const char *path,
                   GDBusInterfaceSkeleton *skeleton)
{
  g_autoptr (GDBusObjectSkeleton) object = g_dbus_object_skeleton_new (path);

  g_dbus_object_skeleton_add_interface (object, skeleton);
  g_dbus_object_manager_server_export (self->objects, object);
}

/**
 * qcc_stand_in_add_profile:
 * @self: a stand-in
 * @name: its name
 * @tier: its tier
 *
 * Returns: (transfer full): where its other properties are set
 */
QccDBusProfile1 *
qcc_stand_in_add_profile (QccStandIn *self,
                          const char *name,
                          const char *tier)
{
  QccDBusProfile1 *profile = qcc_dbus_profile1_skeleton_new ();
  g_autofree char *path = make_path ("profile", name);

  qcc_dbus_profile1_set_name (profile, name);
  qcc_dbus_profile1_set_tier (profile, tier);
  qcc_dbus_profile1_set_strategy (profile, "default");
  qcc_dbus_profile1_set_health_aware (profile, "default");
  qcc_dbus_profile1_set_endpoints (profile, (const char *const[]){ NULL });
  g_signal_connect (profile, "handle-add-endpoint", G_CALLBACK (on_add_endpoint), self);
  g_signal_connect (profile, "handle-set-tier", G_CALLBACK (on_set_tier), self);
  export(self, path, G_DBUS_INTERFACE_SKELETON (profile));

  return profile;
}

/**
 * qcc_stand_in_add_endpoint:
 * @self: a stand-in
 * @profile: name of its profile
 * @id: its id
 *
 * Returns: (transfer full): where its other properties are set
 */
QccDBusEndpoint1 *
qcc_stand_in_add_endpoint (QccStandIn *self,
                           const char *profile,
                           const char *id)
{
  QccDBusEndpoint1 *endpoint = qcc_dbus_endpoint1_skeleton_new ();
  g_autofree char *path = make_path ("endpoint", id);

  qcc_dbus_endpoint1_set_id (endpoint, id);
  qcc_dbus_endpoint1_set_profile (endpoint, profile);
  qcc_dbus_endpoint1_set_base_url (endpoint, "https://api.example.com");
  qcc_dbus_endpoint1_set_weight (endpoint, 100);
  qcc_dbus_endpoint1_set_enabled (endpoint, TRUE);
  qcc_dbus_endpoint1_set_key_state (endpoint, "missing");
  qcc_dbus_endpoint1_set_models (endpoint, g_variant_new_parsed ("[('claude-*', 'glm-5')]"));
  qcc_dbus_endpoint1_set_meta (endpoint, g_variant_new_parsed ("{'region': 'eu'}"));
  g_signal_connect (endpoint, "handle-update", G_CALLBACK (on_update_endpoint), self);
  g_signal_connect (endpoint, "handle-remove", G_CALLBACK (on_remove_endpoint), self);
  g_signal_connect (endpoint, "handle-enable", G_CALLBACK (on_enable), self);
  g_signal_connect (endpoint, "handle-disable", G_CALLBACK (on_disable), self);
  g_signal_connect (endpoint, "handle-key-changed", G_CALLBACK (on_key_changed), self);
  qcc_stand_in_connect_endpoint (self, endpoint);
  export(self, path, G_DBUS_INTERFACE_SKELETON (endpoint));
  relist (self, profile, path, TRUE);

  return endpoint;
}

/**
 * qcc_stand_in_fail:
 * @self: a stand-in
 * @method: the method that fails from now on
 * @code: how
 */
void
qcc_stand_in_fail (QccStandIn *self,
                   const char *method,
                   QccError code)
{
  g_free (self->failing);
  self->failing = g_strdup (method);
  self->code = code;
}

/**
 * qcc_stand_in_get_calls:
 * @self: a stand-in
 *
 * Returns: (transfer none): what it was asked, a line for each call
 */
const char *
qcc_stand_in_get_calls (QccStandIn *self)
{
  return self->calls->str;
}
