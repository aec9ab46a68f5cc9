/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-service.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-base-url.h"
#include "common/qcc-key-store-file.h"
#include "service/qcc-log.h"
#include "service/qcc-proxy.h"

/* How long answers may go on after the wish to end; a user who logs out does not wait longer. */
#define STOP_GRACE_SECONDS 10

/**
 * QccService:
 *
 * The composition root: the only place that knows the concrete classes and how they belong
 * together.
 */
struct _QccService
{
  GObject parent_instance;

  QccPolicy *policy;              /* (owned) */
  QccProfileStore *profile_store; /* (owned) */
  QccTrustStore *trust_store;     /* (owned) */
  QccEndpointTable *table;        /* (owned) */
  QccRecorder *recorder;          /* (owned) */
  QccProxy *proxy;                /* (owned) */
  GCancellable *cancellable;      /* (owned): of the start */
  guint stop_grace;               /* seconds */
};

G_DEFINE_FINAL_TYPE (QccService, qcc_service, G_TYPE_OBJECT)

static void
qcc_service_dispose (GObject *object)
{
  QccService *self = QCC_SERVICE (object);

  g_cancellable_cancel (self->cancellable);
  /* The proxy ends its exchanges, which need all the others. */
  if (self->proxy != NULL)
    g_object_run_dispose (G_OBJECT (self->proxy));
  g_clear_object (&self->proxy);
  g_clear_object (&self->table);
  g_clear_object (&self->profile_store);
  g_clear_object (&self->policy);

  G_OBJECT_CLASS (qcc_service_parent_class)->dispose (object);
}

static void
qcc_service_finalize (GObject *object)
{
  QccService *self = QCC_SERVICE (object);

  g_clear_pointer (&self->trust_store, qcc_trust_store_unref);
  g_clear_pointer (&self->recorder, qcc_recorder_free);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (qcc_service_parent_class)->finalize (object);
}

static void
qcc_service_class_init (QccServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_service_dispose;
  object_class->finalize = qcc_service_finalize;
}

static void
qcc_service_init (QccService *self)
{
  self->cancellable = g_cancellable_new ();
}

static GFile *
get_user_file (const char *name)
{
  return g_file_new_build_filename (g_get_user_config_dir (), "qcc", name, NULL);
}

static void
on_policy_changed (QccPolicy *policy,
                   QccService *self)
{
  qcc_log_set_level (qcc_policy_get_values (policy)->log_level);
}

static QccEndpoint *
create_transparent_endpoint (const char *url,
                             GError **error)
{
  g_autoptr (GUri) uri = qcc_base_url_parse (url != NULL ? url : "https://api.anthropic.com", error);

  return uri != NULL ? qcc_endpoint_new ("transparent", uri) : NULL;
}

static gboolean
create_proxy (QccService *self,
              const char *transparent_url,
              GError **error)
{
  g_autoptr (QccEndpoint) transparent = create_transparent_endpoint (transparent_url, error);
  QccProxyParts parts = {
    .policy = self->policy,
    .profile_store = self->profile_store,
    .table = self->table,
    .trust_store = self->trust_store,
    .recorder = self->recorder,
    .network = g_network_monitor_get_default (),
    .transparent = transparent,
  };

  if (transparent != NULL)
    self->proxy = qcc_proxy_new (&parts, error);

  return self->proxy != NULL;
}

/**
 * qcc_service_new:
 * @options: what is not the user's own
 * @error: return location for an error
 *
 * Possible errors: those of qcc_policy_new() and qcc_proxy_new().
 *
 * Returns: (transfer full): a service that does nothing yet
 */
QccService *
qcc_service_new (const QccServiceOptions *options,
                 GError **error)
{
  g_autoptr (QccService) self = NULL;
  g_autoptr (GFile) profile_file = NULL;
  g_autoptr (QccKeyStore) key_store = NULL;
  g_autoptr (GFile) revisions = g_file_new_build_filename (g_get_user_state_dir (), "qcc", "revisions", NULL);

  g_return_val_if_fail (options != NULL, NULL);

  profile_file = options->profile_file != NULL ? g_object_ref (options->profile_file) : get_user_file ("profiles.json");
  if (options->key_store != NULL)
    {
      key_store = g_object_ref (options->key_store);
    }
  else
    {
      g_autoptr (GFile) key_file = get_user_file ("keys.json");

      key_store = QCC_KEY_STORE (qcc_key_store_file_new (key_file));
    }

  self = g_object_new (QCC_TYPE_SERVICE, NULL);
  self->stop_grace = options->stop_grace > 0 ? options->stop_grace : STOP_GRACE_SECONDS;
  self->policy = qcc_policy_new (options->settings_backend, error);
  if (self->policy == NULL)
    return NULL;

  self->profile_store = qcc_profile_store_new (profile_file, revisions);
  self->trust_store = qcc_trust_store_new (options->tls_backend != NULL ? options->tls_backend : g_tls_backend_get_default ());
  self->table = qcc_endpoint_table_new (key_store, self->trust_store);
  self->recorder = qcc_recorder_new (self->policy);
  if (!create_proxy (self, options->transparent_url, error))
    return NULL;

  g_signal_connect_object (self->policy, "changed", G_CALLBACK (on_policy_changed), self, 0);
  on_policy_changed (self->policy, self);

  return g_steal_pointer (&self);
}

static void
on_table_loaded (GObject *source,
                 GAsyncResult *result,
                 gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccService *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (qcc_endpoint_table_load_finish (self->table, result, &error) && qcc_proxy_start (self->proxy, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_profiles_loaded (GObject *source,
                    GAsyncResult *result,
                    gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccService *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  /* Whoever asks is then told that there is no profile, which beats a connection refused. */
  if (!qcc_profile_store_load_finish (self->profile_store, result, &error))
    g_warning ("%s", error->message);

  qcc_endpoint_table_load_async (self->table, qcc_profile_store_get_snapshot (self->profile_store), self->cancellable,
                                 on_table_loaded, g_steal_pointer (&task));
}

/**
 * qcc_service_start_async:
 * @self: a service
 * @callback: called when it listens, or cannot
 * @user_data: for @callback
 *
 * Reads the profiles, looks up the keys, listens. A profile file that cannot be used is warned of.
 */
void
qcc_service_start_async (QccService *self,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_SERVICE (self));

  task = g_task_new (self, self->cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_service_start_async);
  qcc_profile_store_load_async (self->profile_store, self->cancellable, on_profiles_loaded, task);
}

/**
 * qcc_service_start_finish:
 * @self: a service
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_listener_new(), %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether it listens
 */
gboolean
qcc_service_start_finish (QccService *self,
                          GAsyncResult *result,
                          GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_proxy_stopped (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  qcc_proxy_stop_finish (QCC_PROXY (source), result);
  g_task_return_boolean (task, TRUE);
}

/**
 * qcc_service_stop_async:
 * @self: a service that listens
 * @callback: called when all is over
 * @user_data: for @callback
 *
 * Stops listening, lets answers finish for a bounded time, ends the rest.
 */
void
qcc_service_stop_async (QccService *self,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_SERVICE (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_service_stop_async);
  qcc_proxy_stop_async (self->proxy, self->stop_grace, on_proxy_stopped, task);
}

void
qcc_service_stop_finish (QccService *self,
                         GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

guint16
qcc_service_get_port (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), 0);

  return qcc_proxy_get_port (self->proxy);
}

/**
 * qcc_service_dup_url:
 * @self: a service that listens
 *
 * Returns: (transfer full): what ANTHROPIC_BASE_URL must be
 */
char *
qcc_service_dup_url (QccService *self)
{
  const char *host = qcc_policy_get_values (self->policy)->host;

  return g_strdup_printf (strchr (host, ':') != NULL ? "http://[%s]:%u" : "http://%s:%u",
                          g_str_equal (host, "localhost") ? "127.0.0.1" : host, qcc_service_get_port (self));
}

/**
 * qcc_service_get_policy:
 * @self: a service
 *
 * Returns: (transfer none): its settings
 */
QccPolicy *
qcc_service_get_policy (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), NULL);

  return self->policy;
}

/**
 * qcc_service_get_n_exchanges:
 * @self: a service
 *
 * Returns: how many exchanges run
 */
guint
qcc_service_get_n_exchanges (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), 0);

  return qcc_proxy_get_n_exchanges (self->proxy);
}

/**
 * qcc_service_get_n_records:
 * @self: a service
 *
 * Returns: how many exchanges were recorded
 */
guint64
qcc_service_get_n_records (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), 0);

  return qcc_recorder_get_n_records (self->recorder);
}
