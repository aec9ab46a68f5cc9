/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * QccPolicyFileKey:
 *
 * A place in the file of a GKeyfileSettingsBackend.
 */
typedef struct
{
  char *path;  /* (owned): of the file */
  char *group; /* (owned) */
  char *key;   /* (owned) */
} QccPolicyFileKey;

QccPolicyFileKey *qcc_policy_file_key_new (GSettingsBackend *backend, GSettings *settings, const char *key);
void qcc_policy_file_key_free (QccPolicyFileKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccPolicyFileKey, qcc_policy_file_key_free)

gboolean qcc_policy_file_write (const QccPolicyFileKey *self, GVariant *value, GError **error);

G_END_DECLS
