/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_SETTINGS_ENABLE_BACKEND
#include "service/qcc-policy-private.h"

#include <string.h>

#include <gio/gsettingsbackend.h>
#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "service/qcc-policy-text.h"

#define SCHEMA_ID "io.github.qcc"

/**
 * QccPolicy:
 *
 * The only reader and writer of GSettings in the service. Values are read when they change, not
 * when they are asked for. Setting by name is in qcc-policy-write.c, describing in
 * qcc-policy-settings.c.
 *
 * Signals: `setting-changed` (name, value as text) for each setting that has another value than
 * before, whoever changed it; `changed` after each, when qcc_policy_get_values() knows it.
 */

enum
{
  SIGNAL_CHANGED,
  SIGNAL_SETTING_CHANGED,
  SIGNAL_NOTICE_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccPolicy, qcc_policy, G_TYPE_OBJECT)

static const struct
{
  const char *nick;
  GLogLevelFlags level;
} log_levels[] = {
  { "debug", G_LOG_LEVEL_DEBUG },
  { "info", G_LOG_LEVEL_INFO },
  { "message", G_LOG_LEVEL_MESSAGE },
  { "warning", G_LOG_LEVEL_WARNING },
};

static void
setting_free (QccSetting *setting)
{
  g_free (setting->name);
  g_clear_object (&setting->settings);
  g_clear_pointer (&setting->key, g_settings_schema_key_unref);
  g_clear_pointer (&setting->value, g_variant_unref);
  g_clear_pointer (&setting->before, g_variant_unref);
  g_free (setting);
}

static GVariant *
get_value (QccPolicy *self,
           const char *name)
{
  QccSetting *setting = g_tree_lookup (self->settings, name);

  g_assert (setting != NULL);

  return setting->value;
}

static guint
get_count (QccPolicy *self,
           const char *name)
{
  return (guint) MAX (0, g_variant_get_int32 (get_value (self, name)));
}

static gboolean
get_flag (QccPolicy *self,
          const char *name)
{
  return g_variant_get_boolean (get_value (self, name));
}

static GLogLevelFlags
get_log_level (QccPolicy *self)
{
  const char *nick = g_variant_get_string (get_value (self, "proxy.log-level"), NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (log_levels); i++)
    if (g_str_equal (nick, log_levels[i].nick))
      return log_levels[i].level;

  g_return_val_if_reached (G_LOG_LEVEL_MESSAGE);
}

static QccStrategy
get_strategy (QccPolicy *self)
{
  const char *nick = g_variant_get_string (get_value (self, "loadbalancer.strategy"), NULL);
  int strategy = QCC_STRATEGY_WEIGHTED;

  /* The words of the schema are those of the enum, which a test asserts. */
  g_return_val_if_fail (qcc_enum_from_nick (QCC_TYPE_STRATEGY, nick, &strategy, NULL), QCC_STRATEGY_WEIGHTED);

  return (QccStrategy) strategy;
}

static void
read_failover_values (QccPolicy *self)
{
  QccPolicyValues *values = &self->values;

  values->health_aware = get_flag (self, "loadbalancer.health-aware");
  values->sticky_session = get_flag (self, "loadbalancer.sticky-session");
  values->affinity_ttl = get_count (self, "loadbalancer.affinity-ttl");
  values->auto_failover = get_flag (self, "failover.auto-failover");
  values->auto_recovery = get_flag (self, "failover.auto-recovery");
  values->failure_threshold = get_count (self, "failover.failure-threshold");
  values->success_threshold = get_count (self, "failover.success-threshold");
  values->failover_cooldown = get_count (self, "failover.cooldown");
  values->recovery_delay = get_count (self, "failover.recovery-delay");
  values->max_failovers_per_hour = get_count (self, "failover.max-failovers-per-hour");
  values->fallback_enabled = get_flag (self, "failover.fallback-enabled");
  values->repair_thinking = get_flag (self, "failover.repair-thinking");
}

static void
read_health_values (QccPolicy *self)
{
  QccPolicyValues *values = &self->values;

  values->health_enabled = get_flag (self, "health.enabled");
  values->check_interval = get_count (self, "health.check-interval");
  values->check_timeout = get_count (self, "health.timeout");
  values->check_tries = get_count (self, "health.retry-count");
  g_free (values->check_level);
  values->check_level = g_variant_dup_string (get_value (self, "health.level"), NULL);
  values->paid_probes = get_flag (self, "health.paid-probes");
  values->paid_probes_per_day = get_count (self, "health.paid-probes-per-day");
  values->weight_adjustment = get_flag (self, "health.weight-adjustment");
}

static void
read_values (QccPolicy *self)
{
  QccPolicyValues *values = &self->values;

  g_free (values->host);
  values->host = g_variant_dup_string (get_value (self, "proxy.host"), NULL);
  values->port = get_count (self, "proxy.port");
  g_strfreev (values->allowed_origins);
  values->allowed_origins = g_variant_dup_strv (get_value (self, "proxy.allowed-origins"), NULL);
  values->log_level = get_log_level (self);
  values->access_log = get_flag (self, "proxy.access-log");
  values->require_token = get_flag (self, "proxy.require-token");
  values->transparent = get_flag (self, "proxy.transparent");
  values->connect_timeout = get_count (self, "proxy.connect-timeout");
  values->first_byte_timeout = get_count (self, "proxy.first-byte-timeout");
  values->idle_timeout = get_count (self, "proxy.idle-timeout");
  values->exchange_timeout = get_count (self, "proxy.exchange-timeout");
  values->max_body_size = get_count (self, "proxy.max-body-size");
  values->max_upstream_per_endpoint = get_count (self, "proxy.max-upstream-per-endpoint");
  values->strategy = get_strategy (self);
  read_failover_values (self);
  read_health_values (self);
}

/*
 * qcc_policy_apply:
 * @self: the policy
 * @setting: one of its settings
 * @value: what holds from now on
 *
 * Tells everybody, when it is another value than before.
 */
void
qcc_policy_apply (QccPolicy *self,
                  QccSetting *setting,
                  GVariant *value)
{
  g_autofree char *text = NULL;

  if (g_variant_equal (setting->value, value))
    return;

  g_variant_unref (setting->value);
  setting->value = g_variant_ref (value);
  read_values (self);

  text = qcc_policy_text_print (value);
  g_signal_emit (self, signals[SIGNAL_SETTING_CHANGED], 0, setting->name, text);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_settings_changed (GSettings *settings,
                     const char *key,
                     QccPolicy *self)
{
  g_autoptr (GVariant) value = g_settings_get_value (settings, key);
  g_autofree char *path = NULL;
  g_autofree char *child = NULL;
  g_autofree char *name = NULL;
  QccSetting *setting;

  g_object_get (settings, "path", &path, NULL);
  child = g_path_get_basename (path);
  name = g_strdup_printf ("%s.%s", child, key);
  setting = g_tree_lookup (self->settings, name);

  /* The back end speaks of our own write, or of what was before it. */
  if (setting->n_writes > 0 || (setting->held && g_variant_equal (value, setting->before)))
    return;

  setting->held = FALSE;
  setting->is_lost = FALSE;
  qcc_policy_apply (self, setting, value);
}

static void
qcc_policy_finalize (GObject *object)
{
  QccPolicy *self = QCC_POLICY (object);

  g_thread_pool_free (self->writer, FALSE, FALSE);
  g_clear_pointer (&self->settings, g_tree_unref);
  g_clear_pointer (&self->children, g_hash_table_unref);
  g_clear_pointer (&self->texts, g_hash_table_unref);
  g_clear_object (&self->root);
  qcc_policy_backend_clear (&self->backend);
  g_free (self->values.host);
  g_free (self->values.check_level);
  g_strfreev (self->values.allowed_origins);
  g_free (self->failure);

  G_OBJECT_CLASS (qcc_policy_parent_class)->finalize (object);
}

static void
qcc_policy_class_init (QccPolicyClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_policy_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", QCC_TYPE_POLICY, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_SETTING_CHANGED] = g_signal_new ("setting-changed", QCC_TYPE_POLICY, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                                  NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_NOTICE_CHANGED] = g_signal_new ("notice-changed", QCC_TYPE_POLICY, G_SIGNAL_RUN_LAST, 0,
                                                 NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
qcc_policy_init (QccPolicy *self)
{
  self->children = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->settings = g_tree_new_full ((GCompareDataFunc) (GCallback) strcmp, NULL, NULL, (GDestroyNotify) setting_free);
  self->writer = g_thread_pool_new (qcc_policy_write_func, NULL, 1, FALSE, NULL);
}

static void
add_child (QccPolicy *self,
           const char *name)
{
  GSettings *settings = g_settings_get_child (self->root, name);
  g_autoptr (GSettingsSchema) schema = NULL;
  g_auto (GStrv) keys = NULL;

  g_hash_table_insert (self->children, g_strdup (name), settings);
  g_object_get (settings, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys (schema);

  /* Only for a key that is read after the handler was connected are changes reported. */
  g_signal_connect_object (settings, "changed", G_CALLBACK (on_settings_changed), self, 0);
  for (gsize i = 0; keys[i] != NULL; i++)
    {
      QccSetting *setting = g_new0 (QccSetting, 1);

      setting->name = g_strdup_printf ("%s.%s", name, keys[i]);
      setting->settings = g_object_ref (settings);
      setting->key = g_settings_schema_get_key (schema, keys[i]);
      setting->value = g_settings_get_value (settings, keys[i]);
      g_tree_insert (self->settings, setting->name, setting);
    }
}

/**
 * qcc_policy_new:
 * @backend: (nullable) (transfer none): where settings are kept; %NULL for the user's own
 * @error: return location for an error
 *
 * For the user's own the back end is decided here, once (spec 11.1); this may block for two
 * seconds when there is a bus that does not answer.
 *
 * Possible errors: %QCC_ERROR_UNAVAILABLE when the schema is not installed.
 *
 * Returns: (transfer full): the settings of this user
 */
QccPolicy *
qcc_policy_new (GSettingsBackend *backend,
                GError **error)
{
  g_autoptr (QccPolicy) self = NULL;
  g_autoptr (GSettingsSchema) schema = NULL;
  g_auto (GStrv) names = NULL;
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();

  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, SCHEMA_ID, TRUE);
  if (schema == NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                   _ ("The settings schema “%s” is not installed. Install QCC with “meson install”, or set GSETTINGS_SCHEMA_DIR to the folder “data” of the build."),
                   SCHEMA_ID);
      return NULL;
    }

  self = g_object_new (QCC_TYPE_POLICY, NULL);
  if (backend != NULL)
    self->backend.settings = g_object_ref (backend);
  else
    qcc_policy_backend_choose (&self->backend);
  self->storage = qcc_policy_backend_get_storage (self->backend.settings);
  self->root = g_settings_new_full (schema, self->backend.settings, NULL);

  names = g_settings_schema_list_children (schema);
  for (gsize i = 0; names[i] != NULL; i++)
    add_child (self, names[i]);
  read_values (self);

  return g_steal_pointer (&self);
}

/**
 * qcc_policy_get_values:
 * @self: the policy
 *
 * Returns: (transfer none): the values of this moment; overwritten at the next change
 */
const QccPolicyValues *
qcc_policy_get_values (QccPolicy *self)
{
  g_return_val_if_fail (QCC_IS_POLICY (self), NULL);

  return &self->values;
}

/**
 * qcc_policy_get_child:
 * @self: the policy
 * @name: `proxy`, `failover` and so on
 *
 * For writing a setting at once and unchecked, as the demonstration does.
 *
 * Returns: (transfer none): the settings object of that child
 */
GSettings *
qcc_policy_get_child (QccPolicy *self,
                      const char *name)
{
  GSettings *child;

  g_return_val_if_fail (QCC_IS_POLICY (self), NULL);

  child = g_hash_table_lookup (self->children, name);
  g_return_val_if_fail (child != NULL, NULL);

  return child;
}

/**
 * qcc_policy_get_backend:
 * @self: the policy
 *
 * Returns: (transfer none): where settings are kept: `dconf`, `keyfile`, `memory`, `registry` or
 *   `other`
 */
const char *
qcc_policy_get_backend (QccPolicy *self)
{
  g_return_val_if_fail (QCC_IS_POLICY (self), NULL);

  return qcc_policy_storage_to_string (self->storage);
}

/**
 * qcc_policy_get_notice:
 * @self: the policy
 *
 * Returns: (transfer none) (nullable): for the user: why settings are not kept where one would
 *   expect them, and what to do; of the last value that could not be stored, if there is one
 */
const char *
qcc_policy_get_notice (QccPolicy *self)
{
  g_return_val_if_fail (QCC_IS_POLICY (self), NULL);

  return self->failure != NULL ? self->failure : self->backend.notice;
}
