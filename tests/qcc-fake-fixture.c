/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-fake-fixture.h"

QccFakeFixture *
qcc_fake_fixture_new (void)
{
  QccFakeFixture *self = g_new0 (QccFakeFixture, 1);
  g_autoptr (GError) error = NULL;

  self->provider = qcc_fake_provider_new (NULL);
  qcc_fake_provider_start (self->provider, 0, &error);
  g_assert_no_error (error);
  self->client = qcc_fake_fixture_connect (self);
  return self;
}

/* The provider goes first, so that each test also shows that it can stop with connections open. */
void
qcc_fake_fixture_free (QccFakeFixture *self)
{
  qcc_fake_provider_stop (self->provider);
  g_assert_cmpuint (qcc_fake_provider_get_n_open (self->provider), ==, 0);
  g_assert_finalize_object (self->provider);
  qcc_raw_client_free (self->client);
  g_free (self);
}

QccRawClient *
qcc_fake_fixture_connect (QccFakeFixture *self)
{
  return qcc_raw_client_new ("127.0.0.1", qcc_fake_provider_get_port (self->provider));
}

void
qcc_fake_fixture_push (QccFakeFixture *self,
                       const char *script)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_push_script (self->provider, script, &error);
  g_assert_no_error (error);
}

/**
 * qcc_fake_fixture_ask:
 * @script: how to answer a request for a stream
 *
 * Returns: (transfer full) (nullable): the answer, as from qcc_raw_client_read_answer()
 */
QccRawAnswer *
qcc_fake_fixture_ask (QccFakeFixture *self,
                      const char *script)
{
  qcc_fake_fixture_push (self, script);
  qcc_raw_client_post (self->client, "/v1/messages", "", QCC_FAKE_STREAM_REQUEST);
  return qcc_raw_client_read_answer (self->client);
}

/**
 * qcc_fake_fixture_ask_bytes:
 * @script: how to answer a request for a stream that is the last one on its connection
 * @out_length: (out) (optional): length of the answer, bytes
 *
 * Returns: (transfer full): all bytes of the answer
 */
char *
qcc_fake_fixture_ask_bytes (QccFakeFixture *self,
                            const char *script,
                            gsize *out_length)
{
  qcc_fake_fixture_push (self, script);
  qcc_raw_client_post (self->client, "/v1/messages", "Connection: close\r\n", QCC_FAKE_STREAM_REQUEST);
  return qcc_raw_client_read_to_end (self->client, out_length);
}
