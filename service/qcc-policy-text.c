/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-policy-text.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* The form in which people and scripts write settings: words and numbers, never the notation of
 * GVariant. The schema's types are i, b, s, as and enums. */

/* The first of each pair is what is printed. */
static const char *const true_words[] = { "true", "on", "yes", "1", NULL };
static const char *const false_words[] = { "false", "off", "no", "0", NULL };

/* Returns the kind of limit: "type" (none), "range", "enum" or "flags"; its detail in @out_detail. */
static char *
get_limit (GSettingsSchemaKey *key,
           GVariant **out_detail)
{
  g_autoptr (GVariant) range = g_settings_schema_key_get_range (key);
  char *kind = NULL;

  g_variant_get (range, "(sv)", &kind, out_detail);

  return kind;
}

/* Returns the words of an enum, %NULL for every other type. */
static GStrv
dup_choices (GSettingsSchemaKey *key)
{
  g_autoptr (GVariant) detail = NULL;
  g_autofree char *kind = get_limit (key, &detail);

  return g_str_equal (kind, "enum") ? g_variant_dup_strv (detail, NULL) : NULL;
}

/* Of @key, an integer: the schema bounds each of them, which a test asserts. */
static void
get_range (GSettingsSchemaKey *key,
           int *out_min,
           int *out_max)
{
  g_autoptr (GVariant) detail = NULL;
  g_autofree char *kind = get_limit (key, &detail);

  g_assert (g_str_equal (kind, "range"));
  g_variant_get (detail, "(ii)", out_min, out_max);
}

/**
 * qcc_policy_text_get_type_name:
 * @key: a key of QCC's schema
 *
 * Returns: (transfer none): `integer`, `boolean`, `choice`, `text` or `list`
 */
const char *
qcc_policy_text_get_type_name (GSettingsSchemaKey *key)
{
  const GVariantType *type = g_settings_schema_key_get_value_type (key);
  g_auto (GStrv) choices = dup_choices (key);

  if (choices != NULL)
    return "choice";
  if (g_variant_type_equal (type, G_VARIANT_TYPE_INT32))
    return "integer";
  if (g_variant_type_equal (type, G_VARIANT_TYPE_BOOLEAN))
    return "boolean";
  if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING_ARRAY))
    return "list";

  return "text";
}

/**
 * qcc_policy_text_describe_allowed:
 * @key: a key of QCC's schema
 *
 * Returns: (transfer full): for a person: what may be written there, as far as the schema knows
 */
char *
qcc_policy_text_describe_allowed (GSettingsSchemaKey *key)
{
  const char *type = qcc_policy_text_get_type_name (key);
  g_auto (GStrv) choices = dup_choices (key);

  if (choices != NULL)
    return g_strjoinv (", ", choices);
  if (g_str_equal (type, "integer"))
    {
      int min, max;

      get_range (key, &min, &max);
      return g_strdup_printf (_ ("%d to %d"), min, max);
    }
  if (g_str_equal (type, "boolean"))
    return g_strdup (_ ("true or false"));
  if (g_str_equal (type, "list"))
    return g_strdup (_ ("words separated by commas"));

  return g_strdup (_ ("any text"));
}

/**
 * qcc_policy_text_print:
 * @value: a value of a setting
 *
 * Returns: (transfer full): the text that stands for it
 */
char *
qcc_policy_text_print (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_autofree const char **words = g_variant_get_strv (value, NULL);

      return g_strjoinv (",", (GStrv) words);
    }

  /* Numbers and booleans look the same in either notation. */
  return g_variant_print (value, FALSE);
}

static GVariant *
parse_integer (GSettingsSchemaKey *key,
               const char *text)
{
  int min, max;
  gint64 number;

  get_range (key, &min, &max);
  if (!g_ascii_string_to_signed (text, 10, min, max, &number, NULL))
    return NULL;

  return g_variant_new_int32 ((gint32) number);
}

static GVariant *
parse_boolean (const char *text)
{
  g_autofree char *word = g_ascii_strdown (text, -1);

  if (g_strv_contains (true_words, word))
    return g_variant_new_boolean (TRUE);
  if (g_strv_contains (false_words, word))
    return g_variant_new_boolean (FALSE);

  return NULL;
}

static GVariant *
parse_list (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (gsize i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_strv_builder_add (words, parts[i]);
  list = g_strv_builder_end (words);

  return g_variant_new_strv ((const char *const *) list, -1);
}

/**
 * qcc_policy_text_parse:
 * @key: a key of QCC's schema
 * @text: what somebody wrote
 *
 * White space around numbers and words does not count.
 *
 * Returns: (transfer full) (nullable): the value; %NULL when @text is not what
 *   qcc_policy_text_describe_allowed() says
 */
GVariant *
qcc_policy_text_parse (GSettingsSchemaKey *key,
                       const char *text)
{
  const char *type = qcc_policy_text_get_type_name (key);
  g_auto (GStrv) choices = dup_choices (key);
  g_autofree char *word = NULL;
  GVariant *value = NULL;

  if (!g_utf8_validate (text, -1, NULL))
    return NULL;

  word = g_strstrip (g_strdup (text));
  if (choices != NULL)
    value = g_strv_contains ((const char *const *) choices, word) ? g_variant_new_string (word) : NULL;
  else if (g_str_equal (type, "integer"))
    value = parse_integer (key, word);
  else if (g_str_equal (type, "boolean"))
    value = parse_boolean (word);
  else if (g_str_equal (type, "list"))
    value = parse_list (text);
  else
    value = g_variant_new_string (text);

  return value != NULL ? g_variant_ref_sink (value) : NULL;
}
