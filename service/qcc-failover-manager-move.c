/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-failover-manager-private.h"

#include <glib/gi18n-lib.h>

#include "service/qcc-health-text.h"

/*
 * qcc_failover_manager_add_event:
 * @self: a manager
 * @type: what happened
 * @from: (nullable): a profile, or the id of an endpoint
 * @to: (nullable): a profile
 * @reason: (nullable): why, for people
 */
void
qcc_failover_manager_add_event (QccFailoverManager *self,
                                QccEventType type,
                                const char *from,
                                const char *to,
                                const char *reason)
{
  const QccEvent *event;

  if (self->stopped)
    return;

  event = qcc_event_log_add (self->events, type, from, to, reason, qcc_clock_get_wall_time (self->clock));
  g_message ("%s: %s%s%s%s%s", qcc_enum_to_nick (QCC_TYPE_EVENT_TYPE, (int) type), event->from,
             *event->to != '\0' ? " -> " : "", event->to, *event->reason != '\0' ? ": " : "", event->reason);
}

static void
on_documented (GObject *source,
               GAsyncResult *result,
               gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  /* The store's own notice tells the user. */
  if (!qcc_store_save_document_finish (QCC_STORE (source), result, &error))
    g_debug ("%s", error->message);
}

static void
note_move (QccFailoverManager *self,
           const char *to,
           gboolean automatic)
{
  g_autoptr (GVariant) body = NULL;

  qcc_failover_note_move (self->rules, to, automatic, qcc_clock_get_time (self->clock));
  body = g_variant_ref_sink (qcc_failover_save (self->rules, qcc_clock_get_time (self->clock),
                                                qcc_clock_get_wall_time (self->clock)));
  qcc_store_save_document_async (self->store, QCC_FAILOVER_DOCUMENT_KIND, QCC_FAILOVER_DOCUMENT_ID, body, NULL, on_documented, NULL);
  g_signal_emit_by_name (self, "changed");
}

/*
 * qcc_failover_manager_describe:
 * @self: a manager
 * @name: a profile that is down
 *
 * Returns: (transfer full): what is the matter with it, for people
 */
char *
qcc_failover_manager_describe (QccFailoverManager *self,
                               const char *name)
{
  const QccProfile *profile = qcc_snapshot_find_profile (self->snapshot, name);

  for (guint i = 0; profile != NULL && i < profile->endpoints->len; i++)
    {
      const QccEndpoint *endpoint = g_ptr_array_index (profile->endpoints, i);
      const QccEndpointEntry *entry = qcc_health_find (self->health, endpoint->id);
      QccEndpointView view = { 0 };
      g_autofree char *text = NULL;

      if (!endpoint->enabled || entry == NULL)
        continue;
      view = qcc_health_view (self->health, entry);
      text = qcc_health_describe (entry, endpoint, &view);
      if (*text != '\0')
        return g_strdup_printf (_ ("No endpoint of %s can be relied on. %s: %s"), name, endpoint->id, text);
    }

  return g_strdup_printf (_ ("No endpoint of %s can be relied on."), name);
}

/* A change of the active profile that is on its way; where the user makes it, the data of its task. */
typedef struct
{
  QccFailoverManager *manager; /* (owned) (nullable): %NULL where the user makes it */
  QccEventType type;
  char *to;     /* (owned) (nullable): likewise */
  char *from;   /* (owned) (nullable): what the event names in the place of where the change began */
  char *reason; /* (owned) */
} Move;

static void
move_free (Move *move)
{
  g_clear_object (&move->manager);
  g_free (move->to);
  g_free (move->from);
  g_free (move->reason);
  g_free (move);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Move, move_free)

/* They are stored in the order in which they begin: what is under way then leads to where the next one begins. */
static void
begin_change (QccFailoverManager *self)
{
  if (self->n_changes++ > 0)
    return;

  g_free (self->at);
  self->at = g_strdup (qcc_active_get_name (self->active));
}

/* @to is the active profile now. */
static void
complete_change (QccFailoverManager *self,
                 const Move *move,
                 const char *to)
{
  g_autofree char *from = g_steal_pointer (&self->at);

  self->at = g_strdup (to);
  note_move (self, to, move->manager != NULL);
  qcc_failover_manager_add_event (self, move->type, move->from != NULL ? move->from : from, to, move->reason);
}

static void
on_moved (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (Move) move = user_data;
  QccFailoverManager *self = move->manager;
  g_autoptr (GError) error = NULL;

  self->n_changes--;
  if (qcc_active_change_finish (QCC_ACTIVE (source), result, &error))
    complete_change (self, move, move->to);
  else
    g_warning ("%s", error->message);
}

/*
 * qcc_failover_manager_move:
 * @self: a manager
 * @type: %QCC_EVENT_FAILOVER or %QCC_EVENT_RECOVERY
 * @to: a profile
 *
 * Makes it the active one. Nothing else is decided until that is stored.
 */
void
qcc_failover_manager_move (QccFailoverManager *self,
                           QccEventType type,
                           const char *to)
{
  Move *move = g_new0 (Move, 1);

  move->manager = g_object_ref (self);
  move->type = type;
  move->to = g_strdup (to);
  if (type == QCC_EVENT_RECOVERY)
    move->reason = g_strdup_printf (_ ("%s is well again."), to);
  else
    move->reason = qcc_failover_manager_describe (self, qcc_active_get_name (self->active));

  begin_change (self);
  qcc_active_move_async (self->active, to, on_moved, move);
}

static void
on_changed_by_user (GObject *source,
                    GAsyncResult *result,
                    gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccFailoverManager *self = g_task_get_source_object (task);
  const Move *move = g_task_get_task_data (task);
  GError *error = NULL;

  self->n_changes--;
  if (!qcc_active_change_finish (QCC_ACTIVE (source), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  /* Every next request starts where the user wants it (spec 6.5). */
  qcc_affinity_clear (self->affinity);
  qcc_active_set_serving (self->active, NULL);
  complete_change (self, move, qcc_active_get_name (self->active));
  g_task_return_boolean (task, TRUE);
}

static GTask *
create_task (QccFailoverManager *self,
             QccEventType type,
             const char *from,
             const char *reason,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Move *move = g_new0 (Move, 1);

  move->type = type;
  move->from = g_strdup (from);
  move->reason = g_strdup (reason);
  g_task_set_task_data (task, move, (GDestroyNotify) move_free);

  return task;
}

/**
 * qcc_failover_manager_switch_async:
 * @self: a manager
 * @name: a profile
 * @reason: why, may be empty
 * @callback: called when the change is stored
 * @user_data: for @callback
 *
 * The user wants to be there: the profile becomes active and is pinned, and every session starts anew there. Streams
 * that run are not touched.
 */
void
qcc_failover_manager_switch_async (QccFailoverManager *self,
                                   const char *name,
                                   const char *reason,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_FAILOVER_MANAGER (self));

  task = create_task (self, QCC_EVENT_SWITCH, NULL, reason, callback, user_data);
  g_task_set_source_tag (task, qcc_failover_manager_switch_async);
  begin_change (self);
  qcc_active_switch_async (self->active, name, reason, on_changed_by_user, task);
}

/**
 * qcc_failover_manager_release_async:
 * @self: a manager
 * @callback: called when the change is stored
 * @user_data: for @callback
 *
 * Ends the pin; the default profile becomes active. Nothing happens where nothing is pinned.
 */
void
qcc_failover_manager_release_async (QccFailoverManager *self,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_FAILOVER_MANAGER (self));

  /* Failover may have left it. */
  task = create_task (self, QCC_EVENT_RELEASE, qcc_active_get_pinned (self->active), "", callback, user_data);
  g_task_set_source_tag (task, qcc_failover_manager_release_async);
  if (qcc_active_is_pinned (self->active))
    {
      begin_change (self);
      qcc_active_release_async (self->active, on_changed_by_user, task);
      return;
    }

  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/**
 * qcc_failover_manager_change_finish:
 * @self: a manager
 * @result: what the callback of one of the two changes was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_active_change_finish().
 *
 * Returns: whether it was changed
 */
gboolean
qcc_failover_manager_change_finish (QccFailoverManager *self,
                                    GAsyncResult *result,
                                    GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
