/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-store-fixture.h"

#include <glib/gstdio.h>
#include <stdio.h>

#include "common/qcc-error.h"

/*
 * A disk that is full or read-only. This program runs itself in a mount namespace of its own, in which it may
 * mount; where the system does not let it, the tests are skipped.
 */

static const char *program;

/* Runs @mode of this program behind a shell command that may mount. */
static void
run_with_mounts (QccStoreFixture *fixture,
                 const char *mode,
                 const char *command)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  g_autofree char *script = g_strconcat (command, " && exec \"$1\" --inside \"$2\" \"$0\"", NULL);
  g_autoptr (GSubprocess) probe = NULL;
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  probe = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, "unshare", "-Urm", "mount", "-t", "tmpfs",
                            "tmpfs", folder, NULL);
  if (probe == NULL || !g_subprocess_wait_check (probe, NULL, NULL))
    {
      g_test_skip ("a file system cannot be mounted here");
      return;
    }

  child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, "unshare", "-Urm", "sh", "-c", script, folder,
                            program, mode, NULL);
  g_assert_no_error (error);
  g_subprocess_wait_check (child, NULL, &error);
  g_assert_no_error (error);
}

static void
add_event (QccStore *store,
           guint64 id,
           gboolean is_kept)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (qcc_test_store_add_event (store, id, &error), ==, is_kept);
  if (!is_kept)
    g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
}

static void
put_document (QccStore *store,
              const char *body,
              gboolean is_kept)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (qcc_test_store_put_document (store, "endpoint", "one", body, &error), ==, is_kept);
  if (!is_kept)
    g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
}

static void
test_full_disk (QccStoreFixture *fixture,
                gconstpointer data)
{
  run_with_mounts (fixture, data, "mount -t tmpfs -o size=256k tmpfs \"$0\"");
}

static void
test_read_only (QccStoreFixture *fixture,
                gconstpointer data)
{
  if (!g_str_equal (data, "read-only-and-new"))
    {
      QccStore *store = qcc_test_store_open (fixture->path);

      qcc_test_store_save (store, "before");
      add_event (store, 1, TRUE);
      put_document (store, "{'n': <1>}", TRUE);
      qcc_test_store_close (store);
    }
  if (g_str_equal (data, "read-only-old"))
    qcc_test_run_sql (fixture->path, "DROP TABLE event; DROP TABLE document; DROP TABLE sample;"
                                     "ALTER TABLE active DROP COLUMN pinned_profile; PRAGMA user_version = 1");

  run_with_mounts (fixture, data, "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\"");
  if (!g_str_equal (data, "read-only-and-new"))
    qcc_test_store_assert_kept (fixture->path, "before");
}

static void
fill (const char *folder,
      gboolean full)
{
  g_autofree char *name = g_build_filename (folder, "filler", NULL);
  g_autofree char *block = g_strnfill (4096, 'x');
  FILE *file;

  g_unlink (name);
  if (!full)
    return;

  file = g_fopen (name, "w");
  while (fwrite (block, 1, 4096, file) == 4096 && fflush (file) == 0)
    continue;
  fclose (file);
}

/* In a namespace, with @folder as small as 256 KiB. */
static void
inside_full_while_open (const char *folder,
                        const char *path)
{
  QccStore *store = qcc_test_store_open (path);

  /* The log beside the file has room of its own until it is folded into the file. */
  qcc_test_store_save (store, "one");
  fill (folder, TRUE);
  for (guint i = 0; qcc_store_get_notice (store) == NULL && i < 1000; i++)
    qcc_test_store_try_save (store, "filling", FALSE, NULL, i, NULL);
  qcc_test_store_save_fails (store, "two");
  qcc_test_store_assert_profile (store, "two");
  add_event (store, 1, FALSE);
  put_document (store, "{'n': <1>}", FALSE);
  qcc_test_store_assert_events (store, 1, 1);
  fill (folder, FALSE);
  qcc_test_store_save (store, "three");
  qcc_test_store_assert_notice (store, NULL);
  qcc_test_store_close (store);
  qcc_test_store_assert_kept (path, "three");
  g_assert_cmpint (qcc_test_query_sql (path, "SELECT count(*) FROM event"), ==, 1);
  g_assert_cmpint (qcc_test_query_sql (path, "SELECT count(*) FROM document"), ==, 1);
}

/* What could not be written is, at the end, once there is room. */
static void
inside_full_at_start (const char *folder,
                      const char *path)
{
  QccStore *store = qcc_test_store_open (path);

  qcc_test_store_save (store, "one");
  add_event (store, 1, TRUE);
  put_document (store, "{'n': <1>}", TRUE);
  qcc_test_store_close (store);

  fill (folder, TRUE);
  store = qcc_test_store_open (path);
  qcc_test_store_assert_notice (store, "cannot be written");
  qcc_test_store_assert_profile (store, "one");
  qcc_test_store_assert_events (store, 1, 1);
  qcc_test_store_assert_document (store, "endpoint", "one", "{'n': <1>}");
  qcc_test_store_save_fails (store, "two");
  add_event (store, 2, FALSE);
  put_document (store, NULL, FALSE);
  qcc_test_store_assert_events (store, 1, 2);
  qcc_test_store_assert_document (store, "endpoint", "one", NULL);
  fill (folder, FALSE);
  qcc_test_store_close (store);
  qcc_test_store_assert_kept (path, "two");
  g_assert_cmpint (qcc_test_query_sql (path, "SELECT count(*) FROM event"), ==, 2);
  g_assert_cmpint (qcc_test_query_sql (path, "SELECT count(*) FROM document"), ==, 0);
}

static void
inside_full_and_new (const char *folder,
                     const char *path)
{
  QccStore *store;

  fill (folder, TRUE);
  store = qcc_test_store_open (path);
  qcc_test_store_assert_notice (store, "cannot be written");
  qcc_test_store_assert_profile (store, NULL);
  qcc_test_store_save_fails (store, "one");
  qcc_test_store_assert_profile (store, "one");
  fill (folder, FALSE);
  qcc_test_store_save (store, "two");
  qcc_test_store_assert_notice (store, NULL);
  qcc_test_store_close (store);
  qcc_test_store_assert_kept (path, "two");
}

static void
inside_read_only (const char *folder,
                  const char *path)
{
  QccStore *store = qcc_test_store_open (path);

  qcc_test_store_assert_notice (store, "cannot be written");
  qcc_test_store_assert_profile (store, "before");
  qcc_test_store_assert_events (store, 1, 1);
  qcc_test_store_assert_document (store, "endpoint", "one", "{'n': <1>}");
  qcc_test_store_save_fails (store, "mine");
  qcc_test_store_assert_profile (store, "mine");
  add_event (store, 2, FALSE);
  qcc_test_store_assert_events (store, 1, 2);
  qcc_test_store_close (store);
}

/* The file of the version before cannot be brought up to date, but it can be read. */
static void
inside_read_only_old (const char *folder,
                      const char *path)
{
  QccStore *store = qcc_test_store_open (path);
  g_autoptr (QccActiveRecord) record = NULL;

  qcc_test_store_assert_notice (store, "cannot be written");
  record = qcc_test_store_load (store);
  g_assert_cmpstr (record->active_profile, ==, "before");
  g_assert_cmpstr (record->pinned_profile, ==, "before");
  add_event (store, 1, FALSE);
  qcc_test_store_assert_events (store, 1, 1);
  qcc_test_store_close (store);
}

static void
inside_read_only_and_new (const char *folder,
                          const char *path)
{
  QccStore *store = qcc_test_store_open (path);

  qcc_test_store_assert_notice (store, "cannot be written");
  qcc_test_store_assert_profile (store, NULL);
  qcc_test_store_save_fails (store, "mine");
  qcc_test_store_assert_profile (store, "mine");
  qcc_test_store_close (store);
}

static int
run_inside (const char *mode,
            const char *folder)
{
  static const struct
  {
    const char *mode;
    void (*func) (const char *folder, const char *path);
  } modes[] = {
    { "full-while-open", inside_full_while_open },
    { "full-at-start", inside_full_at_start },
    { "full-and-new", inside_full_and_new },
    { "read-only", inside_read_only },
    { "read-only-old", inside_read_only_old },
    { "read-only-and-new", inside_read_only_and_new },
  };
  g_autofree char *path = g_build_filename (folder, "state.db", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      if (!g_str_equal (modes[i].mode, mode))
        continue;
      modes[i].func (folder, path);
      return 0;
    }

  return 2;
}

int
main (int argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (QccStoreFixture *, gconstpointer);
    const char *data;
  } tests[] = {
    { "/store-disk/full-while-open", test_full_disk, "full-while-open" },
    { "/store-disk/full-at-start", test_full_disk, "full-at-start" },
    { "/store-disk/full-and-new", test_full_disk, "full-and-new" },
    { "/store-disk/read-only", test_read_only, "read-only" },
    { "/store-disk/read-only-old", test_read_only, "read-only-old" },
    { "/store-disk/read-only-and-new", test_read_only, "read-only-and-new" },
  };

  if (argc == 4 && g_str_equal (argv[1], "--inside"))
    return run_inside (argv[2], argv[3]);

  program = argv[0];
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccStoreFixture, tests[i].data, qcc_store_fixture_set_up, tests[i].func,
                qcc_store_fixture_tear_down);

  return g_test_run ();
}
