/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-fake-request.h"

/**
 * qcc_fake_header_new:
 * @name: a name
 * @value: its value
 *
 * Returns: (transfer full): a header
 */
QccFakeHeader *
qcc_fake_header_new (const char *name,
                     const char *value)
{
  QccFakeHeader *self = g_new0 (QccFakeHeader, 1);

  self->name = g_strdup (name);
  self->value = g_strdup (value);
  return self;
}

/**
 * qcc_fake_header_free:
 * @self: (transfer full): a header
 */
void
qcc_fake_header_free (QccFakeHeader *self)
{
  g_free (self->name);
  g_free (self->value);
  g_free (self);
}

static void
request_clear (gpointer data)
{
  QccFakeRequest *self = data;

  g_free (self->method);
  g_free (self->target);
  g_free (self->version);
  g_ptr_array_unref (self->headers);
  g_bytes_unref (self->body);
  g_free (self->problem);
}

/**
 * qcc_fake_request_new:
 * @connection: number of the connection
 * @number: number of the request on it
 *
 * Returns: (transfer full): a request without anything in it, for the one who reads it to fill
 */
QccFakeRequest *
qcc_fake_request_new (guint connection,
                      guint number)
{
  QccFakeRequest *self = g_atomic_rc_box_new0 (QccFakeRequest);

  self->method = g_strdup ("");
  self->target = g_strdup ("");
  self->version = g_strdup ("");
  self->headers = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_fake_header_free);
  self->body = g_bytes_new (NULL, 0);
  self->connection = connection;
  self->number = number;
  return self;
}

/**
 * qcc_fake_request_ref:
 * @self: a request
 *
 * Returns: (transfer full): @self
 */
QccFakeRequest *
qcc_fake_request_ref (QccFakeRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

/**
 * qcc_fake_request_unref:
 * @self: (transfer full): a request
 */
void
qcc_fake_request_unref (QccFakeRequest *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, request_clear);
}

/**
 * qcc_fake_request_get_header:
 * @self: a request
 * @name: a header's name, in any case
 *
 * Returns: (transfer none) (nullable): the value of the first header of that name
 */
const char *
qcc_fake_request_get_header (const QccFakeRequest *self,
                             const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = 0; i < self->headers->len; i++)
    {
      const QccFakeHeader *header = g_ptr_array_index (self->headers, i);

      if (g_ascii_strcasecmp (header->name, name) == 0)
        return header->value;
    }

  return NULL;
}

/**
 * qcc_fake_request_header_has_token:
 * @self: a request
 * @name: name of a header that is a list divided by commas
 * @token: what to look for, in any case
 *
 * Returns: whether the first header of that name lists @token
 */
gboolean
qcc_fake_request_header_has_token (const QccFakeRequest *self,
                                   const char *name,
                                   const char *token)
{
  const char *value = qcc_fake_request_get_header (self, name);
  g_auto (GStrv) tokens = NULL;

  g_return_val_if_fail (token != NULL, FALSE);

  if (value == NULL)
    return FALSE;

  tokens = g_strsplit (value, ",", -1);
  for (guint i = 0; tokens[i] != NULL; i++)
    {
      if (g_ascii_strcasecmp (g_strstrip (tokens[i]), token) == 0)
        return TRUE;
    }

  return FALSE;
}

/**
 * qcc_fake_request_dup_path:
 * @self: a request
 *
 * Returns: (transfer full): its target without the query
 */
char *
qcc_fake_request_dup_path (const QccFakeRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_strndup (self->target, strcspn (self->target, "?"));
}

/* Returns: the place after the string that begins at @p, at most @end */
static const char *
skip_string (const char *p,
             const char *end)
{
  for (p++; p < end && *p != '"'; p++)
    {
      if (*p == '\\')
        p++;
    }

  return MIN (p + 1, end);
}

/**
 * qcc_fake_request_dup_member:
 * @self: a request with a JSON object as its body
 * @name: name of a member, without characters that JSON escapes
 *
 * Looks at the top level only. It scans instead of parsing, since benchmarks send bodies of many megabytes.
 *
 * Returns: (transfer full) (nullable): the member's value as it stands in the body; %NULL when it is not there
 */
char *
qcc_fake_request_dup_member (const QccFakeRequest *self,
                             const char *name)
{
  g_autofree char *quoted = NULL;
  const char *value = NULL;
  gboolean is_key = FALSE;
  guint depth = 0;
  const char *p;
  const char *end;
  gsize length;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  quoted = g_strdup_printf ("\"%s\"", name);
  p = g_bytes_get_data (self->body, &length);
  end = p + length;

  for (const char *next; p < end; p = next)
    {
      next = *p == '"' ? skip_string (p, end) : p + 1;

      if (depth == 1 && value != NULL && (*p == ',' || *p == '}'))
        return g_strstrip (g_strndup (value, (gsize) (p - value)));

      if (depth == 1 && is_key && *p == ':')
        value = next;
      else if (*p == '{' || *p == '[')
        depth++;
      else if ((*p == '}' || *p == ']') && depth > 0)
        depth--;

      if (!g_ascii_isspace (*p))
        is_key = (gsize) (next - p) == strlen (quoted) && strncmp (p, quoted, (gsize) (next - p)) == 0;
    }

  return NULL;
}
