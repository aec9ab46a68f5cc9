/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-trust-store.h"

#include <glib/gstdio.h>

#include "common/qcc-error.h"
#include "service/qcc-trust-database.h"
#include "tests/qcc-fake-backend.h"
#include "tests/qcc-fixed-database.h"
#include "tests/qcc-tls-fixture.h"

/* What the test's machine is: its "system" knows the CA in root-ca.pem and no other. */
typedef struct
{
  QccFakeBackend *backend; /* (owned) */
  QccTrustStore *store;    /* (owned) */
} Fixture;

static void
set_up_with (Fixture *fixture,
             const char *roots_file,
             gboolean supports_tls)
{
  fixture->backend = qcc_fake_backend_new (roots_file, supports_tls);
  fixture->store = qcc_trust_store_new (G_TLS_BACKEND (fixture->backend));
}

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  g_autofree char *roots_file = qcc_test_cert_path ("root-ca");

  set_up_with (fixture, roots_file, TRUE);
}

static void
set_up_without_roots (Fixture *fixture,
                      gconstpointer data)
{
  set_up_with (fixture, NULL, TRUE);
}

static void
set_up_without_tls (Fixture *fixture,
                    gconstpointer data)
{
  g_autofree char *roots_file = qcc_test_cert_path ("root-ca");

  set_up_with (fixture, roots_file, FALSE);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  qcc_trust_store_unref (fixture->store);
  g_object_unref (fixture->backend);
}

/* One request on a session of its own. */
static void
assert_request (QccTrustStore *store,
                const QccTlsProvider *provider,
                const char *ca,
                const char *host,
                const char *words)
{
  g_autoptr (SoupSession) session = qcc_test_session_new_attached (store, ca);
  g_auto (QccTlsExchange) exchange = { NULL };
  guint before = provider->requests;

  qcc_tls_exchange_run (&exchange, session, SOUP_METHOD_POST, host, provider->port);
  if (words == NULL)
    qcc_tls_exchange_assert_answered (&exchange);
  else
    qcc_tls_exchange_assert_refused (&exchange, words);
  g_assert_cmpuint (provider->requests - before, ==, words == NULL ? 1 : 0);
}

static void
test_certificates (Fixture *fixture,
                   gconstpointer data)
{
  static const struct
  {
    const char *certificate;
    const char *ca; /* the endpoint's own, or NULL */
    const char *host;
    const char *words; /* of the refusal, or NULL where the server is trusted */
  } cases[] = {
    { "wrong-host", NULL, "localhost", QCC_TEST_OTHER_HOST },
    { "wrong-host", NULL, "127.0.0.1", QCC_TEST_OTHER_HOST },
    { "wrong-host", "private-ca", "localhost", QCC_TEST_OTHER_HOST },
    { "name-only", NULL, "127.0.0.1", QCC_TEST_OTHER_HOST },
    { "expired", NULL, "localhost", QCC_TEST_EXPIRED },
    { "expired", "private-ca", "localhost", QCC_TEST_EXPIRED },
    { "not-yet-valid", NULL, "localhost", "not valid yet" },
    { "self-signed", NULL, "localhost", QCC_TEST_UNTRUSTED },
    { "self-signed", "private-ca", "localhost", QCC_TEST_UNTRUSTED },
    { "private", NULL, "localhost", QCC_TEST_UNTRUSTED },
    { "private", "expired-ca", "localhost", QCC_TEST_UNTRUSTED },
    { "no-intermediate", NULL, "localhost", QCC_TEST_UNTRUSTED },
    { "signed-by-leaf", NULL, "localhost", "refused" },
    { "signed-by-leaf", "private-ca", "localhost", "refused" },
    { "from-expired-ca", NULL, "localhost", QCC_TEST_UNTRUSTED },
    { "from-expired-ca", "expired-ca", "localhost", QCC_TEST_EXPIRED },
    { "good", NULL, "localhost", NULL },
    { "good", NULL, "127.0.0.1", NULL },
    { "good", "private-ca", "localhost", NULL },
    { "name-only", NULL, "localhost", NULL },
    { "private", "private-ca", "127.0.0.1", NULL },
    { "self-signed", "self-signed", "localhost", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (QccTlsProvider) provider = { NULL };

      g_test_message ("%s, CA file %s, as %s", cases[i].certificate, cases[i].ca, cases[i].host);
      qcc_tls_provider_start (&provider, cases[i].certificate);
      assert_request (fixture->store, &provider, cases[i].ca, cases[i].host, cases[i].words);
    }
}

static void
run_unattached (QccTlsExchange *exchange,
                const QccTlsProvider *provider)
{
  g_autoptr (SoupSession) session = qcc_test_session_new (NULL);

  qcc_tls_exchange_run (exchange, session, SOUP_METHOD_POST, "localhost", provider->port);
}

/* A server that GIO itself would trust. */
static void
test_unattached (Fixture *fixture,
                 gconstpointer data)
{
  GTlsBackend *backend = g_tls_backend_get_default ();
  g_autofree char *ca_file = qcc_test_cert_path ("root-ca");
  g_autoptr (GTlsDatabase) roots = g_tls_file_database_new (ca_file, NULL);
  g_autoptr (GTlsDatabase) nothing = NULL;
  g_autoptr (QccTrustStore) store = NULL;
  g_auto (QccTlsProvider) provider = { NULL };
  g_auto (QccTlsExchange) before = { NULL };
  g_auto (QccTlsExchange) after = { NULL };

  qcc_tls_provider_start (&provider, "good");

  g_tls_backend_set_default_database (backend, roots);
  run_unattached (&before, &provider);
  qcc_tls_exchange_assert_answered (&before);
  g_assert_cmpuint (provider.requests, ==, 1);

  store = qcc_trust_store_new (backend);
  nothing = g_tls_backend_get_default_database (backend);
  g_assert_true (QCC_IS_TRUST_DATABASE (nothing));
  run_unattached (&after, &provider);
  qcc_tls_exchange_assert_refused (&after, QCC_TEST_UNTRUSTED);
  g_assert_cmpuint (provider.requests, ==, 1);
}

/* Neither the database nor the handlers accept anything without the other. */
static void
test_half_attached (Fixture *fixture,
                    gconstpointer data)
{
  g_autoptr (SoupSession) attached = qcc_test_session_new_attached (fixture->store, NULL);
  g_autoptr (SoupSession) without_handlers = qcc_test_session_new (NULL);
  g_autoptr (GTlsDatabase) nameless = qcc_fixed_database_new (QCC_TRUST_DATABASE_ACCEPTED, FALSE);
  g_autoptr (QccTrustDatabase) wrapped = qcc_trust_database_new (nameless, NULL);
  g_auto (QccTlsProvider) provider = { NULL };
  const struct
  {
    SoupSession *session;
    GTlsDatabase *database;
    const char *words;
  } cases[] = {
    { without_handlers, soup_session_get_tls_database (attached), "could not be verified" },
    { attached, NULL, QCC_TEST_UNTRUSTED },
    { attached, nameless, "could not be verified" },
    { attached, G_TLS_DATABASE (wrapped), QCC_TEST_UNTRUSTED },
  };

  qcc_tls_provider_start (&provider, "good");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (QccTlsExchange) exchange = { NULL };

      soup_session_set_tls_database (cases[i].session, cases[i].database);
      qcc_tls_exchange_run (&exchange, cases[i].session, SOUP_METHOD_POST, "localhost", provider.port);
      qcc_tls_exchange_assert_refused (&exchange, cases[i].words);
    }
  g_assert_cmpuint (provider.requests, ==, 0);
}

/* Failures that have nothing to do with the certificate. */
static void
test_explain (Fixture *fixture,
              gconstpointer data)
{
  g_autoptr (GError) closed = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "closed");
  g_autoptr (SoupSession) session = qcc_test_session_new_attached (fixture->store, NULL);
  g_autoptr (SoupMessage) plain = soup_message_new (SOUP_METHOD_POST, "http://127.0.0.1/");
  g_auto (QccTlsProvider) provider = { NULL };
  g_auto (QccTlsExchange) exchange = { NULL };

  qcc_tls_provider_start (&provider, "good");
  qcc_tls_exchange_run (&exchange, session, SOUP_METHOD_POST, "localhost", provider.port);
  qcc_tls_exchange_assert_answered (&exchange);

  g_assert_null (qcc_trust_store_explain (exchange.message, closed));
  g_assert_null (qcc_trust_store_explain (plain, closed));
}

static void
test_roots_loaded_once (Fixture *fixture,
                        gconstpointer data)
{
  g_autofree char *original = qcc_test_cert_path ("root-ca");
  g_autofree char *copy = g_build_filename (g_get_user_data_dir (), "roots.pem", NULL);
  g_autofree char *content = NULL;
  g_autoptr (QccFakeBackend) backend = qcc_fake_backend_new (copy, TRUE);
  g_autoptr (QccTrustStore) store = NULL;
  g_auto (QccTlsProvider) provider = { NULL };
  g_autoptr (SoupSession) first = NULL;

  g_assert_cmpint (g_mkdir_with_parents (g_get_user_data_dir (), 0700), ==, 0);
  g_assert_true (g_file_get_contents (original, &content, NULL, NULL));
  g_assert_true (g_file_set_contents (copy, content, -1, NULL));

  store = qcc_trust_store_new (G_TLS_BACKEND (backend));
  g_assert_cmpuint (qcc_fake_backend_get_loads (backend), ==, 0);
  first = qcc_test_session_new_attached (store, NULL);
  g_assert_cmpuint (qcc_fake_backend_get_loads (backend), ==, 1);

  /* A connection that parsed the roots again would now find nothing. */
  g_assert_cmpint (g_unlink (copy), ==, 0);
  qcc_tls_provider_start (&provider, "good");
  for (guint i = 0; i < 10; i++)
    assert_request (store, &provider, i % 2 == 0 ? NULL : "private-ca", "127.0.0.1", NULL);
  g_assert_cmpuint (qcc_fake_backend_get_loads (backend), ==, 1);
}

static void
test_ca_file_isolated (Fixture *fixture,
                       gconstpointer data)
{
  g_auto (QccTlsProvider) provider = { NULL };
  g_autoptr (SoupSession) with = qcc_test_session_new_attached (fixture->store, "private-ca");
  g_autoptr (SoupSession) without = qcc_test_session_new_attached (fixture->store, NULL);
  g_autoptr (SoupSession) with_other = qcc_test_session_new_attached (fixture->store, "expired-ca");
  g_auto (QccTlsExchange) trusting = { NULL };
  g_auto (QccTlsExchange) plain = { NULL };
  g_auto (QccTlsExchange) other = { NULL };

  g_assert_true (soup_session_get_tls_database (with) != soup_session_get_tls_database (without));
  g_assert_true (soup_session_get_tls_database (with) != soup_session_get_tls_database (with_other));
  qcc_tls_provider_start (&provider, "private");

  /* The connection that is trusted stays open and idle. */
  qcc_tls_exchange_run (&trusting, with, SOUP_METHOD_POST, "localhost", provider.port);
  qcc_tls_exchange_assert_answered (&trusting);
  qcc_tls_exchange_run (&plain, without, SOUP_METHOD_POST, "localhost", provider.port);
  qcc_tls_exchange_assert_refused (&plain, QCC_TEST_UNTRUSTED);
  qcc_tls_exchange_run (&other, with_other, SOUP_METHOD_POST, "localhost", provider.port);
  qcc_tls_exchange_assert_refused (&other, QCC_TEST_UNTRUSTED);
  g_assert_cmpuint (provider.requests, ==, 1);
}

/* Handlers that one session left on a message bring no trust to another. */
static void
test_message_sent_twice (Fixture *fixture,
                         gconstpointer data)
{
  g_auto (QccTlsProvider) provider = { NULL };
  g_autoptr (SoupSession) with = qcc_test_session_new_attached (fixture->store, "private-ca");
  g_autoptr (SoupSession) without = qcc_test_session_new_attached (fixture->store, NULL);
  g_auto (QccTlsExchange) first = { NULL };
  g_auto (QccTlsExchange) second = { NULL };

  qcc_tls_provider_start (&provider, "private");
  qcc_tls_exchange_run (&first, with, SOUP_METHOD_POST, "localhost", provider.port);
  qcc_tls_exchange_assert_answered (&first);
  qcc_tls_exchange_run_message (&second, without, g_object_ref (first.message));
  qcc_tls_exchange_assert_refused (&second, QCC_TEST_UNTRUSTED);
}

static void
assert_attach_fails (QccTrustStore *store,
                     SoupSession *session,
                     const char *ca_file,
                     QccError code,
                     const char *words)
{
  g_autoptr (GError) error = NULL;
  GTlsDatabase *before = soup_session_get_tls_database (session);

  g_assert_false (qcc_trust_store_attach (store, session, ca_file, &error));
  g_assert_error (error, QCC_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_true (soup_session_get_tls_database (session) == before);
}

static void
test_no_roots (Fixture *fixture,
               gconstpointer data)
{
  g_auto (QccTlsProvider) provider = { NULL };
  g_autoptr (SoupSession) session = qcc_test_session_new (NULL);
  g_auto (QccTlsExchange) exchange = { NULL };

  assert_attach_fails (fixture->store, session, NULL, QCC_ERROR_UNAVAILABLE, "ca-certificates");

  qcc_tls_provider_start (&provider, "good");
  qcc_tls_exchange_run (&exchange, session, SOUP_METHOD_POST, "localhost", provider.port);
  qcc_tls_exchange_assert_refused (&exchange, QCC_TEST_UNTRUSTED);
}

static void
test_no_tls (Fixture *fixture,
             gconstpointer data)
{
  g_autoptr (SoupSession) session = qcc_test_session_new (NULL);

  assert_attach_fails (fixture->store, session, NULL, QCC_ERROR_UNAVAILABLE, "glib-networking");
  g_assert_cmpuint (qcc_fake_backend_get_loads (fixture->backend), ==, 0);
}

static void
test_ca_file_bad (Fixture *fixture,
                  gconstpointer data)
{
  g_autofree char *missing = qcc_test_cert_path ("missing");
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "certs", "make-certs.sh", NULL);
  g_autoptr (SoupSession) session = qcc_test_session_new_attached (fixture->store, NULL);
  g_auto (QccTlsProvider) provider = { NULL };
  g_auto (QccTlsExchange) exchange = { NULL };

  assert_attach_fails (fixture->store, session, "root-ca.pem", QCC_ERROR_INVALID_ARGUMENT, "root-ca.pem");
  assert_attach_fails (fixture->store, session, missing, QCC_ERROR_NOT_FOUND, missing);
  assert_attach_fails (fixture->store, session, script, QCC_ERROR_CORRUPT, script);
  assert_attach_fails (fixture->store, session, g_get_tmp_dir (), QCC_ERROR_CORRUPT, g_get_tmp_dir ());

  /* What it was attached with before goes on. */
  qcc_tls_provider_start (&provider, "good");
  qcc_tls_exchange_run (&exchange, session, SOUP_METHOD_POST, "localhost", provider.port);
  qcc_tls_exchange_assert_answered (&exchange);
}

/* Makes @path what the certificate file @name is, filled up with newlines to @size, last modified at @mtime. */
static void
write_ca_file (const char *path,
               const char *name,
               gsize size,
               guint64 mtime)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *original = qcc_test_cert_path (name);
  g_autofree char *content = NULL;
  g_autoptr (GString) padded = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_assert_true (g_file_get_contents (original, &content, NULL, NULL));
  padded = g_string_new (content);
  while (padded->len < size)
    g_string_append_c (padded, '\n');
  g_assert_true (g_file_set_contents (path, padded->str, padded->len, NULL));
  g_file_set_attribute_uint64 (file, G_FILE_ATTRIBUTE_TIME_MODIFIED, mtime, G_FILE_QUERY_INFO_NONE, NULL, &error);
  g_assert_no_error (error);
}

static void
test_ca_file_changed (Fixture *fixture,
                      gconstpointer data)
{
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "ca.pem", NULL);
  g_autoptr (SoupSession) session = qcc_test_session_new (NULL);
  g_autoptr (SoupSession) same = qcc_test_session_new (NULL);
  g_auto (QccTlsProvider) provider = { NULL };
  const struct
  {
    const char *ca;
    gsize size;
    guint64 mtime;
    gboolean trusted;
  } steps[] = {
    { "private-ca", 2000, 1000000, TRUE },
    { "expired-ca", 2000, 1000001, FALSE }, /* only the time changed */
    { "private-ca", 2001, 1000001, TRUE },  /* only the size changed */
  };

  g_assert_cmpint (g_mkdir_with_parents (g_get_user_data_dir (), 0700), ==, 0);
  qcc_tls_provider_start (&provider, "private");
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_auto (QccTlsExchange) exchange = { NULL };

      write_ca_file (path, steps[i].ca, steps[i].size, steps[i].mtime);
      g_assert_true (qcc_trust_store_attach (fixture->store, session, path, NULL));
      soup_session_abort (session);
      qcc_tls_exchange_run (&exchange, session, SOUP_METHOD_POST, "localhost", provider.port);
      if (steps[i].trusted)
        qcc_tls_exchange_assert_answered (&exchange);
      else
        qcc_tls_exchange_assert_refused (&exchange, QCC_TEST_UNTRUSTED);
    }

  /* Unchanged, it is not read again. */
  g_assert_true (qcc_trust_store_attach (fixture->store, same, path, NULL));
  g_assert_true (soup_session_get_tls_database (same) == soup_session_get_tls_database (session));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, set_up, test) g_test_add ("/trust-store/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("certificates", set_up, test_certificates);
  ADD ("unattached", set_up, test_unattached);
  ADD ("half-attached", set_up, test_half_attached);
  ADD ("explain", set_up, test_explain);
  ADD ("roots-loaded-once", set_up, test_roots_loaded_once);
  ADD ("no-roots", set_up_without_roots, test_no_roots);
  ADD ("no-tls", set_up_without_tls, test_no_tls);
  ADD ("ca-file/isolated", set_up, test_ca_file_isolated);
  ADD ("ca-file/bad", set_up, test_ca_file_bad);
  ADD ("ca-file/changed", set_up, test_ca_file_changed);
  ADD ("message-sent-twice", set_up, test_message_sent_twice);

  return g_test_run ();
}
