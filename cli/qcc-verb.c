/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-verb.h"

#include <string.h>

/* Changed characters that a mistyped verb may be away from the one that was meant. */
#define SUGGEST_DISTANCE_MAX 2
#define SUGGEST_LENGTH_MAX 40 /* bytes; bounds the work for what is no verb at all */

/**
 * qcc_verb_find:
 * @words: (array zero-terminated=1): what was typed
 * @out_n_words: (out) (optional): how many of them name the verb, untouched without one
 *
 * Returns: (transfer none) (nullable): the verb that @words begin with, the longest if there are several
 */
const QccVerb *
qcc_verb_find (const char *const *words,
               guint *out_n_words)
{
  const QccVerb *found = NULL;
  guint found_words = 0;

  g_return_val_if_fail (words != NULL, NULL);

  for (const QccVerbGroup *const *group = qcc_verb_list_groups (); *group != NULL; group++)
    for (guint i = 0; i < (*group)->n_verbs; i++)
      {
        g_auto (GStrv) path = g_strsplit ((*group)->verbs[i].path, " ", -1);
        guint n = 0;

        while (path[n] != NULL && g_strcmp0 (path[n], words[n]) == 0)
          n++;
        if (path[n] != NULL || n <= found_words)
          continue;

        found = &(*group)->verbs[i];
        found_words = n;
      }

  if (found != NULL && out_n_words != NULL)
    *out_n_words = found_words;
  return found;
}

/* Returns how many characters must be put in, taken out or replaced to make @a of @b. */
static guint
edit_distance (const char *a,
               const char *b)
{
  gsize length = strlen (b);
  g_autofree guint *row = g_new (guint, length + 1);

  for (guint j = 0; j <= length; j++)
    row[j] = j;

  for (guint i = 1; a[i - 1] != '\0'; i++)
    {
      guint diagonal = row[0];

      row[0] = i;
      for (guint j = 1; j <= length; j++)
        {
          guint replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);

          diagonal = row[j];
          row[j] = MIN (replaced, MIN (row[j], row[j - 1]) + 1);
        }
    }

  return row[length];
}

static gboolean
is_near (const char *path,
         const char *one_word,
         const char *two_words)
{
  return edit_distance (path, one_word) <= SUGGEST_DISTANCE_MAX ||
         edit_distance (path, two_words) <= SUGGEST_DISTANCE_MAX ||
         (g_str_has_prefix (path, one_word) && strlen (one_word) > SUGGEST_DISTANCE_MAX) ||
         (g_str_has_suffix (path, one_word) && path[strlen (path) - strlen (one_word) - 1] == ' ');
}

/**
 * qcc_verb_suggest:
 * @words: (array zero-terminated=1): what was typed, at least one word
 *
 * Returns: (transfer full) (array zero-terminated=1): the paths of the verbs that may have been meant
 */
char **
qcc_verb_suggest (const char *const *words)
{
  g_autoptr (GStrvBuilder) near = g_strv_builder_new ();
  g_autofree char *two_words = NULL;

  g_return_val_if_fail (words != NULL && words[0] != NULL, NULL);

  two_words = g_strjoin (" ", words[0], words[1], NULL);
  if (*words[0] == '\0' || strlen (two_words) > SUGGEST_LENGTH_MAX)
    return g_strv_builder_end (near);

  for (const QccVerbGroup *const *group = qcc_verb_list_groups (); *group != NULL; group++)
    for (guint i = 0; i < (*group)->n_verbs; i++)
      if (is_near ((*group)->verbs[i].path, words[0], two_words))
        g_strv_builder_add (near, (*group)->verbs[i].path);

  return g_strv_builder_end (near);
}
