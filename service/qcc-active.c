/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-active.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

#define REASON_MAX 200 /* characters */

/**
 * QccActive:
 *
 * Which profile new requests start in (spec 1.2, 6.5), and whether the user has pinned it. Kept in the
 * store, so that a restart changes nothing.
 *
 * Signals: `changed`, after any of it changed.
 */
struct _QccActive
{
  GObject parent_instance;

  QccStore *store;         /* (owned) */
  QccSnapshot *snapshot;   /* (owned): the profiles of this moment */
  QccActiveRecord *record; /* (owned): what the store has; its profile may be gone */
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QccActive, qcc_active, G_TYPE_OBJECT)

static void
qcc_active_finalize (GObject *object)
{
  QccActive *self = QCC_ACTIVE (object);

  g_clear_object (&self->store);
  g_clear_pointer (&self->snapshot, qcc_snapshot_unref);
  g_clear_pointer (&self->record, qcc_active_record_free);

  G_OBJECT_CLASS (qcc_active_parent_class)->finalize (object);
}

static void
qcc_active_class_init (QccActiveClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qcc_active_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", QCC_TYPE_ACTIVE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
qcc_active_init (QccActive *self)
{
  self->snapshot = qcc_snapshot_new_empty ();
  self->record = g_new0 (QccActiveRecord, 1);
}

static gboolean
is_usable (const QccSnapshot *snapshot,
           const char *name)
{
  const QccProfile *profile = name != NULL ? qcc_snapshot_find_profile (snapshot, name) : NULL;

  return profile != NULL && profile->tier != QCC_TIER_DISABLED;
}

/**
 * qcc_active_choose:
 * @snapshot: the profiles
 * @wanted: (nullable): the profile that was made the active one
 *
 * Pure. The wanted profile if it can be used, else the default, else the best that is not disabled.
 *
 * Returns: (transfer none) (nullable): a name that @snapshot owns; %NULL when there is no profile that may be used
 */
const char *
qcc_active_choose (const QccSnapshot *snapshot,
                   const char *wanted)
{
  g_return_val_if_fail (snapshot != NULL, NULL);

  if (is_usable (snapshot, wanted))
    return qcc_snapshot_find_profile (snapshot, wanted)->name;
  if (is_usable (snapshot, snapshot->default_name))
    return snapshot->default_name;

  /* The disabled ones stand last. */
  if (snapshot->profiles->len > 0)
    {
      const QccProfile *first = g_ptr_array_index (snapshot->profiles, 0);

      return first->tier != QCC_TIER_DISABLED ? first->name : NULL;
    }

  return NULL;
}

/**
 * qcc_active_new:
 * @store: (transfer none): keeps it
 *
 * Returns: (transfer full): nothing is pinned, and there are no profiles
 */
QccActive *
qcc_active_new (QccStore *store)
{
  QccActive *self;

  g_return_val_if_fail (QCC_IS_STORE (store), NULL);

  self = g_object_new (QCC_TYPE_ACTIVE, NULL);
  self->store = g_object_ref (store);

  return self;
}

static void
set_record (QccActive *self,
            const QccActiveRecord *record)
{
  QccActiveRecord *copy = qcc_active_record_copy (record);

  qcc_active_record_free (self->record);
  self->record = copy;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_loaded (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccActive *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (QccActiveRecord) record = qcc_store_load_active_finish (self->store, result, &error);

  if (error != NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  if (record != NULL)
    set_record (self, record);
  g_task_return_boolean (task, TRUE);
}

/**
 * qcc_active_load_async:
 * @self: what is active
 * @cancellable: (nullable): ends it early
 * @callback: called when it is known
 * @user_data: for @callback
 */
void
qcc_active_load_async (QccActive *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task;

  g_return_if_fail (QCC_IS_ACTIVE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_active_load_async);
  qcc_store_load_active_async (self->store, cancellable, on_loaded, task);
}

/**
 * qcc_active_load_finish:
 * @self: what is active
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_store_load_active_finish().
 *
 * Returns: whether the store was read
 */
gboolean
qcc_active_load_finish (QccActive *self,
                        GAsyncResult *result,
                        GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_forgotten (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!qcc_store_save_active_finish (QCC_STORE (source), result, &error))
    g_warning ("%s", error->message);
}

/**
 * qcc_active_apply:
 * @self: what is active
 * @snapshot: (transfer none): the profiles of this moment
 *
 * A pinned profile that is gone or disabled is pinned no more.
 */
void
qcc_active_apply (QccActive *self,
                  QccSnapshot *snapshot)
{
  g_return_if_fail (QCC_IS_ACTIVE (self));
  g_return_if_fail (snapshot != NULL);

  qcc_snapshot_ref (snapshot);
  qcc_snapshot_unref (self->snapshot);
  self->snapshot = snapshot;

  if (self->record->pinned && !is_usable (snapshot, self->record->active_profile))
    {
      const QccActiveRecord nothing = { NULL };

      g_message (_ ("The profile that was switched to is gone or disabled; requests start in the default profile again."));
      set_record (self, &nothing);
      qcc_store_save_active_async (self->store, &nothing, NULL, on_forgotten, NULL);
      return;
    }

  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/**
 * qcc_active_get_name:
 * @self: what is active
 *
 * Returns: (transfer none) (nullable): the profile that new requests start in; %NULL when there is none
 */
const char *
qcc_active_get_name (QccActive *self)
{
  g_return_val_if_fail (QCC_IS_ACTIVE (self), NULL);

  return qcc_active_choose (self->snapshot, self->record->active_profile);
}

/**
 * qcc_active_is_pinned:
 * @self: what is active
 *
 * Returns: whether the user has chosen it
 */
gboolean
qcc_active_is_pinned (QccActive *self)
{
  g_return_val_if_fail (QCC_IS_ACTIVE (self), FALSE);

  return self->record->pinned;
}

/**
 * qcc_active_get_reason:
 * @self: what is active
 *
 * Returns: (transfer none): why the user has chosen it; empty when not told
 */
const char *
qcc_active_get_reason (QccActive *self)
{
  g_return_val_if_fail (QCC_IS_ACTIVE (self), "");

  return self->record->reason != NULL ? self->record->reason : "";
}

/**
 * qcc_active_get_since:
 * @self: what is active
 *
 * Returns: when the user has chosen it, in microseconds since the epoch; 0 when nothing is pinned
 */
gint64
qcc_active_get_since (QccActive *self)
{
  g_return_val_if_fail (QCC_IS_ACTIVE (self), 0);

  return self->record->pinned ? self->record->since : 0;
}

static void
on_saved (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QccActive *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  /* On a full disk the store keeps it in memory and says so; that must not keep the user from switching. */
  if (!qcc_store_save_active_finish (self->store, result, &error) && !g_error_matches (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  if (error != NULL)
    g_warning ("%s", error->message);
  set_record (self, g_task_get_task_data (task));
  g_task_return_boolean (task, TRUE);
}

static void
save (GTask *task,
      const QccActiveRecord *record)
{
  QccActive *self = g_task_get_source_object (task);

  g_task_set_task_data (task, qcc_active_record_copy (record), (GDestroyNotify) qcc_active_record_free);
  qcc_store_save_active_async (self->store, record, NULL, on_saved, task);
}

static gboolean
check_target (QccActive *self,
              const char *name,
              GError **error)
{
  const QccProfile *profile = qcc_snapshot_find_profile (self->snapshot, name);

  if (profile == NULL)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_NOT_FOUND, _ ("There is no profile of that name. “qcc list” shows all."));
      return FALSE;
    }
  if (profile->tier == QCC_TIER_DISABLED)
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED,
                   _ ("This profile is disabled. Give it a tier first: “qcc priority set NAME primary”."));
      return FALSE;
    }

  return TRUE;
}

/**
 * qcc_active_switch_async:
 * @self: what is active
 * @name: a profile
 * @reason: why, may be empty
 * @callback: called when the change is stored
 * @user_data: for @callback
 *
 * Makes @name the active profile and pins it (spec 6.5).
 */
void
qcc_active_switch_async (QccActive *self,
                         const char *name,
                         const char *reason,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task;
  GError *error = NULL;
  QccActiveRecord record = { .pinned = TRUE, .since = g_get_real_time () };
  g_autofree char *own_name = g_strdup (name);
  g_autofree char *own_reason = g_utf8_substring (reason, 0, MIN (g_utf8_strlen (reason, -1), REASON_MAX));

  g_return_if_fail (QCC_IS_ACTIVE (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_active_switch_async);
  if (!check_target (self, name, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  record.active_profile = own_name;
  record.reason = own_reason;
  save (task, &record);
}

/**
 * qcc_active_release_async:
 * @self: what is active
 * @callback: called when the change is stored
 * @user_data: for @callback
 *
 * Ends the pin; the default profile becomes active.
 */
void
qcc_active_release_async (QccActive *self,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  const QccActiveRecord nothing = { NULL };
  GTask *task;

  g_return_if_fail (QCC_IS_ACTIVE (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_active_release_async);
  save (task, &nothing);
}

/**
 * qcc_active_rename_async:
 * @self: what is active
 * @name: a profile as the record may name it
 * @new_name: the name that it gets
 * @callback: called when the change is stored
 * @user_data: for @callback
 *
 * To be called before the profile gets its new name, so that a pin follows it. The active profile is
 * the default in between.
 */
void
qcc_active_rename_async (QccActive *self,
                         const char *name,
                         const char *new_name,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task;
  g_autoptr (QccActiveRecord) record = NULL;

  g_return_if_fail (QCC_IS_ACTIVE (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_active_rename_async);
  if (g_strcmp0 (self->record->active_profile, name) != 0)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  record = qcc_active_record_copy (self->record);
  g_free (record->active_profile);
  record->active_profile = g_strdup (new_name);
  save (task, record);
}

/**
 * qcc_active_change_finish:
 * @self: what is active
 * @result: what the callback of one of the three changes was given
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND, %QCC_ERROR_REFUSED, those of qcc_store_save_active_finish() but
 * %QCC_ERROR_UNAVAILABLE: what cannot be stored holds until the service ends.
 *
 * Returns: whether it was changed
 */
gboolean
qcc_active_change_finish (QccActive *self,
                          GAsyncResult *result,
                          GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
