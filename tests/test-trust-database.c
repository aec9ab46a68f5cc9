/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-trust-database.h"

#include "tests/qcc-fixed-database.h"
#include "tests/qcc-tls-fixture.h"

static GTlsDatabase *
load_ca (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = qcc_test_cert_path (name);
  GTlsDatabase *database = g_tls_file_database_new (path, &error);

  g_assert_no_error (error);

  return database;
}

static GTlsCertificate *
load_certificate (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = qcc_test_cert_path (name);
  GTlsCertificate *certificate = g_tls_certificate_new_from_file (path, &error);

  g_assert_no_error (error);

  return certificate;
}

static GTlsCertificateFlags
verify (QccTrustDatabase *database,
        GTlsCertificate *certificate,
        GSocketConnectable *identity)
{
  g_autoptr (GError) error = NULL;
  GTlsCertificateFlags errors;

  errors = g_tls_database_verify_chain (G_TLS_DATABASE (database), certificate,
                                        G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, identity, NULL,
                                        G_TLS_DATABASE_VERIFY_NONE, NULL, &error);
  g_assert_no_error (error);

  return errors;
}

static void
test_check (void)
{
  static const struct
  {
    const char *roots;
    const char *extra;
    const char *certificate;
    const char *host;
    GTlsCertificateFlags errors;
  } cases[] = {
    { NULL, NULL, "good", "localhost", G_TLS_CERTIFICATE_UNKNOWN_CA },
    { "private-ca", NULL, "good", "localhost", G_TLS_CERTIFICATE_UNKNOWN_CA },
    { "private-ca", "expired-ca", "good", "localhost", G_TLS_CERTIFICATE_UNKNOWN_CA },
    { "root-ca", NULL, "good", NULL, G_TLS_CERTIFICATE_BAD_IDENTITY },
    { "root-ca", NULL, "good", "localhost.example", G_TLS_CERTIFICATE_BAD_IDENTITY },
    { "root-ca", NULL, "good", "127.0.0.2", G_TLS_CERTIFICATE_BAD_IDENTITY },
    { "root-ca", NULL, "good", "::2", G_TLS_CERTIFICATE_BAD_IDENTITY },
    { "root-ca", NULL, "name-only", "::1", G_TLS_CERTIFICATE_BAD_IDENTITY },
    { "root-ca", "private-ca", "expired", "localhost", G_TLS_CERTIFICATE_EXPIRED },
    { "private-ca", "root-ca", "expired", "localhost", G_TLS_CERTIFICATE_EXPIRED },
    { "root-ca", NULL, "good", "localhost", QCC_TRUST_DATABASE_ACCEPTED },
    { "root-ca", NULL, "good", "127.0.0.1", QCC_TRUST_DATABASE_ACCEPTED },
    { "root-ca", NULL, "good", "::1", QCC_TRUST_DATABASE_ACCEPTED },
    { "root-ca", "private-ca", "good", "localhost", QCC_TRUST_DATABASE_ACCEPTED },
    { "private-ca", "root-ca", "good", "localhost", QCC_TRUST_DATABASE_ACCEPTED },
    { NULL, "root-ca", "good", "localhost", QCC_TRUST_DATABASE_ACCEPTED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GTlsDatabase) roots = cases[i].roots != NULL ? load_ca (cases[i].roots) : NULL;
      g_autoptr (GTlsDatabase) extra = cases[i].extra != NULL ? load_ca (cases[i].extra) : NULL;
      g_autoptr (QccTrustDatabase) database = qcc_trust_database_new (roots, extra);
      g_autoptr (GTlsCertificate) certificate = load_certificate (cases[i].certificate);
      g_autoptr (GSocketConnectable) host = NULL;

      if (cases[i].host != NULL)
        host = g_network_address_new (cases[i].host, 443);
      g_test_message ("%s and %s: %s as %s", cases[i].roots, cases[i].extra, cases[i].certificate, cases[i].host);
      g_assert_cmpint (verify (database, certificate, host), ==, cases[i].errors);
    }
}

/* A failure that has no name, or only a #GError, is not taken for an accepted chain. */
static void
test_nameless_failure (void)
{
  static const struct
  {
    GTlsCertificateFlags errors;
    gboolean fails;
  } cases[] = {
    { G_TLS_CERTIFICATE_GENERIC_ERROR, FALSE },
    { G_TLS_CERTIFICATE_GENERIC_ERROR, TRUE },
    { 0, TRUE },
  };
  g_autoptr (GTlsCertificate) good = load_certificate ("good");
  g_autoptr (GSocketConnectable) host = g_network_address_new ("localhost", 443);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GTlsDatabase) inner = qcc_fixed_database_new (cases[i].errors, cases[i].fails);
      g_autoptr (QccTrustDatabase) roots_only = qcc_trust_database_new (inner, NULL);
      g_autoptr (QccTrustDatabase) extra_only = qcc_trust_database_new (NULL, inner);

      g_assert_cmpint (verify (roots_only, good, host), ==,
                       G_TLS_CERTIFICATE_GENERIC_ERROR | G_TLS_CERTIFICATE_UNKNOWN_CA);
      g_assert_cmpint (verify (extra_only, good, host), ==,
                       G_TLS_CERTIFICATE_GENERIC_ERROR | G_TLS_CERTIFICATE_UNKNOWN_CA);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/trust-database/check", test_check);
  g_test_add_func ("/trust-database/nameless-failure", test_nameless_failure);

  return g_test_run ();
}
