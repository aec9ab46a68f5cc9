/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-check.h"
#include "service/qcc-fake-provider.h"
#include "tests/qcc-fake-backend.h"

G_BEGIN_DECLS

#define QCC_CHECK_LIMIT_MS 30000
#define QCC_CHECK_KEY "made-up-key"
#define QCC_CHECK_NOT_FOUND "error 404 not_found_error no such path"

/**
 * QccCheckFixture:
 * @provider: (owned): a scripted provider
 * @entry: (owned): an endpoint that leads to it, with a key
 * @options: of the next check
 * @cancellable: (owned): likewise
 * @result: (owned) (nullable): of the last one
 * @error: (owned) (nullable): likewise
 * @done: whether it is over
 *
 * An endpoint to be checked.
 */
typedef struct
{
  QccFakeProvider *provider;
  QccWatcher *watcher;
  QccTrustStore *trust_store;
  QccFakeBackend *backend;
  QccEndpointEntry *entry;
  QccCheckOptions options;
  GCancellable *cancellable;
  QccCheckResult *result;
  GError *error;
  gboolean done;
} QccCheckFixture;

QccCheckFixture *qcc_check_fixture_new (const char *certificate);
void qcc_check_fixture_free (QccCheckFixture *self);

QccEndpoint *qcc_check_fixture_create_endpoint (const char *url);
void qcc_check_fixture_script (QccCheckFixture *self, const char *path, const char *text);
void qcc_check_fixture_start (QccCheckFixture *self, QccCheckLevel level);
void qcc_check_fixture_wait (QccCheckFixture *self);
const QccCheckResult *qcc_check_fixture_run (QccCheckFixture *self, QccCheckLevel level);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccCheckFixture, qcc_check_fixture_free)

G_END_DECLS
