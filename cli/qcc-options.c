/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-options.h"

#include <glib/gi18n-lib.h>

/* No option of QCC takes it. */
#define NOT_GIVEN G_MININT

typedef union
{
  gboolean flag;
  int number;
  char *text;   /* (owned) (nullable) */
  char **texts; /* (owned) (nullable) */
} Slot;

/**
 * qcc_options_get_global:
 *
 * Returns: (transfer none) (array zero-terminated=1): the options that every verb has
 */
const GOptionEntry *
qcc_options_get_global (void)
{
  static const GOptionEntry table[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print JSON for programs to read"), NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, NULL, N_ ("Print only what was asked for"), NULL },
    { "no-color", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Use no colors, as with NO_COLOR"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version"), NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, NULL, N_ ("Print this help"), NULL },
    G_OPTION_ENTRY_NULL,
  };

  return table;
}

static GArray *
join_tables (const GOptionEntry *table)
{
  const GOptionEntry *const tables[] = { table, qcc_options_get_global () };
  GArray *joined = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const GOptionEntry *entry = tables[i]; entry != NULL && entry->long_name != NULL; entry++)
      g_array_append_vals (joined, entry, 1);

  return joined;
}

static GOptionContext *
create_context (const GArray *entries)
{
  GOptionContext *context = g_option_context_new (NULL);

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, (const GOptionEntry *) (gpointer) entries->data, GETTEXT_PACKAGE);

  return context;
}

/**
 * qcc_options_create_context:
 * @table: (nullable) (array zero-terminated=1): the options of a verb
 *
 * Returns: (transfer full): what g_option_context_get_help() needs; it must not parse
 */
GOptionContext *
qcc_options_create_context (const GOptionEntry *table)
{
  g_autoptr (GArray) entries = join_tables (table);

  return create_context (entries);
}

/* Moves the value of @slot into @values. */
static void
take_value (GVariantDict *values,
            const GOptionEntry *entry,
            Slot *slot)
{
  if (entry->arg == G_OPTION_ARG_NONE && slot->flag)
    g_variant_dict_insert (values, entry->long_name, "b", TRUE);
  else if (entry->arg == G_OPTION_ARG_INT && slot->number != NOT_GIVEN)
    g_variant_dict_insert (values, entry->long_name, "i", slot->number);
  else if (entry->arg == G_OPTION_ARG_STRING && slot->text != NULL)
    g_variant_dict_insert (values, entry->long_name, "s", slot->text);
  else if (entry->arg == G_OPTION_ARG_FILENAME && slot->text != NULL)
    g_variant_dict_insert (values, entry->long_name, "^ay", slot->text);
  else if (entry->arg == G_OPTION_ARG_STRING_ARRAY && slot->texts != NULL)
    g_variant_dict_insert (values, entry->long_name, "^as", slot->texts);

  if (entry->arg == G_OPTION_ARG_STRING || entry->arg == G_OPTION_ARG_FILENAME)
    g_clear_pointer (&slot->text, g_free);
  if (entry->arg == G_OPTION_ARG_STRING_ARRAY)
    g_clear_pointer (&slot->texts, g_strfreev);
}

/**
 * qcc_options_parse:
 * @table: (nullable) (array zero-terminated=1): options beside the global ones
 * @only_leading: whether to leave what stands behind the first word that is no option
 * @args: (inout) (array zero-terminated=1): the words of a command line, the first one being the program; the options
 *   that were found are taken out
 * @error: return location for an error
 *
 * Possible errors: those of g_option_context_parse(), whose messages repeat what was typed.
 *
 * Returns: (transfer full): the values by the options' long names
 */
GVariantDict *
qcc_options_parse (const GOptionEntry *table,
                   gboolean only_leading,
                   char ***args,
                   GError **error)
{
  g_autoptr (GArray) entries = join_tables (table);
  g_autoptr (GOptionContext) context = NULL;
  g_autofree Slot *slots = g_new0 (Slot, entries->len);
  g_autoptr (GVariantDict) values = g_variant_dict_new (NULL);
  gboolean ok;

  g_return_val_if_fail (args != NULL && *args != NULL, NULL);

  for (guint i = 0; i < entries->len; i++)
    {
      GOptionEntry *entry = &g_array_index (entries, GOptionEntry, i);

      entry->arg_data = &slots[i];
      if (entry->arg == G_OPTION_ARG_INT)
        slots[i].number = NOT_GIVEN;
    }

  context = create_context (entries);
  g_option_context_set_strict_posix (context, only_leading);
  ok = g_option_context_parse_strv (context, args, error);
  for (guint i = 0; i < entries->len; i++)
    take_value (values, &g_array_index (entries, GOptionEntry, i), &slots[i]);

  return ok ? g_steal_pointer (&values) : NULL;
}
