/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-options.h"

#define COUNT_TOKENS_PATH "/v1/messages/count_tokens"

/**
 * qcc_fake_options_clear:
 * @self: options; all are unset afterwards
 */
void
qcc_fake_options_clear (QccFakeOptions *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->key_variable);
  g_strfreev (self->script_files);
  g_free (self->count_tokens_file);
  g_free (self->certificate_file);
  g_free (self->port_file);
  g_free (self->record_file);
  *self = (QccFakeOptions){ 0 };
}

/* Loads @file for one of the next requests for messages if @once, else for all requests to @path. */
static gboolean
load_script (QccFakeProvider *provider,
             const char *file,
             const char *path,
             gboolean once,
             GError **error)
{
  g_autofree char *script = NULL;
  gboolean loaded;

  if (!g_file_get_contents (file, &script, NULL, error))
    return FALSE;

  if (once)
    loaded = qcc_fake_provider_push_script (provider, script, error);
  else
    loaded = qcc_fake_provider_set_script (provider, path, script, error);
  if (!loaded)
    g_prefix_error (error, "%s: ", file);

  return loaded;
}

static gboolean
load_scripts (const QccFakeOptions *self,
              QccFakeProvider *provider,
              GError **error)
{
  for (char **file = self->script_files; file != NULL && *file != NULL; file++)
    if (!load_script (provider, *file, NULL, file[1] != NULL, error))
      return FALSE;

  return self->count_tokens_file == NULL ||
         load_script (provider, self->count_tokens_file, COUNT_TOKENS_PATH, FALSE, error);
}

/**
 * qcc_fake_options_create_provider:
 * @self: options
 * @error: return location for an error
 *
 * Possible errors: those of g_tls_certificate_new_from_file(), qcc_fake_provider_set_script() and
 * qcc_fake_provider_start(), #GFileError codes of reading scripts and of writing the port.
 *
 * Returns: (transfer full): a provider that listens, %NULL on failure
 */
QccFakeProvider *
qcc_fake_options_create_provider (const QccFakeOptions *self,
                                  GError **error)
{
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (QccFakeProvider) provider = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->certificate_file != NULL)
    {
      certificate = g_tls_certificate_new_from_file (self->certificate_file, error);
      if (certificate == NULL)
        return NULL;
    }

  provider = qcc_fake_provider_new (certificate);
  qcc_fake_provider_set_recording (provider, self->record_file != NULL);
  if (self->key_variable != NULL)
    qcc_fake_provider_set_key (provider, g_getenv (self->key_variable));
  if (!load_scripts (self, provider, error) || !qcc_fake_provider_start (provider, (guint16) self->port, error))
    return NULL;

  if (self->port_file != NULL)
    {
      g_autofree char *text = g_strdup_printf ("%u\n", qcc_fake_provider_get_port (provider));

      if (!g_file_set_contents (self->port_file, text, -1, error))
        return NULL;
    }

  return g_steal_pointer (&provider);
}

/**
 * qcc_fake_options_write_record:
 * @self: options
 * @provider: what qcc_fake_options_create_provider() made, stopped
 * @error: return location for an error
 *
 * Writes the record if there is to be one. It has a line for each request, in the order in which they came: the
 * method, the target, and `stream` or `unary` for what its body asks for. Neither headers nor bodies, which hold
 * keys and conversations.
 *
 * Possible errors: #GFileError codes of writing.
 *
 * Returns: whether nothing went wrong
 */
gboolean
qcc_fake_options_write_record (const QccFakeOptions *self,
                               QccFakeProvider *provider,
                               GError **error)
{
  g_autoptr (GString) text = NULL;
  guint n_requests;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (QCC_IS_FAKE_PROVIDER (provider), FALSE);

  if (self->record_file == NULL)
    return TRUE;

  text = g_string_new (NULL);
  n_requests = qcc_fake_provider_get_n_requests (provider);
  for (guint i = 0; i < n_requests; i++)
    {
      g_autoptr (QccFakeRequest) request = qcc_fake_provider_get_request (provider, i);
      g_autofree char *stream = qcc_fake_request_dup_member (request, "stream");

      g_string_append_printf (text, "%s %s %s\n", request->method, request->target,
                              g_strcmp0 (stream, "true") == 0 ? "stream" : "unary");
    }

  return g_file_set_contents (self->record_file, text->str, (gssize) text->len, error);
}
