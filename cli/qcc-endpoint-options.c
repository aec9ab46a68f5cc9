/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-endpoint-options.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "cli/qcc-cli-error.h"
#include "common/qcc-base-url.h"
#include "common/qcc-proxy-url.h"

/* Options that are members of the same name on the bus, but for the hyphens. */
static const char *const texts[] = { "id", "from", "base-url", "auth", "proxy" };
static const char *const numbers[] = {
  "weight",
  "priority",
  "max-failures",
};

/* Options that are members of `timeouts`. */
static const struct
{
  const char *option;
  const char *member;
} timeouts[] = {
  { "connect-timeout", "connect" },
  { "first-byte-timeout", "first_byte" },
  { "idle-timeout", "idle" },
};

static char *
dup_member_name (const char *option)
{
  return g_strdelimit (g_strdup (option), "-", '_');
}

/* Addresses may hold a password, which must not get onto the bus; the rest is for the service to check. */
static gboolean
check_text (const char *option,
            const char *value,
            GError **error)
{
  g_autoptr (GUri) uri = NULL;

  if (strcmp (option, "base-url") == 0)
    {
      uri = qcc_base_url_parse (value, error);
      return uri != NULL;
    }
  if (strcmp (option, "proxy") == 0 && strcmp (value, "system") != 0 && strcmp (value, "none") != 0 && *value != '\0')
    return qcc_proxy_url_check (value, error);

  return TRUE;
}

static gboolean
add_texts (const QccCall *call,
           GVariantDict *members,
           GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      const char *value = qcc_call_get_text (call, texts[i]);
      g_autofree char *name = dup_member_name (texts[i]);

      if (value == NULL)
        continue;
      if (!check_text (texts[i], value, error))
        return FALSE;
      g_variant_dict_insert (members, name, "s", value);
    }

  return TRUE;
}

static void
add_numbers (const QccCall *call,
             GVariantDict *members)
{
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *name = dup_member_name (numbers[i]);
      int value;

      if (qcc_call_get_number (call, numbers[i], &value))
        g_variant_dict_insert (members, name, "i", value);
    }
}

static void
add_timeouts (const QccCall *call,
              GVariantDict *members)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{si}"));
  gboolean given = FALSE;
  int value;

  for (gsize i = 0; i < G_N_ELEMENTS (timeouts); i++)
    {
      if (!qcc_call_get_number (call, timeouts[i].option, &value))
        continue;

      g_variant_builder_add (&builder, "{si}", timeouts[i].member, value);
      given = TRUE;
    }

  if (given)
    g_variant_dict_insert_value (members, "timeouts", g_variant_builder_end (&builder));
}

/* Leaves out empty values, so that one such value alone takes away what was there. */
static gboolean
check_pairs (const char *option,
             const char **values,
             GError **error)
{
  for (const char **value = values; *value != NULL; value++)
    if (**value != '\0' && (strchr (*value, '=') == NULL || **value == '='))
      {
        g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE,
                     _ ("what follows --%s has a “=” between its two parts"), option);
        return FALSE;
      }

  return TRUE;
}

static gboolean
add_models (const QccCall *call,
            GVariantDict *members,
            GError **error)
{
  g_autofree const char **values = qcc_call_get_texts (call, "model");
  g_autoptr (GVariantBuilder) models = NULL;

  if (values == NULL)
    return TRUE;
  if (!check_pairs ("model", values, error))
    return FALSE;

  models = g_variant_builder_new (G_VARIANT_TYPE_STRING_ARRAY);
  for (const char **value = values; *value != NULL; value++)
    if (**value != '\0')
      g_variant_builder_add (models, "s", *value);
  g_variant_dict_insert_value (members, "models", g_variant_builder_end (models));

  return TRUE;
}

static gboolean
add_meta (const QccCall *call,
          GVariantDict *members,
          GError **error)
{
  g_autofree const char **values = qcc_call_get_texts (call, "meta");
  g_autoptr (GVariantBuilder) meta = NULL;

  if (values == NULL)
    return TRUE;
  if (!check_pairs ("meta", values, error))
    return FALSE;

  meta = g_variant_builder_new (G_VARIANT_TYPE ("a{ss}"));
  for (const char **value = values; *value != NULL; value++)
    {
      const char *equals = strchr (*value, '=');
      g_autofree char *key = equals != NULL ? g_strndup (*value, (gsize) (equals - *value)) : NULL;

      if (key != NULL)
        g_variant_builder_add (meta, "{ss}", key, equals + 1);
    }
  g_variant_dict_insert_value (members, "meta", g_variant_builder_end (meta));

  return TRUE;
}

/**
 * qcc_endpoint_options_build:
 * @call: a call of a verb with %QCC_ENDPOINT_OPTIONS and perhaps `id` and `from`
 * @error: return location for an error
 *
 * Possible errors: %QCC_CLI_ERROR_USAGE when a pair is none, %QCC_ERROR_INVALID_ARGUMENT for an address that is not
 * allowed; the messages do not repeat values.
 *
 * Returns: (transfer floating): `a{sv}` as Endpoint1.Update() and Profile1.AddEndpoint() take it, with what was given
 */
GVariant *
qcc_endpoint_options_build (const QccCall *call,
                            GError **error)
{
  g_autoptr (GVariantDict) members = g_variant_dict_new (NULL);
  g_autofree char *ca_file = NULL;

  g_return_val_if_fail (call != NULL, NULL);

  if (!add_texts (call, members, error) || !add_models (call, members, error) || !add_meta (call, members, error))
    return NULL;

  add_numbers (call, members);
  add_timeouts (call, members);
  ca_file = qcc_call_dup_path (call, "ca-file");
  if (ca_file != NULL && !g_utf8_validate (ca_file, -1, NULL))
    {
      g_set_error (error, QCC_CLI_ERROR, QCC_CLI_ERROR_USAGE, _ ("the path of the CA file is not valid UTF-8"));
      return NULL;
    }
  if (ca_file != NULL)
    g_variant_dict_insert (members, "ca_file", "s", ca_file);

  return g_variant_dict_end (members);
}
