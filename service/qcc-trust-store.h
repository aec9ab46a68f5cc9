/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/**
 * QccTrustStore:
 *
 * Decides which servers may be talked to over TLS (spec 2.13). One per process; reference-counted,
 * for the thread of the main loop only.
 */
typedef struct _QccTrustStore QccTrustStore;

QccTrustStore *qcc_trust_store_new (GTlsBackend *backend);
QccTrustStore *qcc_trust_store_ref (QccTrustStore *self);
void qcc_trust_store_unref (QccTrustStore *self);

gboolean qcc_trust_store_attach (QccTrustStore *self,
                                 SoupSession *session,
                                 const char *ca_file,
                                 GError **error);
char *qcc_trust_store_explain (SoupMessage *message,
                               const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccTrustStore, qcc_trust_store_unref)

G_END_DECLS
