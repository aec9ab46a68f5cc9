/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-bus-docs.h"

#include <string.h>

/* A name, a type that dictionaries of ours have, and no further letter. */
#define MEMBER "\\b([a-z][a-z0-9-]*)\\s+(aa\\{sv\\}|a\\{st\\}|[bdstux])(?![a-z0-9{(-])"

struct _QccBusDocs
{
  GHashTable *members; /* (owned) (element-type utf8): a set */
};

/**
 * qcc_bus_docs_new:
 *
 * Returns: (transfer full): one that knows no member
 */
QccBusDocs *
qcc_bus_docs_new (void)
{
  QccBusDocs *self = g_new0 (QccBusDocs, 1);

  self->members = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return self;
}

void
qcc_bus_docs_free (QccBusDocs *self)
{
  g_hash_table_unref (self->members);
  g_free (self);
}

/* Up to the next argument, the next paragraph or the end of the comment. */
static char *
read_paragraph (const char *interface,
                const char *argument)
{
  g_autofree char *name = g_strdup_printf ("io.github.qcc.%s.xml", interface);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "data", name, NULL);
  g_autofree char *pattern = g_strdup_printf ("^ *@%s: (.*?)(?=^ *@|^\\s*$|-->)", argument);
  g_autoptr (GRegex) regex = NULL;
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  regex = g_regex_new (pattern, G_REGEX_MULTILINE | G_REGEX_DOTALL, 0, &error);
  g_assert_no_error (error);
  if (!g_regex_match (regex, text, 0, &match))
    g_error ("%s does not describe @%s", name, argument);

  return g_match_info_fetch (match, 1);
}

/**
 * qcc_bus_docs_add:
 * @self: a set of members
 * @interface: like `Health1`
 * @argument: of one of its methods; the first of that name
 *
 * Adds the members that its description names.
 */
void
qcc_bus_docs_add (QccBusDocs *self,
                  const char *interface,
                  const char *argument)
{
  g_autofree char *paragraph = read_paragraph (interface, argument);
  g_autoptr (GRegex) regex = g_regex_new (MEMBER, 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  guint n = 0;

  for (g_regex_match (regex, paragraph, 0, &match); g_match_info_matches (match); g_match_info_next (match, NULL))
    {
      g_autofree char *name = g_match_info_fetch (match, 1);
      g_autofree char *type = g_match_info_fetch (match, 2);

      g_hash_table_add (self->members, g_strdup_printf ("%s %s", name, type));
      n++;
    }
  g_assert_cmpuint (n, >, 0);
}

static void
collect (GVariant *value,
         GHashTable *found)
{
  GVariantIter iter;
  const char *name;
  GVariant *child;

  g_variant_iter_init (&iter, value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("aa{sv}")))
    {
      while ((child = g_variant_iter_next_value (&iter)) != NULL)
        {
          collect (child, found);
          g_variant_unref (child);
        }
      return;
    }

  g_assert_true (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT));
  while (g_variant_iter_next (&iter, "{&sv}", &name, &child))
    {
      g_hash_table_add (found, g_strdup_printf ("%s %s", name, g_variant_get_type_string (child)));
      if (g_variant_is_of_type (child, G_VARIANT_TYPE ("aa{sv}")))
        collect (child, found);
      g_variant_unref (child);
    }
}

static void
assert_subset (GHashTable *part,
               GHashTable *whole,
               const char *problem)
{
  GHashTableIter iter;
  gpointer member;

  g_hash_table_iter_init (&iter, part);
  while (g_hash_table_iter_next (&iter, &member, NULL))
    if (!g_hash_table_contains (whole, member))
      g_error ("%s %s", (const char *) member, problem);
}

/**
 * qcc_bus_docs_assert:
 * @self: a set of members
 * @value: a{sv} or aa{sv}
 *
 * Fails the test unless the dictionaries in @value, and those inside of these, together have exactly these members, with
 * their types.
 */
void
qcc_bus_docs_assert (QccBusDocs *self,
                     GVariant *value)
{
  g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  collect (value, found);
  assert_subset (found, self->members, "is not documented");
  assert_subset (self->members, found, "is missing");
}
