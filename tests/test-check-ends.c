/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-check-fixture.h"
#include "tests/qcc-fake-network.h"

/* How a check ends whose endpoint does not answer, not at once, or without end, and one that nobody wants any more. */

static void
test_refused (gconstpointer data)
{
  QccCheckLevel level = GPOINTER_TO_INT (data);
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  const QccCheckResult *result;

  qcc_fake_provider_set_refusing (self->provider, TRUE);
  result = qcc_check_fixture_run (self, level);
  g_assert_false (result->passed);
  g_assert_cmpint (result->level, ==, level);
  g_assert_cmpstr (result->verdict.rule, ==, "refused");
  g_assert_cmpint (result->verdict.klass, ==, QCC_CLASS_TRANSIENT);
  g_assert_cmpuint (result->n_tries, ==, 3);
  g_assert_cmpint (result->first_byte_ms, ==, -1);
  g_assert_cmpstr (result->detail, ==, "It refused the connection.");
}

/* Of an answer without an end enough is read to see that it is no list, and the rest stops to come. */
static void
test_huge (void)
{
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  const QccCheckResult *result;

  qcc_check_fixture_script (self, "/v1/models", "body [\nrepeat 1000000\nbytes 1000000\nend");
  result = qcc_check_fixture_run (self, QCC_CHECK_API);
  g_assert_true (result->passed);
  g_assert_true (result->proves_key);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (self->provider), ==, 2);
  g_assert_true (qcc_fake_provider_wait_open (self->provider, 1, QCC_CHECK_LIMIT_MS));
}

/* The second try is another one. */
static void
test_second_try (void)
{
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  const QccCheckResult *result;
  g_autoptr (GError) error = NULL;

  qcc_check_fixture_script (self, NULL, "json {\"type\":\"message\",\"content\":[]}");
  qcc_fake_provider_push_script (self->provider, "error 500 api_error no", &error);
  g_assert_no_error (error);
  result = qcc_check_fixture_run (self, QCC_CHECK_CHAT);
  g_assert_true (result->passed);
  g_assert_null (result->verdict.rule);
  g_assert_cmpuint (result->n_tries, ==, 2);
}

typedef struct
{
  const char *name;
  const char *script;
  const char *rule;
} Slow;

static const Slow slow[] = {
  { "stall", "stall", "first-byte-timeout" },
  { "half-a-head", "half_head\nstall", "first-byte-timeout" },
  { "half-a-body", "body {\nhead\nstall", "idle-timeout" },
  { "drip", "repeat 1000\nbody [\nwait 100\nend", "idle-timeout" },
};

/* Each try has its limit as a whole, however alive the answer looks. */
static void
test_slow (gconstpointer data)
{
  const Slow *test = data;
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  const QccCheckResult *result;

  self->options.timeout = 1;
  self->options.max_tries = 2;
  qcc_check_fixture_script (self, "/v1/models", test->script);
  result = qcc_check_fixture_run (self, QCC_CHECK_API);

  g_assert_false (result->passed);
  g_assert_cmpstr (result->verdict.rule, ==, test->rule);
  g_assert_cmpuint (result->n_tries, ==, 2);
  g_assert_cmpint (result->latency_ms, >=, 900);
  g_assert_cmpint (result->latency_ms, <, 10000);
}

/* An HTTPS server that does not shake hands: the kernel takes its connections, and nobody else does.
 * Returns: (transfer full): its socket */
static GSocket *
lead_to_silence (QccCheckFixture *self)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) listener = NULL;
  g_autofree char *url = NULL;
  g_autoptr (QccEndpoint) endpoint = NULL;

  listener = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  g_assert_true (g_socket_bind (listener, any, TRUE, NULL) && g_socket_listen (listener, NULL));
  bound = g_socket_get_local_address (listener, NULL);
  url = g_strdup_printf ("https://127.0.0.1:%u", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  endpoint = qcc_check_fixture_create_endpoint (url);
  qcc_endpoint_entry_set_endpoint (self->entry, endpoint, self->trust_store);

  return g_steal_pointer (&listener);
}

static void
test_silent (gconstpointer data)
{
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  g_autoptr (GSocket) listener = lead_to_silence (self);
  const QccCheckResult *result;

  self->options.timeout = 1;
  self->options.max_tries = 1;
  result = qcc_check_fixture_run (self, GPOINTER_TO_INT (data));
  g_assert_false (result->passed);
  g_assert_cmpstr (result->verdict.rule, ==, "connect-timeout");
  g_assert_cmpstr (result->detail, ==, "There was no connection in time.");
}

/* It takes both, a name that is not known and a monitor that sees no network (spec 4.1, "offline"). */
static void
test_offline (void)
{
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  g_autoptr (QccFakeNetwork) network = qcc_fake_network_new ();
  g_autoptr (GResolver) usual = g_resolver_get_default ();
  g_autoptr (GResolver) resolver = g_object_new (QCC_TYPE_FAKE_RESOLVER, NULL);
  g_autoptr (QccEndpoint) endpoint = qcc_check_fixture_create_endpoint ("http://provider.invalid");
  const QccCheckResult *result;

  g_resolver_set_default (resolver);
  endpoint->proxy = g_strdup ("none");
  qcc_endpoint_entry_set_endpoint (self->entry, endpoint, self->trust_store);
  self->options.network = G_NETWORK_MONITOR (network);

  result = qcc_check_fixture_run (self, QCC_CHECK_API);
  g_assert_cmpint (result->verdict.klass, ==, QCC_CLASS_TRANSIENT);
  g_assert_cmpstr (result->verdict.rule, ==, "dns");
  g_assert_cmpuint (result->n_tries, ==, 3);

  qcc_fake_network_change (network, FALSE);
  result = qcc_check_fixture_run (self, QCC_CHECK_API);
  g_assert_cmpint (result->verdict.klass, ==, QCC_CLASS_OFFLINE);
  g_assert_cmpuint (result->n_tries, ==, 1);
  g_assert_cmpstr (result->detail, ==, "This machine has no network.");
  g_resolver_set_default (usual);
}

static const Slow cancelled[] = {
  { "before", NULL, NULL },
  { "waiting", "stall", NULL },
  { "reading", "body {\nhead\nstall", NULL },
};

static void
test_cancelled (gconstpointer data)
{
  const Slow *test = data;
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);

  qcc_check_fixture_script (self, "/v1/models", test->script);
  qcc_check_fixture_start (self, QCC_CHECK_API);
  if (test->script != NULL)
    while (qcc_fake_provider_get_n_requests (self->provider) == 0)
      g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (self->cancellable);
  qcc_check_fixture_wait (self);

  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (qcc_fake_provider_wait_open (self->provider, 0, QCC_CHECK_LIMIT_MS));
}

/* Between two tries nothing is under way that could be cancelled, but the wait. */
static void
test_cancelled_between_tries (void)
{
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);

  self->options.max_tries = 1000;
  qcc_check_fixture_script (self, "/v1/models", "error 500 api_error no");
  qcc_check_fixture_start (self, QCC_CHECK_API);
  while (qcc_fake_provider_get_n_requests (self->provider) == 0 || qcc_connection_pool_get_n_busy (self->entry->pool) > 0)
    g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (self->cancellable);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_true (self->done);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_cancelled_connect (void)
{
  g_autoptr (QccCheckFixture) self = qcc_check_fixture_new (NULL);
  g_autoptr (GSocket) listener = lead_to_silence (self);

  /* Longer than the test waits. */
  self->options.timeout = 600;
  qcc_check_fixture_start (self, QCC_CHECK_CONNECT);
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (self->cancellable);
  qcc_check_fixture_wait (self);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

#define ADD_EACH(prefix, table, member, func)                                             \
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)                                        \
    {                                                                                     \
      g_autofree char *path = g_strconcat ("/check-ends/" prefix, table[i].member, NULL); \
                                                                                          \
      g_test_add_data_func (path, &table[i], func);                                       \
    }

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  ADD_EACH ("slow/", slow, name, test_slow)
  ADD_EACH ("cancelled/", cancelled, name, test_cancelled)
  g_test_add_func ("/check-ends/cancelled/between-tries", test_cancelled_between_tries);
  g_test_add_func ("/check-ends/cancelled/connect", test_cancelled_connect);
  g_test_add_data_func ("/check-ends/refused/connect", GINT_TO_POINTER (QCC_CHECK_CONNECT), test_refused);
  g_test_add_data_func ("/check-ends/refused/api", GINT_TO_POINTER (QCC_CHECK_API), test_refused);
  g_test_add_data_func ("/check-ends/refused/chat", GINT_TO_POINTER (QCC_CHECK_CHAT), test_refused);
  g_test_add_func ("/check-ends/huge", test_huge);
  g_test_add_func ("/check-ends/second-try", test_second_try);
  g_test_add_data_func ("/check-ends/silent/connect", GINT_TO_POINTER (QCC_CHECK_CONNECT), test_silent);
  g_test_add_data_func ("/check-ends/silent/api", GINT_TO_POINTER (QCC_CHECK_API), test_silent);
  g_test_add_func ("/check-ends/offline", test_offline);

  return g_test_run ();
}
