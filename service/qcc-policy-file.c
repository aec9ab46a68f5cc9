/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_SETTINGS_ENABLE_BACKEND
#include "service/qcc-policy-file.h"

#include <errno.h>
#include <string.h>

#include <gio/gsettingsbackend.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/*
 * Writes the file of GKeyfileSettingsBackend beside it. GLib 2.74's own writing loses everything
 * when the disk is full: what could not be written whole is renamed over the old file all the
 * same. It also happens on the main loop, and overwrites what another program put there meanwhile.
 * The backend watches its file and so learns of the new value as of any other change.
 */

/**
 * qcc_policy_file_key_new:
 * @backend: a GKeyfileSettingsBackend
 * @settings: settings that are kept there
 * @key: a key of them
 *
 * Returns: (transfer full): where @key stands
 */
QccPolicyFileKey *
qcc_policy_file_key_new (GSettingsBackend *backend,
                         GSettings *settings,
                         const char *key)
{
  QccPolicyFileKey *self = g_new0 (QccPolicyFileKey, 1);
  g_autofree char *root_path = NULL;
  g_autofree char *root_group = NULL;
  g_autofree char *path = NULL;

  g_object_get (backend, "filename", &self->path, "root-path", &root_path, "root-group", &root_group, NULL);
  g_object_get (settings, "path", &path, NULL);
  g_assert (g_str_has_prefix (path, root_path));

  /* A path ends with a slash, a group does not. */
  if (g_str_equal (path, root_path))
    self->group = g_strdup (root_group);
  else
    self->group = g_strndup (path + strlen (root_path), strlen (path) - strlen (root_path) - 1);
  self->key = g_strdup (key);

  return self;
}

void
qcc_policy_file_key_free (QccPolicyFileKey *self)
{
  g_free (self->path);
  g_free (self->group);
  g_free (self->key);
  g_free (self);
}

static gboolean
load (GKeyFile *file,
      const char *path,
      GError **error)
{
  const GKeyFileFlags flags = G_KEY_FILE_KEEP_COMMENTS | G_KEY_FILE_KEEP_TRANSLATIONS;
  g_autoptr (GError) local_error = NULL;

  if (g_key_file_load_from_file (file, path, flags, &local_error) ||
      g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;

  g_propagate_prefixed_error (error, g_steal_pointer (&local_error), _ ("%s cannot be read: "), path);
  return FALSE;
}

static gboolean
make_folder (const char *path,
             GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int code;

  if (g_mkdir_with_parents (folder, 0700) == 0)
    return TRUE;

  code = errno;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), _ ("the folder %s cannot be made: %s"), folder,
               g_strerror (code));
  return FALSE;
}

/**
 * qcc_policy_file_write:
 * @self: where to write
 * @value: (nullable): the value; %NULL removes what is there
 * @error: return location for an error
 *
 * Blocks. Whatever happens, the file is the old one or the new one. What others have written
 * there stays; a file that cannot be understood is left alone.
 *
 * Possible errors: those of #GFileError and #GKeyFileError.
 *
 * Returns: whether the file says so now
 */
gboolean
qcc_policy_file_write (const QccPolicyFileKey *self,
                       GVariant *value,
                       GError **error)
{
  const GFileSetContentsFlags flags = G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE;
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *present = NULL;
  g_autofree char *text = value != NULL ? g_variant_print (value, FALSE) : NULL;
  g_autofree char *data = NULL;
  gsize length;

  if (!load (file, self->path, error))
    return FALSE;

  present = g_key_file_get_value (file, self->group, self->key, NULL);
  if (g_strcmp0 (present, text) == 0)
    return TRUE;

  if (text != NULL)
    g_key_file_set_value (file, self->group, self->key, text);
  else
    g_key_file_remove_key (file, self->group, self->key, NULL);
  data = g_key_file_to_data (file, &length, NULL);

  if (!make_folder (self->path, error))
    return FALSE;

  /* lint: allow loop: for a worker thread */
  return g_file_set_contents_full (self->path, data, (gssize) length, flags, 0600, error);
}
