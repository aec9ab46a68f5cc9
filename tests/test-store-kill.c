/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-store.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/*
 * kill -9 at any moment (spec 16.1). A child saves records with growing numbers and prints each number when the
 * store says that it is kept. After the kill the file must hold the last number that was printed, or the one
 * after it, whose word did not get out. A child that prints too early must be found out.
 *
 * Another child adds events and documents as fast as it can, many at once. All whose number was printed must be
 * there, and none in between may be missing.
 */

#define N_KILLS 50
#define MAX_LINES 150 /* several batches; more than are kept after a few runs */
#define N_AT_ONCE 64
#define N_DOCUMENTS 7

typedef struct
{
  char *directory; /* (owned) */
  char *path;      /* (owned) */
} Fixture;

static const char *program;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("qcc-store-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->directory, "state.db", NULL);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  const char *const suffixes[] = { "", "-wal", "-shm" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *name = g_strconcat (fixture->path, suffixes[i], NULL);

      g_unlink (name);
    }
  /* Also shows that nothing was set aside. */
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->directory);
  g_free (fixture->path);
}

typedef struct
{
  gint64 number;
  gboolean too_early;
} Child;

static void save_next (QccStore *store,
                       Child *child);

static void
print_number (const Child *child)
{
  printf ("%" G_GINT64_FORMAT "\n", child->number);
  fflush (stdout);
}

static void
on_saved (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  QccStore *store = QCC_STORE (source);
  Child *child = user_data;
  g_autoptr (GError) error = NULL;

  qcc_store_save_active_finish (store, result, &error);
  g_assert_no_error (error);
  if (!child->too_early)
    print_number (child);
  child->number++;
  save_next (store, child);
}

static void
save_next (QccStore *store,
           Child *child)
{
  g_autofree char *profile = g_strdup_printf ("p%" G_GINT64_FORMAT, child->number);
  const QccActiveRecord record = { profile, TRUE, profile, child->number };

  if (child->too_early)
    print_number (child);
  qcc_store_save_active_async (store, &record, NULL, on_saved, child);
}

static void
on_loaded (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  Child *child = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QccActiveRecord) record = qcc_store_load_active_finish (QCC_STORE (source), result, &error);

  g_assert_no_error (error);
  child->number = record != NULL ? record->since + 1 : 1;
  save_next (QCC_STORE (source), child);
}

/* Ends when it is killed. */
static void
run_child (const char *path,
           gboolean too_early)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (QccStore) store = qcc_store_new (file);
  Child child = { 0, too_early };

  qcc_store_load_active_async (store, NULL, on_loaded, &child);
  while (TRUE)
    g_main_context_iteration (NULL, TRUE);
}

typedef struct
{
  QccStore *store;
  guint64 next_id;
  gboolean too_early;
} Writer;

static void add_next (Writer *writer);

static void
print_id (guint64 id)
{
  printf ("%" G_GUINT64_FORMAT "\n", id);
  fflush (stdout);
}

typedef struct
{
  Writer *writer;
  guint64 id;
} Addition;

static void
on_added (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autofree Addition *addition = user_data;
  g_autoptr (GError) error = NULL;

  qcc_store_add_event_finish (QCC_STORE (source), result, &error);
  g_assert_no_error (error);
  if (!addition->writer->too_early)
    print_id (addition->id);
  add_next (addition->writer);
}

/* The document first, so that it is there when the event is said to be. */
static void
add_next (Writer *writer)
{
  Addition *addition = g_new (Addition, 1);
  guint64 id = writer->next_id++;
  g_autofree char *name = g_strdup_printf ("%u", (guint) (id % N_DOCUMENTS));
  g_autoptr (QccEvent) event = qcc_event_new (id, QCC_EVENT_FAILOVER, name, name, "down", (gint64) id, TRUE);

  *addition = (Addition){ writer, id };
  if (writer->too_early)
    print_id (id);
  qcc_store_save_document_async (writer->store, "endpoint", name, g_variant_new_parsed ("{'id': <%t>}", id), NULL, NULL, NULL);
  qcc_store_add_event_async (writer->store, event, NULL, on_added, addition);
}

static void
on_listed (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  Writer *writer = user_data;
  guint64 highest_id = 0;
  g_autoptr (GPtrArray) events = qcc_store_list_events_finish (QCC_STORE (source), result, &highest_id, NULL);

  g_assert_nonnull (events);
  writer->next_id = highest_id + 1;
  for (guint i = 0; i < N_AT_ONCE; i++)
    add_next (writer);
}

/* Ends when it is killed. */
static void
run_writer (const char *path,
            gboolean too_early)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (QccStore) store = qcc_store_new (file);
  Writer writer = { store, 0, too_early };

  qcc_store_list_events_async (store, NULL, on_listed, &writer);
  while (TRUE)
    g_main_context_iteration (NULL, TRUE);
}

/* Kills a child after it has printed @n_lines and returns the last number that it printed. */
static gint64
kill_child (const char *path,
            guint n_lines,
            const char *mode)
{
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GDataInputStream) lines = NULL;
  g_autoptr (GError) error = NULL;
  gint64 last = 0;
  char *line;

  child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, mode, path, NULL);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));

  for (guint i = 0; (line = g_data_input_stream_read_line (lines, NULL, NULL, &error)) != NULL; i++)
    {
      last = g_ascii_strtoll (line, NULL, 10);
      g_free (line);
      if (i + 1 == n_lines)
        g_subprocess_force_exit (child);
    }
  g_assert_no_error (error);
  g_subprocess_wait (child, NULL, NULL);
  g_assert_true (g_subprocess_get_if_signaled (child));

  return last;
}

static void
on_done (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  GAsyncResult **out_result = user_data;

  *out_result = g_object_ref (result);
}

static gint64
read_number (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (QccStore) store = qcc_store_new (file);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (QccActiveRecord) record = NULL;
  g_autofree char *profile = NULL;
  g_autoptr (GError) error = NULL;

  qcc_store_load_active_async (store, NULL, on_done, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  record = qcc_store_load_active_finish (store, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (qcc_store_get_notice (store), ==, NULL);

  /* One record, not parts of two. */
  g_assert_nonnull (record);
  profile = g_strdup_printf ("p%" G_GINT64_FORMAT, record->since);
  g_assert_cmpstr (record->active_profile, ==, profile);
  g_assert_cmpstr (record->reason, ==, profile);
  g_assert_true (record->pinned);

  return record->since;
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return g_steal_pointer (result);
}

/* Returns the highest id; below it, as many as are kept are there, and no document is older than @printed. */
static guint64
check_history (const char *path,
               guint64 printed)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (QccStore) store = qcc_store_new (file);
  GAsyncResult *done = NULL;
  g_autoptr (GAsyncResult) list_result = NULL;
  g_autoptr (GAsyncResult) load_result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GHashTable) documents = NULL;
  guint64 highest_id = 0;

  qcc_store_list_events_async (store, NULL, on_done, &done);
  list_result = wait_for (&done);
  events = qcc_store_list_events_finish (store, list_result, &highest_id, NULL);
  g_assert_cmpstr (qcc_store_get_notice (store), ==, NULL);
  g_assert_cmpuint (events->len, ==, MIN (highest_id, 1000));
  for (guint i = 0; i < events->len; i++)
    g_assert_cmpuint (((const QccEvent *) g_ptr_array_index (events, i))->id, ==, highest_id - i);

  /* What cannot be read is warned of, which ends the test. */
  qcc_store_load_documents_async (store, "endpoint", NULL, on_done, &done);
  load_result = wait_for (&done);
  documents = qcc_store_load_documents_finish (store, load_result, NULL);
  for (guint64 id = printed; highest_id >= printed && id > 0 && id + N_DOCUMENTS > printed; id--)
    {
      g_autofree char *name = g_strdup_printf ("%u", (guint) (id % N_DOCUMENTS));
      guint64 saved_id = 0;

      g_assert_true (g_variant_lookup (g_hash_table_lookup (documents, name), "id", "t", &saved_id));
      g_assert_cmpuint (saved_id, >=, id);
    }

  return highest_id;
}

static gboolean
is_right (gint64 found,
          gint64 printed)
{
  return found == printed || found == printed + 1;
}

static void
test_kill (Fixture *fixture,
           gconstpointer data)
{
  for (guint i = 0; i < N_KILLS; i++)
    {
      gint64 printed = kill_child (fixture->path, 1 + i % 7, "--save");
      gint64 found = read_number (fixture->path);

      g_test_message ("printed %" G_GINT64_FORMAT ", found %" G_GINT64_FORMAT, printed, found);
      g_assert_true (is_right (found, printed));
    }
}

static void
test_planted (Fixture *fixture,
              gconstpointer data)
{
  guint n_wrong = 0;

  /* So that there is something to find. */
  kill_child (fixture->path, 1, "--save");
  for (guint i = 0; i < N_KILLS && n_wrong == 0; i++)
    {
      gint64 printed = kill_child (fixture->path, 1 + i % 7, "--save-too-early");

      n_wrong += is_right (read_number (fixture->path), printed) ? 0 : 1;
    }
  g_assert_cmpuint (n_wrong, >, 0);
}

static void
test_kill_history (Fixture *fixture,
                   gconstpointer data)
{
  for (guint i = 0; i < N_KILLS; i++)
    {
      guint64 printed = (guint64) kill_child (fixture->path, (guint) g_test_rand_int_range (1, MAX_LINES), "--write");
      guint64 found = check_history (fixture->path, printed);

      g_test_message ("printed %" G_GUINT64_FORMAT ", found %" G_GUINT64_FORMAT, printed, found);
      g_assert_cmpuint (found, >=, printed);
    }
}

static void
test_planted_history (Fixture *fixture,
                      gconstpointer data)
{
  guint n_wrong = 0;

  for (guint i = 0; i < N_KILLS && n_wrong == 0; i++)
    {
      guint64 printed = (guint64) kill_child (fixture->path, N_AT_ONCE + (guint) g_test_rand_int_range (1, 100), "--write-too-early");

      n_wrong += check_history (fixture->path, printed) < printed ? 1 : 0;
    }
  g_assert_cmpuint (n_wrong, >, 0);
}

int
main (int argc,
      char **argv)
{
  if (argc == 3 && g_str_has_prefix (argv[1], "--save"))
    {
      run_child (argv[2], g_str_equal (argv[1], "--save-too-early"));
      return 0;
    }
  if (argc == 3 && g_str_has_prefix (argv[1], "--write"))
    {
      run_writer (argv[2], g_str_equal (argv[1], "--write-too-early"));
      return 0;
    }

  program = argv[0];
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add ("/store-kill/kill", Fixture, NULL, set_up, test_kill, tear_down);
  g_test_add ("/store-kill/planted", Fixture, NULL, set_up, test_planted, tear_down);
  g_test_add ("/store-kill/kill-history", Fixture, NULL, set_up, test_kill_history, tear_down);
  g_test_add ("/store-kill/planted-history", Fixture, NULL, set_up, test_planted_history, tear_down);

  return g_test_run ();
}
