/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "service/qcc-trust-store.h"

G_BEGIN_DECLS

/* What the refusals of qcc_tls_errors_to_text() say. */
#define QCC_TEST_UNTRUSTED "its issuer is not trusted"
#define QCC_TEST_OTHER_HOST "another host name"
#define QCC_TEST_EXPIRED "expired"

/* A provider over TLS on 127.0.0.1 that answers every request with "ok". It offers h2 if SOUP_SERVER_HTTP2 is set. */
typedef struct
{
  SoupServer *server; /* (owned) */
  guint port;
  guint requests;          /* that arrived */
  SoupHTTPVersion version; /* of the last one */
} QccTlsProvider;

/* One request and how it ended. */
typedef struct
{
  SoupMessage *message; /* (owned) */
  GBytes *body;         /* (owned) (nullable) */
  GError *error;        /* (owned) (nullable) */
  gboolean done;
} QccTlsExchange;

char *qcc_test_cert_path (const char *name);
SoupSession *qcc_test_session_new (GProxyResolver *proxy);
SoupSession *qcc_test_session_new_attached (QccTrustStore *store,
                                            const char *ca);

GSubprocess *qcc_tls_start_resuming_server (char **port);

void qcc_tls_provider_start (QccTlsProvider *self,
                             const char *certificate);
void qcc_tls_provider_clear (QccTlsProvider *self);

void qcc_tls_exchange_run (QccTlsExchange *self,
                           SoupSession *session,
                           const char *method,
                           const char *host,
                           guint port);
void qcc_tls_exchange_run_message (QccTlsExchange *self,
                                   SoupSession *session,
                                   SoupMessage *message);
void qcc_tls_exchange_assert_answered (const QccTlsExchange *self);
void qcc_tls_exchange_assert_refused (const QccTlsExchange *self,
                                      const char *words);
void qcc_tls_exchange_clear (QccTlsExchange *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QccTlsProvider, qcc_tls_provider_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QccTlsExchange, qcc_tls_exchange_clear)

G_END_DECLS
