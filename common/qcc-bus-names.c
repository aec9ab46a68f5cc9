/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-bus-names.h"

static char *
make_path (const char *prefix,
           const char *name)
{
  g_autofree char *escaped = g_dbus_escape_object_path (name);

  return g_strconcat (prefix, escaped, NULL);
}

/**
 * qcc_bus_profile_path:
 * @name: of a profile
 *
 * Returns: (transfer full): the path of its object
 */
char *
qcc_bus_profile_path (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  return make_path (QCC_BUS_PROFILES, name);
}

/**
 * qcc_bus_endpoint_path:
 * @id: of an endpoint
 *
 * Returns: (transfer full): the path of its object
 */
char *
qcc_bus_endpoint_path (const char *id)
{
  g_return_val_if_fail (id != NULL, NULL);

  return make_path (QCC_BUS_ENDPOINTS, id);
}
