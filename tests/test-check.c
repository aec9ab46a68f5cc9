/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libsoup/soup.h>
#include <string.h>

#include "tests/qcc-check-fixture.h"
#include "tests/qcc-tls-fixture.h"

/* What is asked of an endpoint, and what its answers mean. */

#define MESSAGE "json {\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"something else\"}]}"

/* @models, @count, @messages: (nullable): what the provider does; NULL for what it does by itself
 * @rule: (nullable): of the verdict, NULL where it passes
 * @n_requests: that arrive in all
 * @words: are in the detail */
typedef struct
{
  const char *name;
  QccCheckLevel level;
  const char *models;
  const char *count;
  const char *messages;
  const char *rule;
  QccCheckLevel done;
  gboolean proves_key;
  gboolean weak;
  guint status;
  guint n_tries;
  guint n_requests;
  const char *words;
} Case;

static const Case cases[] = {
  /* connect */
  { "connect", QCC_CHECK_CONNECT, "error 500 api_error no", NULL, NULL, NULL, QCC_CHECK_CONNECT, FALSE, FALSE, 0, 1, 0, "can be reached" },
  /* api: the list of models */
  { "models", QCC_CHECK_API, NULL, "error 500 api_error no", NULL, NULL, QCC_CHECK_API, TRUE, FALSE, 200, 1, 1, "takes the key" },
  { "models-array", QCC_CHECK_API, "json [\"some-model\"]", NULL, NULL, NULL, QCC_CHECK_API, TRUE, FALSE, 200, 1, 1, "takes the key" },
  { "models-gzip", QCC_CHECK_API, "encode gzip\njson {\"data\":[]}", "error 500 api_error no", NULL, NULL, QCC_CHECK_API, TRUE, FALSE, 200, 1, 1, "takes the key" },
  { "models-401", QCC_CHECK_API, "error 401 authentication_error invalid x-api-key", NULL, NULL, "401-authentication_error", QCC_CHECK_API, FALSE, FALSE, 401, 1, 1, "does not take the key (401)" },
  { "models-403-html", QCC_CHECK_API, "html 403", NULL, NULL, "403", QCC_CHECK_API, FALSE, FALSE, 403, 1, 1, "not because of the key (403)" },
  { "models-402", QCC_CHECK_API, "error 402 billing_error no money", NULL, NULL, "billing_error", QCC_CHECK_API, FALSE, FALSE, 402, 1, 1, "nothing left to spend" },
  { "models-429", QCC_CHECK_API, "header Retry-After: 7\nerror 429 rate_limit_error slow down", NULL, NULL, "rate_limit_error", QCC_CHECK_API, FALSE, FALSE, 429, 1, 1, "no more requests" },
  { "models-500", QCC_CHECK_API, "error 500 api_error no", NULL, NULL, "5xx", QCC_CHECK_API, FALSE, FALSE, 500, 3, 3, "an error (500)" },
  { "models-529", QCC_CHECK_API, "error 529 overloaded_error no", NULL, NULL, "overloaded_error", QCC_CHECK_API, FALSE, FALSE, 529, 3, 3, "overloaded" },
  { "models-408", QCC_CHECK_API, "error 408 timeout_error no", NULL, NULL, "408", QCC_CHECK_API, FALSE, FALSE, 408, 1, 1, "an error (408)" },
  { "models-reset", QCC_CHECK_API, "reset", NULL, NULL, "reset", QCC_CHECK_API, FALSE, FALSE, 0, 3, 3, "closed the connection" },
  { "models-cut", QCC_CHECK_API, "content_length 100\nbody {\"data\":[\nfin", NULL, NULL, "truncated", QCC_CHECK_API, FALSE, FALSE, 200, 3, 3, "was cut" },
  { "models-403-cut", QCC_CHECK_API, "status 403\ncontent_length 100\nbody no\nfin", NULL, NULL, "403", QCC_CHECK_API, FALSE, FALSE, 403, 1, 1, "(403)" },
  { "models-garbage", QCC_CHECK_API, "garbage 500\nfin", NULL, NULL, "malformed", QCC_CHECK_API, FALSE, FALSE, 0, 3, 3, "not understood" },
  { "models-200-overloaded", QCC_CHECK_API, "json {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"no\"}}", NULL, NULL, "overloaded_error", QCC_CHECK_API, FALSE, FALSE, 200, 1, 1, "overloaded" },
  { "models-200-error", QCC_CHECK_API, "json {\"error\":{\"message\":\"no\"}}", NULL, NULL, "other", QCC_CHECK_API, FALSE, FALSE, 200, 1, 1, "an error (200)" },
  /* api: no such list, so count_tokens */
  { "count-404", QCC_CHECK_API, QCC_CHECK_NOT_FOUND, NULL, NULL, NULL, QCC_CHECK_API, TRUE, FALSE, 200, 1, 2, "takes the key" },
  { "count-405", QCC_CHECK_API, "status 405\nempty", NULL, NULL, NULL, QCC_CHECK_API, TRUE, FALSE, 200, 1, 2, "takes the key" },
  { "count-501", QCC_CHECK_API, "status 501\nempty", NULL, NULL, NULL, QCC_CHECK_API, TRUE, FALSE, 200, 1, 2, "takes the key" },
  { "count-redirect", QCC_CHECK_API, "status 302\nheader Location: /login\nempty", NULL, NULL, NULL, QCC_CHECK_API, TRUE, FALSE, 200, 1, 2, "takes the key" },
  { "count-html", QCC_CHECK_API, "html 200", NULL, NULL, NULL, QCC_CHECK_API, TRUE, FALSE, 200, 1, 2, "takes the key" },
  { "count-text", QCC_CHECK_API, "body hello", NULL, NULL, NULL, QCC_CHECK_API, TRUE, FALSE, 200, 1, 2, "takes the key" },
  { "count-empty", QCC_CHECK_API, "empty", NULL, NULL, NULL, QCC_CHECK_API, TRUE, FALSE, 200, 1, 2, "takes the key" },
  { "count-401", QCC_CHECK_API, QCC_CHECK_NOT_FOUND, "error 401 authentication_error no", NULL, "401-authentication_error", QCC_CHECK_API, FALSE, FALSE, 401, 1, 2, "does not take the key (401)" },
  { "count-500", QCC_CHECK_API, QCC_CHECK_NOT_FOUND, "error 500 api_error no", NULL, "5xx", QCC_CHECK_API, FALSE, FALSE, 500, 3, 4, "an error (500)" },
  { "count-all-html", QCC_CHECK_API, "html 200", "html 200", NULL, "html", QCC_CHECK_API, FALSE, FALSE, 200, 3, 4, "a web page" },
  { "count-other-json", QCC_CHECK_API, QCC_CHECK_NOT_FOUND, "json {}", NULL, "bad-json", QCC_CHECK_API, FALSE, FALSE, 200, 3, 4, "something else" },
  /* api: neither, so only the connection */
  { "neither", QCC_CHECK_API, QCC_CHECK_NOT_FOUND, QCC_CHECK_NOT_FOUND, NULL, NULL, QCC_CHECK_CONNECT, FALSE, FALSE, 0, 1, 2, "cannot be told" },
  { "model-unknown", QCC_CHECK_API, QCC_CHECK_NOT_FOUND, "error 400 invalid_request_error model", NULL, NULL, QCC_CHECK_CONNECT, FALSE, FALSE, 0, 1, 2, "cannot be told" },
  { "no-credit", QCC_CHECK_API, QCC_CHECK_NOT_FOUND, "error 400 invalid_request_error Your credit balance is too low", NULL, "4xx-credit", QCC_CHECK_API, FALSE, FALSE, 400, 1, 2, "nothing left to spend" },
  /* chat */
  { "chat-other-text", QCC_CHECK_CHAT, NULL, NULL, MESSAGE, NULL, QCC_CHECK_CHAT, TRUE, TRUE, 200, 1, 1, "not with what it was asked for" },
  { "chat-no-message", QCC_CHECK_CHAT, NULL, NULL, "json {\"choices\":[]}", "bad-json", QCC_CHECK_CHAT, FALSE, FALSE, 200, 1, 1, "something else" },
  { "chat-html", QCC_CHECK_CHAT, NULL, NULL, "html 200", "html", QCC_CHECK_CHAT, FALSE, FALSE, 200, 1, 1, "a web page" },
  { "chat-400", QCC_CHECK_CHAT, NULL, NULL, "error 400 invalid_request_error thinking", "4xx", QCC_CHECK_CHAT, FALSE, FALSE, 400, 1, 2, "not accept" },
  { "chat-404", QCC_CHECK_CHAT, NULL, NULL, QCC_CHECK_NOT_FOUND, "404", QCC_CHECK_CHAT, FALSE, FALSE, 404, 1, 1, "not the model" },
  { "chat-500", QCC_CHECK_CHAT, NULL, NULL, "error 500 api_error no", "5xx", QCC_CHECK_CHAT, FALSE, FALSE, 500, 3, 3, "an error (500)" },
  /* It may have cost what a message costs. */
  { "chat-reset", QCC_CHECK_CHAT, NULL, NULL, "reset", "reset", QCC_CHECK_CHAT, FALSE, FALSE, 0, 1, 1, "closed the connection" },
};

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  const QccCheckResult *result;

  qcc_check_fixture_script (self, "/v1/models", test->models);
  qcc_check_fixture_script (self, "/v1/messages/count_tokens", test->count);
  qcc_check_fixture_script (self, NULL, test->messages);
  result = qcc_check_fixture_run (self, test->level);

  g_assert_cmpint (result->passed, ==, test->rule == NULL);
  g_assert_cmpstr (result->verdict.rule, ==, test->rule);
  g_assert_cmpint (result->level, ==, test->done);
  g_assert_cmpint (result->proves_key, ==, test->proves_key);
  g_assert_cmpint (result->weak, ==, test->weak);
  g_assert_cmpuint (result->status, ==, test->status);
  g_assert_cmpuint (result->n_tries, ==, test->n_tries);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), ==, test->n_requests);
  if (strstr (result->detail, test->words) == NULL)
    g_error ("“%s” does not say “%s”", result->detail, test->words);
  g_assert_cmpint (result->latency_ms, >=, 0);
  g_assert_cmpint (result->first_byte_ms, <=, result->latency_ms);
  g_assert_cmpint (result->first_byte_ms >= 0, ==, test->status != 0);
}

static void
test_retry_after (void)
{
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);

  qcc_check_fixture_script (self, "/v1/models", "header Retry-After: 7\nerror 429 rate_limit_error slow down");
  g_assert_cmpint (qcc_check_fixture_run (self, QCC_CHECK_API)->verdict.retry_after, ==, 7);
}

typedef struct
{
  const char *certificate;
  const char *words; /* (nullable): NULL where it is good */
} Certificate;

static const Certificate certificates[] = {
  { "good", NULL },
  { "wrong-host", QCC_TEST_OTHER_HOST },
  { "private", QCC_TEST_UNTRUSTED },
  { "expired", QCC_TEST_EXPIRED },
};

static void
test_tls (gconstpointer data)
{
  const Certificate *test = data;
  const QccCheckLevel levels[] = { QCC_CHECK_CONNECT, QCC_CHECK_API };

  for (gsize i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (test->certificate);
      const QccCheckResult *result = qcc_check_fixture_run (self, levels[i]);

      g_assert_cmpint (result->passed, ==, test->words == NULL);
      g_assert_cmpstr (result->verdict.rule, ==, test->words != NULL ? "tls" : NULL);
      /* No key was sent to a server that could be anybody. */
      if (test->words != NULL)
        {
          g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), ==, 0);
          g_assert_nonnull (strstr (result->detail, test->words));
        }
    }
}

/* Its message is ours, and says what to do. */
static void
test_ca_file_missing (void)
{
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new ("good");
  g_autofree char *url = qcc_fake_provider_dup_url (self->provider);
  g_autoptr (QccEndpoint) endpoint = qcc_check_fixture_create_endpoint (url);

  endpoint->ca_file = g_strdup ("/nonexistent/ca.pem");
  qcc_endpoint_entry_set_endpoint (self->entry, endpoint, self->trust_store);
  g_assert_nonnull (strstr (qcc_check_fixture_run (self, QCC_CHECK_API)->detail, "/nonexistent/ca.pem"));
}

static QccFakeRequest *
get_request (QccCheckFixture *self,
             guint index)
{
  QccFakeRequest *request = qcc_fake_provider_get_request (self->provider, index);

  g_assert_nonnull (request);
  return request;
}

static void
test_headers (void)
{
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  g_autoptr (QccFakeRequest) first = NULL;
  g_autoptr (QccFakeRequest) second = NULL;
  g_autofree char *model = NULL;

  self->options.model = "some-model";
  qcc_check_fixture_script (self, "/v1/models", QCC_CHECK_NOT_FOUND);
  qcc_check_fixture_run (self, QCC_CHECK_API);

  first = get_request (self, 0);
  g_assert_cmpstr (first->method, ==, "GET");
  g_assert_cmpstr (first->target, ==, "/v1/models");
  g_assert_cmpstr (qcc_fake_request_get_header (first, "authorization"), ==, "Bearer " QCC_CHECK_KEY);
  g_assert_cmpstr (qcc_fake_request_get_header (first, "anthropic-version"), ==, "2023-06-01");
  g_assert_null (qcc_fake_request_get_header (first, "content-type"));

  second = get_request (self, 1);
  g_assert_cmpstr (second->method, ==, "POST");
  g_assert_cmpstr (second->target, ==, "/v1/messages/count_tokens");
  g_assert_cmpstr (qcc_fake_request_get_header (second, "content-type"), ==, "application/json");
  model = qcc_fake_request_dup_member (second, "model");
  g_assert_cmpstr (model, ==, "\"some-model\"");
  /* The first was read to its end, so one connection is enough. */
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (self->provider), ==, 1);
}

/* What worked last is asked first, until it does not work any more or the endpoint is another one. */
static void
test_remembers_way (void)
{
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  g_autoptr (QccFakeRequest) third = NULL;
  g_autoptr (QccEndpoint) same = qcc_endpoint_ref (self->entry->endpoint);

  qcc_check_fixture_script (self, "/v1/models", QCC_CHECK_NOT_FOUND);
  qcc_check_fixture_run (self, QCC_CHECK_API);
  g_assert_true (qcc_check_fixture_run (self, QCC_CHECK_API)->passed);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), ==, 3);
  third = get_request (self, 2);
  g_assert_cmpstr (third->target, ==, "/v1/messages/count_tokens");

  qcc_check_fixture_script (self, "/v1/messages/count_tokens", QCC_CHECK_NOT_FOUND);
  g_assert_cmpint (qcc_check_fixture_run (self, QCC_CHECK_API)->level, ==, QCC_CHECK_CONNECT);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), ==, 4);
  qcc_check_fixture_run (self, QCC_CHECK_API);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), ==, 6);

  self->entry->counts_instead = TRUE;
  qcc_endpoint_entry_set_endpoint (self->entry, same, self->trust_store);
  g_assert_false (self->entry->counts_instead);
}

static void
test_no_key (void)
{
  const QccCheckLevel levels[] = { QCC_CHECK_API, QCC_CHECK_CHAT };
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);

  g_clear_pointer (&self->entry->key, qcc_secret_unref);
  for (gsize i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      const QccCheckResult *result = qcc_check_fixture_run (self, levels[i]);

      g_assert_true (result->passed);
      g_assert_cmpint (result->level, ==, QCC_CHECK_CONNECT);
      g_assert_false (result->proves_key);
      g_assert_nonnull (strstr (result->detail, "no key"));
    }
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), ==, 0);
}

/* The key stays here, and the real provider is left alone. */
static void
test_simulation (void)
{
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  g_autoptr (QccCheckFixture) other = qcc_check_fixture_new (NULL);
  QccSimulation *simulation = g_new0 (QccSimulation, 1);
  g_autoptr (QccFakeRequest) request = NULL;

  simulation->fault = "529";
  simulation->endpoint = qcc_endpoint_ref (other->entry->endpoint);
  simulation->pool = qcc_connection_pool_new (simulation->endpoint, self->trust_store);
  qcc_endpoint_entry_set_simulation (self->entry, simulation);
  self->options.max_tries = 1;
  qcc_check_fixture_script (other, "/v1/models", "error 529 overloaded_error no");

  qcc_check_fixture_start (self, QCC_CHECK_API);
  g_assert_cmpuint (qcc_connection_pool_get_n_busy (self->entry->pool), ==, 0);
  qcc_check_fixture_wait (self);
  g_assert_no_error (self->error);
  g_assert_cmpint (self->result->verdict.klass, ==, QCC_CLASS_OVERLOAD);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), ==, 0);
  request = get_request (other, 0);
  g_assert_null (qcc_fake_request_get_header (request, "authorization"));
  g_assert_null (qcc_fake_request_get_header (request, "x-api-key"));
  qcc_endpoint_entry_set_simulation (self->entry, NULL);
}

/* A provider that repeats the last word that it is told.
 * @refuses_thinking: it does not take the member `thinking` */
typedef struct
{
  gboolean refuses_thinking;
  gboolean thinks; /* says it in a thought, not in the answer */
  guint n_requests;
} Parrot;

static char *
parrot_answer (const Parrot *parrot,
               const char *body)
{
  const char *end = strstr (body, "\"}]");
  const char *word = end;

  g_assert_nonnull (end);
  while (word[-1] != ' ')
    word--;

  return g_strdup_printf ("{\"type\":\"message\",\"content\":[{\"type\":\"%s\",\"%s\":\"%.*s\"}]}",
                          parrot->thinks ? "thinking" : "text", parrot->thinks ? "thinking" : "text",
                          (int) (end - word), word);
}

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  Parrot *parrot = user_data;
  g_autofree char *body = g_strdup (soup_server_message_get_request_body (message)->data);
  g_autofree char *answer = NULL;

  parrot->n_requests++;
  g_assert_cmpstr (path, ==, "/v1/messages");
  g_assert_nonnull (strstr (body, "\"max_tokens\":512"));
  if (parrot->refuses_thinking && strstr (body, "\"thinking\"") != NULL)
    {
      soup_server_message_set_status (message, 400, NULL);
      return;
    }
  answer = parrot_answer (parrot, body);
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, answer, strlen (answer));
}

static void
test_parrot (gconstpointer data)
{
  Parrot parrot = *(const Parrot *) data;
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  g_autoptr (QccEndpoint) endpoint = NULL;
  GSList *uris;
  const QccCheckResult *result;

  soup_server_add_handler (server, NULL, on_request, &parrot, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  url = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  endpoint = qcc_check_fixture_create_endpoint (url);
  qcc_endpoint_entry_set_endpoint (self->entry, endpoint, self->trust_store);

  result = qcc_check_fixture_run (self, QCC_CHECK_CHAT);
  g_assert_true (result->passed);
  g_assert_true (result->proves_key);
  g_assert_cmpint (result->weak, ==, parrot.thinks);
  g_assert_cmpuint (result->n_tries, ==, 1);
  g_assert_cmpuint (parrot.n_requests, ==, parrot.refuses_thinking ? 2 : 1);
  soup_server_disconnect (server);
}

static const Parrot parrots[] = {
  { .refuses_thinking = FALSE },
  { .refuses_thinking = TRUE },
  { .thinks = TRUE },
};

#define ADD_EACH(prefix, table, member, func)                                        \
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)                                   \
    {                                                                                \
      g_autofree char *path = g_strconcat ("/check/" prefix, table[i].member, NULL); \
                                                                                     \
      g_test_add_data_func (path, &table[i], func);                                  \
    }

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  ADD_EACH ("", cases, name, test_case)
  ADD_EACH ("tls/", certificates, certificate, test_tls)
  g_test_add_func ("/check/retry-after", test_retry_after);
  g_test_add_func ("/check/tls/ca-file-missing", test_ca_file_missing);
  g_test_add_func ("/check/headers", test_headers);
  g_test_add_func ("/check/remembers-way", test_remembers_way);
  g_test_add_func ("/check/no-key", test_no_key);
  g_test_add_func ("/check/simulation", test_simulation);
  g_test_add_data_func ("/check/chat/repeats", &parrots[0], test_parrot);
  g_test_add_data_func ("/check/chat/refuses-thinking", &parrots[1], test_parrot);
  g_test_add_data_func ("/check/chat/only-thinks-it", &parrots[2], test_parrot);
  return g_test_run ();

  return g_test_run ();
}
