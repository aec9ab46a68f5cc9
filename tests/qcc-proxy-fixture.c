/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <glib/gstdio.h>

#define G_SETTINGS_ENABLE_BACKEND
#include <gio/gsettingsbackend.h>

#include "common/qcc-key-store-memory.h"

#define LIMIT_SECONDS 30

static const char *const ids[QCC_FIXTURE_MAX_PROVIDERS] = { "one", "two", "three", "four" };

static void
on_key_stored (GObject *source,
               GAsyncResult *result,
               gpointer user_data)
{
  gboolean *done = user_data;
  g_autoptr (GError) error = NULL;

  qcc_key_store_store_finish (QCC_KEY_STORE (source), result, &error);
  g_assert_no_error (error);
  *done = TRUE;
}

/**
 * qcc_proxy_fixture_store_key:
 * @id: of an endpoint
 * @key: its key from now on; the service looks when it is told to, or starts
 */
void
qcc_proxy_fixture_store_key (QccProxyFixture *self,
                             const char *id,
                             const char *key)
{
  g_autoptr (QccSecret) secret = qcc_secret_new (key, -1);
  gboolean done = FALSE;

  qcc_key_store_store_async (self->keys, id, secret, NULL, on_key_stored, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

/**
 * qcc_proxy_fixture_new:
 * @n_providers: how many providers to start, each with the key `key-of-ID`
 *
 * Returns: (transfer full): a fixture whose service is not started yet
 */
QccProxyFixture *
qcc_proxy_fixture_new (guint n_providers)
{
  GTlsCertificate *const none[QCC_FIXTURE_MAX_PROVIDERS] = { NULL };

  return qcc_proxy_fixture_new_with_certificates (n_providers, none);
}

/**
 * qcc_proxy_fixture_new_with_certificates:
 * @n_providers: how many providers to start, each with the key `key-of-ID`
 * @certificates: (array length=n_providers): what each speaks TLS with; %NULL for plain HTTP
 *
 * Returns: (transfer full): a fixture whose service is not started yet
 */
QccProxyFixture *
qcc_proxy_fixture_new_with_certificates (guint n_providers,
                                         GTlsCertificate *const *certificates)
{
  QccProxyFixture *self = g_new0 (QccProxyFixture, 1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (n_providers, <=, QCC_FIXTURE_MAX_PROVIDERS);
  self->n_providers = n_providers;
  self->directory = g_dir_make_tmp ("qcc-test-XXXXXX", &error);
  g_assert_no_error (error);
  self->settings = g_memory_settings_backend_new ();
  self->keys = qcc_key_store_memory_new ();

  for (guint i = 0; i < n_providers; i++)
    {
      g_autofree char *key = g_strconcat ("key-of-", ids[i], NULL);

      self->providers[i] = qcc_fake_provider_new (certificates[i]);
      qcc_fake_provider_set_key (self->providers[i], key);
      qcc_fake_provider_start (self->providers[i], 0, &error);
      g_assert_no_error (error);
      qcc_proxy_fixture_store_key (self, ids[i], key);
    }

  qcc_proxy_fixture_set_int (self, "proxy", "port", 0);
  qcc_proxy_fixture_set_boolean (self, "health", "enabled", FALSE);
  return self;
}

static GSettings *
open_settings (QccProxyFixture *self,
               const char *child)
{
  g_autofree char *schema = g_strconcat ("io.github.qcc.", child, NULL);

  return g_settings_new_with_backend (schema, self->settings);
}

void
qcc_proxy_fixture_set_int (QccProxyFixture *self,
                           const char *child,
                           const char *key,
                           int value)
{
  g_autoptr (GSettings) settings = open_settings (self, child);

  g_assert_true (g_settings_set_int (settings, key, value));
}

void
qcc_proxy_fixture_set_boolean (QccProxyFixture *self,
                               const char *child,
                               const char *key,
                               gboolean value)
{
  g_autoptr (GSettings) settings = open_settings (self, child);

  g_assert_true (g_settings_set_boolean (settings, key, value));
}

void
qcc_proxy_fixture_set_string (QccProxyFixture *self,
                              const char *child,
                              const char *key,
                              const char *value)
{
  g_autoptr (GSettings) settings = open_settings (self, child);
  g_autoptr (GVariant) current = g_settings_get_value (settings, key);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) parsed = NULL;

  if (g_variant_is_of_type (current, G_VARIANT_TYPE_STRING))
    parsed = g_variant_ref_sink (g_variant_new_string (value));
  else
    parsed = g_variant_parse (g_variant_get_type (current), value, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_settings_set_value (settings, key, parsed));
}

/**
 * qcc_proxy_fixture_describe_endpoint:
 * @index: of the provider
 * @more: further members, each with a comma before it
 *
 * Returns: (transfer full): the endpoint's object for a profile file
 */
char *
qcc_proxy_fixture_describe_endpoint (QccProxyFixture *self,
                                     guint index,
                                     const char *more)
{
  g_autofree char *url = qcc_fake_provider_dup_url (self->providers[index]);

  return g_strdup_printf ("{\"id\":\"%s\",\"base_url\":\"%s\",\"priority\":%u%s}", ids[index], url, index, more);
}

static void
on_started (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  gboolean *done = user_data;
  g_autoptr (GError) error = NULL;

  qcc_service_start_finish (QCC_SERVICE (source), result, &error);
  g_assert_no_error (error);
  *done = TRUE;
}

/**
 * qcc_proxy_fixture_start_with_profiles:
 * @profiles: (nullable): the profile file's text; %NULL for no file
 */
void
qcc_proxy_fixture_start_with_profiles (QccProxyFixture *self,
                                       const char *profiles)
{
  g_autofree char *path = g_build_filename (self->directory, "profiles.json", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  QccServiceOptions options = {
    .settings_backend = self->settings,
    .profile_file = file,
    .key_store = self->keys,
    .clock = self->clock,
    .tls_backend = self->tls_backend,
    .transparent_url = self->transparent_url,
    .stop_grace = self->stop_grace,
    .read_limit = self->read_limit,
    .network = self->network,
    .sleep = self->sleep,
  };
  gboolean done = FALSE;

  if (profiles != NULL)
    g_file_set_contents (path, profiles, -1, &error);
  g_assert_no_error (error);

  self->service = qcc_service_new (&options, &error);
  g_assert_no_error (error);
  qcc_service_start_async (self->service, on_started, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

/**
 * qcc_proxy_fixture_start:
 *
 * Starts the service with one profile, strategy `failover`, that has all providers in order.
 */
void
qcc_proxy_fixture_start (QccProxyFixture *self)
{
  g_autoptr (GString) text = g_string_new ("{\"version\":1,\"default\":\"main\",\"profiles\":[{\"name\":\"main\",\"strategy\":\"failover\",\"endpoints\":[");

  for (guint i = 0; i < self->n_providers; i++)
    {
      g_autofree char *endpoint = qcc_proxy_fixture_describe_endpoint (self, i, "");

      g_string_append_printf (text, "%s%s", i > 0 ? "," : "", endpoint);
    }
  g_string_append (text, "]}]}");

  qcc_proxy_fixture_start_with_profiles (self, text->str);
}

/**
 * qcc_proxy_fixture_start_with_tiers:
 * @members: further members of the file, each with a comma before it
 *
 * Starts the service with the profiles `main` of tier primary, `spare` of tier secondary and `last` of tier fallback,
 * which have the endpoints `one`, `two` and `three`. `main` is the default. There must be three providers.
 */
void
qcc_proxy_fixture_start_with_tiers (QccProxyFixture *self,
                                    const char *members)
{
  g_autofree char *one = qcc_proxy_fixture_describe_endpoint (self, 0, "");
  g_autofree char *two = qcc_proxy_fixture_describe_endpoint (self, 1, "");
  g_autofree char *three = qcc_proxy_fixture_describe_endpoint (self, 2, "");
  g_autofree char *text = g_strdup_printf ("{\"version\":1,\"default\":\"main\",\"profiles\":["
                                           "{\"name\":\"main\",\"tier\":\"primary\",\"endpoints\":[%s]},"
                                           "{\"name\":\"spare\",\"tier\":\"secondary\",\"endpoints\":[%s]},"
                                           "{\"name\":\"last\",\"tier\":\"fallback\",\"endpoints\":[%s]}]%s}",
                                           one, two, three, members);

  qcc_proxy_fixture_start_with_profiles (self, text);
}

QccRawClient *
qcc_proxy_fixture_connect (QccProxyFixture *self)
{
  return qcc_raw_client_new ("127.0.0.1", qcc_service_get_port (self->service));
}

void
qcc_proxy_fixture_script (QccProxyFixture *self,
                          guint index,
                          const char *script)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (self->providers[index], NULL, script, &error);
  g_assert_no_error (error);
}

void
qcc_proxy_fixture_push (QccProxyFixture *self,
                        guint index,
                        const char *script)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_push_script (self->providers[index], script, &error);
  g_assert_no_error (error);
}

typedef struct
{
  QccProxyFixture *fixture;
  QccProxyTest test;
  int done; /* atomic */
} Run;

static gpointer
run_thread (gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (QccRawClient) client = qcc_proxy_fixture_connect (run->fixture);

  run->test (run->fixture, client);
  g_atomic_int_set (&run->done, TRUE);
  g_main_context_wakeup (NULL);

  return NULL;
}

/**
 * qcc_proxy_fixture_run:
 * @test: the client side, run in a thread of its own while the service runs here
 */
void
qcc_proxy_fixture_run (QccProxyFixture *self,
                       QccProxyTest test)
{
  Run run = { self, test, FALSE };
  GThread *thread = g_thread_new ("client", run_thread, &run);

  while (!g_atomic_int_get (&run.done))
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
}

typedef struct
{
  QccProxyFixture *fixture;
  GAsyncQueue *done; /* (owned) */
} Forgive;

static gboolean
on_forgive (gpointer user_data)
{
  Forgive *forgive = user_data;

  for (guint i = 0; i < forgive->fixture->n_providers; i++)
    qcc_health_reset (qcc_service_get_health (forgive->fixture->service), ids[i]);
  g_async_queue_push (forgive->done, forgive);

  return G_SOURCE_REMOVE;
}

/**
 * qcc_proxy_fixture_forgive:
 *
 * For the client's thread: nothing speaks against any endpoint any more, whatever they have done.
 */
void
qcc_proxy_fixture_forgive (QccProxyFixture *self)
{
  Forgive forgive = { self, g_async_queue_new () };

  g_main_context_invoke (NULL, on_forgive, &forgive);
  g_async_queue_pop (forgive.done);
  g_async_queue_unref (forgive.done);
}

static gboolean
on_limit (gpointer user_data)
{
  g_error ("not so many exchanges were recorded in %d s", LIMIT_SECONDS);

  return G_SOURCE_REMOVE;
}

/**
 * qcc_proxy_fixture_wait_records:
 * @n: how many exchanges must have been recorded since the start
 *
 * For the main thread, after qcc_proxy_fixture_run(). Also that none of them runs any more.
 */
void
qcc_proxy_fixture_wait_records (QccProxyFixture *self,
                                guint64 n)
{
  guint limit_id = g_timeout_add_seconds (LIMIT_SECONDS, on_limit, NULL);

  while (qcc_service_get_n_records (self->service) < n || qcc_service_get_n_exchanges (self->service) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit_id);
  g_assert_cmpuint (qcc_service_get_n_records (self->service), ==, n);
  g_assert_cmpuint (qcc_service_get_n_in_flight (self->service), ==, 0);
}

static void
on_stopped (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  gboolean *done = user_data;

  qcc_service_stop_finish (QCC_SERVICE (source), result);
  *done = TRUE;
}

void
qcc_proxy_fixture_free (QccProxyFixture *self)
{
  g_autofree char *path = g_build_filename (self->directory, "profiles.json", NULL);
  gboolean done = FALSE;

  for (guint i = 0; i < self->n_providers; i++)
    qcc_fake_provider_stop (self->providers[i]);

  if (self->service != NULL)
    {
      qcc_service_stop_async (self->service, on_stopped, &done);
      while (!done)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (qcc_service_get_n_in_flight (self->service), ==, 0);
    }
  g_assert_finalize_object (g_steal_pointer (&self->service));

  for (guint i = 0; i < self->n_providers; i++)
    g_clear_object (&self->providers[i]);
  g_clear_object (&self->keys);
  g_clear_object (&self->clock);
  g_clear_object (&self->settings);
  g_unlink (path);
  g_rmdir (self->directory);
  g_free (self->directory);
  g_clear_object (&self->network);
  g_clear_object (&self->sleep);
  g_free (self);
}
