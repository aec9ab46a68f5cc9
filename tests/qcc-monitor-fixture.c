/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_SETTINGS_ENABLE_BACKEND
#include "tests/qcc-monitor-fixture.h"

#include <gio/gsettingsbackend.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/qcc-key-store-memory.h"

#define LIMIT_USEC (60 * G_USEC_PER_SEC)

static const char *const ids[] = { "one", "two", "three", "four", "five", "six" };

static void
on_result (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  GAsyncResult **out = user_data;

  *out = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return g_steal_pointer (result);
}

/**
 * qcc_monitor_fixture_set_key:
 * @id: of an endpoint
 * @key: (nullable): its key from now on
 *
 * Returns when the table knows it.
 */
void
qcc_monitor_fixture_set_key (QccMonitorFixture *self,
                             const char *id,
                             const char *key)
{
  g_autoptr (QccSecret) secret = key != NULL ? qcc_secret_new (key, -1) : NULL;
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GAsyncResult) looked_up = NULL;
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;

  if (secret != NULL)
    qcc_key_store_store_async (self->keys, id, secret, NULL, on_result, &result);
  else
    qcc_key_store_remove_async (self->keys, id, NULL, on_result, &result);
  stored = wait_for (&result);
  if (secret != NULL)
    qcc_key_store_store_finish (self->keys, stored, &error);
  else
    qcc_key_store_remove_finish (self->keys, stored, &error);
  g_assert_no_error (error);

  qcc_endpoint_table_look_up_keys_async (self->table, id, NULL, on_result, &result);
  looked_up = wait_for (&result);
  qcc_endpoint_table_look_up_keys_finish (self->table, looked_up, &error);
  g_assert_no_error (error);
}

static void
apply_endpoints (QccMonitorFixture *self,
                 guint n_endpoints)
{
  g_autofree char *url = qcc_fake_provider_dup_url (self->provider);
  g_autoptr (GString) text = g_string_new ("{\"version\":1,\"profiles\":[{\"name\":\"p\",\"endpoints\":[");
  g_autoptr (QccSnapshot) snapshot = NULL;
  g_autoptr (GAsyncResult) applied = NULL;
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n_endpoints; i++)
    g_string_append_printf (text, "%s{\"id\":\"%s\",\"base_url\":\"%s/%s\"}", i > 0 ? "," : "", ids[i], url, ids[i]);
  g_string_append (text, "]}]}");
  snapshot = qcc_snapshot_new_from_json (text->str, (gssize) text->len, &error);
  g_assert_no_error (error);

  qcc_endpoint_table_apply_async (self->table, snapshot, NULL, on_result, &result);
  applied = wait_for (&result);
  qcc_endpoint_table_look_up_keys_finish (self->table, applied, &error);
  g_assert_no_error (error);
  qcc_health_set_snapshot (self->health, snapshot);
}

static void
open_store (QccMonitorFixture *self)
{
  g_autofree char *path = NULL;
  g_autoptr (GFile) file = NULL;
  g_autoptr (GAsyncResult) opened = NULL;
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;

  self->directory = g_dir_make_tmp ("qcc-monitor-XXXXXX", &error);
  g_assert_no_error (error);
  path = g_build_filename (self->directory, "state.db", NULL);
  file = g_file_new_for_path (path);
  self->store = qcc_store_new (file);
  qcc_store_open_async (self->store, NULL, on_result, &result);
  opened = wait_for (&result);
  qcc_store_open_finish (self->store, opened, &error);
  g_assert_no_error (error);
}

static void
close_store (QccMonitorFixture *self)
{
  g_autoptr (GDir) directory = NULL;
  g_autoptr (GAsyncResult) closed = NULL;
  GAsyncResult *result = NULL;
  const char *name;

  qcc_store_close_async (self->store, on_result, &result);
  closed = wait_for (&result);
  qcc_store_close_finish (self->store, closed);
  g_clear_object (&self->store);

  directory = g_dir_open (self->directory, 0, NULL);
  while ((name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->directory, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (self->directory), ==, 0);
  g_free (self->directory);
}

static void
create_monitor (QccMonitorFixture *self)
{
  QccMonitorParts parts = {
    .health = self->health,
    .table = self->table,
    .policy = self->policy,
    .clock = QCC_CLOCK (self->clock),
    .watcher = self->watcher,
    .network = G_NETWORK_MONITOR (self->network),
    .sleep = self->sleep,
  };

  self->monitor = qcc_monitor_new (&parts);
}

/**
 * qcc_monitor_fixture_new:
 * @n_endpoints: how many, 1 to 6
 *
 * Returns: (transfer full): a fixture whose monitor is not started yet
 */
QccMonitorFixture *
qcc_monitor_fixture_new (guint n_endpoints)
{
  QccMonitorFixture *self = g_new0 (QccMonitorFixture, 1);
  g_autoptr (GSettingsBackend) backend = g_memory_settings_backend_new ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (n_endpoints, <=, G_N_ELEMENTS (ids));
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  open_store (self);
  self->policy = qcc_policy_new (backend, &error);
  g_assert_no_error (error);
  g_settings_set_int (qcc_monitor_fixture_get_settings (self), "retry-count", 1);
  self->provider = qcc_fake_provider_new (NULL);
  qcc_fake_provider_set_recording (self->provider, TRUE);
  qcc_fake_provider_start (self->provider, 0, &error);
  g_assert_no_error (error);

  self->clock = qcc_manual_clock_new (1000 * QCC_MONITOR_HOUR);
  self->network = qcc_fake_network_new ();
  self->sleep = qcc_sleep_watch_new (NULL);
  self->keys = qcc_key_store_memory_new ();
  self->trust_store = qcc_trust_store_new (g_tls_backend_get_default ());
  self->watcher = qcc_watcher_new (NULL, &error);
  g_assert_no_error (error);
  self->table = qcc_endpoint_table_new (self->keys, self->trust_store);
  self->health = qcc_health_new (self->table, self->policy, self->store, QCC_CLOCK (self->clock));
  apply_endpoints (self, n_endpoints);
  for (guint i = 0; i < n_endpoints; i++)
    {
      g_autofree char *path = g_strdup_printf ("/%s/v1/models", ids[i]);

      qcc_monitor_fixture_set_key (self, ids[i], "made-up-key");
      qcc_monitor_fixture_script (self, path, "json {\"data\":[]}");
    }
  create_monitor (self);

  return self;
}

void
qcc_monitor_fixture_free (QccMonitorFixture *self)
{
  qcc_monitor_stop (self->monitor);
  while (qcc_monitor_get_n_pending (self->monitor) > 0 || g_main_context_pending (NULL))
    g_main_context_iteration (NULL, TRUE);
  g_assert_finalize_object (self->monitor);

  qcc_health_flush (self->health);
  g_assert_finalize_object (self->health);
  g_clear_object (&self->table);
  g_clear_object (&self->keys);
  g_clear_pointer (&self->trust_store, qcc_trust_store_unref);
  g_clear_pointer (&self->watcher, qcc_watcher_unref);
  close_store (self);
  g_clear_object (&self->policy);
  g_assert_finalize_object (self->sleep);
  g_assert_finalize_object (self->network);
  g_assert_cmpuint (qcc_manual_clock_get_n_pending (self->clock), ==, 0);
  g_clear_object (&self->clock);
  qcc_fake_provider_stop (self->provider);
  g_clear_object (&self->provider);
  g_free (self);
}

void
qcc_monitor_fixture_start (QccMonitorFixture *self)
{
  qcc_monitor_start (self->monitor);
  qcc_monitor_fixture_settle (self);
}

QccEndpointEntry *
qcc_monitor_fixture_get_entry (QccMonitorFixture *self,
                               const char *id)
{
  QccEndpointEntry *entry = qcc_endpoint_table_lookup (self->table, id);

  g_assert_nonnull (entry);

  return entry;
}

/**
 * qcc_monitor_fixture_get_settings:
 *
 * Returns: (transfer none): `health`
 */
GSettings *
qcc_monitor_fixture_get_settings (QccMonitorFixture *self)
{
  return qcc_policy_get_child (self->policy, "health");
}

void
qcc_monitor_fixture_script (QccMonitorFixture *self,
                            const char *path,
                            const char *script)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (self->provider, path, script, &error);
  g_assert_no_error (error);
}

/**
 * qcc_monitor_fixture_settle:
 *
 * Waits until no check runs or is about to.
 */
void
qcc_monitor_fixture_settle (QccMonitorFixture *self)
{
  gint64 limit = g_get_monotonic_time () + LIMIT_USEC;

  while (qcc_monitor_get_n_running (self->monitor) > 0)
    {
      g_main_context_iteration (NULL, FALSE);
      g_assert_cmpint (g_get_monotonic_time (), <, limit);
    }
}

/**
 * qcc_monitor_fixture_advance:
 * @usec: microseconds to pass; whole seconds
 *
 * Second by second, and all that is due in one is done before the next.
 */
void
qcc_monitor_fixture_advance (QccMonitorFixture *self,
                             gint64 usec)
{
  g_assert_cmpint (usec % QCC_MONITOR_SECOND, ==, 0);

  for (gint64 passed = 0; passed < usec; passed += QCC_MONITOR_SECOND)
    {
      qcc_manual_clock_advance (self->clock, QCC_MONITOR_SECOND);
      qcc_monitor_fixture_settle (self);
    }
}

/**
 * qcc_monitor_fixture_take_requests:
 * @id: (nullable): of an endpoint; %NULL for all
 *
 * Looks at the requests that have arrived since the last call. None of them may be a message.
 *
 * Returns: how many came for @id
 */
guint
qcc_monitor_fixture_take_requests (QccMonitorFixture *self,
                                   const char *id)
{
  g_autofree char *prefix = id != NULL ? g_strdup_printf ("/%s/", id) : g_strdup ("/");
  guint n = 0;

  for (; self->n_seen < qcc_fake_provider_get_n_requests (self->provider); self->n_seen++)
    {
      g_autoptr (QccFakeRequest) request = qcc_fake_provider_get_request (self->provider, self->n_seen);

      g_assert_false (g_str_has_suffix (request->target, "/v1/messages"));
      if (g_str_has_prefix (request->target, prefix))
        n++;
    }

  return n;
}
