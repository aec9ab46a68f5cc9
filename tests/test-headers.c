/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-headers.h"

typedef struct
{
  SoupMessageHeaders *from; /* (owned) */
  SoupMessageHeaders *to;   /* (owned) */
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  fixture->from = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  fixture->to = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  g_clear_pointer (&fixture->from, soup_message_headers_unref);
  g_clear_pointer (&fixture->to, soup_message_headers_unref);
}

/* All of @headers as `name: value` lines, sorted by nothing but their own order. */
static char *
to_text (SoupMessageHeaders *headers)
{
  g_autoptr (GString) text = g_string_new (NULL);
  SoupMessageHeadersIter iter;
  const char *name, *value;

  soup_message_headers_iter_init (&iter, headers);
  while (soup_message_headers_iter_next (&iter, &name, &value))
    g_string_append_printf (text, "%s: %s\n", name, value);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_text (SoupMessageHeaders *headers,
             const char *expected)
{
  g_autofree char *text = to_text (headers);

  g_assert_cmpstr (text, ==, expected);
}

static const char *const hop_by_hop[] = {
  "Connection",
  "connection",
  "Keep-Alive",
  "Proxy-Authorization",
  "Proxy-Authenticate",
  "proxy-connection",
  "TE",
  "Trailer",
  "Transfer-Encoding",
  "UPGRADE",
  "Content-Length",
};

static void
test_hop_by_hop (Fixture *fixture,
                 gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (hop_by_hop); i++)
    {
      soup_message_headers_clear (fixture->from);
      soup_message_headers_append (fixture->from, hop_by_hop[i], "1");
      soup_message_headers_append (fixture->from, "x-kept", "yes");

      soup_message_headers_clear (fixture->to);
      qcc_headers_copy_request (fixture->from, fixture->to, FALSE);
      assert_text (fixture->to, "x-kept: yes\n");

      soup_message_headers_clear (fixture->to);
      qcc_headers_copy_response (fixture->from, fixture->to, NULL);
      assert_text (fixture->to, "x-kept: yes\n");
    }
}

static void
test_named_by_connection (Fixture *fixture,
                          gconstpointer data)
{
  soup_message_headers_append (fixture->from, "x-one", "1");
  soup_message_headers_append (fixture->from, "Connection", "close, X-One");
  soup_message_headers_append (fixture->from, "Connection", "x-two");
  soup_message_headers_append (fixture->from, "x-two", "2");
  soup_message_headers_append (fixture->from, "x-on", "3");

  qcc_headers_copy_request (fixture->from, fixture->to, TRUE);
  assert_text (fixture->to, "x-on: 3\n");

  soup_message_headers_clear (fixture->to);
  qcc_headers_copy_response (fixture->from, fixture->to, NULL);
  assert_text (fixture->to, "x-on: 3\n");
}

static void
test_request (Fixture *fixture,
              gconstpointer data)
{
  static const char *const dropped[] = {
    "Host",
    "Expect",
    "authorization",
    "Authorization",
    "X-Api-Key",
    "x-qcc-priority",
    "X-QCC-anything",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (dropped); i++)
    {
      soup_message_headers_clear (fixture->from);
      soup_message_headers_clear (fixture->to);
      soup_message_headers_append (fixture->from, dropped[i], "secret");
      soup_message_headers_append (fixture->from, "x-qccish", "a");
      qcc_headers_copy_request (fixture->from, fixture->to, FALSE);
      assert_text (fixture->to, "x-qccish: a\n");
    }
}

static void
test_request_keeps (Fixture *fixture,
                    gconstpointer data)
{
  soup_message_headers_append (fixture->from, "anthropic-beta", "b, a");
  soup_message_headers_append (fixture->from, "x-app", "cli");
  soup_message_headers_append (fixture->from, "anthropic-beta", "a");
  soup_message_headers_append (fixture->from, "X-Custom", "");
  soup_message_headers_append (fixture->from, "anthropic-beta", "a");

  qcc_headers_copy_request (fixture->from, fixture->to, TRUE);
  assert_text (fixture->to, "anthropic-beta: b, a\nx-app: cli\nanthropic-beta: a\n"
                            "X-Custom: \nanthropic-beta: a\n");
}

static void
test_request_accept_encoding (Fixture *fixture,
                              gconstpointer data)
{
  soup_message_headers_append (fixture->from, "accept-encoding", "br");

  qcc_headers_copy_request (fixture->from, fixture->to, TRUE);
  assert_text (fixture->to, "");

  qcc_headers_copy_request (fixture->from, fixture->to, FALSE);
  g_assert_cmpstr (soup_message_headers_get_one (fixture->to, "Accept-Encoding"), ==, "br");
}

static void
test_response_keeps (Fixture *fixture,
                     gconstpointer data)
{
  static const char *const kept[] = {
    "Date",
    "Server",
    "request-id",
    "Content-Encoding",
    "Content-Type",
    "Retry-After",
    "x-should-retry",
    "anthropic-ratelimit-requests-remaining",
    "x-api-key",
    "Host",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    soup_message_headers_append (fixture->from, kept[i], kept[i]);
  soup_message_headers_append (fixture->from, "set-cookie", "a=1; Path=/");
  soup_message_headers_append (fixture->from, "set-cookie", "b=2");

  qcc_headers_copy_response (fixture->from, fixture->to, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    g_assert_cmpstr (soup_message_headers_get_one (fixture->to, kept[i]), ==, kept[i]);
  g_assert_cmpstr (soup_message_headers_get_list (fixture->to, "set-cookie"), ==, "a=1; Path=/, b=2");
}

static void
test_quoted_key (Fixture *fixture,
                 gconstpointer data)
{
  g_autoptr (QccSecret) key = qcc_secret_new ("key-of-one", -1);

  soup_message_headers_append (fixture->from, "x-quoted", "your key-of-one, key-of-one");
  soup_message_headers_append (fixture->from, "x-quoted", "key-of-two");
  qcc_headers_copy_response (fixture->from, fixture->to, key);
  assert_text (fixture->to, "x-quoted: your **********, **********\nx-quoted: key-of-two\n");
}

static void
test_source_unchanged (Fixture *fixture,
                       gconstpointer data)
{
  g_autofree char *before = NULL;

  soup_message_headers_append (fixture->from, "Connection", "x-one");
  soup_message_headers_append (fixture->from, "x-one", "1");
  before = to_text (fixture->from);

  qcc_headers_copy_request (fixture->from, fixture->to, TRUE);
  qcc_headers_copy_response (fixture->from, fixture->to, NULL);
  assert_text (fixture->from, before);
}

static void
test_credential (Fixture *fixture,
                 gconstpointer data)
{
  soup_message_headers_append (fixture->to, "authorization", "Bearer theirs");
  soup_message_headers_append (fixture->to, "X-API-Key", "theirs");

  qcc_headers_apply_credential (fixture->to, QCC_AUTH_SCHEME_X_API_KEY, "k1");
  assert_text (fixture->to, "x-api-key: k1\n");

  qcc_headers_apply_credential (fixture->to, QCC_AUTH_SCHEME_BEARER, "k2");
  assert_text (fixture->to, "Authorization: Bearer k2\n");
}

static void
test_find_token (Fixture *fixture,
                 gconstpointer data)
{
  static const struct
  {
    const char *value;
    const char *token;
  } rows[] = {
    { "qcc-1", "qcc-1" },
    { "Bearer qcc-1", "qcc-1" },
    { "BEARER  \tqcc-1", "qcc-1" },
    { "anything qcc-1", "qcc-1" },
    { "one two qcc-1 three", "qcc-1 three" },
    { "Bearer one,qcc-1", "qcc-1" },
    { "not-qcc-1 qcc-2", "qcc-2" },
    { "", NULL },
    { "qcc", NULL },
    { "Bearer qcc", NULL },
    { "Bearer QCC-1", NULL },
    { "sk-ant-qcc-1", NULL },
    { "Bearer sk-ant-qcc-1", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpstr (qcc_headers_find_token (rows[i].value), ==, rows[i].token);
}

static void
test_copy_credential (Fixture *fixture,
                      gconstpointer data)
{
  soup_message_headers_append (fixture->from, "authorization", "Bearer theirs");
  soup_message_headers_append (fixture->from, "X-API-Key", "one qcc-1");
  soup_message_headers_append (fixture->from, "Cookie", "a=1");

  qcc_headers_copy_credential (fixture->from, fixture->to);
  assert_text (fixture->to, "Authorization: Bearer theirs\n");
}

int
main (int argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/headers/hop-by-hop", test_hop_by_hop },
    { "/headers/named-by-connection", test_named_by_connection },
    { "/headers/request", test_request },
    { "/headers/request-keeps", test_request_keeps },
    { "/headers/request-accept-encoding", test_request_accept_encoding },
    { "/headers/response-keeps", test_response_keeps },
    { "/headers/quoted-key", test_quoted_key },
    { "/headers/source-unchanged", test_source_unchanged },
    { "/headers/credential", test_credential },
    { "/headers/copy-credential", test_copy_credential },
    { "/headers/find-token", test_find_token },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);

  return g_test_run ();
}
