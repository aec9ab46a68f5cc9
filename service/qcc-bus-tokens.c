/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/qcc-bus-tokens.h"

#include <glib/gi18n-lib.h>

#include "common/qcc-token.h"
#include "service/qcc-bus-edit.h"
#include "service/qcc-profile-edit.h"

static QccSnapshot *
apply_add (const QccSnapshot *snapshot,
           QccBusEdit *edit,
           GError **error)
{
  return qcc_profile_edit_add_token (snapshot, edit->name, edit->hash, edit->other, edit->flag, error);
}

static gboolean
on_add_token (QccDBusManager1 *manager,
              GDBusMethodInvocation *invocation,
              const char *name,
              const char *sha256,
              const char *profile,
              gboolean cross,
              QccProfileStore *store)
{
  QccBusEdit *edit = qcc_bus_edit_new (invocation, apply_add, NULL);
  g_autofree char *summary = g_strdup_printf (_ ("token %s added"), name);

  edit->name = g_strdup (name);
  edit->hash = g_strdup (sha256);
  edit->other = g_strdup (profile);
  edit->flag = cross;
  qcc_bus_edit_run (edit, store, summary);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static QccSnapshot *
apply_remove (const QccSnapshot *snapshot,
              QccBusEdit *edit,
              GError **error)
{
  return qcc_profile_edit_remove_token (snapshot, edit->name, error);
}

static gboolean
on_remove_token (QccDBusManager1 *manager,
                 GDBusMethodInvocation *invocation,
                 const char *name,
                 QccProfileStore *store)
{
  QccBusEdit *edit = qcc_bus_edit_new (invocation, apply_remove, NULL);
  g_autofree char *summary = g_strdup_printf (_ ("token %s removed"), name);

  edit->name = g_strdup (name);
  qcc_bus_edit_run (edit, store, summary);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_list_tokens (QccDBusManager1 *manager,
                GDBusMethodInvocation *invocation,
                QccProfileStore *store)
{
  const QccSnapshot *snapshot = qcc_profile_store_get_snapshot (store);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssb)"));

  for (guint i = 0; i < snapshot->tokens->len; i++)
    {
      const QccToken *token = g_ptr_array_index (snapshot->tokens, i);

      g_variant_builder_add (&builder, "(ssb)", token->name, token->profile != NULL ? token->profile : "", token->cross);
    }

  qcc_dbus_manager1_complete_list_tokens (manager, invocation, g_variant_builder_end (&builder));

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/**
 * qcc_bus_tokens_implement:
 * @manager: the manager on the bus
 * @store: (transfer none): owner of the tokens
 *
 * Answers the methods of @manager that are about local tokens.
 */
void
qcc_bus_tokens_implement (QccDBusManager1 *manager,
                          QccProfileStore *store)
{
  g_return_if_fail (QCC_DBUS_IS_MANAGER1 (manager));
  g_return_if_fail (QCC_IS_PROFILE_STORE (store));

  g_signal_connect_object (manager, "handle-add-token", G_CALLBACK (on_add_token), store, 0);
  g_signal_connect_object (manager, "handle-remove-token", G_CALLBACK (on_remove_token), store, 0);
  g_signal_connect_object (manager, "handle-list-tokens", G_CALLBACK (on_list_tokens), store, 0);
}
