/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-check-fixture.h"

#include "common/qcc-base-url.h"
#include "tests/qcc-tls-fixture.h"

QccEndpoint *
qcc_check_fixture_create_endpoint (const char *url)
{
  g_autoptr (GUri) base_url = qcc_base_url_parse (url, NULL);

  return qcc_endpoint_new ("one", base_url);
}

/**
 * qcc_check_fixture_new:
 * @certificate: (nullable): name of one of make-certs.sh's for TLS
 *
 * Returns: (transfer full): a fixture whose provider listens
 */
QccCheckFixture *
qcc_check_fixture_new (const char *certificate)
{
  QccCheckFixture *self = g_new0 (QccCheckFixture, 1);
  g_autofree char *roots = qcc_test_cert_path ("root-ca");
  g_autofree char *path = certificate != NULL ? qcc_test_cert_path (certificate) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) loaded = path != NULL ? g_tls_certificate_new_from_file (path, &error) : NULL;
  g_autofree char *url = NULL;
  g_autoptr (QccEndpoint) endpoint = NULL;

  g_assert_no_error (error);
  self->provider = qcc_fake_provider_new (loaded);
  qcc_fake_provider_set_recording (self->provider, TRUE);
  qcc_fake_provider_start (self->provider, 0, &error);
  g_assert_no_error (error);
  self->watcher = qcc_watcher_new (NULL, &error);
  g_assert_no_error (error);
  self->backend = qcc_fake_backend_new (roots, TRUE);
  self->trust_store = qcc_trust_store_new (G_TLS_BACKEND (self->backend));
  url = qcc_fake_provider_dup_url (self->provider);
  endpoint = qcc_check_fixture_create_endpoint (url);
  self->entry = qcc_endpoint_entry_new (endpoint, self->trust_store);
  self->entry->key = qcc_secret_new (QCC_CHECK_KEY, -1);
  self->cancellable = g_cancellable_new ();
  self->options = (QccCheckOptions){ .watcher = self->watcher, .timeout = 20, .max_tries = 3 };

  return self;
}

void
qcc_check_fixture_free (QccCheckFixture *self)
{
  /* Nothing is left of a check that is over. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (qcc_connection_pool_get_n_busy (self->entry->pool), ==, 0);

  g_clear_pointer (&self->result, qcc_check_result_free);
  g_clear_error (&self->error);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->entry, qcc_endpoint_entry_unref);
  g_clear_pointer (&self->trust_store, qcc_trust_store_unref);
  g_clear_object (&self->backend);
  g_clear_pointer (&self->watcher, qcc_watcher_unref);
  qcc_fake_provider_stop (self->provider);
  g_clear_object (&self->provider);
  g_free (self);
}

/**
 * qcc_check_fixture_script:
 * @path: (nullable): %NULL for messages
 * @text: (nullable): what the provider does there; %NULL for what it does by itself
 */
void
qcc_check_fixture_script (QccCheckFixture *self,
                          const char *path,
                          const char *text)
{
  g_autoptr (GError) error = NULL;

  if (text != NULL)
    qcc_fake_provider_set_script (self->provider, path, text, &error);
  g_assert_no_error (error);
}

static void
on_checked (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  QccCheckFixture *self = user_data;

  self->result = qcc_check_run_finish (result, &self->error);
  self->done = TRUE;
}

void
qcc_check_fixture_start (QccCheckFixture *self,
                         QccCheckLevel level)
{
  g_clear_pointer (&self->result, qcc_check_result_free);
  self->done = FALSE;
  qcc_check_run_async (self->entry, level, &self->options, self->cancellable, on_checked, self);
  g_assert_false (self->done);
}

static gboolean
on_limit (gpointer user_data)
{
  g_assert_not_reached ();

  return G_SOURCE_REMOVE;
}

void
qcc_check_fixture_wait (QccCheckFixture *self)
{
  guint limit = g_timeout_add (QCC_CHECK_LIMIT_MS, on_limit, NULL);

  while (!self->done)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
}

/**
 * qcc_check_fixture_run:
 *
 * Returns: (transfer none): what came of a check of @level
 */
const QccCheckResult *
qcc_check_fixture_run (QccCheckFixture *self,
                       QccCheckLevel level)
{
  qcc_check_fixture_start (self, level);
  qcc_check_fixture_wait (self);
  g_assert_no_error (self->error);
  g_assert_nonnull (self->result->detail);

  return self->result;
}
