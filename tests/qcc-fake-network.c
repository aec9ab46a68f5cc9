/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-fake-network.h"

struct _QccFakeNetwork
{
  GObject parent_instance;

  gboolean available;
};

enum
{
  PROP_NETWORK_AVAILABLE = 1,
  PROP_NETWORK_METERED,
  PROP_CONNECTIVITY,
};

static gboolean
initialize (GInitable *initable,
            GCancellable *cancellable,
            GError **error)
{
  return TRUE;
}

static void
initable_iface_init (GInitableIface *iface)
{
  iface->init = initialize;
}

static void
monitor_iface_init (GNetworkMonitorInterface *iface)
{
}

G_DEFINE_FINAL_TYPE_WITH_CODE (QccFakeNetwork,
                               qcc_fake_network,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, initable_iface_init)
                                   G_IMPLEMENT_INTERFACE (G_TYPE_NETWORK_MONITOR, monitor_iface_init))

static void
qcc_fake_network_get_property (GObject *object,
                               guint id,
                               GValue *value,
                               GParamSpec *pspec)
{
  QccFakeNetwork *self = QCC_FAKE_NETWORK (object);

  if (id == PROP_NETWORK_AVAILABLE)
    g_value_set_boolean (value, self->available);
  else if (id == PROP_NETWORK_METERED)
    g_value_set_boolean (value, FALSE);
  else
    g_value_set_enum (value, self->available ? G_NETWORK_CONNECTIVITY_FULL : G_NETWORK_CONNECTIVITY_LOCAL);
}

static void
qcc_fake_network_class_init (QccFakeNetworkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = qcc_fake_network_get_property;
  g_object_class_override_property (object_class, PROP_NETWORK_AVAILABLE, "network-available");
  g_object_class_override_property (object_class, PROP_NETWORK_METERED, "network-metered");
  g_object_class_override_property (object_class, PROP_CONNECTIVITY, "connectivity");
}

static void
qcc_fake_network_init (QccFakeNetwork *self)
{
  self->available = TRUE;
}

/**
 * qcc_fake_network_new:
 *
 * Returns: (transfer full): a monitor
 */
QccFakeNetwork *
qcc_fake_network_new (void)
{
  return g_object_new (QCC_TYPE_FAKE_NETWORK, NULL);
}

/**
 * qcc_fake_network_change:
 * @self: a monitor
 * @available: whether there is a network from now on
 *
 * Says that the network has changed, also when @available is what it was.
 */
void
qcc_fake_network_change (QccFakeNetwork *self,
                         gboolean available)
{
  self->available = available;
  g_object_notify (G_OBJECT (self), "network-available");
  g_signal_emit_by_name (self, "network-changed", available);
}

struct _QccFakeResolver
{
  GResolver parent_instance;
};

G_DEFINE_FINAL_TYPE (QccFakeResolver, qcc_fake_resolver, G_TYPE_RESOLVER)

static void
look_up_async (GResolver *resolver,
               const char *hostname,
               GResolverNameLookupFlags flags,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, user_data);

  g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "%s is not known", hostname);
}

static GList *
look_up_finish (GResolver *resolver,
                GAsyncResult *result,
                GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
qcc_fake_resolver_class_init (QccFakeResolverClass *klass)
{
  GResolverClass *resolver_class = G_RESOLVER_CLASS (klass);

  resolver_class->lookup_by_name_with_flags_async = look_up_async;
  resolver_class->lookup_by_name_with_flags_finish = look_up_finish;
}

static void
qcc_fake_resolver_init (QccFakeResolver *self)
{
}
