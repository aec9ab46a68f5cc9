/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-trust-store.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "service/qcc-tls-errors.h"
#include "service/qcc-trust-database.h"

/* qcc-trust-database.c says why GIO's own databases are too dear and why ours never says "no errors". So:
 *
 *  - The back end's default database becomes one that trusts nothing. It is what a connection gets when it is
 *    constructed, before libsoup gives it that of its session; without a session's it stays and refuses.
 *  - A session gets a database of its own, the roots and the endpoint's CA file, so that no endpoint's CA is
 *    ever seen by another. The handlers below hold no state: they ask the very connection.
 *  - A connection is looked at in "accept-certificate" and again after the handshake. GnuTLS has no certificate
 *    step when it resumes a TLS session, and keeps the tickets of the whole process by address, host and port:
 *    an endpoint would inherit the trust of another one at the same place, or of its own CA file of ten minutes
 *    ago. The back end does verify the certificate then, for "peer-certificate-errors", and ignores the result.
 *    OpenSSL asks in "accept-certificate" every time.
 */

/* The certificates of one file, as they were when its stamp was taken. */
typedef struct
{
  char *etag;                 /* (owned) (nullable): changes with the time of modification */
  goffset size;               /* bytes */
  QccTrustDatabase *database; /* (owned): the roots and the file's certificates */
} CaFile;

struct _QccTrustStore
{
  GTlsBackend *backend;     /* (owned) */
  GTlsDatabase *roots;      /* (owned) (nullable): NULL until the first https endpoint */
  QccTrustDatabase *system; /* (owned) (nullable): @roots and nothing else */
  GHashTable *ca_files;     /* (owned) (element-type filename CaFile) */
};

static void
ca_file_free (CaFile *ca_file)
{
  g_free (ca_file->etag);
  g_object_unref (ca_file->database);
  g_free (ca_file);
}

static gboolean
connection_is_trusted (GTlsConnection *connection,
                       GTlsCertificateFlags errors)
{
  /* What another database means by these errors is not known. */
  return QCC_IS_TRUST_DATABASE (g_tls_connection_get_database (connection)) &&
         errors == QCC_TRUST_DATABASE_ACCEPTED;
}

static gboolean
on_accept_certificate (GTlsConnection *connection,
                       GTlsCertificate *chain,
                       GTlsCertificateFlags errors,
                       gpointer user_data)
{
  return connection_is_trusted (connection, errors);
}

static void
prepare_handshake (GTlsConnection *connection)
{
  const char *protocols[] = { "http/1.1", NULL };

  /* libsoup also offers h2 (spec 2.12). */
  g_tls_connection_set_advertised_protocols (connection, protocols);
  g_signal_connect (connection, "accept-certificate", G_CALLBACK (on_accept_certificate), NULL);
}

static void
check_handshake (GTlsConnection *connection)
{
  g_autoptr (GIOStream) base = NULL;

  if (connection_is_trusted (connection, g_tls_connection_get_peer_certificate_errors (connection)))
    return;

  /* The handshake cannot be made to fail any more, so the socket goes away before libsoup, which
   * called us, can write the request with its credentials to it. */
  g_debug ("A resumed TLS session with an endpoint that is not trusted is closed");
  g_object_get (connection, "base-io-stream", &base, NULL);
  g_io_stream_close (base, NULL, NULL);
}

static void
on_network_event (SoupMessage *message,
                  GSocketClientEvent event,
                  GIOStream *connection,
                  gpointer user_data)
{
  if (!G_IS_TLS_CLIENT_CONNECTION (connection))
    return;

  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING)
    prepare_handshake (G_TLS_CONNECTION (connection));
  else if (event == G_SOCKET_CLIENT_TLS_HANDSHAKED)
    check_handshake (G_TLS_CONNECTION (connection));
}

static void
on_request_queued (SoupSession *session,
                   SoupMessage *message,
                   gpointer user_data)
{
  g_signal_connect (message, "network-event", G_CALLBACK (on_network_event), NULL);
}

static gboolean
load_roots (QccTrustStore *self,
            GError **error)
{
  if (self->roots != NULL)
    return TRUE;

  if (!g_tls_backend_supports_tls (self->backend))
    {
      g_set_error_literal (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                           _ ("HTTPS is not available here. Install glib-networking and start QCC again."));
      return FALSE;
    }

  /* Not g_tls_backend_get_default_database(): that is the one that trusts nothing. */
  self->roots = G_TLS_BACKEND_GET_INTERFACE (self->backend)->get_default_database (self->backend);
  if (self->roots == NULL)
    {
      g_set_error_literal (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                           _ ("The system's root certificates could not be loaded, so no HTTPS server can be "
                              "trusted. Install them (package ca-certificates)."));
      return FALSE;
    }
  self->system = qcc_trust_database_new (self->roots, NULL);

  return TRUE;
}

static CaFile *
load_ca_file (QccTrustStore *self,
              const char *path,
              GFileInfo *info,
              GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GTlsDatabase) extra = NULL;
  CaFile *loaded;

  extra = g_tls_file_database_new (path, &local_error);
  if (extra == NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("The CA file “%s” is not usable. It must be readable and hold certificates in "
                      "PEM form: %s"),
                   path, local_error->message);
      return NULL;
    }

  loaded = g_new0 (CaFile, 1);
  loaded->etag = g_strdup (g_file_info_get_etag (info));
  loaded->size = g_file_info_get_size (info);
  loaded->database = qcc_trust_database_new (self->roots, extra);

  return loaded;
}

/* (transfer none): valid until the next call for the same @path */
static QccTrustDatabase *
get_database_for_file (QccTrustStore *self,
                       const char *path,
                       GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GFile) file = NULL;
  g_autoptr (GFileInfo) info = NULL;
  CaFile *known, *loaded;

  if (!g_path_is_absolute (path))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                   _ ("The CA file “%s” must be given with its full path."), path);
      return NULL;
    }

  /* The stamp is taken before the file is read: a change in between is seen by the next call. */
  file = g_file_new_for_path (path);
  info = g_file_query_info (file, G_FILE_ATTRIBUTE_ETAG_VALUE "," G_FILE_ATTRIBUTE_STANDARD_SIZE,
                            G_FILE_QUERY_INFO_NONE, NULL, &local_error);
  if (info == NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND,
                   _ ("The CA file “%s” cannot be read. Put it back or change the endpoint: %s"),
                   path, local_error->message);
      return NULL;
    }

  known = g_hash_table_lookup (self->ca_files, path);
  if (known != NULL && known->size == g_file_info_get_size (info) &&
      g_strcmp0 (known->etag, g_file_info_get_etag (info)) == 0)
    return known->database;

  loaded = load_ca_file (self, path, info, error);
  if (loaded == NULL)
    return NULL;
  g_hash_table_replace (self->ca_files, g_strdup (path), loaded);

  return loaded->database;
}

/**
 * qcc_trust_store_new:
 * @backend: the back end of all TLS connections, normally that of g_tls_backend_get_default()
 *
 * Makes the default database of @backend one that trusts nothing, for as long as the process lives. So this
 * must be called before the first TLS connection is made, and from then on a client connection is refused
 * unless its session was given to qcc_trust_store_attach(). That includes connections that GIO makes by
 * itself, i.e. those to an upstream proxy with an https URL.
 *
 * No certificate is loaded yet: a process whose endpoints are all http never pays for them.
 *
 * Returns: (transfer full): a trust store
 */
QccTrustStore *
qcc_trust_store_new (GTlsBackend *backend)
{
  QccTrustStore *self;
  g_autoptr (QccTrustDatabase) nothing = NULL;

  g_return_val_if_fail (G_IS_TLS_BACKEND (backend), NULL);

  nothing = qcc_trust_database_new (NULL, NULL);
  g_tls_backend_set_default_database (backend, G_TLS_DATABASE (nothing));

  self = g_rc_box_new0 (QccTrustStore);
  self->backend = g_object_ref (backend);
  self->ca_files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ca_file_free);

  return self;
}

/**
 * qcc_trust_store_ref:
 * @self: a trust store
 *
 * Returns: (transfer full): @self
 */
QccTrustStore *
qcc_trust_store_ref (QccTrustStore *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_rc_box_acquire (self);
}

static void
qcc_trust_store_clear (QccTrustStore *self)
{
  g_clear_object (&self->system);
  g_clear_object (&self->roots);
  g_clear_object (&self->backend);
  g_clear_pointer (&self->ca_files, g_hash_table_unref);
}

/**
 * qcc_trust_store_unref:
 * @self: (transfer full): a trust store
 *
 * Sessions that it was attached to keep working; the default database goes on to trust nothing.
 */
void
qcc_trust_store_unref (QccTrustStore *self)
{
  g_return_if_fail (self != NULL);

  g_rc_box_release_full (self, (GDestroyNotify) qcc_trust_store_clear);
}

/**
 * qcc_trust_store_attach:
 * @self: a trust store
 * @session: the session of one endpoint, whose base URL is https
 * @ca_file: (nullable) (type filename): the endpoint's CA file: absolute path of a PEM file
 * @error: return location
 *
 * Makes the new TLS connections of @session speak HTTP/1.1 only (spec 2.12), and only with servers whose
 * certificate is good for the system's roots or for the certificates in @ca_file. Call it before a message is
 * queued. It may be called again, then with the file as it is now; connections that exist stay as they are.
 * A session must not be shared by endpoints with different CA files.
 *
 * When the server is refused the request fails before anything of it was written: with
 * %G_TLS_ERROR_BAD_CERTIFICATE, or with an error of the %G_IO_ERROR domain if the TLS session was resumed.
 * qcc_trust_store_explain() has the reason.
 *
 * This blocks: the first call loads the system's roots (15 ms), the first one with a CA file reads that, as
 * does one after its size or time of modification changed. Else a CA file costs one look at its attributes.
 *
 * Possible errors, with which @session is as before: %QCC_ERROR_UNAVAILABLE without a TLS back end or root
 * certificates, and for a CA file %QCC_ERROR_INVALID_ARGUMENT, %QCC_ERROR_NOT_FOUND or %QCC_ERROR_CORRUPT.
 *
 * Returns: %TRUE on success
 */
gboolean
qcc_trust_store_attach (QccTrustStore *self,
                        SoupSession *session,
                        const char *ca_file,
                        GError **error)
{
  QccTrustDatabase *database;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (SOUP_IS_SESSION (session), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!load_roots (self, error))
    return FALSE;

  database = ca_file != NULL ? get_database_for_file (self, ca_file, error) : self->system;
  if (database == NULL)
    return FALSE;

  soup_session_set_tls_database (session, G_TLS_DATABASE (database));
  g_signal_handlers_disconnect_by_func (session, on_request_queued, NULL);
  g_signal_connect (session, "request-queued", G_CALLBACK (on_request_queued), NULL);

  return TRUE;
}

/**
 * qcc_trust_store_explain:
 * @message: a message that failed
 * @error: (nullable): what it failed with; %NULL for a connection that was only made, not used
 *
 * Tells whether a request failed, or would fail, because the server's certificate is refused. To be used instead of
 * soup_message_get_tls_peer_certificate_errors(), which never says 0 for a session that a store is attached to.
 *
 * Returns: (transfer full) (nullable): the reasons in words, as qcc_tls_errors_to_text(), or %NULL if the
 *   certificate was not the reason
 */
char *
qcc_trust_store_explain (SoupMessage *message,
                         const GError *error)
{
  GTlsCertificateFlags errors;

  g_return_val_if_fail (SOUP_IS_MESSAGE (message), NULL);

  /* A refusal of a resumed session is not reported as an error of TLS. */
  errors = soup_message_get_tls_peer_certificate_errors (message);
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE) ||
      (errors != 0 && errors != QCC_TRUST_DATABASE_ACCEPTED))
    return qcc_tls_errors_to_text (errors);

  return NULL;
}
