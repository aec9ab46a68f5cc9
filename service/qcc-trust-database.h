/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * QCC_TRUST_DATABASE_ACCEPTED:
 *
 * The errors by which a #QccTrustDatabase marks a chain that is trusted, and no other: whoever gives such a
 * database to a connection answers "accept-certificate" with %TRUE for exactly these.
 */
#define QCC_TRUST_DATABASE_ACCEPTED G_TLS_CERTIFICATE_GENERIC_ERROR

#define QCC_TYPE_TRUST_DATABASE (qcc_trust_database_get_type ())
G_DECLARE_FINAL_TYPE (QccTrustDatabase, qcc_trust_database, QCC, TRUST_DATABASE, GTlsDatabase)

QccTrustDatabase *qcc_trust_database_new (GTlsDatabase *roots,
                                          GTlsDatabase *extra);

G_END_DECLS
