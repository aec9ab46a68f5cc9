/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_SETTINGS_ENABLE_BACKEND
#include <string.h>

#include <gio/gsettingsbackend.h>

#include "tests/qcc-policy-fixture.h"

/* Where settings are kept, and how they change. */

typedef QccTestPolicy Fixture;

static char *
read_file (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (self->path, &text, NULL, &error);
  g_assert_no_error (error);

  return text;
}

static void
write_file (Fixture *self,
            const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (self->path, text, -1, &error);
  g_assert_no_error (error);
}

static void
test_stored (Fixture *self,
             gconstpointer data)
{
  g_autoptr (QccPolicy) second = NULL;
  g_autofree char *text = NULL;

  write_file (self, "# mine\n[org/example]\nkey=1\n");
  qcc_test_policy_assert_set (self->policy, "proxy.max_body_size", "2000000");
  qcc_test_policy_assert_set (self->policy, "proxy.allowed-origins", "http://a,http://b");
  qcc_test_policy_assert_set (self->policy, "proxy.ssl-key", "/k\"'\n");
  g_assert_cmpuint (qcc_policy_get_values (self->policy)->max_body_size, ==, 2000000);

  text = read_file (self);
  g_assert_nonnull (strstr (text, "# mine\n"));
  g_assert_nonnull (strstr (text, "[org/example]\nkey=1\n"));
  g_assert_nonnull (strstr (text, "max-body-size=2000000\n"));
  second = qcc_test_policy_new_in_file (self->path);
  qcc_test_policy_assert_value (second, "proxy.max-body-size", "2000000");
  qcc_test_policy_assert_value (second, "proxy.allowed-origins", "http://a,http://b");
  qcc_test_policy_assert_value (second, "proxy.ssl-key", "/k\"'\n");
}

static void
test_reset (Fixture *self,
            gconstpointer data)
{
  g_autoptr (QccSettingInfo) info = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  qcc_test_policy_assert_set (self->policy, "proxy.port", "8000");
  info = qcc_policy_describe (self->policy, "proxy.port", &error);
  g_assert_no_error (error);
  g_assert_false (info->is_default);
  g_assert_cmpstr (info->default_value, ==, "7860");

  g_string_truncate (self->log, 0);
  qcc_test_policy_assert_reset (self->policy, "proxy.port");
  g_assert_cmpstr (self->log->str, ==, "proxy.port=7860;");
  qcc_test_policy_assert_reset (self->policy, "proxy.port");
  g_assert_cmpstr (self->log->str, ==, "proxy.port=7860;");

  text = read_file (self);
  g_assert_null (strstr (text, "port"));
}

static void
count_done (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  guint *n = user_data;

  qcc_policy_set_finish (QCC_POLICY (source), result, &error);
  g_assert_no_error (error);
  (*n)++;
}

/* The last of many is the one that stays, in the file too, and nothing in between comes back. */
static void
test_many_at_once (Fixture *self,
                   gconstpointer data)
{
  const char *const names[] = { "admission.max-active", "failover.cooldown", "proxy.port", "queue.max-size" };
  GString *expected = g_string_new (NULL);
  g_autoptr (QccPolicy) second = NULL;
  guint n = 0;

  for (guint i = 1; i <= 100; i++)
    {
      const char *name = names[i % G_N_ELEMENTS (names)];
      g_autofree char *text = g_strdup_printf ("%u", 1000 + i);

      qcc_policy_set_async (self->policy, name, text, NULL, count_done, &n);
      g_string_append_printf (expected, "%s=%s;", name, text);
      qcc_test_policy_assert_value (self->policy, name, text);
    }
  qcc_test_wait_until (n == 100);
  g_assert_cmpstr (self->log->str, ==, expected->str);

  second = qcc_test_policy_new_in_file (self->path);
  qcc_test_policy_assert_value (second, names[0], "1100");
  qcc_test_policy_assert_value (second, names[1], "1097");
  qcc_test_policy_assert_value (second, names[2], "1098");
  qcc_test_policy_assert_value (second, names[3], "1099");
  g_string_free (expected, TRUE);
}

/* Every switch is turned at the same time: no write takes back another one. */
static void
test_all_at_once (Fixture *self,
                  gconstpointer data)
{
  g_autoptr (GPtrArray) list = qcc_policy_list (self->policy);
  g_autoptr (QccPolicy) second = NULL;
  g_autoptr (GPtrArray) turned = NULL;
  guint n_set = 0, n_done = 0;

  for (guint i = 0; i < list->len; i++)
    {
      QccSettingInfo *info = list->pdata[i];

      if (!g_str_equal (info->type, "boolean"))
        continue;
      qcc_policy_set_async (self->policy, info->name, g_str_equal (info->value, "true") ? "false" : "true", NULL, count_done,
                            &n_done);
      n_set++;
    }
  g_assert_cmpuint (n_set, >, 20);
  qcc_test_wait_until (n_done == n_set);

  second = qcc_test_policy_new_in_file (self->path);
  turned = qcc_policy_list (second);
  for (guint i = 0; i < turned->len; i++)
    {
      QccSettingInfo *info = turned->pdata[i];

      g_assert_true (info->is_default == !g_str_equal (info->type, "boolean"));
    }
}

static void
on_cancelled (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  gboolean *called = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_policy_set_finish (QCC_POLICY (source), result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *called = TRUE;
}

static void
test_cancelled (Fixture *self,
                gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (QccPolicy) second = NULL;
  gboolean called = FALSE;

  qcc_policy_set_async (self->policy, "proxy.port", "8000", cancellable, on_cancelled, &called);
  g_cancellable_cancel (cancellable);
  qcc_test_wait_until (called);
  qcc_test_policy_assert_value (self->policy, "proxy.port", "8000");
  second = qcc_test_policy_new_in_file (self->path);
  qcc_test_policy_assert_value (second, "proxy.port", "8000");
}

static void
test_edited_by_hand (Fixture *self,
                     gconstpointer data)
{
  qcc_test_policy_assert_set (self->policy, "proxy.port", "8000");
  g_string_truncate (self->log, 0);

  write_file (self, "[io/github/qcc/proxy]\nport=9000\n");
  qcc_test_wait_until (self->log->len > 0);
  g_assert_cmpstr (self->log->str, ==, "proxy.port=9000;");
  g_assert_cmpuint (qcc_policy_get_values (self->policy)->port, ==, 9000);

  /* Out of range and of a wrong type: the default. */
  g_string_truncate (self->log, 0);
  write_file (self, "[io/github/qcc/proxy]\nport=90000\n[io/github/qcc/failover]\ncooldown='x'\n");
  qcc_test_wait_until (self->log->len > 0);
  g_assert_cmpstr (self->log->str, ==, "proxy.port=7860;");
  qcc_test_policy_assert_value (self->policy, "failover.cooldown", "300");
}

/* Two programs on one file: neither takes back what the other has set. */
static void
test_two_writers (Fixture *self,
                  gconstpointer data)
{
  g_autoptr (QccPolicy) second = qcc_test_policy_new_in_file (self->path);
  g_autoptr (QccPolicy) third = NULL;

  qcc_test_policy_assert_set (self->policy, "proxy.port", "8000");
  qcc_test_policy_assert_set (second, "failover.cooldown", "5");
  qcc_test_policy_assert_set (self->policy, "queue.ttl", "60");
  third = qcc_test_policy_new_in_file (self->path);
  qcc_test_policy_assert_value (third, "proxy.port", "8000");
  qcc_test_policy_assert_value (third, "failover.cooldown", "5");
  qcc_test_policy_assert_value (third, "queue.ttl", "60");
  qcc_test_wait_until (qcc_policy_get_values (second)->port == 8000);
}

static void
test_damaged_file (Fixture *self,
                   gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  write_file (self, "this is no key file\n");
  g_assert_false (qcc_test_policy_set (self->policy, "proxy.port", "8000", &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, self->path));
  g_assert_true (g_str_has_prefix (self->said->str, error->message));
  g_string_truncate (self->said, 0);
  text = read_file (self);
  g_assert_cmpstr (text, ==, "this is no key file\n");
}

static void
test_memory (void)
{
  g_autoptr (GSettingsBackend) backend = g_memory_settings_backend_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (QccPolicy) policy = qcc_policy_new (backend, &error);
  GString *log;

  g_assert_no_error (error);
  log = qcc_test_policy_log (policy);
  g_assert_cmpstr (qcc_policy_get_backend (policy), ==, "memory");
  g_assert_null (qcc_policy_get_notice (policy));
  qcc_test_policy_assert_set_twice (policy, "proxy.port", "8000", "8001");
  g_settings_set_int (qcc_policy_get_child (policy, "proxy"), "port", 8002);
  qcc_test_wait_until (qcc_policy_get_values (policy)->port == 8002);
  qcc_test_policy_assert_reset (policy, "proxy.port");
  g_assert_cmpstr (log->str, ==, "proxy.port=8000;proxy.port=8001;proxy.port=8002;proxy.port=7860;");

  g_clear_object (&policy);
  g_string_free (log, TRUE);
}

/* GIO's default may forget everything at exit; then it is the file that the user's tools read. */
static void
test_default (const char *backend,
              GString *said)
{
  gboolean is_memory = g_str_equal (backend, "memory");
  g_autofree char *path = g_build_filename (g_get_user_config_dir (), "glib-2.0", "settings", "keyfile", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (QccPolicy) policy = NULL;
  g_autofree char *text = NULL;

  if (!g_test_subprocess ())
    {
      g_setenv ("GSETTINGS_BACKEND", backend, TRUE);
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  policy = qcc_policy_new (NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (qcc_policy_get_backend (policy), ==, "keyfile");
  if (is_memory)
    {
      g_assert_nonnull (strstr (qcc_policy_get_notice (policy), path));
      g_assert_true (g_str_has_prefix (said->str, qcc_policy_get_notice (policy)));
    }
  else
    {
      g_assert_null (qcc_policy_get_notice (policy));
      g_assert_cmpstr (said->str, ==, "");
    }

  qcc_test_policy_assert_set (policy, "proxy.port", "8000");
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "[io/github/qcc/proxy]\nport=8000\n");
}

static void
test_default_memory (gconstpointer said)
{
  test_default ("memory", (GString *) said);
}

static void
test_default_keyfile (gconstpointer said)
{
  test_default ("keyfile", (GString *) said);
}

/* The administrator's lock, from a folder of the test's own instead of /etc. */
static void
test_locked (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "locks", NULL);
  g_autofree char *path = g_build_filename (folder, "keyfile", NULL);
  g_autofree char *locks = g_build_filename (folder, "locks", NULL);
  g_autofree char *defaults = g_build_filename (folder, "defaults", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSettingsBackend) example = g_keyfile_settings_backend_new (path, "/", NULL);
  g_autoptr (GSettingsBackend) backend = NULL;
  g_autoptr (QccPolicy) policy = NULL;
  g_autoptr (QccSettingInfo) info = NULL;

  g_assert_true (g_file_set_contents (locks, "/io/github/qcc/proxy/port\n", -1, &error));
  g_assert_true (g_file_set_contents (defaults, "[io/github/qcc/proxy]\nport=9999\n", -1, &error));
  backend = g_object_new (G_OBJECT_TYPE (example), "filename", path, "root-path", "/", "defaults-dir", folder, NULL);
  policy = qcc_policy_new (backend, &error);
  g_assert_no_error (error);

  info = qcc_policy_describe (policy, "proxy.port", &error);
  g_assert_cmpstr (info->value, ==, "9999");
  g_assert_false (info->is_writable);
  g_assert_false (qcc_test_policy_set (policy, "proxy.port", "8000", &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_false (qcc_test_policy_reset (policy, "proxy.port", &error));
  g_assert_error (error, QCC_ERROR, QCC_ERROR_REFUSED);
  qcc_test_policy_assert_value (policy, "proxy.port", "9999");
  qcc_test_policy_assert_set (policy, "queue.ttl", "60");
}

#define ADD(name, function) g_test_add ("/policy/" name, Fixture, said, qcc_test_policy_set_up, function, qcc_test_policy_tear_down)

int
main (int argc,
      char **argv)
{
  GString *said = g_string_new (NULL);
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  qcc_test_policy_keep_log (said);

  ADD ("stored", test_stored);
  ADD ("reset", test_reset);
  ADD ("many-at-once", test_many_at_once);
  ADD ("all-at-once", test_all_at_once);
  ADD ("cancelled", test_cancelled);
  ADD ("edited-by-hand", test_edited_by_hand);
  ADD ("two-writers", test_two_writers);
  ADD ("damaged-file", test_damaged_file);
  g_test_add_func ("/policy/memory", test_memory);
  g_test_add_data_func ("/policy/default-is-memory", said, test_default_memory);
  g_test_add_data_func ("/policy/default-is-keyfile", said, test_default_keyfile);
  g_test_add_func ("/policy/locked", test_locked);

  status = g_test_run ();
  g_string_free (said, TRUE);

  return status;
}
