/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus-keys.h"

#include "service/qcc-bus-edit.h"

static void
on_looked_up (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  qcc_endpoint_table_look_up_keys_finish (QCC_ENDPOINT_TABLE (source), result, &error);
  qcc_bus_return (user_data, error);
}

/**
 * qcc_bus_look_up_keys:
 * @table: the endpoints
 * @endpoint_id: (nullable): the endpoint whose key to look up; %NULL for all
 * @invocation: (transfer full): a call of a method that returns nothing
 *
 * Answers the call when the state of each key is known.
 */
void
qcc_bus_look_up_keys (QccEndpointTable *table,
                      const char *endpoint_id,
                      GDBusMethodInvocation *invocation)
{
  qcc_endpoint_table_look_up_keys_async (table, endpoint_id, NULL, on_looked_up, invocation);
}
