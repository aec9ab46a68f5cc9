/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-token.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "common/qcc-json-member.h"
#include "common/qcc-random.h"
#include "common/qcc-secure-memory.h"

#define RANDOM_BYTES 32 /* 256 bits, spec 3.3 */

#define HASH_DIGITS (2 * QCC_TOKEN_SHA256_SIZE)

static const char digits[] = "0123456789abcdef";

/**
 * qcc_token_generate:
 *
 * Returns: (transfer full): a new token: `qcc-` and 256 random bits as 64 hexadecimal digits
 */
QccSecret *
qcc_token_generate (void)
{
  const gsize prefix_length = strlen (QCC_TOKEN_PREFIX);
  guint8 random[RANDOM_BYTES];
  char text[sizeof QCC_TOKEN_PREFIX - 1 + 2 * RANDOM_BYTES];
  QccSecret *token;

  qcc_random_fill (random, sizeof random);
  memcpy (text, QCC_TOKEN_PREFIX, prefix_length);
  for (gsize i = 0; i < sizeof random; i++)
    {
      text[prefix_length + 2 * i] = digits[random[i] >> 4];
      text[prefix_length + 2 * i + 1] = digits[random[i] & 15];
    }

  token = qcc_secret_new (text, sizeof text);
  qcc_secure_memory_wipe (random, sizeof random);
  qcc_secure_memory_wipe (text, sizeof text);

  return token;
}

/**
 * qcc_token_hash:
 * @token: a token's text
 *
 * Returns: (transfer full): its SHA-256 as 64 lower-case hexadecimal digits, which is what the profile file
 *   and the bus may know of it
 */
char *
qcc_token_hash (const QccSecret *token)
{
  g_return_val_if_fail (token != NULL, NULL);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, qcc_secret_peek (token), -1);
}

/**
 * qcc_token_name_is_valid:
 * @name: (nullable): a text
 *
 * Returns: whether @name is 1 to 64 of the characters `A-Za-z0-9._-`
 */
gboolean
qcc_token_name_is_valid (const char *name)
{
  gsize length = name != NULL ? strlen (name) : 0;

  return length >= 1 && length <= QCC_TOKEN_NAME_MAX &&
         strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") == length;
}

void
qcc_token_free (QccToken *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->name);
  g_free (self->profile);
  g_free (self);
}

static gboolean
parse_name (QccToken *self,
            JsonObject *object,
            GError **error)
{
  const char *name = NULL;

  if (!qcc_json_member_get_string (object, "name", &name, error))
    return FALSE;

  if (!qcc_token_name_is_valid (name))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("name: must be 1 to %d of the characters A-Z, a-z, 0-9, “.”, “_” and “-”"),
                   QCC_TOKEN_NAME_MAX);
      return FALSE;
    }

  self->name = g_strdup (name);
  return TRUE;
}

static gboolean
parse_hash (QccToken *self,
            JsonObject *object,
            GError **error)
{
  const char *text = NULL;

  if (!qcc_json_member_get_string (object, "sha256", &text, error))
    return FALSE;

  if (text == NULL || strlen (text) != HASH_DIGITS || strspn (text, digits) != HASH_DIGITS)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("sha256: must be %d lower-case hexadecimal digits; “qcc token add” writes them"),
                   HASH_DIGITS);
      return FALSE;
    }

  for (gsize i = 0; i < QCC_TOKEN_SHA256_SIZE; i++)
    self->sha256[i] = (guint8) (g_ascii_xdigit_value (text[2 * i]) << 4 | g_ascii_xdigit_value (text[2 * i + 1]));

  return TRUE;
}

static QccToken *
parse_token (JsonNode *node,
             GError **error)
{
  g_autoptr (QccToken) self = g_new0 (QccToken, 1);
  JsonObject *object = json_node_get_object (node);
  const char *profile = NULL;

  if (!parse_name (self, object, error) || !parse_hash (self, object, error) ||
      !qcc_json_member_get_string (object, "profile", &profile, error) ||
      !qcc_json_member_get_boolean (object, "cross", &self->cross, error))
    return NULL;

  self->profile = g_strdup (profile);
  return g_steal_pointer (&self);
}

static gboolean
check_unique (GPtrArray *tokens,
              const QccToken *token,
              guint index,
              GError **error)
{
  for (guint i = 0; i < tokens->len; i++)
    {
      const QccToken *other = g_ptr_array_index (tokens, i);

      if (g_str_equal (other->name, token->name))
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                       _ ("tokens[%u].name: another token has this name already"), index);
          return FALSE;
        }
      if (memcmp (other->sha256, token->sha256, QCC_TOKEN_SHA256_SIZE) == 0)
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                       _ ("tokens[%u].sha256: this is the same token as tokens[%u]"), index, i);
          return FALSE;
        }
    }

  return TRUE;
}

/**
 * qcc_tokens_new_from_json:
 * @array: the member `tokens` of a profile file (spec 11.2)
 * @error: return location for an error
 *
 * Unknown members are ignored. Whether the profiles exist is left to the caller.
 *
 * Possible errors: %QCC_ERROR_CORRUPT with a message that starts with the path of the member and never
 * repeats a value.
 *
 * Returns: (transfer full) (element-type QccToken): the tokens in the file's order
 */
GPtrArray *
qcc_tokens_new_from_json (JsonArray *array,
                          GError **error)
{
  g_autoptr (GPtrArray) tokens = g_ptr_array_new_with_free_func ((GDestroyNotify) qcc_token_free);

  g_return_val_if_fail (array != NULL, NULL);

  if (json_array_get_length (array) > QCC_TOKENS_MAX)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("tokens: there may be at most %d"), QCC_TOKENS_MAX);
      return NULL;
    }

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      g_autoptr (QccToken) token = NULL;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        {
          g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                       _ ("tokens[%u]: must be an object in braces, {...}"), i);
          return NULL;
        }

      token = parse_token (node, error);
      if (token == NULL)
        {
          g_prefix_error (error, "tokens[%u].", i);
          return NULL;
        }

      if (!check_unique (tokens, token, i, error))
        return NULL;
      g_ptr_array_add (tokens, g_steal_pointer (&token));
    }

  return g_steal_pointer (&tokens);
}

static guint
count_differences (const guint8 *one,
                   const guint8 *other)
{
  guint differences = 0;

  for (gsize i = 0; i < QCC_TOKEN_SHA256_SIZE; i++)
    differences |= one[i] ^ other[i];

  return differences;
}

/**
 * qcc_tokens_find:
 * @tokens: (element-type QccToken): tokens
 * @presented: what a client says its token is
 *
 * Compares with all of @tokens, and whole, so that the time tells nothing about any of them (spec 3.3).
 *
 * Returns: (transfer none) (nullable): the token that @presented is
 */
const QccToken *
qcc_tokens_find (GPtrArray *tokens,
                 const char *presented)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 sha256[QCC_TOKEN_SHA256_SIZE];
  gsize size = sizeof sha256;
  const QccToken *found = NULL;

  g_return_val_if_fail (tokens != NULL, NULL);
  g_return_val_if_fail (presented != NULL, NULL);

  g_checksum_update (checksum, (const guchar *) presented, -1);
  g_checksum_get_digest (checksum, sha256, &size);
  for (guint i = 0; i < tokens->len; i++)
    {
      const QccToken *token = g_ptr_array_index (tokens, i);

      if (count_differences (token->sha256, sha256) == 0)
        found = token;
    }

  return found;
}
