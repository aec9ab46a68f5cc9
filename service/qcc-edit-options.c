/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-edit-options.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-endpoint-json.h"
#include "common/qcc-error.h"

static const char *const timeout_names[] = { "connect", "first_byte", "idle", NULL };

static gboolean
refuse (const char *option,
        const char *what,
        GError **error)
{
  g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, "%s: %s", option, what);
  return FALSE;
}

static gboolean
refuse_key (const char *option,
            GError **error)
{
  return refuse (option, _ ("keys do not belong here; put them into the key store with “qcc keys set ID”"), error);
}

static gboolean
refuse_unknown (const QccEditOption *known,
                GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (; known->name != NULL; known++)
    g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", known->name);

  g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("An option is not known. The known ones are: %s."),
               names->str);
  return FALSE;
}

/* Returns (transfer none) (nullable): the text in @value. */
static const char *
peek_text (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? g_variant_get_string (value, NULL) : NULL;
}

static gboolean
is_default (GVariant *value)
{
  const char *text = peek_text (value);

  return text != NULL && (*text == '\0' || g_str_equal (text, "default"));
}

static gboolean
get_number (GVariant *value,
            gint64 *out_number)
{
  const char *text = peek_text (value);

  if (text != NULL)
    return g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, out_number, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT16))
    *out_number = g_variant_get_int16 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT16))
    *out_number = g_variant_get_uint16 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT32))
    *out_number = g_variant_get_int32 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    *out_number = g_variant_get_uint32 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    *out_number = g_variant_get_int64 (value);
  else
    return FALSE;

  return TRUE;
}

/* What is no number becomes a null, so that the check of the member refuses it and says what is allowed. */
static void
set_number (JsonObject *object,
            const char *member,
            GVariant *value)
{
  gint64 number;

  if (get_number (value, &number))
    json_object_set_int_member (object, member, number);
  else
    json_object_set_null_member (object, member);
}

static void
set_boolean (JsonObject *object,
             const char *member,
             GVariant *value)
{
  const char *text = peek_text (value);

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    json_object_set_boolean_member (object, member, g_variant_get_boolean (value));
  else if (g_strcmp0 (text, "true") == 0 || g_strcmp0 (text, "false") == 0)
    json_object_set_boolean_member (object, member, g_str_equal (text, "true"));
  else
    json_object_set_null_member (object, member);
}

/* Returns (transfer none): the object in @member, which is created when there is none. */
static JsonObject *
ensure_object (JsonObject *object,
               const char *member)
{
  if (!json_object_has_member (object, member))
    json_object_set_object_member (object, member, json_object_new ());

  return json_object_get_object_member (object, member);
}

static void
remove_if_empty (JsonObject *object,
                 const char *member)
{
  if (json_object_get_size (json_object_get_object_member (object, member)) == 0)
    json_object_remove_member (object, member);
}

static gboolean
set_models (JsonObject *object,
            const char *member,
            GVariant *value,
            GError **error)
{
  g_autofree const char **rules = NULL;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return refuse (member, _ ("must be a list of texts (as), each of the form PATTERN=MODEL"), error);

  rules = g_variant_get_strv (value, NULL);
  json_object_set_object_member (object, member, json_object_new ());
  for (gsize i = 0; rules[i] != NULL; i++)
    {
      const char *equals = strchr (rules[i], '=');
      g_autofree char *pattern = NULL;

      if (equals == NULL || equals == rules[i] || equals[1] == '\0')
        return refuse (member, _ ("must be of the form PATTERN=MODEL, like claude-opus-*=my-model"), error);

      pattern = g_strndup (rules[i], (gsize) (equals - rules[i]));
      if (json_object_has_member (ensure_object (object, member), pattern))
        return refuse (member, _ ("must have each pattern only once"), error);
      json_object_set_string_member (ensure_object (object, member), pattern, equals + 1);
    }

  remove_if_empty (object, member);
  return TRUE;
}

static gboolean
set_timeout (JsonObject *timeouts,
             const char *option,
             GVariant *entry,
             GError **error)
{
  g_autoptr (GVariant) name = g_variant_get_child_value (entry, 0);
  g_autoptr (GVariant) inner = g_variant_get_child_value (entry, 1);
  g_autoptr (GVariant) value = g_variant_is_of_type (inner, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant (inner) : g_variant_ref (inner);
  const char *member = g_variant_get_string (name, NULL);
  gint64 seconds = -1;

  if (!g_strv_contains (timeout_names, member))
    return refuse (option, _ ("only these are known: connect, first_byte, idle"), error);

  if (is_default (value) || (get_number (value, &seconds) && seconds == 0))
    json_object_remove_member (timeouts, member);
  else
    set_number (timeouts, member, value);
  return TRUE;
}

static gboolean
set_timeouts (JsonObject *object,
              const char *member,
              GVariant *value,
              GError **error)
{
  JsonObject *timeouts;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE ("a{s*}")))
    return refuse (member, _ ("must be a dictionary of seconds (a{si})"), error);

  timeouts = ensure_object (object, member);
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);

      if (!set_timeout (timeouts, member, entry, error))
        return FALSE;
    }

  remove_if_empty (object, member);
  return TRUE;
}

static gboolean
set_meta (JsonObject *object,
          const char *member,
          GVariant *value,
          GError **error)
{
  JsonObject *meta;
  GVariantIter iter;
  const char *name;
  const char *text;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE ("a{ss}")))
    return refuse (member, _ ("must be a dictionary of texts (a{ss})"), error);

  meta = ensure_object (object, member);
  g_variant_iter_init (&iter, value);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &text))
    {
      if (*name == '\0')
        return refuse (member, _ ("must have a name for each text"), error);
      if (qcc_endpoint_json_is_key_member (name))
        return refuse_key (member, error);

      if (*text == '\0')
        json_object_remove_member (meta, name);
      else
        json_object_set_string_member (meta, name, text);
    }

  remove_if_empty (object, member);
  return TRUE;
}

static gboolean
set_text (JsonObject *object,
          const char *member,
          GVariant *value,
          GError **error)
{
  const char *text = peek_text (value);

  if (text == NULL)
    return refuse (member, _ ("must be a text (s)"), error);

  if (*text == '\0')
    json_object_remove_member (object, member);
  else
    json_object_set_string_member (object, member, text);
  return TRUE;
}

static gboolean
apply_one (const QccEditOption *option,
           GVariant *value,
           JsonObject *object,
           GError **error)
{
  gboolean has_default = option->kind == QCC_EDIT_OPTION_WORD || option->kind == QCC_EDIT_OPTION_NUMBER ||
                         option->kind == QCC_EDIT_OPTION_BOOLEAN;

  if (has_default && is_default (value))
    {
      json_object_remove_member (object, option->name);
      return TRUE;
    }

  switch (option->kind)
    {
    case QCC_EDIT_OPTION_TEXT:
    case QCC_EDIT_OPTION_WORD:
      return set_text (object, option->name, value, error);
    case QCC_EDIT_OPTION_NUMBER:
      set_number (object, option->name, value);
      return TRUE;
    case QCC_EDIT_OPTION_BOOLEAN:
      set_boolean (object, option->name, value);
      return TRUE;
    case QCC_EDIT_OPTION_MODELS:
      return set_models (object, option->name, value, error);
    case QCC_EDIT_OPTION_TIMEOUTS:
      return set_timeouts (object, option->name, value, error);
    case QCC_EDIT_OPTION_META:
      return set_meta (object, option->name, value, error);
    }

  g_return_val_if_reached (FALSE);
}

static gboolean
apply_named (const QccEditOption *known,
             const char *name,
             GVariant *value,
             JsonObject *object,
             GError **error)
{
  for (const QccEditOption *option = known; option->name != NULL; option++)
    if (g_str_equal (option->name, name))
      return apply_one (option, value, object, error);

  return qcc_endpoint_json_is_key_member (name) ? refuse_key (name, error) : refuse_unknown (known, error);
}

/**
 * qcc_edit_options_apply:
 * @known: (array zero-terminated=1): the options that there are
 * @options: an `a{sv}` from the bus
 * @object: the object whose members are changed
 * @error: return location for an error
 *
 * Whether a member's value is allowed is left to the check of @object that comes afterwards: what has the
 * wrong type for it becomes a null, which that check refuses with what is allowed.
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT; the message starts with the option's name and never repeats
 * a value. @object may then be changed in part.
 *
 * Returns: whether all options were applied
 */
gboolean
qcc_edit_options_apply (const QccEditOption *known,
                        GVariant *options,
                        JsonObject *object,
                        GError **error)
{
  g_return_val_if_fail (known != NULL, FALSE);
  g_return_val_if_fail (g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT), FALSE);
  g_return_val_if_fail (object != NULL, FALSE);

  for (gsize i = 0; i < g_variant_n_children (options); i++)
    {
      g_autoptr (GVariant) value = NULL;
      const char *name;

      g_variant_get_child (options, i, "{&sv}", &name, &value);
      if (!apply_named (known, name, value, object, error))
        return FALSE;
    }

  return TRUE;
}
