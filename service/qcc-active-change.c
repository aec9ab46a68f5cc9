/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-active-private.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"

#define REASON_MAX 200 /* characters */

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
  qcc_active_set_record (self, g_task_get_task_data (task));
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
  record.pinned_profile = own_name;
  record.reason = own_reason;
  save (task, &record);
}

/**
 * qcc_active_move_async:
 * @self: what is active
 * @name: a profile
 * @callback: called when the change is stored
 * @user_data: for @callback
 *
 * Makes @name the active profile, by a failover or a recovery. A pin stays what it is.
 */
void
qcc_active_move_async (QccActive *self,
                       const char *name,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task;
  GError *error = NULL;
  g_autoptr (QccActiveRecord) record = NULL;

  g_return_if_fail (QCC_IS_ACTIVE (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, qcc_active_move_async);
  if (!check_target (self, name, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  record = qcc_active_record_copy (self->record);
  g_free (record->active_profile);
  /* At home nothing is remembered, so that another default profile is followed. */
  record->active_profile = !record->pinned && g_strcmp0 (name, qcc_active_get_home (self)) == 0 ? NULL : g_strdup (name);
  save (task, record);
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
  if (g_strcmp0 (self->record->active_profile, name) != 0 && g_strcmp0 (self->record->pinned_profile, name) != 0)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  record = qcc_active_record_copy (self->record);
  if (g_strcmp0 (record->active_profile, name) == 0)
    {
      g_free (record->active_profile);
      record->active_profile = g_strdup (new_name);
    }
  if (g_strcmp0 (record->pinned_profile, name) == 0)
    {
      g_free (record->pinned_profile);
      record->pinned_profile = g_strdup (new_name);
    }
  save (task, record);
}

/**
 * qcc_active_change_finish:
 * @self: what is active
 * @result: what the callback of one of the changes was given
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
