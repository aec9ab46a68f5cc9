/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-secret.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "common/qcc-secure-memory.h"

struct _QccSecret
{
  char *text; /* (owned): secure memory, ends with a NUL */
  gsize size; /* of @text, with the NUL */
};

/**
 * qcc_secret_new:
 * @text: a text without NUL
 * @length: its length in bytes, or -1 when it ends with a NUL
 *
 * Copies @text into memory that is not swapped or dumped. Wiping @text is left to the caller.
 *
 * Returns: (transfer full): a new secret
 */
QccSecret *
qcc_secret_new (const char *text,
                gssize length)
{
  QccSecret *self;
  gsize n_bytes;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (length >= -1, NULL);

  n_bytes = length >= 0 ? (gsize) length : strlen (text);

  self = g_atomic_rc_box_new0 (QccSecret);
  self->size = n_bytes + 1;
  self->text = qcc_secure_memory_alloc (self->size);
  memcpy (self->text, text, n_bytes);

  return self;
}

static gboolean
check_key (const char *text,
           gsize length,
           GError **error)
{
  gboolean ok = length >= 1 && length <= QCC_SECRET_KEY_MAX;

  for (gsize i = 0; ok && i < length; i++)
    ok = g_ascii_isgraph (text[i]);

  if (!ok)
    g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT,
                 _ ("a key must be 1 to %d visible ASCII characters without spaces and line breaks"),
                 QCC_SECRET_KEY_MAX);

  return ok;
}

/**
 * qcc_secret_new_key:
 * @text: a key as somebody gave it; one line break at its end is not part of it
 * @length: its length in bytes, or -1 when it ends with a NUL
 * @error: return location for an error
 *
 * Like qcc_secret_new(), for what is sent as the value of a header: 1 to %QCC_SECRET_KEY_MAX bytes of
 * visible ASCII.
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT, which does not repeat @text.
 *
 * Returns: (transfer full): a new secret
 */
QccSecret *
qcc_secret_new_key (const char *text,
                    gssize length,
                    GError **error)
{
  gsize n_bytes;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (length >= -1, NULL);

  n_bytes = length >= 0 ? (gsize) length : strlen (text);
  if (n_bytes > 0 && text[n_bytes - 1] == '\n')
    n_bytes--;
  if (n_bytes > 0 && text[n_bytes - 1] == '\r')
    n_bytes--;

  if (!check_key (text, n_bytes, error))
    return NULL;

  return qcc_secret_new (text, (gssize) n_bytes);
}

/**
 * qcc_secret_ref:
 * @self: a secret
 *
 * Returns: (transfer full): @self
 */
QccSecret *
qcc_secret_ref (QccSecret *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
secret_clear (gpointer data)
{
  QccSecret *self = data;

  qcc_secure_memory_free (self->text, self->size);
}

/**
 * qcc_secret_unref:
 * @self: (transfer full): a secret
 */
void
qcc_secret_unref (QccSecret *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, secret_clear);
}

/**
 * qcc_secret_peek:
 * @self: a secret
 *
 * Returns: (transfer none): the text, as long as @self lives; a copy of it must be wiped
 */
const char *
qcc_secret_peek (const QccSecret *self)
{
  g_return_val_if_fail (self != NULL, "");

  return self->text;
}

/* How many bytes at the beginning of @data are @text, as it is or with the backslashes of JSON; 0 when they are not. */
static gsize
match_quoted (const char *text,
              const guint8 *data,
              gsize length)
{
  gsize n_bytes = strlen (text);
  gsize i = 0;

  if (n_bytes <= length && memcmp (data, text, n_bytes) == 0)
    return n_bytes;

  for (const char *p = text; *p != '\0'; p++, i++)
    {
      if (i + 1 < length && data[i] == '\\' && data[i + 1] == (guint8) *p && strchr ("\"\\/", *p) != NULL)
        i++;
      if (i >= length || data[i] != (guint8) *p)
        return 0;
    }

  return i;
}

/**
 * qcc_secret_mask:
 * @self: (nullable): a secret
 * @data: (array length=length): text from outside that may quote the secret
 * @length: its length in bytes
 *
 * Puts asterisks in the place of the secret, wherever it stands as a whole, be it plain or as JSON may escape it with
 * backslashes. The length stays.
 */
void
qcc_secret_mask (const QccSecret *self,
                 guint8 *data,
                 gsize length)
{
  g_return_if_fail (data != NULL || length == 0);

  for (gsize i = 0; self != NULL && i < length; i++)
    memset (data + i, '*', match_quoted (self->text, data + i, length - i));
}

/**
 * qcc_secret_is_empty:
 * @self: a secret
 *
 * Returns: whether the text has no characters
 */
gboolean
qcc_secret_is_empty (const QccSecret *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return *self->text == '\0';
}

/**
 * qcc_secret_check_key:
 * @self: a secret
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_INVALID_ARGUMENT, which does not repeat the text.
 *
 * Returns: whether @self is what qcc_secret_new_key() would accept
 */
gboolean
qcc_secret_check_key (const QccSecret *self,
                      GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return check_key (self->text, self->size - 1, error);
}
