/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-policy-texts.h"

#include <string.h>

#include <gio/gio.h>

#include "service/qcc-policy-resources.h"

/*
 * The compiled schema that GIO uses has no texts; g_settings_schema_key_get_summary() therefore
 * reads and keeps every schema that is installed, which on a desktop is a megabyte of XML, and on
 * the main loop a noticeable stop. QCC carries its own schema and reads no file.
 */

#define RESOURCE "/io/github/qcc/io.github.qcc.gschema.xml"
#define SCHEMA_PREFIX "io.github.qcc."

typedef struct
{
  GHashTable *texts;      /* (unowned) (element-type utf8 QccPolicyText) */
  const char *child;      /* (nullable) (unowned): a part of @schema */
  char *schema;           /* (owned) (nullable) */
  QccPolicyText *current; /* (nullable) (unowned): of the key that is read */
  GString *words;         /* (owned): of the element that is read */
} Reader;

static void
text_free (QccPolicyText *self)
{
  g_free (self->summary);
  g_free (self->description);
  g_free (self);
}

static void
on_start (GMarkupParseContext *context,
          const char *element,
          const char **names,
          const char **values,
          gpointer user_data,
          GError **error)
{
  Reader *self = user_data;

  g_string_truncate (self->words, 0);
  if (g_str_equal (element, "schema"))
    {
      g_free (self->schema);
      g_markup_collect_attributes (element, names, values, error, G_MARKUP_COLLECT_STRDUP, "id", &self->schema,
                                   G_MARKUP_COLLECT_STRING, "path", NULL, G_MARKUP_COLLECT_INVALID);
      self->child = self->schema != NULL && g_str_has_prefix (self->schema, SCHEMA_PREFIX) ? self->schema + strlen (SCHEMA_PREFIX) : NULL;
    }
  else if (g_str_equal (element, "key") && self->child != NULL)
    {
      const char *name;

      self->current = g_new0 (QccPolicyText, 1);
      if (!g_markup_collect_attributes (element, names, values, error, G_MARKUP_COLLECT_STRING, "name", &name,
                                        G_MARKUP_COLLECT_STRING | G_MARKUP_COLLECT_OPTIONAL, "type", NULL,
                                        G_MARKUP_COLLECT_STRING | G_MARKUP_COLLECT_OPTIONAL, "enum", NULL,
                                        G_MARKUP_COLLECT_INVALID))
        {
          g_clear_pointer (&self->current, text_free);
          return;
        }
      g_hash_table_insert (self->texts, g_strdup_printf ("%s.%s", self->child, name), self->current);
    }
}

static void
on_text (GMarkupParseContext *context,
         const char *text,
         gsize length,
         gpointer user_data,
         GError **error)
{
  Reader *self = user_data;

  g_string_append_len (self->words, text, (gssize) length);
}

static void
on_end (GMarkupParseContext *context,
        const char *element,
        gpointer user_data,
        GError **error)
{
  Reader *self = user_data;

  if (self->current == NULL)
    return;
  if (g_str_equal (element, "summary"))
    self->current->summary = g_strdup (self->words->str);
  else if (g_str_equal (element, "description"))
    self->current->description = g_strdup (self->words->str);
  else if (g_str_equal (element, "key"))
    self->current = NULL;
}

/**
 * qcc_policy_texts_new:
 *
 * Reads QCC's own schema, which is part of the program.
 *
 * Returns: (transfer full) (element-type utf8 QccPolicyText): by the dotted names of the settings
 */
GHashTable *
qcc_policy_texts_new (void)
{
  static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end, .text = on_text };
  g_autoptr (GBytes) xml = g_resource_lookup_data (qcc_policy_get_resource (), RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  GHashTable *texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) text_free);
  Reader self = { .texts = texts, .words = g_string_new (NULL) };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, G_MARKUP_DEFAULT_FLAGS, &self, NULL);
  g_autoptr (GError) error = NULL;

  /* The build compiled the same text as a schema: it is well-formed. */
  if (!g_markup_parse_context_parse (context, g_bytes_get_data (xml, NULL), (gssize) g_bytes_get_size (xml), &error))
    g_critical ("The schema of QCC cannot be read: %s", error->message);

  g_string_free (self.words, TRUE);
  g_free (self.schema);

  return texts;
}
