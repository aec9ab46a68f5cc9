/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-json.h"
#include "common/qcc-key-store-file.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/qcc-key-store-fixture.h"

static void
write_file (QccKeyFixture *fixture,
            const char *content,
            gssize length,
            int mode)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (fixture->path, content, length, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (fixture->path, mode), ==, 0);
}

static char *
read_file (QccKeyFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  char *content = NULL;

  g_file_get_contents (fixture->path, &content, NULL, &error);
  g_assert_no_error (error);
  return content;
}

static void
assert_mode (const char *path,
             guint mode)
{
  GStatBuf info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmphex (info.st_mode & 0777, ==, mode);
}

static void
test_created (QccKeyFixture *fixture,
              gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  g_autofree char *content = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (QccKeyStore) other = qcc_key_fixture_make_unchosen_store (fixture);
  g_autoptr (GError) store_error = NULL;
  g_autoptr (GError) error = NULL;

  /* Nothing is made before the user said so. */
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_remove_fails (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);
  g_assert_false (qcc_test_store (fixture->store, "a-1", "hunter2", NULL, &store_error));
  g_assert_error (store_error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (store_error->message, "qcc keys file"));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));

  g_assert_true (qcc_test_opt_in (other, &error));
  g_assert_no_error (error);
  assert_mode (fixture->path, 0600);
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);

  qcc_assert_store (fixture->store, "a-1", "key-a");
  assert_mode (fixture->path, 0600);
  assert_mode (folder, 0700);
  qcc_assert_key (other, "a-1", "key-a");

  content = read_file (fixture);
  root = qcc_json_parse (content, -1, NULL);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (root), "version"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (json_node_get_object (root), "keys"), "a-1"),
                   ==, "key-a");
}

static void
test_unknown_members (QccKeyFixture *fixture,
                      gconstpointer data)
{
  g_autofree char *content = NULL;

  write_file (fixture, "{\"future\": [1, {\"a\": null}], \"version\": 1, \"keys\": {\"b\": \"key-b\", \"odd\": 5}}", -1, 0600);
  qcc_assert_key (fixture->store, "b", "key-b");
  qcc_assert_store (fixture->store, "a-1", "key-a");
  qcc_assert_no_key (fixture->store, "odd", QCC_ERROR_CORRUPT);
  qcc_assert_remove (fixture->store, "b");

  content = read_file (fixture);
  g_assert_nonnull (strstr (content, "\"future\""));
  g_assert_nonnull (strstr (content, "\"odd\" : 5"));
  g_assert_null (strstr (content, "key-b"));
}

static void
test_without_keys (QccKeyFixture *fixture,
                   gconstpointer data)
{
  write_file (fixture, "{\"version\":1}", -1, 0600);
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_remove_fails (fixture->store, "a-1", QCC_ERROR_NOT_FOUND);
  qcc_assert_store (fixture->store, "a-1", "key-a");
  qcc_assert_key (fixture->store, "a-1", "key-a");
}

static void
test_modes (QccKeyFixture *fixture,
            gconstpointer data)
{
  const char *content = "{\"version\":1,\"keys\":{\"a-1\":\"hunter2\"}}";
  const int refused[] = { 0644, 0640, 0604, 0620, 0602, 0610, 0601, 0666 };
  const int allowed[] = { 0600, 0400, 0700 };

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *same = NULL;

      write_file (fixture, content, -1, refused[i]);
      g_assert_null (qcc_test_lookup (fixture->store, "a-1", NULL, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);
      g_assert_nonnull (strstr (error->message, "chmod 600"));
      g_assert_nonnull (strstr (error->message, fixture->path));

      qcc_assert_store_fails (fixture->store, "a-1", QCC_ERROR_REFUSED);
      qcc_assert_remove_fails (fixture->store, "a-1", QCC_ERROR_REFUSED);
      same = read_file (fixture);
      g_assert_cmpstr (same, ==, content);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (allowed); i++)
    {
      write_file (fixture, content, -1, allowed[i]);
      qcc_assert_key (fixture->store, "a-1", "hunter2");
    }
}

static void
test_not_regular (QccKeyFixture *fixture,
                  gconstpointer data)
{
  g_assert_cmpint (g_remove (fixture->path), ==, 0);
  g_assert_cmpint (g_mkdir (fixture->path, 0700), ==, 0);
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_REFUSED);
  qcc_assert_store_fails (fixture->store, "a-1", QCC_ERROR_REFUSED);
  g_assert_cmpint (g_rmdir (fixture->path), ==, 0);

  /* Must neither be waited for nor replaced. */
  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_REFUSED);
  qcc_assert_store_fails (fixture->store, "a-1", QCC_ERROR_REFUSED);
}

static void
test_symbolic_link (QccKeyFixture *fixture,
                    gconstpointer data)
{
  g_autofree char *target = g_build_filename (fixture->directory, "target", NULL);
  g_autofree char *content = NULL;

  qcc_assert_store (fixture->store, "a-1", "key-a");
  g_assert_cmpint (g_rename (fixture->path, target), ==, 0);
  g_assert_cmpint (symlink (target, fixture->path), ==, 0);
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_REFUSED);
  qcc_assert_store_fails (fixture->store, "a-1", QCC_ERROR_REFUSED);
  g_assert_false (qcc_test_opt_in (fixture->store, NULL));

  /* A link that leads nowhere is not taken for no file either. */
  g_assert_cmpint (g_remove (target), ==, 0);
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_REFUSED);
  qcc_assert_store_fails (fixture->store, "a-1", QCC_ERROR_REFUSED);
  g_assert_false (g_file_test (target, G_FILE_TEST_EXISTS));
}

static void
test_folder (QccKeyFixture *fixture,
             gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  const int refused[] = { 0720, 0702, 0777, 01777 };
  const int allowed[] = { 0755, 0711, 0700 };

  qcc_assert_store (fixture->store, "a-1", "key-a");
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (g_chmod (folder, refused[i]), ==, 0);
      g_assert_null (qcc_test_lookup (fixture->store, "a-1", NULL, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);
      g_assert_nonnull (strstr (error->message, "chmod 700"));
      qcc_assert_store_fails (fixture->store, "a-1", QCC_ERROR_REFUSED);
      g_assert_false (qcc_test_opt_in (fixture->store, NULL));
    }

  for (gsize i = 0; i < G_N_ELEMENTS (allowed); i++)
    {
      g_assert_cmpint (g_chmod (folder, allowed[i]), ==, 0);
      qcc_assert_key (fixture->store, "a-1", "key-a");
    }
}

static void
test_foreign_owner (QccKeyFixture *fixture,
                    gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);

  if (geteuid () != 0)
    {
      g_test_skip ("only root can give a file away");
      return;
    }

  qcc_assert_store (fixture->store, "a-1", "key-a");
  g_assert_cmpint (chown (fixture->path, 65534, 65534), ==, 0);
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_REFUSED);
  qcc_assert_store_fails (fixture->store, "a-1", QCC_ERROR_REFUSED);
  g_assert_cmpint (chown (fixture->path, 0, 0), ==, 0);
  qcc_assert_key (fixture->store, "a-1", "key-a");

  g_assert_cmpint (chown (folder, 65534, 65534), ==, 0);
  qcc_assert_no_key (fixture->store, "a-1", QCC_ERROR_REFUSED);
  g_assert_cmpint (chown (folder, 0, 0), ==, 0);
}

static void
test_damaged (QccKeyFixture *fixture,
              gconstpointer data)
{
  const char nul[] = "{\"version\":1,\"keys\":{\"a-1\":\"hunter2\"}}\0junk";
  const struct
  {
    const char *content;
    gssize length;
    const char *word;
  } cases[] = {
    { "", 0, "line 1" },
    { "{\"version\":1,\"keys\":{\"a-1\":\"hunter2", -1, "line 1" },
    { "{\"version\":1,\n\"keys\":{\"a-1\": hunter2}}", -1, "line 2" },
    { nul, sizeof nul - 1, "UTF-8" },
    { "[\"hunter2\"]", -1, "{...}" },
    { "{\"keys\":{\"a-1\":\"hunter2\"}}", -1, "version" },
    { "{\"version\":2,\"keys\":{\"a-1\":\"hunter2\"}}", -1, "newer" },
    { "{\"version\":\"hunter2\",\"keys\":{}}", -1, "version" },
    { "{\"version\":1,\"keys\":[\"hunter2\"]}", -1, "keys" },
    { "{\"version\":1,\"keys\":\"hunter2\"}", -1, "keys" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *same = NULL;
      gsize length = cases[i].length >= 0 ? (gsize) cases[i].length : strlen (cases[i].content);
      gsize same_length;

      write_file (fixture, cases[i].content, cases[i].length, 0600);
      g_assert_null (qcc_test_lookup (fixture->store, "a-1", NULL, &error));
      g_assert_error (error, QCC_ERROR, QCC_ERROR_CORRUPT);
      g_assert_nonnull (strstr (error->message, fixture->path));
      g_assert_nonnull (strstr (error->message, cases[i].word));
      g_assert_null (strstr (error->message, "hunter2"));

      qcc_assert_store_fails (fixture->store, "a-1", QCC_ERROR_CORRUPT);
      qcc_assert_remove_fails (fixture->store, "a-1", QCC_ERROR_CORRUPT);
      g_assert_true (g_file_get_contents (fixture->path, &same, &same_length, NULL));
      g_assert_cmpmem (same, same_length, cases[i].content, length);
    }
}

static void
test_bad_key (QccKeyFixture *fixture,
              gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  write_file (fixture, "{\"version\":1,\"keys\":{\"a-1\":\"hunter2 \\n\",\"b\":\"key-b\"}}", -1, 0600);
  g_assert_null (qcc_test_lookup (fixture->store, "a-1", NULL, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_CORRUPT);
  g_assert_null (strstr (error->message, "hunter2"));
  qcc_assert_key (fixture->store, "b", "key-b");
}

/* Who has the file open keeps the state before the change: it is replaced, not written into. */
static void
test_replaced (QccKeyFixture *fixture,
               gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path (fixture->path);
  g_autoptr (GFileInputStream) before = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  char old[4096] = "";

  qcc_assert_store (fixture->store, "a-1", "key-a");
  content = read_file (fixture);
  before = g_file_read (file, NULL, &error);
  g_assert_no_error (error);

  qcc_assert_store (fixture->store, "a-1", "key-b");
  qcc_assert_remove (fixture->store, "a-1");
  g_assert_true (g_input_stream_read_all (G_INPUT_STREAM (before), old, sizeof old - 1, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (old, ==, content);
}

/* What was left in the place of the temporary file is never used, whatever it is. */
static void
test_leftover (QccKeyFixture *fixture,
               gconstpointer data)
{
  g_autofree char *temporary = g_strconcat (fixture->path, ".new", NULL);
  g_autofree char *victim = g_build_filename (fixture->directory, "victim", NULL);
  g_autofree char *content = NULL;

  g_assert_true (g_file_set_contents (temporary, "half a fi", -1, NULL));
  g_assert_cmpint (g_chmod (temporary, 0644), ==, 0);
  qcc_assert_store (fixture->store, "a-1", "key-a");
  g_assert_false (g_file_test (temporary, G_FILE_TEST_EXISTS));
  assert_mode (fixture->path, 0600);

  g_assert_true (g_file_set_contents (victim, "mine", -1, NULL));
  g_assert_cmpint (symlink (victim, temporary), ==, 0);
  qcc_assert_store (fixture->store, "a-1", "key-b");
  g_assert_true (g_file_get_contents (victim, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "mine");
  qcc_assert_key (fixture->store, "a-1", "key-b");
  g_assert_cmpint (g_remove (victim), ==, 0);
}

int
main (int argc,
      char **argv)
{
  static const QccMakeKeyStore make = qcc_key_fixture_make_file_store;
  static const QccMakeKeyStore make_unchosen = qcc_key_fixture_make_unchosen_store;
  static const struct
  {
    const char *path;
    void (*test) (QccKeyFixture *fixture, gconstpointer data);
  } tests[] = {
    { "/key-store-file/unknown-members", test_unknown_members },
    { "/key-store-file/without-keys", test_without_keys },
    { "/key-store-file/modes", test_modes },
    { "/key-store-file/not-regular", test_not_regular },
    { "/key-store-file/damaged", test_damaged },
    { "/key-store-file/bad-key", test_bad_key },
    { "/key-store-file/replaced", test_replaced },
    { "/key-store-file/leftover", test_leftover },
    { "/key-store-file/symbolic-link", test_symbolic_link },
    { "/key-store-file/folder", test_folder },
    { "/key-store-file/foreign-owner", test_foreign_owner },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add ("/key-store-file/created", QccKeyFixture, &make_unchosen, qcc_key_fixture_set_up, test_created,
              qcc_key_fixture_tear_down);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, QccKeyFixture, &make, qcc_key_fixture_set_up, tests[i].test,
                qcc_key_fixture_tear_down);

  return g_test_run ();
}
