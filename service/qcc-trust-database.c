/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-trust-database.h"

/* One set of trusted certificates, made of databases that were parsed once and are shared. Immutable.
 *
 * A type of our own is what saves the time and memory. A GnuTLS connection copies the content of a
 * GnuTLS database, its own default one included, into its credentials when it is constructed: 10 ms and
 * 4 MB each for the system's roots. Of a database of any other type it only ever asks verify_chain().
 */
struct _QccTrustDatabase
{
  GTlsDatabase parent_instance;

  GTlsDatabase *roots; /* (owned) (nullable) */
  GTlsDatabase *extra; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (QccTrustDatabase, qcc_trust_database, G_TYPE_TLS_DATABASE)

static GTlsCertificateFlags
verify_against (GTlsDatabase *database,
                GTlsCertificate *chain,
                GSocketConnectable *identity)
{
  g_autoptr (GError) error = NULL;
  GTlsCertificateFlags errors;

  if (database == NULL)
    return G_TLS_CERTIFICATE_UNKNOWN_CA;

  errors = g_tls_database_verify_chain (database, chain, G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, identity,
                                        NULL, G_TLS_DATABASE_VERIFY_NONE, NULL, &error);
  if (error != NULL)
    {
      g_debug ("Certificate not verified: %s", error->message);
      errors |= G_TLS_CERTIFICATE_GENERIC_ERROR;
    }

  return errors;
}

static GTlsCertificateFlags
check_chain (QccTrustDatabase *self,
             GTlsCertificate *chain,
             GSocketConnectable *identity)
{
  GTlsCertificateFlags errors, extra_errors;

  /* Without one GIO's databases do not compare names. */
  if (identity == NULL)
    return G_TLS_CERTIFICATE_BAD_IDENTITY;

  errors = verify_against (self->roots, chain, identity);
  if (errors == 0 || self->extra == NULL)
    return errors;

  /* The side that knows the issuer knows what is wrong with the certificate, if anything. */
  extra_errors = verify_against (self->extra, chain, identity);
  return (extra_errors & G_TLS_CERTIFICATE_UNKNOWN_CA) == 0 ? extra_errors : errors;
}

/* Never says 0. The OpenSSL back end takes the database of a connection whose chain is free of errors for one
 * of its own type and reads OCSP settings from it (verify_ocsp_response() in glib-networking 2.74 to 2.80),
 * which would be memory that is not there. With an error GIO asks in "accept-certificate" next, and refuses
 * without a handler.
 */
static GTlsCertificateFlags
qcc_trust_database_verify_chain (GTlsDatabase *database,
                                 GTlsCertificate *chain,
                                 const char *purpose,
                                 GSocketConnectable *identity,
                                 GTlsInteraction *interaction,
                                 GTlsDatabaseVerifyFlags flags,
                                 GCancellable *cancellable,
                                 GError **error)
{
  GTlsCertificateFlags errors;

  errors = check_chain (QCC_TRUST_DATABASE (database), chain, identity);
  if (errors == 0)
    return QCC_TRUST_DATABASE_ACCEPTED;

  /* OpenSSL's database says just this for what it has no name for, mostly chains that lead nowhere. */
  if (errors == QCC_TRUST_DATABASE_ACCEPTED)
    errors |= G_TLS_CERTIFICATE_UNKNOWN_CA;

  return errors;
}

static void
qcc_trust_database_finalize (GObject *object)
{
  QccTrustDatabase *self = QCC_TRUST_DATABASE (object);

  g_clear_object (&self->roots);
  g_clear_object (&self->extra);

  G_OBJECT_CLASS (qcc_trust_database_parent_class)->finalize (object);
}

static void
qcc_trust_database_class_init (QccTrustDatabaseClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GTlsDatabaseClass *database_class = G_TLS_DATABASE_CLASS (klass);

  object_class->finalize = qcc_trust_database_finalize;

  database_class->verify_chain = qcc_trust_database_verify_chain;
}

static void
qcc_trust_database_init (QccTrustDatabase *self)
{
}

/**
 * qcc_trust_database_new:
 * @roots: (nullable): the system's roots
 * @extra: (nullable): certificates that are trusted too
 *
 * Makes a database that trusts a server of the right name whose whole chain is good for @roots alone or for
 * @extra alone. With neither it trusts nothing. Verifying only computes, it reads no file. Stapled OCSP answers
 * are not looked at: GIO verifies them only for its own databases.
 *
 * A good chain gets %QCC_TRUST_DATABASE_ACCEPTED, every other one the true errors, at least one of which is
 * another.
 *
 * Returns: (transfer full): a database
 */
QccTrustDatabase *
qcc_trust_database_new (GTlsDatabase *roots,
                        GTlsDatabase *extra)
{
  QccTrustDatabase *self;

  g_return_val_if_fail (roots == NULL || G_IS_TLS_DATABASE (roots), NULL);
  g_return_val_if_fail (extra == NULL || G_IS_TLS_DATABASE (extra), NULL);

  self = g_object_new (QCC_TYPE_TRUST_DATABASE, NULL);
  g_set_object (&self->roots, roots);
  g_set_object (&self->extra, extra);

  return self;
}
