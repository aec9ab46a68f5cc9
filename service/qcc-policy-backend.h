/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * QccPolicyStorage:
 *
 * What a GSettingsBackend does with a value.
 */
typedef enum
{
  QCC_POLICY_STORAGE_OTHER,
  QCC_POLICY_STORAGE_DCONF,   /* the user's database, written by a daemon */
  QCC_POLICY_STORAGE_KEYFILE, /* a file */
  QCC_POLICY_STORAGE_MEMORY,  /* forgotten at exit */
  QCC_POLICY_STORAGE_REGISTRY,
} QccPolicyStorage;

/**
 * QccPolicyBackend:
 *
 * Where settings are kept.
 */
typedef struct
{
  GSettingsBackend *settings; /* (owned) */
  GDBusConnection *bus;       /* (owned) (nullable): held for dconf */
  char *notice;               /* (owned) (nullable): why it is not the one that one would expect */
} QccPolicyBackend;

void qcc_policy_backend_choose (QccPolicyBackend *backend);
void qcc_policy_backend_clear (QccPolicyBackend *backend);
QccPolicyStorage qcc_policy_backend_get_storage (GSettingsBackend *settings);
const char *qcc_policy_storage_to_string (QccPolicyStorage storage);

G_END_DECLS
