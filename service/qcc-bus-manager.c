/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/qcc-bus-manager.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-bus-names.h"
#include "common/qcc-error.h"
#include "service/qcc-bus-edit.h"
#include "service/qcc-bus-explain.h"
#include "service/qcc-bus-keys.h"
#include "service/qcc-bus-rename.h"
#include "service/qcc-bus-settings.h"
#include "service/qcc-bus-tokens.h"
#include "service/qcc-profile-edit.h"

/**
 * QccBusManager:
 *
 * The service on the bus (io.github.qcc.Manager1). Decides nothing. Methods about settings and tokens,
 * and the one that renames, have files of their own.
 */
struct _QccBusManager
{
  QccDBusManager1Skeleton parent_instance;

  const QccBusParts *parts; /* (unowned) */
};

static void manager_iface_init (QccDBusManager1Iface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QccBusManager, qcc_bus_manager, QCC_DBUS_TYPE_MANAGER1_SKELETON, G_IMPLEMENT_INTERFACE (QCC_DBUS_TYPE_MANAGER1, manager_iface_init))

/* The one property that is asked for rather than told. */
enum
{
  PROP_0,
  PROP_ACTIVE_EXCHANGES,
};

static void
qcc_bus_manager_get_property (GObject *object,
                              guint id,
                              GValue *value,
                              GParamSpec *pspec)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);

  if (id == PROP_ACTIVE_EXCHANGES)
    g_value_set_uint (value, qcc_lifecycle_get_n_exchanges (self->parts->lifecycle));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
qcc_bus_manager_set_property (GObject *object,
                              guint id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
qcc_bus_manager_class_init (QccBusManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = qcc_bus_manager_get_property;
  object_class->set_property = qcc_bus_manager_set_property;
  g_object_class_override_property (object_class, PROP_ACTIVE_EXCHANGES, "active-exchanges");
}

static void
qcc_bus_manager_init (QccBusManager *self)
{
}

static QccSnapshot *
apply_add_profile (const QccSnapshot *snapshot,
                   QccBusEdit *edit,
                   GError **error)
{
  return qcc_profile_edit_add_profile (snapshot, edit->name, edit->options, error);
}

static GVariant *
reply_profile (QccBusEdit *edit)
{
  g_autofree char *path = qcc_bus_profile_path (edit->name);

  return g_variant_new ("(o)", path);
}

static gboolean
handle_add_profile (QccDBusManager1 *object,
                    GDBusMethodInvocation *invocation,
                    const char *name,
                    GVariant *options)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);
  QccBusEdit *edit = qcc_bus_edit_new (invocation, apply_add_profile, reply_profile);
  g_autofree char *summary = g_strdup_printf (_ ("profile %s added"), name);

  edit->name = g_strdup (name);
  edit->options = g_variant_ref (options);
  qcc_bus_edit_run (edit, self->parts->profile_store, summary);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static QccSnapshot *
apply_remove_profile (const QccSnapshot *snapshot,
                      QccBusEdit *edit,
                      GError **error)
{
  return qcc_profile_edit_remove_profile (snapshot, edit->name, error);
}

static gboolean
handle_remove_profile (QccDBusManager1 *object,
                       GDBusMethodInvocation *invocation,
                       const char *name)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);
  QccBusEdit *edit = qcc_bus_edit_new (invocation, apply_remove_profile, NULL);
  g_autofree char *summary = g_strdup_printf (_ ("profile %s removed"), name);

  edit->name = g_strdup (name);
  qcc_bus_edit_run (edit, self->parts->profile_store, summary);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static QccSnapshot *
apply_set_default (const QccSnapshot *snapshot,
                   QccBusEdit *edit,
                   GError **error)
{
  return qcc_profile_edit_set_default (snapshot, edit->name, error);
}

static gboolean
handle_set_default (QccDBusManager1 *object,
                    GDBusMethodInvocation *invocation,
                    const char *name)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);
  QccBusEdit *edit = qcc_bus_edit_new (invocation, apply_set_default, NULL);
  g_autofree char *summary = g_strdup_printf (_ ("default profile is %s"), name);

  edit->name = g_strdup (name);
  qcc_bus_edit_run (edit, self->parts->profile_store, summary);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_active_changed (GObject *source,
                   GAsyncResult *result,
                   gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  qcc_failover_manager_change_finish (QCC_FAILOVER_MANAGER (source), result, &error);
  qcc_bus_return (user_data, error);
}

static gboolean
handle_switch_profile (QccDBusManager1 *object,
                       GDBusMethodInvocation *invocation,
                       const char *name,
                       const char *reason)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);

  qcc_failover_manager_switch_async (self->parts->failover, name, reason, on_active_changed, invocation);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_release (QccDBusManager1 *object,
                GDBusMethodInvocation *invocation)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);

  qcc_failover_manager_release_async (self->parts->failover, on_active_changed, invocation);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_find_profile (QccDBusManager1 *object,
                     GDBusMethodInvocation *invocation,
                     const char *name)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);
  QccSnapshot *snapshot = qcc_profile_store_get_snapshot (self->parts->profile_store);
  g_autofree char *path = qcc_bus_profile_path (name);

  if (qcc_snapshot_find_profile (snapshot, name) != NULL)
    qcc_dbus_manager1_complete_find_profile (object, invocation, path);
  else
    g_dbus_method_invocation_return_error_literal (invocation, QCC_ERROR, QCC_ERROR_NOT_FOUND,
                                                   _ ("There is no profile of that name. “qcc list” shows all."));

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_find_endpoint (QccDBusManager1 *object,
                      GDBusMethodInvocation *invocation,
                      const char *id)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);
  QccSnapshot *snapshot = qcc_profile_store_get_snapshot (self->parts->profile_store);
  g_autofree char *path = qcc_bus_endpoint_path (id);

  if (qcc_snapshot_find_endpoint (snapshot, id) != NULL)
    qcc_dbus_manager1_complete_find_endpoint (object, invocation, path);
  else
    g_dbus_method_invocation_return_error_literal (invocation, QCC_ERROR, QCC_ERROR_NOT_FOUND,
                                                   _ ("There is no endpoint with that id. “qcc endpoint list PROFILE” shows them."));

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_start (QccDBusManager1 *object,
              GDBusMethodInvocation *invocation)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);
  g_autoptr (GError) error = NULL;

  if (qcc_lifecycle_start (self->parts->lifecycle, &error))
    qcc_dbus_manager1_complete_start (object, invocation);
  else
    qcc_bus_return_error (invocation, error);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_stopped (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;

  qcc_lifecycle_stop_finish (QCC_LIFECYCLE (source), result);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static gboolean
handle_stop (QccDBusManager1 *object,
             GDBusMethodInvocation *invocation)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);

  qcc_lifecycle_stop_async (self->parts->lifecycle, on_stopped, invocation);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_quit (QccDBusManager1 *object,
             GDBusMethodInvocation *invocation)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);

  qcc_dbus_manager1_complete_quit (object, invocation);
  qcc_lifecycle_quit (self->parts->lifecycle);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_refresh_keys (QccDBusManager1 *object,
                     GDBusMethodInvocation *invocation)
{
  QccBusManager *self = QCC_BUS_MANAGER (object);

  qcc_bus_look_up_keys (self->parts->table, NULL, invocation);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
manager_iface_init (QccDBusManager1Iface *iface)
{
  iface->handle_add_profile = handle_add_profile;
  iface->handle_remove_profile = handle_remove_profile;
  iface->handle_set_default = handle_set_default;
  iface->handle_switch_profile = handle_switch_profile;
  iface->handle_release = handle_release;
  iface->handle_find_profile = handle_find_profile;
  iface->handle_find_endpoint = handle_find_endpoint;
  iface->handle_start = handle_start;
  iface->handle_stop = handle_stop;
  iface->handle_quit = handle_quit;
  iface->handle_refresh_keys = handle_refresh_keys;
}

static void
update_lifecycle (QccLifecycle *lifecycle,
                  QccBusManager *self)
{
  QccDBusManager1 *iface = QCC_DBUS_MANAGER1 (self);
  QccLifecycleState state = qcc_lifecycle_get_state (lifecycle);
  g_autofree char *url = qcc_lifecycle_dup_url (lifecycle);

  qcc_dbus_manager1_set_state (iface, qcc_enum_to_nick (QCC_TYPE_LIFECYCLE_STATE, state));
  qcc_dbus_manager1_set_state_reason (iface, qcc_lifecycle_get_reason (lifecycle));
  qcc_dbus_manager1_set_url (iface, url);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self));
}

static void
update_active (QccActive *active,
               QccBusManager *self)
{
  QccDBusManager1 *iface = QCC_DBUS_MANAGER1 (self);
  const QccSnapshot *snapshot = qcc_profile_store_get_snapshot (self->parts->profile_store);
  const char *name = qcc_active_get_name (active);
  const char *pinned = qcc_active_get_pinned (active);
  const char *serving = qcc_active_get_serving (active);

  qcc_dbus_manager1_set_active_profile (iface, name != NULL ? name : "");
  qcc_dbus_manager1_set_default_profile (iface, snapshot->default_name != NULL ? snapshot->default_name : "");
  qcc_dbus_manager1_set_serving (iface, serving != NULL ? serving : "");
  qcc_dbus_manager1_set_pinned_profile (iface, pinned != NULL ? pinned : "");
  qcc_dbus_manager1_set_pinned (iface, qcc_active_is_pinned (active));
  qcc_dbus_manager1_set_pin_reason (iface, qcc_active_get_reason (active));
  qcc_dbus_manager1_set_pinned_since (iface, (guint64) qcc_active_get_since (active));
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self));
}

/**
 * qcc_bus_manager_new:
 * @parts: (transfer none): what it calls
 *
 * Returns: (transfer full): an interface that follows @parts
 */
QccBusManager *
qcc_bus_manager_new (const QccBusParts *parts)
{
  QccBusManager *self = g_object_new (QCC_TYPE_BUS_MANAGER, "version", QCC_VERSION, NULL);

  self->parts = parts;
  qcc_bus_settings_implement (QCC_DBUS_MANAGER1 (self), parts->policy);
  qcc_bus_tokens_implement (QCC_DBUS_MANAGER1 (self), parts->profile_store);
  qcc_bus_rename_implement (QCC_DBUS_MANAGER1 (self), parts);
  qcc_bus_explain_implement (QCC_DBUS_MANAGER1 (self), parts);
  g_signal_connect_object (parts->lifecycle, "changed", G_CALLBACK (update_lifecycle), self, 0);
  g_signal_connect_object (parts->active, "changed", G_CALLBACK (update_active), self, 0);
  update_lifecycle (parts->lifecycle, self);
  update_active (parts->active, self);

  return self;
}

/**
 * qcc_bus_manager_set_notices:
 * @self: the manager on the bus
 * @notices: (array zero-terminated=1): what the user should know and mend
 */
void
qcc_bus_manager_set_notices (QccBusManager *self,
                             const char *const *notices)
{
  g_return_if_fail (QCC_IS_BUS_MANAGER (self));

  qcc_dbus_manager1_set_notices (QCC_DBUS_MANAGER1 (self), notices);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self));
}
