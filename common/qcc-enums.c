/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-enums.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "common/qcc-redact.h"

G_DEFINE_ENUM_TYPE (QccTier, qcc_tier, G_DEFINE_ENUM_VALUE (QCC_TIER_PRIMARY, "primary"), G_DEFINE_ENUM_VALUE (QCC_TIER_SECONDARY, "secondary"), G_DEFINE_ENUM_VALUE (QCC_TIER_FALLBACK, "fallback"), G_DEFINE_ENUM_VALUE (QCC_TIER_DISABLED, "disabled"))

G_DEFINE_ENUM_TYPE (QccStrategy, qcc_strategy, G_DEFINE_ENUM_VALUE (QCC_STRATEGY_WEIGHTED, "weighted"), G_DEFINE_ENUM_VALUE (QCC_STRATEGY_FAILOVER, "failover"), G_DEFINE_ENUM_VALUE (QCC_STRATEGY_ROUND_ROBIN, "round-robin"), G_DEFINE_ENUM_VALUE (QCC_STRATEGY_LEAST_CONNECTIONS, "least-connections"))

G_DEFINE_ENUM_TYPE (QccAuthScheme, qcc_auth_scheme, G_DEFINE_ENUM_VALUE (QCC_AUTH_SCHEME_AUTO, "auto"), G_DEFINE_ENUM_VALUE (QCC_AUTH_SCHEME_X_API_KEY, "x-api-key"), G_DEFINE_ENUM_VALUE (QCC_AUTH_SCHEME_BEARER, "bearer"))

G_DEFINE_ENUM_TYPE (QccKeyState, qcc_key_state, G_DEFINE_ENUM_VALUE (QCC_KEY_STATE_CHECKING, "checking"), G_DEFINE_ENUM_VALUE (QCC_KEY_STATE_OK, "ok"), G_DEFINE_ENUM_VALUE (QCC_KEY_STATE_MISSING, "missing"), G_DEFINE_ENUM_VALUE (QCC_KEY_STATE_LOCKED, "locked"), G_DEFINE_ENUM_VALUE (QCC_KEY_STATE_UNAVAILABLE, "unavailable"))

/**
 * qcc_enum_to_nick:
 * @enum_type: a type whose words stand for its values in files and on the bus
 * @value: a value of it
 *
 * Returns: (transfer none): the word that stands for @value in files and on the bus
 */
const char *
qcc_enum_to_nick (GType enum_type,
                  int value)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (enum_type);
  GEnumValue *found = g_enum_get_value (klass, value);

  g_return_val_if_fail (found != NULL, "");

  return found->value_nick;
}

/**
 * qcc_enum_list_nicks:
 * @enum_type: such a type
 *
 * For messages that say what is allowed.
 *
 * Returns: (transfer full): all words of @enum_type, separated by commas
 */
char *
qcc_enum_list_nicks (GType enum_type)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (enum_type);
  GString *nicks = g_string_new (NULL);

  for (guint i = 0; i < klass->n_values; i++)
    g_string_append_printf (nicks, "%s%s", i > 0 ? ", " : "", klass->values[i].value_nick);

  return g_string_free (nicks, FALSE);
}

/**
 * qcc_enum_from_nick:
 * @enum_type: such a type
 * @nick: the word to look up
 * @out_value: (out): the value, untouched on failure
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT with a message that lists the allowed words.
 *
 * Returns: whether @nick is a word of @enum_type
 */
gboolean
qcc_enum_from_nick (GType enum_type,
                    const char *nick,
                    int *out_value,
                    GError **error)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (enum_type);
  GEnumValue *found;
  g_autofree char *allowed = NULL;
  g_autofree char *shown = NULL;

  g_return_val_if_fail (nick != NULL, FALSE);
  g_return_val_if_fail (out_value != NULL, FALSE);

  found = g_enum_get_value_by_nick (klass, nick);
  if (found != NULL)
    {
      *out_value = found->value;
      return TRUE;
    }

  /* Anything may stand where a word should, also a key or a whole file. */
  allowed = qcc_enum_list_nicks (enum_type);
  shown = qcc_redact (nick);
  g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is not known here; use one of: %s"), shown, allowed);
  return FALSE;
}
