/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "tests/qcc-fake-fixture.h"

/*
 * Who answers, and how connections wait and end. How requests are read is in test-fake-reader.c, what the steps of
 * a script send in test-fake-answer.c.
 */

static void
post (QccRawClient *client)
{
  qcc_raw_client_post (client, "/v1/messages", "", QCC_FAKE_STREAM_REQUEST);
}

static void
assert_body (QccRawClient *client,
             guint status,
             const char *body)
{
  g_autoptr (QccRawAnswer) answer = qcc_raw_client_read_answer (client);

  g_assert_nonnull (answer);
  g_assert_cmpuint (answer->status, ==, status);
  g_assert_cmpstr (answer->body->str, ==, body);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
}

static void
assert_wait_open (QccFakeFixture *fixture,
                  guint n_open)
{
  g_assert_true (qcc_fake_provider_wait_open (fixture->provider, n_open, QCC_FAKE_LIMIT_MS));
  g_assert_cmpuint (qcc_fake_provider_get_n_open (fixture->provider), ==, n_open);
}

static void
assert_wait_gate (QccFakeFixture *fixture,
                  const char *gate)
{
  g_assert_true (qcc_fake_provider_wait_gate (fixture->provider, gate, QCC_FAKE_LIMIT_MS));
}

static void
test_recording_off (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();

  qcc_fake_provider_set_recording (fixture->provider, FALSE);
  post (fixture->client);
  g_assert_true (qcc_fake_provider_wait_requests (fixture->provider, 1, QCC_FAKE_LIMIT_MS));
  g_assert_false (qcc_fake_provider_wait_requests (fixture->provider, 2, 1));
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->provider), ==, 1);
  g_assert_null (qcc_fake_provider_get_request (fixture->provider, 0));
}

static void
assert_default (QccRawClient *client,
                const char *request,
                guint status,
                const char *part)
{
  g_autofree char *whole = g_strdup_printf ("%s HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n{\"a\": 1}", request);
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_send (client, whole, -1);
  answer = qcc_raw_client_read_answer (client);
  g_assert_cmpuint (answer->status, ==, status);
  g_assert_nonnull (strstr (answer->body->str, part));
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
}

static void
test_defaults (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();

  assert_default (fixture->client, "POST /v1/messages", 200, "\"text\":\"Hello from the fake provider.\"");
  assert_default (fixture->client, "POST /v1/messages?beta=true", 200, "\"text\":\"Hello from the fake provider.\"");
  assert_default (fixture->client, "POST /v1/messages/count_tokens?beta=true", 200, "{\"input_tokens\":2}");
  assert_default (fixture->client, "GET /v1/models", 200, "\"id\":\"claude-fake-1\"},{\"type\":\"model\",\"id\":\"claude-fake-2\"}");
  assert_default (fixture->client, "HEAD /", 200, "");
  assert_default (fixture->client, "GET /v1/message", 404, "\"not_found_error\"");
  assert_default (fixture->client, "GET /v1/messages/", 404, "\"not_found_error\"");

  post (fixture->client);
  {
    g_autoptr (QccRawAnswer) answer = qcc_raw_client_read_answer (fixture->client);

    g_assert_true (g_str_has_prefix (answer->body->str, "event: message_start\n"));
  }
}

static void
set_script (QccFakeFixture *fixture,
            const char *path,
            const char *script)
{
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (fixture->provider, path, script, &error);
  g_assert_no_error (error);
}

static void
test_any_path (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();

  set_script (fixture, "/v1/models", "json 1");
  set_script (fixture, "*", "json 2");
  set_script (fixture, NULL, "json 3");

  assert_default (fixture->client, "POST /v1/messages?beta=true", 200, "3");
  assert_default (fixture->client, "POST /v1/messages/count_tokens", 200, "2");
  assert_default (fixture->client, "GET /v1/models", 200, "2");
  assert_default (fixture->client, "GET /elsewhere", 200, "2");
}

static const struct
{
  const char *headers;
  guint status;
} keys[] = {
  { "", 401 },
  { "x-api-key: wrong\r\n", 401 },
  { "x-api-key: Secret\r\n", 401 },
  { "x-api-key: secret2\r\n", 401 },
  { "Authorization: secret\r\n", 401 },
  { "Authorization: Bearer wrong\r\n", 401 },
  { "x-api-key: Bearer secret\r\n", 401 },
  { "x-api-key: secret\r\n", 200 },
  { "Authorization: Bearer secret\r\n", 200 },
  { "x-api-key: wrong\r\nauthorization: Bearer secret\r\n", 200 },
};

static void
test_key (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
      g_autoptr (QccRawAnswer) answer = NULL;

      g_test_message ("%s", keys[i].headers);
      qcc_fake_provider_set_key (fixture->provider, "secret");
      qcc_fake_fixture_push (fixture, "json {}");
      qcc_raw_client_post (fixture->client, "/v1/messages", keys[i].headers, "{}");
      answer = qcc_raw_client_read_answer (fixture->client);
      g_assert_cmpuint (answer->status, ==, keys[i].status);
      g_assert_true ((strstr (answer->body->str, "\"authentication_error\"") != NULL) == (keys[i].status == 401));

      /* Who was not let in used no script up. */
      qcc_fake_provider_set_key (fixture->provider, NULL);
      qcc_raw_client_post (fixture->client, "/v1/messages", "", "{}");
      if (keys[i].status == 401)
        assert_body (fixture->client, 200, "{}");
    }
}

static void
test_scripts (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (qcc_fake_provider_set_script (fixture->provider, NULL, "body set", &error));
  g_assert_true (qcc_fake_provider_set_script (fixture->provider, "/other", "body other", &error));
  qcc_fake_fixture_push (fixture, "body first");
  qcc_fake_fixture_push (fixture, "body second");

  g_assert_false (qcc_fake_provider_push_script (fixture->provider, "body third\nbdoy", &error));
  g_assert_nonnull (strstr (error->message, "Line 2"));
  g_clear_error (&error);
  g_assert_false (qcc_fake_provider_set_script (fixture->provider, "/other", "bdoy", &error));
  g_assert_nonnull (strstr (error->message, "Line 1"));

  qcc_raw_client_post (fixture->client, "/other", "", "");
  assert_body (fixture->client, 200, "other");
  post (fixture->client);
  assert_body (fixture->client, 200, "first");
  post (fixture->client);
  assert_body (fixture->client, 200, "second");
  post (fixture->client);
  assert_body (fixture->client, 200, "set");
  post (fixture->client);
  assert_body (fixture->client, 200, "set");
}

/* Waits and ends */

static void
test_gate (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (QccRawClient) other = qcc_fake_fixture_connect (fixture);
  g_autoptr (QccRawAnswer) answer = NULL;

  g_assert_true (qcc_fake_provider_set_script (fixture->provider, NULL, "body a\nhold one\nbody b\nhold two\nbody c", NULL));
  g_assert_false (qcc_fake_provider_wait_gate (fixture->provider, "one", 1));
  post (fixture->client);
  answer = qcc_raw_client_read_head (fixture->client);
  qcc_raw_client_read_until (fixture->client, answer, "a");
  assert_wait_gate (fixture, "one");
  g_assert_false (qcc_fake_provider_wait_gate (fixture->provider, "two", 1));

  /* Another gate does not let it go on. */
  qcc_fake_provider_release (fixture->provider, "two");
  g_assert_true (qcc_fake_provider_wait_gate (fixture->provider, "one", 0));
  g_assert_true (qcc_fake_provider_wait_bytes (fixture->provider, 1, QCC_FAKE_LIMIT_MS));
  g_assert_false (qcc_fake_provider_wait_bytes (fixture->provider, 2, 1));

  qcc_fake_provider_release (fixture->provider, "one");
  qcc_raw_client_read_rest (fixture->client, answer);
  g_assert_cmpstr (answer->body->str, ==, "abc");
  g_assert_false (qcc_fake_provider_wait_gate (fixture->provider, "one", 1));

  /* A gate stays open, for those who come late too. */
  post (other);
  assert_body (other, 200, "abc");
}

/* Scripts that wait, and that send more than anybody reads. */
static const char *const endless[] = {
  "head\nhold gate",
  "head\nstall",
  "head\nwait 600000",
  "head\ninterval 600000\nping",
  "head\nrepeat 1000000\nbytes 1000000\nend",
  "half_head\nstall",
};

static void
test_client_leaves (gconstpointer data)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();

  qcc_fake_fixture_push (fixture, data);
  post (fixture->client);
  g_assert_true (qcc_fake_provider_wait_requests (fixture->provider, 1, QCC_FAKE_LIMIT_MS));
  assert_wait_open (fixture, 1);
  g_assert_false (qcc_fake_provider_wait_open (fixture->provider, 0, 20));

  qcc_raw_client_close (fixture->client);
  assert_wait_open (fixture, 0);
}

static void
test_stop (gconstpointer data)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  guint16 port = qcc_fake_provider_get_port (fixture->provider);
  g_autoptr (QccRawClient) idle = qcc_fake_fixture_connect (fixture);
  g_autoptr (QccRawClient) again = NULL;
  g_autofree char *rest = NULL;
  g_autoptr (GError) error = NULL;

  qcc_fake_fixture_push (fixture, data);
  post (fixture->client);
  assert_wait_open (fixture, 2);
  g_assert_true (qcc_fake_provider_wait_requests (fixture->provider, 1, QCC_FAKE_LIMIT_MS));

  qcc_fake_provider_stop (fixture->provider);
  g_assert_cmpuint (qcc_fake_provider_get_n_open (fixture->provider), ==, 0);
  g_assert_true (qcc_raw_client_is_closed (idle));
  rest = qcc_raw_client_read_to_end (fixture->client, NULL);

  g_assert_true (qcc_fake_provider_start (fixture->provider, port, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (qcc_fake_provider_get_port (fixture->provider), ==, port);
  again = qcc_fake_fixture_connect (fixture);
  qcc_fake_fixture_push (fixture, "body again");
  post (again);
  assert_body (again, 200, "again");
}

static void
test_port_taken (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (QccFakeProvider) second = qcc_fake_provider_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (qcc_fake_provider_start (second, qcc_fake_provider_get_port (fixture->provider), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_clear_error (&error);
  g_assert_true (qcc_fake_provider_start (second, 0, &error));
  g_assert_no_error (error);
}

static void
test_url (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autofree char *url = qcc_fake_provider_dup_url (fixture->provider);
  g_autofree char *expected = g_strdup_printf ("http://127.0.0.1:%u", qcc_fake_provider_get_port (fixture->provider));

  g_assert_cmpstr (url, ==, expected);
}

static void
test_refusing (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  guint16 port = qcc_fake_provider_get_port (fixture->provider);
  g_autoptr (GSocketClient) connector = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (QccRawClient) later = NULL;
  g_autoptr (GError) error = NULL;

  assert_wait_open (fixture, 1);
  qcc_fake_provider_set_refusing (fixture->provider, TRUE);
  qcc_fake_provider_set_refusing (fixture->provider, TRUE);
  connection = g_socket_client_connect_to_host (connector, "127.0.0.1", port, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);

  g_assert_true (qcc_fake_provider_set_script (fixture->provider, NULL, "body x", NULL));
  post (fixture->client);
  assert_body (fixture->client, 200, "x");

  qcc_fake_provider_set_refusing (fixture->provider, FALSE);
  qcc_fake_provider_set_refusing (fixture->provider, FALSE);
  g_assert_cmpuint (qcc_fake_provider_get_port (fixture->provider), ==, port);
  later = qcc_fake_fixture_connect (fixture);
  post (later);
  assert_body (later, 200, "x");
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->provider), ==, 2);
}

static void
test_close_on_accept (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (QccRawClient) later = NULL;

  assert_wait_open (fixture, 1);
  qcc_fake_provider_set_close_on_accept (fixture->provider, TRUE);
  later = qcc_fake_fixture_connect (fixture);
  g_assert_true (qcc_raw_client_is_closed (later));
  g_assert_false (qcc_raw_client_was_reset (later));

  assert_wait_open (fixture, 1);
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->provider), ==, 2);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->provider), ==, 0);
}

static void
test_die_on_reuse (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();

  qcc_fake_provider_set_die_on_reuse (fixture->provider, TRUE);
  g_assert_true (qcc_fake_provider_set_script (fixture->provider, NULL, "body x", NULL));
  post (fixture->client);
  assert_body (fixture->client, 200, "x");
  assert_wait_open (fixture, 1);

  post (fixture->client);
  g_assert_true (qcc_raw_client_is_closed (fixture->client));
  g_assert_false (qcc_raw_client_was_reset (fixture->client));
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->provider), ==, 1);
}

/* Gets the one that waits for a request, not the one that is answered. */
static void
test_close_idle (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (QccRawClient) busy = qcc_fake_fixture_connect (fixture);

  qcc_fake_fixture_push (fixture, "body x\nhold gate\nbody y");
  post (busy);
  assert_wait_gate (fixture, "gate");
  qcc_fake_fixture_push (fixture, "body x");
  post (fixture->client);
  assert_body (fixture->client, 200, "x");

  qcc_fake_provider_close_idle (fixture->provider);
  g_assert_true (qcc_raw_client_is_closed (fixture->client));
  g_assert_true (qcc_fake_provider_wait_gate (fixture->provider, "gate", 0));
  qcc_fake_provider_release (fixture->provider, "gate");
  assert_body (busy, 200, "xy");
}

static void
test_keepalive_close (void)
{
  g_autoptr (QccFakeFixture) fixture = qcc_fake_fixture_new ();
  g_autoptr (QccRawAnswer) answer = qcc_fake_fixture_ask (fixture, "keepalive_close\nbody x");
  g_autofree char *connection = qcc_raw_answer_get_header (answer, "Connection");

  g_assert_cmpstr (answer->body->str, ==, "x");
  g_assert_cmpstr (connection, ==, "keep-alive");
  g_assert_true (qcc_raw_client_is_closed (fixture->client));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (endless); i++)
    {
      g_autofree char *leaves = g_strdup_printf ("/fake-provider/client-leaves/%" G_GSIZE_FORMAT, i);
      g_autofree char *stop = g_strdup_printf ("/fake-provider/stop/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (leaves, endless[i], test_client_leaves);
      g_test_add_data_func (stop, endless[i], test_stop);
    }
  g_test_add_func ("/fake-provider/recording-off", test_recording_off);
  g_test_add_func ("/fake-provider/defaults", test_defaults);
  g_test_add_func ("/fake-provider/any-path", test_any_path);
  g_test_add_func ("/fake-provider/key", test_key);
  g_test_add_func ("/fake-provider/scripts", test_scripts);
  g_test_add_func ("/fake-provider/gate", test_gate);
  g_test_add_func ("/fake-provider/port-taken", test_port_taken);
  g_test_add_func ("/fake-provider/url", test_url);
  g_test_add_func ("/fake-provider/refusing", test_refusing);
  g_test_add_func ("/fake-provider/close-on-accept", test_close_on_accept);
  g_test_add_func ("/fake-provider/die-on-reuse", test_die_on_reuse);
  g_test_add_func ("/fake-provider/close-idle", test_close_idle);
  g_test_add_func ("/fake-provider/keepalive-close", test_keepalive_close);

  return g_test_run ();
}
