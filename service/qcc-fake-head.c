/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-head.h"

static const struct
{
  guint status;
  const char *reason;
} reasons[] = {
  { 200, "OK" },
  { 204, "No Content" },
  { 301, "Moved Permanently" },
  { 302, "Found" },
  { 304, "Not Modified" },
  { 307, "Temporary Redirect" },
  { 308, "Permanent Redirect" },
  { 400, "Bad Request" },
  { 401, "Unauthorized" },
  { 402, "Payment Required" },
  { 403, "Forbidden" },
  { 404, "Not Found" },
  { 405, "Method Not Allowed" },
  { 408, "Request Timeout" },
  { 413, "Payload Too Large" },
  { 422, "Unprocessable Entity" },
  { 429, "Too Many Requests" },
  { 500, "Internal Server Error" },
  { 501, "Not Implemented" },
  { 502, "Bad Gateway" },
  { 503, "Service Unavailable" },
  { 504, "Gateway Timeout" },
};

/**
 * qcc_fake_head_init:
 * @self: (out caller-allocates): a head
 *
 * Makes it the head of a chunked 200 of HTTP/1.1.
 */
void
qcc_fake_head_init (QccFakeHead *self)
{
  g_return_if_fail (self != NULL);

  *self = (QccFakeHead){
    .minor_version = 1,
    .status = 200,
    .framing = QCC_FAKE_FRAMING_CHUNKED,
    .encoding = QCC_FAKE_ENCODING_IDENTITY,
    .headers = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_fake_header_free),
    .defaults = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_fake_header_free),
  };
}

/**
 * qcc_fake_head_clear:
 * @self: a head; to be initialised before it is used again
 */
void
qcc_fake_head_clear (QccFakeHead *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->reason, g_free);
  g_clear_pointer (&self->headers, g_ptr_array_unref);
  g_clear_pointer (&self->defaults, g_ptr_array_unref);
}

/**
 * qcc_fake_head_set_framing:
 * @self: a head
 * @framing: what the script says about its body's end
 */
void
qcc_fake_head_set_framing (QccFakeHead *self,
                           QccFakeFraming framing)
{
  g_return_if_fail (self != NULL);

  self->framing = framing;
  self->framing_is_set = TRUE;
}

/**
 * qcc_fake_head_add_header:
 * @self: a head
 * @name: a name
 * @value: its value
 *
 * Adds a header that the script asks for, even if there is one of that name.
 */
void
qcc_fake_head_add_header (QccFakeHead *self,
                          const char *name,
                          const char *value)
{
  g_return_if_fail (self != NULL);

  g_ptr_array_add (self->headers, qcc_fake_header_new (name, value));
}

static const char *
find_header (GPtrArray *headers,
             const char *name)
{
  for (guint i = 0; i < headers->len; i++)
    {
      const QccFakeHeader *header = g_ptr_array_index (headers, i);

      if (g_ascii_strcasecmp (header->name, name) == 0)
        return header->value;
    }

  return NULL;
}

/**
 * qcc_fake_head_add_default:
 * @self: a head
 * @name: a name
 * @value: its value
 *
 * Adds a header that belongs to the kind of body. It is sent unless the script has one of that name, and of several
 * defaults with one name the first.
 */
void
qcc_fake_head_add_default (QccFakeHead *self,
                           const char *name,
                           const char *value)
{
  g_return_if_fail (self != NULL);

  if (find_header (self->defaults, name) == NULL)
    g_ptr_array_add (self->defaults, qcc_fake_header_new (name, value));
}

/**
 * qcc_fake_head_get_header:
 * @self: a head
 * @name: a header's name, in any case
 *
 * Returns: (transfer none) (nullable): the value that the script gave it
 */
const char *
qcc_fake_head_get_header (const QccFakeHead *self,
                          const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return find_header (self->headers, name);
}

/**
 * qcc_fake_head_allows_body:
 * @self: a head
 * @method: the request's method
 *
 * Returns: whether HTTP lets a body follow (RFC 9112, 6.3)
 */
gboolean
qcc_fake_head_allows_body (const QccFakeHead *self,
                           const char *method)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return !g_str_equal (method, "HEAD") && self->status >= 200 && self->status != 204 && self->status != 304;
}

static const char *
get_reason (const QccFakeHead *self)
{
  if (self->reason != NULL)
    return self->reason;

  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      if (reasons[i].status == self->status)
        return reasons[i].reason;
    }

  return "Unknown";
}

/* Adds a header of the fake's own, where the script has none of that name. */
static void
append_default (GString *head,
                const QccFakeHead *self,
                const char *name,
                const char *value)
{
  if (qcc_fake_head_get_header (self, name) == NULL)
    g_string_append_printf (head, "%s: %s\r\n", name, value);
}

static void
append_length (GString *head,
               const QccFakeHead *self,
               guint64 length)
{
  g_autofree char *value = g_strdup_printf ("%" G_GUINT64_FORMAT, length);

  append_default (head, self, "Content-Length", value);
}

static void
append_framing (GString *head,
                const QccFakeHead *self,
                guint64 length)
{
  if (self->status < 200 || self->status == 204 || self->status == 304)
    return;

  switch (self->framing)
    {
    case QCC_FAKE_FRAMING_CHUNKED:
      append_default (head, self, "Transfer-Encoding", "chunked");
      break;
    case QCC_FAKE_FRAMING_LENGTH:
      append_length (head, self, length);
      break;
    case QCC_FAKE_FRAMING_ANNOUNCED:
      append_length (head, self, self->content_length);
      break;
    case QCC_FAKE_FRAMING_CLOSE:
      break;
    }
}

/**
 * qcc_fake_head_build:
 * @self: a head
 * @length: length of the body, for %QCC_FAKE_FRAMING_LENGTH
 * @connection: (nullable): value of the Connection header
 *
 * Returns: (transfer full): the bytes of the head: the script's headers in its order, then the fake's
 */
char *
qcc_fake_head_build (const QccFakeHead *self,
                     guint64 length,
                     const char *connection)
{
  GString *head;

  g_return_val_if_fail (self != NULL, NULL);

  head = g_string_new (NULL);
  g_string_append_printf (head, "HTTP/1.%u %u %s\r\n", self->minor_version, self->status, get_reason (self));
  for (guint i = 0; i < self->headers->len; i++)
    {
      const QccFakeHeader *header = g_ptr_array_index (self->headers, i);

      g_string_append_printf (head, "%s: %s\r\n", header->name, header->value);
    }

  for (guint i = 0; i < self->defaults->len; i++)
    {
      const QccFakeHeader *header = g_ptr_array_index (self->defaults, i);

      append_default (head, self, header->name, header->value);
    }
  if (self->encoding != QCC_FAKE_ENCODING_IDENTITY)
    append_default (head, self, "Content-Encoding", qcc_fake_encoding_get_name (self->encoding));
  append_framing (head, self, length);
  if (connection != NULL)
    append_default (head, self, "Connection", connection);
  g_string_append (head, "\r\n");

  return g_string_free (head, FALSE);
}
