/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-bus-json.h"

#include "common/qcc-enums.h"

/* With a service that does not watch health. */
#define HEALTH_UNKNOWN "unknown"

/**
 * qcc_bus_json_add_text:
 * @builder: inside an object
 * @name: of the member
 * @value: (nullable): taken for empty when %NULL
 */
void
qcc_bus_json_add_text (JsonBuilder *builder,
                       const char *name,
                       const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value != NULL ? value : "");
}

/**
 * qcc_bus_json_add_flag:
 * @builder: inside an object
 * @name: of the member
 * @value: its value
 */
void
qcc_bus_json_add_flag (JsonBuilder *builder,
                       const char *name,
                       gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

/* BaseUrl is base_url. */
static char *
to_snake_case (const char *property)
{
  GString *name = g_string_new (NULL);

  for (const char *p = property; *p != '\0'; p++)
    {
      if (g_ascii_isupper (*p) && p > property)
        g_string_append_c (name, '_');
      g_string_append_c (name, g_ascii_tolower (*p));
    }

  return g_string_free (name, FALSE);
}

/* Pairs are members of an object, as in the profile file. */
static JsonNode *
serialize (GVariant *value)
{
  g_autoptr (JsonObject) object = NULL;
  GVariantIter iter;
  const char *pattern;
  const char *name;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE ("a(ss)")))
    return json_gvariant_serialize (value);

  object = json_object_new ();
  g_variant_iter_init (&iter, value);
  while (g_variant_iter_next (&iter, "(&s&s)", &pattern, &name))
    json_object_set_string_member (object, pattern, name);

  return json_node_init_object (json_node_alloc (), object);
}

/* Adds the properties of @proxy in the order of the interface, but for those in @known. */
static void
add_properties (JsonBuilder *builder,
                GDBusProxy *proxy,
                const GDBusInterfaceInfo *info,
                const char *const *known)
{
  for (GDBusPropertyInfo **property = info->properties; *property != NULL; property++)
    {
      g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (proxy, (*property)->name);
      g_autofree char *name = to_snake_case ((*property)->name);

      if (value == NULL || g_strv_contains (known, name))
        continue;
      json_builder_set_member_name (builder, name);
      json_builder_add_value (builder, serialize (value));
    }
}

static void
add_health (JsonBuilder *builder,
            const char *health)
{
  qcc_bus_json_add_text (builder, "health", health != NULL && *health != '\0' ? health : HEALTH_UNKNOWN);
}

static gboolean
is_tier_used (const char *tier)
{
  return g_strcmp0 (tier, qcc_enum_to_nick (QCC_TYPE_TIER, QCC_TIER_DISABLED)) != 0;
}

/**
 * qcc_bus_json_add_endpoint:
 * @builder: where a value may stand
 * @endpoint: an endpoint
 * @profile: its profile; an endpoint is active when it is enabled and its profile is active
 */
void
qcc_bus_json_add_endpoint (JsonBuilder *builder,
                           QccDBusEndpoint1 *endpoint,
                           QccDBusProfile1 *profile)
{
  static const char *const known[] = { "id", "enabled", "health", NULL };
  gboolean enabled = qcc_dbus_endpoint1_get_enabled (endpoint);

  json_builder_begin_object (builder);
  qcc_bus_json_add_text (builder, "id", qcc_dbus_endpoint1_get_id (endpoint));
  qcc_bus_json_add_text (builder, "tier", qcc_dbus_profile1_get_tier (profile));
  qcc_bus_json_add_flag (builder, "active", enabled && qcc_dbus_profile1_get_active (profile));
  qcc_bus_json_add_flag (builder, "enabled", enabled);
  add_health (builder, qcc_dbus_endpoint1_get_health (endpoint));
  add_properties (builder, G_DBUS_PROXY (endpoint), qcc_dbus_endpoint1_interface_info (), known);
  json_builder_end_object (builder);
}

/**
 * qcc_bus_json_add_profile:
 * @builder: where a value may stand
 * @client: the service
 * @profile: one of its profiles
 */
void
qcc_bus_json_add_profile (JsonBuilder *builder,
                          const QccBusClient *client,
                          QccDBusProfile1 *profile)
{
  static const char *const known[] = { "name", "tier", "active", "health", "endpoints", NULL };
  g_autoptr (GPtrArray) endpoints = qcc_bus_client_list_endpoints (client, profile);
  const char *tier = qcc_dbus_profile1_get_tier (profile);

  json_builder_begin_object (builder);
  qcc_bus_json_add_text (builder, "name", qcc_dbus_profile1_get_name (profile));
  qcc_bus_json_add_text (builder, "tier", tier);
  qcc_bus_json_add_flag (builder, "active", qcc_dbus_profile1_get_active (profile));
  qcc_bus_json_add_flag (builder, "enabled", is_tier_used (tier));
  add_health (builder, qcc_dbus_profile1_get_health (profile));
  add_properties (builder, G_DBUS_PROXY (profile), qcc_dbus_profile1_interface_info (), known);

  json_builder_set_member_name (builder, "endpoints");
  json_builder_begin_array (builder);
  for (guint i = 0; i < endpoints->len; i++)
    qcc_bus_json_add_endpoint (builder, g_ptr_array_index (endpoints, i), profile);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/**
 * qcc_bus_json_add_profiles:
 * @builder: where a value may stand
 * @client: the service
 *
 * Adds an array of all profiles, in the order of qcc_bus_client_list_profiles().
 */
void
qcc_bus_json_add_profiles (JsonBuilder *builder,
                           const QccBusClient *client)
{
  g_autoptr (GPtrArray) profiles = qcc_bus_client_list_profiles (client);

  json_builder_begin_array (builder);
  for (guint i = 0; i < profiles->len; i++)
    qcc_bus_json_add_profile (builder, client, g_ptr_array_index (profiles, i));
  json_builder_end_array (builder);
}
