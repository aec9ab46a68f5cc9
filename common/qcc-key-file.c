/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-key-file.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "common/qcc-error.h"
#include "common/qcc-json-member.h"
#include "common/qcc-json.h"
#include "common/qcc-key-file-io.h"
#include "common/qcc-key-store.h"
#include "common/qcc-secure-memory.h"

#define KEY_FILE_VERSION 1

static gboolean
check_document (JsonNode *root,
                GError **error)
{
  JsonObject *keys = NULL;
  int version = 0;

  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("it must be one object in braces, {...}"));
      return FALSE;
    }

  if (!qcc_json_member_get_int (json_node_get_object (root), "version", 1, G_MAXINT, &version, error) ||
      !qcc_json_member_get_object (json_node_get_object (root), "keys", &keys, error))
    return FALSE;

  if (version != KEY_FILE_VERSION)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                   _ ("version: it must be %d; a higher one was written by a newer QCC, so update QCC"),
                   KEY_FILE_VERSION);
      return FALSE;
    }

  return TRUE;
}

/* Returns the whole document; without a file %NULL, no error and @out_lacks. */
static JsonNode *
load (const char *path,
      gboolean *out_lacks,
      GError **error)
{
  g_auto (QccKeyFileContent) content = { NULL, 0, 0 };
  g_autoptr (JsonNode) root = NULL;

  *out_lacks = FALSE;
  if (!qcc_key_file_io_read (path, &content, error))
    return NULL;

  if (content.text == NULL)
    {
      *out_lacks = TRUE;
      return NULL;
    }

  root = qcc_json_parse (content.text, (gssize) content.length, error);
  if (root == NULL || !check_document (root, error))
    {
      g_prefix_error (error, _ ("the key file %s is damaged; mend it, or remove it and set the keys anew: "), path);
      return NULL;
    }

  return g_steal_pointer (&root);
}

/* Returns (transfer none) (nullable): the member `keys` of what load() returned. */
static JsonObject *
peek_keys (JsonNode *root)
{
  JsonNode *keys = json_object_get_member (json_node_get_object (root), "keys");

  return keys != NULL ? json_node_get_object (keys) : NULL;
}

static gboolean
save (const char *path,
      JsonNode *root,
      GError **error)
{
  g_autofree char *text = json_to_string (root, TRUE);
  gsize length = strlen (text);
  gboolean ok = qcc_key_file_io_replace (path, text, length, error);

  qcc_secure_memory_wipe (text, length);
  return ok;
}

/**
 * qcc_key_file_lookup:
 * @path: (type filename): the file
 * @id: the id of an endpoint, or %QCC_KEY_ID_DEFAULT_TOKEN
 * @error: return location for an error
 *
 * json-glib's copies of the keys are freed without being wiped; the content of the file is wiped.
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND, %QCC_ERROR_REFUSED when others can read the file
 * or exchange it, %QCC_ERROR_CORRUPT when it is damaged, %QCC_ERROR_UNAVAILABLE when it cannot be read.
 *
 * Returns: (transfer full): the key
 */
QccSecret *
qcc_key_file_lookup (const char *path,
                     const char *id,
                     GError **error)
{
  g_autoptr (JsonNode) root = NULL;
  JsonObject *keys;
  const char *key = NULL;
  QccSecret *secret = NULL;
  gboolean lacks;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (id != NULL, NULL);

  root = load (path, &lacks, error);
  if (root == NULL && !lacks)
    return NULL;

  keys = root != NULL ? peek_keys (root) : NULL;
  if (keys == NULL || !json_object_has_member (keys, id))
    {
      qcc_key_store_set_not_found (error, id);
      return NULL;
    }

  if (qcc_json_member_get_string (keys, id, &key, NULL))
    secret = qcc_secret_new_key (key, -1, NULL);
  if (secret == NULL)
    g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                 _ ("what the file %s has for %s is not a valid key; set it anew with “qcc keys set ID”"), path, id);

  return secret;
}

/**
 * qcc_key_file_create_empty:
 * @path: (type filename): the file; its folder is created when needed
 * @error: return location for an error
 *
 * Makes a file without keys, which is how the user says that keys may be in a file (spec 11.3). One that is
 * there already is only checked.
 *
 * Possible errors: %QCC_ERROR_REFUSED, %QCC_ERROR_CORRUPT, %QCC_ERROR_UNAVAILABLE.
 *
 * Returns: whether there is a file that can be used
 */
gboolean
qcc_key_file_create_empty (const char *path,
                           GError **error)
{
  g_auto (QccKeyFileLock) locked = -1;
  g_autoptr (JsonNode) root = NULL;
  gboolean lacks;

  g_return_val_if_fail (path != NULL, FALSE);

  locked = qcc_key_file_io_lock (path, error);
  if (locked < 0)
    return FALSE;

  root = load (path, &lacks, error);
  if (!lacks)
    return root != NULL;

  root = qcc_json_parse ("{\"version\":1,\"keys\":{}}", -1, error);
  return root != NULL && save (path, root, error);
}

static gboolean
fail_not_chosen (const char *id,
                 const QccSecret *secret,
                 GError **error)
{
  if (secret == NULL)
    qcc_key_store_set_not_found (error, id);
  else
    g_set_error_literal (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                         _ ("the key file is not in use; to keep keys in a file that only you can read, run “qcc keys file”"));

  return FALSE;
}

/**
 * qcc_key_file_change:
 * @path: (type filename): the file
 * @id: the id of an endpoint, or %QCC_KEY_ID_DEFAULT_TOKEN
 * @secret: (nullable): the new key, or %NULL to remove the one that is there
 * @error: return location for an error
 *
 * Replaces the file as a whole, so that a reader sees the state before or after, also when the program is
 * killed. Members that this version does not know stay.
 *
 * Possible errors: those of qcc_key_file_lookup(), %QCC_ERROR_NOT_FOUND only when a key is to be removed;
 * %QCC_ERROR_UNAVAILABLE also when there is no file to store a key in, see qcc_key_file_create_empty().
 * The file is then as it was before.
 *
 * Returns: whether the file is changed
 */
gboolean
qcc_key_file_change (const char *path,
                     const char *id,
                     const QccSecret *secret,
                     GError **error)
{
  g_auto (QccKeyFileLock) locked = -1;
  g_autoptr (JsonNode) root = NULL;
  JsonObject *keys;
  gboolean lacks;

  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (id != NULL, FALSE);

  /* The lock would make the folder. */
  if (!g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    return fail_not_chosen (id, secret, error);

  locked = qcc_key_file_io_lock (path, error);
  if (locked < 0)
    return FALSE;

  root = load (path, &lacks, error);
  if (lacks)
    return fail_not_chosen (id, secret, error);
  if (root == NULL)
    return FALSE;

  keys = peek_keys (root);
  if (secret == NULL && (keys == NULL || !json_object_has_member (keys, id)))
    {
      qcc_key_store_set_not_found (error, id);
      return FALSE;
    }

  if (keys == NULL)
    {
      keys = json_object_new ();
      json_object_set_object_member (json_node_get_object (root), "keys", keys);
    }

  if (secret != NULL)
    json_object_set_string_member (keys, id, qcc_secret_peek (secret));
  else
    json_object_remove_member (keys, id);

  return save (path, root, error);
}
