/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/qcc-completion.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "cli/qcc-options.h"
#include "cli/qcc-text.h"
#include "cli/qcc-verb.h"
#include "common/qcc-enums.h"

struct _QccCompletion
{
  GPtrArray *lines; /* (owned) (element-type utf8): word, tabulator, explanation */
  GHashTable *seen; /* (owned) (element-type utf8): words in @lines */
  char *typed;      /* (owned): how a word must begin */
  char *before;     /* (owned): what of the word at the cursor stands before @typed, like `--tier=` */
  QccCompletionSource source;
  char *profile; /* (owned) (nullable): the profile that was named before the cursor */
};

/* What the words of synopses and options stand for. */
typedef struct
{
  const char *verb; /* (nullable): its path; %NULL for every verb */
  const char *word;
  QccCompletionSource source;
  GType (*get_type) (void); /* (nullable): an enum whose nicks are candidates */
} Meaning;

/* The first that fits counts: a verb's own meaning stands before that of all verbs. */
static const Meaning meanings[] = {
  { "add", "NAME", QCC_COMPLETION_NOTHING, NULL },
  { "endpoint add", "ID", QCC_COMPLETION_NOTHING, NULL },
  { "explain", "ID", QCC_COMPLETION_NOTHING, NULL },
  { "init", "NAME", QCC_COMPLETION_NOTHING, NULL },
  { "token add", "NAME", QCC_COMPLETION_NOTHING, NULL },
  { "token remove", "NAME", QCC_COMPLETION_TOKENS, NULL },
  { NULL, "FILE", QCC_COMPLETION_FILES, NULL },
  { NULL, "ID", QCC_COMPLETION_ENDPOINTS, NULL },
  { NULL, "KEY", QCC_COMPLETION_SETTINGS, NULL },
  { NULL, "NAME", QCC_COMPLETION_PROFILES, NULL },
  { NULL, "OLD", QCC_COMPLETION_PROFILES, NULL },
  { NULL, "PREFIX", QCC_COMPLETION_SETTINGS, NULL },
  { NULL, "PROFILE", QCC_COMPLETION_PROFILES, NULL },
  { NULL, "PROFILE|ID", QCC_COMPLETION_TARGETS, NULL },
  { NULL, "SCHEME", QCC_COMPLETION_NOTHING, qcc_auth_scheme_get_type },
  { NULL, "SOURCE", QCC_COMPLETION_PROFILES, NULL },
  { NULL, "STRATEGY", QCC_COMPLETION_NOTHING, qcc_strategy_get_type },
  { NULL, "TIER", QCC_COMPLETION_NOTHING, qcc_tier_get_type },
};

/* What stands before the cursor. */
typedef struct
{
  const QccVerb *verb;         /* (nullable) */
  const GOptionEntry *pending; /* (nullable): an option whose value comes next */
  GPtrArray *args;             /* (owned) (element-type utf8): words behind the verb's own that are no options */
  gboolean marked;             /* whether `--` was there, behind which there are no options */
} Line;

static void
line_clear (Line *self)
{
  g_clear_pointer (&self->args, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Line, line_clear)

static gboolean
is_option (const char *word)
{
  return word[0] == '-' && word[1] != '\0';
}

/* Whether @word is @entry as it is typed, up to a `=`. */
static gboolean
names_option (const char *word,
              const GOptionEntry *entry)
{
  gsize length = strcspn (word, "=");

  if (g_str_has_prefix (word, "--"))
    return strlen (entry->long_name) == length - 2 && strncmp (word + 2, entry->long_name, length - 2) == 0;

  return word[1] == entry->short_name && word[2] == '\0';
}

/* Returns (nullable): the option of @verb that @word is, if it takes a value. */
static const GOptionEntry *
find_valued_option (const QccVerb *verb,
                    const char *word)
{
  for (const GOptionEntry *entry = verb != NULL ? verb->options : NULL; entry != NULL && entry->long_name != NULL; entry++)
    if (names_option (word, entry))
      return entry->arg != G_OPTION_ARG_NONE ? entry : NULL;

  return NULL;
}

/* bash makes `=` a word of its own. */
static void
read_line (Line *self,
           const char *const *words)
{
  guint n_words = 0;

  self->args = g_ptr_array_new ();
  self->verb = qcc_verb_find (words, &n_words);
  for (const char *const *word = words + n_words; *word != NULL; word++)
    {
      if (g_str_equal (*word, "="))
        continue;

      if (self->pending != NULL)
        self->pending = NULL;
      else if (!self->marked && g_str_equal (*word, "--"))
        self->marked = TRUE;
      else if (!self->marked && is_option (*word))
        self->pending = strchr (*word, '=') == NULL ? find_valued_option (self->verb, *word) : NULL;
      else
        g_ptr_array_add (self->args, (gpointer) *word);
    }
}

/* Adds the words that can follow the first @n_words of @words in the path of a verb. */
static void
add_verbs (QccCompletion *self,
           const char *const *words,
           guint n_words)
{
  for (const QccVerbGroup *const *group = qcc_verb_list_groups (); *group != NULL; group++)
    for (guint i = 0; i < (*group)->n_verbs; i++)
      {
        const QccVerb *verb = &(*group)->verbs[i];
        g_auto (GStrv) path = g_strsplit (verb->path, " ", -1);
        guint n = 0;

        while (n < n_words && g_strcmp0 (path[n], words[n]) == 0)
          n++;
        if (n == n_words && path[n] != NULL)
          qcc_completion_add (self, path[n], path[n + 1] == NULL ? _ (verb->summary) : "");
      }
}

static void
add_options (QccCompletion *self,
             const GOptionEntry *table)
{
  for (const GOptionEntry *entry = table; entry != NULL && entry->long_name != NULL; entry++)
    {
      g_autofree char *word = g_strconcat ("--", entry->long_name, NULL);

      qcc_completion_add (self, word, _ (entry->description));
    }
}

static void
add_nicks (QccCompletion *self,
           GType type)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);

  for (guint i = 0; i < klass->n_values; i++)
    qcc_completion_add (self, klass->values[i].value_nick, "");
}

/* @word: a word of a synopsis, or what an option's help calls its value; choices have bars between them */
static void
add_meaning (QccCompletion *self,
             const QccVerb *verb,
             const char *word)
{
  g_auto (GStrv) choices = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (g_str_equal (meanings[i].word, word) && (meanings[i].verb == NULL || g_str_equal (meanings[i].verb, verb->path)))
      {
        self->source = meanings[i].source;
        if (meanings[i].get_type != NULL)
          add_nicks (self, meanings[i].get_type ());
        return;
      }

  if (strchr (word, '|') == NULL)
    return;

  choices = g_strsplit (word, "|", -1);
  for (guint i = 0; choices[i] != NULL; i++)
    qcc_completion_add (self, choices[i], "");
}

/* Returns (nullable): the @index-th word of the synopsis; options stand behind all of them. */
static char *
dup_place (const QccVerb *verb,
           guint index)
{
  g_auto (GStrv) places = g_strsplit_set (verb->synopsis != NULL ? verb->synopsis : "", " []", -1);
  guint n = 0;

  for (guint i = 0; places[i] != NULL && !is_option (places[i]); i++)
    if (*places[i] != '\0' && n++ == index)
      return g_strdup (places[i]);

  return NULL;
}

static void
add_arguments (QccCompletion *self,
               const Line *line)
{
  g_autofree char *place = dup_place (line->verb, line->args->len);
  g_autofree char *first = dup_place (line->verb, 0);

  /* The words of a verb take one place. */
  if (g_strcmp0 (first, "VERB") == 0)
    add_verbs (self, (const char *const *) line->args->pdata, line->args->len);
  else if (place != NULL)
    add_meaning (self, line->verb, place);

  if (line->args->len > 0 && g_strcmp0 (first, "PROFILE") == 0)
    self->profile = g_strdup (g_ptr_array_index (line->args, 0));
}

/* The words between the program's name and the one at the cursor, without leading options, which are all global. */
static char **
dup_words_before (const char *const *words,
                  guint n_words)
{
  g_autoptr (GStrvBuilder) before = g_strv_builder_new ();
  gboolean leading = TRUE;

  for (guint i = 0; i < n_words; i++)
    {
      leading = leading && is_option (words[i]);
      if (!leading)
        g_strv_builder_add (before, words[i]);
    }

  return g_strv_builder_end (before);
}

/* Looks at the word at the cursor. */
static void
complete (QccCompletion *self,
          const Line *line,
          const char *const *words,
          const char *current)
{
  const char *equals = strchr (current, '=');
  const GOptionEntry *option = line->pending;

  if (option == NULL && !line->marked && is_option (current) && equals != NULL)
    {
      option = find_valued_option (line->verb, current);
      self->before = g_strndup (current, (gsize) (equals + 1 - current));
    }
  self->typed = g_strdup (self->before != NULL ? equals + 1 : current);
  if (option != NULL && g_str_equal (current, "="))
    *self->typed = '\0';

  if (option != NULL && option->arg == G_OPTION_ARG_FILENAME)
    self->source = QCC_COMPLETION_FILES;
  else if (option != NULL && option->arg_description != NULL)
    add_meaning (self, line->verb, option->arg_description);
  else if (option == NULL && !line->marked && is_option (current))
    {
      add_options (self, line->verb != NULL ? line->verb->options : NULL);
      add_options (self, qcc_options_get_global ());
    }
  else if (option == NULL)
    {
      add_verbs (self, words, g_strv_length ((char **) words));
      if (line->verb != NULL)
        add_arguments (self, line);
    }
}

/**
 * qcc_completion_new:
 * @words: (array zero-terminated=1): the command line without the program's name, up to and with the word at the
 *   cursor, which may be empty
 *
 * Returns: (transfer full): what the table of verbs says; what qcc_completion_get_source() says is still to be added
 */
QccCompletion *
qcc_completion_new (const char *const *words)
{
  QccCompletion *self;
  g_auto (GStrv) before = NULL;
  g_auto (Line) line = { NULL };
  guint n_words;

  g_return_val_if_fail (words != NULL, NULL);

  self = g_new0 (QccCompletion, 1);
  self->lines = g_ptr_array_new_with_free_func (g_free);
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  n_words = g_strv_length ((char **) words);
  before = dup_words_before (words, MAX (n_words, 1) - 1);
  read_line (&line, (const char *const *) before);
  complete (self, &line, (const char *const *) before, n_words > 0 ? words[n_words - 1] : "");

  return self;
}

/**
 * qcc_completion_free:
 * @self: (transfer full): a completion
 */
void
qcc_completion_free (QccCompletion *self)
{
  g_return_if_fail (self != NULL);

  g_ptr_array_unref (self->lines);
  g_hash_table_unref (self->seen);
  g_free (self->typed);
  g_free (self->before);
  g_free (self->profile);
  g_free (self);
}

/**
 * qcc_completion_get_source:
 * @self: a completion
 *
 * Returns: what the caller shall add
 */
QccCompletionSource
qcc_completion_get_source (const QccCompletion *self)
{
  g_return_val_if_fail (self != NULL, QCC_COMPLETION_NOTHING);

  return self->source;
}

/**
 * qcc_completion_get_profile:
 * @self: a completion
 *
 * Returns: (transfer none) (nullable): the profile whose endpoints are meant, %NULL for all
 */
const char *
qcc_completion_get_profile (const QccCompletion *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->profile;
}

/**
 * qcc_completion_add:
 * @self: a completion
 * @word: what could be typed
 * @text: what it means, may be empty
 *
 * Adds @word unless it does not go on from what is typed, or is there already.
 */
void
qcc_completion_add (QccCompletion *self,
                    const char *word,
                    const char *text)
{
  g_autofree char *clean_word = NULL;
  g_autofree char *clean_text = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (word != NULL);
  g_return_if_fail (text != NULL);

  if (!g_str_has_prefix (word, self->typed) || !g_hash_table_add (self->seen, g_strdup (word)))
    return;

  clean_word = qcc_text_clean (word);
  clean_text = qcc_text_clean (text);
  g_ptr_array_add (self->lines, g_strdup_printf ("%s%s\t%s\n", self->before != NULL ? self->before : "", clean_word, clean_text));
}

/**
 * qcc_completion_format:
 * @self: a completion
 *
 * Returns: (transfer full): a line for each word: it, a tabulator, what it means. A line without a word asks the
 *   shell for names of files
 */
char *
qcc_completion_format (const QccCompletion *self)
{
  GString *text;

  g_return_val_if_fail (self != NULL, NULL);

  text = g_string_new (self->source == QCC_COMPLETION_FILES ? "\t\n" : NULL);
  for (guint i = 0; i < self->lines->len; i++)
    g_string_append (text, g_ptr_array_index (self->lines, i));

  return g_string_free (text, FALSE);
}
