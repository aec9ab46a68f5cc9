/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-provider.h"
#include "service/qcc-service.h"
#include "tests/qcc-raw-client.h"

G_BEGIN_DECLS

#define QCC_FIXTURE_MAX_PROVIDERS 4

/* What a request is made of where a test does not care. */
#define QCC_STREAM_REQUEST "{\"model\":\"claude-test\",\"max_tokens\":64,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
#define QCC_UNARY_REQUEST "{\"model\":\"claude-test\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"

/**
 * QccProxyFixture:
 * @service: (owned) (nullable): a whole service, once started
 * @providers: (owned): its upstreams; their endpoints are `one`, `two`, `three`, `four`
 * @n_providers: how many
 * @clock: (owned) (nullable): the time that endpoints are judged by; %NULL for the machine's
 *
 * A service in this process on a free port with settings and keys in memory, and scripted
 * providers. It runs in the main thread; the test's client in qcc_proxy_fixture_run(). Free checks are off, so that
 * a provider is asked only what the test asks.
 */
typedef struct
{
  QccService *service;
  QccFakeProvider *providers[QCC_FIXTURE_MAX_PROVIDERS];
  guint n_providers;
  char *directory;
  GSettingsBackend *settings;
  QccKeyStore *keys;
  QccClock *clock;
  GTlsBackend *tls_backend;
  const char *transparent_url;
  guint stop_grace;         /* seconds, 0 for the usual time */
  guint read_limit;         /* milliseconds, 0 for the usual time */
  GNetworkMonitor *network; /* (owned) (nullable): whether there is a network; NULL asks the machine */
  QccSleepWatch *sleep;     /* (owned) (nullable): says when it woke up; likewise */
} QccProxyFixture;

/**
 * QccProxyTest:
 * @fixture: the running service
 * @client: a connection to it
 *
 * A test's client side; may block.
 */
typedef void (*QccProxyTest) (QccProxyFixture *fixture, QccRawClient *client);

QccProxyFixture *qcc_proxy_fixture_new (guint n_providers);
QccProxyFixture *qcc_proxy_fixture_new_with_certificates (guint n_providers, GTlsCertificate *const *certificates);
void qcc_proxy_fixture_set_int (QccProxyFixture *self, const char *child, const char *key, int value);
void qcc_proxy_fixture_set_boolean (QccProxyFixture *self, const char *child, const char *key, gboolean value);
void qcc_proxy_fixture_set_string (QccProxyFixture *self, const char *child, const char *key, const char *value);
void qcc_proxy_fixture_start (QccProxyFixture *self);
void qcc_proxy_fixture_start_with_tiers (QccProxyFixture *self, const char *members);
void qcc_proxy_fixture_start_with_profiles (QccProxyFixture *self, const char *profiles);
void qcc_proxy_fixture_run (QccProxyFixture *self, QccProxyTest test);
void qcc_proxy_fixture_free (QccProxyFixture *self);

char *qcc_proxy_fixture_describe_endpoint (QccProxyFixture *self, guint index, const char *more);
void qcc_proxy_fixture_store_key (QccProxyFixture *self, const char *id, const char *key);
void qcc_proxy_fixture_forgive (QccProxyFixture *self);
QccRawClient *qcc_proxy_fixture_connect (QccProxyFixture *self);
void qcc_proxy_fixture_script (QccProxyFixture *self, guint index, const char *script);
void qcc_proxy_fixture_push (QccProxyFixture *self, guint index, const char *script);
void qcc_proxy_fixture_wait_records (QccProxyFixture *self, guint64 n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccProxyFixture, qcc_proxy_fixture_free)

G_END_DECLS
