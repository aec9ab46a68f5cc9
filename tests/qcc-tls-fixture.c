/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/qcc-tls-fixture.h"

/* @name: a file of make-certs.sh, without its ending */
char *
qcc_test_cert_path (const char *name)
{
  return g_strconcat (TEST_CERTS_DIR G_DIR_SEPARATOR_S, name, ".pem", NULL);
}

/* Returns: (transfer full): a session as the service uses it for one upstream connection, without trust in anything */
SoupSession *
qcc_test_session_new (GProxyResolver *proxy)
{
  SoupSession *session = soup_session_new_with_options ("max-conns", 1, "max-conns-per-host", 1, "timeout", 0,
                                                        "idle-timeout", 30, "proxy-resolver", proxy, NULL);

  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);

  return session;
}

/* @ca: (nullable): a file of make-certs.sh that is the CA file */
SoupSession *
qcc_test_session_new_attached (QccTrustStore *store,
                               const char *ca)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *ca_file = ca != NULL ? qcc_test_cert_path (ca) : NULL;
  SoupSession *session = qcc_test_session_new (NULL);
  gboolean attached = qcc_trust_store_attach (store, session, ca_file, &error);

  g_assert_no_error (error);
  g_assert_true (attached);

  return session;
}

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  QccTlsProvider *self = user_data;

  self->requests++;
  self->version = soup_server_message_get_http_version (message);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "ok", 2);
}

void
qcc_tls_provider_start (QccTlsProvider *self,
                        const char *certificate)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = qcc_test_cert_path (certificate);
  g_autoptr (GTlsCertificate) loaded = g_tls_certificate_new_from_file (path, &error);
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSList) listeners = NULL;
  g_autoptr (GSocketAddress) bound = NULL;

  g_assert_no_error (error);
  self->server = soup_server_new ("tls-certificate", loaded, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  soup_server_listen (self->server, any_port, SOUP_SERVER_LISTEN_HTTPS, &error);
  g_assert_no_error (error);

  listeners = soup_server_get_listeners (self->server);
  bound = g_socket_get_local_address (listeners->data, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

void
qcc_tls_provider_clear (QccTlsProvider *self)
{
  g_clear_object (&self->server);
}

static void
on_sent (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  QccTlsExchange *self = user_data;

  self->body = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &self->error);
  self->done = TRUE;
}

/* @message: (transfer full) */
void
qcc_tls_exchange_run_message (QccTlsExchange *self,
                              SoupSession *session,
                              SoupMessage *message)
{
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT | SOUP_MESSAGE_COLLECT_METRICS);
  self->message = message;
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_sent, self);
  while (!self->done)
    g_main_context_iteration (NULL, TRUE);
}

void
qcc_tls_exchange_run (QccTlsExchange *self,
                      SoupSession *session,
                      const char *method,
                      const char *host,
                      guint port)
{
  g_autofree char *uri = g_strdup_printf ("https://%s:%u/v1/messages", host, port);

  qcc_tls_exchange_run_message (self, session, soup_message_new (method, uri));
}

void
qcc_tls_exchange_assert_answered (const QccTlsExchange *self)
{
  g_assert_no_error (self->error);
  g_assert_cmpuint (soup_message_get_status (self->message), ==, SOUP_STATUS_OK);
}

/* Refused in the handshake, for a reason that has @words in its text. */
void
qcc_tls_exchange_assert_refused (const QccTlsExchange *self,
                                 const char *words)
{
  g_autofree char *reasons = NULL;

  g_assert_error (self->error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  reasons = qcc_trust_store_explain (self->message, self->error);
  g_assert_nonnull (reasons);
  if (strstr (reasons, words) == NULL)
    g_error ("“%s” does not say “%s”", reasons, words);
}

void
qcc_tls_exchange_clear (QccTlsExchange *self)
{
  g_clear_object (&self->message);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_error (&self->error);
  self->done = FALSE;
}

/**
 * qcc_tls_start_resuming_server:
 * @port: (out) (transfer full): where it listens on 127.0.0.1
 *
 * Its certificate is `private`.
 *
 * Returns: (transfer full): a server that answers four connections and has tickets for TLS sessions, unlike GIO's
 */
GSubprocess *
qcc_tls_start_resuming_server (char **port)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *certificate = qcc_test_cert_path ("private");
  g_autoptr (GDataInputStream) output = NULL;
  const char *argv[] = {
    TEST_OPENSSL, "s_server", "-accept", "127.0.0.1:0", "-naccept", "4", "-www", "-tls1_3",
    "-cert", certificate, "-key", certificate, NULL
  };
  GSubprocess *server;

  server = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (server));
  *port = NULL;
  while (*port == NULL)
    {
      g_autofree char *line = g_data_input_stream_read_line (output, NULL, NULL, NULL);

      g_assert_nonnull (line);
      if (g_str_has_prefix (line, "ACCEPT 127.0.0.1:"))
        *port = g_strdup (line + strlen ("ACCEPT 127.0.0.1:"));
    }

  return server;
}
