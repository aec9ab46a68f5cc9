/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A database that says the same of every chain, with a GError or without. */
#define QCC_TYPE_FIXED_DATABASE (qcc_fixed_database_get_type ())
G_DECLARE_FINAL_TYPE (QccFixedDatabase, qcc_fixed_database, QCC, FIXED_DATABASE, GTlsDatabase)

GTlsDatabase *qcc_fixed_database_new (GTlsCertificateFlags errors,
                                      gboolean fails);

G_END_DECLS
