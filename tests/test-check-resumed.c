/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "tests/qcc-check-fixture.h"
#include "tests/qcc-tls-fixture.h"

/* GnuTLS resumes the TLS session that another endpoint at the same place has had, and asks nobody about the certificate
 * then. A connection that is only made, not used, must be refused all the same. */

static void
make_session (QccCheckFixture *fixture,
              guint port)
{
  g_autoptr (SoupSession) session = qcc_test_session_new_attached (fixture->trust_store, "private-ca");
  g_auto (QccTlsExchange) exchange = { NULL };

  qcc_tls_exchange_run (&exchange, session, SOUP_METHOD_GET, "127.0.0.1", port);
  g_assert_no_error (exchange.error);
}

static void
print_check (QccCheckFixture *fixture,
             guint port,
             const char *ca)
{
  g_autofree char *url = g_strdup_printf ("https://127.0.0.1:%u", port);
  g_autoptr (QccEndpoint) endpoint = qcc_check_fixture_create_endpoint (url);
  const QccCheckResult *result;

  endpoint->ca_file = ca != NULL ? qcc_test_cert_path (ca) : NULL;
  qcc_endpoint_entry_set_endpoint (fixture->entry, endpoint, fixture->trust_store);
  result = qcc_check_fixture_run (fixture, QCC_CHECK_CONNECT);
  g_print ("%s: %s\n", result->passed ? "passed" : result->verdict.rule, result->detail);
}

/* A program of its own without g_test_init(), since glib-networking resumes no TLS session in a test program. */
static int
run_client (guint port)
{
  g_autoptr (QccCheckFixture) fixture = qcc_check_fixture_new (NULL);

  fixture->options.max_tries = 1;
  make_session (fixture, port);
  print_check (fixture, port, "private-ca");
  print_check (fixture, port, NULL);

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
  client = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "--client", port, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (client, NULL, NULL, &output, NULL, &error);
  g_subprocess_force_exit (server);
  g_subprocess_wait (server, NULL, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (client));

  lines = g_strsplit (output, "\n", 0);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_true (g_str_has_prefix (lines[0], "passed: "));
  g_assert_true (g_str_has_prefix (lines[1], "tls: "));
  g_assert_nonnull (strstr (lines[1], QCC_TEST_UNTRUSTED));
}

int
main (int argc,
      char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--client"))
    return run_client ((guint) g_ascii_strtoull (argv[2], NULL, 10));

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_data_func ("/check-resumed/connect", argv[0], test_resumed);

  return g_test_run ();
}
