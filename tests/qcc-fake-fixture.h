/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/qcc-fake-provider.h"
#include "tests/qcc-raw-client.h"

G_BEGIN_DECLS

/* A wait for the fake provider that lasts longer has failed. Generous, for sanitizers on a busy machine. */
#define QCC_FAKE_LIMIT_MS 30000

/* What a request is made of where a test does not care: 37 bytes, which count as 9 tokens. */
#define QCC_FAKE_STREAM_REQUEST "{\"model\":\"claude-test\",\"stream\":true}"

/**
 * QccFakeFixture:
 * @provider: (owned): a fake provider without a key, which listens
 * @client: (owned): a connection to it
 *
 * A fake provider alone, for the tests of the fake provider itself.
 */
typedef struct
{
  QccFakeProvider *provider;
  QccRawClient *client;
} QccFakeFixture;

QccFakeFixture *qcc_fake_fixture_new (void);
void qcc_fake_fixture_free (QccFakeFixture *self);

QccRawClient *qcc_fake_fixture_connect (QccFakeFixture *self);
void qcc_fake_fixture_push (QccFakeFixture *self, const char *script);
QccRawAnswer *qcc_fake_fixture_ask (QccFakeFixture *self, const char *script);
char *qcc_fake_fixture_ask_bytes (QccFakeFixture *self, const char *script, gsize *out_length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccFakeFixture, qcc_fake_fixture_free)

G_END_DECLS
