/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-fixed-database.h"

struct _QccFixedDatabase
{
  GTlsDatabase parent_instance;

  GTlsCertificateFlags errors;
  gboolean fails; /* with a GError */
};

G_DEFINE_FINAL_TYPE (QccFixedDatabase, qcc_fixed_database, G_TYPE_TLS_DATABASE)

static GTlsCertificateFlags
qcc_fixed_database_verify_chain (GTlsDatabase *database,
                                 GTlsCertificate *chain,
                                 const char *purpose,
                                 GSocketConnectable *identity,
                                 GTlsInteraction *interaction,
                                 GTlsDatabaseVerifyFlags flags,
                                 GCancellable *cancellable,
                                 GError **error)
{
  QccFixedDatabase *self = QCC_FIXED_DATABASE (database);

  if (self->fails)
    g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_MISC, "fails");

  return self->errors;
}

static void
qcc_fixed_database_class_init (QccFixedDatabaseClass *klass)
{
  G_TLS_DATABASE_CLASS (klass)->verify_chain = qcc_fixed_database_verify_chain;
}

static void
qcc_fixed_database_init (QccFixedDatabase *self)
{
}

GTlsDatabase *
qcc_fixed_database_new (GTlsCertificateFlags errors,
                        gboolean fails)
{
  QccFixedDatabase *self = g_object_new (QCC_TYPE_FIXED_DATABASE, NULL);

  self->errors = errors;
  self->fails = fails;

  return G_TLS_DATABASE (self);
}
