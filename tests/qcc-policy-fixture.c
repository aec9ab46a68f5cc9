/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_SETTINGS_ENABLE_BACKEND
#include "tests/qcc-policy-fixture.h"

#include <string.h>

#include <gio/gsettingsbackend.h>

gboolean
qcc_test_policy_wake_up (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static GLogWriterOutput
keep_log (GLogLevelFlags level,
          const GLogField *fields,
          gsize n_fields,
          gpointer user_data)
{
  GString *said = user_data;
  gboolean is_ours = FALSE;
  const char *message = "";

  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, "GLIB_DOMAIN"))
        is_ours = g_str_equal (fields[i].value, "qcc-service");
      else if (g_str_equal (fields[i].key, "MESSAGE"))
        message = fields[i].value;
    }

  if (!is_ours || (level & (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE)) == 0)
    return g_log_writer_default (level, fields, n_fields, NULL);

  g_string_append_printf (said, "%s\n", message);
  return G_LOG_WRITER_HANDLED;
}

/**
 * qcc_test_policy_keep_log:
 * @said: takes what the service says with level warning or message, from now on
 *
 * Such a warning does not end the test. Once in a process.
 */
void
qcc_test_policy_keep_log (GString *said)
{
  g_log_set_writer_func (keep_log, said, NULL);
}

/**
 * qcc_test_policy_new_in_file:
 * @path: a key file, which need not exist
 *
 * Returns: (transfer full): a policy that is kept there
 */
QccPolicy *
qcc_test_policy_new_in_file (const char *path)
{
  g_autoptr (GSettingsBackend) backend = g_keyfile_settings_backend_new (path, "/", NULL);
  g_autoptr (GError) error = NULL;
  QccPolicy *policy = qcc_policy_new (backend, &error);

  g_assert_no_error (error);
  g_assert_nonnull (policy);

  return policy;
}

static void
on_done (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  GAsyncResult **out = user_data;

  g_assert_null (*out);
  *out = g_object_ref (result);
}

gboolean
qcc_test_policy_set (QccPolicy *policy,
                     const char *name,
                     const char *text,
                     GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  qcc_policy_set_async (policy, name, text, NULL, on_done, &result);
  g_assert_null (result);
  qcc_test_wait_until (result != NULL);

  return qcc_policy_set_finish (policy, result, error);
}

gboolean
qcc_test_policy_reset (QccPolicy *policy,
                       const char *name,
                       GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  qcc_policy_reset_async (policy, name, NULL, on_done, &result);
  g_assert_null (result);
  qcc_test_wait_until (result != NULL);

  return qcc_policy_reset_finish (policy, result, error);
}

char *
qcc_test_policy_get (QccPolicy *policy,
                     const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QccSettingInfo) info = qcc_policy_describe (policy, name, &error);

  g_assert_no_error (error);

  return g_strdup (info->value);
}

static void
on_setting_changed (QccPolicy *policy,
                    const char *name,
                    const char *value,
                    GString *log)
{
  g_string_append_printf (log, "%s=%s", name, value);
}

static void
on_changed (QccPolicy *policy,
            GString *log)
{
  g_string_append (log, ";");
}

/**
 * qcc_test_policy_log:
 * @policy: a policy, which must not outlive the log
 *
 * Returns: (transfer full): what `setting-changed` says from now on; a semicolon for each `changed`
 */
GString *
qcc_test_policy_log (QccPolicy *policy)
{
  GString *log = g_string_new (NULL);

  g_signal_connect (policy, "setting-changed", G_CALLBACK (on_setting_changed), log);
  g_signal_connect (policy, "changed", G_CALLBACK (on_changed), log);

  return log;
}

void
qcc_test_policy_set_up (QccTestPolicy *self,
                        gconstpointer data)
{
  self->said = (GString *) data;
  self->folder = g_build_filename (g_get_user_config_dir (), "glib-2.0", "settings", NULL);
  self->path = g_build_filename (self->folder, "keyfile", NULL);
  self->policy = qcc_test_policy_new_in_file (self->path);
  self->log = qcc_test_policy_log (self->policy);
}

void
qcc_test_policy_tear_down (QccTestPolicy *self,
                           gconstpointer data)
{
  g_assert_finalize_object (self->policy);
  g_assert_cmpstr (self->said->str, ==, "");
  g_string_free (self->log, TRUE);
  g_free (self->folder);
  g_free (self->path);
}

void
qcc_test_policy_assert_value (QccPolicy *policy,
                              const char *name,
                              const char *expected)
{
  g_autofree char *value = qcc_test_policy_get (policy, name);

  g_assert_cmpstr (value, ==, expected);
}

void
qcc_test_policy_assert_set (QccPolicy *policy,
                            const char *name,
                            const char *text)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = qcc_test_policy_set (policy, name, text, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

/**
 * qcc_test_policy_assert_set_twice:
 *
 * Sets @second before @first is stored; both are answered well.
 */
void
qcc_test_policy_assert_set_twice (QccPolicy *policy,
                                  const char *name,
                                  const char *first,
                                  const char *second)
{
  GAsyncResult *results[2] = { NULL, NULL };
  g_autoptr (GError) error = NULL;

  qcc_policy_set_async (policy, name, first, NULL, on_done, &results[0]);
  qcc_policy_set_async (policy, name, second, NULL, on_done, &results[1]);
  qcc_test_wait_until (results[0] != NULL && results[1] != NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    {
      qcc_policy_set_finish (policy, results[i], &error);
      g_assert_no_error (error);
      g_object_unref (results[i]);
    }
  qcc_test_policy_assert_value (policy, name, second);
}

void
qcc_test_policy_assert_reset (QccPolicy *policy,
                              const char *name)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = qcc_test_policy_reset (policy, name, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

/* @name keeps its value when it is set to @text; nothing is said of a change. */
void
qcc_test_policy_assert_refused (QccTestPolicy *self,
                                const char *name,
                                const char *text,
                                QccError code,
                                const char *hint)
{
  g_autofree char *before = qcc_test_policy_get (self->policy, name);
  g_autoptr (GError) error = NULL;

  g_string_truncate (self->log, 0);
  g_assert_false (qcc_test_policy_set (self->policy, name, text, &error));
  g_assert_error (error, QCC_ERROR, (int) code);
  if (strstr (error->message, hint) == NULL)
    g_error ("“%s” does not say “%s”", error->message, hint);
  qcc_test_policy_assert_value (self->policy, name, before);
  g_assert_cmpstr (self->log->str, ==, "");
}
