/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-proxy-fixture.h"

#include <string.h>

#include "tests/qcc-fake-backend.h"
#include "tests/qcc-tls-fixture.h"

/* Upstream over TLS (spec 2.13): always verified, by the system's roots or the endpoint's CA file. */

#define N_STREAMS 20

/* @certificates: (array length=n_providers): files of make-certs.sh; %NULL for plain HTTP */
static QccProxyFixture *
fixture_new (guint n_providers,
             const char *const *certificates)
{
  g_autofree char *roots = qcc_test_cert_path ("root-ca");
  GTlsCertificate *loaded[QCC_FIXTURE_MAX_PROVIDERS] = { NULL };
  QccProxyFixture *fixture;

  for (guint i = 0; i < n_providers; i++)
    {
      g_autofree char *path = certificates[i] != NULL ? qcc_test_cert_path (certificates[i]) : NULL;
      g_autoptr (GError) error = NULL;

      loaded[i] = path != NULL ? g_tls_certificate_new_from_file (path, &error) : NULL;
      g_assert_no_error (error);
    }

  fixture = qcc_proxy_fixture_new_with_certificates (n_providers, loaded);
  fixture->tls_backend = G_TLS_BACKEND (qcc_fake_backend_new (roots, TRUE));
  for (guint i = 0; i < n_providers; i++)
    g_clear_object (&loaded[i]);

  return fixture;
}

static void
fixture_free (QccProxyFixture *fixture)
{
  g_autoptr (GTlsBackend) backend = fixture->tls_backend;

  qcc_proxy_fixture_free (fixture);
}

static QccRawAnswer *
ask (QccRawClient *client)
{
  QccRawAnswer *answer;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  answer = qcc_raw_client_read_answer (client);
  g_assert_nonnull (answer);

  return answer;
}

static void
assert_answered_by (const QccRawAnswer *answer,
                    const char *expected)
{
  g_autofree char *endpoint = qcc_raw_answer_get_header (answer, "x-qcc-endpoint");

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (endpoint, ==, expected);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_nonnull (strstr (answer->body->str, "message_stop"));
}

static void
client_gets_answer_of_first (QccProxyFixture *fixture,
                             QccRawClient *client)
{
  /* Twice: the second time on the connection that is kept. */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (QccRawAnswer) answer = ask (client);

      assert_answered_by (answer, "one");
    }
}

static void
test_good (void)
{
  QccProxyFixture *fixture = fixture_new (1, (const char *const[]){ "good" });

  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_gets_answer_of_first);
  qcc_proxy_fixture_wait_records (fixture, 2);
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[0]), ==, 1);
  fixture_free (fixture);
}

typedef struct
{
  const char *certificate;
  const char *words; /* what the user is told */
} Refused;

static const Refused refused[] = {
  { "private", QCC_TEST_UNTRUSTED },
  { "self-signed", QCC_TEST_UNTRUSTED },
  { "signed-by-leaf", QCC_TEST_UNTRUSTED },
  { "no-intermediate", QCC_TEST_UNTRUSTED },
  { "expired", QCC_TEST_EXPIRED },
  { "not-yet-valid", "is not valid yet" },
  { "wrong-host", QCC_TEST_OTHER_HOST },
};

static const Refused *current;

static void
client_gets_answer_of_second (QccProxyFixture *fixture,
                              QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = ask (client);

  assert_answered_by (answer, "two");
}

/* Spec 4.1: TLS is transient. The endpoint is tried once more, then the next. */
static void
test_refused_goes_on (gconstpointer data)
{
  const Refused *test = data;
  QccProxyFixture *fixture = fixture_new (2, (const char *const[]){ test->certificate, NULL });

  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_gets_answer_of_second);
  qcc_proxy_fixture_wait_records (fixture, 1);
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[0]), ==, 2);
  /* No request, and so no key, was sent to a server that could be anybody. */
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 0);
  fixture_free (fixture);
}

static void
client_is_told_why (QccProxyFixture *fixture,
                    QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = ask (client);

  g_assert_cmpuint (answer->status, ==, 503);
  g_assert_nonnull (strstr (answer->body->str, "\"api_error\""));
  if (strstr (answer->body->str, current->words) == NULL)
    g_error ("“%s” does not say “%s”", answer->body->str, current->words);
}

/* Spec 2.9: the text names what was tried, here also why, since only the user can mend it. */
static void
test_refused_alone (gconstpointer data)
{
  QccProxyFixture *fixture;

  current = data;
  fixture = fixture_new (1, (const char *const[]){ current->certificate });
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_is_told_why);
  qcc_proxy_fixture_wait_records (fixture, 1);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[0]), ==, 0);
  fixture_free (fixture);
}

/* The CA file of one endpoint makes it trusted, and no other. */
static void
test_ca_file (gconstpointer data)
{
  gboolean is_first = GPOINTER_TO_INT (data);
  QccProxyFixture *fixture = fixture_new (2, (const char *const[]){ "private", "private" });
  g_autofree char *path = qcc_test_cert_path ("private-ca");
  g_autofree char *member = g_strdup_printf (",\"ca_file\":\"%s\"", path);
  g_autofree char *one = qcc_proxy_fixture_describe_endpoint (fixture, 0, is_first ? member : "");
  g_autofree char *two = qcc_proxy_fixture_describe_endpoint (fixture, 1, is_first ? "" : member);
  g_autofree char *profiles = g_strdup_printf ("{\"version\":1,\"default\":\"main\",\"profiles\":[{\"name\":\"main\","
                                               "\"strategy\":\"failover\",\"endpoints\":[%s,%s]}]}",
                                               one, two);

  qcc_proxy_fixture_start_with_profiles (fixture, profiles);
  qcc_proxy_fixture_run (fixture, is_first ? client_gets_answer_of_first : client_gets_answer_of_second);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[is_first ? 1 : 0]), ==, 0);
  fixture_free (fixture);
}

/* A CA file adds to the system's roots. */
static void
test_ca_file_adds (void)
{
  QccProxyFixture *fixture = fixture_new (1, (const char *const[]){ "good" });
  g_autofree char *path = qcc_test_cert_path ("private-ca");
  g_autofree char *member = g_strdup_printf (",\"ca_file\":\"%s\"", path);
  g_autofree char *one = qcc_proxy_fixture_describe_endpoint (fixture, 0, member);
  g_autofree char *profiles = g_strdup_printf ("{\"version\":1,\"default\":\"main\",\"profiles\":[{\"name\":\"main\","
                                               "\"strategy\":\"failover\",\"endpoints\":[%s]}]}",
                                               one);

  qcc_proxy_fixture_start_with_profiles (fixture, profiles);
  qcc_proxy_fixture_run (fixture, client_gets_answer_of_first);
  fixture_free (fixture);
}

/* Spec 2.4, also where an event may wait decrypted inside of the TLS library. */
static void
client_reads_before_next (QccProxyFixture *fixture,
                          QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = NULL;

  qcc_raw_client_post (client, "/v1/messages", "", QCC_STREAM_REQUEST);
  answer = qcc_raw_client_read_head (client);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *word = g_strdup_printf ("word%u", i);
      g_autofree char *gate = g_strdup_printf ("gate%u", i);

      qcc_raw_client_read_until (client, answer, word);
      qcc_fake_provider_release (fixture->providers[0], gate);
    }
  qcc_raw_client_read_rest (client, answer);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_nonnull (strstr (answer->body->str, "message_stop"));
}

static void
test_handshake (void)
{
  QccProxyFixture *fixture = fixture_new (1, (const char *const[]){ "good" });
  g_autoptr (GString) script = g_string_new ("message_start\nblock_start text\n");

  for (guint i = 0; i < 5; i++)
    g_string_append_printf (script, "delta word%u\nhold gate%u\n", i, i);
  g_string_append (script, "block_stop\nmessage_delta end_turn\nmessage_stop\n");
  qcc_proxy_fixture_script (fixture, 0, script->str);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_reads_before_next);
  qcc_proxy_fixture_wait_records (fixture, 1);
  fixture_free (fixture);
}

/* Cuts, with close_notify (fin) and without (reset). Before commit the other endpoint answers (spec 2.5), after it spec 2.6 holds. */
static void
client_gets_error_event (QccProxyFixture *fixture,
                         QccRawClient *client)
{
  g_autoptr (QccRawAnswer) answer = ask (client);

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpint (answer->end, ==, QCC_RAW_END_COMPLETE);
  g_assert_nonnull (strstr (answer->body->str, "event: error"));
}

typedef struct
{
  const char *name;
  const char *script;
  QccProxyTest client;
} Cut;

static const Cut cuts[] = {
  { "before-commit/close-notify", "message_start\nfin", client_gets_answer_of_second },
  { "before-commit/no-close-notify", "message_start\nreset", client_gets_answer_of_second },
  { "before-head/close-notify", "fin", client_gets_answer_of_second },
  { "before-head/no-close-notify", "reset", client_gets_answer_of_second },
  { "after-commit/close-notify", "message_start\nblock_start text\ndelta a\nfin", client_gets_error_event },
  { "after-commit/no-close-notify", "message_start\nblock_start text\ndelta a\nreset", client_gets_error_event },
};

static void
test_cut (gconstpointer data)
{
  const Cut *cut = data;
  QccProxyFixture *fixture = fixture_new (2, (const char *const[]){ "good", NULL });

  qcc_proxy_fixture_script (fixture, 0, cut->script);
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, cut->client);
  qcc_proxy_fixture_wait_records (fixture, 1);
  g_assert_cmpuint (qcc_fake_provider_get_n_requests (fixture->providers[1]), ==, cut->client == client_gets_error_event ? 0 : 1);
  fixture_free (fixture);
}

/* All of them are open before the first may end. */
static void
client_reads_many (QccProxyFixture *fixture,
                   QccRawClient *client)
{
  QccRawClient *clients[N_STREAMS];
  QccRawAnswer *answers[N_STREAMS];

  for (guint i = 0; i < N_STREAMS; i++)
    {
      clients[i] = qcc_proxy_fixture_connect (fixture);
      qcc_raw_client_post (clients[i], "/v1/messages", "", QCC_STREAM_REQUEST);
    }
  for (guint i = 0; i < N_STREAMS; i++)
    {
      answers[i] = qcc_raw_client_read_head (clients[i]);
      qcc_raw_client_read_until (clients[i], answers[i], "first");
    }
  qcc_fake_provider_release (fixture->providers[0], "rest");
  for (guint i = 0; i < N_STREAMS; i++)
    {
      qcc_raw_client_read_rest (clients[i], answers[i]);
      assert_answered_by (answers[i], "one");
      qcc_raw_answer_free (answers[i]);
      qcc_raw_client_free (clients[i]);
    }
}

static void
test_many (void)
{
  QccProxyFixture *fixture = fixture_new (1, (const char *const[]){ "good" });

  qcc_proxy_fixture_script (fixture, 0,
                            "message_start\nblock_start text\ndelta first\nhold rest\n"
                            "block_stop\nmessage_delta end_turn\nmessage_stop");
  qcc_proxy_fixture_start (fixture);
  qcc_proxy_fixture_run (fixture, client_reads_many);
  qcc_proxy_fixture_wait_records (fixture, N_STREAMS);
  g_assert_cmpuint (qcc_fake_provider_get_n_connections (fixture->providers[0]), ==, N_STREAMS);
  fixture_free (fixture);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy/tls/good", test_good);
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *goes_on = g_strconcat ("/proxy/tls/refused/goes-on/", refused[i].certificate, NULL);
      g_autofree char *alone = g_strconcat ("/proxy/tls/refused/alone/", refused[i].certificate, NULL);

      g_test_add_data_func (goes_on, &refused[i], test_refused_goes_on);
      g_test_add_data_func (alone, &refused[i], test_refused_alone);
    }
  g_test_add_data_func ("/proxy/tls/ca-file/of-first", GINT_TO_POINTER (TRUE), test_ca_file);
  g_test_add_data_func ("/proxy/tls/ca-file/of-second", GINT_TO_POINTER (FALSE), test_ca_file);
  g_test_add_func ("/proxy/tls/ca-file/adds", test_ca_file_adds);
  g_test_add_func ("/proxy/tls/handshake", test_handshake);
  for (gsize i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      g_autofree char *path = g_strconcat ("/proxy/tls/cut/", cuts[i].name, NULL);

      g_test_add_data_func (path, &cuts[i], test_cut);
    }
  g_test_add_func ("/proxy/tls/many", test_many);

  return g_test_run ();
}
