/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-trust-store.h"

#include "tests/qcc-fake-backend.h"
#include "tests/qcc-tls-fixture.h"

/* A store whose "system" knows the CA in root-ca.pem and no other. */
typedef struct
{
  QccTrustStore *store; /* (owned) */
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  g_autofree char *roots_file = qcc_test_cert_path ("root-ca");
  g_autoptr (QccFakeBackend) backend = qcc_fake_backend_new (roots_file, TRUE);

  fixture->store = qcc_trust_store_new (G_TLS_BACKEND (backend));
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  qcc_trust_store_unref (fixture->store);
}

static void
test_http1 (Fixture *fixture,
            gconstpointer data)
{
  g_auto (QccTlsProvider) provider = { NULL };
  g_autoptr (SoupSession) any = qcc_test_session_new (NULL);
  g_autoptr (SoupSession) attached = qcc_test_session_new_attached (fixture->store, NULL);
  g_autofree char *roots_file = qcc_test_cert_path ("root-ca");
  g_autoptr (GTlsDatabase) roots = g_tls_file_database_new (roots_file, NULL);
  g_auto (QccTlsExchange) exchange = { NULL };

  qcc_tls_provider_start (&provider, "good");

  /* The server prefers h2 where the client offers it. */
  soup_session_set_tls_database (any, roots);
  qcc_tls_exchange_run (&exchange, any, SOUP_METHOD_POST, "localhost", provider.port);
  qcc_tls_exchange_assert_answered (&exchange);
  g_assert_cmpint (provider.version, ==, SOUP_HTTP_2_0);

  qcc_tls_exchange_clear (&exchange);
  qcc_tls_exchange_run (&exchange, attached, SOUP_METHOD_POST, "localhost", provider.port);
  qcc_tls_exchange_assert_answered (&exchange);
  g_assert_cmpint (provider.version, ==, SOUP_HTTP_1_1);
}

static gpointer
pump_to_client (gpointer data)
{
  GIOStream **ends = data;

  g_output_stream_splice (g_io_stream_get_output_stream (ends[0]), g_io_stream_get_input_stream (ends[1]),
                          G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL);

  return NULL;
}

/* A proxy that knows CONNECT only; runs in a thread per connection. */
static gboolean
on_proxy_connection (GThreadedSocketService *service,
                     GSocketConnection *client,
                     GObject *source,
                     gpointer user_data)
{
  guint *tunnels = user_data;
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (client)));
  g_autofree char *request = NULL;
  g_auto (GStrv) words = NULL;
  g_autoptr (GSocketClient) connector = g_socket_client_new ();
  g_autoptr (GSocketConnection) upstream = NULL;
  GIOStream *ends[] = { G_IO_STREAM (client), NULL };
  GThread *thread;

  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  request = g_data_input_stream_read_line (input, NULL, NULL, NULL);
  g_assert_true (g_str_has_prefix (request, "CONNECT "));
  for (gboolean end = FALSE; !end;)
    {
      g_autofree char *line = g_data_input_stream_read_line (input, NULL, NULL, NULL);

      g_assert_nonnull (line);
      end = *line == '\0';
    }

  g_socket_client_set_enable_proxy (connector, FALSE);
  g_atomic_int_inc (tunnels);
  words = g_strsplit (request, " ", 3);
  upstream = g_socket_client_connect_to_host (connector, words[1], 443, NULL, NULL);
  g_assert_nonnull (upstream);
  g_output_stream_write_all (g_io_stream_get_output_stream (ends[0]), "HTTP/1.1 200 OK\r\n\r\n", 19, NULL, NULL, NULL);

  ends[1] = G_IO_STREAM (upstream);
  thread = g_thread_new ("pump", pump_to_client, ends);
  g_output_stream_splice (g_io_stream_get_output_stream (ends[1]), g_io_stream_get_input_stream (ends[0]),
                          G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL);
  g_socket_shutdown (g_socket_connection_get_socket (upstream), TRUE, TRUE, NULL);
  g_thread_join (thread);

  return TRUE;
}

static void
test_through_proxy (Fixture *fixture,
                    gconstpointer data)
{
  guint tunnels = 0;
  g_autoptr (GSocketService) service = g_threaded_socket_service_new (4);
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GProxyResolver) resolver = NULL;
  const char *certificates[] = { "private", "wrong-host", "good" };

  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (service), any_port, G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_TCP, NULL, &bound, NULL));
  uri = g_strdup_printf ("http://127.0.0.1:%u", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  resolver = g_simple_proxy_resolver_new (uri, NULL);
  g_signal_connect (service, "run", G_CALLBACK (on_proxy_connection), &tunnels);

  for (gsize i = 0; i < G_N_ELEMENTS (certificates); i++)
    {
      g_autoptr (SoupSession) session = qcc_test_session_new (resolver);
      g_auto (QccTlsProvider) provider = { NULL };
      g_auto (QccTlsExchange) exchange = { NULL };

      qcc_tls_provider_start (&provider, certificates[i]);
      g_assert_true (qcc_trust_store_attach (fixture->store, session, NULL, NULL));
      qcc_tls_exchange_run (&exchange, session, SOUP_METHOD_POST, "localhost", provider.port);
      g_assert_cmpint (g_atomic_int_get (&tunnels), ==, (int) i + 1);
      if (i == 0)
        qcc_tls_exchange_assert_refused (&exchange, QCC_TEST_UNTRUSTED);
      else if (i == 1)
        qcc_tls_exchange_assert_refused (&exchange, QCC_TEST_OTHER_HOST);
      else
        qcc_tls_exchange_assert_answered (&exchange);
    }
}

static char *
describe_resumption (const char *ca,
                     const QccTlsExchange *exchange)
{
  g_autofree char *reasons = NULL;
  g_autofree char *page = NULL;

  if (exchange->error != NULL)
    {
      SoupMessageMetrics *metrics = soup_message_get_metrics (exchange->message);

      reasons = qcc_trust_store_explain (exchange->message, exchange->error);
      return g_strdup_printf ("%s: %s, %" G_GUINT64_FORMAT " bytes sent, %s", ca,
                              g_quark_to_string (exchange->error->domain),
                              soup_message_metrics_get_request_header_bytes_sent (metrics), reasons);
    }

  /* s_server answers with a page about the connection. */
  page = g_strndup (g_bytes_get_data (exchange->body, NULL), g_bytes_get_size (exchange->body));
  return g_strdup_printf ("%s: %s", ca, strstr (page, "\nReused, TLSv1.3") != NULL ? "resumed" : "new");
}

/* The client of test_resumed(), a line for each request. It is a program of its own without g_test_init(), since
 * glib-networking resumes no TLS session in a test program. */
static int
run_resuming_client (guint port)
{
  const char *cas[] = { "private-ca", "private-ca", NULL, "expired-ca" };
  Fixture fixture;

  set_up (&fixture, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cas); i++)
    {
      g_autoptr (SoupSession) session = qcc_test_session_new_attached (fixture.store, cas[i]);
      g_auto (QccTlsExchange) exchange = { NULL };
      g_autofree char *line = NULL;

      qcc_tls_exchange_run (&exchange, session, SOUP_METHOD_GET, "127.0.0.1", port);
      line = describe_resumption (cas[i] != NULL ? cas[i] : "no CA file", &exchange);
      g_print ("%s\n", line);
    }
  tear_down (&fixture, NULL);

  return 0;
}

static void
test_resumed (gconstpointer data)
{
  const char *program = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *port = NULL;
  g_autofree char *output = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GSubprocess) server = NULL;
  g_autoptr (GSubprocess) client = NULL;

  if (!g_str_equal (G_OBJECT_TYPE_NAME (g_tls_backend_get_default ()), "GTlsBackendGnutls"))
    {
      g_test_skip ("only GnuTLS resumes TLS sessions without asking about the certificate");
      return;
    }

  server = qcc_tls_start_resuming_server (&port);
  client = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "--resuming-client", port, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (client, NULL, NULL, &output, NULL, &error);
  g_subprocess_force_exit (server);
  g_subprocess_wait (server, NULL, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (client));

  lines = g_strsplit (output, "\n", 0);
  g_assert_cmpuint (g_strv_length (lines), ==, 5);
  g_assert_cmpstr (lines[0], ==, "private-ca: new");
  g_assert_cmpstr (lines[1], ==, "private-ca: resumed");
  /* The error is not one of the handshake, so these were resumed too. */
  g_assert_true (g_str_has_prefix (lines[2], "no CA file: g-io-error-quark, 0 bytes sent, "));
  g_assert_nonnull (strstr (lines[2], QCC_TEST_UNTRUSTED));
  g_assert_true (g_str_has_prefix (lines[3], "expired-ca: g-io-error-quark, 0 bytes sent, "));
  g_assert_nonnull (strstr (lines[3], QCC_TEST_UNTRUSTED));
}

int
main (int argc,
      char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--resuming-client"))
    return run_resuming_client (g_ascii_strtoull (argv[2], NULL, 10));

  /* Lets SoupServer offer h2. */
  g_setenv ("SOUP_SERVER_HTTP2", "1", TRUE);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add ("/trust-connection/http1", Fixture, NULL, set_up, test_http1, tear_down);
  g_test_add ("/trust-connection/through-proxy", Fixture, NULL, set_up, test_through_proxy, tear_down);
  g_test_add_data_func ("/trust-connection/resumed", argv[0], test_resumed);

  return g_test_run ();
}
