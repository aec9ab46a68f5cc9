/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-live-fixture.h"

#include <string.h>

#define REQUEST "{\"model\":\"claude-test\",\"max_tokens\":64,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
#define STREAM "message_start\nblock_start text\ndelta first\nhold %s\ndelta last\nblock_stop\nmessage_delta end_turn\nmessage_stop"

/* Flags and time limit of a call. */
#define CALL G_DBUS_CALL_FLAGS_NONE, -1

static const char *const ids[QCC_LIVE_N_PROVIDERS] = { "one", "two", "three" };

/**
 * qcc_live_fixture_new:
 * @service_program: path of the built qcc-service
 *
 * Returns: (transfer full): a fixture whose service runs
 */
QccLiveFixture *
qcc_live_fixture_new (const char *service_program)
{
  QccLiveFixture *self = g_new0 (QccLiveFixture, 1);
  g_autoptr (GError) error = NULL;

  /* The environment first: the providers have threads. */
  self->bus = qcc_bus_fixture_new (service_program);
  for (guint i = 0; i < QCC_LIVE_N_PROVIDERS; i++)
    {
      self->providers[i] = qcc_fake_provider_new (NULL);
      qcc_fake_provider_set_recording (self->providers[i], TRUE);
      qcc_fake_provider_start (self->providers[i], 0, &error);
      g_assert_no_error (error);
    }
  qcc_bus_fixture_activate (self->bus);

  return self;
}

void
qcc_live_fixture_free (QccLiveFixture *self)
{
  qcc_bus_fixture_free (self->bus);
  for (guint i = 0; i < QCC_LIVE_N_PROVIDERS; i++)
    g_clear_object (&self->providers[i]);
  g_free (self);
}

/**
 * qcc_live_fixture_add:
 * @profile: where to add it; made when there is none of that name
 * @index: of the provider
 *
 * Adds an endpoint named `one`, `two` or `three`, with the key `key-of-ID`.
 */
void
qcc_live_fixture_add (QccLiveFixture *self,
                      const char *profile,
                      guint index)
{
  g_autofree char *url = qcc_fake_provider_dup_url (self->providers[index]);
  g_autofree char *key = g_strconcat ("key-of-", ids[index], NULL);
  g_autoptr (GError) error = NULL;

  qcc_bus_fixture_add_endpoint (self->bus, profile, ids[index], url);
  qcc_bus_fixture_set_key (self->bus, ids[index], key, &error);
  g_assert_no_error (error);
}

void
qcc_live_fixture_set_setting (QccLiveFixture *self,
                              const char *name,
                              const char *value)
{
  g_autoptr (GError) error = NULL;

  qcc_dbus_manager1_call_set_setting_sync (self->bus->manager, name, value, CALL, NULL, &error);
  g_assert_no_error (error);
}

/**
 * qcc_live_fixture_update:
 * @id: of an endpoint
 * @options: of Update(), as GVariant reads them
 */
void
qcc_live_fixture_update (QccLiveFixture *self,
                         const char *id,
                         const char *options)
{
  g_autoptr (QccDBusEndpoint1) endpoint = qcc_bus_fixture_get_endpoint (self->bus, id);
  g_autoptr (GError) error = NULL;

  qcc_dbus_endpoint1_call_update_sync (endpoint, g_variant_new_parsed (options), CALL, NULL, &error);
  g_assert_no_error (error);
}

/**
 * qcc_live_fixture_script:
 * @index: of a provider
 * @script: how it answers every message from now on
 */
void
qcc_live_fixture_script (QccLiveFixture *self,
                         guint index,
                         const char *script)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (self->providers[index], NULL, script, &error);
  g_assert_no_error (error);
}

/**
 * qcc_live_fixture_ask:
 * @headers: of the request, lines that end in CRLF
 *
 * Returns: (transfer full): the answer to a request on a connection of its own
 */
QccRawAnswer *
qcc_live_fixture_ask (QccLiveFixture *self,
                      const char *headers)
{
  g_autoptr (QccRawClient) client = qcc_raw_client_new ("127.0.0.1", qcc_bus_fixture_get_port (self->bus));
  QccRawAnswer *answer;

  qcc_raw_client_post (client, "/v1/messages", headers, REQUEST);
  answer = qcc_raw_client_read_answer (client);
  g_assert_nonnull (answer);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);

  return answer;
}

/**
 * qcc_live_fixture_serve:
 * @headers: of the request, lines that end in CRLF
 *
 * Sends a request that must succeed.
 *
 * Returns: index of the one provider that was asked
 */
guint
qcc_live_fixture_serve (QccLiveFixture *self,
                        const char *headers)
{
  guint before[QCC_LIVE_N_PROVIDERS];
  guint served = QCC_LIVE_N_PROVIDERS;
  g_autoptr (QccRawAnswer) answer = NULL;

  for (guint i = 0; i < QCC_LIVE_N_PROVIDERS; i++)
    before[i] = qcc_fake_provider_get_n_requests (self->providers[i]);

  answer = qcc_live_fixture_ask (self, headers);
  if (answer->status != 200)
    g_error ("the answer is %u: %s", answer->status, answer->body->str);

  for (guint i = 0; i < QCC_LIVE_N_PROVIDERS; i++)
    {
      guint n = qcc_fake_provider_get_n_requests (self->providers[i]) - before[i];

      if (n == 0)
        continue;
      g_assert_cmpuint (n, ==, 1);
      g_assert_cmpuint (served, ==, QCC_LIVE_N_PROVIDERS);
      served = i;
    }
  g_assert_cmpuint (served, <, QCC_LIVE_N_PROVIDERS);

  return served;
}

/**
 * qcc_live_fixture_get_last_key:
 * @index: of a provider that was asked
 *
 * Returns: (transfer full): the key of its last request
 */
char *
qcc_live_fixture_get_last_key (QccLiveFixture *self,
                               guint index)
{
  QccFakeProvider *provider = self->providers[index];
  g_autoptr (QccFakeRequest) request = NULL;
  const char *key;

  request = qcc_fake_provider_get_request (provider, qcc_fake_provider_get_n_requests (provider) - 1);
  g_assert_nonnull (request);
  key = qcc_fake_request_get_header (request, "x-api-key");
  if (key == NULL)
    key = qcc_fake_request_get_header (request, "Authorization");
  g_assert_nonnull (key);

  return g_strdup (g_str_has_prefix (key, "Bearer ") ? key + strlen ("Bearer ") : key);
}

/**
 * qcc_live_stream_begin:
 * @fixture: a fixture
 * @index: of the provider that must answer
 *
 * Returns: (transfer full): a stream that is on its way; for qcc_live_stream_end()
 */
QccLiveStream *
qcc_live_stream_begin (QccLiveFixture *fixture,
                       guint index)
{
  QccLiveStream *self = g_new0 (QccLiveStream, 1);
  g_autofree char *script = NULL;
  g_autoptr (GError) error = NULL;

  self->provider = g_object_ref (fixture->providers[index]);
  self->gate = g_strdup_printf ("rest-%u", qcc_fake_provider_get_n_requests (self->provider));
  script = g_strdup_printf (STREAM, self->gate);
  qcc_fake_provider_push_script (self->provider, script, &error);
  g_assert_no_error (error);
  self->client = qcc_raw_client_new ("127.0.0.1", qcc_bus_fixture_get_port (fixture->bus));
  qcc_raw_client_post (self->client, "/v1/messages", "", REQUEST);
  self->answer = qcc_raw_client_read_head (self->client);
  g_assert_nonnull (self->answer);
  g_assert_cmpuint (self->answer->status, ==, 200);
  qcc_raw_client_read_until (self->client, self->answer, "first");

  return self;
}

/**
 * qcc_live_stream_end:
 * @self: (transfer full): a stream
 *
 * Asserts that it goes on to its end as if nothing had happened.
 */
void
qcc_live_stream_end (QccLiveStream *self)
{
  g_assert_null (strstr (self->answer->body->str, "last"));
  qcc_fake_provider_release (self->provider, self->gate);
  qcc_raw_client_read_rest (self->client, self->answer);
  g_assert_cmpint (self->answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_nonnull (strstr (self->answer->body->str, "last"));
  g_assert_nonnull (strstr (self->answer->body->str, "event: message_stop"));
  g_assert_null (strstr (self->answer->body->str, "event: error"));

  qcc_raw_answer_free (self->answer);
  qcc_raw_client_free (self->client);
  g_object_unref (self->provider);
  g_free (self->gate);
  g_free (self);
}
