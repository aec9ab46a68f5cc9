/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-policy-private.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-error.h"
#include "service/qcc-policy-file.h"
#include "service/qcc-policy-rules.h"
#include "service/qcc-policy-text.h"

/*
 * Setting a value. It holds at once; then it is stored, and only when it is stored for certain
 * does the operation succeed. g_settings_set() itself succeeds in either case: dconf takes the
 * value and drops it later when its daemon failed, and of the key file see qcc-policy-file.c.
 */

typedef struct
{
  GTask *task;                /* (owned): the caller's; holds the policy */
  QccSetting *setting;        /* (unowned): of the policy */
  GVariant *value;            /* (owned) (nullable): %NULL resets */
  QccPolicyFileKey *file_key; /* (owned) (nullable): for the key file */
  GError *error;              /* (owned) (nullable): why it could not be stored */
} Write;

static void
write_free (Write *write)
{
  g_clear_object (&write->task);
  g_clear_pointer (&write->value, g_variant_unref);
  g_clear_pointer (&write->file_key, qcc_policy_file_key_free);
  g_clear_error (&write->error);
  g_free (write);
}

/* For a back end other than the key file: whether it has the value that it was given. One that was
 * set again meanwhile cannot be seen any more; the later write answers for it. */
static gboolean
check_stored (QccPolicy *self,
              Write *write,
              GError **error)
{
  const char *key = g_settings_schema_key_get_name (write->setting->key);
  g_autoptr (GVariant) stored = NULL;

  if (self->storage == QCC_POLICY_STORAGE_KEYFILE || write->setting->n_writes > 0)
    return TRUE;

  stored = g_settings_get_user_value (write->setting->settings, key);
  if (stored == write->value || (stored != NULL && write->value != NULL && g_variant_equal (stored, write->value)))
    return TRUE;

  if (self->storage == QCC_POLICY_STORAGE_DCONF)
    g_set_error_literal (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE,
                         _ ("dconf has not kept it; see whether its service runs and its folder can be written"));
  else
    g_set_error_literal (error, QCC_ERROR, QCC_ERROR_UNAVAILABLE, _ ("the system has not kept it"));
  return FALSE;
}

static gboolean
is_anything_lost (QccPolicy *self)
{
  for (GTreeNode *node = g_tree_node_first (self->settings); node != NULL; node = g_tree_node_next (node))
    {
      QccSetting *setting = g_tree_node_value (node);

      if (setting->is_lost)
        return TRUE;
    }

  return FALSE;
}

/* The service goes on with a value that is lost at its end, and the user knows. */
static void
note_outcome (QccPolicy *self,
              QccSetting *setting,
              const GError *error)
{
  g_autofree char *before = g_strdup (self->failure);

  setting->is_lost = error != NULL;
  if (error != NULL)
    {
      g_free (self->failure);
      self->failure = g_strdup_printf (_ ("%s could not be stored and holds until QCC ends: %s. Mend that, then set it again."),
                                       setting->name, error->message);
      g_warning ("%s", self->failure);
    }
  else if (!is_anything_lost (self))
    {
      g_clear_pointer (&self->failure, g_free);
    }

  if (g_strcmp0 (before, self->failure) != 0)
    g_signal_emit_by_name (self, "notice-changed");
}

static gboolean
on_written (gpointer user_data)
{
  Write *write = user_data;
  QccPolicy *self = g_task_get_source_object (write->task);
  QccSetting *setting = write->setting;
  g_autoptr (GVariant) present = NULL;

  setting->n_writes--;
  if (write->error == NULL)
    check_stored (self, write, &write->error);
  note_outcome (self, setting, write->error);

  present = g_settings_get_value (setting->settings, g_settings_schema_key_get_name (setting->key));
  if (setting->n_writes == 0 && g_variant_equal (present, setting->value))
    setting->held = FALSE;

  if (write->error == NULL)
    g_task_return_boolean (write->task, TRUE);
  else
    g_task_return_new_error (write->task, QCC_ERROR, QCC_ERROR_UNAVAILABLE, "%s", self->failure);

  return G_SOURCE_REMOVE;
}

/* Goes on in the loop of the caller, where @write ends too: with it may end the policy, whose
 * objects belong to that loop. */
static void
return_to_loop (Write *write)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "qcc-policy-write");
  g_source_set_callback (source, on_written, write, (GDestroyNotify) write_free);
  g_source_attach (source, g_task_get_context (write->task));
}

/*
 * qcc_policy_write_func:
 * @data: (transfer full): a Write
 *
 * What takes time, in the one thread of the pool.
 */
void
qcc_policy_write_func (gpointer data,
                       gpointer user_data)
{
  Write *write = data;

  if (write->file_key != NULL)
    qcc_policy_file_write (write->file_key, write->value, &write->error);
  else
    /* Returns when dconf's daemon has answered, or GDBus has given it up after 25 s.
     * lint: allow loop: in a thread */
    g_settings_sync ();

  return_to_loop (write);
}

static void
hold (QccPolicy *self,
      QccSetting *setting,
      GVariant *value)
{
  const char *key = g_settings_schema_key_get_name (setting->key);
  g_autoptr (GVariant) default_value = g_settings_get_default_value (setting->settings, key);

  if (setting->n_writes == 0)
    {
      g_clear_pointer (&setting->before, g_variant_unref);
      setting->before = g_settings_get_value (setting->settings, key);
    }
  setting->held = TRUE;
  setting->n_writes++;
  qcc_policy_apply (self, setting, value != NULL ? value : default_value);
}

/* Takes @task. */
static void
start_write (QccPolicy *self,
             QccSetting *setting,
             GVariant *value,
             GTask *task)
{
  const char *key = g_settings_schema_key_get_name (setting->key);
  Write *write = g_new0 (Write, 1);

  write->task = task;
  write->setting = setting;
  write->value = value != NULL ? g_variant_ref (value) : NULL;

  hold (self, setting, value);
  if (self->storage == QCC_POLICY_STORAGE_KEYFILE)
    write->file_key = qcc_policy_file_key_new (self->backend.settings, setting->settings, key);
  else if (value != NULL)
    g_settings_set_value (setting->settings, key, value);
  else
    g_settings_reset (setting->settings, key);

  if (self->storage == QCC_POLICY_STORAGE_KEYFILE || self->storage == QCC_POLICY_STORAGE_DCONF)
    g_thread_pool_push (self->writer, write, NULL);
  else
    return_to_loop (write);
}

static gboolean
check (QccPolicy *self,
       QccSetting *setting,
       GVariant *value,
       GError **error)
{
  g_autofree char *text = qcc_policy_text_print (value);

  if (qcc_policy_is_locked (self, setting))
    {
      g_set_error (error, QCC_ERROR, QCC_ERROR_REFUSED, _ ("%s is locked by the administrator of this machine."), setting->name);
      return FALSE;
    }

  return qcc_policy_rules_check (setting->name, text, self->values.host, self->values.require_token, error);
}

static GVariant *
parse (QccSetting *setting,
       const char *text,
       GError **error)
{
  GVariant *value = qcc_policy_text_parse (setting->key, text);
  const char *rule = qcc_policy_rules_describe (setting->name);
  g_autofree char *allowed = NULL;

  if (value == NULL)
    {
      allowed = rule != NULL ? g_strdup (rule) : qcc_policy_text_describe_allowed (setting->key);
      g_set_error (error, QCC_ERROR, QCC_ERROR_INVALID_ARGUMENT, _ ("%s must be: %s."), setting->name, allowed);
    }

  return value;
}

/**
 * qcc_policy_set_async:
 * @self: the policy
 * @name: a dotted name; underscores are taken for hyphens
 * @text: the value in the form of #QccSettingInfo; `on`, `yes`, `1` and their opposites are
 *   taken for booleans
 * @cancellable: (nullable): ends the waiting, not the writing
 * @callback: called when the value is stored, or cannot be
 * @user_data: for @callback
 *
 * A value that is allowed holds before this returns, and both signals have been emitted.
 */
void
qcc_policy_set_async (QccPolicy *self,
                      const char *name,
                      const char *text,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;
  QccSetting *setting;

  g_return_if_fail (QCC_IS_POLICY (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (text != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_policy_set_async);

  setting = qcc_policy_find (self, name, &error);
  if (setting != NULL)
    value = parse (setting, text, &error);
  if (value == NULL || !check (self, setting, value, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    start_write (self, setting, value, g_steal_pointer (&task));
}

/**
 * qcc_policy_set_finish:
 * @self: the policy
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: %QCC_ERROR_NOT_FOUND for a name that does not exist;
 * %QCC_ERROR_INVALID_ARGUMENT, saying what is allowed; %QCC_ERROR_REFUSED where the administrator
 * has locked it, or another setting forbids it; %QCC_ERROR_UNAVAILABLE when it could not be
 * stored, in which case it holds until the service ends; %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether the value is stored
 */
gboolean
qcc_policy_set_finish (QccPolicy *self,
                       GAsyncResult *result,
                       GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qcc_policy_reset_async:
 * @self: the policy
 * @name: a dotted name; underscores are taken for hyphens
 * @cancellable: (nullable): ends the waiting, not the writing
 * @callback: called when the default is in force, or cannot be
 * @user_data: for @callback
 *
 * Takes back what was set, as qcc_policy_set_async() sets it.
 */
void
qcc_policy_reset_async (QccPolicy *self,
                        const char *name,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;
  QccSetting *setting;

  g_return_if_fail (QCC_IS_POLICY (self));
  g_return_if_fail (name != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qcc_policy_reset_async);

  setting = qcc_policy_find (self, name, &error);
  if (setting != NULL)
    value = g_settings_get_default_value (setting->settings, g_settings_schema_key_get_name (setting->key));
  if (value == NULL || !check (self, setting, value, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    start_write (self, setting, NULL, g_steal_pointer (&task));
}

/**
 * qcc_policy_reset_finish:
 * @self: the policy
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Possible errors: those of qcc_policy_set_finish(), less %QCC_ERROR_INVALID_ARGUMENT.
 *
 * Returns: whether nothing is stored any more
 */
gboolean
qcc_policy_reset_finish (QccPolicy *self,
                         GAsyncResult *result,
                         GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
