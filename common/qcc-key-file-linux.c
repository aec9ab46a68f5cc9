/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qcc-key-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "common/qcc-error.h"
#include "common/qcc-json-member.h"
#include "common/qcc-json.h"
#include "common/qcc-key-store.h"
#include "common/qcc-secure-memory.h"

#define KEY_FILE_VERSION 1
#define KEY_FILE_MODE 0600
#define KEY_DIRECTORY_MODE 0700

/* Room for a key of the largest size for each endpoint that the profile file can have, twice. */
#define KEY_FILE_SIZE_MAX (8 * 1024 * 1024)

/* A descriptor that closes itself: -1 is none. */
typedef int Descriptor;

static void
descriptor_close (Descriptor *fd)
{
  if (*fd >= 0)
    g_close (*fd, NULL);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Descriptor, descriptor_close)

/* The content of a file in memory that is wiped. */
typedef struct
{
  char *text;   /* (owned) (nullable): secure memory */
  gsize size;   /* of the memory */
  gsize length; /* of the text in it */
} Content;

static void
content_clear (Content *self)
{
  if (self->text != NULL)
    qcc_secure_memory_free (self->text, self->size);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Content, content_clear)

static gboolean
fail_with_errno (const char *path,
                 int saved_errno,
                 GError **error)
{
  g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("the key file %s cannot be used: %s"), path,
               g_strerror (saved_errno));
  return FALSE;
}

/* Judges the file that is open, so that it cannot be exchanged in between. */
static gboolean
check_safe (const char *path,
            const struct stat *info,
            GError **error)
{
  g_autofree char *quoted = NULL;

  if (!S_ISREG (info->st_mode))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED, _ ("the key file %s is not a regular file; remove it"),
                   path);
      return FALSE;
    }

  if ((info->st_mode & 077) != 0)
    {
      quoted = g_shell_quote (path);
      g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
                   _ ("others can read the key file, so it is not used; run: chmod 600 %s"), quoted);
      return FALSE;
    }

  if (info->st_size > KEY_FILE_SIZE_MAX)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT, _ ("the key file %s is larger than %d MiB"), path,
                   KEY_FILE_SIZE_MAX / (1024 * 1024));
      return FALSE;
    }

  return TRUE;
}

/* Leaves @content without text when there is no file. */
static gboolean
read_content (const char *path,
              Content *content,
              GError **error)
{
  g_auto (Descriptor) fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  struct stat info;

  if (fd < 0)
    return errno == ENOENT ? TRUE : fail_with_errno (path, errno, error);

  if (fstat (fd, &info) != 0)
    return fail_with_errno (path, errno, error);
  if (!check_safe (path, &info, error))
    return FALSE;

  content->size = (gsize) info.st_size + 1;
  content->text = qcc_secure_memory_alloc (content->size);
  while (content->length < (gsize) info.st_size)
    {
      gssize n_read = read (fd, content->text + content->length, (gsize) info.st_size - content->length);

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        return fail_with_errno (path, errno, error);
      if (n_read == 0)
        break;
      content->length += (gsize) n_read;
    }

  return TRUE;
}

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

/* Returns the whole document, an empty one when there is no file. */
static JsonNode *
load (const char *path,
      GError **error)
{
  g_auto (Content) content = { NULL, 0, 0 };
  g_autoptr (JsonNode) root = NULL;

  if (!read_content (path, &content, error))
    return NULL;

  if (content.text != NULL)
    root = qcc_json_parse (content.text, (gssize) content.length, error);
  else
    root = qcc_json_parse ("{\"version\":1,\"keys\":{}}", -1, error);
  if (root == NULL || !check_document (root, error))
    {
      g_prefix_error (error, _ ("the key file %s is damaged: "), path);
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
  g_autoptr (GError) local_error = NULL;
  g_autofree char *text = json_to_string (root, TRUE);
  gsize length = strlen (text);
  gboolean ok;

  /* lint: allow loop: runs on worker threads only */
  ok = g_file_set_contents_full (path, text, (gssize) length,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, KEY_FILE_MODE,
                                 &local_error);
  qcc_secure_memory_wipe (text, length);
  if (!ok)
    g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("the key file cannot be written: %s"),
                 local_error->message);

  return ok;
}

/*
 * Changes by several threads and programs go one after the other. The lock is on a file of its own, since
 * the key file is replaced by each change.
 */
static Descriptor
lock (const char *path,
      GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *lock_path = g_strconcat (path, ".lock", NULL);
  g_auto (Descriptor) fd = -1;
  Descriptor locked;
  int result;

  if (g_mkdir_with_parents (directory, KEY_DIRECTORY_MODE) != 0)
    {
      fail_with_errno (path, errno, error);
      return -1;
    }

  fd = g_open (lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, KEY_FILE_MODE);
  if (fd < 0)
    {
      fail_with_errno (lock_path, errno, error);
      return -1;
    }

  do
    result = flock (fd, LOCK_EX);
  while (result != 0 && errno == EINTR);

  if (result != 0)
    {
      fail_with_errno (lock_path, errno, error);
      return -1;
    }

  locked = fd;
  fd = -1;
  return locked;
}

/**
 * qcc_key_file_lookup:
 * @path: (type filename): the file
 * @endpoint_id: the id of an endpoint
 * @error: return location for an error
 *
 * json-glib's copies of the keys are freed without being wiped; the content of the file is wiped.
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND, %QCC_ERROR_REFUSED when others can read the file,
 * %QCC_ERROR_CORRUPT when it is damaged, %QCC_ERROR_UNAVAILABLE when it cannot be read.
 *
 * Returns: (transfer full): the key
 */
QccSecret *
qcc_key_file_lookup (const char *path,
                     const char *endpoint_id,
                     GError **error)
{
  g_autoptr (JsonNode) root = NULL;
  JsonObject *keys;
  const char *key = NULL;
  QccSecret *secret = NULL;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (endpoint_id != NULL, NULL);

  root = load (path, error);
  if (root == NULL)
    return NULL;

  keys = peek_keys (root);
  if (keys == NULL || !json_object_has_member (keys, endpoint_id))
    {
      qcc_key_store_set_not_found (error, endpoint_id);
      return NULL;
    }

  if (qcc_json_member_get_string (keys, endpoint_id, &key, NULL))
    secret = qcc_secret_new_key (key, -1, NULL);
  if (secret == NULL)
    g_set_error (error, QCC_ERROR, QCC_ERROR_CORRUPT,
                 _ ("the key of the endpoint %s in the file %s is not valid"), endpoint_id, path);

  return secret;
}

/**
 * qcc_key_file_change:
 * @path: (type filename): the file; it and its folder are created when needed
 * @endpoint_id: the id of an endpoint
 * @secret: (nullable): the new key, or %NULL to remove the one that is there
 * @error: return location for an error
 *
 * Replaces the file as a whole, so that a reader sees the state before or after, also when the program is
 * killed. Members that this version does not know stay.
 *
 * Possible errors: those of qcc_key_file_lookup(), %QCC_ERROR_NOT_FOUND only when a key is to be removed.
 * The file is then as it was before.
 *
 * Returns: whether the file is changed
 */
gboolean
qcc_key_file_change (const char *path,
                     const char *endpoint_id,
                     const QccSecret *secret,
                     GError **error)
{
  g_auto (Descriptor) locked = -1;
  g_autoptr (JsonNode) root = NULL;
  JsonObject *keys;

  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (endpoint_id != NULL, FALSE);

  locked = lock (path, error);
  if (locked < 0)
    return FALSE;

  root = load (path, error);
  if (root == NULL)
    return FALSE;

  keys = peek_keys (root);
  if (secret == NULL && (keys == NULL || !json_object_has_member (keys, endpoint_id)))
    {
      qcc_key_store_set_not_found (error, endpoint_id);
      return FALSE;
    }

  if (keys == NULL)
    {
      keys = json_object_new ();
      json_object_set_object_member (json_node_get_object (root), "keys", keys);
    }

  if (secret != NULL)
    json_object_set_string_member (keys, endpoint_id, qcc_secret_peek (secret));
  else
    json_object_remove_member (keys, endpoint_id);

  return save (path, root, error);
}
