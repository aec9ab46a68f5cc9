/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-error.h"
#include "common/qcc-secret.h"
#include "common/qcc-secure-memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static void
test_mask (void)
{
  g_autoptr (QccSecret) secret = qcc_secret_new ("abc", -1);
  g_autoptr (QccSecret) empty = qcc_secret_new ("", -1);
  char text[] = "abc ababc ab abc";

  qcc_secret_mask (empty, (guint8 *) text, strlen (text));
  g_assert_cmpstr (text, ==, "abc ababc ab abc");
  qcc_secret_mask (secret, (guint8 *) text, strlen (text));
  g_assert_cmpstr (text, ==, "*** ab*** ab ***");
  qcc_secret_mask (secret, NULL, 0);
}

static void
test_mask_escaped (void)
{
  g_autoptr (QccSecret) secret = qcc_secret_new ("a/b\"\\c", -1);
  char text[] = "a/b\"\\c a\\/b\\\"\\\\c a/b\\\"\\\\c \\a/b\"\\ a\\";

  qcc_secret_mask (secret, (guint8 *) text, strlen (text));
  g_assert_cmpstr (text, ==, "****** ********* ******** \\a/b\"\\ a\\");
}

static void
test_text (void)
{
  g_autoptr (QccSecret) whole = qcc_secret_new ("hunter2", -1);
  g_autoptr (QccSecret) part = qcc_secret_new ("hunter2", 6);
  g_autoptr (QccSecret) empty = qcc_secret_new ("", -1);
  g_autoptr (QccSecret) same = qcc_secret_ref (whole);

  g_assert_cmpstr (qcc_secret_peek (whole), ==, "hunter2");
  g_assert_cmpstr (qcc_secret_peek (part), ==, "hunter");
  g_assert_cmpstr (qcc_secret_peek (empty), ==, "");
  g_assert_true (same == whole);
  g_assert_false (qcc_secret_is_empty (whole));
  g_assert_true (qcc_secret_is_empty (empty));
}

static void
test_keys (void)
{
  g_autofree char *longest = g_strnfill (QCC_SECRET_KEY_MAX, 'k');
  g_autofree char *longest_line = g_strconcat (longest, "\n", NULL);
  g_autofree char *too_long = g_strnfill (QCC_SECRET_KEY_MAX + 1, 'k');
  const struct
  {
    const char *text;
    gssize length;
    const char *key; /* NULL when refused */
  } cases[] = {
    { "sk-ant-1", -1, "sk-ant-1" },
    { "k", 1, "k" },
    { "!~", -1, "!~" },
    { "sk-ant-1\n", -1, "sk-ant-1" },
    { "sk-ant-1\r\n", -1, "sk-ant-1" },
    { "sk-ant-1-more", 8, "sk-ant-1" },
    { longest, -1, longest },
    { longest_line, -1, longest },
    { too_long, -1, NULL },
    { "", -1, NULL },
    { "\n", -1, NULL },
    { "hunter2\n\n", -1, NULL },
    { "hunter2 ", -1, NULL },
    { " hunter2", -1, NULL },
    { "hunter2\tx", -1, NULL },
    { "hunter2\nX-Evil: 1", -1, NULL },
    { "hunter2\0x", 9, NULL },
    { "hunter2\x7f", -1, NULL },
    { "hunter2ü", -1, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QccSecret) key = qcc_secret_new_key (cases[i].text, cases[i].length, &error);

      if (cases[i].key != NULL)
        {
          g_assert_no_error (error);
          g_assert_cmpstr (qcc_secret_peek (key), ==, cases[i].key);
          g_assert_true (qcc_secret_check_key (key, &error));
          continue;
        }

      g_assert_null (key);
      g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
      g_assert_null (strstr (error->message, "hunter2"));
    }
}

static void
test_check (void)
{
  g_autoptr (QccSecret) password = qcc_secret_new ("correct horse", -1);
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_secret_check_key (password, &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT);
  g_assert_null (strstr (error->message, "horse"));
}

/* Returns the line "VmFlags: ..." of the mapping that @address is in. */
static char *
get_mapping_flags (gconstpointer address)
{
  g_autofree char *maps = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  gboolean inside = FALSE;

  g_file_get_contents ("/proc/self/smaps", &maps, NULL, &error);
  g_assert_no_error (error);

  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint64 start;
      guint64 end;

      if (sscanf (lines[i], "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x ", &start, &end) == 2)
        inside = GPOINTER_TO_SIZE (address) >= start && GPOINTER_TO_SIZE (address) < end;
      else if (inside && g_str_has_prefix (lines[i], "VmFlags:"))
        return g_strdup (lines[i]);
    }

  g_assert_not_reached ();
}

/* The address sanitizer replaces mlock() by a function that does nothing, even where it must fail. */
static gboolean
skip_without_mlock (void)
{
  if (mlock (NULL, 1) != 0)
    return FALSE;

  g_test_skip ("mlock() does nothing in this build");
  return TRUE;
}

static void
test_not_dumped (void)
{
  g_autoptr (QccSecret) secret = qcc_secret_new ("hunter2", -1);
  g_autofree char *flags = get_mapping_flags (qcc_secret_peek (secret));

  g_assert_nonnull (strstr (flags, " dd"));
}

static void
test_locked (void)
{
  g_autoptr (QccSecret) secret = NULL;
  g_autofree char *flags = NULL;

  if (skip_without_mlock ())
    return;

  secret = qcc_secret_new ("hunter2", -1);
  flags = get_mapping_flags (qcc_secret_peek (secret));
  g_assert_nonnull (strstr (flags, " lo"));
}

static void
test_wipe (void)
{
  char text[] = "hunter2";
  const char zeros[sizeof text] = { 0 };

  qcc_secure_memory_wipe (text, sizeof text);
  g_assert_cmpmem (text, sizeof text, zeros, sizeof zeros);
}

static GLogWriterOutput
count_debug (GLogLevelFlags level,
             const GLogField *fields,
             gsize n_fields,
             gpointer user_data)
{
  guint *n_messages = user_data;

  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0 && strstr (fields[i].value, "swap") != NULL)
      (*n_messages)++;

  return G_LOG_WRITER_HANDLED;
}

static void
test_lock_refused (void)
{
  const struct rlimit none = { 0, 0 };
  guint n_messages = 0;
  QccSecret *secret;

  if (skip_without_mlock ())
    return;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  g_log_set_writer_func (count_debug, &n_messages, NULL);

  /* Root may lock as much as it likes, so become somebody else. */
  g_assert_cmpint (setrlimit (RLIMIT_MEMLOCK, &none), ==, 0);
  if (geteuid () == 0)
    g_assert_cmpint (setuid (65534), ==, 0);

  secret = qcc_secret_new ("hunter2", -1);
  g_assert_cmpstr (qcc_secret_peek (secret), ==, "hunter2");
  g_assert_cmpuint (n_messages, ==, 1);
  qcc_secret_unref (secret);

  /* The leak checker cannot trace a process that changed its user. */
  _exit (0);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/secret/text", test_text);
  g_test_add_func ("/secret/mask", test_mask);
  g_test_add_func ("/secret/mask-escaped", test_mask_escaped);
  g_test_add_func ("/secret/keys", test_keys);
  g_test_add_func ("/secret/check", test_check);
  g_test_add_func ("/secret/not-dumped", test_not_dumped);
  g_test_add_func ("/secret/locked", test_locked);
  g_test_add_func ("/secret/wipe", test_wipe);
  g_test_add_func ("/secret/lock-refused", test_lock_refused);

  return g_test_run ();
}
