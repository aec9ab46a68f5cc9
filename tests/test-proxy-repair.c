/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

/* A conversation that began elsewhere: its thinking is refused, and taken out once (spec 4.3). */

#define BODY(model, content)                                                                \
  "{\"stream\":true, \"messages\":[{\"role\":\"user\",\"content\":\"hi\"},"                 \
  "{\"role\":\"assistant\",\"content\":[" content "{\"type\":\"text\",\"text\":\"yes\"}]}," \
  "{\"role\":\"user\",\"content\":\"go on\"}],\"max_tokens\":64,\"model\":\"" model "\"}"
#define THINK "{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"c2ln\"} , "
#define AS_SENT BODY ("claude-test", THINK)
#define MENDED BODY ("claude-test", "")
#define PLAIN MENDED

#define REFUSES "error 400 invalid_request_error messages.1.content.0: Invalid `signature` in `thinking` block"
#define REFUSES_AGAIN "error 400 invalid_request_error again: Invalid `signature` in `thinking` block"

typedef struct
{
  const char *name;
  const char *scripts[4]; /* of the first endpoint, one for each request; NULL-terminated */
  const char *path;
  const char *body;
  const char *models; /* members of the first endpoint */
  guint status;
  const char *text;      /* what the client reads */
  const char *asked[4];  /* the bodies that the first endpoint gets; NULL-terminated */
  const char *elsewhere; /* (nullable): the body that the second endpoint gets */
  gboolean off;          /* by the setting */
} Case;

static const Case cases[] = {
  { "mended", { REFUSES, "say hello" }, "/v1/messages", AS_SENT, "", 200, "message_stop", { AS_SENT, MENDED } },
  { "with-query", { REFUSES, "say hello" }, "/v1/messages?beta=true", AS_SENT, "", 200, "message_stop", { AS_SENT, MENDED } },
  { "mapped-model", { REFUSES, "say hello" }, "/v1/messages", AS_SENT, ",\"models\":{\"*\":\"a-longer-name\"}", 200, "message_stop", { BODY ("a-longer-name", THINK), BODY ("a-longer-name", "") } },
  { "only-once", { REFUSES, REFUSES_AGAIN }, "/v1/messages", AS_SENT, "", 400, "again", { AS_SENT, MENDED } },
  { "refused-for-more", { REFUSES, "error 400 invalid_request_error bad field" }, "/v1/messages", AS_SENT, "", 400, "bad field", { AS_SENT, MENDED } },
  { "then-elsewhere", { REFUSES, "error 529 overloaded_error busy" }, "/v1/messages", AS_SENT, "", 200, "message_stop", { AS_SENT, MENDED }, MENDED },
  { "then-twice-here", { REFUSES, "error 500 api_error oops", "say hello" }, "/v1/messages", AS_SENT, "", 200, "message_stop", { AS_SENT, MENDED, MENDED } },
  { "after-a-second-try", { "error 500 api_error oops", REFUSES, "say hello" }, "/v1/messages", AS_SENT, "", 200, "message_stop", { AS_SENT, AS_SENT, MENDED } },
  { "off", { REFUSES }, "/v1/messages", AS_SENT, "", 400, "Invalid `signature`", { AS_SENT }, NULL, TRUE },
  { "nothing-to-mend", { REFUSES }, "/v1/messages", PLAIN, "", 400, "Invalid `signature`", { PLAIN } },
  { "other-refusal", { "error 400 invalid_request_error bad field" }, "/v1/messages", AS_SENT, "", 400, "bad field", { AS_SENT } },
  { "other-status", { "error 422 invalid_request_error Invalid `signature` in `thinking` block" }, "/v1/messages", AS_SENT, "", 422, "Invalid `signature`", { AS_SENT } },
  { "not-json", { REFUSES }, "/v1/messages", AS_SENT "x", "", 400, "Invalid `signature`", { AS_SENT "x" } },
};

static const Case *current;

static void
client_sees_case (QccProxyFixture *fixture,
                  QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;
  g_autofree char *endpoint = NULL;

  qcc_raw_client_post (client, current->path, "Content-Type: application/json\r\n", current->body);
  answer = qcc_raw_client_read_answer (client);
  g_test_message ("%s", answer->body->str);
  g_assert_cmpuint (answer->status, ==, current->status);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_nonnull (strstr (answer->body->str, current->text));
  endpoint = qcc_raw_answer_get_header (answer, "x-qcc-endpoint");
  g_assert_cmpstr (endpoint, ==, current->elsewhere != NULL ? "two" : "one");
}

static QccProxyFixture *
fixture_new (const char *models,
             guint n_endpoints)
{
  QccProxyFixture *fixture = qcc_proxy_fixture_new (2);
  g_autofree char *one = qcc_proxy_fixture_describe_endpoint (fixture, 0, models);
  g_autofree char *two = qcc_proxy_fixture_describe_endpoint (fixture, 1, n_endpoints > 1 ? "" : ",\"enabled\":false");
  g_autofree char *profiles =
      g_strdup_printf ("{\"version\":1,\"profiles\":[{\"name\":\"main\",\"strategy\":\"failover\",\"endpoints\":[%s,%s]}]}", one, two);

  for (guint i = 0; i < fixture->n_providers; i++)
    qcc_fake_provider_set_recording (fixture->providers[i], TRUE);
  qcc_proxy_fixture_script (fixture, 1, "say two");
  qcc_proxy_fixture_start_with_profiles (fixture, profiles);

  return fixture;
}

static void
assert_asked (QccProxyFixture *fixture,
              guint provider,
              guint index,
              const char *expected)
{
  g_autoptr (QccFakeRequest) request = qcc_fake_provider_get_request (fixture->providers[provider], index);

  g_assert_nonnull (request);
  g_assert_cmpmem (g_bytes_get_data (request->body, NULL), g_bytes_get_size (request->body), expected, strlen (expected));
}

static void
test_case (gconstpointer data)
{
  g_autoptr (QccProxyFixture) fixture = NULL;
  guint n_asked = 0;

  current = data;
  fixture = fixture_new (current->models, 2);
  if (current->off)
    qcc_proxy_fixture_set_string (fixture, "failover", "repair-thinking", "false");
  for (gsize i = 0; current->scripts[i] != NULL; i++)
    qcc_proxy_fixture_push (fixture, 0, current->scripts[i]);

  qcc_proxy_fixture_run (fixture, client_sees_case);
  qcc_proxy_fixture_wait_records (fixture, 1);
  for (; current->asked[n_asked] != NULL; n_asked++)
    assert_asked (fixture, 0, n_asked, current->asked[n_asked]);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, n_asked);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[1]), ==, current->elsewhere != NULL ? 1 : 0);
  if (current->elsewhere != NULL)
    assert_asked (fixture, 1, 0, current->elsewhere);
}

/* What was mended is not what the client is told of in the end. */
static void
client_is_told_of_the_second_failure (QccProxyFixture *fixture,
                                      QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", AS_SENT);
  answer = qcc_raw_client_read_answer (client);
  g_assert_cmpuint (answer->status, ==, 503);
  g_assert_nonnull (strstr (answer->body->str, "one (overloaded, HTTP 529)"));
  g_assert_null (strstr (answer->body->str, "HTTP 400"));
}

static void
test_final (void)
{
  g_autoptr (QccProxyFixture) fixture = fixture_new ("", 1);

  qcc_proxy_fixture_push (fixture, 0, REFUSES);
  qcc_proxy_fixture_push (fixture, 0, "error 529 overloaded_error busy");
  qcc_proxy_fixture_run (fixture, client_is_told_of_the_second_failure);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 2);
}

/* Each request is mended anew, on the same connection too. */
static void
client_asks_twice (QccProxyFixture *fixture,
                   QccRawClient *client)
{
  for (guint i = 0; i < 2; i++)
    client_sees_case (fixture, client);
}

static void
test_again (void)
{
  g_autoptr (QccProxyFixture) fixture = fixture_new ("", 1);

  current = &cases[0];
  for (guint i = 0; i < 4; i++)
    qcc_proxy_fixture_push (fixture, 0, current->scripts[i % 2]);
  qcc_proxy_fixture_run (fixture, client_asks_twice);
  for (guint i = 0; i < 4; i++)
    assert_asked (fixture, 0, i, current->asked[i % 2]);
}

/* Counting tokens is not worth a second request. */
static void
client_counts_tokens (QccProxyFixture *fixture,
                      QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages/count_tokens", "", AS_SENT);
  answer = qcc_raw_client_read_answer (client);
  g_assert_cmpuint (answer->status, ==, 400);
}

static void
test_count_tokens (void)
{
  g_autoptr (QccProxyFixture) fixture = fixture_new ("", 1);
  g_autoptr (GError) error = NULL;

  qcc_fake_provider_set_script (fixture->providers[0], "/v1/messages/count_tokens", REFUSES, &error);
  g_assert_no_error (error);
  qcc_proxy_fixture_run (fixture, client_counts_tokens);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 1);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/repair/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/proxy/repair/final", test_final);
  g_test_add_func ("/proxy/repair/again", test_again);
  g_test_add_func ("/proxy/repair/count-tokens", test_count_tokens);

  return g_test_run ();
}
