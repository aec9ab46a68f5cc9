/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-service-private.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-base-url.h"
#include "common/qcc-user-key-store.h"
#include "service/qcc-log.h"
#include "service/qcc-system-clock.h"

/* How long answers may go on after the wish to end; a user who logs out does not wait longer. */
#define STOP_GRACE_SECONDS 10

/* Claude Code has its request at hand; one that stops in the middle would hold its part of the memory for bodies
 * for as long as its connection lives. As nginx does it. */
#define READ_LIMIT_MS (60 * 1000)

/**
 * QccService:
 *
 * The composition root: the only place that knows the concrete classes and how they belong
 * together.
 *
 * Signals: `released`, while it stops, when it writes no file any more.
 */
G_DEFINE_FINAL_TYPE (QccService, qcc_service, G_TYPE_OBJECT)

static void
qcc_service_dispose (GObject *object)
{
  QccService *self = QCC_SERVICE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->key_limit_id, g_source_remove);
  g_clear_object (&self->bus);
  g_clear_object (&self->lifecycle);
  /* The proxy ends its exchanges, which need all the others. */
  if (self->proxy != NULL)
    g_object_run_dispose (G_OBJECT (self->proxy));
  g_clear_object (&self->proxy);
  if (self->monitor != NULL)
    qcc_monitor_stop (self->monitor);
  g_clear_object (&self->monitor);
  g_clear_object (&self->sleep);
  g_clear_object (&self->simulator);
  g_clear_object (&self->failover);
  if (self->health != NULL)
    g_object_run_dispose (G_OBJECT (self->health));
  g_clear_object (&self->health);
  g_clear_object (&self->events);
  if (self->table != NULL)
    g_object_run_dispose (G_OBJECT (self->table));
  g_clear_object (&self->table);
  g_clear_object (&self->active);
  g_clear_object (&self->store);
  g_clear_object (&self->profile_store);
  g_clear_object (&self->key_store);
  g_clear_object (&self->policy);
  g_clear_object (&self->clock);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (qcc_service_parent_class)->dispose (object);
}

static void
qcc_service_finalize (GObject *object)
{
  QccService *self = QCC_SERVICE (object);

  g_clear_pointer (&self->trust_store, qcc_trust_store_unref);
  g_clear_pointer (&self->recorder, qcc_recorder_free);
  g_clear_pointer (&self->affinity, qcc_affinity_free);
  g_clear_pointer (&self->explanations, qcc_explain_ring_free);
  g_clear_pointer (&self->watcher, qcc_watcher_unref);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (qcc_service_parent_class)->finalize (object);
}

static void
qcc_service_class_init (QccServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qcc_service_dispose;
  object_class->finalize = qcc_service_finalize;

  g_signal_new ("released", QCC_TYPE_SERVICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
qcc_service_init (QccService *self)
{
  self->cancellable = g_cancellable_new ();
}

static void
on_policy_changed (QccPolicy *policy,
                   QccService *self)
{
  const QccPolicyValues *values = qcc_policy_get_values (policy);

  qcc_log_set_level (values->log_level);
  qcc_affinity_set_ttl (self->affinity, values->affinity_ttl);
}

/*
 * qcc_service_apply_snapshot:
 * @self: a service
 * @on_keys: (nullable): called when the keys of new endpoints were looked up
 * @user_data: for @on_keys
 *
 * Tells everybody what the profiles are now. The bus follows the last of them.
 */
void
qcc_service_apply_snapshot (QccService *self,
                            GAsyncReadyCallback on_keys,
                            gpointer user_data)
{
  QccSnapshot *snapshot = qcc_profile_store_get_snapshot (self->profile_store);

  qcc_endpoint_table_apply_async (self->table, snapshot, self->cancellable, on_keys, user_data);
  qcc_health_set_snapshot (self->health, snapshot);
  qcc_failover_manager_set_snapshot (self->failover, snapshot);
  qcc_active_apply (self->active, snapshot);
}

static void
on_profiles_changed (QccProfileStore *profile_store,
                     QccService *self)
{
  qcc_service_apply_snapshot (self, NULL, NULL);
}

static void
on_observed (QccHealth *health,
             const char *endpoint_id,
             gboolean is_exchange,
             QccService *self)
{
  if (is_exchange)
    qcc_monitor_note_exchange (self->monitor);
}

static QccEndpoint *
create_transparent_endpoint (const char *url,
                             GError **error)
{
  g_autoptr (GUri) uri = qcc_base_url_parse (url != NULL ? url : "https://api.anthropic.com", error);

  return uri != NULL ? qcc_endpoint_new ("transparent", uri) : NULL;
}

static GNetworkMonitor *
get_network (const QccServiceOptions *options)
{
  return options->network != NULL ? options->network : g_network_monitor_get_default ();
}

static gboolean
create_proxy (QccService *self,
              const QccServiceOptions *options,
              GError **error)
{
  g_autoptr (QccEndpoint) transparent = create_transparent_endpoint (options->transparent_url, error);
  QccProxyParts parts = {
    .policy = self->policy,
    .active = self->active,
    .profile_store = self->profile_store,
    .table = self->table,
    .trust_store = self->trust_store,
    .recorder = self->recorder,
    .health = self->health,
    .affinity = self->affinity,
    .explanations = self->explanations,
    .clock = self->clock,
    .watcher = self->watcher,
    .network = get_network (options),
    .transparent = transparent,
    .read_limit = options->read_limit > 0 ? options->read_limit : READ_LIMIT_MS,
  };

  if (transparent != NULL)
    self->proxy = qcc_proxy_new (&parts);

  return self->proxy != NULL;
}

/* Whatever judges endpoints and acts on it. */
static gboolean
create_health (QccService *self,
               const QccServiceOptions *options,
               GError **error)
{
  self->clock = options->clock != NULL ? g_object_ref (options->clock) : qcc_system_clock_new ();
  self->watcher = qcc_watcher_new (NULL, error);
  if (self->watcher == NULL)
    return FALSE;

  self->affinity = qcc_affinity_new (QCC_AFFINITY_MAX);
  self->explanations = qcc_explain_ring_new (QCC_EXPLAIN_RING_SIZE);
  self->events = qcc_event_log_new (self->store);
  self->health = qcc_health_new (self->table, self->policy, self->store, self->clock);
  self->failover = qcc_failover_manager_new (&(QccFailoverManagerParts){
      .active = self->active,
      .health = self->health,
      .events = self->events,
      .policy = self->policy,
      .store = self->store,
      .clock = self->clock,
      .affinity = self->affinity,
  });
  self->sleep = options->sleep != NULL ? g_object_ref (options->sleep) : qcc_sleep_watch_new (NULL);
  self->monitor = qcc_monitor_new (&(QccMonitorParts){
      .health = self->health,
      .table = self->table,
      .policy = self->policy,
      .clock = self->clock,
      .watcher = self->watcher,
      .network = get_network (options),
      .sleep = self->sleep,
  });
  self->simulator = qcc_simulator_new (self->table, self->trust_store, self->clock);
  g_signal_connect_object (self->health, "observed", G_CALLBACK (on_observed), self, 0);
  /* What time moves is another state's now. */
  g_signal_connect_object (self->simulator, "changed", G_CALLBACK (qcc_health_tick), self->health, G_CONNECT_SWAPPED);

  return TRUE;
}

/* What only this user's instance does where nothing else is asked for. */
static void
create_stores (QccService *self,
               const QccServiceOptions *options)
{
  g_autoptr (GFile) profile_file = NULL;
  g_autoptr (GFile) state_directory = NULL;
  g_autoptr (GFile) revisions = NULL;
  g_autoptr (GFile) database = NULL;

  if (options->profile_file != NULL)
    profile_file = g_object_ref (options->profile_file);
  else
    profile_file = g_file_new_build_filename (g_get_user_config_dir (), "qcc", "profiles.json", NULL);
  if (options->profile_file != NULL)
    state_directory = g_file_get_parent (profile_file);
  else
    state_directory = g_file_new_build_filename (g_get_user_state_dir (), "qcc", NULL);

  revisions = g_file_get_child (state_directory, "revisions");
  database = g_file_get_child (state_directory, "state.db");
  self->profile_store = qcc_profile_store_new (profile_file, revisions);
  self->store = qcc_store_new (database);
  self->active = qcc_active_new (self->store);
  self->key_store = options->key_store != NULL ? g_object_ref (options->key_store) : qcc_user_key_store_new ();
}

/**
 * qcc_service_new:
 * @options: what is not the user's own
 * @error: return location for an error
 *
 * Possible errors: those of qcc_policy_new(); %G_IO_ERROR codes when the system is out of file descriptors.
 *
 * Returns: (transfer full): a service that does nothing yet
 */
QccService *
qcc_service_new (const QccServiceOptions *options,
                 GError **error)
{
  g_autoptr (QccService) self = NULL;
  GTlsBackend *tls_backend;

  g_return_val_if_fail (options != NULL, NULL);

  self = g_object_new (QCC_TYPE_SERVICE, NULL);
  self->policy = qcc_policy_new (options->settings_backend, error);
  if (self->policy == NULL)
    return NULL;

  create_stores (self, options);
  g_set_object (&self->connection, options->bus);
  tls_backend = options->tls_backend != NULL ? options->tls_backend : g_tls_backend_get_default ();
  self->trust_store = qcc_trust_store_new (tls_backend);
  self->table = qcc_endpoint_table_new (self->key_store, self->trust_store);
  self->recorder = qcc_recorder_new (self->policy);
  if (!create_health (self, options, error) || !create_proxy (self, options, error))
    return NULL;

  self->lifecycle = qcc_lifecycle_new (self->proxy, options->sockets,
                                       options->stop_grace > 0 ? options->stop_grace : STOP_GRACE_SECONDS);
  g_signal_connect_object (self->policy, "changed", G_CALLBACK (on_policy_changed), self, 0);
  g_signal_connect_object (self->profile_store, "changed", G_CALLBACK (on_profiles_changed), self, 0);
  g_signal_connect_object (self->policy, "notice-changed", G_CALLBACK (qcc_service_update_notices), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->active, "changed", G_CALLBACK (qcc_service_update_notices), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->profile_store, "notice-changed", G_CALLBACK (qcc_service_update_notices), self, G_CONNECT_SWAPPED);
  on_policy_changed (self->policy, self);

  return g_steal_pointer (&self);
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
 * Returns: (transfer full) (nullable): what ANTHROPIC_BASE_URL must be; %NULL when it does not listen
 */
char *
qcc_service_dup_url (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), NULL);

  return qcc_lifecycle_dup_url (self->lifecycle);
}

/**
 * qcc_service_get_lifecycle:
 * @self: a service
 *
 * Returns: (transfer none): whether it listens
 */
QccLifecycle *
qcc_service_get_lifecycle (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), NULL);

  return self->lifecycle;
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
 * qcc_service_get_table:
 * @self: a service
 *
 * Returns: (transfer none): its endpoints
 */
QccEndpointTable *
qcc_service_get_table (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), NULL);

  return self->table;
}

/**
 * qcc_service_get_active:
 * @self: a service
 *
 * Returns: (transfer none): which profile is active
 */
QccActive *
qcc_service_get_active (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), NULL);

  return self->active;
}

/**
 * qcc_service_get_events:
 * @self: a service
 *
 * Returns: (transfer none): what has happened
 */
QccEventLog *
qcc_service_get_events (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), NULL);

  return self->events;
}

/**
 * qcc_service_get_failover:
 * @self: a service
 *
 * Returns: (transfer none): what moves the active profile
 */
QccFailoverManager *
qcc_service_get_failover (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), NULL);

  return self->failover;
}

/**
 * qcc_service_get_monitor:
 * @self: a service
 *
 * Returns: (transfer none): what checks the endpoints
 */
QccMonitor *
qcc_service_get_monitor (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), NULL);

  return self->monitor;
}

/**
 * qcc_service_get_health:
 * @self: a service
 *
 * Returns: (transfer none): how the endpoints are
 */
QccHealth *
qcc_service_get_health (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), NULL);

  return self->health;
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
 * qcc_service_get_n_in_flight:
 * @self: a service
 *
 * Returns: how many attempts run; no more than exchanges do
 */
guint
qcc_service_get_n_in_flight (QccService *self)
{
  g_return_val_if_fail (QCC_IS_SERVICE (self), 0);

  return qcc_proxy_get_n_in_flight (self->proxy);
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
