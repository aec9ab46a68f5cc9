/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-failure-rule.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-enums.h"
#include "common/qcc-error.h"
#include "common/qcc-json-member.h"

/* All that HTTP can write; gateways in use have some of their own above 599. */
#define STATUS_MIN 100
#define STATUS_MAX 999

/**
 * qcc_failure_rule_free:
 * @self: (transfer full): a rule
 */
void
qcc_failure_rule_free (QccFailureRule *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->type, g_pattern_spec_free);
  g_free (self->text);
  g_free (self);
}

/* The classes that an answer can have: all but those that come from this side of the connection. */
static gboolean
is_class_of_answer (int klass)
{
  return klass != QCC_CLASS_CLIENT && klass != QCC_CLASS_OFFLINE;
}

static void
set_class_error (GError **error)
{
  g_autoptr (GString) allowed = g_string_new (NULL);

  for (int klass = 0; klass < QCC_N_CLASSES; klass++)
    if (is_class_of_answer (klass))
      g_string_append_printf (allowed, "%s%s", allowed->len > 0 ? ", " : "", qcc_enum_to_nick (QCC_TYPE_CLASS, klass));

  g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("%s: must be one of: %s"), "class", allowed->str);
}

static gboolean
parse_class (QccFailureRule *self,
             JsonObject *object,
             GError **error)
{
  const char *nick = NULL;
  int klass;

  if (!qcc_json_member_get_string (object, "class", &nick, error))
    return FALSE;

  if (nick == NULL || !qcc_enum_from_nick (QCC_TYPE_CLASS, nick, &klass, NULL) || !is_class_of_answer (klass))
    {
      set_class_error (error);
      return FALSE;
    }

  self->klass = (QccClass) klass;
  return TRUE;
}

/* Like qcc_json_member_get_string(), for a text that would match everything if it were empty. */
static gboolean
get_text (JsonObject *object,
          const char *member,
          const char **out_text,
          GError **error)
{
  if (!qcc_json_member_get_string (object, member, out_text, error))
    return FALSE;

  if (*out_text == NULL || **out_text != '\0')
    return TRUE;

  g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("%s: must not be empty; remove it to match anything"), member);
  return FALSE;
}

static QccFailureRule *
parse_rule (JsonObject *object,
            GError **error)
{
  g_autoptr (QccFailureRule) self = g_new0 (QccFailureRule, 1);
  const char *type = NULL;
  const char *text = NULL;

  if (!qcc_json_member_get_uint (object, "status", STATUS_MIN, STATUS_MAX, &self->status, error) ||
      !get_text (object, "type", &type, error) || !get_text (object, "text", &text, error) ||
      !parse_class (self, object, error))
    return NULL;

  if (self->status == 0 && type == NULL && text == NULL)
    {
      g_set_error_literal (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                           _ ("status: is missing, and so are type and text; a rule needs one of them"));
      return NULL;
    }

  if (type != NULL)
    self->type = g_pattern_spec_new (type);
  if (text != NULL)
    self->text = g_ascii_strdown (text, -1);
  return g_steal_pointer (&self);
}

/**
 * qcc_failure_rules_new_from_json:
 * @array: the member `rules` of a profile file (spec 4.2)
 * @error: return location for an error
 *
 * Unknown members are ignored.
 *
 * Possible errors: %QCC_ERROR_CORRUPT with a message that starts with the path of the member and never
 * repeats a value.
 *
 * Returns: (transfer full) (element-type QccFailureRule): the rules in the file's order
 */
GPtrArray *
qcc_failure_rules_new_from_json (JsonArray *array,
                                 GError **error)
{
  g_autoptr (GPtrArray) rules = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_failure_rule_free);

  g_return_val_if_fail (array != NULL, NULL);

  if (json_array_get_length (array) > QCC_FAILURE_RULES_MAX)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("rules: there may be at most %d"), QCC_FAILURE_RULES_MAX);
      return NULL;
    }

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      QccFailureRule *rule;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("rules[%u]: must be an object in braces, {...}"), i);
          return NULL;
        }

      rule = parse_rule (json_node_get_object (node), error);
      if (rule == NULL)
        {
          g_prefix_error (error, "rules[%u].", i);
          return NULL;
        }

      g_ptr_array_add (rules, rule);
    }

  return g_steal_pointer (&rules);
}

/**
 * qcc_failure_rule_applies:
 * @self: a rule
 * @status: an answer's HTTP status
 * @error_type: (nullable): its `error.type`, UTF-8
 * @lower_text: (nullable): the start of its body, ASCII letters in lower case
 *
 * Texts are compared without regard to the case of ASCII letters only: a body need not be UTF-8, and what
 * providers write beyond ASCII has no case in practice. A type counts as it is written.
 *
 * Returns: whether the answer is all that @self asks for
 */
gboolean
qcc_failure_rule_applies (const QccFailureRule *self,
                          guint status,
                          const char *error_type,
                          const char *lower_text)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (self->status != 0 && self->status != status)
    return FALSE;
  if (self->type != NULL && (error_type == NULL || !g_pattern_spec_match_string (self->type, error_type)))
    return FALSE;

  return self->text == NULL || (lower_text != NULL && strstr (lower_text, self->text) != NULL);
}
