/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-active-private.h"

#include <glib/gi18n-lib.h>

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
  g_free (self->serving);

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

/*
 * qcc_active_set_record:
 * @self: what is active
 * @record: what holds from now on
 *
 * Tells everybody.
 */
void
qcc_active_set_record (QccActive *self,
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
    qcc_active_set_record (self, record);
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
 * A pinned profile that is gone or disabled is pinned no more. Another default profile becomes active at once where
 * nothing is pinned, also after a failover: the user has just said where to be.
 */
void
qcc_active_apply (QccActive *self,
                  QccSnapshot *snapshot)
{
  const QccActiveRecord nothing = { NULL };
  gboolean lost_pin, other_default;

  g_return_if_fail (QCC_IS_ACTIVE (self));
  g_return_if_fail (snapshot != NULL);

  lost_pin = self->record->pinned && !is_usable (snapshot, self->record->pinned_profile);
  other_default = !self->record->pinned && self->record->active_profile != NULL && self->snapshot->profiles->len > 0 &&
                  g_strcmp0 (snapshot->default_name, self->snapshot->default_name) != 0;
  qcc_snapshot_ref (snapshot);
  qcc_snapshot_unref (self->snapshot);
  self->snapshot = snapshot;
  if (self->serving != NULL && !is_usable (snapshot, self->serving))
    g_clear_pointer (&self->serving, g_free);

  if (lost_pin || other_default)
    {
      if (lost_pin)
        g_message (_ ("The profile that was switched to is gone or disabled; requests start in the default profile again."));
      qcc_active_set_record (self, &nothing);
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

  if (is_usable (self->snapshot, self->record->active_profile))
    return self->record->active_profile;

  return qcc_active_get_home (self);
}

/**
 * qcc_active_get_home:
 * @self: what is active
 *
 * Returns: (transfer none) (nullable): where the user wants to be, wherever a failover has led: the pinned profile, else
 *   the default one; %NULL when there is none
 */
const char *
qcc_active_get_home (QccActive *self)
{
  g_return_val_if_fail (QCC_IS_ACTIVE (self), NULL);

  return qcc_active_choose (self->snapshot, self->record->pinned_profile);
}

/**
 * qcc_active_get_pinned:
 * @self: what is active
 *
 * Returns: (transfer none) (nullable): the profile that the user has chosen
 */
const char *
qcc_active_get_pinned (QccActive *self)
{
  g_return_val_if_fail (QCC_IS_ACTIVE (self), NULL);

  return self->record->pinned ? self->record->pinned_profile : NULL;
}

/**
 * qcc_active_get_serving:
 * @self: what is active
 *
 * Returns: (transfer none) (nullable): the profile that gave the last answer, the active one when there was none
 */
const char *
qcc_active_get_serving (QccActive *self)
{
  g_return_val_if_fail (QCC_IS_ACTIVE (self), NULL);

  return self->serving != NULL ? self->serving : qcc_active_get_name (self);
}

/**
 * qcc_active_set_serving:
 * @self: what is active
 * @name: (nullable): the profile that has just given an answer; %NULL when none has since the last change
 */
void
qcc_active_set_serving (QccActive *self,
                        const char *name)
{
  g_return_if_fail (QCC_IS_ACTIVE (self));

  if (g_strcmp0 (self->serving, name) == 0)
    return;

  g_free (self->serving);
  self->serving = g_strdup (name);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/**
 * qcc_active_is_pinned:
 * @self: what is active
 *
 * Returns: whether the user has chosen a profile by hand
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
