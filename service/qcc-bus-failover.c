/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus-failover.h"

/* What happened, on the bus (io.github.qcc.Failover1). Decides nothing. */

static GVariant *
describe_event (const QccEvent *event)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "id", "t", event->id);
  g_variant_dict_insert (&dict, "type", "s", qcc_enum_to_nick (QCC_TYPE_EVENT_TYPE, (int) event->type));
  g_variant_dict_insert (&dict, "from", "s", event->from);
  g_variant_dict_insert (&dict, "to", "s", event->to);
  g_variant_dict_insert (&dict, "reason", "s", event->reason);
  g_variant_dict_insert (&dict, "time", "t", (guint64) MAX (0, event->time));
  g_variant_dict_insert (&dict, "success", "b", event->success);

  return g_variant_dict_end (&dict);
}

static gboolean
on_list_events (QccDBusFailover1 *iface,
                GDBusMethodInvocation *invocation,
                guint limit,
                const QccBusParts *parts)
{
  g_autoptr (GPtrArray) events = qcc_event_log_list (parts->events, limit > 0 ? limit : QCC_EVENT_LOG_MAX);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < events->len; i++)
    g_variant_builder_add_value (&builder, describe_event (g_ptr_array_index (events, i)));
  qcc_dbus_failover1_complete_list_events (iface, invocation, g_variant_builder_end (&builder));

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* One signal an event (spec 6.6). */
static void
emit_signal (QccDBusFailover1 *iface,
             const QccEvent *event)
{
  switch (event->type)
    {
    case QCC_EVENT_FAILOVER:
      qcc_dbus_failover1_emit_failed_over (iface, event->from, event->to, event->reason);
      break;
    case QCC_EVENT_RECOVERY:
      qcc_dbus_failover1_emit_recovered (iface, event->from, event->to, event->reason);
      break;
    case QCC_EVENT_SWITCH:
      qcc_dbus_failover1_emit_switched (iface, event->from, event->to, event->reason);
      break;
    case QCC_EVENT_RELEASE:
      qcc_dbus_failover1_emit_released (iface, event->from, event->to);
      break;
    case QCC_EVENT_ENDPOINT_DISABLED:
      qcc_dbus_failover1_emit_endpoint_disabled (iface, event->from, event->reason);
      break;
    case QCC_EVENT_ENDPOINT_ENABLED:
      qcc_dbus_failover1_emit_endpoint_enabled (iface, event->from, event->reason);
      break;
    case QCC_EVENT_BILLING:
      qcc_dbus_failover1_emit_billing_problem (iface, event->from, event->reason);
      break;
    case QCC_EVENT_ALL_DOWN:
      qcc_dbus_failover1_emit_all_down (iface, event->reason);
      break;
    case QCC_EVENT_BACK:
      qcc_dbus_failover1_emit_back (iface, event->from);
      break;
    case QCC_EVENT_NO_TARGET:
    case QCC_EVENT_CAP:
      qcc_dbus_failover1_emit_stuck (iface, event->from, qcc_enum_to_nick (QCC_TYPE_EVENT_TYPE, (int) event->type), event->reason);
      break;
    }
}

static void
on_added (QccEventLog *events,
          QccEvent *event,
          QccDBusFailover1 *iface)
{
  qcc_dbus_failover1_set_last_event (iface, describe_event (event));
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (iface));
  emit_signal (iface, event);
}

static void
on_moved (QccFailoverManager *failover,
          QccDBusFailover1 *iface)
{
  qcc_dbus_failover1_set_moves_last_hour (iface, qcc_failover_manager_get_moves_last_hour (failover));
  qcc_dbus_failover1_set_cooldown_until (iface, (guint64) qcc_failover_manager_get_cooldown_until (failover));
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (iface));
}

/**
 * qcc_bus_failover_new:
 * @parts: (transfer none): what it calls; outlives it
 *
 * Returns: (transfer full): an interface that follows @parts
 */
QccDBusFailover1 *
qcc_bus_failover_new (const QccBusParts *parts)
{
  QccDBusFailover1 *iface = qcc_dbus_failover1_skeleton_new ();
  g_autoptr (GPtrArray) last = qcc_event_log_list (parts->events, 1);

  g_signal_connect (iface, "handle-list-events", G_CALLBACK (on_list_events), (gpointer) parts);
  g_signal_connect_object (parts->events, "added", G_CALLBACK (on_added), iface, 0);
  g_signal_connect_object (parts->failover, "changed", G_CALLBACK (on_moved), iface, 0);
  if (last->len > 0)
    qcc_dbus_failover1_set_last_event (iface, describe_event (g_ptr_array_index (last, 0)));
  else
    qcc_dbus_failover1_set_last_event (iface, g_variant_new ("a{sv}", NULL));
  on_moved (parts->failover, iface);

  return iface;
}
