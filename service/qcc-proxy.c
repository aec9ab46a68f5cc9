/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-proxy-private.h"

#include <glib/gi18n-lib.h>

#include "service/qcc-error-body.h"
#include "service/qcc-linger.h"

/* Spec 2.4. */
#define ALL_BODIES_MAX (256 * 1024 * 1024)

G_DEFINE_FINAL_TYPE (QccProxy, qcc_proxy, G_TYPE_OBJECT)

typedef enum
{
  PROP_STATE = 1,
} QccProxyProperty;

static GParamSpec *properties[PROP_STATE + 1];

static void
qcc_proxy_get_property (GObject *object,
                        guint id,
                        GValue *value,
                        GParamSpec *pspec)
{
  QccProxy *self = QCC_PROXY (object);

  switch ((QccProxyProperty) id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    }
}

static void
qcc_proxy_dispose (GObject *object)
{
  QccProxy *self = QCC_PROXY (object);
  g_autoptr (GList) running = g_hash_table_get_values (self->exchanges);

  g_clear_handle_id (&self->grace_id, g_source_remove);
  g_clear_pointer (&self->listener, qcc_listener_free);
  if (self->shutdown != NULL)
    g_cancellable_cancel (self->shutdown);
  for (GList *l = running; l != NULL; l = l->next)
    qcc_exchange_cancel (l->data);
  if (self->server != NULL)
    soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_clear_pointer (&self->transparent, qcc_endpoint_entry_unref);
  g_clear_object (&self->table);

  G_OBJECT_CLASS (qcc_proxy_parent_class)->dispose (object);
}

static void
qcc_proxy_finalize (GObject *object)
{
  QccProxy *self = QCC_PROXY (object);

  g_clear_pointer (&self->exchanges, g_hash_table_unref);
  g_clear_pointer (&self->stop_tasks, g_ptr_array_unref);
  g_clear_pointer (&self->watcher, qcc_watcher_unref);
  g_clear_pointer (&self->budget, qcc_body_budget_free);
  g_clear_pointer (&self->history, qcc_end_history_free);
  g_clear_object (&self->shutdown);
  g_clear_object (&self->network);
  g_clear_object (&self->health);
  g_clear_object (&self->clock);
  g_clear_object (&self->profile_store);
  g_clear_object (&self->active);
  g_clear_object (&self->policy);

  G_OBJECT_CLASS (qcc_proxy_parent_class)->finalize (object);
}

static void
qcc_proxy_class_init (QccProxyClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = qcc_proxy_get_property;
  object_class->dispose = qcc_proxy_dispose;
  object_class->finalize = qcc_proxy_finalize;

  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, QCC_TYPE_PROXY_STATE, QCC_PROXY_STATE_STOPPED,
                                              G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
qcc_proxy_init (QccProxy *self)
{
  self->exchanges = g_hash_table_new_full (NULL, NULL, g_object_unref, (GDestroyNotify) qcc_exchange_unref);
  self->history = qcc_end_history_new ();
  self->shutdown = g_cancellable_new ();
  self->stop_tasks = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
on_exchange_finished (QccExchange *exchange,
                      gpointer user_data)
{
  QccProxy *self = user_data;

  g_hash_table_remove (self->exchanges, qcc_exchange_get_message (exchange));
  qcc_proxy_exchange_over (self);
}

static QccExchange *
find_by_ticket (QccProxy *self,
                guint64 ticket)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->exchanges);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (qcc_exchange_get_ticket (value) == ticket)
      return value;

  return NULL;
}

static void
on_room_freed (gpointer user_data)
{
  QccProxy *self = user_data;
  guint64 ticket;

  while ((ticket = qcc_body_budget_next_ready (self->budget)) != 0)
    {
      QccExchange *exchange = find_by_ticket (self, ticket);

      if (exchange != NULL)
        qcc_exchange_resume_body (exchange);
    }
}

static void
on_request_headers (SoupServer *server,
                    SoupServerMessage *message,
                    const char *path,
                    GHashTable *query,
                    gpointer user_data)
{
  QccProxy *self = user_data;
  g_autoptr (QccExchange) exchange = NULL;

  if (self->state != QCC_PROXY_STATE_RUNNING)
    {
      g_autofree char *body = qcc_error_body_new ("api_error", _ ("QCC is ending."));

      qcc_linger_answer (message, SOUP_STATUS_SERVICE_UNAVAILABLE, body, TRUE, self->shutdown);
      return;
    }

  exchange = qcc_exchange_new (&self->host, ++self->last_id, message,
                               qcc_profile_store_get_snapshot (self->profile_store));
  g_hash_table_insert (self->exchanges, g_object_ref (message), qcc_exchange_ref (exchange));
  qcc_exchange_start (exchange);
}

static void
on_request_body (SoupServer *server,
                 SoupServerMessage *message,
                 const char *path,
                 GHashTable *query,
                 gpointer user_data)
{
  QccProxy *self = user_data;
  QccExchange *exchange = g_hash_table_lookup (self->exchanges, message);

  if (exchange != NULL)
    qcc_exchange_body_complete (exchange);
}

static void
on_policy_changed (QccPolicy *policy,
                   QccProxy *self)
{
  const QccPolicyValues *values = qcc_policy_get_values (policy);

  qcc_body_budget_set_headroom (self->budget, values->max_body_size);
  qcc_endpoint_table_set_max_connections (self->table, values->max_upstream_per_endpoint);
}

/**
 * qcc_proxy_new:
 * @parts: what it is made of
 *
 * Returns: (transfer full): a proxy that does not listen yet
 */
QccProxy *
qcc_proxy_new (const QccProxyParts *parts)
{
  g_autoptr (QccProxy) self = NULL;

  g_return_val_if_fail (parts != NULL, NULL);

  self = g_object_new (QCC_TYPE_PROXY, NULL);
  self->policy = g_object_ref (parts->policy);
  self->active = g_object_ref (parts->active);
  self->profile_store = g_object_ref (parts->profile_store);
  self->table = g_object_ref (parts->table);
  self->recorder = parts->recorder;
  self->health = g_object_ref (parts->health);
  self->clock = g_object_ref (parts->clock);
  g_set_object (&self->network, parts->network);
  self->watcher = qcc_watcher_ref (parts->watcher);

  self->budget = qcc_body_budget_new (ALL_BODIES_MAX, qcc_policy_get_values (self->policy)->max_body_size);
  self->transparent = qcc_endpoint_entry_new (parts->transparent, parts->trust_store);
  self->server = soup_server_new ("raw-paths", TRUE, NULL);
  soup_server_add_early_handler (self->server, NULL, on_request_headers, self, NULL);
  soup_server_add_handler (self->server, NULL, on_request_body, self, NULL);

  self->host = (QccExchangeHost){
    .server = self->server,
    .policy = self->policy,
    .active = self->active,
    .table = self->table,
    .watcher = self->watcher,
    .budget = self->budget,
    .recorder = self->recorder,
    .health = self->health,
    .affinity = parts->affinity,
    .explanations = parts->explanations,
    .clock = self->clock,
    .history = self->history,
    .network = self->network,
    .transparent = self->transparent,
    .read_limit = parts->read_limit,
    .shutdown = self->shutdown,
    .finished = on_exchange_finished,
    .room_freed = on_room_freed,
    .user_data = self,
  };
  g_signal_connect_object (self->policy, "changed", G_CALLBACK (on_policy_changed), self, 0);
  on_policy_changed (self->policy, self);

  return g_steal_pointer (&self);
}

/**
 * qcc_proxy_get_n_exchanges:
 * @self: a proxy
 *
 * Returns: how many exchanges run
 */
guint
qcc_proxy_get_n_exchanges (QccProxy *self)
{
  g_return_val_if_fail (QCC_IS_PROXY (self), 0);

  return g_hash_table_size (self->exchanges);
}

/**
 * qcc_proxy_get_n_in_flight:
 * @self: a proxy
 *
 * Returns: how many attempts run
 */
guint
qcc_proxy_get_n_in_flight (QccProxy *self)
{
  g_return_val_if_fail (QCC_IS_PROXY (self), 0);

  return qcc_endpoint_table_get_n_in_flight (self->table) + self->transparent->in_flight;
}
