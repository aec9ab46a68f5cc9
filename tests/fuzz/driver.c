/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include "tests/fuzz/fuzz-target.h"

/* Runs a fuzzer on the files of a corpus, one test for each. */

/* Every beginning of a file is an input too: a cut is what a network makes. Each gets memory of its
 * own size, so that the address sanitizer sees a read behind the end. */
static void
test_file (gconstpointer user_data)
{
  const char *path = user_data;
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (path, &contents, &length, &error);
  g_assert_no_error (error);

  for (gsize size = 0; size <= length; size++)
    {
      g_autofree guint8 *input = g_malloc (MAX (size, 1));

      memcpy (input, contents, size);
      g_assert_cmpint (LLVMFuzzerTestOneInput (input, size), ==, 0);
    }
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list_corpus (const char *directory)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (directory, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_assert_cmpuint (names->len, >, 0);

  return g_steal_pointer (&names);
}

int
main (int argc,
      char **argv)
{
  g_autoptr (GPtrArray) names = NULL;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  if (argc != 2)
    g_error ("One argument is needed, the directory of the corpus");

  names = list_corpus (argv[1]);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *test = g_strconcat ("/corpus/", name, NULL);

      g_test_add_data_func_full (test, g_build_filename (argv[1], name, NULL), test_file, g_free);
    }

  return g_test_run ();
}
