/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus-edit.h"

#include "common/qcc-error.h"

/**
 * qcc_bus_edit_new:
 * @invocation: (transfer full): the method call
 * @apply: makes the change
 * @reply: (nullable): what the method returns; %NULL for nothing
 *
 * The arguments are filled in by the caller.
 *
 * Returns: (transfer full): an edit for qcc_bus_edit_run()
 */
QccBusEdit *
qcc_bus_edit_new (GDBusMethodInvocation *invocation,
                  QccBusEditApply apply,
                  QccBusEditReply reply)
{
  QccBusEdit *self;

  g_return_val_if_fail (G_IS_DBUS_METHOD_INVOCATION (invocation), NULL);
  g_return_val_if_fail (apply != NULL, NULL);

  self = g_new0 (QccBusEdit, 1);
  self->invocation = invocation;
  self->apply = apply;
  self->reply = reply;

  return self;
}

static void
edit_free (QccBusEdit *self)
{
  g_clear_object (&self->invocation);
  g_free (self->name);
  g_free (self->other);
  g_free (self->hash);
  g_clear_pointer (&self->options, g_variant_unref);
  g_free (self->out_id);
  g_free (self);
}

static QccSnapshot *
apply (const QccSnapshot *snapshot,
       gpointer data,
       GError **error)
{
  QccBusEdit *self = data;

  return self->apply (snapshot, self, error);
}

static void
on_edited (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  QccBusEdit *self = user_data;
  g_autoptr (GError) error = NULL;

  if (qcc_profile_store_edit_finish (QCC_PROFILE_STORE (source), result, &error))
    g_dbus_method_invocation_return_value (g_object_ref (self->invocation),
                                           self->reply != NULL ? self->reply (self) : NULL);
  else
    qcc_bus_return_error (g_object_ref (self->invocation), error);

  edit_free (self);
}

/**
 * qcc_bus_edit_run:
 * @self: (transfer full): an edit with its arguments
 * @store: owner of the profiles
 * @summary: what is changed, for the list of revisions
 *
 * Makes the change when its turn comes, and answers the call.
 */
void
qcc_bus_edit_run (QccBusEdit *self,
                  QccProfileStore *store,
                  const char *summary)
{
  g_return_if_fail (self != NULL);

  qcc_profile_store_edit_async (store, apply, self, NULL, summary, NULL, on_edited, self);
}

/**
 * qcc_bus_return_error:
 * @invocation: (transfer full): a method call
 * @error: what happened
 *
 * Answers with an error of io.github.qcc.Error; what comes from below without a code of ours is Failed.
 */
void
qcc_bus_return_error (GDBusMethodInvocation *invocation,
                      const GError *error)
{
  g_return_if_fail (G_IS_DBUS_METHOD_INVOCATION (invocation));
  g_return_if_fail (error != NULL);

  if (error->domain == QCC_ERROR)
    g_dbus_method_invocation_return_gerror (invocation, error);
  else
    g_dbus_method_invocation_return_error_literal (invocation, QCC_ERROR, QCC_ERROR_FAILED, error->message);
}

/**
 * qcc_bus_return:
 * @invocation: (transfer full): a call of a method that returns nothing
 * @error: (nullable): what happened, %NULL when all went well
 */
void
qcc_bus_return (GDBusMethodInvocation *invocation,
                const GError *error)
{
  if (error != NULL)
    qcc_bus_return_error (invocation, error);
  else
    g_dbus_method_invocation_return_value (invocation, NULL);
}
