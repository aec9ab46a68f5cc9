/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus-explain.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "service/qcc-explanation.h"

static gboolean
on_explain (QccDBusManager1 *manager,
            GDBusMethodInvocation *invocation,
            const char *id,
            const QccBusParts *parts)
{
  guint64 number = 0;
  QccExplanation *explanation;

  if (*id != '\0' && !g_ascii_string_to_unsigned (id, 10, 1, G_MAXUINT64, &number, NULL))
    {
      g_dbus_method_invocation_return_error_literal (invocation, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                                                     _ ("The id of an exchange is a number. “qcc explain --list” shows the last ones."));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }

  explanation = qcc_explain_ring_find (parts->explanations, number);
  if (explanation != NULL)
    qcc_dbus_manager1_complete_explain (manager, invocation, qcc_explanation_to_variant (explanation, TRUE));
  else
    g_dbus_method_invocation_return_error_literal (invocation, QCC_ERROR, QCC_ERROR_NOT_FOUND,
                                                   _ ("There is no such exchange among the last 1000. “qcc explain --list” shows them."));

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_list_exchanges (QccDBusManager1 *manager,
                   GDBusMethodInvocation *invocation,
                   guint limit,
                   const QccBusParts *parts)
{
  g_autoptr (GPtrArray) list = qcc_explain_ring_list (parts->explanations, limit > 0 ? limit : G_MAXUINT);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < list->len; i++)
    g_variant_builder_add_value (&builder, qcc_explanation_to_variant (g_ptr_array_index (list, i), FALSE));
  qcc_dbus_manager1_complete_list_exchanges (manager, invocation, g_variant_builder_end (&builder));

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/**
 * qcc_bus_explain_implement:
 * @manager: the manager on the bus
 * @parts: (transfer none): what it calls; outlives @manager
 *
 * Answers the methods of @manager that are about exchanges.
 */
void
qcc_bus_explain_implement (QccDBusManager1 *manager,
                           const QccBusParts *parts)
{
  g_return_if_fail (QCC_DBUS_IS_MANAGER1 (manager));
  g_return_if_fail (parts != NULL);

  g_signal_connect (manager, "handle-explain", G_CALLBACK (on_explain), (gpointer) parts);
  g_signal_connect (manager, "handle-list-exchanges", G_CALLBACK (on_list_exchanges), (gpointer) parts);
}
