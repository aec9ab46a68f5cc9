/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "common/qcc-enums.h"

G_BEGIN_DECLS

/**
 * QccPolicyValues:
 *
 * All settings that the data path asks for, at one moment. Durations are seconds, sizes bytes;
 * the schema documents each and bounds it.
 */
typedef struct
{
  char *host; /* (owned) */
  guint port;
  GStrv allowed_origins; /* (owned) */
  GLogLevelFlags log_level;
  gboolean access_log;
  gboolean transparent;
  guint connect_timeout;
  guint first_byte_timeout;
  guint idle_timeout;
  guint exchange_timeout;
  gsize max_body_size;
  guint max_upstream_per_endpoint;
  QccStrategy strategy;
  gboolean fallback_enabled;
} QccPolicyValues;

#define QCC_TYPE_POLICY (qcc_policy_get_type ())
G_DECLARE_FINAL_TYPE (QccPolicy, qcc_policy, QCC, POLICY, GObject)

QccPolicy *qcc_policy_new (GSettingsBackend *backend, GError **error);

const QccPolicyValues *qcc_policy_get_values (QccPolicy *self);
GSettings *qcc_policy_get_child (QccPolicy *self, const char *name);

G_END_DECLS
