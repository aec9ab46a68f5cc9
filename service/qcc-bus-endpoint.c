/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus-endpoint.h"

#include <glib/gi18n-lib.h>

#include "service/qcc-bus-check.h"
#include "service/qcc-bus-edit.h"
#include "service/qcc-bus-keys.h"
#include "service/qcc-health-text.h"
#include "service/qcc-key-input.h"
#include "service/qcc-profile-edit.h"

/**
 * QccBusEndpoint:
 *
 * An endpoint on the bus (io.github.qcc.Endpoint1). Decides nothing.
 */
struct _QccBusEndpoint
{
  QccDBusEndpoint1Skeleton parent_instance;

  const QccBusParts *parts; /* (unowned) */
};

static void endpoint_iface_init (QccDBusEndpoint1Iface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QccBusEndpoint, qcc_bus_endpoint, QCC_DBUS_TYPE_ENDPOINT1_SKELETON, G_IMPLEMENT_INTERFACE (QCC_DBUS_TYPE_ENDPOINT1, endpoint_iface_init))

static void
qcc_bus_endpoint_class_init (QccBusEndpointClass *klass)
{
}

static void
qcc_bus_endpoint_init (QccBusEndpoint *self)
{
}

static const char *
get_id (QccBusEndpoint *self)
{
  return qcc_dbus_endpoint1_get_id (QCC_DBUS_ENDPOINT1 (self));
}

static void
run_edit (QccBusEndpoint *self,
          QccBusEdit *edit,
          const char *summary)
{
  edit->name = g_strdup (get_id (self));
  qcc_bus_edit_run (edit, self->parts->profile_store, summary);
}

static QccSnapshot *
apply_update (const QccSnapshot *snapshot,
              QccBusEdit *edit,
              GError **error)
{
  return qcc_profile_edit_update_endpoint (snapshot, edit->name, edit->options, error);
}

static gboolean
handle_update (QccDBusEndpoint1 *object,
               GDBusMethodInvocation *invocation,
               GVariant *options)
{
  QccBusEndpoint *self = QCC_BUS_ENDPOINT (object);
  QccBusEdit *edit = qcc_bus_edit_new (invocation, apply_update, NULL);
  g_autofree char *summary = g_strdup_printf (_ ("endpoint %s changed"), get_id (self));

  edit->options = g_variant_ref (options);
  run_edit (self, edit, summary);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static QccSnapshot *
apply_remove (const QccSnapshot *snapshot,
              QccBusEdit *edit,
              GError **error)
{
  return qcc_profile_edit_remove_endpoint (snapshot, edit->name, error);
}

static gboolean
handle_remove (QccDBusEndpoint1 *object,
               GDBusMethodInvocation *invocation)
{
  QccBusEndpoint *self = QCC_BUS_ENDPOINT (object);
  g_autofree char *summary = g_strdup_printf (_ ("endpoint %s removed"), get_id (self));

  run_edit (self, qcc_bus_edit_new (invocation, apply_remove, NULL), summary);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static QccSnapshot *
apply_enabled (const QccSnapshot *snapshot,
               QccBusEdit *edit,
               GError **error)
{
  return qcc_profile_edit_set_endpoint_enabled (snapshot, edit->name, edit->flag, error);
}

static gboolean
handle_enable (QccDBusEndpoint1 *object,
               GDBusMethodInvocation *invocation)
{
  QccBusEndpoint *self = QCC_BUS_ENDPOINT (object);
  QccBusEdit *edit = qcc_bus_edit_new (invocation, apply_enabled, NULL);
  g_autofree char *summary = g_strdup_printf (_ ("endpoint %s enabled"), get_id (self));

  /* The user's switch is one thing, what was found against it another: both are undone (spec 11.2). */
  qcc_health_reset (self->parts->health, get_id (self));
  edit->flag = TRUE;
  run_edit (self, edit, summary);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_disable (QccDBusEndpoint1 *object,
                GDBusMethodInvocation *invocation)
{
  QccBusEndpoint *self = QCC_BUS_ENDPOINT (object);
  g_autofree char *summary = g_strdup_printf (_ ("endpoint %s disabled"), get_id (self));

  run_edit (self, qcc_bus_edit_new (invocation, apply_enabled, NULL), summary);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_key_changed (QccDBusEndpoint1 *object,
                    GDBusMethodInvocation *invocation)
{
  QccBusEndpoint *self = QCC_BUS_ENDPOINT (object);

  qcc_bus_look_up_keys (self->parts->table, get_id (self), invocation);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

typedef struct
{
  QccBusEndpoint *endpoint;          /* (owned) */
  GDBusMethodInvocation *invocation; /* (owned) */
} SetKey;

static void
set_key_free (SetKey *self)
{
  g_clear_object (&self->endpoint);
  g_clear_object (&self->invocation);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SetKey, set_key_free)

static void
on_key_stored (GObject *source,
               GAsyncResult *result,
               gpointer user_data)
{
  g_autoptr (SetKey) self = user_data;
  g_autoptr (GError) error = NULL;

  if (qcc_key_store_store_finish (QCC_KEY_STORE (source), result, &error))
    handle_key_changed (QCC_DBUS_ENDPOINT1 (self->endpoint), g_steal_pointer (&self->invocation));
  else
    qcc_bus_return_error (g_steal_pointer (&self->invocation), error);
}

static void
on_key_read (GObject *source,
             GAsyncResult *result,
             gpointer user_data)
{
  g_autoptr (SetKey) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSecret) key = qcc_key_input_read_finish (result, &error);
  QccKeyStore *key_store = self->endpoint->parts->key_store;
  const char *id = get_id (self->endpoint);

  if (key != NULL)
    qcc_key_store_store_async (key_store, id, key, NULL, on_key_stored, g_steal_pointer (&self));
  else
    qcc_bus_return_error (g_steal_pointer (&self->invocation), error);
}

static gboolean
handle_set_key (QccDBusEndpoint1 *object,
                GDBusMethodInvocation *invocation,
                GUnixFDList *fd_list,
                GVariant *source)
{
  SetKey *self = g_new0 (SetKey, 1);

  self->endpoint = g_object_ref (QCC_BUS_ENDPOINT (object));
  self->invocation = invocation;
  qcc_key_input_read_async (g_dbus_method_invocation_get_message (invocation),
                            (guint) g_variant_get_handle (source), on_key_read, self);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_test (QccDBusEndpoint1 *object,
             GDBusMethodInvocation *invocation,
             const char *level)
{
  QccBusEndpoint *self = QCC_BUS_ENDPOINT (object);

  qcc_bus_check_endpoint (self->parts, get_id (self), level, invocation);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_simulate (QccDBusEndpoint1 *object,
                 GDBusMethodInvocation *invocation,
                 const char *fault,
                 guint seconds)
{
  QccBusEndpoint *self = QCC_BUS_ENDPOINT (object);
  g_autoptr (GError) error = NULL;
  int value;

  if (g_str_equal (fault, "none"))
    qcc_simulator_stop (self->parts->simulator, get_id (self), &error);
  else if (qcc_enum_from_nick (QCC_TYPE_FAULT, fault, &value, &error))
    qcc_simulator_start (self->parts->simulator, get_id (self), (QccFault) value, seconds, &error);
  qcc_bus_return (invocation, error);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
endpoint_iface_init (QccDBusEndpoint1Iface *iface)
{
  iface->handle_update = handle_update;
  iface->handle_remove = handle_remove;
  iface->handle_enable = handle_enable;
  iface->handle_disable = handle_disable;
  iface->handle_key_changed = handle_key_changed;
  iface->handle_set_key = handle_set_key;
  iface->handle_test = handle_test;
  iface->handle_simulate = handle_simulate;
}

/**
 * qcc_bus_endpoint_new:
 * @parts: (transfer none): what it calls
 * @id: of the endpoint
 *
 * Returns: (transfer full): an interface for qcc_bus_endpoint_update()
 */
QccBusEndpoint *
qcc_bus_endpoint_new (const QccBusParts *parts,
                      const char *id)
{
  QccBusEndpoint *self = g_object_new (QCC_TYPE_BUS_ENDPOINT, "id", id, NULL);

  self->parts = parts;

  return self;
}

static GVariant *
describe_models (const QccEndpoint *endpoint)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ss)"));

  for (guint i = 0; i < endpoint->models->len; i++)
    {
      const QccModelRule *rule = g_ptr_array_index (endpoint->models, i);

      g_variant_builder_add (&builder, "(ss)", rule->pattern, rule->name);
    }

  return g_variant_builder_end (&builder);
}

static GVariant *
describe_meta (const QccEndpoint *endpoint)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (endpoint->meta == NULL)
    return g_variant_builder_end (&builder);

  json_object_iter_init_ordered (&iter, endpoint->meta);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      g_autofree char *text = NULL;

      if (json_node_get_value_type (node) == G_TYPE_STRING)
        text = json_node_dup_string (node);
      else
        text = json_to_string (node, FALSE);
      g_variant_builder_add (&builder, "{ss}", name, text);
    }

  return g_variant_builder_end (&builder);
}

/**
 * qcc_bus_endpoint_update:
 * @self: an endpoint on the bus
 * @endpoint: (transfer none): what it is now
 * @profile_name: where it belongs
 *
 * Tells the bus what has changed, before it returns.
 */
void
qcc_bus_endpoint_update (QccBusEndpoint *self,
                         const QccEndpoint *endpoint,
                         const char *profile_name)
{
  QccDBusEndpoint1 *iface = QCC_DBUS_ENDPOINT1 (self);
  g_autofree char *base_url = g_uri_to_string (endpoint->base_url);

  /* As people write it. */
  if (g_str_has_suffix (base_url, "/"))
    base_url[strlen (base_url) - 1] = '\0';

  qcc_dbus_endpoint1_set_profile (iface, profile_name);
  qcc_dbus_endpoint1_set_base_url (iface, base_url);
  qcc_dbus_endpoint1_set_auth (iface, qcc_enum_to_nick (QCC_TYPE_AUTH_SCHEME, endpoint->auth));
  qcc_dbus_endpoint1_set_weight (iface, endpoint->weight);
  qcc_dbus_endpoint1_set_priority (iface, endpoint->priority);
  qcc_dbus_endpoint1_set_max_failures (iface, endpoint->max_failures);
  qcc_dbus_endpoint1_set_enabled (iface, endpoint->enabled);
  qcc_dbus_endpoint1_set_ca_file (iface, endpoint->ca_file != NULL ? endpoint->ca_file : "");
  qcc_dbus_endpoint1_set_proxy (iface, endpoint->proxy != NULL ? endpoint->proxy : "system");
  qcc_dbus_endpoint1_set_models (iface, describe_models (endpoint));
  qcc_dbus_endpoint1_set_connect_timeout (iface, endpoint->connect_timeout);
  qcc_dbus_endpoint1_set_first_byte_timeout (iface, endpoint->first_byte_timeout);
  qcc_dbus_endpoint1_set_idle_timeout (iface, endpoint->idle_timeout);
  qcc_dbus_endpoint1_set_meta (iface, describe_meta (endpoint));
  qcc_bus_endpoint_update_key (self);
}

/**
 * qcc_bus_endpoint_update_health:
 * @self: an endpoint on the bus
 *
 * Tells the bus what has changed of its health, before it returns.
 */
void
qcc_bus_endpoint_update_health (QccBusEndpoint *self)
{
  QccDBusEndpoint1 *iface = QCC_DBUS_ENDPOINT1 (self);
  QccHealth *health = self->parts->health;
  const QccEndpointEntry *entry = qcc_health_find (health, get_id (self));
  const QccEndpoint *endpoint = qcc_snapshot_find_endpoint (qcc_profile_store_get_snapshot (self->parts->profile_store), get_id (self));
  QccEndpointView view;
  gboolean is_kept_back;
  g_autofree char *reason = NULL;

  if (entry == NULL || endpoint == NULL)
    return;

  view = qcc_health_view (health, entry);
  reason = qcc_health_describe (entry, endpoint, &view);
  qcc_dbus_endpoint1_set_health (iface, qcc_health_get_word (entry, endpoint, &view));
  qcc_dbus_endpoint1_set_health_reason (iface, reason);
  /* Nothing that time ends keeps requests from one that is switched off or has no key. */
  is_kept_back = endpoint->enabled && (entry->key != NULL || entry->simulation != NULL);
  qcc_dbus_endpoint1_set_health_until (iface, is_kept_back ? (guint64) qcc_health_to_wall (health, view.until) : 0);
  qcc_dbus_endpoint1_set_circuit (iface, qcc_enum_to_nick (QCC_TYPE_CIRCUIT, (int) entry->state.circuit));
  qcc_dbus_endpoint1_set_simulated (iface, entry->simulation != NULL ? entry->simulation->fault : "");
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self));
}

/**
 * qcc_bus_endpoint_update_key:
 * @self: an endpoint on the bus
 *
 * Tells the bus what has changed of its key, before it returns.
 */
void
qcc_bus_endpoint_update_key (QccBusEndpoint *self)
{
  QccDBusEndpoint1 *iface = QCC_DBUS_ENDPOINT1 (self);
  const QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->parts->table, get_id (self));
  QccKeyState state = entry != NULL ? entry->key_state : QCC_KEY_STATE_CHECKING;

  qcc_dbus_endpoint1_set_key_state (iface, qcc_enum_to_nick (QCC_TYPE_KEY_STATE, state));
  qcc_dbus_endpoint1_set_key_store (iface, entry != NULL && entry->key_store != NULL ? entry->key_store : "");
  qcc_bus_endpoint_update_health (self);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self));
}
