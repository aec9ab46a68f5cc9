/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-profile-out.h"

#include <glib/gi18n-lib.h>

#include "cli/qcc-bus-json.h"
#include "cli/qcc-words.h"

/* What is special about a profile, in words. */
static const char *
describe_state (QccDBusProfile1 *profile)
{
  gboolean active = qcc_dbus_profile1_get_active (profile);
  gboolean is_default = qcc_dbus_profile1_get_default (profile);

  if (active && is_default)
    return _ ("active, default");
  if (active)
    return _ ("active");

  return is_default ? _ ("default") : "";
}

static void
put_table (const QccCall *call,
           GPtrArray *profiles)
{
  const char *const headings[] = {
    C_ ("column", "NAME"),
    C_ ("column", "TIER"),
    C_ ("column", "STATE"),
    C_ ("column", "HEALTH"),
    C_ ("column", "STRATEGY"),
    C_ ("column", "ENDPOINTS"),
    C_ ("column", "DESCRIPTION"),
    NULL,
  };
  g_autoptr (QccTable) table = qcc_table_new (headings);

  for (guint i = 0; i < profiles->len; i++)
    {
      QccDBusProfile1 *profile = g_ptr_array_index (profiles, i);
      const char *const *paths = qcc_dbus_profile1_get_endpoints (profile);
      g_autofree char *n_endpoints = g_strdup_printf ("%u", paths != NULL ? g_strv_length ((char **) paths) : 0);
      const char *const cells[] = {
        qcc_dbus_profile1_get_name (profile),
        qcc_dbus_profile1_get_tier (profile),
        describe_state (profile),
        qcc_words_get (QCC_WORDS_HEALTH, qcc_dbus_profile1_get_health (profile)),
        qcc_dbus_profile1_get_strategy (profile),
        n_endpoints,
        qcc_dbus_profile1_get_description (profile),
        NULL,
      };

      qcc_table_add_row (table, cells);
    }

  qcc_call_put_table (call, table);
}

/**
 * qcc_profile_out_put_list:
 * @call: a call
 * @client: the service
 *
 * Prints all profiles.
 *
 * Returns: %TRUE
 */
gboolean
qcc_profile_out_put_list (const QccCall *call,
                          const QccBusClient *client)
{
  g_autoptr (GPtrArray) profiles = qcc_bus_client_list_profiles (client);
  g_autoptr (JsonBuilder) builder = NULL;

  if (call->json)
    {
      builder = json_builder_new ();
      qcc_bus_json_add_profiles (builder, client);
      qcc_call_put_json (call, builder);
    }
  else if (profiles->len > 0)
    put_table (call, profiles);
  else
    qcc_call_say (call, _ ("There is no profile yet; “qcc add” makes one."));

  return TRUE;
}

/**
 * qcc_profile_out_put_json:
 * @call: a call
 * @client: the service
 * @profile: a profile, opened after the last change
 *
 * Prints the profile as JSON.
 */
void
qcc_profile_out_put_json (const QccCall *call,
                          const QccBusClient *client,
                          QccDBusProfile1 *profile)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  qcc_bus_json_add_profile (builder, client, profile);
  qcc_call_put_json (call, builder);
}

/**
 * qcc_profile_out_put_changed:
 * @call: a call
 * @client: the service
 * @profile: a profile that was changed
 * @error: return location for an error
 *
 * Prints the profile as it is now, if this is for a program.
 *
 * Possible errors: those of qcc_bus_client_open_profile().
 *
 * Returns: whether nothing went wrong
 */
gboolean
qcc_profile_out_put_changed (const QccCall *call,
                             const QccBusClient *client,
                             QccDBusProfile1 *profile,
                             GError **error)
{
  g_autoptr (QccDBusProfile1) changed = NULL;

  if (!call->json)
    return TRUE;

  changed = qcc_bus_client_open_profile (client, g_dbus_proxy_get_object_path (G_DBUS_PROXY (profile)), error);
  if (changed == NULL)
    return FALSE;
  qcc_profile_out_put_json (call, client, changed);
  return TRUE;
}
