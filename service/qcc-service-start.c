/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-service-private.h"

#include <glib/gi18n-lib.h>

/* A key store that hangs must not keep the proxy from answering that keys are missing. */
#define KEY_LIMIT_MS 2000

static void
add_notice (GStrvBuilder *builder,
            const char *notice)
{
  if (notice != NULL)
    g_strv_builder_add (builder, notice);
}

/**
 * qcc_service_update_notices:
 * @self: a service
 *
 * Tells the bus what the user should know.
 */
void
qcc_service_update_notices (QccService *self)
{
  g_autoptr (GStrvBuilder) builder = NULL;
  g_auto (GStrv) notices = NULL;

  if (self->bus == NULL)
    return;

  builder = g_strv_builder_new ();
  add_notice (builder, qcc_profile_store_get_notice (self->profile_store));
  add_notice (builder, qcc_store_get_notice (self->store));
  add_notice (builder, qcc_policy_get_notice (self->policy));
  notices = g_strv_builder_end (builder);
  qcc_bus_set_notices (self->bus, (const char *const *) notices);
}

/* Only now, so that whoever finds the name on the bus finds everything behind it. */
static gboolean export(QccService *self,
                       GError **error)
{
  QccBusParts parts = {
    .lifecycle = self->lifecycle,
    .policy = self->policy,
    .profile_store = self->profile_store,
    .active = self->active,
    .table = self->table,
    .key_store = self->key_store,
    .store = self->store,
    .health = self->health,
    .monitor = self->monitor,
    .failover = self->failover,
    .events = self->events,
    .explanations = self->explanations,
    .simulator = self->simulator,
  };

  self->bus = qcc_bus_new (&parts);
  qcc_service_update_notices (self);

  return self->connection == NULL || qcc_bus_export (self->bus, self->connection, error);
}

/* Whichever comes first of the keys and the limit; @task is the reference of the one that came. */
static void
listen (GTask *own_task)
{
  g_autoptr (GTask) task = own_task;
  QccService *self = g_task_get_source_object (task);
  GError *error = NULL;
  gboolean listens;

  if (self->key_limit_id == 0)
    return;

  g_clear_handle_id (&self->key_limit_id, g_source_remove);
  listens = qcc_lifecycle_start (self->lifecycle, &error);
  qcc_monitor_start (self->monitor);
  if (export(self, listens ? &error : NULL) && listens)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_keys_looked_up (GObject *source,
                   GAsyncResult *result,
                   gpointer user_data)
{
  GTask *task = user_data;
  QccService *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!qcc_endpoint_table_look_up_keys_finish (self->table, result, &error))
    {
      g_clear_handle_id (&self->key_limit_id, g_source_remove);
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  listen (task);
}

static gboolean
on_key_limit (gpointer user_data)
{
  GTask *task = user_data;

  g_warning (_ ("The key store does not answer; requests are refused until it does"));
  listen (g_object_ref (task));

  return G_SOURCE_REMOVE;
}

static void
on_profiles_loaded (GObject *source,
                    GAsyncResult *result,
                    gpointer user_data)
{
  GTask *task = user_data;
  QccService *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  /* Whoever asks is then told that there is no profile, which beats a connection refused. */
  if (!qcc_profile_store_load_finish (self->profile_store, result, &error))
    g_warning ("%s", error->message);

  self->key_limit_id = g_timeout_add_full (G_PRIORITY_DEFAULT, KEY_LIMIT_MS, on_key_limit, g_object_ref (task), g_object_unref);
  qcc_service_apply_snapshot (self, on_keys_looked_up, task);
}

static void
on_failover_loaded (GObject *source,
                    GAsyncResult *result,
                    gpointer user_data)
{
  GTask *task = user_data;
  QccService *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (!qcc_failover_manager_load_finish (self->failover, result, &error))
    g_warning (_ ("When the active profile moved last is not known: %s"), error->message);

  qcc_profile_store_load_async (self->profile_store, self->cancellable, on_profiles_loaded, task);
}

static void
on_health_loaded (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data)
{
  GTask *task = user_data;
  QccService *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (!qcc_health_load_finish (self->health, result, &error))
    g_warning (_ ("How the endpoints were at the last end is not known: %s"), error->message);

  qcc_failover_manager_load_async (self->failover, self->cancellable, on_failover_loaded, task);
}

static void
on_events_loaded (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data)
{
  GTask *task = user_data;
  QccService *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (!qcc_event_log_load_finish (self->events, result, &error))
    g_warning (_ ("The events of the last time are not known: %s"), error->message);

  qcc_health_load_async (self->health, self->cancellable, on_health_loaded, task);
}

static void
on_active_loaded (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data)
{
  GTask *task = user_data;
  QccService *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (!qcc_active_load_finish (self->active, result, &error))
    g_warning (_ ("The active profile of the last time is not known: %s"), error->message);

  qcc_event_log_load_async (self->events, self->cancellable, on_events_loaded, task);
}

static void
on_store_opened (GObject *source,
                 GAsyncResult *result,
                 gpointer user_data)
{
  GTask *task = user_data;
  QccService *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (!qcc_store_open_finish (self->store, result, &error))
    g_warning ("%s", error->message);

  qcc_active_load_async (self->active, self->cancellable, on_active_loaded, task);
}

/**
 * qcc_service_start_async:
 * @self: a service
 * @callback: called when it listens, or cannot
 * @user_data: for @callback
 *
 * Reads state and profiles, looks up the keys, listens, and comes on the bus. Files that cannot be used
 * are warned of.
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
  qcc_store_open_async (self->store, self->cancellable, on_store_opened, task);
}

/**
 * qcc_service_start_finish:
 * @self: a service
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_listener_new(), %G_IO_ERROR codes of the bus, %G_IO_ERROR_CANCELLED. A service on the
 * bus goes on without listening (spec 2.1).
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

/* What the end waits for; the data of its task. */
typedef struct
{
  gboolean quiet;    /* no answer runs any more */
  gboolean released; /* nothing is written any more */
} Stop;

static void
complete_stop (GTask *task)
{
  const Stop *stop = g_task_get_task_data (task);

  if (stop->quiet && stop->released)
    g_task_return_boolean (task, TRUE);
}

static void
on_quiet (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Stop *stop = g_task_get_task_data (task);

  qcc_lifecycle_stop_finish (QCC_LIFECYCLE (source), result);
  stop->quiet = TRUE;
  complete_stop (task);
}

static void
on_store_closed (GObject *source,
                 GAsyncResult *result,
                 gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Stop *stop = g_task_get_task_data (task);

  qcc_store_close_finish (QCC_STORE (source), result);
  stop->released = TRUE;
  g_signal_emit_by_name (g_task_get_source_object (task), "released");
  complete_stop (task);
}

/**
 * qcc_service_stop_async:
 * @self: a service that was started
 * @callback: called when all is over
 * @user_data: for @callback
 *
 * Leaves the bus, stops listening, lets go of the files, lets answers finish for a bounded time, ends the rest.
 */
void
qcc_service_stop_async (QccService *self,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (QCC_IS_SERVICE (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_service_stop_async);
  g_task_set_task_data (task, g_new0 (Stop, 1), g_free);
  if (self->bus != NULL)
    qcc_bus_withdraw (self->bus);
  qcc_lifecycle_stop_async (self->lifecycle, on_quiet, g_object_ref (task));
  if (self->closing)
    {
      /* Whoever asks a second time waits for the answers only. */
      ((Stop *) g_task_get_task_data (task))->released = TRUE;
      return;
    }

  self->closing = TRUE;
  qcc_monitor_stop (self->monitor);
  qcc_failover_manager_stop (self->failover);
  qcc_health_flush (self->health);
  qcc_store_close_async (self->store, on_store_closed, g_object_ref (task));
}

void
qcc_service_stop_finish (QccService *self,
                         GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
