/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-stand-in-private.h"

#include "common/qcc-bus-names.h"

/* Methods that answer what the test said, and do nothing. */

/* Writes the call down. Returns whether it was answered, with an error. */
gboolean
qcc_stand_in_takes (QccStandIn *self,
                    GDBusMethodInvocation *invocation)
{
  const char *method = g_dbus_method_invocation_get_method_name (invocation);
  g_autofree char *arguments = g_variant_print (g_dbus_method_invocation_get_parameters (invocation), FALSE);

  g_string_append_printf (self->calls, "%s%s\n", method, arguments);
  if (g_strcmp0 (self->failing, method) != 0)
    return FALSE;

  /* What a terminal would obey must not reach one. */
  g_dbus_method_invocation_return_error (invocation, QCC_ERROR, (int) self->code, "%s was told to fail\033", method);
  return TRUE;
}

/* What no test has given an answer to is not known, as with an old service. */
static gboolean
on_called (QccStandIn *self,
           GDBusMethodInvocation *invocation)
{
  GVariant *answer = g_hash_table_lookup (self->answers, g_dbus_method_invocation_get_method_name (invocation));

  if (qcc_stand_in_takes (self, invocation))
    return TRUE;
  if (answer == NULL)
    return FALSE;

  g_dbus_method_invocation_return_value (invocation, answer);
  return TRUE;
}

static void
connect_all (QccStandIn *self,
             gpointer skeleton,
             const char *const *signals)
{
  for (guint i = 0; signals[i] != NULL; i++)
    g_signal_connect_swapped (skeleton, signals[i], G_CALLBACK (on_called), self);
}

static void
export_at_root (QccStandIn *self,
                gpointer skeleton)
{
  g_autoptr (GError) error = NULL;

  g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (skeleton), self->connection, QCC_BUS_ROOT, &error);
  g_assert_no_error (error);
}

void
qcc_stand_in_start_answers (QccStandIn *self)
{
  static const char *const signals[] = { "handle-explain", "handle-list-exchanges", "handle-get-setting",
                                         "handle-set-setting", "handle-list-settings", NULL };

  self->answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  qcc_stand_in_answer (self, "SetSetting", "()");
  qcc_stand_in_answer (self, "GetSetting", "('api',)");
  qcc_stand_in_answer (self, "Simulate", "()");
  connect_all (self, self->manager, signals);
}

void
qcc_stand_in_stop_answers (QccStandIn *self)
{
  if (self->failover != NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->failover));
  if (self->health != NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->health));
  g_clear_object (&self->failover);
  g_clear_object (&self->health);
  g_clear_pointer (&self->answers, g_hash_table_unref);
}

void
qcc_stand_in_connect_endpoint (QccStandIn *self,
                               QccDBusEndpoint1 *endpoint)
{
  static const char *const signals[] = { "handle-test", "handle-simulate", NULL };

  connect_all (self, endpoint, signals);
}

/**
 * qcc_stand_in_get_failover:
 * @self: a stand-in
 *
 * A stand-in that was never asked for it has no such interface, like an old service.
 *
 * Returns: (transfer none): where its properties are set
 */
QccDBusFailover1 *
qcc_stand_in_get_failover (QccStandIn *self)
{
  static const char *const signals[] = { "handle-list-events", NULL };

  if (self->failover == NULL)
    {
      self->failover = qcc_dbus_failover1_skeleton_new ();
      connect_all (self, self->failover, signals);
      export_at_root (self, self->failover);
    }

  return self->failover;
}

/**
 * qcc_stand_in_get_health:
 * @self: a stand-in
 *
 * A stand-in that was never asked for it has no such interface, like an old service.
 *
 * Returns: (transfer none): where its properties are set
 */
QccDBusHealth1 *
qcc_stand_in_get_health (QccStandIn *self)
{
  static const char *const signals[] = { "handle-check", "handle-list-metrics", "handle-list-history", NULL };

  if (self->health == NULL)
    {
      self->health = qcc_dbus_health1_skeleton_new ();
      connect_all (self, self->health, signals);
      export_at_root (self, self->health);
    }

  return self->health;
}

/**
 * qcc_stand_in_answer:
 * @self: a stand-in
 * @method: a method of which only the answer matters
 * @reply: what it answers from now on, as g_variant_parse() takes it
 */
void
qcc_stand_in_answer (QccStandIn *self,
                     const char *method,
                     const char *reply)
{
  g_autoptr (GError) error = NULL;
  GVariant *answer = g_variant_parse (NULL, reply, NULL, NULL, &error);

  g_assert_no_error (error);
  g_hash_table_replace (self->answers, g_strdup (method), answer);
}
