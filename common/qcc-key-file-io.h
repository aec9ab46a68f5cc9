/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What the file of keys needs from the system: to be read and written by nobody but the user, and replaced as a
 * whole. Every function blocks: for worker threads only.
 */

/* The content of the file in memory that is wiped. */
typedef struct
{
  char *text;   /* (owned) (nullable): secure memory */
  gsize size;   /* of the memory */
  gsize length; /* of the text in it */
} QccKeyFileContent;

void qcc_key_file_content_clear (QccKeyFileContent *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QccKeyFileContent, qcc_key_file_content_clear)

/* The right to change the file; -1 is none. */
typedef int QccKeyFileLock;

void qcc_key_file_lock_clear (QccKeyFileLock *lock);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QccKeyFileLock, qcc_key_file_lock_clear)

gboolean qcc_key_file_io_read (const char *path, QccKeyFileContent *content, GError **error);
gboolean qcc_key_file_io_replace (const char *path, const char *text, gsize length, GError **error);
QccKeyFileLock qcc_key_file_io_lock (const char *path, GError **error);

G_END_DECLS
