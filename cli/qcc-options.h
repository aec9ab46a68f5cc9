/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Options as static tables. An entry has no place for its value (arg_data is %NULL), so that tables can be
 * constant, and help and completion can read them; parsed values come in a dictionary by the long names.
 * Types: %G_OPTION_ARG_NONE (b), %G_OPTION_ARG_INT (i), %G_OPTION_ARG_STRING (s), %G_OPTION_ARG_STRING_ARRAY (as),
 * %G_OPTION_ARG_FILENAME (ay). An option that was not given is not in the dictionary.
 */

const GOptionEntry *qcc_options_get_global (void);
GOptionContext *qcc_options_create_context (const GOptionEntry *table);
GVariantDict *qcc_options_parse (const GOptionEntry *table, gboolean only_leading, char ***args, GError **error);

G_END_DECLS
