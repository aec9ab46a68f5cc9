/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_SETTINGS_ENABLE_BACKEND
#include "service/qcc-policy.h"

#include <gio/gsettingsbackend.h>
#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

#define SCHEMA_ID "io.github.qcc"

/**
 * QccPolicy:
 *
 * The only reader of GSettings in the service. Values are read when they change, not when they
 * are asked for.
 *
 * Signals: `changed`, after any value changed.
 */
struct _QccPolicy
{
  GObject parent_instance;

  GSettings *proxy;        /* (owned) */
  GSettings *loadbalancer; /* (owned) */
  GSettings *failover;     /* (owned) */
  QccPolicyValues values;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccPolicy, qcc_policy, G_TYPE_OBJECT)

/* In the order of the enum io.github.qcc.LogLevel. */
static const GLogLevelFlags log_levels[] = {
  G_LOG_LEVEL_DEBUG,
  G_LOG_LEVEL_INFO,
  G_LOG_LEVEL_MESSAGE,
  G_LOG_LEVEL_WARNING,
};

static guint
get_count (GSettings *settings,
           const char *key)
{
  return (guint) MAX (0, g_settings_get_int (settings, key));
}

static void
read_values (QccPolicy *self)
{
  QccPolicyValues *values = &self->values;

  g_free (values->host);
  values->host = g_settings_get_string (self->proxy, "host");
  values->port = get_count (self->proxy, "port");
  g_strfreev (values->allowed_origins);
  values->allowed_origins = g_settings_get_strv (self->proxy, "allowed-origins");
  values->log_level = log_levels[g_settings_get_enum (self->proxy, "log-level")];
  values->access_log = g_settings_get_boolean (self->proxy, "access-log");
  values->transparent = g_settings_get_boolean (self->proxy, "transparent");
  values->connect_timeout = get_count (self->proxy, "connect-timeout");
  values->first_byte_timeout = get_count (self->proxy, "first-byte-timeout");
  values->idle_timeout = get_count (self->proxy, "idle-timeout");
  values->exchange_timeout = get_count (self->proxy, "exchange-timeout");
  values->max_body_size = get_count (self->proxy, "max-body-size");
  values->max_upstream_per_endpoint = get_count (self->proxy, "max-upstream-per-endpoint");
  values->strategy = (QccStrategy) g_settings_get_enum (self->loadbalancer, "strategy");
  values->fallback_enabled = g_settings_get_boolean (self->failover, "fallback-enabled");
}

static void
on_settings_changed (GSettings *settings,
                     const char *key,
                     QccPolicy *self)
{
  read_values (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
qcc_policy_finalize (GObject *object)
{
  QccPolicy *self = QCC_POLICY (object);

  g_clear_object (&self->proxy);
  g_clear_object (&self->loadbalancer);
  g_clear_object (&self->failover);
  g_free (self->values.host);
  g_strfreev (self->values.allowed_origins);

  G_OBJECT_CLASS (qcc_policy_parent_class)->finalize (object);
}

static void
qcc_policy_class_init (QccPolicyClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_policy_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", QCC_TYPE_POLICY, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
qcc_policy_init (QccPolicy *self)
{
}

/* Where GIO finds neither dconf nor an explicit choice it would forget everything at exit; the
 * key file that `GSETTINGS_BACKEND=keyfile gsettings` writes is the same everywhere. */
static GSettingsBackend *
get_persistent_backend (void)
{
  g_autoptr (GSettingsBackend) backend = g_settings_backend_get_default ();
  g_autofree char *path = NULL;

  if (g_strcmp0 (G_OBJECT_TYPE_NAME (backend), "GMemorySettingsBackend") != 0)
    return g_steal_pointer (&backend);

  path = g_build_filename (g_get_user_config_dir (), "glib-2.0", "settings", "keyfile", NULL);
  g_info ("Settings are read from %s, since dconf is not available", path);

  return g_keyfile_settings_backend_new (path, "/", NULL);
}

/**
 * qcc_policy_new:
 * @backend: (nullable) (transfer none): where settings are kept; %NULL for the user's own
 * @error: return location for an error
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
  g_autoptr (GSettings) root = NULL;
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autoptr (GSettingsBackend) chosen = NULL;
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

  chosen = backend != NULL ? g_object_ref (backend) : get_persistent_backend ();
  root = g_settings_new_full (schema, chosen, NULL);

  self = g_object_new (QCC_TYPE_POLICY, NULL);
  self->proxy = g_settings_get_child (root, "proxy");
  self->loadbalancer = g_settings_get_child (root, "loadbalancer");
  self->failover = g_settings_get_child (root, "failover");
  read_values (self);

  g_signal_connect_object (self->proxy, "changed", G_CALLBACK (on_settings_changed), self, 0);
  g_signal_connect_object (self->loadbalancer, "changed", G_CALLBACK (on_settings_changed), self, 0);
  g_signal_connect_object (self->failover, "changed", G_CALLBACK (on_settings_changed), self, 0);

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
 * @name: `proxy`, `loadbalancer` or `failover`
 *
 * For writing a setting, as tests and the demonstration do.
 *
 * Returns: (transfer none): the settings object of that child
 */
GSettings *
qcc_policy_get_child (QccPolicy *self,
                      const char *name)
{
  g_return_val_if_fail (QCC_IS_POLICY (self), NULL);

  if (g_str_equal (name, "proxy"))
    return self->proxy;
  if (g_str_equal (name, "loadbalancer"))
    return self->loadbalancer;
  if (g_str_equal (name, "failover"))
    return self->failover;

  g_return_val_if_reached (NULL);
}
