/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "common/qcc-enums.h"

G_BEGIN_DECLS

/**
 * QccPolicyValues:
 *
 * All settings that the service itself asks for, at one moment. Durations are seconds, sizes bytes;
 * the schema documents each and bounds it.
 */
typedef struct
{
  char *host; /* (owned) */
  guint port;
  GStrv allowed_origins; /* (owned) */
  GLogLevelFlags log_level;
  gboolean access_log;
  gboolean require_token;
  gboolean transparent;
  guint connect_timeout;
  guint first_byte_timeout;
  guint idle_timeout;
  guint exchange_timeout;
  gsize max_body_size;
  guint max_upstream_per_endpoint;
  QccStrategy strategy;
  gboolean health_aware;
  gboolean sticky_session;
  guint affinity_ttl;
  gboolean auto_failover;
  gboolean auto_recovery;
  guint failure_threshold;
  guint success_threshold;
  guint failover_cooldown;
  guint recovery_delay;
  guint max_failovers_per_hour;
  gboolean fallback_enabled;
  gboolean repair_thinking;
  gboolean health_enabled;
  guint check_interval;
  guint check_timeout;
  guint check_tries;
  char *check_level; /* (owned): connect, api or chat */
  gboolean paid_probes;
  guint paid_probes_per_day;
  gboolean weight_adjustment;
} QccPolicyValues;

/**
 * QccSettingInfo:
 * @name: (owned): dotted, `proxy.port`
 * @type: (owned): `integer`, `boolean`, `choice`, `text` or `list`
 * @value: (owned): as text: decimal, `true` or `false`, a word, the text itself, words with commas
 * @default_value: (owned): likewise
 * @allowed: (owned): what @value may be, translated
 * @summary: (owned): what it is for, translated
 * @description: (owned): more of it, with the unit, translated
 * @is_default: whether @value is @default_value
 * @is_writable: %FALSE where the administrator has locked it
 *
 * All that can be said of one setting.
 */
typedef struct
{
  char *name;
  char *type;
  char *value;
  char *default_value;
  char *allowed;
  char *summary;
  char *description;
  gboolean is_default;
  gboolean is_writable;
} QccSettingInfo;

void qcc_setting_info_free (QccSettingInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QccSettingInfo, qcc_setting_info_free)

#define QCC_TYPE_POLICY (qcc_policy_get_type ())
G_DECLARE_FINAL_TYPE (QccPolicy, qcc_policy, QCC, POLICY, GObject)

QccPolicy *qcc_policy_new (GSettingsBackend *backend, GError **error);

const QccPolicyValues *qcc_policy_get_values (QccPolicy *self);
GSettings *qcc_policy_get_child (QccPolicy *self, const char *name);
const char *qcc_policy_get_backend (QccPolicy *self);
const char *qcc_policy_get_notice (QccPolicy *self);

GPtrArray *qcc_policy_list (QccPolicy *self);
QccSettingInfo *qcc_policy_describe (QccPolicy *self, const char *name, GError **error);

void qcc_policy_set_async (QccPolicy *self,
                           const char *name,
                           const char *text,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean qcc_policy_set_finish (QccPolicy *self, GAsyncResult *result, GError **error);
void qcc_policy_reset_async (QccPolicy *self,
                             const char *name,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean qcc_policy_reset_finish (QccPolicy *self, GAsyncResult *result, GError **error);

G_END_DECLS
