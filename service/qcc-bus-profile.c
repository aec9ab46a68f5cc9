/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus-profile.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-bus-names.h"
#include "service/qcc-bus-edit.h"
#include "service/qcc-profile-edit.h"

/**
 * QccBusProfile:
 *
 * A profile on the bus (io.github.qcc.Profile1). Decides nothing.
 */
struct _QccBusProfile
{
  QccDBusProfile1Skeleton parent_instance;

  const QccBusParts *parts; /* (unowned) */
};

static void profile_iface_init (QccDBusProfile1Iface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QccBusProfile, qcc_bus_profile, QCC_DBUS_TYPE_PROFILE1_SKELETON, G_IMPLEMENT_INTERFACE (QCC_DBUS_TYPE_PROFILE1, profile_iface_init))

static void
qcc_bus_profile_class_init (QccBusProfileClass *klass)
{
}

static void
qcc_bus_profile_init (QccBusProfile *self)
{
}

static const char *
get_name (QccBusProfile *self)
{
  return qcc_dbus_profile1_get_name (QCC_DBUS_PROFILE1 (self));
}

static QccSnapshot *
apply_add_endpoint (const QccSnapshot *snapshot,
                    QccBusEdit *edit,
                    GError **error)
{
  g_clear_pointer (&edit->out_id, g_free);

  return qcc_profile_edit_add_endpoint (snapshot, edit->name, edit->options, &edit->out_id, error);
}

static GVariant *
reply_endpoint (QccBusEdit *edit)
{
  g_autofree char *path = qcc_bus_endpoint_path (edit->out_id);

  return g_variant_new ("(o)", path);
}

static gboolean
handle_add_endpoint (QccDBusProfile1 *object,
                     GDBusMethodInvocation *invocation,
                     GVariant *options)
{
  QccBusProfile *self = QCC_BUS_PROFILE (object);
  QccBusEdit *edit = qcc_bus_edit_new (invocation, apply_add_endpoint, reply_endpoint);
  g_autofree char *summary = g_strdup_printf (_ ("endpoint added to %s"), get_name (self));

  edit->name = g_strdup (get_name (self));
  edit->options = g_variant_ref (options);
  qcc_bus_edit_run (edit, self->parts->profile_store, summary);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static QccSnapshot *
apply_update (const QccSnapshot *snapshot,
              QccBusEdit *edit,
              GError **error)
{
  return qcc_profile_edit_update_profile (snapshot, edit->name, edit->options, error);
}

static void
run_update (QccBusProfile *self,
            GDBusMethodInvocation *invocation,
            GVariant *options)
{
  QccBusEdit *edit = qcc_bus_edit_new (invocation, apply_update, NULL);
  g_autofree char *summary = g_strdup_printf (_ ("profile %s changed"), get_name (self));

  edit->name = g_strdup (get_name (self));
  edit->options = g_variant_ref_sink (options);
  qcc_bus_edit_run (edit, self->parts->profile_store, summary);
}

static gboolean
handle_update (QccDBusProfile1 *object,
               GDBusMethodInvocation *invocation,
               GVariant *options)
{
  run_update (QCC_BUS_PROFILE (object), invocation, options);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_set_tier (QccDBusProfile1 *object,
                 GDBusMethodInvocation *invocation,
                 const char *tier)
{
  run_update (QCC_BUS_PROFILE (object), invocation, g_variant_new_parsed ("{'tier': <%s>}", tier));

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
profile_iface_init (QccDBusProfile1Iface *iface)
{
  iface->handle_add_endpoint = handle_add_endpoint;
  iface->handle_update = handle_update;
  iface->handle_set_tier = handle_set_tier;
}

/**
 * qcc_bus_profile_new:
 * @parts: (transfer none): what it calls
 * @name: of the profile
 *
 * Returns: (transfer full): an interface for qcc_bus_profile_update()
 */
QccBusProfile *
qcc_bus_profile_new (const QccBusParts *parts,
                     const char *name)
{
  QccBusProfile *self = g_object_new (QCC_TYPE_BUS_PROFILE, "name", name, NULL);

  self->parts = parts;

  return self;
}

static const char *
describe_choice (gboolean is_set,
                 gboolean value)
{
  if (!is_set)
    return "default";

  return value ? "true" : "false";
}

/**
 * qcc_bus_profile_update:
 * @self: a profile on the bus
 * @profile: (transfer none): what it is now
 * @is_active: whether requests start there
 * @is_default: whether it is the default profile
 *
 * Tells the bus what has changed, before it returns.
 */
void
qcc_bus_profile_update (QccBusProfile *self,
                        const QccProfile *profile,
                        gboolean is_active,
                        gboolean is_default)
{
  QccDBusProfile1 *iface = QCC_DBUS_PROFILE1 (self);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) paths = NULL;

  for (guint i = 0; i < profile->endpoints->len; i++)
    {
      const QccEndpoint *endpoint = g_ptr_array_index (profile->endpoints, i);
      g_autofree char *path = qcc_bus_endpoint_path (endpoint->id);

      g_strv_builder_add (builder, path);
    }
  paths = g_strv_builder_end (builder);

  qcc_dbus_profile1_set_description (iface, profile->description != NULL ? profile->description : "");
  qcc_dbus_profile1_set_tier (iface, qcc_enum_to_nick (QCC_TYPE_TIER, profile->tier));
  qcc_dbus_profile1_set_order (iface, profile->order);
  qcc_dbus_profile1_set_strategy (iface, profile->has_strategy ? qcc_enum_to_nick (QCC_TYPE_STRATEGY, profile->strategy) : "default");
  qcc_dbus_profile1_set_health_aware (iface, describe_choice (profile->has_health_aware, profile->health_aware));
  qcc_dbus_profile1_set_sticky_session (iface, describe_choice (profile->has_sticky_session, profile->sticky_session));
  qcc_dbus_profile1_set_active (iface, is_active);
  qcc_dbus_profile1_set_default (iface, is_default);
  qcc_dbus_profile1_set_endpoints (iface, (const char *const *) paths);
  qcc_bus_profile_update_health (self, profile);
}

/**
 * qcc_bus_profile_update_health:
 * @self: a profile on the bus
 * @profile: (transfer none): what it is now
 *
 * Tells the bus what has changed of its health, before it returns.
 */
void
qcc_bus_profile_update_health (QccBusProfile *self,
                               const QccProfile *profile)
{
  QccDBusProfile1 *iface = QCC_DBUS_PROFILE1 (self);
  QccProfileHealth health = qcc_health_view_profile (self->parts->health, profile);

  qcc_dbus_profile1_set_health (iface, qcc_enum_to_nick (QCC_TYPE_HEALTH_STATUS, (int) health.status));
  qcc_dbus_profile1_set_healthy_endpoints (iface, health.n_healthy);
  qcc_dbus_profile1_set_usable_endpoints (iface, health.n_usable);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self));
}
